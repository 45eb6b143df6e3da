import {
  type APIApplicationCommandBasicOption,
  type APIApplicationCommandSubcommandOption,
  ApplicationCommandOptionType,
  ChannelType,
  PermissionFlagsBits,
} from 'discord.js'
import { type EntryMethod, entryMethods, giveawaysIn, templatesOf } from '../../../../sql/queries/giveaways.ts'
import type { Command } from '../../feature.ts'
import { described, named } from '../../language.ts'
import { limits } from '../rules/limits.ts'
import { openCreate, openStart } from './create.ts'
import { manage } from './manage.ts'
import { template } from './template.ts'

const {
  Subcommand,
  SubcommandGroup,
  String: Text,
  Integer,
  Boolean: Switch,
  Role,
  Channel,
} = ApplicationCommandOptionType

const channel: APIApplicationCommandBasicOption = {
  type: Channel,
  name: 'channel',
  ...described('giveaways:command.channel'),
  channel_types: [ChannelType.GuildText, ChannelType.GuildAnnouncement],
}
const number: APIApplicationCommandBasicOption = {
  type: Integer,
  name: 'number',
  ...described('giveaways:command.number'),
  min_value: 1,
  max_value: 999_999_999,
  required: true,
  autocomplete: true,
}
const templateName: APIApplicationCommandBasicOption = {
  type: Text,
  name: 'template',
  ...described('giveaways:command.template.which'),
  required: true,
  autocomplete: true,
}
const method: APIApplicationCommandBasicOption = {
  type: Text,
  name: 'method',
  ...described('giveaways:command.method'),
  required: true,
  choices: entryMethods.map((value: EntryMethod) => ({ ...named(`giveaways:method.${value}`), value })),
}

const whole = (
  name: 'winners' | 'entries' | 'messages' | 'minutes' | 'claim' | 'bonus_tickets' | 'other_tickets',
  max: number,
): APIApplicationCommandBasicOption => ({
  type: Integer,
  name,
  ...described(`giveaways:command.${name}`),
  min_value: name === 'claim' ? 0 : 1,
  max_value: max,
})
const role = (name: 'role' | 'bonus_role' | 'other_role'): APIApplicationCommandBasicOption => ({
  type: Role,
  name,
  ...described(`giveaways:command.${name}`),
})
const yesOrNo = (name: 'button' | 'linked' | 'post'): APIApplicationCommandBasicOption => ({
  type: Switch,
  name,
  ...described(`giveaways:command.${name}`),
})

/** How a giveaway is run. */
const ways: readonly APIApplicationCommandBasicOption[] = [
  whole('winners', limits.winners),
  whole('entries', limits.entries),
  role('role'),
  role('bonus_role'),
  whole('bonus_tickets', limits.bonusTickets),
  role('other_role'),
  whole('other_tickets', limits.bonusTickets),
  whole('claim', limits.claimMinutes),
  yesOrNo('linked'),
  yesOrNo('button'),
  whole('messages', limits.messages),
  whole('minutes', limits.windowMinutes),
]

type Plain = 'create' | 'start' | 'stop' | 'draw' | 'reroll' | 'cancel' | 'list' | 'show' | 'proof'
const subcommand = (
  name: Plain,
  options: readonly APIApplicationCommandBasicOption[] = [],
): APIApplicationCommandSubcommandOption => ({
  type: Subcommand,
  name,
  ...described(`giveaways:command.${name}`),
  options: [...options],
})

/** Giveaways: begun, ended and drawn here. The words of a new one are asked for by a form. */
export const giveaway: Command = {
  data: {
    name: 'giveaway',
    ...described('giveaways:command.giveaway'),
    default_member_permissions: String(PermissionFlagsBits.ManageGuild),
    options: [
      subcommand('create', [method, channel, ...ways]),
      subcommand('start', [templateName, channel]),
      subcommand('stop', [number]),
      subcommand('draw', [number]),
      subcommand('reroll', [
        number,
        { type: Integer, name: 'winner', ...described('giveaways:command.winner'), min_value: 1, max_value: 100_000 },
      ]),
      subcommand('cancel', [number]),
      subcommand('list'),
      subcommand('show', [number, yesOrNo('post')]),
      subcommand('proof', [number]),
      {
        type: SubcommandGroup,
        name: 'template',
        ...described('giveaways:command.template'),
        options: [
          {
            type: Subcommand,
            name: 'save',
            ...described('giveaways:command.template.save'),
            options: [
              {
                type: Text,
                name: 'name',
                ...described('giveaways:command.template.name'),
                max_length: limits.templateName,
                required: true,
              },
              method,
              {
                type: Text,
                name: 'keyword',
                ...described('giveaways:command.template.keyword'),
                max_length: limits.keyword,
              },
              {
                type: Text,
                name: 'questions',
                ...described('giveaways:command.template.questions'),
                max_length: limits.questions * (limits.question + 3),
              },
              ...ways,
            ],
          },
          { type: Subcommand, name: 'list', ...described('giveaways:command.template.list') },
          {
            type: Subcommand,
            name: 'remove',
            ...described('giveaways:command.template.remove'),
            options: [templateName],
          },
        ],
      },
    ],
  },
  opens: { create: openCreate, start: openStart },
  run(interaction, guildId, tools) {
    const name = interaction.options.getSubcommand()
    if (interaction.options.getSubcommandGroup(false) === 'template') {
      const run = Object.entries(template).find(([known]) => known === name)?.[1]
      if (run !== undefined) return run(interaction, guildId, tools)
    }
    const run = manage[name]
    if (run === undefined) throw new Error('a subcommand of /giveaway is not handled')
    return run(interaction, guildId, tools)
  },
  async complete(interaction, guildId, { sql }) {
    const { name, value } = interaction.options.getFocused(true)
    const typed = String(value).trim().toLowerCase()
    if (name === 'template') {
      const all = await templatesOf(sql, { guildId })
      return all
        .filter((one) => one.name.includes(typed))
        .map((one) => ({ name: one.displayName.slice(0, 100), value: one.name }))
    }
    const wanted = interaction.options.getSubcommand()
    const all = await giveawaysIn(sql, { guildId, statuses: statusesFor(wanted), limit: 100 })
    return all
      .filter(({ id, title }) => `#${id} ${title.toLowerCase()}`.includes(typed))
      .map(({ id, title }) => ({ name: `#${id} ${title}`.slice(0, 100), value: id }))
  },
}

/** Which giveaways a subcommand can do something about. */
const statusesFor = (wanted: string) => {
  switch (wanted) {
    case 'stop':
      return ['active'] as const
    case 'draw':
    case 'cancel':
      return ['active', 'ended'] as const
    case 'reroll':
      return ['completed'] as const
    default:
      return ['active', 'drawing', 'ended', 'completed', 'cancelled', 'pending'] as const
  }
}
