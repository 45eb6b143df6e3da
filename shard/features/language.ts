/** The languages of answers: which there are, how one is chosen, and how a sentence is said in it. */
import i18next from 'i18next'
import type { GuildId } from '../../cluster/runtime/ids.ts'
import type { Db } from '../../sql/client.ts'
import { type Locale, locales, readSettings } from '../../sql/queries/settings.ts'
import { alertsTexts } from './alerts/texts.ts'
import { balanceTexts } from './balance/texts.ts'
import { clipsTexts } from './clips/texts.ts'
import { commandsTexts } from './commands/texts.ts'
import { exclusionsTexts } from './exclusions/texts.ts'
import { giftsTexts } from './gifts/texts.ts'
import { giveawaysTexts } from './giveaways/texts.ts'
import { helpTexts } from './help/texts.ts'
import { commonTexts } from './language/texts.ts'
import { legacyTexts } from './legacy/texts.ts'
import { linksTexts } from './links/texts.ts'
import { multipliersTexts } from './multipliers/texts.ts'
import { pointsTexts } from './points/texts.ts'
import { raffleTexts } from './raffle/texts.ts'
import { rolesTexts } from './roles/texts.ts'
import { seasonsTexts } from './seasons/texts.ts'
import { settingsTexts } from './settings/texts.ts'
import { shopTexts } from './shop/texts.ts'
import { slotsTexts } from './slots/texts.ts'
import { timersTexts } from './timers/texts.ts'
import { transferTexts } from './transfer/texts.ts'
import { trustTexts } from './trust/texts.ts'
import { wagersTexts } from './wagers/texts.ts'
import { watchtimeTexts } from './watchtime/texts.ts'

export { type Locale, locales }

/** What a room says, by key; the same keys in every language. A key that ends in `_one` or `_other` is a form of one sentence. */
export type Texts = Readonly<Record<string, string>>
/** What a language file of a room has to hold: every key of the English one. */
export type Translation<English extends Texts> = { readonly [Key in keyof English]: string }
export type InAllLanguages<English extends Texts> = { readonly en: English } & {
  readonly [L in Exclude<Locale, 'en'>]: Translation<English>
}

/** The texts of every room; one line for each. */
const rooms = {
  alerts: alertsTexts,
  common: commonTexts,
  roles: rolesTexts,
  trust: trustTexts,
  balance: balanceTexts,
  slots: slotsTexts,
  timers: timersTexts,
  gifts: giftsTexts,
  wagers: wagersTexts,
  help: helpTexts,
  legacy: legacyTexts,
  exclusions: exclusionsTexts,
  multipliers: multipliersTexts,
  giveaways: giveawaysTexts,
  points: pointsTexts,
  raffle: raffleTexts,
  clips: clipsTexts,
  commands: commandsTexts,
  links: linksTexts,
  seasons: seasonsTexts,
  settings: settingsTexts,
  shop: shopTexts,
  transfer: transferTexts,
  watchtime: watchtimeTexts,
} as const satisfies Readonly<Record<string, Readonly<Record<Locale, Texts>>>>

type Rooms = typeof rooms
type WithoutForm<Key> = Key extends `${infer Base}_${'one' | 'other'}` ? Base : Key
/** `<room>:<key>`. */
export type TextKey = {
  [Room in keyof Rooms & string]: `${Room}:${WithoutForm<keyof Rooms[Room]['en'] & string>}`
}[keyof Rooms & string]

/**
 * What is put into a sentence. Numbers (64-bit ones as bigint) are written as the language writes them; a string stands as it is, so
 * whoever passes one from outside has made it `plain`. `count` also chooses between the forms of the sentence, and may be a decimal string.
 */
export type Values = Readonly<Record<string, string | number | bigint>>

export interface Say {
  /** A sentence; throws when a value is missing from it, which is a fault in the code. */
  (key: TextKey, values?: Values): string
  readonly locale: Locale
  /** A whole number with the language's separators; 64-bit ones as bigint or decimal string. */
  number(amount: number | bigint | string): string
  /** Minutes as people say them: `0 min`, `59 min`, `2 h`, `1,234 h 5 min`. */
  duration(minutes: number): string
  /** `a, b and c`. */
  list(items: readonly string[]): string
}

const texts = i18next.createInstance()
texts.init({
  resources: Object.fromEntries(
    locales.map((locale) => [
      locale,
      Object.fromEntries(Object.entries(rooms).map(([room, all]) => [room, withMany(all[locale])])),
    ]),
  ),
  fallbackLng: false,
  defaultNS: false,
  keySeparator: false,
  initAsync: false,
  interpolation: { escapeValue: false, skipOnVariables: true },
  missingInterpolationHandler: (_text, match) => {
    throw new Error(`a sentence lacks its value ${String(match[1])}`)
  },
})

/** Spanish, French and Portuguese have a third form for whole millions ("un million *de* …"); ours read well without it. */
function withMany(given: Texts): Texts {
  const many = Object.entries(given)
    .filter(([key]) => key.endsWith('_other'))
    .map(([key, text]) => [key.replace(/_other$/, '_many'), text])
  return { ...Object.fromEntries(many), ...given }
}

const speakers = new Map<Locale, Say>(locales.map((locale) => [locale, speaker(locale)]))

function speaker(locale: Locale): Say {
  const numbers = new Intl.NumberFormat(locale)
  const lists = new Intl.ListFormat(locale, { type: 'conjunction' })
  const number = (amount: number | bigint | string): string =>
    numbers.format(typeof amount === 'string' ? BigInt(amount) : amount)
  const written = (name: string, value: string | number | bigint): string =>
    typeof value === 'string' && name !== 'count' ? value : number(value)
  const say = (key: TextKey, values: Values = {}): string => {
    const replace = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, written(name, value)]))
    const count = values.count === undefined ? {} : { count: Number(values.count) }
    return texts.t(key, { lng: locale, replace, ...count })
  }
  const duration = (minutes: number): string => {
    const hours = Math.floor(minutes / 60)
    const rest = minutes % 60
    if (hours === 0) return say('common:minutes', { minutes: rest })
    return rest === 0 ? say('common:hours', { hours }) : say('common:hours_and_minutes', { hours, minutes: rest })
  }
  return Object.assign(say, { locale, number, duration, list: (items: readonly string[]) => lists.format(items) })
}

/** The one who speaks this language; always the same one. */
export function speak(locale: Locale): Say {
  const say = speakers.get(locale)
  if (say === undefined) throw new Error('a language has no speaker')
  return say
}

/** Chooses by a locale of Discord (`de`, `pt-BR`, `es-419`, …): an interaction's own, which needs no question to the database. */
export const localeOf = (discordLocale: string): Locale =>
  locales.find((locale) => locale === discordLocale.split('-')[0]) ?? 'en'

/** For whoever used a command, pressed a button or types. */
export const speakTo = (interaction: { readonly locale: string }): Say => speak(localeOf(interaction.locale))

/** For what many people read: the language that the admins chose for these guilds. */
export async function speakIn(db: Db, guildIds: readonly GuildId[]): Promise<(guildId: GuildId) => Say> {
  const chosen = await readSettings(db, guildIds, ['language'])
  return (guildId) => speak(chosen.get(guildId)?.language ?? 'en')
}

// --- What Discord shows of a command -------------------------------------------------------------------------------

/** Discord's names of our languages: https://discord.com/developers/docs/reference#locales. English is what it shows otherwise. */
const discordLocales: readonly (readonly [Exclude<Locale, 'en'>, readonly string[]])[] = [
  ['de', ['de']],
  ['es', ['es-ES', 'es-419']],
  ['fr', ['fr']],
  ['pt', ['pt-BR']],
  ['tr', ['tr']],
]

const inOtherLanguages = (key: TextKey): Record<string, string> =>
  Object.fromEntries(discordLocales.flatMap(([locale, names]) => names.map((name) => [name, speak(locale)(key)])))

/** Spread into a command or an option: its description in every language, at most 100 characters in each. */
export const described = (key: TextKey) => ({
  description: speak('en')(key),
  description_localizations: inOtherLanguages(key),
})

/** Spread into a choice of an option: its name in every language, at most 100 characters in each. */
export const named = (key: TextKey) => ({ name: speak('en')(key), name_localizations: inOtherLanguages(key) })
