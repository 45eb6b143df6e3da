import { createHash } from 'node:crypto'
import { mostTickets } from '../../../sql/queries/tickets.ts'

/** The key of a happening: the same one told twice has the same, and it names nobody, so that it may stay when a person is erased. */
export const eventIdOf = (ref: string): string => createHash('sha256').update(ref).digest('hex').slice(0, 40)

/** Tickets for so many subscriptions at a rate; 0 where the rate is. */
export const ticketsFor = (subs: number, rate: number): number => Math.min(subs * rate, mostTickets)

/** Thirteen months and a little: a year can be compared with the one before. */
export const keepDays = 400

/** When a month of events is forgotten, and that month's name: one job a month for each guild. Milliseconds. */
export function forgetting(at: number): { readonly ref: string; readonly runAt: Date } {
  const month = new Date(at).toISOString().slice(0, 7)
  const next = new Date(`${month}-01T00:00:00Z`)
  next.setUTCMonth(next.getUTCMonth() + 1)
  return { ref: month, runAt: new Date(next.getTime() + keepDays * 86_400_000) }
}

/** A post about something older would only puzzle people. Milliseconds. */
export const isNews = (at: number, now: number): boolean => now - at <= 3_600_000
