import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Answer, Ask } from './answer.ts'
import type { Draws } from './draws.ts'
import type { OAuthPages } from './oauth.ts'
import type { Overview } from './overview.ts'
import { assets } from './pages/assets.ts'
import { messagePage } from './pages/layout.ts'
import { overviewPage } from './pages/overview.ts'
import { type PageSay, speakToBrowser } from './pages/texts.ts'
import { type Readiness, takesWebhooks } from './readiness.ts'
import { health } from './runtime/build.ts'
import type { Service } from './runtime/lifecycle.ts'
import type { Log } from './runtime/log.ts'
import { durationBuckets, Histogram, registry } from './runtime/metrics.ts'

export interface HttpOptions {
  readonly host: string
  readonly port: number
  readonly metrics: () => Promise<string>
  readonly readiness: () => Promise<Readiness>
  /** Whether everything that this pod starts by itself runs, or `ok` with less while it waits for others. */
  readonly startup?: () => Promise<string>
  readonly kickWebhook: { receive(headers: IncomingHttpHeaders, body: Buffer): Promise<Answer> }
  readonly oauth: OAuthPages
  /** The pages by which anybody can check raffles and giveaways. */
  readonly draws?: Draws
  /** Totals for the front page; without it the page only says what runs here. */
  readonly overview?: () => Promise<Overview>
  readonly log: Log
}

/** The largest body anyone may send: a gift to hundreds of people is some 300 bytes for each. */
const maxBodyBytes = 256 * 1024
/** A client that has not sent its headers, or its whole request, by then is cut off. */
const headersTimeoutMs = 10_000
const requestTimeoutMs = 15_000
/** Longer than the idle time of the usual load balancers, so that they close first and no request meets a closed door. */
const keepAliveTimeoutMs = 65_000
const stopPatienceMs = 5_000

const durations = new Histogram({
  name: 'bot_http_request_duration_seconds',
  help: 'Time to answer a request, by route and status.',
  labelNames: ['route', 'status'],
  buckets: durationBuckets,
  registers: [registry],
})

type Handler = (ask: Ask) => Promise<Answer> | Answer
type Route = { readonly name: string; readonly GET?: Handler; readonly POST?: Handler }

/**
 * The front door: health, metrics, pages and Kick's webhook, on one port. It says `ok` on /healthz as long as the process
 * turns at all; /readyz names what is missing. A pod that is not ready still takes webhooks, which need only one of its two
 * stores: whoever routes webhooks asks /readyz/webhooks.
 */
export function createHttp(options: HttpOptions): Service & { readonly url: string } {
  const { log } = options
  let isStopping = false
  let url = ''

  const routes = createRoutes(options)
  const server = createServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      connectionsCheckingInterval: 2_000,
      maxHeaderSize: 16 * 1024,
      noDelay: true,
    },
    (incoming, response) => {
      const startedAt = performance.now()
      serve(incoming, response).then(
        (route) => {
          durations.observe({ route, status: response.statusCode }, (performance.now() - startedAt) / 1_000)
        },
        (err: unknown) => {
          if (!response.destroyed) log.warn({ err }, 'request could not be answered')
          response.destroy()
        },
      )
    },
  )
  server.setTimeout(30_000) // without a byte in either direction
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
  })

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<string> => {
    const target = URL.canParse(incoming.url ?? '', 'http://front.door')
      ? new URL(incoming.url ?? '', 'http://front.door')
      : undefined
    const route = target && routes(target.pathname)
    const method = incoming.method === 'HEAD' ? 'GET' : incoming.method
    const handler = method === 'GET' ? route?.GET : method === 'POST' ? route?.POST : undefined
    const send = (answer: Answer) => respond(incoming, response, answer, isStopping)

    if (target === undefined || route === undefined) {
      send(notFound(speakToBrowser(incoming)))
      return 'none'
    }
    if (handler === undefined) {
      const allow = [...(route.GET ? ['GET', 'HEAD'] : []), ...(route.POST ? ['POST'] : [])].join(', ')
      send({ ...plain(405, 'method not allowed'), headers: { Allow: allow } })
      return route.name
    }
    const body = await readBody(incoming)
    if (body === undefined) {
      send({ ...plain(413, 'body too large'), headers: { Connection: 'close' } })
      return route.name
    }
    try {
      send(
        await handler({
          method: incoming.method ?? 'GET',
          path: target.pathname,
          query: target.searchParams,
          headers: incoming.headers,
          body,
        }),
      )
    } catch (err) {
      log.error({ route: route.name, err }, 'request failed')
      send(failed(route, speakToBrowser(incoming)))
    }
    return route.name
  }

  return {
    name: 'http',
    get url() {
      return url
    },
    async start() {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(options.port, options.host, () => {
          server.off('error', reject)
          resolve()
        })
      })
      const { address, family, port } = server.address() as AddressInfo
      url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
      log.info({ url }, 'front door is open')
    },
    async stop() {
      isStopping = true
      await close(server)
    },
  }
}

/** Takes no new connection, lets requests in hand end, and then cuts what is left. */
async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const cut = setTimeout(() => server.closeAllConnections(), stopPatienceMs)
  await closed
  clearTimeout(cut)
}

function createRoutes(options: HttpOptions): (path: string) => Route | undefined {
  const { oauth } = options
  const fixed: Readonly<Record<string, Route>> = {
    '/': { name: 'front', GET: (ask) => frontPage(options, speakToBrowser(ask)) },
    '/healthz': { name: 'healthz', GET: () => plain(200, health) },
    '/startupz': { name: 'startupz', GET: () => startupz(options) },
    '/readyz': { name: 'readyz', GET: () => readyz(options) },
    '/readyz/webhooks': { name: 'readyz_webhooks', GET: () => readyz(options, takesWebhooks) },
    '/metrics': { name: 'metrics', GET: () => metrics(options) },
    '/webhooks/kick': {
      name: 'kick_webhook',
      POST: (ask) => options.kickWebhook.receive(ask.headers, ask.body),
    },
    '/oauth/kick/callback': { name: 'oauth_callback', GET: (ask) => oauth.callback(ask) },
    '/auth/kick': { name: 'legacy_link', GET: (ask) => oauth.legacy(ask) },
    '/robots.txt': {
      name: 'robots',
      GET: () =>
        plain(
          200,
          'User-agent: *\nDisallow: /link/\nDisallow: /oauth/\nDisallow: /auth/\nDisallow: /raffles/\nDisallow: /giveaways/\n',
        ),
    },
  }
  const { draws } = options
  const drawn = (name: 'raffles' | 'giveaways'): Route => ({
    name,
    GET: async (ask) => (await draws?.answer(ask)) ?? notFound(speakToBrowser(ask)),
  })
  const raffles = drawn('raffles')
  const giveaways = drawn('giveaways')
  const link: Route = { name: 'link', GET: (ask) => oauth.open(ask), POST: (ask) => oauth.begin(ask) }
  return (path) => {
    if (Object.hasOwn(fixed, path)) return fixed[path]
    if (path.startsWith('/link/')) return link
    if (path.startsWith('/raffles/')) return raffles
    if (path.startsWith('/giveaways/')) return giveaways
    const asset = assets.get(path)
    return asset && { name: 'asset', GET: () => asset }
  }
}

async function frontPage({ overview, readiness, log }: HttpOptions, say: PageSay): Promise<Answer> {
  const [figures, ready] = await Promise.all([
    overview?.().catch((err: unknown) => {
      log.warn({ err }, 'overview failed')
      return undefined
    }),
    readiness(),
  ])
  return overviewPage(figures, ready, say)
}

async function startupz({ startup }: HttpOptions): Promise<Answer> {
  const state = (await startup?.()) ?? 'ok'
  return plain(state === 'ok' ? 200 : 503, state)
}

async function readyz({ readiness }: HttpOptions, isReady = (state: Readiness) => state.ok): Promise<Answer> {
  const state = await readiness()
  const ok = isReady(state)
  return json(ok ? 200 : 503, { status: ok ? 'ready' : 'not ready', ...state.parts })
}

const metrics = async (options: HttpOptions): Promise<Answer> => ({
  status: 200,
  body: await options.metrics(),
  headers: { 'Content-Type': registry.contentType },
})

export const plain = (status: number, text: string): Answer => ({
  status,
  body: `${text}\n`,
  headers: { 'Content-Type': 'text/plain; charset=utf-8' },
})

const json = (status: number, value: unknown): Answer => ({
  status,
  body: `${JSON.stringify(value)}\n`,
  headers: { 'Content-Type': 'application/json; charset=utf-8' },
})

const notFound = (say: PageSay): Answer =>
  messagePage(404, { locale: say.locale, title: say('not_found.title'), text: say('not_found.text') })

const failed = (route: Route, say: PageSay): Answer =>
  ['link', 'legacy_link', 'oauth_callback', 'front', 'raffles', 'giveaways'].includes(route.name)
    ? messagePage(500, { locale: say.locale, title: say('fault.title'), text: say('fault.text') })
    : plain(500, 'internal error')

/** The whole body, or undefined when it is too large; what is too large is not read to its end. */
async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(incoming.headers['content-length'] ?? 0) > maxBodyBytes) return undefined
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maxBodyBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** No page needs more than our own style and script; no other site may frame one or learn an address from us. */
const securityHeaders = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
  'Cache-Control': 'no-store',
}

function respond(incoming: IncomingMessage, response: ServerResponse, answer: Answer, isStopping: boolean): void {
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body
  const headers: Record<string, string | readonly string[]> = { ...securityHeaders, ...answer.headers }
  if (isStopping) headers.Connection = 'close'
  response.writeHead(answer.status, { ...headers, 'Content-Length': String(body.length) } as Record<string, string>)
  response.end(incoming.method === 'HEAD' ? undefined : body)
  // What was not read of a refused body would otherwise keep the connection busy for ever.
  if (!incoming.complete) incoming.destroy()
}
