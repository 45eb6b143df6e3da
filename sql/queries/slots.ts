import type { GuildId, KickUserId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

/** A slot that somebody asks for in chat. */
export interface Call {
  readonly guildId: GuildId
  readonly userId: KickUserId
  /** As it is in the line; whoever goes by another name by now is found by their id. */
  readonly username: Username
  readonly displayName: string
  readonly slotCall: string
  readonly messageId: string
  /** When it was written, in milliseconds. */
  readonly at: number
}

/** The list of one guild, held until the transaction ends. Times in milliseconds, 0 for never. */
export interface HeldList {
  readonly guildId: GuildId
  /** What was written before is for a list that was closed or is gone. */
  readonly since: number
  /** When chat was last told of requests. */
  readonly confirmedAt: number
}

/** Makes the rows of guilds that begin to use requests; others keep theirs. Safe to repeat. */
export const beginLists = (db: Db, guildIds: readonly GuildId[]) => db`
  insert into slot_state (discord_server_id)
  select g.discord_server_id
    from unnest(${[...guildIds]}::bigint[]) as g (discord_server_id)
   order by g.discord_server_id
  on conflict (discord_server_id) do nothing`

/**
 * Holds the lists of those guilds that use requests, in the order of their ids: nobody else changes them meanwhile. Inside a transaction.
 * Kick tells times of chat in whole seconds: a line of the second in which the list was opened is for it, one of the second in which it was
 * emptied is not.
 */
export const holdLists = (db: Db, guildIds: readonly GuildId[]) => db<HeldList[]>`
  select s.discord_server_id as guild_id,
         coalesce((extract(epoch from greatest(
           date_trunc('second', s.opened_at), date_trunc('second', s.cleared_at) + interval '1 millisecond'
         )) * 1000)::float8, 0) as since,
         coalesce((extract(epoch from s.confirmed_at) * 1000)::float8, 0) as confirmed_at
    from slot_state s
   where s.discord_server_id = any(${[...guildIds]}::bigint[])
   order by s.discord_server_id
     for update`

/** What is known of one call. */
export interface CallFacts {
  /** Which of the calls: its place in the list, from 0. */
  readonly index: number
  /** The name under which rows of this person are kept. */
  readonly username: Username
  readonly slotKey: string
  readonly isKnown: boolean
  readonly isLinked: boolean
  readonly isBlacklisted: boolean
  /** How far away in time the nearest request of theirs is, in seconds; null without any. */
  readonly nearestSeconds: number | null
  /** Requests of theirs in the list, picked ones too. */
  readonly requests: number
  readonly isBanned: boolean
  readonly isInactive: boolean
  /** Somebody asks for the same slot already, and it was not picked or is part of a hunt. */
  readonly isDuplicate: boolean
}

/** What is known of calls, in one statement for all guilds; true for as long as their lists are held. */
export const factsOfCalls = (db: Db, calls: readonly Call[]) => db<CallFacts[]>`
  with call as (
    select c.discord_server_id, coalesce(k.username, c.username) as username, c.slot_call, slot_key(c.slot_call) as slot_key,
           c.message_id, to_timestamp(c.at / 1000) as at, c.index
      from unnest(
             ${calls.map((call) => call.guildId)}::bigint[],
             ${calls.map((call) => call.userId)}::bigint[],
             ${calls.map((call) => call.username)}::text[],
             ${calls.map((call) => call.slotCall)}::text[],
             ${calls.map((call) => call.messageId)}::text[],
             ${calls.map((call) => call.at)}::float8[]
           ) with ordinality as c (discord_server_id, kick_user_id, username, slot_call, message_id, at, index)
      left join kick_account k on k.discord_server_id = c.discord_server_id and k.kick_user_id = c.kick_user_id
  )
  select (c.index - 1)::int as index, c.username, c.slot_key,
         exists (
           select from slot_requests r
            where r.discord_server_id = c.discord_server_id and r.message_id = c.message_id
         ) as is_known,
         exists (
           select from links l where l.discord_server_id = c.discord_server_id and l.kick_name = c.username
         ) as is_linked,
         exists (
           select from slot_call_blacklist b
            where b.discord_server_id = c.discord_server_id and b.kick_username = c.username
         ) as is_blacklisted,
         own.nearest_seconds, own.requests,
         coalesce(s.banned, false) as is_banned,
         not coalesce(s.is_active, true) as is_inactive,
         exists (
           select from slot_requests d
            where d.discord_server_id = c.discord_server_id and d.slot_key = c.slot_key and (not d.picked or d.added_to_hunt)
         ) as is_duplicate
    from call c
    left join slot_catalogue s on s.discord_server_id = c.discord_server_id and s.slot_key = c.slot_key
   cross join lateral (
          select min(abs(extract(epoch from r.requested_at - c.at)))::float8 as nearest_seconds, count(r.id)::int as requests
            from slot_requests r
           where r.discord_server_id = c.discord_server_id and r.platform = 'kick' and r.kick_username = c.username
         ) own
   order by c.index`

export interface Taken {
  readonly guildId: GuildId
  /** 64-bit, as a decimal string. */
  readonly id: string
}

/** Writes requests, in the order that is given; one line of chat is one request. Gives those that are new. Inside a transaction that holds their lists. */
export const insertRequests = (
  db: Db,
  requests: readonly (Omit<Call, 'userId'> & { readonly username: Username })[],
) => db<(Taken & { messageId: string })[]>`
  insert into slot_requests (discord_server_id, kick_username, display_name, slot_call, message_id, requested_at, confirmed)
  select r.discord_server_id, r.kick_username, r.display_name, r.slot_call, r.message_id, to_timestamp(r.at / 1000), false
    from unnest(
           ${requests.map((one) => one.guildId)}::bigint[],
           ${requests.map((one) => one.username)}::text[],
           ${requests.map((one) => one.displayName)}::text[],
           ${requests.map((one) => one.slotCall)}::text[],
           ${requests.map((one) => one.messageId)}::text[],
           ${requests.map((one) => one.at)}::float8[]
         ) with ordinality as r (discord_server_id, kick_username, display_name, slot_call, message_id, at, n)
   order by r.n
  on conflict (discord_server_id, message_id) do nothing
  returning discord_server_id as guild_id, id, message_id`

export interface Request {
  readonly id: string
  readonly username: Username
  readonly displayName: string
  readonly slotCall: string
  readonly requestedAt: Date
}

/** Takes the requests of which chat has not been told, and notes that it is now; the oldest first. Inside a transaction that holds the lists. */
export const takeUnconfirmed = (db: Db, guildIds: readonly GuildId[]) => db<(Request & { guildId: GuildId })[]>`
  with told as (
    update slot_requests r
       set confirmed = true
     where r.discord_server_id = any(${[...guildIds]}::bigint[]) and not r.confirmed
    returning r.discord_server_id, r.id, r.kick_username, r.display_name, r.slot_call, r.requested_at
  ),
  noted as (
    update slot_state s
       set confirmed_at = now()
     where s.discord_server_id in (select t.discord_server_id from told t)
  )
  select t.discord_server_id as guild_id, t.id, t.kick_username as username, t.display_name, t.slot_call, t.requested_at
    from told t
   order by t.discord_server_id, t.id`

/** Requests between two of them, both included, the oldest first. */
export const requestsBetween = (
  db: Db,
  asked: { readonly guildId: GuildId; readonly first: string; readonly last: string },
) => db<Request[]>`
  select r.id, r.kick_username as username, r.display_name, r.slot_call, r.requested_at
    from slot_requests r
   where r.discord_server_id = ${asked.guildId} and r.id between ${asked.first}::bigint and ${asked.last}::bigint
   order by r.id
   limit 200`

export interface ListFigures {
  readonly total: number
  readonly waiting: number
}

/** How many requests are in the list of a guild, and how many of them wait to be picked. */
export async function listFigures(db: Db, guildId: GuildId): Promise<ListFigures> {
  const [row] = await db<ListFigures[]>`
    select count(*)::int as total, (count(*) filter (where not r.picked))::int as waiting
      from slot_requests r
     where r.discord_server_id = ${guildId}`
  return row ?? { total: 0, waiting: 0 }
}

/** The requests that wait, the oldest first. */
export const waitingRequests = (db: Db, asked: { readonly guildId: GuildId; readonly limit: number }) => db<Request[]>`
  select r.id, r.kick_username as username, r.display_name, r.slot_call, r.requested_at
    from slot_requests r
   where r.discord_server_id = ${asked.guildId} and not r.picked
   order by r.id
   limit ${asked.limit}`

/** Notes that the list of a guild is open from now on. Inside a transaction. Safe to repeat. */
export const noteOpened = (db: Db, guildId: GuildId) => db`
  insert into slot_state as s (discord_server_id, opened_at)
  values (${guildId}, now())
  on conflict (discord_server_id) do update
     set opened_at = now()`

/**
 * Empties the list of one guild, up to this request and no newer one; gives how many are gone. Inside a transaction. Lines that were
 * written before the list was emptied do not come back when they are delivered again; what was picked stays among the picks.
 */
export async function clearRequests(db: Db, p: { readonly guildId: GuildId; readonly upTo: string }): Promise<number> {
  await db`
    update slot_state s
       set cleared_at = now()
     where s.discord_server_id = ${p.guildId}`
  const { count } = await db`
    delete from slot_requests r
     where r.discord_server_id = ${p.guildId} and r.id <= ${p.upTo}::bigint`
  return count
}

/** The newest request of a guild; undefined when the list is empty. */
export async function newestRequest(db: Db, guildId: GuildId): Promise<string | undefined> {
  const [row] = await db<{ id: string }[]>`
    select r.id
      from slot_requests r
     where r.discord_server_id = ${guildId}
     order by r.id desc
     limit 1`
  return row?.id
}

// --- What responses may say ---------------------------------------------------------------------------------------------

export interface SlotFigures {
  readonly guildId: GuildId
  readonly username: Username
  readonly isOpen: boolean
  readonly waiting: number
  readonly currentSlot: string | null
  readonly currentProvider: string | null
  readonly own: number
  readonly latestOwn: string | null
}

/** What responses may say about requests, for many viewers in one statement; both lists have one entry for each. */
export const slotFiguresOf = (db: Db, asked: { readonly guildIds: GuildId[]; readonly usernames: Username[] }) => db<
  SlotFigures[]
>`
  select v.discord_server_id as guild_id, v.username,
         lower(coalesce(setting(v.discord_server_id, 'slot_requests_enabled'), 'false')) in ('true', '1', 'yes', 'on') as is_open,
         (select count(*)::int
            from slot_requests r
           where r.discord_server_id = v.discord_server_id and not r.picked) as waiting,
         current.slot_call as current_slot,
         (select c.provider
            from slot_catalogue c
           where c.discord_server_id = v.discord_server_id and c.slot_key = slot_key(current.slot_call)) as current_provider,
         (select count(*)::int
            from slot_requests r
           where r.discord_server_id = v.discord_server_id and r.platform = 'kick' and r.kick_username = v.username) as own,
         (select r.slot_call
            from slot_requests r
           where r.discord_server_id = v.discord_server_id and r.platform = 'kick' and r.kick_username = v.username
           order by r.requested_at desc
           limit 1) as latest_own
    from (
      select distinct x.discord_server_id, x.username
        from unnest(${asked.guildIds}::bigint[], ${asked.usernames}::text[]) as x (discord_server_id, username)
    ) v
    left join lateral (
           select p.slot_call
             from slot_picks p
            where p.discord_server_id = v.discord_server_id
            order by p.number desc
            limit 1
         ) current on true`

/** What is kept here under one name of a viewer goes to another; whoever may not ask still may not. In the transaction of a rename. */
export async function moveRequests(
  db: Db,
  { guildId, from, to }: { readonly guildId: GuildId; readonly from: Username; readonly to: Username },
): Promise<void> {
  await db`
    update slot_requests
       set kick_username = ${to}
     where discord_server_id = ${guildId} and kick_username = ${from}`
  await db`
    update slot_picks
       set kick_username = ${to}
     where discord_server_id = ${guildId} and kick_username = ${from}`
  await db`
    with moved as (
      delete from slot_call_blacklist
       where discord_server_id = ${guildId} and kick_username = ${from}
      returning discord_server_id, reason, blacklisted_by, created_at
    )
    insert into slot_call_blacklist (discord_server_id, kick_username, reason, blacklisted_by, created_at)
    select m.discord_server_id, ${to}, m.reason, m.blacklisted_by, m.created_at
      from moved m
    on conflict (discord_server_id, kick_username) do nothing`
}
