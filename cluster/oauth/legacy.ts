import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Sql } from '../../sql/client.ts'
import { keepLegacySignIn } from '../../sql/queries/oauth.ts'
import type { Ask } from '../answer.ts'
import type { Clock } from '../runtime/clock.ts'
import { within } from '../runtime/deadline.ts'
import { guildId, userId } from '../runtime/ids.ts'

/** What is kept of a value in an address. Whoever reads the database cannot make an address from it. */
export const hashOf = (value: string): string => createHash('sha256').update(value).digest('hex')

/** The legacy bot's signature: HMAC-SHA256 over `discord_id:guild_id:timestamp`, base64url without padding. */
export const legacySignature = (key: string, p: { discordId: string; guildId: string; timestamp: string }): string =>
  createHmac('sha256', key).update(`${p.discordId}:${p.guildId}:${p.timestamp}`).digest('base64url')

export type LegacyStart =
  | { readonly kind: 'begun'; readonly urlValue: string }
  | { readonly kind: 'unknown' | 'expired' }

const windowSeconds = 600
/** How far the legacy bot's clock may be ahead of ours. */
const skewSeconds = 60
const databasePatienceMs = 3_000
const signatureForm = /^[A-Za-z0-9_-]{43}$/
const snowflake = /^[1-9]\d{14,18}$/

/**
 * Takes an address that the legacy bot signed within the last ten minutes for what it is worth: it begins a sign-in like any other,
 * which works once and whose result the member is asked about in Discord. The signature itself becomes the value of the address, so
 * that the same one is the same sign-in however often it is opened.
 */
export function createLegacyStart(options: {
  readonly sql: Sql
  readonly clock: Clock
  readonly legacyKey?: string | undefined
}): (ask: Ask) => Promise<LegacyStart> {
  const { sql, clock, legacyKey } = options
  return async ({ query }) => {
    const read = (name: string): string => {
      const [value = '', ...others] = query.getAll(name)
      return others.length === 0 ? value : ''
    }
    const asked = { discordId: read('discord_id'), guildId: read('guild_id'), timestamp: read('timestamp') }
    const signature = read('signature')
    // A link that was begun outside of a guild (0) belongs to none, and nobody ever saw it.
    const isReadable =
      signatureForm.test(signature) &&
      snowflake.test(asked.discordId) &&
      snowflake.test(asked.guildId) &&
      /^\d{1,12}$/.test(asked.timestamp)
    if (legacyKey === undefined || !isReadable || !isSame(signature, legacySignature(legacyKey, asked)))
      return { kind: 'unknown' }
    const begunAt = Number(asked.timestamp)
    const age = clock.now() / 1000 - begunAt
    if (age > windowSeconds || age < -skewSeconds) return { kind: 'expired' }
    const urlValue = `${asked.guildId}.${signature}`
    const state = hashOf(urlValue)
    const signIn = { guildId: guildId(asked.guildId), userId: userId(asked.discordId), state }
    const isKept = await within(
      databasePatienceMs,
      keepLegacySignIn(sql, { ...signIn, expiresAt: begunAt + windowSeconds }),
    )
    return isKept ? { kind: 'begun', urlValue } : { kind: 'unknown' }
  }
}

const isSame = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
