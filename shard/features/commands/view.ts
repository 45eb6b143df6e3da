import type { CustomCommand } from '../../../sql/queries/commands.ts'
import type { Reply } from '../feature.ts'
import type { Say } from '../language.ts'
import { colour, linesWithin } from '../text.ts'

const longestDescription = 4096

const whereOf = (command: CustomCommand) =>
  command.onKick && command.onDiscord ? 'both' : command.onKick ? 'kick' : 'discord'

/** All about one command; `note` stands above. */
export function commandView(say: Say, command: CustomCommand, note?: string): Reply {
  const lines = [
    `\`\`\`\n${command.response.replaceAll('```', 'ˋˋˋ')}\n\`\`\``,
    command.enabled ? '' : say('commands:is_off'),
    say('commands:show.cooldown', { count: command.cooldown, user: command.userCooldown }),
    say('commands:show.level', {
      level: say(`commands:level.${command.level}`),
      where: say(`commands:where.${whereOf(command)}`),
    }),
    say('commands:show.uses', { count: command.useCount }),
    command.aliases.length === 0
      ? ''
      : say('commands:show.aliases', { names: command.aliases.map((alias) => `\`!${alias}\``).join(' ') }),
  ]
  return {
    content: note ?? '',
    embeds: [
      { color: colour, title: `!${command.command}`, description: lines.filter((line) => line !== '').join('\n') },
    ],
  }
}

/** Every command of a guild, one line each. */
export function listView(say: Say, commands: readonly CustomCommand[]): Reply {
  const lines = commands.map((command) => {
    const first = command.response.replaceAll('`', 'ˋ').slice(0, 60)
    return `${command.enabled ? '' : '⏸️ '}**!${command.command}** \`${first}\``
  })
  const description = lines.length === 0 ? say('commands:none') : linesWithin(say, lines, longestDescription)
  return { embeds: [{ color: colour, title: say('commands:title'), description }] }
}
