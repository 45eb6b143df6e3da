/** How a giveaway is drawn: the list is frozen and published, then chance is waited for, then everything is decided. */
import { roundAt, timeOfRound } from '../../../../cluster/runtime/drand.ts'
import {
  canonicalList,
  clientSeedOf,
  commitmentOf,
  drawWinners,
  type Entrant,
  type Entropy,
  newSeed,
  sha256,
} from '../../../../cluster/runtime/fairness.ts'
import type { GuildId, UserId } from '../../../../cluster/runtime/ids.ts'
import { Counter, registry } from '../../../../cluster/runtime/metrics.ts'
import type { Secrets } from '../../../../cluster/runtime/secrets.ts'
import type { Db } from '../../../../sql/client.ts'
import { entrantsBehind, forgetActivity, mergeLinked, numberEntries } from '../../../../sql/queries/entries.ts'
import { scheduleJobs } from '../../../../sql/queries/job.ts'
import { owe } from '../../../../sql/queries/outbox.ts'
import { wantRounds } from '../../../../sql/queries/randomness.ts'
import {
  completeDraw,
  type Draw,
  freezeList,
  keepRolls,
  lockDraw,
  type Rolled,
  winnersOf,
} from '../../../../sql/queries/winners.ts'
import type { Tools } from '../../feature.ts'
import { lateChatMs, roundAheadMs, roundPatienceMs } from '../rules/limits.ts'
import { announceClosing } from './tell.ts'

const rolls = new Counter({
  name: 'bot_giveaways_rolls_total',
  help: 'Rolls for winners of giveaways, by what became of them.',
  labelNames: ['outcome'],
  registers: [registry],
})

export interface Of {
  readonly guildId: GuildId
  readonly giveawayId: number
}

const sealOf = ({ guildId, giveawayId }: Of): string => `seed of giveaway ${giveawayId} of guild ${guildId}`

/** A seed that nobody may know before the draw, and what is published of it. */
export async function sealedSeed(of: Of, secrets: Secrets) {
  const seed = newSeed()
  return {
    commitment: await commitmentOf(seed),
    sealed: secrets.encrypt(seed, sealOf(of)),
    keyId: secrets.keyId,
  }
}

/**
 * Freezes the list of a giveaway that is locked and has entrants: who holds how many tickets, its hash, and the round that decides. Gives
 * how many people stand in it; 0 changes nothing. In the caller's transaction.
 */
export async function freeze(db: Db, of: Of, drawnBy: UserId | null, tools: Tools): Promise<number> {
  await mergeLinked(db, of)
  const entrants = await numberEntries(db, of)
  if (entrants.length === 0) return 0
  const list = canonicalList(entrants)
  const chain = tools.drandChain
  const round = roundAt(chain, tools.clock.now() + roundAheadMs)
  const dueAt = new Date(timeOfRound(chain, round))
  const [frozen] = await freezeList(db, {
    ...of,
    list,
    listHash: await sha256(list),
    chain: chain.hash,
    round,
    roundAt: dueAt,
    participants: entrants.length,
    totalTickets: entrants.reduce((sum, { tickets }) => sum + tickets, 0),
    drawnBy,
  })
  if (frozen === undefined) return 0
  await forgetActivity(db, of)
  await wantRounds(db, [{ chain: chain.hash, round, dueAt }])
  const runAt = new Date(dueAt.getTime() + roundPatienceMs)
  await scheduleJobs(db, [{ guildId: of.guildId, kind: 'giveaways.draw', ref: String(of.giveawayId), runAt }])
  await owe(db, [
    {
      guildId: of.guildId,
      kind: 'giveaways.panel',
      sourceRef: `frozen:${of.giveawayId}`,
      payload: { id: of.giveawayId },
    },
  ])
  await announceClosing(db, of)
  return entrants.length
}

/** Decides a giveaway whose round has come; gives the nonces of the winners, or undefined when somebody else did. In one transaction. */
export async function draw(
  db: Db,
  of: Of,
  entropy: Entropy & { readonly signature?: string },
  tools: Tools,
): Promise<{ readonly draw: Draw; readonly won: readonly number[] } | undefined> {
  const frozen = await lockDraw(db, of)
  if (frozen?.status !== 'drawing' || frozen.sealed === null || frozen.keyId === null) return undefined
  const seed = tools.secrets.decrypt(frozen.sealed, { keyId: frozen.keyId, purpose: sealOf(of) })
  const [completed] = await completeDraw(db, { ...of, seed, entropy })
  if (completed === undefined) return undefined
  const decided = { ...frozen, seed, entropy }
  return { draw: decided, won: await roll(db, of, decided, frozen.maxWinners, 0, tools) }
}

/**
 * Draws one more winner of a giveaway that was drawn: simply the next roll. Gives its nonce; undefined when nobody is left. The caller has
 * taken the place of the winner before away, in the same transaction.
 */
export async function drawNext(db: Db, of: Of, tools: Tools): Promise<number | undefined> {
  const decided = await lockDraw(db, of)
  if (decided?.status !== 'completed') return undefined
  const rolled = await winnersOf(db, of)
  const first = Math.max(-1, ...rolled.map(({ nonce }) => nonce)) + 1
  const [nonce] = await roll(db, of, decided, 1, first, tools)
  return nonce
}

/**
 * Rolls from `first` on until `wanted` people have won who may: whoever has been left out since, or was erased, is passed over, and the
 * roll that hit them stays on record.
 */
async function roll(
  db: Db,
  of: Of,
  decided: Draw,
  wanted: number,
  first: number,
  tools: Tools,
): Promise<readonly number[]> {
  const { seed, entropy, listHash, claimMinutes } = decided
  if (seed === null || entropy === null) throw new Error('a giveaway was drawn without a seed')
  const entrants: Entrant[] = (JSON.parse(decided.list) as [string, number][]).map(([id, tickets]) => ({ id, tickets }))
  const clientSeed = clientSeedOf({ period: of.giveawayId, listHash, entropy })
  const kept: Rolled[] = []
  const hasWon = () => kept.filter(({ voidReason }) => voidReason === null)
  while (hasWon().length < wanted) {
    const count = first + kept.length + wanted - hasWon().length
    const drawn = (await drawWinners({ entrants, seed, clientSeed, count })).slice(first + kept.length)
    if (drawn.length === 0) break
    const behind = new Map(
      (await entrantsBehind(db, { ...of, listIds: drawn.map(({ id }) => id) })).map((one) => [one.listId, one]),
    )
    for (const { nonce, id, ticket, total, counter, hash } of drawn) {
      const person = behind.get(id)
      const voidReason = person === undefined ? 'gone' : person.isEligible ? null : 'excluded'
      const { kickName = null, displayName = null, userId = null } = person ?? {}
      kept.push({
        nonce,
        listId: id,
        ticket: String(ticket),
        total: String(total),
        counter,
        hash,
        voidReason,
        kickName,
        displayName,
        userId,
      })
    }
  }
  const rows = await keepRolls(db, { ...of, rolls: kept, claimMinutes })
  for (const { voidReason } of kept) rolls.inc({ outcome: voidReason ?? 'won' })
  await scheduleJobs(
    db,
    rows.flatMap(({ nonce, claimUntil }) =>
      claimUntil === null
        ? []
        : [
            {
              guildId: of.guildId,
              kind: 'giveaways.claim',
              ref: `${of.giveawayId}:${nonce}`,
              runAt: new Date(claimUntil.getTime() + lateChatMs),
            },
          ],
    ),
  )
  tools.wakeOutbox()
  return hasWon().map(({ nonce }) => nonce)
}
