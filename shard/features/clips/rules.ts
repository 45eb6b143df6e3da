import { createHash } from 'node:crypto'

export const limits = {
  title: 100,
  duration: { min: 5, max: 120 },
  cooldown: 86_400,
  key: 200,
  url: 200,
  shown: 20,
} as const

/** How long a wish is tried for; nobody waits longer for a clip. */
export const patienceMs = 5 * 60_000
/** How often a recording is looked after while its stream runs. */
export const watchEveryMs = 5 * 60_000

/** A title as it is passed on: one line, without invisible characters, addresses, mentions or markup; cut. Empty when nothing is left. */
export function cleanTitle(typed: string): string {
  const line = typed
    .normalize('NFKC')
    .replace(/\bhttps?:\/\/\S+/gi, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Z}]+/gu, ' ')
    .replace(/[@<>`*_~|#[\]\\]/g, '')
    .replace(/ +/g, ' ')
    .trim()
  return [...line].slice(0, limits.title).join('').trim()
}

/** Names one recording: servers that follow the same channel by the same service share it. */
export const bufferRef = (origin: string, broadcasterUserId: string): string =>
  createHash('sha256').update(`${origin}\n${broadcasterUserId}`).digest('hex')
