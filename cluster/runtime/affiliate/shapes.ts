/** What each platform's answers look like, and what we read in them. Facts as of 2026; none of these interfaces is documented in public. */
import { isLosslessNumber, parse } from 'lossless-json'
import { centsOf } from './money.ts'

export const platforms = ['shuffle', 'stake', 'stake_us', 'howl'] as const
export type Platform = (typeof platforms)[number]
/** As they write themselves. */
export const platformNames: Readonly<Record<Platform, string>> = {
  shuffle: 'Shuffle',
  stake: 'Stake',
  stake_us: 'Stake.us',
  howl: 'Howl',
}

/** The hosts of these platforms' affiliate interfaces; operators may choose others. */
export const affiliateHosts = ['affiliate.shuffle.com', 'affiliate.stake.com', 'affiliate.stake.us', 'howl.gg'] as const

/** What one account of a platform has wagered. */
export interface WagerRow {
  /** What tells it from others: the name folded to lower case, or the platform's own number where names may change. */
  readonly account: string
  readonly name: string
  /** The campaign it came by, in lower case, where the platform says so. */
  readonly code: string | null
  readonly cents: bigint
  /** Weighted by what kinds of games were played, where the platform does that. */
  readonly weightedCents: bigint | null
}

/** `rows`, of which `skipped` more could not be read; or that the platform does not want to tell. */
export type ReadAnswer =
  | { readonly kind: 'rows'; readonly rows: readonly WagerRow[]; readonly skipped: number }
  | { readonly kind: 'rate_limited' | 'refused' | 'unreadable' }

/** How an account is written, so that people may write its name as they like. */
export const accountOf = (name: string): string => name.trim().normalize('NFC').toLowerCase()

const longestName = 64
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value)

const textOf = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value
  return isLosslessNumber(value) ? value.value : undefined
}
const amountOf = (value: unknown): bigint | undefined => {
  const text = textOf(value)
  return text === undefined ? undefined : centsOf(text)
}
function nameOf(value: unknown): string | undefined {
  const name = typeof value === 'string' ? value.trim() : ''
  return name !== '' && [...name].length <= longestName && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name) ? name : undefined
}

function rowsOf(
  list: readonly unknown[],
  read: (one: Readonly<Record<string, unknown>>) => WagerRow | undefined,
): ReadAnswer {
  const rows = list.flatMap((one) => (isRecord(one) ? (read(one) ?? []) : []))
  if (list.length > 0 && rows.length === 0) return { kind: 'unreadable' }
  return { kind: 'rows', rows, skipped: list.length - rows.length }
}

/** `[{username, campaignCode, wagerAmount}]` or `[{username, wagerAmount, weightedWagerAmount}]`; an object is an error, whatever the status. */
function readList(answer: unknown): ReadAnswer {
  if (isRecord(answer)) {
    const isPatience = /TOO_MANY|RATE_?LIMIT/i.test(String(answer.message ?? '')) || textOf(answer.statusCode) === '429'
    return { kind: isPatience ? 'rate_limited' : 'refused' }
  }
  if (!Array.isArray(answer)) return { kind: 'unreadable' }
  return rowsOf(answer, (one) => {
    const [name, cents] = [nameOf(one.username), amountOf(one.wagerAmount)]
    if (name === undefined || cents === undefined) return undefined
    const code = typeof one.campaignCode === 'string' ? one.campaignCode.trim().toLowerCase() : null
    return { account: accountOf(name), name, code, cents, weightedCents: amountOf(one.weightedWagerAmount) ?? null }
  })
}

/** `{success: true, data: [{name, wageredUSD, userId}]}`: what was wagered in the window that was asked for. */
function readHowl(answer: unknown): ReadAnswer {
  if (!isRecord(answer)) return { kind: 'unreadable' }
  if (answer.success !== true) return { kind: 'refused' }
  if (!Array.isArray(answer.data)) return { kind: 'unreadable' }
  return rowsOf(answer.data, (one) => {
    const [name, cents, id] = [nameOf(one.name), amountOf(one.wageredUSD), textOf(one.userId)]
    if (name === undefined || cents === undefined || id === undefined || !/^[\w-]{1,64}$/.test(id)) return undefined
    return { account: id.toLowerCase(), name, code: null, cents, weightedCents: null }
  })
}

/** Reads an answer with its amounts as they were written. */
export function readAnswer(platform: Platform, body: string): ReadAnswer {
  let answer: unknown
  try {
    answer = parse(body)
  } catch {
    return { kind: 'unreadable' } // a page in place of JSON, such as a challenge for browsers
  }
  return platform === 'howl' ? readHowl(answer) : readList(answer)
}

const defaults: Readonly<Record<Exclude<Platform, 'howl'>, string>> = {
  shuffle: 'https://affiliate.shuffle.com/stats/',
  stake: 'https://affiliate.stake.com/stats/',
  stake_us: 'https://affiliate.stake.us/stats/',
}

/** The address that was meant: one that was typed, or the usual one with the id that was typed; undefined where an id is needed. */
export function typedAddress(platform: Platform, typed: string | null): string | undefined {
  const word = typed?.trim() ?? ''
  if (platform === 'howl') return word === '' ? 'https://howl.gg/api/user/affiliate/lb' : word
  if (/^[\w-]{4,64}$/.test(word)) return defaults[platform] + word
  return word === '' ? undefined : word
}

/** Howl counts by calendar months in UTC; the others tell what was wagered in all. */
export const windowOf = (platform: Platform, at: Date): string =>
  platform === 'howl' ? at.toISOString().slice(0, 7) : ''

/** The address and headers of a question. */
export function questionOf(
  platform: Platform,
  p: { readonly address: URL; readonly key: string | null; readonly at: Date },
): { readonly url: URL; readonly headers: Readonly<Record<string, string>> } {
  const url = new URL(p.address)
  if (platform === 'howl') {
    const from = Date.UTC(p.at.getUTCFullYear(), p.at.getUTCMonth(), 1)
    const to = Date.UTC(p.at.getUTCFullYear(), p.at.getUTCMonth() + 1, 1)
    url.searchParams.set('from', new Date(from).toISOString())
    url.searchParams.set('to', new Date(to).toISOString())
    url.searchParams.set('limit', '1000')
  }
  return { url, headers: p.key === null ? {} : { Authorization: p.key } }
}
