import {
  type ButtonInteraction,
  type ChatInputCommandInteraction,
  PermissionFlagsBits,
  type StringSelectMenuInteraction,
} from 'discord.js'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { type GuildId, userId } from '../../../../cluster/runtime/ids.ts'
import { transaction } from '../../../../sql/client.ts'
import { pendingSales, saleOf } from '../../../../sql/queries/sales.ts'
import type { Button, Reply, Select, Tools } from '../../feature.ts'
import { type Say, speakTo } from '../../language.ts'
import { plain } from '../../text.ts'
import { readNumber } from '../rules.ts'
import { ordersOnPage, orderView, queueView, refundQuestion } from '../view/orders.ts'
import { pointsOf } from '../view/parts.ts'
import { complete, type Ended, refund } from './refund.ts'

type Act = ChatInputCommandInteraction | ButtonInteraction | StringSelectMenuInteraction

/** Buttons stand where others may see them; what they do is for whoever may use /shop-admin. */
export function checkAdmin(say: Say, { memberPermissions }: Act): void {
  if (memberPermissions?.has(PermissionFlagsBits.ManageGuild)) return
  const permission = say('common:permission.ManageGuild')
  throw new UserError('permission', say('common:refused.permission', { permission }))
}

/** A page of the orders that wait. */
export async function queue(act: Act, guildId: GuildId, { sql }: Tools, page: number, note?: string): Promise<Reply> {
  const found = await pendingSales(sql, { guildId, offset: page * ordersOnPage, limit: ordersOnPage })
  const last = Math.max(0, Math.ceil(found.all / ordersOnPage) - 1)
  const { all, sales } =
    page <= last ? found : await pendingSales(sql, { guildId, offset: last * ordersOnPage, limit: ordersOnPage })
  return queueView(speakTo(act), {
    guildId,
    all,
    sales,
    page: Math.min(page, last),
    ...(note === undefined ? {} : { note }),
  })
}

const by = (act: Act) => ({ source: 'discord', actorId: userId(act.user.id) }) as const

/** What became of an order, as a sentence; throws when there is none, or when it stands otherwise already. */
function sentenceOf(say: Say, id: number, ended: Ended): string {
  if (ended.kind === 'unknown') throw new UserError('no_order', say('shop:error.no_order', { number: `#${id}` }))
  const { sale } = ended
  const values = { number: `#${id}`, name: plain(sale.itemName, 100), points: pointsOf(say, sale.pricePaid) }
  if (ended.kind === 'stands')
    throw new UserError(
      'stands',
      say('shop:error.stands', { number: `#${id}`, status: say(`shop:status.${sale.status}`) }),
    )
  if (sale.status !== 'refunded') return `✅ ${say('shop:order.completed', values)}`
  const refunded = `↩️ ${say('shop:order.refunded', values)}`
  if (sale.itemType !== 'raffle_tickets') return refunded
  return `${refunded} ${say('shop:order.tickets', { taken: ended.tickets, all: sale.raffleTicketAmount })}`
}

async function completeOrder(act: ButtonInteraction, guildId: GuildId, id: number, tools: Tools): Promise<string> {
  const say = speakTo(act)
  checkAdmin(say, act)
  const ended = await transaction(tools.sql, (db) => complete(db, { guildId, id, by: by(act), reason: null }))
  tools.wakeOutbox()
  return sentenceOf(say, id, ended)
}

/** Gives points back, for the command and the buttons. */
export async function refundOrder(
  act: Act,
  guildId: GuildId,
  p: { readonly id: number; readonly restores: boolean; readonly reason: string | null },
  tools: Tools,
): Promise<string> {
  const say = speakTo(act)
  const ended = await transaction(tools.sql, (db) => refund(db, say, { guildId, by: by(act), ...p }))
  tools.wakeOutbox()
  return sentenceOf(say, p.id, ended)
}

/** Below an order in its channel, `shop:complete:<guild>:<order>`: the message itself is edited by the outbox. */
export const completeButton: Button = {
  isPrivate: true,
  run: async (act, guildId, [id], tools) => ({ content: await completeOrder(act, guildId, readNumber(id), tools) }),
}

/** Below an order in an answer, `shop:done:<guild>:<order>`: the list takes its place. */
export const doneButton: Button = {
  run: async (act, guildId, [id], tools) =>
    queue(act, guildId, tools, 0, await completeOrder(act, guildId, readNumber(id), tools)),
}

/** Asks how an order is to be refunded, `shop:refund:<guild>:<order>`. */
export const refundButton: Button = {
  isPrivate: true,
  async run(act, guildId, [typed], { sql }) {
    const say = speakTo(act)
    checkAdmin(say, act)
    const id = readNumber(typed)
    const sale = await saleOf(sql, { guildId, id })
    if (sale === undefined) throw new UserError('no_order', say('shop:error.no_order', { number: `#${id}` }))
    if (sale.status === 'refunded' || sale.status === 'cancelled') sentenceOf(say, id, { kind: 'stands', sale })
    return refundQuestion(say, guildId, sale)
  },
}

/** `shop:giveback:<guild>:<order>:<1 to put the item back>`. */
export const givebackButton: Button = {
  async run(act, guildId, [id, restores], tools) {
    checkAdmin(speakTo(act), act)
    const wanted = { id: readNumber(id), restores: restores === '1', reason: null }
    return { content: await refundOrder(act, guildId, wanted, tools) }
  },
}

export const keepButton: Button = {
  run: async (act) => ({ content: speakTo(act)('shop:refund.kept') }),
}

/** A page of the orders that wait, `shop:queue:<guild>:<page>`. */
export const queueButton: Button = {
  run(act, guildId, [page], tools) {
    checkAdmin(speakTo(act), act)
    return queue(act, guildId, tools, readNumber(page))
  },
}

/** Looks at one of them, `shop:order:<guild>`. */
export const orderSelect: Select = {
  async run(act, guildId, _args, { sql }) {
    const say = speakTo(act)
    checkAdmin(say, act)
    const id = readNumber(act.values[0])
    const sale = await saleOf(sql, { guildId, id })
    if (sale === undefined) throw new UserError('no_order', say('shop:error.no_order', { number: `#${id}` }))
    return orderView(say, guildId, sale)
  },
}
