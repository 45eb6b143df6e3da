import { type DrandChain, roundAt, timeOfRound } from '../../../../cluster/runtime/drand.ts'
import type { Entropy } from '../../../../cluster/runtime/fairness.ts'
import type { UserId } from '../../../../cluster/runtime/ids.ts'
import type { NamedDraw, PeriodToDraw } from '../../../../sql/queries/draws.ts'
import type { PeriodKey } from '../../../../sql/queries/raffle.ts'
import type { FetchedRound } from '../../../../sql/queries/randomness.ts'
import { chanceFor, type Decided, type Unknown } from '../../chance.ts'

/** The most winners of one raffle at once, so that one message can name them. */
export const mostWinners = 20

/** Between the closing and the round that decides there is time to publish the list. */
const leadMs = 30_000
/** Raffles that close at about the same time wait for the same round. */
const togetherMs = 60_000
/** An overlay that says nothing for so long is not waited for: the winner is announced all the same. */
export const showPatienceMs = 600_000

/** The round that decides a raffle which closes now: the one at the first whole minute that is half a minute away. */
export const decidingRound = (chain: DrandChain, now: number): { readonly round: number; readonly at: number } => {
  const round = roundAt(chain, Math.ceil((now + leadMs) / togetherMs) * togetherMs)
  return { round, at: timeOfRound(chain, round) }
}

/** What somebody, or a job, wants drawn. */
export interface DrawRequest extends PeriodKey {
  /** How many winners the raffle is to have, those that were drawn before included; at most {@link mostWinners}. */
  readonly winners: number
  /** The raffle's own when null. */
  readonly prize: string | null
  /** The same request draws once, however often it comes. */
  readonly ref: string
  readonly source: 'discord' | 'dashboard' | 'bot'
  readonly by: UserId | null
  /** A draw that is to be void, and why; another winner takes its place. */
  readonly instead?: { readonly nonce: number; readonly reason: string }
  /** What the dashboard calls it, when it wants to be told who won. */
  readonly requestId?: string | undefined
  /** Whether each winner is announced when an overlay has shown them, and not at once. */
  readonly isShown?: boolean | undefined
}

export type DrawPlan =
  /** Draws are to be made, from the nonce that follows the last one. */
  | { readonly kind: 'draw'; readonly count: number; readonly entropy: Entropy; readonly signature: string | null }
  /** There is nothing to do: it was done by this request, or by an earlier one. */
  | { readonly kind: 'done' }
  | { readonly kind: 'unknown' | 'open' | 'nobody' | 'nobody_left' | 'no_draw' | 'void_before' }
  | Unknown

/** What a request comes to. `round` is the one that decides this raffle, as far as it is known. */
export function planDraw(
  request: DrawRequest,
  p: {
    readonly period: PeriodToDraw | undefined
    readonly draws: readonly NamedDraw[]
    readonly round: FetchedRound | undefined
    readonly chain: DrandChain
    readonly now: number
  },
): DrawPlan {
  const { period, draws } = p
  if (period === undefined || period.status === 'archived') return { kind: 'unknown' }
  if (period.status !== 'closed' && period.status !== 'drawn') return { kind: 'open' }
  if (draws.some(({ requestRef, voidedRef }) => requestRef === request.ref || voidedRef === request.ref))
    return { kind: 'done' }
  if (period.participants === 0) return { kind: 'nobody' }
  const { instead } = request
  if (instead !== undefined) {
    const named = draws.find(({ nonce }) => nonce === instead.nonce)
    if (named === undefined) return { kind: 'no_draw' }
    if (named.status === 'void') return { kind: 'void_before' }
  }
  const left = period.participants - draws.length
  const missing = instead === undefined ? request.winners - draws.filter(({ status }) => status === 'valid').length : 1
  if (missing <= 0) return { kind: 'done' }
  if (left === 0) return { kind: 'nobody_left' }
  const chance = chanceFor({ ...period, decided: decidedBy(period) }, p)
  if (chance.kind !== 'known') return chance
  return { ...chance, kind: 'draw', count: Math.min(missing, left) }
}

/** What has decided a raffle that was drawn before. */
function decidedBy(period: PeriodToDraw): Decided | null {
  const { entropyRound: round, entropyRandomness: randomness, entropyMessageId: messageId } = period
  if (messageId !== null) return { entropy: { kind: 'discord', messageId }, signature: null }
  if (round === null || randomness === null || period.status !== 'drawn') return null
  return { entropy: { kind: 'drand', round, randomness }, signature: period.entropySignature }
}
