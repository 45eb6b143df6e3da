import type { Db } from '../client.ts'
import type { Table } from './catalogue.ts'
import { type Move, send } from './context.ts'
import { columnIn, guildIn, guildNamedIn, instantIn, isName, nameIn, snowflakeIn } from './rows.ts'

/**
 * Every old link and its place: 1 for the one that counts for its member and its Kick name, more for the others, `fault` for what cannot be
 * a link of ours. One that names its guild goes before one that does not; of two equals the newer.
 */
export const judgedLinks = ({ from, plan }: Move, table: Table): string => {
  const order = 'names_guild desc, linked_at desc nulls last'
  return `
    with read as (
      select to_jsonb(l) as content, ${guildIn(table, 'l', plan.guildId)} as guild, ${guildNamedIn(table, 'l')} is not null as names_guild,
             ${snowflakeIn(table, 'l', 'discord_id')} as member, ${nameIn('l.kick_name')} as name,
             ${instantIn(table, 'l', 'linked_at', 'created_at')} as linked_at,
             ${columnIn(table, 'l', 'platform', "'kick'")} as platform
        from ${from}.links l
    ),
    checked as (
      select r.content, r.guild, r.names_guild, r.member, r.name, r.linked_at,
             case when r.guild <= 0 then 'it names no Discord server'
                       when lower(r.platform) <> 'kick' then 'it is a link to another platform'
                       when r.name is null or not ${isName('r.name')} then 'no Kick account has this name'
                       when r.member is null or r.member <= 0 then 'no Discord member has this id'
                  end as fault
        from read r
    ),
    by_member as (
      select c.content, c.guild, c.names_guild, c.member, c.name, c.linked_at, c.fault,
             row_number() over (partition by guild, member, fault is null order by ${order}, name) as member_place
        from checked c
    )
    select b.content, b.guild, b.names_guild, b.member, b.name, b.linked_at, b.fault, b.member_place,
           row_number() over (partition by guild, name, fault is null, member_place = 1 order by ${order}, member) as name_place
      from by_member b`
}

const counts = 'fault is null and member_place = 1 and name_place = 1'

/** The old links that count: of each guild who goes by which Kick name. */
export const linkedNames = (move: Move): string => {
  const table = move.tables.get('links')
  return table === undefined
    ? '(select null::bigint as guild, null::bigint as member, null::text as name where false)'
    : `(select guild, member, name from (${judgedLinks(move, table)}) j where ${counts})`
}

/** Makes our links those that count now; writes only differences. Safe to repeat. */
export async function bringLinks(db: Db, move: Move): Promise<void> {
  const table = move.tables.get('links')
  if (table === undefined) return
  const winner = `select guild, member, name, linked_at from (${judgedLinks(move, table)}) j where ${counts}`
  await send(
    db,
    `delete from ${move.to}.links l
      where (l.discord_server_id, l.discord_id, l.kick_name) not in (select guild, member, name from (${winner}) w)`,
  )
  await send(
    db,
    `insert into ${move.to}.links (discord_server_id, discord_id, kick_name, linked_at)
     select guild, member, name, coalesce(linked_at, now())
       from (${winner}) w
      order by guild, member
     on conflict (discord_server_id, discord_id) do nothing`,
  )
}
