import {
  type ApplicationCommandOptionChoiceData,
  ApplicationCommandOptionType,
  ChannelType,
  type ChatInputCommandInteraction,
  PermissionFlagsBits,
  Routes,
} from 'discord.js'
import { z } from 'zod'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { type GuildId, roleId, userId } from '../../../../cluster/runtime/ids.ts'
import { transaction } from '../../../../sql/client.ts'
import { auditOf } from '../../../../sql/queries/audit.ts'
import {
  type Author,
  foundSettings,
  settings as registry,
  resetSetting,
  type SettingKey,
  type Settings,
  settingKeys,
  writeSetting,
} from '../../../../sql/queries/settings.ts'
import { touchSettlement } from '../../../../sql/queries/settlement.ts'
import { codeOf } from '../../discord.ts'
import type { Command, Reply, Tools } from '../../feature.ts'
import { described, type Say, speakTo } from '../../language.ts'
import { hindranceLines, hindranceOf, rolePowerNow } from '../../roles/index.ts'
import { allowedText, historyView, settingsView, settingView, shownValue } from '../view.ts'

const discordChannel = z.object({
  id: z.string(),
  guild_id: z.string().optional(),
  name: z.string().nullish(),
  type: z.number(),
})
/** Where messages can be posted. */
const postable: readonly number[] = [ChannelType.GuildText, ChannelType.GuildAnnouncement]

function keyOf(say: Say, typed: string): SettingKey {
  const key = settingKeys.find((known) => known === typed.trim())
  if (key === undefined)
    throw new UserError(
      'unknown_setting',
      say('settings:error.unknown', { key: typed.replaceAll('`', '').slice(0, 60) }),
    )
  return key
}

/** A channel is one of this guild, or somebody could have the bot write into another. */
async function checkChannel(say: Say, guildId: GuildId, key: SettingKey, id: string, { rest }: Tools): Promise<void> {
  const channel = await rest.get(Routes.channel(id)).catch((error: unknown) => {
    if (codeOf(error) === undefined) throw error
  })
  const found = discordChannel.safeParse(channel).data
  if (found?.guild_id !== guildId || !postable.includes(found.type))
    throw new UserError('bad_value', say('settings:error.channel', { key }))
}

/** A role that can never be given is refused at once; one that stands too high may be moved later, which is said, line by line. */
async function checkRole(
  say: Say,
  guildId: GuildId,
  key: SettingKey,
  id: string,
  tools: Tools,
): Promise<readonly string[]> {
  const power = await rolePowerNow(tools, guildId)
  const hindrance = power && hindranceOf(power, guildId, roleId(id))
  if (hindrance === 'role_gone' || hindrance === 'role_managed')
    throw new UserError('bad_value', say('settings:error.role', { key }))
  return hindranceLines(say, hindrance)
}

function checkAuthor(say: Say, key: SettingKey, { memberPermissions }: ChatInputCommandInteraction): void {
  if (registry[key].by === 'administrator' && !memberPermissions?.has(PermissionFlagsBits.Administrator))
    throw new UserError('administrator', say('settings:error.administrator', { key }))
}

const authorOf = (interaction: ChatInputCommandInteraction): Author => ({
  source: 'discord',
  actorId: userId(interaction.user.id),
})

/**
 * Changes one setting in one transaction, with everything that has to be settled again. Nothing keeps settings in memory, so that the
 * next statement of whichever process reads the new value.
 */
export async function change<Key extends SettingKey>(
  { sql }: Pick<Tools, 'sql'>,
  p: { guildId: GuildId; key: Key; value: Settings[Key]; by: Author },
): Promise<boolean> {
  return transaction(sql, async (db) => {
    const hasChanged = await writeSetting(db, p)
    const { touches } = registry[p.key]
    if (hasChanged && touches !== undefined) await touchSettlement(db, { kind: touches, guildIds: [p.guildId] })
    return hasChanged
  })
}

async function set<Key extends SettingKey>(
  key: Key,
  interaction: ChatInputCommandInteraction,
  guildId: GuildId,
  tools: Tools,
): Promise<Reply> {
  const say = speakTo(interaction)
  checkAuthor(say, key, interaction)
  const value = registry[key].read(interaction.options.getString('value', true))
  if (value === undefined)
    throw new UserError('bad_value', say('settings:error.value', { key, allowed: allowedText(say, key) }))
  if (registry[key].shape.kind === 'channel' && typeof value === 'string')
    await checkChannel(say, guildId, key, value, tools)
  const isRole = registry[key].shape.kind === 'role' && typeof value === 'string'
  const warning = isRole ? await checkRole(say, guildId, key, value, tools) : []
  const hasChanged = await change(tools, { guildId, key, value, by: authorOf(interaction) })
  const shown = { key, value: shownValue(say, key, value) }
  const done = hasChanged ? say('settings:settings.set_to', shown) : say('settings:settings.was_so', shown)
  return { content: [done, ...warning].join('\n') }
}

async function reset(
  key: SettingKey,
  interaction: ChatInputCommandInteraction,
  guildId: GuildId,
  { sql }: Tools,
): Promise<Reply> {
  const say = speakTo(interaction)
  checkAuthor(say, key, interaction)
  const wasOwn = await transaction(sql, async (db) => {
    const removed = await resetSetting(db, { guildId, key, by: authorOf(interaction) })
    const { touches } = registry[key]
    if (removed && touches !== undefined) await touchSettlement(db, { kind: touches, guildIds: [guildId] })
    return removed
  })
  if (!wasOwn) return { content: say('settings:settings.not_own', { key }) }
  const found = (await foundSettings(sql, guildId)).find((one) => one.key === key)
  if (found === undefined) throw new Error('a setting is missing from its own registry')
  const value = shownValue(say, key, found.value)
  return { content: say('settings:settings.reset_to', { key, value, origin: say(`settings:origin.${found.origin}`) }) }
}

async function show(say: Say, typed: string | null, guildId: GuildId, { sql }: Tools): Promise<Reply> {
  const all = await foundSettings(sql, guildId)
  if (typed === null) return settingsView(say, all)
  const key = keyOf(say, typed)
  const found = all.find((one) => one.key === key)
  if (found === undefined) throw new Error('a setting is missing from its own registry')
  return settingView(say, found)
}

/** What can be chosen for a value: all of it when there are few choices, channels from Discord, otherwise nothing. */
async function valueChoices(
  key: SettingKey,
  guildId: GuildId,
  tools: Tools,
): Promise<readonly ApplicationCommandOptionChoiceData<string>[]> {
  const { shape } = registry[key]
  const plainly = (values: readonly string[]) => values.map((value) => ({ name: value, value }))
  switch (shape.kind) {
    case 'switch':
      return plainly(['on', 'off'])
    case 'choice':
      return plainly(shape.values)
    case 'timezone':
      return plainly(['UTC', ...Intl.supportedValuesOf('timeZone')])
    case 'channel': {
      const channels = z.array(discordChannel).parse(await tools.rest.get(Routes.guildChannels(guildId)))
      const own = channels.filter((channel) => postable.includes(channel.type))
      return [...own.map(({ id, name }) => ({ name: `#${name ?? id}`, value: id })), ...plainly(['none'])]
    }
    case 'role': {
      const power = await rolePowerNow(tools, guildId)
      const own = [...(power?.roles ?? [])].filter(([id, known]) => !known.managed && String(id) !== guildId)
      return [...own.map(([id, { name }]) => ({ name: `@${name}`, value: String(id) })), ...plainly(['none'])]
    }
    default:
      return []
  }
}

const keyOption = (isRequired: boolean) => ({
  type: ApplicationCommandOptionType.String as const,
  name: 'key',
  ...described('settings:command.settings.key'),
  required: isRequired,
  autocomplete: true,
})

/** How this server wants the bot to work. */
export const settings: Command = {
  data: {
    name: 'settings',
    ...described('settings:command.settings'),
    default_member_permissions: String(PermissionFlagsBits.ManageGuild),
    options: [
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'show',
        ...described('settings:command.settings.show'),
        options: [keyOption(false)],
      },
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'set',
        ...described('settings:command.settings.set'),
        options: [
          keyOption(true),
          {
            type: ApplicationCommandOptionType.String,
            name: 'value',
            ...described('settings:command.settings.value'),
            required: true,
            max_length: 6000,
            autocomplete: true,
          },
        ],
      },
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'reset',
        ...described('settings:command.settings.reset'),
        options: [keyOption(true)],
      },
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'history',
        ...described('settings:command.settings.history'),
        options: [keyOption(false)],
      },
    ],
  },
  async run(interaction, guildId, tools) {
    const say = speakTo(interaction)
    const typed = interaction.options.getString('key')
    switch (interaction.options.getSubcommand()) {
      case 'show':
        return show(say, typed, guildId, tools)
      case 'set':
        return set(keyOf(say, typed ?? ''), interaction, guildId, tools)
      case 'reset':
        return reset(keyOf(say, typed ?? ''), interaction, guildId, tools)
      case 'history': {
        const subject = typed === null ? {} : { subject: keyOf(say, typed) }
        return historyView(say, await auditOf(tools.sql, { guildId, ...subject, limit: 25 }))
      }
      default:
        throw new Error('a subcommand of /settings is not handled')
    }
  },
  async complete(interaction, guildId, tools) {
    const focused = interaction.options.getFocused(true)
    const typed = focused.value.trim().toLowerCase()
    const isLike = ({ name }: { readonly name: string }) => name.toLowerCase().includes(typed)
    if (focused.name === 'key') return settingKeys.map((key) => ({ name: key, value: key })).filter(isLike)
    const key = settingKeys.find((known) => known === interaction.options.getString('key'))
    return key === undefined ? [] : (await valueChoices(key, guildId, tools)).filter(isLike)
  },
}
