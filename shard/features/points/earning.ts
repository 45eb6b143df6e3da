import { multipliersOf } from '../../../sql/queries/multiplier.ts'
import { readSettingsOf } from '../../../sql/queries/settings.ts'
import type { Earning } from '../feature.ts'
import { earningLines } from './view.ts'

/** Points: what minutes are worth now. */
export const howToEarn: Earning = async (guildId, say, { sql, clock }) => {
  const [{ points_per_5min: rate }, multipliers] = await Promise.all([
    readSettingsOf(sql, guildId, ['points_per_5min']),
    multipliersOf(sql, guildId),
  ])
  return earningLines(
    say,
    rate,
    multipliers.find((one) => one.startedAt.getTime() <= clock.now()),
  )
}
