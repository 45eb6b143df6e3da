import { Routes } from 'discord.js'
import { z } from 'zod'
import { type GuildId, type RoleId, roleId, userId } from '../../../cluster/runtime/ids.ts'
import { transaction } from '../../../sql/client.ts'
import { type Owed, owe } from '../../../sql/queries/outbox.ts'
import { noteMemberRoles, syncRoleSpans } from '../../../sql/queries/span.ts'
import { codeOf, discordCode, paymentFor } from '../discord.ts'
import type { OutboxPayer } from '../feature.ts'

const payload = z.object({ roleId: z.string(), run: z.string(), after: z.string() })
const page = z.array(z.object({ user: z.object({ id: z.string() }), roles: z.array(z.string()) }))
/** As many as Discord gives at once. */
const pageSize = 1_000

/** One page of a guild's members is owed to be looked at, for whom of them has a role that has begun to count. */
export const membersOf = (p: {
  readonly guildId: GuildId
  readonly roleId: RoleId
  /** Names the change that wants it. */
  readonly run: string
  /** Members behind this one, by id. */
  readonly after: string
}): Owed => ({
  guildId: p.guildId,
  kind: 'multipliers.members',
  sourceRef: `${p.run}:${p.roleId}:${p.after}`,
  payload: { roleId: p.roleId, run: p.run, after: p.after },
})

/**
 * Notes who of a page of members has a role, and owes the next page: once, when the role begins to count; changes are told by the gateway
 * from then on. Only done where the operator switched the members intent on, without which Discord lists nobody. Safe to repeat.
 */
export const payMembers: OutboxPayer = async (row, tools) => {
  const { run, after, ...rest } = payload.parse(row.payload)
  const { guildId } = row
  const role = roleId(rest.roleId)
  try {
    const query = new URLSearchParams({ limit: String(pageSize), after })
    const members = page.parse(await tools.rest.get(Routes.guildMembers(guildId), { query }))
    const holders = members.filter(({ roles }) => roles.includes(role)).map(({ user }) => userId(user.id))
    const last = members.at(-1)
    await transaction(tools.sql, async (db) => {
      await noteMemberRoles(
        db,
        holders.map((holder) => ({ guildId, userId: holder, roleId: role, has: true })),
      )
      await syncRoleSpans(db, { guildId, userIds: holders })
      if (last !== undefined && members.length === pageSize)
        await owe(db, [membersOf({ guildId, roleId: role, run, after: last.user.id })])
    })
    return { kind: 'paid' }
  } catch (error) {
    if (codeOf(error) === discordCode.missingAccess)
      return { kind: 'dead', reason: 'Discord does not list the members' }
    return paymentFor(error)
  }
}
