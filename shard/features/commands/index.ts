import { defineFeature } from '../feature.ts'
import { onWords } from './chat.ts'
import { cmd } from './command/cmd.ts'
import { command } from './command/command.ts'
import { onReload } from './dashboard.ts'

export { rankOf } from './rules.ts'

/** Commands that a server makes for itself, for its stream chat and for Discord. */
export const commandsFeature = defineFeature({
  name: 'commands',
  commands: [command, cmd],
  chatWords: onWords,
  dashboard: { 'commands.reload': onReload },
})
