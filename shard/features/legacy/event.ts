import { oweTierNames } from '../../../sql/queries/legacy.ts'
import type { GatewayEvents } from '../feature.ts'

/** First contact with guilds that came over: Discord knows what their roles are called. */
export const guildsAvailable: NonNullable<GatewayEvents['guildsAvailable']> = async (guilds, tools) => {
  const owed = await oweTierNames(tools.sql, { guildIds: guilds.map(({ guildId }) => guildId), again: false })
  if (owed.length > 0) tools.wakeOutbox()
}

/** A role may have been made, or renamed, that was missing. */
export const rolesChanged: NonNullable<GatewayEvents['rolesChanged']> = async (guildId, tools) => {
  const owed = await oweTierNames(tools.sql, { guildIds: [guildId], again: true })
  if (owed.length > 0) tools.wakeOutbox()
}
