import { UserError } from '../../../../cluster/runtime/errors.ts'
import type { GuildId } from '../../../../cluster/runtime/ids.ts'
import type { Db } from '../../../../sql/client.ts'
import { audit } from '../../../../sql/queries/audit.ts'
import {
  cancelRound,
  closeRound,
  completeRound,
  openRound,
  type Round,
  type RoundStatus,
  type RoundWishes,
  reopenRound,
  roundOf,
  scheduleClose,
  winnersOf,
  withdrawResult,
} from '../../../../sql/queries/balance.ts'
import type { Author } from '../../../../sql/queries/settings.ts'
import type { Tools } from '../../feature.ts'
import type { Say } from '../../language.ts'
import { ago, plain } from '../../text.ts'
import { type NewsKind, tellOfRound } from '../outbox.ts'
import type { Standing } from '../view.ts'

/** Who does something about a round, for which wish; the same wish is told once. */
export interface Act {
  readonly guildId: GuildId
  readonly by: Author
  readonly ref: string
}

/** How things stand: the round that is asked for, else the one that is open, else the newest; and the last one with a result. */
export async function standingOf(db: Db, guildId: GuildId, number?: number): Promise<Standing> {
  const round =
    number === undefined
      ? ((await roundOf(db, { guildId, status: ['open'] })) ?? (await roundOf(db, { guildId })))
      : await roundOf(db, { guildId, number })
  const last = number === undefined ? await roundOf(db, { guildId, status: ['completed'] }) : undefined
  const isOther = last !== undefined && last.id !== round?.id
  return {
    round,
    winners: round === undefined ? [] : await winnersOf(db, { guildId, id: round.id }),
    last: isOther ? { round: last, winners: await winnersOf(db, { guildId, id: last.id }) } : undefined,
  }
}

const inMoney = (cents: number): string => (cents / 100).toFixed(2)

const note = (db: Db, act: Act, round: Round, change: { action: string; was: string | null; is: string | null }) =>
  audit(db, [
    {
      ...act.by,
      guildId: act.guildId,
      action: `balance.${change.action}`,
      subject: `#${round.number}`,
      oldValue: change.was,
      newValue: change.is,
    },
  ])

/** Notes a change of a round and tells everybody of it; gives how the round stands now. */
async function changed(
  db: Db,
  act: Act,
  change: { readonly id: string; readonly what: NewsKind; readonly was: string | null; readonly is: string },
  tools: Tools,
): Promise<Round> {
  const { guildId } = act
  const { id, what } = change
  const round = await roundOf(db, { guildId, id })
  if (round === undefined) throw new Error('a round that was changed is not there')
  await note(db, act, round, { ...change, action: what })
  await tellOfRound(db, { guildId, id, what, ref: act.ref }, tools)
  return round
}

/** Opens a round; a `UserError` when one is open, which says whose. Inside a transaction. */
export async function open(
  db: Db,
  say: Say,
  act: Act,
  wishes: RoundWishes & { readonly openedBy: string },
  tools: Tools,
): Promise<Round> {
  const { guildId } = act
  const id = await openRound(db, { ...wishes, guildId, by: act.by.actorId ?? null })
  if (id === undefined) {
    const other = await roundOf(db, { guildId, status: ['open'] })
    throw new UserError(
      'is_open',
      say('balance:error.is_open', {
        number: other?.number ?? 0,
        name: plain(other?.openedBy ?? '') || say('balance:somebody'),
        when: ago(other?.openedAt ?? new Date(tools.clock.now())),
      }),
    )
  }
  const round = await changed(db, act, { id, what: 'opened', was: null, is: 'open' }, tools)
  if (round.closesAt !== null) await scheduleClose(db, { guildId, id, at: round.closesAt })
  return round
}

/** Closes a round that is open: the named one, or whichever it is. Inside a transaction. */
export async function close(db: Db, say: Say, act: Act, id: string | undefined, tools: Tools): Promise<Round> {
  const { guildId } = act
  const round = await roundOf(db, { guildId, id, status: ['open'] })
  const rows = round === undefined ? [] : await closeRound(db, { guildId, id: round.id })
  if (round === undefined || rows.length === 0) throw new UserError('none_open', say('balance:error.none_open'))
  return changed(db, act, { id: round.id, what: 'closed', was: 'open', is: 'closed' }, tools)
}

/** A round by its number; a `UserError` that says what to do when it is not there, or in another state. */
export async function named(
  db: Db,
  say: Say,
  guildId: GuildId,
  p: { readonly number: number; readonly status: readonly RoundStatus[] },
): Promise<Round> {
  const round = await roundOf(db, { guildId, number: p.number })
  if (round === undefined) throw new UserError('no_round', say('balance:error.no_round', { number: p.number }))
  if (!p.status.includes(round.status))
    throw new UserError('state', say(`balance:error.state.${round.status}`, { number: p.number }))
  return round
}

/** Gives a closed round its result, and tells who won. Inside a transaction. */
export async function complete(
  db: Db,
  say: Say,
  act: Act,
  p: { readonly round: Pick<Round, 'id' | 'number'>; readonly result: number },
  tools: Tools,
): Promise<Round> {
  const { id, number } = p.round
  if (!(await completeRound(db, { guildId: act.guildId, id, result: p.result })))
    throw new UserError('state', say('balance:error.state.completed', { number }))
  return changed(db, act, { id, what: 'result', was: null, is: inMoney(p.result) }, tools)
}

/** Takes one step back: a result is withdrawn, a closed round opens again. Inside a transaction. */
export async function reopen(db: Db, say: Say, act: Act, round: Round, tools: Tools): Promise<Round> {
  const { guildId } = act
  const { id, number } = round
  if (await withdrawResult(db, { guildId, id })) {
    const was = round.result === null ? null : inMoney(round.result)
    await note(db, act, round, { action: 'withdrawn', was, is: null })
    await tellOfRound(db, { guildId, id, what: 'withdrawn', ref: act.ref }, tools)
    return { ...round, status: 'closed', result: null }
  }
  const rows = await reopenRound(db, { guildId, id })
  if (rows.length === 0) throw new UserError('not_reopened', say('balance:error.not_reopened', { number }))
  return changed(db, act, { id, what: 'reopened', was: 'closed', is: 'open' }, tools)
}

/** Calls a round off; its guesses stay. Inside a transaction. */
export async function cancel(db: Db, say: Say, act: Act, round: Round, tools: Tools): Promise<Round> {
  const rows = await cancelRound(db, { guildId: act.guildId, id: round.id })
  if (rows.length === 0)
    throw new UserError('state', say(`balance:error.state.${round.status}`, { number: round.number }))
  return changed(db, act, { id: round.id, what: 'cancelled', was: round.status, is: 'cancelled' }, tools)
}
