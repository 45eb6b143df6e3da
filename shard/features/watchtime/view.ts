import { type APIActionRowComponent, type APIButtonComponent, ButtonStyle, ComponentType } from 'discord.js'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import type { Board, BoardPage, BoardRow, Standing } from '../../../sql/queries/standing.ts'
import type { Tier } from '../../../sql/queries/tiers.ts'
import type { Reply } from '../feature.ts'
import { colour, count, countOf, hoursAndMinutes, plain, progressBar } from '../text.ts'

/** The lowest tier that these minutes do not reach, and the highest that they do; `tiers` by minutes, lowest first. */
export function tiersAround(minutes: number, tiers: readonly Tier[]): { reached?: Tier; next?: Tier } {
  const enabled = tiers.filter((tier) => tier.enabled)
  const reached = enabled.findLast((tier) => tier.minutesRequired <= minutes)
  const next = enabled.find((tier) => tier.minutesRequired > minutes)
  return { ...(reached && { reached }), ...(next && { next }) }
}

const rankLine = (rank: number | null, of: number): string =>
  rank === null ? '' : ` · rank ${count(rank)} of ${count(of)}`

export const watchtimeLine = (standing: Standing): string =>
  `⏱️ **${hoursAndMinutes(standing.minutes)}** watched${rankLine(standing.watchtimeRank, standing.watchers)}`

export const pointsLine = (standing: Standing): string =>
  `🪙 **${countOf(standing.points, 'point')}**${rankLine(standing.pointsRank, standing.holders)}`

/** What comes next, with what is missing; or that nothing does. Empty where the guild has no tiers. */
export function tierLines(minutes: number, tiers: readonly Tier[]): string[] {
  const { reached, next } = tiersAround(minutes, tiers)
  const lines: string[] = []
  if (reached !== undefined) lines.push(`🏅 Reached: <@&${reached.roleId}>`)
  if (next !== undefined) {
    const missing = hoursAndMinutes(next.minutesRequired - minutes)
    lines.push(`🎯 Next: <@&${next.roleId}> in **${missing}**`)
    lines.push(`${progressBar(minutes, next.minutesRequired)} ${count(minutes)} / ${count(next.minutesRequired)} min`)
  } else if (reached !== undefined) lines.push('Every role is reached. Thank you for watching!')
  return lines
}

const howToStart = 'Write in the stream chat while the stream is live, and your minutes start to count.'

export function meView(standing: Standing, tiers: readonly Tier[]): Reply {
  const lines = [watchtimeLine(standing), pointsLine(standing), ...tierLines(standing.minutes, tiers)]
  if (standing.minutes === 0) lines.push(howToStart)
  return card(plain(standing.displayName), lines)
}

export function watchtimeView(standing: Standing, tiers: readonly Tier[], isOwn: boolean): Reply {
  const lines = [watchtimeLine(standing), ...tierLines(standing.minutes, tiers)]
  if (isOwn && standing.minutes === 0) lines.push(howToStart)
  return card(plain(standing.displayName), lines)
}

const card = (title: string, lines: readonly string[]): Reply => ({
  embeds: [{ color: colour, title, description: lines.join('\n') }],
})

const medals = ['🥇', '🥈', '🥉']
const boardTitles: Record<Board, string> = { watchtime: 'Watch time', points: 'Points' }

const boardLine = (board: Board, row: BoardRow): string => {
  const place = medals[row.rank - 1] ?? `\`#${count(row.rank)}\``
  const amount = board === 'watchtime' ? hoursAndMinutes(Number(row.amount)) : countOf(row.amount, 'point')
  return `${place} **${plain(row.displayName)}** — ${amount}`
}

/** A page of a board, with buttons to its neighbours where there are any. */
export function boardView(guildId: GuildId, page: BoardPage): Reply {
  const isEmpty = page.rows.length === 0
  const lines = page.rows.map((row) => boardLine(page.board, row))
  const embed = {
    color: colour,
    title: `🏆 ${boardTitles[page.board]}`,
    description: isEmpty ? `Nobody is on this board yet. ${howToStart}` : lines.join('\n'),
    footer: { text: `Page ${count(page.page)} of ${count(page.pages)} · ${countOf(page.viewers, 'viewer')}` },
  }
  return { embeds: [embed], components: page.pages > 1 ? [turnPages(guildId, page)] : [] }
}

const turnPages = (guildId: GuildId, { board, page, pages }: BoardPage): APIActionRowComponent<APIButtonComponent> => {
  const button = (label: string, to: number): APIButtonComponent => ({
    type: ComponentType.Button,
    style: ButtonStyle.Secondary,
    label,
    custom_id: `watchtime:board:${guildId}:${board}:${to}`,
    disabled: to < 1 || to > pages,
  })
  return { type: ComponentType.ActionRow, components: [button('◀ Previous', page - 1), button('Next ▶', page + 1)] }
}

/** Lines for the stream chat, which knows no markup; they stand behind `@name`. */
export const watchtimeChatLine = (standing: Standing): string =>
  standing.minutes === 0
    ? 'no minutes yet. Keep chatting while the stream is live and they will count.'
    : `${hoursAndMinutes(standing.minutes)} watched${chatRank(standing.watchtimeRank, standing.watchers)}.`

export const rankChatLine = (standing: Standing): string =>
  standing.watchtimeRank === null
    ? 'no rank yet. Keep chatting while the stream is live to get one.'
    : `rank ${count(standing.watchtimeRank)} of ${count(standing.watchers)} with ${hoursAndMinutes(standing.minutes)} watched.`

const chatRank = (rank: number | null, of: number): string =>
  rank === null ? '' : `, rank ${count(rank)} of ${count(of)}`
