import { guildId, kickUserId, roleId, userId, username } from '../../../cluster/runtime/ids.ts'
import type { Sql } from '../../../sql/client.ts'
import { aSlotAgo } from '../../support/builders.ts'
import { idOfGuild } from '../../support/plan.ts'

/**
 * How to call one query. A query that reads a whole table, or rows of a guild without naming the guild, says so here, table by
 * table, and why that is right: whoever reviews a new entry reviews that sentence.
 */
export interface Sample {
  /** Calls that together send every statement of the function; on a pool of one connection. */
  readonly calls: readonly ((sql: Sql) => PromiseLike<unknown>)[]
  readonly readsAllOf?: Readonly<Record<string, string>>
  readonly acrossGuilds?: Readonly<Record<string, string>>
  /** It takes a thousand rows and more at once: of the tables of this test that is a large part, of those in life a small one. */
  readonly takesMany?: boolean
}

// Row n of every table is about guild n and about "viewer<n>"; see `fillTables`.
export const id = guildId(idOfGuild(7))
export const other = guildId(idOfGuild(8))
export const unknownGuild = guildId(idOfGuild(999_999))
export const member = userId('8')
export const kickUser = kickUserId('8')
export const viewer = username('viewer7')
export const role = roleId('8')
export const guildIds = [id, other]
export const usernames = [viewer, username('viewer8')]
export const person = { guildId: id, userId: member, username: viewer, kickUserId: '8' }
export const now = Math.floor(Date.now() / 1000)
export const accounts = {
  guildIds,
  kickUserIds: [kickUserId('8'), kickUserId('9')],
  usernames: [username('renamed'), username('viewer8')],
  displayNames: ['Renamed', 'Viewer8'],
  seenAt: [now, now],
}
export const ticks = guildIds.map((each) => ({ guildId: each, slot: aSlotAgo(0) }))
let made = 0
export const nextNumber = (): number => 100_000 + ++made
export const aState = (): string => `state ${nextNumber()}`
