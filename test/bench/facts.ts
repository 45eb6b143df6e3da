import { slotAt } from '../../cluster/runtime/clock.ts'
import { type GuildId, guildId, type Slot, slot } from '../../cluster/runtime/ids.ts'
import type { Sql } from '../../sql/client.ts'

/** Guilds whose streams have been live long enough, and how many viewers each of them has. */
export interface Facts {
  readonly guildIds: GuildId[]
  readonly viewers: number
  /** The minute that nobody has watched yet. */
  next: Slot
}

/**
 * Lays down what a tick needs, in a few statements: streams, links, tiers, and totals which put a fifth of the viewers at each place
 * within their block of five minutes, as in life.
 */
export async function layFacts(
  sql: Sql,
  p: { readonly guilds: number; readonly viewers: number; readonly minutes: number },
): Promise<Facts> {
  const guildIds = Array.from({ length: p.guilds }, (_, i) =>
    guildId(((1_300_000_000_000n + BigInt(i)) << 22n).toString()),
  )
  const first = slot(slotAt(Date.now()) - p.minutes - 2)
  await sql`
    insert into stream_session (discord_server_id, started_at, changed_at)
    select unnest(${guildIds}::bigint[]), to_timestamp(${(first - 60) * 60}::float8), now()`
  await sql`
    insert into links (discord_server_id, discord_id, kick_user_id, kick_name)
    select g, 1000000000000000000 + v, v, 'viewer' || v
      from unnest(${guildIds}::bigint[]) as g, generate_series(1, ${Math.ceil(p.viewers / 10)}::int) as v`
  await sql`
    insert into watchtime_roles (discord_server_id, role_id, role_name, minutes_required)
    select g, g + 1 + t, 'tier ' || t, 100 * t
      from unnest(${guildIds}::bigint[]) as g, generate_series(1, 3) as t`
  await sql`
    insert into watchtime (discord_server_id, username, minutes)
    select g, 'viewer' || v, v % 5
      from unnest(${guildIds}::bigint[]) as g, generate_series(1, ${p.viewers}::int) as v
     order by 1, 2`
  return { guildIds, viewers: p.viewers, next: first }
}

/** Has every viewer of every guild be there for one more minute; gives that minute. The flush of chat is not what is timed. */
export async function watchMinute(sql: Sql, facts: Facts): Promise<Slot> {
  const minute = facts.next
  facts.next = slot(minute + 1)
  const end = minute + 1
  await sql.begin(async (db) => {
    await db`
      insert into presence as p (discord_server_id, hour, username, present)
      select g, ${Math.floor(end / 60)}::int, 'viewer' || v, 1::bigint << ${end % 60}::int
        from unnest(${facts.guildIds}::bigint[]) as g, generate_series(1, ${facts.viewers}::int) as v
       order by 1, 2, 3
      on conflict (discord_server_id, hour, username) do update
         set present = p.present | excluded.present`
    await db`
      insert into settlement as s (discord_server_id, kind, phase, facts_revision, oldest_slot, newest_slot)
      select g, 'watchtime', (hashint8(g) & 2147483647) % 3600, 1, ${minute}, ${minute}
        from unnest(${facts.guildIds}::bigint[]) as g
      on conflict (discord_server_id, kind) do update
         set facts_revision = s.facts_revision + 1,
             oldest_slot = least(s.oldest_slot, excluded.oldest_slot),
             newest_slot = excluded.newest_slot`
  })
  if (facts.next % 3 === 0) await sql`vacuum analyze presence, watchtime`
  return minute
}
