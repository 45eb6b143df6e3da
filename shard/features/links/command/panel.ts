import { ApplicationCommandOptionType, ChannelType, PermissionFlagsBits } from 'discord.js'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { channelId, userId } from '../../../../cluster/runtime/ids.ts'
import { codeOf, discordCode } from '../../discord.ts'
import type { Command } from '../../feature.ts'
import { described, speakTo } from '../../language.ts'
import { removePanel, sendPanel } from '../outbox.ts'
import { panelLimits } from '../rules.ts'

const refusals: ReadonlySet<number | undefined> = new Set([
  discordCode.missingAccess,
  discordCode.missingPermissions,
  discordCode.unknownChannel,
])

/** The message from which members link their accounts: one for a guild, wherever it is posted last. */
export const linkpanel: Command = {
  data: {
    name: 'linkpanel',
    ...described('links:command.linkpanel'),
    default_member_permissions: String(PermissionFlagsBits.ManageGuild),
    options: [
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'post',
        ...described('links:command.linkpanel.post'),
        options: [
          {
            type: ApplicationCommandOptionType.Channel,
            name: 'channel',
            ...described('links:command.linkpanel.channel'),
            channel_types: [ChannelType.GuildText, ChannelType.GuildAnnouncement],
          },
          {
            type: ApplicationCommandOptionType.String,
            name: 'title',
            ...described('links:command.linkpanel.title'),
            max_length: panelLimits.title,
          },
          {
            type: ApplicationCommandOptionType.String,
            name: 'description',
            ...described('links:command.linkpanel.description'),
            max_length: panelLimits.description,
          },
        ],
      },
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'remove',
        ...described('links:command.linkpanel.remove'),
      },
    ],
  },
  async run(interaction, guildId, tools) {
    const say = speakTo(interaction)
    const by = { source: 'discord', actorId: userId(interaction.user.id) } as const
    if (interaction.options.getSubcommand() === 'remove') {
      if (!(await removePanel(guildId, by, tools))) throw new UserError('no_panel', say('links:panel.none'))
      return { content: say('links:panel.removed') }
    }
    const { options } = interaction
    const [title, description] = [options.getString('title'), options.getString('description')]
    if ((title?.length ?? 0) > panelLimits.title || (description?.length ?? 0) > panelLimits.description)
      throw new UserError('too_long', say('links:panel.too_long', panelLimits))
    const channel = channelId(options.getChannel('channel')?.id ?? interaction.channelId)
    try {
      await sendPanel({ guildId, channelId: channel, title, description, by, nonce: interaction.id }, tools)
    } catch (error) {
      if (!refusals.has(codeOf(error))) throw error
      throw new UserError('cannot_post', say('common:panel.cannot_post', { channel: `<#${channel}>` }))
    }
    return { content: say('common:panel.posted', { channel: `<#${channel}>` }) }
  },
}
