import { createHash } from 'node:crypto'
import type { GuildId, KickUserId, UserId, Username } from '../../../cluster/runtime/ids.ts'

/** A link that exists, as far as it matters to one that is wanted. */
export interface ExistingLink {
  readonly userId: UserId
  readonly kickUserId: KickUserId | null
  readonly kickName: Username
}

export interface WantedLink {
  readonly userId: UserId
  readonly kickUserId: KickUserId
  readonly kickName: Username
}

export type Decision =
  | { readonly kind: 'free' }
  /** The very link exists. */
  | { readonly kind: 'linked' }
  /** It exists by name only, from an import, and gets its id now. */
  | { readonly kind: 'adopt' }
  | { readonly kind: 'member_has_another'; readonly kickName: Username }
  | { readonly kind: 'account_has_another' }
  /** Another account's link stands under this name, which that account cannot have any more: names on Kick are unique. */
  | { readonly kind: 'name_is_stale'; readonly heldBy: KickUserId }

/**
 * One Kick account for a member and one member for a Kick account, within a guild. `existing` are the guild's links that
 * share the member, the account or the name with the wanted one.
 */
export function decideLink(wanted: WantedLink, existing: readonly ExistingLink[]): Decision {
  const own = existing.find((link) => link.userId === wanted.userId)
  if (own?.kickUserId === wanted.kickUserId) return { kind: 'linked' }
  if (own?.kickUserId === null && own.kickName === wanted.kickName) return { kind: 'adopt' }
  if (own !== undefined) return { kind: 'member_has_another', kickName: own.kickName }
  if (existing.some((link) => link.kickUserId === wanted.kickUserId)) return { kind: 'account_has_another' }
  const namesake = existing.find((link) => link.kickName === wanted.kickName)
  if (namesake === undefined) return { kind: 'free' }
  return namesake.kickUserId === null
    ? { kind: 'account_has_another' }
    : { kind: 'name_is_stale', heldBy: namesake.kickUserId }
}

/** What stands in the URL of a sign-in: the guild, so that its rows can be found, and a secret of 32 random bytes. */
export const urlValueOf = (guildId: GuildId, random: Buffer): string => `${guildId}.${random.toString('base64url')}`

/** What is kept of it. Whoever reads the database cannot make a URL from it. */
export const stateOf = (urlValue: string): string => createHash('sha256').update(urlValue).digest('hex')

/** What is known about one of two names that are said to be the same person. */
export interface NamedAccount {
  readonly kickUserId: KickUserId | null
  readonly kickName: Username
  readonly linkedTo: UserId | null
}

export type Merge =
  | { readonly kind: 'merge'; readonly account: KickUserId | null }
  | { readonly kind: 'same' }
  /** Kick has told that they are two. */
  | { readonly kind: 'two_accounts' }
  | { readonly kind: 'two_links'; readonly one: UserId; readonly other: UserId }

/** Whether what stands under the old name may be moved to the new one: never when Kick's ids say that they are two people. */
export function decideMerge(from: NamedAccount, to: NamedAccount): Merge {
  if (from.kickName === to.kickName) return { kind: 'same' }
  if (from.kickUserId !== null && to.kickUserId !== null && from.kickUserId !== to.kickUserId)
    return { kind: 'two_accounts' }
  if (from.linkedTo !== null && to.linkedTo !== null)
    return { kind: 'two_links', one: from.linkedTo, other: to.linkedTo }
  return { kind: 'merge', account: from.kickUserId ?? to.kickUserId }
}

/** How far a grant of the linked role has come. */
export interface RunReport {
  readonly isDone: boolean
  readonly granted: number
  readonly absent: number
  /** Undefined while nothing tells how fast it goes. */
  readonly minutesLeft: number | undefined
}

/** `counts` as they are on record now; times in milliseconds. Who is gone is neither waiting nor on record in another way. */
export function reportOf(
  counts: { readonly total: number; readonly had: number; readonly waiting: number; readonly failed: number },
  times: { readonly startedAt: number; readonly now: number; readonly have: number },
): RunReport {
  const granted = Math.max(0, times.have - counts.had)
  const settled = counts.total - counts.had - counts.waiting
  const elapsed = times.now - times.startedAt
  return {
    isDone: counts.waiting === 0,
    granted,
    absent: Math.max(0, settled - granted - counts.failed),
    minutesLeft: settled > 0 ? Math.ceil(((elapsed / settled) * counts.waiting) / 60_000) : undefined,
  }
}

/** Kick's own rule for names; a leading @ was folded away. */
export const isKickName = (name: Username): boolean => /^[a-z0-9_-]{1,40}$/.test(name)

export const panelLimits = { title: 256, description: 2_000 } as const
