import {
  ApplicationCommandOptionType,
  ChannelType,
  type ChatInputCommandInteraction,
  ComponentType,
  PermissionFlagsBits,
  TextInputStyle,
} from 'discord.js'
import { clipOrigin, readRecording } from '../../../cluster/runtime/clips.ts'
import { UserError } from '../../../cluster/runtime/errors.ts'
import { channelId, type GuildId, userId } from '../../../cluster/runtime/ids.ts'
import { transaction } from '../../../sql/client.ts'
import { audit } from '../../../sql/queries/audit.ts'
import {
  type ClipService,
  channelKeys,
  clipServicesOf,
  clipsIn,
  liveSince,
  proposedService,
  saveClipService,
} from '../../../sql/queries/clips.ts'
import { type CommandLevel, commandLevels } from '../../../sql/queries/commands.ts'
import type { Command, ModalSubmit, Opening, Reply, Tools } from '../feature.ts'
import { described, named, type Say, speakTo } from '../language.ts'
import { record } from './event.ts'
import { askService, keyPurpose } from './outbox.ts'
import { bufferRef, limits } from './rules.ts'
import { clipsView, serviceView } from './view.ts'

const { Subcommand, String: Text, Channel } = ApplicationCommandOptionType

async function existing(say: Say, guildId: GuildId, { sql }: Tools): Promise<ClipService> {
  const [service] = await clipServicesOf(sql, [guildId])
  if (service === undefined) throw new UserError('not_set_up', say('clips:error.not_set_up'))
  return service
}

/** Keeps a changed setup and who changed it. The note of it holds no key. */
async function keep(
  interaction: { readonly user: { readonly id: string } },
  guildId: GuildId,
  p: { readonly service: ClipService; readonly action: string },
  { sql }: Tools,
): Promise<void> {
  const by = userId(interaction.user.id)
  const { keySealed: _, keyId: __, guildId: ___, ...shown } = p.service
  await transaction(sql, async (db) => {
    await saveClipService(db, { service: p.service, userId: by })
    await audit(db, [
      { guildId, source: 'discord', actorId: by, action: p.action, subject: 'clips', newValue: JSON.stringify(shown) },
    ])
  })
}

/** Asks for address and key: in a form, so that the key stands in no command that somebody looks up again. */
async function openSetup(interaction: ChatInputCommandInteraction, guildId: GuildId, tools: Tools): Promise<Opening> {
  const say = speakTo(interaction)
  if (tools.clipHosts.length === 0) throw new UserError('no_hosts', say('clips:error.no_hosts'))
  const [[service], [proposed]] = await Promise.all([
    clipServicesOf(tools.sql, [guildId]),
    proposedService(tools.sql, guildId),
  ])
  const url = service?.url ?? clipOrigin(proposed?.url ?? '', tools.clipHosts)
  const field = (name: 'url' | 'key', max: number, value?: string) => ({
    type: ComponentType.Label as const,
    label: say(`clips:form.${name}`),
    component: {
      type: ComponentType.TextInput as const,
      custom_id: name,
      style: TextInputStyle.Short,
      required: true,
      max_length: max,
      ...(value !== undefined && { value }),
    },
  })
  return {
    modal: {
      custom_id: `clips:setup:${guildId}`,
      title: say('clips:form.title'),
      components: [field('url', limits.url, url), field('key', limits.key)],
    },
  }
}

/** Keeps address and key once the service has shown that it takes the key: `clips:setup:<guild>`. */
export const setupForm: ModalSubmit = {
  isPrivate: true,
  async run(interaction, guildId, _args, tools) {
    const say = speakTo(interaction)
    if (!interaction.memberPermissions?.has(PermissionFlagsBits.ManageGuild)) {
      const permission = say('common:permission.ManageGuild')
      throw new UserError('permission', say('common:refused.permission', { permission }))
    }
    const origin = clipOrigin(interaction.fields.getTextInputValue('url'), tools.clipHosts)
    if (origin === undefined) {
      const hosts = tools.clipHosts.map((host) => `\`${host}\``).join(', ')
      throw new UserError('url', say('clips:error.url', { hosts }))
    }
    const key = interaction.fields.getTextInputValue('key').trim()
    if (key === '' || /[^\x21-\x7e]/.test(key)) throw new UserError('key', say('clips:error.key_form'))
    const [[old], [proposed], [channel]] = await Promise.all([
      clipServicesOf(tools.sql, [guildId]),
      proposedService(tools.sql, guildId),
      channelKeys(tools.sql, [guildId]),
    ])
    if (channel === undefined) throw new UserError('no_channel', say('clips:error.no_channel'))
    const service: ClipService = {
      durationSeconds: proposed?.durationSeconds ?? 30,
      channelId: proposed?.channelId ?? null,
      level: 'everyone',
      userCooldown: 60,
      channelCooldown: 15,
      ...old,
      guildId,
      url: origin,
      keySealed: tools.secrets.encrypt(key, keyPurpose(guildId)),
      keyId: tools.secrets.keyId,
      enabled: true,
    }
    const path = `/api/clips/buffer/status?channel=${encodeURIComponent(channel.slug)}`
    const answer = await askService(service, { method: 'GET', path }, tools)
    if (answer.kind === 'unreachable') throw new UserError('unreachable', say('clips:error.unreachable'))
    if (answer.status === 401 || answer.status === 403) throw new UserError('key', say('clips:error.key'))
    if (readRecording(answer) === undefined) throw new UserError('strange', say('clips:error.strange'))
    await keep(interaction, guildId, { service, action: 'clips.setup' }, tools)
    const since = await liveSince(tools.sql, guildId)
    if (since !== undefined) {
      const followers = [{ guildId, ref: bufferRef(origin, channel.broadcasterUserId) }]
      await transaction(tools.sql, (db) => record(db, { followers, startedAt: since.getTime(), isLive: true }, tools))
    }
    return serviceView(say, service, say('clips:saved'))
  },
}

const isLevel = (value: string | null): value is CommandLevel => commandLevels.some((level) => level === value)

type Run = (interaction: ChatInputCommandInteraction, guildId: GuildId, tools: Tools) => Promise<Reply>

const runs: Readonly<Record<string, Run>> = {
  async options(interaction, guildId, tools) {
    const say = speakTo(interaction)
    const { options } = interaction
    const old = await existing(say, guildId, tools)
    const channel = options.getChannel('channel')
    const level = options.getString('level')
    const service: ClipService = {
      ...old,
      durationSeconds: options.getInteger('duration') ?? old.durationSeconds,
      channelId: channel === null ? old.channelId : channelId(channel.id),
      level: isLevel(level) ? level : old.level,
      userCooldown: options.getInteger('user_cooldown') ?? old.userCooldown,
      channelCooldown: options.getInteger('channel_cooldown') ?? old.channelCooldown,
    }
    await keep(interaction, guildId, { service, action: 'clips.options' }, tools)
    return serviceView(say, service, say('clips:saved'))
  },
  async off(interaction, guildId, tools) {
    const say = speakTo(interaction)
    const service = { ...(await existing(say, guildId, tools)), enabled: false }
    await keep(interaction, guildId, { service, action: 'clips.off' }, tools)
    return serviceView(say, service, say('clips:turned_off'))
  },
  async show(interaction, guildId, tools) {
    const say = speakTo(interaction)
    return serviceView(say, await existing(say, guildId, tools))
  },
  list: async (interaction, guildId, { sql }) =>
    clipsView(speakTo(interaction), await clipsIn(sql, { guildId, limit: limits.shown })),
}

const whole = (name: 'duration' | 'user_cooldown' | 'channel_cooldown', min: number, max: number) => ({
  type: ApplicationCommandOptionType.Integer as const,
  name,
  ...described(`clips:command.${name}`),
  min_value: min,
  max_value: max,
})

/** Clips of the stream, cut by a service of the server's choice. */
export const clips: Command = {
  data: {
    name: 'clips',
    ...described('clips:command.clips'),
    default_member_permissions: String(PermissionFlagsBits.ManageGuild),
    options: [
      { type: Subcommand, name: 'setup', ...described('clips:command.setup') },
      {
        type: Subcommand,
        name: 'options',
        ...described('clips:command.options'),
        options: [
          {
            type: Channel,
            name: 'channel',
            ...described('clips:command.channel'),
            channel_types: [ChannelType.GuildText, ChannelType.GuildAnnouncement],
          },
          whole('duration', limits.duration.min, limits.duration.max),
          {
            type: Text,
            name: 'level',
            ...described('clips:command.level'),
            choices: commandLevels.map((value) => ({ ...named(`clips:level.${value}`), value })),
          },
          whole('user_cooldown', 0, limits.cooldown),
          whole('channel_cooldown', 0, limits.cooldown),
        ],
      },
      { type: Subcommand, name: 'off', ...described('clips:command.off') },
      { type: Subcommand, name: 'show', ...described('clips:command.show') },
      { type: Subcommand, name: 'list', ...described('clips:command.list') },
    ],
  },
  opens: { setup: openSetup },
  run(interaction, guildId, tools) {
    const run = runs[interaction.options.getSubcommand()]
    if (run === undefined) throw new Error('a subcommand of /clips is not handled')
    return run(interaction, guildId, tools)
  },
}
