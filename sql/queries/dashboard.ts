import type { GuildId } from '../../cluster/runtime/ids.ts'
import type { Json } from '../../cluster/runtime/signature.ts'
import type { Db } from '../client.ts'
import { scheduleJobs } from './job.ts'
import { owe } from './outbox.ts'

export interface DashboardRow {
  readonly guildId: GuildId
  readonly id: string
  readonly area: string
  readonly action: string
  readonly data: unknown
  /** Milliseconds. */
  readonly at: number
}

/** The job of the guild's owner that handles an event. */
export const dashboardJob = 'dashboard.event'

/** Keeps an event and has it handled; false when it was kept before. Inside a transaction. */
export async function keepDashboardEvent(db: Db, event: DashboardRow): Promise<boolean> {
  const rows = await db`
    insert into dashboard_event (discord_server_id, event_id, area, action, data, said_at)
    values (
      ${event.guildId}, ${event.id}, ${event.area}, ${event.action}, ${JSON.stringify(event.data ?? null)}::text::jsonb,
      to_timestamp(${event.at / 1000})
    )
    on conflict (discord_server_id, event_id) do nothing
    returning event_id`
  if (rows.length === 0) return false
  const runAt = new Date(Math.min(event.at, Date.now()))
  await scheduleJobs(db, [{ guildId: event.guildId, kind: dashboardJob, ref: event.id, runAt }])
  return true
}

/** Events that are to be handled, in the order in which they were said; all lists have one entry for each. */
export const dashboardEvents = (db: Db, asked: { readonly guildIds: GuildId[]; readonly ids: string[] }) => db<
  DashboardRow[]
>`
  select e.discord_server_id as guild_id, e.event_id as id, e.area, e.action, e.data,
         (extract(epoch from e.said_at) * 1000)::float8 as at
    from dashboard_event e
    join unnest(${asked.guildIds}::bigint[], ${asked.ids}::text[]) as a (discord_server_id, event_id)
      on a.discord_server_id = e.discord_server_id and a.event_id = e.event_id
   where e.handled_at is null
   order by e.said_at, e.received_at, e.event_id
     for update of e`

export type DashboardOutcome = 'done' | 'refused' | 'unknown'

/** Writes down what became of an event; belongs in the transaction of its effect. */
export const finishDashboardEvent = (
  db: Db,
  event: {
    readonly guildId: GuildId
    readonly id: string
    readonly outcome: DashboardOutcome
    readonly reason: string | null
  },
) => db`
  update dashboard_event e
     set handled_at = now(), outcome = ${event.outcome}, reason = ${event.reason}
   where e.discord_server_id = ${event.guildId} and e.event_id = ${event.id}`

/** Removes events of long ago; an event that old is refused for its age. A bounded number at a time. */
export const pruneDashboardEvents = (db: Db, keepDays: number) => db`
  delete from dashboard_event e
   using (
     select p.discord_server_id, p.event_id
       from dashboard_event p
      where p.received_at < now() - make_interval(days => ${keepDays})
      order by p.received_at
      limit 1000
        for update skip locked
   ) old
   where e.discord_server_id = old.discord_server_id and e.event_id = old.event_id`

/** The kind of outbox row that says something to the dashboard. */
export const tellingKind = 'dashboard.tell'

/** What a room has to say to the dashboard about one guild. */
export interface Telling {
  readonly guildId: GuildId
  readonly area: string
  readonly action: string
  /** Ids and amounts are strings, since they do not fit a number of JSON's. */
  readonly data: { readonly [key: string]: Json }
  /** What it is about: the same is said once. */
  readonly ref: string
}

/** Owes the dashboard a word for each, in the transaction that has made it true; it is said when that has committed. Safe to repeat. */
export const tellDashboard = (db: Db, tellings: readonly Telling[]) =>
  owe(
    db,
    tellings.map(({ guildId, area, action, data, ref }) => ({
      guildId,
      kind: tellingKind,
      sourceRef: `${area}.${action}:${ref}`,
      payload: { area, action, data },
    })),
  )

/**
 * How a request of the dashboard fares: `accepted` or `refused` at once, by `dispatch/dashboard.ts`; `done` or `failed` from the room, where
 * more than that is to be told.
 */
export interface DashboardAnswer {
  readonly guildId: GuildId
  readonly requestId: string
  /** What was asked for, `<area>.<action>`. */
  readonly event: string
  readonly state: 'accepted' | 'refused' | 'done' | 'failed'
  readonly error?: string
  readonly data?: { readonly [key: string]: Json }
}

/** Owes the dashboard an answer, each state of a request once. In the transaction that makes it true. */
export const answerDashboard = (db: Db, { guildId, requestId, event, state, error, data }: DashboardAnswer) =>
  tellDashboard(db, [
    {
      guildId,
      area: 'dashboard',
      action: 'answer',
      data: {
        request_id: requestId,
        event,
        state,
        success: state === 'accepted' || state === 'done',
        ...(error !== undefined && { error }),
        ...data,
      },
      ref: `${event}:${requestId}:${state}`,
    },
  ])
