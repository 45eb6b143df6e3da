import { setTimeout as sleep } from 'node:timers/promises'
import type { Drand } from '../../cluster/runtime/drand.ts'
import type { Service } from '../../cluster/runtime/lifecycle.ts'
import type { Log } from '../../cluster/runtime/log.ts'
import { Counter, Histogram, lagBuckets, registry } from '../../cluster/runtime/metrics.ts'
import { isTransient, type Sql } from '../../sql/client.ts'
import { claimRounds, storeRound } from '../../sql/queries/randomness.ts'

const fetches = new Counter({
  name: 'bot_randomness_fetches_total',
  help: 'Rounds of public randomness that were asked for, by what became of it.',
  labelNames: ['outcome'],
  registers: [registry],
})
const lateness = new Histogram({
  name: 'bot_randomness_late_seconds',
  help: 'Time from the moment at which a round of public randomness was due to the moment at which we kept it.',
  buckets: lagBuckets,
  registers: [registry],
})

const pollMs = 1_000
/** The network needs a moment to agree on a round, and a mirror another one to hear of it. */
const tries = 3
const pauseMs = 1_000

/**
 * Fetches the rounds that draws wait for, each once for all guilds, outside of any transaction: from whichever mirror has it first, and
 * only when its signature holds. Many processes may run it. Nothing to fetch costs one look at an index a second.
 */
export function createRandomness(options: { readonly sql: Sql; readonly drand: Drand; readonly log: Log }): Service {
  const { sql, drand, log } = options
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined

  const fetchOne = async (round: number): Promise<boolean> => {
    for (let attempt = 1; !stopping.signal.aborted; attempt += 1) {
      try {
        const beacon = await drand.fetchRound(round)
        await storeRound(sql, { chain: drand.chain.hash, ...beacon })
        return true
      } catch (err) {
        if (attempt < tries) await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => {})
        else {
          log.warn({ round, err }, 'randomness is not to be had')
          return false
        }
      }
    }
    return false
  }

  const look = async (): Promise<void> => {
    try {
      for (const { round, lateMs } of await claimRounds(sql, { chain: drand.chain.hash, limit: 5 })) {
        const startedAt = performance.now()
        const isFetched = await fetchOne(round)
        fetches.inc({ outcome: isFetched ? 'fetched' : 'failed' })
        if (isFetched) lateness.observe((lateMs + performance.now() - startedAt) / 1_000)
      }
    } catch (err) {
      if (!isTransient(err)) log.error({ err }, 'randomness could not be looked for')
    }
  }

  return {
    name: 'randomness',
    async start() {
      timer = setInterval(() => {
        running ??= look().finally(() => {
          running = undefined
        })
      }, pollMs)
    },
    async stop() {
      stopping.abort()
      clearInterval(timer)
      await running
    },
  }
}
