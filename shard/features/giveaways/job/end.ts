import type { Entropy } from '../../../../cluster/runtime/fairness.ts'
import type { GuildId } from '../../../../cluster/runtime/ids.ts'
import type { Db } from '../../../../sql/client.ts'
import { endDue, type Giveaway, giveawayOf } from '../../../../sql/queries/giveaways.ts'
import { scheduleJobs } from '../../../../sql/queries/job.ts'
import { owe } from '../../../../sql/queries/outbox.ts'
import { knownRounds } from '../../../../sql/queries/randomness.ts'
import { lockDraw, voidWinner } from '../../../../sql/queries/winners.ts'
import { chanceFor, nextTry } from '../../chance.ts'
import type { JobHandler, Tools } from '../../feature.ts'
import { hasChat } from '../rules/choices.ts'
import { lateChatMs } from '../rules/limits.ts'
import { draw, drawNext, freeze } from './draw.ts'
import { announce } from './tell.ts'
import { announceWinners } from './winners.ts'

/** When a giveaway is ended: at its end, or a little later where chat may still be on its way that was written in time. */
export const scheduleEnd = (db: Db, of: Pick<Giveaway, 'guildId' | 'id' | 'entryMethod'>, endsAt: Date) =>
  scheduleJobs(db, [
    {
      guildId: of.guildId,
      kind: 'giveaways.end',
      ref: String(of.id),
      runAt: new Date(endsAt.getTime() + (hasChat(of) ? lateChatMs : 0)),
    },
  ])

/**
 * Ends giveaways whose time has come and freezes their lists. Whoever gets a giveaway from the statement is the only one that does; the
 * draw follows when its round has come, in a job of its own, whatever happens to this process. Where nobody entered, that is said.
 */
export const onEnd: JobHandler = async (jobs, db, tools) => {
  const ended = await endDue(db, {
    guildIds: jobs.map((job) => job.guildId),
    ids: jobs.map((job) => Number(job.ref)),
  })
  for (const giveaway of ended) {
    const of = { guildId: giveaway.guildId, giveawayId: giveaway.id }
    if ((await freeze(db, of, null, tools)) > 0) continue
    await announce(db, giveaway, { kind: 'nobody' }, tools)
  }
  // One that was given more time meanwhile has it.
  const known = new Set(ended.map(({ guildId, id }) => `${guildId}:${id}`))
  for (const job of jobs.filter(({ guildId, ref }) => !known.has(`${guildId}:${ref}`))) {
    const giveaway = await giveawayOf(db, { guildId: job.guildId, id: Number(job.ref) })
    if (giveaway?.status === 'active' && giveaway.endsAt !== null) await scheduleEnd(db, giveaway, giveaway.endsAt)
  }
  tools.wakeOutbox()
}

/** A round is looked for so often in its first minute, while people wait for the winners. */
const lookAgainMs = 3_000
const soonMs = 60_000

/**
 * Draws giveaways whose round has come; until it is known, it looks again and nothing is decided. After an hour the message which said that
 * the list is frozen decides; where there is none, admins are told.
 */
export const onDraw: JobHandler = async (jobs, db, tools) => {
  for (const { guildId, ref } of jobs) {
    const of = { guildId, giveawayId: Number(ref) }
    const frozen = await lockDraw(db, of)
    if (frozen?.status !== 'drawing') continue
    const { chain, round, roundAt, frozenAt: closedAt, closingMessageId } = frozen
    const [known] = await knownRounds(db, { chains: [chain], rounds: [round] })
    const now = tools.clock.now()
    const chance = chanceFor(
      { decided: null, entropyRound: round, closedAt, closingMessageId },
      { round: known, chain: tools.drandChain, now },
    )
    if (chance.kind === 'known') {
      const { entropy, signature } = chance
      await decide(db, of, { ...entropy, ...(signature !== null && { signature }) }, tools)
      continue
    }
    const isSoon = now < roundAt.getTime() + soonMs
    const runAt = new Date(isSoon ? now + lookAgainMs : nextTry(chance, now))
    await scheduleJobs(db, [{ guildId, kind: 'giveaways.draw', ref, runAt }])
    if (chance.kind !== 'stuck') continue
    await owe(db, [{ guildId, kind: 'giveaways.stuck', sourceRef: ref, payload: { id: of.giveawayId } }])
    tools.wakeOutbox()
  }
}

/** Decides a giveaway and has everybody told. In one transaction; a giveaway that is decided stays as it is. */
async function decide(
  db: Db,
  of: { readonly guildId: GuildId; readonly giveawayId: number },
  entropy: Entropy & { readonly signature?: string },
  tools: Tools,
): Promise<void> {
  const drawn = await draw(db, of, entropy, tools)
  const giveaway = await giveawayOf(db, { guildId: of.guildId, id: of.giveawayId })
  if (drawn === undefined || giveaway === undefined) return
  const what = drawn.won.length === 0 ? ({ kind: 'nobody' } as const) : ({ kind: 'won', nonces: drawn.won } as const)
  await announceWinners(db, giveaway, what, tools)
  tools.wakeOutbox()
}

/** Whoever has not answered in time loses the win to the next roll. */
export const onClaim: JobHandler = async (jobs, db, tools) => {
  for (const { guildId, ref } of jobs) {
    const [id = 0, nonce = 0] = ref.split(':').map(Number)
    const of = { guildId, giveawayId: id }
    if ((await lockDraw(db, of)) === undefined) continue
    const [lapsed] = await voidWinner(db, { ...of, nonce, reason: 'unclaimed', evenClaimed: false })
    const giveaway = await giveawayOf(db, { guildId, id })
    if (lapsed === undefined || giveaway === undefined) continue
    const next = await drawNext(db, of, tools)
    const what =
      next === undefined
        ? ({ kind: 'nobody_left', instead: nonce } as const)
        : ({ kind: 'won', nonces: [next], instead: nonce } as const)
    await announceWinners(db, giveaway, what, tools)
  }
  tools.wakeOutbox()
}
