import { z } from 'zod'
import { userId } from '../../../cluster/runtime/ids.ts'
import { takeDraft } from '../../../sql/queries/transfer.ts'
import type { JobHandler } from '../feature.ts'

const payload = z.object({ draftRef: z.string() })

/** Forgets files that nobody has said yes to. A newer file of the same admin stays. */
export const forget: JobHandler = async (jobs, db) => {
  for (const job of jobs)
    await takeDraft(db, {
      guildId: job.guildId,
      userId: userId(job.ref),
      draftRef: payload.parse(job.payload).draftRef,
    })
}
