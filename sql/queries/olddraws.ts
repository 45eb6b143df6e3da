import type { GuildId, UserId } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

/** A draw of the bot before. 64-bit numbers are decimal strings. */
export interface OldDraw {
  readonly drawId: string
  readonly serverName: string
  readonly periodNumber: number | null
  /** Null, as the next one, once the person was erased. */
  readonly displayName: string | null
  readonly discordId: UserId | null
  readonly isHidden: boolean
  readonly winningTicket: string
  readonly totalTickets: string
  readonly drawnAt: Date | null
  readonly prize: string | null
  readonly serverSeed: string | null
  readonly clientSeed: string | null
  readonly nonce: string | null
  readonly proofHash: string | null
  readonly commitment: string | null
}

/** The last draws of the bot before, the newest first. */
export const oldDraws = (db: Db, p: { readonly guildId: GuildId; readonly limit: number }) => db<OldDraw[]>`
  select d.draw_id::text as draw_id, coalesce(g.server_name, '') as server_name, d.period_number, coalesce(a.display_name, d.winner_kick_name) as display_name,
         d.winner_discord_id as discord_id, d.winning_ticket::text as winning_ticket, d.total_tickets::text as total_tickets, d.drawn_at, d.prize,
         d.server_seed, d.client_seed, d.nonce, d.proof_hash, d.commitment,
         exists (
           select from exclusion x
            where x.discord_server_id = d.discord_server_id and x.username = d.winner_kick_name and x.kind = 'boards'
         ) as is_hidden
    from raffle_draw_v1 d
    left join guild g on g.discord_server_id = d.discord_server_id
    left join kick_account a on a.discord_server_id = d.discord_server_id and a.username = d.winner_kick_name
   where d.discord_server_id = ${p.guildId}
   order by d.draw_id desc
   limit ${p.limit}`
