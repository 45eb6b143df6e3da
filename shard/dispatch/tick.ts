import type { Bus, Consumer, Message } from '../../cluster/runtime/bus.ts'
import { slotEndsAt } from '../../cluster/runtime/clock.ts'
import type { GuildId } from '../../cluster/runtime/ids.ts'
import type { Service } from '../../cluster/runtime/lifecycle.ts'
import { Counter, durationBuckets, Histogram, lagBuckets, registry } from '../../cluster/runtime/metrics.ts'
import type { TickKind } from '../../scheduler/schedule.ts'
import { decodeTicks, type TickBatch, tickFilter, tickStream } from '../../scheduler/tick.ts'
import { isTransient, transaction } from '../../sql/client.ts'
import type { TickHandler, Tools } from '../features/feature.ts'
import { misrouted, unreadable } from './metrics.ts'

const duration = new Histogram({
  name: 'bot_tick_duration_seconds',
  help: 'Time from the receipt of a batch of ticks to its commit, or to its failure.',
  labelNames: ['tick', 'outcome'],
  buckets: durationBuckets,
  registers: [registry],
})
const lag = new Histogram({
  name: 'bot_tick_lag_seconds',
  help: 'Time from the end of a slot to the commit that settled a guild up to it.',
  labelNames: ['tick'],
  buckets: lagBuckets,
  registers: [registry],
})
const refused = new Counter({
  name: 'bot_tick_refused_total',
  help: 'Batches of ticks that were refused because a newer leader has been heard.',
  registers: [registry],
})

/** Batches handled at the same time: enough to keep the database busy while one of them waits for it. */
const concurrency = 4
const ackWaitSeconds = 30
const misroutedDeliveries = 3
const retryMs = 1_000

export interface TickDispatchOptions {
  readonly bus: Bus
  readonly tools: Tools
  readonly handlers: Readonly<Record<TickKind, TickHandler>>
  readonly shardCount: number
  readonly group: number
  readonly owns: (guildId: GuildId) => boolean
}

/**
 * Takes the ticks of one group: handler in one transaction, commit, ack. A crash in between repeats the tick, which then
 * finds nothing owed.
 */
export function createTickDispatch(options: TickDispatchOptions): Service {
  const { bus, tools, handlers, shardCount, group, owns } = options
  let consumer: Consumer | undefined
  let newestEpoch = 0

  const settle = (batch: TickBatch): Promise<void> =>
    transaction(tools.sql, (db) => handlers[batch.kind](batch, db, tools))

  /** Settles what can be settled: a guild that fails for a reason of its own is found by halving and does not stop the others. */
  const settleApart = async (batch: TickBatch): Promise<number> => {
    try {
      await settle(batch)
      return 0
    } catch (err) {
      if (isTransient(err)) throw err
      const [first] = batch.ticks
      if (batch.ticks.length === 1 && first !== undefined) {
        tools.log.error({ tick: batch.kind, guildId: first.guildId, slot: first.slot, err }, 'tick failed for a guild')
        return 1
      }
      const middle = Math.ceil(batch.ticks.length / 2)
      const left = await settleApart({ ...batch, ticks: batch.ticks.slice(0, middle) })
      return left + (await settleApart({ ...batch, ticks: batch.ticks.slice(middle) }))
    }
  }

  const handle = async (message: Message): Promise<void> => {
    let received: TickBatch
    try {
      received = decodeTicks(message.subject, message.json())
    } catch (err) {
      unreadable.inc({ stream: tickStream.name })
      tools.log.warn({ subject: message.subject, err }, 'tick cannot be read')
      return message.term()
    }
    if (received.epoch < newestEpoch) {
      refused.inc()
      return message.term()
    }
    newestEpoch = received.epoch
    const batch = { ...received, ticks: received.ticks.filter((tick) => owns(tick.guildId)) }
    const foreign = received.ticks.length - batch.ticks.length
    if (foreign > 0) misrouted.inc({ kind: 'tick' }, foreign)
    if (batch.ticks.length === 0)
      return message.deliveries < misroutedDeliveries ? message.nak(retryMs) : message.term()

    const stop = duration.startTimer({ tick: batch.kind })
    try {
      const failed = await settleApart(batch)
      const now = tools.clock.now()
      for (const tick of batch.ticks) lag.observe({ tick: batch.kind }, Math.max(0, now - slotEndsAt(tick.slot)) / 1000)
      message.ack() // a guild that failed stays due, and the next tick tries it again
      stop({ outcome: failed === 0 ? 'settled' : 'partly' })
    } catch (err) {
      stop({ outcome: 'failed' })
      tools.log.warn({ tick: batch.kind, guilds: batch.ticks.length, err }, 'tick failed and will be tried again')
      message.nak(retryMs * (1 + Math.random()))
    }
  }

  return {
    name: 'ticks',
    async start() {
      consumer = bus.consume(
        {
          stream: tickStream,
          durable: `tick-${shardCount}-${group}`,
          filter: tickFilter({ shardCount, group }),
          batch: 1,
          ackWaitSeconds,
          concurrency,
        },
        async ([message]) => {
          if (message !== undefined) await handle(message)
        },
      )
    },
    async stop() {
      await consumer?.stop()
    },
  }
}
