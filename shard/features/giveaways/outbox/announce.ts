import { Routes } from 'discord.js'
import { z } from 'zod'
import { giveawayOf } from '../../../../sql/queries/giveaways.ts'
import { noteAnnounced, winnersOf } from '../../../../sql/queries/winners.ts'
import { paymentFor } from '../../discord.ts'
import type { OutboxPayer, Payment } from '../../feature.ts'
import { speakIn } from '../../language.ts'
import { newsForm } from '../job/tell.ts'
import { announcement } from '../view/announce.ts'

const paid: Payment = { kind: 'paid' }
const announceForm = z.object({ id: z.int(), news: newsForm })

/** Tells a giveaway's channel what is new, once: Discord keeps to the nonce. Winners who have lost their win meanwhile are not called. */
export const payAnnounce: OutboxPayer = async (row, tools) => {
  const { id, news } = announceForm.parse(row.payload)
  const of = { guildId: row.guildId, giveawayId: id }
  const [giveaway, winners, sayFor] = await Promise.all([
    giveawayOf(tools.sql, { guildId: row.guildId, id }),
    winnersOf(tools.sql, of),
    speakIn(tools.sql, [row.guildId]),
  ])
  if (giveaway === undefined) return paid
  if (giveaway.channelId === null) return { kind: 'dead', reason: 'the giveaway has no channel' }
  const stands = news.kind !== 'won' || winners.some((one) => news.nonces.includes(one.nonce) && one.state !== 'void')
  if (!stands) return paid
  const body = announcement(sayFor(row.guildId), giveaway, news, winners)
  try {
    await tools.rest.post(Routes.channelMessages(giveaway.channelId), {
      body: { ...body, nonce: row.outboxId, enforce_nonce: true },
    })
  } catch (error) {
    return paymentFor(error)
  }
  if (news.kind === 'won') await noteAnnounced(tools.sql, { ...of, nonces: [...news.nonces] })
  return paid
}
