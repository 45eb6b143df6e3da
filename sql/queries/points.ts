import type { GuildId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

/** Minutes that are worth one payment of the guild's rate. */
export const blockMinutes = 5

/** Viewers by guild; both lists have one entry for each of them. */
export interface Viewers {
  readonly guildIds: GuildId[]
  readonly usernames: Username[]
}

/**
 * Turns whole blocks of minutes that were not converted yet into points at the guild's present rate; the remainder stays. A
 * rate of 0 moves the mark and pays nothing, so that a pause is never paid later; the same holds for whoever is left out of points
 * when the block is full. A minute counts for
 * as much as it did when it was watched (`bonus`), in hundredths, so that all that was ever paid for is a whole number of blocks, whenever
 * and in whatever parts it was paid. Safe to repeat: what was converted is not owed any more.
 *
 * The caller's transaction must hold these viewers' `watchtime` rows (by having written or locked them in an earlier statement).
 * That makes it impossible that two transactions read the same mark.
 */
export const convertMinutes = (db: Db, viewers: Viewers) => db<{ points: number; viewers: number }[]>`
  with viewer as (
    select distinct v.discord_server_id, v.username
      from unnest(${viewers.guildIds}::bigint[], ${viewers.usernames}::text[]) as v (discord_server_id, username)
  ),
  rate as materialized (
    select g.discord_server_id,
           coalesce(substring(setting(g.discord_server_id, 'points_per_5min') from '^\\d{1,9}$')::bigint, 1) as points
      from (select distinct discord_server_id from viewer) g
  ),
  unpaid as materialized (
    select w.discord_server_id, w.username,
           (w.minutes - coalesce(c.minutes_converted, 0))::bigint * 100 + w.bonus - coalesce(c.bonus_converted, 0) as hundredths,
           greatest((w.minutes - coalesce(c.minutes_converted, 0)) / ${blockMinutes}::int, 0) * ${blockMinutes}::int as minutes,
           exists (
             select from exclusion e
              where e.discord_server_id = v.discord_server_id and e.username = v.username and e.kind = 'points'
           ) as is_excluded
      from viewer v
      join watchtime w on w.discord_server_id = v.discord_server_id and w.username = v.username
      left join points_watchtime_converted c on c.discord_server_id = v.discord_server_id and c.kick_username = v.username
  ),
  owed as materialized (   -- the marks of minutes and of their bonus move together by exactly what the blocks are
    select u.discord_server_id, u.username, u.hundredths / ${blockMinutes * 100}::bigint as blocks, u.minutes, u.is_excluded
      from unpaid u
     where u.hundredths >= ${blockMinutes * 100}::bigint
  ),
  converted as (
    insert into points_watchtime_converted as c (discord_server_id, kick_username, minutes_converted, bonus_converted, points_awarded)
    select o.discord_server_id, o.username, o.minutes, o.blocks * ${blockMinutes * 100}::bigint - o.minutes * 100,
           case when o.is_excluded then 0 else o.blocks * r.points end
      from owed o
      join rate r using (discord_server_id)
     order by o.discord_server_id, o.username
    on conflict (discord_server_id, kick_username) do update
       set minutes_converted = c.minutes_converted + excluded.minutes_converted,
           bonus_converted = c.bonus_converted + excluded.bonus_converted,
           points_awarded = c.points_awarded + excluded.points_awarded,
           converted_at = now()
  ),
  awarded as (
    insert into user_points as u (discord_server_id, kick_username, discord_id, points, total_earned)
    select o.discord_server_id, o.username, l.discord_id, o.blocks * r.points, o.blocks * r.points
      from owed o
      join rate r using (discord_server_id)
      left join links l on l.discord_server_id = o.discord_server_id and l.kick_name = o.username
     where r.points > 0 and not o.is_excluded
     order by o.discord_server_id, o.username
    on conflict (discord_server_id, kick_username) do update
       set points = u.points + excluded.points,
           total_earned = u.total_earned + excluded.total_earned,
           discord_id = coalesce(excluded.discord_id, u.discord_id),
           last_updated = now()
  )
  select coalesce(sum(o.blocks * r.points) filter (where not o.is_excluded), 0)::float8 as points, count(*)::int as viewers
    from owed o
    join rate r using (discord_server_id)`

/**
 * Locks the viewers of these guilds that have a whole block of minutes unconverted, for {@link convertMinutes} in the next
 * statement of the same transaction. Reads every viewer of the guilds: for corrections, not for every minute.
 */
export const lockUnconverted = (db: Db, guildIds: GuildId[]) => db<{ guildId: GuildId; username: Username }[]>`
  select w.discord_server_id as guild_id, w.username
    from watchtime w
    left join points_watchtime_converted c on c.discord_server_id = w.discord_server_id and c.kick_username = w.username
   where w.discord_server_id = any(${guildIds}::bigint[])
     and (w.minutes - coalesce(c.minutes_converted, 0))::bigint * 100 + w.bonus - coalesce(c.bonus_converted, 0)
         >= ${blockMinutes * 100}::bigint
   order by w.discord_server_id, w.username
     for update of w`
