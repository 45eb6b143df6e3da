import { type UserId, userId } from '../../../../cluster/runtime/ids.ts'
import { transaction } from '../../../../sql/client.ts'
import { type ItemTerms, noteBack, oweNotices, resetLimits, touchFront } from '../../../../sql/queries/shop.ts'
import type { OutboxPayer, Payment } from '../../feature.ts'
import { speak } from '../../language.ts'
import { add, type Change, edit, remove } from '../command/change.ts'
import { noTerms } from '../command/terms.ts'
import { type ItemChange, itemChange } from '../dashboard.ts'

const paid: Payment = { kind: 'paid' }

const isGiven = <T>(value: T | undefined): value is T => value !== undefined

const termsOf = (before: ItemTerms, data: ItemChange): ItemTerms => ({
  ...before,
  ...(isGiven(data.name) && { name: data.name }),
  ...(isGiven(data.description) && { description: data.description }),
  ...(isGiven(data.image_url) && { imageUrl: data.image_url }),
  ...(isGiven(data.price) && { price: String(data.price) }),
  ...(isGiven(data.is_active) && { isActive: data.is_active }),
  ...(isGiven(data.per_user_limit) && { perUserLimit: (data.per_user_limit ?? 0) > 0 ? data.per_user_limit : null }),
  ...(isGiven(data.limit_window_seconds) && { limitWindowSeconds: data.limit_window_seconds }),
  ...(isGiven(data.requirement_title) && { requirementTitle: data.requirement_title }),
  ...(isGiven(data.requirement_footer) && { requirementFooter: data.requirement_footer }),
})

const stockOf = (stock: number | null): number | null => (stock === null || stock < 0 ? null : stock)

/** Adds, changes or removes an item for the dashboard. A row that it has written by itself is only shown. */
export const payItem: OutboxPayer = async (row, tools) => {
  const { guildId } = row
  const data = itemChange.parse(row.payload)
  const actorId: UserId | null = data.actor_id === undefined ? null : userId(data.actor_id)
  const change: Change = { guildId, by: { source: 'dashboard', actorId }, now: tools.clock.now() }
  const { item_id: id, name, price, stock } = data
  const isDone = await transaction(tools.sql, async (db) => {
    if (data.type === 'create' && name !== undefined && price !== undefined) {
      await add(db, speak('en'), { ...change, terms: termsOf(noTerms, data), stock: stockOf(stock ?? null) })
      return true
    }
    if (data.type === 'create') {
      await touchFront(db, guildId)
      return true
    }
    if (id === undefined) return false
    if (data.type === 'restocked') {
      const [back] = await noteBack(db, { guildId, id })
      if (back !== undefined) await oweNotices(db, { guildId, itemId: id, restocks: back.restocks })
      await touchFront(db, guildId)
      return true
    }
    if (data.type === 'delete') {
      if ((await remove(db, { ...change, id })) === undefined) await touchFront(db, guildId)
      return true
    }
    const before = await edit(db, {
      ...change,
      id,
      next: (held) => ({
        terms: termsOf(held, data),
        stockTotal: isGiven(stock) ? stockOf(stock) : held.stockTotal,
        stockLeft: isGiven(stock) ? stockOf(stock) : held.stockLeft,
      }),
    })
    return before !== undefined
  })
  tools.wakeOutbox()
  return isDone ? paid : { kind: 'dead', reason: 'there is no such item' }
}

/** Purchases until now do not count towards limits any more. */
export const payReset: OutboxPayer = async ({ guildId }, { sql }) => {
  await resetLimits(sql, guildId)
  return paid
}
