import { Routes } from 'discord.js'
import { z } from 'zod'
import { platforms } from '../../../cluster/runtime/affiliate.ts'
import { userId } from '../../../cluster/runtime/ids.ts'
import { readSettingsOf } from '../../../sql/queries/settings.ts'
import { waitingClaims } from '../../../sql/queries/wagerlinks.ts'
import { paymentFor } from '../discord.ts'
import type { OutboxPayer, Payment } from '../feature.ts'
import { speak } from '../language.ts'
import { tellMember } from '../tell.ts'
import { claimMessage, toldText } from './view.ts'

const paid: Payment = { kind: 'paid' }
const platform = z.enum(platforms)
const asked = z.object({ discordId: z.string(), platform })
const told = z.object({
  what: z.enum(['approved', 'denied', 'moved']),
  discordId: z.string(),
  platform,
  displayName: z.string(),
})

/** Shows admins a claim in their channel, if they have one and it still waits. */
export const payAsk: OutboxPayer = async (row, { sql, rest }) => {
  const { guildId } = row
  const payload = asked.parse(row.payload)
  const of = { platform: payload.platform, userId: userId(payload.discordId) }
  const [{ admin_channel_id: channel, language }, [claim]] = await Promise.all([
    readSettingsOf(sql, guildId, ['admin_channel_id', 'language']),
    waitingClaims(sql, { guildId, of, limit: 1 }),
  ])
  if (channel === null || claim === undefined) return paid
  const once = { nonce: row.outboxId, enforce_nonce: true, allowed_mentions: { parse: [] } }
  try {
    await rest.post(Routes.channelMessages(channel), {
      body: { ...claimMessage(speak(language), guildId, claim), ...once },
    })
    return paid
  } catch (error) {
    return paymentFor(error)
  }
}

/** Tells a member what was decided about their account. */
export const payTell: OutboxPayer = async (row, tools) => {
  const { what, discordId, platform: where, displayName } = told.parse(row.payload)
  const { language } = await readSettingsOf(tools.sql, row.guildId, ['language'])
  const content = toldText(speak(language), what, where, displayName)
  return tellMember(row, { content }, { to: userId(discordId), token: null, first: 'direct' }, tools)
}
