import {
  type APIActionRowComponent,
  type APIButtonComponent,
  type APIEmbed,
  ButtonStyle,
  ComponentType,
} from 'discord.js'
import type { GuildId, UserId } from '../../../cluster/runtime/ids.ts'
import type { Holding, LedgerTotals, Pool, TicketBoard, TicketEntry, TicketsByKind } from '../../../sql/queries/pool.ts'
import type { Period } from '../../../sql/queries/raffle.ts'
import type { TicketKind } from '../../../sql/queries/tickets.ts'
import type { Reply } from '../feature.ts'
import type { Say, TextKey } from '../language.ts'
import { ago, colour, linesWithin, plain, shareText } from '../text.ts'
import { limits } from './rules.ts'

/** Discord's limits of an embed's title and description. */
const longestTitle = 256
const longestDescription = 4096

/** Discord writes it in the reader's own time zone. */
export const at = (instant: Date): string => `<t:${Math.floor(instant.getTime() / 1000)}:f>`
export const ticketsText = (say: Say, tickets: string | number | bigint): string =>
  say('raffle:tickets', { count: tickets.toString() })
const people = (say: Say, participants: number): string => say('raffle:people', { count: participants })

/** `Raffle #3: Spring`; plain text. */
export const nameOf = (say: Say, { periodNumber, title }: Pick<Period, 'periodNumber' | 'title'>): string =>
  title === null
    ? say('raffle:name', { number: String(periodNumber) })
    : say('raffle:named', { number: String(periodNumber), title: plain(title, limits.title) })

const kinds: readonly (readonly [keyof TicketsByKind, TextKey])[] = [
  ['watchtime', 'raffle:kind.watchtime'],
  ['giftedSub', 'raffle:kind.gifted_sub'],
  ['subscription', 'raffle:kind.subscription'],
  ['wager', 'raffle:kind.wager'],
  ['bonus', 'raffle:kind.bonus'],
]

/** What tickets were given for, one line for each kind that there is. */
const partsOf = (say: Say, of: TicketsByKind): string[] =>
  kinds
    .filter(([kind]) => of[kind] !== '0')
    .map(([kind, key]) => say('raffle:mine.part', { kind: say(key), tickets: say.number(of[kind]) }))

export const kindName = (say: Say, kind: TicketKind): string => say(`raffle:kind.${kind}`)

export const embed = (say: Say, title: string, lines: readonly string[]): APIEmbed => ({
  color: colour,
  title: title.slice(0, longestTitle),
  description: linesWithin(say, lines, longestDescription),
})

const prizeLines = ({ prize }: Period): string[] => (prize === null ? [] : [`🎁 ${plain(prize, limits.prize)}`])

// --- How it stands ----------------------------------------------------------------------------------------------------

/** Where a raffle is in its life; `now` in milliseconds. */
function stateLine(say: Say, period: Period, now: number): string {
  const [start, end] = [at(period.startsAt), at(period.endsAt)]
  switch (period.status) {
    case 'scheduled':
      return say('raffle:info.planned', { start, end })
    case 'active':
      return period.endsAt.getTime() <= now
        ? say('raffle:info.ending')
        : say('raffle:info.runs', { end, ago: ago(period.endsAt) })
    case 'closed':
      return say('raffle:info.closed')
    case 'drawn':
      return say('raffle:info.drawn')
    case 'archived':
      return say('raffle:info.called_off')
  }
}

const poolLine = (say: Say, pool: { tickets: string; participants: number }): string =>
  say('raffle:info.pool', { tickets: ticketsText(say, pool.tickets), people: people(say, pool.participants) })

export interface Shown {
  readonly period: Period
  /** Of a raffle that runs; what is closed knows its own totals. */
  readonly pool?: Pool | undefined
}

function infoEmbed(say: Say, { period, pool }: Shown, now: number): APIEmbed {
  const isFrozen = period.listHash !== null
  const lines = [stateLine(say, period, now), ...prizeLines(period)]
  if (pool !== undefined) lines.push(poolLine(say, pool))
  else if (isFrozen) lines.push(poolLine(say, { tickets: period.totalTickets, participants: period.participants }))
  if (pool !== undefined && pool.waiting > 0)
    lines.push(say('raffle:info.waiting', { count: pool.waiting, tickets: ticketsText(say, pool.waitingTickets) }))
  if (period.commitment !== null) lines.push(say('raffle:info.commitment', { hash: period.commitment }))
  if (period.listHash !== null) lines.push(say('raffle:info.list', { hash: period.listHash }))
  return embed(say, nameOf(say, period), lines)
}

/** What runs, what is planned and what was last. */
export const infoView = (say: Say, shown: readonly Shown[], now: number): Reply =>
  shown.some(({ period }) => period.status === 'active')
    ? { embeds: shown.map((one) => infoEmbed(say, one, now)) }
    : { content: say('raffle:info.none'), embeds: shown.map((one) => infoEmbed(say, one, now)) }

/** A member's own tickets, and what they are worth. */
export function mineView(say: Say, period: Period, holding: Holding): Reply {
  const lines = [say('raffle:mine.has', { tickets: ticketsText(say, holding.total) })]
  if (holding.total === '0') lines[0] = say('raffle:mine.none')
  if (holding.rank !== null) {
    const { rank, participants: of } = holding
    lines.push(say('raffle:mine.rank', { rank, of, chance: shareText(say, holding.total, holding.pool) }))
  }
  lines.push(...partsOf(say, holding))
  if (holding.isExcluded) lines.push(say('raffle:mine.left_out'))
  if (holding.minutes > 0) lines.push(say('raffle:mine.next', { time: say.duration(holding.minutes) }))
  return { embeds: [embed(say, nameOf(say, period), lines)] }
}

const medals = ['🥇', '🥈', '🥉']

const boardLines = (say: Say, board: TicketBoard): string[] =>
  board.rows.map((row) =>
    say('raffle:board.line', {
      place: medals[row.rank - 1] ?? `\`#${say.number(row.rank)}\``,
      name: plain(row.displayName),
      tickets: ticketsText(say, row.total),
      chance: shareText(say, row.total, board.pool),
    }),
  )

/** A page of who has most tickets, with buttons to its neighbours where there are any. */
export function boardView(say: Say, guildId: GuildId, period: Period, board: TicketBoard): Reply {
  const { page, pages, participants: count } = board
  const lines = board.rows.length === 0 ? [say('raffle:board.empty')] : boardLines(say, board)
  const shown = {
    ...embed(say, `${say('raffle:board.title')} · ${nameOf(say, period)}`, lines),
    footer: { text: say('raffle:board.page', { page, pages, count }) },
  }
  const turn = (label: string, to: number): APIButtonComponent => ({
    type: ComponentType.Button,
    style: ButtonStyle.Secondary,
    label,
    custom_id: `raffle:board:${guildId}:${period.periodNumber}:${to}`,
    disabled: to < 1 || to > pages,
  })
  const components = [turn(say('raffle:board.previous'), page - 1), turn(say('raffle:board.next'), page + 1)]
  return { embeds: [shown], components: pages > 1 ? [{ type: ComponentType.ActionRow, components }] : [] }
}

// --- What everybody reads -----------------------------------------------------------------------------------------------

/** That a raffle begins, with what brings tickets (`how`) and what its draw is bound to. */
export function openedMessage(
  say: Say,
  period: Period,
  p: { readonly how: readonly string[]; readonly url: string },
): { embeds: APIEmbed[] } {
  const lines = [
    ...prizeLines(period),
    say('raffle:opened.until', { end: at(period.endsAt), ago: ago(period.endsAt) }),
    ...p.how,
    say('raffle:opened.fair', { hash: period.commitment ?? '' }),
    say('raffle:opened.page', { url: p.url }),
  ]
  return { embeds: [embed(say, say('raffle:opened.title', { name: nameOf(say, period) }), lines)] }
}

/** That a raffle is closed, with the fingerprint of its list and the round that decides. */
export function closedMessage(say: Say, period: Period, url: string): { embeds: APIEmbed[] } {
  const lines = [
    ...prizeLines(period),
    period.participants === 0
      ? say('raffle:closed.nobody')
      : poolLine(say, { tickets: period.totalTickets, participants: period.participants }),
    say('raffle:closed.list', { hash: period.listHash ?? '' }),
    ...(period.entropyRound === null ? [] : [say('raffle:closed.round', { round: String(period.entropyRound) })]),
    ...(period.participants === 0 ? [] : [say('raffle:closed.next')]),
    say('raffle:opened.page', { url }),
  ]
  return { embeds: [embed(say, say('raffle:closed.title', { name: nameOf(say, period) }), lines)] }
}

/** The message that always shows how the raffle stands, and what brings tickets (`how`). Nothing in it changes unless that does. */
export function liveMessage(
  say: Say,
  p: { shown: Shown | undefined; board: TicketBoard | undefined; how: readonly string[]; now: number },
): { content: string; embeds: APIEmbed[] } {
  if (p.shown === undefined) return { content: say('raffle:info.none'), embeds: [] }
  const info = infoEmbed(say, p.shown, p.now)
  if (p.board === undefined) return { content: '', embeds: [info] }
  const lines = p.board.rows.length === 0 ? [say('raffle:board.empty')] : boardLines(say, p.board)
  return { content: '', embeds: [info, embed(say, say('raffle:board.title'), [...lines, '', ...p.how])] }
}

// --- What admins read ---------------------------------------------------------------------------------------------------

/** A question that only who asked may answer: `raffle:<action>:<guild>:<member>:<raffle>[:<viewer>]`. */
export function askView(
  say: Say,
  p: {
    readonly guildId: GuildId
    readonly userId: UserId
    readonly question: string
    readonly yes: string
    readonly action: string
    readonly args: readonly (string | number)[]
  },
): Reply {
  const button = (
    style: ButtonStyle.Danger | ButtonStyle.Secondary,
    label: string,
    id: string,
  ): APIButtonComponent => ({
    type: ComponentType.Button,
    style,
    label,
    custom_id: id,
  })
  const row: APIActionRowComponent<APIButtonComponent> = {
    type: ComponentType.ActionRow,
    components: [
      button(ButtonStyle.Danger, p.yes, ['raffle', p.action, p.guildId, p.userId, ...p.args].join(':')),
      button(ButtonStyle.Secondary, say('raffle:ask.no'), `raffle:keep:${p.guildId}:${p.userId}`),
    ],
  }
  return { content: p.question, components: [row] }
}

export const totalsText = (say: Say, of: { tickets: string; participants: number }) => ({
  tickets: ticketsText(say, of.tickets),
  people: people(say, of.participants),
})

const sourceLine = (say: Say, { source, entries, tickets }: LedgerTotals): string => {
  const key = `raffle:kind.${source}` as TextKey // the check of the column allows no other
  return say('raffle:stats.source', { kind: say(key), tickets: say.number(tickets), count: entries })
}

/** What the tickets of a raffle were given for. */
export function statsView(say: Say, period: Period, pool: Pool, totals: readonly LedgerTotals[]): Reply {
  const average = pool.participants === 0 ? 0 : Number((BigInt(pool.tickets) * 10n) / BigInt(pool.participants)) / 10
  const lines = [
    poolLine(say, pool),
    say('raffle:stats.average', {
      average: new Intl.NumberFormat(say.locale, { maximumFractionDigits: 1 }).format(average),
    }),
    ...partsOf(say, pool),
    ...(pool.waiting === 0
      ? []
      : [say('raffle:info.waiting', { count: pool.waiting, tickets: ticketsText(say, pool.waitingTickets) })]),
    '',
    ...totals.map((one) => sourceLine(say, one)),
  ]
  return { embeds: [embed(say, say('raffle:stats.title', { name: nameOf(say, period) }), lines)] }
}

const entryLine = (say: Say, entry: TicketEntry): string => {
  const key = `raffle:kind.${entry.source}` as TextKey
  const signed = entry.delta < 0 ? `−${say.number(-entry.delta)}` : `+${say.number(entry.delta)}`
  const who = entry.actorId === null ? '' : ` · <@${entry.actorId}>`
  const why = entry.reason === null ? '' : ` · ${plain(entry.reason, limits.reason)}`
  return `**${signed}** · ${say(key)} · ${ago(entry.createdAt)}${who}${why}`
}

/** The same of one viewer, with the last changes. */
export function viewerStatsView(
  say: Say,
  p: { period: Period; viewer: string; holding: Holding; entries: readonly TicketEntry[] },
): Reply {
  const { holding } = p
  const { rank, participants: of } = holding
  const lines = [
    say('raffle:stats.of', { name: plain(p.viewer), tickets: ticketsText(say, holding.total) }),
    ...(rank === null
      ? []
      : [say('raffle:mine.rank', { rank, of, chance: shareText(say, holding.total, holding.pool) })]),
    ...(holding.isLinked ? [] : [say('raffle:stats.unlinked')]),
    ...(holding.isExcluded ? [say('raffle:stats.left_out')] : []),
    ...partsOf(say, holding),
    ...(holding.minutes === 0 ? [] : [say('raffle:mine.next', { time: say.duration(holding.minutes) })]),
    '',
    ...p.entries.map((entry) => entryLine(say, entry)),
  ]
  return { embeds: [embed(say, say('raffle:stats.title', { name: nameOf(say, p.period) }), lines)] }
}

export function checkView(
  say: Say,
  wrong: readonly { readonly username: string; readonly balance: string; readonly explained: string }[],
): Reply {
  if (wrong.length === 0) return { content: say('raffle:check.well') }
  const lines = wrong.map((row) =>
    say('raffle:check.wrong', {
      name: plain(row.username),
      balance: ticketsText(say, row.balance),
      explained: ticketsText(say, row.explained),
    }),
  )
  return { content: linesWithin(say, [say('raffle:check.cure'), ...lines], 2000) }
}

// --- Stream chat --------------------------------------------------------------------------------------------------------

/** Lines for the stream chat, which knows no markup; they stand behind `@name`. */
export function ticketsChatLine(say: Say, holding: Holding, rate: number): string {
  if (holding.total === '0')
    return rate === 0 ? say('raffle:chat.none_paused') : say('raffle:chat.none', { rate: ticketsText(say, rate) })
  const tickets = ticketsText(say, holding.total)
  if (holding.isExcluded) return say('raffle:chat.left_out', { tickets })
  if (holding.rank === null) return say('raffle:chat.waiting', { tickets })
  const { rank, participants: of } = holding
  return say('raffle:chat.has', { tickets, rank, of, chance: shareText(say, holding.total, holding.pool) })
}

/** What is said of the raffle in chat by itself; `now` in milliseconds. */
export const promoChatLine = (say: Say, period: Period, now: number): string =>
  say('raffle:chat.promo', {
    name: period.title ?? say('raffle:name', { number: String(period.periodNumber) }),
    time: say.duration(Math.max(0, Math.floor((period.endsAt.getTime() - now) / 60_000))),
  })
