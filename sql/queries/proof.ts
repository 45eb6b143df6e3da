import type { GuildId } from '../../cluster/runtime/ids.ts'
import type { Db, Sql } from '../client.ts'
import { drawsOf, type NamedDraw } from './draws.ts'

/** What anybody may know of a raffle. 64-bit numbers are decimal strings. */
export interface PublicPeriod {
  readonly guildId: GuildId
  readonly serverName: string
  readonly periodNumber: number
  readonly status: 'active' | 'closed' | 'drawn'
  readonly title: string | null
  readonly prize: string | null
  readonly startsAt: Date
  readonly endsAt: Date
  readonly openedAt: Date | null
  readonly closedAt: Date | null
  readonly drawnAt: Date | null
  readonly commitment: string
  readonly listHash: string | null
  readonly totalTickets: string
  readonly participants: number
  readonly entropyChain: string | null
  readonly entropyRound: number | null
  readonly roundAt: Date | null
  readonly randomness: string | null
  readonly signature: string | null
  readonly entropyMessageId: string | null
}

/** Raffles of a guild that have begun, the newest first. Of those that are planned nothing is public. */
export const publicPeriods = (
  db: Db,
  asked: { readonly guildId: GuildId; readonly number?: number; readonly limit: number },
) => db<PublicPeriod[]>`
  select p.discord_server_id as guild_id, g.server_name, p.period_number, p.status, p.title, p.prize, p.starts_at, p.ends_at, p.opened_at,
         p.closed_at, p.drawn_at, p.commitment, p.list_hash, p.total_tickets, p.participants, p.entropy_chain,
         p.entropy_round::float8 as entropy_round, r.due_at as round_at,
         coalesce(p.entropy_randomness, r.randomness) as randomness, coalesce(p.entropy_signature, r.signature) as signature,
         p.entropy_message_id
    from raffle_periods p
    join guild g on g.discord_server_id = p.discord_server_id
    left join randomness_round r on r.chain = p.entropy_chain and r.round = p.entropy_round
   where p.discord_server_id = ${asked.guildId}
     and (${asked.number ?? null}::int is null or p.period_number = ${asked.number ?? null}::int)
     and p.status in ('active', 'closed', 'drawn')
   order by p.period_number desc
   limit ${asked.limit}`

/** Entries of a frozen list in its order: the first so many, or the one with this id. */
export const publicEntries = (
  db: Db,
  asked: { readonly guildId: GuildId; readonly number: number; readonly entryId?: string; readonly limit: number },
) => db<{ position: number; entryId: string; tickets: string }[]>`
  select e.position, e.entry_id, e.tickets
    from raffle_entrants e
   where e.discord_server_id = ${asked.guildId} and e.period_number = ${asked.number}
     and (${asked.entryId ?? null}::text is null or e.entry_id = ${asked.entryId ?? null}::text)
   order by e.position
   limit ${asked.limit}`

export interface PublicRaffle {
  readonly period: PublicPeriod
  readonly draws: readonly NamedDraw[]
}

/** A raffle and what was drawn in it, from one snapshot. Gives up after three seconds. */
export const readRaffle = (sql: Sql, asked: { readonly guildId: GuildId; readonly number: number }) =>
  sql.begin('isolation level repeatable read read only', async (db): Promise<PublicRaffle | undefined> => {
    await db`select set_config('statement_timeout', '3000', true)`
    const [period] = await publicPeriods(db, { ...asked, limit: 1 })
    if (period === undefined) return undefined
    return { period, draws: await drawsOf(db, { guildIds: [asked.guildId], numbers: [asked.number] }) }
  })
