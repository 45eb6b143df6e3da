import { describe, expect, it } from 'vitest'
import { speak } from '../../../shard/features/language.ts'
import { nextSpan, partsOf, spanAsked, spanChanged } from '../../../shard/features/raffle/rules.ts'
import { shareText } from '../../../shard/features/text.ts'
import { type TicketKind, ticketKinds } from '../../../sql/queries/tickets.ts'
import { times } from '../../support/builders.ts'

const utc = (text: string): number => Date.parse(`${text}Z`)
const at = (ms: number): string => new Date(ms).toISOString().slice(0, 19)

describe('the raffle after this one', () => {
  // From, to (excluded), time zone, and what follows when it is planned as it ends.
  it.each([
    // A month of the calendar, exactly and give or take a day at its end, is followed by the whole next one.
    ['2026-01-01T00:00:00', '2026-02-01T00:00:00', 'UTC', '2026-02-01T00:00:00', '2026-03-01T00:00:00'],
    ['2026-01-01T00:00:00', '2026-01-31T00:00:00', 'UTC', '2026-02-01T00:00:00', '2026-03-01T00:00:00'],
    ['2026-01-01T00:00:00', '2026-02-01T00:30:00', 'UTC', '2026-02-01T00:30:00', '2026-03-01T00:00:00'],
    ['2026-01-01T00:00:00', '2026-02-02T00:00:00', 'UTC', '2026-02-02T00:00:00', '2026-03-02T00:00:00'],
    ['2024-01-01T09:30:00', '2024-01-31T23:59:59', 'UTC', '2024-02-01T00:00:00', '2024-03-01T00:00:00'],
    ['2026-12-01T00:00:00', '2027-01-01T00:00:00', 'UTC', '2027-01-01T00:00:00', '2027-02-01T00:00:00'],
    // More than a day off it is not one any more.
    ['2026-01-01T00:00:00', '2026-01-30T00:00:00', 'UTC', '2026-01-30T00:00:00', '2026-02-28T00:00:00'],
    ['2026-01-02T00:00:00', '2026-02-01T00:00:00', 'UTC', '2026-02-01T00:00:00', '2026-03-03T00:00:00'],
    // Any other length is kept.
    ['2026-01-05T00:00:00', '2026-01-12T00:00:00', 'UTC', '2026-01-12T00:00:00', '2026-01-19T00:00:00'],
    ['2026-01-05T18:00:00', '2026-01-06T20:30:00', 'UTC', '2026-01-06T20:30:00', '2026-01-07T23:00:00'],
    // Without a length: the next whole month.
    ['2026-01-05T00:00:00', '2026-01-05T00:00:00', 'UTC', '2026-02-01T00:00:00', '2026-03-01T00:00:00'],
    // In Berlin a day is an hour shorter on 29 March and an hour longer on 25 October 2026.
    ['2026-02-28T23:00:00', '2026-03-31T22:00:00', 'Europe/Berlin', '2026-03-31T22:00:00', '2026-04-30T22:00:00'],
    ['2026-09-30T22:00:00', '2026-10-31T23:00:00', 'Europe/Berlin', '2026-10-31T23:00:00', '2026-11-30T23:00:00'],
    ['2026-03-15T23:00:00', '2026-03-22T23:00:00', 'Europe/Berlin', '2026-03-22T23:00:00', '2026-03-29T22:00:00'],
    ['2026-10-18T22:00:00', '2026-10-25T23:00:00', 'Europe/Berlin', '2026-10-25T23:00:00', '2026-11-01T23:00:00'],
    ['2026-03-28T17:00:00', '2026-03-28T19:00:00', 'Europe/Berlin', '2026-03-28T19:00:00', '2026-03-28T21:00:00'],
  ])('of %s to %s in %s lasts from %s to %s', (from, to, timeZone, nextFrom, nextTo) => {
    const next = nextSpan({ from: utc(from), to: utc(to) }, { now: utc(to), timeZone })
    expect([at(next.from), at(next.to)]).toEqual([nextFrom, nextTo])
  })

  it('begins now when it would have begun more than an hour ago, and is as long', () => {
    const span = { from: utc('2026-01-05T00:00:00'), to: utc('2026-01-12T00:00:00') }
    const planned = (hours: number) => {
      const next = nextSpan(span, { now: span.to + hours * 3_600_000, timeZone: 'UTC' })
      return [at(next.from), at(next.to)]
    }
    expect(planned(1)).toEqual(['2026-01-12T00:00:00', '2026-01-19T00:00:00'])
    expect(planned(1.5)).toEqual(['2026-01-12T01:30:00', '2026-01-19T01:30:00'])
    const month = { from: utc('2026-01-01T00:00:00'), to: utc('2026-02-01T00:00:00') }
    const late = nextSpan(month, { now: utc('2026-02-10T12:00:00'), timeZone: 'UTC' })
    expect([at(late.from), (late.to - late.from) / 86_400_000]).toEqual(['2026-02-10T12:00:00', 28])
  })
})

describe('the days that are asked for', () => {
  const now = utc('2026-03-27T15:30:00')
  const none = { now, timeZone: 'Europe/Berlin', days: null, from: null, to: null }

  it.each([
    [{}, '2026-03-27T15:30:00', '2026-03-31T22:00:00'],
    [{ days: 3 }, '2026-03-27T15:30:00', '2026-03-30T15:30:00'],
    [{ to: '2026-03-29' }, '2026-03-27T15:30:00', '2026-03-29T22:00:00'],
    [{ from: '2026-03-27' }, '2026-03-27T15:30:00', '2026-03-31T22:00:00'],
    [{ from: '2026-03-28', days: 2 }, '2026-03-27T23:00:00', '2026-03-29T22:00:00'],
    [{ from: '2026-04-01' }, '2026-03-31T22:00:00', '2026-04-30T22:00:00'],
    [{ from: '2026-10-01', to: '2026-10-31' }, '2026-09-30T22:00:00', '2026-10-31T23:00:00'],
  ])('%j are from %s to %s', (asked, from, to) => {
    const span = spanAsked({ ...none, ...asked })
    expect(typeof span === 'string' ? span : [at(span.from), at(span.to)]).toEqual([from, to])
  })

  it.each([
    [{ from: '2026-02-30' }, 'day'],
    [{ to: 'tomorrow' }, 'day'],
    [{ from: '2026-03-26' }, 'past'],
    [{ to: '2026-03-26' }, 'order'],
    [{ from: '2026-04-02', to: '2026-04-01' }, 'order'],
    [{ days: 3, to: '2026-04-01' }, 'days_or_to'],
    [{ to: '2028-04-01' }, 'too_long'],
  ])('%j are refused: %s', (asked, fault) => expect(spanAsked({ ...none, ...asked })).toBe(fault))

  it('may move the end of a raffle that runs, though not into the past, and both ends of one that does not', () => {
    const span = { from: utc('2026-03-20T00:00:00'), to: utc('2026-04-20T00:00:00') }
    const change = { now, timeZone: 'UTC', span, hasBegun: true, from: null, to: null }
    expect(spanChanged({ ...change, to: '2026-04-05' })).toEqual({ from: span.from, to: utc('2026-04-06T00:00:00') })
    expect(spanChanged({ ...change, to: '2026-03-26' })).toBe('past')
    expect(spanChanged({ ...change, from: '2026-04-01' })).toEqual(span)
    const planned = { ...change, hasBegun: false, span: { from: utc('2026-04-01T00:00:00'), to: span.to } }
    expect(spanChanged({ ...planned, from: '2026-04-03' })).toEqual({ from: utc('2026-04-03T00:00:00'), to: span.to })
    expect(spanChanged({ ...planned, from: '2026-03-01' })).toBe('past')
    expect(spanChanged({ ...planned, from: '2026-05-01' })).toBe('order')
  })
})

describe('tickets that are taken', () => {
  const balance = { watchtime: 50n, gifted_sub: 30n, subscription: 0n, wager: 3n, bonus: 10n }
  const all = (parts: Partial<Record<TicketKind, bigint>> | undefined) =>
    Object.values(parts ?? {}).reduce((sum, part) => sum + part, 0n)

  it.each([
    [5n, null, { bonus: 5n }],
    [10n, null, { bonus: 10n }],
    [93n, null, { bonus: 10n, watchtime: 50n, gifted_sub: 30n, subscription: 0n, wager: 3n }],
    // 83 others; of 10 they would lose 6.02, 3.61 and 0.36: the largest rest makes it ten.
    [20n, null, { bonus: 10n, watchtime: 6n, gifted_sub: 4n, subscription: 0n, wager: 0n }],
    ['all', null, { bonus: 10n, watchtime: 50n, gifted_sub: 30n, subscription: 0n, wager: 3n }],
    [30n, 'gifted_sub', { gifted_sub: 30n }],
    ['all', 'wager', { wager: 3n }],
    [94n, null, undefined],
    [31n, 'gifted_sub', undefined],
    ['all', 'subscription', undefined],
  ] as const)('%s of %s come from where they should', (tickets, kind, parts) =>
    expect(partsOf(balance, tickets, kind)).toEqual(parts),
  )

  it('add up to what was asked for, and are never more than there is of a kind, whatever there is', () => {
    let state = 12_345
    const random = (below: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
      return state % below
    }
    for (const _ of times(500, (i) => i)) {
      const any = Object.fromEntries(ticketKinds.map((kind) => [kind, BigInt(random(4) * random(1_000))])) as Record<
        TicketKind,
        bigint
      >
      const there = all(any)
      if (there === 0n) continue
      const wanted = 1n + (BigInt(random(1_000_000)) % there)
      const parts = partsOf(any, wanted, null)
      expect(all(parts)).toBe(wanted)
      for (const kind of ticketKinds) {
        expect(parts?.[kind] ?? 0n).toBeLessThanOrEqual(any[kind])
        expect(parts?.[kind] ?? 0n).toBeGreaterThanOrEqual(0n)
      }
    }
  })
})

it.each([
  ['1', '3', '33.33%'],
  ['3', '3', '100.00%'],
  ['0', '3', '0.00%'],
  ['0', '0', '0.00%'],
  ['9007199254740993', '18014398509481986', '50.00%'],
])('%s of %s are %s', (own, all, share) => expect(shareText(speak('en'), own, all)).toBe(share))
