import { UserError } from '../../../../cluster/runtime/errors.ts'
import type { GuildId, UserId } from '../../../../cluster/runtime/ids.ts'
import type { Db } from '../../../../sql/client.ts'
import { oweNotices, touchFront } from '../../../../sql/queries/shop.ts'
import { addMissing, changeItems, countNew, holdItems, itemsMissing } from '../../../../sql/queries/shopimport.ts'
import type { Say } from '../../language.ts'
import { limits } from '../rules.ts'
import { planWindow, remove } from './change.ts'

/**
 * Brings the items of a file into the shop: those that have the name of an item here change it, the others are added. When the file stands
 * for the whole shop, what is not in it is removed, and what is left is as the file says. Throws a `UserError` when the shop would be too
 * full. In the caller's transaction, as its last locks.
 */
export async function bringItems(
  db: Db,
  say: Say,
  p: {
    readonly guildId: GuildId
    readonly by: UserId
    /** A JSON list of rows with the columns of items. */
    readonly rows: string
    readonly isWhole: boolean
    /** Milliseconds. */
    readonly now: number
  },
): Promise<void> {
  const { guildId, rows, isWhole, now, by: userId } = p
  const change = { guildId, by: { source: 'import', actorId: userId }, now } as const
  const [held] = await holdItems(db, guildId)
  const missing = isWhole ? await itemsMissing(db, { guildId, rows }) : []
  const count = await countNew(db, { guildId, rows })
  if ((held?.items ?? 0) - missing.length + count > limits.items)
    throw new UserError('too_many', say('shop:error.too_many_items', { max: limits.items }))
  for (const { id } of missing) await remove(db, { ...change, id })
  const changed = await changeItems(db, { guildId, rows, isWhole, userId })
  for (const { id, restocks, isBack } of changed) if (isBack) await oweNotices(db, { guildId, itemId: id, restocks })
  const added = count === 0 ? [] : await addMissing(db, { guildId, rows, userId, count })
  for (const item of [...changed, ...added]) await planWindow(db, change, item.id, item)
  await touchFront(db, guildId)
}
