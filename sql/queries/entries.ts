/** Who entered giveaways. */
import type { GuildId, KickUserId, UserId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

interface Of {
  readonly guildId: GuildId
  readonly giveawayId: number
}

/** One message that enters its author. */
export interface ChatJoin extends Of {
  readonly username: Username
  readonly displayName: string
  readonly kickUserId: KickUserId
  /** Names the message: it counts once. */
  readonly ref: string
  /** When it was written, in milliseconds. */
  readonly at: number
  /** Random; used if the entry is new. */
  readonly salt: string
}

/**
 * Enters people who wrote, in one statement for all guilds: those whose message was written in time, by the giveaway's own deadline and
 * not by when it arrived, as long as the list is not frozen; each message once, and nobody more often than the giveaway allows. Gives
 * the entries that are new or grew. Safe to repeat, to reorder and on two owners at once. Whoever freezes the list waits for it.
 */
export const enterFromChat = (db: Db, joins: readonly ChatJoin[]) => db<
  { guildId: GuildId; giveawayId: number; displayName: string; tickets: number }[]
>`
  with heard as materialized (
    select h.discord_server_id, h.giveaway_id, coalesce(a.username, h.username) as username, h.display_name, h.kick_user_id, h.ref,
           to_timestamp(h.at / 1000) as at, h.salt
      from unnest(
             ${joins.map((join) => join.guildId)}::bigint[],
             ${joins.map((join) => join.giveawayId)}::int[],
             ${joins.map((join) => join.username)}::text[],
             ${joins.map((join) => join.displayName)}::text[],
             ${joins.map((join) => join.kickUserId)}::bigint[],
             ${joins.map((join) => join.ref)}::text[],
             ${joins.map((join) => join.at)}::float8[],
             ${joins.map((join) => join.salt)}::text[]
           ) as h (discord_server_id, giveaway_id, username, display_name, kick_user_id, ref, at, salt)
      left join kick_account a on a.discord_server_id = h.discord_server_id and a.kick_user_id = h.kick_user_id
  ),
  open as materialized (
    select g.discord_server_id, g.id, g.started_at, g.ends_at, g.needs_link or g.required_role_id is not null as needs_link,
           g.max_entries_per_user as most
      from giveaways g
      join (select distinct h.discord_server_id, h.giveaway_id from heard h) k
        on k.discord_server_id = g.discord_server_id and k.giveaway_id = g.id
     where g.status in ('active', 'ended')
     order by g.discord_server_id, g.id
       for share of g
  ),
  person as (
    select h.discord_server_id, h.giveaway_id, h.username, max(h.display_name) as display_name, max(h.kick_user_id) as kick_user_id,
           min(h.salt) as salt, o.most, (array_agg(distinct h.ref))[1:o.most] as refs
      from heard h
      join open o on o.discord_server_id = h.discord_server_id and o.id = h.giveaway_id
     where (o.started_at is null or h.at >= o.started_at)
       and (o.ends_at is null or h.at < o.ends_at)
       and (not o.needs_link or exists (
             select from links l where l.discord_server_id = h.discord_server_id and l.kick_name = h.username
           ))
     group by h.discord_server_id, h.giveaway_id, h.username, o.most
  )
  insert into giveaway_entries as e (
    discord_server_id, giveaway_id, kick_username, display_name, kick_user_id, entry_method, entry_count, join_refs, salt
  )
  select p.discord_server_id, p.giveaway_id, p.username, p.display_name, p.kick_user_id, 'chat', cardinality(p.refs), p.refs, p.salt
    from person p
   order by p.discord_server_id, p.giveaway_id, p.username
  on conflict (discord_server_id, giveaway_id, kick_username) do update
     set join_refs = e.join_refs || array(
           select r.ref
             from unnest(excluded.join_refs) as r (ref)
            where r.ref <> all(e.join_refs)
            limit (${mostOf(db)}) - cardinality(e.join_refs)
         ),
         entry_count = e.entry_count + least(
           (select count(*) from unnest(excluded.join_refs) as r (ref) where r.ref <> all(e.join_refs)),
           (${mostOf(db)}) - cardinality(e.join_refs)
         ),
         kick_user_id = coalesce(e.kick_user_id, excluded.kick_user_id)
   where cardinality(e.join_refs) < (${mostOf(db)})
     and not excluded.join_refs <@ e.join_refs
  returning e.discord_server_id as guild_id, e.giveaway_id, e.display_name, e.entry_count as tickets`

/** How often one person may enter the giveaway of an entry `e`. */
const mostOf = (db: Db) => db`
  select g.max_entries_per_user from giveaways g where g.discord_server_id = e.discord_server_id and g.id = e.giveaway_id`

// --- Members --------------------------------------------------------------------------------------------------------

export interface MemberJoin extends Of {
  readonly userId: UserId
  readonly displayName: string
  /** What is known of their Kick account by their link. */
  readonly kickName: Username | null
  readonly kickUserId: KickUserId | null
  /** Names the press: it counts once. */
  readonly ref: string
  /** What one entry is worth. */
  readonly tickets: number
  readonly answers: readonly string[] | null
  readonly salt: string
}

export interface Entry {
  readonly tickets: number
  readonly joins: number
}

/** `joined`: this press made it so; `already`: nothing was added; `closed`: it takes no entries any more. */
export type Joined = ({ readonly kind: 'joined' | 'already' } & Entry) | { readonly kind: 'closed' }

/** The entry of a member, or of the Kick account that is linked to them. */
export async function entryOf(
  db: Db,
  who: Of & { readonly userId: UserId; readonly kickName: Username | null },
): Promise<Entry | undefined> {
  const [row] = await db<Entry[]>`
    select max(e.entry_count) as tickets, max(cardinality(e.join_refs)) as joins
      from giveaway_entries e
     where e.discord_server_id = ${who.guildId} and e.giveaway_id = ${who.giveawayId}
       and (e.discord_id = ${who.userId}::bigint or e.kick_username = ${who.kickName}::text)
    having count(*) > 0`
  return row
}

/**
 * Enters a member by the database's clock, in one transaction. What the same person did in the chat is the same entry, where their link
 * tells; so are two entries that were made before they linked. Safe to repeat: the same press counts once.
 */
export async function enterMember(db: Db, join: MemberJoin): Promise<Joined> {
  const [open] = await db<{ most: number }[]>`
    select g.max_entries_per_user as most
      from giveaways g
     where g.discord_server_id = ${join.guildId} and g.id = ${join.giveawayId}
       and g.status = 'active' and (g.ends_at is null or g.ends_at > now())
       for share`
  if (open === undefined) return { kind: 'closed' }
  const [made] = await db<Entry[]>`
    insert into giveaway_entries (
      discord_server_id, giveaway_id, kick_username, display_name, kick_user_id, discord_id, entry_method, entry_count, join_refs, salt,
      entry_answers
    )
    select ${join.guildId}::bigint, ${join.giveawayId}::int, ${join.kickName}::text, ${join.displayName}, ${join.kickUserId}::bigint,
           ${join.userId}::bigint, 'discord', ${join.tickets}::int, array[${join.ref}::text], ${join.salt},
           ${join.answers === null ? null : JSON.stringify(join.answers)}::text::jsonb
     where not exists (
             select from giveaway_entries e
              where e.discord_server_id = ${join.guildId} and e.giveaway_id = ${join.giveawayId}
                and (e.discord_id = ${join.userId}::bigint or e.kick_username = ${join.kickName}::text)
           )
    on conflict do nothing
    returning entry_count as tickets, cardinality(join_refs) as joins`
  if (made !== undefined) return { kind: 'joined', ...made }
  await joinRows(db, join, open.most)
  const [grown] = await db<Entry[]>`
    update giveaway_entries e
       set entry_count = e.entry_count + ${join.tickets}, join_refs = e.join_refs || ${join.ref}::text,
           entry_answers = coalesce(${join.answers === null ? null : JSON.stringify(join.answers)}::text::jsonb, e.entry_answers)
     where e.discord_server_id = ${join.guildId} and e.giveaway_id = ${join.giveawayId}
       and e.discord_id = ${join.userId}::bigint
       and cardinality(e.join_refs) < ${open.most}
       and ${join.ref}::text <> all(e.join_refs)
    returning e.entry_count as tickets, cardinality(e.join_refs) as joins`
  if (grown !== undefined) return { kind: 'joined', ...grown }
  const entry = await entryOf(db, join)
  return { kind: 'already', tickets: entry?.tickets ?? 0, joins: entry?.joins ?? 0 }
}

/** Makes one row of those that are this member's by id and by the name of their linked account. */
async function joinRows(db: Db, { guildId, giveawayId, userId, kickName }: MemberJoin, most: number): Promise<void> {
  if (kickName === null) return
  await db`
    with chat as (
      delete from giveaway_entries e
       where e.discord_server_id = ${guildId} and e.giveaway_id = ${giveawayId} and e.kick_username = ${kickName}
         and e.discord_id is null
         and exists (
               select from giveaway_entries m
                where m.discord_server_id = ${guildId} and m.giveaway_id = ${giveawayId} and m.discord_id = ${userId}::bigint
             )
      returning e.discord_server_id, e.kick_user_id, e.entry_count, e.join_refs
    )
    update giveaway_entries m
       set kick_username = ${kickName}, kick_user_id = coalesce(chat.kick_user_id, m.kick_user_id),
           entry_count = greatest(m.entry_count, chat.entry_count), join_refs = (m.join_refs || chat.join_refs)[1:${most}]
      from chat
     where m.discord_server_id = chat.discord_server_id and m.giveaway_id = ${giveawayId} and m.discord_id = ${userId}::bigint`
  await db`
    update giveaway_entries e
       set discord_id = ${userId}::bigint
     where e.discord_server_id = ${guildId} and e.giveaway_id = ${giveawayId} and e.kick_username = ${kickName}
       and e.discord_id is null
       and not exists (
             select from giveaway_entries m
              where m.discord_server_id = ${guildId} and m.giveaway_id = ${giveawayId} and m.discord_id = ${userId}::bigint
           )`
}

// --- Active chatters -------------------------------------------------------------------------------------------------

/** What somebody wrote within the window: moments in milliseconds and fingerprints, side by side and in order. */
export interface Activity extends Of {
  readonly username: Username
  readonly saidAt: readonly number[]
  readonly hashes: readonly string[]
  /** Messages up to here have made an entry. */
  readonly countedUntil: number
}

/**
 * What is known of these chatters, locked until the transaction ends; a row is made for whoever has none. All lists have one entry for
 * each, and nobody stands in them twice.
 */
export async function lockActivity(
  db: Db,
  of: { readonly guildIds: GuildId[]; readonly giveawayIds: number[]; readonly usernames: Username[] },
): Promise<readonly Activity[]> {
  await db`
    insert into giveaway_chat_activity (discord_server_id, giveaway_id, kick_username, said_at, message_hashes)
    select c.discord_server_id, c.giveaway_id, c.username, '{}', '{}'
      from unnest(${of.guildIds}::bigint[], ${of.giveawayIds}::int[], ${of.usernames}::text[]) as c (discord_server_id, giveaway_id, username)
     order by c.discord_server_id, c.giveaway_id, c.username
    on conflict (discord_server_id, giveaway_id, kick_username) do nothing`
  return db<Activity[]>`
    select a.discord_server_id as guild_id, a.giveaway_id, a.kick_username as username, a.said_at::float8[] as said_at,
           a.message_hashes as hashes, a.counted_until::float8 as counted_until
      from giveaway_chat_activity a
      join unnest(${of.guildIds}::bigint[], ${of.giveawayIds}::int[], ${of.usernames}::text[]) as c (discord_server_id, giveaway_id, username)
        on c.discord_server_id = a.discord_server_id and c.giveaway_id = a.giveaway_id and c.username = a.kick_username
     order by a.discord_server_id, a.giveaway_id, a.kick_username
       for update of a`
}

/** Keeps what was heard, in the transaction that locked it. */
export const keepActivity = (db: Db, all: readonly Activity[]) => db`
  update giveaway_chat_activity a
     set said_at = array(select jsonb_array_elements_text(k.said_at::jsonb)::bigint),
         message_hashes = array(select jsonb_array_elements_text(k.hashes::jsonb)),
         counted_until = k.counted_until
    from unnest(
           ${all.map((one) => one.guildId)}::bigint[],
           ${all.map((one) => one.giveawayId)}::int[],
           ${all.map((one) => one.username)}::text[],
           ${all.map((one) => JSON.stringify(one.saidAt))}::text[],
           ${all.map((one) => JSON.stringify(one.hashes))}::text[],
           ${all.map((one) => one.countedUntil)}::bigint[]
         ) as k (discord_server_id, giveaway_id, username, said_at, hashes, counted_until)
   where a.discord_server_id = k.discord_server_id and a.giveaway_id = k.giveaway_id and a.kick_username = k.username`

// --- Freezing -------------------------------------------------------------------------------------------------------

/** Makes one entry of those that a link has shown to be the same person's since. In the transaction that freezes the list. */
export async function mergeLinked(db: Db, of: Of): Promise<void> {
  await db`
    with chat as (
      delete from giveaway_entries c
       using links l, giveaway_entries m
       where c.discord_server_id = ${of.guildId} and c.giveaway_id = ${of.giveawayId}
         and l.discord_server_id = ${of.guildId} and l.kick_name = c.kick_username
         and m.discord_server_id = ${of.guildId} and m.giveaway_id = ${of.giveawayId} and m.discord_id = l.discord_id
         and m.entry_id <> c.entry_id and c.discord_id is null
      returning c.discord_server_id, c.kick_username, c.kick_user_id, c.entry_count, c.join_refs, m.entry_id as member_entry
    )
    update giveaway_entries m
       set kick_username = chat.kick_username, kick_user_id = coalesce(chat.kick_user_id, m.kick_user_id),
           entry_count = greatest(m.entry_count, chat.entry_count), join_refs = m.join_refs || chat.join_refs
      from chat
     where m.discord_server_id = chat.discord_server_id and m.giveaway_id = ${of.giveawayId} and m.entry_id = chat.member_entry`
  await db`
    update giveaway_entries e
       set discord_id = l.discord_id
      from links l
     where e.discord_server_id = ${of.guildId} and e.giveaway_id = ${of.giveawayId} and e.discord_id is null
       and l.discord_server_id = ${of.guildId} and l.kick_name = e.kick_username`
  await db`
    update giveaway_entries e
       set kick_username = l.kick_name, kick_user_id = l.kick_user_id
      from links l
     where e.discord_server_id = ${of.guildId} and e.giveaway_id = ${of.giveawayId} and e.kick_username is null
       and l.discord_server_id = ${of.guildId} and l.discord_id = e.discord_id`
}

/** Whether an entry `e` is its giveaway's to draw: nobody who is left out of raffles is. */
const isEligible = (db: Db) => db`
  not exists (
    select from exclusion x
     where x.discord_server_id = e.discord_server_id and x.username = e.kick_username and x.kind = 'raffles'
  )`

/** How many people could win now. */
export async function eligibleIn(db: Db, of: Of): Promise<number> {
  const [row] = await db<{ people: number }[]>`
    select count(*)::int as people
      from giveaway_entries e
     where e.discord_server_id = ${of.guildId} and e.giveaway_id = ${of.giveawayId} and ${isEligible(db)}`
  return row?.people ?? 0
}

/**
 * Gives everybody who may win the id under which they stand in the list, and gives the list. The id is that of the fairness library:
 * the first 40 digits of SHA-256 over the salt, a colon and the person's id at Kick, or at Discord when that one is not known.
 */
export const numberEntries = (db: Db, of: Of) => db<{ id: string; tickets: number }[]>`
  update giveaway_entries e
     set list_id = left(encode(sha256(convert_to(
           e.salt || ':' || coalesce(e.kick_user_id::text, 'discord:' || e.discord_id, 'name:' || e.kick_username), 'UTF8'
         )), 'hex'), 40)
   where e.discord_server_id = ${of.guildId} and e.giveaway_id = ${of.giveawayId} and ${isEligible(db)}
  returning e.list_id as id, e.entry_count as tickets`

/** The entry of a member, or of the Kick account that is linked to them, in a frozen list; nothing when they do not stand in it. */
export const listedEntry = (db: Db, who: Of & { readonly userId: UserId }) => db<
  { entryId: string; salt: string; person: string; tickets: number }[]
>`
  select e.list_id as entry_id, e.salt, coalesce(e.kick_user_id::text, 'discord:' || e.discord_id, 'name:' || e.kick_username) as person,
         e.entry_count as tickets
    from giveaway_entries e
   where e.discord_server_id = ${who.guildId} and e.giveaway_id = ${who.giveawayId} and e.list_id is not null
     and (
           e.discord_id = ${who.userId}::bigint
           or e.kick_username = (
                select l.kick_name from links l where l.discord_server_id = ${who.guildId} and l.discord_id = ${who.userId}::bigint
              )
         )
   limit 1`

/** Forgets what active chatters wrote; the list is frozen, so that it is needed no more. */
export const forgetActivity = (db: Db, of: Of) => db`
  delete from giveaway_chat_activity a
   where a.discord_server_id = ${of.guildId} and a.giveaway_id = ${of.giveawayId}`

export interface Entrant {
  readonly listId: string
  readonly kickName: Username | null
  readonly displayName: string
  readonly userId: UserId | null
  readonly isEligible: boolean
}

/** Who stands behind ids of a frozen list; nobody for a person who was erased. */
export const entrantsBehind = (db: Db, of: Of & { readonly listIds: string[] }) => db<Entrant[]>`
  select e.list_id, e.kick_username as kick_name, e.display_name, coalesce(e.discord_id, l.discord_id) as user_id,
         ${isEligible(db)} as is_eligible
    from giveaway_entries e
    left join links l on l.discord_server_id = e.discord_server_id and l.kick_name = e.kick_username
   where e.discord_server_id = ${of.guildId} and e.giveaway_id = ${of.giveawayId} and e.list_id = any(${of.listIds}::text[])`

// --- Another name ---------------------------------------------------------------------------------------------------

/** Moves what stands under one name to another. Of two entries for the same giveaway the one under the new name stays, with the more tickets. */
export async function moveEntries(
  db: Db,
  { guildId, from, to }: { readonly guildId: GuildId; readonly from: Username; readonly to: Username },
): Promise<void> {
  await db`
    with moved as (
      delete from giveaway_entries
       where discord_server_id = ${guildId} and kick_username = ${from}
      returning discord_server_id, giveaway_id, display_name, kick_user_id, discord_id, entry_method, entry_count, join_refs, salt, list_id,
                entry_answers, created_at
    )
    insert into giveaway_entries as e (
      discord_server_id, giveaway_id, kick_username, display_name, kick_user_id, discord_id, entry_method, entry_count, join_refs, salt, list_id,
      entry_answers, created_at
    )
    select m.discord_server_id, m.giveaway_id, ${to}, m.display_name, m.kick_user_id, m.discord_id, m.entry_method, m.entry_count,
           m.join_refs, m.salt, m.list_id, m.entry_answers, m.created_at
      from moved m
     order by m.giveaway_id
    on conflict (discord_server_id, giveaway_id, kick_username) do update
       set entry_count = greatest(e.entry_count, excluded.entry_count),
           discord_id = coalesce(e.discord_id, excluded.discord_id),
           list_id = coalesce(e.list_id, excluded.list_id),
           entry_answers = coalesce(e.entry_answers, excluded.entry_answers)`
  await db`
    with moved as (
      delete from giveaway_chat_activity
       where discord_server_id = ${guildId} and kick_username = ${from}
      returning discord_server_id, giveaway_id, said_at, message_hashes, counted_until
    )
    insert into giveaway_chat_activity as a (discord_server_id, giveaway_id, kick_username, said_at, message_hashes, counted_until)
    select m.discord_server_id, m.giveaway_id, ${to}, m.said_at, m.message_hashes, m.counted_until
      from moved m
     order by m.giveaway_id
    on conflict (discord_server_id, giveaway_id, kick_username) do update
       set counted_until = greatest(a.counted_until, excluded.counted_until)`
  await db`
    update giveaway_winners
       set kick_username = ${to}
     where discord_server_id = ${guildId} and kick_username = ${from}`
}
