import { ApplicationCommandOptionType, PermissionFlagsBits } from 'discord.js'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { userId } from '../../../../cluster/runtime/ids.ts'
import { transaction } from '../../../../sql/client.ts'
import { audit } from '../../../../sql/queries/audit.ts'
import { addMultiplier, endMultipliers, multipliersOf } from '../../../../sql/queries/multiplier.ts'
import type { Command } from '../../feature.ts'
import { described, speakTo } from '../../language.ts'
import { multipliersView } from '../view.ts'

const mostPercent = 1000
/** A week, and a month ahead. */
const longestMinutes = 7 * 24 * 60
const furthestMinutes = 31 * 24 * 60

const whole = (name: 'percent' | 'minutes' | 'in', range: { min_value: number; max_value: number }) => ({
  type: ApplicationCommandOptionType.Integer as const,
  name,
  ...described(`points:command.multiplier.${name}`),
  required: name !== 'in',
  ...range,
})
const subcommand = (name: 'add' | 'end' | 'show') => ({
  type: ApplicationCommandOptionType.Subcommand as const,
  name,
  ...described(`points:command.multiplier.${name}`),
})

/** Times at which minutes count for more points, or fewer. They begin in the future, so that what was watched keeps its worth. */
export const multiplier: Command = {
  data: {
    name: 'multiplier',
    ...described('points:command.multiplier'),
    default_member_permissions: String(PermissionFlagsBits.ManageGuild),
    options: [
      {
        ...subcommand('add'),
        options: [
          whole('percent', { min_value: 0, max_value: mostPercent }),
          whole('minutes', { min_value: 1, max_value: longestMinutes }),
          whole('in', { min_value: 0, max_value: furthestMinutes }),
        ],
      },
      subcommand('end'),
      subcommand('show'),
    ],
  },
  async run(interaction, guildId, { sql }) {
    const say = speakTo(interaction)
    const { options } = interaction
    const by = userId(interaction.user.id)
    const which = options.getSubcommand()
    const noted = { guildId, source: 'discord', actorId: by, subject: 'multiplier' } as const
    if (which === 'add')
      await transaction(sql, async (db) => {
        const added = await addMultiplier(db, {
          guildId,
          percent: options.getInteger('percent', true),
          minutes: options.getInteger('minutes', true),
          startsIn: options.getInteger('in') ?? 0,
          setBy: by,
        })
        if (added === undefined) throw new UserError('overlap', say('points:error.overlap'))
        const newValue = `${added.percent} %: ${added.startedAt.toISOString()} – ${added.endedAt.toISOString()}`
        await audit(db, [{ ...noted, action: 'points.multiplier.add', newValue }])
      })
    const ended =
      which === 'end' &&
      (await transaction(sql, async (db) => {
        const intervals = await endMultipliers(db, guildId)
        if (intervals > 0) await audit(db, [{ ...noted, action: 'points.multiplier.end', oldValue: String(intervals) }])
        return intervals > 0
      }))
    return multipliersView(say, await multipliersOf(sql, guildId), ended ? say('points:multiplier.ended') : undefined)
  },
}
