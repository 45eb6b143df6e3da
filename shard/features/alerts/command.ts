import {
  ApplicationCommandOptionType,
  ChannelType,
  type ChatInputCommandInteraction,
  PermissionFlagsBits,
} from 'discord.js'
import { UserError } from '../../../cluster/runtime/errors.ts'
import { channelId, type GuildId, roleId, userId } from '../../../cluster/runtime/ids.ts'
import { transaction } from '../../../sql/client.ts'
import { type AlertSetup, type AlertUpdates, alertSetupOf, saveAlertSetup } from '../../../sql/queries/alerts.ts'
import { audit } from '../../../sql/queries/audit.ts'
import { codeOf, discordCode } from '../discord.ts'
import type { Button, Command, Reply, Tools } from '../feature.ts'
import { described, named, type Say, speakTo } from '../language.ts'
import { sendTest } from './outbox.ts'
import { limits, placeholders, readButton, unknownPlaceholders } from './rules.ts'
import { setupView } from './view.ts'

const isUpdates = (value: string | null): value is AlertUpdates =>
  value === 'none' || value === 'end' || value === 'all'

/** Keeps a changed setup and who changed it, and shows it. */
async function keep(
  interaction: ChatInputCommandInteraction,
  p: { guildId: GuildId; old: AlertSetup | undefined; setup: AlertSetup; note: string },
  { sql }: Tools,
): Promise<Reply> {
  const by = userId(interaction.user.id)
  const written = (setup: AlertSetup | undefined) => (setup === undefined ? null : JSON.stringify(setup))
  await transaction(sql, async (db) => {
    await saveAlertSetup(db, { guildId: p.guildId, setup: p.setup, userId: by })
    await audit(db, [
      {
        guildId: p.guildId,
        source: 'discord',
        actorId: by,
        action: 'alerts.set',
        subject: interaction.options.getSubcommand(),
        oldValue: written(p.old),
        newValue: written(p.setup),
      },
    ])
  })
  return setupView(speakTo(interaction), p.guildId, p.setup, p.note)
}

async function existing(say: Say, guildId: GuildId, { sql }: Tools): Promise<AlertSetup> {
  const setup = await alertSetupOf(sql, guildId)
  if (setup === undefined) throw new UserError('not_set_up', say('alerts:error.not_set_up'))
  return setup
}

/** Discord lets a bot mention a role that everybody may mention, and any role with a permission of its own. */
function mentionWarning(say: Say, { options, appPermissions }: ChatInputCommandInteraction): string {
  const role = options.getRole('role')
  if (role === null || role.mentionable || appPermissions.has(PermissionFlagsBits.MentionEveryone)) return ''
  return say('alerts:cannot_mention', { role: `<@&${role.id}>` })
}

const braces = (names: readonly string[]): string => names.map((name) => `\`{${name}}\``).join(', ')

/** A template as it was typed, or a sentence about what is wrong with it; null when nothing was typed. */
function readTemplate(say: Say, part: 'title' | 'description' | 'footer', typed: string | null): string | null {
  if (typed === null || typed.trim() === '') return null
  const { length } = [...typed]
  const max = limits[part]
  if (length > max)
    throw new UserError('too_long', say('alerts:error.too_long', { part: say(`alerts:part.${part}`), max, length }))
  const unknown = unknownPlaceholders(typed)
  if (unknown.length > 0) {
    const names = braces(unknown.map((name) => name.slice(0, 40)))
    throw new UserError('placeholder', say('alerts:error.placeholder', { names, known: braces(placeholders) }))
  }
  return typed.trim()
}

function changedButtons(say: Say, setup: AlertSetup, { options }: ChatInputCommandInteraction): AlertSetup['buttons'] {
  const [number, label, url] = [options.getInteger('remove'), options.getString('label'), options.getString('url')]
  if (number !== null) {
    if (setup.buttons[number - 1] === undefined)
      throw new UserError('no_button', say('alerts:error.no_button', { number }))
    return setup.buttons.filter((_, i) => i !== number - 1)
  }
  if (label === null || url === null) throw new UserError('button_what', say('alerts:error.button_what'))
  if (setup.buttons.length >= limits.buttons)
    throw new UserError('buttons', say('alerts:error.buttons', { max: limits.buttons }))
  const button = readButton({ label, url })
  switch (button) {
    case 'label':
      throw new UserError('label', say('alerts:error.label', { max: limits.label }))
    case 'url':
      throw new UserError('url', say('alerts:error.url'))
    case 'placeholder': {
      const names = braces(unknownPlaceholders(url).map((name) => name.slice(0, 40)))
      throw new UserError('placeholder', say('alerts:error.placeholder', { names, known: braces(placeholders) }))
    }
    default:
      return [...setup.buttons, button]
  }
}

async function test(say: Say, guildId: GuildId, tools: Tools): Promise<Reply> {
  try {
    const result = await sendTest(guildId, tools)
    if (result === 'not_set_up') throw new UserError('not_set_up', say('alerts:error.not_set_up'))
    if (result === 'no_channel') throw new UserError('no_channel', say('alerts:error.no_channel'))
    return { content: say('alerts:tested', { channel: `<#${result}>` }) }
  } catch (error) {
    const refusals: readonly (number | undefined)[] = [
      discordCode.missingAccess,
      discordCode.missingPermissions,
      discordCode.unknownChannel,
    ]
    if (!refusals.includes(codeOf(error) ?? -1)) throw error
    const { channelId: channel } = await existing(say, guildId, tools)
    throw new UserError('cannot_post', say('alerts:error.cannot_post', { channel: `<#${channel}>` }))
  }
}

/** Sends a test alert: `alerts:test:<guild>`. Answers whoever pressed; the message with the button stays. */
export const testButton: Button = {
  isPrivate: true,
  run: (interaction, guildId, _args, tools) => test(speakTo(interaction), guildId, tools),
}

/** Chooses when and how this server is told that its stream is live. */
export const alert: Command = {
  data: {
    name: 'alert',
    ...described('alerts:command.alert'),
    default_member_permissions: String(PermissionFlagsBits.ManageGuild),
    options: [
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'setup',
        ...described('alerts:command.alert.setup'),
        options: [
          {
            type: ApplicationCommandOptionType.Channel,
            name: 'channel',
            ...described('alerts:command.alert.setup.channel'),
            channel_types: [ChannelType.GuildText, ChannelType.GuildAnnouncement],
            required: true,
          },
          { type: ApplicationCommandOptionType.Role, name: 'role', ...described('alerts:command.alert.setup.role') },
          {
            type: ApplicationCommandOptionType.String,
            name: 'updates',
            ...described('alerts:command.alert.setup.updates'),
            choices: [
              { ...named('alerts:choice.none'), value: 'none' },
              { ...named('alerts:choice.end'), value: 'end' },
              { ...named('alerts:choice.all'), value: 'all' },
            ],
          },
        ],
      },
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'text',
        ...described('alerts:command.alert.text'),
        options: (['title', 'description', 'footer'] as const).map((part) => ({
          type: ApplicationCommandOptionType.String as const,
          name: part,
          ...described(`alerts:command.alert.text.${part}`),
        })),
      },
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'button',
        ...described('alerts:command.alert.button'),
        options: [
          {
            type: ApplicationCommandOptionType.String,
            name: 'label',
            ...described('alerts:command.alert.button.label'),
          },
          { type: ApplicationCommandOptionType.String, name: 'url', ...described('alerts:command.alert.button.url') },
          {
            type: ApplicationCommandOptionType.Integer,
            name: 'remove',
            ...described('alerts:command.alert.button.remove'),
            min_value: 1,
            max_value: limits.buttons,
          },
        ],
      },
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'show',
        ...described('alerts:command.alert.show'),
      },
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'test',
        ...described('alerts:command.alert.test'),
      },
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'off',
        ...described('alerts:command.alert.off'),
      },
    ],
  },
  async run(interaction, guildId, tools) {
    const say = speakTo(interaction)
    const { options } = interaction
    const subcommand = options.getSubcommand()
    if (subcommand === 'test') return test(say, guildId, tools)
    if (subcommand === 'setup') {
      const old = await alertSetupOf(tools.sql, guildId)
      const role = options.getRole('role')
      const updates = options.getString('updates')
      const setup: AlertSetup = {
        title: null,
        description: null,
        footer: null,
        buttons: [],
        ...old,
        channelId: channelId(options.getChannel('channel', true).id),
        enabled: true,
        roleId: role === null ? null : roleId(role.id),
        updates: isUpdates(updates) ? updates : (old?.updates ?? 'end'),
      }
      const note = [say('alerts:saved'), mentionWarning(say, interaction)].join('\n').trim()
      return keep(interaction, { guildId, old, setup, note }, tools)
    }
    const old = await existing(say, guildId, tools)
    switch (subcommand) {
      case 'show':
        return setupView(say, guildId, old)
      case 'off':
        return keep(
          interaction,
          { guildId, old, setup: { ...old, enabled: false }, note: say('alerts:turned_off') },
          tools,
        )
      case 'text': {
        const setup = {
          ...old,
          title: readTemplate(say, 'title', options.getString('title')),
          description: readTemplate(say, 'description', options.getString('description')),
          footer: readTemplate(say, 'footer', options.getString('footer')),
        }
        return keep(interaction, { guildId, old, setup, note: say('alerts:saved') }, tools)
      }
      case 'button':
        return keep(
          interaction,
          {
            guildId,
            old,
            setup: { ...old, buttons: changedButtons(say, old, interaction) },
            note: say('alerts:saved'),
          },
          tools,
        )
      default:
        throw new Error('a subcommand of /alert is not handled')
    }
  },
}
