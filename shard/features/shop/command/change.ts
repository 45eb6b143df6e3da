import { UserError } from '../../../../cluster/runtime/errors.ts'
import type { GuildId, UserId } from '../../../../cluster/runtime/ids.ts'
import type { Db } from '../../../../sql/client.ts'
import { type AuditEntry, audit } from '../../../../sql/queries/audit.ts'
import { cancelJob, scheduleJobs } from '../../../../sql/queries/job.ts'
import {
  addItem,
  holdItem,
  type Item,
  type ItemTerms,
  oweNotices,
  removeItem,
  touchFront,
  writeItem,
} from '../../../../sql/queries/shop.ts'
import type { Say } from '../../language.ts'
import { limits, nextChange } from '../rules.ts'

/** The job that has the shop shown again when an item appears or goes by itself; its ref is the item. */
export const windowJob = 'shop.window'

export interface Change {
  readonly guildId: GuildId
  readonly by: { readonly source: AuditEntry['source']; readonly actorId: UserId | null }
  /** Milliseconds. */
  readonly now: number
}

const written = (item: ItemTerms & { readonly stockLeft: number | null }): string =>
  JSON.stringify({
    name: item.name,
    price: item.price,
    stock: item.stockLeft,
    isActive: item.isActive,
    limit: item.perUserLimit,
    limitSeconds: item.limitWindowSeconds,
    question: item.requirementTitle,
    role: item.requiredRoleId,
    from: item.availableFrom,
    until: item.availableUntil,
    tickets: item.raffleTicketAmount,
  })

const note = (db: Db, p: Change, id: number, action: string, before: string | null, after: string | null) =>
  audit(db, [
    {
      guildId: p.guildId,
      source: p.by.source,
      actorId: p.by.actorId ?? undefined,
      action,
      subject: `#${id}`,
      oldValue: before,
      newValue: after,
    },
  ])

/** Has the shop shown again when an item appears or goes by itself, or not any more. In the transaction that writes the item. */
export async function planWindow(
  db: Db,
  p: Change,
  id: number,
  terms: Pick<ItemTerms, 'availableFrom' | 'availableUntil'>,
): Promise<void> {
  const runAt = nextChange(terms, p.now)
  const job = { guildId: p.guildId, kind: windowJob, ref: String(id) }
  if (runAt === undefined) await cancelJob(db, job)
  else await scheduleJobs(db, [{ ...job, runAt }])
}

/** Adds an item; gives its number. Throws a `UserError` when the shop is full. In the caller's transaction. */
export async function add(db: Db, say: Say, p: Change & { terms: ItemTerms; stock: number | null }): Promise<number> {
  const { guildId, terms, stock } = p
  const id = await addItem(db, { guildId, terms, stock, userId: p.by.actorId, most: limits.items })
  if (id === undefined) throw new UserError('too_many', say('shop:error.too_many_items', { max: limits.items }))
  await touchFront(db, guildId)
  await note(db, p, id, 'shop.add', null, written({ ...terms, stockLeft: stock }))
  await planWindow(db, p, id, terms)
  return id
}

export interface Next {
  readonly terms: ItemTerms
  readonly stockTotal: number | null
  readonly stockLeft: number | null
}

/**
 * Changes an item to what `next` makes of it; gives the item before, undefined when there is none. Who waits for it is told when it is back
 * by that. In the caller's transaction.
 */
export async function edit(
  db: Db,
  p: Change & { readonly id: number; next(item: Item): Next | Promise<Next> },
): Promise<Item | undefined> {
  const { guildId, id } = p
  const before = await holdItem(db, { guildId, id })
  if (before === undefined) return undefined
  const next = await p.next(before)
  const [now] = await writeItem(db, { guildId, id, ...next, userId: p.by.actorId })
  if (now?.isBack === true) await oweNotices(db, { guildId, itemId: id, restocks: now.restocks })
  await touchFront(db, guildId)
  await note(db, p, id, 'shop.edit', written(before), written({ ...next.terms, stockLeft: next.stockLeft }))
  await planWindow(db, p, id, next.terms)
  return before
}

/** Adds so many to what is left; an item without an end stays as it is. */
export const moreOf = (item: Item, amount: number): Next => ({
  terms: item,
  stockTotal: item.stockTotal === null ? null : Math.min(item.stockTotal + amount, 2_147_483_647),
  stockLeft: item.stockLeft === null ? null : Math.min(item.stockLeft + amount, limits.stock),
})

/** Takes an item out of the shop; gives its name, undefined when there is none. In the caller's transaction. */
export async function remove(db: Db, p: Change & { readonly id: number }): Promise<string | undefined> {
  const { guildId, id } = p
  const [removed] = await removeItem(db, { guildId, id, userId: p.by.actorId })
  if (removed === undefined) return undefined
  await touchFront(db, guildId)
  await note(db, p, id, 'shop.remove', removed.name, null)
  await cancelJob(db, { guildId, kind: windowJob, ref: String(id) })
  return removed.name
}
