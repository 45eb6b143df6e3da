import {
  type ButtonInteraction,
  type ChatInputCommandInteraction,
  InteractionResponseType,
  MessageFlags,
  type ModalSubmitInteraction,
  type StringSelectMenuInteraction,
} from 'discord.js'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import type { Answering, Command, Opening, OpeningForm, Reply, Tools } from '../../features/feature.ts'
import type { FirstAnswer } from './acknowledge.ts'
import type { Use } from './target.ts'

/** How a handler works: it answers what was deferred, or it opens a form and may not be deferred. */
export type Way =
  | { readonly kind: 'answers'; readonly deferral: FirstAnswer; run(guildId: GuildId): Promise<Reply> }
  | { readonly kind: 'opens'; readonly place: 'update' | 'private'; show(guildId: GuildId): Promise<Opening> }

const deferredReply = (isPrivate: boolean): FirstAnswer => ({
  type: InteractionResponseType.DeferredChannelMessageWithSource,
  data: isPrivate ? { flags: MessageFlags.Ephemeral } : {},
})

/** A command is deferred, except for the subcommands that open a form. */
export function wayOfCommand(command: Command, interaction: ChatInputCommandInteraction, tools: Tools): Way {
  const { options } = interaction
  const path = [options.getSubcommandGroup(false), options.getSubcommand(false)]
    .filter((name) => name !== null)
    .join(' ')
  const show = command.opens?.[path]
  if (show !== undefined)
    return { kind: 'opens', place: 'private', show: (guildId) => show(interaction, guildId, tools) }
  return {
    kind: 'answers',
    deferral: deferredReply(command.isPublic !== true),
    run: (guildId) => command.run(interaction, guildId, tools),
  }
}

/** A form that a command opened stands on no message, which could be replaced. */
export function wayOfUse<Act extends ButtonInteraction | StringSelectMenuInteraction | ModalSubmitInteraction>(
  { on, args }: Use<Answering<Act> | OpeningForm<Act>>,
  interaction: Act,
  tools: Tools,
): Way {
  const isPrivate = on.isPrivate === true || interaction.message === null
  if (on.opens === 'modal')
    return {
      kind: 'opens',
      place: isPrivate ? 'private' : 'update',
      show: (guildId) => on.open(interaction, guildId, args, tools),
    }
  return {
    kind: 'answers',
    deferral: isPrivate ? deferredReply(true) : { type: InteractionResponseType.DeferredMessageUpdate },
    run: (guildId) => on.run(interaction, guildId, args, tools),
  }
}
