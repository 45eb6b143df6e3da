import type { Board, Within } from '../../../sql/queries/board.ts'
import type { Season } from '../../../sql/queries/season.ts'
import { spanOf } from '../calendar.ts'

/** What a board shows, and for which time. */
export const whats = ['watchtime', 'points', 'streak'] as const
export type What = (typeof whats)[number]
export const periods = ['all', 'week', 'month', 'stream', 'season'] as const
export type Period = (typeof periods)[number]

export interface Asked {
  readonly what: What
  readonly period: Period
}

/**
 * The board that was asked for, or why there is none: nobody knows points of a week, a streak belongs to no time, and no season may be
 * running. `now` in milliseconds.
 */
export function boardFor(
  { what, period }: Asked,
  p: { readonly now: number; readonly timeZone: string; readonly season: Season | undefined },
): Board | 'points_period' | 'streak_period' | 'no_season' {
  if (what === 'streak') return period === 'all' ? { what } : 'streak_period'
  if (period === 'season') {
    if (p.season === undefined) return 'no_season'
    return { what, within: { kind: 'season', seasonId: p.season.seasonId } }
  }
  if (what === 'points') return period === 'all' ? { what, within: { kind: 'all' } } : 'points_period'
  return { what, within: withinOf(period, p) }
}

const withinOf = (
  period: Exclude<Period, 'season'>,
  { now, timeZone }: { readonly now: number; readonly timeZone: string },
): Within =>
  period === 'week' || period === 'month' ? { kind: 'span', ...spanOf(period, now, timeZone) } : { kind: period }
