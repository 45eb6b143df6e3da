import type { GuildId } from '../../../cluster/runtime/ids.ts'
import { countLines } from '../../../sql/queries/timers.ts'
import type { EventHandler } from '../feature.ts'

/** Counts lines of chat for messages that wait for a number of them; one statement, which finds nothing to do elsewhere. */
export const onChat: EventHandler<'chat'> = async (events, db) => {
  const lines = new Map<GuildId, number>()
  for (const event of events) for (const guildId of event.guildIds) lines.set(guildId, (lines.get(guildId) ?? 0) + 1)
  const guildIds = [...lines.keys()].sort()
  if (guildIds.length === 0) return
  await countLines(db, { guildIds, lines: guildIds.map((guildId) => lines.get(guildId) ?? 0) })
}
