import { describe, expect, it } from 'vitest'
import { mostCents, readCents } from '../../../shard/features/balance/rules.ts'
import { speak } from '../../../shard/features/language.ts'
import { money } from '../../../shard/features/text.ts'

describe('an amount', () => {
  it.each([
    ['1234', 123_400],
    ['1234.5', 123_450],
    ['1234.56', 123_456],
    ['$1,234.56', 123_456],
    [' $ 1 234 . 56 ', 123_456],
    ['0.01', 1],
    ['007', 700],
    ['9999999999.99', mostCents],
  ])('%s is %i cents', (typed, cents) => expect(readCents(typed)).toBe(cents))

  it.each([
    ['nothing', ''],
    ['zero', '0'],
    ['zero with decimals', '0.00'],
    ['below zero', '-5'],
    ['a sign', '+5'],
    ['no number', 'nan'],
    ['without an end', 'Infinity'],
    ['an exponent', '1e3'],
    ['hexadecimal', '0x10'],
    ['three decimals', '1.234'],
    ['an open end', '5.'],
    ['no beginning', '.5'],
    ['two points', '1.2.3'],
    ['eleven digits', '10000000000'],
    ['words', '5 dollars'],
    ['other digits', '١٢٣'],
    ['another currency', '5€'],
  ])('%s is none', (_what, typed) => expect(readCents(typed)).toBeUndefined())

  it('is read again as it is written, to the cent, anywhere in its range', () => {
    let state = 7n
    for (let i = 0; i < 5_000; i++) {
      state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) & ((1n << 64n) - 1n)
      const cents = 1 + Number(state % BigInt(mostCents))
      const written = `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`
      expect(readCents(written)).toBe(cents)
      expect(readCents(money(speak('en'), cents))).toBe(cents)
      expect((cents / 100).toFixed(2)).toBe(written)
    }
  })
})
