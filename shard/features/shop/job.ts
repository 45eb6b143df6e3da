import { scheduleJobs } from '../../../sql/queries/job.ts'
import { owe } from '../../../sql/queries/outbox.ts'
import { itemOf } from '../../../sql/queries/shop.ts'
import type { JobHandler } from '../feature.ts'
import { windowJob } from './command/change.ts'
import { nextChange, readNumber } from './rules.ts'

/** An item has appeared or gone by its own clock: the message is looked at again, and so is the item when it changes next. */
export const onWindow: JobHandler = async (jobs, db, tools) => {
  await owe(
    db,
    jobs.map((job) => ({
      guildId: job.guildId,
      kind: 'shop.front',
      sourceRef: `${job.ref}:${job.dueAt.getTime()}`,
      payload: {},
    })),
  )
  for (const job of jobs) {
    const item = await itemOf(db, { guildId: job.guildId, id: readNumber(job.ref) })
    const runAt = item === undefined ? undefined : nextChange(item, Math.max(tools.clock.now(), job.dueAt.getTime()))
    if (runAt !== undefined) await scheduleJobs(db, [{ guildId: job.guildId, kind: windowJob, ref: job.ref, runAt }])
  }
  tools.wakeOutbox()
}
