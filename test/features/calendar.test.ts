import { describe, expect, it } from 'vitest'
import { dayAt, daysAfter, daysOf, isDay, spanOf, startOf } from '../../shard/features/calendar.ts'

const at = (text: string): number => Date.parse(text)
const iso = (ms: number): string => new Date(ms).toISOString().slice(0, 16)

describe('a day', () => {
  it.each([
    ['UTC', '2026-11-26', '2026-11-26T00:00'],
    ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00'], // the day that has 23 hours
    ['Europe/Berlin', '2026-03-30', '2026-03-29T22:00'],
    ['America/New_York', '2026-11-02', '2026-11-02T05:00'],
    ['Asia/Kathmandu', '2026-01-01', '2025-12-31T18:15'],
    ['Pacific/Chatham', '2026-04-05', '2026-04-04T10:15'],
    ['Africa/Cairo', '2026-04-24', '2026-04-23T22:00'], // there it begins at one o'clock
    ['Pacific/Kiritimati', '2026-06-01', '2026-05-31T10:00'],
    ['Pacific/Apia', '2011-12-31', '2011-12-30T10:00'], // the day before it there was none
  ])('begins in %s on %s at %s', (zone, day, start) => expect(iso(startOf(day, zone))).toBe(start))

  it('is what a clock there shows, up to its last minute', () => {
    for (const zone of ['Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Africa/Cairo', 'Asia/Kolkata'])
      for (const day of ['2026-03-08', '2026-03-29', '2026-04-05', '2026-04-24', '2026-10-29', '2026-11-01']) {
        expect(dayAt(startOf(day, zone), zone)).toBe(day)
        expect(dayAt(startOf(day, zone) - 60_000, zone)).toBe(daysAfter(day, -1))
      }
  })

  it('is one of the calendar', () => {
    expect(['2026-02-28', '2028-02-29'].map(isDay)).toEqual([true, true])
    expect(['2026-02-29', '2026-13-01', '2026-1-1', 'tomorrow', '', '2026-02-28T00:00'].map(isDay)).toEqual(
      Array.from({ length: 6 }, () => false),
    )
  })
})

describe('the days of a span', () => {
  it('follow one another without a gap, with 23 and 25 hours where clocks are changed', () => {
    const days = daysOf({ from: at('2026-10-24T12:00Z'), to: at('2026-10-26T12:00Z') }, 'Europe/Berlin')
    expect(days.map(({ day, from, to }) => [day, (to - from) / 3_600_000])).toEqual([
      ['2026-10-24', 24],
      ['2026-10-25', 25],
      ['2026-10-26', 24],
    ])
    for (const [i, day] of days.slice(1).entries()) expect(day.from).toBe(days[i]?.to)
  })

  it('leave out a day that a place has skipped', () => {
    const days = daysOf({ from: at('2011-12-29T12:00Z'), to: at('2011-12-30T12:00Z') }, 'Pacific/Apia')
    expect(days.map(({ day }) => day)).toEqual(['2011-12-29', '2011-12-31'])
  })
})

describe('a week and a month', () => {
  it.each([
    ['2026-11-23T00:00Z', 'UTC', '2026-11-23T00:00', '2026-11-30T00:00'], // a Monday
    ['2026-11-22T23:59Z', 'UTC', '2026-11-16T00:00', '2026-11-23T00:00'], // a Sunday
    ['2026-11-22T23:59Z', 'Europe/Berlin', '2026-11-22T23:00', '2026-11-29T23:00'],
    ['2026-03-28T12:00Z', 'Europe/Berlin', '2026-03-22T23:00', '2026-03-29T22:00'], // an hour shorter
    ['2027-01-01T12:00Z', 'America/New_York', '2026-12-28T05:00', '2027-01-04T05:00'],
  ])('at %s in %s: the week', (now, zone, from, to) => {
    const span = spanOf('week', at(now), zone)
    expect([iso(span.from), iso(span.to)]).toEqual([from, to])
  })

  it.each([
    ['2026-02-28T23:30Z', 'UTC', '2026-02-01T00:00', '2026-03-01T00:00'],
    ['2026-02-28T23:30Z', 'Europe/Berlin', '2026-02-28T23:00', '2026-03-31T22:00'],
    ['2026-12-31T12:00Z', 'Asia/Kolkata', '2026-11-30T18:30', '2026-12-31T18:30'],
  ])('at %s in %s: the month', (now, zone, from, to) => {
    const span = spanOf('month', at(now), zone)
    expect([iso(span.from), iso(span.to)]).toEqual([from, to])
  })
})
