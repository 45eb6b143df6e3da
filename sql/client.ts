import postgres from 'postgres'
import { Counter, durationBuckets, Histogram, registry } from '../cluster/runtime/metrics.ts'

/** The pool. Snake case becomes camel case on the way in; `bigint` arrives as a string. */
export type Sql = postgres.Sql
/** A pool or a transaction; the first argument of every query. */
export type Db = postgres.ISql

/** Opens a pool. Nothing is connected before the first query; a lost connection is replaced by itself. */
export function createSql(url: string, options: { max?: number; name?: string } = {}): Sql {
  return postgres(url, {
    max: options.max ?? 10,
    idle_timeout: 60,
    connect_timeout: 5,
    backoff: (attempt) => Math.min(0.1 * 2 ** attempt, 2),
    transform: { column: { from: postgres.toCamel } },
    connection: { application_name: options.name ?? 'belfry' },
    onnotice: () => {},
  })
}

const mayHeal = new Set(['40001', '40P01', '55P03', '57P01', '57P02', '57P03', '53300'])

/**
 * Whether the same work may succeed when it is tried again: a deadlock, a lost connection, a server that restarts, or one whose name is not
 * known yet, as that of a pod which does not run.
 */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = (error as Error & { code?: unknown }).code
  if (typeof code !== 'string') return false
  return (
    mayHeal.has(code) ||
    /^08|^CONNECT|^CONNECTION_|^ECONN|^EPIPE$|^ETIMEDOUT$|^E(HOST|NET)(UNREACH|DOWN)$|^EAI_AGAIN$|^ENOTFOUND$/.test(
      code,
    )
  )
}

const durations = new Histogram({
  name: 'bot_database_transaction_seconds',
  help: 'Time of a transaction that committed, from asking for a connection to the commit, all attempts included.',
  buckets: durationBuckets,
  registers: [registry],
})
const repeats = new Counter({
  name: 'bot_database_repeats_total',
  help: 'Transactions that were repeated because of another one at the same time, by what it did.',
  labelNames: ['reason'],
  registers: [registry],
})

const attempts = 3
/**
 * Serialization failure, deadlock, and a unique key that another transaction has just taken: two owners may write the same new row
 * at once, and `on conflict` waits for one key only. Repeated, the statement finds the row; a key that is really taken fails again.
 */
const repeatable: ReadonlyMap<unknown, string> = new Map([
  ['40001', 'serialization'],
  ['40P01', 'deadlock'],
  ['23505', 'unique_key'],
])

/** Runs `work` in one transaction; again after what another transaction at the same time has caused, which changed nothing. */
export async function transaction<T>(sql: Sql, work: (db: Db) => Promise<T>): Promise<T> {
  const stop = durations.startTimer()
  for (let attempt = 1; ; attempt++) {
    try {
      const result = (await sql.begin(work)) as T
      stop()
      return result
    } catch (error) {
      const reason = repeatable.get((error as { code?: unknown }).code)
      if (attempt === attempts || reason === undefined) throw error
      repeats.inc({ reason })
      await new Promise((resolve) => setTimeout(resolve, 20 * attempt * (1 + Math.random())))
    }
  }
}

/** Runs `work` within a transaction so that its failure undoes only what it did itself; the failure is thrown on. */
export async function inSavepoint<T>(db: Db, work: () => Promise<T>): Promise<T> {
  await db`savepoint part`
  try {
    const result = await work()
    await db`release savepoint part`
    return result
  } catch (error) {
    await db`rollback to savepoint part`
    throw error
  }
}
