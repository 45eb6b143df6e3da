import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Core } from '../core.ts'
import type { RestFaultKind } from '../faults.ts'
import type { JsonObject } from '../json.ts'
import { parseBody, type ReadBody, readBytes } from './body.ts'
import { ApiError, contentTypeFault, failure } from './errors.ts'
import type { Scope } from './rate-limit.ts'
import { type Matched, type RestAnswer, Router } from './router.ts'
import { routes } from './routes/index.ts'

interface Outgoing {
  status: number
  headers: Record<string, string>
  body: string | null
  code: number | null
  scope: Scope | null
}

interface Incoming {
  method: string
  path: string
  query: URLSearchParams
  userAgent: string
  authorization: string
  contentType: string
  reason: string | null
}

const json = (status: number, body: unknown, headers: Record<string, string> = {}): Outgoing => ({
  status,
  headers: { 'Content-Type': 'application/json', ...headers },
  body: JSON.stringify(body),
  code: null,
  scope: null,
})

const html = (status: number, title: string, headers: Record<string, string> = {}): Outgoing => ({
  status,
  headers: { 'Content-Type': 'text/html; charset=UTF-8', ...headers },
  body: `<html><head><title>${status} ${title}</title></head><body><h1>${status} ${title}</h1></body></html>`,
  code: null,
  scope: null,
})

const tooMany = (scope: Scope, retryAfterSeconds: number, headers: Record<string, string> = {}): Outgoing => ({
  ...json(
    429,
    { message: 'You are being rate limited.', retry_after: retryAfterSeconds, global: scope === 'global' },
    {
      ...headers,
      'Retry-After': String(Math.ceil(retryAfterSeconds * 1_000) / 1_000),
      'X-RateLimit-Scope': scope,
      ...(scope === 'global' ? { 'X-RateLimit-Global': 'true' } : {}),
    },
  ),
  scope,
})

/** Discord's REST API over the world: version, token, limits, body, route, in the order in which Discord looks at them. */
export class RestServer {
  readonly #core: Core
  readonly #router = new Router(routes)

  constructor(core: Core) {
    this.#core = core
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://stand-in')
    const version = /^\/api(?:\/v(\d+))?(?=\/|$)/.exec(url.pathname)
    const path = url.pathname.slice(version?.[0].length ?? 0)
    const method = request.method ?? 'GET'
    const fault = this.#core.faults.nextRestFault(method, path)
    const rawReason = request.headers['x-audit-log-reason']
    const incoming: Incoming = {
      method,
      path,
      query: url.searchParams,
      userAgent: request.headers['user-agent'] ?? '',
      authorization: request.headers.authorization ?? '',
      contentType: request.headers['content-type'] ?? '',
      reason: null,
    }
    let matched: Matched | null = null
    let read: ReadBody = { body: undefined, files: [] }
    let outgoing: Outgoing
    let release = () => {}
    try {
      const bytes = await readBytes(request)
      if (typeof rawReason === 'string') incoming.reason = decodeURIComponent(rawReason)
      if (fault?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.ms).unref())
      const early = this.#strike(fault) ?? this.#refuseAtTheEdge(incoming, version)
      if (early === null) {
        matched = this.#route(incoming)
        read = await parseBody(bytes, incoming.contentType)
        // From here to the answer nothing is awaited, so that the events held back are those of this request.
        release = this.#holdEvents()
        const limited = this.#limit(matched, incoming, read)
        outgoing = limited.refusal ?? this.#run(matched, incoming, read, limited.headers)
      } else outgoing = early
    } catch (error) {
      outgoing = this.#failed(error, incoming)
    }
    this.#core.rateLimits.countInvalid(outgoing.status, outgoing.scope)
    this.#answer(response, outgoing, fault)
    release()
    this.#core.ledger.answered({
      method,
      path,
      route: matched?.route.pattern ?? null,
      query: url.search,
      body: read.body,
      reason: incoming.reason,
      status: outgoing.status,
      code: outgoing.code,
      fault: fault?.kind ?? null,
    })
  }

  #strike(fault: RestFaultKind | null): Outgoing | null {
    if (fault?.kind === 'status') return html(fault.status, 'Server Error')
    if (fault?.kind === '429') return tooMany(fault.scope, fault.retryAfterSeconds)
    // Never sent: the connection is cut instead of the answer.
    if (fault?.kind === 'dropped') return html(502, 'Dropped')
    return null
  }

  #refuseAtTheEdge(incoming: Incoming, version: RegExpExecArray | null): Outgoing | null {
    const { ledger, rateLimits, settings } = this.#core
    if (rateLimits.invalidRequests >= settings.invalidRequestLimit) {
      ledger.violated('invalid-requests', 'too many invalid requests; the address is restricted')
      return html(429, 'Too Many Requests', { 'Retry-After': '600' })
    }
    if (!/^DiscordBot \(\S+, [^)]+\)/.test(incoming.userAgent)) {
      ledger.violated('bad-user-agent', `${incoming.method} ${incoming.path} as "${incoming.userAgent}"`)
      throw failure.badUserAgent()
    }
    if (version === null) throw failure.unknownRoute()
    if (version[1] !== undefined && version[1] !== '10') throw failure.invalidApiVersion()
    return null
  }

  #route(incoming: Incoming): Matched {
    const matched = this.#router.match(incoming.method, incoming.path)
    if (matched.route.options.authorized === false) return matched
    const [scheme, token, ...more] = incoming.authorization.split(' ')
    if (scheme === 'Bot' && token !== undefined && more.length === 0 && this.#core.credentials.accepts(token))
      return matched
    this.#core.ledger.violated('bad-token', `${incoming.method} ${incoming.path} without a valid token`)
    throw failure.unauthorized()
  }

  #limit(
    matched: Matched,
    incoming: Incoming,
    read: ReadBody,
  ): { headers: Record<string, string>; refusal: Outgoing | null } {
    const { bucket, authorized } = matched.route.options
    const name = typeof bucket === 'function' ? bucket({ body: read.body }) : (bucket ?? null)
    const { channelId, guildId, webhookId, token } = matched.params
    const major = [channelId, guildId, webhookId, token].filter(Boolean).join('/')
    const { headers, refusal } = this.#core.rateLimits.take(name, major, authorized !== false)
    if (refusal === null) return { headers, refusal }
    const answer = tooMany(refusal.scope, refusal.retryAfterSeconds, headers)
    return { headers, refusal: { ...answer, code: incoming.path.endsWith('/callback') ? 40062 : null } }
  }

  #run(matched: Matched, incoming: Incoming, read: ReadBody, headers: Record<string, string>): Outgoing {
    if (incoming.reason !== null && incoming.reason.length > 512) throw failure.invalidForm({ reason: tooLongReason })
    const answer: RestAnswer = matched.route.handler({
      core: this.#core,
      params: matched.params,
      query: incoming.query,
      body: read.body,
      files: read.files.map((file) => ({ attachment: this.#core.cdn.store(file, 'files') })),
      reason: incoming.reason,
    })
    if (answer === undefined) return { status: 204, headers, body: null, code: null, scope: null }
    if (typeof answer === 'object' && answer !== null && 'created' in answer && 'status' in answer)
      return json(Number(answer.status), answer.created, headers)
    return json(200, answer, headers)
  }

  /** With `after-answer`, the events of this request wait until its answer is written. */
  #holdEvents(): () => void {
    return this.#core.settings.eventOrder === 'after-answer' ? this.#core.gateway.hold() : () => {}
  }

  #failed(error: unknown, incoming: Incoming): Outgoing {
    if (error instanceof ApiError) {
      const isStrict = error.code === 0 && (error.status === 404 || error.status === 405)
      if (isStrict) this.#core.ledger.violated('unknown-route', `${incoming.method} ${incoming.path}`)
      if (error.message === contentTypeFault) this.#core.ledger.violated('bad-content-type', incoming.path)
      return { ...json(error.status, error.body()), code: error.code }
    }
    // A fault of ours must fail the test that met it rather than look like one of Discord's.
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#core.ledger.violated('stand-in-bug', `${incoming.method} ${incoming.path}: ${detail}`)
    return json(500, { message: '500: Internal Server Error', code: 0 })
  }

  #answer(response: ServerResponse, outgoing: Outgoing, fault: RestFaultKind | null): void {
    if (fault?.kind === 'answer-lost' || fault?.kind === 'dropped') {
      // A reset rather than an end: discord.js repeats a request only after ECONNRESET.
      response.socket?.resetAndDestroy()
      return
    }
    response.writeHead(outgoing.status, outgoing.headers)
    response.end(outgoing.body ?? undefined)
  }
}

const tooLongReason: JsonObject = {
  _errors: [{ code: 'BASE_TYPE_MAX_LENGTH', message: 'Must be 512 or fewer in length.' }],
}
