import type { Platform, WagerRow } from '../../cluster/runtime/affiliate.ts'
import type { GuildId, UserId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

// --- Where wagers are asked for ---------------------------------------------------------------------------------------

/** A guild's question to a platform; address and key are encrypted. */
export interface Source {
  readonly guildId: GuildId
  readonly platform: Platform
  readonly campaignId: string
  readonly codes: readonly string[]
  readonly address: string
  readonly apiKey: string | null
  readonly keyId: string
}

/** Binds a guild to a campaign, in place of the one that it had on this platform, and has it asked soon. In a transaction; safe to repeat. */
export async function bindSource(db: Db, source: Source): Promise<void> {
  await db`
    insert into wager_campaign as c (campaign_id, platform)
    values (${source.campaignId}, ${source.platform})
    on conflict (campaign_id) do update
       set next_poll_at = least(c.next_poll_at, greatest(now(), coalesce(c.claimed_at, '-infinity') + interval '1 minute'))
     where c.failures = 0   -- what fails waits, whoever comes to it`
  await db`
    insert into wager_source as s (discord_server_id, platform, campaign_id, codes, address, api_key, key_id)
    values (
      ${source.guildId}, ${source.platform}, ${source.campaignId}, ${[...source.codes]}::text[], ${source.address},
      ${source.apiKey}, ${source.keyId}
    )
    on conflict (discord_server_id, platform) do update
       set campaign_id = excluded.campaign_id, codes = excluded.codes, address = excluded.address, api_key = excluded.api_key,
           key_id = excluded.key_id, bound_at = now(),
           polled_at = case when s.campaign_id = excluded.campaign_id and s.codes = excluded.codes then s.polled_at end`
}

/** Takes a guild's question away; gives whether there was one. What was counted stays. */
export async function unbindSource(
  db: Db,
  p: { readonly guildId: GuildId; readonly platform: Platform },
): Promise<boolean> {
  const { count } = await db`
    delete from wager_source s where s.discord_server_id = ${p.guildId} and s.platform = ${p.platform}`
  return count > 0
}

export interface SourceState {
  readonly platform: Platform
  readonly codes: readonly string[]
  readonly hasKey: boolean
  readonly polledAt: Date | null
  readonly failures: number
  readonly lastFault: string | null
  readonly lastSuccessAt: Date | null
  readonly nextPollAt: Date
  readonly accounts: number | null
  readonly skipped: number | null
}

/** A guild's questions and how they fare; never what they are. */
export const sourcesOf = (db: Db, guildId: GuildId) => db<SourceState[]>`
  select s.platform, s.codes, s.api_key is not null as has_key, s.polled_at, c.failures, c.last_fault, c.last_success_at, c.next_poll_at,
         c.accounts, c.skipped
    from wager_source s
    join wager_campaign c on c.campaign_id = s.campaign_id
   where s.discord_server_id = ${guildId}
   order by s.platform`

// --- Asking -------------------------------------------------------------------------------------------------------------

export interface ClaimedCampaign {
  readonly campaignId: string
  readonly platform: Platform
  readonly claim: number
  /** By the database's clock: what is told now was so at this instant or later. */
  readonly claimedAt: Date
  readonly etag: string | null
  readonly lastModified: string | null
  readonly failures: number
}

/**
 * Claims campaigns that are due for `claimSeconds`, so that one process asks each; after a crash somebody asks again. Those of which nobody
 * wants to know any more are taken away.
 */
export const claimCampaigns = (db: Db, claim: { readonly limit: number; readonly claimSeconds: number }) => db<
  ClaimedCampaign[]
>`
  with due as materialized (
    select c.campaign_id
      from wager_campaign c
     where c.next_poll_at <= now()
     order by c.next_poll_at
     limit ${claim.limit}
       for update skip locked
  ),
  asked as materialized (
    select d.campaign_id, w.is_bound, w.is_wanted
      from due d
     cross join lateral (
        select count(*) > 0 as is_bound, coalesce(bool_or(g.left_at is null), false) as is_wanted
          from wager_source s
          left join guild g on g.discord_server_id = s.discord_server_id
         where s.campaign_id = d.campaign_id
     ) w
  ),
  rested as (
    update wager_campaign c
       set next_poll_at = now() + interval '6 hours'
      from asked a
     where c.campaign_id = a.campaign_id and a.is_bound and not a.is_wanted
  ),
  gone as (
    delete from wager_campaign c
     using asked a
     where c.campaign_id = a.campaign_id and not a.is_bound
  )
  update wager_campaign c
     set claim = c.claim + 1, claimed_at = now(), next_poll_at = now() + make_interval(secs => ${claim.claimSeconds})
    from asked a
   where c.campaign_id = a.campaign_id and a.is_wanted
  returning c.campaign_id, c.platform, c.claim, c.claimed_at, c.etag, c.last_modified, c.failures`

/** What opens a campaign: the same for everybody who is bound to it, each encrypted for their guild. */
export const keysOf = (db: Db, p: { readonly campaignId: string; readonly limit: number }) => db<
  Pick<Source, 'guildId' | 'address' | 'apiKey' | 'keyId'>[]
>`
  select s.discord_server_id as guild_id, s.address, s.api_key, s.key_id
    from wager_source s
   where s.campaign_id = ${p.campaignId}
   order by s.discord_server_id
   limit ${p.limit}`

/** Who has a part in a campaign. */
export const boundGuilds = (db: Db, campaignId: string) => db<{ guildId: GuildId }[]>`
  select s.discord_server_id as guild_id
    from wager_source s
   where s.campaign_id = ${campaignId}
   order by s.discord_server_id`

/** Holds a campaign until the transaction ends, if nobody has claimed it since; gives how old its last answer was. */
export const holdCampaign = (db: Db, p: { readonly campaignId: string; readonly claim: number }) => db<
  { asOf: Date | null }[]
>`
  select c.as_of
    from wager_campaign c
   where c.campaign_id = ${p.campaignId} and c.claim = ${p.claim}
     for update`

/** Writes down what became of a question, unless somebody has claimed the campaign since. `accounts` null leaves what was known. */
export const finishPoll = (
  db: Db,
  done: {
    readonly campaignId: string
    readonly claim: number
    readonly nextSeconds: number
    readonly fault: string | null
    readonly answer: {
      readonly etag: string | null
      readonly lastModified: string | null
      readonly asOf: Date | null
      readonly accounts: number
      readonly skipped: number
    } | null
  },
) => db`
  update wager_campaign c
     set next_poll_at = now() + make_interval(secs => ${done.nextSeconds}),
         failures = case when ${done.fault}::text is null then 0 else c.failures + 1 end,
         last_fault = ${done.fault},
         last_success_at = case when ${done.fault}::text is null then c.claimed_at else c.last_success_at end,
         etag = case when ${done.answer !== null} then ${done.answer?.etag ?? null}::text else c.etag end,
         last_modified = case when ${done.answer !== null} then ${done.answer?.lastModified ?? null}::text else c.last_modified end,
         as_of = greatest(c.as_of, ${done.answer?.asOf ?? null}::timestamptz),
         accounts = coalesce(${done.answer?.accounts ?? null}::int, c.accounts),
         skipped = coalesce(${done.answer?.skipped ?? null}::int, c.skipped)
   where c.campaign_id = ${done.campaignId} and c.claim = ${done.claim}`

// --- Counting -----------------------------------------------------------------------------------------------------------

export interface Growth {
  readonly guildId: GuildId
  readonly platform: Platform
  readonly account: string
  readonly displayName: string
  /** Cents, as decimal strings. */
  readonly deltaCents: string
  readonly reportedCents: string
  readonly grownCents: string
  /** Of whoever has proved the account and linked Kick. */
  readonly kickName: Username | null
}

/**
 * Counts what an answer says, for all guilds that are bound to the campaign, in one statement: how much each account has grown since the
 * answer before, and what that is worth in the raffle that is open. An account that is new, or of another campaign than before, begins at what
 * it says; one in another window has grown by all that it says.
 *
 * A total that falls is either a mistake, and comes back, or a beginning anew. What it was before stays its mark for `fallHours`: back there it
 * goes on, and the stretch counts once. If it stays below for longer, what it has grown since its lowest counts, and goes on counting.
 *
 * The first answer after a raffle began counts for it if the one before is not older than `graceMinutes` at its beginning; what a fall
 * has held back, if the fall is not. Worth is a sum of cents times the rate of their time, a ticket for each 100000 of it, so that any number
 * of answers gives the same. For a campaign that {@link holdCampaign} holds. Gives what has grown.
 */
export const recordReport = (
  db: Db,
  report: {
    readonly campaignId: string
    readonly window: string
    readonly at: Date
    readonly rows: readonly WagerRow[]
    readonly graceMinutes: number
    readonly fallHours: number
  },
) => db<Growth[]>`
  with source as materialized (
    select s.discord_server_id, s.platform, s.codes, s.polled_at
      from wager_source s
     where s.campaign_id = ${report.campaignId}
     order by s.discord_server_id, s.platform   -- always the same order, so that writers cannot deadlock
       for update of s
  ),
  polled as (
    update wager_source s
       set polled_at = ${report.at}
      from source o
     where s.discord_server_id = o.discord_server_id and s.platform = o.platform
  ),
  said as materialized (
    select o.discord_server_id, o.platform, r.account, min(r.name) as name, sum(r.cents)::bigint as cents,
           sum(coalesce(r.weighted, r.cents))::bigint as weighted
      from source o
      join unnest(
             ${report.rows.map((row) => row.account)}::text[],
             ${report.rows.map((row) => row.name)}::text[],
             ${report.rows.map((row) => row.code)}::text[],
             ${report.rows.map((row) => row.cents.toString())}::bigint[],
             ${report.rows.map((row) => row.weightedCents?.toString() ?? null)}::bigint[]
           ) as r (account, name, code, cents, weighted)
        on cardinality(o.codes) = 0 or r.code is null or r.code = any(o.codes)
     group by o.discord_server_id, o.platform, r.account
  ),
  compared as materialized (
    select w.discord_server_id, w.platform, w.account, w.name, w.cents, w.weighted, c.course,
           t.reported_cents as before_cents, coalesce(t.fell_from_cents, t.reported_cents) as mark_cents, t.fell_at,
           least(t.lowest_cents, w.cents) as lowest_cents
      from said w
      left join shuffle_wager_totals t
        on t.discord_server_id = w.discord_server_id and t.platform = w.platform and t.shuffle_username = w.account
     cross join lateral (
        select case when t.campaign_id is distinct from ${report.campaignId} then 'begins'
                    when t.report_window <> ${report.window} then 'begins a window'
                    when w.cents >= coalesce(t.fell_from_cents, t.reported_cents) then 'grows'
                    when t.fell_at is null then 'falls'
                    when t.fell_at > ${report.at}::timestamptz - make_interval(hours => ${report.fallHours}) then 'stays below'
                    else 'begins anew' end as course
     ) c
  ),
  total as (
    insert into shuffle_wager_totals as t (
      discord_server_id, platform, shuffle_username, display_name, campaign_id, report_window, reported_cents, weighted_cents,
      delta_cents, delta_since, fell_from_cents, lowest_cents, fell_at, last_updated
    )
    select c.discord_server_id, c.platform, c.account, c.name, ${report.campaignId}, ${report.window}, c.cents, c.weighted,
           case c.course when 'begins a window' then c.cents
                         when 'grows' then c.cents - c.mark_cents
                         when 'begins anew' then c.cents - c.lowest_cents
                         else 0 end,
           case c.course when 'begins anew' then c.fell_at end,
           case c.course when 'falls' then c.before_cents when 'stays below' then c.mark_cents end,
           case c.course when 'falls' then c.cents when 'stays below' then c.lowest_cents end,
           case c.course when 'falls' then ${report.at}::timestamptz when 'stays below' then c.fell_at end,
           ${report.at}
      from compared c
     order by c.discord_server_id, c.platform, c.account
    on conflict (discord_server_id, platform, shuffle_username) do update
       set display_name = excluded.display_name,
           campaign_id = excluded.campaign_id,
           report_window = excluded.report_window,
           reported_cents = excluded.reported_cents,
           weighted_cents = excluded.weighted_cents,
           delta_cents = excluded.delta_cents,
           delta_since = excluded.delta_since,
           fell_from_cents = excluded.fell_from_cents,
           lowest_cents = excluded.lowest_cents,
           fell_at = excluded.fell_at,
           grown_cents = t.grown_cents + excluded.delta_cents,
           last_updated = excluded.last_updated
     where (t.reported_cents, t.weighted_cents, t.report_window, t.campaign_id, t.display_name)
        <> (excluded.reported_cents, excluded.weighted_cents, excluded.report_window, excluded.campaign_id, excluded.display_name)
        or t.fell_at is distinct from excluded.fell_at
    returning t.discord_server_id, t.platform, t.shuffle_username, t.display_name, t.reported_cents, t.grown_cents, t.delta_cents, t.delta_since
  ),
  period as materialized (
    select p.discord_server_id, p.period_number, p.starts_at,
           coalesce(substring(setting(p.discord_server_id, 'raffle_tickets_per_1000') from '^\\d{1,5}$')::bigint, 20) as rate
      from raffle_periods p
     where p.discord_server_id in (select o.discord_server_id from source o)
       and p.status in ('active', 'scheduled') and p.starts_at <= ${report.at} and ${report.at} < p.ends_at
     order by p.discord_server_id, p.period_number
       for share of p
  ),
  counted as (
    insert into raffle_shuffle_wagers as w (
      discord_server_id, period_number, platform, shuffle_username, baseline_cents, period_cents, tickets_total, remainder, last_updated
    )
    select t.discord_server_id, p.period_number, t.platform, t.shuffle_username, t.grown_cents - t.delta_cents, t.delta_cents,
           t.delta_cents * p.rate / 100000, t.delta_cents * p.rate % 100000, ${report.at}
      from total t
      join source o on o.discord_server_id = t.discord_server_id and o.platform = t.platform
      join period p on p.discord_server_id = t.discord_server_id
     where t.delta_cents > 0
       and coalesce(t.delta_since, o.polled_at) >= p.starts_at - make_interval(mins => ${report.graceMinutes})
     order by t.discord_server_id, p.period_number, t.platform, t.shuffle_username
    on conflict (discord_server_id, period_number, platform, shuffle_username) do update
       set period_cents = w.period_cents + excluded.period_cents,
           tickets_total = w.tickets_total + excluded.tickets_total + (w.remainder + excluded.remainder) / 100000,
           remainder = (w.remainder + excluded.remainder) % 100000,
           last_updated = excluded.last_updated
  )
  select t.discord_server_id as guild_id, t.platform, t.shuffle_username as account, t.display_name, t.delta_cents::text as delta_cents,
         t.reported_cents::text as reported_cents, t.grown_cents::text as grown_cents, k.kick_name
    from total t
    left join raffle_shuffle_links l
      on l.discord_server_id = t.discord_server_id and l.platform = t.platform and l.shuffle_username = t.shuffle_username and l.verified
    left join links k on k.discord_server_id = l.discord_server_id and k.discord_id = l.discord_id
   where t.delta_cents > 0
   order by t.discord_server_id, t.platform, t.shuffle_username`

export interface OwedWager {
  readonly guildId: GuildId
  readonly periodNumber: number
  readonly platform: Platform
  readonly account: string
  /** The member's name on Kick, under which tickets are kept. */
  readonly username: Username
  /** So many of `ticketsTotal` are owed; a decimal string as that is. */
  readonly owed: string
  readonly ticketsTotal: string
  /** Milliseconds: an instant of the raffle for which they are owed. */
  readonly at: number
}

/**
 * What open raffles of these guilds owe to whoever has proved an account and linked Kick, as both are now. Holds those rows until the
 * transaction ends.
 */
export const owedWagers = (db: Db, p: { readonly guildIds: GuildId[]; readonly mostTickets: number }) => db<
  OwedWager[]
>`
  select w.discord_server_id as guild_id, w.period_number, w.platform, w.shuffle_username as account, k.kick_name as username,
         least(w.tickets_total - w.tickets_settled, ${p.mostTickets}::bigint)::text as owed,
         least(w.tickets_total, w.tickets_settled + ${p.mostTickets}::bigint)::text as tickets_total,
         (extract(epoch from now()) * 1000)::float8 as at
    from raffle_periods r
    join raffle_shuffle_wagers w on w.discord_server_id = r.discord_server_id and w.period_number = r.period_number
    join raffle_shuffle_links l
      on l.discord_server_id = w.discord_server_id and l.platform = w.platform and l.shuffle_username = w.shuffle_username and l.verified
    join links k on k.discord_server_id = l.discord_server_id and k.discord_id = l.discord_id
   where r.discord_server_id = any(${p.guildIds}::bigint[])
     and r.status in ('active', 'scheduled') and r.starts_at <= now() and now() < r.ends_at
     and w.tickets_total > w.tickets_settled
   order by w.discord_server_id, w.period_number, w.platform, w.shuffle_username
     for update of w`

/** Writes down that tickets were given; for rows that {@link owedWagers} holds. */
export const settleWagers = (
  db: Db,
  given: readonly Pick<OwedWager, 'guildId' | 'periodNumber' | 'platform' | 'account' | 'owed' | 'ticketsTotal'>[],
) => db`
  update raffle_shuffle_wagers w
     set tickets_settled = g.tickets_total, tickets_awarded = w.tickets_awarded + g.owed
    from unnest(
           ${given.map((one) => one.guildId)}::bigint[],
           ${given.map((one) => one.periodNumber)}::int[],
           ${given.map((one) => one.platform)}::text[],
           ${given.map((one) => one.account)}::text[],
           ${given.map((one) => one.owed)}::bigint[],
           ${given.map((one) => one.ticketsTotal)}::bigint[]
         ) as g (discord_server_id, period_number, platform, shuffle_username, owed, tickets_total)
   where w.discord_server_id = g.discord_server_id and w.period_number = g.period_number
     and w.platform = g.platform and w.shuffle_username = g.shuffle_username`

/** From now on only what grows later counts for this account, in raffles that are open: what grew before is worth nothing for good. */
export const forfeitWagers = (
  db: Db,
  of: { readonly guildId: GuildId; readonly platform: Platform; readonly account: string },
) => db`
  update raffle_shuffle_wagers w
     set tickets_settled = w.tickets_total, remainder = 0
    from raffle_periods r
   where w.discord_server_id = ${of.guildId} and w.platform = ${of.platform} and w.shuffle_username = ${of.account}
     and r.discord_server_id = w.discord_server_id and r.period_number = w.period_number and r.status = 'active'`

/** A line of a board: what accounts have wagered, with whoever has proved them. */
export interface WagerLine {
  readonly platform: Platform
  readonly account: string
  readonly displayName: string
  readonly userId: UserId | null
  readonly cents: string
  /** 64-bit, as a decimal string. */
  readonly tickets: string
}

/** Who has wagered most in the raffle that is open; `unlinked` shows only those that nobody has proved. */
export const wagerBoard = (
  db: Db,
  p: {
    readonly guildId: GuildId
    readonly platform: Platform | null
    readonly unlinked: boolean
    readonly limit: number
  },
) => db<WagerLine[]>`
  select w.platform, w.shuffle_username as account, coalesce(t.display_name, w.shuffle_username) as display_name, l.discord_id as user_id,
         w.period_cents::text as cents, w.tickets_total::text as tickets
    from raffle_periods r
    join raffle_shuffle_wagers w on w.discord_server_id = r.discord_server_id and w.period_number = r.period_number
    left join shuffle_wager_totals t
      on t.discord_server_id = w.discord_server_id and t.platform = w.platform and t.shuffle_username = w.shuffle_username
    left join raffle_shuffle_links l
      on l.discord_server_id = w.discord_server_id and l.platform = w.platform and l.shuffle_username = w.shuffle_username and l.verified
   where r.discord_server_id = ${p.guildId} and r.status = 'active'
     and (${p.platform}::text is null or w.platform = ${p.platform})
     and (not ${p.unlinked} or l.discord_id is null)
   order by w.period_cents desc, w.platform, w.shuffle_username
   limit ${p.limit}`

/** The same of all time, as the platforms tell it, weighted where they weight it; without tickets. */
export const wagerTotals = (
  db: Db,
  p: {
    readonly guildId: GuildId
    readonly platform: Platform | null
    readonly unlinked: boolean
    readonly limit: number
  },
) => db<WagerLine[]>`
  select t.platform, t.shuffle_username as account, t.display_name, l.discord_id as user_id, t.weighted_cents::text as cents, '0' as tickets
    from shuffle_wager_totals t
    left join raffle_shuffle_links l
      on l.discord_server_id = t.discord_server_id and l.platform = t.platform and l.shuffle_username = t.shuffle_username and l.verified
   where t.discord_server_id = ${p.guildId}
     and (${p.platform}::text is null or t.platform = ${p.platform})
     and (not ${p.unlinked} or l.discord_id is null)
   order by t.weighted_cents desc, t.platform, t.shuffle_username
   limit ${p.limit}`
