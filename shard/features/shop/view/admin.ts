/** Items as admins see them. Pure. */
import type { GuildId } from '../../../../cluster/runtime/ids.ts'
import type { Item } from '../../../../sql/queries/shop.ts'
import type { Reply } from '../../feature.ts'
import type { Say } from '../../language.ts'
import { colour, linesWithin, plain } from '../../text.ts'
import { isListed, pageOf } from '../rules.ts'
import { at, pageButtons, pointsOf, row } from './parts.ts'

const itemsOnPage = 10

function adminLine(say: Say, item: Item): string {
  const stock =
    item.stockLeft === null || item.stockTotal === null
      ? say('shop:list.endless')
      : say('shop:list.stock', { left: item.stockLeft, total: item.stockTotal })
  const hours = item.limitWindowSeconds / 3600
  const details = [
    item.isActive ? undefined : say('shop:list.hidden'),
    item.isOver ? say('shop:list.over') : undefined,
    item.availableFrom !== null && item.isEarly ? say('shop:from', { when: at(item.availableFrom) }) : undefined,
    item.availableUntil !== null && !item.isOver ? say('shop:until', { when: at(item.availableUntil) }) : undefined,
    item.perUserLimit === null
      ? undefined
      : hours > 0
        ? say('shop:list.limit_hours', { count: item.perUserLimit, hours })
        : say('shop:list.limit', { count: item.perUserLimit }),
    item.requiredRoleId === null ? undefined : `<@&${item.requiredRoleId}>`,
    item.requirementTitle === null ? undefined : `“${plain(item.requirementTitle)}”`,
    item.itemType === 'raffle_tickets' ? say('shop:offer.tickets', { count: item.raffleTicketAmount }) : undefined,
  ].filter((part) => part !== undefined)
  const head = `${isListed(item) ? '🟢' : '⚫'} \`#${item.id}\` **${plain(item.name, 100)}** · ${pointsOf(say, item.price)} · ${stock}`
  return details.length === 0 ? head : `${head}\n-# ${details.join(' · ')}`
}

/** A page of all items, the hidden ones too. `note` stands above. */
export function listView(
  say: Say,
  p: { readonly guildId: GuildId; readonly items: readonly Item[]; readonly page: number; readonly note?: string },
): Reply {
  const { entries, page, pages } = pageOf(p.items, p.page, itemsOnPage)
  const lines = entries.map((item) => adminLine(say, item))
  const description = lines.length === 0 ? say('shop:list.none') : linesWithin(say, lines, 4096)
  return {
    content: p.note ?? '',
    embeds: [
      {
        color: colour,
        title: say('shop:list.title'),
        description,
        ...(pages > 1 ? { footer: { text: say('shop:page.of', { page: page + 1, pages }) } } : {}),
      },
    ],
    components: row(...pageButtons(say, { action: 'list', guildId: p.guildId, page, pages })),
  }
}
