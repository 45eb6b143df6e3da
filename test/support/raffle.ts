import { createHash } from 'node:crypto'
import { type DrandChain, quicknet, roundAt, timeOfRound } from '../../cluster/runtime/drand.ts'
import {
  canonicalList,
  clientSeedOf,
  commitmentOf,
  drawWinners,
  entryIdOf,
  inOrder,
  listHashOf,
  randomnessOf,
  sha256 as sha256Of,
} from '../../cluster/runtime/fairness.ts'
import type { GuildId } from '../../cluster/runtime/ids.ts'
import type { Sql } from '../../sql/client.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Somebody in a list of a test: viewer `n`, or another word, with so many tickets. */
export interface Person {
  readonly username: string
  readonly kickUserId: string
  readonly discordId: string
  readonly salt: string
  readonly entryId: string
  readonly tickets: number
}

export const people = (tickets: readonly number[], label = 'a raffle', name = 'viewer'): Promise<readonly Person[]> =>
  Promise.all(
    tickets.map(async (each, n) => {
      const kickUserId = String(10_000 + n)
      const salt = sha256(`${label} salt ${n}`).slice(0, 32)
      return {
        username: `${name}_${n}`,
        kickUserId,
        discordId: String(700_000_000_000_000_000n + BigInt(n)),
        salt,
        entryId: await entryIdOf(salt, kickUserId),
        tickets: each,
      }
    }),
  )

export interface RaffleRow {
  readonly guildId: GuildId
  readonly number: number
  readonly tickets: readonly number[]
  /** None leaves it closed. */
  readonly winners?: number
  readonly closedAt?: Date
  readonly chain?: DrandChain
  readonly title?: string
}

/**
 * A raffle whose list is frozen, as the room writes it, with its winners if there are to be any. The seed is made from its number, so
 * that it is the same each time; it is not kept with the period, since a test of the page does not decrypt it.
 */
export async function writeRaffle(sql: Sql, p: RaffleRow): Promise<readonly Person[]> {
  const seed = sha256(`seed of raffle ${p.number}`)
  const chain = p.chain ?? quicknet
  const closedAt = p.closedAt ?? new Date(Date.now() - 3_600_000)
  const round = roundAt(chain, closedAt.getTime() + 60_000)
  const signature = sha256(`signature ${round}`) + sha256('rest').slice(0, 32)
  const randomness = await randomnessOf(signature)
  const everybody = await people(p.tickets, `raffle ${p.number}`)
  const list = everybody.map(({ entryId: id, tickets }) => ({ id, tickets }))
  const listHash = await listHashOf(list)
  const status = p.winners === undefined ? 'closed' : 'drawn'
  await sql.begin(async (db) => {
    await db`
      insert into raffle_periods (
        discord_server_id, period_number, status, starts_at, ends_at, time_zone, title, prize, commitment, list_hash, total_tickets,
        participants, entropy_chain, entropy_round, entropy_randomness, entropy_signature, opened_at, closed_at, drawn_at
      )
      values (
        ${p.guildId}, ${p.number}, ${status}, ${new Date(closedAt.getTime() - 86_400_000)}, ${closedAt}, 'UTC', ${p.title ?? null},
        'A prize', ${await commitmentOf(seed)}, ${listHash}, ${p.tickets.reduce((a, b) => a + b, 0)}, ${p.tickets.length},
        ${chain.hash}, ${round}, ${status === 'drawn' ? randomness : null}, ${status === 'drawn' ? signature : null},
        ${new Date(closedAt.getTime() - 86_400_000)}, ${closedAt}, ${status === 'drawn' ? new Date() : null}
      )`
    await db`
      insert into randomness_round (chain, round, due_at, next_try_at, randomness, signature, fetched_at)
      values (${chain.hash}, ${round}, ${new Date(timeOfRound(chain, round))}, now(), ${randomness}, ${signature}, now())
      on conflict do nothing`
    const byEntry = new Map(everybody.map((person) => [person.entryId, person]))
    const rows = inOrder(list).map(({ id }, i) => ({ ...(byEntry.get(id) ?? nobody()), position: i + 1 }))
    await db`
      insert into raffle_entrants (
        discord_server_id, period_number, position, entry_id, tickets, salt, kick_user_id, discord_id, kick_username
      )
      select ${p.guildId}, ${p.number}, r.position, r.entry_id, r.tickets, r.salt, r.kick_user_id, r.discord_id, r.kick_username
        from unnest(
               ${rows.map((row) => row.position)}::int[], ${rows.map((row) => row.entryId)}::text[], ${rows.map((row) => row.tickets)}::bigint[],
               ${rows.map((row) => row.salt)}::text[], ${rows.map((row) => row.kickUserId)}::bigint[],
               ${rows.map((row) => row.discordId)}::bigint[], ${rows.map((row) => row.username)}::text[]
             ) as r (position, entry_id, tickets, salt, kick_user_id, discord_id, kick_username)`
    const clientSeed = clientSeedOf({ period: p.number, listHash, entropy: { kind: 'drand', round, randomness } })
    for (const winner of await drawWinners({ entrants: list, seed, clientSeed, count: p.winners ?? 0 })) {
      await db`
        insert into raffle_draws (
          discord_server_id, period_number, nonce, entry_id, tickets, winning_ticket, total_tickets, participants,
          server_seed, client_seed, counter, proof_hash, prize, request_ref
        )
        values (
          ${p.guildId}, ${p.number}, ${winner.nonce}, ${winner.id}, ${winner.tickets}, ${String(winner.ticket)}, ${String(winner.total)},
          ${list.length - winner.nonce}, ${seed}, ${clientSeed}, ${winner.counter}, ${winner.hash}, 'A prize', 'test'
        )`
    }
  })
  return everybody
}

/**
 * A giveaway whose list is frozen, as the room writes it, with as many rolls as there are to be winners: of these those named in `lost` came
 * to nothing. Nobody has a ticket more than their number says.
 */
export async function writeGiveaway(
  sql: Sql,
  p: Omit<RaffleRow, 'closedAt' | 'chain'> & { readonly lost?: Readonly<Record<number, string>> },
): Promise<readonly Person[]> {
  const seed = sha256(`seed of giveaway ${p.number}`)
  const frozenAt = new Date(Date.now() - 3_600_000)
  const round = roundAt(quicknet, frozenAt.getTime() + 60_000)
  const signature = sha256(`signature ${round}`) + sha256('rest').slice(0, 32)
  const entropy = { kind: 'drand' as const, round, randomness: await randomnessOf(signature), signature }
  const everybody = await people(p.tickets, `giveaway ${p.number}`, 'guest')
  const entrants = everybody.map(({ entryId: id, tickets }) => ({ id, tickets }))
  const list = canonicalList(entrants)
  const listHash = await sha256Of(list)
  const isDrawn = p.winners !== undefined
  await sql`
    insert into giveaways (
      discord_server_id, id, title, keyword, max_winners, status, started_at, ends_at, frozen_at, server_seed_commitment, server_seed,
      frozen_list, list_hash, participants, total_tickets, chain, round, round_at, entropy
    )
    values (
      ${p.guildId}, ${p.number}, ${p.title ?? 'A prize'}, 'win', ${p.winners ?? 1}, ${isDrawn ? 'completed' : 'drawing'},
      ${new Date(frozenAt.getTime() - 86_400_000)}, ${frozenAt}, ${frozenAt}, ${await commitmentOf(seed)}, ${isDrawn ? seed : null},
      ${list}, ${listHash}, ${p.tickets.length}, ${p.tickets.reduce((a, b) => a + b, 0)}, ${quicknet.hash}, ${round},
      ${new Date(timeOfRound(quicknet, round))}, ${isDrawn ? JSON.stringify(entropy) : null}::text::jsonb
    )`
  for (const person of everybody)
    await sql`
      insert into giveaway_entries (
        discord_server_id, giveaway_id, kick_username, display_name, kick_user_id, entry_method, entry_count, join_refs, salt, list_id
      )
      values (
        ${p.guildId}, ${p.number}, ${person.username}, ${person.username}, ${person.kickUserId}, 'chat', ${person.tickets}, '{}',
        ${person.salt}, ${person.entryId}
      )`
  const byEntry = new Map(everybody.map((person) => [person.entryId, person]))
  const clientSeed = clientSeedOf({ period: p.number, listHash, entropy })
  for (const roll of await drawWinners({ entrants, seed, clientSeed, count: p.winners ?? 0 })) {
    const { username } = byEntry.get(roll.id) ?? nobody()
    const reason = p.lost?.[roll.nonce] ?? null
    await sql`
      insert into giveaway_winners (
        discord_server_id, giveaway_id, nonce, kick_username, display_name, list_id, ticket, total, roll_counter, proof_hash, state, void_reason
      )
      values (
        ${p.guildId}, ${p.number}, ${roll.nonce}, ${username}, ${username}, ${roll.id}, ${String(roll.ticket)}, ${String(roll.total)},
        ${roll.counter}, ${roll.hash}, ${reason === null ? 'won' : 'void'}, ${reason}
      )`
  }
  return everybody
}

function nobody(): never {
  throw new Error('an entry belongs to nobody')
}
