import { Routes } from 'discord.js'
import { z } from 'zod'
import { type GuildId, roleId, type UserId, userId } from '../../../../cluster/runtime/ids.ts'
import { transaction } from '../../../../sql/client.ts'
import { type ItemTerms, noteBack, oweNotices, resetLimits, touchFront } from '../../../../sql/queries/shop.ts'
import { paymentFor } from '../../discord.ts'
import type { OutboxPayer, Payment, Tools } from '../../feature.ts'
import { speak } from '../../language.ts'
import { add, type Change, edit, remove } from '../command/change.ts'
import { noTerms } from '../command/terms.ts'
import { type ItemChange, itemChange } from '../dashboard.ts'

const paid: Payment = { kind: 'paid' }

const isGiven = <T>(value: T | undefined): value is T => value !== undefined

/** Tickets are sold by an amount; the kind alone only says whether there is one. */
function ticketsOf(before: ItemTerms, data: ItemChange): Pick<ItemTerms, 'itemType' | 'raffleTicketAmount'> {
  const amount = data.item_type === 'custom' ? 0 : (data.raffle_ticket_amount ?? before.raffleTicketAmount)
  return { itemType: amount > 0 ? 'raffle_tickets' : 'custom', raffleTicketAmount: amount }
}

const dateOf = (at: string | null): Date | null => (at === null ? null : new Date(at))

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
  ...(isGiven(data.required_role_id) && {
    requiredRoleId: data.required_role_id === null ? null : roleId(data.required_role_id),
  }),
  ...(isGiven(data.available_from) && { availableFrom: dateOf(data.available_from) }),
  ...(isGiven(data.available_until) && { availableUntil: dateOf(data.available_until) }),
  ...ticketsOf(before, data),
})

/** What no item can be, whatever the dashboard says of it; admins see it among what could not be done. */
class Refused extends Error {}

function checked(terms: ItemTerms, data: ItemChange): ItemTerms {
  const { availableFrom: from, availableUntil: until } = terms
  if (from !== null && until !== null && until <= from) throw new Refused('the item would go before it comes')
  if (data.item_type === 'raffle_tickets' && terms.raffleTicketAmount === 0)
    throw new Refused('an item of tickets needs raffle_ticket_amount')
  return terms
}

const rolesForm = z.array(z.object({ id: z.string() }))

/** Whether an item may ask for this role: one of the guild's own. */
const isRoleOf = async (guildId: GuildId, role: string, { rest }: Tools): Promise<boolean> =>
  rolesForm.parse(await rest.get(Routes.guildRoles(guildId))).some(({ id }) => id === role)

const stockOf = (stock: number | null): number | null => (stock === null || stock < 0 ? null : stock)

/** Adds, changes or removes an item for the dashboard. A row that it has written by itself is only shown. */
export const payItem: OutboxPayer = async (row, tools) => {
  const { guildId } = row
  const data = itemChange.parse(row.payload)
  const actorId: UserId | null = data.actor_id === undefined ? null : userId(data.actor_id)
  const change: Change = { guildId, by: { source: 'dashboard', actorId }, now: tools.clock.now() }
  const role = data.required_role_id ?? null
  try {
    if (role !== null && !(await isRoleOf(guildId, role, tools)))
      return { kind: 'dead', reason: 'required_role_id is no role of this server' }
    const isDone = await write(change, data, tools)
    tools.wakeOutbox()
    return isDone ? paid : { kind: 'dead', reason: 'there is no such item' }
  } catch (error) {
    return error instanceof Refused ? { kind: 'dead', reason: error.message } : paymentFor(error)
  }
}

/** Gives whether there is such an item. */
function write(change: Change, data: ItemChange, { sql }: Tools): Promise<boolean> {
  const { guildId } = change
  const { item_id: id, name, price, stock } = data
  return transaction(sql, async (db) => {
    if (data.type === 'create' && name !== undefined && price !== undefined) {
      await add(db, speak('en'), {
        ...change,
        terms: checked(termsOf(noTerms, data), data),
        stock: stockOf(stock ?? null),
      })
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
        terms: checked(termsOf(held, data), data),
        stockTotal: isGiven(stock) ? stockOf(stock) : held.stockTotal,
        stockLeft: isGiven(stock) ? stockOf(stock) : held.stockLeft,
      }),
    })
    return before !== undefined
  })
}

/** Purchases until now do not count towards limits any more. */
export const payReset: OutboxPayer = async ({ guildId }, { sql }) => {
  await resetLimits(sql, guildId)
  return paid
}
