import type { GuildId, UserId } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'
import { isHidden } from './board/hidden.ts'
import { minutesOfSeason } from './board/minutes.ts'
import { type BoardPage, type BoardRow, boardPageSize, pageOf } from './board/page.ts'
import { pointsOfSeason } from './board/points.ts'

export interface Season {
  /** Counts from 1 in each guild. */
  readonly seasonId: number
  readonly name: string
  readonly startedAt: Date
  /** When it ends by itself, if it does. */
  readonly endsAt: Date | null
  readonly endedAt: Date | null
}

/** The job that ends one; its ref is the id. */
export const seasonJob = 'seasons.end'

/**
 * Begins a season with the minute that is running, and notes what everybody has earned until now; undefined while another one runs. One
 * statement, so that of several at once one begins.
 */
export async function startSeason(
  db: Db,
  p: {
    readonly guildId: GuildId
    readonly name: string
    readonly endsAt: Date | null
    readonly userId: UserId
  },
): Promise<Season | undefined> {
  const [season] = await db<Season[]>`
    with begun as (
      insert into season (discord_server_id, season_id, name, started_at, ends_at, started_by)
      select ${p.guildId}::bigint, coalesce(max(s.season_id), 0) + 1, ${p.name}::text, date_trunc('minute', now()),
             ${p.endsAt?.toISOString() ?? null}::timestamptz, ${p.userId}::bigint
        from season s
       where s.discord_server_id = ${p.guildId}
      on conflict do nothing   -- the number or the place is taken: another one runs
      returning discord_server_id, season_id, name, started_at, ends_at, ended_at
    ),
    noted as (
      insert into season_start (discord_server_id, username, earned)
      select u.discord_server_id, u.kick_username, u.total_earned
        from begun b
        join user_points u on u.discord_server_id = b.discord_server_id
       where u.discord_server_id = ${p.guildId} and u.total_earned <> 0
       order by u.kick_username
    )
    select b.season_id, b.name, b.started_at, b.ends_at, b.ended_at
      from begun b`
  return season
}

/** The season of a guild that is running, if any. */
export async function runningSeason(db: Db, guildId: GuildId): Promise<Season | undefined> {
  const [season] = await db<Season[]>`
    select s.season_id, s.name, s.started_at, s.ends_at, s.ended_at
      from season s
     where s.discord_server_id = ${guildId} and s.ended_at is null`
  return season
}

/** The last seasons of a guild, the newest first; of all of them, the one with this number when it is given. */
export const seasonsOf = (db: Db, asked: { readonly guildId: GuildId; readonly seasonId?: number }) => db<
  (Season & { viewers: number })[]
>`
  select s.season_id, s.name, s.started_at, s.ends_at, s.ended_at,
         (select count(*)::int
            from season_result r
           where r.discord_server_id = ${asked.guildId} and r.season_id = s.season_id) as viewers
    from season s
   where s.discord_server_id = ${asked.guildId}
     and (${asked.seasonId ?? null}::int is null or s.season_id = ${asked.seasonId ?? null}::int)
   order by s.season_id desc
   limit 25`

/**
 * Ends a season with the minute before this one, or when it was to end, if that is past; undefined when it is not running. Whoever calls it
 * at the same time waits for this transaction and finds it ended. The caller then brings the guild's minutes up to date, and has
 * {@link archiveSeason} keep the boards.
 */
export async function closeSeason(
  db: Db,
  p: { readonly guildId: GuildId; readonly seasonId: number; readonly userId: UserId | null },
): Promise<Season | undefined> {
  const [season] = await db<Season[]>`
    update season s
       set ended_at = greatest(s.started_at, least(s.ends_at, date_trunc('minute', now()))),
           ended_by = ${p.userId}
     where s.discord_server_id = ${p.guildId} and s.season_id = ${p.seasonId} and s.ended_at is null
    returning s.season_id, s.name, s.started_at, s.ends_at, s.ended_at`
  return season
}

/**
 * Keeps the boards of a season that was just closed in this transaction, with everybody who watched or earned in it and stands on boards; gives
 * how many that are. What viewers had at its beginning is not needed any more.
 */
export async function archiveSeason(
  db: Db,
  p: { readonly guildId: GuildId; readonly seasonId: number },
): Promise<number> {
  const kept = await db`
    with minutes as (
      select m.discord_server_id, m.username, sum(m.minutes)::int as minutes
        from (${minutesOfSeason(db, p)}) m
       group by m.discord_server_id, m.username
      having sum(m.minutes) > 0
    ),
    points as (${pointsOfSeason(db, p.guildId)}),
    total as (
      select username, coalesce(m.minutes, 0) as minutes, coalesce(e.points, 0) as points
        from minutes m
        full join points e using (discord_server_id, username)
    )
    insert into season_result (discord_server_id, season_id, watchtime_rank, points_rank, username, minutes, points)
    select ${p.guildId}::bigint, ${p.seasonId}::int,
           row_number() over (order by t.minutes desc, t.username collate "C"),
           row_number() over (order by t.points desc, t.username collate "C"),
           t.username, t.minutes, t.points
      from total t
     where not ${isHidden(db, p.guildId, db`t.username`)}`
  await db`
    delete from season_start b
     where b.discord_server_id = ${p.guildId}`
  return kept.count
}

/** One page of a board of a season that has ended, as it was then. Who is left out of boards since is not shown. */
export async function seasonPage(
  db: Db,
  p: {
    readonly guildId: GuildId
    readonly seasonId: number
    readonly what: 'watchtime' | 'points'
    readonly page: number
  },
): Promise<BoardPage> {
  const rows = await db<(BoardRow & { page: number; viewers: number })[]>`
    with shown as (
      select r.username, r.rank, r.amount, row_number() over (order by r.rank) as place, count(*) over ()::int as viewers
        from (
          select t.username,
                 case when ${p.what} = 'points' then t.points_rank else t.watchtime_rank end as rank,
                 case when ${p.what} = 'points' then t.points else t.minutes end as amount
            from season_result t
           where t.discord_server_id = ${p.guildId} and t.season_id = ${p.seasonId}
        ) r
       where r.amount > 0 and not ${isHidden(db, p.guildId, db`r.username`)}
    ),
    asked as (
      select s.username, s.rank, s.amount, s.place, s.viewers,
             least(${p.page}::int, (s.viewers - 1) / ${boardPageSize}::int + 1) as page
        from shown s
    )
    select s.rank, coalesce(a.display_name, s.username) as display_name, s.amount, null::int as best, s.page, s.viewers
      from asked s
      left join kick_account a on a.discord_server_id = ${p.guildId} and a.username = s.username
     where s.place > (s.page - 1) * ${boardPageSize}::int and s.place <= s.page * ${boardPageSize}::int
     order by s.rank`
  return pageOf(rows)
}

/**
 * Before and after something changes what viewers have earned in all without their having earned it now, such as an import: what they earned in
 * the season that is running stays. Both in one transaction, which holds the viewers. Does nothing while no season runs.
 */
export const holdSeasonPoints = (db: Db, p: { readonly guildId: GuildId; readonly step: 'before' | 'after' }) => db`
  insert into season_start as b (discord_server_id, username, earned)
  select u.discord_server_id, u.kick_username, u.total_earned * ${p.step === 'before' ? -1 : 1}::int
    from user_points u
   where u.discord_server_id = ${p.guildId}
     and exists (select from season s where s.discord_server_id = ${p.guildId} and s.ended_at is null)
   order by u.kick_username
     for update of u
  on conflict (discord_server_id, username) do update
     set earned = b.earned + excluded.earned`
