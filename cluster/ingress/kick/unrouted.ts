import type { Sql } from '../../../sql/client.ts'
import { guildsBoundTo } from '../../../sql/queries/kick.ts'
import type { Bus, Message } from '../../runtime/bus.ts'
import { within } from '../../runtime/deadline.ts'
import type { Log } from '../../runtime/log.ts'
import { ingressEvents } from '../counts.ts'
import { type ChannelEvent, decodeEvent, kickStream } from '../event.ts'
import { type EventStore, unroutedFilter } from './store.ts'

const patienceMs = 5_000
const tryAgainMs = 2_000

/**
 * Routes what came while nobody could say whose it is, once the database answers. All front doors take turns. Safe to
 * repeat: what was routed and not acknowledged is routed again under the same reference.
 */
export function consumeUnrouted(p: {
  readonly sql: Sql
  readonly bus: Bus
  readonly store: EventStore
  readonly log: Log
}): () => Promise<void> {
  const route = async (event: ChannelEvent): Promise<string> => {
    const guildIds = await within(patienceMs, guildsBoundTo(p.sql, event.broadcaster.userId))
    if (guildIds.length === 0) return 'unbound'
    return event.happening.type === 'chat' ? p.store.storeChat(event, guildIds) : p.store.storeState(event, guildIds)
  }

  const handle = async (message: Message): Promise<void> => {
    let event: ChannelEvent
    try {
      event = decodeEvent(message.json())
    } catch (err) {
      p.log.error({ err }, 'unrouted event cannot be read')
      message.term()
      return
    }
    const outcome = await route(event).catch(() => 'not_stored') // the database is still away; it comes again
    if (outcome === 'not_stored') {
      message.nak(tryAgainMs * (1 + Math.random()))
      return
    }
    ingressEvents.inc({ source: 'unrouted', type: event.happening.type, outcome })
    message.ack()
  }

  const consumer = p.bus.consume(
    { stream: kickStream, durable: 'kick-unrouted', filter: unroutedFilter, batch: 50, ackWaitSeconds: 30 },
    async (messages) => {
      await Promise.all(messages.map(handle))
    },
  )
  return () => consumer.stop()
}
