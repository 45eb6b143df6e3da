/** Who holds what in a raffle that is not closed yet: the pool that its list would be frozen from now. */
import type { GuildId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'
import type { PeriodKey } from './raffle.ts'

/** Tickets by kind; 64-bit, as decimal strings. */
export interface TicketsByKind {
  readonly watchtime: string
  readonly giftedSub: string
  readonly subscription: string
  readonly wager: string
  readonly bonus: string
}

/** Balances of a raffle that would stand in the frozen list: somebody linked, who has tickets and is not left out. */
const eligible = (db: Db, key: PeriodKey) => db`
  select t.kick_username, t.watchtime_tickets, t.gifted_sub_tickets, t.subscription_tickets, t.wager_tickets, t.bonus_tickets, t.total_tickets,
         a.display_name,
         exists (
           select from exclusion e
            where e.discord_server_id = t.discord_server_id and e.username = t.kick_username and e.kind = 'boards'
         ) as is_hidden
    from raffle_tickets t
    join links l on l.discord_server_id = t.discord_server_id and l.kick_name = t.kick_username
    left join kick_account a on a.discord_server_id = t.discord_server_id and a.username = t.kick_username
   where t.discord_server_id = ${key.guildId} and t.period_number = ${key.periodNumber}
     and t.total_tickets > 0
     and not exists (
           select from exclusion e
            where e.discord_server_id = t.discord_server_id and e.username = t.kick_username and e.kind = 'raffles'
         )`

export interface Pool extends TicketsByKind {
  readonly participants: number
  readonly tickets: string
  /** Tickets of viewers who are not linked yet, and how many of those there are. */
  readonly waitingTickets: string
  readonly waiting: number
}

/** What there is in a raffle. Reads its balances. */
export async function poolOf(db: Db, key: PeriodKey): Promise<Pool> {
  const [pool] = await db<Pool[]>`
    with pool as materialized (${eligible(db, key)}),
    waiting as (
      select count(*)::int as viewers, coalesce(sum(t.total_tickets), 0)::text as tickets
        from raffle_tickets t
       where t.discord_server_id = ${key.guildId} and t.period_number = ${key.periodNumber}
         and t.total_tickets > 0
         and not exists (
               select from links l
                where l.discord_server_id = t.discord_server_id and l.kick_name = t.kick_username
             )
    )
    select count(*)::int as participants,
           coalesce(sum(p.total_tickets), 0)::text as tickets,
           coalesce(sum(p.watchtime_tickets), 0)::text as watchtime,
           coalesce(sum(p.gifted_sub_tickets), 0)::text as gifted_sub,
           coalesce(sum(p.subscription_tickets), 0)::text as subscription,
           coalesce(sum(p.wager_tickets), 0)::text as wager,
           coalesce(sum(p.bonus_tickets), 0)::text as bonus,
           (select w.tickets from waiting w) as waiting_tickets,
           (select w.viewers from waiting w) as waiting
      from pool p`
  if (pool === undefined) throw new Error('a sum has no row')
  return pool
}

export interface Holding extends TicketsByKind {
  readonly total: string
  readonly isLinked: boolean
  readonly isExcluded: boolean
  /** Among those who take part; null for whoever does not. Who has as many shares the rank. */
  readonly rank: number | null
  readonly participants: number
  /** Of everybody who takes part. */
  readonly pool: string
  /** Watched within the raffle, as far as they were looked at: from the first five on. */
  readonly minutes: number
}

/** What one viewer holds in a raffle, and of how much. Reads its balances. */
export async function holdingOf(db: Db, of: PeriodKey & { readonly username: Username }): Promise<Holding> {
  const [holding] = await db<Holding[]>`
    with pool as materialized (${eligible(db, of)}),
    own as (
      select coalesce(max(t.watchtime_tickets), 0) as watchtime, coalesce(max(t.gifted_sub_tickets), 0) as gifted_sub,
             coalesce(max(t.subscription_tickets), 0) as subscription, coalesce(max(t.wager_tickets), 0) as wager,
             coalesce(max(t.bonus_tickets), 0) as bonus, coalesce(max(t.total_tickets), 0) as total
        from raffle_tickets t
       where t.discord_server_id = ${of.guildId} and t.period_number = ${of.periodNumber} and t.kick_username = ${of.username}
    )
    select o.watchtime::text, o.gifted_sub::text, o.subscription::text, o.wager::text, o.bonus::text, o.total::text,
           exists (
             select from links l where l.discord_server_id = ${of.guildId} and l.kick_name = ${of.username}
           ) as is_linked,
           exists (
             select from exclusion e
              where e.discord_server_id = ${of.guildId} and e.username = ${of.username} and e.kind = 'raffles'
           ) as is_excluded,
           case when exists (select from pool p where p.kick_username = ${of.username}) then (
             select count(*)::int + 1 from pool p where p.total_tickets > o.total
           ) end as rank,
           (select count(*)::int from pool p) as participants,
           (select coalesce(sum(p.total_tickets), 0)::text from pool p) as pool,
           coalesce((
             select c.minutes_counted + greatest(w.minutes - c.watched_then, 0)
               from raffle_watchtime_converted c
               join watchtime w on w.discord_server_id = c.discord_server_id and w.username = c.kick_username
              where c.discord_server_id = ${of.guildId} and c.period_number = ${of.periodNumber} and c.kick_username = ${of.username}
           ), 0) as minutes
      from own o`
  if (holding === undefined) throw new Error('a sum has no row')
  return holding
}

export interface TicketRow {
  readonly username: Username
  readonly displayName: string
  readonly total: string
  readonly rank: number
}

export interface TicketBoard {
  readonly page: number
  readonly pages: number
  readonly participants: number
  /** Of everybody who takes part. */
  readonly pool: string
  readonly rows: readonly TicketRow[]
}

/** A page of those who take part, most tickets first; who does not want to stand on boards counts and is not shown. A page past the end is the last one. */
export async function ticketBoard(
  db: Db,
  of: PeriodKey & { readonly page: number; readonly perPage: number },
): Promise<TicketBoard> {
  const [row] = await db<(Omit<TicketBoard, 'rows'> & { rows: TicketRow[] })[]>`
    with pool as materialized (${eligible(db, of)}),
    size as materialized (
      select count(*)::int as participants, coalesce(sum(p.total_tickets), 0) as tickets,
             greatest(1, ceil(count(*) filter (where not p.is_hidden) / ${of.perPage}::float8)::int) as pages
        from pool p
    ),
    shown as (
      select r.kick_username, r.display_name, r.total_tickets, r.rank
        from (
          select p.kick_username, p.display_name, p.total_tickets, p.is_hidden, rank() over (order by p.total_tickets desc)::int as rank
            from pool p
        ) r
       where not r.is_hidden
       order by r.total_tickets desc, r.kick_username collate "C"
       limit ${of.perPage}
      offset (select (least(${of.page}::int, s.pages) - 1) * ${of.perPage}::int from size s)
    )
    select least(${of.page}::int, s.pages) as page, s.pages, s.participants, s.tickets::text as pool,
           coalesce((
             select json_agg(
                      json_build_object(
                        'username', o.kick_username, 'displayName', coalesce(o.display_name, o.kick_username),
                        'total', o.total_tickets::text, 'rank', o.rank
                      ) order by o.total_tickets desc, o.kick_username collate "C"
                    )
               from shown o
           ), '[]') as rows
      from size s`
  if (row === undefined) throw new Error('a sum has no row')
  return row
}

export interface LedgerTotals {
  readonly source: string
  readonly entries: number
  readonly tickets: string
}

/** What a raffle's ledger adds up to, by source; of one viewer when a name is given. */
export const ledgerTotals = (db: Db, of: PeriodKey & { readonly username: Username | null }) => db<LedgerTotals[]>`
  select l.source, count(*)::int as entries, sum(l.delta)::text as tickets
    from ticket_ledger l
   where l.discord_server_id = ${of.guildId} and l.period_number = ${of.periodNumber}
     and (${of.username}::text is null or l.kick_username = ${of.username}::text)
   group by l.source
   order by l.source`

export interface TicketEntry {
  readonly source: string
  readonly delta: number
  readonly reason: string | null
  readonly actorId: string | null
  readonly createdAt: Date
}

/** The last changes of one viewer's tickets, the newest first. */
export const ticketEntriesOf = (
  db: Db,
  of: { readonly guildId: GuildId; readonly periodNumber: number; readonly username: Username; readonly limit: number },
) => db<TicketEntry[]>`
  select l.source, l.delta, l.reason, l.actor_id, l.created_at
    from ticket_ledger l
   where l.discord_server_id = ${of.guildId} and l.period_number = ${of.periodNumber} and l.kick_username = ${of.username}
   order by l.ledger_id desc
   limit ${of.limit}`

// --- For the commands of a server -----------------------------------------------------------------------------------

/** What a response may say about the raffle that runs and about a viewer in it; tickets are 64-bit, as decimal strings. */
export interface TicketFigures {
  readonly guildId: GuildId
  readonly username: Username
  readonly tickets: string
  readonly watchtime: string
  readonly giftedSub: string
  readonly wager: string
  readonly bonus: string
  /** Among those who take part; null for whoever does not. */
  readonly rank: number | null
  readonly pool: string
  readonly participants: number
  readonly endsAt: Date
}

/**
 * Figures of viewers in the raffles that run, in one statement; where none runs there is no row. Reads the balances of these raffles, so
 * it is asked only for responses that name one of them. Both lists have one entry for each viewer.
 */
export const ticketFiguresOf = (db: Db, asked: { readonly guildIds: GuildId[]; readonly usernames: Username[] }) => db<
  TicketFigures[]
>`
  with viewer as (
    select distinct v.discord_server_id, v.kick_username
      from unnest(${asked.guildIds}::bigint[], ${asked.usernames}::text[]) as v (discord_server_id, kick_username)
  ),
  period as materialized (
    select p.discord_server_id, p.period_number, p.ends_at
      from raffle_periods p
     where p.discord_server_id in (select v.discord_server_id from viewer v) and p.status = 'active'
  ),
  pool as materialized (
    select t.discord_server_id, t.kick_username, t.total_tickets,
           rank() over (partition by t.discord_server_id order by t.total_tickets desc)::int as rank,
           sum(t.total_tickets) over (partition by t.discord_server_id) as tickets,
           count(*) over (partition by t.discord_server_id)::int as participants
      from period p
      join raffle_tickets t on t.discord_server_id = p.discord_server_id and t.period_number = p.period_number
      join links l on l.discord_server_id = t.discord_server_id and l.kick_name = t.kick_username
     where t.total_tickets > 0
       and not exists (
             select from exclusion e
              where e.discord_server_id = t.discord_server_id and e.username = t.kick_username and e.kind = 'raffles'
           )
  ),
  size as (
    select distinct o.discord_server_id, o.tickets, o.participants
      from pool o
  )
  select v.discord_server_id as guild_id, v.kick_username as username,
         coalesce(t.total_tickets, 0)::text as tickets, coalesce(t.watchtime_tickets, 0)::text as watchtime,
         coalesce(t.gifted_sub_tickets, 0)::text as gifted_sub, coalesce(t.wager_tickets, 0)::text as wager,
         coalesce(t.bonus_tickets, 0)::text as bonus, o.rank,
         coalesce(s.tickets, 0)::text as pool, coalesce(s.participants, 0) as participants, p.ends_at
    from viewer v
    join period p on p.discord_server_id = v.discord_server_id
    left join raffle_tickets t on t.discord_server_id = p.discord_server_id and t.period_number = p.period_number
                              and t.kick_username = v.kick_username
    left join pool o on o.discord_server_id = v.discord_server_id and o.kick_username = v.kick_username
    left join size s on s.discord_server_id = v.discord_server_id`
