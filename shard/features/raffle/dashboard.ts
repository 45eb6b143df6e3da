import { z } from 'zod'
import { UserError } from '../../../cluster/runtime/errors.ts'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import type { Db } from '../../../sql/client.ts'
import { latestPeriods } from '../../../sql/queries/raffle.ts'
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

const which = { period_number: z.number().int().positive().optional(), ...actor }
const draw = z.object({
  winner_count: z.number().int().min(1).max(mostWinners).default(1),
  prize_description: line(limits.prize).nullish(),
  ...which,
})
const reroll = z.object({
  draw: z.number().int().positive(),
  reason: line(limits.reason).pipe(z.string().min(1)),
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

/** Draws as the command does; a draw that has to wait is made by itself. */
async function settle(db: Db, request: DrawRequest, tools: Tools): Promise<void> {
  const say = speak('en')
  const outcomes = await drawPeriods(db, [request], tools)
  for (const { plan, period } of outcomes) {
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
      default:
    }
  }
  if (request.instead === undefined) await settleDraws(db, outcomes, tools)
}

const refOf = (event: DashboardEvent): string => `dashboard:${event.id}`

/** The dashboard wants winners; once for each event. */
export const onDrawAsked: DashboardHandler = async (event, db, tools) => {
  const data = dataOf(event, draw)
  const { guildId } = event
  await settle(
    db,
    {
      guildId,
      periodNumber: await numberOf(db, guildId, data.period_number),
      winners: data.winner_count,
      prize: data.prize_description || null,
      ref: refOf(event),
      source: 'dashboard',
      by: data.actor_id ?? null,
    },
    tools,
  )
}

/** The dashboard wants another winner in the place of one; once for each event. */
export const onRerollAsked: DashboardHandler = async (event, db, tools) => {
  const data = dataOf(event, reroll)
  const { guildId } = event
  await settle(
    db,
    {
      guildId,
      periodNumber: await numberOf(db, guildId, data.period_number),
      winners: 1,
      prize: null,
      ref: refOf(event),
      source: 'dashboard',
      by: data.actor_id ?? null,
      instead: { nonce: data.draw - 1, reason: data.reason },
    },
    tools,
  )
}
