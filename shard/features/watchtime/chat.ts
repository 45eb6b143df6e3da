import type { Db } from '../../../sql/client.ts'
import { standingOf } from '../../../sql/queries/standing.ts'
import type { ChatCall, ChatCommand } from '../feature.ts'
import { rankChatLine, watchtimeChatLine } from './view.ts'

/** Viewers are known by their Kick name, linked or not. */
const standingOfSender = ({ guildId, sender }: ChatCall, db: Db) =>
  standingOf(db, { guildId, username: sender.username })

/** `!watchtime` */
export const watchtimeChat: ChatCommand = async (call, db) =>
  watchtimeChatLine(call.say, await standingOfSender(call, db))

/** `!rank` */
export const rankChat: ChatCommand = async (call, db) => rankChatLine(call.say, await standingOfSender(call, db))
