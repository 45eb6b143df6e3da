import { Routes } from 'discord.js'
import { z } from 'zod'
import { giftOf } from '../../../sql/queries/gifts.ts'
import { readSettingsOf } from '../../../sql/queries/settings.ts'
import { paymentFor } from '../discord.ts'
import type { OutboxPayer, Payment } from '../feature.ts'
import { speak } from '../language.ts'
import { giftPost } from './view.ts'

const payload = z.object({ eventId: z.string() })
const paid: Payment = { kind: 'paid' }

/** Says in the guild's channel for it what somebody has bought. Read when it is posted, so that whoever was erased meanwhile is not named. */
export const payPost: OutboxPayer = async (row, { sql, rest }) => {
  const { guildId } = row
  const { eventId } = payload.parse(row.payload)
  const [{ gift_channel_id: channel, language }, [gift]] = await Promise.all([
    readSettingsOf(sql, guildId, ['gift_channel_id', 'language']),
    giftOf(sql, { guildId, eventId }),
  ])
  if (channel === null || gift === undefined) return paid
  const once = { nonce: row.outboxId, enforce_nonce: true, allowed_mentions: { parse: [] } }
  try {
    await rest.post(Routes.channelMessages(channel), { body: { ...giftPost(speak(language), gift), ...once } })
    return paid
  } catch (error) {
    return paymentFor(error)
  }
}
