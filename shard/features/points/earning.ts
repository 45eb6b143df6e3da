import { readSettingsOf } from '../../../sql/queries/settings.ts'
import type { Earning } from '../feature.ts'
import { earningLine } from './view.ts'

/** Points: what minutes are worth now. */
export const howToEarn: Earning = async (guildId, say, { sql }) => {
  const { points_per_5min: rate } = await readSettingsOf(sql, guildId, ['points_per_5min'])
  return [earningLine(say, rate)]
}
