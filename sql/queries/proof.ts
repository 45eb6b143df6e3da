import type { GuildId } from '../../cluster/runtime/ids.ts'
import type { Db, Sql } from '../client.ts'
import { drawsOf, type NamedDraw } from './draws.ts'

/** What anybody may know of a raffle or a giveaway. 64-bit numbers are decimal strings. */
export interface Published {
  readonly guildId: GuildId
  readonly serverName: string
  readonly number: number
  readonly status: 'active' | 'closed' | 'drawn'
  readonly title: string | null
  readonly prize: string | null
  readonly startsAt: Date
  /** Null for what is open until somebody draws. */
  readonly endsAt: Date | null
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

/** What anybody may know of a winner; who it is as far as that is known and may be told. 64-bit numbers are decimal strings. */
export type PublicDraw = Pick<
  NamedDraw,
  | 'nonce'
  | 'status'
  | 'entryId'
  | 'tickets'
  | 'winningTicket'
  | 'totalTickets'
  | 'serverSeed'
  | 'counter'
  | 'proofHash'
  | 'prize'
  | 'voidReason'
  | 'displayName'
  | 'kickUserId'
  | 'salt'
  | 'isHidden'
>

export interface PublicEntry {
  readonly position: number
  readonly entryId: string
  readonly tickets: string
}

/** What was published together with what was drawn. */
export interface PublishedDraws {
  readonly published: Published
  readonly draws: readonly PublicDraw[]
}

interface Asked {
  readonly guildId: GuildId
  readonly number: number
}

// --- Raffles --------------------------------------------------------------------------------------------------------

/** Raffles of a guild that have begun, the newest first. Of those that are planned nothing is public. */
export const publicPeriods = (
  db: Db,
  asked: { readonly guildId: GuildId; readonly number?: number; readonly limit: number },
) => db<Published[]>`
  select p.discord_server_id as guild_id, g.server_name, p.period_number as number, p.status, p.title, p.prize, p.starts_at, p.ends_at, p.opened_at,
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
export const publicEntries = (db: Db, asked: Asked & { readonly entryId?: string; readonly limit: number }) => db<
  PublicEntry[]
>`
  select e.position, e.entry_id, e.tickets
    from raffle_entrants e
   where e.discord_server_id = ${asked.guildId} and e.period_number = ${asked.number}
     and (${asked.entryId ?? null}::text is null or e.entry_id = ${asked.entryId ?? null}::text)
   order by e.position
   limit ${asked.limit}`

/** A raffle and what was drawn in it, from one snapshot. Gives up after three seconds. */
export const readRaffle = (sql: Sql, asked: Asked) =>
  snapshot(sql, async (db): Promise<PublishedDraws | undefined> => {
    const [published] = await publicPeriods(db, { ...asked, limit: 1 })
    if (published === undefined) return undefined
    return { published, draws: await drawsOf(db, { guildIds: [asked.guildId], numbers: [asked.number] }) }
  })

const snapshot = <T>(sql: Sql, read: (db: Db) => Promise<T>) =>
  sql.begin('isolation level repeatable read read only', async (db) => {
    await db`select set_config('statement_timeout', '3000', true)`
    return read(db)
  })

// --- Giveaways ------------------------------------------------------------------------------------------------------

/** Giveaways of a guild that have begun, the newest first; without those that were called off or drawn by the bot before. */
export const publicGiveaways = (
  db: Db,
  asked: { readonly guildId: GuildId; readonly number?: number; readonly limit: number },
) => db<Published[]>`
  select w.discord_server_id as guild_id, g.server_name, w.id as number,
         case w.status when 'active' then 'active' when 'completed' then 'drawn' else 'closed' end as status,
         w.title, null as prize, coalesce(w.started_at, w.created_at) as starts_at, w.ends_at, w.started_at as opened_at,
         w.frozen_at as closed_at,
         (
           select min(d.drawn_at) from giveaway_winners d
            where d.discord_server_id = w.discord_server_id and d.giveaway_id = w.id
         ) as drawn_at,
         w.server_seed_commitment as commitment, w.list_hash, w.total_tickets, w.participants, w.chain as entropy_chain,
         w.round::float8 as entropy_round, w.round_at, coalesce(w.entropy ->> 'randomness', r.randomness) as randomness,
         coalesce(w.entropy ->> 'signature', r.signature) as signature, w.entropy ->> 'messageId' as entropy_message_id
    from giveaways w
    join guild g on g.discord_server_id = w.discord_server_id
    left join randomness_round r on r.chain = w.chain and r.round = w.round
   where w.discord_server_id = ${asked.guildId}
     and (${asked.number ?? null}::int is null or w.id = ${asked.number ?? null}::int)
     and w.status in ('active', 'ended', 'drawing', 'completed')
     and w.server_seed_commitment is not null
     and w.legacy_proof is null
   order by w.id desc
   limit ${asked.limit}`

/** Entries of a giveaway's frozen list in its order: the first so many, or the one with this id. */
export const publicGiveawayEntries = (
  db: Db,
  asked: Asked & { readonly entryId?: string; readonly limit: number },
) => db<PublicEntry[]>`
  select e.position::int as position, e.entry ->> 0 as entry_id, e.entry ->> 1 as tickets
    from giveaways w
   cross join lateral jsonb_array_elements(w.frozen_list::jsonb) with ordinality as e (entry, position)
   where w.discord_server_id = ${asked.guildId} and w.id = ${asked.number} and w.frozen_list is not null
     and (${asked.entryId ?? null}::text is null or e.entry ->> 0 = ${asked.entryId ?? null}::text)
   order by e.position
   limit ${asked.limit}`

/** A giveaway's frozen list as the text whose hash was published. */
export const giveawayList = (db: Db, asked: Asked) => db<{ list: string }[]>`
  select w.frozen_list as list
    from giveaways w
   where w.discord_server_id = ${asked.guildId} and w.id = ${asked.number} and w.frozen_list is not null`

/** Every roll of a giveaway by nonce. By name are those known who have a Kick name: what somebody is called at Discord is nobody's business. */
export const publicGiveawayDraws = (db: Db, asked: Asked) => db<PublicDraw[]>`
  select d.nonce, case d.state when 'void' then 'void' else 'valid' end as status, d.list_id as entry_id, l.entry ->> 1 as tickets,
         d.ticket::text as winning_ticket, d.total::text as total_tickets, w.server_seed, d.roll_counter as counter, d.proof_hash,
         null as prize, d.void_reason, coalesce(k.display_name, d.kick_username) as display_name, e.kick_user_id, e.salt,
         exists (
           select from exclusion x
            where x.discord_server_id = d.discord_server_id and x.username = d.kick_username and x.kind = 'boards'
         ) as is_hidden
    from giveaways w
   cross join lateral jsonb_array_elements(w.frozen_list::jsonb) as l (entry)
    join giveaway_winners d
      on d.discord_server_id = w.discord_server_id and d.giveaway_id = w.id and d.list_id = l.entry ->> 0
    left join giveaway_entries e
      on e.discord_server_id = d.discord_server_id and e.giveaway_id = d.giveaway_id and e.list_id = d.list_id
    left join kick_account k on k.discord_server_id = d.discord_server_id and k.username = d.kick_username
   where w.discord_server_id = ${asked.guildId} and w.id = ${asked.number} and w.frozen_list is not null
     and w.server_seed is not null
   order by d.nonce`

/** A giveaway and what was drawn in it, from one snapshot. Gives up after three seconds. */
export const readGiveaway = (sql: Sql, asked: Asked) =>
  snapshot(sql, async (db): Promise<PublishedDraws | undefined> => {
    const [published] = await publicGiveaways(db, { ...asked, limit: 1 })
    return published && { published, draws: await publicGiveawayDraws(db, asked) }
  })
