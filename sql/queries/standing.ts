import type { GuildId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'
import { isHidden } from './board/hidden.ts'

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
