import { z } from 'zod'
import { scheduleJobs } from '../../../sql/queries/job.ts'
import { endRoleRun, oweProgress, roleRunOf } from '../../../sql/queries/linking.ts'
import { owe } from '../../../sql/queries/outbox.ts'
import { locales } from '../../../sql/queries/settings.ts'
import type { JobHandler } from '../feature.ts'
import { speak } from '../language.ts'
import { reportOf } from './rules.ts'
import { runView } from './view.ts'

/** A guild has one run at a time. */
export const runJob = { kind: 'links.run', ref: 'run' } as const
export const firstRunMs = 2_000
/** Discord lets a message be edited about five times in five seconds; people read more slowly. */
const everyMs = 5_000

const runPayload = z.object({ locale: z.enum(locales) })

/** Says how far a grant of the linked role has come, until nobody waits for it any more. */
export const onRun: JobHandler = async (jobs, db, tools) => {
  for (const job of jobs) {
    const { guildId } = job
    const { locale } = runPayload.parse(job.payload)
    const run = await roleRunOf(db, guildId)
    if (run === undefined) continue
    const now = tools.clock.now()
    const report = reportOf(run, { startedAt: run.startedAt.getTime(), now, have: run.have })
    const { content } = runView(speak(locale), run, report)
    await oweProgress(db, {
      guildId,
      sourceRef: `${run.startedAt.getTime()}:${job.dueAt.getTime()}`,
      payload: { discordId: run.startedBy, interactionToken: run.interactionToken, content, isDone: report.isDone },
    })
    if (report.isDone) await endRoleRun(db, guildId)
    else await scheduleJobs(db, [{ guildId, ...runJob, runAt: new Date(now + everyMs), payload: { locale } }])
  }
  tools.wakeOutbox()
}

/** A member has been gone for as long as the guild wants to wait; whether they still are, Discord is asked before anything is deleted. */
export const onWipe: JobHandler = async (jobs, db, tools) => {
  await owe(
    db,
    jobs.map(({ guildId, ref, dueAt }) => ({
      guildId,
      kind: 'links.wipe',
      sourceRef: `${ref}:${dueAt.getTime()}`,
      payload: { discordId: ref },
    })),
  )
  tools.wakeOutbox()
}
