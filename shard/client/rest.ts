import { type REST, RESTEvents, type RESTOptions } from 'discord.js'
import { Counter, registry } from '../../cluster/runtime/metrics.ts'

const requests = new Counter({
  name: 'bot_discord_requests_total',
  help: "Answers of Discord's API, by route and status.",
  labelNames: ['route', 'status'],
  registers: [registry],
})
const limited = new Counter({
  name: 'bot_discord_rate_limited_total',
  help: 'Times a request had to wait for a limit, by scope.',
  labelNames: ['scope'],
  registers: [registry],
})

/**
 * Discord's limit for a bot over all routes is 50 in a second (documentation, "Global Rate Limit"). Each process counts in
 * seconds of its own, so that in one second of Discord's it may send the share of two of them: half of it is given out.
 */
const requestsPerSecond = 25

/**
 * Without a proxy each process keeps to its share of the limit, since discord.js counts for itself only. With more than
 * twenty-five processes the shares cannot be small enough, and a proxy is needed.
 */
export function createRestOptions(options: {
  readonly apiUrl: string
  readonly proxyUrl?: string | undefined
  readonly groupCount: number
}): Partial<RESTOptions> {
  const { proxyUrl } = options
  return proxyUrl === undefined
    ? { api: options.apiUrl, globalRequestsPerSecond: Math.max(1, Math.floor(requestsPerSecond / options.groupCount)) }
    : { api: proxyUrl, globalRequestsPerSecond: Number.POSITIVE_INFINITY }
}

export function measureRest(rest: REST): void {
  rest.on(RESTEvents.Response, ({ method, route }, { status }) =>
    requests.inc({ route: `${method} ${withoutIds(route)}`, status }),
  )
  rest.on(RESTEvents.RateLimited, ({ scope }) => limited.inc({ scope }))
}

/** discord.js names a route by its pattern; an id of a length that it does not know would make a label of its own. */
const withoutIds = (route: string): string => route.replaceAll(/\d{15,20}/g, ':id').replace(/\?.*$/, '')
