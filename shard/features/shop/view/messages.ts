/** What everybody sees in a channel, and what members are told directly. Pure. */
import { ButtonStyle, type RESTPostAPIChannelMessageJSONBody } from 'discord.js'
import type { GuildId } from '../../../../cluster/runtime/ids.ts'
import type { Sale } from '../../../../sql/queries/sales.ts'
import type { Item } from '../../../../sql/queries/shop.ts'
import type { Say } from '../../language.ts'
import { colour, linesWithin, plain } from '../../text.ts'
import { isListed, pageSize } from '../rules.ts'
import { button, idOf, itemLine, itemMenu, pointsOf, row } from './parts.ts'

type Message = RESTPostAPIChannelMessageJSONBody

const longestDescription = 4096

/** The message of a shop: what there is, a menu to buy from, and buttons for one's balance and the whole of the shop. */
export function frontMessage(say: Say, guildId: GuildId, items: readonly Item[]): Message {
  const listed = items.filter(isListed)
  const shown = listed.slice(0, pageSize)
  const lines = listed.map((item) => itemLine(say, item))
  const description = lines.length === 0 ? say('shop:empty') : linesWithin(say, lines, longestDescription)
  return {
    embeds: [
      { color: colour, title: `🛒 ${say('shop:title')}`, description, footer: { text: say('shop:front.footer') } },
    ],
    components: [
      ...row(...(shown.length === 0 ? [] : [itemMenu(say, { action: 'pick', guildId, items: shown })])),
      ...row(
        button(idOf('balance', guildId), say('shop:balance.button'), { emoji: '🪙' }),
        button(idOf('open', guildId), say('shop:open.button'), {
          ...(listed.length > shown.length ? { style: ButtonStyle.Primary } : {}),
        }),
      ),
    ],
    allowed_mentions: { parse: [] },
  }
}

const serverOf = (say: Say, server: string | undefined): string =>
  server === undefined ? say('shop:dm.a_server') : `**${plain(server, 100)}**`

/** Tells a buyer what became of an order. */
export function endedMessage(
  say: Say,
  p: { readonly sale: Sale; readonly balance: string; readonly server: string | undefined },
): Message {
  const { sale } = p
  const values = { number: `#${sale.id}`, name: plain(sale.itemName, 100), server: serverOf(say, p.server) }
  const lines =
    sale.status === 'completed'
      ? [say('shop:dm.completed', values)]
      : [
          say('shop:dm.refunded', {
            ...values,
            points: pointsOf(say, sale.pricePaid),
            balance: pointsOf(say, p.balance),
          }),
        ]
  if (sale.reason !== null) lines.push(say('shop:dm.reason', { reason: plain(sale.reason, 300) }))
  return { content: lines.join('\n') }
}

/** Tells somebody who asked that an item is back. */
export const backMessage = (say: Say, p: { readonly item: Item; readonly server: string | undefined }): Message => ({
  content: say('shop:dm.back', {
    name: plain(p.item.name, 100),
    points: pointsOf(say, p.item.price),
    server: serverOf(say, p.server),
  }),
})
