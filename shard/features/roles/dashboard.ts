import { touchSettlement } from '../../../sql/queries/settlement.ts'
import type { DashboardHandler } from '../feature.ts'

/** The dashboard has changed tiers in the database: everybody's roles are compared again. */
export const onTiersChanged: DashboardHandler = async ({ guildId }, db) => {
  await touchSettlement(db, { kind: 'roles', guildIds: [guildId] })
}
