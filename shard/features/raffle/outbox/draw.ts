import { z } from 'zod'
import { channelId } from '../../../../cluster/runtime/ids.ts'
import { drawsOf } from '../../../../sql/queries/draws.ts'
import { periodOf } from '../../../../sql/queries/raffle.ts'
import { readSettingsOf } from '../../../../sql/queries/settings.ts'
import { sendLine } from '../../activity/index.ts'
import { paymentFor } from '../../discord.ts'
import type { OutboxPayer, OutboxRow, Payment, Tools } from '../../feature.ts'
import { speak } from '../../language.ts'
import { post } from '../outbox.ts'
import { drawnChatLine, drawnMessage, pageOf, stuckMessage } from '../view/draw.ts'

const paid: Payment = { kind: 'paid' }
const request = z.object({ periodNumber: z.int().positive(), ref: z.string(), nonce: z.int().nonnegative().optional() })

/** What a row is about, as it stands now, and how it is said: all winners of a request, or one of them; undefined when it is gone. */
async function drawnBy(row: OutboxRow, tools: Tools) {
  const { periodNumber, ref, nonce } = request.parse(row.payload)
  const { guildId } = row
  const [[period], draws, chosen] = await Promise.all([
    periodOf(tools.sql, { guildId, periodNumber }),
    drawsOf(tools.sql, { guildIds: [guildId], numbers: [periodNumber] }),
    readSettingsOf(tools.sql, guildId, ['language', 'raffle_channel_id']),
  ])
  if (period === undefined) return undefined
  const said = draws.filter((draw) => nonce === undefined || draw.nonce === nonce || draw.voidedRef === ref)
  const shown = { period, draws: said, url: pageOf(tools.publicUrl, period), ref }
  return { shown, say: speak(chosen.language), channel: chosen.raffle_channel_id }
}

/** Says in public who won; they alone are mentioned. */
export const payDrawn: OutboxPayer = async (row, tools) => {
  const drawn = await drawnBy(row, tools)
  if (drawn === undefined || drawn.channel === null) return paid
  try {
    await post(row, channelId(drawn.channel), drawnMessage(drawn.say, drawn.shown), tools)
    return paid
  } catch (error) {
    return paymentFor(error)
  }
}

/** Nobody waits in a stream chat for who won longer than that. */
const chatPatienceMs = 3_600_000
const said = z.object({ at: z.number() })

/** Says in stream chat who won. */
export const payDrawnChat: OutboxPayer = async (row, tools) => {
  const drawn = await drawnBy(row, tools)
  const content = drawn && drawnChatLine(drawn.say, drawn.shown)
  if (content === undefined) return paid
  return sendLine(row.guildId, { content, expiresAt: said.parse(row.payload).at + chatPatienceMs }, tools)
}

const stuck = z.object({ periodNumber: z.int().positive() })

/** Tells the admins that a raffle cannot be drawn, and what to do about it. */
export const payStuck: OutboxPayer = async (row, tools) => {
  const { periodNumber } = stuck.parse(row.payload)
  const [[period], chosen] = await Promise.all([
    periodOf(tools.sql, { guildId: row.guildId, periodNumber }),
    readSettingsOf(tools.sql, row.guildId, ['language', 'admin_channel_id']),
  ])
  if (period === undefined || period.status === 'drawn' || chosen.admin_channel_id === null) return paid
  try {
    await post(row, channelId(chosen.admin_channel_id), stuckMessage(speak(chosen.language), period), tools)
    return paid
  } catch (error) {
    return paymentFor(error)
  }
}
