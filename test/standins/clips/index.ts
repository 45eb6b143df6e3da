import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a clip service may do wrong. */
export type ClipFault = 'down' | 'hang' | 'redirect' | 'endless' | 'page' | 'queue_full' | 'lost_answer'

export interface ClipCut {
  readonly requestId: string
  readonly channel: string
  readonly duration: number
  readonly title: string
  readonly username: string
  readonly guild: string
}

const bodyForm = {
  request_id: 'string',
  channel: 'string',
  duration: 'number',
  username: 'string',
  title: 'string',
  discord_server_id: 'string',
} as const

/**
 * A service that records channels and cuts clips, as strict as its contract: a key in `X-API-Key`, JSON bodies without fields that it
 * does not know, guild ids as text, one clip for each request id, three recorded segments before the first one. What a client did wrong
 * stands in `violations`.
 */
export class ClipStandIn {
  readonly keys: ReadonlySet<string>
  readonly violations: string[] = []
  readonly cut: ClipCut[] = []
  /** Calls by method and path, in their order. */
  readonly calls: string[] = []
  fault: ClipFault | undefined
  /** Channels that are live at Kick. */
  readonly live = new Set<string>()
  /** Segments of ten seconds that are recorded of a channel. */
  readonly segments = new Map<string, number>()
  readonly #urls = new Map<string, string>()
  #server: Server | undefined

  constructor(options: { readonly keys: readonly string[] }) {
    this.keys = new Set(options.keys)
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => void this.#answer(request, response))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    this.#server = server
  }

  async stop(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  }

  get url(): string {
    const address = this.#server?.address() as AddressInfo | null | undefined
    if (address == null) throw new Error('the stand-in has not been started')
    return `http://127.0.0.1:${address.port}`
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url)
    this.calls.push(`${request.method} ${url.pathname}`)
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const fault = this.fault
    if (fault === 'hang') return
    if (fault === 'down') return send(response, 503, { success: false, error: 'unavailable' })
    if (fault === 'page') return void response.writeHead(200, { 'Content-Type': 'text/html' }).end('<h1>hello</h1>')
    if (fault === 'redirect') return void response.writeHead(302, { Location: 'http://127.0.0.1:1/secret' }).end()
    if (fault === 'endless') return void response.writeHead(200).end('x'.repeat(200_000))
    if (!this.keys.has(String(request.headers['x-api-key'] ?? '')))
      return send(response, 401, { success: false, error: 'invalid key' })
    const body = parts.length === 0 ? {} : this.#read(Buffer.concat(parts).toString(), request)
    if (body === undefined) return send(response, 400, { success: false, error: 'bad request' })
    const channel = String(body.channel ?? url.searchParams.get('channel') ?? '')
    switch (`${request.method} ${url.pathname}`) {
      case 'POST /api/clips/buffer/start':
        if (!this.segments.has(channel)) this.segments.set(channel, 0)
        return send(response, 200, { success: true })
      case 'POST /api/clips/buffer/stop':
        return send(response, this.segments.delete(channel) ? 200 : 404, { success: true })
      case 'GET /api/clips/buffer/status': {
        const segments = this.segments.get(channel)
        return segments === undefined
          ? send(response, 404, { success: false, error: 'not found' })
          : send(response, 200, { success: true, recording: true, segments })
      }
      case 'POST /api/clips/create':
        return this.#create(body, channel, response)
      default:
        this.violations.push(`unknown call ${request.method} ${url.pathname}`)
        return send(response, 404, { success: false, error: 'not found' })
    }
  }

  #read(text: string, request: IncomingMessage): Record<string, unknown> | undefined {
    if (request.headers['content-type'] !== 'application/json') {
      this.violations.push('a body that is not said to be JSON')
      return undefined
    }
    try {
      return JSON.parse(text) as Record<string, unknown>
    } catch {
      this.violations.push('a body that is no JSON')
      return undefined
    }
  }

  #refusalOf(channel: string): { status: number; code: string } | undefined {
    if (this.fault === 'queue_full') return { status: 429, code: 'queue_full' }
    if (!this.live.has(channel)) return { status: 400, code: 'not_live' }
    return (this.segments.get(channel) ?? 0) < 3 ? { status: 409, code: 'no_segments' } : undefined
  }

  #create(body: Record<string, unknown>, channel: string, response: ServerResponse): void {
    for (const [name, value] of Object.entries(body))
      if (typeof value !== bodyForm[name as keyof typeof bodyForm]) this.violations.push(`create: ${name}`)
    for (const name of Object.keys(bodyForm)) if (!(name in body)) this.violations.push(`create lacks ${name}`)
    const [requestId, title, duration] = [String(body.request_id), String(body.title), Number(body.duration)]
    if (title === '' || title.length > 100 || duration < 5 || duration > 120) this.violations.push('create: form')
    const refusal = this.#refusalOf(channel)
    if (refusal !== undefined) {
      send(response, refusal.status, { success: false, error_code: refusal.code })
      return
    }
    const known = this.#urls.get(requestId)
    const watchUrl = known ?? `https://clips.example/watch/${this.#urls.size + 1}`
    if (known === undefined) {
      this.#urls.set(requestId, watchUrl)
      const [username, guild] = [String(body.username), String(body.discord_server_id)]
      this.cut.push({ requestId, channel, duration, title, username, guild })
    }
    if (this.fault === 'lost_answer') {
      this.fault = undefined
      response.destroy()
      return
    }
    send(response, 200, { success: true, watch_url: watchUrl })
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
}
