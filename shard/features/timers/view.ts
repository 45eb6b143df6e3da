import { type APIActionRowComponent, type APIButtonComponent, ButtonStyle, ComponentType } from 'discord.js'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import type { Timer } from '../../../sql/queries/timers.ts'
import type { Reply } from '../feature.ts'
import type { Say } from '../language.ts'
import { ago, colour, linesWithin } from '../text.ts'

const longestDescription = 4096
const buttonsInRow = 5

const timerLines = (say: Say, timer: Timer): string[] => [
  `${timer.enabled ? '▶️' : '⏸️'} **#${timer.id}** ${say('timers:every', { count: timer.intervalMinutes })}${
    timer.minLines > 0 ? ` · ${say('timers:after_lines', { count: timer.minLines })}` : ''
  }${timer.onlyLive ? '' : ` · ${say('timers:also_offline')}`}`,
  `\`${timer.message.replaceAll('`', 'ˋ').slice(0, 150)}\``,
  timer.lastSent === null ? say('timers:never_said') : say('timers:said', { when: ago(timer.lastSent) }),
]

/** All messages of a guild, and a button for each that switches it off or on. `note` stands above. */
export function timersView(say: Say, guildId: GuildId, timers: readonly Timer[], note?: string): Reply {
  const lines = timers.map((timer) => timerLines(say, timer).join('\n'))
  const buttons: APIButtonComponent[] = timers.map((timer) => ({
    type: ComponentType.Button,
    style: timer.enabled ? ButtonStyle.Success : ButtonStyle.Secondary,
    label: `#${timer.id}`,
    emoji: { name: timer.enabled ? '⏸️' : '▶️' },
    custom_id: `timers:toggle:${guildId}:${timer.id}`,
  }))
  const rows: APIActionRowComponent<APIButtonComponent>[] = []
  for (let i = 0; i < buttons.length; i += buttonsInRow)
    rows.push({ type: ComponentType.ActionRow, components: buttons.slice(i, i + buttonsInRow) })
  const description = lines.length === 0 ? say('timers:none') : linesWithin(say, lines, longestDescription)
  return { content: note ?? '', embeds: [{ color: colour, title: say('timers:title'), description }], components: rows }
}
