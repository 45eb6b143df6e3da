import type { GuildId, RoleId } from '../../../cluster/runtime/ids.ts'

interface Role {
  readonly id: RoleId
  readonly name: string
  /** Whether the bot can give it. */
  readonly canBeGiven: boolean
}

/**
 * Which role each name means, as far as there is one: exactly that name, never @everyone; of several the one that can be given, and of
 * those the oldest. A role is meant once.
 */
export function rolesNamed(
  names: readonly string[],
  roles: readonly Role[],
  guildId: GuildId,
): { readonly roleName: string; readonly roleId: RoleId }[] {
  return names.flatMap((roleName) => {
    const [role] = roles
      .filter(({ id, name }) => name === roleName && String(id) !== guildId)
      .sort((a, b) => Number(b.canBeGiven) - Number(a.canBeGiven) || (BigInt(a.id) < BigInt(b.id) ? -1 : 1))
    return role === undefined ? [] : [{ roleName, roleId: role.id }]
  })
}
