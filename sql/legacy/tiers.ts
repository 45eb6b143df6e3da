import type { Db } from '../client.ts'
import type { Table } from './catalogue.ts'
import { type Move, send } from './context.ts'
import { columnIn, guildNamedIn, snowflakeIn } from './rows.ts'

/**
 * Every old tier of every guild that has it, and its place among those of the same role: the lowest threshold counts, as it did. A tier
 * without a guild is a default for all: each guild without a tier of its own gets a copy, which knows its role by name only.
 */
export const judgedTiers = ({ from, plan }: Move, table: Table): string => {
  const heirs = [...new Set([...plan.guilds, ...(plan.guildId === null ? [] : [plan.guildId])])]
  return `
    with read as (
      select to_jsonb(r) as content, ${guildNamedIn(table, 'r')} as named, btrim(r.role_name) as role_name, r.minutes_required::bigint as minutes,
             ${columnIn(table, 'r', 'display_order', '0')} as display_order,
             coalesce(${columnIn(table, 'r', 'enabled', 'true')}, true) as enabled,
             nullif(${snowflakeIn(table, 'r', 'role_id')}, 0) as role_id
        from ${from}.watchtime_roles r
    ),
    heir as (
      select guild
        from unnest('{${heirs.join(',')}}'::bigint[]) as h (guild)
       where not exists (select from read r where r.named = h.guild)
    ),
    owned as (
      select r.named as guild, r.role_id, r.content, r.role_name, r.minutes, r.display_order, r.enabled
        from read r
       where r.named is not null
      union all
      select h.guild, null, r.content, r.role_name, r.minutes, r.display_order, r.enabled
        from read r
       ${heirs.length === 0 ? 'cross join (select 0::bigint as guild) h' : 'cross join heir h'}
       where r.named is null
    ),
    checked as (
      select o.guild, o.role_id, o.content, o.role_name, o.minutes, o.display_order, o.enabled,
             case when o.guild <= 0 then 'it names no Discord server'
                       when o.role_name = '' or o.role_name is null then 'it names no role'
                       when o.minutes not between 1 and 2147483647 then 'its threshold is not a number of minutes'
                  end as fault
        from owned o
    )
    select c.guild, c.role_id, c.content, c.role_name, c.minutes, c.display_order, c.enabled, c.fault,
           row_number() over (
             partition by guild, coalesce(role_id::text, '@' || role_name), fault is null order by enabled desc, minutes, display_order
           ) as place
      from checked c`
}

/** Writes the tiers whose role is known, and the others to be asked for by name. Safe to repeat. */
export async function bringTiers(db: Db, move: Move): Promise<void> {
  const table = move.tables.get('watchtime_roles')
  if (table === undefined) return
  const judged = judgedTiers(move, table)
  await send(db, `delete from ${move.to}.watchtime_roles`)
  await send(db, `delete from ${move.to}.legacy_tier`)
  await send(
    db,
    `insert into ${move.to}.watchtime_roles (discord_server_id, role_id, role_name, minutes_required, display_order, enabled)
     select guild, role_id, role_name, minutes::int, display_order, enabled
       from (${judged}) j
      where fault is null and place = 1 and role_id is not null`,
  )
  await send(
    db,
    `insert into ${move.to}.legacy_tier (discord_server_id, role_name, minutes_required, display_order, enabled)
     select guild, role_name, minutes::int, display_order, enabled
       from (${judged}) j
      where fault is null and place = 1 and role_id is null`,
  )
}
