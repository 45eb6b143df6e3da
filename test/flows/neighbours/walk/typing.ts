import { ApplicationCommandOptionType } from 'discord.js'
import type { Step } from './step.ts'

interface Spec {
  readonly name: string
  readonly type: number
  readonly autocomplete?: boolean
  readonly options?: readonly Spec[]
}

const groups: readonly number[] = [
  ApplicationCommandOptionType.Subcommand,
  ApplicationCommandOptionType.SubcommandGroup,
]

/** Every option of every command that completes what is typed, by its path. */
const completed = (path: string, options: readonly Spec[] = []): { path: string; option: Spec }[] =>
  options.flatMap((option) => {
    if (groups.includes(option.type)) return completed(`${path} ${option.name}`, option.options)
    return option.autocomplete === true ? [{ path, option }] : []
  })

/** What is offered while somebody types, by every command that Discord knows. */
export const typing: Step = {
  name: 'everything is completed while it is typed',
  async run(side) {
    const commands = side.world.discord.world.commands.in(null)
    const all = commands.flatMap((one) => completed(String(one.name), one.options as readonly Spec[] | undefined))
    if (all.length < 40) throw new Error('commands were not registered')
    for (const { path, option } of all)
      for (const typed of ['', 'a']) {
        const isNumber = option.type !== ApplicationCommandOptionType.String
        await side.choices(path, option.name, { [option.name]: isNumber ? typed.replace('a', '1') : typed })
      }
  },
}
