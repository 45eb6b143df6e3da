/** Asks platforms what people have wagered who came by a streamer's campaign. */
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { type AddressFault, checkAddress } from './affiliate/address.ts'
import { type Platform, questionOf, readAnswer, type WagerRow, windowOf } from './affiliate/shapes.ts'
import { publicLookup } from './outside.ts'

export type { AddressFault } from './affiliate/address.ts'
export { checkAddress } from './affiliate/address.ts'
export {
  accountOf,
  affiliateHosts,
  type Platform,
  platformNames,
  platforms,
  typedAddress,
  type WagerRow,
} from './affiliate/shapes.ts'

/** Why there is no answer; never what an address or a key is. */
export type AffiliateFault =
  | AddressFault
  | 'rate_limited'
  | 'refused'
  | 'not_found'
  | 'redirect'
  | 'unreadable'
  | 'too_long'
  | 'private_address'
  | 'unavailable'

export type AffiliateAnswer =
  | {
      readonly kind: 'report'
      /** Totals of another window begin at zero; `''` where there are no windows. */
      readonly window: string
      readonly rows: readonly WagerRow[]
      readonly skipped: number
      /** When the platform, or a cache before it, made the answer; null where it does not say. */
      readonly asOf: Date | null
      readonly etag: string | null
      readonly lastModified: string | null
    }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'failed'; readonly fault: AffiliateFault; readonly retryAfterMs: number | null }

export interface AffiliateQuestion {
  readonly platform: Platform
  readonly address: string
  readonly key: string | null
  /** It decides the window; the same for whoever asks. */
  readonly at: Date
  readonly etag: string | null
  readonly lastModified: string | null
}

export interface Affiliates {
  /** Never throws for what the platform does; may be repeated. */
  ask(question: AffiliateQuestion): Promise<AffiliateAnswer>
}

const timeoutMs = 20_000
const longestAnswer = 8_000_000
const longestPatienceMs = 6 * 3_600_000

interface Got {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** `request` is that of `node:https` unless a test puts another in its place; it is always given the lookup that refuses private addresses. */
export function createAffiliates(p: {
  readonly hosts: readonly string[]
  readonly resolve?: Parameters<typeof publicLookup>[0]
  readonly request?: (
    options: RequestOptions,
    answer: (response: IncomingMessage) => void,
  ) => ReturnType<typeof httpsRequest>
  readonly timeoutMs?: number
}): Affiliates {
  const request = p.request ?? httpsRequest
  const lookup = publicLookup(p.resolve)

  const get = (url: URL, headers: Readonly<Record<string, string>>): Promise<Got> =>
    new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(p.timeoutMs ?? timeoutMs)
      const options = { host: url.hostname, port: 443, path: url.pathname + url.search, headers, lookup, signal }
      const asked = request({ ...options, protocol: 'https:', method: 'GET' }, (response) => {
        const chunks: Buffer[] = []
        let length = 0
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk)
          length += chunk.length
          if (length > longestAnswer)
            asked.destroy(Object.assign(new Error('the answer is too long'), { code: 'ETOOLONG' }))
        })
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          })
        })
        response.on('error', reject)
      })
      asked.on('error', reject)
      asked.end()
    })

  return {
    async ask({ platform, address, key, at, etag, lastModified }) {
      const checked = checkAddress(address, p.hosts)
      if (typeof checked === 'string') return failed(checked)
      const { url, headers } = questionOf(platform, { address: checked, key, at })
      let got: Got
      try {
        got = await get(url, {
          Accept: 'application/json',
          'Accept-Encoding': 'identity',
          'User-Agent': 'belfry/0.1',
          ...(etag !== null && { 'If-None-Match': etag }),
          ...(lastModified !== null && { 'If-Modified-Since': lastModified }),
          ...headers,
        })
      } catch (error) {
        return failed(faultOf(error))
      }
      return answerOf(platform, got, at)
    },
  }
}

const failed = (fault: AffiliateFault, retryAfterMs: number | null = null): AffiliateAnswer => ({
  kind: 'failed',
  fault,
  retryAfterMs,
})

function faultOf(error: unknown): AffiliateFault {
  const code = (error as { code?: unknown }).code
  if (code === 'EPRIVATE') return 'private_address'
  return code === 'ETOOLONG' ? 'too_long' : 'unavailable'
}

function answerOf(platform: Platform, { status, headers, body }: Got, at: Date): AffiliateAnswer {
  const patience = patienceOf(headers['retry-after'], at)
  if (status === 304) return { kind: 'unchanged' }
  if (status >= 300 && status < 400) return failed('redirect')
  if (status === 404 || status === 410) return failed('not_found')
  if (status === 429) return failed('rate_limited', patience)
  if (status >= 500) return failed('unavailable', patience)
  const read = readAnswer(platform, body)
  if (read.kind === 'rate_limited') return failed('rate_limited', patience)
  if (status !== 200) return failed('refused', patience)
  if (read.kind !== 'rows') return failed(read.kind)
  return {
    kind: 'report',
    window: windowOf(platform, at),
    rows: read.rows,
    skipped: read.skipped,
    asOf: madeAt(headers, at),
    etag: headers.etag ?? null,
    lastModified: headers['last-modified'] ?? null,
  }
}

/** `Retry-After` in milliseconds, within reason: seconds, or a date. */
function patienceOf(value: string | undefined, at: Date): number | null {
  if (value === undefined) return null
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - at.getTime()
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), longestPatienceMs)
}

/**
 * When the answer was made. A cache keeps the `Date` of whoever made it and says its `Age` beside it (RFC 9111, 5.1); some write a `Date` of
 * their own, and then it is as old as its age.
 */
function madeAt(headers: IncomingMessage['headers'], at: Date): Date | null {
  const date = Date.parse(headers.date ?? '')
  if (Number.isNaN(date)) return null
  const ageMs = /^\d{1,9}$/.test(headers.age ?? '') ? Number(headers.age) * 1_000 : 0
  return new Date(at.getTime() - date >= ageMs - 5_000 ? date : date - ageMs)
}
