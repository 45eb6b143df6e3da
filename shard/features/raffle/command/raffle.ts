import {
  type APIApplicationCommandBasicOption,
  ApplicationCommandOptionType,
  type ChatInputCommandInteraction,
  PermissionFlagsBits,
} from 'discord.js'
import type { GuildId } from '../../../../cluster/runtime/ids.ts'
import { mostTickets, ticketKinds } from '../../../../sql/queries/tickets.ts'
import type { Command, Reply, Tools } from '../../feature.ts'
import { described, named, speakTo } from '../../language.ts'
import { completeViewer, viewerOptions } from '../../viewer.ts'
import { mostWinners } from '../rules/draw.ts'
import { limits } from '../rules.ts'
import { draw, history, reroll } from './draw.ts'
import { askBaseline, check, give, recompute, remove, setTakingPart, stats } from './hand.ts'
import { askEnd, changeDates, start } from './life.ts'
import { showInfo } from './tickets.ts'

type Run = (interaction: ChatInputCommandInteraction, guildId: GuildId, tools: Tools) => Promise<Reply>

const runs: Readonly<Record<string, Run>> = {
  start,
  end: askEnd,
  dates: changeDates,
  info: (interaction, guildId, tools) => showInfo(speakTo(interaction), guildId, tools),
  draw,
  reroll,
  history,
  give,
  remove,
  stats,
  exclude: setTakingPart(true),
  include: setTakingPart(false),
  recompute,
  check,
  baseline: askBaseline,
}

type Described = Parameters<typeof described>[0]
const subcommand = (name: string, options: readonly APIApplicationCommandBasicOption[] = []) => ({
  type: ApplicationCommandOptionType.Subcommand as const,
  name,
  ...described(`raffle:command.raffle.${name}` as Described),
  options: [...options],
})
const words = (name: string, key: Described, max: number) => ({
  type: ApplicationCommandOptionType.String as const,
  name,
  ...described(key),
  max_length: max,
})

const planned = {
  type: ApplicationCommandOptionType.Boolean as const,
  name: 'planned',
  ...described('raffle:command.raffle.planned'),
}
const about = [
  words('title', 'raffle:command.raffle.title', limits.title),
  words('prize', 'raffle:command.raffle.prize', limits.prize),
]
const days = [words('from', 'raffle:command.raffle.from', 10), words('to', 'raffle:command.raffle.to', 10)]
const reason = words('reason', 'raffle:command.raffle.reason', limits.reason)

const number = {
  type: ApplicationCommandOptionType.Integer as const,
  name: 'raffle',
  ...described('raffle:command.raffle.number'),
  min_value: 1,
  max_value: 999_999_999,
}

/** Runs raffles. For members there is `/tickets`. */
export const raffleCommand: Command = {
  data: {
    name: 'raffle',
    ...described('raffle:command.raffle'),
    default_member_permissions: String(PermissionFlagsBits.ManageGuild),
    options: [
      subcommand('start', [
        ...about,
        {
          type: ApplicationCommandOptionType.Integer,
          name: 'days',
          ...described('raffle:command.raffle.days'),
          min_value: 1,
          max_value: limits.days,
        },
        ...days,
      ]),
      subcommand('end', [planned]),
      subcommand('dates', [...days, ...about, planned]),
      subcommand('info'),
      subcommand('draw', [
        {
          type: ApplicationCommandOptionType.Integer,
          name: 'winners',
          ...described('raffle:command.raffle.draw.winners'),
          min_value: 1,
          max_value: mostWinners,
        },
        words('prize', 'raffle:command.raffle.draw.prize', limits.prize),
        number,
      ]),
      subcommand('reroll', [
        {
          type: ApplicationCommandOptionType.Integer,
          name: 'draw',
          ...described('raffle:command.raffle.reroll.draw'),
          required: true,
          min_value: 1,
          max_value: 1_000_000,
        },
        { ...words('reason', 'raffle:command.raffle.reroll.reason', limits.reason), required: true },
        number,
      ]),
      subcommand('history'),
      subcommand('give', [
        {
          type: ApplicationCommandOptionType.Integer,
          name: 'tickets',
          ...described('raffle:command.raffle.give.tickets'),
          required: true,
          min_value: 1,
          max_value: mostTickets,
        },
        ...viewerOptions,
        reason,
      ]),
      subcommand('remove', [
        { ...words('tickets', 'raffle:command.raffle.remove.tickets', 10), required: true },
        ...viewerOptions,
        {
          type: ApplicationCommandOptionType.String,
          name: 'from',
          ...described('raffle:command.raffle.remove.kind'),
          choices: ticketKinds.map((kind) => ({ ...named(`raffle:kind.${kind}`), value: kind })),
        },
        reason,
      ]),
      subcommand('stats', viewerOptions),
      subcommand('exclude', [...viewerOptions, reason]),
      subcommand('include', [...viewerOptions, reason]),
      subcommand('recompute'),
      subcommand('check'),
      subcommand('baseline', viewerOptions),
    ],
  },
  run(interaction, guildId, tools) {
    const run = runs[interaction.options.getSubcommand()]
    if (run === undefined) throw new Error('a subcommand of /raffle is not handled')
    return run(interaction, guildId, tools)
  },
  complete: (interaction, guildId, { sql }) => completeViewer(interaction, guildId, sql),
}
