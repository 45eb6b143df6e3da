import type { Sql } from '../sql/client.ts'
import { type Placement, readOverview, type Totals } from '../sql/queries/overview.ts'
import { type IngressCount, ingressCounts } from './ingress/counts.ts'
import type { Clock } from './runtime/clock.ts'
import { within } from './runtime/deadline.ts'
import type { Log } from './runtime/log.ts'

export interface Overview {
  /** Absent until the database has answered once. */
  readonly figures?: { readonly totals: Totals; readonly placement: Placement; readonly readAt: number }
  /** Whether the figures are older than they should be, since the database did not answer. */
  readonly isStale: boolean
  /** What this pod took in since it started. */
  readonly webhooks: readonly IngressCount[]
}

const freshMs = 1_500
/** Share of the time that the database may spend on this page, however many people look at it. */
const costShare = 0.05
const patienceMs = 2_000

/** Reads the figures at most every second and a half, once for all who ask, and less often the more they cost. */
export function createOverview(options: {
  readonly sql: Sql
  readonly clock: Clock
  readonly shardCount: number
  readonly log: Log
}): () => Promise<Overview> {
  const { sql, clock, log } = options
  let figures: Overview['figures']
  let isStale = false
  let freshUntil = 0
  let reading: Promise<void> | undefined

  const read = async () => {
    const startedAt = performance.now()
    try {
      figures = { ...(await readOverview(sql, options.shardCount)), readAt: clock.now() }
      isStale = false
    } catch (err) {
      isStale = true
      log.warn({ err }, 'overview could not be read')
    }
    freshUntil = performance.now() + Math.max(freshMs, (performance.now() - startedAt) / costShare)
    reading = undefined
  }

  return async () => {
    if (performance.now() >= freshUntil) {
      reading ??= read()
      // A page with the figures of before beats one that does not come.
      await within(patienceMs, reading).catch(() => {
        isStale = true
      })
    }
    return { ...(figures && { figures }), isStale, webhooks: await ingressCounts() }
  }
}
