import type { Db } from '../client.ts'
import { chatCommands } from '../queries/settings.ts'
import type { Table } from './catalogue.ts'
import { type Move, send } from './context.ts'
import { columnIn, guildIn } from './rows.ts'

const longestAnswer = 500
const mostCommands = 100
const longestCooldown = 86_400

/** Every old command and its place among those of its guild and name, the newest first; `fault` for what cannot be a command of ours. */
export const judgedCommands = ({ from, plan }: Move, table: Table): string => {
  const id = columnIn(table, 'c', 'id', '0')
  return `
    with read as (
      select to_jsonb(c) as content, ${guildIn(table, 'c', plan.guildId)} as guild, lower(ltrim(btrim(c.command), '!') collate "C") as name,
             btrim(c.response) as response, least(greatest(coalesce(${columnIn(table, 'c', 'cooldown', '0')}, 0), 0), ${longestCooldown}) as cooldown,
             coalesce(${columnIn(table, 'c', 'enabled', 'true')}, true) as enabled,
             greatest(coalesce(${columnIn(table, 'c', 'use_count', '0')}, 0), 0) as use_count, ${id} as id
        from ${from}.custom_commands c
    ),
    checked as (
      select r.content, r.guild, r.name, r.response, r.cooldown, r.enabled, r.use_count, r.id,
             case when r.guild <= 0 then 'it names no Discord server'
                  when r.name is null or r.name !~ '^[a-z0-9_]{1,32}$' then 'no command can have this name'
                  when r.name = any('{${chatCommands.join(',')}}'::text[]) then 'the bot itself answers to this name'
                  when coalesce(length(r.response), 0) not between 1 and ${longestAnswer} then 'its answer is not of 1 to ${longestAnswer} characters'
             end as fault
        from read r
    ),
    placed as (
      select c.content, c.guild, c.name, c.response, c.cooldown, c.enabled, c.use_count, c.id, c.fault,
             row_number() over (partition by guild, name, fault is null order by enabled desc, id desc) as place
        from checked c
    )
    select p.content, p.guild, p.name, p.response, p.cooldown, p.enabled, p.use_count,
           case when p.fault is not null then p.fault
                when p.place > 1 then 'a newer command has the same name'
                when row_number() over (partition by guild, fault is null and place = 1 order by enabled desc, use_count desc, name) > ${mostCommands}
                  then 'the server has ${mostCommands} commands that are used more'
           end as fault
      from placed p`
}

/** Writes the commands anew. Safe to repeat. */
export async function bringCommands(db: Db, move: Move): Promise<void> {
  const table = move.tables.get('custom_commands')
  if (table === undefined) return
  await send(db, `delete from ${move.to}.custom_commands`)
  await send(
    db,
    `insert into ${move.to}.custom_commands (discord_server_id, command, response, cooldown, enabled, use_count)
     select guild, name, response, cooldown, enabled, use_count
       from (${judgedCommands(move, table)}) j
      where fault is null`,
  )
}
