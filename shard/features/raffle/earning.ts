import type { GuildId } from '../../../cluster/runtime/ids.ts'
import type { Db } from '../../../sql/client.ts'
import { latestPeriods } from '../../../sql/queries/raffle.ts'
import { readSettingsOf } from '../../../sql/queries/settings.ts'
import { itemsOf } from '../../../sql/queries/shop.ts'
import { sourcesOf } from '../../../sql/queries/wagers.ts'
import type { Earning } from '../feature.ts'
import { earnLines, type Rates, type TicketOffer } from './view/rates.ts'

/** What tickets are given for in a guild, by its settings of now. Without a platform that is asked, nothing is given for wagers. */
export async function ratesOf(db: Db, guildId: GuildId): Promise<Rates> {
  const [chosen, sources] = await Promise.all([
    readSettingsOf(db, guildId, [
      'raffle_tickets_per_hour',
      'raffle_tickets_per_gifted_sub',
      'raffle_tickets_per_sub',
      'raffle_tickets_per_1000',
      'raffle_late_linking',
    ]),
    sourcesOf(db, guildId),
  ])
  return {
    watch: chosen.raffle_tickets_per_hour,
    gift: chosen.raffle_tickets_per_gifted_sub,
    own: chosen.raffle_tickets_per_sub,
    wager: chosen.raffle_tickets_per_1000,
    platforms: sources.map(({ platform }) => platform),
    mayLinkLate: chosen.raffle_late_linking,
  }
}

/** What the shop sells tickets for now, the cheapest first. */
export const offersOf = async (db: Db, guildId: GuildId): Promise<readonly TicketOffer[]> =>
  (await itemsOf(db, guildId))
    .filter(
      (item) =>
        item.itemType === 'raffle_tickets' && item.isActive && !item.isEarly && !item.isOver && item.stockLeft !== 0,
    )
    .map(({ name, price, raffleTicketAmount }) => ({ name, price, tickets: raffleTicketAmount }))

/** Everything that brings raffle tickets, while a raffle runs. */
export const howToEarn: Earning = async (guildId, say, { sql }) => {
  const running = (await latestPeriods(sql, { guildId, limit: 10 })).find(({ status }) => status === 'active')
  if (running === undefined) return []
  const [rates, offers] = await Promise.all([ratesOf(sql, guildId), offersOf(sql, guildId)])
  return earnLines(say, { endsAt: running.endsAt, rates, offers })
}
