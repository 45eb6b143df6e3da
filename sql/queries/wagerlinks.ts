import type { Platform } from '../../cluster/runtime/affiliate.ts'
import type { GuildId, UserId } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

/** What a member says of an account, or has proved of it. */
export interface WagerLink {
  readonly platform: Platform
  readonly userId: UserId
  readonly account: string
  readonly displayName: string
  readonly verified: boolean
  readonly linkedAt: Date
  /** Of a claim: when it is forgotten. */
  readonly expiresAt: Date | null
}

export interface Claimant {
  readonly guildId: GuildId
  readonly platform: Platform
  readonly userId: UserId
}

const columns = (db: Db) => db`
  l.platform, l.discord_id as user_id, l.shuffle_username as account, l.display_name, l.verified, l.linked_at, l.expires_at`

/** Accounts of one member in a guild, proved and claimed. */
export const wagerLinksOf = (db: Db, p: { readonly guildId: GuildId; readonly userId: UserId }) => db<WagerLink[]>`
  select ${columns(db)}
    from raffle_shuffle_links l
   where l.discord_server_id = ${p.guildId} and l.discord_id = ${p.userId}
   order by l.platform`

/**
 * Everybody who claims the account that this member claims, and whoever has it; held until the transaction ends, so that of several who
 * are let in at once one is. Empty when the member claims none.
 */
export const holdClaims = (db: Db, p: Claimant) => db<WagerLink[]>`
  select ${columns(db)}
    from raffle_shuffle_links l
   where l.discord_server_id = ${p.guildId} and l.platform = ${p.platform}
     and l.shuffle_username = (
           select o.shuffle_username
             from raffle_shuffle_links o
            where o.discord_server_id = ${p.guildId} and o.platform = ${p.platform} and o.discord_id = ${p.userId}
         )
   order by l.discord_id
     for update of l`

/** Notes that a member claims an account, in place of what they claimed before; gives a row unless they have proved one. Safe to repeat. */
export const claimAccount = (
  db: Db,
  p: Claimant & { readonly account: string; readonly displayName: string; readonly expiresAt: Date },
) => db<{ linkedAt: Date }[]>`
  insert into raffle_shuffle_links as l (discord_server_id, platform, discord_id, shuffle_username, display_name, expires_at)
  values (${p.guildId}, ${p.platform}, ${p.userId}, ${p.account}, ${p.displayName}, ${p.expiresAt})
  on conflict (discord_server_id, platform, discord_id) do update
     set shuffle_username = excluded.shuffle_username, display_name = excluded.display_name, expires_at = excluded.expires_at, linked_at = now()
   where not l.verified
  returning l.linked_at`

/** Writes down that an account was proved; for a claim that is held. */
export const verifyClaim = (db: Db, p: Claimant & { readonly by: UserId }) => db`
  update raffle_shuffle_links l
     set verified = true, verified_at = now(), verified_by_discord_id = ${p.by}, expires_at = null
   where l.discord_server_id = ${p.guildId} and l.platform = ${p.platform} and l.discord_id = ${p.userId} and not l.verified`

/** Takes away what a member claims or has proved on a platform; gives what it was. Safe to repeat. */
export const dropWagerLink = (db: Db, p: Claimant) => db<WagerLink[]>`
  delete from raffle_shuffle_links l
   where l.discord_server_id = ${p.guildId} and l.platform = ${p.platform} and l.discord_id = ${p.userId}
  returning ${columns(db)}`

/** Forgets claims of these members that nobody has decided in time; all lists have one entry for each. Safe to repeat. */
export const dropExpiredClaims = (
  db: Db,
  p: { readonly guildIds: GuildId[]; readonly platforms: string[]; readonly userIds: UserId[] },
) => db`
  delete from raffle_shuffle_links l
   using unnest(${p.guildIds}::bigint[], ${p.platforms}::text[], ${p.userIds}::bigint[]) as c (discord_server_id, platform, discord_id)
   where l.discord_server_id = c.discord_server_id and l.platform = c.platform and l.discord_id = c.discord_id
     and not l.verified and l.expires_at <= now()`

export interface Claim extends WagerLink {
  /** The member's Kick name, if they have linked one. */
  readonly kickName: string | null
  /** What the platform says of the account, in cents as a decimal string; null when it does not know it. */
  readonly reportedCents: string | null
  /** Who has proved the account already. */
  readonly heldBy: UserId | null
}

/** Claims that wait for an admin, the oldest first; of one member when one is given. */
export const waitingClaims = (
  db: Db,
  p: {
    readonly guildId: GuildId
    readonly of: { readonly platform: Platform; readonly userId: UserId } | null
    readonly limit: number
  },
) => db<Claim[]>`
  select ${columns(db)}, k.kick_name, t.reported_cents::text as reported_cents, h.discord_id as held_by
    from raffle_shuffle_links l
    left join links k on k.discord_server_id = l.discord_server_id and k.discord_id = l.discord_id
    left join shuffle_wager_totals t
      on t.discord_server_id = l.discord_server_id and t.platform = l.platform and t.shuffle_username = l.shuffle_username
    left join raffle_shuffle_links h
      on h.discord_server_id = l.discord_server_id and h.platform = l.platform and h.shuffle_username = l.shuffle_username and h.verified
   where l.discord_server_id = ${p.guildId} and not l.verified and l.expires_at > now()
     and (${p.of === null} or (l.platform = ${p.of?.platform ?? null} and l.discord_id = ${p.of?.userId ?? null}::bigint))
   order by l.linked_at
   limit ${p.limit}`

/** The account of a platform that goes by this name in its last answer, where names and accounts are two things. */
export async function accountNamed(
  db: Db,
  p: { readonly guildId: GuildId; readonly platform: Platform; readonly name: string },
): Promise<string | undefined> {
  const rows = await db<{ account: string }[]>`
    select t.shuffle_username as account
      from shuffle_wager_totals t
     where t.discord_server_id = ${p.guildId} and t.platform = ${p.platform} and lower(t.display_name) = lower(${p.name})
     limit 2`
  return rows.length === 1 ? rows[0]?.account : undefined
}

/** How much each of a member's proved accounts has brought in the raffle that is open; accounts without a row have grown by nothing. */
export const wagersOfMember = (db: Db, p: { readonly guildId: GuildId; readonly userId: UserId }) => db<
  { platform: Platform; cents: string; tickets: string }[]
>`
  select l.platform, w.period_cents::text as cents, w.tickets_awarded::text as tickets
    from raffle_shuffle_links l
    join raffle_periods r on r.discord_server_id = l.discord_server_id and r.status = 'active'
    join raffle_shuffle_wagers w
      on w.discord_server_id = l.discord_server_id and w.period_number = r.period_number
     and w.platform = l.platform and w.shuffle_username = l.shuffle_username
   where l.discord_server_id = ${p.guildId} and l.discord_id = ${p.userId} and l.verified
   order by l.platform`

/** An account that each of these members has proved, the first by platform; nothing for whoever has proved none. */
export const provedAccounts = (
  db: Db,
  members: readonly { readonly guildId: GuildId; readonly userId: UserId }[],
) => db<{ guildId: GuildId; userId: UserId; displayName: string }[]>`
  select m.discord_server_id as guild_id, m.discord_id as user_id, l.display_name
    from unnest(
           ${members.map((member) => member.guildId)}::bigint[], ${members.map((member) => member.userId)}::bigint[]
         ) as m (discord_server_id, discord_id)
   cross join lateral (
      select o.display_name
        from raffle_shuffle_links o
       where o.discord_server_id = m.discord_server_id and o.discord_id = m.discord_id and o.verified
       order by o.platform
       limit 1
   ) l`
