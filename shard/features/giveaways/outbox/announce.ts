import { Routes } from 'discord.js'
import { z } from 'zod'
import { giveawayOf } from '../../../../sql/queries/giveaways.ts'
import { readSettingsOf } from '../../../../sql/queries/settings.ts'
import { noteAnnounced, noteClosing, winnersOf } from '../../../../sql/queries/winners.ts'
import { paymentFor } from '../../discord.ts'
import type { OutboxPayer, Payment } from '../../feature.ts'
import { speak, speakIn } from '../../language.ts'
import { postForm } from '../job/tell.ts'
import { announcement, closedMessage, stuckMessage } from '../view/announce.ts'
import { pageOf } from '../view/panel.ts'

const paid: Payment = { kind: 'paid' }
const announceForm = z.object({ id: z.int(), news: postForm })
const posted = z.object({ id: z.string() })

/**
 * Tells a giveaway's channel what is new, once: Discord keeps to the nonce. One that a dashboard has written down without a channel is told
 * of where raffles are. Winners who have lost their win meanwhile are not called.
 */
export const payAnnounce: OutboxPayer = async (row, tools) => {
  const { id, news } = announceForm.parse(row.payload)
  const of = { guildId: row.guildId, giveawayId: id }
  const [giveaway, winners, sayFor, chosen] = await Promise.all([
    giveawayOf(tools.sql, { guildId: row.guildId, id }),
    winnersOf(tools.sql, of),
    speakIn(tools.sql, [row.guildId]),
    readSettingsOf(tools.sql, row.guildId, ['raffle_channel_id']),
  ])
  if (giveaway === undefined) return paid
  const channel = giveaway.channelId ?? chosen.raffle_channel_id
  if (channel === null) return { kind: 'dead', reason: 'the giveaway has no channel' }
  if (news.kind === 'closed' && (giveaway.closingMessageId !== null || giveaway.status !== 'drawing')) return paid
  const stands = news.kind !== 'won' || winners.some((one) => news.nonces.includes(one.nonce) && one.state !== 'void')
  if (!stands) return paid
  const say = sayFor(row.guildId)
  const url = pageOf(tools.publicUrl, giveaway)
  const body =
    news.kind === 'closed' ? closedMessage(say, giveaway, url) : announcement(say, giveaway, news, winners, url)
  try {
    const message = await tools.rest.post(Routes.channelMessages(channel), {
      body: { ...body, nonce: row.outboxId, enforce_nonce: true },
    })
    if (news.kind === 'closed') await noteClosing(tools.sql, { ...of, messageId: posted.parse(message).id })
  } catch (error) {
    return paymentFor(error)
  }
  if (news.kind === 'won') await noteAnnounced(tools.sql, { ...of, nonces: [...news.nonces] })
  return paid
}

const stuckForm = z.object({ id: z.int() })

/** Tells the admins that a giveaway cannot be drawn, and what helps. */
export const payStuck: OutboxPayer = async (row, tools) => {
  const { id } = stuckForm.parse(row.payload)
  const [giveaway, chosen] = await Promise.all([
    giveawayOf(tools.sql, { guildId: row.guildId, id }),
    readSettingsOf(tools.sql, row.guildId, ['language', 'admin_channel_id']),
  ])
  if (giveaway?.status !== 'drawing' || chosen.admin_channel_id === null) return paid
  const body = { ...stuckMessage(speak(chosen.language), giveaway), nonce: row.outboxId, enforce_nonce: true }
  try {
    await tools.rest.post(Routes.channelMessages(chosen.admin_channel_id), { body })
    return paid
  } catch (error) {
    return paymentFor(error)
  }
}
