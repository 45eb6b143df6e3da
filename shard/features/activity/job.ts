import { forgetTexts } from '../../../sql/queries/repeat.ts'
import type { JobHandler } from '../feature.ts'

/** Forgets what guilds have noted to know repeated lines, once it is of no use. */
export const onTexts: JobHandler = async (jobs, db) => {
  await forgetTexts(db, [...new Set(jobs.map((job) => job.guildId))])
}
