import type { GuildId, KickUserId, UserId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

export type Purpose = 'link' | 'broadcaster'

/** A sign-in as the address that a member was given names it. */
export interface SignIn {
  readonly purpose: Purpose
  readonly userId: UserId
  readonly serverName: string
  readonly isOpened: boolean
  readonly isExpired: boolean
}

/** `state` is the hash of what stands in the address. Changes nothing. */
export async function findSignIn(
  db: Db,
  asked: { readonly guildId: GuildId; readonly state: string },
): Promise<SignIn | undefined> {
  const [row] = await db<SignIn[]>`
    select s.purpose, s.discord_id as user_id, coalesce(g.server_name, '') as server_name,
           s.code_verifier is not null as is_opened, s.expires_at <= now() as is_expired
      from oauth_states s
      left join guild g on g.discord_server_id = s.discord_server_id
     where s.discord_server_id = ${asked.guildId} and s.state = ${asked.state}`
  return row
}

/** What stands instead of a verifier in a sign-in that was opened: the real one belongs to the row of the next step. */
const opened = 'opened'

/**
 * Opens a sign-in: of any number of tries one works. The row stays, so that the next try can be told that it was opened, and
 * a second one with the new state and the verifier stands for what is under way at Kick, until the same instant.
 */
export async function openSignIn(
  db: Db,
  open: { readonly guildId: GuildId; readonly state: string; readonly newState: string; readonly verifier: string },
): Promise<Purpose | undefined> {
  const [row] = await db<{ purpose: Purpose }[]>`
    with opened as (
      update oauth_states s
         set code_verifier = ${opened}
       where s.discord_server_id = ${open.guildId}
         and s.state = ${open.state}
         and s.code_verifier is null
         and s.expires_at > now()
      returning s.discord_server_id, s.purpose, s.discord_id, s.interaction_token, s.expires_at
    )
    insert into oauth_states (discord_server_id, state, purpose, discord_id, code_verifier, interaction_token, expires_at)
    select o.discord_server_id, ${open.newState}, o.purpose, o.discord_id, ${open.verifier}, o.interaction_token, o.expires_at
      from opened o
    returning purpose`
  return row?.purpose
}

export interface ReturnedSignIn {
  readonly purpose: Purpose
  readonly userId: UserId
  readonly interactionToken: string | null
  readonly verifier: string
  readonly isExpired: boolean
}

/** Takes what came back from Kick: once, and before anything is done with it. One that is too old is taken away as well. */
export async function takeSignIn(
  db: Db,
  taken: { readonly guildId: GuildId; readonly state: string },
): Promise<ReturnedSignIn | undefined> {
  const [row] = await db<ReturnedSignIn[]>`
    delete from oauth_states s
     where s.discord_server_id = ${taken.guildId}
       and s.state = ${taken.state}
       and s.code_verifier <> ${opened}
    returning s.purpose, s.discord_id as user_id, s.interaction_token, s.code_verifier as verifier, s.expires_at <= now() as is_expired`
  return row
}

/** Keeps for ten minutes that somebody proved to own this Kick account; the member is asked next. The newest proof counts. */
export const putConfirmation = (
  db: Db,
  proof: {
    readonly guildId: GuildId
    readonly userId: UserId
    readonly kickUserId: KickUserId
    readonly kickName: Username
    readonly displayName: string
    readonly interactionToken: string | null
  },
) => db`
  insert into link_confirmation (discord_server_id, discord_id, kick_user_id, kick_name, display_name, interaction_token, expires_at)
  values (
    ${proof.guildId}, ${proof.userId}, ${proof.kickUserId}, ${proof.kickName}, ${proof.displayName}, ${proof.interactionToken},
    now() + interval '10 minutes'
  )
  on conflict (discord_server_id, discord_id) do update
     set kick_user_id = excluded.kick_user_id,
         kick_name = excluded.kick_name,
         display_name = excluded.display_name,
         interaction_token = excluded.interaction_token,
         created_at = now(),
         expires_at = excluded.expires_at`

/** A broadcaster's tokens, encrypted with the key that `keyId` names. */
export const putTokens = (
  db: Db,
  tokens: {
    readonly guildId: GuildId
    readonly kickUserId: KickUserId
    readonly accessToken: string
    readonly refreshToken: string
    readonly keyId: string
    readonly scopes: string
    readonly expiresInSeconds: number
  },
) => db`
  insert into kick_token (discord_server_id, kick_user_id, access_token, refresh_token, key_id, scopes, expires_at)
  values (
    ${tokens.guildId}, ${tokens.kickUserId}, ${tokens.accessToken}, ${tokens.refreshToken}, ${tokens.keyId}, ${tokens.scopes},
    now() + make_interval(secs => ${tokens.expiresInSeconds})
  )
  on conflict (discord_server_id) do update
     set kick_user_id = excluded.kick_user_id,
         access_token = excluded.access_token,
         refresh_token = excluded.refresh_token,
         key_id = excluded.key_id,
         scopes = excluded.scopes,
         expires_at = excluded.expires_at,
         needs_reauth = false,
         updated_at = now()`

/** Removes sign-ins and questions that ran out an hour ago. A bounded number at a time; gives how many. */
export async function forgetSignIns(db: Db): Promise<number> {
  const signIns = await db`
    delete from oauth_states s
     where (s.discord_server_id, s.state) in (
             select o.discord_server_id, o.state
               from oauth_states o
              where o.expires_at < now() - interval '1 hour'
              order by o.expires_at
              limit 1000
                for update skip locked
           )`
  return signIns.count
}

/**
 * Keeps a sign-in that the legacy bot began, in guilds where we are; gives whether it is kept. Safe to repeat: one that was opened stays
 * opened. `expiresAt` in seconds since 1970.
 */
export async function keepLegacySignIn(
  db: Db,
  signIn: { readonly guildId: GuildId; readonly userId: UserId; readonly state: string; readonly expiresAt: number },
): Promise<boolean> {
  const [row] = await db<{ isKnown: boolean }[]>`
    with kept as (
      insert into oauth_states (discord_server_id, state, purpose, discord_id, expires_at)
      select g.discord_server_id, ${signIn.state}, 'link', ${signIn.userId}::bigint, to_timestamp(${signIn.expiresAt}::float8)
        from guild g
       where g.discord_server_id = ${signIn.guildId} and g.left_at is null
      on conflict (discord_server_id, state) do nothing
    )
    select exists (
             select from guild g
              where g.discord_server_id = ${signIn.guildId} and g.left_at is null
           ) as is_known`
  return row?.isKnown ?? false
}
