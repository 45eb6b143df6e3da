/** Whom an admin means: a member by the linked account, or somebody by the Kick name. The same in every room. */
import {
  type APIApplicationCommandBasicOption,
  type ApplicationCommandOptionChoiceData,
  ApplicationCommandOptionType,
  type AutocompleteInteraction,
  type ChatInputCommandInteraction,
  PermissionFlagsBits,
} from 'discord.js'
import { UserError } from '../../cluster/runtime/errors.ts'
import { type GuildId, type Username, userId, username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../../sql/client.ts'
import { viewersLike } from '../../sql/queries/exclusion.ts'
import { linkOf } from '../../sql/queries/links.ts'
import { described, type Say } from './language.ts'

/** Kick's own rule for user names, folded to lower case. */
const kickName = /^[a-z0-9_-]{1,40}$/

/** The two ways to say whom; {@link viewerOf} reads them. */
export const viewerOptions: readonly APIApplicationCommandBasicOption[] = [
  { type: ApplicationCommandOptionType.String, name: 'name', ...described('common:viewer.name'), autocomplete: true },
  { type: ApplicationCommandOptionType.User, name: 'member', ...described('common:viewer.member') },
]

/** The viewer that was meant, known or not; a `UserError` when nobody, two, or a member without a link was given. */
export async function viewerOf(
  say: Say,
  { options }: ChatInputCommandInteraction,
  guildId: GuildId,
  db: Db,
): Promise<Username> {
  const typed = options.getString('name')
  const member = options.getUser('member')
  if ((typed === null) === (member === null)) throw new UserError('whom', say('common:viewer.whom'))
  if (member !== null) {
    const link = await linkOf(db, guildId, userId(member.id))
    if (link === undefined) throw new UserError('no_link', say('common:viewer.no_link', { member: `<@${member.id}>` }))
    return link.kickName
  }
  return nameFrom(say, typed ?? '')
}

function nameFrom(say: Say, typed: string): Username {
  const name = username(typed)
  if (!kickName.test(name)) throw new UserError('bad_name', say('common:viewer.bad_name'))
  return name
}

/** Names that begin with what has been typed, for the option `name`. */
export async function completeViewer(
  interaction: AutocompleteInteraction,
  guildId: GuildId,
  db: Db,
): Promise<readonly ApplicationCommandOptionChoiceData[]> {
  const found = await viewersLike(db, { guildId, typed: username(interaction.options.getFocused()), limit: 25 })
  return found.map(({ username: value, displayName }) => ({ name: displayName.slice(0, 100), value }))
}

/** By this option those who manage the server ask about a viewer who may have no link; {@link managedName} reads it. */
export const managedNameOption: APIApplicationCommandBasicOption = {
  type: ApplicationCommandOptionType.String,
  name: 'name',
  ...described('common:viewer.managed_name'),
  autocomplete: true,
}

/** Who was asked about by that option; undefined when it was left out. Others are refused, since a viewer may want to be seen by nobody. */
export function managedName(say: Say, interaction: ChatInputCommandInteraction): Username | undefined {
  const typed = interaction.options.getString('name')
  if (typed === null) return undefined
  if (!mayManage(interaction)) {
    const permission = say('common:permission.ManageGuild')
    throw new UserError('permission', say('common:viewer.managed_only', { permission }))
  }
  if (interaction.options.getUser('member') !== null) throw new UserError('whom', say('common:viewer.whom'))
  return nameFrom(say, typed)
}

/** Names for that option, and none for those who may not use it. */
export const completeManagedName: typeof completeViewer = async (interaction, guildId, db) =>
  mayManage(interaction) ? completeViewer(interaction, guildId, db) : []

const mayManage = ({ memberPermissions }: Pick<ChatInputCommandInteraction, 'memberPermissions'>): boolean =>
  memberPermissions?.has(PermissionFlagsBits.ManageGuild) === true
