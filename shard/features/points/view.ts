import type { Adjusted, Adjustment, Booked, LedgerEntry } from '../../../sql/queries/ledger.ts'
import type { Settings } from '../../../sql/queries/settings.ts'
import type { Standing } from '../../../sql/queries/standing.ts'
import type { Reply } from '../feature.ts'
import type { Say } from '../language.ts'
import { ago, colour, linesWithin, plain } from '../text.ts'
import { type decayKeys, entryKinds } from './rules.ts'

/** Discord's limit of an embed's description. */
const longestDescription = 4096

const card = (title: string, lines: readonly string[], say: Say): Reply => ({
  embeds: [{ color: colour, title, description: linesWithin(say, lines, longestDescription) }],
})
const pointsOf = (say: Say, points: bigint | string): string => say('common:points', { count: points.toString() })
const signed = (say: Say, change: bigint | number | string): string => {
  const amount = BigInt(change)
  return amount < 0n ? `−${say.number(-amount)}` : `+${say.number(amount)}`
}

/** A balance and what it came from. `rate` is what five watched minutes are worth now, `factors` says what else they count by. */
export function pointsView(say: Say, standing: Standing, rate: number, factors?: string): Reply {
  const { pointsRank: rank, holders: of } = standing
  const balance = `🪙 **${say('common:points', { count: standing.points })}**`
  const lines = [
    rank === null ? balance : `${balance} · ${say('points:rank', { rank, of })}`,
    say('points:earned', { earned: say.number(standing.totalEarned), spent: say.number(standing.totalSpent) }),
    rate === 0 ? say('points:paused') : say('points:worth', { points: say('common:points', { count: rate }) }),
    ...(factors === undefined ? [] : [factors]),
  ]
  return { embeds: [{ color: colour, title: plain(standing.displayName), description: lines.join('\n') }] }
}

/** How points are earned here; `rate` is what five watched minutes are worth. */
export const earningLine = (say: Say, rate: number): string => {
  if (rate === 0) return say('points:paused')
  const hour = say('common:points', { count: rate * 12 })
  return say('points:earning', { points: say('common:points', { count: rate }), hour })
}

/** A line for the stream chat, which knows no markup; it stands behind `@name`. */
export function pointsChatLine(say: Say, standing: Standing): string {
  const { pointsRank: rank, holders: of } = standing
  if (standing.points === '0' && standing.totalEarned === '0') return say('points:chat.none')
  const points = say('common:points', { count: standing.points })
  return rank === null ? say('points:chat.has', { points }) : say('points:chat.ranked', { points, rank, of })
}

// --- What admins do ---------------------------------------------------------------------------------------------------

export function bookedView(say: Say, viewer: string, booked: Booked): Reply {
  if (booked.kind !== 'done' && booked.kind !== 'repeated') throw new Error('what was refused is not shown as done')
  return {
    content: say('points:admin.done', {
      name: plain(viewer),
      points: pointsOf(say, booked.balance),
      change: signed(say, booked.delta),
      entry: `#${booked.ledgerId}`,
    }),
  }
}

export function adjustedView(say: Say, viewer: string, adjusted: Adjusted): Reply {
  if (adjusted.kind !== 'done' && adjusted.kind !== 'repeated') throw new Error('what was refused is not shown as done')
  const values = { name: plain(viewer), time: say.duration(adjusted.minutes), change: signed(say, adjusted.delta) }
  return { content: say('points:minutes.done', values) }
}

const whoAndWhy = (row: { actorId: string | null; reason: string | null }): string =>
  `${row.actorId === null ? '' : ` · <@${row.actorId}>`}${row.reason === null ? '' : ` · ${plain(row.reason)}`}`

export function ledgerView(say: Say, viewer: string, entries: readonly LedgerEntry[]): Reply {
  const lines = entries.map((entry) => {
    const known = entryKinds.find((kind) => kind === entry.kind)
    const kind = known === undefined ? plain(entry.kind) : say(`points:kind.${known}`)
    return `\`#${entry.ledgerId}\` **${signed(say, entry.delta)}** · ${kind} · ${ago(entry.createdAt)}${whoAndWhy(entry)}`
  })
  const title = say('points:history.title', { name: plain(viewer) })
  return card(title, lines.length === 0 ? [say('points:history.none')] : lines, say)
}

export function adjustmentsView(say: Say, viewer: string, rows: readonly Adjustment[]): Reply {
  const lines = rows.map((row) => `**${signed(say, row.delta)}** · ${ago(row.createdAt)}${whoAndWhy(row)}`)
  const title = say('points:history.minutes', { name: plain(viewer) })
  return card(title, lines.length === 0 ? [say('points:history.none')] : lines, say)
}

export function decayView(
  say: Say,
  chosen: Pick<Settings, (typeof decayKeys)[number]>,
  preview: { readonly viewers: number; readonly points: string },
): Reply {
  if (chosen.decay_percent === 0) return { content: say('points:decay.off') }
  const rule = say('points:decay.rule', {
    after: chosen.decay_after_days,
    percent: chosen.decay_percent,
    every: chosen.decay_every_days,
    floor: chosen.decay_floor,
  })
  const now = say('points:decay.now', { count: preview.viewers, points: pointsOf(say, preview.points) })
  return { content: `${rule}\n${now}` }
}

export function checkView(
  say: Say,
  wrong: readonly { readonly username: string; readonly balance: string; readonly explained: string }[],
): Reply {
  if (wrong.length === 0) return { content: `✅ ${say('points:check.well')}` }
  const lines = wrong.map((row) =>
    say('points:check.line', {
      name: plain(row.username),
      points: pointsOf(say, row.balance),
      explained: pointsOf(say, row.explained),
    }),
  )
  return card(`❌ ${say('points:check.wrong')}`, lines, say)
}
