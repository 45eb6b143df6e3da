/** How answers write names, times and lists; the same in every room. Pure. */
import type { Say } from './language.ts'

/** An amount with thousands separators. 64-bit amounts come as strings and never pass through a float. */
export const count = (amount: number | string | bigint): string =>
  (typeof amount === 'number' ? amount : BigInt(amount)).toLocaleString('en-US')

/** `1 minute`, `2 minutes`. */
export const countOf = (amount: number | string | bigint, one: string, many = `${one}s`): string =>
  `${count(amount)} ${String(amount) === '1' ? one : many}`

/** Minutes as people say them: `0 min`, `59 min`, `2 h`, `1,234 h 5 min`. */
export function hoursAndMinutes(minutes: number): string {
  const hours = Math.floor(minutes / 60)
  const rest = minutes % 60
  if (hours === 0) return `${rest} min`
  return rest === 0 ? `${count(hours)} h` : `${count(hours)} h ${rest} min`
}

const longestName = 64

/**
 * A name from outside as plain text in a Discord message: one line, no markup, at most 64 characters unless it may be longer. Discord hides a
 * backslash in front of any punctuation, so that more of it than needed does no harm.
 */
export function plain(name: string, longest = longestName): string {
  const line = name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim()
  const letters = [...line]
  const cut = letters.length > longest ? `${letters.slice(0, longest - 1).join('')}…` : line
  return cut.replace(/[\\*_~`|>#[\]()<@:-]/g, '\\$&')
}

/** A bar of ten cells; full only when all of it is there. */
export function progressBar(done: number, all: number): string {
  const cells = 10
  const filled = all <= 0 ? cells : Math.max(0, Math.min(cells, Math.floor((done * cells) / all)))
  return '█'.repeat(filled) + '░'.repeat(cells - filled)
}

/** What part one amount is of another, in percent with two digits, rounded down; 0 % of nothing. 64-bit amounts come as strings. */
export const shareText = (say: Say, own: string, all: string): string =>
  new Intl.NumberFormat(say.locale, { style: 'percent', minimumFractionDigits: 2 }).format(
    BigInt(all) <= 0n ? 0 : Number((BigInt(own) * 10_000n) / BigInt(all)) / 10_000,
  )

/** Discord draws this as "5 minutes ago" in the reader's own language. */
export const ago = (at: Date): string => `<t:${Math.floor(at.getTime() / 1000)}:R>`

/** Cuts a list of lines to what fits, and says how many are left out. */
export function linesWithin(say: Say, lines: readonly string[], limit: number): string {
  const kept: string[] = []
  let length = 0
  for (const [index, line] of lines.entries()) {
    const more = say('common:and_more', { count: lines.length - index })
    const isLast = index === lines.length - 1
    if (length + line.length + (isLast ? 0 : more.length + 1) > limit) return [...kept, more].join('\n')
    kept.push(line)
    length += line.length + 1
  }
  return kept.join('\n')
}

/** One colour for every answer of ours. */
export const colour = 0x53fc18

/** Dollars and cents, without a currency: servers play in many. */
export const money = (say: Say, cents: number | bigint): string =>
  new Intl.NumberFormat(say.locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(Number(cents) / 100)

const longestSpoken = 60

/** What a viewer typed, as the bot may repeat it: one short line that calls nobody. */
export const spoken = (text: string): string => {
  const letters = [...text.replaceAll('@', '').replace(/\s+/g, ' ').trim()]
  return letters.length > longestSpoken ? `${letters.slice(0, longestSpoken - 1).join('')}…` : letters.join('')
}
