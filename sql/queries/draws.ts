import type { GuildId, UserId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

/** Raffles of many guilds at once; both lists have one entry for each. */
export interface Periods {
  readonly guildIds: GuildId[]
  readonly numbers: number[]
}

/** What a draw needs to know of a raffle. 64-bit numbers are decimal strings. */
export interface PeriodToDraw {
  readonly guildId: GuildId
  readonly periodNumber: number
  readonly status: 'scheduled' | 'active' | 'closed' | 'drawn' | 'archived'
  readonly title: string | null
  readonly prize: string | null
  /** Encrypted. */
  readonly seed: string | null
  readonly seedKeyId: string | null
  readonly commitment: string | null
  readonly listHash: string | null
  readonly participants: number
  readonly closedAt: Date | null
  readonly entropyChain: string | null
  readonly entropyRound: number | null
  readonly entropyRandomness: string | null
  readonly entropySignature: string | null
  readonly entropyMessageId: string | null
  readonly closingMessageId: string | null
}

/** Raffles that are to be drawn, held until the transaction ends, so that two draws of one wait for each other. */
export const periodsToDraw = (db: Db, of: Periods) => db<PeriodToDraw[]>`
  select p.discord_server_id as guild_id, p.period_number, p.status, p.title, p.prize, p.seed, p.seed_key_id, p.commitment, p.list_hash,
         p.participants, p.closed_at, p.entropy_chain, p.entropy_round::float8 as entropy_round, p.entropy_randomness, p.entropy_signature,
         p.entropy_message_id, p.closing_message_id
    from unnest(${of.guildIds}::bigint[], ${of.numbers}::int[]) as a (discord_server_id, period_number)
    join raffle_periods p on p.discord_server_id = a.discord_server_id and p.period_number = a.period_number
   order by p.discord_server_id, p.period_number   -- always the same order, so that draws cannot deadlock
     for update of p`

/** Fixes the round of public randomness that decides these raffles, once for each. In the transaction that closes them. */
export const fixRounds = (db: Db, of: Periods & { readonly chain: string; readonly round: number }) => db`
  update raffle_periods p
     set entropy_chain = ${of.chain}, entropy_round = ${of.round}
    from unnest(${of.guildIds}::bigint[], ${of.numbers}::int[]) as a (discord_server_id, period_number)
   where p.discord_server_id = a.discord_server_id and p.period_number = a.period_number
     and p.status = 'closed' and p.entropy_round is null`

/** The frozen lists of raffles, each as the text whose hash was published; none for a list without anybody. */
export const frozenLists = (db: Db, of: Periods) => db<{ guildId: GuildId; periodNumber: number; list: string }[]>`
  select e.discord_server_id as guild_id, e.period_number,
         '[' || string_agg('["' || e.entry_id || '",' || e.tickets || ']', ',' order by e.position) || ']' as list
    from unnest(${of.guildIds}::bigint[], ${of.numbers}::int[]) as a (discord_server_id, period_number)
    join raffle_entrants e on e.discord_server_id = a.discord_server_id and e.period_number = a.period_number
   group by e.discord_server_id, e.period_number`

/** A winner with the proof. 64-bit numbers are decimal strings. */
export interface Draw {
  readonly guildId: GuildId
  readonly periodNumber: number
  readonly nonce: number
  readonly status: 'valid' | 'void'
  readonly entryId: string
  readonly tickets: string
  readonly winningTicket: string
  readonly totalTickets: string
  readonly participants: number
  readonly serverSeed: string
  readonly clientSeed: string
  readonly counter: number
  readonly proofHash: string
  readonly prize: string | null
  readonly requestRef: string
  readonly drawnAt: Date
  readonly drawnBy: UserId | null
  readonly voidReason: string | null
  readonly voidedRef: string | null
}

/** A draw, and who won as far as that is known and may be told: somebody who was erased has no name any more. */
export interface NamedDraw extends Draw {
  readonly username: Username | null
  readonly displayName: string | null
  readonly discordId: UserId | null
  readonly kickUserId: string | null
  readonly salt: string | null
  /** Whether they, or an admin, chose that they do not stand on boards. */
  readonly isHidden: boolean
}

/** Everything that was drawn in these raffles, by nonce. */
export const drawsOf = (db: Db, of: Periods) => db<NamedDraw[]>`
  select d.discord_server_id as guild_id, d.period_number, d.nonce, d.status, d.entry_id, d.tickets, d.winning_ticket, d.total_tickets,
         d.participants, d.server_seed, d.client_seed, d.counter, d.proof_hash, d.prize, d.request_ref, d.drawn_at, d.drawn_by,
         d.void_reason, d.voided_ref,
         e.kick_username as username, coalesce(k.display_name, e.kick_username) as display_name, e.discord_id, e.kick_user_id, e.salt,
         exists (
           select from exclusion x
            where x.discord_server_id = e.discord_server_id and x.username = e.kick_username and x.kind = 'boards'
         ) as is_hidden
    from unnest(${of.guildIds}::bigint[], ${of.numbers}::int[]) as a (discord_server_id, period_number)
    join raffle_draws d on d.discord_server_id = a.discord_server_id and d.period_number = a.period_number
    join raffle_entrants e on e.discord_server_id = d.discord_server_id and e.period_number = d.period_number and e.entry_id = d.entry_id
    left join kick_account k on k.discord_server_id = e.discord_server_id and k.username = e.kick_username
   order by d.discord_server_id, d.period_number, d.nonce`

/** A member's own entry in a frozen list; nothing when they do not stand in it. */
export const ownEntry = (
  db: Db,
  of: { readonly guildId: GuildId; readonly periodNumber: number; readonly userId: UserId },
) => db<{ entryId: string; salt: string | null; tickets: string; kickUserId: string | null }[]>`
  select e.entry_id, e.salt, e.tickets, e.kick_user_id
    from raffle_entrants e
   where e.discord_server_id = ${of.guildId} and e.period_number = ${of.periodNumber} and e.discord_id = ${of.userId}
   limit 1`

export type NewDraw = Pick<
  Draw,
  | 'guildId'
  | 'periodNumber'
  | 'nonce'
  | 'entryId'
  | 'tickets'
  | 'winningTicket'
  | 'totalTickets'
  | 'participants'
  | 'serverSeed'
  | 'clientSeed'
  | 'counter'
  | 'proofHash'
  | 'prize'
  | 'requestRef'
  | 'drawnBy'
>

/** Writes winners down. In the transaction that holds their raffles; a nonce that is taken is a fault, and undoes it. */
export const recordDraws = (db: Db, draws: readonly NewDraw[]) => db`
  insert into raffle_draws (
    discord_server_id, period_number, nonce, entry_id, tickets, winning_ticket, total_tickets, participants,
    server_seed, client_seed, counter, proof_hash, prize, request_ref, drawn_by
  )
  select d.discord_server_id, d.period_number, d.nonce, d.entry_id, d.tickets, d.winning_ticket, d.total_tickets, d.participants,
         d.server_seed, d.client_seed, d.counter, d.proof_hash, d.prize, d.request_ref, d.drawn_by
    from unnest(
           ${draws.map((draw) => draw.guildId)}::bigint[],
           ${draws.map((draw) => draw.periodNumber)}::int[],
           ${draws.map((draw) => draw.nonce)}::int[],
           ${draws.map((draw) => draw.entryId)}::text[],
           ${draws.map((draw) => draw.tickets)}::bigint[],
           ${draws.map((draw) => draw.winningTicket)}::bigint[],
           ${draws.map((draw) => draw.totalTickets)}::bigint[],
           ${draws.map((draw) => draw.participants)}::int[],
           ${draws.map((draw) => draw.serverSeed)}::text[],
           ${draws.map((draw) => draw.clientSeed)}::text[],
           ${draws.map((draw) => draw.counter)}::int[],
           ${draws.map((draw) => draw.proofHash)}::text[],
           ${draws.map((draw) => draw.prize)}::text[],
           ${draws.map((draw) => draw.requestRef)}::text[],
           ${draws.map((draw) => draw.drawnBy)}::bigint[]
         ) as d (
           discord_server_id, period_number, nonce, entry_id, tickets, winning_ticket, total_tickets, participants,
           server_seed, client_seed, counter, proof_hash, prize, request_ref, drawn_by
         )
   order by d.discord_server_id, d.period_number, d.nonce`

/** Declares a draw void. In the transaction that holds its raffle and draws the next one; gives whether it was valid. */
export async function voidDraw(
  db: Db,
  of: {
    readonly guildId: GuildId
    readonly periodNumber: number
    readonly nonce: number
    readonly reason: string
    readonly ref: string
    readonly by: UserId | null
  },
): Promise<boolean> {
  const { count } = await db`
    update raffle_draws d
       set status = 'void', void_reason = ${of.reason}, voided_ref = ${of.ref}, voided_by = ${of.by}, voided_at = now()
     where d.discord_server_id = ${of.guildId} and d.period_number = ${of.periodNumber} and d.nonce = ${of.nonce}
       and d.status = 'valid'`
  return count > 0
}

/** Which chance decided a raffle. Once it is written it stays. */
export interface Decided {
  readonly guildId: GuildId
  readonly periodNumber: number
  readonly randomness: string | null
  readonly signature: string | null
  /** Of the message which stands in for a round that did not come. */
  readonly messageId: string | null
}

/** Marks raffles as drawn, with what decided them. In the transaction that holds them. Safe to repeat. */
export const markDrawn = (db: Db, decided: readonly Decided[]) => db`
  update raffle_periods p
     set status = 'drawn', drawn_at = now(), entropy_randomness = d.randomness, entropy_signature = d.signature, entropy_message_id = d.message_id
    from unnest(
           ${decided.map((each) => each.guildId)}::bigint[],
           ${decided.map((each) => each.periodNumber)}::int[],
           ${decided.map((each) => each.randomness)}::text[],
           ${decided.map((each) => each.signature)}::text[],
           ${decided.map((each) => each.messageId)}::bigint[]
         ) as d (discord_server_id, period_number, randomness, signature, message_id)
   where p.discord_server_id = d.discord_server_id and p.period_number = d.period_number and p.status = 'closed'`
