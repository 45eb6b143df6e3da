import {
  type ChannelEvent,
  decodeEvent,
  type EventType,
  encodeEvent,
  eventFilter,
  eventSubject,
  kickStream,
} from '../../cluster/ingress/event.ts'
import type { Bus, Consumer, Message } from '../../cluster/runtime/bus.ts'
import { type GuildId, groupOf } from '../../cluster/runtime/ids.ts'
import type { Service } from '../../cluster/runtime/lifecycle.ts'
import { Histogram, lagBuckets, registry } from '../../cluster/runtime/metrics.ts'
import { type Db, isTransient, transaction } from '../../sql/client.ts'
import type { EventHandler, Feature, Tools } from '../features/feature.ts'
import { chatCommandHandler } from './chat.ts'
import { handledEvents, misrouted, unreadable } from './metrics.ts'

const age = new Histogram({
  name: 'bot_events_age_seconds',
  help: 'Time from the happening on Kick to the commit of what it changed.',
  labelNames: ['type'],
  buckets: lagBuckets,
  registers: [registry],
})

/** Messages of one transaction; a chat storm fills it, and a quiet channel does not wait longer than the linger. */
const batchSize = 500
const lingerMs = 50
const ackWaitSeconds = 30
const retryMs = 1_000

export interface EventDispatchOptions {
  readonly bus: Bus
  readonly tools: Tools
  readonly features: readonly Feature[]
  readonly shardCount: number
  readonly shardsPerGroup: number
  readonly group: number
}

/** Runs all rooms that handle this type, one after the other, in the transaction that is given. */
export async function handleEvents(
  features: readonly Feature[],
  events: readonly ChannelEvent[],
  db: Db,
  tools: Tools,
): Promise<void> {
  for (const type of new Set(events.map((event) => event.happening.type))) {
    const ofType = events.filter((event) => event.happening.type === type)
    for (const feature of features) {
      const handler = feature.events?.[type] as EventHandler | undefined
      if (handler !== undefined) await handler(ofType, db, tools)
    }
  }
}

/** The types of event that some room handles. */
export const handledTypes = (features: readonly Feature[]): readonly EventType[] => [
  ...new Set(features.flatMap((feature) => Object.keys(feature.events ?? {}) as EventType[])),
]

/**
 * Takes the events of one group off the bus, in batches: handlers in one transaction, commit, ack. A crash in between
 * repeats them, which every handler allows.
 */
export function createEventDispatch(options: EventDispatchOptions): Service {
  const { bus, tools, features, shardCount, shardsPerGroup, group } = options
  const consumers: Consumer[] = []
  const answerCommands = chatCommandHandler(features)

  const read = (message: Message): ChannelEvent | undefined => {
    try {
      return decodeEvent(message.json())
    } catch (err) {
      unreadable.inc({ stream: kickStream.name })
      tools.log.warn({ subject: message.subject, err }, 'event cannot be read')
      message.term()
      return undefined
    }
  }

  const isOurs = (guildId: GuildId): boolean => groupOf(guildId, shardCount, shardsPerGroup) === group

  /** Guilds of another group are handed to that group, under ids of their own, so that they arrive there once. */
  const passOn = async (event: ChannelEvent): Promise<void> => {
    const foreign = event.guildIds.filter((guildId) => !isOurs(guildId))
    if (foreign.length > 0) misrouted.inc({ kind: 'event' }, foreign.length)
    for (const guildId of foreign) {
      await bus.publish(
        eventSubject({
          shardCount,
          group: groupOf(guildId, shardCount, shardsPerGroup),
          type: event.happening.type,
        }),
        encodeEvent({ ...event, guildIds: [guildId] }),
        { id: `${event.ref}:${guildId}`, timeoutMs: 2_000 },
      )
    }
  }

  const handle = async (messages: readonly Message[]): Promise<void> => {
    const readable = messages.flatMap((message) => {
      const event = read(message)
      return event === undefined ? [] : [{ message, event }]
    })
    if (readable.length === 0) return
    try {
      for (const { event } of readable) await passOn(event)
      await commit(readable.map(({ event }) => ({ ...event, guildIds: event.guildIds.filter(isOurs) })))
    } catch (err) {
      if (!isTransient(err) && readable.length > 1) {
        // One event that cannot be handled must not stop the others.
        for (const { message } of readable) await handle([message])
        return
      }
      for (const { message } of readable) message.nak(retryMs * Math.min(message.deliveries, 30) * (1 + Math.random()))
      tools.log.warn({ events: readable.length, err }, 'events failed and will be tried again')
      return
    }
    for (const { message } of readable) message.ack()
  }

  const commit = async (events: readonly ChannelEvent[]): Promise<void> => {
    const inHand = events.filter((event) => event.guildIds.length > 0)
    if (inHand.length === 0) return
    await transaction(tools.sql, (db) => handleEvents(features, inHand, db, tools))
    const now = tools.clock.now()
    for (const { happening } of inHand) {
      handledEvents.inc({ type: happening.type, source: 'bus' })
      age.observe({ type: happening.type }, Math.max(0, now - happening.at) / 1000)
    }
    await answer(inHand)
  }

  /** Answers come after the facts and in a transaction of their own: a command that fails must not cost anybody a minute. */
  const answer = async (events: readonly ChannelEvent[]): Promise<void> => {
    const chat = events.filter((event) => event.happening.type === 'chat') as ChannelEvent<'chat'>[]
    try {
      await transaction(tools.sql, (db) => answerCommands(chat, db, tools))
    } catch (err) {
      tools.log.warn({ err }, 'chat commands were not answered')
    }
  }

  return {
    name: 'events',
    async start() {
      for (const type of handledTypes(features)) {
        consumers.push(
          bus.consume(
            {
              stream: kickStream,
              durable: `kick-${type}-${shardCount}-${group}`,
              filter: eventFilter({ shardCount, group, type }),
              batch: batchSize,
              lingerMs,
              ackWaitSeconds,
            },
            handle,
          ),
        )
      }
    },
    async stop() {
      await Promise.all(consumers.map((consumer) => consumer.stop()))
    },
  }
}
