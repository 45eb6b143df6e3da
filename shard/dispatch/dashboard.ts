import { z } from 'zod'
import { UserError } from '../../cluster/runtime/errors.ts'
import { Counter, registry } from '../../cluster/runtime/metrics.ts'
import { nonceFor, signedEvent, toldSubject } from '../../cluster/runtime/told.ts'
import { inSavepoint } from '../../sql/client.ts'
import {
  answerDashboard,
  type DashboardOutcome,
  type DashboardRow,
  dashboardEvents,
  dashboardJob,
  finishDashboardEvent,
  tellingKind,
} from '../../sql/queries/dashboard.ts'
import { requestIdOf } from '../features/dashboard.ts'
import type { DashboardHandler, Feature, JobHandler, OutboxPayer } from '../features/feature.ts'

const handled = new Counter({
  name: 'bot_dashboard_events_handled_total',
  help: 'Events of the dashboard, by what became of them.',
  labelNames: ['event', 'outcome'],
  registers: [registry],
})

/**
 * Handles what the dashboard said, as a room that every other room adds its events to: each once, in the transaction that records
 * it, in the order in which they were said. What is wrong in an event undoes that event alone and is written down with its reason. Whoever
 * gave a `request_id` is told whether it was accepted. And it says to the dashboard what rooms have to say (`tellDashboard`).
 */
export function dashboardFeature(features: readonly Feature[]): Feature {
  const handlers = new Map<string, DashboardHandler>(
    features.flatMap((feature) => Object.entries(feature.dashboard ?? {})),
  )
  const handle: JobHandler = async (jobs, db, tools) => {
    const events = await dashboardEvents(db, {
      guildIds: jobs.map((job) => job.guildId),
      ids: jobs.map((job) => job.ref),
    })
    const attempt = async (event: DashboardRow): Promise<{ outcome: DashboardOutcome; reason: string | null }> => {
      const handler = handlers.get(`${event.area}.${event.action}`)
      if (handler === undefined) {
        tools.log.warn({ guildId: event.guildId, event: `${event.area}.${event.action}` }, 'dashboard event unknown')
        return { outcome: 'unknown', reason: 'no room knows this event' }
      }
      try {
        await inSavepoint(db, () => handler(event, db, tools))
        return { outcome: 'done', reason: null }
      } catch (err) {
        if (!(err instanceof UserError)) throw err
        tools.log.warn(
          { guildId: event.guildId, event: `${event.area}.${event.action}`, code: err.code, reason: err.message },
          'dashboard event refused',
        )
        return { outcome: 'refused', reason: err.message }
      }
    }
    for (const event of events) {
      const { outcome, reason } = await attempt(event)
      await finishDashboardEvent(db, { guildId: event.guildId, id: event.id, outcome, reason })
      const requestId = requestIdOf(event.data)
      if (requestId !== undefined && tools.dashboardSecret !== undefined) {
        const name = `${event.area}.${event.action}`
        const state = outcome === 'done' ? 'accepted' : 'refused'
        await answerDashboard(db, {
          guildId: event.guildId,
          requestId,
          event: name,
          state,
          ...(reason !== null && { error: reason }),
        })
        tools.wakeOutbox()
      }
      handled.inc({ event: outcome === 'unknown' ? 'unknown' : `${event.area}.${event.action}`, outcome })
    }
  }
  return { name: 'dashboard', jobs: { [dashboardJob]: handle }, outbox: { [tellingKind]: payTelling } }
}

const telling = z.object({
  area: z.string(),
  action: z.string(),
  data: z.record(z.string(), z.json()),
})
const patienceMs = 2_000
const awayMs = 5_000

/** Says one thing to the dashboard. Repeated after a crash it has the same nonce, by which the bus and the dashboard know it. */
const payTelling: OutboxPayer = async (row, { bus, clock, dashboardSecret: secret }) => {
  if (secret === undefined) return { kind: 'paid' }
  const { guildId } = row
  const said = { guildId, ...telling.parse(row.payload), nonce: nonceFor(guildId, row.sourceRef) }
  try {
    const body = signedEvent(said, { secret, at: clock.now() })
    await bus.publish(toldSubject(said), body, { id: said.nonce, timeoutMs: patienceMs })
    return { kind: 'paid' }
  } catch {
    return { kind: 'wait', reason: 'the bus is away', delayMs: awayMs } // whatever it was, only the bus can have been in the way
  }
}
