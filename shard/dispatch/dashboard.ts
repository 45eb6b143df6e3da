import { UserError } from '../../cluster/runtime/errors.ts'
import { Counter, registry } from '../../cluster/runtime/metrics.ts'
import { inSavepoint } from '../../sql/client.ts'
import {
  type DashboardOutcome,
  type DashboardRow,
  dashboardEvents,
  dashboardJob,
  finishDashboardEvent,
} from '../../sql/queries/dashboard.ts'
import type { DashboardHandler, Feature, JobHandler } from '../features/feature.ts'

const handled = new Counter({
  name: 'bot_dashboard_events_handled_total',
  help: 'Events of the dashboard, by what became of them.',
  labelNames: ['event', 'outcome'],
  registers: [registry],
})

/**
 * Handles what the dashboard said, as a room that every other room adds its events to: each once, in the transaction that records
 * it, in the order in which they were said. What is wrong in an event undoes that event alone and is written down with its reason.
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
      if (handler === undefined) return { outcome: 'unknown', reason: null }
      try {
        await inSavepoint(db, () => handler(event, db, tools))
        return { outcome: 'done', reason: null }
      } catch (err) {
        if (!(err instanceof UserError)) throw err
        tools.log.warn(
          { guildId: event.guildId, event: `${event.area}.${event.action}`, code: err.code },
          'dashboard event refused',
        )
        return { outcome: 'refused', reason: err.message }
      }
    }
    for (const event of events) {
      const { outcome, reason } = await attempt(event)
      await finishDashboardEvent(db, { guildId: event.guildId, id: event.id, outcome, reason })
      handled.inc({ event: outcome === 'unknown' ? 'unknown' : `${event.area}.${event.action}`, outcome })
    }
  }
  return { name: 'dashboard', jobs: { [dashboardJob]: handle } }
}
