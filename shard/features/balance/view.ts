import {
  type APIActionRowComponent,
  type APIButtonComponent,
  type APIEmbed,
  ButtonStyle,
  ComponentType,
  TextInputStyle,
} from 'discord.js'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import type { Round, ToldGuess, Winner } from '../../../sql/queries/balance.ts'
import type { Modal, Reply } from '../feature.ts'
import type { Say } from '../language.ts'
import type { PanelBody } from '../panel.ts'
import { ago, colour, linesWithin, money, plain, spoken } from '../text.ts'
import type { NewsKind } from './outbox.ts'
import { guessWord, limits, namedAtOnce } from './rules.ts'

const longestDescription = 4096

const medals = ['🥇', '🥈', '🥉']
const placeOf = (rank: number): string => medals[rank - 1] ?? `#${rank}`

// --- In stream chat -------------------------------------------------------------------------------------------------------

export function chatTaken(say: Say, guesses: readonly Pick<ToldGuess, 'displayName' | 'amount'>[]): string {
  const [first] = guesses
  if (first === undefined) throw new Error('there is no guess to tell of')
  if (guesses.length === 1)
    return `@${first.displayName} ${say('balance:chat.taken', { amount: money(say, first.amount) })}`
  const named = guesses.slice(0, namedAtOnce).map(({ displayName, amount }) => `${displayName} ${money(say, amount)}`)
  const more = guesses.length - named.length
  const list = more > 0 ? [...named, say('common:and_more', { count: more })] : named
  return say('balance:chat.taken_many', { list: list.join(' · ') })
}

/** What chat is told of a round; the rules only when it opens. */
export function chatNews(say: Say, what: NewsKind, round: Round, winners: readonly Winner[]): string {
  const { number } = round
  const prize = round.prize === null ? '' : say('balance:chat.prize', { prize: spoken(round.prize) })
  switch (what) {
    case 'opened':
    case 'reopened':
      return [say(`balance:news.${what}`, { number, word: `!${guessWord}` }), prize].join(' ').trim()
    case 'closed':
      return say('balance:news.closed', { number, count: round.guesses })
    case 'cancelled':
    case 'withdrawn':
      return say(`balance:news.${what}`, { number })
    case 'result': {
      const list = winners.map(
        (one) => `${placeOf(one.rank)} ${spoken(one.displayName || one.username)} ${money(say, one.guess)}`,
      )
      const first = say('balance:news.result', { number, amount: money(say, round.result ?? 0) })
      return [first, list.length === 0 ? say('balance:nobody_won') : list.join(' · '), prize].join(' ').trim()
    }
  }
}

// --- Posts ------------------------------------------------------------------------------------------------------------------

const winnerLines = (say: Say, winners: readonly Winner[]): string[] =>
  winners.length === 0
    ? [say('balance:nobody_won')]
    : winners.map((one) =>
        say('balance:winner', {
          place: placeOf(one.rank),
          name: plain(one.displayName || one.username) || say('balance:somebody'),
          guess: money(say, one.guess),
          difference: money(say, one.difference),
        }),
      )

const ruleLines = (say: Say, round: Round): string[] => [
  say('balance:rule.winners', { count: round.winnerCount }),
  round.firstIsFinal ? say('balance:rule.first') : say('balance:rule.last'),
  ...(round.noOvershoot ? [say('balance:rule.no_overshoot')] : []),
  ...(round.prize === null ? [] : [say('balance:prize', { prize: plain(round.prize) })]),
]

/** What stands in the channel about a round. */
export function newsPost(
  say: Say,
  what: NewsKind,
  round: Round,
  winners: readonly Winner[],
): { readonly embeds: APIEmbed[] } {
  const title = say('balance:title', { number: round.number })
  const first = say(`balance:news.${what}`, {
    number: round.number,
    word: `\`!${guessWord}\``,
    count: round.guesses,
    amount: money(say, round.result ?? 0),
  })
  const rest = what === 'result' ? winnerLines(say, winners) : what === 'opened' ? ruleLines(say, round) : []
  const prize = what === 'result' && round.prize !== null ? [say('balance:prize', { prize: plain(round.prize) })] : []
  return {
    embeds: [{ color: colour, title, description: linesWithin(say, [first, ...rest, ...prize], longestDescription) }],
  }
}

// --- Panel and answers --------------------------------------------------------------------------------------------------------

export interface Standing {
  /** The round that is open, waits for its result, or was the last. */
  readonly round: Round | undefined
  readonly winners: readonly Winner[]
  /** The last one with a result, and who won it, when it is another. */
  readonly last: { readonly round: Round; readonly winners: readonly Winner[] } | undefined
}

function roundLines(say: Say, round: Round): string[] {
  const marks = { open: '🟢', closed: '🔴', completed: '🏁', cancelled: '✖️' }
  return [
    `${marks[round.status]} ${say(`balance:state.${round.status}`)}`,
    say('balance:guesses', { count: round.guesses }),
    ...(round.openedBy === ''
      ? []
      : [say('balance:opened_by', { name: plain(round.openedBy), when: ago(round.openedAt) })]),
    ...(round.closesAt === null ? [] : [say('balance:closes', { when: ago(round.closesAt) })]),
    ...ruleLines(say, round),
  ]
}

const resultLines = (say: Say, round: Round, winners: readonly Winner[]): string[] => [
  say('balance:result', { amount: money(say, round.result ?? 0) }),
  ...winnerLines(say, winners),
]

function embedOf(say: Say, { round, winners, last }: Standing): APIEmbed {
  if (round === undefined) return { color: colour, title: say('balance:name'), description: say('balance:none') }
  const lines = [
    ...roundLines(say, round),
    ...(round.status === 'completed' ? ['', ...resultLines(say, round, winners)] : []),
    ...(round.status === 'open' ? ['', say('balance:how_to', { word: `\`!${guessWord} 1234.56\`` })] : []),
    ...(last === undefined
      ? []
      : ['', say('balance:before', { number: last.round.number }), ...resultLines(say, last.round, last.winners)]),
  ]
  return {
    color: colour,
    title: say('balance:title', { number: round.number }),
    description: linesWithin(say, lines, longestDescription),
  }
}

export const statusView = (say: Say, standing: Standing, note?: string): Reply => ({
  content: note ?? '',
  embeds: [embedOf(say, standing)],
})

export function panelBody(say: Say, guildId: GuildId, standing: Standing): PanelBody {
  const { round } = standing
  const isOpen = round?.status === 'open'
  const which = round === undefined ? '' : `:${round.id}`
  const button = (
    action: 'open' | 'close' | 'result' | 'refresh',
    p: {
      readonly style: ButtonStyle.Primary | ButtonStyle.Secondary | ButtonStyle.Success | ButtonStyle.Danger
      readonly id?: string
      readonly disabled?: boolean
    },
  ): APIButtonComponent => ({
    type: ComponentType.Button,
    style: p.style,
    label: say(`balance:button.${action}`),
    custom_id: `balance:${action}:${guildId}${p.id ?? ''}`,
    disabled: p.disabled ?? false,
  })
  const row: APIActionRowComponent<APIButtonComponent> = {
    type: ComponentType.ActionRow,
    components: [
      button('open', { style: ButtonStyle.Success, disabled: isOpen }),
      button('close', { style: ButtonStyle.Danger, id: which, disabled: !isOpen }),
      button('result', { style: ButtonStyle.Primary, id: which, disabled: round?.status !== 'closed' }),
      button('refresh', { style: ButtonStyle.Secondary }),
    ],
  }
  return { embeds: [embedOf(say, standing)], components: [row] }
}

export const resultForm = (say: Say, guildId: GuildId, round: Pick<Round, 'id' | 'number'>): Modal => ({
  custom_id: `balance:result:${guildId}:${round.id}`,
  title: say('balance:form.title', { number: round.number }),
  components: [
    {
      type: ComponentType.Label,
      label: say('balance:form.label'),
      component: {
        type: ComponentType.TextInput,
        custom_id: 'amount',
        style: TextInputStyle.Short,
        min_length: 1,
        max_length: limits.typed,
        placeholder: '1234.56',
        required: true,
      },
    },
  ],
})
