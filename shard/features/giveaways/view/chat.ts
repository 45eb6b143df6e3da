import type { Giveaway } from '../../../../sql/queries/giveaways.ts'
import type { Winner } from '../../../../sql/queries/winners.ts'
import type { Say } from '../../language.ts'
import type { News } from '../job/tell.ts'
import { asksRoleOfWinners } from '../rules/choices.ts'

/** Names in a chat line, as many as fit well. */
const shownInChat = 10

/** A name or a title as a chat line takes it: one line, and nobody but winners is called by it. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Z}]+/gu, ' ').trim()

/** What there is to say about a giveaway, as one line of chat in the language of the guild; it may be longer than Kick takes. */
export function chatLine(say: Say, giveaway: Giveaway, news: News, winners: readonly Winner[]): string {
  const title = oneLine(giveaway.title)
  switch (news.kind) {
    case 'begun': {
      const begun =
        giveaway.entryMethod === 'keyword'
          ? say('giveaways:chat.begun_keyword', { title, keyword: giveaway.keyword ?? '' })
          : say('giveaways:chat.begun_chatter', {
              title,
              count: giveaway.messagesRequired,
              minutes: giveaway.timeWindowMinutes,
            })
      const isForLinked = giveaway.needsLink || asksRoleOfWinners(giveaway)
      return isForLinked ? `${begun} ${say('giveaways:chat.linked')}` : begun
    }
    case 'stopped':
      return say('giveaways:chat.stopped', { title })
    case 'cancelled':
      return say('giveaways:chat.cancelled', { title })
    case 'nobody':
      return say('giveaways:chat.nobody', { title })
    case 'nobody_left':
      return say('giveaways:chat.nobody_left', { title })
    case 'won': {
      const won = winners.filter(({ nonce }) => news.nonces.includes(nonce))
      const names = won.slice(0, shownInChat).map(({ kickName, displayName }) => {
        const name = oneLine(displayName ?? '?')
        return kickName === null ? name : `@${name}`
      })
      const rest = won.length - names.length
      const all = rest > 0 ? [...names, say('giveaways:chat.more', { count: rest })] : names
      const values = { title, names: say.list(all), count: won.length }
      const line = say('giveaways:chat.won', values)
      if (giveaway.claimMinutes === 0) return line
      return `${line} ${say('giveaways:chat.claim', { time: say.duration(giveaway.claimMinutes) })}`
    }
  }
}
