import type { Factors, Multiplier } from '../../../sql/queries/multiplier.ts'
import type { Reply } from '../feature.ts'
import type { Say } from '../language.ts'
import { colour, linesWithin } from '../text.ts'
import { combined, example } from './rules.ts'

/** Discord's limit of an embed's description, and what the rule below the list takes of it. */
const longestDescription = 4096
const longestRule = 1500

/** Discord writes it in the reader's own time zone. */
const at = (instant: Date): string => `<t:${Math.floor(instant.getTime() / 1000)}:f>`

const lineOf = (say: Say, one: Multiplier): string => {
  const { percent, startedAt, endedAt } = one
  if (one.kind === 'happy' || endedAt !== null)
    return say('multipliers:line.happy', { percent, from: at(startedAt), to: endedAt === null ? '…' : at(endedAt) })
  const when = at(startedAt)
  if (one.kind === 'role') return say('multipliers:line.role', { percent, role: `<@&${one.roleId}>`, when })
  return say(`multipliers:line.${one.kind}`, { percent, when })
}

/** What minutes count by, now and later, and how that is reckoned. `first` is what an admin has just done. */
export function multipliersView(
  say: Say,
  all: readonly Multiplier[],
  p: { readonly first?: string | undefined; readonly hearsMembers: boolean },
): Reply {
  // What ends within the minute was replaced or taken away; only happy hours are of interest until their last one.
  const shown = all.filter((one) => one.kind === 'happy' || one.endedAt === null)
  const lines = shown.length === 0 ? [say('multipliers:none')] : shown.map((one) => lineOf(say, one))
  const has = (kind: Multiplier['kind']) => shown.some((one) => one.kind === kind)
  const rule = [
    '',
    say('multipliers:rule'),
    say('multipliers:example', { ...example, product: combined(example) }),
    ...(has('subscriber') ? [say('multipliers:subscribers')] : []),
    ...(has('role') && !p.hearsMembers ? [say('multipliers:deaf')] : []),
  ]
  const list = linesWithin(
    say,
    p.first === undefined ? lines : [p.first, '', ...lines],
    longestDescription - longestRule,
  )
  const description = [list, ...rule].join('\n')
  return { embeds: [{ color: colour, title: say('multipliers:title'), description }] }
}

/** What runs at `now`, in milliseconds. */
export const runningLines = (say: Say, all: readonly Multiplier[], now: number): readonly string[] =>
  all
    .filter(({ startedAt, endedAt }) => startedAt.getTime() <= now && (endedAt === null || endedAt.getTime() > now))
    .map((one) => lineOf(say, one))

/** What minutes of one viewer count by now; nothing where they count as one by no factor at all. */
export function factorsLine(say: Say, factors: Factors): string | undefined {
  const parts = (['global', 'role', 'subscriber', 'happy'] as const).flatMap((kind) => {
    const percent = factors[kind]
    if (percent === 100) return []
    if (kind !== 'happy') return [say(`multipliers:now.${kind}`, { percent })]
    return [say('multipliers:now.happy', { percent, when: factors.happyUntil === null ? '…' : at(factors.happyUntil) })]
  })
  return parts.length === 0
    ? undefined
    : say('multipliers:now', { product: combined(factors), factors: parts.join(' × ') })
}
