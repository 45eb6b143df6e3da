import { randomBytes } from 'node:crypto'
import {
  ApplicationCommandOptionType,
  type AutocompleteInteraction,
  type ButtonInteraction,
  type ChatInputCommandInteraction,
  PermissionFlagsBits,
} from 'discord.js'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { type GuildId, type UserId, type Username, userId, username } from '../../../../cluster/runtime/ids.ts'
import { transaction } from '../../../../sql/client.ts'
import { linkedNames } from '../../../../sql/queries/linking.ts'
import { linkOf, memberOf, signInMinutes, startSignIn } from '../../../../sql/queries/links.ts'
import type { Button, Command, Reply, Tools } from '../../feature.ts'
import { described, type Say, speakTo } from '../../language.ts'
import { plain } from '../../text.ts'
import { isKickName, stateOf, urlValueOf } from '../rules.ts'
import { alreadyLinkedView, nameNotLinkedView, notLinkedView, signInView, unlinkedView } from '../view.ts'
import { unlinkMember } from './make.ts'

/**
 * Gives the member a button that leads to Kick. The URL alone links nothing: whoever opens it only proves which Kick
 * account is theirs, and the member is asked about that account before anything is written.
 */
async function beginSignIn(
  interaction: ChatInputCommandInteraction | ButtonInteraction,
  guildId: GuildId,
  { sql, publicUrl }: Tools,
): Promise<Reply> {
  const say = speakTo(interaction)
  const member = userId(interaction.user.id)
  const existing = await linkOf(sql, guildId, member)
  if (existing !== undefined) return alreadyLinkedView(say, existing)
  const urlValue = urlValueOf(guildId, randomBytes(32))
  await transaction(sql, (db) =>
    startSignIn(db, { guildId, userId: member, state: stateOf(urlValue), interactionToken: interaction.token }),
  )
  return signInView(say, `${publicUrl}/link/${urlValue}`, signInMinutes)
}

export const link: Command = {
  data: { name: 'link', ...described('links:command.link') },
  run: beginSignIn,
}

/** The button of the panel, `links:panel:<guild>`: the same for whoever presses it, in private. */
export const panelButton: Button = {
  isPrivate: true,
  run: (interaction, guildId, _args, tools) => beginSignIn(interaction, guildId, tools),
}

/** A Kick name that somebody typed. */
export function kickNameFrom(say: Say, typed: string): Username {
  const name = username(typed)
  if (!isKickName(name))
    throw new UserError('name', say('links:error.name', { name: typed.replaceAll('`', '').slice(0, 40) }))
  return name
}

/** The one of both that was named. */
export function memberOrName(
  say: Say,
  { options }: ChatInputCommandInteraction,
): { member: UserId } | { name: Username } {
  const member = options.getUser('member')
  const typed = options.getString('kick')
  if (member !== null && typed === null) return { member: userId(member.id) }
  if (member === null && typed !== null) return { name: kickNameFrom(say, typed) }
  throw new UserError('which', say('links:error.which'))
}

/** Linked names of this guild. */
export async function completeName({ options }: AutocompleteInteraction, guildId: GuildId, { sql }: Tools) {
  const rows = await linkedNames(sql, { guildId, typed: username(options.getFocused()) })
  return rows.map(({ kickName }) => ({ name: kickName.slice(0, 100), value: kickName.slice(0, 100) }))
}

/** Takes a link away. Members cannot do it for themselves: changing accounts at will is how watch time would be farmed. */
export const unlink: Command = {
  data: {
    name: 'unlink',
    ...described('links:command.unlink'),
    default_member_permissions: String(PermissionFlagsBits.ManageGuild),
    options: [
      { type: ApplicationCommandOptionType.User, name: 'member', ...described('links:command.unlink.member') },
      {
        type: ApplicationCommandOptionType.String,
        name: 'kick',
        ...described('links:command.unlink.kick'),
        autocomplete: true,
      },
    ],
  },
  async run(interaction, guildId, { sql, wakeOutbox }) {
    const say = speakTo(interaction)
    const asked = memberOrName(say, interaction)
    const member = 'member' in asked ? asked.member : await memberOf(sql, guildId, asked.name)
    if (member === undefined) return nameNotLinkedView(say, 'name' in asked ? plain(asked.name) : '')
    const by = { source: 'discord', actorId: userId(interaction.user.id) } as const
    const removed = await transaction(sql, (db) => unlinkMember(db, { guildId, userId: member }, by))
    if (removed === undefined) return notLinkedView(say, member)
    wakeOutbox()
    return unlinkedView(say, member, removed.displayName)
  },
  complete: completeName,
}
