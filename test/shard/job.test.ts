import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createJobDispatch } from '../../shard/dispatch/job.ts'
import { defineFeature, type Feature } from '../../shard/features/feature.ts'
import { cancelJob, scheduleJobs } from '../../sql/queries/job.ts'
import { aGuildId, toolsFor } from '../support/builders.ts'
import { onCleanUp } from '../support/cleanup.ts'
import { createDatabase } from '../support/database.ts'
import { until } from '../support/wait.ts'

const { sql } = await createDatabase()
const past = () => new Date(Date.now() - 1_000)

/** Two owners of everything at once, with the same rooms. */
async function startOwners(feature: Feature): Promise<void> {
  const owners = [1, 2].map(() =>
    createJobDispatch({ tools: toolsFor(sql), features: [feature], shardCount: 1, shardIds: [0] }),
  )
  for (const owner of owners) await owner.start()
  onCleanUp(async () => void (await Promise.all(owners.map((owner) => owner.stop()))))
}

const jobsOf = (guildId: string) => sql<{ ref: string; attempts: number; isLater: boolean }[]>`
  select job_ref as ref, attempts, next_run_at > now() as is_later
    from job
   where discord_server_id = ${guildId}
   order by job_ref`

describe('a job', () => {
  it('is done once, by one of two owners, when its time has come', async () => {
    const guildId = aGuildId()
    const seen: unknown[] = []
    const room = defineFeature({
      name: 'once',
      jobs: {
        'once.do': async (jobs) => {
          seen.push(...jobs.map((job) => job.payload))
        },
      },
    })
    const job = (ref: string, runAt: Date) => ({ guildId, kind: 'once.do', ref, runAt, payload: { ref } })
    await scheduleJobs(sql, [
      ...['a', 'b', 'c'].map((ref) => job(ref, past())),
      job('later', new Date(Date.now() + 60_000)),
    ])
    await scheduleJobs(sql, [job('cancelled', past())])
    await cancelJob(sql, job('cancelled', past()))
    await startOwners(room)
    await until(async () => (await jobsOf(guildId)).length === 1, { what: 'due jobs to be done' })
    expect(seen.map((payload) => z.object({ ref: z.string() }).parse(payload).ref).sort()).toEqual(['a', 'b', 'c'])
    expect((await jobsOf(guildId)).map(({ ref }) => ref)).toEqual(['later'])
  })

  it('is done again when it says so, and put off with its reason when it fails; others go on', async () => {
    const guildId = aGuildId()
    let runs = 0
    const room = defineFeature({
      name: 'again',
      jobs: {
        'again.do': async (jobs, db) => {
          if (jobs.some((job) => job.ref === 'broken')) throw new Error('it cannot be done')
          runs += jobs.length
          const next = new Date(Date.now() + 60_000)
          await scheduleJobs(
            db,
            jobs.map((job) => ({ ...job, runAt: next })),
          )
        },
      },
    })
    await scheduleJobs(
      sql,
      ['broken', 'whole', 'sound'].map((ref) => ({ guildId, kind: 'again.do', ref, runAt: past() })),
    )
    await startOwners(room)
    await until(async () => (await jobsOf(guildId)).every(({ isLater }) => isLater), { what: 'all jobs to be tried' })
    expect(runs).toBe(2)
    expect((await jobsOf(guildId)).map(({ ref, attempts }) => [ref, attempts])).toEqual([
      ['broken', 1],
      ['sound', 0],
      ['whole', 0],
    ])
    const [row] = await sql<{ error: string }[]>`
      select last_error as error from job where discord_server_id = ${guildId} and job_ref = 'broken'`
    expect(row?.error).toBe('it cannot be done')
  })

  it('waits while the bot is not in the guild', async () => {
    const guildId = aGuildId()
    const room = defineFeature({ name: 'left', jobs: { 'left.do': async () => {} } })
    await sql`insert into guild (discord_server_id, left_at) values (${guildId}, now())`
    await scheduleJobs(sql, [{ guildId, kind: 'left.do', ref: '1', runAt: past() }])
    await startOwners(room)
    const other = aGuildId()
    await scheduleJobs(sql, [{ guildId: other, kind: 'left.do', ref: '1', runAt: past() }])
    await until(async () => (await jobsOf(other)).length === 0, { what: 'the other guild' })
    expect(await jobsOf(guildId)).toHaveLength(1)
    await sql`update guild set left_at = null where discord_server_id = ${guildId}`
    await until(async () => (await jobsOf(guildId)).length === 0, { what: 'the guild after its return' })
  })
})
