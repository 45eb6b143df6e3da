import type { GuildId, UserId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

/** What tickets may be given for by other rooms; watch time is turned into tickets here. Tickets of the shop count as a bonus. */
export const awardSources = ['gifted_sub', 'subscription', 'wager', 'bonus', 'shop'] as const
export type AwardSource = (typeof awardSources)[number]
/** The kinds of tickets that a balance tells apart; together they are all of it. */
export const ticketKinds = ['watchtime', 'gifted_sub', 'subscription', 'wager', 'bonus'] as const
export type TicketKind = (typeof ticketKinds)[number]

/** The most tickets that one entry gives or takes. */
export const mostTickets = 1_000_000_000

export interface Award {
  readonly guildId: GuildId
  /** The name by which the viewer's rows are kept now. */
  readonly username: Username
  readonly source: AwardSource
  /** Whole, from 1 to {@link mostTickets}. */
  readonly tickets: number
  /** What it is given for, such as `kick-event:<id>`; the same source and reference count once, in whichever period. */
  readonly sourceRef: string
  /** When it happened, in milliseconds; it decides the period, not the time at which we hear of it. */
  readonly at: number
  readonly actorId?: UserId | null
  readonly reason?: string | null
}

/**
 * What became of an award: `credited`; `pending`, which is credited as well and takes part once the viewer has linked, within the period;
 * `unlinked`, which is worth nothing for good, since this guild wants a link first; `known`, given before; `no_period`, about which nothing is
 * written, so that it may be given later.
 */
export type AwardOutcome = 'credited' | 'pending' | 'unlinked' | 'known' | 'no_period'

export interface Awarded {
  readonly guildId: GuildId
  readonly username: Username
  readonly source: AwardSource
  readonly sourceRef: string
  readonly tickets: number
  readonly outcome: AwardOutcome
  /** Null without a period, and of what was known. */
  readonly periodNumber: number | null
}

/**
 * Gives tickets, of many guilds in one statement, each once: the entry of the ledger decides, and only what is new there changes a
 * balance. It counts for the period that is open at the time at which it happened; one whose opening is due counts as open. Holds these
 * periods until the transaction ends, so that none of them is closed in between. Safe to repeat. Answers in the order of the list.
 */
export async function awardTickets(db: Db, awards: readonly Award[]): Promise<readonly Awarded[]> {
  if (awards.length === 0) return []
  for (const { tickets } of awards)
    if (!Number.isInteger(tickets) || tickets < 1 || tickets > mostTickets)
      throw new RangeError('an award is a whole number of tickets, at least one')
  const found = await db<{ outcome: AwardOutcome; periodNumber: number | null }[]>`
    with award as materialized (
      select a.n, a.discord_server_id, a.kick_username, a.source, case a.source when 'shop' then 'bonus' else a.source end as counts_as,
             a.tickets, a.source_ref, to_timestamp(a.at / 1000) as at, a.actor_id, a.reason,
             row_number() over (partition by a.discord_server_id, a.source, a.source_ref order by a.n) = 1 as is_first
        from unnest(
               ${awards.map((award) => award.guildId)}::bigint[],
               ${awards.map((award) => award.username)}::text[],
               ${awards.map((award) => award.source)}::text[],
               ${awards.map((award) => award.tickets)}::int[],
               ${awards.map((award) => award.sourceRef)}::text[],
               ${awards.map((award) => award.at)}::float8[],
               ${awards.map((award) => award.actorId ?? null)}::bigint[],
               ${awards.map((award) => award.reason ?? null)}::text[]
             ) with ordinality as a (discord_server_id, kick_username, source, tickets, source_ref, at, actor_id, reason, n)
    ),
    period as materialized (
      select p.discord_server_id, p.period_number, p.starts_at, p.ends_at
        from raffle_periods p
       where p.discord_server_id in (select a.discord_server_id from award a) and p.status in ('active', 'scheduled')
       order by p.discord_server_id, p.period_number   -- always the same order, so that writers cannot deadlock
         for share of p
    ),
    placed as materialized (
      select a.n, a.discord_server_id, p.period_number, a.kick_username, a.source, a.counts_as, a.source_ref, a.actor_id, a.reason, a.is_first,
             case when l.is_linked or l.may_come_late then a.tickets else 0 end as delta, l.is_linked,
             exists (
               select from ticket_ledger k
                where k.discord_server_id = a.discord_server_id and k.source = a.source and k.source_ref = a.source_ref
             ) as is_known
        from award a
        left join period p on p.discord_server_id = a.discord_server_id and p.starts_at <= a.at and a.at < p.ends_at
       cross join lateral (
          select exists (
                   select from links o where o.discord_server_id = a.discord_server_id and o.kick_name = a.kick_username
                 ) as is_linked,
                 coalesce(lower(setting(a.discord_server_id, 'raffle_late_linking')), 'true') not in ('false', '0', 'no', 'off') as may_come_late
       ) l
    ),
    entry as (
      insert into ticket_ledger (
        discord_server_id, period_number, kick_username, source, counts_as, delta, source_ref, actor_id, reason
      )
      select p.discord_server_id, p.period_number, p.kick_username, p.source, p.counts_as, p.delta, p.source_ref, p.actor_id, p.reason
        from placed p
       where p.period_number is not null and p.is_first
       order by p.discord_server_id, p.source, p.source_ref
      on conflict (discord_server_id, source, source_ref) do nothing
      returning discord_server_id, period_number, kick_username, source, counts_as, delta, source_ref
    ),
    balance as (
      insert into raffle_tickets as t (
        discord_server_id, period_number, kick_username, gifted_sub_tickets, subscription_tickets, wager_tickets, bonus_tickets
      )
      select e.discord_server_id, e.period_number, e.kick_username,
             coalesce(sum(e.delta) filter (where e.counts_as = 'gifted_sub'), 0),
             coalesce(sum(e.delta) filter (where e.counts_as = 'subscription'), 0),
             coalesce(sum(e.delta) filter (where e.counts_as = 'wager'), 0),
             coalesce(sum(e.delta) filter (where e.counts_as = 'bonus'), 0)
        from entry e
       where e.delta > 0
       group by e.discord_server_id, e.period_number, e.kick_username
       order by e.discord_server_id, e.period_number, e.kick_username
      on conflict (discord_server_id, period_number, kick_username) do update
         set gifted_sub_tickets = t.gifted_sub_tickets + excluded.gifted_sub_tickets,
             subscription_tickets = t.subscription_tickets + excluded.subscription_tickets,
             wager_tickets = t.wager_tickets + excluded.wager_tickets,
             bonus_tickets = t.bonus_tickets + excluded.bonus_tickets,
             last_updated = now()
    )
    select case when e.delta = 0 then 'unlinked'
                when e.delta > 0 and p.is_linked then 'credited'
                when e.delta > 0 then 'pending'
                when p.is_known or p.period_number is not null then 'known'
                else 'no_period' end as outcome,
           e.period_number
      from placed p
      left join entry e on p.is_first and e.discord_server_id = p.discord_server_id
                       and e.source = p.source and e.source_ref = p.source_ref
     order by p.n`
  return awards.map(({ guildId, username, source, sourceRef, tickets }, i) => {
    const { outcome, periodNumber } = found[i] ?? missing()
    return { guildId, username, source, sourceRef, tickets, outcome, periodNumber }
  })
}

function missing(): never {
  throw new Error('an award was not answered')
}

// --- Taking away ----------------------------------------------------------------------------------------------------

export type Balance = Readonly<Record<TicketKind, bigint>>

/** What one viewer holds in a raffle, held until the transaction ends together with the raffle itself; undefined when it is not open. */
export async function holdBalance(
  db: Db,
  of: { readonly guildId: GuildId; readonly periodNumber: number; readonly username: Username },
): Promise<Balance | undefined> {
  const open = await db`
    select p.period_number
      from raffle_periods p
     where p.discord_server_id = ${of.guildId} and p.period_number = ${of.periodNumber} and p.status = 'active'
       for share of p`
  if (open.length === 0) return undefined
  const [held] = await db<Record<TicketKind, string>[]>`
    select t.watchtime_tickets as watchtime, t.gifted_sub_tickets as gifted_sub, t.subscription_tickets as subscription,
           t.wager_tickets as wager, t.bonus_tickets as bonus
      from raffle_tickets t
     where t.discord_server_id = ${of.guildId} and t.period_number = ${of.periodNumber} and t.kick_username = ${of.username}
       for update of t`
  const row = held as Readonly<Record<string, string>> | undefined
  return {
    watchtime: BigInt(row?.watchtime ?? 0),
    gifted_sub: BigInt(row?.giftedSub ?? 0),
    subscription: BigInt(row?.subscription ?? 0),
    wager: BigInt(row?.wager ?? 0),
    bonus: BigInt(row?.bonus ?? 0),
  }
}

/**
 * Takes tickets of these kinds from one viewer, once for each reference: an entry of the ledger for every kind decides, and only what is
 * new there changes the balance, which cannot go below zero. For a balance that {@link holdBalance} holds. Gives what was taken now, by kind.
 */
export const takeTickets = (
  db: Db,
  p: {
    readonly guildId: GuildId
    readonly periodNumber: number
    readonly username: Username
    readonly parts: Partial<Balance>
    readonly sourceRef: string
    readonly actorId: UserId | null
    readonly reason: string | null
  },
) => {
  const parts = ticketKinds.flatMap((kind) => {
    const tickets = p.parts[kind] ?? 0n
    return tickets > 0n ? [{ kind, tickets: tickets.toString() }] : []
  })
  return db<{ kind: TicketKind; tickets: string }[]>`
    with entry as (
      insert into ticket_ledger (
        discord_server_id, period_number, kick_username, source, counts_as, delta, source_ref, actor_id, reason
      )
      select ${p.guildId}::bigint, ${p.periodNumber}::int, ${p.username}::text, 'removal', k.kind, -k.tickets,
             ${p.sourceRef}::text || ':' || k.kind, ${p.actorId}::bigint, ${p.reason}::text
        from unnest(${parts.map((part) => part.kind)}::text[], ${parts.map((part) => part.tickets)}::int[]) as k (kind, tickets)
       where not exists (   -- repeated, it might be taken from other kinds
               select from ticket_ledger x
                where x.discord_server_id = ${p.guildId} and x.source = 'removal'
                  and x.source_ref = any(${ticketKinds.map((kind) => `${p.sourceRef}:${kind}`)}::text[])
             )
       order by k.kind
      on conflict (discord_server_id, source, source_ref) do nothing
      returning discord_server_id, period_number, kick_username, counts_as, delta
    ),
    changed as (
      update raffle_tickets t
         set watchtime_tickets = t.watchtime_tickets + e.watchtime,
             gifted_sub_tickets = t.gifted_sub_tickets + e.gifted_sub,
             subscription_tickets = t.subscription_tickets + e.subscription,
             wager_tickets = t.wager_tickets + e.wager,
             bonus_tickets = t.bonus_tickets + e.bonus,
             last_updated = now()
        from (
          select n.discord_server_id, n.period_number, n.kick_username,
                 coalesce(sum(n.delta) filter (where n.counts_as = 'watchtime'), 0) as watchtime,
                 coalesce(sum(n.delta) filter (where n.counts_as = 'gifted_sub'), 0) as gifted_sub,
                 coalesce(sum(n.delta) filter (where n.counts_as = 'subscription'), 0) as subscription,
                 coalesce(sum(n.delta) filter (where n.counts_as = 'wager'), 0) as wager,
                 coalesce(sum(n.delta) filter (where n.counts_as = 'bonus'), 0) as bonus
            from entry n
           group by n.discord_server_id, n.period_number, n.kick_username
        ) e
       where t.discord_server_id = e.discord_server_id and t.period_number = e.period_number and t.kick_username = e.kick_username
    )
    select e.counts_as as kind, (-e.delta)::text as tickets
      from entry e
     order by e.counts_as`
}

// --- Looking after the ledger ---------------------------------------------------------------------------------------

/** Balances of a period that are not the sum of its ledger; none, unless somebody wrote past the bot. */
export const unexplainedTickets = (
  db: Db,
  of: { readonly guildId: GuildId; readonly periodNumber: number; readonly limit: number },
) => db<{ username: Username; balance: string; explained: string }[]>`
  select n.kick_username as username, sum(n.balance)::text as balance, sum(n.explained)::text as explained
    from (
      select t.kick_username, k.kind, k.tickets as balance, 0::bigint as explained
        from raffle_tickets t
       cross join lateral (values
         ('watchtime', t.watchtime_tickets), ('gifted_sub', t.gifted_sub_tickets), ('subscription', t.subscription_tickets),
         ('wager', t.wager_tickets), ('bonus', t.bonus_tickets)
       ) as k (kind, tickets)
       where t.discord_server_id = ${of.guildId} and t.period_number = ${of.periodNumber}
      union all
      select l.kick_username, l.counts_as, 0, l.delta
        from ticket_ledger l
       where l.discord_server_id = ${of.guildId} and l.period_number = ${of.periodNumber}
    ) n
   group by n.kick_username, n.kind
  having sum(n.balance) <> sum(n.explained)
   order by n.kick_username, n.kind
   limit ${of.limit}`

/**
 * Moves what is kept about tickets under one name of a guild to another name, adding to what is there; intervals of watch time are put
 * behind those of the other name. Part of the transaction that moves a viewer, which holds the guild's open periods from here on, so
 * that no award comes in between. Safe to repeat.
 */
export async function moveTickets(
  db: Db,
  { guildId, from, to }: { readonly guildId: GuildId; readonly from: Username; readonly to: Username },
): Promise<void> {
  await db`
    select p.period_number
      from raffle_periods p
     where p.discord_server_id = ${guildId} and p.status in ('active', 'scheduled')
     order by p.period_number
       for update of p`
  await db`
    with moved as (
      delete from raffle_tickets
       where discord_server_id = ${guildId} and kick_username = ${from}
      returning discord_server_id, period_number, watchtime_tickets, gifted_sub_tickets, subscription_tickets, wager_tickets, bonus_tickets
    )
    insert into raffle_tickets as t (
      discord_server_id, period_number, kick_username,
      watchtime_tickets, gifted_sub_tickets, subscription_tickets, wager_tickets, bonus_tickets
    )
    select m.discord_server_id, m.period_number, ${to},
           m.watchtime_tickets, m.gifted_sub_tickets, m.subscription_tickets, m.wager_tickets, m.bonus_tickets
      from moved m
     order by m.period_number
    on conflict (discord_server_id, period_number, kick_username) do update
       set watchtime_tickets = t.watchtime_tickets + excluded.watchtime_tickets,
           gifted_sub_tickets = t.gifted_sub_tickets + excluded.gifted_sub_tickets,
           subscription_tickets = t.subscription_tickets + excluded.subscription_tickets,
           wager_tickets = t.wager_tickets + excluded.wager_tickets,
           bonus_tickets = t.bonus_tickets + excluded.bonus_tickets,
           last_updated = now()`
  await db`
    update ticket_ledger l
       set kick_username = ${to},
           from_minute = l.from_minute + coalesce(c.minutes_converted, 0),
           to_minute = l.to_minute + coalesce(c.minutes_converted, 0)
      from ticket_ledger o
      left join raffle_watchtime_converted c
        on c.discord_server_id = o.discord_server_id and c.period_number = o.period_number and c.kick_username = ${to}
     where o.discord_server_id = ${guildId} and o.kick_username = ${from}
       and l.discord_server_id = o.discord_server_id and l.ledger_id = o.ledger_id`
  // What was counted and sealed is counted anew, since minutes of both names stand under one now.
  await db`
    with moved as (
      delete from raffle_watchtime_converted
       where discord_server_id = ${guildId} and kick_username = ${from}
      returning discord_server_id, period_number, minutes_converted
    )
    insert into raffle_watchtime_converted as c (discord_server_id, period_number, kick_username, minutes_converted)
    select m.discord_server_id, m.period_number, ${to}, m.minutes_converted
      from moved m
     order by m.period_number
    on conflict (discord_server_id, period_number, kick_username) do update
       set minutes_converted = c.minutes_converted + excluded.minutes_converted,
           minutes_counted = 0, watched_then = 0, sealed_hour = 0, sealed_minutes = 0`
  await db`
    update raffle_entrants
       set kick_username = ${to}
     where discord_server_id = ${guildId} and kick_username = ${from}`
}
