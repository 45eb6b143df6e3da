import type { CallFacts } from '../../../sql/queries/slots.ts'

/** What a slot's name may be long, in characters. */
export const longestCall = 200
export const limits = { rewards: 25, catalogue: 2_000, panelLimit: 10, reason: 200 } as const

/** So many are named in one line. */
export const namedAtOnce = 8
/** That the list is closed is said once in this time. */
export const closedEveryMs = 30_000
/** One refusal for each viewer in this time. */
export const refusedEveryMs = 15_000

/** The name of a slot as it is kept: one line, nothing invisible, cut to what fits. */
export const readCall = (words: readonly string[]): string =>
  [
    ...words
      .join(' ')
      .replace(/[\p{Cc}\p{Cf}\p{Z}]+/gu, ' ')
      .trim(),
  ]
    .slice(0, longestCall)
    .join('')
    .trim()

/** How a guild wants requests. Times in milliseconds. */
export interface ListRules {
  readonly isOpen: boolean
  readonly mustBeLinked: boolean
  /** Most requests of one viewer; 0 for any number. */
  readonly limit: number
  readonly cooldownSeconds: number
  readonly preventsDuplicates: boolean
  /** What was written before is for a list that was closed or is gone. */
  readonly since: number
}

export const refusals = ['empty', 'unlinked', 'closed', 'limit', 'banned', 'inactive', 'duplicate'] as const
export type Refusal = (typeof refusals)[number]
/** `ignored` is what nobody is told of. */
export type Verdict = 'taken' | 'ignored' | Refusal

/** What was taken before within the same batch. */
interface Tally {
  readonly at: Map<string, number[]>
  readonly keys: Set<string>
}

interface Judged {
  readonly guildId: string
  readonly slotCall: string
  readonly at: number
}

/**
 * What becomes of calls, in the order in which they were written and in that of the checks: a line is one request, whoever repeats it; what
 * is refused costs no waiting time. `facts` are those of each call, in the same order.
 */
export function judge(
  calls: readonly Judged[],
  facts: readonly CallFacts[],
  rulesOf: (guildId: string) => ListRules,
): readonly Verdict[] {
  const tally: Tally = { at: new Map(), keys: new Set() }
  return calls.map((call, i) => {
    const known = facts[i]
    if (known === undefined) throw new Error('a call is without its facts')
    const verdict = verdictOf(call, known, rulesOf(call.guildId), tally)
    if (verdict === 'taken') {
      const viewer = `${call.guildId}:${known.username}`
      tally.at.set(viewer, [...(tally.at.get(viewer) ?? []), call.at])
      tally.keys.add(`${call.guildId}:${known.slotKey}`)
    }
    return verdict
  })
}

function verdictOf(call: Judged, facts: CallFacts, rules: ListRules, tally: Tally): Verdict {
  if (facts.isKnown || call.at < rules.since) return 'ignored'
  if (call.slotCall === '') return 'empty'
  if (rules.mustBeLinked && !facts.isLinked) return 'unlinked'
  if (!rules.isOpen) return 'closed'
  if (facts.isBlacklisted) return 'ignored'
  const before = tally.at.get(`${call.guildId}:${facts.username}`) ?? []
  const nearest = Math.min(
    facts.nearestSeconds ?? Number.POSITIVE_INFINITY,
    ...before.map((at) => Math.abs(call.at - at) / 1000),
  )
  if (nearest < rules.cooldownSeconds) return 'ignored'
  if (rules.limit > 0 && facts.requests + before.length >= rules.limit) return 'limit'
  if (facts.isBanned) return 'banned'
  if (facts.isInactive) return 'inactive'
  const isDuplicate = facts.isDuplicate || tally.keys.has(`${call.guildId}:${facts.slotKey}`)
  return rules.preventsDuplicates && isDuplicate ? 'duplicate' : 'taken'
}

// --- What may be won ------------------------------------------------------------------------------------------------------

/** Money in cents, chances in hundredths of a percent. */
export interface Chance {
  readonly amount: number
  readonly chance: number
}

/** The rewards with the chance that each of them has beside the others; the largest amount is tried first with the same random value. */
export function chancesOf<R extends Chance>(
  rewards: readonly R[],
): readonly { readonly reward: R; readonly share: number }[] {
  let covered = 0
  return inOrderOf(rewards).map((reward) => {
    const share = Math.max(0, reward.chance - covered)
    covered = Math.max(covered, reward.chance)
    return { reward, share }
  })
}

/** How often a pick wins anything, in hundredths of a percent, and what it costs on average, in ten-thousandths of a cent. */
export const costOf = (rewards: readonly Chance[]): { readonly hitRate: number; readonly expected: bigint } => ({
  hitRate: Math.max(0, ...rewards.map(({ chance }) => chance)),
  expected: chancesOf(rewards).reduce((sum, { reward, share }) => sum + BigInt(share) * BigInt(reward.amount), 0n),
})

/** The first reward whose chance is above the random value, from 0 to 9999; the largest amount is tried first. */
export const wonWith = <R extends Chance>(rewards: readonly R[], value: number): R | undefined =>
  inOrderOf(rewards).find(({ chance }) => value < chance)

const inOrderOf = <R extends Chance>(rewards: readonly R[]): readonly R[] =>
  [...rewards].sort((a, b) => b.amount - a.amount)
