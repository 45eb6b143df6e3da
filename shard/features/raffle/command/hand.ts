import type { ButtonInteraction, ChatInputCommandInteraction } from 'discord.js'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { type GuildId, type UserId, type Username, userId } from '../../../../cluster/runtime/ids.ts'
import { type Db, transaction } from '../../../../sql/client.ts'
import { holdingOf, ledgerTotals, poolOf, ticketEntriesOf } from '../../../../sql/queries/pool.ts'
import { endingPeriods, rebuildBalances, refreshBoards } from '../../../../sql/queries/raffle.ts'
import {
  type Balance,
  holdBalance,
  mostTickets,
  type TicketKind,
  takeTickets,
  ticketKinds,
  unexplainedTickets,
} from '../../../../sql/queries/tickets.ts'
import { exclusions } from '../../exclusions/index.ts'
import type { Button, Reply, Tools } from '../../feature.ts'
import { type Say, speakTo } from '../../language.ts'
import { plain } from '../../text.ts'
import { viewerOf } from '../../viewer.ts'
import { partsOf } from '../rules.ts'
import { award, setBaseline } from '../tick.ts'
import { askView, checkView, kindName, nameOf, statsView, ticketsText, viewerStatsView } from '../view.ts'
import { answered, noteRaffle } from './life.ts'
import { periodsNow, runningPeriod } from './tickets.ts'

/** Whom an option means, where one may be left out. */
const viewerGiven = async (say: Say, interaction: ChatInputCommandInteraction, guildId: GuildId, { sql }: Tools) => {
  const { options } = interaction
  return options.getString('name') === null && options.getUser('member') === null
    ? undefined
    : viewerOf(say, interaction, guildId, sql)
}

const sum = (balance: Balance): bigint => ticketKinds.reduce((all, kind) => all + balance[kind], 0n)

// --- Giving and taking ------------------------------------------------------------------------------------------------

/** Gives bonus tickets in the raffle that runs, once for each use of the command. */
export async function give(interaction: ChatInputCommandInteraction, guildId: GuildId, tools: Tools): Promise<Reply> {
  const say = speakTo(interaction)
  const viewer = await viewerOf(say, interaction, guildId, tools.sql)
  const tickets = interaction.options.getInteger('tickets', true)
  const reason = interaction.options.getString('reason')
  const actorId = userId(interaction.user.id)
  const done = await transaction(tools.sql, async (db) => {
    const wish = { guildId, username: viewer, tickets, sourceRef: `cmd:${interaction.id}`, actorId, reason }
    const given = await giveTickets(say, db, wish, tools)
    if (given.outcome !== 'known')
      await noteRaffle(db, interaction, {
        guildId,
        action: 'raffle.give',
        subject: viewer,
        newValue: String(tickets),
        reason,
      })
    return given
  })
  const values = { name: plain(viewer), total: ticketsText(say, done.total), tickets: say.number(tickets) }
  if (done.outcome === 'known')
    return { content: say('raffle:given.before', { name: values.name, total: values.total }) }
  const waiting = done.outcome === 'pending' ? [say('raffle:given.waiting', { name: values.name })] : []
  return { content: [say('raffle:given', values), ...waiting].join('\n') }
}

interface Wish {
  readonly guildId: GuildId
  readonly username: Username
  /** The same counts once. */
  readonly sourceRef: string
  readonly actorId: UserId | null
  readonly reason: string | null
}

/** Gives bonus tickets in the raffle that runs, and what they come to; a `UserError` where none can be given. In a transaction. */
export async function giveTickets(say: Say, db: Db, p: Wish & { readonly tickets: number }, tools: Tools) {
  const { guildId, username: viewer } = p
  const period = await runningPeriod(say, db, guildId)
  // Within the raffle whatever the clocks say: a moment before its end at the latest, since it is still open.
  const at = Math.min(Math.max(tools.clock.now(), period.startsAt.getTime()), period.endsAt.getTime() - 1)
  const [given] = await award(db, [{ ...p, source: 'bonus', at }])
  if (given === undefined || given.outcome === 'no_period') throw new UserError('no_raffle', say('raffle:error.none'))
  if (given.outcome === 'unlinked')
    throw new UserError('unlinked', say('raffle:error.unlinked', { name: plain(viewer) }))
  return { outcome: given.outcome, total: (await holdingOf(db, { ...period, username: viewer })).total }
}

/** Takes tickets in the raffle that runs, of one kind or of all; gives what was taken now, and what there was. In a transaction. */
export async function takeFrom(
  say: Say,
  db: Db,
  p: Wish & { readonly asked: bigint | 'all'; readonly kind: TicketKind | null },
) {
  const { guildId, username: viewer, asked, kind } = p
  const period = await runningPeriod(say, db, guildId)
  const of = { guildId, periodNumber: period.periodNumber, username: viewer }
  const balance = await holdBalance(db, of)
  if (balance === undefined) throw new UserError('no_raffle', say('raffle:error.none'))
  const parts = partsOf(balance, asked, kind)
  if (parts === undefined) {
    const tickets = ticketsText(say, kind === null ? sum(balance) : balance[kind])
    throw new UserError('too_few', say('raffle:error.too_few', { name: plain(viewer), tickets }))
  }
  const taken = await takeTickets(db, { ...p, ...of, parts })
  await refreshBoards(db, [guildId])
  return { taken, before: sum(balance), tickets: taken.reduce((all, part) => all + BigInt(part.tickets), 0n) }
}

/** How many tickets an admin wants taken: a number, or all there are. */
function amountAsked(say: Say, typed: string): bigint | 'all' {
  const text = typed.trim().toLowerCase()
  if (text === 'all') return 'all'
  const tickets = /^\d{1,10}$/.test(text) ? BigInt(text) : 0n
  if (tickets >= 1n && tickets <= BigInt(mostTickets)) return tickets
  throw new UserError('amount', say('raffle:error.amount', { most: mostTickets }))
}

/** Takes tickets in the raffle that runs, once for each use of the command, and never more than there are. */
export async function remove(interaction: ChatInputCommandInteraction, guildId: GuildId, tools: Tools): Promise<Reply> {
  const say = speakTo(interaction)
  const { options } = interaction
  const viewer = await viewerOf(say, interaction, guildId, tools.sql)
  const asked = amountAsked(say, options.getString('tickets', true))
  const kind = ticketKinds.find((one) => one === options.getString('from')) ?? null
  const reason = options.getString('reason')
  const actorId = userId(interaction.user.id)
  const { taken, total } = await transaction(tools.sql, async (db) => {
    const wish = { guildId, username: viewer, sourceRef: `cmd:${interaction.id}`, actorId, reason }
    const done = await takeFrom(say, db, { ...wish, asked, kind })
    const left = done.before - done.tickets
    if (done.taken.length > 0)
      await noteRaffle(db, interaction, {
        guildId,
        action: 'raffle.remove',
        subject: viewer,
        oldValue: String(done.before),
        newValue: String(left),
        reason,
      })
    return { taken: done.taken, total: left }
  })
  const name = plain(viewer)
  if (taken.length === 0) return { content: say('raffle:given.before', { name, total: ticketsText(say, total) }) }
  const tickets = say.number(taken.reduce((all, part) => all + BigInt(part.tickets), 0n))
  const parts = say.list(taken.map((part) => `${kindName(say, part.kind)} ${say.number(part.tickets)}`))
  return { content: say('raffle:removed', { name, total: ticketsText(say, total), tickets, parts }) }
}

// --- Looking ----------------------------------------------------------------------------------------------------------

/** What tickets were given for, in the raffle that runs or else in the last one; by one viewer when one is named. */
export async function stats(interaction: ChatInputCommandInteraction, guildId: GuildId, tools: Tools): Promise<Reply> {
  const say = speakTo(interaction)
  const viewer = await viewerGiven(say, interaction, guildId, tools)
  const { running, last } = await periodsNow(tools.sql, guildId)
  const period = running ?? last
  if (period === undefined) throw new UserError('no_raffle', say('raffle:error.none'))
  if (viewer === undefined) {
    const [pool, totals] = await Promise.all([
      poolOf(tools.sql, period),
      ledgerTotals(tools.sql, { ...period, username: null }),
    ])
    return statsView(say, period, pool, totals)
  }
  const of = { guildId, periodNumber: period.periodNumber, username: viewer }
  const [holding, entries] = await Promise.all([
    holdingOf(tools.sql, of),
    ticketEntriesOf(tools.sql, { ...of, limit: 20 }),
  ])
  return viewerStatsView(say, { period, viewer, holding, entries })
}

/** Balances that are not the sum of their history. */
export async function check(
  interaction: ChatInputCommandInteraction,
  guildId: GuildId,
  { sql }: Tools,
): Promise<Reply> {
  const say = speakTo(interaction)
  const { periodNumber } = await runningPeriod(say, sql, guildId)
  return checkView(say, await unexplainedTickets(sql, { guildId, periodNumber, limit: 20 }))
}

/** Works out every balance of the raffle that runs from the ledger; while it does, nothing is given. */
export async function recompute(
  interaction: ChatInputCommandInteraction,
  guildId: GuildId,
  tools: Tools,
): Promise<Reply> {
  const say = speakTo(interaction)
  const count = await transaction(tools.sql, async (db) => {
    const [held] = await endingPeriods(db, [await runningPeriod(say, db, guildId)])
    if (held === undefined) throw new UserError('no_raffle', say('raffle:error.none'))
    const [done] = await rebuildBalances(db, [held])
    const corrected = done?.corrected ?? 0
    const subject = `#${held.periodNumber}`
    await noteRaffle(db, interaction, { guildId, action: 'raffle.recompute', subject, newValue: String(corrected) })
    if (corrected > 0) await refreshBoards(db, [guildId])
    return corrected
  })
  return { content: count === 0 ? say('raffle:recompute.nothing') : say('raffle:recompute.done', { count }) }
}

// --- Deciding ---------------------------------------------------------------------------------------------------------

/** Leaves a viewer out of raffles, or lets them take part again. */
export const setTakingPart =
  (isExcluded: boolean) =>
  async (interaction: ChatInputCommandInteraction, guildId: GuildId, { sql }: Tools): Promise<Reply> => {
    const say = speakTo(interaction)
    const viewer = await viewerOf(say, interaction, guildId, sql)
    const reason = interaction.options.getString('reason')
    const changed = await transaction(sql, async (db) => {
      const by = userId(interaction.user.id)
      const done = await exclusions.decide(db, {
        guildId,
        username: viewer,
        kinds: ['raffles'],
        isExcluded,
        reason,
        by,
      })
      await refreshBoards(db, [guildId])
      return done.length > 0
    })
    const name = plain(viewer)
    if (isExcluded)
      return { content: changed ? say('raffle:excluded', { name }) : say('raffle:excluded.before', { name }) }
    return { content: changed ? say('raffle:included', { name }) : say('raffle:included.before', { name }) }
  }

/** Asks before minutes are passed over. */
export async function askBaseline(
  interaction: ChatInputCommandInteraction,
  guildId: GuildId,
  tools: Tools,
): Promise<Reply> {
  const say = speakTo(interaction)
  const viewer = await viewerGiven(say, interaction, guildId, tools)
  const period = await runningPeriod(say, tools.sql, guildId)
  const name = nameOf(say, period)
  return askView(say, {
    guildId,
    userId: userId(interaction.user.id),
    action: 'baseline',
    args: [period.periodNumber, ...(viewer === undefined ? [] : [viewer])],
    question:
      viewer === undefined
        ? say('raffle:baseline.question', { name })
        : say('raffle:baseline.question_viewer', { name, viewer: plain(viewer) }),
    yes: say('raffle:baseline.yes'),
  })
}

/** Passes over what was watched so far: `raffle:baseline:<guild>:<member>:<raffle>[:<viewer>]`. */
export const baselineButton: Button = {
  async run(interaction: ButtonInteraction, guildId, args, tools) {
    const say = speakTo(interaction)
    const key = answered(interaction, guildId, args)
    const viewer = (args[2] ?? null) as Username | null
    const period = await transaction(tools.sql, async (db) => {
      const [held] = await endingPeriods(db, [key])
      if (held === undefined) throw new UserError('gone', say('raffle:error.none'))
      await setBaseline(db, { guildId, username: viewer, actorId: userId(interaction.user.id) })
      const subject = viewer ?? `#${held.periodNumber}`
      await noteRaffle(db, interaction, { guildId, action: 'raffle.baseline', subject })
      return held
    })
    return { content: say('raffle:baseline.done', { name: nameOf(say, period) }) }
  },
}
