import { type ButtonInteraction, type REST, Routes } from 'discord.js'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { type GuildId, kickUserId, userId, username } from '../../../../cluster/runtime/ids.ts'
import { type Db, transaction } from '../../../../sql/client.ts'
import { noteLinkEvent } from '../../../../sql/queries/linking.ts'
import { type ConfirmationKey, linkOf, takeConfirmation } from '../../../../sql/queries/links.ts'
import { owe } from '../../../../sql/queries/outbox.ts'
import { codeOf, discordCode } from '../../discord.ts'
import type { Button } from '../../feature.ts'
import { type Say, speakTo } from '../../language.ts'
import { declinedView, outcomeView } from '../view.ts'
import { type Made, makeLink } from './make.ts'

/** Which question was answered: `links:<yes|no>:<guild>:<member>:<Kick user>`. Only the member who was asked may answer. */
function questionOf(interaction: ButtonInteraction, guildId: GuildId, args: readonly string[]): ConfirmationKey {
  const [member = '', account = ''] = args
  if (interaction.user.id !== member)
    throw new UserError('not_addressed', speakTo(interaction)('links:error.not_addressed'))
  return { guildId, userId: userId(member), kickUserId: kickUserId(account) }
}

export const yes: Button = {
  async run(interaction, guildId, args, { sql, rest, clock, wakeOutbox }) {
    const say = speakTo(interaction)
    const question = questionOf(interaction, guildId, args)
    await requireMembership(say, rest, question)
    const outcome = await transaction(sql, async (db) => {
      const made = await confirm(db, question, clock.now() / 1000)
      if (made.kind !== 'linked' || !made.isNew) return made
      const { displayName } = made
      const payload = {
        discordId: question.userId,
        displayName,
        interactionToken: interaction.token,
        locale: say.locale,
      }
      await owe(db, [{ guildId, kind: 'links.result', sourceRef: interaction.id, payload }])
      return made
    })
    wakeOutbox()
    return outcomeView(say, outcome)
  },
}

export const no: Button = {
  async run(interaction, guildId, args, { sql, wakeOutbox }) {
    const question = questionOf(interaction, guildId, args)
    await transaction(sql, async (db) => {
      const [taken] = await takeConfirmation(db, question)
      if (taken === undefined) return
      const kickName = username(taken.kickName)
      await noteLinkEvent(db, { ...question, action: 'refused', kickName, source: 'discord', reason: 'declined' })
    })
    wakeOutbox()
    return declinedView(speakTo(interaction))
  },
}

/** In a direct message the press does not prove that the member is still in the guild, so Discord is asked. */
export async function requireMembership(
  say: Say,
  rest: REST,
  { guildId, userId: member }: Pick<ConfirmationKey, 'guildId' | 'userId'>,
): Promise<void> {
  try {
    await rest.get(Routes.guildMember(guildId, member))
  } catch (error) {
    const code = codeOf(error)
    if (code === discordCode.unknownMember || code === discordCode.unknownUser)
      throw new UserError('not_a_member', say('links:error.not_a_member'))
    if (code === discordCode.unknownGuild || code === discordCode.missingAccess)
      throw new UserError('guild_gone', say('links:error.guild_gone'))
    throw error
  }
}

/** Takes the question away and makes the link. Repeated, it finds no question any more and says what is. */
async function confirm(db: Db, question: ConfirmationKey, now: number): Promise<Made | { readonly kind: 'expired' }> {
  const { guildId, userId: member } = question
  const [confirmation] = await takeConfirmation(db, question)
  if (confirmation === undefined) {
    const existing = await linkOf(db, guildId, member)
    if (existing?.kickUserId !== question.kickUserId) return { kind: 'expired' }
    return { kind: 'linked', displayName: existing.displayName, isNew: false }
  }
  if (confirmation.isExpired) return { kind: 'expired' }
  const { displayName } = confirmation
  const wanted = { ...question, kickName: username(confirmation.kickName), displayName }
  return makeLink(db, wanted, 'linked', { source: 'discord' }, now)
}
