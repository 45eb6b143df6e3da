import { owe } from '../../../sql/queries/outbox.ts'
import type { JobHandler } from '../feature.ts'

/**
 * Has Kick asked whether a stream has another title by now. The answer is needed outside of the transaction, so the outbox asks; it
 * schedules the next look as long as the stream runs.
 */
export const onRefresh: JobHandler = async (jobs, db, tools) => {
  await owe(
    db,
    jobs.map((job) => ({
      guildId: job.guildId,
      kind: 'alerts.refresh',
      sourceRef: `${job.ref}:${job.dueAt.getTime()}`,
      payload: { startedAt: Number(job.ref) },
    })),
  )
  tools.wakeOutbox()
}
