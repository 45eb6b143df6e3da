import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { RequestOptions } from 'node:https'
import type { AddressInfo } from 'node:net'

/** What a platform, or what stands before it, may do wrong. */
export type AffiliateFault =
  | 'down'
  | 'hang'
  | 'cut'
  | 'page'
  | 'endless'
  | 'redirect'
  | 'envelope'
  | 'bad_request'
  | 'too_many'
  | 'not_a_list'

export interface StatedAccount {
  readonly username: string
  /** As it stands in the answer, digit by digit. */
  readonly wager: string
  readonly weighted?: string
  readonly code?: string
  /** On Howl. */
  readonly userId?: string
}

export interface Asked {
  readonly host: string
  readonly path: string
  readonly status: number
  readonly authorization: string | undefined
}

/**
 * The affiliate interfaces of Shuffle (of 2025, with codes, at `/stats/`, and of 2026, weighted, at `/wager/`), of Stake, which is taken to be
 * like the first, and of Howl, with a key and a window of a calendar month. As strict as they are: of what they do not know they say 404, without the
 * right key 401, and who asks too often gets an error, which may come with status 200. It speaks plain http; `request` leads there what is meant for https
 * on the usual port, and refuses everything else that a client might try.
 */
export class AffiliateStandIn {
  /** What was asked and answered, in order. */
  readonly asked: Asked[] = []
  fault: AffiliateFault | undefined
  /** Sent beside the answer; a cache would. */
  headers: Readonly<Record<string, string>> = {}
  /** Accounts by `<host><path>`. */
  readonly #lists = new Map<string, readonly StatedAccount[]>()
  readonly #keys = new Map<string, readonly StatedAccount[]>()
  #allowance: { readonly most: number; readonly everyMs: number; readonly asEnvelope: boolean } | undefined
  #times: number[] = []
  #server: Server | undefined
  #port = 0

  async start(): Promise<void> {
    const server = createServer((incoming, response) => this.#answer(incoming, response))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    this.#server = server
    this.#port = (server.address() as AddressInfo).port
  }

  async stop(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  }

  /** What an address tells from now on: `affiliate.shuffle.com/stats/<id>` and the like. */
  tell(place: string, accounts: readonly StatedAccount[]): void {
    this.#lists.set(place, accounts)
  }

  /** What a key of Howl's opens. */
  tellByKey(key: string, accounts: readonly StatedAccount[]): void {
    this.#keys.set(key, accounts)
  }

  /** So many answers in a time, and errors beyond that. */
  allow(most: number, everyMs: number, asEnvelope = false): void {
    this.#allowance = { most, everyMs, asEnvelope }
    this.#times = []
  }

  /** In the place of `request` of `node:https`. */
  readonly request = (options: RequestOptions, answer: (response: IncomingMessage) => void) => {
    if (options.protocol !== 'https:' || options.port !== 443 || options.method !== 'GET')
      throw new Error('only https on its own port may be asked, and only with GET')
    if (typeof options.lookup !== 'function') throw new Error('a name must not be resolved unchecked')
    const { lookup: _, ...rest } = options
    const headers = { ...options.headers, 'x-meant-for': String(options.host) }
    return request({ ...rest, protocol: 'http:', host: '127.0.0.1', port: this.#port, headers }, answer)
  }

  #answer(incoming: IncomingMessage, response: ServerResponse): void {
    const host = String(incoming.headers['x-meant-for'])
    const url = new URL(incoming.url ?? '/', `https://${host}`)
    const { authorization } = incoming.headers
    const finish = (status: number, body: string, headers: Readonly<Record<string, string>> = {}) => {
      this.asked.push({ host, path: url.pathname + url.search, status, authorization })
      response.writeHead(status, { 'Content-Type': 'application/json', ...this.headers, ...headers }).end(body)
    }
    if (this.fault === 'hang') {
      this.asked.push({ host, path: url.pathname, status: 0, authorization })
      return
    }
    if (this.fault === 'cut') {
      response.writeHead(200, { 'Content-Length': '5000' }).write('[{"username":"a","wagerAmount":1')
      response.socket?.destroy()
      return
    }
    if (this.fault !== undefined) {
      this.#fail(this.fault, finish)
      return
    }
    if (this.#isTooOften()) {
      this.#allowance?.asEnvelope === true
        ? finish(200, '{"statusCode":429,"message":"TOO_MANY_REQUEST"}')
        : finish(429, '{"message":"slow down"}', { 'Retry-After': '60' })
      return
    }
    const body = this.#bodyOf(host, url, authorization)
    if (typeof body === 'number') {
      finish(body, '{"success":false}')
      return
    }
    const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"`
    if (incoming.headers['if-none-match'] === etag) finish(304, '', { ETag: etag })
    else finish(200, body, { ETag: etag })
  }

  #isTooOften(): boolean {
    if (this.#allowance === undefined) return false
    const { most, everyMs } = this.#allowance
    const now = Date.now()
    this.#times = [...this.#times.filter((at) => at > now - everyMs), now]
    return this.#times.length > most
  }

  #bodyOf(host: string, url: URL, authorization: string | undefined): string | number {
    if (host === 'howl.gg') {
      if (url.pathname !== '/api/user/affiliate/lb') return 404
      const accounts = authorization === undefined ? undefined : this.#keys.get(authorization)
      if (accounts === undefined) return 401
      const [from, to] = ['from', 'to'].map((name) => url.searchParams.get(name) ?? '')
      const isMonth = /^\d{4}-\d{2}-01T00:00:00\.000Z$/
      if (!isMonth.test(from ?? '') || !isMonth.test(to ?? '') || url.searchParams.get('limit') !== '1000') return 400
      const rows = accounts.map(
        (one) => `{"name":${JSON.stringify(one.username)},"wageredUSD":${one.wager},"userId":${one.userId ?? '1'}}`,
      )
      return `{"success":true,"data":[${rows.join(',')}]}`
    }
    const accounts = this.#lists.get(host + url.pathname)
    if (accounts === undefined) return 404
    const isWeighted = url.pathname.startsWith('/wager/')
    const rows = accounts.map(({ username, wager, weighted, code }) => {
      const rest = isWeighted
        ? `"weightedWagerAmount":${weighted ?? wager}`
        : `"campaignCode":${JSON.stringify(code ?? 'CODE')}`
      return `{"username":${JSON.stringify(username)},"wagerAmount":${wager},${rest}}`
    })
    return `[${rows.join(',')}]`
  }

  #fail(fault: AffiliateFault, finish: (status: number, body: string, headers?: Record<string, string>) => void): void {
    const answers: Readonly<Record<string, readonly [number, string, Record<string, string>?]>> = {
      down: [503, 'upstream is unavailable'],
      page: [200, '<!doctype html><title>Just a moment</title>', { 'Content-Type': 'text/html' }],
      redirect: [302, '', { Location: 'https://127.0.0.1/latest/meta-data/' }],
      envelope: [200, '{"statusCode":500,"message":"INTERNAL"}'],
      bad_request: [400, '{"statusCode":400,"message":"TOO_MANY_REQUEST"}'],
      too_many: [429, '{}', { 'Retry-After': '600' }],
      not_a_list: [200, '"a text"'],
    }
    const [status, body, headers] = answers[fault] ?? [200, `["${'x'.repeat(9_000_000)}"]`]
    finish(status, body, headers)
  }
}
