/** What decides a draw whose list is frozen: raffles and giveaways wait for the same, and are helped by the same when it stays away. */
import { type DrandChain, timeOfRound } from '../../cluster/runtime/drand.ts'
import type { Entropy } from '../../cluster/runtime/fairness.ts'
import type { FetchedRound } from '../../sql/queries/randomness.ts'

/** So long after its time a round that is not to be had is given up for the message that announced the closing. */
export const givenUpAfterMs = 3_600_000

export interface Decided {
  readonly entropy: Entropy
  /** By drand's network, where that is what decided. */
  readonly signature: string | null
}

/** The round that decides has not come, or has come and is not to be had yet (in milliseconds); or nothing can stand in for it. */
export type Unknown =
  | { readonly kind: 'waits'; readonly until: number; readonly isLate: boolean }
  | { readonly kind: 'stuck' }

export type Chance = ({ readonly kind: 'known' } & Decided) | Unknown

/** What decides a draw. Once something has, it stays that. `round` is the one that was fixed, as far as it is known. */
export function chanceFor(
  frozen: {
    readonly decided: Decided | null
    /** Of {@link DrandChain}; what was closed without one is helped as if it had come with the closing. */
    readonly entropyRound: number | null
    readonly closedAt: Date | null
    readonly closingMessageId: string | null
  },
  p: { readonly round: FetchedRound | undefined; readonly chain: DrandChain; readonly now: number },
): Chance {
  const { decided, entropyRound: round, closingMessageId } = frozen
  if (decided !== null) return { kind: 'known', ...decided }
  if (round !== null && p.round !== undefined) {
    const { randomness, signature } = p.round
    return { kind: 'known', entropy: { kind: 'drand', round, randomness }, signature }
  }
  const due = round === null ? (frozen.closedAt?.getTime() ?? 0) : timeOfRound(p.chain, round)
  if (p.now < due) return { kind: 'waits', until: due, isLate: false }
  if (p.now < due + givenUpAfterMs) return { kind: 'waits', until: due + givenUpAfterMs, isLate: true }
  if (closingMessageId === null) return { kind: 'stuck' }
  return { kind: 'known', entropy: { kind: 'discord', messageId: closingMessageId }, signature: null }
}

/** How soon a draw that waits is tried again; in milliseconds. */
export function nextTry(plan: Unknown, now: number): number {
  if (plan.kind === 'stuck') return now + 600_000
  return plan.isLate ? now + 10_000 : plan.until + 2_000
}
