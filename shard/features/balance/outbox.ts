import { Routes } from 'discord.js'
import { z } from 'zod'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import type { Db } from '../../../sql/client.ts'
import { roundOf, winnersOf } from '../../../sql/queries/balance.ts'
import { owe } from '../../../sql/queries/outbox.ts'
import { readSettingsOf } from '../../../sql/queries/settings.ts'
import { chatLines } from '../activity/index.ts'
import { paymentFor } from '../discord.ts'
import type { OutboxPayer, Payment, Tools } from '../feature.ts'
import { speak } from '../language.ts'
import { touchPanels } from '../panel.ts'
import { chatNews, newsPost } from './view.ts'

/** What everybody is told about a round. */
export const kindsOfNews = ['opened', 'closed', 'reopened', 'cancelled', 'result', 'withdrawn'] as const
export type NewsKind = (typeof kindsOfNews)[number]

/** Tells chat and the channel what has become of a round. In the transaction that makes it so; the same `ref` is told once. */
export async function tellOfRound(
  db: Db,
  p: { readonly guildId: GuildId; readonly id: string; readonly what: NewsKind; readonly ref: string },
  tools: Tools,
): Promise<void> {
  const { guildId, id, what } = p
  const [round, winners, settings] = await Promise.all([
    roundOf(db, { guildId, id }),
    winnersOf(db, { guildId, id }),
    readSettingsOf(db, guildId, ['language']),
  ])
  if (round === undefined) return
  const content = chatNews(speak(settings.language), what, round, winners)
  const sourceRef = `${what}:${id}:${p.ref}`
  await owe(db, [
    { guildId, kind: 'balance.post', sourceRef, payload: { id, what } },
    ...(await chatLines(db, [{ guildId, sourceRef: `balance:${sourceRef}`, content }], tools.clock.now())),
  ])
  await touchPanels(db, 'balance', [guildId])
  tools.wakeOutbox()
}

const payload = z.object({ id: z.string(), what: z.enum(kindsOfNews) })
const paid: Payment = { kind: 'paid' }

/** Posts what has become of a round, when the guild has a channel for it: its own for rounds, or that for slot requests. */
export const payPost: OutboxPayer = async (row, { sql, rest }) => {
  const { guildId } = row
  const { id, what } = payload.parse(row.payload)
  const settings = await readSettingsOf(sql, guildId, ['gtb_channel_id', 'slot_calls_channel_id', 'language'])
  const channel = settings.gtb_channel_id ?? settings.slot_calls_channel_id
  const round = channel === null ? undefined : await roundOf(sql, { guildId, id })
  if (channel === null || round === undefined) return paid
  const message = newsPost(speak(settings.language), what, round, await winnersOf(sql, { guildId, id }))
  try {
    await rest.post(Routes.channelMessages(channel), {
      body: { ...message, nonce: row.outboxId, enforce_nonce: true, allowed_mentions: { parse: [] } },
    })
    return paid
  } catch (error) {
    return paymentFor(error)
  }
}
