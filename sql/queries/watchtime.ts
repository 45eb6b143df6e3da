import type { GuildId, Username } from '../../cluster/runtime/ids.ts'
import type { GuildTick } from '../../scheduler/tick.ts'
import type { Db } from '../client.ts'
import type { DailyCap } from './cap.ts'

/** A viewer whose total passed a whole block of minutes or reached a tier; `before` and `after` are total minutes. */
export interface Milestone {
  readonly guildId: GuildId
  readonly username: Username
  readonly before: number
  readonly after: number
  readonly isBlock: boolean
  readonly isTier: boolean
}

export interface Settled {
  readonly milestones: readonly Milestone[]
  readonly minutes: number
  readonly viewers: number
  /** Ticks that said nothing new: their guilds were settled up to that slot with all facts. */
  readonly repeated: number
  /** Slots that no tick had settled before, from the first to the last about which there was something to settle. */
  readonly slots: Slots
}

export interface Slots {
  readonly inTime: number
  /** Settled more than {@link promisedSeconds} after their end. */
  readonly late: number
}

/** How long after its end a slot should be settled. */
const promisedSeconds = 90

/** Minutes that one chatter keeps the stream alive for, when nothing else tells whether it is live. */
const chatKeepsAliveSeconds = 300
/** Facts older than that are never paid: 35 days. It bounds what one wrong date from outside can cost. */
const looksBackMinutes = 35 * 24 * 60

/** A piece of a statement. */
type Fragment = ReturnType<Db>

/**
 * What minutes of a row `p` of presence, in an hour `l` with multipliers, count beyond themselves, in hundredths. Whether the viewer had a
 * role or was a subscriber is looked up by key for each minute, and only where there is a factor for it.
 */
const bonusOf = (db: Db, minutes: Fragment, factors: Fragment): Fragment => db`(
               select coalesce(sum(c.percent - 100), 0)
                 from (
                   select coalesce(max(f.percent) filter (where f.kind = 'global'), 100)::bigint
                          * coalesce(max(f.percent) filter (where f.kind = 'role'), 100)
                          * coalesce(max(f.percent) filter (where f.kind = 'subscriber'), 100)
                          * coalesce(max(f.percent) filter (where f.kind = 'happy'), 100)
                          / 1000000 as percent   -- the one place at which something is cut off
                     from generate_series(0, 59) as b (bit)
                    cross join unnest(${factors}) as f (kind, role_id, percent, mask)
                    where (${minutes}) >> b.bit & 1 = 1
                      and f.mask >> b.bit & 1 = 1
                      and (f.kind in ('global', 'happy') or exists (
                            select from viewer_span v
                             where v.discord_server_id = p.discord_server_id and v.username = p.username
                               and v.kind = f.kind and v.role_id = f.role_id
                               and v.started_at < to_timestamp((p.hour::bigint * 60 + b.bit) * 60)
                               and (v.ended_at is null or v.ended_at >= to_timestamp((p.hour::bigint * 60 + b.bit) * 60))
                          ))
                    group by b.bit
                 ) c
             )`

/**
 * Of what was `found` to be owed in guilds with a daily cap, what their viewers' days still take: the earliest minutes first, after those of
 * the day that are paid. A minute belongs to the guild's day in which it began. The rest is refused, for good.
 */
const belowCap = (db: Db): Fragment => db`
    placed as materialized (   -- every minute with its place in the viewer's day
      select f.discord_server_id, f.hour, f.username, f.last_minute, f.cap, f.timezone, f.kinds, f.roles, f.percents, f.masks,
             b.bit, d.day,
             row_number() over (partition by f.discord_server_id, f.username, d.day order by f.hour, b.bit) as place
        from found f
       cross join generate_series(0, 59) as b (bit)
       cross join lateral (
          select (to_timestamp((f.hour::bigint * 60 + b.bit - 1) * 60) at time zone f.timezone)::date as day
       ) d
       where f.minutes >> b.bit & 1 = 1
    ),
    measured as materialized (   -- and with what the day takes, looked up once for each
      select p.discord_server_id, p.hour, p.username, p.last_minute, p.kinds, p.roles, p.percents, p.masks, p.bit, p.place,
             max(case when p.place = 1 then p.cap - (
               select coalesce(sum(bit_count((r.paid & minute_mask(e.first, e.last, r.hour))::bit(64))), 0)
                 from (
                   select first_minute(p.day::timestamp at time zone p.timezone) + 1 as first,
                          first_minute((p.day + 1)::timestamp at time zone p.timezone) as last
                 ) e
                 join presence r on r.discord_server_id = p.discord_server_id and r.username = p.username
                                and r.hour between (e.first / 60)::int and (e.last / 60)::int
             ) end) over (partition by p.discord_server_id, p.username, p.day) as room
        from placed p
    ),
    owed as materialized (
      select p.discord_server_id, p.hour, p.username, p.minutes, p.over_cap, p.last_minute,
             case when p.masks is null then 0 else ${bonusOf(db, db`p.minutes`, db`p.kinds, p.roles, p.percents, p.masks`)} end as bonus
        from (
          select m.discord_server_id, m.hour, m.username, m.last_minute, m.kinds, m.roles, m.percents, m.masks,
                 coalesce(bit_or(1::bigint << m.bit) filter (where m.place <= m.room), 0) as minutes,
                 coalesce(bit_or(1::bigint << m.bit) filter (where m.place > m.room), 0) as over_cap
            from measured m
           group by m.discord_server_id, m.hour, m.username, m.last_minute, m.kinds, m.roles, m.percents, m.masks
        ) p
    ),`

/**
 * Pays every minute that viewers of these guilds were present in while the stream was live, up to the slots, and writes
 * down that it was paid: `present & live & ~paid`. Safe to repeat, to reorder and to run twice at the same time: rows are
 * locked in key order before they are paid, and a row that was paid meanwhile owes nothing. A tick for a slot in the future of
 * the database's clock is passed over; a tick for an older slot than the guild has reached does that newer slot.
 *
 * The planner cannot know how many rows these steps hand on, and a join of two of them may be planned for one row each; so they
 * are not joined. That is why a row of `watchtime` keeps what it was credited last.
 *
 * A minute that lies in the interval of a multiplier adds to `bonus` what it counts beyond itself, whenever it is paid: global × best role ×
 * subscriber × happy hour, each 100 % where nothing holds, multiplied first and then, once, cut to whole percent.
 *
 * With `caps`, which are those of all these guilds and held since an earlier statement ({@link takeCaps}), no viewer is paid more than so many
 * minutes of a day: exactly the least of the cap and what they were present and live in, in whatever order and parts it is settled.
 *
 * A minute is live when the stream was live at its end. `blockMinutes` says at which totals a viewer is reported, counted as multipliers
 * had minutes count.
 */
export async function settleWatchtime(
  db: Db,
  ticks: readonly GuildTick[],
  blockMinutes: number,
  caps: readonly DailyCap[] = [],
): Promise<Settled> {
  const capOf = new Map(caps.map((cap) => [cap.guildId, cap]))
  const nothing: Fragment = db``
  const withCap = (fragment: Fragment, otherwise: Fragment = nothing) => (caps.length > 0 ? fragment : otherwise)
  const unpaid: Fragment = db`p.present & ~p.paid & l.minutes & ~coalesce(p.over_cap, 0)`
  const factors: Fragment = db`l.kinds, l.roles, l.percents, l.masks`
  const bonus: Fragment = db`case when l.masks is null then 0 else ${bonusOf(db, unpaid, factors)} end as bonus`
  const rows = await db<
    { guildId: GuildId | null; username: Username; before: number; after: number; isBlock: boolean; isTier: boolean }[]
  >`
    with tick as materialized (
      select t.discord_server_id,
             s.facts_revision,
             s.settled_slot >= t.slot and s.settled_revision = s.facts_revision as is_repeated,
             greatest(t.slot, s.settled_slot) as slot,
             greatest(
               least(s.oldest_slot, nullif(s.settled_slot, 0) + 1, t.slot),
               t.slot - ${looksBackMinutes}::bigint
             ) + 1 as first_minute,
             greatest(t.slot, s.settled_slot) + 1 as last_minute,
             greatest(0, least(t.slot, s.newest_slot) - d.settled) as slots,
             greatest(0, least(t.slot, s.newest_slot, d.late) - d.settled) as late_slots${withCap(db`, t.cap, t.timezone`)}
        from (
          select u.discord_server_id, max(u.slot) as slot${withCap(db`, min(u.cap) as cap, min(u.timezone) as timezone`)}
            from unnest(
                   ${ticks.map((tick) => tick.guildId)}::bigint[],
                   ${ticks.map((tick) => tick.slot)}::bigint[]${withCap(db`,
                   ${ticks.map((tick) => capOf.get(tick.guildId)?.minutes ?? null)}::int[],
                   ${ticks.map((tick) => capOf.get(tick.guildId)?.timezone ?? null)}::text[]`)}
                 ) as u (discord_server_id, slot${withCap(db`, cap, timezone`)})
           where (u.slot + 1) * 60 <= extract(epoch from clock_timestamp())
           group by u.discord_server_id
        ) t
        left join settlement s on s.discord_server_id = t.discord_server_id and s.kind = 'watchtime'
       cross join lateral (   -- up to where it was settled, or had nothing to settle; and up to where it is late now
          select greatest(s.settled_slot, s.oldest_slot - 1, t.slot - ${looksBackMinutes}::bigint) as settled,
                 floor((extract(epoch from clock_timestamp()) - ${promisedSeconds}) / 60)::bigint - 1 as late
       ) d
    ),
    silent as materialized (   -- guilds for which no signal tells whether their stream is live
      select t.discord_server_id, t.last_minute, first_minute(c.signal_lost_at) as first_silent_minute,
             ((t.first_minute - 5) / 60)::int as first_hour, (t.last_minute / 60)::int as last_hour,
             greatest(0, (
               ${chatKeepsAliveSeconds}::int
               - coalesce(substring(setting(t.discord_server_id, 'active_window_seconds') from '^\\d{1,4}$')::int, 120)
             ) / 60) as keeps_alive_minutes
        from tick t
        join kick_channel c on c.discord_server_id = t.discord_server_id
       where c.signal_lost_at is not null
    ),
    heard as (   -- there, the minutes within which two viewers had written in the last five
      select m.discord_server_id, (m.minute / 60)::int as hour, bit_or(1::bigint << (m.minute % 60)::int) as minutes
        from (
          select s.discord_server_id, p.hour::bigint * 60 + b.bit + d.later as minute
            from silent s
            join presence p on p.discord_server_id = s.discord_server_id and p.hour between s.first_hour and s.last_hour
           cross join generate_series(0, 59) as b (bit)
           cross join lateral generate_series(0, s.keeps_alive_minutes) as d (later)
           where p.present >> b.bit & 1 = 1
             and p.hour::bigint * 60 + b.bit + d.later between s.first_silent_minute and s.last_minute
           group by s.discord_server_id, p.hour::bigint * 60 + b.bit + d.later
          having count(distinct p.username) >= 2
        ) m
       group by m.discord_server_id, (m.minute / 60)::int
    ),
    live as materialized (
      select t.discord_server_id, h.hour,
             minute_mask(t.first_minute, t.last_minute, h.hour)
             & ( coalesce((
                   select bit_or(minute_mask(first_minute(s.started_at), coalesce(first_minute(s.ended_at) - 1, t.last_minute), h.hour))
                     from stream_session s
                    where s.discord_server_id = t.discord_server_id
                 ), 0)
               | coalesce((
                   select bit_or(minute_mask(first_minute(o.started_at), coalesce(first_minute(o.ended_at) - 1, t.last_minute), h.hour))
                     from tracking_override o
                    where o.discord_server_id = t.discord_server_id and o.mode = 'force'
                 ), 0)
               | coalesce(c.minutes, 0) )
             & ~coalesce((
                   select bit_or(minute_mask(first_minute(o.started_at), coalesce(first_minute(o.ended_at) - 1, t.last_minute), h.hour))
                     from tracking_override o
                    where o.discord_server_id = t.discord_server_id and o.mode = 'off'
                 ), 0) as minutes,
             b.kinds, b.roles, b.percents, b.masks   -- null nearly always
        from tick t
       cross join lateral generate_series((t.first_minute / 60)::int, (t.last_minute / 60)::int) as h (hour)
       cross join lateral (
          select array_agg(m.kind) as kinds, array_agg(coalesce(m.role_id, 0)) as roles, array_agg(m.percent) as percents,
                 array_agg(minute_mask(first_minute(m.started_at) + 1, coalesce(first_minute(m.ended_at), t.last_minute), h.hour)) as masks
            from multiplier m
           where m.discord_server_id = t.discord_server_id
             and m.started_at < to_timestamp((h.hour + 1) * 3600::float8)
             and (m.ended_at is null or m.ended_at >= to_timestamp(h.hour * 3600::float8))
       ) b
        left join heard c on c.discord_server_id = t.discord_server_id and c.hour = h.hour
    ),
    ${withCap(db`found`, db`owed`)} as materialized (
      select p.discord_server_id, p.hour, p.username, ${unpaid} as minutes, t.last_minute,
             ${withCap(db`t.cap, t.timezone, l.kinds, l.roles, l.percents, l.masks`, bonus)}
        from tick t   -- by the guild's range of hours: how many hours are live the planner cannot guess, and it would read the whole table
        join presence p on p.discord_server_id = t.discord_server_id
                       and p.hour between (t.first_minute / 60)::int and (t.last_minute / 60)::int
        join live l on l.discord_server_id = p.discord_server_id and l.hour = p.hour
       where ${unpaid} <> 0
       order by p.discord_server_id, p.hour, p.username   -- always the same order, so that two owners cannot deadlock
         for update of p
    ),
    ${withCap(belowCap(db))}
    paid as (
      update presence p
         set paid = p.paid | o.minutes${withCap(db`, over_cap = nullif(coalesce(p.over_cap, 0) | o.over_cap, 0)`)}
        from owed o
       where p.discord_server_id = o.discord_server_id and p.hour = o.hour and p.username = o.username
      returning o.discord_server_id, o.username, bit_count(o.minutes::bit(64)) as minutes, o.last_minute, o.bonus
    ),
    credit as materialized (
      select discord_server_id, username, sum(minutes)::int as minutes, max(last_minute) as last_minute, sum(bonus)::bigint as bonus
        from paid
       group by discord_server_id, username${withCap(db` having sum(minutes) > 0`)}
    ),
    total as (
      insert into watchtime as w (discord_server_id, username, minutes, last_credit, last_active, bonus, last_bonus)
      select c.discord_server_id, c.username, c.minutes, c.minutes, to_timestamp(c.last_minute * 60), c.bonus, c.bonus
        from credit c
       order by c.discord_server_id, c.username
      on conflict (discord_server_id, username) do update
         set minutes = w.minutes + least(excluded.minutes, 2147483647 - w.minutes),   -- a full row must not stop the others
             last_credit = least(excluded.minutes, 2147483647 - w.minutes),
             last_active = greatest(w.last_active, excluded.last_active),
             bonus = w.bonus + excluded.bonus,
             last_bonus = excluded.bonus
      returning w.discord_server_id, w.username, w.minutes, w.last_credit, w.bonus, w.last_bonus
    ),
    settled as (
      update settlement s
         set settled_revision = greatest(s.settled_revision, t.facts_revision),
             settled_slot = greatest(s.settled_slot, t.slot),
             oldest_slot = case when s.facts_revision = t.facts_revision then null else s.oldest_slot end,
             settled_at = now()
        from tick t
       where s.discord_server_id = t.discord_server_id
         and s.kind = 'watchtime'
         and (s.settled_revision < t.facts_revision or s.settled_slot < t.slot)
    ),
    milestone as (
      select w.discord_server_id, w.username, w.minutes - w.last_credit as before, w.minutes as after,
             (w.minutes * 100::bigint + w.bonus) / ${blockMinutes * 100}::bigint
               > ((w.minutes - w.last_credit) * 100::bigint + w.bonus - w.last_bonus) / ${blockMinutes * 100}::bigint as is_block,
             exists (
               select from watchtime_roles r
                where r.discord_server_id = w.discord_server_id and r.enabled
                  and r.minutes_required > w.minutes - w.last_credit and r.minutes_required <= w.minutes
             ) as is_tier
        from total w
    )
    select m.discord_server_id as guild_id, m.username, m.before, m.after, m.is_block, m.is_tier
      from milestone m
     where m.is_block or m.is_tier
    union all
    select null, (
             select concat_ws(' ', count(*) filter (where t.is_repeated), coalesce(sum(t.slots), 0), coalesce(sum(t.late_slots), 0))
               from tick t
           ),
           coalesce(sum(c.minutes), 0)::int, count(*)::int, false, false
      from credit c`
  const milestones: Milestone[] = []
  let minutes = 0
  let viewers = 0
  let repeated = 0
  let slots: Slots = { inTime: 0, late: 0 }
  for (const { guildId, ...row } of rows) {
    if (guildId === null) {
      minutes = row.before
      viewers = row.after
      const [said = 0, all = 0, late = 0] = row.username.split(' ').map(Number)
      repeated = said
      slots = { inTime: all - late, late }
    } else milestones.push({ guildId, ...row })
  }
  return { milestones, minutes, viewers, repeated, slots }
}
