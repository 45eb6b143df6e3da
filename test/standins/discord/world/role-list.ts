import type { Role } from './types.ts'

export type RolePosition = number | 'above-bot' | 'below-bot'

export interface RoleDraft {
  id?: string
  name?: string
  permissions?: bigint
  color?: number
  hoist?: boolean
  mentionable?: boolean
  managed?: boolean
  /** 1 is the lowest; others move up. Default: just above @everyone. */
  position?: RolePosition
}

/** The roles of a guild from @everyone upwards; a role's position is its place in the list. */
export class RoleList {
  readonly byId = new Map<string, Role>()
  #order: string[] = []

  positionOf(roleId: string): number {
    return this.#order.indexOf(roleId)
  }

  inOrder(): Role[] {
    return this.#order.flatMap((id) => this.byId.get(id) ?? [])
  }

  /** A number is cut to what exists; `botPosition` is that of the bot's highest role. */
  resolve(position: RolePosition, botPosition: number): number {
    if (position === 'above-bot') return botPosition + 1
    if (position === 'below-bot') return Math.max(1, botPosition)
    return Math.min(Math.max(1, position), this.#order.length)
  }

  insert(id: string, draft: RoleDraft, position: number, botId: string | null = null): Role {
    if (this.byId.has(id)) throw new Error(`role ${id} exists already`)
    const role: Role = {
      id,
      name: draft.name ?? 'new role',
      permissions: draft.permissions ?? 0n,
      color: draft.color ?? 0,
      hoist: draft.hoist ?? false,
      mentionable: draft.mentionable ?? false,
      managed: draft.managed ?? false,
      botId,
    }
    this.byId.set(id, role)
    this.#order.splice(position, 0, id)
    return role
  }

  move(roleId: string, position: number): void {
    this.#order = this.#order.filter((id) => id !== roleId)
    this.#order.splice(position, 0, roleId)
  }

  remove(roleId: string): void {
    this.byId.delete(roleId)
    this.#order = this.#order.filter((id) => id !== roleId)
  }

  /** To be compared later: who stood where. */
  positions(): Map<string, number> {
    return new Map(this.#order.map((id, position) => [id, position]))
  }

  /** Roles that are still there and stand elsewhere than before. */
  movedSince(before: ReadonlyMap<string, number>): Role[] {
    return this.inOrder().filter(({ id }) => before.has(id) && before.get(id) !== this.positionOf(id))
  }
}
