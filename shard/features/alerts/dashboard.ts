import { owe } from '../../../sql/queries/outbox.ts'
import type { DashboardHandler } from '../feature.ts'

/** Posts a test alert, as the button in Discord does. */
export const onLiveTest: DashboardHandler = async (event, db, tools) => {
  await owe(db, [{ guildId: event.guildId, kind: 'alerts.test', sourceRef: event.id, payload: {} }])
  tools.wakeOutbox()
}
