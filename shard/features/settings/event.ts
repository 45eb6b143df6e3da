import { bindingsChanged } from '../../../cluster/ingress/event.ts'
import { transaction } from '../../../sql/client.ts'
import { recordGuilds, recordLeft } from '../../../sql/queries/guild.ts'
import { touchSettlement } from '../../../sql/queries/settlement.ts'
import type { GatewayEvents } from '../feature.ts'

/**
 * Keeps the record of the guilds that are ours. A guild that invites the bot, or invites it again, works at once: defaults hold
 * without any row, its data are where they were, and its channel is heard again.
 */
export const gateway = {
  async guildsAvailable(guilds, tools) {
    const joined = await transaction(tools.sql, async (db) => {
      const news = await recordGuilds(db, guilds)
      const guildIds = news.map((guild) => guild.guildId)
      if (guildIds.length > 0) await touchSettlement(db, { kind: 'roles', guildIds })
      return guildIds.length
    })
    if (joined > 0) tools.bus.hint(bindingsChanged, {})
  },
  async guildLeft(guildId, tools) {
    const [left] = await recordLeft(tools.sql, guildId)
    if (left !== undefined) tools.bus.hint(bindingsChanged, {})
  },
} satisfies GatewayEvents
