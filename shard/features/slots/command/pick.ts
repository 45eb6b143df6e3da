import { commitmentOf, diceOf, newSeed, sha256, turnChain, v1HashOf } from '../../../../cluster/runtime/fairness.ts'
import type { GuildId, UserId } from '../../../../cluster/runtime/ids.ts'
import { Counter, registry } from '../../../../cluster/runtime/metrics.ts'
import type { Db } from '../../../../sql/client.ts'
import { audit } from '../../../../sql/queries/audit.ts'
import { tellDashboard } from '../../../../sql/queries/dashboard.ts'
import { scheduleJobs } from '../../../../sql/queries/job.ts'
import { readSettingsOf } from '../../../../sql/queries/settings.ts'
import {
  claimRequest,
  insertPick,
  pickByRef,
  poolOf,
  rewardsOf,
  type SeedState,
  type SlotPick,
  saveSeed,
  seedStateOf,
} from '../../../../sql/queries/slotpicks.ts'
import { beginLists, holdLists } from '../../../../sql/queries/slots.ts'
import type { Tools } from '../../feature.ts'
import { touchPanels } from '../../panel.ts'
import { announceJob, tellOfPick } from '../job.ts'
import { wonWith } from '../rules.ts'

const picks = new Counter({
  name: 'bot_slots_picks_total',
  help: 'Requests that were picked by us, by whether the pick won something.',
  labelNames: ['outcome'],
  registers: [registry],
})

/** A seed opens in its own guild only. */
const purposeOf = (guildId: GuildId): string => `slot seed of guild ${guildId}`

type Secrets = Tools['secrets']

/** The seed that was committed to; undefined before the first one, and when its key is gone. */
function openSeed(state: SeedState | undefined, guildId: GuildId, secrets: Secrets): string | undefined {
  if (state?.seed == null || state.keyId === null) return undefined
  try {
    return secrets.decrypt(state.seed, { keyId: state.keyId, purpose: purposeOf(guildId) })
  } catch {
    return undefined // the operator has lost the key; the next pick says so in the notes
  }
}

/**
 * Commits to the seed of the next pick, where there is none that we can open; gives how things stand then. Inside a transaction that
 * holds the list. Safe to repeat.
 */
export async function commitSeed(
  db: Db,
  guildId: GuildId,
  { secrets }: Pick<Tools, 'secrets'>,
): Promise<{ readonly seed: string; readonly commitment: string; readonly picks: number }> {
  const state = await seedStateOf(db, guildId)
  const known = openSeed(state, guildId, secrets)
  if (known !== undefined) return { seed: known, commitment: await commitmentOf(known), picks: state?.picks ?? 0 }
  const seed = newSeed()
  const next = { seed, commitment: await commitmentOf(seed), picks: state?.picks ?? 0 }
  if (state?.commitment != null)
    await audit(db, [
      {
        guildId,
        source: 'bot',
        action: 'slots.seed',
        subject: 'lost',
        oldValue: state.commitment,
        newValue: next.commitment,
      },
    ])
  await keep(db, guildId, next, secrets)
  return next
}

const keep = (db: Db, guildId: GuildId, next: { seed: string; commitment: string; picks: number }, secrets: Secrets) =>
  saveSeed(db, {
    guildId,
    seed: secrets.encrypt(next.seed, purposeOf(guildId)),
    keyId: secrets.keyId,
    commitment: next.commitment,
    picks: next.picks,
  })

/** What everybody can know before: whose list it is, and who stands in it. */
export const clientSeedOf = async (guildId: GuildId, pool: readonly string[]): Promise<string> =>
  `slots:${guildId}:${await sha256(`[${pool.join(',')}]`)}`

/** Which of the waiting requests a seed picks, and with what the pick may win; always the same for the same. */
export async function drawFrom(p: {
  readonly seed: string
  readonly clientSeed: string
  readonly nonce: number
  readonly length: number
}) {
  const { clientSeed, nonce } = p
  const dice = await diceOf(p.seed)
  const pick = await dice({ clientSeed, nonce, below: BigInt(p.length), label: 'pick' })
  const reward = await dice({ clientSeed, nonce, below: 10_000n, label: 'reward' })
  return { index: Number(pick.value), proofHash: pick.hash, value: Number(reward.value), rewardHash: reward.hash }
}

/**
 * Picks one of the requests that wait, at random, and has it told; undefined when nobody waits. The seed was committed to before and is
 * revealed with the pick, which turns the chain. The same `sourceRef` again gives the same pick. Two at once pick two different ones,
 * since each holds the list. Inside a transaction.
 */
export async function pick(
  db: Db,
  p: { readonly guildId: GuildId; readonly by: UserId | null; readonly sourceRef: string },
  tools: Tools,
): Promise<SlotPick | undefined> {
  const { guildId, sourceRef } = p
  await beginLists(db, [guildId])
  await holdLists(db, [guildId])
  const before = await pickByRef(db, { guildId, sourceRef })
  if (before !== undefined) return before
  const pool = await poolOf(db, guildId)
  if (pool.length === 0) return undefined
  const chain = await commitSeed(db, guildId, tools)
  const number = chain.picks + 1
  const clientSeed = await clientSeedOf(guildId, pool)
  const drawn = await drawFrom({ seed: chain.seed, clientSeed, nonce: number, length: pool.length })
  const [request] = await claimRequest(db, { guildId, id: pool[drawn.index] ?? '0' })
  // The dashboard writes without holding the list; whoever calls tries again.
  if (request === undefined) throw Object.assign(new Error('a request was taken meanwhile'), { code: '40001' })
  const rewards = request.isLinked ? await rewardsOf(db, guildId) : []
  const reward = wonWith(rewards, drawn.value) ?? null
  await insertPick(db, {
    guildId,
    sourceRef,
    number,
    requestId: request.id,
    username: request.username,
    displayName: request.displayName,
    slotCall: request.slotCall,
    pickedBy: p.by,
    reward,
    rewards,
    scheme: 'v2',
    pool,
    commitment: chain.commitment,
    serverSeed: chain.seed,
    clientSeed,
    nonce: String(number),
    proofHash: drawn.proofHash,
    rewardHash: rewards.length === 0 ? null : drawn.rewardHash,
    randomValue: rewards.length === 0 ? null : drawn.value,
  })
  const next = await turnChain(chain.seed)
  await keep(db, guildId, { seed: next.seed, commitment: next.commitment, picks: number }, tools.secrets)
  picks.inc({ outcome: reward === null ? 'picked' : 'won' })
  const made = await pickByRef(db, { guildId, sourceRef })
  if (made === undefined) throw new Error('a pick that was written is not there')
  await announce(db, guildId, made, tools)
  return made
}

/** Tells everybody of a pick, at once or when the overlay has shown it. Inside the transaction that makes the pick. */
export async function announce(
  db: Db,
  guildId: GuildId,
  made: SlotPick,
  tools: Tools,
  seconds?: number | undefined,
): Promise<void> {
  const settings = await readSettingsOf(db, guildId, ['slot_pick_delay_seconds'])
  const delay = seconds ?? settings.slot_pick_delay_seconds
  await touchPanels(db, 'slots', [guildId])
  if (tools.dashboardSecret !== undefined) {
    const data = {
      id: made.requestId,
      number: made.number,
      username: made.displayName,
      slot_call: made.slotCall,
      reward_type: made.reward?.type ?? null,
      reward_amount: made.reward === null ? null : (made.reward.amount / 100).toFixed(2),
      delay_announcement: delay,
    }
    await tellDashboard(db, [{ guildId, area: 'slot_requests', action: 'picked', data, ref: `pick:${made.number}` }])
    tools.wakeOutbox()
  }
  if (delay === 0) return tellOfPick(guildId, made, db, tools)
  const runAt = new Date(tools.clock.now() + delay * 1_000)
  await scheduleJobs(db, [{ guildId, kind: announceJob, ref: String(made.number), runAt }])
}

/** Whether a pick is what its seed says it is; undefined for one that proves nothing. */
export async function verifyPick(guildId: GuildId, made: SlotPick): Promise<boolean | undefined> {
  const { serverSeed: seed, clientSeed, nonce, pool } = made
  if (made.scheme === 'dashboard' || seed === null || clientSeed === null || nonce === null) return undefined
  if (made.scheme === 'v1') return (await v1HashOf({ seed, clientSeed, nonce })) === made.proofHash
  if (pool.length === 0 || (await clientSeedOf(guildId, pool)) !== clientSeed) return false
  const drawn = await drawFrom({ seed, clientSeed, nonce: Number(nonce), length: pool.length })
  const isWhatWasWon =
    made.randomValue === null ||
    (drawn.value === made.randomValue &&
      drawn.rewardHash === made.rewardHash &&
      (wonWith(made.rewards, drawn.value)?.id ?? null) === (made.reward?.id ?? null))
  return (
    (await commitmentOf(seed)) === made.commitment &&
    drawn.proofHash === made.proofHash &&
    pool[drawn.index] === made.requestId &&
    isWhatWasWon
  )
}
