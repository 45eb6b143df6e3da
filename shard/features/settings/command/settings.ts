import {
  ApplicationCommandOptionType,
  ChannelType,
  type ChatInputCommandInteraction,
  PermissionFlagsBits,
} from 'discord.js'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { type GuildId, userId } from '../../../../cluster/runtime/ids.ts'
import { transaction } from '../../../../sql/client.ts'
import {
  readSettingsOf,
  settings as registry,
  type SettingKey,
  type Settings,
  settingKeys,
  settingsChanged,
  writeSetting,
} from '../../../../sql/queries/settings.ts'
import { touchSettlement } from '../../../../sql/queries/settlement.ts'
import type { Command, Reply, Tools } from '../../feature.ts'
import { changedSettingView, settingsView } from '../view.ts'

/** Typed as text. A channel is chosen from Discord's own list instead, which has channels of this guild only. */
const typedKeys = settingKeys.filter((key) => key !== 'admin_channel_id')

async function change<Key extends SettingKey>(
  interaction: ChatInputCommandInteraction,
  p: { guildId: GuildId; key: Key; value: Settings[Key] },
  { sql, bus }: Tools,
): Promise<Reply> {
  const { guildId, key } = p
  const hasChanged = await transaction(sql, async (db) => {
    const changed = await writeSetting(db, { ...p, userId: userId(interaction.user.id) })
    const { touches } = registry[key]
    if (changed && touches !== undefined) await touchSettlement(db, { kind: touches, guildIds: [guildId] })
    return changed
  })
  if (hasChanged) bus.hint(settingsChanged, { guildId, key })
  return changedSettingView(key, p.value, hasChanged)
}

function setTyped(interaction: ChatInputCommandInteraction, guildId: GuildId, tools: Tools): Promise<Reply> {
  const key = typedKeys.find((known) => known === interaction.options.getString('key', true))
  if (key === undefined)
    throw new UserError('unknown_setting', 'There is no such setting; `/settings list` shows all of them.')
  return setOne(key, interaction, guildId, tools)
}

function setOne<Key extends SettingKey>(
  key: Key,
  interaction: ChatInputCommandInteraction,
  guildId: GuildId,
  tools: Tools,
): Promise<Reply> {
  const value = registry[key].read(interaction.options.getString('value', true))
  if (value === undefined) throw new UserError('bad_value', `\`${key}\` must be ${registry[key].allowed}.`)
  return change(interaction, { guildId, key, value }, tools)
}

/** How this server wants the bot to work. */
export const settings: Command = {
  data: {
    name: 'settings',
    description: 'Show and change how I work on this server',
    default_member_permissions: String(PermissionFlagsBits.ManageGuild),
    options: [
      { type: ApplicationCommandOptionType.Subcommand, name: 'list', description: 'Show every setting' },
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'set',
        description: 'Change a setting',
        options: [
          {
            type: ApplicationCommandOptionType.String,
            name: 'key',
            description: 'Which one',
            required: true,
            choices: typedKeys.map((key) => ({ name: key, value: key })),
          },
          {
            type: ApplicationCommandOptionType.String,
            name: 'value',
            description: 'Its new value; on or off for a switch',
            required: true,
            max_length: 6000,
          },
        ],
      },
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'admin-channel',
        description: 'Choose where I tell admins what I cannot do',
        options: [
          {
            type: ApplicationCommandOptionType.Channel,
            name: 'channel',
            description: 'Leave out for none',
            channel_types: [ChannelType.GuildText],
          },
        ],
      },
    ],
  },
  async run(interaction, guildId, tools) {
    switch (interaction.options.getSubcommand()) {
      case 'list':
        return settingsView(await readSettingsOf(tools.sql, guildId, settingKeys))
      case 'set':
        return setTyped(interaction, guildId, tools)
      case 'admin-channel': {
        const value = interaction.options.getChannel('channel')?.id ?? null
        return change(interaction, { guildId, key: 'admin_channel_id', value }, tools)
      }
      default:
        throw new Error('a subcommand of /settings is not handled')
    }
  },
}
