import { readSettingsOf } from '../../../sql/queries/settings.ts'
import { standingOf } from '../../../sql/queries/standing.ts'
import type { ChatCommand } from '../feature.ts'
import { pointsChatLine } from './view.ts'

/** `!points`, for linked and unlinked viewers: both are known by their Kick name. */
export const pointsChat: ChatCommand = async ({ guildId, sender }, db) => {
  const { ignored_names: ignored } = await readSettingsOf(db, guildId, ['ignored_names'])
  return pointsChatLine(await standingOf(db, { guildId, username: sender.username, ignored }))
}
