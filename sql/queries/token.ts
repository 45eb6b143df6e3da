import type { GuildId } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

/** Those of these guilds whose broadcaster lets the bot write in chat. */
export const guildsWithChat = (db: Db, guildIds: GuildId[]) => db<{ guildId: GuildId }[]>`
  select k.discord_server_id as guild_id
    from kick_token k
   where k.discord_server_id = any(${guildIds}::bigint[]) and not k.needs_reauth`

export interface StoredToken {
  /** Both are encrypted with the key that `keyId` names. */
  readonly accessToken: string
  readonly refreshToken: string
  readonly keyId: string
  readonly expiresAt: Date
}

export const readToken = (db: Db, guildId: GuildId) => db<StoredToken[]>`
  select k.access_token, k.refresh_token, k.key_id, k.expires_at
    from kick_token k
   where k.discord_server_id = ${guildId} and not k.needs_reauth`

/**
 * Keeps a pair of tokens that replaces another one. Nothing happens when somebody else has replaced it meanwhile; theirs is
 * then the newest. Gives whether ours was kept.
 */
export const replaceToken = (
  db: Db,
  token: StoredToken & { readonly guildId: GuildId; readonly replaced: string },
) => db<{ guildId: GuildId }[]>`
  update kick_token
     set access_token = ${token.accessToken},
         refresh_token = ${token.refreshToken},
         key_id = ${token.keyId},
         expires_at = ${token.expiresAt},
         updated_at = now()
   where discord_server_id = ${token.guildId} and refresh_token = ${token.replaced}
  returning discord_server_id as guild_id`

/** Notes that the broadcaster has to connect again, because Kick does not renew this pair any more. */
export const requireReconnect = (db: Db, token: { readonly guildId: GuildId; readonly refused: string }) => db`
  update kick_token
     set needs_reauth = true, updated_at = now()
   where discord_server_id = ${token.guildId} and refresh_token = ${token.refused}`
