import type { ChannelId, GuildId, KickUserId, UserId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'
import type { CommandLevel } from './commands.ts'

/** How a guild has clips made. Cooldowns in seconds. */
export interface ClipService {
  readonly guildId: GuildId
  readonly url: string
  /** Encrypted with the key that `keyId` names. */
  readonly keySealed: string
  readonly keyId: string
  readonly enabled: boolean
  readonly durationSeconds: number
  readonly channelId: ChannelId | null
  readonly level: CommandLevel
  readonly userCooldown: number
  readonly channelCooldown: number
}

/** Those of these guilds that have a service whose key is known, whether it is on or off. */
export const clipServicesOf = (db: Db, guildIds: GuildId[]) => db<ClipService[]>`
  select s.discord_server_id as guild_id, s.url, s.key_sealed, s.key_id, s.enabled, s.duration_seconds, s.channel_id, s.level,
         s.user_cooldown, s.channel_cooldown
    from clip_service s
   where s.discord_server_id = any(${guildIds}::bigint[]) and s.key_sealed is not null
   order by s.discord_server_id`

/** What is proposed to a guild that has still to give a key: what the bot before knew of its clips. Null where it knew nothing. */
export const proposedService = (db: Db, guildId: GuildId) => db<
  (Pick<ClipService, 'durationSeconds' | 'channelId'> & { readonly url: string | null })[]
>`
  select s.url, s.duration_seconds, s.channel_id
    from clip_service s
   where s.discord_server_id = ${guildId} and s.key_sealed is null`

/** Keeps how a guild has clips made, whole. Safe to repeat. */
export const saveClipService = (db: Db, p: { readonly service: ClipService; readonly userId: UserId }) => db`
  insert into clip_service (
    discord_server_id, url, key_sealed, key_id, enabled, duration_seconds, channel_id, level, user_cooldown, channel_cooldown, updated_by
  )
  values (
    ${p.service.guildId}, ${p.service.url}, ${p.service.keySealed}, ${p.service.keyId}, ${p.service.enabled},
    ${p.service.durationSeconds}, ${p.service.channelId}, ${p.service.level}, ${p.service.userCooldown},
    ${p.service.channelCooldown}, ${p.userId}
  )
  on conflict (discord_server_id) do update
     set url = excluded.url, key_sealed = excluded.key_sealed, key_id = excluded.key_id, enabled = excluded.enabled,
         duration_seconds = excluded.duration_seconds, channel_id = excluded.channel_id, level = excluded.level,
         user_cooldown = excluded.user_cooldown, channel_cooldown = excluded.channel_cooldown, updated_at = now(),
         updated_by = excluded.updated_by`

/** Since when the stream of a guild is live, by what was heard of it; undefined when it is not. */
export async function liveSince(db: Db, guildId: GuildId): Promise<Date | undefined> {
  const [row] = await db<{ since: Date | null }[]>`
    select max(s.started_at) as since
      from stream_session s
     where s.discord_server_id = ${guildId} and s.ended_at is null`
  return row?.since ?? undefined
}

export interface Wish {
  readonly guildId: GuildId
  readonly requestRef: string
  readonly username: Username
  readonly displayName: string
  readonly title: string
  readonly durationSeconds: number
  readonly channel: string
  /** Seconds. */
  readonly userCooldown: number
  readonly channelCooldown: number
}

/**
 * Keeps a wish for a clip, unless somebody of the channel, or the same viewer, had one too lately; gives its number, or undefined. One
 * that failed holds nobody up. Inside a transaction: other wishes of the guild wait until it ends. The same wish again gives nothing.
 */
export async function wishClip(db: Db, wish: Wish): Promise<number | undefined> {
  await db`select pg_advisory_xact_lock(hashtextextended('clips', ${wish.guildId}))`
  const [row] = await db<{ id: number }[]>`
    insert into clips (discord_server_id, id, request_ref, kick_username, display_name, clip_title, clip_duration, kick_channel)
    select ${wish.guildId}::bigint,
           coalesce((select max(c.id) from clips c where c.discord_server_id = ${wish.guildId}), 0) + 1,
           ${wish.requestRef}, ${wish.username}, ${wish.displayName}, ${wish.title}, ${wish.durationSeconds}::int, ${wish.channel}
     where not exists (
             select from clips c
              where c.discord_server_id = ${wish.guildId}
                and c.state <> 'failed'
                and c.created_at > now() - make_interval(secs => greatest(${wish.userCooldown}::int, ${wish.channelCooldown}::int))
                and (c.created_at > now() - make_interval(secs => ${wish.channelCooldown}::int)
                     or (c.kick_username = ${wish.username}
                         and c.created_at > now() - make_interval(secs => ${wish.userCooldown}::int)))
           )
    on conflict (discord_server_id, request_ref) do nothing
    returning id`
  return row?.id
}

export interface Clip {
  readonly id: number
  readonly requestRef: string
  readonly username: Username
  readonly displayName: string
  readonly title: string | null
  readonly durationSeconds: number
  readonly url: string | null
  readonly channel: string | null
  readonly state: 'asked' | 'made' | 'failed'
  readonly createdAt: Date
}

/** One clip of a guild. */
export async function clipOf(
  db: Db,
  asked: { readonly guildId: GuildId; readonly id: number },
): Promise<Clip | undefined> {
  const [row] = await db<Clip[]>`
    select c.id, c.request_ref, c.kick_username as username, c.display_name, c.clip_title as title, c.clip_duration as duration_seconds,
           c.clip_url as url, c.kick_channel as channel, c.state, c.created_at
      from clips c
     where c.discord_server_id = ${asked.guildId} and c.id = ${asked.id}`
  return row
}

/** The clips of a guild that were made, the newest first. */
export const clipsIn = (db: Db, asked: { readonly guildId: GuildId; readonly limit: number }) => db<Clip[]>`
  select c.id, c.request_ref, c.kick_username as username, c.display_name, c.clip_title as title, c.clip_duration as duration_seconds,
         c.clip_url as url, c.kick_channel as channel, c.state, c.created_at
    from clips c
   where c.discord_server_id = ${asked.guildId} and c.state = 'made'
   order by c.id desc
   limit ${asked.limit}`

/** Writes down what became of a wish; gives a row to exactly one caller. */
export const finishClip = (
  db: Db,
  p: { readonly guildId: GuildId; readonly id: number; readonly url: string | null; readonly failure: string | null },
) => db<{ id: number }[]>`
  update clips c
     set state = case when ${p.failure}::text is null then 'made' else 'failed' end, clip_url = ${p.url}::text,
         failure = ${p.failure}::text, finished_at = now()
   where c.discord_server_id = ${p.guildId} and c.id = ${p.id} and c.state = 'asked'
  returning c.id`

/** Brings old rows of one viewer to another name. */
export const moveClips = (
  db: Db,
  { guildId, from, to }: { readonly guildId: GuildId; readonly from: Username; readonly to: Username },
) => db`
  update clips
     set kick_username = ${to}
   where discord_server_id = ${guildId} and kick_username = ${from}`

// --- Recordings -----------------------------------------------------------------------------------------------------

/**
 * A stream has begun: gives those of the recordings that are to be started, each to exactly one caller, whichever guilds of whichever
 * owners ask. Seconds since 1970. Safe to repeat.
 */
export const beginBuffers = (db: Db, p: { readonly refs: string[]; readonly since: number }) => db<{ ref: string }[]>`
  insert into clip_buffer as b (buffer_ref, streaming_since)
  select r.ref, to_timestamp(${p.since})
    from unnest(${p.refs}::text[]) as r (ref)
   order by r.ref
  on conflict (buffer_ref) do update
     set streaming_since = excluded.streaming_since, ended = false
   where b.streaming_since < excluded.streaming_since
  returning b.buffer_ref as ref`

/** A stream has ended: gives those of the recordings that are to be stopped, each to exactly one caller. */
export const endBuffers = (db: Db, p: { readonly refs: string[]; readonly since: number }) => db<{ ref: string }[]>`
  update clip_buffer b
     set ended = true
   where b.buffer_ref = any(${p.refs}::text[]) and not b.ended and b.streaming_since <= to_timestamp(${p.since})
  returning b.buffer_ref as ref`

/**
 * Has somebody look whether recordings run: gives those at which nobody has looked for so many seconds, each to exactly one caller,
 * whichever servers share it.
 */
export const claimWatches = (db: Db, p: { readonly refs: string[]; readonly everySeconds: number }) => db<
  { ref: string }[]
>`
  update clip_buffer b
     set watched_at = now()
    from (
      select w.buffer_ref
        from clip_buffer w
       where w.buffer_ref = any(${p.refs}::text[]) and not w.ended
         and (w.watched_at is null or w.watched_at <= now() - make_interval(secs => ${p.everySeconds}::int))
       order by w.buffer_ref
         for update
    ) due
   where b.buffer_ref = due.buffer_ref
  returning b.buffer_ref as ref`

/** Whoever looked could not see to it that the recording runs: the next one that follows it looks. */
export const releaseWatch = (db: Db, ref: string) => db`
  update clip_buffer b
     set watched_at = null
   where b.buffer_ref = ${ref}`

/** Whether a recording should run. */
export async function isBuffering(db: Db, ref: string): Promise<boolean> {
  const rows = await db`select b.buffer_ref from clip_buffer b where b.buffer_ref = ${ref} and not b.ended`
  return rows.length > 0
}

/** The guild's channel as the service knows it. */
export const channelKeys = (db: Db, guildIds: GuildId[]) => db<
  { guildId: GuildId; broadcasterUserId: KickUserId; slug: string }[]
>`
  select c.discord_server_id as guild_id, c.broadcaster_user_id, c.slug
    from kick_channel c
   where c.discord_server_id = any(${guildIds}::bigint[])`
