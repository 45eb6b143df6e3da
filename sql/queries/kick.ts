import type { GuildId, KickUserId } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

/** Guilds that the bot has left keep their binding, for when it is asked back, and hear nothing until then. */
export interface Binding {
  readonly broadcasterUserId: KickUserId
  readonly guildIds: readonly GuildId[]
}

/** Every channel and the guilds that are bound to it. */
export const allBindings = (db: Db) => db<Binding[]>`
  select c.broadcaster_user_id, array_agg(c.discord_server_id order by c.discord_server_id) as guild_ids
    from kick_channel c
   where not exists (
           select from guild g
            where g.discord_server_id = c.discord_server_id and g.left_at is not null
         )
   group by c.broadcaster_user_id`

/** The guilds that are bound to one channel. */
export async function guildsBoundTo(db: Db, broadcasterUserId: KickUserId): Promise<readonly GuildId[]> {
  const rows = await db<{ guildId: GuildId }[]>`
    select c.discord_server_id as guild_id
      from kick_channel c
     where c.broadcaster_user_id = ${broadcasterUserId}
       and not exists (
             select from guild g
              where g.discord_server_id = c.discord_server_id and g.left_at is not null
           )
     order by c.discord_server_id`
  return rows.map((row) => row.guildId)
}

/** The newest stream of a guild, as far as it is known; milliseconds since 1970. */
export interface KnownStream {
  readonly guildId: GuildId
  readonly broadcasterUserId: KickUserId
  readonly slug: string
  readonly displayName: string
  readonly signalLostAt: number | null
  readonly lastChatAt: number | null
  readonly title: string | null
  readonly startedAt: number | null
  readonly endedAt: number | null
  /** When Kick said so. */
  readonly changedAt: number | null
}

/** What is known of the streams of all bound guilds: one row for each guild, from the newest stream by its key. */
export const knownStreams = (db: Db) => db<KnownStream[]>`
  select c.discord_server_id as guild_id, c.broadcaster_user_id, c.slug, c.display_name, s.title,
         (extract(epoch from c.signal_lost_at) * 1000)::float8 as signal_lost_at,
         (extract(epoch from c.last_chat_at) * 1000)::float8 as last_chat_at,
         (extract(epoch from s.started_at) * 1000)::float8 as started_at,
         (extract(epoch from s.ended_at) * 1000)::float8 as ended_at,
         (extract(epoch from s.changed_at) * 1000)::float8 as changed_at
    from kick_channel c
    left join lateral (
           select n.title, n.started_at, n.ended_at, n.changed_at
             from stream_session n
            where n.discord_server_id = c.discord_server_id
            order by n.started_at desc
            limit 1
         ) s on true
   where not exists (
           select from guild g
            where g.discord_server_id = c.discord_server_id and g.left_at is not null
         )
   order by c.broadcaster_user_id, c.discord_server_id`

/**
 * Writes down for these guilds since when nothing tells whether their stream is live. Safe to repeat: what is lost stays lost
 * since the first time. Gives the guilds for which this is news.
 */
export const loseSignal = (db: Db, lost: { readonly guildIds: readonly GuildId[]; readonly since: number }) => db<
  { guildId: GuildId }[]
>`
  update kick_channel c
     set signal_lost_at = to_timestamp(${lost.since}::float8 / 1000)
   where c.discord_server_id = any(${[...lost.guildIds]}::bigint[])
     and c.signal_lost_at is null
  returning c.discord_server_id as guild_id`

/** The opposite. Safe to repeat. */
export const findSignal = (db: Db, guildIds: readonly GuildId[]) => db<{ guildId: GuildId }[]>`
  update kick_channel c
     set signal_lost_at = null
   where c.discord_server_id = any(${[...guildIds]}::bigint[])
     and c.signal_lost_at is not null
  returning c.discord_server_id as guild_id`
