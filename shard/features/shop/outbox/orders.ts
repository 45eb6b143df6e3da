import { Routes } from 'discord.js'
import { z } from 'zod'
import { channelId, userId } from '../../../../cluster/runtime/ids.ts'
import { transaction } from '../../../../sql/client.ts'
import { guildNameOf } from '../../../../sql/queries/links.ts'
import { balanceOf, keepOrderMessage, saleOf } from '../../../../sql/queries/sales.ts'
import { locales, readSettingsOf } from '../../../../sql/queries/settings.ts'
import { itemOf } from '../../../../sql/queries/shop.ts'
import { codeOf, discordCode, paymentFor } from '../../discord.ts'
import type { OutboxPayer, OutboxRow, Payment, Tools } from '../../feature.ts'
import { speak, speakIn } from '../../language.ts'
import { sendDirect } from '../../tell.ts'
import { oweOrder } from '../command/buy.ts'
import { complete, refund } from '../command/refund.ts'
import { backMessage, endedMessage } from '../view/messages.ts'
import { orderMessage } from '../view/orders.ts'

const paid: Payment = { kind: 'paid' }
const posted = z.object({ id: z.string() })
const orderPayload = z.object({ sale: z.int() })

/** Shows an order as it is now, in the channel for orders if the guild has one. A message that somebody deleted stays deleted. */
export const payOrder: OutboxPayer = async (row, tools) => {
  const { guildId } = row
  const id = orderPayload.parse(row.payload).sale
  const [sale, { shop_order_channel_id: chosen }, sayFor] = await Promise.all([
    saleOf(tools.sql, { guildId, id }),
    readSettingsOf(tools.sql, guildId, ['shop_order_channel_id']),
    speakIn(tools.sql, [guildId]),
  ])
  if (sale === undefined) return paid
  const body = orderMessage(sayFor(guildId), guildId, sale)
  try {
    if (sale.channelId !== null && sale.messageId !== null) {
      await tools.rest.patch(Routes.channelMessage(sale.channelId, sale.messageId), { body })
      return paid
    }
    if (chosen === null) return paid
    const channel = channelId(chosen)
    // One nonce for the order, whichever of its rows comes first, so that two owners make one message.
    const once = { ...body, nonce: `order:${id}`, enforce_nonce: true }
    const messageId = posted.parse(await tools.rest.post(Routes.channelMessages(channel), { body: once })).id
    await keepOrderMessage(tools.sql, { guildId, id, channelId: channel, messageId })
    // What was posted may be what another owner posted a moment ago, or old by now.
    const now = await saleOf(tools.sql, { guildId, id })
    if (now !== undefined && now.status !== 'pending')
      await tools.rest.patch(Routes.channelMessage(channel, messageId), {
        body: orderMessage(sayFor(guildId), guildId, now),
      })
    return paid
  } catch (error) {
    return codeOf(error) === discordCode.unknownMessage ? paid : paymentFor(error)
  }
}

const endPayload = z.object({
  sale: z.int(),
  to: z.enum(['completed', 'refunded']),
  restores: z.boolean(),
  reason: z.string().nullable(),
  actorId: z.string().nullable(),
})

/** Ends an order for the dashboard. What stands otherwise already is shown as it stands. */
export const payEnd: OutboxPayer = async (row, tools) => {
  const { sale: id, to, restores, reason, actorId } = endPayload.parse(row.payload)
  const by = { source: 'dashboard', actorId: actorId === null ? null : userId(actorId) } as const
  const ending = { guildId: row.guildId, id, by, reason }
  const ended = await transaction(tools.sql, async (db) => {
    const result = await (to === 'completed' ? complete(db, ending) : refund(db, speak('en'), { ...ending, restores }))
    if (result.kind === 'stands') await oweOrder(db, row.guildId, result.sale)
    return result
  })
  tools.wakeOutbox()
  if (ended.kind === 'unknown') return { kind: 'dead', reason: `there is no order #${id}` }
  return paid
}

const told = z.object({ userId: z.string(), sale: z.int() })
const back = z.object({ userId: z.string(), itemId: z.int(), locale: z.enum(locales).nullish().catch(null) })

const direct = async (row: OutboxRow, to: string, message: object, tools: Tools): Promise<Payment> => {
  try {
    await sendDirect(row, userId(to), message, tools)
    return paid
  } catch (error) {
    // Whoever takes no messages from us has chosen so; their orders are in /shop orders.
    return codeOf(error) === discordCode.cannotSendToUser ? paid : paymentFor(error)
  }
}

/** Tells a buyer that an order was completed or refunded. */
export const payTold: OutboxPayer = async (row, tools) => {
  const { userId: to, sale: id } = told.parse(row.payload)
  const sale = await saleOf(tools.sql, { guildId: row.guildId, id })
  if (sale === undefined) return paid
  const [balance, server, sayFor] = await Promise.all([
    balanceOf(tools.sql, { guildId: row.guildId, username: sale.username }),
    guildNameOf(tools.sql, row.guildId),
    speakIn(tools.sql, [row.guildId]),
  ])
  const locale = locales.find((known) => known === sale.locale)
  const say = locale === undefined ? sayFor(row.guildId) : speak(locale)
  return direct(row, to, endedMessage(say, { sale, balance, server }), tools)
}

/** Tells a member that an item is back, unless it is gone again. */
export const payBack: OutboxPayer = async (row, tools) => {
  const { userId: to, itemId, locale } = back.parse(row.payload)
  const item = await itemOf(tools.sql, { guildId: row.guildId, id: itemId })
  if (item === undefined || !item.isActive || item.isOver || item.stockLeft === 0) return paid
  const [server, sayFor] = await Promise.all([guildNameOf(tools.sql, row.guildId), speakIn(tools.sql, [row.guildId])])
  const say = locale ? speak(locale) : sayFor(row.guildId)
  return direct(row, to, backMessage(say, { item, server }), tools)
}
