import type { GuildId, UserId } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'
import { scheduleJobs } from './job.ts'

/** A message that is said in stream chat now and then. */
export interface Timer {
  /** Counts from 1 in each guild. */
  readonly id: number
  readonly message: string
  readonly intervalMinutes: number
  /** Lines of chat since it was last said; 0 asks for none. */
  readonly minLines: number
  readonly onlyLive: boolean
  readonly enabled: boolean
  readonly lastSent: Date | null
}

/** The job that says one; its ref is the id. */
export const timerJob = 'timers.due'

/** All of a guild, or one. */
export const timersOf = (db: Db, asked: { readonly guildId: GuildId; readonly id?: number }) => db<Timer[]>`
  select t.id, t.message, t.interval_minutes, t.min_lines, t.only_live, t.enabled, t.last_sent
    from timed_messages t
   where t.discord_server_id = ${asked.guildId} and (${asked.id ?? null}::int is null or t.id = ${asked.id ?? null}::int)
   order by t.id`

/** Keeps a new message under the next number, unless the guild has `most` already. Inside a transaction: others wait until it ends. */
export async function addTimer(
  db: Db,
  p: {
    readonly guildId: GuildId
    readonly timer: Omit<Timer, 'id' | 'lastSent'>
    readonly userId: UserId | null
    readonly most: number
  },
): Promise<number | undefined> {
  await db`select pg_advisory_xact_lock(hashtextextended('timed_messages', ${p.guildId}))`
  const [row] = await db<{ id: number }[]>`
    insert into timed_messages (discord_server_id, id, message, interval_minutes, min_lines, only_live, enabled, created_by)
    select ${p.guildId}::bigint, coalesce(max(t.id), 0) + 1, ${p.timer.message}, ${p.timer.intervalMinutes}::int,
           ${p.timer.minLines}::int, ${p.timer.onlyLive}::boolean, ${p.timer.enabled}::boolean, ${p.userId}::bigint
      from timed_messages t
     where t.discord_server_id = ${p.guildId}
    having count(*) < ${p.most}
    returning id`
  return row?.id
}

/** Changes a message; gives a row when there is one. */
export const changeTimer = (db: Db, p: { readonly guildId: GuildId; readonly timer: Omit<Timer, 'lastSent'> }) => db<
  { id: number }[]
>`
  update timed_messages t
     set message = ${p.timer.message}, interval_minutes = ${p.timer.intervalMinutes}, min_lines = ${p.timer.minLines},
         only_live = ${p.timer.onlyLive}, enabled = ${p.timer.enabled}, updated_at = now()
   where t.discord_server_id = ${p.guildId} and t.id = ${p.timer.id}
  returning t.id`

/** Gives a row when there was one. */
export const removeTimer = (db: Db, p: { readonly guildId: GuildId; readonly id: number }) => db<{ message: string }[]>`
  delete from timed_messages t
   where t.discord_server_id = ${p.guildId} and t.id = ${p.id}
  returning t.message`

/**
 * Sees to it that every enabled message of these guilds has its job, and that lines are counted where one asks for them. Belongs in
 * the transaction that changes them. Safe to repeat; a job that is there keeps its time.
 */
export async function scheduleTimers(db: Db, guildIds: readonly GuildId[]): Promise<void> {
  await db`
    insert into chat_line_count (discord_server_id)
    select distinct t.discord_server_id
      from timed_messages t
     where t.discord_server_id = any(${[...guildIds]}::bigint[]) and t.enabled and t.min_lines > 0
    on conflict (discord_server_id) do nothing`
  const missing = await db<{ guildId: GuildId; id: number; runAt: Date }[]>`
    select t.discord_server_id as guild_id, t.id,
           greatest(coalesce(t.last_sent + make_interval(mins => t.interval_minutes), now()), now()) as run_at
      from timed_messages t
     where t.discord_server_id = any(${[...guildIds]}::bigint[])
       and t.enabled
       and not exists (
             select from job j
              where j.discord_server_id = t.discord_server_id and j.kind = ${timerJob} and j.job_ref = t.id::text
           )
     order by t.discord_server_id, t.id`
  await scheduleJobs(
    db,
    missing.map(({ guildId, id, runAt }) => ({ guildId, kind: timerJob, ref: String(id), runAt })),
  )
}

/** Counts lines of chat where somebody asks for them; both lists have one entry for each guild. */
export const countLines = (db: Db, heard: { readonly guildIds: GuildId[]; readonly lines: number[] }) => db`
  update chat_line_count c
     set lines = c.lines + h.lines
    from unnest(${heard.guildIds}::bigint[], ${heard.lines}::int[]) as h (discord_server_id, lines)
   where c.discord_server_id = h.discord_server_id`

export interface DueTimer {
  readonly guildId: GuildId
  readonly id: number
  readonly message: string
  readonly intervalMinutes: number
  /** Said now; otherwise it is looked at again in a minute. */
  readonly isSaid: boolean
}

/**
 * Decides about messages that are due, in one statement for all guilds, and hands over those that are to be said: while somebody is
 * there (`minChatters` in five minutes), while the stream is live where it asks for that, after enough lines, and never two of one
 * guild within `apartSeconds`. Messages that are gone or off are not among the rows. Inside the transaction that took their jobs.
 */
export const claimTimers = (
  db: Db,
  due: {
    readonly guildIds: GuildId[]
    readonly ids: number[]
    readonly minChatters: number
    readonly apartSeconds: number
  },
) => db<DueTimer[]>`
  with due as materialized (
    select t.discord_server_id, t.id, t.message, t.interval_minutes, t.min_lines, t.only_live, t.lines_then, t.claimed_at
      from timed_messages t
      join unnest(${due.guildIds}::bigint[], ${due.ids}::int[]) as d (discord_server_id, id)
        on d.discord_server_id = t.discord_server_id and d.id = t.id
     where t.enabled
     order by t.discord_server_id, t.id
       for update of t
  ),
  place as materialized (
    select g.discord_server_id,
           coalesce(c.lines, 0) as lines,
           exists (
             select from stream_session s where s.discord_server_id = g.discord_server_id and s.ended_at is null
           ) or exists (
             select from kick_channel k where k.discord_server_id = g.discord_server_id and k.signal_lost_at is not null
           ) as is_live,
           exists (
             select from timed_messages o
              where o.discord_server_id = g.discord_server_id
                and o.claimed_at > now() - make_interval(secs => ${due.apartSeconds})
           ) as is_fresh,
           (select count(distinct p.username)
              from presence p
             where p.discord_server_id = g.discord_server_id
               and p.hour between (extract(epoch from now()) / 3600)::int - 1 and (extract(epoch from now()) / 3600)::int + 1
               and p.present & minute_mask(
                     (extract(epoch from now()) / 60)::bigint - 4, (extract(epoch from now()) / 60)::bigint + 1, p.hour
                   ) <> 0) as chatters
      from (select distinct d.discord_server_id from due d) g
      left join chat_line_count c on c.discord_server_id = g.discord_server_id
  ),
  ready as (
    select d.discord_server_id, d.id, p.lines,
           row_number() over (partition by d.discord_server_id order by d.claimed_at nulls first, d.id) as turn
      from due d
      join place p on p.discord_server_id = d.discord_server_id
     where p.chatters >= ${due.minChatters}
       and not p.is_fresh
       and (p.is_live or not d.only_live)
       and (d.min_lines = 0 or p.lines - d.lines_then >= d.min_lines)
  ),
  said as (
    update timed_messages t
       set claimed_at = now(), lines_then = r.lines
      from ready r
     where t.discord_server_id = r.discord_server_id and t.id = r.id and r.turn = 1
    returning t.discord_server_id, t.id
  )
  select d.discord_server_id as guild_id, d.id, d.message, d.interval_minutes,
         exists (select from said s where s.discord_server_id = d.discord_server_id and s.id = d.id) as is_said
    from due d
   order by d.discord_server_id, d.id`

/** Writes down that Kick took a message. */
export const noteSaid = (db: Db, said: { readonly guildId: GuildId; readonly id: number }) => db`
  update timed_messages t
     set last_sent = now()
   where t.discord_server_id = ${said.guildId} and t.id = ${said.id}`
