import { multipliersOf } from '../../../sql/queries/multiplier.ts'
import type { Earning } from '../feature.ts'
import { runningLines } from './view.ts'

/** Points: what minutes count by now, and for whom. */
export const howToEarn: Earning = async (guildId, say, { sql, clock }) =>
  runningLines(say, await multipliersOf(sql, guildId), clock.now())
