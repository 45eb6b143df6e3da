/** What is typed behind the exclamation mark to guess. */
export const guessWord = 'gtb'
/** Most that can be guessed, in cents. */
export const mostCents = 999_999_999_999

/** So many are named in one line. */
export const namedAtOnce = 12
/** That no round is open is said once in this time. */
export const closedEveryMs = 30_000
/** One answer to each viewer in this time. */
export const answeredEveryMs = 15_000

export const limits = { winners: 10, minutes: 1_440, prize: 200, typed: 20 } as const

/**
 * An amount in cents, or undefined for what is none: digits with at most two decimals behind a point, above 0. Dollar signs, commas and
 * spaces are passed over; no exponent, no sign, nothing that is not written out.
 */
export function readCents(typed: string): number | undefined {
  const text = typed.replace(/[$,\s]/g, '')
  const match = /^(\d{1,10})(?:\.(\d{1,2}))?$/.exec(text)
  if (match === null) return undefined
  const cents = Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0'))
  return cents > 0 && cents <= mostCents ? cents : undefined
}
