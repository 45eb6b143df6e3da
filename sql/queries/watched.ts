/** Watched minutes become tickets of the raffle that runs. */
import type { GuildId, UserId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'
import type { Viewers } from './points.ts'

/** What is paid for: whole hours of a viewer within the period. */
const blockMinutes = 60
/** Hours that ended longer ago than this do not change any more: chat comes at most minutes late, and a guild is settled in order. */
const sealAfterHours = 48

export interface WatchedTickets {
  readonly guildId: GuildId
  readonly tickets: string
}

/** The minutes of one period, as those that ended within it: the first of them and the last. */
const periodsOf = (db: Db, guilds: ReturnType<Db>) => db`
  select p.discord_server_id, p.period_number,
         first_minute(p.starts_at) + 1 as first_minute, floor(extract(epoch from p.ends_at) / 60)::bigint as last_minute,
         coalesce(substring(setting(p.discord_server_id, 'raffle_tickets_per_hour') from '^\\d{1,5}$')::int, 10) as rate,
         coalesce(lower(setting(p.discord_server_id, 'raffle_late_linking')), 'true') not in ('false', '0', 'no', 'off') as may_come_late,
         greatest(least((extract(epoch from now()) / 3600)::int - ${sealAfterHours}::int,
                        (floor(extract(epoch from p.ends_at) / 3600))::int + 1), 0) as seal_hour
    from raffle_periods p
   where p.discord_server_id in (${guilds}) and p.status = 'active'
   order by p.discord_server_id   -- always the same order, so that writers cannot deadlock
     for share of p`

/**
 * Pays for what was `counted (discord_server_id, period_number, kick_username, minutes, watched, seal_hour, sealed_minutes)` in a `period`:
 * the interval of whole hours behind the last one, at the rate in force, 0 for whoever has to link first. The mark moves and tells where it
 * stood in one step, under the lock of its row, so that two who pay at once pay for different hours; the unique key of the interval is there
 * in case that ever were not so.
 */
const paying = (
  db: Db,
  counted: ReturnType<Db>,
  rest: { readonly isBaseline: boolean; readonly actorId: UserId | null },
) => db<WatchedTickets[]>`
  with ${counted},
  marked as (
    insert into raffle_watchtime_converted as m (
      discord_server_id, period_number, kick_username, minutes_converted, last_from, minutes_counted, watched_then, sealed_hour, sealed_minutes
    )
    select c.discord_server_id, c.period_number, c.kick_username,
           case when ${rest.isBaseline} then c.minutes else c.minutes / ${blockMinutes}::int * ${blockMinutes}::int end, 0,
           c.minutes, c.watched, c.seal_hour, c.sealed_minutes
      from counted c
     order by c.discord_server_id, c.period_number, c.kick_username
    on conflict (discord_server_id, period_number, kick_username) do update
       set last_from = m.minutes_converted,
           minutes_converted = m.minutes_converted + case
             when ${rest.isBaseline} then greatest(excluded.minutes_counted - m.minutes_converted, 0)
             else greatest(excluded.minutes_counted - m.minutes_converted, 0) / ${blockMinutes}::int * ${blockMinutes}::int
           end,
           minutes_counted = excluded.minutes_counted,
           watched_then = excluded.watched_then,
           sealed_hour = excluded.sealed_hour,
           sealed_minutes = excluded.sealed_minutes
    returning m.discord_server_id, m.period_number, m.kick_username, m.last_from, m.minutes_converted
  ),
  owed as materialized (
    select m.discord_server_id, m.period_number, m.kick_username, m.last_from as from_minute, m.minutes_converted as to_minute, p.rate,
           case when ${rest.isBaseline} then 'baseline'
                when not p.may_come_late and not exists (
                       select from links o where o.discord_server_id = m.discord_server_id and o.kick_name = m.kick_username
                     ) then 'unlinked' end as reason,
           coalesce((
             select a.kick_user_id::text
               from kick_account a
              where a.discord_server_id = m.discord_server_id and a.username = m.kick_username
           ), '@' || m.kick_username) as viewer
      from marked m
      join period p on p.discord_server_id = m.discord_server_id
     where m.minutes_converted > m.last_from
  ),
  entry as (
    insert into ticket_ledger (
      discord_server_id, period_number, kick_username, source, counts_as, delta, source_ref, from_minute, to_minute, actor_id, reason
    )
    select o.discord_server_id, o.period_number, o.kick_username, 'watchtime', 'watchtime',
           case when o.reason is null then (o.to_minute - o.from_minute) / ${blockMinutes}::int * o.rate else 0 end,
           'wt:' || o.period_number || ':' || o.viewer || ':' || o.from_minute, o.from_minute, o.to_minute,
           ${rest.actorId}::bigint, o.reason
      from owed o
     order by o.discord_server_id, o.period_number, o.kick_username
    returning discord_server_id, period_number, kick_username, delta
  ),
  balance as (
    insert into raffle_tickets as t (discord_server_id, period_number, kick_username, watchtime_tickets)
    select e.discord_server_id, e.period_number, e.kick_username, e.delta
      from entry e
     where e.delta > 0
     order by e.discord_server_id, e.period_number, e.kick_username
    on conflict (discord_server_id, period_number, kick_username) do update
       set watchtime_tickets = t.watchtime_tickets + excluded.watchtime_tickets,
           last_updated = now()
  )
  select e.discord_server_id as guild_id, sum(e.delta)::text as tickets
    from entry e
   where e.delta > 0
   group by e.discord_server_id
   order by e.discord_server_id`

/**
 * Turns whole hours that these viewers have watched within the raffle that runs into tickets: owed minus paid, counted from the minutes
 * that were credited, so that nothing from before it counts and nothing that was settled late is lost. Counting is spared for whoever cannot
 * be owed an hour yet. For viewers whose minutes the same transaction has just written. Safe to repeat. Gives the tickets of each guild.
 */
export const convertWatched = (db: Db, viewers: Viewers) =>
  paying(
    db,
    db`
    viewer as (
      select distinct v.discord_server_id, v.kick_username
        from unnest(${viewers.guildIds}::bigint[], ${viewers.usernames}::text[]) as v (discord_server_id, kick_username)
    ),
    period as materialized (${periodsOf(db, db`select v.discord_server_id from viewer v`)}),
    asked as materialized (
      select p.discord_server_id, p.period_number, v.kick_username, p.first_minute, p.last_minute, w.minutes as watched,
             greatest(p.seal_hour, coalesce(c.sealed_hour, 0)) as seal_hour,
             coalesce(c.sealed_hour, 0) as sealed_hour, coalesce(c.sealed_minutes, 0) as sealed_minutes
        from viewer v
        join period p on p.discord_server_id = v.discord_server_id
       cross join lateral (   -- one look at a key for each viewer, whatever the planner knows of how many there are; so is the next
          select t.minutes
            from watchtime t
           where t.discord_server_id = v.discord_server_id and t.username = v.kick_username
           limit 1
       ) w
        left join lateral (
          select m.kick_username, m.minutes_converted, m.minutes_counted, m.watched_then, m.sealed_hour, m.sealed_minutes
            from raffle_watchtime_converted m
           where m.discord_server_id = p.discord_server_id and m.period_number = p.period_number and m.kick_username = v.kick_username
           limit 1
        ) c on true
       where c.kick_username is null
          or w.minutes < c.watched_then   -- somebody took minutes, and the difference says nothing
          or c.minutes_counted - c.minutes_converted + w.minutes - c.watched_then >= ${blockMinutes}::int
    ),
    counted as materialized (
      select a.discord_server_id, a.period_number, a.kick_username, a.watched, a.seal_hour,
             (a.sealed_minutes + r.minutes)::int as minutes, (a.sealed_minutes + r.sealing)::int as sealed_minutes
        from asked a
       cross join lateral (
          select coalesce(sum(bit_count((r.paid & minute_mask(a.first_minute, a.last_minute, r.hour))::bit(64))), 0) as minutes,
                 coalesce(sum(bit_count((r.paid & minute_mask(a.first_minute, a.last_minute, r.hour))::bit(64)))
                            filter (where r.hour < a.seal_hour), 0) as sealing
            from presence r
           where r.discord_server_id = a.discord_server_id and r.username = a.kick_username
             and r.hour between greatest((a.first_minute / 60)::int, a.sealed_hour) and (a.last_minute / 60)::int
       ) r
    )`,
    { isBaseline: false, actorId: null },
  )

/**
 * The same for everybody in these guilds, counted anew: when a period is closed, and now and then while it runs. With `baseline` nothing is
 * paid: what was watched so far counts as converted, of one viewer or of all.
 */
export const convertAllWatched = (
  db: Db,
  of: {
    readonly guildIds: readonly GuildId[]
    readonly baseline?: { readonly username: Username | null; readonly actorId: UserId }
  },
) =>
  paying(
    db,
    db`
    period as materialized (${periodsOf(db, db`select unnest(${[...of.guildIds]}::bigint[])`)}),
    seen as materialized (   -- one reading of the period's presence; the rows of a viewer are few after it
      select p.discord_server_id, p.period_number, r.username as kick_username, greatest(p.seal_hour, coalesce(c.sealed_hour, 0)) as seal_hour,
             (coalesce(c.sealed_minutes, 0)
               + coalesce(sum(bit_count((r.paid & minute_mask(p.first_minute, p.last_minute, r.hour))::bit(64)))
                            filter (where r.hour >= coalesce(c.sealed_hour, 0)), 0))::int as minutes,
             (coalesce(c.sealed_minutes, 0)
               + coalesce(sum(bit_count((r.paid & minute_mask(p.first_minute, p.last_minute, r.hour))::bit(64)))
                            filter (where r.hour >= coalesce(c.sealed_hour, 0) and r.hour < p.seal_hour), 0))::int as sealed_minutes
        from period p
        join presence r on r.discord_server_id = p.discord_server_id
                       and r.hour between (p.first_minute / 60)::int and (p.last_minute / 60)::int
        left join raffle_watchtime_converted c
          on c.discord_server_id = p.discord_server_id and c.period_number = p.period_number and c.kick_username = r.username
       where ${of.baseline?.username ?? null}::text is null or r.username = ${of.baseline?.username ?? null}::text
       group by p.discord_server_id, p.period_number, r.username, p.seal_hour, c.sealed_hour, c.sealed_minutes
    ),
    counted as materialized (
      select s.discord_server_id, s.period_number, s.kick_username, s.seal_hour, s.minutes, s.sealed_minutes,
             coalesce((
               select w.minutes
                 from watchtime w
                where w.discord_server_id = s.discord_server_id and w.username = s.kick_username
             ), 0) as watched
        from seen s
    )`,
    { isBaseline: of.baseline !== undefined, actorId: of.baseline?.actorId ?? null },
  )
