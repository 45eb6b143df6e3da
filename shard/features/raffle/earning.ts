import { latestPeriods } from '../../../sql/queries/raffle.ts'
import { readSettingsOf } from '../../../sql/queries/settings.ts'
import type { Earning } from '../feature.ts'
import { watchLine } from './view.ts'

/** Raffle tickets for watching, while a raffle runs. */
export const howToEarn: Earning = async (guildId, say, { sql }) => {
  const [periods, { raffle_tickets_per_hour: rate }] = await Promise.all([
    latestPeriods(sql, { guildId, limit: 10 }),
    readSettingsOf(sql, guildId, ['raffle_tickets_per_hour']),
  ])
  return rate > 0 && periods.some(({ status }) => status === 'active') ? [watchLine(say, rate)] : []
}
