import { type CommandLevel, commandLevels, type ViewerFigures } from '../../../sql/queries/commands.ts'
import type { GiveawayFigures } from '../../../sql/queries/giveaways.ts'
import type { TicketFigures } from '../../../sql/queries/pool.ts'
import type { SlotFigures } from '../../../sql/queries/slots.ts'
import type { Say } from '../language.ts'
import { shareText } from '../text.ts'

export const limits = {
  commands: 100,
  aliases: 10,
  response: 500,
  argument: 100,
  cooldown: 86_400,
} as const

/** A name as it is typed behind the exclamation mark. */
export const nameForm = /^[a-z0-9_]{1,32}$/
export const readName = (typed: string): string | undefined => {
  const name = typed.trim().replace(/^!/, '').toLowerCase()
  return nameForm.test(name) ? name : undefined
}

// --- Who may -------------------------------------------------------------------------------------------------------

/** Kick's badges that stand for more than a viewer; kinds of badge are open-ended. */
const badgeRanks: Readonly<Record<string, CommandLevel>> = {
  broadcaster: 'broadcaster',
  moderator: 'moderator',
  vip: 'vip',
  og: 'vip',
  subscriber: 'subscriber',
  founder: 'subscriber',
}

/** How much somebody may by their badges: 0 for everyone up to 4 for the broadcaster. */
export const rankOf = (badges: readonly string[]): number =>
  Math.max(0, ...badges.map((badge) => commandLevels.indexOf(badgeRanks[badge] ?? 'everyone')))

// --- Variables -----------------------------------------------------------------------------------------------------

/** What a response may name, and what has to be known for it. */
export const variables = {
  user: 'call',
  display_name: 'call',
  platform: 'call',
  channel: 'call',
  command: 'call',
  args: 'call',
  arg1: 'call',
  uses: 'call',
  points: 'figures',
  points_earned: 'figures',
  points_spent: 'figures',
  points_rank: 'ranks',
  watchtime: 'figures',
  watchtime_minutes: 'figures',
  watchtime_formatted: 'figures',
  watchtime_rank: 'ranks',
  streak: 'streaks',
  streak_best: 'streaks',
  tickets: 'tickets',
  watchtime_tickets: 'tickets',
  gifted_sub_tickets: 'tickets',
  wager_tickets: 'tickets',
  bonus_tickets: 'tickets',
  raffle_rank: 'tickets',
  raffle_chance: 'tickets',
  raffle_total: 'tickets',
  raffle_participants: 'tickets',
  raffle_ends_in: 'tickets',
  current_slot: 'slots',
  current_provider: 'slots',
  slot_requests_open: 'slots',
  slot_queue_count: 'slots',
  user_slot_request_count: 'slots',
  user_latest_slot_request: 'slots',
  giveaway_title: 'giveaway',
  giveaway_method: 'giveaway',
  giveaway_keyword: 'giveaway',
  giveaway_entries: 'giveaway',
  giveaway_participants: 'giveaway',
  giveaway_entered: 'giveaway',
} as const satisfies Record<string, 'call' | 'figures' | 'ranks' | 'streaks' | 'slots' | 'tickets' | 'giveaway'>
export type Variable = keyof typeof variables

const form = /\{([a-zA-Z0-9_]*)\}/g
const isVariable = (name: string): name is Variable => Object.hasOwn(variables, name)

export const variablesIn = (response: string): readonly Variable[] =>
  [...response.matchAll(form)].map(([, name = '']) => name).filter(isVariable)

/** Names in braces that no response knows, each once. */
export const unknownVariables = (response: string): readonly string[] => [
  ...new Set([...response.matchAll(form)].map(([, name = '']) => name).filter((name) => !isVariable(name))),
]

export interface Needs {
  readonly figures: boolean
  readonly ranks: boolean
  readonly streaks: boolean
  readonly slots: boolean
  readonly tickets: boolean
  readonly giveaway: boolean
}

/** What a response needs to know beyond the call itself. */
export const needsOf = (response: string): Needs => {
  const kinds: readonly string[] = variablesIn(response).map((name) => variables[name])
  const ranks = kinds.includes('ranks')
  const streaks = kinds.includes('streaks')
  const figures = ranks || streaks || kinds.includes('figures')
  return {
    figures,
    ranks,
    streaks,
    slots: kinds.includes('slots'),
    tickets: kinds.includes('tickets'),
    giveaway: kinds.includes('giveaway'),
  }
}

export interface CallShown {
  readonly user: string
  readonly displayName: string
  readonly platform: 'kick' | 'discord'
  readonly channel: string
  readonly command: string
  readonly args: readonly string[]
  /** This use included; a 64-bit number as a decimal string. */
  readonly uses: string
  /** When it was called, in milliseconds. */
  readonly at: number
}

const minutesUntil = (end: Date, at: number): number => Math.max(0, Math.floor((end.getTime() - at) / 60_000))

/** One line without control characters, cut to what an argument may take up. */
const clean = (text: string): string =>
  [...text.replace(/[\p{Cc}\p{Cf}\p{Z}]+/gu, ' ')].slice(0, limits.argument).join('')

const noFigures: Omit<ViewerFigures, 'guildId' | 'username'> = {
  minutes: 0,
  points: '0',
  earned: '0',
  spent: '0',
  watchtimeRank: null,
  pointsRank: null,
  streak: 0,
  bestStreak: 0,
}

const noSlots: Omit<SlotFigures, 'guildId' | 'username'> = {
  isOpen: false,
  waiting: 0,
  currentSlot: null,
  currentProvider: null,
  own: 0,
  latestOwn: null,
}

const noTickets: Omit<TicketFigures, 'guildId' | 'username' | 'endsAt'> = {
  tickets: '0',
  watchtime: '0',
  giftedSub: '0',
  wager: '0',
  bonus: '0',
  rank: null,
  pool: '0',
  participants: 0,
}

/** A response with its values, in one pass: what stands in a value is never read again. At most as long as Kick takes a line. */
export function render(
  say: Say,
  response: string,
  call: CallShown,
  known: {
    readonly figures?: Partial<ViewerFigures> | undefined
    readonly slots?: SlotFigures | undefined
    /** Absent where nothing is given away. */
    readonly giveaway?: GiveawayFigures | undefined
    /** Absent where no raffle runs. */
    readonly tickets?: TicketFigures | undefined
  } = {},
): string {
  const has = { ...noFigures, ...known.figures }
  const slots = { ...noSlots, ...known.slots }
  const { giveaway } = known
  const raffle = { ...noTickets, ...known.tickets }
  const named = (text: string | null) => (text === null ? say('commands:none_such') : clean(text))
  const rank = (place: number | null) => (place === null ? say('commands:unranked') : `#${say.number(place)}`)
  const values: Record<Variable, () => string> = {
    user: () => clean(call.user),
    display_name: () => clean(call.displayName),
    platform: () => (call.platform === 'kick' ? 'Kick' : 'Discord'),
    channel: () => clean(call.channel),
    command: () => call.command,
    args: () => clean(call.args.join(' ')),
    arg1: () => clean(call.args[0] ?? ''),
    uses: () => say.number(call.uses),
    points: () => say.number(has.points),
    points_earned: () => say.number(has.earned),
    points_spent: () => say.number(has.spent),
    points_rank: () => rank(has.pointsRank),
    watchtime: () => new Intl.NumberFormat(say.locale, { maximumFractionDigits: 1 }).format(has.minutes / 60),
    watchtime_minutes: () => say.number(has.minutes),
    watchtime_formatted: () => say.duration(has.minutes),
    watchtime_rank: () => rank(has.watchtimeRank),
    streak: () => say.number(has.streak),
    streak_best: () => say.number(has.bestStreak),
    tickets: () => say.number(raffle.tickets),
    watchtime_tickets: () => say.number(raffle.watchtime),
    gifted_sub_tickets: () => say.number(raffle.giftedSub),
    wager_tickets: () => say.number(raffle.wager),
    bonus_tickets: () => say.number(raffle.bonus),
    raffle_rank: () => rank(raffle.rank),
    raffle_chance: () => shareText(say, raffle.rank === null ? '0' : raffle.tickets, raffle.pool),
    raffle_total: () => say.number(raffle.pool),
    raffle_participants: () => say.number(raffle.participants),
    raffle_ends_in: () =>
      known.tickets === undefined ? named(null) : say.duration(minutesUntil(known.tickets.endsAt, call.at)),
    current_slot: () => named(slots.currentSlot),
    current_provider: () => named(slots.currentProvider),
    slot_requests_open: () => say(slots.isOpen ? 'commands:slots_open' : 'commands:slots_closed'),
    slot_queue_count: () => say.number(slots.waiting),
    user_slot_request_count: () => say.number(slots.own),
    user_latest_slot_request: () => named(slots.latestOwn),
    giveaway_title: () => named(giveaway?.title ?? null),
    giveaway_method: () => (giveaway === undefined ? named(null) : say(`giveaways:method.${giveaway.method}`)),
    giveaway_keyword: () => named(giveaway?.keyword ?? null),
    giveaway_entries: () => say.number(giveaway?.tickets ?? '0'),
    giveaway_participants: () => say.number(giveaway?.people ?? 0),
    giveaway_entered: () => say(giveaway?.entered === true ? 'commands:entered' : 'commands:not_entered'),
  }
  const text = response.replace(form, (all, name: string) => (isVariable(name) ? values[name]() : all))
  return text.slice(0, limits.response)
}
