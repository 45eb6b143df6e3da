import { DiscordAPIError, HTTPError, PermissionFlagsBits, type PermissionsBitField, RateLimitError } from 'discord.js'
import type { Payment } from './feature.ts'

/**
 * Error codes of Discord's API that our work meets in the ordinary course of things
 * (Discord's documentation, "JSON Error Codes").
 */
export const discordCode = {
  unknownChannel: 10003,
  unknownGuild: 10004,
  unknownMember: 10007,
  unknownMessage: 10008,
  unknownRole: 10011,
  unknownUser: 10013,
  unknownWebhook: 10015,
  unknownInteraction: 10062,
  openingDmsTooFast: 40003,
  alreadyAcknowledged: 40060,
  missingAccess: 50001,
  cannotEditOthers: 50005,
  cannotSendToUser: 50007,
  missingPermissions: 50013,
  invalidWebhookToken: 50027,
  invalidRole: 50028,
} as const

/** Discord's code for a request that it refused, if that is what this error is. */
export const codeOf = (error: unknown): number | undefined =>
  error instanceof DiscordAPIError && typeof error.code === 'number' ? error.code : undefined

/** Whether Discord, or the way to it, is unavailable, so that the same request may succeed later. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof DiscordAPIError) return error.status === 429 || error.status >= 500
  if (error instanceof HTTPError || error instanceof RateLimitError) return true
  if (!(error instanceof Error)) return false
  const code = (error as Error & { code?: unknown }).code
  const causeCode = (error.cause as { code?: unknown } | undefined)?.code
  return (
    [code, causeCode].some(
      (one) => typeof one === 'string' && /^(ECONN|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|UND_ERR)/.test(one),
    ) || error.name === 'AbortError'
  )
}

const unavailableDelayMs = 5_000

/** What becomes of an outbox row when Discord answered its request with this error. */
export function paymentFor(error: unknown): Payment {
  if (isUnavailable(error)) return { kind: 'wait', reason: 'Discord is unavailable', delayMs: unavailableDelayMs }
  const code = codeOf(error)
  if (code === discordCode.openingDmsTooFast)
    return { kind: 'retry', reason: 'too many direct messages', delayMs: 60_000 }
  if (code !== undefined) return { kind: 'dead', reason: `Discord refused it (${code})` }
  throw error
}

/**
 * The first permission that a command asks for and the member has not. Discord hides such a command already, but admins may
 * open it to others in the server's settings; what it does stays what it is.
 */
export function missingPermission(
  required: string | null | undefined,
  held: Readonly<PermissionsBitField> | null,
): keyof typeof PermissionFlagsBits | undefined {
  if (required === null || required === undefined) return undefined
  // "0" means that nobody but administrators may use it.
  const wanted = BigInt(required) === 0n ? PermissionFlagsBits.Administrator : BigInt(required)
  if (held?.has(wanted)) return undefined
  const names = Object.keys(PermissionFlagsBits) as (keyof typeof PermissionFlagsBits)[]
  return names.find((name) => (wanted & PermissionFlagsBits[name]) !== 0n && !held?.has(PermissionFlagsBits[name]))
}
