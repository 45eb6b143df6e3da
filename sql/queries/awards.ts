/** Tickets that were given for something which was undone. */
import type { GuildId, UserId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'
import { holdBalance, takeTickets } from './tickets.ts'

/**
 * Takes the tickets back that a purchase gave, once, as far as the viewer still has them and the raffle is still open; gives how many. What
 * is in a frozen list or was drawn from stays. Holds the raffle until the transaction ends. Safe to repeat.
 */
export async function revokeAward(
  db: Db,
  p: {
    readonly guildId: GuildId
    /** As it was given for, with source `shop`. */
    readonly sourceRef: string
    readonly actorId: UserId | null
    readonly reason: string | null
  },
): Promise<number> {
  const { guildId } = p
  const [award] = await db<{ periodNumber: number; username: Username; delta: number }[]>`
    select l.period_number, l.kick_username as username, l.delta
      from ticket_ledger l
     where l.discord_server_id = ${guildId} and l.source = 'shop' and l.source_ref = ${p.sourceRef}`
  if (award === undefined) return 0
  const { periodNumber, username } = award
  const held = await holdBalance(db, { guildId, periodNumber, username })
  if (held === undefined) return 0
  const bonus = held.bonus < BigInt(award.delta) ? held.bonus : BigInt(award.delta)
  const taken = await takeTickets(db, { ...p, periodNumber, username, parts: { bonus } })
  return taken.reduce((sum, { tickets }) => sum + Number(tickets), 0)
}
