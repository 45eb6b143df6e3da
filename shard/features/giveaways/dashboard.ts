import { z } from 'zod'
import { UserError } from '../../../cluster/runtime/errors.ts'
import { type UserId, userId, username } from '../../../cluster/runtime/ids.ts'
import type { Db } from '../../../sql/client.ts'
import { adoptGiveaway, giveawayOf, lockGiveaway } from '../../../sql/queries/giveaways.ts'
import { owe } from '../../../sql/queries/outbox.ts'
import { completeTold, keepToldWinner, winnersOf } from '../../../sql/queries/winners.ts'
import { dataOf } from '../dashboard.ts'
import type { DashboardEvent, DashboardHandler } from '../feature.ts'
import { speak } from '../language.ts'
import { memberOf } from '../links/index.ts'
import { beginDraw, stop } from './command/manage.ts'
import { existing } from './command/permission.ts'
import { sealedSeed } from './job/draw.ts'
import { scheduleEnd } from './job/end.ts'
import { announce, sayInChat } from './job/tell.ts'

const id = z.union([
  z.int(),
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number),
])
const about = z.object({ giveaway_id: id })
/** Refusals are written down as an administrator reads them there, in English. */
const say = speak('en')

const owePanel = (db: Db, event: DashboardEvent, giveaway: number, isNew: boolean) =>
  owe(db, [
    {
      guildId: event.guildId,
      kind: 'giveaways.panel',
      sourceRef: `dashboard:${event.id}`,
      payload: { id: giveaway, isNew },
    },
  ])

/** A giveaway that the dashboard has written down runs from now on: it gets its secret, its end, its panel and a line in the chat. */
export const onStarted: DashboardHandler = async (event, db, tools) => {
  const { giveaway_id: number } = dataOf(event, about)
  const { guildId } = event
  await existing(say, db, guildId, number)
  const seed = await sealedSeed({ guildId, giveawayId: number }, tools.secrets)
  const [adopted] = await adoptGiveaway(db, { guildId, id: number, seed })
  if (adopted === undefined)
    throw new UserError('not_running', say('giveaways:error.not_drawable', { number: String(number) }))
  await follow(event, db, number, adopted.endsAt)
  const giveaway = await existing(say, db, guildId, number)
  await owePanel(db, event, number, true)
  await sayInChat(db, giveaway, { kind: 'begun' }, tools)
  tools.wakeOutbox()
}

async function follow({ guildId }: DashboardEvent, db: Db, number: number, endsAt: Date | null) {
  const giveaway = await giveawayOf(db, { guildId, id: number })
  if (giveaway !== undefined && endsAt !== null) await scheduleEnd(db, giveaway, endsAt)
}

/** The dashboard has changed something: the panel and the end follow. */
export const onChanged: DashboardHandler = async (event, db, tools) => {
  const { giveaway_id: number } = dataOf(event, about)
  const giveaway = await existing(say, db, event.guildId, number)
  if (giveaway.status === 'active') await follow(event, db, number, giveaway.endsAt)
  await owePanel(db, event, number, false)
  tools.wakeOutbox()
}

/** Ends one, as /giveaway stop does; one that does not run stays as it is. */
export const onStopped: DashboardHandler = async (event, db, tools) => {
  const { giveaway_id: number } = dataOf(event, about)
  await existing(say, db, event.guildId, number)
  await stop(db, { guildId: event.guildId, id: number }, { source: 'dashboard' }, tools)
}

/** Draws one, as /giveaway draw does. */
export const onDraw: DashboardHandler = async (event, db, tools) => {
  const { giveaway_id: number } = dataOf(event, about)
  await beginDraw(say, db, { guildId: event.guildId, id: number }, { source: 'dashboard' }, tools)
}

const won = z.object({
  giveaway_id: id,
  winner_username: z.string().trim().min(1).max(100),
  winner_discord_id: z
    .union([z.string(), z.null()])
    .optional()
    .transform((value): UserId | null => (value != null && /^\d{15,20}$/.test(value) ? userId(value) : null)),
  announce: z.boolean().default(true),
})

/**
 * A dashboard that draws by itself says who won: that is kept without a roll, so that the proof says so, and announced unless it asks not
 * to. A winner of ours is announced once more. Nobody is taken for a winner of a giveaway that runs a draw of ours.
 */
export const onWinner: DashboardHandler = async (event, db, tools) => {
  const told = dataOf(event, won)
  const { guildId } = event
  const number = String(told.giveaway_id)
  const giveaway = await lockGiveaway(db, { guildId, id: told.giveaway_id })
  if (giveaway === undefined) throw new UserError('no_giveaway', say('giveaways:error.unknown', { number }))
  const of = { guildId, giveawayId: giveaway.id }
  const kickName = username(told.winner_username)
  const member = told.winner_discord_id ?? (await memberOf(db, guildId, kickName)) ?? null
  const known = (await winnersOf(db, of)).find(
    (one) => one.state !== 'void' && (one.kickName === kickName || (member !== null && one.userId === member)),
  )
  if (known === undefined && giveaway.listHash !== null)
    throw new UserError('drawn', say('giveaways:error.drawn', { number }))
  const [kept] =
    known === undefined
      ? await keepToldWinner(db, { ...of, kickName, displayName: told.winner_username, userId: member })
      : [known]
  await stop(db, { guildId, id: giveaway.id }, { source: 'dashboard' }, tools)
  await completeTold(db, of)
  if (kept === undefined || !told.announce) return
  const news = { kind: 'won', nonces: [kept.nonce] } as const
  await announce(db, giveaway, news, tools, `:${event.id}`)
  await owePanel(db, event, giveaway.id, false)
  tools.wakeOutbox()
}
