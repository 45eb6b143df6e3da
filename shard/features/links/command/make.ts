import type { GuildId, KickUserId, UserId, Username } from '../../../../cluster/runtime/ids.ts'
import type { Kick, KickProfile } from '../../../../cluster/runtime/kick.ts'
import type { Db } from '../../../../sql/client.ts'
import { audit } from '../../../../sql/queries/audit.ts'
import { noteLinkEvent } from '../../../../sql/queries/linking.ts'
import { adoptLinks, deleteLink, dropSignIns, insertLink, linksLike, setOwner } from '../../../../sql/queries/links.ts'
import { touchSettlement } from '../../../../sql/queries/settlement.ts'
import { nameAccount } from '../../activity/index.ts'
import { decideLink, type ExistingLink } from '../rules.ts'

export interface Wanted {
  readonly guildId: GuildId
  readonly userId: UserId
  readonly kickUserId: KickUserId
  readonly kickName: Username
  readonly displayName: string
}

/** Who wants a link made or taken away. */
export interface By {
  readonly source: 'discord' | 'dashboard' | 'bot'
  /** Absent for the member, and for a dashboard that does not say. */
  readonly actorId?: UserId | undefined
}

export type Made =
  | { readonly kind: 'linked'; readonly displayName: string; readonly isNew: boolean }
  | { readonly kind: 'account_has_another'; readonly displayName: string; readonly heldBy: UserId }
  | { readonly kind: 'member_has_another'; readonly kickName: Username }

/**
 * Makes a link, in the caller's transaction, and notes what came of it. The unique constraints of `links` decide between two who do
 * so at the same instant; the loser gets the same answer as somebody who came a day later. Safe to repeat. `now` in seconds.
 */
export async function makeLink(
  db: Db,
  wanted: Wanted,
  action: 'linked' | 'forced',
  by: By,
  now: number,
): Promise<Made> {
  const made = await tryLink(db, wanted, now)
  if (made.kind === 'linked' && !made.isNew) return made
  const { guildId, userId, kickUserId, kickName } = wanted
  const event = { guildId, userId, kickUserId, kickName, ...by }
  if (made.kind === 'linked') await noteLinkEvent(db, { ...event, action })
  else if (action === 'linked') await noteLinkEvent(db, { ...event, action: 'refused', reason: made.kind })
  return made
}

async function tryLink(db: Db, wanted: Wanted, now: number): Promise<Made> {
  const { guildId, userId, kickUserId, kickName, displayName } = wanted
  const existing = await linksLike(db, wanted)
  const decision = decideLink(wanted, existing)
  if (decision.kind === 'member_has_another') return decision
  if (decision.kind === 'account_has_another') return taken(wanted, existing)

  const holder = decision.kind === 'name_is_stale' ? decision.heldBy : null
  await nameAccount(db, { guildId, kickUserId, kickName, displayName, holder, now })
  if (decision.kind === 'adopt')
    await adoptLinks(db, { guildIds: [guildId], kickUserIds: [kickUserId], usernames: [kickName] })
  if (decision.kind === 'free' || decision.kind === 'name_is_stale') {
    const [inserted] = await insertLink(db, wanted)
    if (inserted === undefined) return lostTo(db, wanted)
  }
  await setOwner(db, { guildId, kickName, userId })
  await touchSettlement(db, { kind: 'roles', guildIds: [guildId] })
  return { kind: 'linked', displayName, isNew: decision.kind !== 'linked' }
}

/** Somebody linked this account, or this member another one, between the look and the write. */
async function lostTo(db: Db, wanted: Wanted): Promise<Made> {
  const existing = await linksLike(db, wanted)
  const decision = decideLink(wanted, existing)
  if (decision.kind === 'member_has_another') return decision
  if (decision.kind === 'linked') return { kind: 'linked', displayName: wanted.displayName, isNew: false }
  return taken(wanted, existing)
}

function taken({ userId, kickUserId, kickName, displayName }: Wanted, existing: readonly ExistingLink[]): Made {
  const holder =
    existing.find((link) => link.kickUserId === kickUserId) ?? existing.find((link) => link.kickName === kickName)
  return { kind: 'account_has_another', displayName, heldBy: holder?.userId ?? userId }
}

/** The account at Kick that goes by this name now; undefined when there is none. Throws `KickError` when Kick does not answer. */
export async function profileNamed(kick: Kick, name: Username): Promise<KickProfile | undefined> {
  const found = await kick.channelBySlug(name)
  return found.kind === 'found' ? (await kick.usersByIds([found.channel.userId]))[0] : undefined
}

/** Links a member without their sign-in; it is audited. In the caller's transaction; safe to repeat. `now` in seconds. */
export async function forceLink(db: Db, wanted: Wanted, by: By, now: number): Promise<Made> {
  const made = await makeLink(db, wanted, 'forced', by, now)
  if (made.kind !== 'linked' || !made.isNew) return made
  const { guildId, userId, kickName } = wanted
  await audit(db, [{ guildId, ...by, action: 'links.force', subject: userId, newValue: kickName }])
  return made
}

/** What a link was. */
export interface Unlinked {
  readonly kickName: Username
  readonly displayName: string
}

/**
 * Takes a member's link away, and every sign-in that they have begun; minutes and points stay with the account. Audited when a person
 * does it. In the caller's transaction; safe to repeat. Gives what was linked.
 */
export async function unlinkMember(
  db: Db,
  of: { readonly guildId: GuildId; readonly userId: UserId; readonly reason?: 'left' },
  by: By,
): Promise<Unlinked | undefined> {
  const { guildId, userId } = of
  await dropSignIns(db, { guildId, userId })
  const [found] = await deleteLink(db, { guildId, userId })
  if (found === undefined) return undefined
  const { kickName, kickUserId } = found
  await setOwner(db, { guildId, kickName, userId: null })
  await touchSettlement(db, { kind: 'roles', guildIds: [guildId] })
  const why = of.reason === undefined ? {} : { reason: of.reason }
  await noteLinkEvent(db, { guildId, action: 'unlinked', userId, kickUserId, kickName, ...by, ...why })
  await audit(db, [{ guildId, ...by, ...why, action: 'links.unlink', subject: userId, oldValue: kickName }])
  return found
}
