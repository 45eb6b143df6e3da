import { platformNames } from '../../../cluster/runtime/affiliate.ts'
import { openSince } from '../../../sql/queries/gifts.ts'
import { readSettingsOf } from '../../../sql/queries/settings.ts'
import { sourcesOf } from '../../../sql/queries/wagers.ts'
import type { Earning } from '../feature.ts'
import { rateLine } from './view.ts'

/** Raffle tickets for wagers on the guild's platforms, while a raffle runs. */
export const howToEarn: Earning = async (guildId, say, { sql }) => {
  const [since, sources, { raffle_tickets_per_1000: rate }] = await Promise.all([
    openSince(sql, guildId),
    sourcesOf(sql, guildId),
    readSettingsOf(sql, guildId, ['raffle_tickets_per_1000']),
  ])
  if (since === undefined || sources.length === 0 || rate === 0) return []
  return [
    rateLine(
      say,
      sources.map(({ platform }) => platformNames[platform]),
      rate,
    ),
  ]
}
