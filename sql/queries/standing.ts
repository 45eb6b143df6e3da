import type { GuildId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

/** What a viewer has in one guild. Points are 64-bit integers as decimal strings. */
export interface Standing {
  readonly displayName: string
  readonly minutes: number
  readonly points: string
  readonly totalEarned: string
  readonly totalSpent: string
  /** 1 for the most minutes; null for somebody without any, or who is left out of boards. */
  readonly watchtimeRank: number | null
  readonly pointsRank: number | null
  /** How many viewers have a rank. */
  readonly watchers: number
  readonly holders: number
}

/** Whether somebody stands on no board of the guild, by an admin's choice or their own. */
const isHidden = (db: Db, guildId: GuildId, name: ReturnType<Db>) => db`
  exists (
    select from exclusion e
     where e.discord_server_id = ${guildId} and e.username = ${name} and e.kind = 'boards'
  )`

/**
 * Minutes, points and ranks of one viewer; zeros for somebody who was never seen. Whoever is left out of boards has no rank and
 * takes none away. Reads each viewer of the guild once, since totals that change every minute carry no index.
 */
export async function standingOf(db: Db, p: { guildId: GuildId; username: Username }): Promise<Standing> {
  const [row] = await db<Standing[]>`
    with viewer as (
      select v.discord_server_id, v.username,
             coalesce(w.minutes, 0) as minutes,
             coalesce(u.points, 0) as points,
             coalesce(u.total_earned, 0) as total_earned,
             coalesce(u.total_spent, 0) as total_spent,
             ${isHidden(db, p.guildId, db`v.username`)} as is_hidden
        from (select ${p.guildId}::bigint as discord_server_id, ${p.username}::text as username) v
        left join watchtime w on w.discord_server_id = v.discord_server_id and w.username = v.username
        left join user_points u on u.discord_server_id = v.discord_server_id and u.kick_username = v.username
    ),
    watching as (
      select count(*)::int as viewers,
             count(*) filter (
               where w.minutes > v.minutes or (w.minutes = v.minutes and w.username collate "C" < v.username)
             )::int as ahead
        from viewer v
        join watchtime w on w.discord_server_id = v.discord_server_id
       where w.minutes > 0 and not ${isHidden(db, p.guildId, db`w.username`)}
    ),
    holding as (
      select count(*)::int as viewers,
             count(*) filter (
               where u.points > v.points or (u.points = v.points and u.kick_username collate "C" < v.username)
             )::int as ahead
        from viewer v
        join user_points u on u.discord_server_id = v.discord_server_id
       where u.points > 0 and not ${isHidden(db, p.guildId, db`u.kick_username`)}
    )
    select coalesce(a.display_name, v.username) as display_name, v.minutes, v.points, v.total_earned, v.total_spent,
           case when v.minutes > 0 and not v.is_hidden then w.ahead + 1 end as watchtime_rank,
           case when v.points > 0 and not v.is_hidden then h.ahead + 1 end as points_rank,
           w.viewers as watchers, h.viewers as holders
      from viewer v
     cross join watching w
     cross join holding h
      left join kick_account a on a.discord_server_id = v.discord_server_id and a.username = v.username`
  if (row === undefined) throw new Error('a statement that always gives a row gave none')
  return row
}

export const boards = ['watchtime', 'points'] as const
export type Board = (typeof boards)[number]

export interface BoardRow {
  readonly rank: number
  readonly displayName: string
  /** Minutes, or points as a 64-bit integer; a decimal string. */
  readonly amount: string
}

export interface BoardPage {
  readonly board: Board
  readonly rows: readonly BoardRow[]
  /** The page that these rows are; the last one when a later one was asked for. */
  readonly page: number
  readonly pages: number
  readonly viewers: number
}

export const boardPageSize = 10

/** One page of a guild's board: most first, then by name, so that every viewer has one place. Reads this guild's viewers only. */
export async function boardPage(db: Db, p: { guildId: GuildId; board: Board; page: number }): Promise<BoardPage> {
  const totals =
    p.board === 'watchtime'
      ? db`select w.discord_server_id, w.username, w.minutes::bigint as amount
             from watchtime w
            where w.discord_server_id = ${p.guildId} and w.minutes > 0`
      : db`select u.discord_server_id, u.kick_username as username, u.points as amount
             from user_points u
            where u.discord_server_id = ${p.guildId} and u.points > 0`
  const rows = await db<(BoardRow & { page: number; viewers: number })[]>`
    with total as (${totals}),
    ranked as (
      select t.discord_server_id, t.username, t.amount,
             row_number() over (order by t.amount desc, t.username collate "C")::int as rank,
             count(*) over ()::int as viewers
        from total t
       where not ${isHidden(db, p.guildId, db`t.username`)}
    ),
    asked as (
      select r.discord_server_id, r.username, r.amount, r.rank, r.viewers,
             least(${p.page}::int, (r.viewers - 1) / ${boardPageSize}::int + 1) as page
        from ranked r
    )
    select s.rank, coalesce(a.display_name, s.username) as display_name, s.amount, s.page, s.viewers
      from asked s
      left join kick_account a on a.discord_server_id = s.discord_server_id and a.username = s.username
     where s.rank > (s.page - 1) * ${boardPageSize}::int and s.rank <= s.page * ${boardPageSize}::int
     order by s.rank`
  const first = rows[0]
  return {
    board: p.board,
    rows: rows.map(({ rank, displayName, amount }) => ({ rank, displayName, amount })),
    page: first?.page ?? 1,
    pages: first === undefined ? 1 : Math.ceil(first.viewers / boardPageSize),
    viewers: first?.viewers ?? 0,
  }
}
