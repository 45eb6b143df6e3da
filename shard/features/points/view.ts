import type { Standing } from '../../../sql/queries/standing.ts'
import type { Reply } from '../feature.ts'
import { colour, count, countOf, plain } from '../text.ts'

const rank = (standing: Standing): string =>
  standing.pointsRank === null ? '' : `rank ${count(standing.pointsRank)} of ${count(standing.holders)}`

/** A balance and what it came from. `rate` is what five watched minutes are worth now. */
export function pointsView(standing: Standing, rate: number): Reply {
  const lines = [
    `🪙 **${countOf(standing.points, 'point')}**${rank(standing) === '' ? '' : ` · ${rank(standing)}`}`,
    `Earned ${count(standing.totalEarned)} · spent ${count(standing.totalSpent)}`,
    rate === 0 ? 'Points are paused on this server now.' : `Five watched minutes are worth ${countOf(rate, 'point')}.`,
  ]
  return { embeds: [{ color: colour, title: plain(standing.displayName), description: lines.join('\n') }] }
}

/** A line for the stream chat, which knows no markup; it stands behind `@name`. */
export const pointsChatLine = (standing: Standing): string =>
  standing.points === '0' && standing.totalEarned === '0'
    ? 'no points yet. Keep chatting while the stream is live and they will come.'
    : `${countOf(standing.points, 'point')}${rank(standing) === '' ? '' : `, ${rank(standing)}`}.`
