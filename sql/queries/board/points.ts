import type { GuildId } from '../../../cluster/runtime/ids.ts'
import type { Db } from '../../client.ts'

/**
 * What viewers have earned since the season that is running began, where that is anything: part of a statement that gives
 * `discord_server_id`, `username` and `points`.
 */
export const pointsOfSeason = (db: Db, guildId: GuildId) => db`
  select u.discord_server_id, u.kick_username as username,
         least(u.total_earned::numeric - coalesce(b.earned, 0), 9223372036854775807)::bigint as points
    from user_points u
    left join season_start b on b.discord_server_id = u.discord_server_id and b.username = u.kick_username
   where u.discord_server_id = ${guildId} and u.total_earned > coalesce(b.earned, 0)`
