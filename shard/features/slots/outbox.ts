import { Routes } from 'discord.js'
import { z } from 'zod'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import type { Owed } from '../../../sql/queries/outbox.ts'
import { readSettingsOf } from '../../../sql/queries/settings.ts'
import { pickOf } from '../../../sql/queries/slotpicks.ts'
import { requestsBetween } from '../../../sql/queries/slots.ts'
import { paymentFor } from '../discord.ts'
import type { OutboxPayer, Payment } from '../feature.ts'
import { type Say, speak } from '../language.ts'
import { pickPost, requestsPost } from './view.ts'

/** What is posted in the channel for requests: read when it is posted, so that whoever was erased meanwhile is not named. */
const news = z.discriminatedUnion('what', [
  z.object({ what: z.literal('requests'), first: z.string(), last: z.string() }),
  z.object({ what: z.literal('pick'), number: z.int() }),
  z.object({ what: z.literal('switch'), isOpen: z.boolean() }),
])
type News = z.output<typeof news>

/** A post that is owed; nothing becomes of it where the guild wants none. */
export const postOf = (guildId: GuildId, sourceRef: string, payload: News): Owed => ({
  guildId,
  kind: 'slots.post',
  sourceRef,
  payload,
})

const paid: Payment = { kind: 'paid' }

/** Posts what is new about requests, when the guild has a channel for it. */
export const payPost: OutboxPayer = async (row, tools) => {
  const { guildId } = row
  const settings = await readSettingsOf(tools.sql, guildId, ['slot_calls_channel_id', 'language'])
  if (settings.slot_calls_channel_id === null) return paid
  const message = await messageOf(speak(settings.language), guildId, news.parse(row.payload), tools)
  if (message === undefined) return paid
  const once = { nonce: row.outboxId, enforce_nonce: true, allowed_mentions: { parse: [] } }
  try {
    await tools.rest.post(Routes.channelMessages(settings.slot_calls_channel_id), { body: { ...message, ...once } })
    return paid
  } catch (error) {
    return paymentFor(error)
  }
}

/** Undefined when it is not there any more. */
async function messageOf(say: Say, guildId: GuildId, about: News, { sql }: Parameters<OutboxPayer>[1]) {
  switch (about.what) {
    case 'requests': {
      const requests = await requestsBetween(sql, { guildId, first: about.first, last: about.last })
      return requests.length === 0 ? undefined : requestsPost(say, requests)
    }
    case 'pick': {
      const pick = await pickOf(sql, { guildId, number: about.number })
      return pick === undefined ? undefined : pickPost(say, guildId, pick)
    }
    case 'switch':
      return { content: say(about.isOpen ? 'slots:post.opened' : 'slots:post.closed') }
  }
}
