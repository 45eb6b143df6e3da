import { type ButtonInteraction, type REST, Routes } from 'discord.js'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { type GuildId, kickUserId, userId, username } from '../../../../cluster/runtime/ids.ts'
import { type Db, transaction } from '../../../../sql/client.ts'
import {
  adoptLinks,
  type ConfirmationKey,
  insertLink,
  linkOf,
  linksLike,
  setOwner,
  takeConfirmation,
} from '../../../../sql/queries/links.ts'
import { owe } from '../../../../sql/queries/outbox.ts'
import { touchSettlement } from '../../../../sql/queries/settlement.ts'
import { nameAccount } from '../../activity/index.ts'
import { codeOf, discordCode } from '../../discord.ts'
import type { Button } from '../../feature.ts'
import { decideLink } from '../rules.ts'
import { declinedView, type LinkOutcome, outcomeView } from '../view.ts'

/** Which question was answered: `links:<yes|no>:<guild>:<member>:<Kick user>`. Only the member who was asked may answer. */
function questionOf(interaction: ButtonInteraction, guildId: GuildId, args: readonly string[]): ConfirmationKey {
  const [member = '', account = ''] = args
  if (interaction.user.id !== member) throw new UserError('not_addressed', 'This question is for somebody else.')
  return { guildId, userId: userId(member), kickUserId: kickUserId(account) }
}

export const yes: Button = {
  async run(interaction, guildId, args, { sql, rest, clock, wakeOutbox }) {
    const question = questionOf(interaction, guildId, args)
    await requireMembership(rest, question)
    const outcome = await transaction(sql, async (db) => {
      const made = await confirm(db, question, clock.now() / 1000)
      if (made.kind !== 'linked' || !made.isNew) return made
      await owe(db, [
        {
          guildId,
          kind: 'links.result',
          sourceRef: interaction.id,
          payload: { discordId: question.userId, displayName: made.displayName, interactionToken: interaction.token },
        },
      ])
      return made
    })
    if (outcome.kind === 'linked') wakeOutbox()
    return outcomeView(outcome)
  },
}

export const no: Button = {
  async run(interaction, guildId, args, { sql }) {
    await takeConfirmation(sql, questionOf(interaction, guildId, args))
    return declinedView()
  },
}

/** In a direct message the press does not prove that the member is still in the guild, so Discord is asked. */
async function requireMembership(rest: REST, { guildId, userId: member }: ConfirmationKey): Promise<void> {
  try {
    await rest.get(Routes.guildMember(guildId, member))
  } catch (error) {
    const code = codeOf(error)
    if (code === discordCode.unknownMember || code === discordCode.unknownUser)
      throw new UserError('not_a_member', 'You are not in that server any more; join it again and use `/link` there.')
    if (code === discordCode.unknownGuild || code === discordCode.missingAccess)
      throw new UserError('guild_gone', 'I am not in that server any more, so nothing was linked.')
    throw error
  }
}

type Made = Exclude<LinkOutcome, { kind: 'linked' }> | { kind: 'linked'; displayName: string; isNew: boolean }

/**
 * Takes the question away and makes the link, in the caller's transaction. The unique constraints of `links` decide between
 * two who do so at the same instant; the loser gets the same answer as somebody who came a day later. Repeated, it
 * finds no question any more and says what is.
 */
async function confirm(db: Db, question: ConfirmationKey, now: number): Promise<Made> {
  const { guildId, userId: member } = question
  const [confirmation] = await takeConfirmation(db, question)
  if (confirmation === undefined) {
    const existing = await linkOf(db, guildId, member)
    if (existing?.kickUserId !== question.kickUserId) return { kind: 'expired' }
    return { kind: 'linked', displayName: existing.displayName, isNew: false }
  }
  if (confirmation.isExpired) return { kind: 'expired' }
  const { displayName } = confirmation
  const kickName = username(confirmation.kickName)
  const wanted = { guildId, userId: member, kickUserId: question.kickUserId, kickName }
  const decision = decideLink(wanted, await linksLike(db, wanted))
  if (decision.kind === 'member_has_another') return decision
  if (decision.kind === 'account_has_another') return { kind: decision.kind, displayName }

  const holder = decision.kind === 'name_is_stale' ? decision.heldBy : null
  await nameAccount(db, { guildId, kickUserId: question.kickUserId, kickName, displayName, holder, now })
  if (decision.kind === 'adopt')
    await adoptLinks(db, { guildIds: [guildId], kickUserIds: [question.kickUserId], usernames: [kickName] })
  if (decision.kind === 'free' || decision.kind === 'name_is_stale') {
    const [inserted] = await insertLink(db, wanted)
    if (inserted === undefined) return lostTo(db, wanted, displayName)
  }
  await setOwner(db, { guildId, kickName, userId: member })
  await touchSettlement(db, { kind: 'roles', guildIds: [guildId] })
  return { kind: 'linked', displayName, isNew: decision.kind !== 'linked' }
}

/** Somebody linked this account, or this member another one, between the look and the write. */
async function lostTo(db: Db, wanted: Parameters<typeof linksLike>[1], displayName: string): Promise<Made> {
  const decision = decideLink(wanted, await linksLike(db, wanted))
  if (decision.kind === 'member_has_another') return decision
  if (decision.kind === 'linked') return { kind: 'linked', displayName, isNew: false }
  return { kind: 'account_has_another', displayName }
}
