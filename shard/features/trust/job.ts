import { scheduleJobs } from '../../../sql/queries/job.ts'
import { dropFingerprints, eraseGuild } from '../../../sql/queries/trust.ts'
import type { JobHandler } from '../feature.ts'
import { forgetJob } from './event.ts'

/** Rows of one table in one go; the rest in the next second. */
const limit = 20_000

/** Erases servers that the bot left long ago, a part at a time. One that it is in again keeps everything. */
export const onForget: JobHandler = async (jobs, db, tools) => {
  for (const { guildId } of jobs) {
    const isMore = await eraseGuild(db, { guildId, limit })
    if (isMore) await scheduleJobs(db, [{ guildId, kind: forgetJob, ref: guildId, runAt: new Date(tools.clock.now()) }])
    else tools.log.info({ guildId }, 'guild erased')
  }
}

/** Forgets fingerprints of erased members, once nothing of theirs can come late any more. */
export const onFingerprints: JobHandler = async (jobs, db) => {
  await dropFingerprints(db, [...new Set(jobs.map((job) => job.guildId))])
}
