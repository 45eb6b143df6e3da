import type { Giveaway } from '../../../../sql/queries/giveaways.ts'

/** What stands between a member and an entry, in the order in which it is looked at. */
export type Gate =
  | { readonly kind: 'not_active' | 'over' | 'role' | 'link' }
  | { readonly kind: 'account_age' | 'membership'; readonly days: number; readonly readyAt: Date }

export interface Applicant {
  readonly roleIds: readonly string[]
  /** Milliseconds. */
  readonly createdAt: number
  /** Undefined when Discord does not say; then nobody is kept out for it. */
  readonly joinedAt: number | undefined
  readonly isLinked: boolean
}

const dayMs = 86_400_000

/** What keeps a member from entering now, if anything. Whether they are in already is the database's to say. */
export function gateFor(
  giveaway: Pick<Giveaway, 'status' | 'endsAt' | 'requiredRoleId' | 'needsLink'>,
  applicant: Applicant,
  p: { readonly now: number; readonly minAccountDays: number; readonly minServerDays: number },
): Gate | undefined {
  const { status, endsAt, requiredRoleId } = giveaway
  if (status !== 'active') return { kind: status === 'pending' ? 'not_active' : 'over' }
  if (endsAt !== null && endsAt.getTime() <= p.now) return { kind: 'over' }
  if (requiredRoleId !== null && !applicant.roleIds.includes(requiredRoleId)) return { kind: 'role' }
  const oldEnough = applicant.createdAt + p.minAccountDays * dayMs
  if (p.now < oldEnough) return { kind: 'account_age', days: p.minAccountDays, readyAt: new Date(oldEnough) }
  const longEnough = (applicant.joinedAt ?? 0) + p.minServerDays * dayMs
  if (applicant.joinedAt !== undefined && p.now < longEnough)
    return { kind: 'membership', days: p.minServerDays, readyAt: new Date(longEnough) }
  return giveaway.needsLink && !applicant.isLinked ? { kind: 'link' } : undefined
}

/** What one entry is worth: one ticket, and as many more as the best of the member's roles brings. */
export const ticketsFor = (bonusRoles: Readonly<Record<string, number>>, roleIds: readonly string[]): number =>
  1 + Math.max(0, ...roleIds.map((role) => bonusRoles[role] ?? 0))

/** When a Discord account was made: its id says so. https://discord.com/developers/docs/reference#snowflakes */
export const createdAtOf = (userId: string): number => Number((BigInt(userId) >> 22n) + 1_420_070_400_000n)
