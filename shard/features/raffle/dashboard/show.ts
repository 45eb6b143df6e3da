/** What the dashboard says of winners that are drawn: an overlay has shown one, or one is to be announced once more. */
import { z } from 'zod'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { username } from '../../../../cluster/runtime/ids.ts'
import type { Db } from '../../../../sql/client.ts'
import { drawsOf, type NamedDraw } from '../../../../sql/queries/draws.ts'
import { runJobNow, waitingJobs } from '../../../../sql/queries/job.ts'
import { latestPeriods } from '../../../../sql/queries/raffle.ts'
import { dataOf } from '../../dashboard.ts'
import type { DashboardEvent, DashboardHandler } from '../../feature.ts'
import { announce, showJob, showRef } from '../job/told.ts'

const name = z.string().trim().min(1).max(100).transform(username)
const shown = z.object({
  /** The next one that waits when left out, or when it is nobody who does. */
  winner_kick_name: name.nullish(),
})

/** Raffles are looked through for a winner, so many back. */
const looksBack = 50

const drawsIn = async (
  db: Db,
  { guildId }: DashboardEvent,
  numbers: readonly number[],
): Promise<readonly NamedDraw[]> =>
  numbers.length === 0 ? [] : drawsOf(db, { guildIds: numbers.map(() => guildId), numbers: [...numbers] })

/** An overlay has shown a winner: the one who is named, or the next of those who wait, is announced now; one for each event. */
export const onAnimationComplete: DashboardHandler = async (event, db) => {
  const { guildId } = event
  const { winner_kick_name: winner } = dataOf(event, shown)
  const waiting = await waitingJobs(db, { guildId, kind: showJob })
  if (waiting.length === 0)
    throw new UserError(
      'nobody_waits',
      'no winner waits for an overlay; draw with await_animation, or use announce_winner',
    )
  const numbers = [...new Set(waiting.map(({ ref }) => Number(ref.split(':')[0])))]
  const draws = await drawsIn(db, event, numbers)
  const named = winner && draws.filter(({ username: kickName }) => kickName === winner).map(showRef)
  const next = waiting.find(({ ref }) => named?.includes(ref)) ?? waiting[0]
  if (next !== undefined) await runJobNow(db, { guildId, kind: showJob, ref: next.ref })
}

/** Which winner: as the raffle's pages number them, or as the legacy dashboard knows them. */
const again = z.object({
  period_number: z.int().positive().optional(),
  draw: z.int().positive().optional(),
  winner: z
    .object({
      winner_kick_name: name.nullish(),
      kick_name: name.nullish(),
      winner_discord_id: z.coerce.string().nullish(),
      discord_id: z.coerce.string().nullish(),
    })
    .optional(),
})

/** Has a winner announced once more, in public and in stream chat, as it stands with its proof; once for each event. */
export const onAnnounceWinner: DashboardHandler = async (event, db, tools) => {
  const { guildId } = event
  const { period_number: number, draw: place, winner } = dataOf(event, again)
  const numbers =
    number === undefined
      ? (await latestPeriods(db, { guildId, limit: looksBack })).map(({ periodNumber }) => periodNumber)
      : [number]
  const kickName = winner?.winner_kick_name ?? winner?.kick_name
  const member = winner?.winner_discord_id ?? winner?.discord_id
  const found = (await drawsIn(db, event, numbers)).findLast(
    (draw) =>
      draw.status === 'valid' &&
      (place === undefined || draw.nonce === place - 1) &&
      (kickName == null || draw.username === kickName) &&
      (member == null || draw.discordId === member),
  )
  if (found === undefined) throw new UserError('no_winner', 'winner: nobody like that has won a raffle here')
  const { periodNumber, nonce, requestRef: ref } = found
  await announce(db, [{ guildId, periodNumber, ref, nonce, again: event.id }], tools)
  tools.wakeOutbox()
}
