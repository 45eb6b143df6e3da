import { DeadlineError, within } from '../cluster/runtime/deadline.ts'
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

  const probe = async (): Promise<void> => {
    const startedAt = performance.now()
    const isUp = await within(patienceMs, sql`select 1 as one`.execute()).then(
      () => true,
      // What comes too late is there, but a pool that nobody gets through to helps nobody.
      (err: unknown) => {
        if (err instanceof DeadlineError) waiting.observe(patienceMs / 1_000)
        return false
      },
    )
    if (isUp) waiting.observe((performance.now() - startedAt) / 1_000)
    answering.set(isUp ? 1 : 0)
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
