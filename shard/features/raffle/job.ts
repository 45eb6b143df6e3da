import { z } from 'zod'
import { commitmentOf, newSeed } from '../../../cluster/runtime/fairness.ts'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import { Counter, registry } from '../../../cluster/runtime/metrics.ts'
import type { Db } from '../../../sql/client.ts'
import { type Job, scheduleJobs } from '../../../sql/queries/job.ts'
import { owe } from '../../../sql/queries/outbox.ts'
import {
  duePeriods,
  type EndingPeriod,
  endingPeriods,
  endNow,
  freezePeriods,
  openPeriods,
  type Period,
  type PeriodKey,
  planPeriods,
  rebuildBalances,
  refreshBoards,
  waitingPeriods,
} from '../../../sql/queries/raffle.ts'
import { readSettings } from '../../../sql/queries/settings.ts'
import type { JobHandler, Tools } from '../feature.ts'
import { fixChance } from './job/draw.ts'
import { graceMs, mostPatienceMs, nextSpan, seedPurpose } from './rules.ts'
import { convertAll } from './tick.ts'

const transitions = new Counter({
  name: 'bot_raffle_periods_total',
  help: 'Raffles that were opened or closed.',
  labelNames: ['transition'],
  registers: [registry],
})
const corrected = new Counter({
  name: 'bot_raffle_balances_corrected_total',
  help: 'Balances of tickets that were not the sum of their ledger and were set right; none, unless somebody wrote past the bot.',
  registers: [registry],
})

export const openJob = 'raffle.open'
export const closeJob = 'raffle.close'
export const countJob = 'raffle.count'

/** Everybody's minutes are counted anew that often, so that even those of the first day are on record while they can be counted. */
const countEveryMs = 7 * 86_400_000
/** How soon an opening or closing is looked at again that had to wait. */
const lookAgainMs = 10_000

const refOf = ({ guildId, periodNumber }: PeriodKey) => ({ guildId, ref: String(periodNumber) })
const keyOf = (job: Job): PeriodKey => ({ guildId: job.guildId, periodNumber: Number(job.ref) })

/** Owes what is said in public about raffles, to guilds that have a channel for it. */
async function announce(db: Db, periods: readonly Period[], what: 'opened' | 'closed', tools: Tools): Promise<void> {
  if (periods.length === 0) return
  const chosen = await readSettings(
    db,
    periods.map((period) => period.guildId),
    ['raffle_channel_id'],
  )
  const owed = periods
    .filter(({ guildId }) => (chosen.get(guildId)?.raffle_channel_id ?? null) !== null)
    .map(({ guildId, periodNumber }) => ({
      guildId,
      kind: 'raffle.announce',
      sourceRef: `${periodNumber}:${what}`,
      payload: { periodNumber, what },
    }))
  if (owed.length === 0) return
  await owe(db, owed)
  tools.wakeOutbox()
}

// --- Opening --------------------------------------------------------------------------------------------------------

/** When a planned raffle begins. Belongs in the transaction that plans it. */
export const scheduleOpening = (db: Db, key: PeriodKey, startsAt: Date) =>
  scheduleJobs(db, [{ ...refOf(key), kind: openJob, runAt: startsAt }])

/** When an open raffle ends; again with another time it moves. */
export const scheduleClosing = (db: Db, periods: readonly (PeriodKey & { readonly endsAt: Date })[]) =>
  scheduleJobs(
    db,
    periods.map((period) => ({ ...refOf(period), kind: closeJob, runAt: period.endsAt })),
  )

/**
 * Opens raffles of these guilds whose time has come: a seed is made for each and kept encrypted, and its commitment is announced. In the
 * caller's transaction; safe to repeat and for two at once, since a raffle that waits is opened once.
 */
export async function openDue(db: Db, guildIds: readonly GuildId[], tools: Tools): Promise<readonly Period[]> {
  const due = await duePeriods(db, guildIds)
  if (due.length === 0) return []
  const seeds = await Promise.all(
    due.map(async (key) => {
      const seed = newSeed()
      const sealed = tools.secrets.encrypt(seed, seedPurpose(key))
      return { ...key, seed: sealed, keyId: tools.secrets.keyId, commitment: await commitmentOf(seed) }
    }),
  )
  const opened = await openPeriods(db, seeds)
  await scheduleClosing(db, opened)
  const runAt = new Date(tools.clock.now() + countEveryMs)
  await scheduleJobs(
    db,
    opened.map((period) => ({ ...refOf(period), kind: countJob, runAt })),
  )
  await announce(db, opened, 'opened', tools)
  await refreshBoards(
    db,
    opened.map((period) => period.guildId),
  )
  transitions.inc({ transition: 'opened' }, opened.length)
  return opened
}

/** Opens what is due. What another raffle of its guild still stands in the way of, whoever closes that opens; it is looked at again all the same. */
export const onOpen: JobHandler = async (jobs, db, tools) => {
  await openDue(
    db,
    jobs.map((job) => job.guildId),
    tools,
  )
  const waiting = await waitingPeriods(db, jobs.map(keyOf))
  const soon = tools.clock.now() + lookAgainMs
  await scheduleJobs(
    db,
    waiting.map((period) => ({
      ...refOf(period),
      kind: openJob,
      runAt: new Date(Math.max(soon, period.startsAt.getTime())),
    })),
  )
}

// --- Closing --------------------------------------------------------------------------------------------------------

/**
 * Closes raffles that the transaction holds, in as many statements for many guilds as for one: the last minutes are paid for, every balance
 * is made the sum of its ledger, the lists are frozen and hashed, the hash is announced. Then the guild's next raffle may begin.
 */
async function close(db: Db, held: readonly PeriodKey[], tools: Tools): Promise<readonly Period[]> {
  if (held.length === 0) return []
  const guildIds = held.map((key) => key.guildId)
  await convertAll(db, guildIds)
  const [wrong] = await rebuildBalances(db, held)
  if (wrong !== undefined && wrong.corrected > 0) {
    corrected.inc(wrong.corrected)
    tools.log.error(
      { balances: wrong.corrected, raffles: held.length },
      'balances of tickets were not what their ledger says',
    )
  }
  const closed = await freezePeriods(db, held)
  await fixChance(db, closed, tools)
  await announce(db, closed, 'closed', tools)
  await openDue(db, guildIds, tools)
  await refreshBoards(db, guildIds)
  transitions.inc({ transition: 'closed' }, closed.length)
  return closed
}

/** When the end of a raffle was noticed, in milliseconds. */
const ending = z.object({ since: z.number().optional() })

/**
 * Ends raffles whose time is up. As soon as that is noticed the next one is planned where the guild wants it; the list is frozen a little
 * later, and later still while minutes wait to be credited: what happened before the end and is heard of after it still counts. However
 * late all of it comes, what counts is decided by the end alone.
 */
export const onClose: JobHandler = async (jobs, db, tools) => {
  const now = tools.clock.now()
  const open = await endingPeriods(db, jobs.map(keyOf))
  const since = new Map(jobs.map((job) => [`${job.guildId}:${job.ref}`, ending.parse(job.payload).since]))
  const looked = open.map((period) => {
    const noticedAt = since.get(`${period.guildId}:${period.periodNumber}`)
    const waited = noticedAt === undefined ? 0 : now - noticedAt
    const mayWait = period.isBehind && waited < mostPatienceMs
    return { period, noticedAt, isReady: period.isOver && waited >= graceMs && !mayWait }
  })
  await renew(
    db,
    open.filter((period) => period.isOver),
    tools,
  )
  await scheduleJobs(
    db,
    looked
      .filter(({ isReady }) => !isReady)
      .map(({ period, noticedAt }) => ({
        ...refOf(period),
        kind: closeJob,
        ...(period.isOver
          ? {
              runAt: new Date(noticedAt === undefined ? now + graceMs : now + lookAgainMs),
              payload: { since: noticedAt ?? now },
            }
          : { runAt: period.endsAt }),
      })),
  )
  const ready = looked.filter(({ isReady }) => isReady)
  await close(
    db,
    ready.map(({ period }) => period),
    tools,
  )
}

/** Ends a raffle because somebody wants it: at once, and without a next one. Gives it; undefined when it is not open any more. */
export async function endByHand(db: Db, key: PeriodKey, tools: Tools): Promise<Period | undefined> {
  const [open] = await endingPeriods(db, [key])
  if (open === undefined) return undefined
  await endNow(db, key)
  const [closed] = await close(db, [key], tools)
  return closed
}

/** Plans the raffles after these, where their guilds want that and nobody has planned another. What a person ended was closed at once and is never here. */
async function renew(db: Db, over: readonly EndingPeriod[], tools: Tools): Promise<void> {
  if (over.length === 0) return
  const chosen = await readSettings(
    db,
    over.map((period) => period.guildId),
    ['raffle_auto_renew', 'timezone'],
  )
  const wanted = over.flatMap((period) => {
    const settings = chosen.get(period.guildId)
    if (settings?.raffle_auto_renew !== true) return []
    const span = { from: period.startsAt.getTime(), to: period.endsAt.getTime() }
    const next = nextSpan(span, { now: tools.clock.now(), timeZone: settings.timezone })
    return [
      {
        guildId: period.guildId,
        startsAt: new Date(next.from),
        endsAt: new Date(next.to),
        timeZone: settings.timezone,
        title: period.title,
        prize: period.prize,
        createdBy: null,
        after: period.periodNumber,
      },
    ]
  })
  if (wanted.length === 0) return
  const planned = await planPeriods(db, wanted)
  await scheduleJobs(
    db,
    planned.map((key) => ({
      ...refOf(key),
      kind: openJob,
      runAt: wanted.find(({ guildId }) => guildId === key.guildId)?.startsAt ?? new Date(tools.clock.now()),
    })),
  )
}

// --- In between -----------------------------------------------------------------------------------------------------

/** Counts everybody's minutes anew, of raffles that still run. */
export const onCount: JobHandler = async (jobs, db, tools) => {
  const open = await endingPeriods(db, jobs.map(keyOf))
  await convertAll(
    db,
    open.map((period) => period.guildId),
  )
  const runAt = new Date(tools.clock.now() + countEveryMs)
  await scheduleJobs(
    db,
    open.map((period) => ({ ...refOf(period), kind: countJob, runAt })),
  )
}

/** Has the boards of guilds brought up to date; Discord is asked outside of the transaction. */
export const onBoard: JobHandler = async (jobs, db, tools) => {
  await owe(
    db,
    jobs.map((job) => ({
      guildId: job.guildId,
      kind: 'raffle.board',
      sourceRef: String(job.dueAt.getTime()),
      payload: {},
    })),
  )
  tools.wakeOutbox()
}
