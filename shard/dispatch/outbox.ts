import { outboxHint } from '../../cluster/ingress/event.ts'
import type { Bus } from '../../cluster/runtime/bus.ts'
import type { GuildId } from '../../cluster/runtime/ids.ts'
import type { Service } from '../../cluster/runtime/lifecycle.ts'
import { Counter, Gauge, registry } from '../../cluster/runtime/metrics.ts'
import { isTransient } from '../../sql/client.ts'
import {
  type ClaimedRow,
  claimOutbox,
  type FinishedRow,
  finishOutbox,
  freeClaims,
  outboxDepth,
  pruneOutbox,
} from '../../sql/queries/outbox.ts'
import type { Feature, OutboxPayer, Payment, Tools } from '../features/feature.ts'

const paidRows = new Counter({
  name: 'bot_outbox_payments_total',
  help: 'Attempts to pay a row of the outbox, by what became of it.',
  labelNames: ['kind', 'outcome'],
  registers: [registry],
})
const depth = new Gauge({
  name: 'bot_outbox_rows',
  help: 'Rows of the outbox that wait (due) or were given up (dead).',
  labelNames: ['kind', 'state'],
  registers: [registry],
})

const pollMs = 1_000
const wakeMs = 25
/** What a process may send in about two seconds, so that a stop never waits long for what is in hand. */
const mostInHand = 25
/** A guild with this many rows in hand gets no more of them until some are paid; a claim takes no more than that either. */
const mostOfGuild = 5
/** Longer than Discord's pace for one guild (about one role change a second) needs for what may be in hand. */
const claimSeconds = 90
const mostAttempts = 8
const measureMs = 10_000
const pruneMs = 600_000
const keepDays = 7

export interface OutboxDispatchOptions {
  readonly bus: Pick<Bus, 'onHint'>
  readonly tools: () => Tools
  readonly features: readonly Feature[]
  readonly shardCount: number
  readonly shardIds: readonly number[]
  readonly group: number
}

export interface OutboxDispatch extends Service {
  /** Looks for due rows soon; safe to call as often as one likes, and before the transaction that writes them has committed. */
  wake(): void
}

/**
 * Pays what committed transactions owe to Discord and Kick, for guilds of this process, at the pace of the other side:
 * a row is claimed for a minute, paid outside of any transaction, and marked. A crash in between pays it again.
 */
export function createOutboxDispatch(options: OutboxDispatchOptions): OutboxDispatch {
  const payers = new Map<string, OutboxPayer>(
    options.features.flatMap((feature) => Object.entries(feature.outbox ?? {})),
  )
  const inHand = new Set<Promise<void>>()
  const ofGuild = new Map<GuildId, { rows: number; last: Promise<void> }>()
  const finished: FinishedRow[] = []
  const timers: NodeJS.Timeout[] = []
  let unsubscribe = () => {}
  let isStopping = false
  let isRunning = false
  let wakeTimer: NodeJS.Timeout | undefined
  let flushing: Promise<void> = Promise.resolve()
  let draining: Promise<void> = Promise.resolve()

  const pay = async (row: ClaimedRow): Promise<Payment> => {
    if (isStopping) return { kind: 'wait', reason: 'left to the next owner', delayMs: 0 }
    const payer = payers.get(row.kind)
    if (payer === undefined) return { kind: 'wait', reason: 'no room of this version pays this kind', delayMs: 60_000 }
    try {
      return await payer(row, options.tools())
    } catch (err) {
      if (isTransient(err)) return { kind: 'wait', reason: 'the database is unavailable', delayMs: 2_000 }
      options.tools().log.error({ kind: row.kind, guildId: row.guildId, outboxId: row.outboxId, err }, 'payment failed')
      return { kind: 'retry', reason: err instanceof Error ? err.message.slice(0, 200) : 'unknown error' }
    }
  }

  const flush = (): Promise<void> => {
    flushing = flushing.then(async () => {
      const rows = finished.splice(0)
      if (rows.length === 0) return
      try {
        await finishOutbox(options.tools().sql, rows)
      } catch (err) {
        // Their claims run out and they are paid again, which every payer allows.
        options.tools().log.warn({ rows: rows.length, err }, 'payments could not be marked')
      }
    })
    return flushing
  }

  /**
   * Pays the rows of one guild one after the other. Discord's own limits make it so anyway, and what the first of them finds
   * out (the bot may not do this here) spares the others their call.
   */
  const take = (row: ClaimedRow): void => {
    const queue = ofGuild.get(row.guildId) ?? { rows: 0, last: Promise.resolve() }
    const work = queue.last
      .then(() => pay(row))
      .then((payment) => {
        const outcome = payment.kind === 'retry' && row.attempts >= mostAttempts ? 'dead' : payment.kind
        paidRows.inc({ kind: row.kind, outcome })
        finished.push(resultOf(row, payment, outcome))
        inHand.delete(work)
        queue.rows--
        if (queue.rows === 0) ofGuild.delete(row.guildId)
        return finished.length >= mostInHand || inHand.size === 0 ? flush() : undefined
      })
    queue.rows++
    queue.last = work
    ofGuild.set(row.guildId, queue)
    inHand.add(work)
  }

  const drain = (): void => {
    if (isRunning || isStopping) return
    isRunning = true
    draining = drainAll()
  }

  const drainAll = async (): Promise<void> => {
    try {
      for (;;) {
        const limit = Math.min(mostOfGuild, mostInHand - inHand.size)
        if (limit <= 0) {
          await Promise.race(inHand)
          continue
        }
        const rows = await claimOutbox(options.tools().sql, {
          shardCount: options.shardCount,
          shardIds: [...options.shardIds],
          limit,
          claimSeconds,
          busyGuildIds: [...ofGuild].filter(([, queue]) => queue.rows >= mostOfGuild).map(([guildId]) => guildId),
        })
        for (const row of rows) take(row)
        if (isStopping || rows.length === 0) break
        await Promise.race(inHand)
      }
    } catch (err) {
      if (!isTransient(err)) options.tools().log.error({ err }, 'outbox could not be read')
    } finally {
      isRunning = false
      await flush()
    }
  }

  const measure = async (): Promise<void> => {
    try {
      const rows = await outboxDepth(options.tools().sql, {
        shardCount: options.shardCount,
        shardIds: [...options.shardIds],
      })
      depth.reset()
      for (const row of rows) depth.set({ kind: row.kind, state: row.state }, row.rows)
    } catch {
      // The figure stays as it was; that the database is away shows elsewhere.
    }
  }

  const prune = (): void => {
    pruneOutbox(options.tools().sql, keepDays).catch((err: unknown) => {
      options.tools().log.debug({ err }, 'outbox could not be pruned')
    })
  }

  return {
    name: 'outbox',
    wake() {
      if (wakeTimer !== undefined || isStopping) return
      wakeTimer = setTimeout(() => {
        wakeTimer = undefined
        drain()
      }, wakeMs)
    },
    async start() {
      unsubscribe = options.bus.onHint(outboxHint({ shardCount: options.shardCount, group: options.group }), drain)
      await freeClaims(options.tools().sql, { shardCount: options.shardCount, shardIds: [...options.shardIds] }).catch(
        (err: unknown) => options.tools().log.warn({ err }, 'claims of a predecessor could not be freed'),
      )
      timers.push(setInterval(drain, pollMs))
      timers.push(setInterval(() => void measure(), measureMs))
      timers.push(setInterval(prune, pruneMs))
      drain()
    },
    async stop() {
      isStopping = true
      unsubscribe()
      for (const timer of timers) clearInterval(timer)
      clearTimeout(wakeTimer)
      await draining
      await Promise.all(inHand)
      await flush()
    },
  }
}

/** What to write about a row: paid, given up, or due again with a back-off that doubles from two seconds to ten minutes. */
function resultOf(
  row: { guildId: GuildId; outboxId: string; attempts: number },
  payment: Payment,
  outcome: Payment['kind'],
): FinishedRow {
  const base = { guildId: row.guildId, outboxId: row.outboxId }
  if (payment.kind === 'paid') return { ...base, state: 'paid', delaySeconds: 0, uncount: 0, error: null }
  if (outcome === 'dead') return { ...base, state: 'dead', delaySeconds: 0, uncount: 0, error: payment.reason }
  const backOffMs = Math.min(2_000 * 2 ** (row.attempts - 1), 600_000) * (0.8 + 0.4 * Math.random())
  const delayMs = payment.kind === 'dead' ? 0 : (payment.delayMs ?? backOffMs)
  return {
    ...base,
    state: 'due',
    delaySeconds: delayMs / 1000,
    uncount: payment.kind === 'wait' ? 1 : 0,
    error: payment.reason,
  }
}
