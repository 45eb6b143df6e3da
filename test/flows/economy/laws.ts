import type { Sql } from '../../../sql/client.ts'
import { unexplainedBalances } from '../../../sql/queries/ledger.ts'
import { unexplainedTickets } from '../../../sql/queries/tickets.ts'
import type { Town } from './town.ts'

/** What must never be found in the tables of a town, whatever happened; each law with the rows that break it. */
export async function broken(
  sql: Sql,
  { id, isRestless }: Town,
): Promise<Readonly<Record<string, readonly unknown[]>>> {
  const periods = await sql<{ number: number }[]>`
    select period_number as number from raffle_periods where discord_server_id = ${id} order by 1`
  const tickets = await Promise.all(
    periods.map(({ number }) => unexplainedTickets(sql, { guildId: id, periodNumber: number, limit: 20 })),
  )
  const laws = {
    'points are what the ledger explains': unexplainedBalances(sql, id),
    'nobody owes points': sql`select kick_username, points from user_points where discord_server_id = ${id} and points < 0`,
    'nobody owes tickets': sql`
      select period_number, kick_username, total_tickets from raffle_tickets
       where discord_server_id = ${id}
         and least(watchtime_tickets, gifted_sub_tickets, subscription_tickets, wager_tickets, bonus_tickets, total_tickets) < 0`,
    'each booking has a reference of its own': sql`
      select kind, source_ref, count(*) from point_ledger where discord_server_id = ${id} and source_ref is not null
       group by kind, source_ref having count(*) > 1`,
    'each award has a reference of its own': sql`
      select source, source_ref, count(*) from ticket_ledger where discord_server_id = ${id}
       group by source, source_ref having count(*) > 1`,
    'a sale is paid once and given back once': sql`
      select s.id, s.status, s.price_paid from point_sales s
       where s.discord_server_id = ${id} and s.price_paid > 0 and s.kick_username is not null
         and (select coalesce(sum(l.delta), 0) from point_ledger l
               where l.discord_server_id = s.discord_server_id and l.source_ref in ('shop:' || s.id, 'shop:' || s.id || ':refund'))
             <> case when s.status = 'refunded' then 0 else -s.price_paid end`,
    // Where people are erased their sales are gone, and the tickets stay with an account that was not theirs any more.
    'tickets of the shop are those of sales': sql`
      select l.source_ref from ticket_ledger l
       where l.discord_server_id = ${id} and l.source = 'shop' and not ${isRestless}
         and not exists (select from point_sales s
                          where s.discord_server_id = l.discord_server_id and s.raffle_ticket_amount = l.delta and l.source_ref = 'shop:' || s.id)`,
    'nothing is sold that is not there': sql`
      select id, stock_left from point_shop_items where discord_server_id = ${id} and stock_left < 0`,
    'nobody has more than the limit': sql`
      select s.item_id, s.discord_id, count(*) from point_sales s
        join point_shop_items i on i.discord_server_id = s.discord_server_id and i.id = s.item_id
       where s.discord_server_id = ${id} and s.status in ('pending', 'completed') and i.per_user_limit is not null and s.discord_id is not null
       group by s.item_id, s.discord_id, i.per_user_limit having count(*) > i.per_user_limit`,
    'minutes are converted once': sql`
      select c.kick_username, c.minutes_converted, w.minutes
        from points_watchtime_converted c
        left join watchtime w on w.discord_server_id = c.discord_server_id and w.username = c.kick_username
       where c.discord_server_id = ${id} and c.minutes_converted > coalesce(w.minutes, 0)`,
    'a frozen list is what was held when it was frozen': sql`
      select p.period_number, p.total_tickets, sum(e.tickets) from raffle_periods p
        join raffle_entrants e on e.discord_server_id = p.discord_server_id and e.period_number = p.period_number
       where p.discord_server_id = ${id} and p.status = 'closed'
       group by p.period_number, p.total_tickets having p.total_tickets <> sum(e.tickets)`,
    'nothing is given in a raffle that is closed': sql`
      select e.period_number, e.kick_username, e.tickets, t.total_tickets from raffle_entrants e
        join raffle_tickets t on t.discord_server_id = e.discord_server_id and t.period_number = e.period_number and t.kick_username = e.kick_username
       where e.discord_server_id = ${id} and e.tickets <> t.total_tickets`,
    'one raffle is open': sql`
      select count(*) from raffle_periods where discord_server_id = ${id} and status = 'active' having count(*) > 1`,
    'a gift is awarded once, for each subscription': sql`
      select g.kick_event_id, g.sub_count, g.tickets_awarded from raffle_gifted_subs g
       where g.discord_server_id = ${id} and g.tickets_awarded not in (0, g.sub_count * 15)`,
    'tickets for gifts are those of gifts': sql`
      select s.recorded, s.given from (
        select (select coalesce(sum(tickets_awarded), 0) from raffle_gifted_subs where discord_server_id = ${id}) as recorded,
               (select coalesce(sum(delta), 0) from ticket_ledger where discord_server_id = ${id} and source = 'gifted_sub') as given
      ) s where s.recorded < s.given`,
    'a request is picked once': sql`
      select slot_request_id, count(*) from slot_picks where discord_server_id = ${id} group by 1 having count(*) > 1`,
    'picks are numbered without a gap': sql`
      select max(number), count(*) from slot_picks where discord_server_id = ${id} having max(number) <> count(*)`,
    'a list of winners is no longer than was said': sql`
      select giveaway_id, count(*) from giveaway_winners where discord_server_id = ${id} and state <> 'void' group by 1 having count(*) > 2`,
    'a round has as many winners as was said': sql`
      select w.session_id, count(*) from gtb_winners w join gtb_sessions s on s.discord_server_id = w.discord_server_id and s.id = w.session_id
       where w.discord_server_id = ${id} group by w.session_id, s.winner_count having count(*) > s.winner_count`,
    'links are of one person each': sql`
      select kick_user_id, count(*) from links where discord_server_id = ${id} group by 1 having count(*) > 1`,
  }
  const found = await Promise.all(Object.entries(laws).map(async ([law, rows]) => [law, [...(await rows)]] as const))
  return Object.fromEntries(
    [...found, ['tickets are what the ledger explains', tickets.flatMap((rows) => [...rows])] as const].filter(
      ([, rows]) => rows.length > 0,
    ),
  )
}
