import {
  type APIActionRowComponent,
  type APIButtonComponent,
  type APIEmbed,
  ButtonStyle,
  ComponentType,
} from 'discord.js'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import type { BoardPage, BoardRow } from '../../../sql/queries/board.ts'
import type { Season } from '../../../sql/queries/season.ts'
import type { Reply } from '../feature.ts'
import type { Say } from '../language.ts'
import { colour, linesWithin, plain } from '../text.ts'
import { boardCard, boardLines } from '../watchtime/index.ts'

const longestDescription = 4096
/** Discord writes it in the reader's own time zone. */
const at = (instant: Date): string => `<t:${Math.floor(instant.getTime() / 1000)}:f>`
const nameOf = ({ name, seasonId }: Pick<Season, 'name' | 'seasonId'>): string => `${plain(name)} (#${seasonId})`

/** From when to when, as far as that is known. */
function timeOf(say: Say, { startedAt, endsAt, endedAt }: Season): string {
  const from = at(startedAt)
  if (endedAt !== null) return say('seasons:over', { from, to: at(endedAt) })
  return endsAt === null ? say('seasons:open', { from }) : say('seasons:until', { from, to: at(endsAt) })
}

export const startedView = (say: Say, season: Season, channel: string | null): Reply => ({
  content: [
    say('seasons:started', { name: nameOf(season), time: timeOf(say, season) }),
    channel === null
      ? say('seasons:no_channel', { key: 'season_channel_id' })
      : say('seasons:channel', { channel: `<#${channel}>` }),
  ].join('\n'),
})

/** The question before a season ends, which nobody can take back. */
export function endView(say: Say, guildId: GuildId, season: Season): Reply {
  const button = (
    style: ButtonStyle.Danger | ButtonStyle.Secondary,
    label: string,
    action: string,
  ): APIButtonComponent => ({
    type: ComponentType.Button,
    style,
    label,
    custom_id: `seasons:${action}:${guildId}:${season.seasonId}`,
  })
  const row: APIActionRowComponent<APIButtonComponent> = {
    type: ComponentType.ActionRow,
    components: [
      button(ButtonStyle.Danger, say('seasons:end.yes'), 'end'),
      button(ButtonStyle.Secondary, say('seasons:end.no'), 'keep'),
    ],
  }
  return { content: say('seasons:end.question', { name: nameOf(season) }), components: [row] }
}

export const endedView = (say: Say, season: Season): Reply => ({
  content: say('seasons:ended', { name: nameOf(season) }),
  components: [],
})

export function seasonsView(say: Say, seasons: readonly (Season & { readonly viewers: number })[]): Reply {
  const lines = seasons.map(
    (season) =>
      `${season.endedAt === null ? '▶️' : '🏁'} **${nameOf(season)}** · ${timeOf(say, season)}${
        season.endedAt === null ? '' : ` · ${say('seasons:viewers', { count: season.viewers })}`
      }`,
  )
  const description = lines.length === 0 ? say('seasons:none') : linesWithin(say, lines, longestDescription)
  return { embeds: [{ color: colour, title: say('seasons:title'), description }] }
}

/** A page of a season's board, of one that is running or is over. */
export const seasonView = (
  say: Say,
  guildId: GuildId,
  p: { readonly season: Season; readonly what: 'watchtime' | 'points'; readonly page: BoardPage },
): Reply =>
  boardCard(say, {
    what: p.what,
    of: `${nameOf(p.season)}${p.season.endedAt === null ? '' : ' 🏁'}`,
    page: p.page,
    buttonTo: (to) => `seasons:board:${guildId}:${p.season.seasonId}:${p.what}:${to}`,
    whenEmpty: say('seasons:empty'),
  })

/** Who was first, for everybody to read. */
export function resultMessage(
  say: Say,
  p: { readonly season: Season; readonly watchtime: readonly BoardRow[]; readonly points: readonly BoardRow[] },
): { readonly embeds: readonly APIEmbed[] } {
  const part = (what: 'watchtime' | 'points', rows: readonly BoardRow[]) =>
    rows.length === 0 ? [] : [`**${say(`watchtime:choice.${what}`)}**`, ...boardLines(say, what, rows), '']
  const lines = [timeOf(say, p.season), '', ...part('watchtime', p.watchtime), ...part('points', p.points)]
  if (p.watchtime.length === 0 && p.points.length === 0) lines.push(say('seasons:empty'))
  const description = linesWithin(say, lines, longestDescription).trim()
  return { embeds: [{ color: colour, title: say('seasons:result', { name: plain(p.season.name) }), description }] }
}
