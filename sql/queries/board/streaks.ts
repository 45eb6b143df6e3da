import type { PendingQuery, Row } from 'postgres'
import type { Db } from '../../client.ts'

/** Minutes of a stream that make it one that a viewer has watched. */
export const watchedFrom = 5
/** A stream that was shorter counts for nobody's streak. */
const shortestStream = 10

type Piece = PendingQuery<Row[]>

/**
 * How many streams in a row viewers have watched, now and at best: part of a statement that gives `discord_server_id`, `username`,
 * `current` and `best`, without those who never watched one. A stream in which nobody was credited a minute (the bot was away, tracking was off)
 * neither counts nor breaks a streak, and the one that is running only breaks it when it is over.
 *
 * `guilds` gives `discord_server_id`; `seen` gives `discord_server_id, username, number, last_whole, minutes` of the sessions that it finds in
 * `session`: each knows the number of its stream, and from which number on a stream keeps a streak going.
 */
export const streaks = (db: Db, { guilds, seen }: { readonly guilds: Piece; readonly seen: Piece }) => db`
  with known as materialized (
    select g.discord_server_id, s.started_at, s.first_minute, s.last_minute, s.is_live, s.stream
      from (${guilds}) g
     cross join lateral streams_of(g.discord_server_id) s
  ),
  counted as materialized (   -- numbered from the first one on
    select c.discord_server_id, c.stream,
           row_number() over (partition by c.discord_server_id order by c.stream) as number,
           count(*) over (partition by c.discord_server_id)
             - (bool_or(c.is_live) over (partition by c.discord_server_id))::int as last_whole
      from (
        select s.discord_server_id, s.stream, bool_or(s.is_live) as is_live
          from known s
         group by s.discord_server_id, s.stream
        having max(s.last_minute) - min(s.first_minute) >= ${shortestStream - 1}::int
           and bool_or(exists (
                 select from presence p
                  where p.discord_server_id = s.discord_server_id
                    and p.hour between (s.first_minute / 60)::int and (s.last_minute / 60)::int
                    and p.paid & minute_mask(s.first_minute, s.last_minute, p.hour) <> 0
               ) or exists (   -- its minutes lie in its day nearly always, and are found there at once
                 select from watch_day d
                  where d.discord_server_id = s.discord_server_id
                    and d.day = (to_timestamp(s.first_minute * 60) at time zone 'UTC')::date
                    and d.stream_at = s.started_at
               ) or exists (
                 select from watch_day d
                  where d.discord_server_id = s.discord_server_id
                    and d.day between (to_timestamp(s.first_minute * 60) at time zone 'UTC')::date - 1
                                  and (to_timestamp(s.last_minute * 60) at time zone 'UTC')::date + 1
                    and d.stream_at = s.started_at
               ))
      ) c
  ),
  session as materialized (   -- joined here, where it is known how many there are
    select k.discord_server_id, k.started_at, k.first_minute, k.last_minute, c.number, c.last_whole
      from known k
      join counted c on c.discord_server_id = k.discord_server_id and c.stream = k.stream
  ),
  watched as (
    select w.discord_server_id, w.username, w.number, w.last_whole,
           w.number - row_number() over (partition by w.discord_server_id, w.username order by w.number) as row_of
      from (
        select m.discord_server_id, m.username, m.number, m.last_whole
          from (${seen}) m
         group by m.discord_server_id, m.username, m.number, m.last_whole
        having sum(m.minutes) >= ${watchedFrom}::int
      ) w
  ),
  unbroken as (
    select w.discord_server_id, w.username, count(*)::int as streams, max(w.number) >= max(w.last_whole) as is_running
      from watched w
     group by w.discord_server_id, w.username, w.row_of
  )
  select u.discord_server_id, u.username, coalesce(max(u.streams) filter (where u.is_running), 0) as current, max(u.streams) as best
    from unbroken u
   group by u.discord_server_id, u.username`
