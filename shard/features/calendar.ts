/** Days, weeks and months of a guild, by the clock on its wall. Pure. */

/** From one instant up to another, which is not included; milliseconds. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** A day as it is written: `2026-03-29`. */
export type Day = string

const minuteMs = 60_000
const dayMs = 86_400_000
/** No clock on earth is further from UTC. */
const furthestMs = 15 * 3_600_000

const formats = new Map<string, Intl.DateTimeFormat>()

/** The day that it is there at this instant. */
export function dayAt(ms: number, timeZone: string): Day {
  let format = formats.get(timeZone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
    formats.set(timeZone, format)
  }
  const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]))
  return `${parts.year}-${parts.month}-${parts.day}`
}

/** The first instant of a day there, which is not midnight where clocks are put forward at midnight. To the minute. */
export function startOf(day: Day, timeZone: string): number {
  const midnight = Date.parse(`${day}T00:00:00Z`)
  let [before, after] = [midnight - furthestMs, midnight + furthestMs]
  while (after - before > minuteMs) {
    const middle = before + Math.floor((after - before) / 2 / minuteMs) * minuteMs
    if (dayAt(middle, timeZone) < day) before = middle
    else after = middle
  }
  return after
}

/** So many days later, or earlier. */
export const daysAfter = (day: Day, days: number): Day =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10)

/** Whether it is a day of the calendar, written as one. */
export const isDay = (text: string): boolean => {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)
}

/** The week or month that it is there now. Weeks begin on Monday. */
export function spanOf(period: 'week' | 'month', now: number, timeZone: string): Span {
  const today = dayAt(now, timeZone)
  const since = (new Date(`${today}T00:00:00Z`).getUTCDay() + 6) % 7
  const first = period === 'week' ? daysAfter(today, -since) : `${today.slice(0, 8)}01`
  const next = period === 'week' ? daysAfter(first, 7) : `${daysAfter(first, 31).slice(0, 8)}01`
  return { from: startOf(first, timeZone), to: startOf(next, timeZone) }
}

/** Every day there that has a part in a span, whole, the first one first. */
export function daysOf(span: Span, timeZone: string): readonly (Span & { readonly day: Day })[] {
  const days: (Span & { day: Day })[] = []
  let day = dayAt(span.from, timeZone)
  let from = startOf(day, timeZone)
  while (from < span.to) {
    // The day after has a date of its own nearly always: a place may skip one, as Samoa did in 2011.
    const next = daysAfter(day, 1)
    const to = startOf(next, timeZone)
    if (to > from) days.push({ day, from, to })
    ;[day, from] = [next, to]
  }
  return days
}
