import { Routes } from 'discord.js'
import { z } from 'zod'
import { type ChannelId, channelId, type GuildId, type UserId, userId } from '../../../../cluster/runtime/ids.ts'
import { Counter, registry } from '../../../../cluster/runtime/metrics.ts'
import { type Db, transaction } from '../../../../sql/client.ts'
import { type AuditEntry, audit } from '../../../../sql/queries/audit.ts'
import { type Owed, owe } from '../../../../sql/queries/outbox.ts'
import { frontOf, itemsOf, keepShown, oweLook, putFront } from '../../../../sql/queries/shop.ts'
import { codeOf, discordCode, paymentFor } from '../../discord.ts'
import type { OutboxPayer, OutboxRow, Payment, Tools } from '../../feature.ts'
import { speakIn } from '../../language.ts'
import { frontRestMs, hashOf } from '../rules.ts'
import { frontMessage } from '../view/messages.ts'

const edits = new Counter({
  name: 'bot_shop_fronts_total',
  help: 'Changes that the message of a shop had to show, by what became of them.',
  labelNames: ['outcome'],
  registers: [registry],
})

const paid: Payment = { kind: 'paid' }
const posted = z.object({ id: z.string() })
const channelForm = z.object({ guild_id: z.string().optional() })

async function frontBody(guildId: GuildId, { sql }: Tools): Promise<{ readonly body: object; readonly hash: string }> {
  const [items, sayFor] = await Promise.all([itemsOf(sql, guildId), speakIn(sql, [guildId])])
  const body = frontMessage(sayFor(guildId), guildId, items)
  return { body, hash: hashOf(body) }
}

/**
 * Makes the message show what there is now, at most once a minute: until then it waits, and so one edit shows all that came before it. What
 * would look the same is not edited but looked for; a message that somebody deleted is posted again.
 */
export const payFront: OutboxPayer = async (row, tools) => {
  const { guildId } = row
  const front = await frontOf(tools.sql, guildId)
  if (front === undefined || front.channelId === null || front.messageId === null) return paid
  const restMs = (front.shownAt?.getTime() ?? 0) + frontRestMs - tools.clock.now()
  if (restMs > 0) return { kind: 'wait', reason: 'the message was edited a moment ago', delayMs: restMs }
  const { messageId, revision } = front
  const shown = { guildId, messageId, newMessageId: messageId, revision }
  const { body, hash } = await frontBody(guildId, tools)
  try {
    const place = { messageId, channelId: front.channelId }
    const isSame = hash === front.shownHash && (await isThere(place, tools))
    const newMessageId = isSame ? messageId : await show(row, place, body, tools)
    edits.inc({ outcome: isSame ? 'same' : newMessageId === messageId ? 'edited' : 'posted' })
    const [now] = await keepShown(tools.sql, { ...shown, newMessageId, hash })
    if (now === undefined || now.revision === revision) return paid
    // Something changed while this was shown, and owed nothing, since this row was there.
    return { kind: 'wait', reason: 'there is more to show', delayMs: frontRestMs }
  } catch (error) {
    const payment = paymentFor(error)
    if (payment.kind !== 'dead') return payment
    edits.inc({ outcome: 'refused' })
    await keepShown(tools.sql, { ...shown, hash: null }) // so that the next change is tried again
    return payment
  }
}

interface Place {
  readonly channelId: ChannelId
  readonly messageId: string
}

/** Whether the message still stands; one that we may not read counts as standing. */
async function isThere({ channelId: channel, messageId }: Place, { rest }: Tools): Promise<boolean> {
  try {
    await rest.get(Routes.channelMessage(channel, messageId))
    return true
  } catch (error) {
    if (codeOf(error) === undefined) throw error
    return codeOf(error) !== discordCode.unknownMessage
  }
}

const hourMs = 3_600_000

/** Has the message looked for, once in an hour: nobody tells us when it is deleted, and whoever opens the shop otherwise may miss it. */
export async function lookAtFront(guildId: GuildId, { sql, clock, wakeOutbox }: Tools): Promise<void> {
  const owed = await oweLook(sql, { guildId, hour: Math.floor(clock.now() / hourMs) })
  if (owed.length > 0) wakeOutbox()
}

async function show(row: OutboxRow, front: Place, body: object, { rest }: Tools): Promise<string> {
  try {
    await rest.patch(Routes.channelMessage(front.channelId, front.messageId), { body })
    return front.messageId
  } catch (error) {
    // It was deleted, or another application posted it for the bot before.
    const code = codeOf(error)
    if (code !== discordCode.unknownMessage && code !== discordCode.cannotEditOthers) throw error
  }
  const again = { ...body, nonce: row.outboxId, enforce_nonce: true }
  return posted.parse(await rest.post(Routes.channelMessages(front.channelId), { body: again })).id
}

export interface FrontRequest {
  readonly guildId: GuildId
  readonly channelId: ChannelId
  readonly by: { readonly source: AuditEntry['source']; readonly actorId: UserId | null }
  /** The same for the same request, so that it is posted once however often it is tried. */
  readonly nonce: string
}

/** Posts the message of a shop and has the one before taken away, so that a guild has one. Throws what the REST client throws. */
export async function sendFront(request: FrontRequest, tools: Tools): Promise<void> {
  const { guildId, channelId, by } = request
  const front = await frontOf(tools.sql, guildId)
  const { body, hash } = await frontBody(guildId, tools)
  const once = { ...body, nonce: request.nonce, enforce_nonce: true }
  const messageId = posted.parse(await tools.rest.post(Routes.channelMessages(channelId), { body: once })).id
  await transaction(tools.sql, async (db) => {
    const before = await putFront(db, { guildId, channelId, messageId, revision: front?.revision ?? '1', hash })
    if (before !== undefined && before.messageId !== messageId) await owe(db, [gone(guildId, before)])
    await audit(db, [
      { guildId, source: by.source, actorId: by.actorId ?? undefined, action: 'shop.post', subject: channelId },
    ])
  })
  tools.wakeOutbox()
}

const gone = (guildId: GuildId, message: { readonly channelId: string; readonly messageId: string }): Owed => ({
  guildId,
  kind: 'shop.gone',
  sourceRef: message.messageId,
  payload: { channelId: message.channelId, messageId: message.messageId },
})

/** Has the message taken away; gives whether there was one. In the caller's transaction. */
export async function takeFront(db: Db, guildId: GuildId): Promise<boolean> {
  const front = await frontOf(db, guildId)
  if (front === undefined || front.messageId === null) return false
  const before = await putFront(db, { guildId, channelId: null, messageId: null, revision: front.revision, hash: null })
  if (before !== undefined) await owe(db, [gone(guildId, before)])
  return before !== undefined
}

const gonePayload = z.object({ channelId: z.string(), messageId: z.string() })

/** Takes a message of ours away. Safe to repeat. */
export const payGone: OutboxPayer = async (row, tools) => {
  const { channelId: channel, messageId } = gonePayload.parse(row.payload)
  try {
    await tools.rest.delete(Routes.channelMessage(channel, messageId))
    return paid
  } catch (error) {
    const code = codeOf(error)
    return code === discordCode.unknownMessage || code === discordCode.unknownChannel ? paid : paymentFor(error)
  }
}

const postPayload = z.object({ channelId: z.string(), actorId: z.string().nullable() })

/** Posts or moves the message for somebody who could not wait for it. The channel has to be one of the guild. */
export const payPost: OutboxPayer = async (row, tools) => {
  const { channelId: wanted, actorId } = postPayload.parse(row.payload)
  const channel = channelId(wanted)
  try {
    const { guild_id } = channelForm.parse(await tools.rest.get(Routes.channel(channel)))
    if (guild_id !== row.guildId) return { kind: 'dead', reason: 'the channel is not one of this server' }
    const by = { source: 'dashboard', actorId: actorId === null ? null : userId(actorId) } as const
    await sendFront({ guildId: row.guildId, channelId: channel, by, nonce: row.outboxId }, tools)
    return paid
  } catch (error) {
    return paymentFor(error)
  }
}
