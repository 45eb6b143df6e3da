import { ButtonStyle, ComponentType, type RESTPostAPIChannelMessageJSONBody } from 'discord.js'
import type { Giveaway } from '../../../../sql/queries/giveaways.ts'
import type { Winner } from '../../../../sql/queries/winners.ts'
import type { Say } from '../../language.ts'
import { colour, plain } from '../../text.ts'
import type { News } from '../job/tell.ts'
import { personView, rowOf } from './panel.ts'

/** A message of news about a giveaway; of people only those who have won are mentioned. */
export function announcement(
  say: Say,
  giveaway: Giveaway,
  news: News,
  winners: readonly Winner[],
): RESTPostAPIChannelMessageJSONBody {
  const title = plain(giveaway.title)
  const won = wonIn(news, winners)
  const mentioned = won.flatMap(({ userId }) => (userId === null ? [] : [userId]))
  return {
    content: mentioned
      .map((id) => `<@${id}>`)
      .join(' ')
      .slice(0, 2000),
    embeds: [
      {
        color: colour,
        title: `🎉 ${giveaway.title}`.slice(0, 256),
        description: textOf(say, giveaway, news, winners, title),
      },
    ],
    components: won.length === 0 ? [] : [rowOf(...buttonsOf(say, giveaway))],
    allowed_mentions: { parse: [], users: mentioned.slice(0, 100) },
  }
}

/** Those of the news who still have their win. */
const wonIn = (news: News, winners: readonly Winner[]): readonly Winner[] =>
  news.kind === 'won' ? winners.filter(({ nonce, state }) => news.nonces.includes(nonce) && state !== 'void') : []

function textOf(say: Say, giveaway: Giveaway, news: News, winners: readonly Winner[], title: string): string {
  switch (news.kind) {
    case 'won': {
      const won = wonIn(news, winners)
      const before = winners.find(({ nonce }) => nonce === news.instead)
      const lines = [
        before === undefined
          ? say('giveaways:announce.won', { count: won.length, title: `**${title}**` })
          : say(before.voidReason === 'unclaimed' ? 'giveaways:announce.unclaimed' : 'giveaways:announce.rerolled', {
              name: before.displayName === null ? '?' : `**${plain(before.displayName)}**`,
            }),
        ...won.map((winner) => `🏆 ${personView(winner)}`),
        ...(giveaway.claimMinutes === 0
          ? []
          : [say('giveaways:announce.claim', { time: say.duration(giveaway.claimMinutes) })]),
      ]
      return lines.join('\n').slice(0, 4096)
    }
    case 'nobody':
      return say('giveaways:announce.nobody')
    case 'nobody_left':
      return say('giveaways:announce.nobody_left')
    case 'begun':
      return say('giveaways:announce.begun')
    case 'stopped':
      return say('giveaways:announce.stopped')
    case 'cancelled':
      return say('giveaways:announce.cancelled')
  }
}

const buttonsOf = (say: Say, { guildId, id, claimMinutes }: Giveaway) => [
  ...(claimMinutes > 0
    ? [
        {
          type: ComponentType.Button as const,
          style: ButtonStyle.Success as const,
          label: say('giveaways:button.claim'),
          emoji: { name: '🎁' },
          custom_id: `giveaways:claim:${guildId}:${id}`,
        },
      ]
    : []),
  {
    type: ComponentType.Button as const,
    style: ButtonStyle.Secondary as const,
    label: say('giveaways:button.proof'),
    emoji: { name: '🔍' },
    custom_id: `giveaways:proof:${guildId}:${id}`,
  },
]
