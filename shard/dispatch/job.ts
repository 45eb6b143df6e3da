import type { Service } from '../../cluster/runtime/lifecycle.ts'
import { Counter, Histogram, lagBuckets, registry } from '../../cluster/runtime/metrics.ts'
import { isTransient, transaction } from '../../sql/client.ts'
import { pruneAudit } from '../../sql/queries/audit.ts'
import { type Job, postponeJob, restJobs, takeJobs } from '../../sql/queries/job.ts'
import type { Feature, JobHandler, Tools } from '../features/feature.ts'

const done = new Counter({
  name: 'bot_jobs_total',
  help: 'Jobs with a time of their own, by kind and what became of them.',
  labelNames: ['kind', 'outcome'],
  registers: [registry],
})
const lateness = new Histogram({
  name: 'bot_jobs_late_seconds',
  help: 'Time from the moment at which a job was due to the commit of what it did.',
  labelNames: ['kind'],
  buckets: lagBuckets,
  registers: [registry],
})

const pollMs = 1_000
const batchSize = 200
const restMs = 60_000
const restHours = 1
const pruneMs = 600_000
/** A year, and a month to look back on it. */
const keepAuditDays = 400

export interface JobDispatchOptions {
  readonly tools: Tools
  readonly features: readonly Feature[]
  readonly shardCount: number
  readonly shardIds: readonly number[]
}

/**
 * Does work that has a time of its own, for guilds of this process: taken away and done in one transaction, so that two owners do it
 * once. What fails is put off and never thrown away. A guild without anything due costs nothing.
 */
export function createJobDispatch(options: JobDispatchOptions): Service {
  const { tools } = options
  const handlers = new Map<string, JobHandler>(
    options.features.flatMap((feature) => Object.entries(feature.jobs ?? {})),
  )
  const kinds = [...handlers.keys()]
  const kindsOfLeft = options.features.flatMap((feature) => [...(feature.jobsOfLeft ?? [])])
  const shards = { shardCount: options.shardCount, shardIds: [...options.shardIds] }
  const timers: NodeJS.Timeout[] = []
  let isStopping = false
  let running: Promise<void> | undefined

  const handle = async (jobs: readonly Job[], db: Parameters<JobHandler>[1]): Promise<void> => {
    for (const kind of new Set(jobs.map((job) => job.kind))) {
      const ofKind = jobs.filter((job) => job.kind === kind)
      await handlers.get(kind)?.(ofKind, db, tools)
    }
  }

  /** Does due jobs together; when that fails, each by itself, so that one of them does not stop the others. */
  const takeBatch = async (limit: number): Promise<number> => {
    let taken: readonly Job[] = []
    try {
      await transaction(tools.sql, async (db) => {
        taken = await takeJobs(db, { ...shards, kinds, kindsOfLeft, limit })
        await handle(taken, db)
      })
    } catch (err) {
      if (isTransient(err)) throw err
      if (limit > 1) {
        for (let i = 0; i < taken.length; i++) await takeBatch(1)
        return taken.length
      }
      const [job] = taken
      if (job === undefined) throw err
      done.inc({ kind: job.kind, outcome: 'failed' })
      tools.log.error({ kind: job.kind, guildId: job.guildId, jobRef: job.ref, err }, 'job failed')
      await postponeJob(tools.sql, { ...job, error: err instanceof Error ? err.message.slice(0, 200) : 'unknown' })
      return taken.length
    }
    const now = tools.clock.now()
    for (const job of taken) {
      done.inc({ kind: job.kind, outcome: 'done' })
      lateness.observe({ kind: job.kind }, Math.max(0, now - job.dueAt.getTime()) / 1000)
    }
    return taken.length
  }

  const drain = async (): Promise<void> => {
    try {
      while (!isStopping && (await takeBatch(batchSize)) === batchSize);
    } catch (err) {
      // The rows are where they were; the next look finds them.
      if (!isTransient(err)) tools.log.error({ err }, 'jobs could not be read')
    }
  }

  const look = (): void => {
    if (isStopping || running !== undefined) return
    running = drain().finally(() => {
      running = undefined
    })
  }

  const rest = (): void => {
    restJobs(tools.sql, { kindsOfLeft, limit: batchSize, hours: restHours }).catch((err: unknown) => {
      tools.log.debug({ err }, 'jobs of guilds that were left could not be put off')
    })
  }

  const prune = (): void => {
    pruneAudit(tools.sql, keepAuditDays).catch((err: unknown) => {
      tools.log.debug({ err }, 'old notes of changes could not be pruned')
    })
  }

  return {
    name: 'jobs',
    async start() {
      if (kinds.length === 0) return
      timers.push(setInterval(look, pollMs), setInterval(rest, restMs), setInterval(prune, pruneMs))
      look()
    },
    async stop() {
      isStopping = true
      for (const timer of timers) clearInterval(timer)
      await running
    },
  }
}
