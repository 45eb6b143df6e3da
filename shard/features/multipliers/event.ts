import { transaction } from '../../../sql/client.ts'
import { countedRolesOf, forgetMemberRoles, noteMemberRoles, syncRoleSpans } from '../../../sql/queries/span.ts'
import type { GatewayEvents } from '../feature.ts'

/** What Discord shows of a member's roles; writes only what is news about roles that count. */
export const memberSeen: NonNullable<GatewayEvents['memberSeen']> = async ({ guildId, userId, roleIds }, { sql }) => {
  const counted = await countedRolesOf(sql, { guildId, userId })
  const news = counted.filter(({ roleId, isKnown }) => roleIds.includes(roleId) !== isKnown)
  // A member who has just linked brings along roles that are known; only now they belong to a viewer.
  if (news.length === 0 && !counted.some(({ isKnown }) => isKnown)) return
  await transaction(sql, async (db) => {
    await noteMemberRoles(
      db,
      news.map(({ roleId, isKnown }) => ({ guildId, userId, roleId, has: !isKnown })),
    )
    await syncRoleSpans(db, { guildId, userIds: [userId] })
  })
}

/** Whoever leaves has no role any more. */
export const memberLeft: NonNullable<GatewayEvents['memberLeft']> = async ({ guildId, userId }, { sql }) =>
  transaction(sql, async (db) => {
    if (await forgetMemberRoles(db, { guildId, userId })) await syncRoleSpans(db, { guildId, userIds: [userId] })
  })
