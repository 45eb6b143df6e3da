import {
  ApplicationCommandOptionType,
  type ButtonInteraction,
  type ChatInputCommandInteraction,
  type ModalSubmitInteraction,
  type StringSelectMenuInteraction,
} from 'discord.js'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { type GuildId, userId } from '../../../../cluster/runtime/ids.ts'
import { balanceOf, salesOfMember } from '../../../../sql/queries/sales.ts'
import { dropNotice, itemOf, itemsOf, wantNotice } from '../../../../sql/queries/shop.ts'
import type { Button, Command, ModalSubmit, Opening, Reply, Select, Tools } from '../../feature.ts'
import { described, type Say, speakTo } from '../../language.ts'
import { linkOf } from '../../links/index.ts'
import { plain } from '../../text.ts'
import { lookAtFront } from '../outbox/front.ts'
import { readNumber } from '../rules.ts'
import { ownOrdersView } from '../view/orders.ts'
import { pointsOf } from '../view/parts.ts'
import { boughtView, detailsForm, offerView, soldOutView, storeView, type Written, writtenIn } from '../view/store.ts'
import { type Bought, type Hindrance, type Offer, offerOf, purchase, rolesOf, type Who } from './buy.ts'
import { refuse } from './refuse.ts'

type Act = ChatInputCommandInteraction | ButtonInteraction | StringSelectMenuInteraction | ModalSubmitInteraction

const whoOf = (act: Act, guildId: GuildId): Who => ({
  guildId,
  userId: userId(act.user.id),
  roles: rolesOf(act.member),
})

async function balanceOfMember(act: Act, guildId: GuildId, { sql }: Tools): Promise<string | undefined> {
  const link = await linkOf(sql, guildId, userId(act.user.id))
  return link === undefined ? undefined : balanceOf(sql, { guildId, username: link.kickName })
}

async function store(act: Act, guildId: GuildId, tools: Tools, page = 0, note?: string): Promise<Reply> {
  const [items, balance] = await Promise.all([itemsOf(tools.sql, guildId), balanceOfMember(act, guildId, tools)])
  return storeView(speakTo(act), { guildId, items, page, balance, ...(note === undefined ? {} : { note }) })
}

/** What stands in the place of an offer that cannot be made; throws where a sentence is enough. */
async function instead(say: Say, guildId: GuildId, itemId: number, reason: Hindrance, { sql }: Tools): Promise<Reply> {
  if (reason.kind !== 'sold_out') refuse(say, reason)
  const item = await itemOf(sql, { guildId, id: itemId })
  if (item === undefined) refuse(say, { kind: 'gone' })
  return soldOutView(say, { guildId, itemId, name: item.name })
}

/** Shows what an item costs and asks for what it needs: a form where there is a question, else the offer itself. Writes nothing. */
async function choose(
  act: StringSelectMenuInteraction,
  guildId: GuildId,
  action: 'ask' | 'details',
  tools: Tools,
): Promise<Opening> {
  const say = speakTo(act)
  const itemId = readNumber(act.values[0])
  const offer = await offerOf(tools.sql, whoOf(act, guildId), itemId)
  if (offer.kind !== 'offer') return { reply: await instead(say, guildId, itemId, offer, tools) }
  const written = { answer: null, note: null }
  return offer.item.requirementTitle === null
    ? { reply: offerView(say, { guildId, offer, written, nonce: act.id }) }
    : { modal: detailsForm(say, { guildId, action, item: offer.item, written }) }
}

/** The menu below the message in the channel, `shop:pick:<guild>`: everything that follows is between us and the member. */
export const pickSelect: Select = {
  opens: 'modal',
  isPrivate: true,
  open: (act, guildId, _args, tools) => choose(act, guildId, 'ask', tools),
}

/** The menu of the shop in an answer, `shop:choose:<guild>`, whose place the offer takes. */
export const chooseSelect: Select = {
  opens: 'modal',
  open: (act, guildId, _args, tools) => choose(act, guildId, 'details', tools),
}

async function detailed(
  act: ModalSubmitInteraction,
  guildId: GuildId,
  id: string | undefined,
  tools: Tools,
): Promise<Reply> {
  const say = speakTo(act)
  const itemId = readNumber(id)
  const offer = await offerOf(tools.sql, whoOf(act, guildId), itemId)
  if (offer.kind !== 'offer') return instead(say, guildId, itemId, offer, tools)
  return offerView(say, { guildId, offer, written: writtenOf(act, offer), nonce: act.id })
}

function writtenOf({ fields }: ModalSubmitInteraction, { item }: Offer): Written {
  const text = (name: string) =>
    (fields.fields.has(name) ? fields.getTextInputValue(name) : '').replace(/\s+/g, ' ').trim() || null
  return { answer: item.requirementTitle === null ? null : text('answer'), note: text('note') }
}

/** The form that the menu in the channel opens, `shop:ask:<guild>:<item>`. */
export const askForm: ModalSubmit = {
  isPrivate: true,
  run: (act, guildId, [id], tools) => detailed(act, guildId, id, tools),
}

/** The form that an answer opens, `shop:details:<guild>:<item>`. */
export const detailsSubmit: ModalSubmit = { run: (act, guildId, [id], tools) => detailed(act, guildId, id, tools) }

/** Opens the form below an offer, `shop:note:<guild>:<item>:<flags>`. */
export const noteButton: Button = {
  opens: 'modal',
  async open(act, guildId, [id, flags], { sql }) {
    const say = speakTo(act)
    const item = await itemOf(sql, { guildId, id: readNumber(id) })
    if (item === undefined) refuse(say, { kind: 'gone' })
    const written = writtenIn(act.message.embeds[0], flags)
    return { modal: detailsForm(say, { guildId, action: 'details', item, written }) }
  },
}

/** Buys what an offer shows, `shop:buy:<guild>:<item>:<version>:<price>:<nonce>:<flags>`. Pressed twice, it buys once. */
export const buyButton: Button = {
  async run(act, guildId, [id, version, price, nonce, flags], tools) {
    const say = speakTo(act)
    const written = writtenIn(act.message.embeds[0], flags)
    const confirmed = {
      ...whoOf(act, guildId),
      itemId: readNumber(id),
      version: readNumber(version),
      price: price ?? '',
      sourceRef: nonce ?? act.id,
      ...written,
      locale: say.locale,
    }
    const bought = await purchase(tools.sql, confirmed)
    tools.wakeOutbox()
    return replyTo(say, guildId, confirmed.itemId, bought, { written, nonce: act.id }, tools)
  },
}

async function replyTo(
  say: Say,
  guildId: GuildId,
  itemId: number,
  bought: Bought,
  next: { readonly written: Written; readonly nonce: string },
  tools: Tools,
): Promise<Reply> {
  switch (bought.kind) {
    case 'done':
    case 'repeated':
      return boughtView(say, { guildId, ...bought })
    case 'changed': {
      // What was answered to another question is asked again.
      const { offer } = bought
      return offerView(say, {
        guildId,
        offer,
        nonce: next.nonce,
        written: { ...next.written, answer: null },
        note: `⚠️ ${say('shop:offer.changed')}`,
      })
    }
    case 'unanswered':
      return offerView(say, { guildId, offer: bought.offer, ...next, note: `⚠️ ${say('shop:offer.unanswered')}` })
    default:
      return instead(say, guildId, itemId, bought, tools)
  }
}

export const pageButton: Button = {
  run: (act, guildId, [page], tools) => store(act, guildId, tools, readNumber(page)),
}
export const openButton: Button = { isPrivate: true, run: (act, guildId, _args, tools) => store(act, guildId, tools) }
export const cancelButton: Button = {
  run: (act, guildId, _args, tools) => store(act, guildId, tools, 0, speakTo(act)('shop:cancelled')),
}

/** What somebody has, `shop:balance:<guild>`. */
export const balanceButton: Button = {
  isPrivate: true,
  async run(act, guildId, _args, tools) {
    const say = speakTo(act)
    const balance = await balanceOfMember(act, guildId, tools)
    if (balance === undefined) refuse(say, { kind: 'no_link' })
    return { content: `🪙 ${say('shop:store.balance', { points: pointsOf(say, balance) })}` }
  },
}

/** Asks to be told when an item is back, or not any more: `shop:notify:<guild>:<item>`. */
export const notifyButton: Button = {
  isPrivate: true,
  async run(act, guildId, [id], { sql }) {
    const say = speakTo(act)
    const key = { guildId, itemId: readNumber(id), userId: userId(act.user.id) }
    const item = await itemOf(sql, { guildId, id: key.itemId })
    if (item === undefined) refuse(say, { kind: 'gone' })
    const values = { name: plain(item.name, 100) }
    const [wanted] = await wantNotice(sql, { ...key, locale: say.locale })
    if (wanted !== undefined) return { content: `🔔 ${say('shop:notify.on', values)}` }
    const [dropped] = await dropNotice(sql, key)
    if (dropped !== undefined) return { content: `🔕 ${say('shop:notify.off', values)}` }
    throw new UserError('is_back', say('shop:notify.is_back', values))
  },
}

const ownOrders = 10

/** The shop of a server, for its members. */
export const shop: Command = {
  data: {
    name: 'shop',
    ...described('shop:command.shop'),
    options: [
      { type: ApplicationCommandOptionType.Subcommand, name: 'show', ...described('shop:command.show') },
      { type: ApplicationCommandOptionType.Subcommand, name: 'orders', ...described('shop:command.orders') },
    ],
  },
  async run(interaction, guildId, tools) {
    if (interaction.options.getSubcommand() === 'show') {
      await lookAtFront(guildId, tools)
      return store(interaction, guildId, tools)
    }
    const say = speakTo(interaction)
    const of = { guildId, userId: userId(interaction.user.id), limit: ownOrders }
    return ownOrdersView(say, say('shop:orders.title'), await salesOfMember(tools.sql, of))
  },
}
