import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Sql } from '../sql/client.ts'
import {
  beat,
  claimGroups,
  ensureGroups,
  readLeases,
  readPods,
  releaseGroup,
  removePod,
  renewGroups,
} from '../sql/queries/placement.ts'
import type { Manager } from './manager.ts'
import { planPlacement } from './placement.ts'
import type { Bus } from './runtime/bus.ts'
import type { Clock } from './runtime/clock.ts'
import { within } from './runtime/deadline.ts'
import type { Service } from './runtime/lifecycle.ts'
import type { Log } from './runtime/log.ts'
import { Counter, Gauge, registry } from './runtime/metrics.ts'

const held = new Gauge({
  name: 'bot_group_leases_held',
  help: 'Shard groups whose lease this pod believes to hold.',
  registers: [registry],
})
const moves = new Counter({
  name: 'bot_group_moves_total',
  help: 'Shard groups that this pod took, gave back, or lost to another pod.',
  labelNames: ['how'],
  registers: [registry],
})

/** Says that groups have become free; may be lost, since every pod also looks by itself. */
export const placementHint = 'hint.placement'

export interface LeasesOptions {
  readonly sql: Sql
  readonly bus: Pick<Bus, 'hint' | 'onHint'>
  readonly clock: Clock
  readonly log: Log
  /** Name of this pod; of two processes with one name each is a pod of its own. */
  readonly pod: string
  readonly shardCount: number
  readonly shardsPerGroup: number
  readonly groupCount: number
  /** 0 for a pod that takes none. */
  readonly maxGroups: number
  readonly ttlSeconds: number
  readonly manager: Pick<Manager, 'startGroup' | 'stopGroup'>
}

export interface Leases extends Service {
  /** Groups whose lease has not run out, by our own monotonic clock. */
  heldGroups(): readonly number[]
  /** How long ago the database last answered a whole round; undefined before the first. */
  sinceAnsweredMs(): number | undefined
}

/**
 * One of ours. Its states: held (process runs, lease is renewed) → releasing (process is asked to leave, lease is still
 * renewed, so that nobody starts beside it) → gone. `validUntil` is in our own monotonic time.
 */
interface Held {
  readonly epoch: number
  validUntil: number
  isReleasing: boolean
}

/** How long one round may wait for the database: shorter than a lease, which must be renewed meanwhile. */
const patienceShare = 1 / 3
const releaseRetryMs = 1_000

/**
 * Claims groups up to this pod's share, renews them, and gives back what is too much. Only the database's clock decides who
 * holds a lease; our own only decides how long we believe it without an answer. While the database is away processes
 * run on: what they do is safe to do twice, and stopping them all because of it would turn an outage of one part into an
 * outage of everything. A process is stopped when the database says that another pod has its group.
 */
export function createLeases(options: LeasesOptions): Leases {
  const { sql, bus, clock, log, shardCount, ttlSeconds, manager } = options
  const pod = `${options.pod}/${randomUUID().slice(0, 8)}`
  const groups = new Map<number, Held>()
  const releases = new Set<Promise<void>>()
  const ttlMs = ttlSeconds * 1_000
  let answeredAt: number | undefined
  let timer: NodeJS.Timeout | undefined
  let round: Promise<void> | undefined
  let isAskedAgain = false
  let isStopping = false
  let forget: () => void = () => {}

  const shardIdsOf = (groupId: number): number[] => {
    const first = groupId * options.shardsPerGroup
    const length = Math.min(options.shardsPerGroup, shardCount - first)
    return Array.from({ length }, (_, index) => first + index)
  }
  const heldGroups = () =>
    [...groups].filter(([, { validUntil }]) => validUntil > clock.monotonic()).map(([groupId]) => groupId)

  const take = (groupId: number, epoch: number, validUntil: number) => {
    if (groups.has(groupId) || isStopping) return // an answer that came late, to a question asked again since
    groups.set(groupId, { epoch, validUntil, isReleasing: false })
    moves.inc({ how: 'claimed' })
    log.info({ groupId, epoch }, 'group claimed')
    manager.startGroup({ groupId, shardIds: shardIdsOf(groupId), epoch })
  }

  const lose = (groupId: number) => {
    groups.delete(groupId)
    moves.inc({ how: 'lost' })
    log.warn({ groupId }, 'group was lost to another pod')
    track(manager.stopGroup(groupId))
  }

  const giveBack = async (groupId: number, lease: Held): Promise<void> => {
    lease.isReleasing = true
    log.info({ groupId }, 'group is given back')
    await manager.stopGroup(groupId)
    // It stays among ours until the database knows, or the next renewal would find it there and start it again.
    while (!(await isReleased(groupId, lease.epoch)) && !isStopping) await sleep(releaseRetryMs)
    groups.delete(groupId)
    moves.inc({ how: 'released' })
    bus.hint(placementHint, {})
  }

  const isReleased = async (groupId: number, epoch: number): Promise<boolean> => {
    try {
      await within(ttlMs * patienceShare, releaseGroup(sql, { shardCount, groupId, holder: pod, epoch }).execute())
      return true
    } catch (err) {
      log.warn({ groupId, err }, 'lease could not be released')
      return false
    }
  }

  const track = (work: Promise<void>): void => {
    const tracked = work
      .catch((err: unknown) => log.error({ err }, 'group could not be let go of'))
      .finally(() => releases.delete(tracked))
    releases.add(tracked)
  }

  /** Takes over what the database says, and what it does not say any more. */
  const renew = async (): Promise<void> => {
    const askedAt = clock.monotonic()
    const before = new Map(groups)
    const rows = await renewGroups(sql, { shardCount, holder: pod, ttlSeconds })
    const ours = new Map(rows.map((row) => [row.groupId, Number(row.epoch)]))
    for (const [groupId, lease] of before) {
      if (groups.get(groupId) !== lease) continue
      if (ours.get(groupId) === lease.epoch) lease.validUntil = Math.max(lease.validUntil, askedAt + ttlMs)
      else if (!lease.isReleasing) lose(groupId)
    }
    // A claim whose answer was lost.
    for (const [groupId, epoch] of ours) if (!before.has(groupId)) take(groupId, epoch, askedAt + ttlMs)
  }

  const settle = async (): Promise<void> => {
    const [leases, pods] = await Promise.all([readLeases(sql, shardCount), readPods(sql)])
    const releasing = new Set([...groups].filter(([, lease]) => lease.isReleasing).map(([groupId]) => groupId))
    const plan = planPlacement({ pod, leases: leases.slice(0, options.groupCount), pods, releasing })
    if (isStopping) return
    for (const groupId of plan.release) {
      const lease = groups.get(groupId)
      if (lease !== undefined && !lease.isReleasing) track(giveBack(groupId, lease))
    }
    const claim = plan.claim.filter((groupId) => !groups.has(groupId))
    if (claim.length === 0) return
    const askedAt = clock.monotonic()
    const claimed = await claimGroups(sql, { shardCount, holder: pod, ttlSeconds, groupIds: claim })
    for (const row of claimed) take(row.groupId, Number(row.epoch), askedAt + ttlMs)
    if (claimed.length < claim.length) isAskedAgain = true // somebody was quicker; there may be others
  }

  const oneRound = async (): Promise<void> => {
    const work = async () => {
      await Promise.all([beat(sql, { pod, maxGroups: options.maxGroups, ttlSeconds }), renew()])
      if (!isStopping) await settle()
    }
    try {
      await within(ttlMs * patienceShare, work())
      answeredAt = clock.monotonic()
    } catch (err) {
      log.warn({ err, held: heldGroups().length, running: groups.size }, 'leases could not be renewed')
    }
    held.set(heldGroups().length)
  }

  /** Runs one round at a time; whoever asks during a round gets another one after it. */
  const look = (): void => {
    if (isStopping) return
    if (round !== undefined) {
      isAskedAgain = true
      return
    }
    clearTimeout(timer)
    isAskedAgain = false
    round = oneRound().finally(() => {
      round = undefined
      if (isStopping) return
      const pauseMs = isAskedAgain ? 50 : (ttlMs / 3) * (0.85 + Math.random() * 0.3)
      timer = setTimeout(look, pauseMs)
    })
  }

  return {
    name: 'leases',
    heldGroups,
    sinceAnsweredMs: () => (answeredAt === undefined ? undefined : clock.monotonic() - answeredAt),
    async start() {
      await ensureGroups(sql, { shardCount, groupCount: options.groupCount })
      forget = bus.onHint(placementHint, look)
      look()
      await round
      bus.hint(placementHint, {}) // pods that hold too much now see us
    },
    async stop() {
      isStopping = true
      forget()
      clearTimeout(timer)
      await round
      // The others count us out first, or nobody would have room for what we give back.
      await removePod(sql, pod).catch((err: unknown) => log.warn({ err }, 'pod could not sign off'))
      bus.hint(placementHint, {})
      // Draining may take longer than a lease; until a process is gone nobody shall start beside it.
      const renewal = setInterval(() => {
        renew().catch((err: unknown) => log.warn({ err }, 'leases could not be renewed while leaving'))
      }, ttlMs / 3)
      for (const [groupId, lease] of groups) if (!lease.isReleasing) track(giveBack(groupId, lease))
      await Promise.all(releases)
      clearInterval(renewal)
      held.set(0)
    },
  }
}
