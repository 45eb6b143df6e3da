/** What tickets are given for, as everybody reads it. */
import { type Platform, platformNames } from '../../../../cluster/runtime/affiliate.ts'
import type { Reply } from '../../feature.ts'
import type { Say } from '../../language.ts'
import { ago, plain } from '../../text.ts'
import { embed, ticketsText } from '../view.ts'

/** Tickets for an hour watched, a subscription gifted, a month subscribed, $1,000 wagered; 0 where nothing is given. */
export interface Rates {
  readonly watch: number
  readonly gift: number
  readonly own: number
  readonly wager: number
  /** Where wagers are asked for. */
  readonly platforms: readonly Platform[]
  /** Whether what was earned before linking counts. */
  readonly mayLinkLate: boolean
}

/** An item of the shop; the price in points, as a decimal string. */
export interface TicketOffer {
  readonly name: string
  readonly price: string
  readonly tickets: number
}

/** More of them only `/shop` shows. */
const mostOffers = 3

/** One line for each source that is on, the first of them for watching. */
export function rateLines(say: Say, rates: Rates): readonly string[] {
  const { watch, gift, own, wager, platforms } = rates
  const names = say.list(platforms.map((platform) => platformNames[platform]))
  return [
    ...(watch > 0 ? [say('raffle:how.watch', { tickets: ticketsText(say, watch) })] : []),
    ...(gift > 0 ? [say('raffle:how.gift', { tickets: ticketsText(say, gift) })] : []),
    ...(own > 0 ? [say('raffle:how.own', { tickets: ticketsText(say, own) })] : []),
    ...(wager > 0 && platforms.length > 0
      ? [say('raffle:how.wager', { tickets: ticketsText(say, wager), platforms: names })]
      : []),
  ]
}

/** How those who earned before they linked fare. */
export const linkLine = (say: Say, { mayLinkLate }: Rates): string =>
  mayLinkLate ? say('raffle:how.link_late') : say('raffle:how.link_first')

const offerLine = (say: Say, { name, price, tickets }: TicketOffer): string =>
  say('raffle:how.shop', { tickets: ticketsText(say, tickets), price: say.number(price), name: plain(name) })

interface Sources {
  readonly rates: Rates
  readonly offers: readonly TicketOffer[]
}

const sourceLines = (say: Say, { rates, offers }: Sources): readonly string[] => [
  ...rateLines(say, rates),
  ...offers.slice(0, mostOffers).map((offer) => offerLine(say, offer)),
]

/** For `/tickets how`: every source that is on, what linking is for, and why the draw is fair. */
export const howView = (say: Say, sources: Sources): Reply => ({
  embeds: [
    embed(say, say('raffle:how.title'), [
      ...sourceLines(say, sources),
      say('raffle:how.bonus'),
      linkLine(say, sources.rates),
      say('raffle:how.fair'),
    ]),
  ],
})

/** For `/earn`: the same under a headline, among what else is rewarded; nothing where nothing is on. */
export function earnLines(say: Say, p: Sources & { readonly endsAt: Date }): readonly string[] {
  const lines = sourceLines(say, p)
  return lines.length === 0 ? [] : [say('raffle:how.earn', { ago: ago(p.endsAt) }), ...lines]
}
