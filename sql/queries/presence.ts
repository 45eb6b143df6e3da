import type { GuildId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

/** Viewers of one guild in one hour; all lists have one entry for each row. */
export interface PresenceBatch {
  readonly guildIds: GuildId[]
  /** `floor(end minute / 60)`. */
  readonly hours: number[]
  readonly usernames: Username[]
  /** 64-bit masks as decimal strings: bit i for the minute that ends i minutes into the hour. */
  readonly minutes: string[]
  /** The oldest and the newest slot of the row's mask. */
  readonly oldestSlots: number[]
  readonly newestSlots: number[]
}

/**
 * Marks viewers present and says that their guilds have something to settle. Safe to repeat and to reorder: it is a union,
 * and rows are written only when a new bit appears. Gives the number of rows that got one.
 */
export const markPresent = (db: Db, batch: PresenceBatch) => db<{ rows: number }[]>`
  with heard as (
    select b.discord_server_id, b.hour, b.username, bit_or(b.minutes) as minutes,
           min(b.oldest_slot) as oldest_slot, max(b.newest_slot) as newest_slot
      from unnest(
             ${batch.guildIds}::bigint[],
             ${batch.hours}::int[],
             ${batch.usernames}::text[],
             ${batch.minutes}::bigint[],
             ${batch.oldestSlots}::bigint[],
             ${batch.newestSlots}::bigint[]
           ) as b (discord_server_id, hour, username, minutes, oldest_slot, newest_slot)
     group by b.discord_server_id, b.hour, b.username
  ),
  fresh as (
    insert into presence as p (discord_server_id, hour, username, present)
    select h.discord_server_id, h.hour, h.username, h.minutes
      from heard h
     order by h.discord_server_id, h.hour, h.username   -- always the same order, so that writers cannot deadlock
    on conflict (discord_server_id, hour, username) do update
       set present = p.present | excluded.present
     where p.present | excluded.present <> p.present
    returning p.discord_server_id, p.hour, p.username
  ),
  touched as (
    insert into settlement as s (discord_server_id, kind, phase, facts_revision, oldest_slot, newest_slot)
    select f.discord_server_id, 'watchtime', (hashint8(f.discord_server_id) & 2147483647) % 3600, 1,
           min(h.oldest_slot), max(h.newest_slot)
      from fresh f
      join heard h using (discord_server_id, hour, username)
     group by f.discord_server_id
     order by f.discord_server_id
    on conflict (discord_server_id, kind) do update
       set facts_revision = s.facts_revision + 1,
           oldest_slot = least(s.oldest_slot, excluded.oldest_slot),
           newest_slot = greatest(s.newest_slot, excluded.newest_slot)
  )
  select count(*)::int as rows
    from fresh`
