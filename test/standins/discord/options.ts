import type { Clock } from './clock.ts'
import type { RateLimitSettings } from './rest/rate-limit.ts'

export type PrivilegedIntent = 'GuildMembers' | 'GuildPresences' | 'MessageContent'

export interface DiscordStandInOptions {
  /** 0, the default, lets the system choose. */
  port?: number
  /** Identify buckets; default 16, so that small tests start at once. */
  maxConcurrency?: number
  /** Identifies per day; default 1000. */
  identifyBudget?: number
  /** One identify per bucket in this time; default 5000 as on Discord. */
  identifyWindowMs?: number
  /** Default 41250 as on Discord. */
  heartbeatIntervalMs?: number
  /** How long a session without a connection can be resumed; default 120000. */
  resumeWindowMs?: number
  /** Dispatches kept per session for RESUME; default 2000. */
  replayBuffer?: number
  /** `shards` of GET /gateway/bot; default one per 1000 guilds. */
  recommendedShards?: number
  /** Which privileged intents the application may ask for; default none, as for a new application. */
  privilegedIntents?: readonly PrivilegedIntent[]
  /** Off by default; `true` means the usual limits. */
  rateLimits?: boolean | Partial<RateLimitSettings>
  /** Limit GET /gateway/bot to 2 calls per 5 s even when other limits are off; default false. */
  limitGatewayBot?: boolean
  /** 401, 403 and 429 answers in ten minutes after which the edge answers HTML; default 10000. */
  invalidRequestLimit?: number
  /** Whether a REST mutation's event goes out before or after the HTTP answer; Discord does both. Default before. */
  eventOrder?: 'before-answer' | 'after-answer'
  seed?: number
  clock?: Clock
  /** Default is derived from the seed. Refused when it looks like a real Discord token. */
  token?: string
}

export type Settings = Required<Omit<DiscordStandInOptions, 'clock' | 'token' | 'recommendedShards' | 'rateLimits'>> & {
  recommendedShards: number | null
}

export const settingsFrom = (options: DiscordStandInOptions): Settings => ({
  port: options.port ?? 0,
  maxConcurrency: options.maxConcurrency ?? 16,
  identifyBudget: options.identifyBudget ?? 1000,
  identifyWindowMs: options.identifyWindowMs ?? 5_000,
  heartbeatIntervalMs: options.heartbeatIntervalMs ?? 41_250,
  resumeWindowMs: options.resumeWindowMs ?? 120_000,
  replayBuffer: options.replayBuffer ?? 2_000,
  recommendedShards: options.recommendedShards ?? null,
  privilegedIntents: options.privilegedIntents ?? [],
  limitGatewayBot: options.limitGatewayBot ?? false,
  invalidRequestLimit: options.invalidRequestLimit ?? 10_000,
  eventOrder: options.eventOrder ?? 'before-answer',
  seed: options.seed ?? 1,
})

/** Real tokens have three base64 parts, the first of which is the application id in decimal. */
export const looksLikeRealToken = (token: string): boolean => {
  const [first, second, third, ...more] = token.replace(/^Bot /i, '').split('.')
  if (first === undefined || second === undefined || third === undefined || more.length > 0) return false
  return /^[0-9]{17,20}$/.test(Buffer.from(first, 'base64url').toString('latin1'))
}
