import type { GuildId } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

/** Work with a time of its own. `ref` says which of the guild's jobs of this kind it is. */
export interface Job {
  readonly guildId: GuildId
  readonly kind: string
  readonly ref: string
  /** When it was due; a late job may matter less, or differently. */
  readonly dueAt: Date
  /** What whoever scheduled it put in; the handler reads it with a schema. */
  readonly payload: unknown
}

export interface ScheduledJob {
  readonly guildId: GuildId
  readonly kind: string
  readonly ref: string
  readonly runAt: Date
  readonly payload?: unknown
}

/**
 * Schedules jobs; one that is scheduled already moves to the new time and payload. Belongs in the transaction that causes it. Safe to
 * repeat. No job may stand in the list twice.
 */
export const scheduleJobs = (db: Db, jobs: readonly ScheduledJob[]) => db`
  insert into job as j (discord_server_id, kind, job_ref, next_run_at, payload)
  select s.discord_server_id, s.kind, s.job_ref, s.next_run_at, s.payload::jsonb
    from unnest(
           ${jobs.map((job) => job.guildId)}::bigint[],
           ${jobs.map((job) => job.kind)}::text[],
           ${jobs.map((job) => job.ref)}::text[],
           ${jobs.map((job) => job.runAt.toISOString())}::timestamptz[],
           ${jobs.map((job) => JSON.stringify(job.payload ?? {}))}::text[] -- as jsonb the driver would encode it once more
         ) as s (discord_server_id, kind, job_ref, next_run_at, payload)
   order by s.discord_server_id, s.kind, s.job_ref
  on conflict (discord_server_id, kind, job_ref) do update
     set next_run_at = excluded.next_run_at,
         payload = excluded.payload,
         attempts = 0,
         last_error = null`

/** Schedules jobs that are not scheduled; one that is keeps its time. Safe to repeat. No job may stand in the list twice. */
export const scheduleMissing = (db: Db, jobs: readonly Omit<ScheduledJob, 'payload'>[]) => db`
  insert into job (discord_server_id, kind, job_ref, next_run_at)
  select s.discord_server_id, s.kind, s.job_ref, s.next_run_at
    from unnest(
           ${jobs.map((job) => job.guildId)}::bigint[],
           ${jobs.map((job) => job.kind)}::text[],
           ${jobs.map((job) => job.ref)}::text[],
           ${jobs.map((job) => job.runAt.toISOString())}::timestamptz[]
         ) as s (discord_server_id, kind, job_ref, next_run_at)
   order by s.discord_server_id, s.kind, s.job_ref
  on conflict (discord_server_id, kind, job_ref) do nothing`

/** Takes a job back that has not run. Safe to repeat. */
export const cancelJob = (
  db: Db,
  job: { readonly guildId: GuildId; readonly kind: string; readonly ref: string },
) => db`
  delete from job j
   where j.discord_server_id = ${job.guildId} and j.kind = ${job.kind} and j.job_ref = ${job.ref}`

/** Has the jobs of this kind that wait for their time done at once. Safe to repeat. */
export const runJobsNow = (db: Db, p: { readonly guildId: GuildId; readonly kind: string }) => db`
  update job j
     set next_run_at = now()
   where j.discord_server_id = ${p.guildId} and j.kind = ${p.kind} and j.next_run_at > now()`

/** Has one job that waits for its time done at once. Safe to repeat. */
export const runJobNow = (
  db: Db,
  job: { readonly guildId: GuildId; readonly kind: string; readonly ref: string },
) => db`
  update job j
     set next_run_at = now()
   where j.discord_server_id = ${job.guildId} and j.kind = ${job.kind} and j.job_ref = ${job.ref} and j.next_run_at > now()`

/** The guild's jobs of this kind that wait for their time, by their names. */
export const waitingJobs = (db: Db, p: { readonly guildId: GuildId; readonly kind: string }) => db<{ ref: string }[]>`
  select j.job_ref as ref
    from job j
   where j.discord_server_id = ${p.guildId} and j.kind = ${p.kind} and j.next_run_at > now()
   order by j.job_ref
   limit 1000`

/**
 * Takes due jobs of these kinds away, for guilds of these shards, the oldest first; what was taken comes back if the transaction
 * fails. Guilds that the bot has left keep theirs.
 */
export const takeJobs = (
  db: Db,
  take: {
    readonly shardCount: number
    readonly shardIds: number[]
    readonly kinds: string[]
    /** Those of the kinds that are for guilds which the bot has left, too. */
    readonly kindsOfLeft: string[]
    readonly limit: number
  },
) => db<Job[]>`
  with due as (
    select j.discord_server_id, j.kind, j.job_ref
      from job j
     where j.next_run_at <= now()
       and (j.discord_server_id >> 22) % ${take.shardCount}::bigint = any(${take.shardIds}::bigint[])
       and j.kind = any(${take.kinds}::text[])
       and (j.kind = any(${take.kindsOfLeft}::text[]) or not exists (
             select from guild g
              where g.discord_server_id = j.discord_server_id and g.left_at is not null
           ))
     order by j.next_run_at
     limit ${take.limit}
       for update skip locked
  )
  delete from job j
   using due d
   where j.discord_server_id = d.discord_server_id and j.kind = d.kind and j.job_ref = d.job_ref
  returning j.discord_server_id as guild_id, j.kind, j.job_ref as ref, j.next_run_at as due_at, j.payload`

/**
 * Puts a job off that failed: half a minute, then twice as long each time, up to an hour. It is never thrown away. One that has another
 * time by now was put off by somebody else or scheduled anew, and stays as it is; so two owners count one failure once.
 */
export const postponeJob = (
  db: Db,
  job: Pick<Job, 'guildId' | 'kind' | 'ref' | 'dueAt'> & { readonly error: string },
) => db`
  update job j
     set attempts = j.attempts + 1,
         next_run_at = now() + least(interval '30 seconds' * 2 ^ least(j.attempts, 10), interval '1 hour'),
         last_error = ${job.error}
   where j.discord_server_id = ${job.guildId} and j.kind = ${job.kind} and j.job_ref = ${job.ref}
     and date_trunc('milliseconds', j.next_run_at) = ${job.dueAt.toISOString()}::timestamptz`

/** Puts the due jobs of guilds off that the bot has left, so that nobody looks at them again before `hours` have passed. */
export const restJobs = (
  db: Db,
  rest: { readonly kindsOfLeft: string[]; readonly limit: number; readonly hours: number },
) => db`
  update job j
     set next_run_at = now() + make_interval(hours => ${rest.hours})
    from (
      select d.discord_server_id, d.kind, d.job_ref
        from job d
        join guild g on g.discord_server_id = d.discord_server_id and g.left_at is not null
       where d.next_run_at <= now()
         and d.kind <> all(${rest.kindsOfLeft}::text[])
       order by d.next_run_at
       limit ${rest.limit}
         for update of d skip locked
    ) r
   where j.discord_server_id = r.discord_server_id and j.kind = r.kind and j.job_ref = r.job_ref`
