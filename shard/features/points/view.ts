import type { Standing } from '../../../sql/queries/standing.ts'
import type { Reply } from '../feature.ts'
import type { Say } from '../language.ts'
import { colour, plain } from '../text.ts'

/** A balance and what it came from. `rate` is what five watched minutes are worth now. */
export function pointsView(say: Say, standing: Standing, rate: number): Reply {
  const { pointsRank: rank, holders: of } = standing
  const balance = `🪙 **${say('common:points', { count: standing.points })}**`
  const lines = [
    rank === null ? balance : `${balance} · ${say('points:rank', { rank, of })}`,
    say('points:earned', { earned: say.number(standing.totalEarned), spent: say.number(standing.totalSpent) }),
    rate === 0 ? say('points:paused') : say('points:worth', { points: say('common:points', { count: rate }) }),
  ]
  return { embeds: [{ color: colour, title: plain(standing.displayName), description: lines.join('\n') }] }
}

/** A line for the stream chat, which knows no markup; it stands behind `@name`. */
export function pointsChatLine(say: Say, standing: Standing): string {
  const { pointsRank: rank, holders: of } = standing
  if (standing.points === '0' && standing.totalEarned === '0') return say('points:chat.none')
  const points = say('common:points', { count: standing.points })
  return rank === null ? say('points:chat.has', { points }) : say('points:chat.ranked', { points, rank, of })
}
