import type { GuildId, KickUserId } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

/** Lines of chat; all lists have one entry for each, and no viewer says the same text twice in them. Times in seconds since 1970. */
export interface SaidTexts {
  readonly guildIds: GuildId[]
  readonly kickUserIds: KickUserId[]
  /** 16 bytes in hexadecimal digits. */
  readonly hashes: string[]
  readonly messageIds: string[]
  readonly saidAt: number[]
  /** From when the same text counts again. */
  readonly expiresAt: number[]
}

/** Which line counts for a text. */
export interface CountedText {
  readonly guildId: GuildId
  readonly kickUserId: KickUserId
  readonly hash: string
  readonly messageId: string
  /** Seconds since 1970. */
  readonly saidAt: number
}

/**
 * Records lines whose text their writers have not said for long enough, and gives for every line the one that counts: itself, or the one
 * that it repeats. A line that is delivered again finds itself, or the one that it repeated before. Safe to repeat and on two owners.
 */
export const countTexts = (db: Db, said: SaidTexts) => db<CountedText[]>`
  insert into chat_repeat as r (discord_server_id, kick_user_id, text_hash, message_id, said_at, expires_at)
  select s.discord_server_id, s.kick_user_id, decode(s.hash, 'hex'), s.message_id, to_timestamp(s.said_at), to_timestamp(s.expires_at)
    from unnest(
           ${said.guildIds}::bigint[],
           ${said.kickUserIds}::bigint[],
           ${said.hashes}::text[],
           ${said.messageIds}::text[],
           ${said.saidAt}::float8[],
           ${said.expiresAt}::float8[]
         ) as s (discord_server_id, kick_user_id, hash, message_id, said_at, expires_at)
   order by s.discord_server_id, s.kick_user_id, s.hash
  on conflict (discord_server_id, kick_user_id, text_hash) do update
     set message_id = case when excluded.said_at >= r.expires_at then excluded.message_id else r.message_id end,
         said_at = case when excluded.said_at >= r.expires_at then excluded.said_at else r.said_at end,
         expires_at = case when excluded.said_at >= r.expires_at then excluded.expires_at else r.expires_at end
  returning r.discord_server_id as guild_id, r.kick_user_id, encode(r.text_hash, 'hex') as hash, r.message_id,
            extract(epoch from r.said_at)::float8 as said_at`

/** Forgets texts of these guilds that count again since half an hour; Kick delivers nothing later than that. Safe to repeat. */
export const forgetTexts = (db: Db, guildIds: readonly GuildId[]) => db`
  delete from chat_repeat r
   where r.discord_server_id = any(${[...guildIds]}::bigint[]) and r.expires_at < now() - interval '30 minutes'`
