import { createHash } from 'node:crypto'
import type { RoleId } from '../../../cluster/runtime/ids.ts'
import { blockMinutes } from '../../../sql/queries/points.ts'
import type { Item, ItemTerms } from '../../../sql/queries/shop.ts'

/** As long as an item's parts may be, and as many as a shop takes. Discord's own limits are no smaller. */
export const limits = {
  name: 100,
  description: 1000,
  image: 1000,
  question: 45,
  hint: 100,
  answer: 200,
  note: 200,
  items: 250,
  price: 1_000_000_000_000,
  stock: 1_000_000,
  perUser: 10_000,
  windowHours: 8_760,
  tickets: 1_000_000,
} as const

/** As many as a menu of Discord's holds. */
export const pageSize = 25
/** The message in the channel is edited no more often. */
export const frontRestMs = 60_000

/** Items that members see: on sale, sold out, or to come. */
export const isListed = (item: Item): boolean => item.isActive && !item.isOver

export const isSoldOut = (item: Pick<Item, 'stockLeft'>): boolean => item.stockLeft === 0

/** A page of a list, and how many pages there are; a page that is not there is the last one. */
export function pageOf<T>(
  list: readonly T[],
  page: number,
  size: number = pageSize,
): { readonly entries: readonly T[]; readonly page: number; readonly pages: number } {
  const pages = Math.max(1, Math.ceil(list.length / size))
  const shown = Math.min(Math.max(0, page), pages - 1)
  return { entries: list.slice(shown * size, (shown + 1) * size), page: shown, pages }
}

/** Why an item cannot be had at all, whoever asks and whatever they have; undefined when it can. */
export type Closed =
  | { readonly kind: 'gone' }
  | { readonly kind: 'early'; readonly from: Date }
  | { readonly kind: 'over' }
  | { readonly kind: 'role'; readonly roleId: RoleId }
  | { readonly kind: 'sold_out' }

export function closedOf(item: Item | undefined, roles: readonly string[]): Closed | undefined {
  if (item === undefined || !item.isActive) return { kind: 'gone' }
  if (item.isEarly && item.availableFrom !== null) return { kind: 'early', from: item.availableFrom }
  if (item.isOver) return { kind: 'over' }
  if (item.requiredRoleId !== null && !roles.includes(item.requiredRoleId))
    return { kind: 'role', roleId: item.requiredRoleId }
  return isSoldOut(item) ? { kind: 'sold_out' } : undefined
}

/** About how many minutes of watching so many points are; undefined when watching earns nothing, or more than a year would not do. */
export function minutesFor(points: bigint, rate: number): number | undefined {
  if (rate <= 0) return undefined
  const minutes = ((points + BigInt(rate) - 1n) / BigInt(rate)) * BigInt(blockMinutes)
  return minutes > 525_600n ? undefined : Number(minutes)
}

/** When an item next appears or goes by itself. */
export const nextChange = (terms: Pick<ItemTerms, 'availableFrom' | 'availableUntil'>, now: number): Date | undefined =>
  [terms.availableFrom, terms.availableUntil]
    .filter((at) => at !== null)
    .sort((a, b) => a.getTime() - b.getTime())
    .find((at) => at.getTime() > now)

/** The address of a picture, or undefined when Discord could not show it to everybody: https, a host name, no user in it. */
export function readImage(typed: string): string | undefined {
  if (typed.length > limits.image || !URL.canParse(typed.trim())) return undefined
  const url = new URL(typed.trim())
  const isNamed = /^[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}$/i.test(url.hostname)
  return url.protocol === 'https:' && url.username === '' && url.password === '' && url.port === '' && isNamed
    ? url.href
    : undefined
}

/** `2026-03-01` or `2026-03-01 18:00`, as PostgreSQL reads it; undefined when there is no such day. */
export function readLocalTime(typed: string): string | undefined {
  const [, year, month, day, hour = '00', minute = '00'] =
    /^\s*(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2}))?\s*$/.exec(typed) ?? []
  if (year === undefined) return undefined
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:00Z`)
  const text = `${year}-${month}-${day} ${hour}:${minute}`
  return !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 16).replace('T', ' ') === text ? text : undefined
}

/** The number of an item or an order in a custom id or a menu. */
export const readNumber = (text: string | undefined): number => (/^\d{1,9}$/.test(text ?? '') ? Number(text) : 0)

/** What tells whether a message has to be edited. */
export const hashOf = (message: object): string => createHash('sha256').update(JSON.stringify(message)).digest('hex')
