import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { HttpFault } from './faults.ts'
import { Seeded } from './seeded.ts'

export interface Ask {
  host: 'id' | 'api'
  method: string
  path: string
  query: URLSearchParams
  headers: Record<string, string | string[] | undefined>
  body: Buffer
}

export interface Answer {
  status: number
  headers?: Record<string, string | string[]>
  body?: string
}

export const json = (status: number, value: unknown): Answer => ({
  status,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(value),
})

/** What the API wraps around every success. */
export const ok = (data: unknown): Answer => json(200, { data, message: 'OK' })

export const badRequest = (data: unknown): Answer => json(400, { data, message: 'Bad request' })
export const invalidRequest = (): Answer => json(400, { data: {}, message: 'Invalid request' })
export const unauthorized = (): Answer => json(401, { data: {}, message: 'Unauthorized' })

/** What was asked and answered, without headers and bodies, since those carry tokens. */
export interface Served {
  host: Ask['host']
  method: string
  path: string
  query: string
  userAgent: string
  status: number
}

const page = (status: number, text: string): Answer => ({
  status,
  headers: { 'Content-Type': 'text/html; charset=utf-8' },
  body: `<!doctype html><html><head><title>${text}</title></head><body><h1>${text}</h1></body></html>`,
})

const edgeBlock = (): Answer =>
  json(403, { error: 'Request blocked by security policy.', reference: '18.5f6d3e17.1764000000.1a2b3c' })

/** Two listeners, one for each host, and the faults that can befall any request. */
export class Hosts {
  readonly #servers: Server[] = []
  readonly #rules: { fault: HttpFault; left: number }[] = []
  readonly #random: Seeded
  readonly #limit = 2_000
  readonly served: Served[] = []

  constructor(seed: string) {
    this.#random = new Seeded(`${seed}:http`)
  }

  async listen(host: Ask['host'], port: number, route: (ask: Ask) => Answer | Promise<Answer>): Promise<string> {
    const server = createServer((incoming, response) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', () => response.destroy())
      incoming.on('end', () => {
        const url = new URL(incoming.url ?? '/', 'http://stand-in')
        const ask: Ask = {
          host,
          method: incoming.method ?? 'GET',
          path: url.pathname,
          query: url.searchParams,
          headers: incoming.headers,
          body: Buffer.concat(chunks),
        }
        void this.#serve(ask, response, route)
      })
    })
    this.#servers.push(server)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', resolve)
    })
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  /** Adds a rule; the function it gives takes the rule back. */
  fail(fault: HttpFault): () => void {
    const rule = { fault, left: fault.times ?? 1 }
    this.#rules.push(rule)
    return () => {
      rule.left = 0
    }
  }

  #faultFor(ask: Ask): HttpFault | undefined {
    for (const rule of this.#rules) {
      const { method, path, probability } = rule.fault
      if (rule.left <= 0 || (method && method !== ask.method)) continue
      if (path && !(path.endsWith('*') ? ask.path.startsWith(path.slice(0, -1)) : ask.path === path)) continue
      if (!this.#random.chance(probability ?? 1)) continue
      rule.left--
      return rule.fault
    }
    return undefined
  }

  async #serve(ask: Ask, response: ServerResponse, route: (ask: Ask) => Answer | Promise<Answer>): Promise<void> {
    const fault = this.#faultFor(ask)
    if (fault?.kind === 'hang') return this.#note(ask, 0)
    if (fault?.kind === 'reset') {
      this.#note(ask, 0)
      response.destroy()
      return
    }
    if (fault?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.delayMs ?? 1_000))
    const answer = (fault && faultAnswer(fault)) ?? (await route(ask))
    this.#note(ask, answer.status)
    const length = answer.body === undefined ? {} : { 'Content-Length': Buffer.byteLength(answer.body) }
    response.writeHead(answer.status, { ...answer.headers, ...length })
    response.end(answer.body)
  }

  #note(ask: Ask, status: number): void {
    const { host, method, path } = ask
    const query = host === 'id' ? '' : ask.query.toString()
    const userAgent = String(ask.headers['user-agent'] ?? '')
    this.served.push({ host, method, path, query, userAgent, status })
    if (this.served.length > this.#limit * 1.25) this.served.splice(0, this.served.length - this.#limit)
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#servers.splice(0).map(
        (server) =>
          new Promise<void>((resolve) => {
            server.close(() => resolve())
            server.closeAllConnections()
          }),
      ),
    )
  }
}

function faultAnswer(fault: HttpFault): Answer | undefined {
  switch (fault.kind) {
    case '429':
      return json(429, { data: null, message: 'Too many requests' })
    case '429_retry_after':
      return { status: 429, headers: { 'Retry-After': String(fault.retryAfterSeconds ?? 1) }, body: 'slow down' }
    case '500_empty':
      return { status: 500, body: '' }
    case '500_json':
      return json(500, { data: null, message: 'Internal server error' })
    case 'edge_403':
      return edgeBlock()
    case 'html':
      return page(403, 'Attention required')
    case '401':
      return unauthorized()
    default:
      return undefined
  }
}

/** Stops what does not say who it is, as the network in front of the service does. */
export function edge(ask: Ask, isOn: boolean): Answer | undefined {
  const agent = String(ask.headers['user-agent'] ?? '')
  const says = /^[^\s/]+\/\S+/.test(agent) && !/^(undici|axios|node-fetch|python-requests|curl)\//i.test(agent)
  return isOn && !says ? edgeBlock() : undefined
}

export { page as htmlPage }
