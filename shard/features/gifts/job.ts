import { dropGifts } from '../../../sql/queries/gifts.ts'
import type { JobHandler } from '../feature.ts'
import { keepDays } from './rules.ts'

/** Forgets events that nobody tells again and nobody asks for. */
export const onForget: JobHandler = async (jobs, db) => {
  await dropGifts(db, { guildIds: [...new Set(jobs.map((job) => job.guildId))], keepDays })
}
