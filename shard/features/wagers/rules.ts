import { createHash } from 'node:crypto'
import type { Platform } from '../../../cluster/runtime/affiliate.ts'

/** The same for whoever knows platform, address and key, and for nobody else. */
export const campaignIdOf = (p: {
  readonly platform: Platform
  readonly address: string
  readonly key: string | null
}): string =>
  createHash('sha256')
    .update(JSON.stringify(['belfry wager campaign', p.platform, p.address, p.key]))
    .digest('hex')

/** What an address and a key are encrypted for: they open in their own row only. */
export const sourcePurpose = (guildId: string, platform: Platform, what: 'address' | 'key'): string =>
  `wager ${what} of guild ${guildId} at ${platform}`

/** How long nobody else asks while one does. */
export const claimSeconds = 120
const everySeconds = 300
const longestBackOffSeconds = 2 * 3_600
/** From so many failures in a row on a campaign is asked once an hour, and then less often, until an answer comes. */
export const failuresToOpen = 5
const openSeconds = 3_600
const longestOpenSeconds = 6 * 3_600

/**
 * When to ask again, in seconds: every five minutes, after a failure twice as long each time, and seldom when nothing helps; not before the
 * platform wants it. A fifth more or less of it, so that campaigns do not come together; `chance` from 0 to 1.
 */
export function nextPollSeconds(p: {
  readonly failures: number
  readonly retryAfterMs: number | null
  readonly chance: number
}): number {
  const pause =
    p.failures >= failuresToOpen
      ? Math.min(openSeconds * 2 ** (p.failures - failuresToOpen), longestOpenSeconds)
      : Math.min(everySeconds * 2 ** p.failures, longestBackOffSeconds)
  return Math.max(pause * (0.8 + 0.4 * p.chance), (p.retryAfterMs ?? 0) / 1_000)
}

/** The first answer after a raffle began counts for it when the one before is not older than that at its beginning. */
export const graceMinutes = 30

/** A total that has fallen and is back within so many hours has not begun anew: platforms err, and put it right. */
export const fallHours = 24

/** How long a claim waits for an admin. */
export const claimDays = 7

/** An account as people write it, or undefined for what cannot be one. */
export const accountNameOf = (typed: string): string | undefined => {
  const name = typed.trim().replace(/^@/, '')
  return /^[^\s\p{Cc}\p{Cf}]{1,64}$/u.test(name) ? name : undefined
}

/** Codes of campaigns, from a list with commas or spaces; undefined for too many or too long ones. */
export function codesOf(typed: string | null): readonly string[] | undefined {
  const codes = [
    ...new Set(
      (typed ?? '')
        .toLowerCase()
        .split(/[\s,]+/)
        .filter((code) => code !== ''),
    ),
  ].sort()
  return codes.length <= 20 && codes.every((code) => code.length <= 64) ? codes : undefined
}

/** `12.34` of 1234 cents. */
export const dollarsOf = (cents: string): string => {
  const digits = cents.padStart(3, '0')
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`
}
