import type { Db } from '../client.ts'
import type { Table } from './catalogue.ts'
import { type Move, send } from './context.ts'
import { linkedNames } from './links.ts'
import { judgedPeriods, mostTickets, noRaffle, periods } from './periods.ts'
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
import { bringAccounts, bringTotals, bringWagers, judgedTotals } from './wagers.ts'

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
