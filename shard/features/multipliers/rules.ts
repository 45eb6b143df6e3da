import type { Factors } from '../../../sql/queries/multiplier.ts'

export type Percents = Pick<Factors, 'global' | 'role' | 'subscriber' | 'happy'>

/**
 * What a minute counts, in percent: global × role × subscriber × happy hour. The product is cut to whole percent once, at the end, as
 * `settleWatchtime` does it; each factor is at most 1,000, so that the product stays exact.
 */
export const combined = ({ global, role, subscriber, happy }: Percents): number =>
  Math.floor((global * role * subscriber * happy) / 1_000_000)

/** A factor of 0 silences the others; more than ten times is a slip of the hand. */
export const mostPercent = 1000

/** The example that admins read: every kind of factor, one of them below 100. */
export const example: Percents = { global: 150, role: 200, subscriber: 120, happy: 50 }
