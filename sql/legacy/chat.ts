import type { Db } from '../client.ts'
import { reservedWords } from '../queries/settings.ts'
import { timerJob } from '../queries/timers.ts'
import type { Table } from './catalogue.ts'
import { type Move, send } from './context.ts'
import { columnIn, guildIn, instantIn, snowflakeIn } from './rows.ts'

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
                  when r.name = any('{${reservedWords.join(',')}}'::text[]) then 'the bot itself answers to this name'
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

const mostTimers = 25
const longestInterval = 1440

/** Every old timed message and its number within its guild; `fault` for what cannot be one of ours. */
export const judgedTimers = ({ from, plan }: Move, table: Table): string => `
  with read as (
    select to_jsonb(m) as content, ${guildIn(table, 'm', plan.guildId)} as guild, btrim(m.message) as message, m.interval_minutes as minutes,
           coalesce(${columnIn(table, 'm', 'enabled', 'true')}, true) as enabled, ${instantIn(table, 'm', 'last_sent')} as last_sent,
           ${snowflakeIn(table, 'm', 'created_by')} as created_by, ${columnIn(table, 'm', 'id', '0')} as id
      from ${from}.timed_messages m
  ),
  checked as (
    select r.content, r.guild, r.message, r.minutes, r.enabled, r.last_sent, r.created_by, r.id,
           case when r.guild <= 0 then 'it names no Discord server'
                when coalesce(length(r.message), 0) not between 1 and ${longestAnswer} then 'it is not of 1 to ${longestAnswer} characters'
                when r.minutes is null or r.minutes not between 1 and ${longestInterval} then 'its interval is not of 1 to ${longestInterval} minutes'
           end as fault
      from read r
  ),
  placed as (
    select c.content, c.guild, c.message, c.minutes, c.enabled, c.last_sent, c.created_by, c.id, c.fault,
           row_number() over (partition by guild, fault is null order by enabled desc, id) as place
      from checked c
  )
  select p.content, p.guild, p.message, p.minutes, p.enabled, case when p.last_sent < now() then p.last_sent end as last_sent, p.created_by,
         row_number() over (partition by guild, fault is null and place <= ${mostTimers} order by id) as number,
         case when p.fault is not null then p.fault
              when p.place > ${mostTimers} then 'the server has ${mostTimers} timed messages already' end as fault
    from placed p`

/**
 * Writes the timed messages anew, and when each is due. They were said whenever somebody was there, live or not, and so they are here
 * until somebody decides otherwise. Safe to repeat.
 */
export async function bringTimers(db: Db, move: Move): Promise<void> {
  const table = move.tables.get('timed_messages')
  if (table === undefined) return
  await send(db, `delete from ${move.to}.timed_messages`)
  await send(db, `delete from ${move.to}.job where kind = '${timerJob}'`)
  await send(
    db,
    `insert into ${move.to}.timed_messages (discord_server_id, id, message, interval_minutes, only_live, enabled, last_sent, created_by)
     select guild, number, message, minutes, false, enabled, last_sent, created_by
       from (${judgedTimers(move, table)}) j
      where fault is null`,
  )
  await send(
    db,
    `insert into ${move.to}.job (discord_server_id, kind, job_ref, next_run_at)
     select t.discord_server_id, '${timerJob}', t.id::text,
            greatest(coalesce(t.last_sent + make_interval(mins => t.interval_minutes), now()), now())
       from ${move.to}.timed_messages t
      where t.enabled`,
  )
}
