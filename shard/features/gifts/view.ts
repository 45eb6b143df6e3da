import type { GiftTotals, RecordedGift } from '../../../sql/queries/gifts.ts'
import type { Reply } from '../feature.ts'
import type { Say } from '../language.ts'
import { ago, colour, linesWithin, plain } from '../text.ts'

const longestDescription = 4096

type Giver = Pick<RecordedGift, 'kind' | 'username' | 'displayName' | 'subs' | 'tickets'>

/** What somebody bought, as a sentence; `name` as it shall stand there. */
function bought(say: Say, { kind, subs }: Giver, name: string): string {
  if (kind === 'gift') return say('gifts:bought.gift', { name, count: subs })
  return kind === 'new' ? say('gifts:bought.new', { name }) : say('gifts:bought.renewal', { name })
}

const ticketsText = (say: Say, tickets: number | string): string => say('gifts:tickets', { count: String(tickets) })

/** One line for stream chat. */
export const thanksLine = (say: Say, gift: Giver): string => {
  const name = gift.displayName ?? gift.username
  const line = bought(say, gift, name === null ? say('gifts:somebody') : `@${name}`)
  return gift.tickets > 0 ? `${line} ${say('gifts:gets', { tickets: ticketsText(say, gift.tickets) })}` : line
}

const nameOf = (say: Say, { username, displayName }: RecordedGift): string =>
  username === null ? say('gifts:somebody') : plain(displayName ?? username)

/** The same for a channel in Discord, where it also says that tickets wait for a link. */
export function giftPost(say: Say, gift: RecordedGift): { readonly content: string } {
  const lines = [bought(say, gift, nameOf(say, gift))]
  if (gift.tickets > 0) {
    lines.push(say('gifts:gets', { tickets: ticketsText(say, gift.tickets) }))
    if (gift.isUnlinked) lines.push(say('gifts:waits'))
  }
  return { content: `💝 ${lines.join(' ')}` }
}

/** What an event brought, in few words. */
function effectOf(say: Say, gift: RecordedGift): string {
  switch (gift.outcome) {
    case 'awarded': {
      const tickets = `${ticketsText(say, gift.tickets)} (#${gift.periodNumber})`
      return gift.isUnlinked ? `${tickets} · ${say('gifts:outcome.waits')}` : tickets
    }
    case 'unlinked':
      return say('gifts:outcome.unlinked')
    case 'no_raffle':
      return say('gifts:outcome.no_raffle')
    case 'no_rate':
      return say('gifts:outcome.no_rate')
    case 'anonymous':
      return say('gifts:outcome.anonymous')
  }
}

/** The last events, and what was bought in the raffle that runs; `totals` is undefined when none does. */
export function giftsView(
  say: Say,
  p: {
    readonly gifts: readonly RecordedGift[]
    readonly totals: GiftTotals | undefined
    readonly whose: string | undefined
  },
): Reply {
  const { gifts, totals, whose } = p
  const lines = gifts.map(
    (gift) => `${ago(gift.at)} ${bought(say, gift, `**${nameOf(say, gift)}**`)} ${effectOf(say, gift)}`,
  )
  const first =
    totals === undefined
      ? say('gifts:list.no_raffle')
      : [
          say('gifts:list.gifts', { count: totals.gifted }),
          say('gifts:list.subs', { count: totals.subscriptions }),
          ticketsText(say, totals.tickets),
        ].join(' · ')
  const head = totals === undefined ? first : say('gifts:list.since', { figures: first })
  const body = lines.length === 0 ? [say('gifts:list.none')] : lines
  return {
    embeds: [
      {
        color: colour,
        title: whose === undefined ? say('gifts:list.title') : say('gifts:list.of', { name: plain(whose) }),
        description: linesWithin(say, [head, '', ...body], longestDescription),
      },
    ],
  }
}
