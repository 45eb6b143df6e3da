/** What a member sees on the way from the list to the receipt, in answers of their own. Pure. */
import {
  type APIEmbedField,
  type APILabelComponent,
  ButtonStyle,
  ComponentType,
  type Embed,
  TextInputStyle,
} from 'discord.js'
import type { GuildId } from '../../../../cluster/runtime/ids.ts'
import type { Sale } from '../../../../sql/queries/sales.ts'
import type { Item } from '../../../../sql/queries/shop.ts'
import type { Modal, Reply } from '../../feature.ts'
import type { Say } from '../../language.ts'
import { colour, linesWithin, plain } from '../../text.ts'
import type { Offer } from '../command/buy.ts'
import { isListed, limits, pageOf } from '../rules.ts'
import { button, idOf, itemLine, itemMenu, pageButtons, pointsOf, row } from './parts.ts'

/** A page of the shop in an answer to one member. `balance` is absent for somebody without a link. */
export function storeView(
  say: Say,
  p: {
    readonly guildId: GuildId
    readonly items: readonly Item[]
    readonly page: number
    readonly balance: string | undefined
    readonly note?: string
  },
): Reply {
  const { entries, page, pages } = pageOf(p.items.filter(isListed), p.page)
  const lines = entries.map((item) => itemLine(say, item))
  const balance =
    p.balance === undefined
      ? say('shop:store.no_link')
      : say('shop:store.balance', { points: pointsOf(say, p.balance) })
  return {
    content: p.note ?? '',
    embeds: [
      {
        color: colour,
        title: `🛒 ${say('shop:title')}`,
        description: [lines.length === 0 ? say('shop:empty') : linesWithin(say, lines, 3900), `\n${balance}`].join(
          '\n',
        ),
        ...(pages > 1 ? { footer: { text: say('shop:page.of', { page: page + 1, pages }) } } : {}),
      },
    ],
    components: [
      ...row(
        ...(entries.length === 0 ? [] : [itemMenu(say, { action: 'choose', guildId: p.guildId, items: entries })]),
      ),
      ...row(...pageButtons(say, { action: 'page', guildId: p.guildId, page, pages })),
    ],
  }
}

const toStore = (say: Say, guildId: GuildId) => button(idOf('page', guildId, 0), say('shop:store.back'))

/** What the buyer wrote; null where nothing. */
export interface Written {
  readonly answer: string | null
  readonly note: string | null
}

/** How many fields of an offer stand before what the buyer wrote. */
const fieldsBefore = 3

/** Reads what {@link offerView} shows of it; `flags` stand in the custom id of its buttons. */
export function writtenIn(embed: Embed | undefined, flags: string | undefined): Written {
  const fields = embed?.fields.slice(fieldsBefore).map(({ value }) => value) ?? []
  const answer = flags?.includes('a') ? (fields.shift() ?? null) : null
  const note = flags?.includes('n') ? (fields.shift() ?? null) : null
  return { answer, note }
}

/**
 * Asks whether to buy at this price. Everything that the purchase needs stands in the message: what was shown in the custom id of the button,
 * what the buyer wrote in the fields. `nonce` is the same for the same offer, so that it buys once.
 */
export function offerView(
  say: Say,
  p: {
    readonly guildId: GuildId
    readonly offer: Offer
    readonly written: Written
    readonly nonce: string
    readonly note?: string
  },
): Reply {
  const { guildId, nonce } = p
  const { item, balance } = p.offer
  const { answer, note } = p.written
  const field = (name: string, value: string, inline: boolean): APIEmbedField => ({ name, value, inline })
  const fields = [
    field(say('shop:order.price'), pointsOf(say, item.price), true),
    field(say('shop:offer.before'), pointsOf(say, balance), true),
    field(say('shop:offer.after'), pointsOf(say, balance - BigInt(item.price)), true),
    ...(answer === null ? [] : [field(item.requirementTitle ?? say('shop:order.answer'), answer, false)]),
    ...(note === null ? [] : [field(say('shop:offer.note'), note, false)]),
  ]
  const flags = `${answer === null ? '' : 'a'}${note === null ? '' : 'n'}` || '-'
  const isToAnswer = item.requirementTitle !== null && answer === null
  const buy = isToAnswer
    ? button(idOf('note', guildId, item.id, flags), say('shop:offer.answer'), { style: ButtonStyle.Primary })
    : button(idOf('buy', guildId, item.id, item.version, item.price, nonce, flags), say('shop:offer.buy'), {
        style: ButtonStyle.Success,
      })
  return {
    content: p.note ?? '',
    embeds: [
      {
        color: colour,
        title: say('shop:offer.title', { name: plain(item.name, 100) }),
        ...(item.description === null ? {} : { description: plain(item.description, limits.description) }),
        ...(item.imageUrl === null ? {} : { thumbnail: { url: item.imageUrl } }),
        fields,
        ...(item.itemType === 'raffle_tickets'
          ? { footer: { text: say('shop:offer.tickets', { count: item.raffleTicketAmount }) } }
          : {}),
      },
    ],
    components: row(
      buy,
      ...(isToAnswer ? [] : [button(idOf('note', guildId, item.id, flags), say('shop:offer.write'))]),
      button(idOf('cancel', guildId), say('shop:offer.cancel')),
    ),
  }
}

/** The form for what a buyer has to answer, and may add. `action` is where it leads. */
export function detailsForm(
  say: Say,
  p: { readonly guildId: GuildId; readonly action: 'ask' | 'details'; readonly item: Item; readonly written: Written },
): Modal {
  const { item, written } = p
  const question: APILabelComponent[] =
    item.requirementTitle === null
      ? []
      : [
          {
            type: ComponentType.Label,
            label: item.requirementTitle,
            ...(item.requirementFooter === null ? {} : { description: item.requirementFooter }),
            component: {
              type: ComponentType.TextInput,
              custom_id: 'answer',
              style: TextInputStyle.Short,
              min_length: 1,
              max_length: limits.answer,
              required: true,
              ...(written.answer === null ? {} : { value: written.answer.slice(0, limits.answer) }),
            },
          },
        ]
  return {
    custom_id: idOf(p.action, p.guildId, item.id),
    title: item.name.slice(0, 45),
    components: [
      ...question,
      {
        type: ComponentType.Label,
        label: say('shop:form.note'),
        component: {
          type: ComponentType.TextInput,
          custom_id: 'note',
          style: TextInputStyle.Paragraph,
          max_length: limits.note,
          required: false,
          ...(written.note === null ? {} : { value: written.note.slice(0, limits.note) }),
        },
      },
    ],
  }
}

/** The receipt. */
export function boughtView(
  say: Say,
  p: { readonly guildId: GuildId; readonly sale: Sale; readonly balance: bigint },
): Reply {
  const { sale } = p
  const lines = [
    say('shop:bought.done', {
      name: plain(sale.itemName, 100),
      points: pointsOf(say, sale.pricePaid),
      number: `#${sale.id}`,
    }),
    say('shop:bought.balance', { points: pointsOf(say, p.balance) }),
    sale.itemType === 'raffle_tickets'
      ? say('shop:bought.tickets', { count: sale.raffleTicketAmount })
      : say('shop:bought.next'),
  ]
  return { content: `✅ ${lines.join('\n')}`, components: row(toStore(say, p.guildId)) }
}

/** Sold out: what can be done about it. */
export const soldOutView = (
  say: Say,
  p: { readonly guildId: GuildId; readonly itemId: number; readonly name: string },
): Reply => ({
  content: say('shop:error.sold_out', { name: plain(p.name, 100) }),
  components: row(
    button(idOf('notify', p.guildId, p.itemId), say('shop:notify.button'), { emoji: '🔔' }),
    toStore(say, p.guildId),
  ),
})
