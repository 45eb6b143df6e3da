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
/** How often a recording is looked after while its stream runs, by one of the servers that follow it. */
export const watchEveryMs = 5 * 60_000
/** The first look is sooner: whoever began the recording may have failed. */
export const firstWatchMs = 60_000
/** Servers that share a recording do not look at the same moment, so that the second can help where the first could not. */
export const watchSpreadMs = 60_000
/** A place within the spread, always the same for a guild. */
export const spreadOf = (guildId: string): number => Number(BigInt(guildId) % 61n) * (watchSpreadMs / 60)

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

const fromDashboard = 'dashboard:'
/** Names a wish of the dashboard, by the id that it has given it. */
export const refOfDashboard = (requestId: string): string => `${fromDashboard}${requestId}`
/** The dashboard's id of a wish; undefined for one from the chat. */
export const dashboardRequest = (requestRef: string): string | undefined =>
  requestRef.startsWith(fromDashboard) ? requestRef.slice(fromDashboard.length) : undefined

/** Names one recording: servers that follow the same channel by the same service share it. */
export const bufferRef = (origin: string, broadcasterUserId: string): string =>
  createHash('sha256').update(`${origin}\n${broadcasterUserId}`).digest('hex')
