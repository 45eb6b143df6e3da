import {
  type APIApplicationCommandBasicOption,
  type APIRole,
  ApplicationCommandOptionType,
  type ChatInputCommandInteraction,
  PermissionFlagsBits,
  type Role,
} from 'discord.js'
import { UserError } from '../../../cluster/runtime/errors.ts'
import { type GuildId, type RoleId, roleId } from '../../../cluster/runtime/ids.ts'
import { transaction } from '../../../sql/client.ts'
import { readSettingsOf } from '../../../sql/queries/settings.ts'
import { touchSettlement } from '../../../sql/queries/settlement.ts'
import {
  addTier,
  editTier,
  maxTiers,
  previewTiers,
  removeTier,
  type Tier,
  tiersOf,
} from '../../../sql/queries/tiers.ts'
import type { Command, Reply, Tools } from '../feature.ts'
import { described, type Say, speakTo, type TextKey } from '../language.ts'
import { type Hindrance, hindranceOf, type RolePower, rolePowerNow } from './power.ts'
import { changedView, listView, previewView, removedView } from './view.ts'

const maxMinutes = 1_000_000

const option = {
  role: (key: TextKey, required: boolean): APIApplicationCommandBasicOption => ({
    type: ApplicationCommandOptionType.Role,
    name: 'role',
    ...described(key),
    required,
  }),
  minutes: (key: TextKey, required: boolean): APIApplicationCommandBasicOption => ({
    type: ApplicationCommandOptionType.Integer,
    name: 'minutes',
    ...described(key),
    required,
    min_value: 1,
    max_value: maxMinutes,
  }),
}

type Run = (interaction: ChatInputCommandInteraction, guildId: GuildId, tools: Tools) => Promise<Reply>

/** What keeps the bot from giving a role now; null when Discord does not tell. */
const hindranceIn = (power: RolePower | undefined, guildId: GuildId, role: RoleId): Hindrance | null | undefined =>
  power === undefined ? null : hindranceOf(power, guildId, role)

/** The role and the minutes of the command, or what is wrong with them. */
function readTier(say: Say, interaction: ChatInputCommandInteraction, guildId: GuildId) {
  const role: Role | APIRole = interaction.options.getRole('role', true)
  const minutes = interaction.options.getInteger('minutes', true)
  if (role.id === guildId) throw new UserError('everyone', say('roles:error.everyone'))
  if (role.managed) {
    throw new UserError('managed_role', say('roles:error.managed'))
  }
  if (minutes < 1 || minutes > maxMinutes) {
    throw new UserError('minutes', say('roles:error.minutes', { max: maxMinutes }))
  }
  return { roleId: roleId(role.id), roleName: role.name, minutes }
}

const add: Run = async (interaction, guildId, tools) => {
  const say = speakTo(interaction)
  const tier = readTier(say, interaction, guildId)
  const added = await transaction(tools.sql, async (db) => {
    const result = await addTier(db, { guildId, ...tier })
    if (result === 'added') await touchSettlement(db, { kind: 'roles', guildIds: [guildId] })
    return result
  })
  if (added === 'exists') {
    throw new UserError('tier_exists', say('roles:error.exists', { role: `<@&${tier.roleId}>` }))
  }
  if (added === 'full') {
    throw new UserError('too_many_tiers', say('roles:error.full', { max: maxTiers }))
  }
  return changedView(
    say,
    { ...tier, change: 'added' },
    hindranceIn(await rolePowerNow(tools, guildId), guildId, tier.roleId),
  )
}

const edit: Run = async (interaction, guildId, tools) => {
  const say = speakTo(interaction)
  const tier = readTier(say, interaction, guildId)
  const edited = await transaction(tools.sql, async (db) => {
    const result = await editTier(db, { guildId, ...tier })
    if (result !== undefined) await touchSettlement(db, { kind: 'roles', guildIds: [guildId] })
    return result
  })
  if (edited === undefined) throw unknownTier(say, `<@&${tier.roleId}>`)
  const change = edited.minutesBefore === tier.minutes && edited.enabledBefore ? 'unchanged' : 'edited'
  return changedView(say, { ...tier, change }, hindranceIn(await rolePowerNow(tools, guildId), guildId, tier.roleId))
}

const unknownTier = (say: Say, role: string) => new UserError('unknown_tier', say('roles:error.unknown', { role }))

/** By id, as autocompletion fills it in, by mention, or by name: a role may be gone from Discord and still have a tier. */
function tierNamed(text: string, tiers: readonly Tier[]): Tier | undefined {
  const asked = text.trim()
  const id = /^(?:<@&)?(\d{15,20})>?$/.exec(asked)?.[1]
  return tiers.find((tier) => tier.roleId === id) ?? tiers.find((tier) => tier.roleName === asked.replace(/^@/, ''))
}

const remove: Run = async (interaction, guildId, tools) => {
  const say = speakTo(interaction)
  const tier = tierNamed(interaction.options.getString('role', true), await tiersOf(tools.sql, guildId))
  if (tier === undefined) throw unknownTier(say, say('roles:that_role'))
  await transaction(tools.sql, async (db) => {
    if (!(await removeTier(db, { guildId, roleId: tier.roleId }))) return
    await touchSettlement(db, { kind: 'roles', guildIds: [guildId] })
  })
  const { role_removal, role_mode } = await readSettingsOf(tools.sql, guildId, ['role_removal', 'role_mode'])
  return removedView(say, tier.roleId, role_removal || role_mode === 'highest')
}

const list: Run = async (interaction, guildId, tools) => {
  const [tiers, power] = await Promise.all([tiersOf(tools.sql, guildId), rolePowerNow(tools, guildId)])
  return listView(speakTo(interaction), tiers, (role) => hindranceIn(power, guildId, role))
}

const modes = ['stack', 'highest'] as const

const preview: Run = async (interaction, guildId, tools) => {
  const say = speakTo(interaction)
  const role = interaction.options.getRole('role')
  const minutes = interaction.options.getInteger('minutes')
  if (role === null && minutes !== null) {
    throw new UserError('role_missing', say('roles:error.role_missing'))
  }
  if (role !== null && minutes !== null) readTier(say, interaction, guildId)
  const [tiers, now] = await Promise.all([
    tiersOf(tools.sql, guildId),
    readSettingsOf(tools.sql, guildId, ['role_mode', 'role_removal', 'watchtime_roles_enabled']),
  ])
  const mode = modes.find((known) => known === interaction.options.getString('mode')) ?? now.role_mode
  const removes = interaction.options.getBoolean('removal') ?? now.role_removal
  const others = tiers.filter((tier) => tier.enabled && tier.roleId !== role?.id)
  const asked = role !== null && minutes !== null ? [{ roleId: roleId(role.id), minutesRequired: minutes }] : []
  const kept = role === null ? tiers.filter((tier) => tier.enabled) : [...others, ...asked]
  const values = { mode, removal: say(removes ? 'roles:on' : 'roles:off') }
  const sentence =
    role === null
      ? say('roles:preview.as_is', values)
      : minutes === null
        ? say('roles:preview.without', { ...values, role: `<@&${role.id}>` })
        : say('roles:preview.with', { ...values, role: `<@&${role.id}>`, count: minutes })
  const change = await previewTiers(tools.sql, { guildId, tiers: kept, mode, removes })
  return previewView(say, sentence, change, now.watchtime_roles_enabled)
}

const runs: Readonly<Record<string, Run>> = { add, edit, remove, list, preview }

/** Which roles are given for watch time. */
export const roles: Command = {
  data: {
    name: 'roles',
    ...described('roles:command.roles'),
    default_member_permissions: String(PermissionFlagsBits.ManageRoles),
    options: [
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'add',
        ...described('roles:command.add'),
        options: [option.role('roles:command.role', true), option.minutes('roles:command.minutes', true)],
      },
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'edit',
        ...described('roles:command.edit'),
        options: [option.role('roles:command.role', true), option.minutes('roles:command.minutes', true)],
      },
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'remove',
        ...described('roles:command.remove'),
        options: [
          {
            type: ApplicationCommandOptionType.String,
            name: 'role',
            ...described('roles:command.role'),
            required: true,
            autocomplete: true,
          },
        ],
      },
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'list',
        ...described('roles:command.list'),
      },
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'preview',
        ...described('roles:command.preview'),
        options: [
          option.role('roles:command.preview.role', false),
          option.minutes('roles:command.preview.minutes', false),
          {
            type: ApplicationCommandOptionType.String,
            name: 'mode',
            ...described('roles:command.preview.mode'),
            choices: modes.map((mode) => ({ name: mode, value: mode })),
          },
          {
            type: ApplicationCommandOptionType.Boolean,
            name: 'removal',
            ...described('roles:command.preview.removal'),
          },
        ],
      },
    ],
  },
  run(interaction, guildId, tools) {
    const run = runs[interaction.options.getSubcommand()]
    if (run === undefined) throw new Error('a subcommand of /roles is not handled')
    return run(interaction, guildId, tools)
  },
  async complete(interaction, guildId, { sql }) {
    const typed = interaction.options.getFocused().trim().toLowerCase()
    const tiers = await tiersOf(sql, guildId)
    return tiers
      .filter((tier) => tier.roleName.toLowerCase().includes(typed))
      .slice(0, 25)
      .map((tier) => ({
        name: speakTo(interaction)('roles:choice_of_tier', {
          role: tier.roleName,
          minutes: tier.minutesRequired,
        }).slice(0, 100),
        value: tier.roleId,
      }))
  },
}
