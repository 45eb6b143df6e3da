import type { ChatInputCommandInteraction } from 'discord.js'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { verifyV1 } from '../../../../cluster/runtime/fairness.ts'
import { type GuildId, userId } from '../../../../cluster/runtime/ids.ts'
import { type Db, transaction } from '../../../../sql/client.ts'
import { drawsOf } from '../../../../sql/queries/draws.ts'
import { type OldDraw, oldDraws } from '../../../../sql/queries/olddraws.ts'
import { latestPeriods, type Period, periodOf } from '../../../../sql/queries/raffle.ts'
import { readSettingsOf } from '../../../../sql/queries/settings.ts'
import type { Reply, Tools } from '../../feature.ts'
import { type Say, speakTo } from '../../language.ts'
import { type DrawOutcome, drawPeriods, settleDraws } from '../job/draw.ts'
import type { DrawRequest } from '../rules/draw.ts'
import { drawnView, historyView, pageOf, stuckMessage, waitsView } from '../view/draw.ts'
import { at, nameOf } from '../view.ts'
import { typedLine } from './life.ts'

/** The last raffles are looked through for the one that is meant. */
const looksBack = 25
const shownInHistory = 10

/** The raffle with this number, or the last one that is closed; a `UserError` when there is none. */
async function closedPeriod(say: Say, db: Db, guildId: GuildId, number: number | null): Promise<Period> {
  if (number !== null) {
    const [period] = await periodOf(db, { guildId, periodNumber: number })
    if (period !== undefined && period.status !== 'archived') return period
    throw new UserError('unknown', say('raffle:error.unknown', { number: String(number) }))
  }
  const periods = await latestPeriods(db, { guildId, limit: looksBack })
  const period =
    periods.find(({ status }) => status === 'closed' || status === 'drawn') ??
    periods.find(({ status }) => status === 'active')
  if (period === undefined) throw new UserError('none_closed', say('raffle:error.none_closed'))
  return period
}

/** Draws, or sees to it that it is drawn as soon as that is possible; what stands in the way is a `UserError`. */
async function drawNow(say: Say, period: Period, request: DrawRequest, tools: Tools): Promise<Reply> {
  const outcome = await transaction(tools.sql, async (db) => {
    const outcomes = await drawPeriods(db, [request], tools)
    // A reroll is never put off: the first draw has shown that what decides is there.
    if (request.instead === undefined) await settleDraws(db, outcomes, tools)
    return outcomes[0]
  })
  if (outcome === undefined) throw new Error('a request to draw was not answered')
  return answerTo(say, period, outcome, tools)
}

async function answerTo(say: Say, period: Period, { plan, draws, request }: DrawOutcome, tools: Tools): Promise<Reply> {
  const name = nameOf(say, period)
  switch (plan.kind) {
    case 'draw':
    case 'done': {
      const { raffle_channel_id: channelId } = await readSettingsOf(tools.sql, period.guildId, ['raffle_channel_id'])
      return drawnView(say, { period, draws, url: pageOf(tools.publicUrl, period), ref: request.ref, channelId })
    }
    case 'waits':
      return waitsView(say, { period, ...plan })
    case 'stuck':
      return stuckMessage(say, period)
    case 'open':
      throw new UserError('open', say('raffle:error.still_open', { name, end: at(period.endsAt) }))
    case 'nobody':
    case 'nobody_left':
    case 'unknown':
    case 'no_draw':
    case 'void_before':
      throw new UserError(plan.kind, say(`raffle:draw.${plan.kind}`, { name }))
  }
}

/** Draws the winners of a raffle that is closed, once for each use of the command. */
export async function draw(interaction: ChatInputCommandInteraction, guildId: GuildId, tools: Tools): Promise<Reply> {
  const say = speakTo(interaction)
  const { options } = interaction
  const period = await closedPeriod(say, tools.sql, guildId, options.getInteger('raffle'))
  return drawNow(
    say,
    period,
    {
      guildId,
      periodNumber: period.periodNumber,
      winners: options.getInteger('winners') ?? 1,
      prize: typedLine(options.getString('prize')),
      ref: `cmd:${interaction.id}`,
      source: 'discord',
      by: userId(interaction.user.id),
    },
    tools,
  )
}

/** Declares a draw void and draws the next winner in its place, once for each use of the command. */
export async function reroll(interaction: ChatInputCommandInteraction, guildId: GuildId, tools: Tools): Promise<Reply> {
  const say = speakTo(interaction)
  const { options } = interaction
  const period = await closedPeriod(say, tools.sql, guildId, options.getInteger('raffle'))
  const reason = typedLine(options.getString('reason', true))
  if (reason === null) throw new UserError('reason', say('raffle:draw.reason'))
  return drawNow(
    say,
    period,
    {
      guildId,
      periodNumber: period.periodNumber,
      winners: 1,
      prize: null,
      ref: `cmd:${interaction.id}`,
      source: 'discord',
      by: userId(interaction.user.id),
      instead: { nonce: options.getInteger('draw', true) - 1, reason },
    },
    tools,
  )
}

/** Whether a draw of the bot before is what its own formula gives; undefined where it left nothing to check. */
export async function checkOldDraw(draw: OldDraw): Promise<boolean | undefined> {
  const { drawId, winningTicket: ticket, totalTickets: total, serverSeed: seed, proofHash: hash, ...rest } = draw
  const checks = await verifyV1({ draws: [{ ...rest, draw: drawId, ticket, total, seed, hash }] })
  return checks.length === 0 ? undefined : checks.every(({ holds }) => holds)
}

/** The last raffles and who won them. */
export async function history(
  interaction: ChatInputCommandInteraction,
  guildId: GuildId,
  { sql, publicUrl }: Tools,
): Promise<Reply> {
  const periods = (await latestPeriods(sql, { guildId, limit: looksBack }))
    .filter(({ status }) => status === 'closed' || status === 'drawn')
    .slice(0, shownInHistory)
  const draws = await drawsOf(sql, {
    guildIds: periods.map((period) => period.guildId),
    numbers: periods.map((period) => period.periodNumber),
  })
  return historyView(
    speakTo(interaction),
    periods.map((period) => ({
      period,
      draws: draws.filter(({ periodNumber }) => periodNumber === period.periodNumber),
      url: pageOf(publicUrl, period),
    })),
    await Promise.all(
      (await oldDraws(sql, { guildId, limit: shownInHistory })).map(async (draw) => ({
        draw,
        holds: await checkOldDraw(draw),
      })),
    ),
    `${publicUrl}/raffles/${guildId}/before`,
  )
}
