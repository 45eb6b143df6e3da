import { type ButtonInteraction, type ChatInputCommandInteraction, PermissionFlagsBits } from 'discord.js'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { type GuildId, type UserId, userId } from '../../../../cluster/runtime/ids.ts'
import { type Db, transaction } from '../../../../sql/client.ts'
import { type AuditEntry, audit } from '../../../../sql/queries/audit.ts'
import { cancelJob } from '../../../../sql/queries/job.ts'
import { poolOf } from '../../../../sql/queries/pool.ts'
import {
  callOffPeriod,
  changePeriod,
  holdPeriod,
  type Period,
  type PeriodKey,
  periodOf,
  planPeriods,
  refreshBoards,
} from '../../../../sql/queries/raffle.ts'
import { readSettingsOf } from '../../../../sql/queries/settings.ts'
import type { Span } from '../../calendar.ts'
import type { Button, Reply, Tools } from '../../feature.ts'
import { type Say, speakTo } from '../../language.ts'
import { endByHand, openDue, openJob, scheduleClosing, scheduleOpening } from '../job.ts'
import { limits, type SpanFault, spanAsked, spanChanged } from '../rules.ts'
import { askView, at, nameOf, totalsText } from '../view.ts'
import { periodsNow } from './tickets.ts'

type Interaction = ChatInputCommandInteraction | ButtonInteraction

/** A line that was typed, or nothing when it is blank. */
export const typedLine = (text: string | null): string | null => {
  const line = text?.replace(/\s+/g, ' ').trim() ?? ''
  return line === '' ? null : line
}

/** The days, or what is wrong with them as a `UserError`. */
export function checkSpan(say: Say, span: Span | SpanFault): Span {
  if (typeof span !== 'string') return span
  if (span === 'too_long') throw new UserError('span', say('raffle:error.too_long', { days: limits.days }))
  throw new UserError('span', say(`raffle:error.${span}`))
}

/** Notes who did what to which raffle. */
export const noteRaffle = (
  db: Db,
  interaction: Interaction,
  entry: Pick<AuditEntry, 'guildId' | 'action' | 'subject' | 'oldValue' | 'newValue' | 'reason'>,
) => audit(db, [{ ...entry, source: 'discord', actorId: userId(interaction.user.id) }])

const written = ({ startsAt, endsAt, title, prize }: Pick<Period, 'startsAt' | 'endsAt' | 'title' | 'prize'>): string =>
  JSON.stringify([startsAt, endsAt, title, prize])

/** Starts a raffle now, or plans one: beside one that runs only for the time after it. */
export async function start(interaction: ChatInputCommandInteraction, guildId: GuildId, tools: Tools): Promise<Reply> {
  const say = speakTo(interaction)
  const { options } = interaction
  const chosen = await readSettingsOf(tools.sql, guildId, ['timezone', 'raffle_channel_id'])
  const now = tools.clock.now()
  const { from, to } = checkSpan(
    say,
    spanAsked({
      now,
      timeZone: chosen.timezone,
      days: options.getInteger('days'),
      from: options.getString('from'),
      to: options.getString('to'),
    }),
  )
  const period = {
    guildId,
    span: { from, to },
    timeZone: chosen.timezone,
    title: typedLine(options.getString('title')),
    prize: typedLine(options.getString('prize')),
    by: userId(interaction.user.id),
    source: 'discord' as const,
  }
  const made = await transaction(tools.sql, (db) => plan(say, db, period, tools))
  const values = {
    name: nameOf(say, { ...made, title: period.title }),
    start: at(new Date(from)),
    end: at(new Date(to)),
  }
  const lines = [made.isOpen ? say('raffle:started.now', values) : say('raffle:started.planned', values)]
  if (chosen.raffle_channel_id === null) lines.push(say('raffle:started.no_channel'))
  return { content: lines.join('\n') }
}

/** What somebody wants of a raffle, by command or at the dashboard. */
interface Planned {
  readonly guildId: GuildId
  readonly span: Span
  readonly timeZone: string
  readonly title: string | null
  readonly prize: string | null
  readonly by: UserId | null
  readonly source: 'discord' | 'dashboard'
}

/** Plans a raffle, opens it where its time has come, and notes who wanted it; a `UserError` when there is no room. In a transaction. */
export async function plan(
  say: Say,
  db: Db,
  p: Planned,
  tools: Tools,
): Promise<PeriodKey & { readonly isOpen: boolean }> {
  const { guildId, span, by, source } = p
  const period = {
    guildId,
    startsAt: new Date(span.from),
    endsAt: new Date(span.to),
    timeZone: p.timeZone,
    title: p.title,
    prize: p.prize,
    createdBy: by,
    after: null,
  }
  await checkRoom(say, db, guildId, span)
  const [key] = await planPeriods(db, [period])
  if (key === undefined) {
    await checkRoom(say, db, guildId, span) // somebody was quicker
    throw new Error('a raffle could not be planned')
  }
  const { periodNumber } = key
  await scheduleOpening(db, key, period.startsAt)
  await audit(db, [
    {
      guildId,
      source,
      actorId: by ?? undefined,
      action: 'raffle.start',
      subject: `#${periodNumber}`,
      newValue: written(period),
    },
  ])
  const [opened] = span.from <= tools.clock.now() ? await openDue(db, [guildId], tools) : []
  if (opened !== undefined) await cancelJob(db, { guildId, kind: openJob, ref: String(periodNumber) })
  return { ...key, isOpen: opened !== undefined }
}

/** Refuses a raffle for which the guild has no room: another one is planned, or runs at that time. */
async function checkRoom(say: Say, db: Db, guildId: GuildId, span: Span): Promise<void> {
  const { running, planned } = await periodsNow(db, guildId)
  if (running !== undefined && span.from < running.endsAt.getTime()) {
    const values = { name: nameOf(say, running), end: at(running.endsAt) }
    throw new UserError('running', say('raffle:error.running', values))
  }
  if (planned !== undefined) throw new UserError('planned', say('raffle:error.planned', { name: nameOf(say, planned) }))
}

/** The raffle that is meant: the one that runs, or the planned one when there is no other or it is asked for. */
async function openPeriod(
  say: Say,
  interaction: ChatInputCommandInteraction,
  guildId: GuildId,
  db: Db,
): Promise<Period> {
  const { running, planned } = await periodsNow(db, guildId)
  if (interaction.options.getBoolean('planned') === true) {
    if (planned === undefined) throw new UserError('none_planned', say('raffle:error.none_planned'))
    return planned
  }
  const period = running ?? planned
  if (period === undefined) throw new UserError('none_open', say('raffle:error.none_open'))
  return period
}

/** Changes when a raffle begins or ends, and what it says. */
export async function changeDates(
  interaction: ChatInputCommandInteraction,
  guildId: GuildId,
  tools: Tools,
): Promise<Reply> {
  const say = speakTo(interaction)
  const { options } = interaction
  const { timezone: timeZone } = await readSettingsOf(tools.sql, guildId, ['timezone'])
  const changed = await transaction(tools.sql, async (db) => {
    const meant = await openPeriod(say, interaction, guildId, db)
    const [held] = await holdPeriod(db, meant)
    if (held === undefined || (held.status !== 'active' && held.status !== 'scheduled')) throw gone(say, meant)
    const span = spanFor(say, interaction, held, { now: tools.clock.now(), timeZone })
    const next = {
      ...held,
      startsAt: new Date(span.from),
      endsAt: new Date(span.to),
      title: typedLine(options.getString('title')) ?? held.title,
      prize: typedLine(options.getString('prize')) ?? held.prize,
    }
    await checkNeighbours(say, db, next)
    await changePeriod(db, next)
    if (held.status === 'active') await scheduleClosing(db, [next])
    else await scheduleOpening(db, next, next.startsAt)
    await noteRaffle(db, interaction, {
      guildId,
      action: 'raffle.dates',
      subject: `#${held.periodNumber}`,
      oldValue: written(held),
      newValue: written(next),
    })
    await refreshBoards(db, [guildId])
    return next
  })
  const { startsAt, endsAt } = changed
  return { content: say('raffle:dates.done', { name: nameOf(say, changed), start: at(startsAt), end: at(endsAt) }) }
}

/** The days that are asked for; where none are, the raffle keeps its own, whatever the time. */
function spanFor(
  say: Say,
  { options }: ChatInputCommandInteraction,
  period: Period,
  p: { now: number; timeZone: string },
): Span {
  const span = { from: period.startsAt.getTime(), to: period.endsAt.getTime() }
  const [from, to] = [options.getString('from'), options.getString('to')]
  if (from === null && to === null) return span
  return checkSpan(say, spanChanged({ ...p, span, hasBegun: period.status === 'active', from, to }))
}

/** A raffle that runs ends before the planned one begins. */
async function checkNeighbours(say: Say, db: Db, period: Period): Promise<void> {
  const { running, planned } = await periodsNow(db, period.guildId)
  const other = period.status === 'active' ? planned : running
  if (other === undefined || period.endsAt <= other.startsAt || period.startsAt >= other.endsAt) return
  const values = { name: nameOf(say, other), start: at(other.startsAt), end: at(other.endsAt) }
  throw new UserError('overlap', say('raffle:error.overlap', values))
}

const gone = (say: Say, period: Period): UserError =>
  new UserError('gone', say('raffle:error.gone', { name: nameOf(say, period) }))

/** Asks before a raffle is ended or called off; the answer is bound to who asked and to this raffle. */
export async function askEnd(
  interaction: ChatInputCommandInteraction,
  guildId: GuildId,
  { sql }: Tools,
): Promise<Reply> {
  const say = speakTo(interaction)
  const period = await openPeriod(say, interaction, guildId, sql)
  const ask = { guildId, userId: userId(interaction.user.id), action: 'end', args: [period.periodNumber] }
  const name = nameOf(say, period)
  if (period.status === 'scheduled') {
    const question = say('raffle:end.question_planned', { name, start: at(period.startsAt) })
    return askView(say, { ...ask, question, yes: say('raffle:end.yes_planned') })
  }
  const pool = await poolOf(sql, period)
  return askView(say, {
    ...ask,
    question: say('raffle:end.question', { name, ...totalsText(say, pool) }),
    yes: say('raffle:end.yes'),
  })
}

/** Which raffle a question was about; only the admin who was asked may answer, as long as they are one. */
export function answered(interaction: ButtonInteraction, guildId: GuildId, args: readonly string[]): PeriodKey {
  const say = speakTo(interaction)
  const [member = '', number = ''] = args
  if (interaction.user.id !== member) throw new UserError('other_member', say('raffle:error.other'))
  if (!interaction.memberPermissions?.has(PermissionFlagsBits.ManageGuild)) {
    const permission = say('common:permission.ManageGuild')
    throw new UserError('permission', say('common:refused.permission', { permission }))
  }
  return { guildId, periodNumber: /^\d{1,9}$/.test(number) ? Number(number) : 0 }
}

/** Ends a raffle or calls it off: `raffle:end:<guild>:<member>:<raffle>`. Pressed again it ends nothing and gives the same answer. */
export const endButton: Button = {
  async run(interaction, guildId, args, tools) {
    const say = speakTo(interaction)
    const key = answered(interaction, guildId, args)
    await transaction(tools.sql, async (db) => {
      const [calledOff] = await callOffPeriod(db, key)
      const closed = calledOff === undefined ? await endByHand(db, key, tools) : undefined
      if (calledOff === undefined && closed === undefined) return
      await noteRaffle(db, interaction, { guildId, action: 'raffle.end', subject: `#${key.periodNumber}` })
      await refreshBoards(db, [guildId])
    })
    const [period] = await periodOf(tools.sql, key)
    if (period === undefined) throw new UserError('old_button', say('common:refused.old_button'))
    const name = nameOf(say, period)
    if (period.status === 'archived') return { content: say('raffle:end.called_off', { name }) }
    const totals = totalsText(say, { tickets: period.totalTickets, participants: period.participants })
    return { content: say('raffle:end.done', { name, ...totals, hash: period.listHash ?? '' }) }
  },
}

/** `raffle:keep:<guild>:<member>` */
export const keepButton: Button = {
  async run(interaction, _guildId, [asked]) {
    const say = speakTo(interaction)
    if (interaction.user.id !== asked) throw new UserError('other_member', say('raffle:error.other'))
    return { content: say('raffle:ask.kept') }
  },
}
