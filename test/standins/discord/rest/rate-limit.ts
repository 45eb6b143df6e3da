import type { Clock } from '../clock.ts'
import type { Ledger } from '../ledger.ts'
import type { DiscordStandInOptions } from '../options.ts'

export interface Bucket {
  limit: number
  windowMs: number
}

export type BucketName =
  | 'message-create'
  | 'message-edit'
  | 'message-delete'
  | 'member-role'
  | 'member-get'
  | 'member-list'
  | 'member-patch'
  | 'reaction'
  | 'channel-rename'
  | 'commands'
  | 'gateway-bot'
  | 'webhook'

export interface RateLimitSettings {
  /** Requests per second over all routes that need a token. */
  global: number
  buckets: Record<BucketName, Bucket>
}

/** Sizes as commonly observed; Discord documents none of them and wants clients to read the headers. */
export const usualRateLimits: RateLimitSettings = {
  global: 50,
  buckets: {
    'message-create': { limit: 5, windowMs: 5_000 },
    'message-edit': { limit: 5, windowMs: 5_000 },
    'message-delete': { limit: 5, windowMs: 1_000 },
    'member-role': { limit: 10, windowMs: 10_000 },
    'member-get': { limit: 5, windowMs: 2_000 },
    'member-list': { limit: 10, windowMs: 10_000 },
    'member-patch': { limit: 10, windowMs: 10_000 },
    reaction: { limit: 1, windowMs: 300 },
    'channel-rename': { limit: 2, windowMs: 600_000 },
    commands: { limit: 2, windowMs: 60_000 },
    'gateway-bot': { limit: 2, windowMs: 5_000 },
    webhook: { limit: 5, windowMs: 2_000 },
  },
}

export type Scope = 'user' | 'global' | 'shared'

export interface RateLimitAnswer {
  headers: Record<string, string>
  /** Null when the request may pass. */
  refusal: { scope: Scope; retryAfterSeconds: number } | null
}

interface Window {
  startedAt: number
  used: number
}

const tenMinutes = 600_000
const free: RateLimitAnswer = { headers: {}, refusal: null }

/** One window per bucket and major parameter, a global one, and the count of answers that Discord holds against a bot. */
export class RateLimits {
  settings: RateLimitSettings
  isOn: boolean
  readonly #clock: Clock
  readonly #ledger: Ledger
  readonly #alwaysOn: ReadonlySet<BucketName>
  readonly #windows = new Map<string, Window>()
  readonly #invalid: number[] = []

  constructor(clock: Clock, ledger: Ledger, rateLimits: DiscordStandInOptions['rateLimits'], limitGatewayBot: boolean) {
    this.#clock = clock
    this.#ledger = ledger
    this.isOn = rateLimits !== undefined && rateLimits !== false
    this.settings = typeof rateLimits === 'object' ? { ...usualRateLimits, ...rateLimits } : usualRateLimits
    this.#alwaysOn = new Set(limitGatewayBot ? ['gateway-bot' as const] : [])
  }

  /** 401, 403 and 429 (other than shared) answered in the last ten minutes. */
  get invalidRequests(): number {
    const now = this.#clock.now()
    while ((this.#invalid[0] ?? now) <= now - tenMinutes) this.#invalid.shift()
    return this.#invalid.length
  }

  countInvalid(status: number, scope: Scope | null): void {
    if (status === 401 || status === 403 || (status === 429 && scope !== 'shared'))
      this.#invalid.push(this.#clock.now())
  }

  /** `isGlobal` is false for interaction routes, which the global limit does not cover. */
  take(bucket: BucketName | null, major: string, isGlobal: boolean): RateLimitAnswer {
    if (this.isOn && isGlobal) {
      const window = this.#window('global', 1_000)
      window.used += 1
      if (window.used > this.settings.global) return this.#refuse('global', {}, window.startedAt + 1_000)
    }
    if (bucket === null || !(this.isOn || this.#alwaysOn.has(bucket))) return free
    const { limit, windowMs } = this.settings.buckets[bucket]
    const window = this.#window(`${bucket}/${major}`, windowMs)
    window.used += 1
    const resetAt = window.startedAt + windowMs
    const headers = {
      'X-RateLimit-Limit': String(limit),
      'X-RateLimit-Remaining': String(Math.max(0, limit - window.used)),
      'X-RateLimit-Reset': (resetAt / 1_000).toFixed(3),
      'X-RateLimit-Reset-After': Math.max(0, (resetAt - this.#clock.now()) / 1_000).toFixed(3),
      'X-RateLimit-Bucket': Buffer.from(`belfry:${bucket}`).toString('hex'),
    }
    if (window.used <= limit) return { headers, refusal: null }
    return this.#refuse(bucket === 'channel-rename' ? 'shared' : 'user', headers, resetAt, bucket)
  }

  #refuse(scope: Scope, headers: Record<string, string>, resetAt: number, bucket = 'global'): RateLimitAnswer {
    this.#ledger.violated('rate-limit', `${scope} limit of ${bucket} exceeded`)
    return { headers, refusal: { scope, retryAfterSeconds: Math.max(0.001, (resetAt - this.#clock.now()) / 1_000) } }
  }

  #window(key: string, windowMs: number): Window {
    const now = this.#clock.now()
    const known = this.#windows.get(key)
    if (known && now - known.startedAt < windowMs) return known
    const fresh = { startedAt: now, used: 0 }
    this.#windows.set(key, fresh)
    return fresh
  }
}
