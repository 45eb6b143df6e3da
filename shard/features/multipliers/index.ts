import type { GuildId, RoleId, UserId } from '../../../cluster/runtime/ids.ts'
import type { Db } from '../../../sql/client.ts'
import { factorsOf } from '../../../sql/queries/multiplier.ts'
import { countedRoles, noteMemberRoles, pruneSpans, syncRoleSpans } from '../../../sql/queries/span.ts'
import { defineFeature } from '../feature.ts'
import { multiplier } from './command.ts'
import { howToEarn } from './earning.ts'
import { memberLeft, memberSeen } from './event.ts'
import { payMembers } from './outbox.ts'
import { factorsLine } from './view.ts'

/** What a minute counts for: for everybody, by role, for subscribers, for a while. */
export const multipliersFeature = defineFeature({
  name: 'multipliers',
  earning: howToEarn,
  commands: [multiplier],
  gateway: { memberSeen, memberLeft },
  outbox: { 'multipliers.members': payMembers },
})

/** Notes that the bot gave a role to a member or took it; in a transaction. */
async function noteRole(
  db: Db,
  p: { readonly guildId: GuildId; readonly userId: UserId; readonly roleId: RoleId; readonly has: boolean },
): Promise<void> {
  if ((await noteMemberRoles(db, [p])) > 0) await syncRoleSpans(db, { guildId: p.guildId, userIds: [p.userId] })
}

/** Has roles count for the viewers whose members have them, in those of these guilds in which some do: links may have changed. */
async function sync(db: Db, guilds: readonly GuildId[]): Promise<void> {
  const guildIds = [...new Set((await countedRoles(db, guilds)).map(({ guildId }) => guildId))]
  if (guildIds.length === 0) return
  await syncRoleSpans(db, { guildIds })
  await pruneSpans(db, guildIds)
}

/** What other rooms may call; `of` gives the factors of a viewer now, and `line` says them. */
export const multipliers = { noteRole, sync, of: factorsOf, line: factorsLine }
