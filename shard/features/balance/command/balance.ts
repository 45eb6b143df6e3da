import {
  type APIApplicationCommandBasicOption,
  ApplicationCommandOptionType,
  ChannelType,
  type ChatInputCommandInteraction,
  PermissionFlagsBits,
} from 'discord.js'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { channelId, type GuildId, userId } from '../../../../cluster/runtime/ids.ts'
import { type Db, transaction } from '../../../../sql/client.ts'
import { type Round, type RoundStatus, roundsOf } from '../../../../sql/queries/balance.ts'
import type { Command, Reply, Tools } from '../../feature.ts'
import { described, type Say, speakTo } from '../../language.ts'
import { postPanel } from '../../panel.ts'
import { limits, readCents } from '../rules.ts'
import { statusView } from '../view.ts'
import { actOf, balancePanel, usual } from './buttons.ts'
import { type Act, cancel, close, complete, named, open, reopen, standingOf } from './rounds.ts'

type Run = (interaction: ChatInputCommandInteraction, guildId: GuildId, tools: Tools) => Promise<Reply>

interface Change {
  readonly db: Db
  readonly say: Say
  readonly act: Act
  readonly options: ChatInputCommandInteraction['options']
  readonly openedBy: string
  readonly tools: Tools
}

/** Changes a round in one transaction, and shows how it stands then, under a note. */
const changing =
  (work: (change: Change) => Promise<Round>, noteOf: (say: Say, round: Round) => string): Run =>
  async (interaction, guildId, tools) => {
    const say = speakTo(interaction)
    const { options, user } = interaction
    const act = actOf(interaction, guildId)
    const round = await transaction(tools.sql, (db) =>
      work({ db, say, act, options, openedBy: user.displayName, tools }),
    )
    return statusView(say, await standingOf(tools.sql, guildId, round.number), noteOf(say, round))
  }

/** In which states a subcommand finds its round. */
const states = {
  result: ['closed'],
  reopen: ['closed', 'completed'],
  cancel: ['open', 'closed'],
  status: ['open', 'closed', 'completed', 'cancelled'],
} as const satisfies Readonly<Record<string, readonly RoundStatus[]>>
type Naming = keyof typeof states
const isNaming = (subcommand: string): subcommand is Naming => Object.hasOwn(states, subcommand)

const chosen = ({ db, say, act, options }: Change, subcommand: Naming): Promise<Round> =>
  named(db, say, act.guildId, { number: options.getInteger('round', true), status: states[subcommand] })

const runs: Readonly<Record<string, Run>> = {
  open: changing(
    ({ db, say, act, options, openedBy, tools }) =>
      open(
        db,
        say,
        act,
        {
          winnerCount: options.getInteger('winners') ?? usual.winnerCount,
          firstIsFinal: options.getBoolean('first_is_final') ?? usual.firstIsFinal,
          noOvershoot: options.getBoolean('no_overshoot') ?? usual.noOvershoot,
          prize: options.getString('prize')?.trim() || null,
          minutes: options.getInteger('minutes'),
          openedBy,
        },
        tools,
      ),
    (say, { number }) => say('balance:opened', { number }),
  ),
  close: changing(
    ({ db, say, act, tools }) => close(db, say, act, undefined, tools),
    (say, { number }) => say('balance:closed', { number }),
  ),
  result: changing(
    async (change) => {
      const { db, say, act, options, tools } = change
      const result = readCents(options.getString('amount', true))
      if (result === undefined) throw new UserError('amount', say('balance:error.amount'))
      return complete(db, say, act, { round: await chosen(change, 'result'), result }, tools)
    },
    (say, { number }) => say('balance:completed', { number }),
  ),
  reopen: changing(
    async (change) => {
      const { db, say, act, tools } = change
      return reopen(db, say, act, await chosen(change, 'reopen'), tools)
    },
    (say, { number, status }) => say(status === 'open' ? 'balance:reopened' : 'balance:withdrawn', { number }),
  ),
  cancel: changing(
    async (change) => {
      const { db, say, act, tools } = change
      return cancel(db, say, act, await chosen(change, 'cancel'), tools)
    },
    (say, { number }) => say('balance:cancelled', { number }),
  ),
  async status(interaction, guildId, { sql }) {
    const say = speakTo(interaction)
    const number = interaction.options.getInteger('round') ?? undefined
    if (number !== undefined) await named(sql, say, guildId, { number, status: states.status })
    return statusView(say, await standingOf(sql, guildId, number))
  },
  async panel(interaction, guildId, tools) {
    const say = speakTo(interaction)
    const channel = channelId(interaction.options.getChannel('channel')?.id ?? interaction.channelId)
    const by = userId(interaction.user.id)
    await postPanel(balancePanel, { guildId, channelId: channel, by, nonce: interaction.id, say }, tools)
    return { content: say('common:panel.posted', { channel: `<#${channel}>` }) }
  },
}

const { Subcommand, Integer, String: Text, Boolean: Switch, Channel } = ApplicationCommandOptionType

const roundOption = (required: boolean): APIApplicationCommandBasicOption => ({
  type: Integer,
  name: 'round',
  ...described('balance:command.round'),
  required,
  min_value: 1,
  autocomplete: true,
})

/** Guess the Balance: rounds in which chat guesses an amount. */
export const balance: Command = {
  data: {
    name: 'balance',
    ...described('balance:command.balance'),
    default_member_permissions: String(PermissionFlagsBits.ManageGuild),
    options: [
      {
        type: Subcommand,
        name: 'open',
        ...described('balance:command.open'),
        options: [
          {
            type: Integer,
            name: 'winners',
            ...described('balance:command.winners'),
            min_value: 1,
            max_value: limits.winners,
          },
          { type: Text, name: 'prize', ...described('balance:command.prize'), max_length: limits.prize },
          {
            type: Integer,
            name: 'minutes',
            ...described('balance:command.minutes'),
            min_value: 1,
            max_value: limits.minutes,
          },
          { type: Switch, name: 'first_is_final', ...described('balance:command.first_is_final') },
          { type: Switch, name: 'no_overshoot', ...described('balance:command.no_overshoot') },
        ],
      },
      { type: Subcommand, name: 'close', ...described('balance:command.close') },
      {
        type: Subcommand,
        name: 'result',
        ...described('balance:command.result'),
        options: [
          roundOption(true),
          {
            type: Text,
            name: 'amount',
            ...described('balance:command.amount'),
            required: true,
            max_length: limits.typed,
          },
        ],
      },
      { type: Subcommand, name: 'reopen', ...described('balance:command.reopen'), options: [roundOption(true)] },
      { type: Subcommand, name: 'cancel', ...described('balance:command.cancel'), options: [roundOption(true)] },
      { type: Subcommand, name: 'status', ...described('balance:command.status'), options: [roundOption(false)] },
      {
        type: Subcommand,
        name: 'panel',
        ...described('balance:command.panel'),
        options: [
          {
            type: Channel,
            name: 'channel',
            ...described('balance:command.panel.channel'),
            channel_types: [ChannelType.GuildText, ChannelType.GuildAnnouncement],
          },
        ],
      },
    ],
  },
  run(interaction, guildId, tools) {
    const run = runs[interaction.options.getSubcommand()]
    if (run === undefined) throw new Error('a subcommand of /balance is not handled')
    return run(interaction, guildId, tools)
  },
  async complete(interaction, guildId, { sql }) {
    const say = speakTo(interaction)
    const subcommand = interaction.options.getSubcommand()
    if (!isNaming(subcommand)) return []
    const rounds = await roundsOf(sql, { guildId, status: states[subcommand], limit: 25 })
    return rounds.map((round) => ({
      name: `#${round.number} · ${say(`balance:state.${round.status}`)}`.slice(0, 100),
      value: round.number,
    }))
  },
}
