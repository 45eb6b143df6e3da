import { guildId } from '../../../cluster/runtime/ids.ts'
import { scheduleJobs } from '../../../sql/queries/job.ts'
import { owe } from '../../../sql/queries/outbox.ts'
import { claimTimers, timerJob } from '../../../sql/queries/timers.ts'
import type { JobHandler } from '../feature.ts'
import { apartSeconds, lookAgainMs, minChatters, nextRun } from './rules.ts'

/**
 * Says what is due, once for each time that it is due, and never two messages of one guild in the same minute. Where nobody is there to
 * read it, it is looked at again in a minute and said once when they are back, however long that took.
 */
export const onDue: JobHandler = async (jobs, db, tools) => {
  const due = await claimTimers(db, {
    guildIds: jobs.map((job) => job.guildId),
    ids: jobs.map((job) => Number(job.ref)),
    minChatters,
    apartSeconds,
  })
  const now = tools.clock.now()
  const dueAt = new Map(jobs.map((job) => [`${job.guildId}:${job.ref}`, job.dueAt.getTime()]))
  await scheduleJobs(
    db,
    due.map((timer) => ({
      guildId: guildId(timer.guildId),
      kind: timerJob,
      ref: String(timer.id),
      runAt: new Date(timer.isSaid ? nextRun(now, timer) : now + lookAgainMs),
    })),
  )
  const said = due.filter((timer) => timer.isSaid)
  if (said.length === 0) return
  await owe(
    db,
    said.map((timer) => ({
      guildId: timer.guildId,
      kind: 'timers.say',
      sourceRef: `${timer.id}:${dueAt.get(`${timer.guildId}:${timer.id}`) ?? now}`,
      payload: { id: timer.id, content: timer.message, expiresAt: now + timer.intervalMinutes * 60_000 },
    })),
  )
  tools.wakeOutbox()
}
