import { isTransient, type Sql, transaction } from '../../../sql/client.ts'
import { keepDashboardEvent, pruneDashboardEvents } from '../../../sql/queries/dashboard.ts'
import type { Bus, Consumer, Message } from '../../runtime/bus.ts'
import type { Service } from '../../runtime/lifecycle.ts'
import type { Log } from '../../runtime/log.ts'
import { Counter, registry } from '../../runtime/metrics.ts'
import { dashboardStream, readDashboardEvent } from './payload.ts'

const received = new Counter({
  name: 'bot_dashboard_events_received_total',
  help: 'Events of the dashboard, by whether they were believed and new.',
  labelNames: ['outcome'],
  registers: [registry],
})

const pruneMs = 600_000
/** Much longer than an event may be old. */
const keepDays = 7
const retryMs = 2_000

/**
 * Takes the dashboard's events off the bus, whichever pod is first, and keeps those that are signed, fresh and new for the owner of
 * their guild. An event that is not believed is counted and dropped; nothing of it is logged but its subject's area.
 */
export function createDashboardIntake(options: {
  readonly sql: Sql
  readonly bus: Bus
  readonly log: Log
  /** The newest first; without any nothing is believed, and nothing is taken. */
  readonly secrets: readonly string[]
}): Service {
  const { sql, bus, log, secrets } = options
  let consumer: Consumer | undefined
  let pruning: NodeJS.Timeout | undefined

  const refuse = (message: Message, reason: string): void => {
    received.inc({ outcome: reason })
    log.warn({ reason, subject: message.subject.split('.').slice(2).join('.').slice(0, 80) }, 'dashboard event refused')
    message.term()
  }

  const bodyOf = (message: Message): unknown => {
    try {
      return message.json()
    } catch {
      return undefined // not JSON: it has no shape at all
    }
  }

  const take = async (message: Message): Promise<void> => {
    const { subject, storedAt } = message
    const read = readDashboardEvent({ subject, storedAt, body: bodyOf(message) }, secrets)
    if (read.kind === 'refused') return refuse(message, read.reason)
    try {
      const isNew = await transaction(sql, (db) => keepDashboardEvent(db, read.event))
      received.inc({ outcome: isNew ? 'accepted' : 'repeated' })
      message.ack()
    } catch (err) {
      if (!isTransient(err)) log.error({ err }, 'dashboard event could not be kept')
      message.nak(retryMs * Math.min(message.deliveries, 30))
    }
  }

  return {
    name: 'dashboard events',
    async start() {
      if (secrets.length === 0) return
      bus.declare(dashboardStream)
      const consuming = {
        stream: dashboardStream,
        durable: 'dashboard',
        filter: 'dash.>',
        batch: 50,
        ackWaitSeconds: 30,
      }
      consumer = bus.consume(consuming, async (messages) => {
        for (const message of messages) await take(message) // in the order in which they came
      })
      pruning = setInterval(() => {
        pruneDashboardEvents(sql, keepDays).catch((err: unknown) =>
          log.debug({ err }, 'old events could not be pruned'),
        )
      }, pruneMs)
    },
    async stop() {
      clearInterval(pruning)
      await consumer?.stop()
    },
  }
}
