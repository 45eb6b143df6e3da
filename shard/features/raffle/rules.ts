import type { TicketKind } from '../../../sql/queries/tickets.ts'
import { ticketKinds } from '../../../sql/queries/tickets.ts'
import { type Day, dayAt, daysAfter, isDay, type Span, spanOf, startOf } from '../calendar.ts'

export const limits = { title: 200, prize: 500, reason: 200, days: 366, rows: 10, boardRows: 5, promo: 400 } as const

const minuteMs = 60_000
const hourMs = 3_600_000
const dayMs = 86_400_000

/** For so long after its end was noticed a raffle stays open for what happened before it: the last minutes are settled, late events come in. */
export const graceMs = 120_000
/** Longer than that it does not wait for minutes that are known and not credited. */
export const mostPatienceMs = 15 * 60_000

/** What a raffle's seed is encrypted for: it opens in its own row only. */
export const seedPurpose = (key: { readonly guildId: string; readonly periodNumber: number }): string =>
  `seed of raffle ${key.periodNumber} of guild ${key.guildId}`

// --- When -----------------------------------------------------------------------------------------------------------

export type SpanFault = 'day' | 'past' | 'order' | 'days_or_to' | 'too_long'

/**
 * From when to when a raffle lasts that somebody asks for, by days of the guild: from now, or the first instant of a day to come; for so many
 * days, up to the end of a day, or for the rest of the month that it begins in.
 */
export function spanAsked(p: {
  readonly now: number
  readonly timeZone: string
  readonly days: number | null
  readonly from: string | null
  readonly to: string | null
}): Span | SpanFault {
  const { now, timeZone, days, from, to } = p
  if ((from !== null && !isDay(from)) || (to !== null && !isDay(to))) return 'day'
  if (days !== null && to !== null) return 'days_or_to'
  const today = dayAt(now, timeZone)
  if (from !== null && from < today) return 'past'
  const begins = from === null || from === today ? now : startOf(from, timeZone)
  return checked({ from: begins, to: endAsked(begins, p) })
}

function endAsked(
  begins: number,
  p: {
    readonly timeZone: string
    readonly days: number | null
    readonly from: string | null
    readonly to: string | null
  },
): number {
  const { timeZone, days, from, to } = p
  if (to !== null) return startOf(daysAfter(to, 1), timeZone)
  if (days === null) return spanOf('month', begins, timeZone).to
  return from === null ? begins + days * dayMs : startOf(daysAfter(from, days), timeZone)
}

const checked = (span: Span): Span | SpanFault => {
  if (span.to - span.from < minuteMs) return 'order'
  return span.to - span.from > limits.days * dayMs ? 'too_long' : span
}

/**
 * The same from instants as a dashboard writes them: with their distance from UTC, or by the guild's clock; a day alone begins with its first
 * instant and ends with its last. A beginning that has passed is now.
 */
export function spanWritten(p: {
  readonly now: number
  readonly timeZone: string
  readonly from: string | null
  readonly to: string
}): Span | SpanFault {
  const { now, timeZone } = p
  const from = p.from === null ? now : instantOf(p.from, timeZone)
  const to = isDay(p.to) ? startOf(daysAfter(p.to, 1), timeZone) : instantOf(p.to, timeZone)
  if (from === undefined || to === undefined) return 'day'
  return to <= now ? 'past' : checked({ from: Math.max(from, now), to })
}

const written = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?)?$/

/** Undefined for what is no instant. */
function instantOf(text: string, timeZone: string): number | undefined {
  const [, day = '', hours = '0', minutes = '0', seconds = '0', zone] = written.exec(text.trim()) ?? []
  const [h, m, s] = [Number(hours), Number(minutes), Number(seconds)]
  if (!isDay(day) || h > 23 || m > 59 || s > 59) return undefined
  const ofDay = ((h * 60 + m) * 60 + s) * 1_000
  if (zone === undefined) return wallClock(day, ofDay, timeZone)
  const [, sign, zoneHours, zoneMinutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(zone) ?? []
  const away = (Number(zoneHours ?? 0) * 60 + Number(zoneMinutes ?? 0)) * minuteMs * (sign === '-' ? -1 : 1)
  return Date.parse(`${day}T00:00:00Z`) + ofDay - away
}

/** The instant at which clocks there show so much of a day; where they are put forward over it, that much later. */
function wallClock(day: Day, ofDay: number, timeZone: string): number {
  const nominal = startOf(day, timeZone) + ofDay
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).format(nominal)
  const [h = 0, m = 0, s = 0] = clock.split(':').map(Number)
  const off = ofDay - ((h * 60 + m) * 60 + s) * 1_000
  return dayAt(nominal + off, timeZone) === day ? nominal + off : nominal
}

/** Other days for a raffle: of one that runs only the end can move, and not into the past. */
export function spanChanged(p: {
  readonly now: number
  readonly timeZone: string
  readonly span: Span
  readonly hasBegun: boolean
  readonly from: string | null
  readonly to: string | null
}): Span | SpanFault {
  const { now, timeZone, span, from, to } = p
  if ((from !== null && !isDay(from)) || (to !== null && !isDay(to))) return 'day'
  const begins = p.hasBegun || from === null ? span.from : startOf(from, timeZone)
  const ends = to === null ? span.to : startOf(daysAfter(to, 1), timeZone)
  if (!p.hasBegun && begins < now) return 'past'
  return ends <= now ? 'past' : checked({ from: begins, to: ends })
}

/**
 * When the raffle after this one lasts: as long as this one did. One that was a month of the calendar, give or take a day at its end, is followed
 * by the whole next month; one that began and ended with days, by as many days; any other by as much time. What would have begun more than
 * an hour ago begins now, and none before the other has ended. Milliseconds, ends excluded.
 */
export function nextSpan(span: Span, p: { readonly now: number; readonly timeZone: string }): Span {
  const next = following(span, p.timeZone)
  if (p.now - next.from <= hourMs) return { from: Math.max(next.from, span.to), to: next.to }
  const length = next.to - next.from
  return { from: p.now, to: p.now + (length > 0 ? length : 30 * dayMs) }
}

function following({ from, to }: Span, timeZone: string): Span {
  const first = dayAt(from, timeZone)
  const month = spanOf('month', from, timeZone)
  const isMonth = first.endsWith('-01') && Math.abs(to - month.to) <= dayMs
  if (isMonth || to <= from) return spanOf('month', month.to, timeZone)
  const last = dayAt(to, timeZone)
  if (from !== startOf(first, timeZone) || to !== startOf(last, timeZone)) return { from: to, to: to + (to - from) }
  return { from: to, to: startOf(daysAfter(last, daysFrom(first, last)), timeZone) }
}

const daysFrom = (first: Day, last: Day): number => Math.round((Date.parse(last) - Date.parse(first)) / dayMs)

// --- How many -------------------------------------------------------------------------------------------------------

/**
 * From which kinds tickets are taken: from the one that is named, or from the bonus first and then from the others in proportion to what there
 * is, by largest remainder, so that the parts add up. Undefined when there are fewer; `all` takes what there is.
 */
export function partsOf(
  balance: Readonly<Record<TicketKind, bigint>>,
  tickets: bigint | 'all',
  kind: TicketKind | null,
): Partial<Record<TicketKind, bigint>> | undefined {
  const kinds: readonly TicketKind[] = kind === null ? ticketKinds : [kind]
  const there = kinds.reduce((sum, one) => sum + balance[one], 0n)
  const wanted = tickets === 'all' ? there : tickets
  if (wanted > there || wanted <= 0n) return undefined
  if (kind !== null) return { [kind]: wanted }
  if (wanted <= balance.bonus) return { bonus: wanted }
  return { bonus: balance.bonus, ...inProportion(balance, wanted - balance.bonus) }
}

function inProportion(
  balance: Readonly<Record<TicketKind, bigint>>,
  wanted: bigint,
): Partial<Record<TicketKind, bigint>> {
  const others = ticketKinds.filter((kind) => kind !== 'bonus')
  const all = others.reduce((sum, kind) => sum + balance[kind], 0n)
  if (wanted === 0n || all === 0n) return {}
  const shares = others.map((kind) => ({
    kind,
    part: (balance[kind] * wanted) / all,
    rest: (balance[kind] * wanted) % all,
  }))
  const missing = wanted - shares.reduce((sum, { part }) => sum + part, 0n)
  const byRest = [...shares].sort((a, b) => (a.rest === b.rest ? 0 : a.rest < b.rest ? 1 : -1))
  const more = new Set(byRest.slice(0, Number(missing)).map(({ kind }) => kind))
  return Object.fromEntries(shares.map(({ kind, part }) => [kind, part + (more.has(kind) ? 1n : 0n)]))
}
