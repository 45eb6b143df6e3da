import type { GuildId, RoleId, UserId, Username } from '../../../../cluster/runtime/ids.ts'
import { Counter, registry } from '../../../../cluster/runtime/metrics.ts'
import { type Db, inSavepoint, type Sql, transaction } from '../../../../sql/client.ts'
import { tellDashboard } from '../../../../sql/queries/dashboard.ts'
import { owe } from '../../../../sql/queries/outbox.ts'
import {
  type Buyer,
  balanceOf,
  holdBalance,
  holdBuyer,
  insertSale,
  type Sale,
  saleFor,
  usedLimit,
} from '../../../../sql/queries/sales.ts'
import { readSettingsOf } from '../../../../sql/queries/settings.ts'
import { holdItem, type Item, itemOf, nextSale, takeOne, touchFront } from '../../../../sql/queries/shop.ts'
import { linkOf } from '../../links/index.ts'
import { points } from '../../points/index.ts'
import { raffle } from '../../raffle/index.ts'
import { type Closed, closedOf } from '../rules.ts'

const attempts = new Counter({
  name: 'bot_shop_purchases_total',
  help: 'Purchases that members confirmed, by what became of them.',
  labelNames: ['outcome'],
  registers: [registry],
})

/** Why somebody cannot buy an item now. */
export type Hindrance =
  | Closed
  | { readonly kind: 'no_link' | 'no_raffle' }
  | { readonly kind: 'limit'; readonly limit: number; readonly freeAt: Date | null }
  | { readonly kind: 'too_few'; readonly balance: bigint; readonly price: bigint; readonly rate: number }

/** What the buyer of an item sees before they decide. */
export interface Offer {
  readonly kind: 'offer'
  readonly item: Item
  readonly balance: bigint
}

export type Bought =
  | { readonly kind: 'done' | 'repeated'; readonly sale: Sale; readonly balance: bigint }
  /** It is another item by now, or costs something else: to be confirmed anew. */
  | { readonly kind: 'changed'; readonly offer: Offer }
  | { readonly kind: 'unanswered'; readonly offer: Offer }
  | Hindrance

export interface Who {
  readonly guildId: GuildId
  readonly userId: UserId
  readonly roles: readonly string[]
}

/** What a confirmation said, and what the buyer wrote. */
export interface Confirmed extends Who {
  readonly itemId: number
  readonly version: number
  readonly price: string
  /** Of the confirmation; the same one buys once. */
  readonly sourceRef: string
  readonly answer: string | null
  readonly note: string | null
  readonly locale: string
}

async function hindrance(
  db: Db,
  item: Item | undefined,
  buyer: Buyer,
  roles: readonly string[],
  balance: bigint,
): Promise<Hindrance | undefined> {
  const closed = closedOf(item, roles)
  if (closed !== undefined) return closed
  if (item === undefined) throw new Error('an item that is gone is closed')
  if (item.perUserLimit !== null) {
    const limit = item.perUserLimit
    const { used, freeAt } = await usedLimit(db, {
      ...buyer,
      itemId: item.id,
      limit,
      windowSeconds: item.limitWindowSeconds,
    })
    if (used >= limit) return { kind: 'limit', limit, freeAt }
  }
  const price = BigInt(item.price)
  if (balance >= price) return undefined
  const { points_per_5min: rate } = await readSettingsOf(db, buyer.guildId, ['points_per_5min'])
  return { kind: 'too_few', balance, price, rate }
}

/** What somebody would get, or why not; nothing is held, and nothing is promised. */
export async function offerOf(db: Db, who: Who, itemId: number): Promise<Offer | Hindrance> {
  const { guildId, userId } = who
  const [item, link] = await Promise.all([itemOf(db, { guildId, id: itemId }), linkOf(db, guildId, userId)])
  if (link === undefined) return { kind: 'no_link' }
  const buyer = { guildId, userId, username: link.kickName }
  const balance = BigInt(await balanceOf(db, buyer))
  const reason = await hindrance(db, item, buyer, who.roles, balance)
  if (reason !== undefined || item === undefined) return reason ?? { kind: 'gone' }
  return { kind: 'offer', item, balance }
}

/** Somebody is renamed while one waits for their balance; they have another name by the next look. */
const mostLooks = 5
class Renamed extends Error {
  override readonly name = 'Renamed'
}

/**
 * Holds the balance of somebody under the name that they go by; undefined when they go by none. Whoever renames them waits from here on. What
 * was held under a name that is old by then is let go, so that nobody ever waits for one name while holding another.
 */
export async function holdBalanceOf(
  db: Db,
  guildId: GuildId,
  nameNow: () => Promise<Username | undefined>,
): Promise<{ readonly username: Username; readonly balance: bigint } | undefined> {
  for (let look = 0; look < mostLooks; look++) {
    const username = await nameNow()
    if (username === undefined) return undefined
    try {
      return await inSavepoint(db, async () => {
        const balance = BigInt(await holdBalance(db, { guildId, username }))
        if ((await nameNow()) !== username) throw new Renamed('the name is another by now')
        return { username, balance }
      })
    } catch (error) {
      if (!(error instanceof Renamed)) throw error
    }
  }
  throw new Error('somebody has a new name at every look')
}

/**
 * Buys one of an item, once for each confirmation; repeated, it gives what it gave. What is refused changes nothing. In one transaction, which
 * takes its locks in this order: the member, the balance, the item, the shop; so that two of them never wait for each other. Points leave
 * through the ledger, orders through the outbox.
 */
export async function buy(db: Db, p: Confirmed): Promise<Bought> {
  const { guildId, userId } = p
  await holdBuyer(db, { guildId, userId })
  const held = await holdBalanceOf(db, guildId, async () => (await linkOf(db, guildId, userId))?.kickName)
  const sourceRef = `${userId}:${p.sourceRef}`
  const known = await saleFor(db, { guildId, sourceRef })
  if (known !== undefined) return { kind: 'repeated', sale: known, balance: held?.balance ?? 0n }
  if (held === undefined) return { kind: 'no_link' }
  const { username, balance } = held
  const buyer = { guildId, userId, username }
  const item = await holdItem(db, { guildId, id: p.itemId })
  const reason = await hindrance(db, item, buyer, p.roles, balance)
  if (reason !== undefined || item === undefined) return reason ?? { kind: 'gone' }
  const offer: Offer = { kind: 'offer', item, balance }
  if (item.version !== p.version || item.price !== p.price) return { kind: 'changed', offer }
  if (item.requirementTitle !== null && p.answer === null) return { kind: 'unanswered', offer }
  const [taken] = await takeOne(db, { guildId, id: item.id })
  if (taken === undefined) return { kind: 'sold_out' }
  if (taken.stockLeft !== null) await touchFront(db, guildId)
  const id = await nextSale(db, guildId)
  const left = await pay(db, { ...buyer, price: BigInt(item.price), id, name: item.name, balance })
  const [sale] = await insertSale(db, {
    ...buyer,
    id,
    itemId: item.id,
    itemName: item.name,
    itemType: item.itemType,
    raffleTicketAmount: item.raffleTicketAmount,
    price: item.price,
    isComplete: item.itemType === 'raffle_tickets',
    requirementTitle: item.requirementTitle,
    requirementInput: item.requirementTitle === null ? null : p.answer,
    notes: p.note,
    locale: p.locale,
    sourceRef,
  })
  if (sale === undefined) throw new Error('a sale was not written')
  if (sale.itemType === 'raffle_tickets') await award(db, buyer, sale)
  await oweOrder(db, guildId, sale)
  await tell(db, buyer, sale)
  return { kind: 'done', sale, balance: left }
}

/** Thrown to undo a purchase of tickets that nobody could be given. */
class NoRaffle extends Error {
  override readonly name = 'NoRaffle'
}

/** Buys in a transaction of its own; counted by what became of it. */
export async function purchase(sql: Sql, p: Confirmed): Promise<Bought> {
  const bought = await transaction(sql, (db) => buy(db, p)).catch((error: unknown): Bought => {
    if (error instanceof NoRaffle) return { kind: 'no_raffle' }
    throw error
  })
  attempts.inc({ outcome: bought.kind })
  return bought
}

/** What tickets are given for, and taken back for. */
export const awardRef = (sale: Pick<Sale, 'id'>): string => `shop:${sale.id}`

async function award(db: Db, { guildId, username, userId }: Buyer, sale: Sale): Promise<void> {
  const [awarded] = await raffle.award(db, [
    {
      guildId,
      username,
      source: 'shop',
      tickets: sale.raffleTicketAmount,
      sourceRef: awardRef(sale),
      at: sale.purchasedAt.getTime(),
      actorId: userId,
      reason: `#${sale.id} ${sale.itemName}`,
    },
  ])
  if (awarded?.outcome === 'no_period') throw new NoRaffle('no raffle is open')
  if (awarded?.outcome !== 'credited' && awarded?.outcome !== 'pending')
    throw new Error(`tickets were not given: ${awarded?.outcome}`)
}

/** Tells the dashboard, with the fields of the bot before. */
const tell = (db: Db, { guildId, username, userId }: Buyer, sale: Sale) =>
  tellDashboard(db, [
    {
      guildId,
      area: 'shop',
      action: 'new_purchase',
      data: {
        sale_id: String(sale.id),
        item_id: sale.itemId === null ? null : String(sale.itemId),
        item_name: sale.itemName,
        buyer: username,
        price: sale.pricePaid,
        discord_id: userId,
        status: sale.status,
      },
      ref: String(sale.id),
    },
  ])

async function pay(
  db: Db,
  p: Buyer & { readonly price: bigint; readonly id: number; readonly name: string; readonly balance: bigint },
): Promise<bigint> {
  if (p.price === 0n) return p.balance
  const booked = await points.book(db, {
    guildId: p.guildId,
    username: p.username,
    change: { kind: 'add', delta: -p.price },
    entry: 'shop',
    sourceRef: `shop:${p.id}`,
    actorId: p.userId,
    reason: `#${p.id} ${p.name}`,
  })
  if (booked.kind !== 'done') throw new Error(`a purchase was not paid: ${booked.kind}`)
  return booked.balance
}

/** Owes that the order is shown to admins as it is now. */
export const oweOrder = (db: Db, guildId: GuildId, sale: Pick<Sale, 'id' | 'status'>) =>
  owe(db, [{ guildId, kind: 'shop.order', sourceRef: `${sale.id}:${sale.status}`, payload: { sale: sale.id } }])

/** The roles of whoever uses something; the cache of members is empty, so they stand in the interaction. */
export function rolesOf(
  member: { readonly roles: readonly string[] | { readonly cache: ReadonlyMap<RoleId | string, unknown> } } | null,
): readonly string[] {
  if (member === null) return []
  return 'cache' in member.roles ? [...member.roles.cache.keys()] : member.roles
}
