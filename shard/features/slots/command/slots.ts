import {
  type APIApplicationCommandBasicOption,
  type APIApplicationCommandOption,
  type APIApplicationCommandSubcommandOption,
  ApplicationCommandOptionType,
  ChannelType,
  type ChatInputCommandInteraction,
  PermissionFlagsBits,
} from 'discord.js'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { channelId, type GuildId, userId } from '../../../../cluster/runtime/ids.ts'
import { transaction } from '../../../../sql/client.ts'
import { type SettingKey, writeSetting } from '../../../../sql/queries/settings.ts'
import { pickOf } from '../../../../sql/queries/slotpicks.ts'
import { listFigures, newestRequest, waitingRequests } from '../../../../sql/queries/slots.ts'
import type { Command, Reply, Tools } from '../../feature.ts'
import { described, named, speakTo } from '../../language.ts'
import { postPanel, touchPanels } from '../../panel.ts'
import { completeViewer, viewerOptions } from '../../viewer.ts'
import { limits, longestCall } from '../rules.ts'
import { clearQuestion, listView, openedView, pickedView, proofView, statusView } from '../view.ts'
import { slotPanel } from './buttons.ts'
import { standingOf, switchList } from './list.ts'
import { completeLists, listRuns } from './lists.ts'
import { pick, verifyPick } from './pick.ts'

type Run = (interaction: ChatInputCommandInteraction, guildId: GuildId, tools: Tools) => Promise<Reply>

const authorOf = (interaction: ChatInputCommandInteraction) =>
  ({ source: 'discord', actorId: userId(interaction.user.id) }) as const

/** Changes one of the two numbers that have a subcommand of their own. */
const setNumber =
  (key: Extract<SettingKey, 'slot_max_requests_per_user' | 'slot_request_cooldown_seconds'>, option: string): Run =>
  async (interaction, guildId, { sql }) => {
    const value = interaction.options.getInteger(option, true)
    await transaction(sql, async (db) => {
      await writeSetting(db, { guildId, key, value, by: authorOf(interaction) })
      await touchPanels(db, 'slots', [guildId])
    })
    return statusView(speakTo(interaction), await standingOf(sql, guildId), speakTo(interaction)('slots:saved'))
  }

const runs: Readonly<Record<string, Run>> = {
  async open(interaction, guildId, tools) {
    const by = authorOf(interaction)
    const isNews = await transaction(tools.sql, (db) =>
      switchList(db, { guildId, isOpen: true, by, ref: interaction.id }, tools),
    )
    const [standing, newest] = await Promise.all([standingOf(tools.sql, guildId), newestRequest(tools.sql, guildId)])
    return openedView(speakTo(interaction), guildId, { standing, wasOpen: !isNews, newest })
  },
  async close(interaction, guildId, tools) {
    const say = speakTo(interaction)
    const by = authorOf(interaction)
    const isNews = await transaction(tools.sql, (db) =>
      switchList(db, { guildId, isOpen: false, by, ref: interaction.id }, tools),
    )
    return statusView(say, await standingOf(tools.sql, guildId), say(isNews ? 'slots:closed' : 'slots:was_closed'))
  },
  status: async (interaction, guildId, { sql }) => statusView(speakTo(interaction), await standingOf(sql, guildId)),
  async pick(interaction, guildId, tools) {
    const say = speakTo(interaction)
    const by = userId(interaction.user.id)
    const made = await transaction(tools.sql, (db) => pick(db, { guildId, by, sourceRef: interaction.id }, tools))
    if (made === undefined) throw new UserError('nobody_waits', say('slots:error.nobody_waits'))
    return pickedView(say, guildId, made)
  },
  async list(interaction, guildId, { sql }) {
    const [figures, waiting] = await Promise.all([
      listFigures(sql, guildId),
      waitingRequests(sql, { guildId, limit: 50 }),
    ])
    return listView(speakTo(interaction), figures, waiting)
  },
  async clear(interaction, guildId, { sql }) {
    const say = speakTo(interaction)
    const [figures, newest] = await Promise.all([listFigures(sql, guildId), newestRequest(sql, guildId)])
    return newest === undefined ? { content: say('slots:clear.empty') } : clearQuestion(say, guildId, figures, newest)
  },
  limit: setNumber('slot_max_requests_per_user', 'number'),
  cooldown: setNumber('slot_request_cooldown_seconds', 'seconds'),
  async panel(interaction, guildId, tools) {
    const say = speakTo(interaction)
    const channel = channelId(interaction.options.getChannel('channel')?.id ?? interaction.channelId)
    const by = userId(interaction.user.id)
    await postPanel(slotPanel, { guildId, channelId: channel, by, nonce: interaction.id, say }, tools)
    return { content: say('common:panel.posted', { channel: `<#${channel}>` }) }
  },
  async proof(interaction, guildId, { sql }) {
    const say = speakTo(interaction)
    const number = interaction.options.getInteger('number')
    const made = await pickOf(sql, { guildId, ...(number === null ? {} : { number }) })
    if (made === undefined) throw new UserError('no_pick', say('slots:error.no_pick'))
    return proofView(say, made, await verifyPick(guildId, made))
  },
}

const { Subcommand, SubcommandGroup, Integer, Number: Decimal, String: Text, Channel } = ApplicationCommandOptionType

const sub = (
  name: string,
  key: Parameters<typeof described>[0],
  options: APIApplicationCommandBasicOption[] = [],
): APIApplicationCommandSubcommandOption => ({ type: Subcommand, name, ...described(key), options })

const slotOption = (required: boolean): APIApplicationCommandBasicOption => ({
  type: Text,
  name: 'slot',
  ...described('slots:command.slot'),
  required,
  autocomplete: true,
  max_length: longestCall,
})

const groups: APIApplicationCommandOption[] = [
  {
    type: SubcommandGroup,
    name: 'blacklist',
    ...described('slots:command.blacklist'),
    options: [
      sub('add', 'slots:command.blacklist.add', [
        ...viewerOptions,
        { type: Text, name: 'reason', ...described('slots:command.reason'), max_length: limits.reason },
      ]),
      sub('remove', 'slots:command.blacklist.remove', [...viewerOptions]),
      sub('list', 'slots:command.blacklist.list'),
      sub('check', 'slots:command.blacklist.check', [...viewerOptions]),
    ],
  },
  {
    type: SubcommandGroup,
    name: 'reward',
    ...described('slots:command.reward'),
    options: [
      sub('add', 'slots:command.reward.add', [
        { type: Text, name: 'type', ...described('slots:command.reward.type'), required: true, max_length: 60 },
        {
          type: Decimal,
          name: 'amount',
          ...described('slots:command.reward.amount'),
          required: true,
          min_value: 0.01,
          max_value: 999_999_999,
        },
        {
          type: Decimal,
          name: 'chance',
          ...described('slots:command.reward.chance'),
          required: true,
          min_value: 0.01,
          max_value: 100,
        },
      ]),
      sub('remove', 'slots:command.reward.remove', [
        {
          type: Integer,
          name: 'number',
          ...described('slots:command.reward.number'),
          required: true,
          min_value: 1,
          autocomplete: true,
        },
      ]),
      sub('list', 'slots:command.reward.list'),
    ],
  },
  {
    type: SubcommandGroup,
    name: 'catalogue',
    ...described('slots:command.catalogue'),
    options: [
      sub('set', 'slots:command.catalogue.set', [
        slotOption(true),
        {
          type: Text,
          name: 'state',
          ...described('slots:command.catalogue.state'),
          choices: [
            { ...named('slots:choice.allowed'), value: 'allowed' },
            { ...named('slots:choice.banned'), value: 'banned' },
            { ...named('slots:choice.unavailable'), value: 'unavailable' },
          ],
        },
        { type: Text, name: 'provider', ...described('slots:command.catalogue.provider'), max_length: 60 },
      ]),
      sub('remove', 'slots:command.catalogue.remove', [slotOption(true)]),
      sub('list', 'slots:command.catalogue.list', [slotOption(false)]),
    ],
  },
]

/** What viewers ask to be played: the list, the picks from it, and everything around them. */
export const slots: Command = {
  data: {
    name: 'slots',
    ...described('slots:command.slots'),
    default_member_permissions: String(PermissionFlagsBits.ManageGuild),
    options: [
      sub('open', 'slots:command.open'),
      sub('close', 'slots:command.close'),
      sub('status', 'slots:command.status'),
      sub('pick', 'slots:command.pick'),
      sub('list', 'slots:command.list'),
      sub('clear', 'slots:command.clear'),
      sub('limit', 'slots:command.limit', [
        {
          type: Integer,
          name: 'number',
          ...described('slots:command.limit.number'),
          required: true,
          min_value: 0,
          max_value: 100,
        },
      ]),
      sub('cooldown', 'slots:command.cooldown', [
        {
          type: Integer,
          name: 'seconds',
          ...described('slots:command.cooldown.seconds'),
          required: true,
          min_value: 0,
          max_value: 86_400,
        },
      ]),
      sub('panel', 'slots:command.panel', [
        {
          type: Channel,
          name: 'channel',
          ...described('slots:command.panel.channel'),
          channel_types: [ChannelType.GuildText, ChannelType.GuildAnnouncement],
        },
      ]),
      sub('proof', 'slots:command.proof', [
        { type: Integer, name: 'number', ...described('slots:command.proof.number'), min_value: 1 },
      ]),
      ...groups,
    ],
  },
  run(interaction, guildId, tools) {
    const group = interaction.options.getSubcommandGroup(false)
    const name = interaction.options.getSubcommand()
    const run = group === null ? runs[name] : listRuns[group]?.[name]
    if (run === undefined) throw new Error('a subcommand of /slots is not handled')
    return run(interaction, guildId, tools)
  },
  async complete(interaction, guildId, tools) {
    const { name, value } = interaction.options.getFocused(true)
    return name === 'name'
      ? completeViewer(interaction, guildId, tools.sql)
      : completeLists(name, value, guildId, speakTo(interaction), tools)
  },
}
