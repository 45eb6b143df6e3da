import { UserError } from '../../../../cluster/runtime/errors.ts'
import type { GuildId, UserId } from '../../../../cluster/runtime/ids.ts'
import { Counter, registry } from '../../../../cluster/runtime/metrics.ts'
import type { Db } from '../../../../sql/client.ts'
import { type AuditEntry, audit } from '../../../../sql/queries/audit.ts'
import { owe } from '../../../../sql/queries/outbox.ts'
import { finishSale, holdSale, type Sale, saleOf } from '../../../../sql/queries/sales.ts'
import { oweNotices, putOneBack, touchFront } from '../../../../sql/queries/shop.ts'
import type { Say } from '../../language.ts'
import { points } from '../../points/index.ts'
import { raffle } from '../../raffle/index.ts'
import { awardRef, holdBalanceOf, oweOrder } from './buy.ts'

const ended = new Counter({
  name: 'bot_shop_orders_ended_total',
  help: 'Orders that were completed or refunded.',
  labelNames: ['outcome'],
  registers: [registry],
})

export interface Ending {
  readonly guildId: GuildId
  readonly id: number
  readonly by: { readonly source: AuditEntry['source']; readonly actorId: UserId | null }
  readonly reason: string | null
}

export type Ended =
  /** `tickets` is how many tickets for a raffle were taken back. */
  | { readonly kind: 'done'; readonly sale: Sale; readonly tickets: number }
  /** It stands otherwise already; nothing was done. */
  | { readonly kind: 'stands'; readonly sale: Sale }
  | { readonly kind: 'unknown' }

/** Marks an order as done, once. In the caller's transaction. */
export async function complete(db: Db, p: Ending): Promise<Ended> {
  const { guildId, id } = p
  const [sale] = await finishSale(db, {
    guildId,
    id,
    from: ['pending'],
    to: 'completed',
    by: p.by.actorId,
    reason: p.reason,
  })
  if (sale === undefined) return standing(await saleOf(db, { guildId, id }))
  await note(db, p, sale, 'shop.complete')
  return { kind: 'done', sale, tickets: 0 }
}

const standing = (sale: Sale | undefined): Ended =>
  sale === undefined ? { kind: 'unknown' } : { kind: 'stands', sale }

/**
 * Gives the points back, once, to whoever the buyer is called now; with `restores` the item is for sale again. What the buyer may have of the
 * item counts it no more, and its tickets are taken back from a raffle that is open. In one transaction, whose locks are taken in the order
 * of a purchase: the balance, the order, the item, the shop.
 */
export async function refund(db: Db, say: Say, p: Ending & { readonly restores: boolean }): Promise<Ended> {
  const { guildId, id } = p
  const held = await holdBalanceOf(db, guildId, async () => (await saleOf(db, { guildId, id }))?.username)
  // An order that is made just now could be held already, but before its balance.
  if (held === undefined) return { kind: 'unknown' }
  const sale = await holdSale(db, { guildId, id })
  if (sale === undefined) return { kind: 'unknown' }
  const [done] = await finishSale(db, {
    guildId,
    id,
    from: ['pending', 'completed'],
    to: 'refunded',
    by: p.by.actorId,
    reason: p.reason,
  })
  if (done === undefined) return { kind: 'stands', sale }
  const price = BigInt(done.pricePaid)
  if (price > 0n) {
    const booked = await points.book(db, {
      guildId,
      username: done.username,
      change: { kind: 'add', delta: price },
      entry: 'shop_refund',
      sourceRef: `shop:${id}:refund`,
      actorId: p.by.actorId,
      reason: `#${id} ${done.itemName}`,
      isUndo: true,
    })
    if (booked.kind !== 'done') throw new UserError('too_many', say('shop:error.too_many_points'))
  }
  if (p.restores && done.itemId !== null) await putBack(db, guildId, done.itemId)
  const tickets =
    done.itemType === 'raffle_tickets'
      ? await raffle.revoke(db, { guildId, sourceRef: awardRef(done), actorId: p.by.actorId, reason: `#${id}` })
      : 0
  await note(db, p, done, 'shop.refund')
  return { kind: 'done', sale: done, tickets }
}

async function putBack(db: Db, guildId: GuildId, itemId: number): Promise<void> {
  const [back] = await putOneBack(db, { guildId, id: itemId })
  if (back === undefined) return
  if (back.isBack) await oweNotices(db, { guildId, itemId, restocks: back.restocks })
  await touchFront(db, guildId)
}

/** Notes who ended an order, and owes that admins and the buyer hear of it. */
async function note(db: Db, p: Ending, sale: Sale, action: 'shop.complete' | 'shop.refund'): Promise<void> {
  const { guildId } = p
  await audit(db, [
    {
      guildId,
      source: p.by.source,
      actorId: p.by.actorId ?? undefined,
      action,
      subject: `#${sale.id}`,
      newValue: `${sale.itemName}: ${sale.pricePaid}`,
      reason: p.reason,
    },
  ])
  await oweOrder(db, guildId, sale)
  if (sale.userId !== null)
    await owe(db, [
      {
        guildId,
        kind: 'shop.told',
        sourceRef: `${sale.id}:${sale.status}`,
        payload: { userId: sale.userId, sale: sale.id },
      },
    ])
  ended.inc({ outcome: sale.status })
}
