/** The languages of our pages: the same as those of the answers in Discord, chosen by what the browser asks for. */
import type { IncomingHttpHeaders } from 'node:http'
import { type Locale, locales } from '../../sql/queries/settings.ts'
import { de } from './texts/de.ts'
import { en } from './texts/en.ts'
import { es } from './texts/es.ts'
import { fr } from './texts/fr.ts'
import { giveawayTexts } from './texts/giveaway.ts'
import { pt } from './texts/pt.ts'
import { raffleTexts } from './texts/raffle.ts'
import { tr } from './texts/tr.ts'

/** What a language file of these pages holds; those of draws have files of their own. */
export type Translation = { readonly [Key in keyof typeof en]: string }
export type PageKey = keyof typeof en | keyof typeof raffleTexts.en | keyof typeof giveawayTexts.en

export const pageTexts: { readonly [L in Locale]: { readonly [Key in PageKey]: string } } = {
  en: { ...en, ...raffleTexts.en, ...giveawayTexts.en },
  de: { ...de, ...raffleTexts.de, ...giveawayTexts.de },
  es: { ...es, ...raffleTexts.es, ...giveawayTexts.es },
  fr: { ...fr, ...raffleTexts.fr, ...giveawayTexts.fr },
  pt: { ...pt, ...raffleTexts.pt, ...giveawayTexts.pt },
  tr: { ...tr, ...raffleTexts.tr, ...giveawayTexts.tr },
}

export interface PageSay {
  /** A sentence as plain text; whoever shows it escapes it. Throws when a value is missing, which is a fault in the code. */
  (key: PageKey, values?: Readonly<Record<string, string>>): string
  readonly locale: Locale
  /** A whole number with the language's separators. */
  number(amount: number | string): string
}

/** Speaks one language on pages. */
export function speakPage(locale: Locale): PageSay {
  const texts = pageTexts[locale]
  const numbers = new Intl.NumberFormat(locale)
  const say = (key: PageKey, values: Readonly<Record<string, string>> = {}): string =>
    texts[key].replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
      const value = values[name]
      if (value === undefined) throw new Error(`a sentence lacks its value ${name}`)
      return value
    })
  return Object.assign(say, { locale, number: (amount: number | string) => numbers.format(BigInt(amount)) })
}

/** No browser asks for more languages than this; the rest of a header is not read. */
const mostRanges = 20

/** The language that a browser likes best of ours (RFC 9110, section 12.5.4); undefined when it likes none of them. */
export function wantedLocale(headers: IncomingHttpHeaders): Locale | undefined {
  const ranges = (headers['accept-language'] ?? '')
    .split(',', mostRanges)
    .map((range, place) => {
      const [tag = '', ...parameters] = range.trim().toLowerCase().split(';')
      const weight = /^\s*q=(\d(?:\.\d{1,3})?)\s*$/.exec(parameters.join(';'))?.[1] ?? '1'
      return { locale: locales.find((locale) => locale === tag.split('-')[0]), weight: Number(weight), place }
    })
    .filter(({ locale, weight }) => locale !== undefined && weight > 0)
    .sort((a, b) => b.weight - a.weight || a.place - b.place)
  return ranges[0]?.locale
}

/** Speaks to whoever asks for a page. */
export const speakToBrowser = ({ headers }: { readonly headers: IncomingHttpHeaders }): PageSay =>
  speakPage(wantedLocale(headers) ?? 'en')
