import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ButtonInteraction,
  type ChatInputCommandInteraction,
  DefaultUserAgent,
  InteractionResponseType,
  MessageFlags,
  type ModalSubmitInteraction,
  Routes,
  type StringSelectMenuInteraction,
} from 'discord.js'
import { z } from 'zod'
import { messageOf } from '../../../cluster/runtime/errors.ts'
import { discordCode } from '../../features/discord.ts'

/** What is acknowledged first and answered later. */
export type Deferrable =
  | ChatInputCommandInteraction
  | ButtonInteraction
  | StringSelectMenuInteraction
  | ModalSubmitInteraction

/** A first answer as Discord takes it. */
export interface FirstAnswer {
  readonly type: InteractionResponseType
  readonly data?: object
}

export type Acknowledgement =
  | { readonly kind: 'taken' }
  /** Discord had given the interaction up, which it does after three seconds. */
  | { readonly kind: 'late' }
  /** Another process, or an earlier delivery, has answered it. */
  | { readonly kind: 'answered' }
  | { readonly kind: 'undelivered'; readonly reason: string }

const mostAttempts = 3
const pauseMs = 100
const attemptLimitMs = 1_500

const refusal = z.object({ code: z.number() })

/**
 * Gives an interaction its first answer. discord.js's REST client repeats a request whose answer was lost and cannot say so;
 * here it matters: Discord refuses a second first answer (40060), which after a lost answer means that ours was taken, and
 * otherwise that another process was faster and we must not go on. So each attempt is made here. Callbacks carry no
 * authorization and count toward no limit.
 */
export async function acknowledge(interaction: Deferrable, response: FirstAnswer): Promise<Acknowledgement> {
  const { options } = interaction.client.rest
  const url = `${options.api}/v${options.version}${Routes.interactionCallback(interaction.id, interaction.token)}`
  let reason = ''
  let mayHaveBeenTaken = false
  for (let attempt = 1; attempt <= mostAttempts; attempt++) {
    if (attempt > 1) await sleep(pauseMs)
    try {
      const answer = await options.makeRequest(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': DefaultUserAgent },
        body: JSON.stringify(response),
        signal: AbortSignal.timeout(attemptLimitMs),
      })
      const text = await answer.text() // read to its end, so that the connection can be used again
      if (answer.ok) return markTaken(interaction, response)
      reason = `Discord answered ${answer.status}`
      if (answer.status < 500) {
        const code = codeIn(text)
        if (code === discordCode.unknownInteraction) return { kind: 'late' }
        if (code !== discordCode.alreadyAcknowledged) return { kind: 'undelivered', reason: `${reason} (${code})` }
        return mayHaveBeenTaken ? markTaken(interaction, response) : { kind: 'answered' }
      }
    } catch (error) {
      reason = messageOf(error)
    }
    mayHaveBeenTaken = true
  }
  return { kind: 'undelivered', reason }
}

/** Tells discord.js what it would know if it had sent the callback: only then does it let the answer be edited. */
function markTaken(interaction: Deferrable, response: FirstAnswer): Acknowledgement {
  const isDeferred =
    response.type === InteractionResponseType.DeferredChannelMessageWithSource ||
    response.type === InteractionResponseType.DeferredMessageUpdate
  if (isDeferred) interaction.deferred = true
  else interaction.replied = true
  if (response.type === InteractionResponseType.DeferredChannelMessageWithSource)
    interaction.ephemeral =
      response.data !== undefined && 'flags' in response.data && response.data.flags === MessageFlags.Ephemeral
  return { kind: 'taken' }
}

function codeIn(text: string): number | undefined {
  try {
    return refusal.safeParse(JSON.parse(text)).data?.code
  } catch {
    return undefined // a page of some server on the way
  }
}
