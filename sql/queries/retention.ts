import type { GuildId } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

/** Presence is kept for a day longer than minutes may be paid afterwards (35 days), so that nothing is folded that is still owed. */
const keptHours = 36 * 24

/** Those of these guilds that have presence to fold, and of which hours the oldest and the newest of it may be; the rest costs a look at an index. */
export const oldPresence = (db: Db, guildIds: GuildId[]) => db<
  { guildId: GuildId; firstHour: number; lastHour: number }[]
>`
  select g.discord_server_id as guild_id, o.hour as first_hour, floor(extract(epoch from now()) / 3600)::int - ${keptHours}::int - 1 as last_hour
    from (select distinct unnest(${guildIds}::bigint[]) as discord_server_id) g
   cross join lateral (
      select p.hour
        from presence p
       where p.discord_server_id = g.discord_server_id
       order by p.hour
       limit 1
   ) o
   where o.hour < floor(extract(epoch from now()) / 3600)::int - ${keptHours}::int
   order by g.discord_server_id`

/** Days of guilds; all lists have one entry for each day. Every minute of the hours from a guild's first to its last day must lie in one. */
export interface FoldedDays {
  readonly guildIds: GuildId[]
  readonly days: string[]
  /** Its minutes, counted by their end. */
  readonly firstMinutes: number[]
  readonly lastMinutes: number[]
}

/**
 * Folds the oldest rows of presence within these days, at most `limit`, into totals for each viewer, day, stream and season, and takes them
 * away; gives how many that were. One statement: after a crash the rows are there, or their totals are. Safe to repeat and to run twice at
 * once, for a row that somebody else holds is left to them. What may still be paid is never folded, whichever days are asked for.
 */
export const foldPresence = (db: Db, p: FoldedDays & { readonly limit: number }) => db<{ rows: number }[]>`
  with day as materialized (
    select d.discord_server_id, d.day, d.first_minute, d.last_minute
      from unnest(
             ${p.guildIds}::bigint[],
             ${p.days}::date[],
             ${p.firstMinutes}::bigint[],
             ${p.lastMinutes}::bigint[]
           ) as d (discord_server_id, day, first_minute, last_minute)
  ),
  range as materialized (   -- hours all of whose minutes lie in one of the days
    select d.discord_server_id, ((min(d.first_minute) + 59) / 60)::int as first_hour, ((max(d.last_minute) + 1) / 60)::int - 1 as last_hour
      from day d
     group by d.discord_server_id
  ),
  old as materialized (
    select p.discord_server_id, p.hour, p.username, p.paid
      from range r
      join presence p on p.discord_server_id = r.discord_server_id and p.hour between r.first_hour and r.last_hour
     where p.hour < floor(extract(epoch from now()) / 3600)::int - ${keptHours}::int
     order by p.discord_server_id, p.hour, p.username   -- as a tick locks them
     limit ${p.limit}
       for update of p skip locked
  ),
  hour as materialized (
    select distinct o.discord_server_id, o.hour from old o
  ),
  of_season as (
    select h.discord_server_id, h.hour, s.season_id,
           minute_mask(first_minute(s.started_at) + 1, first_minute(coalesce(s.ended_at, least(s.ends_at, now()))), h.hour) as minutes
      from hour h
      join season s on s.discord_server_id = h.discord_server_id
  ),
  in_season as materialized (
    select o.discord_server_id, o.hour, o.season_id, o.minutes
      from of_season o
     where o.minutes <> 0
    union all
    select h.discord_server_id, h.hour, 0, ~coalesce(bit_or(o.minutes), 0)
      from hour h
      left join of_season o on o.discord_server_id = h.discord_server_id and o.hour = h.hour
     group by h.discord_server_id, h.hour
  ),
  of_stream as (
    select h.discord_server_id, h.hour, s.started_at, minute_mask(s.first_minute, s.last_minute, h.hour) as minutes
      from (select distinct g.discord_server_id from hour g) g
     cross join lateral streams_of(g.discord_server_id) s
      join hour h on h.discord_server_id = g.discord_server_id
                 and h.hour between (s.first_minute / 60)::int and (s.last_minute / 60)::int
  ),
  in_stream as materialized (
    select o.discord_server_id, o.hour, o.started_at, o.minutes
      from of_stream o
     where o.minutes <> 0
    union all
    select h.discord_server_id, h.hour, '-infinity', ~coalesce(bit_or(o.minutes), 0)
      from hour h
      left join of_stream o on o.discord_server_id = h.discord_server_id and o.hour = h.hour
     group by h.discord_server_id, h.hour
  ),
  piece as materialized (   -- every minute of these hours lies in exactly one
    select h.discord_server_id, h.hour, d.day, t.started_at as stream_at, s.season_id,
           minute_mask(d.first_minute, d.last_minute, h.hour) & t.minutes & s.minutes as minutes
      from hour h
      join day d on d.discord_server_id = h.discord_server_id
                and d.first_minute <= h.hour::bigint * 60 + 59 and d.last_minute >= h.hour::bigint * 60
      join in_stream t on t.discord_server_id = h.discord_server_id and t.hour = h.hour
      join in_season s on s.discord_server_id = h.discord_server_id and s.hour = h.hour
  ),
  folded as (
    insert into watch_day as w (discord_server_id, day, username, stream_at, season_id, minutes)
    select o.discord_server_id, c.day, o.username, c.stream_at, c.season_id, sum(bit_count((o.paid & c.minutes)::bit(64)))::int
      from old o
      join piece c on c.discord_server_id = o.discord_server_id and c.hour = o.hour
     where o.paid & c.minutes <> 0
     group by o.discord_server_id, c.day, o.username, c.stream_at, c.season_id
     order by o.discord_server_id, c.day, o.username, c.stream_at, c.season_id   -- so that two cannot deadlock
    on conflict (discord_server_id, day, username, stream_at, season_id) do update
       set minutes = w.minutes + excluded.minutes
  ),
  gone as (
    delete from presence p
     using old o
     where p.discord_server_id = o.discord_server_id and p.hour = o.hour and p.username = o.username
    returning p.discord_server_id
  )
  select count(*)::int as rows
    from gone`
