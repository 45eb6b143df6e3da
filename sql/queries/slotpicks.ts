/** Picks from the list of requests, what they may win, and how they can be checked. */
import type { GuildId, UserId, Username } from '../../cluster/runtime/ids.ts'
import type { Db } from '../client.ts'

/** What a pick may win. Money in cents, chances in hundredths of a percent. */
export interface Reward {
  readonly id: number
  readonly type: string
  readonly amount: number
  readonly chance: number
}

/** What may be won in a guild, the largest amount first. */
export const rewardsOf = (db: Db, guildId: GuildId) => db<Reward[]>`
  select r.id, r.reward_type as type, (r.reward_amount * 100)::float8 as amount, (r.reward_chance_percent * 100)::int as chance
    from slot_rewards r
   where r.discord_server_id = ${guildId} and r.enabled
   order by r.reward_amount desc, r.id`

/** Adds a reward under the next free number; undefined when there are `most` already. Inside a transaction that holds the list. */
export async function addReward(
  db: Db,
  p: { readonly guildId: GuildId; readonly reward: Omit<Reward, 'id'>; readonly most: number },
): Promise<number | undefined> {
  const [row] = await db<{ id: number }[]>`
    insert into slot_rewards (discord_server_id, id, reward_type, reward_amount, reward_chance_percent)
    select ${p.guildId}::bigint, coalesce(max(r.id), 0) + 1, ${p.reward.type}, ${p.reward.amount}::numeric / 100, ${p.reward.chance}::numeric / 100
      from slot_rewards r
     where r.discord_server_id = ${p.guildId}
    having count(*) < ${p.most}
    returning id`
  return row?.id
}

/** Takes a reward away; gives what it was. */
export const removeReward = (db: Db, p: { readonly guildId: GuildId; readonly id: number }) => db<Reward[]>`
  delete from slot_rewards r
   where r.discord_server_id = ${p.guildId} and r.id = ${p.id}
  returning r.id, r.reward_type as type, (r.reward_amount * 100)::float8 as amount, (r.reward_chance_percent * 100)::int as chance`

// --- The seed -----------------------------------------------------------------------------------------------------------

/** What decides the next pick. */
export interface SeedState {
  /** Encrypted; null before the first. */
  readonly seed: string | null
  readonly keyId: string | null
  /** Its SHA-256, which everybody may see. */
  readonly commitment: string | null
  /** How many picks there were. */
  readonly picks: number
}

/** What decides the next pick of a guild; undefined for one that does not use requests. */
export async function seedStateOf(db: Db, guildId: GuildId): Promise<SeedState | undefined> {
  const [row] = await db<SeedState[]>`
    select s.seed, s.seed_key_id as key_id, s.commitment, s.picks
      from slot_state s
     where s.discord_server_id = ${guildId}`
  return row
}

/** Keeps the seed of the next pick, and how many there were. Inside a transaction that holds the list. */
export const saveSeed = (
  db: Db,
  p: {
    readonly guildId: GuildId
    readonly seed: string
    readonly keyId: string
    readonly commitment: string
    readonly picks: number
  },
) => db`
  update slot_state s
     set seed = ${p.seed}, seed_key_id = ${p.keyId}, commitment = ${p.commitment}, picks = ${p.picks}
   where s.discord_server_id = ${p.guildId}`

/** Counts a pick that needed no seed. Inside a transaction that holds the list. */
export const savePicks = (db: Db, p: { readonly guildId: GuildId; readonly picks: number }) => db`
  update slot_state s
     set picks = ${p.picks}
   where s.discord_server_id = ${p.guildId}`

// --- Picks --------------------------------------------------------------------------------------------------------------

/** The ids of all requests that wait, the oldest first; nobody takes one of them while the list is held. */
export async function poolOf(db: Db, guildId: GuildId): Promise<readonly string[]> {
  const rows = await db<{ id: string }[]>`
    select r.id
      from slot_requests r
     where r.discord_server_id = ${guildId} and not r.picked
     order by r.id`
  return rows.map(({ id }) => id)
}

export interface Claimed {
  readonly id: string
  readonly username: Username
  readonly displayName: string
  readonly slotCall: string
  readonly isLinked: boolean
}

/** Takes one request out of those that wait; nothing when it is not among them any more, whoever took it. */
export const claimRequest = (db: Db, p: { readonly guildId: GuildId; readonly id: string }) => db<Claimed[]>`
  update slot_requests r
     set picked = true, picked_at = now()
   where r.discord_server_id = ${p.guildId} and r.id = ${p.id}::bigint and not r.picked
  returning r.id, r.kick_username as username, r.display_name, r.slot_call,
            exists (
              select from links l where l.discord_server_id = r.discord_server_id and l.kick_name = r.kick_username
            ) as is_linked`

/** One request, whether it waits or not. */
export const requestOf = (db: Db, p: { readonly guildId: GuildId; readonly id: string }) => db<
  Pick<Claimed, 'username' | 'displayName' | 'slotCall'>[]
>`
  select r.kick_username as username, r.display_name, r.slot_call
    from slot_requests r
   where r.discord_server_id = ${p.guildId} and r.id = ${p.id}::bigint`

/** A pick with everything that proves it. Money in cents, chances in hundredths of a percent, the random value in hundredths. */
export interface SlotPick {
  readonly number: number
  readonly requestId: string
  /** Empty when whoever it was had their data erased. */
  readonly username: Username
  readonly displayName: string
  readonly slotCall: string
  readonly pickedBy: UserId | null
  readonly pickedAt: Date
  readonly reward: Reward | null
  readonly rewards: readonly Reward[]
  readonly scheme: 'v1' | 'v2' | 'dashboard'
  readonly pool: readonly string[]
  readonly commitment: string | null
  readonly serverSeed: string | null
  readonly clientSeed: string | null
  readonly nonce: string | null
  readonly proofHash: string | null
  readonly rewardHash: string | null
  readonly randomValue: number | null
}

const columns = (db: Db) => db`
  p.number, p.slot_request_id as request_id, coalesce(p.kick_username, '') as username, coalesce(p.display_name, '') as display_name, p.slot_call, p.picked_by, p.picked_at,
  case when p.reward_won then jsonb_build_object(
    'id', coalesce(p.reward_id, 0), 'type', coalesce(p.reward_type, ''), 'amount', (coalesce(p.reward_amount, 0) * 100)::bigint,
    'chance', (coalesce(p.chance_percent, 0) * 100)::int
  ) end as reward,
  p.rewards, p.scheme, p.pool::text[] as pool, p.commitment, p.server_seed, p.client_seed, p.nonce, p.proof_hash, p.reward_hash,
  (p.random_value * 100)::int as random_value`

/** Writes a pick down. Inside the transaction that takes the request. */
export const insertPick = (
  db: Db,
  p: Omit<SlotPick, 'pickedAt'> & { readonly guildId: GuildId; readonly sourceRef: string },
) => db`
  insert into slot_picks (
    discord_server_id, number, source_ref, slot_request_id, kick_username, display_name, slot_call, picked_by, reward_won,
    reward_id, reward_type, reward_amount, chance_percent, rewards, scheme, pool, commitment, server_seed, client_seed, nonce,
    proof_hash, reward_hash, random_value
  )
  values (
    ${p.guildId}, ${p.number}, ${p.sourceRef}, ${p.requestId}, ${p.username}, ${p.displayName}, ${p.slotCall}, ${p.pickedBy},
    ${p.reward !== null}, ${p.reward?.id ?? null}, ${p.reward?.type ?? null}, ${p.reward?.amount ?? null}::numeric / 100,
    ${p.reward?.chance ?? null}::numeric / 100, ${JSON.stringify(p.rewards)}::text::jsonb, ${p.scheme}, ${[...p.pool]}::bigint[],
    ${p.commitment}, ${p.serverSeed}, ${p.clientSeed}, ${p.nonce}, ${p.proofHash}, ${p.rewardHash},
    ${p.randomValue}::numeric / 100
  )`

/** The pick that this press or event made; undefined when it made none yet. */
export async function pickByRef(
  db: Db,
  asked: { readonly guildId: GuildId; readonly sourceRef: string },
): Promise<SlotPick | undefined> {
  const [pick] = await db<SlotPick[]>`
    select ${columns(db)}
      from slot_picks p
     where p.discord_server_id = ${asked.guildId} and p.source_ref = ${asked.sourceRef}`
  return pick
}

/** The newest pick of a guild, or the one of this number. */
export async function pickOf(
  db: Db,
  asked: { readonly guildId: GuildId; readonly number?: number },
): Promise<SlotPick | undefined> {
  const [pick] = await db<SlotPick[]>`
    select ${columns(db)}
      from slot_picks p
     where p.discord_server_id = ${asked.guildId}
       and (${asked.number ?? null}::int is null or p.number = ${asked.number ?? null}::int)
     order by p.number desc
     limit 1`
  return pick
}
