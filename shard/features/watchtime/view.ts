import { type APIActionRowComponent, type APIButtonComponent, ButtonStyle, ComponentType } from 'discord.js'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import type { BoardPage, BoardRow, Streak } from '../../../sql/queries/board.ts'
import type { TrackingMode } from '../../../sql/queries/channel.ts'
import type { Season } from '../../../sql/queries/season.ts'
import type { Standing } from '../../../sql/queries/standing.ts'
import type { Tier } from '../../../sql/queries/tiers.ts'
import type { Reply } from '../feature.ts'
import type { Say } from '../language.ts'
import { colour, plain, progressBar } from '../text.ts'
import type { Asked, What } from './rules.ts'

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

/** Streams in a row, for whoever has watched one. */
export const streakLines = (say: Say, streak: Pick<Streak, 'current' | 'best'> | undefined): string[] =>
  streak === undefined ? [] : [say('watchtime:streak', { count: streak.current, best: streak.best })]

export function meView(say: Say, standing: Standing, streak: Streak | undefined, tiers: readonly Tier[]): Reply {
  const lines = [
    watchtimeLine(say, standing),
    pointsLine(say, standing),
    ...streakLines(say, streak),
    ...tierLines(say, standing.minutes, tiers),
  ]
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

const amountOf = (say: Say, what: What, { amount, best }: BoardRow): string => {
  if (what === 'points') return say('common:points', { count: amount })
  return what === 'watchtime'
    ? say.duration(Number(amount))
    : say('watchtime:board_streak', { count: amount, best: best ?? 0 })
}

const boardLine = (say: Say, what: What, row: BoardRow): string => {
  const place = medals[row.rank - 1] ?? `\`#${say.number(row.rank)}\``
  return `${place} **${plain(row.displayName)}** — ${amountOf(say, what, row)}`
}

/** Rows of a board, with medals for the first three. */
export const boardLines = (say: Say, what: What, rows: readonly BoardRow[]): string[] =>
  rows.map((row) => boardLine(say, what, row))

/** A page of a board, with buttons to its neighbours where there are any; `buttonTo` gives the id of one. */
export function boardCard(
  say: Say,
  p: {
    readonly what: What
    /** Behind what is counted. */
    readonly of?: string | undefined
    readonly page: BoardPage
    readonly buttonTo: (page: number) => string
    readonly whenEmpty: string
  },
): Reply {
  const { rows, page, pages, viewers } = p.page
  const title = `🏆 ${say(`watchtime:choice.${p.what}`)}${p.of === undefined ? '' : ` · ${p.of}`}`
  const embed = {
    color: colour,
    title,
    description: rows.length === 0 ? p.whenEmpty : boardLines(say, p.what, rows).join('\n'),
    footer: { text: say('watchtime:page', { page, pages, count: viewers }) },
  }
  const button = (label: string, to: number): APIButtonComponent => ({
    type: ComponentType.Button,
    style: ButtonStyle.Secondary,
    label,
    custom_id: p.buttonTo(to),
    disabled: to < 1 || to > pages,
  })
  const turn: APIActionRowComponent<APIButtonComponent> = {
    type: ComponentType.ActionRow,
    components: [button(say('watchtime:previous'), page - 1), button(say('watchtime:next_page'), page + 1)],
  }
  return { embeds: [embed], components: pages > 1 ? [turn] : [] }
}

export function boardView(
  say: Say,
  guildId: GuildId,
  p: Asked & { readonly page: BoardPage; readonly season: Season | undefined },
): Reply {
  const { what, period, season, page } = p
  const name =
    period === 'season' && season !== undefined ? plain(season.name) : say(`watchtime:choice.period.${period}`)
  return boardCard(say, {
    what,
    of: period === 'all' ? undefined : name,
    page,
    buttonTo: (to) => `watchtime:board:${guildId}:${what}:${period}:${to}`,
    whenEmpty: `${say('watchtime:board_empty')} ${say('watchtime:how_to_start')}`,
  })
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
    readonly repeatMinutes: number
    /** Minutes of a day that count at most; 0 for no limit. */
    readonly capMinutes: number
  },
): readonly string[] {
  if (p.name === undefined) return [say('watchtime:earning.no_channel')]
  const lines = [say('watchtime:earning.channel', { name: plain(p.name), seconds: p.seconds })]
  if (p.letters > 1) lines.push(say('watchtime:earning.short', { letters: p.letters }))
  if (p.repeatMinutes > 0) lines.push(say('watchtime:earning.repeat', { minutes: p.repeatMinutes }))
  if (p.capMinutes > 0) lines.push(say('watchtime:earning.cap', { time: say.duration(p.capMinutes) }))
  if (p.modes.includes('off')) lines.push(say('watchtime:earning.off'))
  else if (p.modes.includes('force')) lines.push(say('watchtime:earning.forced'))
  return lines
}
