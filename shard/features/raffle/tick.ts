/** What gives tickets: watched minutes, and what other rooms know of. */
import type { GuildId, UserId, Username } from '../../../cluster/runtime/ids.ts'
import { Counter, registry } from '../../../cluster/runtime/metrics.ts'
import type { Db } from '../../../sql/client.ts'
import { revokeAward } from '../../../sql/queries/awards.ts'
import { refreshBoards } from '../../../sql/queries/raffle.ts'
import { seenRevisions, settleRevisions } from '../../../sql/queries/settlement.ts'
import { type Award, type Awarded, awardTickets } from '../../../sql/queries/tickets.ts'
import { convertAllWatched, convertWatched, type WatchedTickets } from '../../../sql/queries/watched.ts'
import type { Milestone } from '../../../sql/queries/watchtime.ts'
import type { TickHandler } from '../feature.ts'

const given = new Counter({
  name: 'bot_raffle_tickets_total',
  help: 'Raffle tickets that were given, by what they were given for.',
  labelNames: ['source'],
  registers: [registry],
})
const awards = new Counter({
  name: 'bot_raffle_awards_total',
  help: 'Awards that other rooms asked for, by what became of them.',
  labelNames: ['source', 'outcome'],
  registers: [registry],
})

/**
 * Gives tickets for what happened elsewhere, of many guilds at once, each once for its source and reference. In the caller's transaction;
 * safe to repeat. What became of each is told in the order of the list: see `AwardOutcome`.
 */
export async function award(db: Db, asked: readonly Award[]): Promise<readonly Awarded[]> {
  const done = await awardTickets(db, asked)
  const changed = done.filter(({ outcome }) => outcome === 'credited' || outcome === 'pending')
  for (const { source, outcome } of done) awards.inc({ source, outcome })
  for (const { source, tickets } of changed) given.inc({ source }, tickets)
  if (changed.length > 0)
    await refreshBoards(
      db,
      changed.map(({ guildId }) => guildId),
    )
  return done
}

/** Takes the tickets of a purchase back as far as that is possible, once; gives how many. In the caller's transaction; safe to repeat. */
export async function revoke(db: Db, p: Parameters<typeof revokeAward>[1]): Promise<number> {
  const tickets = await revokeAward(db, p)
  if (tickets > 0) await refreshBoards(db, [p.guildId])
  return tickets
}

async function noteWatched(db: Db, paid: readonly WatchedTickets[]): Promise<void> {
  if (paid.length === 0) return
  given.inc({ source: 'watchtime' }, Number(paid.reduce((sum, { tickets }) => sum + BigInt(tickets), 0n)))
  await refreshBoards(
    db,
    paid.map(({ guildId }) => guildId),
  )
}

/** Gives tickets to viewers whose minutes the same transaction has just written, where a raffle runs. Safe to repeat. */
export async function awardForMinutes(db: Db, milestones: readonly Milestone[]): Promise<void> {
  if (milestones.length === 0) return
  const paid = await convertWatched(db, {
    guildIds: milestones.map((milestone) => milestone.guildId),
    usernames: milestones.map((milestone) => milestone.username),
  })
  await noteWatched(db, paid)
}

/** The same for everybody in these guilds, counted anew. */
export async function convertAll(db: Db, guildIds: readonly GuildId[]): Promise<void> {
  if (guildIds.length > 0) await noteWatched(db, await convertAllWatched(db, { guildIds }))
}

/** From now on only what is watched later counts, for one viewer or for everybody; nothing that was given is taken away. */
export const setBaseline = (
  db: Db,
  p: { readonly guildId: GuildId; readonly username: Username | null; readonly actorId: UserId },
) => convertAllWatched(db, { guildIds: [p.guildId], baseline: { username: p.username, actorId: p.actorId } })

/** What follows from settings about raffles: the board moves with its channel. */
export const onTick: TickHandler = async ({ ticks }, db) => {
  const guildIds = ticks.map((tick) => tick.guildId)
  const seen = await seenRevisions(db, { kind: 'raffle', guildIds })
  await refreshBoards(db, guildIds)
  await settleRevisions(db, { kind: 'raffle', seen, ticks })
}
