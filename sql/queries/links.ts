import type { GuildId, KickUserId, UserId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

/** Who is who in one guild. */
export interface Link {
  readonly userId: UserId
  readonly kickName: Username
  /** The name with its own spelling, where it is known. */
  readonly displayName: string
  /** Null in a link that was imported and whose account has not been seen since. */
  readonly kickUserId: KickUserId | null
  readonly linkedAt: Date
}

/** The Kick account that a member has linked in this guild. */
export async function linkOf(db: Db, guildId: GuildId, userId: UserId): Promise<Link | undefined> {
  const [link] = await db<Link[]>`
    select l.discord_id as user_id, l.kick_name, coalesce(a.display_name, l.kick_name) as display_name, l.kick_user_id, l.linked_at
      from links l
      left join kick_account a on a.discord_server_id = l.discord_server_id and a.kick_user_id = l.kick_user_id
     where l.discord_server_id = ${guildId} and l.discord_id = ${userId}`
  return link
}

/** The member who has linked this Kick account in this guild. */
export async function memberOf(db: Db, guildId: GuildId, name: Username): Promise<UserId | undefined> {
  const [link] = await db<{ userId: UserId }[]>`
    select l.discord_id as user_id
      from links l
     where l.discord_server_id = ${guildId} and l.kick_name = ${name}`
  return link?.userId
}

/** Which of these viewers are linked; both lists have one entry for each viewer. */
export const linkedViewers = (db: Db, viewers: { readonly guildIds: GuildId[]; readonly usernames: Username[] }) => db<
  { guildId: GuildId; username: Username }[]
>`
  select l.discord_server_id as guild_id, l.kick_name as username
    from links l
    join unnest(${viewers.guildIds}::bigint[], ${viewers.usernames}::text[]) as v (discord_server_id, username)
      on v.discord_server_id = l.discord_server_id and v.username = l.kick_name`

/** Every link of this guild that has something in common with the one that is wanted: three rows at most. */
export const linksLike = (
  db: Db,
  wanted: {
    readonly guildId: GuildId
    readonly userId: UserId
    readonly kickUserId: KickUserId
    readonly kickName: Username
  },
) => db<Omit<Link, 'displayName' | 'linkedAt'>[]>`
  select l.discord_id as user_id, l.kick_name, l.kick_user_id
    from links l
   where l.discord_server_id = ${wanted.guildId}
     and (l.discord_id = ${wanted.userId} or l.kick_user_id = ${wanted.kickUserId} or l.kick_name = ${wanted.kickName})`

/** Links a member, unless the member or the account has a link by now; gives a row when it did. */
export const insertLink = (
  db: Db,
  link: {
    readonly guildId: GuildId
    readonly userId: UserId
    readonly kickUserId: KickUserId
    readonly kickName: Username
  },
) => db<{ userId: UserId }[]>`
  insert into links (discord_server_id, discord_id, kick_user_id, kick_name)
  values (${link.guildId}, ${link.userId}, ${link.kickUserId}, ${link.kickName})
  on conflict do nothing
  returning discord_id as user_id`

/**
 * Writes the ids of accounts that were seen into links that were imported by name alone; all lists have one entry for each
 * account. Safe to repeat.
 */
export const adoptLinks = (
  db: Db,
  seen: { readonly guildIds: GuildId[]; readonly kickUserIds: KickUserId[]; readonly usernames: Username[] },
) => db<{ userId: UserId }[]>`
  update links l
     set kick_user_id = s.kick_user_id
    from unnest(${seen.guildIds}::bigint[], ${seen.kickUserIds}::bigint[], ${seen.usernames}::text[])
      as s (discord_server_id, kick_user_id, username)
   where l.discord_server_id = s.discord_server_id
     and l.kick_name = s.username
     and l.kick_user_id is null
     and not exists (
           select from links other
            where other.discord_server_id = s.discord_server_id and other.kick_user_id = s.kick_user_id
         )
  returning l.discord_id as user_id`

/** Takes a member's link away; minutes and points stay. Gives what was linked. */
export const deleteLink = (db: Db, link: { readonly guildId: GuildId; readonly userId: UserId }) => db<
  { kickName: Username; kickUserId: KickUserId | null; displayName: string }[]
>`
  delete from links l
   where l.discord_server_id = ${link.guildId} and l.discord_id = ${link.userId}
  returning l.kick_name, l.kick_user_id,
            coalesce((
              select a.display_name
                from kick_account a
               where a.discord_server_id = l.discord_server_id and a.kick_user_id = l.kick_user_id
            ), l.kick_name) as display_name`

/** Notes with a balance whose it is: the member's who has just linked, or nobody's. */
export const setOwner = (
  db: Db,
  owner: { readonly guildId: GuildId; readonly kickName: Username; readonly userId: UserId | null },
) => db`
  update user_points u
     set discord_id = ${owner.userId}::bigint
   where u.discord_server_id = ${owner.guildId}
     and u.kick_username = ${owner.kickName}
     and u.discord_id is distinct from ${owner.userId}::bigint`

// --- Signing in ---------------------------------------------------------------------------------------------------

/** For how long a link to sign in works. */
export const signInMinutes = 10

/**
 * Starts a member's sign-in: makes room by removing theirs that were never opened and all of the guild that ran out, then
 * keeps the hash of the new one. At most one unopened link of a member works at a time.
 */
export async function startSignIn(
  db: Db,
  start: {
    readonly guildId: GuildId
    readonly userId: UserId
    readonly state: string
    readonly interactionToken: string
  },
): Promise<void> {
  await db`
    delete from oauth_states s
     where s.discord_server_id = ${start.guildId}
       and ((s.purpose = 'link' and s.discord_id = ${start.userId} and s.code_verifier is null) or s.expires_at < now())`
  await db`
    delete from link_confirmation c
     where c.discord_server_id = ${start.guildId} and c.expires_at < now()`
  await db`
    insert into oauth_states (discord_server_id, state, purpose, discord_id, interaction_token, expires_at)
    values (
      ${start.guildId}, ${start.state}, 'link', ${start.userId}, ${start.interactionToken},
      now() + make_interval(mins => ${signInMinutes})
    )`
}

/** Forgets everything that a member has begun and not ended. */
export async function dropSignIns(db: Db, of: { readonly guildId: GuildId; readonly userId: UserId }): Promise<void> {
  await db`
    delete from oauth_states s
     where s.discord_server_id = ${of.guildId} and s.discord_id = ${of.userId} and s.purpose = 'link'`
  await db`
    delete from link_confirmation c
     where c.discord_server_id = ${of.guildId} and c.discord_id = ${of.userId}`
}

/** A question that a member has not answered: is this account yours? */
export interface Confirmation {
  readonly kickName: Username
  readonly displayName: string
  readonly isExpired: boolean
}

/** Names the one question that was asked; a newer one about another account is another question. */
export interface ConfirmationKey {
  readonly guildId: GuildId
  readonly userId: UserId
  readonly kickUserId: KickUserId
}

export const confirmationOf = (db: Db, key: ConfirmationKey) => db<Confirmation[]>`
  select c.kick_name, c.display_name, c.expires_at <= now() as is_expired
    from link_confirmation c
   where c.discord_server_id = ${key.guildId} and c.discord_id = ${key.userId} and c.kick_user_id = ${key.kickUserId}`

/** Takes the question away, so that it is answered once. */
export const takeConfirmation = (db: Db, key: ConfirmationKey) => db<Confirmation[]>`
  delete from link_confirmation c
   where c.discord_server_id = ${key.guildId} and c.discord_id = ${key.userId} and c.kick_user_id = ${key.kickUserId}
  returning c.kick_name, c.display_name, c.expires_at <= now() as is_expired`

/** The guild's name as Discord last said it, for messages outside of the guild. */
export async function guildNameOf(db: Db, guildId: GuildId): Promise<string | undefined> {
  const [guild] = await db<{ serverName: string }[]>`
    select g.server_name
      from guild g
     where g.discord_server_id = ${guildId} and g.server_name <> ''`
  return guild?.serverName
}
