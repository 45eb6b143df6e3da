import { within } from '../cluster/runtime/deadline.ts'
import type { Service } from '../cluster/runtime/lifecycle.ts'
import { durationBuckets, Gauge, Histogram, registry } from '../cluster/runtime/metrics.ts'
import type { Sql } from './client.ts'

const answering = new Gauge({
  name: 'bot_database_up',
  help: 'Whether PostgreSQL answers (1) or not (0); of several processes that report together, whether it answers all of them.',
  aggregator: 'min',
  registers: [registry],
})
const waiting = new Histogram({
  name: 'bot_database_probe_seconds',
  help: 'Time until the smallest statement is answered: waiting for a connection of the pool, and the way there and back.',
  buckets: durationBuckets,
  registers: [registry],
})

const everyMs = 5_000
const patienceMs = 3_000

/** Asks PostgreSQL every five seconds, through the pool that everybody else asks through, whether it is there. */
export function createProbe(sql: Sql): Service {
  let timer: NodeJS.Timeout | undefined
  let isStopping = false
  let isAwaited = false

  /** Whether it answers in time; while one question is open, no other one is asked. */
  const ask = async (): Promise<boolean> => {
    if (isAwaited) return false
    isAwaited = true
    const stop = waiting.startTimer()
    const answer = sql`select 1 as one`.execute().finally(() => {
      isAwaited = false
    })
    const isUp = await within(patienceMs, answer).then(
      () => true,
      () => false,
    )
    stop()
    return isUp
  }

  const probe = async (): Promise<void> => {
    answering.set((await ask()) ? 1 : 0)
    if (!isStopping) timer = setTimeout(() => void probe(), everyMs)
  }

  return {
    name: 'probe',
    async start() {
      void probe()
    },
    async stop() {
      isStopping = true
      clearTimeout(timer)
    },
  }
}
