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
