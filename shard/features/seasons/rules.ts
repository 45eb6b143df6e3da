import { dayAt, daysAfter, isDay, startOf } from '../calendar.ts'

export const limits = { name: 60, days: 731 } as const

/**
 * When a season ends whose last day is this one, as it was typed: with the beginning of the day after, in milliseconds; or what is wrong with
 * it. Without a day it ends when an admin says so.
 */
export function readEnd(
  typed: string | null,
  p: { readonly now: number; readonly timeZone: string },
): number | null | 'not_a_day' | 'past' | 'too_far' {
  if (typed === null) return null
  const day = typed.trim()
  if (!isDay(day)) return 'not_a_day'
  const today = dayAt(p.now, p.timeZone)
  if (day < today) return 'past'
  if (day > daysAfter(today, limits.days)) return 'too_far'
  return startOf(daysAfter(day, 1), p.timeZone)
}
