/** How giveaways are drawn, and who won them. */
import type { Entropy } from '../../cluster/runtime/fairness.ts'
import type { GuildId, KickUserId, UserId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

interface Of {
  readonly guildId: GuildId
  readonly giveawayId: number
}

/**
 * Freezes the list of a giveaway that takes no entries any more, and fixes the round that decides; gives a row to exactly one caller.
 * In the transaction that has locked it and made the list.
 */
export const freezeList = (
  db: Db,
  p: Of & {
    readonly list: string
    readonly listHash: string
    readonly chain: string
    readonly round: number
    readonly roundAt: Date
    readonly participants: number
    readonly totalTickets: number
    readonly drawnBy: UserId | null
  },
) => db<{ id: number }[]>`
  update giveaways g
     set status = 'drawing', frozen_list = ${p.list}, list_hash = ${p.listHash}, chain = ${p.chain}, round = ${p.round},
         round_at = ${p.roundAt.toISOString()}::timestamptz, participants = ${p.participants}, total_tickets = ${p.totalTickets},
         frozen_at = now(), drawn_by = ${p.drawnBy}, ended_at = coalesce(g.ended_at, now()), updated_at = now()
   where g.discord_server_id = ${p.guildId} and g.id = ${p.giveawayId} and g.status in ('active', 'ended')
  returning g.id`

/** What a draw is made of; `list` is JSON. */
export interface Draw {
  readonly title: string
  readonly status: string
  readonly maxWinners: number
  readonly claimMinutes: number
  readonly commitment: string
  readonly seed: string | null
  readonly sealed: string | null
  readonly keyId: string | null
  readonly list: string
  readonly listHash: string
  readonly chain: string
  readonly round: number
  readonly roundAt: Date
  readonly frozenAt: Date
  /** Of the message which said that the list is frozen, once that was posted. */
  readonly closingMessageId: string | null
  readonly entropy: (Entropy & { readonly signature?: string }) | null
  readonly entryMethod: string
}

/** The draw of a giveaway whose list is frozen, locked until the transaction ends. */
export async function lockDraw(db: Db, of: Of): Promise<Draw | undefined> {
  const [row] = await db<Draw[]>`
    select g.title, g.status, g.max_winners, g.claim_minutes, g.server_seed_commitment as commitment, g.server_seed as seed,
           g.seed_sealed as sealed, g.seed_key_id as key_id, g.frozen_list as list, g.list_hash, g.chain, g.round::float8 as round,
           g.round_at, g.frozen_at, g.closing_message_id, g.entropy, g.entry_method
      from giveaways g
     where g.discord_server_id = ${of.guildId} and g.id = ${of.giveawayId} and g.frozen_list is not null
       for update`
  return row
}

/** The same, without a lock, for whoever only looks. */
export async function drawOf(db: Db, of: Of): Promise<Draw | undefined> {
  const [row] = await db<Draw[]>`
    select g.title, g.status, g.max_winners, g.claim_minutes, g.server_seed_commitment as commitment, g.server_seed as seed,
           null as sealed, null as key_id, g.frozen_list as list, g.list_hash, g.chain, g.round::float8 as round,
           g.round_at, g.frozen_at, g.closing_message_id, g.entropy, g.entry_method
      from giveaways g
     where g.discord_server_id = ${of.guildId} and g.id = ${of.giveawayId} and g.frozen_list is not null`
  return row
}

/** Keeps which message said that the list is frozen; the first one stays. */
export const noteClosing = (db: Db, p: Of & { readonly messageId: string }) => db`
  update giveaways g
     set closing_message_id = ${p.messageId}
   where g.discord_server_id = ${p.guildId} and g.id = ${p.giveawayId} and g.closing_message_id is null`

/** Reveals the seed and what chance decided; gives a row to exactly one caller. */
export const completeDraw = (
  db: Db,
  p: Of & { readonly seed: string; readonly entropy: Entropy & { readonly signature?: string } },
) => db<{ id: number }[]>`
  update giveaways g
     set status = 'completed', server_seed = ${p.seed}, seed_sealed = null, seed_key_id = null,
         entropy = ${JSON.stringify(p.entropy)}::text::jsonb, updated_at = now()
   where g.discord_server_id = ${p.guildId} and g.id = ${p.giveawayId} and g.status = 'drawing'
  returning g.id`

export type VoidReason = 'excluded' | 'gone' | 'unclaimed' | 'rerolled' | 'role'

export interface Rolled {
  readonly nonce: number
  readonly kickName: Username | null
  readonly displayName: string | null
  readonly userId: UserId | null
  readonly listId: string
  readonly ticket: string
  readonly total: string
  readonly counter: number
  readonly hash: string
  /** Set for a roll that came to nothing. */
  readonly voidReason: VoidReason | null
}

/** Keeps rolls, each once; whoever won has the time to claim from now on. */
export const keepRolls = (db: Db, p: Of & { readonly rolls: readonly Rolled[]; readonly claimMinutes: number }) => db<
  { nonce: number; claimUntil: Date | null }[]
>`
  insert into giveaway_winners (
    discord_server_id, giveaway_id, nonce, kick_username, display_name, discord_id, list_id, ticket, total, roll_counter, proof_hash,
    state, void_reason, claim_until
  )
  select ${p.guildId}::bigint, ${p.giveawayId}::int, r.nonce, r.kick_username, r.display_name, r.discord_id, r.list_id, r.ticket, r.total,
         r.roll_counter, r.proof_hash, case when r.void_reason is null then 'won' else 'void' end, r.void_reason,
         case when r.void_reason is null and ${p.claimMinutes}::int > 0 then now() + make_interval(mins => ${p.claimMinutes}::int) end
    from unnest(
           ${p.rolls.map((roll) => roll.nonce)}::int[],
           ${p.rolls.map((roll) => roll.kickName)}::text[],
           ${p.rolls.map((roll) => roll.displayName)}::text[],
           ${p.rolls.map((roll) => roll.userId)}::bigint[],
           ${p.rolls.map((roll) => roll.listId)}::text[],
           ${p.rolls.map((roll) => roll.ticket)}::bigint[],
           ${p.rolls.map((roll) => roll.total)}::bigint[],
           ${p.rolls.map((roll) => roll.counter)}::int[],
           ${p.rolls.map((roll) => roll.hash)}::text[],
           ${p.rolls.map((roll) => roll.voidReason)}::text[]
         ) as r (nonce, kick_username, display_name, discord_id, list_id, ticket, total, roll_counter, proof_hash, void_reason)
   order by r.nonce
  returning nonce, claim_until`

/** Keeps a winner whom somebody else decided on, without a roll; gives a row when that is news. In the transaction that locked the giveaway. */
export const keepToldWinner = (
  db: Db,
  p: Of & { readonly kickName: Username | null; readonly displayName: string; readonly userId: UserId | null },
) => db<{ nonce: number }[]>`
  insert into giveaway_winners (discord_server_id, giveaway_id, nonce, kick_username, display_name, discord_id)
  select ${p.guildId}::bigint, ${p.giveawayId}::int,
         coalesce((
           select max(w.nonce) + 1 from giveaway_winners w
            where w.discord_server_id = ${p.guildId} and w.giveaway_id = ${p.giveawayId}
         ), 0),
         ${p.kickName}::text, ${p.displayName}, ${p.userId}::bigint
   where not exists (
           select from giveaway_winners w
            where w.discord_server_id = ${p.guildId} and w.giveaway_id = ${p.giveawayId} and w.state <> 'void'
              and (w.kick_username = ${p.kickName}::text or w.discord_id = ${p.userId}::bigint)
         )
  returning nonce`

/** A giveaway whose winners somebody else decided on is over. Safe to repeat. */
export const completeTold = (db: Db, of: Of) => db`
  update giveaways g
     set status = 'completed', ended_at = coalesce(g.ended_at, now()), updated_at = now()
   where g.discord_server_id = ${of.guildId} and g.id = ${of.giveawayId} and g.status in ('pending', 'active', 'ended')`

export interface Winner {
  readonly nonce: number
  readonly kickName: Username | null
  readonly displayName: string | null
  readonly userId: UserId | null
  readonly listId: string | null
  readonly ticket: string | null
  readonly total: string | null
  readonly counter: number | null
  readonly hash: string | null
  readonly state: 'won' | 'claimed' | 'void'
  readonly voidReason: VoidReason | null
  readonly claimUntil: Date | null
  readonly announced: boolean
}

/** Every roll of a giveaway in its order, also those that came to nothing. */
export const winnersOf = (db: Db, of: Of) => db<Winner[]>`
  select w.nonce, w.kick_username as kick_name, w.display_name, w.discord_id as user_id, w.list_id, w.ticket::text as ticket,
         w.total::text as total, w.roll_counter as counter, w.proof_hash as hash, w.state, w.void_reason, w.claim_until, w.announced
    from giveaway_winners w
   where w.discord_server_id = ${of.guildId} and w.giveaway_id = ${of.giveawayId}
   order by w.nonce`

/** What shows whose a rolled entry is: nothing for somebody who was erased or does not stand on boards. */
export interface Opening {
  readonly listId: string
  readonly salt: string
  readonly person: string
}

/** The openings of the entries that were rolled. */
export const openingsOf = (db: Db, of: Of) => db<Opening[]>`
  select e.list_id, e.salt, coalesce(e.kick_user_id::text, 'discord:' || e.discord_id, 'name:' || e.kick_username) as person
    from giveaway_winners w
    join giveaway_entries e
      on e.discord_server_id = w.discord_server_id and e.giveaway_id = w.giveaway_id and e.list_id = w.list_id
   where w.discord_server_id = ${of.guildId} and w.giveaway_id = ${of.giveawayId}
     and not exists (
           select from exclusion x
            where x.discord_server_id = e.discord_server_id and x.username = e.kick_username and x.kind = 'boards'
         )`

/** Takes a win away, and says why; gives a row to exactly one caller. One that was claimed is only taken away when `evenClaimed`. */
export const voidWinner = (
  db: Db,
  p: Of & { readonly nonce: number; readonly reason: VoidReason; readonly evenClaimed: boolean },
) => db<{ nonce: number; displayName: string | null }[]>`
  update giveaway_winners w
     set state = 'void', void_reason = ${p.reason}
   where w.discord_server_id = ${p.guildId} and w.giveaway_id = ${p.giveawayId} and w.nonce = ${p.nonce}
     and (w.state = 'won' or (w.state = 'claimed' and ${p.evenClaimed}))
     and (${p.reason} <> 'unclaimed' or w.claim_until <= now())
  returning w.nonce, w.display_name`

/** A winner answers in time; gives the row when they do, again and again the same. */
export const claimWin = (db: Db, p: Of & { readonly userId: UserId; readonly kickName: Username | null }) => db<
  { nonce: number; claimedAt: Date }[]
>`
  update giveaway_winners w
     set state = 'claimed', claimed_at = coalesce(w.claimed_at, now()), discord_id = ${p.userId}::bigint
   where w.discord_server_id = ${p.guildId} and w.giveaway_id = ${p.giveawayId}
     and (w.discord_id = ${p.userId}::bigint or w.kick_username = ${p.kickName}::text)
     and (w.state = 'claimed' or (w.state = 'won' and (w.claim_until is null or w.claim_until > now())))
  returning w.nonce, w.claimed_at`

/** Winners who write in the chat within their time have answered, by when they wrote. All lists have one entry for each line. */
export const claimFromChat = (
  db: Db,
  heard: {
    readonly guildIds: GuildId[]
    readonly kickUserIds: KickUserId[]
    readonly usernames: Username[]
    /** Milliseconds. */
    readonly at: number[]
  },
) => db<{ guildId: GuildId; giveawayId: number; nonce: number; displayName: string }[]>`
  update giveaway_winners w
     set state = 'claimed', claimed_at = to_timestamp(h.at / 1000)
    from (
      select c.discord_server_id, coalesce(a.username, c.username) as username, max(c.at) as at
        from unnest(
               ${heard.guildIds}::bigint[], ${heard.kickUserIds}::bigint[], ${heard.usernames}::text[], ${heard.at}::float8[]
             ) as c (discord_server_id, kick_user_id, username, at)
        left join kick_account a on a.discord_server_id = c.discord_server_id and a.kick_user_id = c.kick_user_id
       group by c.discord_server_id, coalesce(a.username, c.username)
    ) h
   where w.discord_server_id = h.discord_server_id and w.kick_username = h.username
     and w.state = 'won' and w.claim_until is not null
     and to_timestamp(h.at / 1000) between w.drawn_at and w.claim_until
  returning w.discord_server_id as guild_id, w.giveaway_id, w.nonce, w.display_name`

/** Guilds of these in which somebody has still to answer. */
export const guildsWithClaims = (db: Db, guildIds: GuildId[]) => db<{ guildId: GuildId }[]>`
  select distinct w.discord_server_id as guild_id
    from giveaway_winners w
   where w.discord_server_id = any(${guildIds}::bigint[]) and w.state = 'won' and w.claim_until is not null`

/** Writes down that winners were announced. */
export const noteAnnounced = (db: Db, p: Of & { readonly nonces: number[] }) => db`
  update giveaway_winners w
     set announced = true
   where w.discord_server_id = ${p.guildId} and w.giveaway_id = ${p.giveawayId} and w.nonce = any(${p.nonces}::int[])`
