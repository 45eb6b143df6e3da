import { z } from 'zod'
import { timeOfRound } from '../../../../cluster/runtime/drand.ts'
import { clientSeedOf, commitmentOf, drawWinners, sha256 } from '../../../../cluster/runtime/fairness.ts'
import { type GuildId, userId } from '../../../../cluster/runtime/ids.ts'
import { Counter, registry } from '../../../../cluster/runtime/metrics.ts'
import type { Db } from '../../../../sql/client.ts'
import {
  type Decided,
  drawsOf,
  fixRounds,
  frozenLists,
  markDrawn,
  type NamedDraw,
  type NewDraw,
  type PeriodToDraw,
  periodsToDraw,
  recordDraws,
  voidDraw,
} from '../../../../sql/queries/draws.ts'
import { scheduleJobs } from '../../../../sql/queries/job.ts'
import { owe } from '../../../../sql/queries/outbox.ts'
import type { Period, PeriodKey } from '../../../../sql/queries/raffle.ts'
import { knownRounds, wantRounds } from '../../../../sql/queries/randomness.ts'
import { readSettings } from '../../../../sql/queries/settings.ts'
import { nextTry } from '../../chance.ts'
import type { JobHandler, Tools } from '../../feature.ts'
import { type DrawPlan, type DrawRequest, decidingRound, planDraw } from '../rules/draw.ts'
import { seedPurpose } from '../rules.ts'
import { noteDraws } from './told.ts'

const drawn = new Counter({
  name: 'bot_raffle_draws_total',
  help: 'Winners that were drawn, and draws that were declared void.',
  labelNames: ['outcome'],
  registers: [registry],
})

export const drawJob = 'raffle.draw'

/** Lists with so many entries together are held in memory at once. */
const mostEntries = 250_000

/** What became of a request. `draws` is all that was drawn in this raffle, by nonce; `isNew` where this call has drawn. */
export type DrawOutcome = {
  readonly request: DrawRequest
  readonly period: PeriodToDraw | undefined
  readonly draws: readonly NamedDraw[]
  readonly plan: DrawPlan
  readonly isNew: boolean
}

const nameOf = ({ guildId, periodNumber }: PeriodKey): string => `${guildId}:${periodNumber}`
const keysOf = (keys: readonly PeriodKey[]) => ({
  guildIds: keys.map(({ guildId }) => guildId),
  numbers: keys.map(({ periodNumber }) => periodNumber),
})

function grouped(draws: readonly NamedDraw[]): ReadonlyMap<string, readonly NamedDraw[]> {
  const groups = new Map<string, NamedDraw[]>()
  for (const draw of draws) {
    const group = groups.get(nameOf(draw))
    if (group === undefined) groups.set(nameOf(draw), [draw])
    else group.push(draw)
  }
  return groups
}

/**
 * Draws what these requests want, at most one for each raffle, in as many statements for many raffles as for one. Holds the raffles until
 * the transaction ends. A request that comes again draws nothing and gets the same answer; what cannot be drawn changes nothing.
 */
export async function drawPeriods(
  db: Db,
  requests: readonly DrawRequest[],
  tools: Tools,
): Promise<readonly DrawOutcome[]> {
  if (requests.length === 0) return []
  const keys = keysOf(requests)
  const periods = new Map((await periodsToDraw(db, keys)).map((period) => [nameOf(period), period]))
  const before = grouped(await drawsOf(db, keys))
  const rounds = await roundsOf(db, [...periods.values()])
  const planned = requests.map((request) => {
    const period = periods.get(nameOf(request))
    const draws = before.get(nameOf(request)) ?? []
    const round = rounds.get(`${period?.entropyChain}:${period?.entropyRound}`)
    const plan = planDraw(request, { period, draws, round, chain: tools.drandChain, now: tools.clock.now() })
    return { request, period, draws, plan, isNew: false }
  })
  const due = planned.flatMap(({ request, period, draws, plan }) =>
    plan.kind === 'draw' && period !== undefined ? [{ request, period, draws, plan }] : [],
  )
  if (due.length === 0) return planned
  for (const { request } of due)
    if (request.instead !== undefined)
      await voidDraw(db, {
        guildId: request.guildId,
        periodNumber: request.periodNumber,
        ref: request.ref,
        by: request.by,
        ...request.instead,
      })
  for (const part of parts(due)) await recordDraws(db, await winnersOf(db, part, tools))
  await markDrawn(db, due.map(decidedBy))
  const after = grouped(await drawsOf(db, keysOf(due.map(({ request }) => request))))
  await noteDraws(
    db,
    due.map((each) => ({ ...each, draws: after.get(nameOf(each.request)) ?? [] })),
    tools,
  )
  drawn.inc(
    { outcome: 'drawn' },
    due.reduce((sum, { plan }) => sum + plan.count, 0),
  )
  drawn.inc({ outcome: 'void' }, due.filter(({ request }) => request.instead !== undefined).length)
  const names = new Set(due.map(({ request }) => nameOf(request)))
  return planned.map((each) =>
    names.has(nameOf(each.request)) ? { ...each, draws: after.get(nameOf(each.request)) ?? [], isNew: true } : each,
  )
}

interface DueDraw {
  readonly request: DrawRequest
  readonly period: PeriodToDraw
  readonly draws: readonly NamedDraw[]
  readonly plan: Extract<DrawPlan, { kind: 'draw' }>
}

async function roundsOf(db: Db, periods: readonly PeriodToDraw[]) {
  const wanted = periods.flatMap(({ entropyChain: chain, entropyRound: round, status }) =>
    chain === null || round === null || status !== 'closed' ? [] : [`${chain}:${round}`],
  )
  const distinct = [...new Set(wanted)].map((each) => each.split(':'))
  if (distinct.length === 0) return new Map()
  const known = await knownRounds(db, {
    chains: distinct.map(([chain = '']) => chain),
    rounds: distinct.map(([, round]) => Number(round)),
  })
  return new Map(known.map((each) => [`${each.chain}:${each.round}`, each]))
}

/** Cuts what is to be drawn so that the lists of each part fit into memory together. */
function parts(due: readonly DueDraw[]): DueDraw[][] {
  const cut: DueDraw[][] = []
  let entries = Number.POSITIVE_INFINITY
  for (const each of due) {
    if (entries + each.period.participants > mostEntries) {
      cut.push([])
      entries = 0
    }
    cut.at(-1)?.push(each)
    entries += each.period.participants
  }
  return cut
}

/** Throws when a list or a seed is not what was published: nothing may be drawn from it then, and somebody has to look. */
async function winnersOf(db: Db, due: readonly DueDraw[], tools: Tools): Promise<readonly NewDraw[]> {
  const lists = new Map(
    (await frozenLists(db, keysOf(due.map(({ period }) => period)))).map((row) => [nameOf(row), row.list]),
  )
  const found: NewDraw[] = []
  for (const { request, period, draws, plan } of due) {
    const list = lists.get(nameOf(period)) ?? '[]'
    const seed = openSeed(period, tools)
    if ((await sha256(list)) !== period.listHash)
      throw new Error('a frozen list is not the one whose hash was published')
    if ((await commitmentOf(seed)) !== period.commitment) throw new Error('a seed is not the one that was committed to')
    const clientSeed = clientSeedOf({ period: period.periodNumber, listHash: period.listHash, entropy: plan.entropy })
    // It has the hash that was published, so it is what our own statement wrote.
    const entrants = (JSON.parse(list) as [string, number][]).map(([id, tickets]) => ({ id, tickets }))
    const first = draws.length
    const winners = await drawWinners({ entrants, seed, clientSeed, count: first + plan.count })
    const replaced = draws.find(({ nonce }) => nonce === request.instead?.nonce)
    for (const winner of winners.slice(first))
      found.push({
        guildId: period.guildId,
        periodNumber: period.periodNumber,
        nonce: winner.nonce,
        entryId: winner.id,
        tickets: String(winner.tickets),
        winningTicket: String(winner.ticket),
        totalTickets: String(winner.total),
        participants: entrants.length - winner.nonce,
        serverSeed: seed,
        clientSeed,
        counter: winner.counter,
        proofHash: winner.hash,
        prize: replaced === undefined ? (request.prize ?? period.prize) : replaced.prize,
        requestRef: request.ref,
        drawnBy: request.by,
      })
  }
  return found
}

function openSeed(period: PeriodToDraw, { secrets }: Tools): string {
  if (period.seed === null || period.seedKeyId === null) throw new Error('a raffle has no seed')
  return secrets.decrypt(period.seed, { keyId: period.seedKeyId, purpose: seedPurpose(period) })
}

const decidedBy = ({ period, plan: { entropy, signature } }: DueDraw): Decided => ({
  guildId: period.guildId,
  periodNumber: period.periodNumber,
  randomness: entropy.kind === 'drand' ? entropy.randomness : null,
  signature,
  messageId: entropy.kind === 'discord' ? entropy.messageId : null,
})

// --- When ---------------------------------------------------------------------------------------------------------------

/**
 * Fixes the round of public randomness that decides raffles which have just been closed, has it fetched, and where the guild wants that the
 * draw as well. In the transaction that closes them.
 */
export async function fixChance(db: Db, closed: readonly Period[], tools: Tools): Promise<void> {
  const fixed = closed.filter(({ participants }) => participants > 0)
  if (fixed.length === 0) return
  const chain = tools.drandChain
  const { round, at } = decidingRound(chain, tools.clock.now())
  await wantRounds(db, [{ chain: chain.hash, round, dueAt: new Date(at) }])
  await fixRounds(db, { ...keysOf(fixed), chain: chain.hash, round })
  const chosen = await readSettings(
    db,
    fixed.map(({ guildId }) => guildId),
    ['raffle_auto_draw', 'raffle_auto_winners'],
  )
  const automatic = fixed.flatMap((period) => {
    const settings = chosen.get(period.guildId)
    if (settings?.raffle_auto_draw !== true) return []
    return [requestOf(period, { winners: settings.raffle_auto_winners, ref: `auto:${period.periodNumber}` })]
  })
  const runAt = timeOfRound(chain, round) + 2_000
  await scheduleDraws(
    db,
    automatic.map((request) => ({ request, at: runAt })),
  )
}

const requestOf = ({ guildId, periodNumber }: PeriodKey, p: { winners: number; ref: string }): DrawRequest => ({
  guildId,
  periodNumber,
  winners: p.winners,
  prize: null,
  ref: p.ref,
  source: 'bot',
  by: null,
})

/** Has raffles drawn, each at its time in milliseconds, as these requests want it; the last one that was made for a raffle counts. */
export const scheduleDraws = (db: Db, due: readonly { readonly request: DrawRequest; readonly at: number }[]) =>
  scheduleJobs(
    db,
    due.map(({ request: { guildId, periodNumber, winners, prize, ref, source, by, requestId, isShown }, at }) => ({
      guildId,
      kind: drawJob,
      ref: String(periodNumber),
      runAt: new Date(at),
      payload: { winners, prize, ref, source, by, requestId, isShown },
    })),
  )

const wanted = z.object({
  winners: z.number().int().positive(),
  prize: z.string().nullable(),
  ref: z.string(),
  source: z.enum(['discord', 'dashboard', 'bot']),
  by: z.string().transform(userId).nullable(),
  requestId: z.string().optional(),
  isShown: z.boolean().optional(),
})

/** Draws raffles whose time has come, once; those that have to wait are tried again, and admins are told when waiting does not help. */
export const onDraw: JobHandler = async (jobs, db, tools) => {
  const requests = jobs.map(
    (job): DrawRequest => ({ guildId: job.guildId, periodNumber: Number(job.ref), ...wanted.parse(job.payload) }),
  )
  await settleDraws(db, await drawPeriods(db, requests, tools), tools)
}

/** Has requests that have to wait tried again, and tells admins of raffles for which waiting does not help. */
export async function settleDraws(db: Db, outcomes: readonly DrawOutcome[], tools: Tools): Promise<void> {
  const now = tools.clock.now()
  await scheduleDraws(
    db,
    outcomes.flatMap(({ request, plan }) =>
      plan.kind === 'waits' || plan.kind === 'stuck' ? [{ request, at: nextTry(plan, now) }] : [],
    ),
  )
  const stuck = outcomes.filter(({ plan }) => plan.kind === 'stuck').map(({ request }) => request)
  if (stuck.length === 0) return
  await owe(db, stuck.map(stuckRow))
  tools.wakeOutbox()
}

/** Told once for each raffle. */
const stuckRow = ({ guildId, periodNumber }: { guildId: GuildId; periodNumber: number }) => ({
  guildId,
  kind: 'raffle.stuck',
  sourceRef: String(periodNumber),
  payload: { periodNumber },
})
