import { holdingOf } from '../../../sql/queries/pool.ts'
import { latestPeriods } from '../../../sql/queries/raffle.ts'
import { readSettingsOf } from '../../../sql/queries/settings.ts'
import type { ChatCommand } from '../feature.ts'
import { pageOf } from './view/draw.ts'
import { promoChatLine, ticketsChatLine } from './view.ts'

const looksBack = 10

/** `!tickets`, for linked and unlinked viewers: both are known by their Kick name. */
export const ticketsChat: ChatCommand = async ({ guildId, say, sender }, db) => {
  const period = (await latestPeriods(db, { guildId, limit: looksBack })).find(({ status }) => status === 'active')
  if (period === undefined) return say('raffle:chat.no_raffle')
  const [holding, { raffle_tickets_per_hour: rate }] = await Promise.all([
    holdingOf(db, { ...period, username: sender.username }),
    readSettingsOf(db, guildId, ['raffle_tickets_per_hour']),
  ])
  return ticketsChatLine(say, holding, rate)
}

/** `!raffle`: what the guild wants to say about it, or that one runs. */
export const promoChat: ChatCommand = async ({ guildId, say }, db, { clock }) => {
  const { raffle_promo_message: promo } = await readSettingsOf(db, guildId, ['raffle_promo_message'])
  if (promo !== null) return promo
  const period = (await latestPeriods(db, { guildId, limit: looksBack })).find(({ status }) => status === 'active')
  return period === undefined ? say('raffle:chat.no_raffle') : promoChatLine(say, period, clock.now())
}

/** `!fair`: where the last raffle can be checked. */
export const fairChat: ChatCommand = async ({ guildId, say }, db, { publicUrl }) => {
  const periods = await latestPeriods(db, { guildId, limit: looksBack })
  const period = periods.find(({ status }) => status !== 'scheduled' && status !== 'archived')
  if (period === undefined) return say('raffle:chat.no_raffle')
  return say('raffle:chat.fair', { url: pageOf(publicUrl, period) })
}
