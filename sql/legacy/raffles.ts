import type { Db } from '../client.ts'
import type { Table } from './catalogue.ts'
import { type Move, send } from './context.ts'
import { linkedNames } from './links.ts'
import {
  amountIn,
  columnIn,
  faultOfViewer,
  guildIn,
  guildNamedIn,
  instantIn,
  isName,
  nameIn,
  snowflakeIn,
} from './rows.ts'

/** The most tickets that one entry of the ledger gives. */
const mostTickets = 1_000_000_000

/**
 * Every old raffle and its number within its guild: the one that it had, where all of the guild have one, or else its place. The newest that was
 * active goes on, as one that is to be opened, since its seed lay in clear text and a new one has to be made.
 */
export const judgedPeriods = ({ from, plan }: Move, table: Table): string => `
  with read as (
    select to_jsonb(p) as content, ${guildIn(table, 'p', plan.guildId)} as guild, p.id::bigint as old_id,
           ${instantIn(table, 'p', 'start_date')} as starts_at, ${instantIn(table, 'p', 'end_date')} + interval '1 second' as ends_at,
           lower(btrim(coalesce(p.status, 'ended'))) as status, ${columnIn(table, 'p', 'period_number', 'null::integer')} as said_number,
           coalesce(${columnIn(table, 'p', 'ended_manually', 'false')}, false) as ended_manually,
           greatest(${amountIn(table, 'p', 'total_tickets')}, 0) as total_tickets, ${instantIn(table, 'p', 'created_at')} as created_at
      from ${from}.raffle_periods p
  ),
  checked as (
    select r.content, r.guild, r.old_id, r.starts_at, r.ends_at, r.status, r.said_number, r.ended_manually, r.total_tickets, r.created_at,
           case when r.guild <= 0 then 'it names no Discord server'
                when r.starts_at is null or r.ends_at is null or r.ends_at <= r.starts_at then 'it does not end after it began' end as fault
      from read r
  ),
  counted as (
    select c.content, c.guild, c.old_id, c.starts_at, c.ends_at, c.status, c.said_number, c.ended_manually, c.total_tickets, c.created_at, c.fault,
           row_number() over (partition by c.guild, c.fault is null order by c.old_id) as place,
           coalesce(c.said_number, 0) > 0 and count(*) over (partition by c.guild, c.fault is null, c.said_number) = 1 as is_own,
           c.status = 'active' and c.fault is null
             and c.old_id = max(c.old_id) filter (where c.status = 'active' and c.fault is null) over (partition by c.guild) as is_running
      from checked c
  )
  select n.content, n.guild, n.old_id, n.starts_at, n.ends_at, n.ended_manually, n.total_tickets, n.created_at, n.fault, n.is_running,
         case when bool_and(n.is_own) over (partition by n.guild, n.fault is null) then n.said_number else n.place::integer end as number
    from counted n`

/** Raffles that rows can belong to. */
const periods = (move: Move): string => {
  const table = move.tables.get('raffle_periods')
  return table === undefined
    ? '(select null::bigint as guild, null::bigint as old_id, null::integer as number, false as is_running, null::text as fault where false)'
    : `(${judgedPeriods(move, table)})`
}

const noRaffle = `when r.number is null then 'its raffle is not there'`

/** Every old balance, with the name under which its tickets are kept here. */
export const judgedBalances = (move: Move, table: Table): string => `
  with read as (
    select to_jsonb(t) as content, coalesce(p.guild, 0) as guild, p.number, t.id::bigint as old_id,
           coalesce(l.name, ${nameIn('t.kick_name')}) as name, -- who is linked goes by that name now
           least(greatest(${amountIn(table, 't', 'total_tickets')}, 0), ${mostTickets}) as total,
           greatest(${amountIn(table, 't', 'watchtime_tickets')}, 0) as watchtime,
           greatest(${amountIn(table, 't', 'gifted_sub_tickets')}, 0) as gifted_sub,
           greatest(${amountIn(table, 't', 'shuffle_wager_tickets')}, 0) as wager
      from ${move.from}.raffle_tickets t
      left join ${periods(move)} p on p.old_id = t.period_id and p.fault is null
      left join ${linkedNames(move)} l on l.guild = p.guild and l.member = ${snowflakeIn(table, 't', 'discord_id')}
  )
  select r.content, r.guild, r.number, r.old_id, r.name, r.total, r.watchtime, r.gifted_sub, r.wager,
         case ${noRaffle} when r.name is null or not ${isName('r.name')} then 'no Kick account has this name' end as fault
    from read r`

/** Every old gift; its key is one that nobody tells us again. */
export const judgedGifts = (move: Move, table: Table): string => `
  with read as (
    select to_jsonb(g) as content, coalesce(p.guild, ${guildNamedIn(table, 'g')}, 0) as guild, p.number, g.id::bigint as old_id,
           ${nameIn('g.gifter_kick_name')} as name, least(greatest(coalesce(${columnIn(table, 'g', 'sub_count', '1')}, 1), 1), 100000) as subs,
           least(greatest(coalesce(g.tickets_awarded, 0), 0), ${mostTickets}) as tickets,
           coalesce(${instantIn(table, 'g', 'gifted_at')}, now()) as gifted_at,
           ${snowflakeIn(table, 'g', 'gifter_discord_id')} is not null as was_linked
      from ${move.from}.raffle_gifted_subs g
      left join ${periods(move)} p on p.old_id = g.period_id and p.fault is null
  )
  select r.content, r.guild, r.number, r.old_id, case when r.name <> 'anonymous' then r.name end as name, r.subs, r.tickets, r.gifted_at, r.was_linked,
         ${faultOfViewer} as fault
    from read r`

const platformIn = (table: Table, alias: string): string =>
  `replace(replace(lower(btrim(coalesce(${columnIn(table, alias, 'platform', "'shuffle'")}, 'shuffle'))), '.', '_'), 'stakeus', 'stake_us')`
const isPlatform = `(r.platform = any('{shuffle,stake,stake_us,howl}'::text[]))`
const accountIn = (table: Table, alias: string): string =>
  `lower(btrim(coalesce(nullif(btrim(${columnIn(table, alias, 'howl_uid', 'null::text')}), ''), ${alias}.shuffle_username)))`
const faultOfAccount = `when not ${isPlatform} then 'it is an account of a platform that nobody asks'
                when coalesce(length(r.account), 0) not between 1 and 64 then 'no account has this name'`

/** Every old link with an account of a platform, and its place: 1 for the one that counts for its member and its account; confirmed and newer ones go first. */
export const judgedAccounts = ({ from, plan }: Move, table: Table): string => {
  const order = 'verified desc, linked_at desc nulls last'
  return `
    with read as (
      select to_jsonb(l) as content, ${guildIn(table, 'l', plan.guildId)} as guild, ${platformIn(table, 'l')} as platform,
             ${accountIn(table, 'l')} as account, left(btrim(l.shuffle_username), 64) as display_name,
             ${snowflakeIn(table, 'l', 'discord_id')} as member, coalesce(${columnIn(table, 'l', 'verified', 'false')}, false) as verified,
             ${snowflakeIn(table, 'l', 'verified_by_discord_id')} as verified_by,
             ${instantIn(table, 'l', 'verified_at')} as verified_at, ${instantIn(table, 'l', 'linked_at')} as linked_at
        from ${from}.raffle_shuffle_links l
    ),
    checked as (
      select r.content, r.guild, r.platform, r.account, r.display_name, r.member, r.verified, r.verified_by, r.verified_at, r.linked_at,
             case when r.guild <= 0 then 'it names no Discord server'
                  ${faultOfAccount}
                  when r.member is null or r.member <= 0 then 'no Discord member has this id' end as fault
        from read r
    ),
    by_member as (
      select c.content, c.guild, c.platform, c.account, c.display_name, c.member, c.verified, c.verified_by, c.verified_at, c.linked_at, c.fault,
             row_number() over (partition by guild, platform, member, fault is null order by ${order}, account) as member_place
        from checked c
    ),
    placed as (
      select b.content, b.guild, b.platform, b.account, b.display_name, b.member, b.verified, b.verified_by, b.verified_at, b.linked_at, b.fault,
             b.member_place,
             row_number() over (partition by guild, platform, account, fault is null, member_place = 1 order by ${order}, member) as account_place
        from by_member b
    )
    select p.content, p.guild, p.platform, p.account, p.display_name, p.member, p.verified, p.verified_by, p.verified_at, p.linked_at,
           case when p.fault is not null then p.fault
                when p.member_place > 1 then 'the same member has a newer link'
                when p.account_place > 1 then 'another member has a newer link to the same account' end as fault
      from placed p`
}

/** Every old sum of what an account brought in a raffle. */
export const judgedWagers = (move: Move, table: Table): string => `
  with read as (
    select to_jsonb(w) as content, coalesce(p.guild, ${guildNamedIn(table, 'w')}, 0) as guild, p.number, ${platformIn(table, 'w')} as platform,
           lower(btrim(w.shuffle_username)) as account, left(btrim(w.shuffle_username), 64) as display_name,
           least(greatest(coalesce(w.tickets_awarded, 0), 0), ${mostTickets}) as tickets,
           least(greatest(coalesce(${columnIn(table, 'w', 'total_wager_usd', '0')}, 0), 0), 100000000000)::numeric as usd
      from ${move.from}.raffle_shuffle_wagers w
      left join ${periods(move)} p on p.old_id = w.period_id and p.fault is null
  )
  select r.content, r.guild, r.number, r.platform, r.account, r.display_name, r.tickets, r.usd,
         case ${noRaffle} ${faultOfAccount} end as fault
    from read r`

/** Every old total of an account. */
export const judgedTotals = ({ from, plan }: Move, table: Table): string => `
  with read as (
    select to_jsonb(w) as content, ${guildIn(table, 'w', plan.guildId)} as guild, ${platformIn(table, 'w')} as platform,
           lower(btrim(w.shuffle_username)) as account, left(btrim(w.shuffle_username), 64) as display_name,
           least(greatest(coalesce(w.total_wager_usd, 0), 0), 100000000000)::numeric as usd
      from ${from}.shuffle_wager_totals w
  )
  select r.content, r.guild, r.platform, r.account, r.display_name, r.usd,
         case when r.guild <= 0 then 'it names no Discord server' ${faultOfAccount} end as fault
    from read r`

/** Every old draw. */
export const judgedDraws = (move: Move, table: Table): string => {
  const text = (name: string) => columnIn(table, 'd', name, 'null::text')
  return `
  with read as (
    select to_jsonb(d) as content, coalesce(p.guild, ${guildNamedIn(table, 'd')}, 0) as guild, p.number, d.id::bigint as old_id,
           ${nameIn('d.winner_kick_name')} as name, ${snowflakeIn(table, 'd', 'winner_discord_id')} as member,
           d.winning_ticket::bigint as winning_ticket, d.total_tickets::bigint as total_tickets,
           ${columnIn(table, 'd', 'total_participants', 'null::integer')} as participants,
           nullif(left(btrim(${text('prize_description')}), 500), '') as prize, ${instantIn(table, 'd', 'drawn_at')} as drawn_at,
           ${snowflakeIn(table, 'd', 'drawn_by_discord_id')} as drawn_by, ${text('server_seed')} as server_seed, ${text('client_seed')} as client_seed,
           ${text('nonce')}::text as nonce, ${text('proof_hash')} as proof_hash, ${text('server_seed_commitment')} as commitment
      from ${move.from}.raffle_draws d
      left join ${periods(move)} p on p.old_id = d.period_id and p.fault is null
  )
  select r.content, r.guild, r.number, r.old_id, r.name, r.member, r.winning_ticket, r.total_tickets, r.participants, r.prize, r.drawn_at, r.drawn_by,
         r.server_seed, r.client_seed, r.nonce, r.proof_hash, r.commitment,
         case when r.guild <= 0 then 'it names no Discord server'
              when r.winning_ticket is null or r.total_tickets is null then 'it says not which ticket won' end as fault
    from read r`
}

/** Everybody who was left out of raffles: by a Kick name, or by a member who has linked one. */
export const judgedOutsiders = ({ from, plan, ...rest }: Move, table: Table): string => {
  const guild = guildIn(table, 'e', plan.guildId)
  return `
  with read as (
    select to_jsonb(e) as content, ${guild} as guild,
           coalesce(nullif(${nameIn(columnIn(table, 'e', 'kick_username', 'null::text'))}, ''), l.name) as name
      from ${from}.raffle_exclusions e
      left join ${linkedNames({ from, plan, ...rest })} l on l.guild = ${guild} and l.member = ${snowflakeIn(table, 'e', 'discord_id')}
  )
  select r.content, r.guild, r.name, ${faultOfViewer} as fault
    from read r`
}

const kinds = ['watchtime', 'gifted_sub', 'wager', 'bonus'] as const

/**
 * Writes raffles anew: those that are over as they were, and the one that runs as one to be opened at once, with the balances that it had. Minutes
 * that were not turned into tickets yet, less than an hour as a rule, go on counting. Safe to repeat.
 */
export async function bringRaffles(db: Db, move: Move): Promise<void> {
  const { to, tables } = move
  for (const table of [
    'raffle_periods',
    'raffle_tickets',
    'ticket_ledger',
    'raffle_watchtime_converted',
    'raffle_gifted_subs',
    'raffle_shuffle_links',
    'raffle_shuffle_wagers',
    'shuffle_wager_totals',
    'raffle_draw_v1',
  ])
    await send(db, `delete from ${to}.${table}`)
  await send(db, `delete from ${to}.job where kind in ('raffle.open', 'wagers.expire')`)
  await send(db, `delete from ${to}.exclusion where kind = 'raffles' and origin = 'admin'`)
  const bring = async (name: Parameters<typeof tables.get>[0], work: (table: Table) => Promise<unknown>) => {
    const table = tables.get(name)
    if (table !== undefined) await work(table)
  }
  await bring('raffle_periods', (table) => bringPeriods(db, move, table))
  await bring('raffle_tickets', (table) => bringBalances(db, move, table))
  await bring('raffle_watchtime_converted', (table) => bringMarks(db, move, table))
  await bring('raffle_gifted_subs', (table) => bringGifts(db, move, table))
  await bring('raffle_shuffle_links', (table) => bringAccounts(db, move, table))
  await bring('shuffle_wager_totals', (table) => bringTotals(db, move, judgedTotals(move, table)))
  await bring('raffle_shuffle_wagers', (table) => bringWagers(db, move, table))
  await bring('raffle_draws', (table) => bringDraws(db, move, table))
  await bring('raffle_exclusions', (table) =>
    send(
      db,
      `insert into ${to}.exclusion (discord_server_id, username, kind, origin)
       select distinct guild, name, 'raffles', 'admin' from (${judgedOutsiders(move, table)}) j where fault is null`,
    ),
  )
}

async function bringPeriods(db: Db, move: Move, table: Table): Promise<void> {
  const { to } = move
  await send(
    db,
    `insert into ${to}.raffle_periods (
       discord_server_id, period_number, status, starts_at, ends_at, time_zone, ended_manually, total_tickets, created_at, closed_at
     )
     select guild, number, case when is_running then 'scheduled' else 'archived' end, starts_at, ends_at, 'UTC', ended_manually, total_tickets,
            coalesce(created_at, starts_at), case when not is_running then ends_at end
       from (${judgedPeriods(move, table)}) j
      where fault is null`,
  )
  await send(
    db,
    `insert into ${to}.job (discord_server_id, kind, job_ref, next_run_at)
     select p.discord_server_id, 'raffle.open', p.period_number::text, greatest(p.starts_at, now())
       from ${to}.raffle_periods p
      where p.status = 'scheduled'`,
  )
}

/** The total is what counted in a draw; parts that say more or less than it are cut, or the rest is a bonus. */
async function bringBalances(db: Db, move: Move, table: Table): Promise<void> {
  const { to } = move
  await send(
    db,
    `insert into ${to}.raffle_tickets (
       discord_server_id, period_number, kick_username, gifted_sub_tickets, wager_tickets, watchtime_tickets, bonus_tickets
     )
     select guild, number, name, gifted_sub, wager, watchtime, total - gifted_sub - wager - watchtime
       from (
         select s.guild, s.number, s.name, s.total, least(s.gifted_sub, s.total) as gifted_sub,
                least(s.wager, s.total - least(s.gifted_sub, s.total)) as wager,
                least(s.watchtime, s.total - least(s.gifted_sub, s.total) - least(s.wager, s.total - least(s.gifted_sub, s.total))) as watchtime
           from (
             select guild, number, name, least(sum(total), ${mostTickets})::bigint as total, sum(gifted_sub)::bigint as gifted_sub,
                    sum(wager)::bigint as wager, sum(watchtime)::bigint as watchtime
               from (${judgedBalances(move, table)}) j
              where fault is null
              group by guild, number, name
           ) s
       ) c`,
  )
  await send(
    db,
    `insert into ${to}.ticket_ledger (discord_server_id, period_number, kick_username, source, counts_as, delta, source_ref)
     select t.discord_server_id, t.period_number, t.kick_username, 'import', k.kind, k.tickets,
            'import:' || t.period_number || ':' || md5(t.kick_username) || ':' || k.kind
       from ${to}.raffle_tickets t
      cross join lateral (values ${kinds.map((kind) => `('${kind}', t.${kind}_tickets)`).join(', ')}) as k (kind, tickets)
      where k.tickets > 0`,
  )
}

/**
 * The marks of the raffle that runs. Hours before this one are sealed: in them lies what was turned into tickets, and what the viewer has
 * watched beyond all that was converted.
 */
const bringMarks = (db: Db, move: Move, table: Table) =>
  send(
    db,
    `insert into ${move.to}.raffle_watchtime_converted (
       discord_server_id, period_number, kick_username, minutes_converted, minutes_counted, watched_then, sealed_hour, sealed_minutes
     )
     select m.guild, m.number, m.name, m.paid, m.paid + m.rest, m.minutes, floor(extract(epoch from now()) / 3600)::int, m.paid + m.rest
       from (
         select c.guild, c.number, c.name, w.minutes, least(c.paid, 100000000)::int as paid,
                least(greatest(w.minutes - c.converted, 0), 100000000)::int as rest
           from (
             select p.guild, p.number, ${nameIn('c.kick_name')} as name, sum(greatest(c.minutes_converted, 0)) as converted,
                    coalesce(sum(greatest(c.minutes_converted, 0)) filter (where c.tickets_awarded > 0), 0) as paid
               from ${move.from}.raffle_watchtime_converted c
               join ${periods(move)} p on p.old_id = c.period_id and p.fault is null and p.is_running
              where ${columnIn(table, 'c', 'kick_name', 'null::text')} is not null
              group by 1, 2, 3
           ) c
           join ${move.to}.watchtime w on w.discord_server_id = c.guild and w.username = c.name
       ) m`,
  )

const bringGifts = (db: Db, move: Move, table: Table) =>
  send(
    db,
    `insert into ${move.to}.raffle_gifted_subs (
       discord_server_id, kick_event_id, kind, outcome, gifter_kick_name, sub_count, period_number, tickets_awarded, gifted_at
     )
     select guild, 'import:' || old_id, 'gift',
            case when name is null then 'anonymous' when tickets > 0 and number is not null then 'awarded'
                 when number is null then 'no_raffle' when was_linked then 'no_rate' else 'unlinked' end,
            name, subs, number, case when name is not null and number is not null then tickets else 0 end, gifted_at
       from (${judgedGifts(move, table)}) j
      where fault is null`,
  )

/** Balances whose parts were not their total. */
export const unevenBalances = (move: Move, table: Table): string => `
  select guild::text as "guildId", coalesce(name, '') || ' in raffle #' || number as subject,
         'its parts were ' || parts || ' tickets, and its total is ' || total || '; the total counts' as detail
    from (
      select b.guild, b.number, b.name, b.total,
             b.watchtime + b.gifted_sub + b.wager + greatest(coalesce((b.content ->> 'bonus_tickets')::bigint, 0), 0) as parts
        from (${judgedBalances(move, table)}) b
       where b.fault is null
    ) u
   where parts <> total
   order by guild, number, name`

/** Accounts that members have confirmed themselves, as the bot before let them. */
export const selfConfirmed = (move: Move, table: Table): string => `
  select guild::text as "guildId", member || ' on ' || platform as subject,
         'the member has confirmed ' || display_name || ' without a proof; take it away with /wagers unlink if it is not theirs' as detail
    from (${judgedAccounts(move, table)}) j
   where fault is null and verified and verified_by = member
   order by guild, platform, member`

/** What was confirmed stays so, whoever has confirmed it; what was only said waits for an admin for a week. */
async function bringAccounts(db: Db, move: Move, table: Table): Promise<void> {
  const { to } = move
  await send(
    db,
    `insert into ${to}.raffle_shuffle_links (
       discord_server_id, platform, discord_id, shuffle_username, display_name, verified, linked_at, expires_at, verified_by_discord_id, verified_at
     )
     select guild, platform, member, account, display_name, verified, coalesce(linked_at, now()),
            case when not verified then now() + interval '7 days' end, case when verified then verified_by end,
            case when verified then coalesce(verified_at, linked_at, now()) end
       from (${judgedAccounts(move, table)}) j
      where fault is null`,
  )
  await send(
    db,
    `insert into ${to}.job (discord_server_id, kind, job_ref, next_run_at)
     select l.discord_server_id, 'wagers.expire', l.platform || ':' || l.discord_id, l.expires_at
       from ${to}.raffle_shuffle_links l
      where not l.verified`,
  )
}

/** What an account is at when a platform is asked again is where it begins: which campaign it was, nobody wrote down. */
const bringTotals = (db: Db, move: Move, judged: string) =>
  send(
    db,
    `insert into ${move.to}.shuffle_wager_totals (
       discord_server_id, platform, shuffle_username, display_name, campaign_id, report_window, reported_cents, weighted_cents
     )
     select guild, platform, account, max(display_name), '', '', floor(max(usd) * 100)::bigint, floor(max(usd) * 100)::bigint
       from (${judged}) j
      where fault is null
      group by guild, platform, account
     on conflict do nothing`,
  )

/** Tickets for wagers are in the balances; here stands how many an account has brought, so that what grows from now on goes on from there. */
async function bringWagers(db: Db, move: Move, table: Table): Promise<void> {
  await bringTotals(db, move, judgedWagers(move, table))
  await send(
    db,
    `insert into ${move.to}.raffle_shuffle_wagers (
       discord_server_id, period_number, platform, shuffle_username, baseline_cents, period_cents, tickets_total, remainder, tickets_settled,
       tickets_awarded
     )
     select guild, number, platform, account, 0, 0, sum(tickets), 0, sum(tickets), sum(tickets)
       from (${judgedWagers(move, table)}) j
      where fault is null
      group by guild, number, platform, account`,
  )
}

const bringDraws = (db: Db, move: Move, table: Table) =>
  send(
    db,
    `insert into ${move.to}.raffle_draw_v1 (
       discord_server_id, draw_id, period_number, winner_kick_name, winner_discord_id, winning_ticket, total_tickets, participants, prize, drawn_at,
       drawn_by, server_seed, client_seed, nonce, proof_hash, commitment
     )
     select guild, old_id, number, case when ${isName('name')} then name end, member, winning_ticket, total_tickets, participants, prize, drawn_at,
            drawn_by, server_seed, client_seed, nonce, proof_hash, commitment
       from (${judgedDraws(move, table)}) j
      where fault is null`,
  )
