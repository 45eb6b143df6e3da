/** What rooms ask of the options of a command. */
import type { ChatInputCommandInteraction } from 'discord.js'
import { UserError } from '../../cluster/runtime/errors.ts'
import type { Say } from './language.ts'

/** Refuses to edit something when nothing was given but which one, by the option `which`. */
export function needChange(say: Say, { options }: ChatInputCommandInteraction, which: string): void {
  const [subcommand] = options.data
  if (!subcommand?.options?.some(({ name }) => name !== which))
    throw new UserError('no_change', say('common:error.no_change'))
}
