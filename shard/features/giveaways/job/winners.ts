/** How winners become known: at once, or after Discord has said that they hold the role that is asked for. */
import type { GuildId } from '../../../../cluster/runtime/ids.ts'
import type { Db } from '../../../../sql/client.ts'
import type { Giveaway } from '../../../../sql/queries/giveaways.ts'
import { owe } from '../../../../sql/queries/outbox.ts'
import { lockDraw, voidWinner, winnersOf } from '../../../../sql/queries/winners.ts'
import type { Tools } from '../../feature.ts'
import { asksRoleOfWinners } from '../rules/choices.ts'
import { drawNext } from './draw.ts'
import { announce, type News, refOf } from './tell.ts'

type Won = Extract<News, { kind: 'won' }>

/**
 * Has it told who won, or that nobody has, and the panel say so. Where the chat enters and a role is asked for, Discord is asked first
 * whether the winners hold it. In the transaction that decides.
 */
export async function announceWinners(db: Db, giveaway: Giveaway, news: News, tools: Tools): Promise<void> {
  const { guildId, id } = giveaway
  const ref = refOf(id, news)
  if (news.kind === 'won' && asksRoleOfWinners(giveaway)) {
    await owe(db, [{ guildId, kind: 'giveaways.check', sourceRef: ref, payload: { id, news } }])
    return
  }
  await tellOutcome(db, giveaway, news, tools)
}

async function tellOutcome(db: Db, giveaway: Giveaway, news: News, tools: Tools): Promise<void> {
  const { guildId, id } = giveaway
  await announce(db, giveaway, news, tools)
  await owe(db, [{ guildId, kind: 'giveaways.panel', sourceRef: `told:${refOf(id, news)}`, payload: { id } }])
}

/**
 * Those of the winners who lack the role lose their place to the next roll, who is asked about in turn; when all hold it, they are
 * announced. In one transaction; done once, however often Discord was asked.
 */
export async function settleCheck(
  db: Db,
  giveaway: Giveaway,
  p: { readonly news: Won; readonly lacking: readonly number[] },
  tools: Tools,
): Promise<void> {
  const of: { guildId: GuildId; giveawayId: number } = { guildId: giveaway.guildId, giveawayId: giveaway.id }
  if ((await lockDraw(db, of)) === undefined) return
  const meant = (await winnersOf(db, of)).filter(({ nonce }) => p.news.nonces.includes(nonce))
  if (meant.some(({ voidReason }) => voidReason === 'role')) return
  const next: number[] = []
  for (const nonce of p.lacking) {
    const [gone] = await voidWinner(db, { ...of, nonce, reason: 'role', evenClaimed: true })
    const rolled = gone === undefined ? undefined : await drawNext(db, of, tools)
    if (rolled !== undefined) next.push(rolled)
  }
  const standing = meant.filter(({ nonce, state }) => state !== 'void' && !p.lacking.includes(nonce))
  const nonces = [...standing.map(({ nonce }) => nonce), ...next]
  const { instead } = p.news
  const replaces = instead === undefined ? {} : { instead }
  if (next.length > 0) await announceWinners(db, giveaway, { kind: 'won', nonces, ...replaces }, tools)
  else if (nonces.length > 0) await tellOutcome(db, giveaway, { kind: 'won', nonces, ...replaces }, tools)
  else if (instead === undefined) await tellOutcome(db, giveaway, { kind: 'nobody' }, tools)
  else await tellOutcome(db, giveaway, { kind: 'nobody_left', instead }, tools)
  tools.wakeOutbox()
}
