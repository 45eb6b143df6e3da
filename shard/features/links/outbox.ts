import { MessageFlags, type RESTPostAPIChannelMessageJSONBody, Routes } from 'discord.js'
import { z } from 'zod'
import { kickUserId, type UserId, userId } from '../../../cluster/runtime/ids.ts'
import { confirmationOf, guildNameOf } from '../../../sql/queries/links.ts'
import { codeOf, discordCode, paymentFor } from '../discord.ts'
import type { OutboxPayer, OutboxRow, Payment, Tools } from '../feature.ts'
import { failedMessage, linkedMessage, questionView } from './view.ts'

const interactionToken = z.string().min(1).nullish()
const confirmPayload = z.object({
  discordId: z.string(),
  kickUserId: z.string(),
  displayName: z.string(),
  interactionToken,
})
const resultPayload = z.object({ discordId: z.string(), displayName: z.string(), interactionToken })
const failedPayload = z.object({ discordId: z.string(), reason: z.string(), interactionToken })

const paid: Payment = { kind: 'paid' }

/** Asks the member whether the account is theirs, unless that was answered meanwhile. */
export const payConfirm: OutboxPayer = async (row, tools) => {
  const payload = confirmPayload.parse(row.payload)
  const question = {
    guildId: row.guildId,
    userId: userId(payload.discordId),
    kickUserId: kickUserId(payload.kickUserId),
  }
  const [confirmation] = await confirmationOf(tools.sql, question)
  if (confirmation === undefined) return paid
  if (confirmation.isExpired) return { kind: 'dead', reason: 'it was too late to ask' }
  const serverName = await guildNameOf(tools.sql, row.guildId)
  const message = questionView({ ...question, displayName: payload.displayName, serverName })
  return tell(row, message, { to: question.userId, token: payload.interactionToken, first: 'follow-up' }, tools)
}

/** Tells the member that the account is linked. */
export const payResult: OutboxPayer = async (row, tools) => {
  const payload = resultPayload.parse(row.payload)
  const message = linkedMessage(payload.displayName, await guildNameOf(tools.sql, row.guildId))
  return tell(row, message, { to: userId(payload.discordId), token: payload.interactionToken, first: 'direct' }, tools)
}

/** Tells the member why nothing was linked, and what to do. */
export const payFailed: OutboxPayer = async (row, tools) => {
  const payload = failedPayload.parse(row.payload)
  const message = failedMessage(payload.reason, await guildNameOf(tools.sql, row.guildId))
  return tell(
    row,
    message,
    { to: userId(payload.discordId), token: payload.interactionToken, first: 'follow-up' },
    tools,
  )
}

interface Ways {
  readonly to: UserId
  /** Of an interaction of this member. It answers for 15 minutes. */
  readonly token: string | null | undefined
  readonly first: 'follow-up' | 'direct'
}

/** Discord's answers which say that this way to the member is closed, and not that something is wrong. */
const closed = new Set<number>([
  discordCode.unknownWebhook, // the token is too old
  discordCode.invalidWebhookToken,
  discordCode.cannotSendToUser,
  discordCode.unknownUser,
])

/**
 * Tells one member something that nobody else may see, by the first way that is open. Repeated after a crash, a direct
 * message is not sent twice (Discord keeps to the nonce for some minutes); a follow-up may be.
 */
async function tell(
  row: OutboxRow,
  message: RESTPostAPIChannelMessageJSONBody,
  { to, token, first }: Ways,
  tools: Tools,
): Promise<Payment> {
  const body = { ...message, allowed_mentions: { parse: [] } }
  const followUp = async () => {
    if (!token) return false
    await tools.rest.post(Routes.webhook(tools.applicationId, token), {
      body: { ...body, flags: MessageFlags.Ephemeral },
      auth: false,
      query: new URLSearchParams({ wait: 'true' }),
    })
    return true
  }
  const direct = async () => {
    const channel = await tools.rest.post(Routes.userChannels(), { body: { recipient_id: to } })
    const { id } = dmChannel.parse(channel)
    await tools.rest.post(Routes.channelMessages(id), { body: { ...body, nonce: row.outboxId, enforce_nonce: true } })
    return true
  }
  for (const way of first === 'direct' ? [direct, followUp] : [followUp, direct]) {
    try {
      if (await way()) return paid
    } catch (error) {
      if (!closed.has(codeOf(error) ?? 0)) return paymentFor(error)
    }
  }
  return { kind: 'dead', reason: 'the member takes no direct messages and their interaction is too old' }
}

const dmChannel = z.object({ id: z.string() })
