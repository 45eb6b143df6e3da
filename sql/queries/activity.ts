import type { GuildId, KickUserId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'
import { moveGuesses } from './balance.ts'
import { moveClips } from './clips.ts'
import { moveEntries } from './entries.ts'
import { moveRequests } from './slots.ts'
import { moveTickets } from './tickets.ts'

/** Kick users as they call themselves now; all lists have one entry for each. */
export interface Accounts {
  readonly guildIds: GuildId[]
  readonly kickUserIds: KickUserId[]
  readonly usernames: Username[]
  readonly displayNames: string[]
  /** When they did, in seconds since 1970. */
  readonly seenAt: number[]
}

export interface AccountNews {
  readonly guildId: GuildId
  readonly kickUserId: KickUserId
  readonly username: Username
  readonly displayName: string
  readonly seenAt: number
  /** The name under which this account's rows are kept; null when it is new. */
  readonly knownAs: Username | null
  /** When that name was seen first, in seconds since 1970. */
  readonly knownSince: number | null
  /** Another account that is on record under this name. */
  readonly heldBy: KickUserId | null
}

/** Those accounts which are new, go by another name, or go by a name that belonged to somebody else. Usually nobody. */
export const accountNews = (db: Db, accounts: Accounts) => db<AccountNews[]>`
  select b.discord_server_id as guild_id, b.kick_user_id, b.username, b.display_name, b.seen_at,
         known.username as known_as, extract(epoch from known.seen_at)::float8 as known_since,
         holder.kick_user_id as held_by
    from unnest(
           ${accounts.guildIds}::bigint[],
           ${accounts.kickUserIds}::bigint[],
           ${accounts.usernames}::text[],
           ${accounts.displayNames}::text[],
           ${accounts.seenAt}::float8[]
         ) as b (discord_server_id, kick_user_id, username, display_name, seen_at)
    left join kick_account known
      on known.discord_server_id = b.discord_server_id and known.kick_user_id = b.kick_user_id
    left join kick_account holder
      on holder.discord_server_id = b.discord_server_id and holder.username = b.username and holder.kick_user_id <> b.kick_user_id
   where known.kick_user_id is null or known.username <> b.username or known.display_name <> b.display_name
   order by b.seen_at`

/** Records the name of accounts. Safe to repeat; an older sighting does not replace a newer one. */
export const recordAccounts = (db: Db, accounts: Accounts) => db`
  insert into kick_account as k (discord_server_id, kick_user_id, username, display_name, seen_at)
  select b.discord_server_id, b.kick_user_id, b.username, b.display_name, to_timestamp(b.seen_at)
    from unnest(
           ${accounts.guildIds}::bigint[],
           ${accounts.kickUserIds}::bigint[],
           ${accounts.usernames}::text[],
           ${accounts.displayNames}::text[],
           ${accounts.seenAt}::float8[]
         ) as b (discord_server_id, kick_user_id, username, display_name, seen_at)
   order by b.discord_server_id, b.kick_user_id
  on conflict (discord_server_id, kick_user_id) do update
     set username = excluded.username,
         display_name = excluded.display_name,
         seen_at = excluded.seen_at
   where k.seen_at <= excluded.seen_at`

/** Accounts that go by another name now; all lists have one entry for each. */
export interface Renames {
  readonly guildIds: GuildId[]
  readonly kickUserIds: KickUserId[]
  readonly oldNames: Username[]
  readonly newNames: Username[]
}

/**
 * Notes that accounts have other names now: for those that ask for the names before, in the history of the link if there is
 * one, and for the guild's log channel. Belongs in the transaction that moves the rows.
 */
export const noteRenames = (db: Db, renames: Renames) => db`
  with renamed as (
    insert into kick_rename (discord_server_id, kick_user_id, old_name, new_name)
    select r.discord_server_id, r.kick_user_id, r.old_name, r.new_name
      from unnest(
             ${renames.guildIds}::bigint[],
             ${renames.kickUserIds}::bigint[],
             ${renames.oldNames}::text[],
             ${renames.newNames}::text[]
           ) as r (discord_server_id, kick_user_id, old_name, new_name)
    returning discord_server_id, kick_user_id, old_name, new_name
  ),
  noted as (
    insert into link_event (discord_server_id, action, discord_id, kick_user_id, kick_name, old_name, source)
    select r.discord_server_id, 'renamed', l.discord_id, r.kick_user_id, r.new_name, r.old_name, 'kick'
      from renamed r
      join links l on l.discord_server_id = r.discord_server_id and l.kick_user_id = r.kick_user_id
    returning discord_server_id, link_event_id
  )
  insert into outbox (discord_server_id, kind, source_ref, payload)
  select n.discord_server_id, 'links.log', n.link_event_id::text, jsonb_build_object('eventId', n.link_event_id::text)
    from noted n
   where coalesce(setting(n.discord_server_id, 'link_log_channel_id'), '') <> ''
  on conflict (discord_server_id, kind, source_ref) do nothing`

/**
 * Moves everything that is kept under one name of a guild to another name, adding to what is there. Runs in one transaction;
 * safe to repeat, since nothing is left under the old name. Rows of `presence` are locked first, as a tick does it.
 */
export async function moveViewer(
  db: Db,
  { guildId, from, to }: { readonly guildId: GuildId; readonly from: Username; readonly to: Username },
): Promise<void> {
  await db`
    with moved as (
      delete from presence
       where discord_server_id = ${guildId} and username = ${from}
      returning discord_server_id, hour, present, paid, over_cap
    )
    insert into presence as p (discord_server_id, hour, username, present, paid, over_cap)
    select m.discord_server_id, m.hour, ${to}, m.present, m.paid, m.over_cap
      from moved m
     order by m.hour
    on conflict (discord_server_id, hour, username) do update
       set present = p.present | excluded.present,
           paid = p.paid | excluded.paid,
           over_cap = coalesce(p.over_cap | excluded.over_cap, p.over_cap, excluded.over_cap)`
  await db`
    with moved as (
      delete from watchtime
       where discord_server_id = ${guildId} and username = ${from}
      returning discord_server_id, minutes, last_active, bonus
    )
    insert into watchtime as w (discord_server_id, username, minutes, last_active, bonus)
    select m.discord_server_id, ${to}, m.minutes, m.last_active, m.bonus
      from moved m
    on conflict (discord_server_id, username) do update
       set minutes = w.minutes + excluded.minutes,
           last_active = greatest(w.last_active, excluded.last_active),
           bonus = w.bonus + excluded.bonus`
  await db`
    with moved as (
      delete from points_watchtime_converted
       where discord_server_id = ${guildId} and kick_username = ${from}
      returning discord_server_id, minutes_converted, bonus_converted, points_awarded, converted_at
    )
    insert into points_watchtime_converted as c (discord_server_id, kick_username, minutes_converted, bonus_converted, points_awarded, converted_at)
    select m.discord_server_id, ${to}, m.minutes_converted, m.bonus_converted, m.points_awarded, m.converted_at
      from moved m
    on conflict (discord_server_id, kick_username) do update
       set minutes_converted = c.minutes_converted + excluded.minutes_converted,
           bonus_converted = c.bonus_converted + excluded.bonus_converted,
           points_awarded = c.points_awarded + excluded.points_awarded,
           converted_at = greatest(c.converted_at, excluded.converted_at)`
  await db`
    with moved as (
      delete from user_points
       where discord_server_id = ${guildId} and kick_username = ${from}
      returning discord_server_id, discord_id, points, total_earned, total_spent
    )
    insert into user_points as u (discord_server_id, kick_username, discord_id, points, total_earned, total_spent)
    select m.discord_server_id, ${to}, m.discord_id, m.points, m.total_earned, m.total_spent
      from moved m
    on conflict (discord_server_id, kick_username) do update
       set points = u.points + excluded.points,
           total_earned = u.total_earned + excluded.total_earned,
           total_spent = u.total_spent + excluded.total_spent,
           discord_id = coalesce(excluded.discord_id, u.discord_id),
           last_updated = now()`
  await db`
    update point_ledger
       set kick_username = ${to}
     where discord_server_id = ${guildId} and kick_username = ${from}`
  await db`
    update point_sales
       set kick_username = ${to}
     where discord_server_id = ${guildId} and kick_username = ${from}`
  await db`
    update watchtime_adjustment
       set username = ${to}
     where discord_server_id = ${guildId} and username = ${from}`
  await db`
    with moved as (
      delete from watch_day
       where discord_server_id = ${guildId} and username = ${from}
      returning discord_server_id, day, stream_at, season_id, minutes
    )
    insert into watch_day as d (discord_server_id, day, username, stream_at, season_id, minutes)
    select m.discord_server_id, m.day, ${to}, m.stream_at, m.season_id, m.minutes
      from moved m
     order by m.day, m.stream_at, m.season_id
    on conflict (discord_server_id, day, username, stream_at, season_id) do update
       set minutes = d.minutes + excluded.minutes`
  await db`
    with moved as (
      delete from season_start
       where discord_server_id = ${guildId} and username = ${from}
      returning discord_server_id, earned
    )
    insert into season_start as b (discord_server_id, username, earned)
    select m.discord_server_id, ${to}, m.earned
      from moved m
    on conflict (discord_server_id, username) do update
       set earned = b.earned + excluded.earned`
  await db`
    update season_result
       set username = ${to}
     where discord_server_id = ${guildId} and username = ${from}`
  await db`
    with moved as (
      delete from exclusion
       where discord_server_id = ${guildId} and username = ${from}
      returning discord_server_id, kind, origin, reason, set_by, set_at
    )
    insert into exclusion as e (discord_server_id, username, kind, origin, reason, set_by, set_at)
    select m.discord_server_id, ${to}, m.kind, m.origin, m.reason, m.set_by, m.set_at
      from moved m
    on conflict (discord_server_id, username, kind, origin) do update
       set set_at = least(e.set_at, excluded.set_at)`
  await moveTickets(db, { guildId, from, to })
  await db`
    update raffle_gifted_subs
       set gifter_kick_name = ${to}
     where discord_server_id = ${guildId} and gifter_kick_name = ${from}`
  await db`
    update raffle_draw_v1
       set winner_kick_name = ${to}
     where discord_server_id = ${guildId} and winner_kick_name = ${from}`
  await db`
    with moved as (
      delete from viewer_span
       where discord_server_id = ${guildId} and username = ${from}
      returning discord_server_id, kind, role_id, started_at, ended_at
    )
    insert into viewer_span as v (discord_server_id, username, kind, role_id, started_at, ended_at)
    select m.discord_server_id, ${to}, m.kind, m.role_id, m.started_at, m.ended_at
      from moved m
    on conflict (discord_server_id, username, kind, role_id, started_at) do update
       set ended_at = case when v.ended_at is null or excluded.ended_at is null then null else greatest(v.ended_at, excluded.ended_at) end`
  await moveRequests(db, { guildId, from, to })
  await moveEntries(db, { guildId, from, to })
  await moveClips(db, { guildId, from, to })
  await moveGuesses(db, { guildId, from, to })
  // A link that was imported by this name, or that has not followed a rename, is another account's: it is set aside.
  await db`
    update links
       set kick_name = '#' || coalesce(kick_user_id, discord_id)
     where discord_server_id = ${guildId} and kick_name = ${to}
       and exists (select from links l where l.discord_server_id = ${guildId} and l.kick_name = ${from})`
  await db`
    update links
       set kick_name = ${to}
     where discord_server_id = ${guildId} and kick_name = ${from}`
}

/** What Kick said about streams; all lists have one entry for each (guild, stream), times in seconds since 1970. */
export interface StreamNews {
  readonly guildIds: GuildId[]
  readonly startedAt: number[]
  readonly endedAt: (number | null)[]
  readonly titles: string[]
  readonly changedAt: number[]
}

export interface RecordedStream {
  readonly guildId: GuildId
  readonly startedAt: number
  readonly isLive: boolean
  readonly hasTurned: boolean
}

/**
 * Records when streams began and ended. Of two messages about one stream the later one is believed, whichever comes first;
 * a stream that is still open when a newer one begins ends there. Safe to repeat. Gives the guilds whose record changed, whether the stream
 * is live by it, and whether it was otherwise before.
 */
export const recordStreams = (db: Db, news: StreamNews) => db<RecordedStream[]>`
  with news as (
    select n.discord_server_id, to_timestamp(n.started_at) as started_at,
           case when n.ended_at is not null then to_timestamp(greatest(n.ended_at, n.started_at)) end as ended_at, n.title, to_timestamp(n.changed_at) as changed_at
      from unnest(
             ${news.guildIds}::bigint[],
             ${news.startedAt}::float8[],
             ${news.endedAt}::float8[],
             ${news.titles}::text[],
             ${news.changedAt}::float8[]
           ) as n (discord_server_id, started_at, ended_at, title, changed_at)
  ),
  recorded as (
    insert into stream_session as s (discord_server_id, started_at, ended_at, title, changed_at)
    select n.discord_server_id, n.started_at,
           coalesce(n.ended_at, (
             select min(later.started_at)
               from stream_session later
              where later.discord_server_id = n.discord_server_id and later.started_at > n.started_at
           )),
           n.title, n.changed_at
      from news n
     order by n.discord_server_id, n.started_at
    on conflict (discord_server_id, started_at) do update
       set ended_at = excluded.ended_at,
           title = excluded.title,
           changed_at = excluded.changed_at
     where s.changed_at < excluded.changed_at
        or (s.changed_at = excluded.changed_at and s.ended_at is null and excluded.ended_at is not null)
    returning s.discord_server_id, s.started_at, s.ended_at is null as is_live
  ),
  superseded as (
    update stream_session s
       set ended_at = r.started_at
      from recorded r
     where s.discord_server_id = r.discord_server_id and s.ended_at is null and s.started_at < r.started_at
  ),
  heard as (
    update kick_channel c
       set signal_lost_at = null
      from news n
     where c.discord_server_id = n.discord_server_id and c.signal_lost_at is not null
  )
  select r.discord_server_id as guild_id, extract(epoch from r.started_at)::float8 as started_at, r.is_live,
         r.is_live <> coalesce((
           select s.ended_at is null -- as it was when this statement began
             from stream_session s
            where s.discord_server_id = r.discord_server_id and s.started_at = r.started_at
         ), false) as has_turned
    from recorded r`

/** How chat of these guilds is recorded: what one message is worth and what it needs for that, and whether badges matter. */
export interface ChatPolicy {
  readonly guildId: GuildId
  readonly windowSeconds: number
  readonly shortest: number
  /** For how long the same line does not count again; 0 when it always does. */
  readonly repeatSeconds: number
  /** Whether minutes of subscribers count differently. */
  readonly countsSubscribers: boolean
}

export const chatPolicies = (db: Db, guildIds: GuildId[]) => db<ChatPolicy[]>`
  select g.discord_server_id as guild_id,
         coalesce(substring(setting(g.discord_server_id, 'active_window_seconds') from '^\\d{1,4}$')::int, 120) as window_seconds,
         coalesce(substring(setting(g.discord_server_id, 'min_message_length') from '^\\d{1,3}$')::int, 0) as shortest,
         60 * coalesce(substring(setting(g.discord_server_id, 'repeated_message_minutes') from '^\\d{1,2}$')::int, 0) as repeat_seconds,
         exists (
           select from multiplier m
            where m.discord_server_id = g.discord_server_id and m.kind = 'subscriber' and m.ended_at is null
         ) as counts_subscribers
    from unnest(${guildIds}::bigint[]) as g (discord_server_id)`

/** Notes when these guilds last had chat, to the minute, so that a chat storm writes once. */
export const noteChat = (db: Db, guildIds: GuildId[], at: number) => db`
  update kick_channel
     set last_chat_at = to_timestamp(${at}::float8)
   where discord_server_id = any(${guildIds}::bigint[])
     and coalesce(last_chat_at, '-infinity') < to_timestamp(${at}::float8) - interval '1 minute'`
