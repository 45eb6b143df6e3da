import { DiscordAPIError, HTTPError, RateLimitError } from 'discord.js'
import { UserError } from '../../../cluster/runtime/errors.ts'
import { codeOf, discordCode } from '../../features/discord.ts'

export type Outcome =
  /** The handler's answer was delivered. */
  | 'ok'
  /** The user did something wrong or may not do it, and was told. */
  | 'refused'
  /** The handler did not end in time. */
  | 'timeout'
  /** The handler threw. */
  | 'failed'
  /** Discord had given the interaction up before we answered, which it does after three seconds. */
  | 'late'
  /** Another process, or an earlier delivery, has answered it. */
  | 'answered'
  /** Discord did not take the answer. */
  | 'undelivered'

/** Thrown instead of waiting longer for a handler. */
export class HandlerTimeout extends Error {
  override readonly name = 'HandlerTimeout'

  constructor(limitMs: number) {
    super(`the handler did not end within ${limitMs} ms`)
  }
}

export const outcomeOfHandler = (error: unknown): Outcome => {
  if (error instanceof UserError) return 'refused'
  return error instanceof HandlerTimeout ? 'timeout' : 'failed'
}

/** What it means that Discord did not take the first answer (the deferral, or a refusal). */
export function outcomeOfAcknowledging(error: unknown): Outcome {
  if (codeOf(error) === discordCode.unknownInteraction) return 'late'
  return codeOf(error) === discordCode.alreadyAcknowledged ? 'answered' : 'undelivered'
}

/** Whether Discord may have done what was asked although we got no answer: the connection was lost on the way. */
export const isUnanswered = (error: unknown): boolean =>
  !(error instanceof DiscordAPIError || error instanceof HTTPError || error instanceof RateLimitError)
