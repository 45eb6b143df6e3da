import { ApplicationCommandOptionType, type ChatInputCommandInteraction, PermissionFlagsBits } from 'discord.js'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { type GuildId, type UserId, userId } from '../../../../cluster/runtime/ids.ts'
import { transaction } from '../../../../sql/client.ts'
import { audit } from '../../../../sql/queries/audit.ts'
import {
  type Booked,
  type Booking,
  book,
  ledgerEntry,
  ledgerOf,
  mostPoints,
  previewDecay,
  unexplainedBalances,
} from '../../../../sql/queries/ledger.ts'
import { readSettingsOf } from '../../../../sql/queries/settings.ts'
import type { Command, Reply, Tools } from '../../feature.ts'
import { described, type Say, speakTo } from '../../language.ts'
import { plain } from '../../text.ts'
import { completeViewer, viewerOf, viewerOptions } from '../../viewer.ts'
import { decayKeys, decayOf, readAmount } from '../rules.ts'
import { bookedView, checkView, decayView, ledgerView } from '../view.ts'

const historyLength = 20

/** What was refused, as a sentence with its cure; nothing when it was done. */
export function refuse(say: Say, name: string, booked: Booked): void {
  if (booked.kind === 'done' || booked.kind === 'repeated') return
  const values = { name: plain(name), points: say('common:points', { count: booked.balance.toString() }) }
  if (booked.kind === 'nothing') throw new UserError('nothing', say('points:error.nothing', values))
  if (booked.kind === 'too_few') throw new UserError('too_few', say('points:error.too_few', values))
  throw new UserError('too_many', say('points:error.too_many', { ...values, most: mostPoints }))
}

/** Books what an admin wants, and who did it and why, in one transaction. */
async function change(
  interaction: ChatInputCommandInteraction,
  guildId: GuildId,
  entry: 'give' | 'take' | 'set',
  { sql }: Tools,
): Promise<Reply> {
  const say = speakTo(interaction)
  const { options } = interaction
  const isForced = options.getBoolean('force') === true
  const amount = readAmount(options.getString('amount', true), { mayBeNegative: entry === 'set' && isForced })
  if (amount === undefined || (amount === 0n && entry !== 'set'))
    throw new UserError('bad_amount', say('points:error.amount', { most: mostPoints }))
  const viewer = await viewerOf(say, interaction, guildId, sql)
  const changes: Record<typeof entry, Booking['change']> = {
    give: { kind: 'add', delta: amount },
    take: { kind: 'add', delta: -amount },
    set: { kind: 'set', to: amount },
  }
  const booking: Booking = {
    guildId,
    username: viewer,
    change: changes[entry],
    entry,
    sourceRef: `discord:${interaction.id}`,
    actorId: userId(interaction.user.id),
    reason: options.getString('reason'),
    isForced,
  }
  const booked = await transaction(sql, (db) => bookNoted(db, say, booking, 'discord'))
  return bookedView(say, viewer, booked)
}

/** Books a change and notes it; throws a `UserError` when it is refused, which undoes everything. Inside a transaction. */
export async function bookNoted(
  db: Parameters<typeof book>[0],
  say: Say,
  booking: Booking,
  source: 'discord' | 'dashboard',
): Promise<Booked> {
  const booked = await book(db, booking)
  refuse(say, booking.username, booked)
  if (booked.kind === 'done')
    await audit(db, [
      {
        guildId: booking.guildId,
        source,
        actorId: (booking.actorId ?? undefined) satisfies UserId | undefined,
        action: `points.${booking.entry}`,
        subject: booking.username,
        oldValue: (booked.balance - booked.delta).toString(),
        newValue: booked.balance.toString(),
        reason: booking.reason,
      },
    ])
  return booked
}

async function undo(interaction: ChatInputCommandInteraction, guildId: GuildId, { sql }: Tools): Promise<Reply> {
  const say = speakTo(interaction)
  const { options } = interaction
  const number = options.getString('entry', true).trim().replace(/^#/, '')
  const [viewer, booked] = await transaction(sql, async (db) => {
    const [entry] = /^\d{1,18}$/.test(number) ? await ledgerEntry(db, { guildId, ledgerId: number }) : []
    if (entry === undefined) throw new UserError('no_entry', say('points:error.no_entry'))
    const done = await bookNoted(
      db,
      say,
      {
        guildId,
        username: entry.username,
        change: { kind: 'add', delta: -BigInt(entry.delta) },
        entry: 'undo',
        sourceRef: `undo:${entry.ledgerId}`,
        actorId: userId(interaction.user.id),
        reason: options.getString('reason') ?? `#${entry.ledgerId}`,
        isForced: options.getBoolean('force') === true,
        isUndo: true,
      },
      'discord',
    )
    return [entry.username, done] as const
  })
  if (booked.kind === 'repeated') throw new UserError('undone', say('points:error.undone', { entry: `#${number}` }))
  return bookedView(say, viewer, booked)
}

async function decay(interaction: ChatInputCommandInteraction, guildId: GuildId, { sql }: Tools): Promise<Reply> {
  const chosen = await readSettingsOf(sql, guildId, decayKeys)
  const [preview] = await previewDecay(sql, decayOf(guildId, chosen))
  return decayView(speakTo(interaction), chosen, preview ?? { viewers: 0, points: '0' })
}

const text = (name: 'amount' | 'entry' | 'reason', isRequired: boolean) => ({
  type: ApplicationCommandOptionType.String as const,
  name,
  ...described(`points:command.admin.${name}`),
  required: isRequired,
  max_length: name === 'reason' ? 200 : 40,
})
const force = {
  type: ApplicationCommandOptionType.Boolean as const,
  name: 'force',
  ...described('points:command.admin.force'),
}
const subcommand = (name: 'give' | 'take' | 'set' | 'undo' | 'history' | 'decay' | 'check') => ({
  type: ApplicationCommandOptionType.Subcommand as const,
  name,
  ...described(`points:command.admin.${name}`),
})

/**
 * What admins do about points. It is a command of its own, since Discord lets a command either be used or have parts, and shows all of
 * one to the same people.
 */
export const pointsAdmin: Command = {
  data: {
    name: 'points-admin',
    ...described('points:command.admin'),
    default_member_permissions: String(PermissionFlagsBits.ManageGuild),
    options: [
      { ...subcommand('give'), options: [text('amount', true), ...viewerOptions, text('reason', false)] },
      { ...subcommand('take'), options: [text('amount', true), ...viewerOptions, text('reason', false), force] },
      { ...subcommand('set'), options: [text('amount', true), ...viewerOptions, text('reason', false), force] },
      { ...subcommand('undo'), options: [text('entry', true), text('reason', false), force] },
      { ...subcommand('history'), options: [...viewerOptions] },
      subcommand('decay'),
      subcommand('check'),
    ],
  },
  async run(interaction, guildId, tools) {
    const say = speakTo(interaction)
    const which = interaction.options.getSubcommand()
    switch (which) {
      case 'give':
      case 'take':
      case 'set':
        return change(interaction, guildId, which, tools)
      case 'undo':
        return undo(interaction, guildId, tools)
      case 'history': {
        const viewer = await viewerOf(say, interaction, guildId, tools.sql)
        return ledgerView(say, viewer, await ledgerOf(tools.sql, { guildId, username: viewer, limit: historyLength }))
      }
      case 'decay':
        return decay(interaction, guildId, tools)
      case 'check':
        return checkView(say, await unexplainedBalances(tools.sql, guildId))
      default:
        throw new Error('a subcommand of /points-admin is not handled')
    }
  },
  complete: (interaction, guildId, { sql }) => completeViewer(interaction, guildId, sql),
}
