import { z } from 'zod'
import { kickUserId, userId } from '../../../cluster/runtime/ids.ts'
import { confirmationOf, guildNameOf } from '../../../sql/queries/links.ts'
import type { OutboxPayer, Payment } from '../feature.ts'
import { tellMember } from '../tell.ts'
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
  return tellMember(row, message, { to: question.userId, token: payload.interactionToken, first: 'follow-up' }, tools)
}

/** Tells the member that the account is linked. */
export const payResult: OutboxPayer = async (row, tools) => {
  const payload = resultPayload.parse(row.payload)
  const message = linkedMessage(payload.displayName, await guildNameOf(tools.sql, row.guildId))
  return tellMember(
    row,
    message,
    { to: userId(payload.discordId), token: payload.interactionToken, first: 'direct' },
    tools,
  )
}

/** Tells the member why nothing was linked, and what to do. */
export const payFailed: OutboxPayer = async (row, tools) => {
  const payload = failedPayload.parse(row.payload)
  const message = failedMessage(payload.reason, await guildNameOf(tools.sql, row.guildId))
  return tellMember(
    row,
    message,
    { to: userId(payload.discordId), token: payload.interactionToken, first: 'follow-up' },
    tools,
  )
}
