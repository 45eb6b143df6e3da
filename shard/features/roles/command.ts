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
import { count } from '../text.ts'
import { type Hindrance, hindranceOf, type RolePower, rolePowerNow } from './power.ts'
import { changedView, listView, previewView, removedView } from './view.ts'

const maxMinutes = 1_000_000

const option = {
  role: (description: string, required: boolean): APIApplicationCommandBasicOption => ({
    type: ApplicationCommandOptionType.Role,
    name: 'role',
    description,
    required,
  }),
  minutes: (description: string, required: boolean): APIApplicationCommandBasicOption => ({
    type: ApplicationCommandOptionType.Integer,
    name: 'minutes',
    description,
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
function readTier(interaction: ChatInputCommandInteraction, guildId: GuildId) {
  const role: Role | APIRole = interaction.options.getRole('role', true)
  const minutes = interaction.options.getInteger('minutes', true)
  if (role.id === guildId)
    throw new UserError('everyone', 'Everyone has @everyone already; please choose another role.')
  if (role.managed) {
    throw new UserError(
      'managed_role',
      'That role belongs to an integration, which alone can give it; please choose another one.',
    )
  }
  if (minutes < 1 || minutes > maxMinutes) {
    throw new UserError('minutes', `Please give the minutes as a number from 1 to ${count(maxMinutes)}.`)
  }
  return { roleId: roleId(role.id), roleName: role.name, minutes }
}

const add: Run = async (interaction, guildId, tools) => {
  const tier = readTier(interaction, guildId)
  const added = await transaction(tools.sql, async (db) => {
    const result = await addTier(db, { guildId, ...tier })
    if (result === 'added') await touchSettlement(db, { kind: 'roles', guildIds: [guildId] })
    return result
  })
  if (added === 'exists') {
    throw new UserError(
      'tier_exists',
      `<@&${tier.roleId}> is given for watch time already; change its minutes with \`/roles edit\`.`,
    )
  }
  if (added === 'full') {
    throw new UserError(
      'too_many_tiers',
      `There are ${maxTiers} roles already, which is all I can keep; remove one with \`/roles remove\`.`,
    )
  }
  return changedView(
    { ...tier, change: 'added' },
    hindranceIn(await rolePowerNow(tools, guildId), guildId, tier.roleId),
  )
}

const edit: Run = async (interaction, guildId, tools) => {
  const tier = readTier(interaction, guildId)
  const edited = await transaction(tools.sql, async (db) => {
    const result = await editTier(db, { guildId, ...tier })
    if (result !== undefined) await touchSettlement(db, { kind: 'roles', guildIds: [guildId] })
    return result
  })
  if (edited === undefined) throw unknownTier(`<@&${tier.roleId}>`)
  const change = edited.minutesBefore === tier.minutes && edited.enabledBefore ? 'unchanged' : 'edited'
  return changedView({ ...tier, change }, hindranceIn(await rolePowerNow(tools, guildId), guildId, tier.roleId))
}

const unknownTier = (role: string) =>
  new UserError('unknown_tier', `${role} is not given for watch time; \`/roles list\` shows the roles that are.`)

/** By id, as autocompletion fills it in, by mention, or by name: a role may be gone from Discord and still have a tier. */
function tierNamed(text: string, tiers: readonly Tier[]): Tier | undefined {
  const asked = text.trim()
  const id = /^(?:<@&)?(\d{15,20})>?$/.exec(asked)?.[1]
  return tiers.find((tier) => tier.roleId === id) ?? tiers.find((tier) => tier.roleName === asked.replace(/^@/, ''))
}

const remove: Run = async (interaction, guildId, tools) => {
  const tier = tierNamed(interaction.options.getString('role', true), await tiersOf(tools.sql, guildId))
  if (tier === undefined) throw unknownTier('That role')
  await transaction(tools.sql, async (db) => {
    if (!(await removeTier(db, { guildId, roleId: tier.roleId }))) return
    await touchSettlement(db, { kind: 'roles', guildIds: [guildId] })
  })
  const { role_removal, role_mode } = await readSettingsOf(tools.sql, guildId, ['role_removal', 'role_mode'])
  return removedView(tier.roleId, role_removal || role_mode === 'highest')
}

const list: Run = async (_interaction, guildId, tools) => {
  const [tiers, power] = await Promise.all([tiersOf(tools.sql, guildId), rolePowerNow(tools, guildId)])
  return listView(tiers, (role) => hindranceIn(power, guildId, role))
}

const modes = ['stack', 'highest'] as const

const preview: Run = async (interaction, guildId, tools) => {
  const role = interaction.options.getRole('role')
  const minutes = interaction.options.getInteger('minutes')
  if (role === null && minutes !== null) {
    throw new UserError('role_missing', 'Please name the role that those minutes are for.')
  }
  if (role !== null && minutes !== null) readTier(interaction, guildId)
  const [tiers, now] = await Promise.all([
    tiersOf(tools.sql, guildId),
    readSettingsOf(tools.sql, guildId, ['role_mode', 'role_removal', 'watchtime_roles_enabled']),
  ])
  const mode = modes.find((known) => known === interaction.options.getString('mode')) ?? now.role_mode
  const removes = interaction.options.getBoolean('removal') ?? now.role_removal
  const others = tiers.filter((tier) => tier.enabled && tier.roleId !== role?.id)
  const asked = role !== null && minutes !== null ? [{ roleId: roleId(role.id), minutesRequired: minutes }] : []
  const kept = role === null ? tiers.filter((tier) => tier.enabled) : [...others, ...asked]
  const what =
    role === null
      ? 'With the roles as they are'
      : minutes === null
        ? `Without <@&${role.id}>`
        : `With <@&${role.id}> at ${count(minutes)} minutes`
  const sentence = `${what}, mode \`${mode}\`, removal ${removes ? 'on' : 'off'}:`
  const change = await previewTiers(tools.sql, { guildId, tiers: kept, mode, removes })
  return previewView(sentence, change, now.watchtime_roles_enabled)
}

const runs: Readonly<Record<string, Run>> = { add, edit, remove, list, preview }

/** Which roles are given for watch time. */
export const roles: Command = {
  data: {
    name: 'roles',
    description: 'Roles that members get for watch time',
    default_member_permissions: String(PermissionFlagsBits.ManageRoles),
    options: [
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'add',
        description: 'Give a role for watch time',
        options: [option.role('The role', true), option.minutes('Watched minutes that it takes', true)],
      },
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'edit',
        description: 'Change how many minutes a role takes',
        options: [option.role('The role', true), option.minutes('Watched minutes that it takes', true)],
      },
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'remove',
        description: 'Stop giving a role for watch time',
        options: [
          {
            type: ApplicationCommandOptionType.String,
            name: 'role',
            description: 'The role',
            required: true,
            autocomplete: true,
          },
        ],
      },
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'list',
        description: 'Show the roles, and which I cannot give',
      },
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'preview',
        description: 'Show who would get or lose roles, without doing it',
        options: [
          option.role('A role to add, change or remove', false),
          option.minutes('Its minutes; leave them out to see what removing the role would do', false),
          {
            type: ApplicationCommandOptionType.String,
            name: 'mode',
            description: 'Keep all reached roles, or only the highest',
            choices: modes.map((mode) => ({ name: mode, value: mode })),
          },
          {
            type: ApplicationCommandOptionType.Boolean,
            name: 'removal',
            description: 'Take roles away from members who may no longer have them',
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
        name: `${tier.roleName} (${count(tier.minutesRequired)} minutes)`.slice(0, 100),
        value: tier.roleId,
      }))
  },
}
