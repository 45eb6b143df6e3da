import { z } from 'zod'
import { UserError } from '../../../cluster/runtime/errors.ts'
import type { GuildId, UserId } from '../../../cluster/runtime/ids.ts'
import type { Db } from '../../../sql/client.ts'
import { numberRound, type Round, roundOf } from '../../../sql/queries/balance.ts'
import { actor, authorOf, dataOf } from '../dashboard.ts'
import type { DashboardHandler } from '../feature.ts'
import { speak } from '../language.ts'
import { usual } from './command/buttons.ts'
import { type Act, close, complete, open } from './command/rounds.ts'
import { tellOfRound } from './outbox.ts'
import { limits, readCents } from './rules.ts'

/** The dashboard's id of a round, as a number or as text. */
const sessionId = z.union([z.int().positive().transform(String), z.string().regex(/^\d{1,18}$/)])

const actOf = (event: { guildId: GuildId; id: string }, data: { actor_id?: UserId | undefined }): Act => ({
  guildId: event.guildId,
  by: authorOf(data),
  ref: event.id,
})

/** The round that is meant, with a number; a `UserError` when it is none of this guild. */
async function existing(db: Db, guildId: GuildId, id: string): Promise<Round> {
  await numberRound(db, { guildId, id })
  const round = await roundOf(db, { guildId, id })
  if (round === undefined) throw new UserError('no_round', 'session_id: there is no such round on this server')
  return round
}

const opened = z.object({
  session_id: sessionId.optional(),
  opened_by: z.string().max(100).optional(),
  winner_count: z.int().min(1).max(limits.winners).optional(),
  ...actor,
})

/** Opens a round, or tells of the one that the dashboard has written itself. */
export const onOpen: DashboardHandler = async (event, db, tools) => {
  const { guildId } = event
  const data = dataOf(event, opened)
  if (data.session_id !== undefined) {
    const round = await existing(db, guildId, data.session_id)
    if (round.status === 'open') await tellOfRound(db, { guildId, id: round.id, what: 'opened', ref: event.id }, tools)
    return
  }
  const wishes = { ...usual, winnerCount: data.winner_count ?? usual.winnerCount, openedBy: data.opened_by ?? '' }
  await open(db, speak('en'), actOf(event, data), wishes, tools)
}

const closed = z.object({ session_id: sessionId, ...actor })

/** Closes a round, or tells of the one that the dashboard has closed itself. */
export const onClose: DashboardHandler = async (event, db, tools) => {
  const { guildId } = event
  const data = dataOf(event, closed)
  const round = await existing(db, guildId, data.session_id)
  if (round.status === 'open') await close(db, speak('en'), actOf(event, data), round.id, tools)
  else if (round.status === 'closed')
    await tellOfRound(db, { guildId, id: round.id, what: 'closed', ref: event.id }, tools)
}

const result = z.object({
  session_id: sessionId,
  result_amount: z.union([z.number().transform((amount) => amount.toFixed(2)), z.string()]),
  ...actor,
})

/** Gives a round its result and works out who won; one that the dashboard has completed itself is told as it stands. */
export const onResult: DashboardHandler = async (event, db, tools) => {
  const { guildId } = event
  const data = dataOf(event, result)
  const round = await existing(db, guildId, data.session_id)
  if (round.status === 'completed') {
    await tellOfRound(db, { guildId, id: round.id, what: 'result', ref: event.id }, tools)
    return
  }
  const cents = readCents(data.result_amount)
  if (cents === undefined) throw new UserError('amount', speak('en')('balance:error.amount'))
  const act = actOf(event, data)
  const isOpen = round.status === 'open'
  const target = isOpen ? await close(db, speak('en'), act, round.id, tools) : round
  await complete(db, speak('en'), act, { round: target, result: cents }, tools)
}
