import { createHash } from 'node:crypto'
import { Routes } from 'discord.js'
import { z } from 'zod'
import { type ChannelId, channelId, type GuildId } from '../../../cluster/runtime/ids.ts'
import { poolOf, ticketBoard } from '../../../sql/queries/pool.ts'
import {
  boardOf,
  dropBoard,
  latestPeriods,
  noteAnnounced,
  type PostedBoard,
  periodOf,
  saveBoard,
} from '../../../sql/queries/raffle.ts'
import { readSettingsOf } from '../../../sql/queries/settings.ts'
import { codeOf, discordCode, paymentFor } from '../discord.ts'
import type { OutboxPayer, OutboxRow, Payment, Tools } from '../feature.ts'
import { speak } from '../language.ts'
import { ratesOf } from './earning.ts'
import { limits } from './rules.ts'
import { pageOf } from './view/draw.ts'
import { linkLine, rateLines } from './view/rates.ts'
import { closedMessage, liveMessage, openedMessage } from './view.ts'

const paid: Payment = { kind: 'paid' }
const posted = z.object({ id: z.string() })
const announcement = z.object({ periodNumber: z.int().positive(), what: z.enum(['opened', 'closed']) })

/** Posts, once: Discord keeps to the nonce for some minutes. Nobody is mentioned but whom the message names itself. Gives its id. */
export async function post(row: OutboxRow, channel: ChannelId, message: object, tools: Tools): Promise<string> {
  const body = { allowed_mentions: { parse: [] }, ...message, nonce: row.outboxId, enforce_nonce: true }
  return posted.parse(await tools.rest.post(Routes.channelMessages(channel), { body })).id
}

/** Says in public that a raffle begins or is closed, and notes where; what was said is not said again. */
export const payAnnounce: OutboxPayer = async (row, tools) => {
  const { guildId } = row
  const { periodNumber, what } = announcement.parse(row.payload)
  const [[period], chosen, rates] = await Promise.all([
    periodOf(tools.sql, { guildId, periodNumber }),
    readSettingsOf(tools.sql, guildId, ['language', 'raffle_channel_id']),
    ratesOf(tools.sql, guildId),
  ])
  const said = what === 'opened' ? period?.openingMessageId : period?.closingMessageId
  if (period === undefined || said !== null || chosen.raffle_channel_id === null) return paid
  const say = speak(chosen.language)
  const url = pageOf(tools.publicUrl, period)
  const how = [...rateLines(say, rates), linkLine(say, rates)]
  const message = what === 'opened' ? openedMessage(say, period, { how, url }) : closedMessage(say, period, url)
  const channel = channelId(chosen.raffle_channel_id)
  try {
    const messageId = await post(row, channel, message, tools)
    await noteAnnounced(tools.sql, { guildId, periodNumber, what, channelId: channel, messageId })
    return paid
  } catch (error) {
    return paymentFor(error)
  }
}

/** What the board of a guild should show now, and where; no channel when it should show nothing. */
async function boardNow(guildId: GuildId, tools: Tools) {
  const [chosen, periods, rates] = await Promise.all([
    readSettingsOf(tools.sql, guildId, ['language', 'raffle_board_channel_id']),
    latestPeriods(tools.sql, { guildId, limit: 10 }),
    ratesOf(tools.sql, guildId),
  ])
  const by = (...statuses: readonly string[]) => periods.find(({ status }) => statuses.includes(status))
  const period = by('active') ?? by('scheduled') ?? by('closed', 'drawn')
  const isRunning = period?.status === 'active'
  const [pool, board] = isRunning
    ? await Promise.all([
        poolOf(tools.sql, period),
        ticketBoard(tools.sql, { ...period, page: 1, perPage: limits.boardRows }),
      ])
    : []
  const say = speak(chosen.language)
  const message = liveMessage(say, {
    shown: period === undefined ? undefined : { period, pool },
    board,
    how: rateLines(say, rates),
    now: tools.clock.now(),
  })
  const channel = chosen.raffle_board_channel_id
  return { message, channel: channel === null ? undefined : channelId(channel) }
}

/** Takes a message of ours away; one that is gone already, or that we may not see any more, counts as taken. */
async function takeAway({ channelId: channel, messageId }: PostedBoard, tools: Tools): Promise<void> {
  try {
    await tools.rest.delete(Routes.channelMessage(channel, messageId))
  } catch (error) {
    const harmless: readonly number[] = [
      discordCode.unknownMessage,
      discordCode.unknownChannel,
      discordCode.missingAccess,
      discordCode.missingPermissions,
    ]
    if (!harmless.includes(codeOf(error) ?? 0)) throw error
  }
}

/** Edits the board where it stands; gives whether it is still there. */
async function edited(board: PostedBoard, message: object, tools: Tools): Promise<boolean> {
  try {
    const body = { ...message, allowed_mentions: { parse: [] } }
    await tools.rest.patch(Routes.channelMessage(board.channelId, board.messageId), { body })
    return true
  } catch (error) {
    const code = codeOf(error)
    if (code === discordCode.unknownMessage || code === discordCode.unknownChannel) return false
    throw error
  }
}

const wish = z.object({ isNew: z.boolean().default(false) })

/**
 * Brings the guild's board up to date: edited when it would change, posted when there is none or a new one is wanted, moved with its channel. Safe to repeat; what is
 * shown is what holds when it is paid, so that several rows come to the same.
 */
export const payBoard: OutboxPayer = async (row, tools) => {
  const { guildId } = row
  const { isNew } = wish.parse(row.payload)
  const [[board], { message, channel }] = await Promise.all([boardOf(tools.sql, guildId), boardNow(guildId, tools)])
  try {
    const isStale = board !== undefined && (isNew || board.channelId !== channel)
    if (isStale) await takeAway(board, tools)
    if (channel === undefined) {
      await dropBoard(tools.sql, guildId)
      return paid
    }
    const contentHash = createHash('sha256').update(JSON.stringify(message)).digest('hex')
    const isThere =
      board !== undefined && !isStale && (board.contentHash === contentHash || (await edited(board, message, tools)))
    const messageId = isThere ? board.messageId : await post(row, channel, message, tools)
    await saveBoard(tools.sql, { guildId, channelId: channel, messageId, contentHash })
    return paid
  } catch (error) {
    return paymentFor(error)
  }
}
