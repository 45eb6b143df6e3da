import type { Table } from './catalogue.ts'
import type { Move } from './context.ts'
import { amountIn, columnIn, guildIn, instantIn } from './rows.ts'

/** The most tickets that one entry of the ledger gives. */
export const mostTickets = 1_000_000_000

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
export const periods = (move: Move): string => {
  const table = move.tables.get('raffle_periods')
  return table === undefined
    ? '(select null::bigint as guild, null::bigint as old_id, null::integer as number, false as is_running, null::text as fault where false)'
    : `(${judgedPeriods(move, table)})`
}

export const noRaffle = `when r.number is null then 'its raffle is not there'`
