import type { ChannelId, GuildId, RoleId, UserId } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

/** A button under an alert; `url` is a template as well. */
export interface AlertButton {
  readonly label: string
  readonly url: string
}

export type AlertUpdates = 'none' | 'end' | 'all'

export interface AlertSetup {
  readonly channelId: ChannelId
  readonly enabled: boolean
  readonly roleId: RoleId | null
  /** Templates; null for our own words. */
  readonly title: string | null
  readonly description: string | null
  readonly footer: string | null
  readonly buttons: readonly AlertButton[]
  readonly updates: AlertUpdates
}

/** What a guild wants its alerts to be like; undefined when it never said. */
export async function alertSetupOf(db: Db, guildId: GuildId): Promise<AlertSetup | undefined> {
  const [row] = await db<AlertSetup[]>`
    select s.channel_id, s.enabled, s.role_id, s.title, s.description, s.footer, s.buttons, s.updates
      from live_alert_setup s
     where s.discord_server_id = ${guildId}`
  return row
}

/** Keeps what a guild wants, whole. Safe to repeat. */
export const saveAlertSetup = (
  db: Db,
  p: { readonly guildId: GuildId; readonly setup: AlertSetup; readonly userId: UserId | null },
) => db`
  insert into live_alert_setup (discord_server_id, channel_id, enabled, role_id, title, description, footer, buttons, updates, updated_by)
  values (
    ${p.guildId}, ${p.setup.channelId}, ${p.setup.enabled}, ${p.setup.roleId}, ${p.setup.title}, ${p.setup.description},
    ${p.setup.footer}, ${JSON.stringify(p.setup.buttons)}::text::jsonb, ${p.setup.updates}, ${p.userId}
  )
  on conflict (discord_server_id) do update
     set channel_id = excluded.channel_id,
         enabled = excluded.enabled,
         role_id = excluded.role_id,
         title = excluded.title,
         description = excluded.description,
         footer = excluded.footer,
         buttons = excluded.buttons,
         updates = excluded.updates,
         updated_at = now(),
         updated_by = excluded.updated_by`

export interface ChangedAlert {
  readonly guildId: GuildId
  /** Names the alert: when its stream first began, in milliseconds. */
  readonly startedAt: number
  readonly revision: number
  readonly updates: AlertUpdates
}

/**
 * A stream of these guilds is live: gives the alerts that are owed for it. None for a guild that wants none, that has one for this
 * stream, or whose last one ended less than `coolOffSeconds` before: that one goes on, and is among `continued`. Belongs in the
 * transaction that records the stream. Safe to repeat and on two owners. Times are milliseconds.
 */
export async function beginAlerts(
  db: Db,
  stream: {
    readonly guildIds: readonly GuildId[]
    readonly startedAt: number
    readonly title: string
    readonly latestSeconds: number
    readonly coolOffSeconds: number
  },
): Promise<{ readonly begun: readonly ChangedAlert[]; readonly continued: readonly ChangedAlert[] }> {
  const startedAt = new Date(stream.startedAt).toISOString()
  const continued = await db<ChangedAlert[]>`
    update live_alert a
       set current_started_at = ${startedAt}::timestamptz, ended_at = null, revision = a.revision + 1
      from live_alert_setup s
     where a.discord_server_id = any(${[...stream.guildIds]}::bigint[])
       and s.discord_server_id = a.discord_server_id
       and s.enabled
       and a.ended_at is not null
       and a.current_started_at <= ${startedAt}::timestamptz
       and a.ended_at > ${startedAt}::timestamptz - make_interval(secs => ${stream.coolOffSeconds})
    returning a.discord_server_id as guild_id, (extract(epoch from a.started_at) * 1000)::float8 as started_at, a.revision, s.updates`
  const begun = await db<ChangedAlert[]>`
    insert into live_alert (discord_server_id, started_at, current_started_at, title)
    select s.discord_server_id, ${startedAt}::timestamptz, ${startedAt}::timestamptz, ${stream.title}
      from live_alert_setup s
     where s.discord_server_id = any(${[...stream.guildIds]}::bigint[])
       and s.enabled
       and ${startedAt}::timestamptz > now() - make_interval(secs => ${stream.latestSeconds})
       and not exists (
             select from live_alert a
              where a.discord_server_id = s.discord_server_id and a.current_started_at >= ${startedAt}::timestamptz
           )
     order by s.discord_server_id
    on conflict (discord_server_id, started_at) do nothing
    returning discord_server_id as guild_id, (extract(epoch from started_at) * 1000)::float8 as started_at, revision,
              (select s.updates from live_alert_setup s where s.discord_server_id = live_alert.discord_server_id) as updates`
  return { begun, continued }
}

/** A stream of these guilds has ended: gives the alerts that should say so. Safe to repeat. Times are milliseconds. */
export const endAlerts = (
  db: Db,
  stream: { readonly guildIds: readonly GuildId[]; readonly startedAt: number; readonly endedAt: number },
) => db<ChangedAlert[]>`
  update live_alert a
     set ended_at = greatest(to_timestamp(${stream.endedAt / 1000}), a.current_started_at), revision = a.revision + 1
    from live_alert_setup s
   where a.discord_server_id = any(${[...stream.guildIds]}::bigint[])
     and a.current_started_at = ${new Date(stream.startedAt).toISOString()}::timestamptz
     and s.discord_server_id = a.discord_server_id
     and a.ended_at is null
  returning a.discord_server_id as guild_id, (extract(epoch from a.started_at) * 1000)::float8 as started_at, a.revision, s.updates`

export interface Alert {
  readonly startedAt: Date
  readonly endedAt: Date | null
  readonly title: string
  readonly category: string | null
  readonly channelId: ChannelId | null
  readonly messageId: string | null
}

interface AlertKey {
  readonly guildId: GuildId
  /** Milliseconds. */
  readonly startedAt: number
}

export const alertOf = (db: Db, key: AlertKey) => db<Alert[]>`
  select a.started_at, a.ended_at, a.title, a.category, a.channel_id, a.message_id
    from live_alert a
   where a.discord_server_id = ${key.guildId} and a.started_at = ${new Date(key.startedAt).toISOString()}::timestamptz`

/** Keeps where an alert was posted; the first post stays the one. */
export const savePost = (db: Db, post: AlertKey & { readonly channelId: ChannelId; readonly messageId: string }) => db`
  update live_alert a
     set channel_id = ${post.channelId}, message_id = ${post.messageId}
   where a.discord_server_id = ${post.guildId}
     and a.started_at = ${new Date(post.startedAt).toISOString()}::timestamptz
     and a.message_id is null`

/** Keeps what the stream is called now; gives a row when that is news. */
export const saveTitle = (db: Db, news: AlertKey & { readonly title: string; readonly category: string | null }) => db<
  { revision: number }[]
>`
  update live_alert a
     set title = ${news.title}, category = ${news.category}, revision = a.revision + 1
   where a.discord_server_id = ${news.guildId}
     and a.started_at = ${new Date(news.startedAt).toISOString()}::timestamptz
     and (a.title <> ${news.title} or a.category is distinct from ${news.category})
  returning a.revision`

/** How many viewers wrote in the chat of a stream. Reads the guild's presence in the hours of the stream. */
export async function chattersOf(
  db: Db,
  stream: { readonly guildId: GuildId; readonly from: Date; readonly to: Date },
): Promise<number> {
  const hour = (at: Date) => Math.floor(at.getTime() / 3_600_000)
  const [row] = await db<{ viewers: number }[]>`
    select count(distinct p.username)::int as viewers
      from presence p
     where p.discord_server_id = ${stream.guildId}
       and p.hour between ${hour(stream.from)} and ${hour(stream.to)}
       and p.present & minute_mask(
             first_minute(${stream.from.toISOString()}::timestamptz), first_minute(${stream.to.toISOString()}::timestamptz), p.hour
           ) <> 0`
  return row?.viewers ?? 0
}
