import { type APIActionRowComponent, type APIButtonComponent, ButtonStyle, ComponentType } from 'discord.js'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import type { TrackingMode } from '../../../sql/queries/channel.ts'
import type { Board, BoardPage, BoardRow, Standing } from '../../../sql/queries/standing.ts'
import type { Tier } from '../../../sql/queries/tiers.ts'
import type { Reply } from '../feature.ts'
import type { Say } from '../language.ts'
import { colour, plain, progressBar } from '../text.ts'

/** The lowest tier that these minutes do not reach, and the highest that they do; `tiers` by minutes, lowest first. */
export function tiersAround(minutes: number, tiers: readonly Tier[]): { reached?: Tier; next?: Tier } {
  const enabled = tiers.filter((tier) => tier.enabled)
  const reached = enabled.findLast((tier) => tier.minutesRequired <= minutes)
  const next = enabled.find((tier) => tier.minutesRequired > minutes)
  return { ...(reached && { reached }), ...(next && { next }) }
}

const withRank = (say: Say, line: string, rank: number | null, of: number): string =>
  rank === null ? line : `${line} · ${say('watchtime:rank', { rank, of })}`

export const watchtimeLine = (say: Say, standing: Standing): string =>
  withRank(
    say,
    say('watchtime:watched', { time: say.duration(standing.minutes) }),
    standing.watchtimeRank,
    standing.watchers,
  )

export const pointsLine = (say: Say, standing: Standing): string =>
  withRank(say, `🪙 **${say('common:points', { count: standing.points })}**`, standing.pointsRank, standing.holders)

/** What comes next, with what is missing; or that nothing does. Empty where the guild has no tiers. */
export function tierLines(say: Say, minutes: number, tiers: readonly Tier[]): string[] {
  const { reached, next } = tiersAround(minutes, tiers)
  const lines: string[] = []
  if (reached !== undefined) lines.push(say('watchtime:reached', { role: `<@&${reached.roleId}>` }))
  if (next !== undefined) {
    const all = next.minutesRequired
    lines.push(say('watchtime:next', { role: `<@&${next.roleId}>`, time: say.duration(all - minutes) }))
    lines.push(say('watchtime:progress', { bar: progressBar(minutes, all), done: minutes, all }))
  } else if (reached !== undefined) lines.push(say('watchtime:all_reached'))
  return lines
}

export function meView(say: Say, standing: Standing, tiers: readonly Tier[]): Reply {
  const lines = [watchtimeLine(say, standing), pointsLine(say, standing), ...tierLines(say, standing.minutes, tiers)]
  if (standing.minutes === 0) lines.push(say('watchtime:how_to_start'))
  return card(plain(standing.displayName), lines)
}

export function watchtimeView(say: Say, standing: Standing, tiers: readonly Tier[], isOwn: boolean): Reply {
  const lines = [watchtimeLine(say, standing), ...tierLines(say, standing.minutes, tiers)]
  if (isOwn && standing.minutes === 0) lines.push(say('watchtime:how_to_start'))
  return card(plain(standing.displayName), lines)
}

const card = (title: string, lines: readonly string[]): Reply => ({
  embeds: [{ color: colour, title, description: lines.join('\n') }],
})

const medals = ['🥇', '🥈', '🥉']

const boardLine = (say: Say, board: Board, row: BoardRow): string => {
  const place = medals[row.rank - 1] ?? `\`#${say.number(row.rank)}\``
  const amount = board === 'watchtime' ? say.duration(Number(row.amount)) : say('common:points', { count: row.amount })
  return `${place} **${plain(row.displayName)}** — ${amount}`
}

/** A page of a board, with buttons to its neighbours where there are any. */
export function boardView(say: Say, guildId: GuildId, page: BoardPage): Reply {
  const isEmpty = page.rows.length === 0
  const lines = page.rows.map((row) => boardLine(say, page.board, row))
  const embed = {
    color: colour,
    title: `🏆 ${say(`watchtime:choice.${page.board}`)}`,
    description: isEmpty ? `${say('watchtime:board_empty')} ${say('watchtime:how_to_start')}` : lines.join('\n'),
    footer: { text: say('watchtime:page', { page: page.page, pages: page.pages, count: page.viewers }) },
  }
  return { embeds: [embed], components: page.pages > 1 ? [turnPages(say, guildId, page)] : [] }
}

const turnPages = (
  say: Say,
  guildId: GuildId,
  { board, page, pages }: BoardPage,
): APIActionRowComponent<APIButtonComponent> => {
  const button = (label: string, to: number): APIButtonComponent => ({
    type: ComponentType.Button,
    style: ButtonStyle.Secondary,
    label,
    custom_id: `watchtime:board:${guildId}:${board}:${to}`,
    disabled: to < 1 || to > pages,
  })
  return {
    type: ComponentType.ActionRow,
    components: [button(say('watchtime:previous'), page - 1), button(say('watchtime:next_page'), page + 1)],
  }
}

/** Lines for the stream chat, which knows no markup; they stand behind `@name`. */
export function watchtimeChatLine(say: Say, standing: Standing): string {
  if (standing.minutes === 0) return say('watchtime:chat.none')
  const time = say.duration(standing.minutes)
  const { watchtimeRank: rank, watchers: of } = standing
  return rank === null
    ? say('watchtime:chat.watched', { time })
    : say('watchtime:chat.watched_ranked', { time, rank, of })
}

export const rankChatLine = (say: Say, standing: Standing): string =>
  standing.watchtimeRank === null
    ? say('watchtime:chat.no_rank')
    : say('watchtime:chat.rank', {
        rank: standing.watchtimeRank,
        of: standing.watchers,
        time: say.duration(standing.minutes),
      })

/** How minutes are earned here; `name` is the Kick channel's, `modes` what admins have decided for now. */
export function earningLines(
  say: Say,
  p: {
    readonly name: string | undefined
    readonly modes: readonly TrackingMode[]
    readonly seconds: number
    readonly letters: number
  },
): readonly string[] {
  if (p.name === undefined) return [say('watchtime:earning.no_channel')]
  const lines = [say('watchtime:earning.channel', { name: plain(p.name), seconds: p.seconds })]
  if (p.letters > 1) lines.push(say('watchtime:earning.short', { letters: p.letters }))
  if (p.modes.includes('off')) lines.push(say('watchtime:earning.off'))
  else if (p.modes.includes('force')) lines.push(say('watchtime:earning.forced'))
  return lines
}
