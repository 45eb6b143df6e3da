/** Orders, as admins and buyers see them. Pure. */
import { type APIEmbed, ButtonStyle, ComponentType, type RESTPostAPIChannelMessageJSONBody } from 'discord.js'
import type { GuildId } from '../../../../cluster/runtime/ids.ts'
import type { Sale, SaleStatus } from '../../../../sql/queries/sales.ts'
import type { Reply } from '../../feature.ts'
import type { Say } from '../../language.ts'
import { ago, colour, linesWithin, plain } from '../../text.ts'
import { limits, pageOf } from '../rules.ts'
import { button, idOf, pageButtons, pointsOf, type Row, row } from './parts.ts'

const colours: Readonly<Record<SaleStatus, number>> = {
  pending: 0x9b59b6,
  completed: 0x2ecc71,
  cancelled: 0xe74c3c,
  refunded: 0xe74c3c,
}
const marks: Readonly<Record<SaleStatus, string>> = { pending: '🟣', completed: '✅', cancelled: '❌', refunded: '↩️' }

const buyerOf = (sale: Sale): string =>
  sale.userId === null ? plain(sale.username) : `<@${sale.userId}> (${plain(sale.username)})`

function orderEmbed(say: Say, sale: Sale): APIEmbed {
  const field = (name: string, value: string) => ({ name: name.slice(0, 256), value, inline: false })
  const status = [`${marks[sale.status]} ${say(`shop:status.${sale.status}`)}`]
  if (sale.finishedAt !== null) status.push(ago(sale.finishedAt))
  if (sale.finishedBy !== null) status.push(`<@${sale.finishedBy}>`)
  if (sale.reason !== null) status.push(plain(sale.reason, 300))
  return {
    color: colours[sale.status],
    title: `#${sale.id} · ${plain(sale.itemName, 100)}${sale.quantity === 1 ? '' : ` × ${sale.quantity}`}`,
    fields: [
      field(say('shop:order.buyer'), buyerOf(sale)),
      field(say('shop:order.price'), pointsOf(say, sale.pricePaid)),
      ...(sale.requirementInput === null
        ? []
        : [
            field(
              sale.requirementTitle ?? say('shop:order.answer'),
              plain(sale.requirementInput, 2 * limits.answer) || '…',
            ),
          ]),
      ...(sale.notes === null ? [] : [field(say('shop:offer.note'), plain(sale.notes, 2 * limits.note) || '…')]),
      field(say('shop:order.status'), status.join(' · ')),
    ],
    timestamp: sale.purchasedAt.toISOString(),
  }
}

/** What can be done about an order; `complete` is the action of the button that completes it. */
const orderButtons = (say: Say, guildId: GuildId, sale: Sale, complete: 'complete' | 'done'): Row[] =>
  row(
    ...(sale.status === 'pending'
      ? [button(idOf(complete, guildId, sale.id), say('shop:order.complete'), { style: ButtonStyle.Success })]
      : []),
    ...(sale.status === 'pending' || sale.status === 'completed'
      ? [button(idOf('refund', guildId, sale.id), say('shop:order.refund'), { style: ButtonStyle.Danger })]
      : []),
  )

/** An order in the channel for orders. */
export const orderMessage = (say: Say, guildId: GuildId, sale: Sale): RESTPostAPIChannelMessageJSONBody => ({
  embeds: [orderEmbed(say, sale)],
  components: orderButtons(say, guildId, sale, 'complete'),
  allowed_mentions: { parse: [] },
})

/** The same in answer to an admin, with the way back to the list. */
export const orderView = (say: Say, guildId: GuildId, sale: Sale): Reply => ({
  embeds: [orderEmbed(say, sale)],
  components: [
    ...orderButtons(say, guildId, sale, 'done'),
    ...row(button(idOf('queue', guildId, 0), say('shop:order.all'))),
  ],
})

/** Asks whether an order is really to be refunded, and whether the item is for sale again. */
export const refundQuestion = (say: Say, guildId: GuildId, sale: Sale): Reply => ({
  content: say('shop:refund.question', {
    number: `#${sale.id}`,
    name: plain(sale.itemName, 100),
    points: pointsOf(say, sale.pricePaid),
    viewer: buyerOf(sale),
  }),
  components: row(
    button(idOf('giveback', guildId, sale.id, 1), say('shop:refund.restock'), { style: ButtonStyle.Danger }),
    button(idOf('giveback', guildId, sale.id, 0), say('shop:refund.only'), { style: ButtonStyle.Danger }),
    button(idOf('keep', guildId), say('shop:refund.no')),
  ),
})

const lineOf = (say: Say, sale: Sale, isOwn: boolean): string =>
  [
    `${marks[sale.status]} **#${sale.id} ${plain(sale.itemName, 100)}**`,
    ...(isOwn ? [say(`shop:status.${sale.status}`)] : [buyerOf(sale)]),
    pointsOf(say, sale.pricePaid),
    ago(sale.purchasedAt),
  ].join(' · ')

/** As many orders as are shown at once. */
export const ordersOnPage = 10

/** Orders that wait, the oldest first, with a menu to look at one. `note` stands above. */
export function queueView(
  say: Say,
  p: {
    readonly guildId: GuildId
    readonly sales: readonly Sale[]
    readonly all: number
    readonly page: number
    readonly note?: string
  },
): Reply {
  const { guildId, sales, all } = p
  const { pages } = pageOf(Array.from({ length: all }), p.page, ordersOnPage)
  const lines = sales.map((sale) => lineOf(say, sale, false))
  return {
    content: p.note ?? '',
    embeds: [
      {
        color: colour,
        title: say('shop:queue.title', { count: all }),
        description: lines.length === 0 ? say('shop:queue.none') : linesWithin(say, lines, 4096),
      },
    ],
    components: [
      ...row(
        ...(sales.length === 0
          ? []
          : [
              {
                type: ComponentType.StringSelect as const,
                custom_id: idOf('order', guildId),
                placeholder: say('shop:queue.menu'),
                options: sales.map((sale) => ({
                  label: `#${sale.id} ${sale.itemName}`.slice(0, 100),
                  value: String(sale.id),
                  description: sale.username.slice(0, 100),
                })),
              },
            ]),
      ),
      ...row(...pageButtons(say, { action: 'queue', guildId, page: p.page, pages })),
    ],
  }
}

/** What somebody bought, the newest first. */
export function ownOrdersView(say: Say, title: string, sales: readonly Sale[]): Reply {
  const lines = sales.map((sale) => lineOf(say, sale, true))
  const description = lines.length === 0 ? say('shop:orders.none') : linesWithin(say, lines, 4096)
  return { embeds: [{ color: colour, title, description }] }
}
