import { type Sql, transaction } from '../../../sql/client.ts'
import { createLease } from '../../../sql/lease.ts'
import { forgetWebhooks } from '../../../sql/queries/inbox.ts'
import { allBindings, findSignal, type KnownStream, knownStreams, loseSignal } from '../../../sql/queries/kick.ts'
import { forgetSignIns } from '../../../sql/queries/oauth.ts'
import { touchSettlement } from '../../../sql/queries/settlement.ts'
import type { Bus } from '../../runtime/bus.ts'
import { type Clock, slotAt } from '../../runtime/clock.ts'
import { within } from '../../runtime/deadline.ts'
import type { KickUserId } from '../../runtime/ids.ts'
import type { Kick, KickLivestream } from '../../runtime/kick.ts'
import type { Service } from '../../runtime/lifecycle.ts'
import type { Log } from '../../runtime/log.ts'
import { Counter, Gauge, registry } from '../../runtime/metrics.ts'
import { bindingsChanged } from '../event.ts'
import { missedStreams, type Seen, silentChannels } from './reconcile/streams.ts'
import {
  AskedFor,
  createMissing,
  planSubscriptions,
  type WantedEvent,
  wantedEvents,
} from './reconcile/subscriptions.ts'
import { createEventStore } from './store.ts'

export interface ReconcilerOptions {
  readonly sql: Sql
  readonly bus: Bus
  readonly clock: Clock
  readonly log: Log
  readonly kick: Pick<Kick, 'subscriptions' | 'livestreamsByIds'>
  /** Name of this pod in the lease. */
  readonly holder: string
  readonly shardCount: number
  readonly shardsPerGroup: number
  readonly everySeconds?: number
  /** Live subscriptions that Kick allows for each event; an app that is not verified gets 1,000 for chat. */
  readonly limits?: Readonly<Record<WantedEvent, number>>
}

/** What a run has changed; all zeros when everything was as it should be. */
export interface Report {
  readonly created: number
  readonly failed: number
  readonly removed: number
  readonly streams: number
  readonly signalsLost: number
  readonly signalsFound: number
}

export interface Reconciler extends Service {
  /** Compares and repairs now, whoever leads. Safe to repeat. Throws when the database does not answer. */
  run(): Promise<Report>
}

const runs = new Counter({
  name: 'bot_kick_reconciles_total',
  help: 'Comparisons of what Kick has with what it should have, by outcome.',
  labelNames: ['outcome'],
  registers: [registry],
})
for (const outcome of ['ok', 'kick_unavailable', 'failed']) runs.inc({ outcome }, 0)
const subscriptions = new Gauge({
  name: 'bot_kick_subscriptions',
  help: 'Live event subscriptions, by event, as the leader saw them.',
  labelNames: ['type'],
  registers: [registry],
})
const limitShare = new Gauge({
  name: 'bot_kick_subscriptions_limit_ratio',
  help: 'Share of the subscriptions that Kick allows which is used, by event.',
  labelNames: ['type'],
  registers: [registry],
})
const liveChannels = new Gauge({
  name: 'bot_kick_live_channels',
  help: 'Bound channels that are live.',
  registers: [registry],
})
const silent = new Gauge({
  name: 'bot_kick_live_silent_channels',
  help: 'Bound channels that are live and from which no chat has come for ten minutes.',
  registers: [registry],
})
const signalLost = new Gauge({
  name: 'bot_kick_signal_lost_channels',
  help: 'Guilds for which nothing tells whether their stream is live.',
  registers: [registry],
})

const leaseTtlSeconds = 15
const defaultEverySeconds = 180
const hintDelayMs = 500
const stopPatienceMs = 2_000
/** When the API has not answered for so long, webhooks are the only signal left. */
const signalPatienceMs = 10 * 60_000
/** For an app that is not verified; by event. */
export const limitsOfKick: Readonly<Record<WantedEvent, number>> = {
  'chat.message.sent': 1_000,
  'livestream.status.updated': 10_000,
  'channel.subscription.new': 10_000,
  'channel.subscription.renewal': 10_000,
  'channel.subscription.gifts': 10_000,
}
/** Longer than any webhook may be late. */
const keepWebhookIdsDays = 3

/**
 * Keeps Kick's side as it should be: one subscription for each channel and event, and no change of a stream missed. One pod
 * does it, under a lease; what it does twice is done once.
 */
export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { sql, bus, clock, log, kick } = options
  const limits = options.limits ?? limitsOfKick
  const store = createEventStore(options)
  const lease = createLease({
    sql,
    bus,
    clock,
    log,
    name: 'reconciler',
    holder: options.holder,
    ttlSeconds: leaseTtlSeconds,
  })
  const askedFor = new AskedFor()
  const lastLiveAt = new Map<KickUserId, number>()
  let apiFailsSince: number | undefined
  let isStopping = false
  let running: Promise<Report> | undefined
  let timer: NodeJS.Timeout | undefined
  let isAgainWanted = false
  let unsubscribe = () => {}

  /** Undefined when the API does not answer. */
  const lookAtStreams = async (known: readonly KnownStream[]): Promise<Seen | undefined> => {
    const ids = [...new Set(known.map((record) => record.broadcasterUserId))]
    try {
      const streams = ids.length === 0 ? [] : await kick.livestreamsByIds(ids)
      const live = new Map<KickUserId, KickLivestream>(streams.map((stream) => [stream.userId, stream]))
      // Batches have left out channels that were live: before a stream is ended its channel is asked for alone.
      for (const { broadcasterUserId } of known.filter((one) => isOpen(one) && !live.has(one.broadcasterUserId))) {
        const [stream] = await kick.livestreamsByIds([broadcasterUserId])
        if (stream !== undefined) live.set(broadcasterUserId, stream)
      }
      apiFailsSince = undefined
      return { live, lastLiveAt: new Map(lastLiveAt), now: clock.now() }
    } catch (err) {
      apiFailsSince ??= clock.now()
      log.warn({ err }, 'kick did not say who is live')
      return undefined
    }
  }

  const repairStreams = async (known: readonly KnownStream[], seen: Seen): Promise<number> => {
    let stored = 0
    for (const { event, guildIds } of missedStreams(known, seen)) {
      const outcome = await store.storeState(event, guildIds)
      if (outcome === 'not_stored') throw new Error('a missed change of a stream could not be stored')
      if (outcome !== 'duplicate') stored++
    }
    for (const userId of seen.live.keys()) lastLiveAt.set(userId, seen.now)
    for (const userId of lastLiveAt.keys()) if (!seen.live.has(userId)) lastLiveAt.delete(userId)
    liveChannels.set(seen.live.size)
    silent.set(silentChannels(known, seen))
    return stored
  }

  /** While nothing tells, two chatters count as a live stream: better a minute too many than an evening lost. */
  const judgeSignal = async (known: readonly KnownStream[]): Promise<{ lost: number; found: number }> => {
    if (apiFailsSince === undefined) {
      const back = known.filter((record) => record.signalLostAt !== null)
      signalLost.set(0)
      return { lost: 0, found: back.length === 0 ? 0 : (await findSignal(sql, idsOf(back))).length }
    }
    const since = apiFailsSince
    if (clock.now() - since < signalPatienceMs) return { lost: 0, found: 0 }
    const untold = known.filter((record) => (record.changedAt ?? 0) <= since)
    signalLost.set(untold.length)
    const fresh = untold.filter((record) => record.signalLostAt === null)
    if (fresh.length === 0) return { lost: 0, found: 0 }
    const talking = fresh.filter((record) => (record.lastChatAt ?? 0) >= since)
    const lost = await transaction(sql, async (db) => {
      const rows = await loseSignal(db, { guildIds: idsOf(fresh), since })
      if (talking.length > 0) {
        await touchSettlement(db, { kind: 'watchtime', guildIds: idsOf(talking), slot: slotAt(since) })
      }
      return rows.length
    })
    return { lost, found: 0 }
  }

  const repairSubscriptions = async (): Promise<{ created: number; failed: number; removed: number }> => {
    const listed = await kick.subscriptions.list()
    // Read after the list: a channel that was bound meanwhile must not lose what it has just been given.
    const bound = new Set((await allBindings(sql)).map((binding) => binding.broadcasterUserId))
    askedFor.settle(listed, bound)
    const plan = planSubscriptions(bound, listed, (id, event) => askedFor.isUnderWay(id, event, clock.now()))
    if (plan.remove.length > 0) await kick.subscriptions.delete(plan.remove)
    const fresh: string[] = []
    const { created, failed, full } = await createMissing(kick, plan.create, {
      mayGoOn: () => !isStopping,
      onCreated: (id, event) => {
        askedFor.note(id, event, clock.now())
        fresh.push(event)
      },
      onFailed: (reason) => log.warn({ reason }, 'kick refused a subscription'),
    })
    if (full.length > 0) log.error({ events: full }, 'kick allows no more subscriptions')
    const removed = new Set(plan.remove)
    for (const type of wantedEvents) {
      const kept = listed.filter((row) => row.event === type && !removed.has(row.id)).length
      const used = full.includes(type) ? limits[type] : kept + fresh.filter((event) => event === type).length
      subscriptions.set({ type }, used)
      limitShare.set({ type }, used / limits[type])
    }
    return { created, failed, removed: plan.remove.length }
  }

  const compare = async (): Promise<Report> => {
    const known = await knownStreams(sql)
    const seen = await lookAtStreams(known)
    const streams = seen === undefined ? 0 : await repairStreams(known, seen)
    const signal = await judgeSignal(known)
    const repaired = await repairSubscriptions().catch((err: unknown) => {
      log.warn({ err }, 'subscriptions could not be compared')
      return undefined
    })
    await forgetWebhooks(sql, keepWebhookIdsDays)
    await forgetSignIns(sql)
    runs.inc({ outcome: seen && repaired ? 'ok' : 'kick_unavailable' })
    const none = { created: 0, failed: 0, removed: 0 }
    return { ...(repaired ?? none), streams, signalsLost: signal.lost, signalsFound: signal.found }
  }

  const run = (): Promise<Report> => {
    running ??= compare().finally(() => {
      running = undefined
    })
    return running
  }

  /** The next run of the leader, in this time at the latest. */
  const schedule = (delayMs: number) => {
    clearTimeout(timer)
    if (isStopping) return
    timer = setTimeout(() => void takeTurn(), delayMs)
  }

  const takeTurn = async () => {
    if (lease.epoch === undefined) return // it comes again with the lease
    isAgainWanted = false
    try {
      const report = await run()
      if (Object.values(report).some((count) => count > 0)) log.info({ ...report }, 'kick was brought in order')
    } catch (err) {
      runs.inc({ outcome: 'failed' })
      log.warn({ err }, 'kick could not be compared')
    }
    schedule(isAgainWanted ? hintDelayMs : (options.everySeconds ?? defaultEverySeconds) * 1_000)
  }

  lease.onChange((epoch) => {
    if (epoch !== undefined) return schedule(0)
    clearTimeout(timer)
    // Only the leader knows; a pod that no longer leads must not go on saying what it once saw.
    for (const gauge of [subscriptions, limitShare, liveChannels, silent, signalLost]) gauge.reset()
  })

  return {
    name: 'kick reconciler',
    run,
    async start() {
      unsubscribe = bus.onHint(bindingsChanged, () => {
        isAgainWanted = true
        if (lease.epoch !== undefined && running === undefined) schedule(hintDelayMs)
      })
      await lease.start()
    },
    async stop() {
      isStopping = true
      unsubscribe()
      clearTimeout(timer)
      // It was reported by whoever asked for it; one that waits for Kick is left to itself, since it may be repeated.
      if (running !== undefined) await within(stopPatienceMs, running).catch(() => {})
      await lease.stop()
    },
  }
}

const isOpen = (record: KnownStream): boolean => record.startedAt !== null && record.endedAt === null

const idsOf = (records: readonly KnownStream[]) => records.map((record) => record.guildId)
