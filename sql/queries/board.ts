import type { PendingQuery, Row } from 'postgres'
import type { GuildId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'
import { isHidden } from './board/hidden.ts'
import { minutesOfNewestStream, minutesOfSeason, minutesOfSpan } from './board/minutes.ts'
import { type BoardPage, type BoardRow, boardPageSize, pageOf } from './board/page.ts'
import { pointsOfSeason } from './board/points.ts'
import { streaks } from './board/streaks.ts'

export { type BoardPage, type BoardRow, boardPageSize } from './board/page.ts'

/** A time for which something is counted: all of it; a span in milliseconds; the newest stream; the season that runs. */
export type Within =
  | { readonly kind: 'all' }
  | { readonly kind: 'stream' }
  | { readonly kind: 'span'; readonly from: number; readonly to: number }
  | { readonly kind: 'season'; readonly seasonId: number }

/**
 * A board. A span must lie within the 35 days that are not folded. Points are known for all time and for the season that runs, since what is
 * paid for minutes is paid in blocks, whenever they are full.
 */
export type Board =
  | { readonly what: 'watchtime'; readonly within: Within }
  | { readonly what: 'points'; readonly within: Extract<Within, { kind: 'all' | 'season' }> }
  | { readonly what: 'streak' }

const minutesWithin = (db: Db, guildId: GuildId, within: Exclude<Within, { kind: 'all' }>) => {
  switch (within.kind) {
    case 'span':
      return minutesOfSpan(db, guildId, within)
    case 'stream':
      return minutesOfNewestStream(db, guildId)
    case 'season':
      return minutesOfSeason(db, { guildId, seasonId: within.seasonId })
  }
}

/** What those viewers have seen of all streams who were there in the last one: nobody else has a streak now. */
function seenByTheFaithful(db: Db, guildId: GuildId) {
  const lately = db`s.number >= s.last_whole`
  const minutesIn = (sessions: PendingQuery<Row[]>) => db`
    select p.discord_server_id, p.username, s.number, s.last_whole,
           bit_count((p.paid & minute_mask(s.first_minute, s.last_minute, p.hour))::bit(64)) as minutes
      from session s
      join presence p on p.discord_server_id = s.discord_server_id
                     and p.hour between (s.first_minute / 60)::int and (s.last_minute / 60)::int
     where p.discord_server_id = ${guildId} and ${sessions}
    union all
    select d.discord_server_id, d.username, s.number, s.last_whole, d.minutes
      from session s
      join watch_day d on d.discord_server_id = s.discord_server_id and d.stream_at = s.started_at
     where d.discord_server_id = ${guildId} and ${sessions}`
  return db`
    select m.discord_server_id, m.username, m.number, m.last_whole, m.minutes
      from (${minutesIn(db`true`)}) m
     where m.username in (select l.username from (${minutesIn(lately)}) l where l.minutes > 0)`
}

/** What stands on a board, before anybody is left out: `discord_server_id`, `username`, `amount`, `best`. */
function totalsOf(db: Db, guildId: GuildId, board: Board) {
  if (board.what === 'streak') {
    const guilds = db`select ${guildId}::bigint as discord_server_id`
    return db`
      select t.discord_server_id, t.username, t.current::bigint as amount, t.best
        from (${streaks(db, { guilds, seen: seenByTheFaithful(db, guildId) })}) t
       where t.current > 0`
  }
  if (board.what === 'points')
    return board.within.kind === 'all'
      ? db`select u.discord_server_id, u.kick_username as username, u.points as amount, null::int as best
             from user_points u
            where u.discord_server_id = ${guildId} and u.points > 0`
      : db`select t.discord_server_id, t.username, t.points as amount, null::int as best
             from (${pointsOfSeason(db, guildId)}) t`
  return board.within.kind === 'all'
    ? db`select w.discord_server_id, w.username, w.minutes::bigint as amount, null::int as best
           from watchtime w
          where w.discord_server_id = ${guildId} and w.minutes > 0`
    : db`select m.discord_server_id, m.username, sum(m.minutes)::bigint as amount, null::int as best
           from (${minutesWithin(db, guildId, board.within)}) m
          group by m.discord_server_id, m.username
         having sum(m.minutes) > 0`
}

/** One page of a guild's board: most first, then by name, so that every viewer has one place. Reads this guild's viewers only. */
export async function boardPage(
  db: Db,
  p: { readonly guildId: GuildId; readonly board: Board; readonly page: number },
): Promise<BoardPage> {
  const rows = await db<(BoardRow & { page: number; viewers: number })[]>`
    with total as (${totalsOf(db, p.guildId, p.board)}),
    ranked as (
      select t.discord_server_id, t.username, t.amount, t.best,
             row_number() over (order by t.amount desc, t.username collate "C")::int as rank,
             count(*) over ()::int as viewers
        from total t
       where not ${isHidden(db, p.guildId, db`t.username`)}
    ),
    asked as (
      select r.discord_server_id, r.username, r.amount, r.best, r.rank, r.viewers,
             least(${p.page}::int, (r.viewers - 1) / ${boardPageSize}::int + 1) as page
        from ranked r
    )
    select s.rank, coalesce(a.display_name, s.username) as display_name, s.amount, s.best, s.page, s.viewers
      from asked s
      left join kick_account a on a.discord_server_id = s.discord_server_id and a.username = s.username
     where s.rank > (s.page - 1) * ${boardPageSize}::int and s.rank <= s.page * ${boardPageSize}::int
     order by s.rank`
  return pageOf(rows)
}

/** Streams in a row that somebody has watched. */
export interface Streak {
  readonly guildId: GuildId
  readonly username: Username
  /** Up to the last stream, or the one that is running. */
  readonly current: number
  readonly best: number
}

/**
 * Streaks of viewers, without those who never watched a stream; both lists have one entry for each viewer. Reads the streams of their
 * guilds and each viewer's hours in them, one by one.
 */
export const streaksOf = (db: Db, asked: { readonly guildIds: GuildId[]; readonly usernames: Username[] }) => {
  const viewers = db`
    select distinct v.discord_server_id, v.username
      from unnest(${asked.guildIds}::bigint[], ${asked.usernames}::text[]) as v (discord_server_id, username)`
  const guilds = db`select distinct g.discord_server_id from unnest(${asked.guildIds}::bigint[]) as g (discord_server_id)`
  const seen = db`
    with folded as materialized (
      select d.discord_server_id, d.username, d.stream_at, d.minutes
        from (${viewers}) v
        join watch_day d on d.discord_server_id = v.discord_server_id and d.username = v.username
    )
    select v.discord_server_id, v.username, s.number, s.last_whole,
           bit_count((p.paid & minute_mask(s.first_minute, s.last_minute, h.hour))::bit(64)) as minutes
      from (${guilds}) g
     cross join lateral (
        select o.hour as oldest
          from presence o
         where o.discord_server_id = g.discord_server_id
         order by o.hour
         limit 1
     ) k
      join session s on s.discord_server_id = g.discord_server_id and s.last_minute / 60 >= k.oldest
     cross join lateral generate_series(greatest((s.first_minute / 60)::int, k.oldest), (s.last_minute / 60)::int) as h (hour)
      join (${viewers}) v on v.discord_server_id = g.discord_server_id
     cross join lateral (   -- looked up by its whole key, hour by hour: else the planner reads all that a viewer has for each stream
        select r.paid
          from presence r
         where r.discord_server_id = v.discord_server_id and r.hour = h.hour and r.username = v.username
        offset 0
     ) p
    union all
    select d.discord_server_id, d.username, s.number, s.last_whole, d.minutes
      from folded d
      join session s on s.discord_server_id = d.discord_server_id and s.started_at = d.stream_at`
  return db<Streak[]>`
    select t.discord_server_id as guild_id, t.username, t.current, t.best
      from (${streaks(db, { guilds, seen })}) t`
}
