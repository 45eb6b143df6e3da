import { randomBytes } from 'node:crypto'
import type { Bus } from '../cluster/runtime/bus.ts'
import type { Clock } from '../cluster/runtime/clock.ts'
import { type Epoch, epoch } from '../cluster/runtime/ids.ts'
import type { Service } from '../cluster/runtime/lifecycle.ts'
import type { Log } from '../cluster/runtime/log.ts'
import { Gauge, registry } from '../cluster/runtime/metrics.ts'
import type { Db, Sql } from './client.ts'

export interface LeaseOptions {
  readonly sql: Sql
  readonly bus: Pick<Bus, 'hint' | 'onHint'>
  readonly clock: Pick<Clock, 'monotonic'>
  readonly log: Log
  /** What is led; one row, and one token of a bus subject. */
  readonly name: string
  /** Who asks, for people to read. Two processes may carry the same name: each adds something of its own. */
  readonly holder: string
  readonly ttlSeconds: number
}

export interface Lease extends Service {
  /** The fencing token, while this process leads; it grows with every new leader and every new term. */
  readonly epoch: Epoch | undefined
  /** Calls back with the epoch when this process begins to lead, and with undefined as soon as it no longer does. */
  onChange(callback: (epoch: Epoch | undefined) => void): void
}

/** Says that a lease is free before its time. */
export const leaseHint = (name: string): string => `hint.lease.${name}`

const held = new Gauge({
  name: 'bot_lease_held',
  help: 'Whether this process leads (1) or waits (0), by lease.',
  labelNames: ['name'],
  registers: [registry],
})

/** Share of the TTL after which a leader renews: two renewals may fail before the third is too late. */
const renewalShare = 0.3
/** Share of the TTL that a leader gives away, since its clock may run slower than the database's. */
const marginShare = 0.05
const longestPauseMs = 10_000

/**
 * Waits to lead, leads, and renews. The lease is decided by one conditional statement on the database's clock. The holder
 * counts the TTL on its own monotonic clock from the *start* of its last successful request, so it stops believing before
 * the database can give the lease away: also when the database does not answer, and after a pause of the whole process.
 *
 * States: waiting → leading (the statement gave an epoch) → waiting (time ran out, or another holds it) → … → stopped.
 */
export function createLease(options: LeaseOptions): Lease {
  const { sql, bus, clock, log, name } = options
  const holder = `${options.holder}#${randomBytes(6).toString('hex')}`
  const ttlMs = options.ttlSeconds * 1_000
  const termMs = ttlMs * (1 - marginShare)
  const periodMs = ttlMs * renewalShare
  const callbacks = new Set<(epoch: Epoch | undefined) => void>()
  const pending = new Set<Promise<unknown>>()
  let term: { epoch: Epoch; endsAt: number } | undefined
  let announced: Epoch | undefined
  let endOfTerm: NodeJS.Timeout | undefined
  let isStopping = false
  let wake = () => {}
  let unsubscribe = () => {}
  let loop: Promise<void> | undefined

  const current = () => (term !== undefined && clock.monotonic() < term.endsAt ? term.epoch : undefined)

  /** Tells of a change, and comes back when the term ends. */
  const announce = () => {
    const now = current()
    clearTimeout(endOfTerm)
    if (term !== undefined && now !== undefined) {
      endOfTerm = setTimeout(announce, Math.max(term.endsAt - clock.monotonic(), 5))
    }
    if (now === announced) return
    announced = now
    held.set({ name }, now === undefined ? 0 : 1)
    if (now === undefined) log[isStopping ? 'info' : 'warn']({ lease: name }, 'no longer leading')
    else log.info({ lease: name, epoch: now }, 'leading')
    for (const callback of callbacks) callback(now)
  }

  /** Asks once; gives for how long nobody needs to ask again. Late answers count from when the question was asked. */
  const ask = async (): Promise<number> => {
    const askedAt = clock.monotonic()
    const answer = await takeLease(sql, { name, holder, ttlMs })
    if (isStopping) return 0
    if (answer.epoch === undefined) {
      term = undefined
      announce()
      return Math.min(periodMs, Math.max(answer.freeInMs, 0) + 5 + Math.random() * 20)
    }
    const endsAt = askedAt + termMs
    if (term === undefined || endsAt > term.endsAt) term = { epoch: answer.epoch, endsAt }
    announce()
    return Math.max(askedAt + periodMs - clock.monotonic(), 0)
  }

  const run = async () => {
    let unanswered = 0
    while (!isStopping) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve
      })
      let pauseMs = periodMs
      try {
        const question = ask()
        pending.add(question)
        question.then(
          () => pending.delete(question),
          () => pending.delete(question),
        )
        const answer = await Promise.race([question, pause(periodMs).then(() => undefined)])
        if (answer === undefined) {
          // A frozen database or a dead connection: ask on another one, ever more slowly; when it wakes, so do we.
          unanswered++
          question.finally(() => wake()).catch(() => {})
          pauseMs = Math.min(periodMs * 2 ** unanswered, longestPauseMs)
        } else {
          unanswered = 0
          pauseMs = answer
        }
      } catch (err) {
        log.warn({ lease: name, err }, 'lease could not be asked for')
        pauseMs = Math.min(periodMs, 500)
      }
      if (!isStopping) await pause(pauseMs, woken)
    }
  }

  return {
    name: `lease ${name}`,
    get epoch() {
      return isStopping ? undefined : current()
    },
    onChange(callback) {
      callbacks.add(callback)
    },
    async start() {
      held.set({ name }, 0)
      unsubscribe = bus.onHint(leaseHint(name), () => wake())
      loop = run()
      await Promise.race([Promise.allSettled(pending), pause(periodMs)])
    },
    async stop() {
      isStopping = true
      unsubscribe()
      wake()
      await loop
      term = undefined
      announce()
      // An answer under way could take the lease after it was given back.
      await Promise.race([Promise.allSettled(pending), pause(periodMs)])
      const resigned = resignLease(sql, { name, holder }).catch((err: unknown) => {
        log.warn({ lease: name, err }, 'lease could not be given back')
        return false
      })
      if ((await Promise.race([resigned, pause(1_000)])) === true) bus.hint(leaseHint(name), {})
    },
  }
}

/**
 * Takes the lease if it is free, renews it if it is ours, and otherwise only says in how many milliseconds it may be free.
 * One statement: of many that ask at once one gets it. The comparison stands twice, first so that who waits locks nothing,
 * then on the row as it is once it is locked. `now()` is when the statement began, which errs towards the holder.
 */
async function takeLease(
  db: Db,
  p: { name: string; holder: string; ttlMs: number },
): Promise<{ epoch: Epoch | undefined; freeInMs: number }> {
  const [row] = await db<{ epoch: string | null; freeInMs: number }[]>`
    with taken as (
      insert into scheduler_lease as l (name, holder, epoch, expires_at)
      select ${p.name}, ${p.holder}, 1, now() + ${p.ttlMs}::float8 * interval '1 millisecond'
       where not exists (
         select 1
           from scheduler_lease
          where name = ${p.name} and holder <> ${p.holder} and expires_at > now()
       )
      on conflict (name) do update
         set holder = excluded.holder,
             epoch = l.epoch + (l.holder <> excluded.holder or l.expires_at <= now())::int,
             expires_at = excluded.expires_at
       where l.holder = excluded.holder or l.expires_at <= now()
      returning epoch
    )
    select (select epoch from taken) as epoch,
           coalesce((
             select extract(epoch from expires_at - now()) * 1000 from scheduler_lease where name = ${p.name}
           ), 0)::float8 as free_in_ms`
  return {
    epoch: row?.epoch == null ? undefined : epoch(Number(row.epoch)),
    freeInMs: row?.freeInMs ?? 0,
  }
}

/** Gives the lease back at once; false when it was not ours any more. Safe to repeat. */
async function resignLease(db: Db, p: { name: string; holder: string }): Promise<boolean> {
  const { count } = await db`
    update scheduler_lease
       set expires_at = now()
     where name = ${p.name} and holder = ${p.holder} and expires_at > now()`
  return count > 0
}

/** Resolves after a while, or earlier with the signal. */
function pause(ms: number, early?: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    timer.unref()
    early?.then(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
