import { z } from 'zod'
import type { GuildId } from '../../../../cluster/runtime/ids.ts'
import type { Db } from '../../../../sql/client.ts'
import { tellDashboard } from '../../../../sql/queries/dashboard.ts'
import type { Giveaway } from '../../../../sql/queries/giveaways.ts'
import { owe } from '../../../../sql/queries/outbox.ts'
import { type Winner, winnersOf } from '../../../../sql/queries/winners.ts'
import { chatLines } from '../../activity/index.ts'
import type { Tools } from '../../feature.ts'
import { speakIn } from '../../language.ts'
import { hasChat } from '../rules/choices.ts'
import { chatLine } from '../view/chat.ts'

/** Who won; `instead` names the roll whose winner lost their win. */
export const wonForm = z.object({
  kind: z.literal('won'),
  nonces: z.array(z.int()).readonly(),
  instead: z.int().optional(),
})
/** What there is to say about a giveaway. */
const newsForm = z.discriminatedUnion('kind', [
  wonForm,
  z.object({ kind: z.literal('nobody') }),
  z.object({ kind: z.literal('nobody_left'), instead: z.int() }),
  z.object({ kind: z.enum(['begun', 'stopped', 'cancelled']) }),
])
export type News = z.input<typeof newsForm>
/** What is posted: news, or that the list is frozen, which is told in Discord alone. */
export const postForm = z.union([newsForm, z.object({ kind: z.literal('closed') })])
export type Post = z.input<typeof postForm>

/** Names news of a giveaway. */
export const refOf = (id: number, news: News): string =>
  news.kind === 'won'
    ? `${id}:won:${news.nonces.join(',')}`
    : `${id}:${news.kind}${'instead' in news ? `:${news.instead}` : ''}`

/**
 * Owes an announcement in the giveaway's channel, a line in the chat and a word to the dashboard, each once. In the transaction that made
 * the news; `again` names another wish for the same.
 */
export async function announce(db: Db, giveaway: Giveaway, news: News, tools: Tools, again = ''): Promise<void> {
  const { guildId, id } = giveaway
  await owe(db, [
    { guildId, kind: 'giveaways.announce', sourceRef: `${refOf(id, news)}${again}`, payload: { id, news } },
  ])
  await sayInChat(db, giveaway, news, tools, again)
  await tellOfEnd(db, giveaway, news, await winnersOf(db, { guildId, giveawayId: id }), tools)
}

/**
 * Owes the message which says that the list is frozen, before anything is drawn; what it is called stands in for a round that does not
 * come. `again` names another wish for it, where it could not be posted.
 */
export const announceClosing = (
  db: Db,
  { guildId, giveawayId: id }: { readonly guildId: GuildId; readonly giveawayId: number },
  again = '',
) =>
  owe(db, [
    {
      guildId,
      kind: 'giveaways.announce',
      sourceRef: `${id}:closed${again}`,
      payload: { id, news: { kind: 'closed' } },
    },
  ])

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

/** Says to the dashboard who entered. In the transaction that enters them; the same entry is said once for each ticket it has grown to. */
export async function tellOfEntries(
  db: Db,
  entered: readonly {
    readonly guildId: GuildId
    readonly giveawayId: number
    readonly displayName: string
    readonly tickets: number
  }[],
  { dashboardSecret, wakeOutbox }: Pick<Tools, 'dashboardSecret' | 'wakeOutbox'>,
): Promise<void> {
  if (dashboardSecret === undefined || entered.length === 0) return
  await tellDashboard(
    db,
    entered.map(({ guildId, giveawayId, displayName, tickets }) => ({
      guildId,
      area: 'giveaway',
      action: 'entry',
      data: { giveaway_id: giveawayId, kick_username: displayName, entry_count: tickets },
      ref: `${giveawayId}:${displayName}:${tickets}`,
    })),
  )
  wakeOutbox()
}

/** Says to the dashboard that a giveaway is over and who won it. In the transaction that decides it. */
async function tellOfEnd(
  db: Db,
  giveaway: Giveaway,
  news: News,
  winners: readonly Winner[],
  tools: Tools,
): Promise<void> {
  if (tools.dashboardSecret === undefined) return
  const nonces = news.kind === 'won' ? news.nonces : []
  const won = winners.filter(({ nonce }) => nonces.includes(nonce))
  await tellDashboard(db, [
    {
      guildId: giveaway.guildId,
      area: 'giveaway',
      action: 'ended',
      data: {
        giveaway_id: giveaway.id,
        title: giveaway.title,
        winners: won.map(({ displayName }) => displayName ?? '').join(','),
      },
      ref: refOf(giveaway.id, news),
    },
  ])
}
