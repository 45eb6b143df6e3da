import type { GuildId } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'
import { readSettings } from './settings.ts'

/** How many minutes of one day a guild pays to one viewer, and where its days begin. */
export interface DailyCap {
  readonly guildId: GuildId
  readonly minutes: number
  readonly timezone: string
}

/**
 * Those of these guilds that have a daily cap. Whoever settles one of them holds it until the transaction ends: what a viewer has of a day
 * stands in many rows, which the next statement must see as the last settlement left them. Costs a look at a small index where nobody has one.
 */
export async function takeCaps(db: Db, guildIds: readonly GuildId[]): Promise<readonly DailyCap[]> {
  const rows = await db<{ guildId: string }[]>`
    select s.discord_server_id as guild_id
      from bot_settings s
     where s.key = 'daily_cap_minutes' and s.value <> '0'
       and s.discord_server_id = any(${[...guildIds, '0']}::bigint[])`
  if (rows.length === 0) return []
  const own = new Set(rows.map((row) => row.guildId))
  const asked = own.has('0') ? guildIds : guildIds.filter((guildId) => own.has(guildId))
  const chosen = await readSettings(db, asked, ['daily_cap_minutes', 'timezone'])
  const capped = [...chosen].filter(([, one]) => one.daily_cap_minutes > 0).sort(([a], [b]) => (a < b ? -1 : 1))
  if (capped.length === 0) return []
  return db<DailyCap[]>`
    select c.discord_server_id as guild_id, c.minutes, known_time_zone(c.timezone) as timezone,
           pg_advisory_xact_lock(hashtextextended('daily_cap', c.discord_server_id))::text as held
      from unnest(
             ${capped.map(([guildId]) => guildId)}::bigint[],
             ${capped.map(([, one]) => one.daily_cap_minutes)}::int[],
             ${capped.map(([, one]) => one.timezone)}::text[]
           ) as c (discord_server_id, minutes, timezone)`
}
