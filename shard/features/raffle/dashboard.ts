import { z } from 'zod'
import { UserError } from '../../../cluster/runtime/errors.ts'
import type { GuildId, UserId } from '../../../cluster/runtime/ids.ts'
import type { Db } from '../../../sql/client.ts'
import { drawsOf } from '../../../sql/queries/draws.ts'
import { latestPeriods, type PeriodKey } from '../../../sql/queries/raffle.ts'
import { actor, dataOf } from '../dashboard.ts'
import type { DashboardEvent, DashboardHandler, Tools } from '../feature.ts'
import { speak } from '../language.ts'
import { drawPeriods, settleDraws } from './job/draw.ts'
import { type DrawRequest, mostWinners } from './rules/draw.ts'
import { limits } from './rules.ts'
import { nameOf } from './view.ts'

const line = (max: number) =>
  z
    .string()
    .transform((text) => text.replace(/\s+/g, ' ').trim())
    .pipe(z.string().max(max))

const which = {
  period_number: z.number().int().positive().optional(),
  request_id: z.string().min(1).max(100).optional(),
  /** An overlay shows each winner, and `raffle.animation_complete` has them announced. */
  await_animation: z.boolean().optional(),
  /** Who is to be left out, as the legacy dashboard says it: those who were drawn before are anyway, and nobody else can be. */
  excluded_discord_ids: z.array(z.coerce.string()).max(1_000).optional(),
  ...actor,
}
const draw = z.object({
  winner_count: z.number().int().min(1).max(mostWinners).default(1),
  prize_description: line(limits.prize).nullish(),
  ...which,
})
const reroll = z.object({
  /** The last one that counts when left out. */
  draw: z.number().int().positive().optional(),
  reason: line(limits.reason).pipe(z.string().min(1)).default('drawn anew at the dashboard'),
  ...which,
})

/** The raffle that is meant: the one with this number, or the last one that is closed. */
async function numberOf(db: Db, guildId: GuildId, asked: number | undefined): Promise<number> {
  if (asked !== undefined) return asked
  const periods = await latestPeriods(db, { guildId, limit: 25 })
  const last = periods.find(({ status }) => status === 'closed' || status === 'drawn')
  if (last === undefined) throw new UserError('none_closed', speak('en')('raffle:error.none_closed'))
  return last.periodNumber
}

/** Whoever asks to leave out somebody who has not been drawn is refused: an entry of the frozen list takes part. */
async function checkExcluded(db: Db, of: PeriodKey, excluded: readonly string[] = []): Promise<void> {
  if (excluded.length === 0) return
  const draws = await drawsOf(db, { guildIds: [of.guildId], numbers: [of.periodNumber] })
  const stranger = excluded.find((id) => !draws.some(({ discordId }) => discordId === id))
  if (stranger === undefined) return
  throw new UserError(
    'excluded',
    'excluded_discord_ids: whoever stands in the frozen list takes part; use /raffle exclude before a raffle ends, or draw anew',
  )
}

/** Draws as the command does; a draw that has to wait is made by itself. */
async function settle(db: Db, request: DrawRequest, tools: Tools): Promise<void> {
  const say = speak('en')
  const outcomes = await drawPeriods(db, [request], tools)
  for (const { plan, period, draws } of outcomes) {
    const name = period === undefined ? `#${request.periodNumber}` : nameOf(say, period)
    switch (plan.kind) {
      case 'open':
        throw new UserError('open', say('raffle:error.still_open', { name, end: '' }))
      case 'nobody':
      case 'nobody_left':
      case 'unknown':
      case 'no_draw':
      case 'void_before':
        throw new UserError(plan.kind, say(`raffle:draw.${plan.kind}`, { name }))
      case 'done':
        if (!draws.some(({ requestRef, voidedRef }) => requestRef === request.ref || voidedRef === request.ref))
          throw new UserError('drawn', say('raffle:draw.before', { name }))
        break
      default:
    }
  }
  if (request.instead === undefined) await settleDraws(db, outcomes, tools)
}

const refOf = (event: DashboardEvent): string => `dashboard:${event.id}`

/** What both have in common. */
const asked = (
  event: DashboardEvent,
  data: { request_id?: string | undefined; await_animation?: boolean | undefined; actor_id?: UserId | undefined },
) => ({
  guildId: event.guildId,
  ref: refOf(event),
  source: 'dashboard' as const,
  by: data.actor_id ?? null,
  requestId: data.request_id,
  isShown: data.await_animation,
})

/** The dashboard wants winners; once for each event. */
export const onDrawAsked: DashboardHandler = async (event, db, tools) => {
  const data = dataOf(event, draw)
  const { guildId } = event
  const periodNumber = await numberOf(db, guildId, data.period_number)
  await checkExcluded(db, { guildId, periodNumber }, data.excluded_discord_ids)
  const prize = data.prize_description || null
  await settle(db, { ...asked(event, data), periodNumber, winners: data.winner_count, prize }, tools)
}

/** The dashboard wants another winner in the place of one; once for each event. */
export const onRerollAsked: DashboardHandler = async (event, db, tools) => {
  const data = dataOf(event, reroll)
  const { guildId } = event
  const periodNumber = await numberOf(db, guildId, data.period_number)
  await checkExcluded(db, { guildId, periodNumber }, data.excluded_discord_ids)
  const nonce = data.draw === undefined ? await lastValid(db, { guildId, periodNumber }) : data.draw - 1
  const instead = { nonce, reason: data.reason }
  await settle(db, { ...asked(event, data), periodNumber, winners: 1, prize: null, instead }, tools)
}

/** The last draw that counts; the first one where none does, which is refused as one that there is not. */
async function lastValid(db: Db, { guildId, periodNumber }: PeriodKey): Promise<number> {
  const draws = await drawsOf(db, { guildIds: [guildId], numbers: [periodNumber] })
  return draws.findLast(({ status }) => status === 'valid')?.nonce ?? 0
}
