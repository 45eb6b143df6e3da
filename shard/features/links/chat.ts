import { memberOf } from '../../../sql/queries/links.ts'
import type { ChatCommand } from '../feature.ts'
import { chatLine } from './view.ts'

/** `!link`: says where. Nothing typed in a public chat can prove who somebody is. */
export const linkChat: ChatCommand = async ({ guildId, sender, say }, db) =>
  chatLine(say, (await memberOf(db, guildId, sender.username)) !== undefined)
