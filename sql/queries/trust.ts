import type { GuildId, KickUserId, UserId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'
import { scheduleJobs } from './job.ts'
import { forgetOrders } from './sales.ts'

/** What a viewer has of one stream; minutes. */
export interface StreamCredit {
  readonly startedAt: Date
  readonly endedAt: Date | null
  readonly title: string
  /** Credited. */
  readonly minutes: number
  /** Of those, the ones that are folded: of them nothing else is known any more. */
  readonly folded: number
  /** Written in the chat, whether it counted or not. */
  readonly present: number
}

interface Viewer {
  readonly guildId: GuildId
  readonly username: Username
}

/** The last streams of a guild and what a viewer got of them, the newest first. Reads this viewer's presence in their hours. */
export const creditsByStream = (db: Db, p: Viewer & { readonly limit: number }) => db<StreamCredit[]>`
  with stream as (
    select s.discord_server_id, s.started_at, s.ended_at, s.title,
           first_minute(s.started_at) as first, first_minute(coalesce(s.ended_at, now())) - 1 as last
      from stream_session s
     where s.discord_server_id = ${p.guildId}
     order by s.started_at desc
     limit ${p.limit}
  )
  select s.started_at, s.ended_at, s.title, f.minutes as folded,
         f.minutes + coalesce(sum(bit_count((r.paid & minute_mask(s.first, s.last, r.hour))::bit(64))), 0)::int as minutes,
         coalesce(sum(bit_count((r.present & minute_mask(s.first, s.last, r.hour))::bit(64))), 0)::int as present
    from stream s
   cross join lateral (
      select coalesce(sum(d.minutes), 0)::int as minutes
        from watch_day d
       where d.discord_server_id = ${p.guildId} and d.username = ${p.username} and d.stream_at = s.started_at
   ) f
    left join presence r on r.discord_server_id = s.discord_server_id
                        and r.username = ${p.username}
                        and r.hour between (s.first / 60)::int and (s.last / 60)::int
   group by s.started_at, s.ended_at, s.title, f.minutes
   order by s.started_at desc`

/**
 * Minutes of the last `days` days in which a viewer wrote: those that were credited, and those that
 * were not, for whichever reason; `overCap` of these were above the guild's daily cap.
 */
export async function recentMinutes(
  db: Db,
  p: Viewer & { readonly days: number },
): Promise<{ readonly credited: number; readonly uncredited: number; readonly overCap: number }> {
  const [row] = await db<{ credited: number; uncredited: number; overCap: number }[]>`
    select coalesce(sum(bit_count(r.paid::bit(64))), 0)::int as credited,
           coalesce(sum(bit_count((r.present & ~r.paid)::bit(64))), 0)::int as uncredited,
           coalesce(sum(bit_count(r.over_cap::bit(64))), 0)::int as over_cap
      from presence r
     where r.discord_server_id = ${p.guildId}
       and r.username = ${p.username}
       and r.hour >= (extract(epoch from now() - make_interval(days => ${p.days})) / 3600)::int`
  return row ?? { credited: 0, uncredited: 0, overCap: 0 }
}

export interface LedgerLine {
  readonly at: Date
  /** 64-bit, as a decimal string. */
  readonly delta: string
  readonly kind: string
  readonly reason: string | null
}

/** How the points of a viewer came about: from how many minutes, what is carried, and the last other changes. */
export async function pointsOf(
  db: Db,
  p: Viewer & { readonly limit: number },
): Promise<{ readonly converted: number; readonly awarded: string; readonly lines: readonly LedgerLine[] }> {
  const [mark] = await db<{ converted: number; awarded: string }[]>`
    select c.minutes_converted as converted, c.points_awarded::text as awarded
      from points_watchtime_converted c
     where c.discord_server_id = ${p.guildId} and c.kick_username = ${p.username}`
  const lines = await db<LedgerLine[]>`
    select l.created_at as at, l.delta::text as delta, l.kind, l.reason
      from point_ledger l
     where l.discord_server_id = ${p.guildId} and l.kick_username = ${p.username}
     order by l.ledger_id desc
     limit ${p.limit}`
  return { converted: mark?.converted ?? 0, awarded: mark?.awarded ?? '0', lines }
}

export interface GrantState {
  readonly roleId: string
  readonly state: 'granting' | 'granted' | 'removing' | 'blocked'
}

/** What the bot has given a member, or could not. */
export const grantsOf = (db: Db, p: { readonly guildId: GuildId; readonly userId: UserId }) => db<GrantState[]>`
  select g.role_id, g.state
    from role_grant g
   where g.discord_server_id = ${p.guildId} and g.discord_id = ${p.userId}
   order by g.role_id`

// --- What is kept of somebody ---------------------------------------------------------------------------------------

/** Somebody in one guild: the member, and the Kick account that is linked to them, as far as there is one. */
export interface Person {
  readonly guildId: GuildId
  readonly userId: UserId
  readonly username: Username | null
  readonly kickUserId: string | null
}

/**
 * Where rows of a person stand, and which columns say that they are theirs. Of exclusions only the member's own wish goes: what admins
 * decided about a name stays, or erasing would lift it. The ranks of others in a season that is over stay as they were, with a gap. `presence`
 * goes before `watch_day`, into which it may be folded meanwhile.
 */
export const personal: Readonly<
  Record<
    string,
    {
      readonly names?: readonly string[]
      readonly members?: readonly string[]
      readonly accounts?: readonly string[]
      /** Columns that are emptied instead of the row being deleted, which others still need. */
      readonly emptied?: readonly string[]
    }
  >
> = {
  chat_repeat: { accounts: ['kick_user_id'] },
  clips: { names: ['kick_username'] },
  custom_command_use: { names: ['caller'] },
  giveaway_chat_activity: { names: ['kick_username'] },
  // A list that is frozen holds the id alone, and without the salt nobody can tell any more whose it was.
  giveaway_entries: { names: ['kick_username'], members: ['discord_id'], accounts: ['kick_user_id'] },
  // That somebody won stays, or the next rolls would not follow; who it was goes.
  giveaway_winners: {
    names: ['kick_username'],
    members: ['discord_id'],
    emptied: ['kick_username', 'display_name', 'discord_id'],
  },
  gtb_guesses: { names: ['kick_username'] },
  // The place stays without the person: the others have theirs beside it.
  gtb_winners: { names: ['kick_username'], emptied: ['kick_username', 'display_name'] },
  kick_account: { names: ['username'], accounts: ['kick_user_id'] },
  kick_rename: { names: ['old_name', 'new_name'], accounts: ['kick_user_id'] },
  link_confirmation: { members: ['discord_id'], names: ['kick_name'], accounts: ['kick_user_id'] },
  link_event: { members: ['discord_id'], names: ['kick_name', 'old_name'], accounts: ['kick_user_id'] },
  links: { members: ['discord_id'], names: ['kick_name'], accounts: ['kick_user_id'] },
  member_role: { members: ['discord_id'] },
  oauth_states: { members: ['discord_id'] },
  point_ledger: { names: ['kick_username'] },
  point_sales: { names: ['kick_username'], members: ['discord_id'] },
  points_watchtime_converted: { names: ['kick_username'] },
  presence: { names: ['username'] },
  // The row stays without the person: without it nobody could check any more who won, and an entry alone says nothing about anybody.
  raffle_entrants: {
    members: ['discord_id'],
    names: ['kick_username'],
    accounts: ['kick_user_id'],
    emptied: ['salt', 'kick_user_id', 'discord_id', 'kick_username'],
  },
  // The row stays without the person: without it the same event, told once more, would count again.
  raffle_gifted_subs: { names: ['gifter_kick_name'], emptied: ['gifter_kick_name'] },
  // The row stays without the person: who won is part of what everybody can check.
  raffle_draw_v1: {
    names: ['winner_kick_name'],
    members: ['winner_discord_id'],
    emptied: ['winner_kick_name', 'winner_discord_id'],
  },
  raffle_shuffle_links: { members: ['discord_id'] },
  raffle_tickets: { names: ['kick_username'] },
  raffle_watchtime_converted: { names: ['kick_username'] },
  role_grant: { members: ['discord_id'] },
  // The row stays without the person: each pick is a link of the chain that proves the others.
  slot_picks: { names: ['kick_username'], emptied: ['kick_username', 'display_name'] },
  slot_requests: { names: ['kick_username'] },
  shop_notice: { members: ['discord_id'] },
  ticket_ledger: { names: ['kick_username'] },
  season_result: { names: ['username'] },
  season_start: { names: ['username'] },
  transfer_draft: { members: ['discord_id'] },
  user_points: { names: ['kick_username'] },
  viewer_span: { names: ['username'] },
  watch_day: { names: ['username'] },
  watchtime: { names: ['username'] },
  watchtime_adjustment: { names: ['username'] },
}

/**
 * Columns that say which admin did it, beside results that everybody can read: they are emptied, one by one. That an admin did it stands in
 * `audit_log`, and only there it stays: who runs a server answers for what they did, also after they have left.
 */
export const acted: Readonly<Record<string, readonly string[]>> = {
  giveaways: ['created_by', 'drawn_by'],
  gtb_sessions: ['opened_by_id'],
  raffle_draw_v1: ['drawn_by'],
  raffle_draws: ['drawn_by', 'voided_by'],
  raffle_periods: ['created_by'],
  slot_picks: ['picked_by'],
}

/** Says whose member's it is what belongs to an account on Kick, and stays with one that is not theirs any more: the member is taken out. */
export const owned: Readonly<Record<string, readonly string[]>> = { user_points: ['discord_id'] }

/** The condition that a row of this table is theirs. */
function isTheirs(db: Db, table: string, p: Person) {
  const { names = [], members = [], accounts = [] } = personal[table] ?? {}
  const parts = [
    ...names.map((column) => db`t.${db(column)} = ${p.username}::text`),
    ...members.map((column) => db`t.${db(column)} = ${p.userId}::bigint`),
    ...accounts.map((column) => db`t.${db(column)} = ${p.kickUserId}::bigint`),
  ]
  return parts.reduce((all, part) => db`${all} or ${part}`)
}

/** Rows of these are cut to what says something to the person; of a sign-in or a cooldown nobody wants a copy. */
const exported = Object.keys(personal).filter(
  (table) =>
    !['chat_repeat', 'custom_command_use', 'oauth_states', 'link_confirmation', 'transfer_draft'].includes(table),
)

/** Everything that is kept about a person in one guild, by table; ids and 64-bit numbers as text. */
export async function collectPerson(db: Db, p: Person): Promise<Readonly<Record<string, readonly unknown[]>>> {
  const found: Record<string, readonly unknown[]> = {}
  for (const table of exported) {
    const rows = await db<{ row: Record<string, unknown> }[]>`
      select (select jsonb_object_agg(f.key, case when jsonb_typeof(f.value) = 'number' then to_jsonb(f.value::text) else f.value end)
                from jsonb_each(to_jsonb(t)) as f (key, value)) as row
        from ${db(table)} t
       where t.discord_server_id = ${p.guildId} and (${isTheirs(db, table, p)})
       limit 100000`
    if (rows.length > 0) found[table] = rows.map(({ row }) => row)
  }
  return found
}

/** The person by the name that their link has now, which no rename changes until the transaction ends. */
async function asLinked(db: Db, p: Person): Promise<Person> {
  const [link] = await db<{ username: Username }[]>`
    select l.kick_name as username
      from links l
     where l.discord_server_id = ${p.guildId} and l.discord_id = ${p.userId}
       for update of l`
  return { ...p, ...link }
}

/**
 * Holds what minutes, points and tickets of a viewer are written with, so that nobody writes a balance and its ledger while one of the two
 * is erased already. In the order in which those who write take them: minutes, balance, raffle. Gives how many rows it made for that.
 */
async function holdViewer(db: Db, { guildId, username }: Person): Promise<number> {
  if (username === null) return 0
  await db`
    select from presence p
     where p.discord_server_id = ${guildId} and p.username = ${username}
     order by p.hour
       for update of p`
  await db`
    select from watchtime w
     where w.discord_server_id = ${guildId} and w.username = ${username}
       for update of w`
  // A balance that is not there yet could be begun meanwhile.
  const [balance] = await db<{ isNew: boolean }[]>`
    insert into user_points as u (discord_server_id, kick_username)
    values (${guildId}, ${username})
    on conflict (discord_server_id, kick_username) do update
       set last_updated = u.last_updated
    returning (xmax = 0) as is_new`
  await db`
    select from raffle_periods p
     where p.discord_server_id = ${guildId} and p.status in ('active', 'scheduled')
     order by p.period_number
       for update of p`
  return balance?.isNew === true ? 1 : 0
}

/**
 * Erases a person from one guild, whole, in one transaction: what they watched, what they had, who they are at Kick. Of the notes about
 * admins' work the person is taken out, and the note stays. Safe to repeat; gives how many rows are gone. Chat that they write later
 * begins at zero, as with somebody new; what they wrote before is passed over when it is delivered again, by a fingerprint that a job forgets.
 */
export async function erasePerson(db: Db, of: Person): Promise<number> {
  const p = await asLinked(db, of)
  await keepFingerprint(db, p)
  await forgetOrders(db, p)
  let gone = -(await holdViewer(db, p))
  for (const [table, { emptied }] of Object.entries(personal)) {
    const { count } =
      emptied === undefined
        ? await db`
            delete from ${db(table)} t
             where t.discord_server_id = ${p.guildId} and (${isTheirs(db, table, p)})`
        : await db`
            update ${db(table)} t
               set ${db(Object.fromEntries(emptied.map((column) => [column, null])))}
             where t.discord_server_id = ${p.guildId} and (${isTheirs(db, table, p)})`
    gone += count
  }
  for (const [table, columns] of Object.entries({ ...acted, ...owned }))
    for (const column of columns)
      await db`
        update ${db(table)} t
           set ${db(column)} = null
         where t.discord_server_id = ${p.guildId} and t.${db(column)} = ${p.userId}::bigint`
  await db`
    delete from exclusion e
     where e.discord_server_id = ${p.guildId} and e.username = ${p.username}::text and e.origin = 'member'`
  await db`
    update audit_log a
       set subject = 'erased', old_value = null, new_value = null, reason = null
     where a.discord_server_id = ${p.guildId}
       and (a.subject = ${p.userId}::text or a.subject = ${p.username}::text)`
  await db`
    delete from outbox o
     where o.discord_server_id = ${p.guildId}
       and (o.payload ->> 'discordId' = ${p.userId}::text or o.payload ->> 'userId' = ${p.userId}::text)`
  return gone
}

/** The kind of job that forgets fingerprints. */
export const forgetFingerprints = 'trust.fingerprints'
/** Longer than minutes are credited afterwards (35 days), so that no event that is still believed brings back what was erased. */
export const fingerprintDays = 36

/** How an account is recognised although nothing about it is kept; null for one without an id or a name. */
const fingerprint = (db: Db, guildId: ReturnType<Db>, kind: 'id' | 'name', account: ReturnType<Db>) =>
  db`encode(sha256(convert_to(${guildId}::text || ${`:${kind}:`}::text || ${account}::text, 'UTF8')), 'hex')`

/** A name serves only where the id is not known: it may be somebody else's next. */
async function keepFingerprint(db: Db, { guildId, kickUserId, username }: Person): Promise<void> {
  if (kickUserId === null && username === null) return
  const account = fingerprint(
    db,
    db`${guildId}`,
    kickUserId === null ? 'name' : 'id',
    kickUserId === null ? db`${username}` : db`${kickUserId}`,
  )
  await db`
    insert into erasure as e (discord_server_id, fingerprint)
    values (${guildId}, ${account})
    on conflict (discord_server_id, fingerprint) do update
       set erased_at = now()`
  const runAt = new Date(Date.now() + (fingerprintDays * 24 + 1) * 3_600_000)
  await scheduleJobs(db, [{ guildId, kind: forgetFingerprints, ref: runAt.toISOString().slice(0, 10), runAt }])
}

/** Of these accounts (every list has one entry for each) those that were erased, and when, in seconds since 1970. */
export const erasuresOf = (
  db: Db,
  asked: { readonly guildIds: GuildId[]; readonly kickUserIds: KickUserId[]; readonly usernames: Username[] },
) => db<{ guildId: GuildId; kickUserId: KickUserId; erasedAt: number }[]>`
  select v.discord_server_id as guild_id, v.kick_user_id, max(extract(epoch from e.erased_at))::float8 as erased_at
    from (
      select distinct u.discord_server_id, u.kick_user_id, u.username
        from unnest(${asked.guildIds}::bigint[], ${asked.kickUserIds}::bigint[], ${asked.usernames}::text[])
          as u (discord_server_id, kick_user_id, username)
    ) v
    join erasure e on e.discord_server_id = v.discord_server_id
                  and e.fingerprint in (
                        ${fingerprint(db, db`v.discord_server_id`, 'id', db`v.kick_user_id`)},
                        ${fingerprint(db, db`v.discord_server_id`, 'name', db`v.username`)}
                      )
   group by v.discord_server_id, v.kick_user_id`

/** Forgets fingerprints of these guilds by which nothing that is still believed can be recognised any more. Safe to repeat. */
export const dropFingerprints = (db: Db, guildIds: GuildId[]) => db`
  delete from erasure e
   where e.discord_server_id = any(${guildIds}::bigint[])
     and e.erased_at < now() - make_interval(days => ${fingerprintDays})`

// --- When the bot has left -----------------------------------------------------------------------------------------

/** Every table whose rows belong to a guild, the guild itself last. */
export async function tablesOfGuilds(db: Db): Promise<readonly string[]> {
  const rows = await db<{ name: string }[]>`
    select c.relname as name
      from pg_class c
      join pg_attribute a on a.attrelid = c.oid and a.attname = 'discord_server_id' and not a.attisdropped
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
     order by c.relname = 'guild', c.relname`
  return rows.map(({ name }) => name)
}

/**
 * Erases a guild that the bot has left, at most `limit` rows of each table at a time; gives whether anything may be left. A guild that
 * the bot is in again is not touched.
 */
export async function eraseGuild(db: Db, p: { readonly guildId: GuildId; readonly limit: number }): Promise<boolean> {
  const [left] = await db`
    select g.discord_server_id from guild g where g.discord_server_id = ${p.guildId} and g.left_at is not null for update`
  if (left === undefined) return false
  let isMore = false
  for (const table of await tablesOfGuilds(db)) {
    if (table === 'guild' && isMore) break
    const { count } = await db`
      delete from ${db(table)} t
       where t.discord_server_id = ${p.guildId}
         and t.ctid = any(array(select r.ctid from ${db(table)} r where r.discord_server_id = ${p.guildId} limit ${p.limit}))`
    isMore ||= count === p.limit
  }
  return isMore
}
