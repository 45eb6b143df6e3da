import { standingOf } from '../../../sql/queries/standing.ts'
import type { ChatCommand } from '../feature.ts'
import { pointsChatLine } from './view.ts'

/** `!points`, for linked and unlinked viewers: both are known by their Kick name. */
export const pointsChat: ChatCommand = async ({ guildId, say, sender }, db) =>
  pointsChatLine(say, await standingOf(db, { guildId, username: sender.username }))
