import type { GuildId, UserId } from '../../../../cluster/runtime/ids.ts'
import type { Db } from '../../../../sql/client.ts'
import { audit } from '../../../../sql/queries/audit.ts'
import { type Owed, owe } from '../../../../sql/queries/outbox.ts'
import { readSettingsOf } from '../../../../sql/queries/settings.ts'
import {
  type Claimant,
  dropWagerLink,
  holdClaims,
  verifyClaim,
  type WagerLink,
} from '../../../../sql/queries/wagerlinks.ts'
import { forfeitWagers } from '../../../../sql/queries/wagers.ts'
import type { Tools } from '../../feature.ts'
import { linkOf } from '../../links/index.ts'
import { roles } from '../../roles/index.ts'
import { payWagers } from '../event.ts'

/** `gone`, when there is no such claim any more, or another one in its place; `no_kick`, when the member has no Kick account linked. */
export type Decided =
  | { readonly kind: 'approved' | 'denied'; readonly claim: WagerLink; readonly movedFrom: UserId | null }
  | { readonly kind: 'gone' | 'no_kick' | 'held'; readonly heldBy: UserId | null }

interface Decision extends Claimant {
  /** When the claim was made that is decided; null for whichever there is. Milliseconds. */
  readonly madeAt: number | null
  readonly by: UserId
  /** Whether an account that somebody else has proved changes hands. */
  readonly moves: boolean
}

const told = (
  guildId: GuildId,
  what: 'approved' | 'denied' | 'moved',
  { userId: discordId, platform, displayName }: WagerLink,
  at: number,
): Owed => ({
  guildId,
  kind: 'wagers.tell',
  sourceRef: `${what}:${platform}:${discordId}:${at}`,
  payload: { what, discordId, platform, displayName },
})

/** Whether the claim that stands is the one that was meant, and may still be decided. */
const isOpen = (claim: WagerLink | undefined, madeAt: number | null, now: number): claim is WagerLink =>
  claim !== undefined &&
  !claim.verified &&
  (claim.expiresAt?.getTime() ?? 0) > now &&
  (madeAt === null || claim.linkedAt.getTime() === madeAt)

/**
 * Lets a member have the account that they claim: tickets follow at once, for the raffle from its beginning or from now on, as the guild wants it,
 * and so does the role. Of several who claim one account one gets it; from somebody who has it, it is taken only when that is meant. In
 * the caller's transaction.
 */
export async function approveClaim(db: Db, decision: Decision, tools: Tools): Promise<Decided> {
  const { guildId, platform, userId, by, moves } = decision
  const claims = await holdClaims(db, decision)
  const claim = claims.find((one) => one.userId === userId)
  const now = tools.clock.now()
  if (!isOpen(claim, decision.madeAt, now)) return { kind: 'gone', heldBy: null }
  const link = await linkOf(db, guildId, userId)
  if (link === undefined) return { kind: 'no_kick', heldBy: null }
  const holder = claims.find((one) => one.verified)
  if (holder !== undefined && !moves) return { kind: 'held', heldBy: holder.userId }
  if (holder !== undefined) await dropWagerLink(db, { guildId, platform, userId: holder.userId })
  await verifyClaim(db, { guildId, platform, userId, by })
  const { wager_link_policy: policy } = await readSettingsOf(db, guildId, ['wager_link_policy'])
  // What somebody else was given for it stays theirs; what they were owed and never got, nobody gets who had no part in it.
  if (policy === 'from_link' || holder !== undefined)
    await forfeitWagers(db, { guildId, platform, account: claim.account })
  await payWagers(db, [guildId])
  await roles.syncMembers(db, [{ guildId, username: link.kickName }], tools)
  await audit(db, [
    {
      guildId,
      source: 'discord',
      actorId: by,
      action: 'wagers.approve',
      subject: userId,
      oldValue: holder?.userId ?? null,
      newValue: `${platform}: ${claim.displayName}`,
    },
  ])
  await owe(db, [
    told(guildId, 'approved', claim, now),
    ...(holder === undefined ? [] : [told(guildId, 'moved', holder, now)]),
  ])
  return { kind: 'approved', claim, movedFrom: holder?.userId ?? null }
}

/** Sends a claim away. In the caller's transaction. */
export async function denyClaim(db: Db, decision: Omit<Decision, 'moves'>, tools: Tools): Promise<Decided> {
  const { guildId, platform, userId, by } = decision
  const claim = (await holdClaims(db, decision)).find((one) => one.userId === userId)
  const now = tools.clock.now()
  if (!isOpen(claim, decision.madeAt, now)) return { kind: 'gone', heldBy: null }
  await dropWagerLink(db, { guildId, platform, userId })
  await audit(db, [
    {
      guildId,
      source: 'discord',
      actorId: by,
      action: 'wagers.deny',
      subject: userId,
      oldValue: `${platform}: ${claim.displayName}`,
    },
  ])
  await owe(db, [told(guildId, 'denied', claim, now)])
  return { kind: 'denied', claim, movedFrom: null }
}

/** Takes an account away from whoever has proved or claims it; gives what it was. Their role goes as the guild wants it. */
export async function releaseAccount(
  db: Db,
  p: Claimant & { readonly by: UserId },
  tools: Tools,
): Promise<WagerLink | undefined> {
  const { guildId, platform, userId, by } = p
  const [dropped] = await dropWagerLink(db, { guildId, platform, userId })
  if (dropped === undefined) return undefined
  const link = await linkOf(db, guildId, userId)
  if (link !== undefined) await roles.syncMembers(db, [{ guildId, username: link.kickName }], tools)
  await audit(db, [
    {
      guildId,
      source: 'discord',
      actorId: by,
      action: 'wagers.unlink',
      subject: userId,
      oldValue: `${platform}: ${dropped.displayName}`,
    },
  ])
  return dropped
}
