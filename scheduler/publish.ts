import type { Bus } from '../cluster/runtime/bus.ts'
import { type Clock, dueSlotAt } from '../cluster/runtime/clock.ts'
import { type Epoch, type GuildId, guildId, type Slot } from '../cluster/runtime/ids.ts'
import type { Service } from '../cluster/runtime/lifecycle.ts'
import type { Log } from '../cluster/runtime/log.ts'
import { Counter, durationBuckets, Gauge, Histogram, registry } from '../cluster/runtime/metrics.ts'
import type { Sql } from '../sql/client.ts'
import type { Lease } from '../sql/lease.ts'
import { guildsAfter } from '../sql/queries/guild.ts'
import { dueGuilds } from '../sql/queries/settlement.ts'
import { type Addressed, address, type Round, roundAt } from './due.ts'
import { schedule, type TickKind, tickKinds } from './schedule.ts'
import { encodeTicks, tickStream, tickSubject } from './tick.ts'

const published = new Counter({
  name: 'bot_scheduler_ticks_total',
  help: 'Guild ticks that were published, by kind and outcome; a duplicate had been published before.',
  labelNames: ['tick', 'outcome'],
  registers: [registry],
})
const due = new Gauge({
  name: 'bot_scheduler_due_guilds',
  help: 'Guilds that the last round found due.',
  labelNames: ['tick'],
  registers: [registry],
})
const roundDuration = new Histogram({
  name: 'bot_scheduler_round_seconds',
  help: 'Duration of a round: asking what is due and publishing it.',
  buckets: durationBuckets,
  registers: [registry],
})

const roundMs = 1_000
/** Most guilds of one kind in one round; those who do not fit are still due in the next one. */
const mostGuilds = 20_000
const publishTimeoutMs = 2_000
/** Guilds that each round looks at although nothing marked them: ten thousand of them in a quarter of an hour. */
const repairedInRound = 10

export interface PublisherOptions {
  readonly sql: Sql
  readonly bus: Bus
  readonly clock: Clock
  readonly log: Log
  readonly lease: Lease
  readonly shardCount: number
  readonly shardsPerGroup: number
  readonly cadenceSeconds: number
}

/**
 * While this process leads: once a second, asks which guilds are due and publishes their ticks under its epoch. A new leader
 * begins with everything that is unsettled, those behind longest first. It keeps no state that a next leader would need.
 */
export function createPublisher(options: PublisherOptions): Service {
  const { sql, bus, clock, log, lease } = options
  let isStopping = false
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()
  let last: { epoch: Epoch; at: number } | undefined
  let repairedUpTo = guildId('0')

  const send = async (batch: Addressed, epoch: Epoch): Promise<void> => {
    // By our own clock the lease may have run out while we asked; then somebody else publishes this.
    if (lease.epoch !== epoch) return
    const { duplicate } = await bus.publish(
      tickSubject({ shardCount: options.shardCount, group: batch.group, kind: batch.kind }),
      encodeTicks({ kind: batch.kind, epoch, ticks: batch.ticks }),
      { id: batch.id, timeoutMs: publishTimeoutMs },
    )
    published.inc({ tick: batch.kind, outcome: duplicate ? 'duplicate' : 'published' }, batch.ticks.length)
  }

  const publishKind = async (kind: TickKind, round: Round, nowMs: number, epoch: Epoch): Promise<void> => {
    const slot = dueSlotAt(nowMs)
    const guilds = await dueGuilds(sql, {
      kind,
      slot,
      cadenceSeconds: options.cadenceSeconds,
      phases: [...round.phases],
      everyPhase: round.everyPhase,
      limit: mostGuilds,
    })
    due.set({ tick: kind }, guilds.length)
    const second = Math.floor(nowMs / 1000) % 60
    const name = round.everyPhase ? `all-${epoch}-${second}` : String(second)
    await sendAll(
      kind,
      slot,
      name,
      guilds.map((guild) => guild.guildId),
      epoch,
    )
  }

  const sendAll = async (kind: TickKind, slot: Slot, round: string, guilds: readonly GuildId[], epoch: Epoch) => {
    const { shardCount, shardsPerGroup } = options
    const batches = address(guilds, { kind, slot, round, shardCount, shardsPerGroup })
    await Promise.all(batches.map((batch) => send(batch, epoch)))
  }

  /** One step of the walk through all guilds, for kinds whose facts others change without a word. */
  const repair = async (nowMs: number, epoch: Epoch): Promise<void> => {
    const rows = await guildsAfter(sql, { after: repairedUpTo, limit: repairedInRound })
    const guilds = rows.map((row) => row.guildId)
    repairedUpTo = guilds.at(-1) ?? guildId('0')
    const kinds = tickKinds.filter((kind) => schedule[kind].isRepaired)
    const round = `repair-${Math.floor(nowMs / 1000) % 60}`
    await Promise.all(kinds.map((kind) => sendAll(kind, dueSlotAt(nowMs), round, guilds, epoch)))
  }

  const playRound = async (): Promise<void> => {
    const epoch = lease.epoch
    if (epoch === undefined) {
      last = undefined
      return
    }
    const nowMs = clock.now()
    const round = roundAt(nowMs, last?.epoch === epoch ? last.at : undefined, options.cadenceSeconds)
    if (!round.everyPhase && round.phases.length === 0) return
    const stop = roundDuration.startTimer()
    try {
      await Promise.all(tickKinds.map((kind) => publishKind(kind, round, nowMs, epoch)))
      await repair(nowMs, epoch)
      last = { epoch, at: nowMs }
    } catch (err) {
      // What was not published is still due; the next round covers the seconds since the last one that succeeded.
      log.warn({ err }, 'round failed')
    } finally {
      stop()
    }
  }

  const playIn = (delayMs: number): void => {
    if (isStopping) return
    clearTimeout(timer)
    timer = setTimeout(() => {
      running = playRound().finally(() => playIn(roundMs - (clock.now() % roundMs)))
    }, delayMs)
  }

  return {
    name: 'publisher',
    async start() {
      bus.declare(tickStream)
      lease.onChange((epoch) => {
        if (epoch !== undefined) running = running.then(() => playIn(0)) // a new leader does not wait for the next second
      })
      playIn(0)
    },
    async stop() {
      isStopping = true
      clearTimeout(timer)
      await running
    },
  }
}
