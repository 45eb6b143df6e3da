import { ApplicationCommandOptionType, PermissionFlagsBits } from 'discord.js'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { type GuildId, type UserId, type Username, userId } from '../../../../cluster/runtime/ids.ts'
import { type Db, transaction } from '../../../../sql/client.ts'
import { audit } from '../../../../sql/queries/audit.ts'
import { type Adjusted, adjustMinutes, adjustmentsOf } from '../../../../sql/queries/ledger.ts'
import { touchSettlement } from '../../../../sql/queries/settlement.ts'
import type { Command } from '../../feature.ts'
import { described, type Say, speakTo } from '../../language.ts'
import { plain } from '../../text.ts'
import { completeViewer, viewerOf, viewerOptions } from '../../viewer.ts'
import { adjustedView, adjustmentsView } from '../view.ts'

/** As many minutes as a year has: more is a slip of the hand. */
export const mostAtOnce = 525_600
const historyLength = 20

/**
 * Gives or takes minutes, notes who did it and why, and has points and roles looked at again; throws a `UserError` when it is refused.
 * Inside a transaction.
 */
export async function adjustNoted(
  db: Db,
  say: Say,
  p: {
    readonly guildId: GuildId
    readonly username: Username
    readonly delta: number
    readonly isConverted: boolean
    readonly sourceRef: string
    readonly actorId: UserId | null
    readonly reason: string | null
    readonly source: 'discord' | 'dashboard'
  },
): Promise<Adjusted> {
  const { guildId, source } = p
  const adjusted = await adjustMinutes(db, p)
  const values = { name: plain(p.username), time: say.duration(adjusted.minutes) }
  if (adjusted.kind === 'too_few') throw new UserError('too_few', say('points:error.too_few_minutes', values))
  if (adjusted.kind === 'too_many') throw new UserError('too_many', say('points:error.too_many_minutes', values))
  if (adjusted.kind === 'repeated') return adjusted
  await touchSettlement(db, { kind: 'points', guildIds: [guildId] })
  await touchSettlement(db, { kind: 'roles', guildIds: [guildId] })
  await audit(db, [
    {
      guildId,
      source,
      actorId: p.actorId ?? undefined,
      action: p.delta > 0 ? 'watchtime.give' : 'watchtime.take',
      subject: p.username,
      oldValue: String(adjusted.minutes - p.delta),
      newValue: String(adjusted.minutes),
      reason: p.reason,
    },
  ])
  return adjusted
}

const minutes = {
  type: ApplicationCommandOptionType.Integer as const,
  name: 'minutes',
  ...described('points:command.minutes.minutes'),
  required: true,
  min_value: 1,
  max_value: mostAtOnce,
}
const reason = {
  type: ApplicationCommandOptionType.String as const,
  name: 'reason',
  ...described('points:command.admin.reason'),
  max_length: 200,
}

/** What admins do about watch time. */
export const watchtimeAdmin: Command = {
  data: {
    name: 'watchtime-admin',
    ...described('points:command.minutes'),
    default_member_permissions: String(PermissionFlagsBits.ManageGuild),
    options: [
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'give',
        ...described('points:command.minutes.give'),
        options: [
          minutes,
          ...viewerOptions,
          reason,
          {
            type: ApplicationCommandOptionType.Boolean,
            name: 'points',
            ...described('points:command.minutes.points'),
          },
        ],
      },
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'take',
        ...described('points:command.minutes.take'),
        options: [minutes, ...viewerOptions, reason],
      },
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'history',
        ...described('points:command.minutes.history'),
        options: [...viewerOptions],
      },
    ],
  },
  async run(interaction, guildId, { sql }) {
    const say = speakTo(interaction)
    const { options } = interaction
    const which = options.getSubcommand()
    const viewer = await viewerOf(say, interaction, guildId, sql)
    if (which === 'history')
      return adjustmentsView(say, viewer, await adjustmentsOf(sql, { guildId, username: viewer, limit: historyLength }))
    const amount = options.getInteger('minutes', true)
    const adjusted = await transaction(sql, (db) =>
      adjustNoted(db, say, {
        guildId,
        username: viewer,
        delta: which === 'give' ? amount : -amount,
        isConverted: options.getBoolean('points') !== false,
        sourceRef: `discord:${interaction.id}`,
        actorId: userId(interaction.user.id),
        reason: options.getString('reason'),
        source: 'discord',
      }),
    )
    return adjustedView(say, viewer, adjusted)
  },
  complete: (interaction, guildId, { sql }) => completeViewer(interaction, guildId, sql),
}
