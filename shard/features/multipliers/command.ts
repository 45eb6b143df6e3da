import { ApplicationCommandOptionType, type ChatInputCommandInteraction, PermissionFlagsBits } from 'discord.js'
import { UserError } from '../../../cluster/runtime/errors.ts'
import { type GuildId, roleId, userId } from '../../../cluster/runtime/ids.ts'
import { transaction } from '../../../sql/client.ts'
import { audit } from '../../../sql/queries/audit.ts'
import { addMultiplier, endMultipliers, mostRoles, multipliersOf, setFactor } from '../../../sql/queries/multiplier.ts'
import { owe } from '../../../sql/queries/outbox.ts'
import { forgetUncounted, noteGranted, syncRoleSpans } from '../../../sql/queries/span.ts'
import type { Command, Tools } from '../feature.ts'
import { described, speakTo } from '../language.ts'
import { membersOf } from './outbox.ts'
import { mostPercent } from './rules.ts'
import { multipliersView } from './view.ts'

/** A week, and a month ahead. */
const longestMinutes = 7 * 24 * 60
const furthestMinutes = 31 * 24 * 60

const whole = (name: 'percent' | 'minutes' | 'in', range: { min_value: number; max_value: number }) => ({
  type: ApplicationCommandOptionType.Integer as const,
  name,
  ...described(`multipliers:command.${name}`),
  required: name !== 'in',
  ...range,
})
const percent = whole('percent', { min_value: 0, max_value: mostPercent })
const standing = { ...percent, ...described('multipliers:command.standing') }
const subcommand = (name: 'add' | 'end' | 'show' | 'global' | 'role' | 'subscriber') => ({
  type: ApplicationCommandOptionType.Subcommand as const,
  name,
  ...described(`multipliers:command.${name}`),
})

const noteOf = (interaction: ChatInputCommandInteraction, guildId: GuildId) =>
  ({ guildId, source: 'discord', actorId: userId(interaction.user.id), subject: 'multiplier' }) as const

/** A happy hour; what it says stands in the list that is shown. */
async function add(interaction: ChatInputCommandInteraction, guildId: GuildId, { sql }: Tools): Promise<undefined> {
  const { options } = interaction
  await transaction(sql, async (db) => {
    const added = await addMultiplier(db, {
      guildId,
      percent: options.getInteger('percent', true),
      minutes: options.getInteger('minutes', true),
      startsIn: options.getInteger('in') ?? 0,
      setBy: userId(interaction.user.id),
    })
    if (added === undefined) throw new UserError('overlap', speakTo(interaction)('multipliers:error.overlap'))
    const newValue = `${added.percent} %: ${added.startedAt.toISOString()} – ${added.endedAt.toISOString()}`
    await audit(db, [{ ...noteOf(interaction, guildId), action: 'points.multiplier.add', newValue }])
  })
}

async function end(interaction: ChatInputCommandInteraction, guildId: GuildId, { sql }: Tools) {
  const intervals = await transaction(sql, async (db) => {
    const ended = await endMultipliers(db, guildId)
    const note = noteOf(interaction, guildId)
    if (ended > 0) await audit(db, [{ ...note, action: 'points.multiplier.end', oldValue: String(ended) }])
    return ended
  })
  return intervals > 0 ? speakTo(interaction)('multipliers:ended') : undefined
}

/** A factor that holds until further notice. Of a role it also begins, or ends, to be noted who has it. */
async function set(
  interaction: ChatInputCommandInteraction,
  guildId: GuildId,
  kind: 'global' | 'role' | 'subscriber',
  tools: Tools,
): Promise<string> {
  const say = speakTo(interaction)
  const wanted = interaction.options.getInteger('percent', true)
  const role = kind === 'role' ? roleId(interaction.options.getRole('role', true).id) : undefined
  if (String(role) === guildId) throw new UserError('everybody', say('multipliers:error.everybody'))
  const done = await transaction(tools.sql, async (db) => {
    const set = await setFactor(db, {
      guildId,
      kind,
      roleId: role,
      percent: wanted,
      setBy: userId(interaction.user.id),
    })
    if (set.kind === 'full') throw new UserError('full', say('multipliers:error.full', { most: mostRoles }))
    if (set.kind === 'unchanged') return set
    const note = { ...noteOf(interaction, guildId), subject: role ?? kind, action: `points.multiplier.${kind}` }
    await audit(db, [{ ...note, oldValue: `${set.before} %`, newValue: `${wanted} %` }])
    if (role !== undefined) {
      await forgetUncounted(db, guildId)
      if (wanted !== 100) await noteGranted(db, { guildId, roleId: role })
      if (wanted !== 100 && set.before === 100 && tools.hearsMembers)
        await owe(db, [membersOf({ guildId, roleId: role, run: interaction.id, after: '0' })])
      await syncRoleSpans(db, { guildIds: [guildId] })
    }
    return set
  })
  tools.wakeOutbox()
  return done.kind === 'unchanged'
    ? say('multipliers:unchanged', { percent: wanted })
    : say('multipliers:set', { percent: wanted, before: done.before })
}

/**
 * What minutes count for, beside the rate: always, for members with a role, for subscribers, for a while. Everything begins with the next
 * minute, so that what was watched keeps its worth.
 */
export const multiplier: Command = {
  data: {
    name: 'multiplier',
    ...described('multipliers:command'),
    default_member_permissions: String(PermissionFlagsBits.ManageGuild),
    options: [
      {
        ...subcommand('add'),
        options: [
          percent,
          whole('minutes', { min_value: 1, max_value: longestMinutes }),
          whole('in', { min_value: 0, max_value: furthestMinutes }),
        ],
      },
      subcommand('end'),
      subcommand('show'),
      { ...subcommand('global'), options: [standing] },
      {
        ...subcommand('role'),
        options: [
          {
            type: ApplicationCommandOptionType.Role,
            name: 'role',
            ...described('multipliers:command.role.role'),
            required: true,
          },
          standing,
        ],
      },
      { ...subcommand('subscriber'), options: [standing] },
    ],
  },
  async run(interaction, guildId, tools) {
    const which = interaction.options.getSubcommand()
    let first: string | undefined
    switch (which) {
      case 'add':
        first = await add(interaction, guildId, tools)
        break
      case 'end':
        first = await end(interaction, guildId, tools)
        break
      case 'show':
        break
      case 'global':
      case 'role':
      case 'subscriber':
        first = await set(interaction, guildId, which, tools)
        break
      default:
        throw new Error('a subcommand of /multiplier is not handled')
    }
    const all = await multipliersOf(tools.sql, guildId)
    return multipliersView(speakTo(interaction), all, { first, hearsMembers: tools.hearsMembers })
  },
}
