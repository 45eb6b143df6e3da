import { isBuffering } from '../../../sql/queries/clips.ts'
import { scheduleJobs } from '../../../sql/queries/job.ts'
import { owe } from '../../../sql/queries/outbox.ts'
import type { JobHandler } from '../feature.ts'
import { watchEveryMs } from './rules.ts'

/** Has recordings looked after that should run: one look for each, however many servers share it. */
export const onWatch: JobHandler = async (jobs, db, tools) => {
  for (const { guildId, ref, dueAt } of jobs) {
    if (!(await isBuffering(db, ref))) continue
    const sourceRef = `watch:${ref}:${dueAt.getTime()}`
    await owe(db, [{ guildId, kind: 'clips.buffer', sourceRef, payload: { ref, action: 'watch' } }])
    const runAt = new Date(tools.clock.now() + watchEveryMs)
    await scheduleJobs(db, [{ guildId, kind: 'clips.watch', ref, runAt }])
  }
  tools.wakeOutbox()
}
