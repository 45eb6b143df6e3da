import type { GuildId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

/** No figure reads more rows than that, however much has piled up: what is above it is no less bad. */
const mostRows = 10_000

export interface BacklogRow {
  readonly outboxOldestSeconds: number
  /** For how long the row has been due that nobody claims. */
  readonly outboxOverdueSeconds: number
  readonly outboxDead: number
  readonly inboxRows: number
  readonly inboxOldestSeconds: number
  /** For how long the job has been due that nobody takes. */
  readonly jobsOverdueSeconds: number
  readonly freeGroups: number
}

/** What waits in the whole deployment, and since when. */
export const readBacklog = (db: Db, shardCount: number) => db<BacklogRow[]>`
  select coalesce(greatest(0, extract(epoch from now() - o.oldest)), 0)::float8 as outbox_oldest_seconds,
         coalesce(greatest(0, extract(epoch from now() - o.due)), 0)::float8 as outbox_overdue_seconds,
         d.rows as outbox_dead,
         i.rows as inbox_rows,
         coalesce(greatest(0, extract(epoch from now() - i.oldest)), 0)::float8 as inbox_oldest_seconds,
         coalesce(greatest(0, extract(epoch from now() - (
           select j.next_run_at from job j where j.next_run_at <= now() order by j.next_run_at limit 1
         ))), 0)::float8 as jobs_overdue_seconds,
         g.free as free_groups
    from (
           select min(a.created_at) as oldest, min(a.next_attempt_at) as due
             from (
               select b.created_at, b.next_attempt_at
                 from outbox b
                where b.state = 'due'
                order by b.next_attempt_at
                limit ${mostRows}
             ) a
         ) o
   cross join (
           select count(*)::int as rows
             from (select a.discord_server_id from outbox a where a.state = 'dead' limit ${mostRows}) b
         ) d
   cross join (
           select count(*)::int as rows, min(a.received_at) as oldest
             from (
               select b.received_at
                 from inbox b
                where b.done_at is null
                order by b.next_attempt_at
                limit ${mostRows}
             ) a
         ) i
   cross join (
           select count(*)::int as free
             from shard_group_lease l
            where l.shard_count = ${shardCount} and (l.holder is null or l.expires_at <= now())
         ) g`

export interface SettlementRow {
  readonly guilds: number
  /** Of the guild that is behind longest, and of all but the twentieth part that is behind longer. */
  readonly longestSeconds: number
  readonly usualSeconds: number
}

/**
 * How far guilds with unsettled watch time are behind: since the end of the first slot that is missing, or since they were settled last
 * where that is less. Facts that come late therefore count from when they can have been told.
 */
export const readSettlementLag = (db: Db) => db<SettlementRow[]>`
  select count(*)::int as guilds,
         coalesce(max(l.seconds), 0)::float8 as longest_seconds,
         coalesce(percentile_disc(0.95) within group (order by l.seconds), 0)::float8 as usual_seconds
    from (
      select greatest(0, least(
               extract(epoch from now()) - (greatest(s.settled_slot, s.oldest_slot - 1) + 2) * 60,
               extract(epoch from now() - s.settled_at)
             )) as seconds
        from settlement s
       where s.kind = 'watchtime'
         and (s.facts_revision > s.settled_revision or s.newest_slot > s.settled_slot)
         and not exists (
               select from guild g
                where g.discord_server_id = s.discord_server_id and g.left_at is not null
             )
       limit ${mostRows}
    ) l`

export interface DatabaseRow {
  readonly active: number
  readonly idle: number
  readonly idleInTransaction: number
  readonly waitingForLocks: number
  readonly oldestTransactionSeconds: number
  readonly connectionsLimit: number
  readonly sizeBytes: number
}

/** The database as its own views show it to us: sessions of other users are counted, what they do is hidden. */
export const readDatabase = (db: Db) => db<DatabaseRow[]>`
  select count(*) filter (where a.state = 'active')::int as active,
         count(*) filter (where a.state = 'idle')::int as idle,
         count(*) filter (where a.state like 'idle in transaction%')::int as idle_in_transaction,
         count(*) filter (where a.wait_event_type = 'Lock')::int as waiting_for_locks,
         coalesce(max(extract(epoch from clock_timestamp() - a.xact_start))
                    filter (where a.state <> 'idle' and a.pid <> pg_backend_pid()), 0)::float8 as oldest_transaction_seconds,
         current_setting('max_connections')::int as connections_limit,
         pg_database_size(current_database())::float8 as size_bytes
    from pg_stat_activity a
   where a.datname = current_database()
     and a.backend_type = 'client backend'`

export interface ViewerKey {
  readonly guildId: GuildId
  readonly username: Username
}

/**
 * A few viewers of one guild that has something to settle now, that is of those about whom something is being written. `phase` and `from` say where
 * among guilds and names to begin; there may be none from there on.
 */
export const someViewers = (db: Db, p: { readonly phase: number; readonly from: string; readonly limit: number }) => db<
  ViewerKey[]
>`
  with chosen as materialized (
    select s.discord_server_id
      from settlement s
     where s.kind = 'watchtime'
       and s.phase >= ${p.phase}
       and (s.facts_revision > s.settled_revision or s.newest_slot > s.settled_slot)
     order by s.phase
     limit 1
  )
  select w.discord_server_id as guild_id, w.username
    from watchtime w
   where w.discord_server_id = (select c.discord_server_id from chosen c)
     and w.username >= ${p.from}
   order by w.username
   limit ${p.limit}`

/** What a viewer has beyond what the books add up to. It never changes: it is what the bot before left unexplained, mostly nothing. */
export interface BooksRow extends ViewerKey {
  readonly minutes: number
  readonly points: number
}

/** Presence older than that has long been folded into days. */
const hoursOfPresence = 60 * 24

/**
 * Compares what viewers have with what their books add up to: minutes that are paid, folded and adjusted; points that were awarded and those of
 * the ledger. From one snapshot, so that nothing can come in between. Whoever is not there any more is left out.
 */
export const readBooks = (db: Db, viewers: readonly ViewerKey[]) => db<BooksRow[]>`
  select w.discord_server_id as guild_id, w.username,
         (w.minutes - paid.minutes - folded.minutes - adjusted.minutes)::int as minutes,
         (coalesce(u.points, 0) - coalesce(c.points_awarded, 0) - booked.points)::float8 as points
    from unnest(
           ${viewers.map((viewer) => viewer.guildId)}::bigint[],
           ${viewers.map((viewer) => viewer.username)}::text[]
         ) as v (discord_server_id, username)
    join watchtime w on w.discord_server_id = v.discord_server_id and w.username = v.username
   cross join lateral (   -- hour by hour, since the key of presence knows no viewer without one
           select coalesce(sum(bit_count(p.paid::bit(64))), 0) as minutes
             from generate_series(
                    floor(extract(epoch from now()) / 3600)::int - ${hoursOfPresence}::int,
                    floor(extract(epoch from now()) / 3600)::int + 1
                  ) as h (hour)
             join presence p on p.discord_server_id = v.discord_server_id and p.hour = h.hour and p.username = v.username
         ) paid
   cross join lateral (
           select coalesce(sum(d.minutes), 0) as minutes
             from watch_day d
            where d.discord_server_id = v.discord_server_id and d.username = v.username
         ) folded
   cross join lateral (
           select coalesce(sum(a.delta), 0) as minutes
             from watchtime_adjustment a
            where a.discord_server_id = v.discord_server_id and a.username = v.username
         ) adjusted
   cross join lateral (
           select coalesce(sum(l.delta), 0) as points
             from point_ledger l
            where l.discord_server_id = v.discord_server_id and l.kick_username = v.username
         ) booked
    left join user_points u on u.discord_server_id = v.discord_server_id and u.kick_username = v.username
    left join points_watchtime_converted c on c.discord_server_id = v.discord_server_id and c.kick_username = v.username`
