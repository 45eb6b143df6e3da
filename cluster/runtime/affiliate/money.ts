/** A hundred billion dollars: what is more is a fault in what we read, and products of it with a rate stay within 64 bits. */
export const mostCents = 10_000_000_000_000n

const decimal = /^(\d{1,40})(?:\.(\d{1,60}))?(?:[eE]([+-]?\d{1,2}))?$/

/**
 * Whole cents of an amount of dollars as JSON wrote it, digit by digit and never through a float; what is below a cent is dropped. Of a
 * total that grows the cents grow with it, so that nothing is lost over time. Undefined for what is no amount, negative, or beyond reason.
 */
export function centsOf(written: string): bigint | undefined {
  const [matched, whole = '', fraction = '', exponent = '0'] = decimal.exec(written.trim()) ?? []
  if (matched === undefined) return undefined
  const digits = BigInt(whole + fraction)
  const shift = Number(exponent) + 2 - fraction.length
  const cents = shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift)
  return cents <= mostCents ? cents : undefined
}
