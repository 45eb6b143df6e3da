import { type APIButtonComponent, ButtonStyle, ComponentType, type RESTPostAPIChannelMessageJSONBody } from 'discord.js'
import type { Giveaway } from '../../../../sql/queries/giveaways.ts'
import type { Winner } from '../../../../sql/queries/winners.ts'
import type { Say } from '../../language.ts'
import { ago, colour, plain } from '../../text.ts'
import type { News } from '../job/tell.ts'
import { personView, rowOf } from './panel.ts'

/** A message of news about a giveaway; of people only those who have won are mentioned. */
export function announcement(
  say: Say,
  giveaway: Giveaway,
  news: News,
  winners: readonly Winner[],
  url: string,
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
        description: [
          textOf(say, giveaway, news, winners, title),
          ...(won.length > 0 && giveaway.listHash !== null ? [say('giveaways:announce.page', { url })] : []),
        ].join('\n'),
      },
    ],
    components: won.length === 0 ? [] : [rowOf(...buttonsOf(say, giveaway))],
    allowed_mentions: { parse: [], users: mentioned.slice(0, 100) },
  }
}

/**
 * Says, before anything is drawn, what is fixed: the list, the round that decides, and that this very message does when the round does not
 * come. The buttons show everybody their own entry.
 */
export function closedMessage(say: Say, giveaway: Giveaway, url: string): RESTPostAPIChannelMessageJSONBody {
  const { participants, totalTickets, listHash, round, roundAt } = giveaway
  const lines = [
    say('giveaways:closed.pool', {
      people: say('giveaways:people', { count: participants }),
      tickets: say('giveaways:tickets', { count: BigInt(totalTickets) }),
    }),
    say('giveaways:closed.list', { hash: `\`${listHash ?? ''}\`` }),
    say('giveaways:closed.round', { round: String(round ?? 0), when: roundAt === null ? '' : ago(roundAt) }),
    say('giveaways:closed.fallback'),
    say('giveaways:announce.page', { url }),
  ]
  return {
    embeds: [{ color: colour, title: `🔒 ${giveaway.title}`.slice(0, 256), description: lines.join('\n') }],
    components: [rowOf(proofButton(say, giveaway))],
    allowed_mentions: { parse: [] },
  }
}

/** For admins, of a draw that cannot be made. */
export const stuckMessage = (say: Say, { id, title }: Giveaway): RESTPostAPIChannelMessageJSONBody => ({
  content: say('giveaways:stuck', { number: String(id), title: plain(title) }),
  allowed_mentions: { parse: [] },
})

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
      return lines.join('\n').slice(0, 3800)
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

const proofButton = (say: Say, { guildId, id }: Giveaway): APIButtonComponent => ({
  type: ComponentType.Button,
  style: ButtonStyle.Secondary,
  label: say('giveaways:button.proof'),
  emoji: { name: '🔍' },
  custom_id: `giveaways:proof:${guildId}:${id}`,
})

const buttonsOf = (say: Say, giveaway: Giveaway): APIButtonComponent[] => [
  ...(giveaway.claimMinutes > 0
    ? [
        {
          type: ComponentType.Button as const,
          style: ButtonStyle.Success as const,
          label: say('giveaways:button.claim'),
          emoji: { name: '🎁' },
          custom_id: `giveaways:claim:${giveaway.guildId}:${giveaway.id}`,
        },
      ]
    : []),
  proofButton(say, giveaway),
]
