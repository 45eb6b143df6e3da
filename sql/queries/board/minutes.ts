/**
 * Minutes of viewers within a time, as parts of statements that give `discord_server_id`, `username` and `minutes`. A minute belongs to a
 * time in which it began, so that times that follow one another share none; of a stream are those at whose end it was live, as
 * everywhere.
 */
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import type { Db } from '../../client.ts'

/** Of a span in milliseconds, as far as its minutes are not folded. */
export function minutesOfSpan(db: Db, guildId: GuildId, span: { readonly from: number; readonly to: number }) {
  const first = Math.ceil(span.from / 60_000) + 1
  const last = Math.ceil(span.to / 60_000)
  return db`
    select p.discord_server_id, p.username,
           bit_count((p.paid & minute_mask(${first}::bigint, ${last}::bigint, p.hour))::bit(64)) as minutes
      from presence p
     where p.discord_server_id = ${guildId}
       and p.hour between ${Math.floor(first / 60)}::int and ${Math.floor(last / 60)}::int`
}

/** Of the stream that is running, or was the last. */
export const minutesOfNewestStream = (db: Db, guildId: GuildId) => db`
  with newest as materialized (
    select s.started_at, s.first_minute, s.last_minute
      from (
        select t.started_at, t.first_minute, t.last_minute, t.stream = max(t.stream) over () as is_newest
          from streams_of(${guildId}) t
      ) s
     where s.is_newest
  )
  select p.discord_server_id, p.username,
         bit_count((p.paid & minute_mask(s.first_minute, s.last_minute, p.hour))::bit(64)) as minutes
    from newest s
    join presence p on p.discord_server_id = ${guildId}
                   and p.hour between (s.first_minute / 60)::int and (s.last_minute / 60)::int
  union all
  select d.discord_server_id, d.username, d.minutes
    from newest s
    join watch_day d on d.discord_server_id = ${guildId}
                    and d.day between (to_timestamp(s.first_minute * 60) at time zone 'UTC')::date - 1
                                  and (to_timestamp(s.last_minute * 60) at time zone 'UTC')::date + 1
                    and d.stream_at = s.started_at`

/** Of a season up to its end, or up to now. */
export const minutesOfSeason = (db: Db, p: { readonly guildId: GuildId; readonly seasonId: number }) => db`
  with season_span as materialized (
    select s.started_at, first_minute(s.started_at) + 1 as first_minute,
           first_minute(coalesce(s.ended_at, least(s.ends_at, now()))) as last_minute
      from season s
     where s.discord_server_id = ${p.guildId} and s.season_id = ${p.seasonId}
  )
  select p.discord_server_id, p.username,
         bit_count((p.paid & minute_mask(s.first_minute, s.last_minute, p.hour))::bit(64)) as minutes
    from season_span s
    join presence p on p.discord_server_id = ${p.guildId}
                   and p.hour between (s.first_minute / 60)::int and (s.last_minute / 60)::int
  union all
  select d.discord_server_id, d.username, d.minutes
    from season_span s
    join watch_day d on d.discord_server_id = ${p.guildId}
                    and d.day >= (s.started_at at time zone 'UTC')::date - 1
                    and d.season_id = ${p.seasonId}`
