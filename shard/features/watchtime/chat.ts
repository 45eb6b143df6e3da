import type { Db } from '../../../sql/client.ts'
import { readSettingsOf } from '../../../sql/queries/settings.ts'
import { standingOf } from '../../../sql/queries/standing.ts'
import type { ChatCall, ChatCommand } from '../feature.ts'
import { rankChatLine, watchtimeChatLine } from './view.ts'

/** Viewers are known by their Kick name, linked or not. */
async function standingOfSender(call: ChatCall, db: Db) {
  const { guildId, sender } = call
  const { ignored_names: ignored } = await readSettingsOf(db, guildId, ['ignored_names'])
  return standingOf(db, { guildId, username: sender.username, ignored })
}

/** `!watchtime` */
export const watchtimeChat: ChatCommand = async (call, db) =>
  watchtimeChatLine(call.say, await standingOfSender(call, db))

/** `!rank` */
export const rankChat: ChatCommand = async (call, db) => rankChatLine(call.say, await standingOfSender(call, db))
