import type { Bus } from '../cluster/runtime/bus.ts'
import { within } from '../cluster/runtime/deadline.ts'
import type { Service } from '../cluster/runtime/lifecycle.ts'
import type { Log } from '../cluster/runtime/log.ts'
import { Counter, Gauge, registry } from '../cluster/runtime/metrics.ts'
import type { Sql } from '../sql/client.ts'
import type { Lease } from '../sql/lease.ts'
import { readBacklog, readDatabase, readSettlementLag } from '../sql/queries/vitals.ts'
import { createAudit } from './audit.ts'

const gauges = {
  settlementLag: new Gauge({
    name: 'bot_settlement_lag_seconds',
    help: 'How far guilds with unsettled watch time are behind: the one that is behind longest, and 95 % of them.',
    labelNames: ['of'],
    registers: [registry],
  }),
  unsettled: new Gauge({
    name: 'bot_settlement_unsettled_guilds',
    help: 'Guilds with watch time that no tick has settled.',
    registers: [registry],
  }),
  outboxOldest: new Gauge({
    name: 'bot_outbox_oldest_seconds',
    help: 'Age of the oldest row of the outbox that is neither paid nor given up.',
    registers: [registry],
  }),
  outboxOverdue: new Gauge({
    name: 'bot_outbox_overdue_seconds',
    help: 'For how long a row of the outbox has been due that nobody has claimed.',
    registers: [registry],
  }),
  outboxDead: new Gauge({
    name: 'bot_outbox_dead_rows',
    help: 'Rows of the outbox that were given up, in all shards.',
    registers: [registry],
  }),
  inboxRows: new Gauge({
    name: 'bot_inbox_rows',
    help: 'Events in the inbox that are accepted and not handled.',
    registers: [registry],
  }),
  inboxOldest: new Gauge({
    name: 'bot_inbox_oldest_seconds',
    help: 'Age of the oldest event in the inbox that is not handled.',
    registers: [registry],
  }),
  jobsOverdue: new Gauge({
    name: 'bot_jobs_overdue_seconds',
    help: 'For how long a job has been due that nobody has taken.',
    registers: [registry],
  }),
  freeGroups: new Gauge({
    name: 'bot_group_leases_free',
    help: 'Shard groups that no pod holds.',
    registers: [registry],
  }),
  connections: new Gauge({
    name: 'bot_database_connections',
    help: 'Connections to our database, by what they do.',
    labelNames: ['state'],
    registers: [registry],
  }),
  connectionsLimit: new Gauge({
    name: 'bot_database_connections_limit',
    help: 'Connections that PostgreSQL allows.',
    registers: [registry],
  }),
  lockWaits: new Gauge({
    name: 'bot_database_lock_waits',
    help: 'Connections that wait for a lock of another one.',
    registers: [registry],
  }),
  oldestTransaction: new Gauge({
    name: 'bot_database_oldest_transaction_seconds',
    help: 'Age of the oldest transaction that is open.',
    registers: [registry],
  }),
  size: new Gauge({
    name: 'bot_database_size_bytes',
    help: 'Size of our database on disk.',
    registers: [registry],
  }),
  pending: new Gauge({
    name: 'bot_bus_pending_messages',
    help: 'Messages that consumers have not been given yet, by stream.',
    labelNames: ['stream'],
    registers: [registry],
  }),
  unacknowledged: new Gauge({
    name: 'bot_bus_unacknowledged_messages',
    help: 'Messages that were given to consumers and are not ended, by stream.',
    labelNames: ['stream'],
    registers: [registry],
  }),
  redelivered: new Gauge({
    name: 'bot_bus_redelivered_messages',
    help: 'Of the messages that are not ended those that were given out again, by stream.',
    labelNames: ['stream'],
    registers: [registry],
  }),
  streamBytes: new Gauge({
    name: 'bot_bus_stream_bytes',
    help: 'What a stream holds, by stream.',
    labelNames: ['stream'],
    registers: [registry],
  }),
}
/** Those of which nothing is said after a reset; the others would say 0. */
const labelled: ReadonlySet<Gauge<string>> = new Set([
  gauges.settlementLag,
  gauges.connections,
  gauges.pending,
  gauges.unacknowledged,
  gauges.redelivered,
  gauges.streamBytes,
])
const rounds = new Counter({
  name: 'bot_vitals_rounds_total',
  help: 'Rounds in which the leader measured what waits in the database and on the bus, by whether both have answered.',
  labelNames: ['outcome'],
  registers: [registry],
})
for (const outcome of ['ok', 'failed']) rounds.inc({ outcome }, 0)

const defaultEveryMs = 15_000
/** A statement of this takes milliseconds; a database that needs longer has better things to do. */
const patienceMs = 5_000

export interface VitalsOptions {
  /** A pool of its own: what hangs here must not keep a leader from renewing its lease. */
  readonly sql: Sql
  readonly bus: Pick<Bus, 'backlog'>
  readonly log: Log
  readonly lease: Pick<Lease, 'epoch' | 'onChange'>
  readonly shardCount: number
  readonly everyMs?: number
}

/**
 * What only the database and the bus know of the whole deployment, measured by the leader for all: a fixed number of statements each quarter of a
 * minute, whatever the number of guilds and pods. A scheduler that does not lead says nothing; its last figures are forgotten.
 */
export function createVitals(options: VitalsOptions): Service {
  const { sql, bus, log, lease } = options
  const audit = createAudit({ sql, log })
  let isStopping = false
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()

  /** What is asked, each by itself: a table that is locked hides what stands in it, and not that it is locked. */
  const questions: readonly (() => Promise<() => void>)[] = [
    async () => {
      const backlog = one(await readBacklog(sql, options.shardCount))
      return () => {
        gauges.outboxOldest.set(backlog.outboxOldestSeconds)
        gauges.outboxOverdue.set(backlog.outboxOverdueSeconds)
        gauges.outboxDead.set(backlog.outboxDead)
        gauges.inboxRows.set(backlog.inboxRows)
        gauges.inboxOldest.set(backlog.inboxOldestSeconds)
        gauges.jobsOverdue.set(backlog.jobsOverdueSeconds)
        gauges.freeGroups.set(backlog.freeGroups)
      }
    },
    async () => {
      const settlement = one(await readSettlementLag(sql))
      return () => {
        gauges.settlementLag.set({ of: 'longest' }, settlement.longestSeconds)
        gauges.settlementLag.set({ of: 'most' }, settlement.usualSeconds)
        gauges.unsettled.set(settlement.guilds)
      }
    },
    async () => {
      const database = one(await readDatabase(sql))
      return () => {
        gauges.connections.set({ state: 'active' }, database.active)
        gauges.connections.set({ state: 'idle' }, database.idle)
        gauges.connections.set({ state: 'idle in transaction' }, database.idleInTransaction)
        gauges.connectionsLimit.set(database.connectionsLimit)
        gauges.lockWaits.set(database.waitingForLocks)
        gauges.oldestTransaction.set(database.oldestTransactionSeconds)
        gauges.size.set(database.sizeBytes)
      }
    },
    async () => {
      const backlogs = await bus.backlog()
      return () => {
        for (const { stream, pending, unacknowledged, redelivered, bytes } of backlogs) {
          gauges.pending.set({ stream }, pending)
          gauges.unacknowledged.set({ stream }, unacknowledged)
          gauges.redelivered.set({ stream }, redelivered)
          gauges.streamBytes.set({ stream }, bytes)
        }
      }
    },
    async () => {
      await audit.look()
      return () => {}
    },
  ]
  const open = new Set<number>()

  /** Asks unless the answer of the last time is still awaited, so that a database that hangs is not asked ever more. */
  const ask = async (question: () => Promise<() => void>, number: number): Promise<void> => {
    if (open.has(number)) throw new Error('the last answer is still awaited')
    open.add(number)
    const answer = question().finally(() => open.delete(number))
    const tell = await within(patienceMs, answer)
    if (lease.epoch !== undefined) tell()
  }

  const measure = async (): Promise<void> => {
    if (lease.epoch === undefined) return
    const parts = await Promise.allSettled(questions.map(ask))
    const failed = parts.flatMap((part) => (part.status === 'rejected' ? [part.reason as unknown] : []))
    rounds.inc({ outcome: failed.length === 0 ? 'ok' : 'failed' })
    for (const err of failed) log.warn({ err }, 'vitals could not be measured')
  }

  const measureIn = (delayMs: number): void => {
    clearTimeout(timer)
    if (isStopping) return
    timer = setTimeout(() => {
      running = measure().finally(() => measureIn(options.everyMs ?? defaultEveryMs))
    }, delayMs)
  }

  forget()
  lease.onChange((epoch) => {
    if (epoch === undefined) forget()
    else measureIn(0)
  })

  return {
    name: 'vitals',
    async start() {
      measureIn(0)
    },
    async stop() {
      isStopping = true
      clearTimeout(timer)
      await running
    },
  }
}

/** Who does not know says nothing; a 0 would be a claim. */
function forget(): void {
  for (const gauge of Object.values(gauges)) {
    gauge.reset()
    if (!labelled.has(gauge)) gauge.set(Number.NaN)
  }
}

function one<Row>(rows: readonly Row[]): Row {
  const [row] = rows
  if (row === undefined) throw new Error('a statement that always gives a row gave none')
  return row
}
