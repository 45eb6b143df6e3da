import type { GuildId } from '../../../cluster/runtime/ids.ts'
import { mostPoints } from '../../../sql/queries/ledger.ts'
import type { Settings } from '../../../sql/queries/settings.ts'

/** A whole number of points as it was typed, up to 64 bits; a sign only where one makes sense. Undefined when it is none. */
export function readAmount(typed: string, p: { mayBeNegative: boolean }): bigint | undefined {
  const text = typed.trim()
  if (!(p.mayBeNegative ? /^-?\d{1,19}$/ : /^\d{1,19}$/).test(text)) return undefined
  const amount = BigInt(text)
  return amount > mostPoints || amount < -mostPoints ? undefined : amount
}

/** The kinds of entries that have a name of their own in answers; others are shown as they are stored. */
export const entryKinds = [
  'give',
  'take',
  'set',
  'undo',
  'decay',
  'import',
  'dashboard',
  'shop',
  'shop_refund',
] as const

const dayMs = 86_400_000

/**
 * The period in which an instant lies, when unused points fade every so many days: a grid over the days of UTC, so that whoever asks
 * gets the same one, and when it ends, which is when points fade for it.
 */
export function decayPeriod(at: number, everyDays: number): { readonly name: string; readonly endsAt: Date } {
  const first = Math.floor(Math.floor(at / dayMs) / everyDays) * everyDays
  return { name: new Date(first * dayMs).toISOString().slice(0, 10), endsAt: new Date((first + everyDays) * dayMs) }
}

export const decayKeys = ['decay_percent', 'decay_after_days', 'decay_every_days', 'decay_floor'] as const

export const decayOf = (guildId: GuildId, chosen: Pick<Settings, (typeof decayKeys)[number]>) => ({
  guildId,
  percent: chosen.decay_percent,
  afterDays: chosen.decay_after_days,
  floor: chosen.decay_floor,
})
