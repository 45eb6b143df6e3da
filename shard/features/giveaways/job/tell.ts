import { z } from 'zod'
import type { Db } from '../../../../sql/client.ts'
import type { Giveaway } from '../../../../sql/queries/giveaways.ts'
import { owe } from '../../../../sql/queries/outbox.ts'
import { winnersOf } from '../../../../sql/queries/winners.ts'
import { chatLines } from '../../activity/index.ts'
import type { Tools } from '../../feature.ts'
import { speakIn } from '../../language.ts'
import { hasChat } from '../rules/choices.ts'
import { chatLine } from '../view/chat.ts'

/** What there is to say about a giveaway. `instead` names the roll whose winner lost their win. */
export const newsForm = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('won'), nonces: z.array(z.int()).readonly(), instead: z.int().optional() }),
  z.object({ kind: z.literal('nobody') }),
  z.object({ kind: z.literal('nobody_left'), instead: z.int() }),
  z.object({ kind: z.enum(['begun', 'stopped', 'cancelled']) }),
])
export type News = z.input<typeof newsForm>

const refOf = (id: number, news: News): string =>
  news.kind === 'won'
    ? `${id}:won:${news.nonces.join(',')}`
    : `${id}:${news.kind}${'instead' in news ? `:${news.instead}` : ''}`

/** Owes an announcement in the giveaway's channel, once. In the transaction that made the news; `again` names another wish for the same. */
export const announce = (db: Db, { guildId, id }: Pick<Giveaway, 'guildId' | 'id'>, news: News, again = '') =>
  owe(db, [{ guildId, kind: 'giveaways.announce', sourceRef: `${refOf(id, news)}${again}`, payload: { id, news } }])

/** Owes a line in the stream chat, once, where the giveaway is about the chat and the bot may write there. */
export async function sayInChat(db: Db, giveaway: Giveaway, news: News, tools: Tools, again = ''): Promise<void> {
  const { guildId, id } = giveaway
  if (!hasChat(giveaway)) return
  const say = (await speakIn(db, [guildId]))(guildId)
  const winners = news.kind === 'won' ? await winnersOf(db, { guildId, giveawayId: id }) : []
  const line = {
    guildId,
    sourceRef: `giveaway:${refOf(id, news)}${again}`,
    content: chatLine(say, giveaway, news, winners),
  }
  await owe(db, await chatLines(db, [line], tools.clock.now()))
}
