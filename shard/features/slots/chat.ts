import { pickOf, seedStateOf } from '../../../sql/queries/slotpicks.ts'
import type { ChatCommand } from '../feature.ts'
import { chatCurrent } from './view.ts'

/** `!current` and `!slot`: what was picked last. Servers that do not use requests say nothing. */
export const currentChat: ChatCommand = async ({ guildId, say }, db) => {
  if ((await seedStateOf(db, guildId)) === undefined) return undefined
  return chatCurrent(say, await pickOf(db, { guildId }))
}
