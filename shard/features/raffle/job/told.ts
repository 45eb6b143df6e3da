/** What is said of draws: in public, in stream chat, to the dashboard; at once, or winner by winner as an overlay has shown them. */
import { z } from 'zod'
import type { GuildId } from '../../../../cluster/runtime/ids.ts'
import type { Json } from '../../../../cluster/runtime/signature.ts'
import type { Db } from '../../../../sql/client.ts'
import { audit } from '../../../../sql/queries/audit.ts'
import { answerDashboard, tellDashboard } from '../../../../sql/queries/dashboard.ts'
import type { NamedDraw, PeriodToDraw } from '../../../../sql/queries/draws.ts'
import { scheduleJobs } from '../../../../sql/queries/job.ts'
import { owe } from '../../../../sql/queries/outbox.ts'
import { refreshBoards } from '../../../../sql/queries/raffle.ts'
import { readSettings } from '../../../../sql/queries/settings.ts'
import { guildsWithChat } from '../../../../sql/queries/token.ts'
import { provedAccounts } from '../../../../sql/queries/wagerlinks.ts'
import type { JobHandler, Tools } from '../../feature.ts'
import { type DrawRequest, showPatienceMs } from '../rules/draw.ts'
import { pageOf } from '../view/draw.ts'

export const showJob = 'raffle.show'

/** A request that has drawn, with all draws of its raffle. */
export interface DoneDraw {
  readonly request: DrawRequest
  readonly period: Pick<PeriodToDraw, 'guildId' | 'periodNumber' | 'title'>
  readonly draws: readonly NamedDraw[]
}

const wonBy = ({ request, draws }: DoneDraw): readonly NamedDraw[] =>
  draws.filter(({ requestRef }) => requestRef === request.ref)

/** Writes down who drew, and owes what is said about it. In the transaction that has drawn. */
export async function noteDraws(db: Db, done: readonly DoneDraw[], tools: Tools): Promise<void> {
  await audit(
    db,
    done.map(({ request, ...rest }) => ({
      guildId: request.guildId,
      source: request.source,
      actorId: request.by ?? undefined,
      action: request.instead === undefined ? 'raffle.draw' : 'raffle.reroll',
      subject: `#${request.periodNumber}`,
      oldValue: request.instead === undefined ? null : String(request.instead.nonce + 1),
      newValue: String(wonBy({ request, ...rest }).length),
      reason: request.instead?.reason ?? null,
    })),
  )
  const [shown, atOnce] = [
    done.filter(({ request }) => request.isShown),
    done.filter(({ request }) => !request.isShown),
  ]
  await announce(
    db,
    atOnce.map(({ request: { guildId, periodNumber, ref } }) => ({ guildId, periodNumber, ref })),
    tools,
  )
  const runAt = new Date(tools.clock.now() + showPatienceMs)
  await scheduleJobs(
    db,
    shown.flatMap((each) =>
      wonBy(each).map(({ guildId, periodNumber, nonce, requestRef: ref }) => ({
        guildId,
        kind: showJob,
        ref: showRef({ periodNumber, nonce }),
        runAt,
        payload: { periodNumber, nonce, ref },
      })),
    ),
  )
  await tell(db, done, tools)
  await refreshBoards(db, [...new Set(done.map(({ request }) => request.guildId))])
  tools.wakeOutbox()
}

/** Numbers are written so that they are in order as text. */
export const showRef = (draw: { readonly periodNumber: number; readonly nonce: number }): string =>
  `${String(draw.periodNumber).padStart(9, '0')}:${String(draw.nonce).padStart(9, '0')}`

/** What is to be said: the winners of a request, or one of them (`nonce`); `again` names another wish for the same. */
interface Announcement {
  readonly guildId: GuildId
  readonly periodNumber: number
  readonly ref: string
  readonly nonce?: number
  readonly again?: string
}

/** Owes what is said about winners, where there is a channel and where the bot may write in stream chat; each once. */
export async function announce(db: Db, said: readonly Announcement[], tools: Tools): Promise<void> {
  if (said.length === 0) return
  const guildIds = [...new Set(said.map(({ guildId }) => guildId))]
  const chosen = await readSettings(db, guildIds, ['raffle_channel_id'])
  const chatting = new Set((await guildsWithChat(db, guildIds)).map(({ guildId }) => guildId))
  const rowOf = (kind: string, { guildId, periodNumber, ref, nonce, again }: Announcement) => ({
    guildId,
    kind,
    sourceRef: [periodNumber, ref, nonce, again].filter((part) => part !== undefined).join(':'),
    payload: { periodNumber, ref, nonce, at: tools.clock.now() },
  })
  await owe(
    db,
    said.flatMap((one) => [
      ...((chosen.get(one.guildId)?.raffle_channel_id ?? null) === null ? [] : [rowOf('raffle.drawn', one)]),
      ...(chatting.has(one.guildId) ? [rowOf('raffle.drawn_chat', one)] : []),
    ]),
  )
}

const waits = z.object({ periodNumber: z.int().positive(), nonce: z.int().nonnegative(), ref: z.string() })

/** Announces winners one by one: an overlay has shown them, or nobody has heard of it for long enough. */
export const onShow: JobHandler = async (jobs, db, tools) => {
  await announce(
    db,
    jobs.map(({ guildId, payload }) => ({ guildId, ...waits.parse(payload) })),
    tools,
  )
  tools.wakeOutbox()
}

// --- To the dashboard -----------------------------------------------------------------------------------------------------

/** A winner as the legacy dashboard knows one, and the proof. Amounts are strings. */
function winnerData(draw: NamedDraw, account: string | undefined): { readonly [key: string]: Json } {
  const share = Number((BigInt(draw.tickets) * 1_000_000n) / BigInt(draw.totalTickets)) / 10_000
  return {
    draw: draw.nonce + 1,
    winner_kick_name: draw.displayName,
    winner_discord_id: draw.discordId,
    winner_shuffle_name: account ?? null,
    prize_description: draw.prize,
    tickets: draw.tickets,
    winning_ticket: draw.winningTicket,
    total_tickets: draw.totalTickets,
    total_participants: draw.participants,
    win_probability: share,
    proof_hash: draw.proofHash,
    server_seed: draw.serverSeed,
    client_seed: draw.clientSeed,
    nonce: draw.nonce,
  }
}

/**
 * Says who won: of each winner to everybody who listens, without the name of somebody who hides from boards, since overlays are public; and all
 * of them to whoever asked for the draw.
 */
async function tell(db: Db, done: readonly DoneDraw[], tools: Tools): Promise<void> {
  if (tools.dashboardSecret === undefined) return
  const winners = done.flatMap(wonBy)
  const accounts = new Map(
    (
      await provedAccounts(
        db,
        winners.flatMap(({ guildId, discordId }) => (discordId === null ? [] : [{ guildId, userId: discordId }])),
      )
    ).map(({ guildId, userId, displayName }) => [`${guildId}:${userId}`, displayName]),
  )
  const dataOf = (draw: NamedDraw) => winnerData(draw, accounts.get(`${draw.guildId}:${draw.discordId}`))
  await tellDashboard(
    db,
    done.flatMap((each) =>
      wonBy(each).map((draw) => ({
        guildId: draw.guildId,
        area: 'raffle',
        action: 'winner_drawn',
        data: {
          ...dataOf(draw),
          ...(draw.isHidden && { winner_kick_name: null, winner_discord_id: null, winner_shuffle_name: null }),
          period_id: draw.periodNumber,
          url: pageOf(tools.publicUrl, each.period),
        },
        ref: `${draw.periodNumber}:${draw.nonce}`,
      })),
    ),
  )
  for (const each of done) {
    const { guildId, requestId, instead } = each.request
    if (requestId === undefined) continue
    const [first = null, ...others] = wonBy(each).map(dataOf)
    await answerDashboard(db, {
      guildId,
      requestId,
      event: instead === undefined ? 'raffle.draw' : 'raffle.reroll',
      state: 'done',
      data: {
        period_id: each.request.periodNumber,
        winner: first,
        winners: first === null ? [] : [first, ...others],
        url: pageOf(tools.publicUrl, each.period),
      },
    })
  }
}
