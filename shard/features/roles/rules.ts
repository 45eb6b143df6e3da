/** Why the bot cannot give or take a role now. */
export type RoleObstacle = 'role_gone' | 'role_managed' | 'no_permission' | 'role_too_high'

/** What the bot may do with roles in one guild. */
export interface Power {
  /** Whether it has the permission Manage Roles, or is an administrator. */
  readonly canManageRoles: boolean
  /** Position of its highest role; it can give only roles below it. */
  readonly topPosition: number
  readonly roles: ReadonlyMap<string, { readonly name: string; readonly position: number; readonly managed: boolean }>
}

/** What keeps the bot from giving this role, if anything does; asked before the first call, since a refused one counts against the bot. */
export function obstacleTo(roleId: string, power: Power): RoleObstacle | undefined {
  const role = power.roles.get(roleId)
  if (role === undefined) return 'role_gone'
  if (role.managed) return 'role_managed'
  if (!power.canManageRoles) return 'no_permission'
  if (role.position >= power.topPosition) return 'role_too_high'
  return undefined
}
