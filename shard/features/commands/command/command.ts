import {
  type ApplicationCommandOptionChoiceData,
  ApplicationCommandOptionType,
  type ChatInputCommandInteraction,
  PermissionFlagsBits,
} from 'discord.js'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { type GuildId, userId } from '../../../../cluster/runtime/ids.ts'
import { type Db, transaction } from '../../../../sql/client.ts'
import { audit } from '../../../../sql/queries/audit.ts'
import {
  addAlias,
  type CommandLevel,
  type CustomCommand,
  commandLevels,
  commandsOf,
  isNameFree,
  removeAlias,
  removeCommand,
  saveCommand,
} from '../../../../sql/queries/commands.ts'
import { reservedWords } from '../../../../sql/queries/settings.ts'
import type { Command, Reply, Tools } from '../../feature.ts'
import { described, named, type Say, speakTo } from '../../language.ts'
import { needChange } from '../../options.ts'
import { limits, readName, unknownVariables, variables } from '../rules.ts'
import { commandView, listView } from '../view.ts'

const levelOf = (value: string | null): CommandLevel | undefined => commandLevels.find((level) => level === value)

const places = {
  kick: { onKick: true, onDiscord: false },
  discord: { onKick: false, onDiscord: true },
  both: { onKick: true, onDiscord: true },
}
const placeOf = (value: string | null) =>
  value === 'kick' || value === 'discord' || value === 'both' ? places[value] : undefined

const braces = (names: readonly string[]): string => names.map((name) => `\`{${name}}\``).join(' ')

function nameOf(say: Say, typed: string): string {
  const name = readName(typed)
  if (name === undefined) throw new UserError('bad_name', say('commands:error.name'))
  return name
}

/** A name that a new command or alias may take. Inside a transaction. */
async function freeName(say: Say, db: Db, guildId: GuildId, typed: string): Promise<string> {
  const name = nameOf(say, typed)
  if (reservedWords.some((builtIn) => builtIn === name))
    throw new UserError('built_in', say('commands:error.built_in', { name }))
  if (!(await isNameFree(db, { guildId, name }))) throw new UserError('taken', say('commands:error.taken', { name }))
  return name
}

function checkResponse(say: Say, response: string): string {
  const text = response.trim()
  const length = text.length
  if (length === 0 || length > limits.response)
    throw new UserError('response', say('commands:error.response', { max: limits.response, length }))
  const unknown = unknownVariables(text)
  if (unknown.length > 0) {
    const names = braces(unknown.slice(0, 5).map((name) => name.slice(0, 40)))
    throw new UserError('variable', say('commands:error.variable', { names, known: braces(Object.keys(variables)) }))
  }
  return text
}

async function existing(say: Say, db: Db, guildId: GuildId, typed: string): Promise<CustomCommand> {
  const name = nameOf(say, typed)
  const [found] = await commandsOf(db, { guildId, name })
  if (found === undefined) throw new UserError('unknown', say('commands:error.unknown', { name }))
  return found
}

/** What the options say, over what was so before. */
function edited<T extends Omit<CustomCommand, 'useCount' | 'aliases'>>(
  say: Say,
  before: T,
  { options }: ChatInputCommandInteraction,
): T {
  const response = options.getString('response')
  return {
    ...before,
    ...(response !== null && { response: checkResponse(say, response) }),
    cooldown: options.getInteger('cooldown') ?? before.cooldown,
    userCooldown: options.getInteger('user_cooldown') ?? before.userCooldown,
    level: levelOf(options.getString('level')) ?? before.level,
    ...placeOf(options.getString('where')),
  }
}

const noted = (command: Pick<CustomCommand, 'response' | 'cooldown' | 'userCooldown' | 'level' | 'enabled'>): string =>
  JSON.stringify([command.response, command.cooldown, command.userCooldown, command.level, command.enabled])

type Run = (interaction: ChatInputCommandInteraction, guildId: GuildId, tools: Tools) => Promise<Reply>

/** Does it in one transaction and notes it. */
const changing =
  (
    action: string,
    work: (p: {
      say: Say
      db: Db
      guildId: GuildId
      interaction: ChatInputCommandInteraction
    }) => Promise<{ subject: string; old?: string; new?: string; reply: Reply }>,
  ): Run =>
  async (interaction, guildId, { sql }) =>
    transaction(sql, async (db) => {
      const done = await work({ say: speakTo(interaction), db, guildId, interaction })
      await audit(db, [
        {
          guildId,
          source: 'discord',
          actorId: userId(interaction.user.id),
          action: `commands.${action}`,
          subject: done.subject,
          oldValue: done.old ?? null,
          newValue: done.new ?? null,
        },
      ])
      return done.reply
    })

const runs: Readonly<Record<string, Run>> = {
  add: changing('add', async ({ say, db, guildId, interaction }) => {
    const name = await freeName(say, db, guildId, interaction.options.getString('name', true))
    if ((await commandsOf(db, { guildId })).length >= limits.commands)
      throw new UserError('too_many', say('commands:error.too_many', { max: limits.commands }))
    const blank = {
      cooldown: 5,
      userCooldown: 0,
      level: 'everyone' as const,
      onKick: true,
      onDiscord: true,
      enabled: true,
    }
    const command = edited(say, { ...blank, command: name, response: '' }, interaction)
    await saveCommand(db, { guildId, userId: userId(interaction.user.id), command })
    const reply = commandView(say, { ...command, useCount: '0', aliases: [] }, say('commands:added', { name }))
    return { subject: name, new: noted(command), reply }
  }),
  edit: changing('edit', async ({ say, db, guildId, interaction }) => {
    needChange(say, interaction, 'name')
    const before = await existing(say, db, guildId, interaction.options.getString('name', true))
    const command = edited(say, before, interaction)
    await saveCommand(db, { guildId, userId: userId(interaction.user.id), command })
    const reply = commandView(say, command, say('commands:changed', { name: command.command }))
    return { subject: command.command, old: noted(before), new: noted(command), reply }
  }),
  toggle: changing('toggle', async ({ say, db, guildId, interaction }) => {
    const before = await existing(say, db, guildId, interaction.options.getString('name', true))
    const command = { ...before, enabled: !before.enabled }
    await saveCommand(db, { guildId, userId: userId(interaction.user.id), command })
    const name = command.command
    const content = command.enabled ? say('commands:on', { name }) : say('commands:off', { name })
    return { subject: name, old: noted(before), new: noted(command), reply: { content } }
  }),
  remove: changing('remove', async ({ say, db, guildId, interaction }) => {
    const { command: name, ...before } = await existing(say, db, guildId, interaction.options.getString('name', true))
    await removeCommand(db, { guildId, command: name })
    return { subject: name, old: noted(before), reply: { content: say('commands:removed', { name }) } }
  }),
  alias: changing('alias', async ({ say, db, guildId, interaction }) => {
    const { command, aliases } = await existing(say, db, guildId, interaction.options.getString('name', true))
    const typed = interaction.options.getString('alias', true)
    const known = readName(typed)
    if (known !== undefined && aliases.includes(known)) {
      await removeAlias(db, { guildId, alias: known, command })
      return {
        subject: command,
        old: known,
        reply: { content: say('commands:alias_removed', { alias: known, name: command }) },
      }
    }
    if (aliases.length >= limits.aliases)
      throw new UserError('too_many_aliases', say('commands:error.too_many_aliases', { max: limits.aliases }))
    const alias = await freeName(say, db, guildId, typed)
    await addAlias(db, { guildId, alias, command })
    return { subject: command, new: alias, reply: { content: say('commands:alias_added', { alias, name: command }) } }
  }),
  list: async (interaction, guildId, { sql }) => listView(speakTo(interaction), await commandsOf(sql, { guildId })),
  show: async (interaction, guildId, { sql }) => {
    const say = speakTo(interaction)
    return commandView(say, await existing(say, sql, guildId, interaction.options.getString('name', true)))
  },
}

/** Names of this guild's commands that hold what was typed. */
export async function nameChoices(
  db: Db,
  p: { guildId: GuildId; typed: string; isShown?: (command: CustomCommand) => boolean },
): Promise<readonly ApplicationCommandOptionChoiceData<string>[]> {
  const typed = p.typed.trim().replace(/^!/, '').toLowerCase()
  const all = await commandsOf(db, { guildId: p.guildId })
  return all
    .filter((command) => command.command.includes(typed) && (p.isShown?.(command) ?? true))
    .map(({ command }) => ({ name: command, value: command }))
}

const text = (
  name: string,
  key: Parameters<typeof described>[0],
  more: { required?: boolean; autocomplete?: boolean } = {},
) => ({
  type: ApplicationCommandOptionType.String as const,
  name,
  ...described(key),
  ...more,
})
const existingName = text('name', 'commands:command.name', { required: true, autocomplete: true })
const seconds = (name: string, key: Parameters<typeof described>[0]) => ({
  type: ApplicationCommandOptionType.Integer as const,
  name,
  ...described(key),
  min_value: 0,
  max_value: limits.cooldown,
})
const details = [
  seconds('cooldown', 'commands:command.cooldown'),
  seconds('user_cooldown', 'commands:command.user_cooldown'),
  {
    ...text('level', 'commands:command.level'),
    choices: commandLevels.map((level) => ({ ...named(`commands:level.${level}`), value: level })),
  },
  {
    ...text('where', 'commands:command.where'),
    choices: (['both', 'kick', 'discord'] as const).map((place) => ({
      ...named(`commands:where.${place}`),
      value: place,
    })),
  },
]
const subcommand = <T>(name: string, key: Parameters<typeof described>[0], options: readonly T[]) => ({
  type: ApplicationCommandOptionType.Subcommand as const,
  name,
  ...described(key),
  options: [...options],
})

/** Makes, changes and shows the commands that this server made for itself. */
export const command: Command = {
  data: {
    name: 'command',
    ...described('commands:command.command'),
    default_member_permissions: String(PermissionFlagsBits.ManageGuild),
    options: [
      subcommand('add', 'commands:command.add', [
        text('name', 'commands:command.new_name', { required: true }),
        text('response', 'commands:command.response', { required: true }),
        ...details,
      ]),
      subcommand('edit', 'commands:command.edit', [
        existingName,
        text('response', 'commands:command.response'),
        ...details,
      ]),
      subcommand('alias', 'commands:command.alias', [
        existingName,
        text('alias', 'commands:command.alias_name', { required: true }),
      ]),
      subcommand('toggle', 'commands:command.toggle', [existingName]),
      subcommand('remove', 'commands:command.remove', [existingName]),
      subcommand('show', 'commands:command.show', [existingName]),
      subcommand('list', 'commands:command.list', []),
    ],
  },
  run(interaction, guildId, tools) {
    const run = runs[interaction.options.getSubcommand()]
    if (run === undefined) throw new Error('a subcommand of /command is not handled')
    return run(interaction, guildId, tools)
  },
  complete: (interaction, guildId, { sql }) => nameChoices(sql, { guildId, typed: interaction.options.getFocused() }),
}
