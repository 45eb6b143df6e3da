import type { GuildId, KickUserId, UserId } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

export interface BoundChannel {
  readonly broadcasterUserId: KickUserId
  readonly slug: string
  readonly displayName: string
}

/** The Kick channel that a guild watches, if it has one. */
export async function channelOf(db: Db, guildId: GuildId): Promise<BoundChannel | undefined> {
  const [row] = await db<BoundChannel[]>`
    select c.broadcaster_user_id, c.slug, c.display_name
      from kick_channel c
     where c.discord_server_id = ${guildId}`
  return row
}

/**
 * Binds a guild to a channel; gives the channel that it was bound to before, when that was another one. Nothing but the
 * binding changes hands: minutes, points and links stay, and a stream of the old channel that is still open ends now, since
 * its end will not be heard any more. Inside a transaction. Safe to repeat.
 */
export async function bindChannel(
  db: Db,
  p: { guildId: GuildId; channel: BoundChannel; userId: UserId | null },
): Promise<BoundChannel | undefined> {
  const [old] = await db<BoundChannel[]>`
    select c.broadcaster_user_id, c.slug, c.display_name
      from kick_channel c
     where c.discord_server_id = ${p.guildId}
       for update`
  const isOther = old !== undefined && old.broadcasterUserId !== p.channel.broadcasterUserId
  await db`
    insert into kick_channel as c (discord_server_id, broadcaster_user_id, slug, display_name, bound_by)
    values (${p.guildId}, ${p.channel.broadcasterUserId}, ${p.channel.slug}, ${p.channel.displayName}, ${p.userId})
    on conflict (discord_server_id) do update
       set broadcaster_user_id = excluded.broadcaster_user_id,
           slug = excluded.slug,
           display_name = case when c.slug = excluded.slug then c.display_name else excluded.display_name end,
           bound_at = case when c.broadcaster_user_id = excluded.broadcaster_user_id then c.bound_at else now() end,
           bound_by = case when c.broadcaster_user_id = excluded.broadcaster_user_id then c.bound_by else excluded.bound_by end,
           signal_lost_at = case when c.broadcaster_user_id = excluded.broadcaster_user_id then c.signal_lost_at end,
           last_chat_at = case when c.broadcaster_user_id = excluded.broadcaster_user_id then c.last_chat_at end`
  if (!isOther) return undefined
  await db`
    update stream_session
       set ended_at = greatest(now(), started_at), changed_at = now()
     where discord_server_id = ${p.guildId} and ended_at is null`
  return old
}

/**
 * Writes down whether anything tells when this guild's stream is live; while nothing does, two chatters count as live. The
 * channel is named so that a slow answer about the old one does not speak about the new one. Safe to repeat: it stays lost
 * since the first time.
 */
export const setSignal = (db: Db, p: { guildId: GuildId; broadcasterUserId: KickUserId; isHeard: boolean }) => db`
  update kick_channel c
     set signal_lost_at = case when ${p.isHeard} then null else coalesce(c.signal_lost_at, now()) end
   where c.discord_server_id = ${p.guildId}
     and c.broadcaster_user_id = ${p.broadcasterUserId}
     and (c.signal_lost_at is null) <> ${p.isHeard}`

/** Since Kick's API may lag behind its webhooks, it does not end a stream that was heard of within these minutes. */
const apiLagMinutes = 10

/**
 * Ends a stream whose end was missed, when Kick's API says that the channel is offline. A webhook knows better when a stream
 * ended, so one that was heard of lately is left alone. Safe to repeat. Gives whether there was one.
 */
export async function endMissedStream(db: Db, guildId: GuildId): Promise<boolean> {
  const rows = await db`
    update stream_session
       set ended_at = greatest(now(), started_at), changed_at = now()
     where discord_server_id = ${guildId}
       and ended_at is null
       and changed_at < now() - make_interval(mins => ${apiLagMinutes}::int)
    returning started_at`
  return rows.length > 0
}

export type TrackingMode = 'off' | 'force'

export interface Override {
  readonly mode: TrackingMode
  readonly startedAt: Date
  readonly setBy: UserId | null
}

/** What admins have decided for now, the older decision first; empty when nothing but the stream decides. */
export const openOverrides = (db: Db, guildId: GuildId) => db<Override[]>`
  select o.mode, min(o.started_at) as started_at, (array_agg(o.set_by order by o.started_at))[1] as set_by
    from tracking_override o
   where o.discord_server_id = ${guildId} and o.ended_at is null
   group by o.mode
   order by min(o.started_at)`

/**
 * Begins an interval; gives whether it was not open yet. Safe to repeat. Two admins at the same instant may open two rows:
 * intervals are a union, and both are closed together.
 */
export async function startOverride(
  db: Db,
  p: { guildId: GuildId; mode: TrackingMode; userId: UserId | null },
): Promise<boolean> {
  const rows = await db`
    insert into tracking_override (discord_server_id, mode, set_by)
    select ${p.guildId}::bigint, ${p.mode}, ${p.userId}::bigint
     where not exists (
             select from tracking_override o
              where o.discord_server_id = ${p.guildId} and o.mode = ${p.mode} and o.ended_at is null
           )
    on conflict (discord_server_id, mode, started_at) do nothing
    returning mode`
  return rows.length > 0
}

/** Ends an interval; gives whether it was open. Safe to repeat. */
export async function endOverride(db: Db, p: { guildId: GuildId; mode: TrackingMode }): Promise<boolean> {
  const rows = await db`
    update tracking_override
       set ended_at = greatest(now(), started_at)
     where discord_server_id = ${p.guildId} and mode = ${p.mode} and ended_at is null
    returning mode`
  return rows.length > 0
}

/** `other_account`: somebody has signed in, but not as the owner of the channel that the guild is bound to. */
export type ChatReplies = 'connected' | 'expired' | 'other_account' | 'missing'

export interface Health {
  readonly channel:
    | (BoundChannel & { readonly boundAt: Date; readonly signalLostAt: Date | null; readonly lastChatAt: Date | null })
    | undefined
  readonly liveSince: Date | null
  readonly links: number
  readonly tiers: number
  readonly chatReplies: ChatReplies
  readonly deadMessages: number
  readonly lastDeadReason: string | null
  /** The last thing of a day that the dashboard asked for in vain. */
  readonly refusal: Refusal | undefined
  readonly overrides: readonly Override[]
  readonly settlement: { readonly settledAt: Date | null; readonly lagMinutes: number } | undefined
  readonly roleWarnings: readonly { readonly roleId: string; readonly reason: string }[]
}

/** What the dashboard asked for, `<area>.<action>`, and why it was not done. */
export interface Refusal {
  readonly event: string
  readonly reason: string
  readonly handledAt: Date
}

/** Everything the database knows about how well a guild is served. Reads this guild's rows only, and none for each viewer but links. */
export async function healthOf(db: Db, guildId: GuildId): Promise<Health> {
  const [[row], overrides, roleWarnings, [refusal]] = await Promise.all([
    db<HealthRow[]>`
      select c.broadcaster_user_id, c.slug, c.display_name, c.bound_at, c.signal_lost_at, c.last_chat_at,
             (select max(s.started_at) from stream_session s
               where s.discord_server_id = ${guildId} and s.ended_at is null) as live_since,
             (select count(*)::int from links l where l.discord_server_id = ${guildId}) as links,
             (select count(*)::int from watchtime_roles r where r.discord_server_id = ${guildId} and r.enabled) as tiers,
             k.needs_reauth, k.kick_user_id = c.broadcaster_user_id as is_owners_token,
             (select count(*)::int from outbox o where o.discord_server_id = ${guildId} and o.state = 'dead') as dead_messages,
             (select o.last_error from outbox o where o.discord_server_id = ${guildId} and o.state = 'dead'
               order by o.outbox_id desc limit 1) as last_dead_reason,
             t.settled_at, t.settled_slot::int, t.newest_slot::int, t.oldest_slot::int,
             floor(extract(epoch from now()) / 60)::int - 1 as due_slot
        from (select ${guildId}::bigint as discord_server_id) g
        left join kick_channel c on c.discord_server_id = g.discord_server_id
        left join kick_token k on k.discord_server_id = g.discord_server_id
        left join settlement t on t.discord_server_id = g.discord_server_id and t.kind = 'watchtime'`,
    openOverrides(db, guildId),
    db<{ roleId: string; reason: string }[]>`
      select w.role_id, w.reason
        from role_warning w
       where w.discord_server_id = ${guildId}
       order by w.role_id
       limit 50`,
    db<Refusal[]>`
      select e.area || '.' || e.action as event, e.reason, e.handled_at
        from dashboard_event e
       where e.discord_server_id = ${guildId}
         and e.outcome in ('refused', 'unknown')
         and e.reason is not null
         and e.handled_at > now() - interval '1 day'
       order by e.handled_at desc
       limit 1`,
  ])
  if (row === undefined) throw new Error('a statement that always gives a row gave none')
  return {
    channel: row.broadcasterUserId === null ? undefined : { ...row, broadcasterUserId: row.broadcasterUserId },
    liveSince: row.liveSince,
    links: row.links,
    tiers: row.tiers,
    chatReplies: chatRepliesOf(row),
    deadMessages: row.deadMessages,
    lastDeadReason: row.lastDeadReason,
    refusal,
    overrides,
    settlement: row.settledSlot === null ? undefined : { settledAt: row.settledAt, lagMinutes: lagOf(row) },
    roleWarnings,
  }
}

interface HealthRow {
  readonly broadcasterUserId: KickUserId | null
  readonly slug: string
  readonly displayName: string
  readonly boundAt: Date
  readonly signalLostAt: Date | null
  readonly lastChatAt: Date | null
  readonly liveSince: Date | null
  readonly links: number
  readonly tiers: number
  readonly needsReauth: boolean | null
  readonly isOwnersToken: boolean | null
  readonly deadMessages: number
  readonly lastDeadReason: string | null
  readonly settledAt: Date | null
  readonly settledSlot: number | null
  readonly newestSlot: number | null
  readonly oldestSlot: number | null
  readonly dueSlot: number
}

function chatRepliesOf({ needsReauth, isOwnersToken }: HealthRow): ChatReplies {
  if (needsReauth === null) return 'missing'
  if (isOwnersToken !== true) return 'other_account'
  return needsReauth ? 'expired' : 'connected'
}

/** How many minutes that have ended, and about which there are facts, no tick has looked at. */
function lagOf(row: HealthRow): number {
  const newest = Math.min(row.dueSlot, row.newestSlot ?? 0)
  const settled = row.settledAt === null && row.oldestSlot !== null ? row.oldestSlot - 1 : (row.settledSlot ?? 0)
  return Math.max(0, newest - settled)
}

/**
 * Starts the sign-in of a channel's owner, who lets the bot answer in the stream chat; `state` is the hash of the value in
 * the URL, which works for this many minutes and once. Takes away what this member has begun before and everything that ran out.
 */
export async function startBroadcasterSignIn(
  db: Db,
  start: { guildId: GuildId; userId: UserId; state: string; interactionToken: string; minutes: number },
): Promise<void> {
  await db`
    delete from oauth_states s
     where s.discord_server_id = ${start.guildId}
       and ((s.purpose = 'broadcaster' and s.discord_id = ${start.userId} and s.code_verifier is null) or s.expires_at < now())`
  await db`
    insert into oauth_states (discord_server_id, state, purpose, discord_id, interaction_token, expires_at)
    values (
      ${start.guildId}, ${start.state}, 'broadcaster', ${start.userId}, ${start.interactionToken},
      now() + make_interval(mins => ${start.minutes}::int)
    )`
}
