/** What several views of the shop have in common. Pure. */
import {
  type APIActionRowComponent,
  type APIButtonComponent,
  type APIComponentInMessageActionRow,
  type APIStringSelectComponent,
  ButtonStyle,
  ComponentType,
} from 'discord.js'
import type { GuildId } from '../../../../cluster/runtime/ids.ts'
import type { Item } from '../../../../sql/queries/shop.ts'
import type { Say } from '../../language.ts'
import { plain } from '../../text.ts'
import { isSoldOut } from '../rules.ts'

export const pointsOf = (say: Say, points: bigint | string): string =>
  say('common:points', { count: points.toString() })

/** Discord writes it in the reader's own time zone. */
export const at = (instant: Date): string => `<t:${Math.floor(instant.getTime() / 1000)}:f>`

/** `shop:<action>:<guild>[:…]`. */
export const idOf = (action: string, guildId: GuildId, ...args: readonly (string | number)[]): string =>
  ['shop', action, guildId, ...args].join(':')

export const button = (
  customId: string,
  label: string,
  more: {
    style?: ButtonStyle.Primary | ButtonStyle.Success | ButtonStyle.Danger
    emoji?: string
    isOff?: boolean
  } = {},
): APIButtonComponent => ({
  type: ComponentType.Button,
  style: more.style ?? ButtonStyle.Secondary,
  custom_id: customId,
  label,
  ...(more.emoji === undefined ? {} : { emoji: { name: more.emoji } }),
  ...(more.isOff === true ? { disabled: true } : {}),
})

export type Row = APIActionRowComponent<APIComponentInMessageActionRow>

/** A row, or none where there is nothing in it. */
export const row = (...components: readonly APIComponentInMessageActionRow[]): Row[] =>
  components.length === 0 ? [] : [{ type: ComponentType.ActionRow, components: [...components] }]

/** Buttons to the pages before and after; none where there is one page. */
export const pageButtons = (
  say: Say,
  p: { readonly action: string; readonly guildId: GuildId; readonly page: number; readonly pages: number },
): APIButtonComponent[] =>
  p.pages <= 1
    ? []
    : [
        button(idOf(p.action, p.guildId, p.page - 1, 'back'), say('shop:page.back'), { isOff: p.page === 0 }),
        button(idOf(p.action, p.guildId, p.page + 1, 'on'), say('shop:page.on'), { isOff: p.page >= p.pages - 1 }),
      ]

/** What is left of an item, or when it can be had; nothing where there is no end of it. */
export function stateOf(say: Say, item: Item): string | undefined {
  if (isSoldOut(item)) return say('shop:sold_out')
  if (item.stockLeft !== null) return say('shop:left', { count: item.stockLeft })
  return undefined
}

/** A menu of at most 25 items. */
export const itemMenu = (
  say: Say,
  p: { readonly action: string; readonly guildId: GuildId; readonly items: readonly Item[] },
): APIStringSelectComponent => ({
  type: ComponentType.StringSelect,
  custom_id: idOf(p.action, p.guildId),
  placeholder: say('shop:menu'),
  options: p.items.map((item) => ({
    label: item.name.slice(0, 100),
    value: String(item.id),
    description: [pointsOf(say, item.price), stateOf(say, item)]
      .filter((part) => part !== undefined)
      .join(' · ')
      .slice(0, 100),
  })),
})

const briefly = 120

/** An item in a list: its name, its price, what is left, and a line about it. */
export function itemLine(say: Say, item: Item): string {
  const parts = [`**${plain(item.name, 100)}**`, pointsOf(say, item.price), stateOf(say, item)]
  const when =
    item.isEarly && item.availableFrom !== null ? say('shop:from', { when: at(item.availableFrom) }) : undefined
  const until = item.availableUntil === null ? undefined : say('shop:until', { when: at(item.availableUntil) })
  const head = [...parts, when ?? until].filter((part) => part !== undefined).join(' · ')
  return item.description === null ? head : `${head}\n-# ${plain(item.description, briefly)}`
}
