import { bindingsChanged } from '../../../cluster/ingress/event.ts'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import { type Db, transaction } from '../../../sql/client.ts'
import { channelOf } from '../../../sql/queries/channel.ts'
import { recordGuilds, recordLeft } from '../../../sql/queries/guild.ts'
import { owe } from '../../../sql/queries/outbox.ts'
import { touchSettlement } from '../../../sql/queries/settlement.ts'
import type { GatewayEvents, Tools } from '../feature.ts'

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
      await oweChannelOfEnvironment(
        db,
        guilds.map((guild) => guild.guildId),
        tools,
      )
      return guildIds.length
    })
    if (joined > 0) tools.bus.hint(bindingsChanged, {})
  },
  async guildLeft(guildId, tools) {
    const [left] = await recordLeft(tools.sql, guildId)
    if (left !== undefined) tools.bus.hint(bindingsChanged, {})
  },
} satisfies GatewayEvents

/** The one place where the environment speaks for a guild: its channel, as long as nobody has chosen one. */
async function oweChannelOfEnvironment(db: Db, available: readonly GuildId[], tools: Tools): Promise<void> {
  const { guildId, channel } = tools.onlyGuild ?? {}
  if (guildId === undefined || channel === undefined || !available.includes(guildId)) return
  if ((await channelOf(db, guildId)) !== undefined) return
  await owe(db, [{ guildId, kind: 'settings.bind', sourceRef: channel, payload: { channel } }])
  tools.wakeOutbox()
}
