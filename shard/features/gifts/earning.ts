import { openSince } from '../../../sql/queries/gifts.ts'
import { readSettingsOf } from '../../../sql/queries/settings.ts'
import type { Earning } from '../feature.ts'
import { rateLines } from './view.ts'

/** Raffle tickets for gifted subscriptions and for one's own, while a raffle runs. */
export const howToEarn: Earning = async (guildId, say, { sql }) => {
  const [since, rates] = await Promise.all([
    openSince(sql, guildId),
    readSettingsOf(sql, guildId, ['raffle_tickets_per_gifted_sub', 'raffle_tickets_per_sub']),
  ])
  if (since === undefined) return []
  return rateLines(say, { gift: rates.raffle_tickets_per_gifted_sub, own: rates.raffle_tickets_per_sub })
}
