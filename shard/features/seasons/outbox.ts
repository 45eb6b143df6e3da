import { Routes } from 'discord.js'
import { z } from 'zod'
import { seasonPage, seasonsOf } from '../../../sql/queries/season.ts'
import { readSettingsOf } from '../../../sql/queries/settings.ts'
import { paymentFor } from '../discord.ts'
import type { OutboxPayer, Payment } from '../feature.ts'
import { speakIn } from '../language.ts'
import { resultMessage } from './view.ts'

const payload = z.object({ seasonId: z.int() })
const paid: Payment = { kind: 'paid' }

/** Writes who was first in a season into the channel for it, if there is one; it is once there, for Discord keeps to the nonce. Pings nobody. */
export const payResult: OutboxPayer = async (row, tools) => {
  const { seasonId } = payload.parse(row.payload)
  const { guildId } = row
  const { season_channel_id: channel } = await readSettingsOf(tools.sql, guildId, ['season_channel_id'])
  if (channel === null) return paid
  const board = (what: 'watchtime' | 'points') => seasonPage(tools.sql, { guildId, seasonId, what, page: 1 })
  const [[season], watchtime, points, sayFor] = await Promise.all([
    seasonsOf(tools.sql, { guildId, seasonId }),
    board('watchtime'),
    board('points'),
    speakIn(tools.sql, [guildId]),
  ])
  if (season === undefined) return paid
  const message = resultMessage(sayFor(guildId), { season, watchtime: watchtime.rows, points: points.rows })
  try {
    await tools.rest.post(Routes.channelMessages(channel), {
      body: { ...message, allowed_mentions: { parse: [] }, nonce: row.outboxId, enforce_nonce: true },
    })
    return paid
  } catch (error) {
    return paymentFor(error)
  }
}
