import { z } from 'zod'
import type { Clock } from '../clock.ts'
import { messageOf } from '../errors.ts'
import { Counter, registry } from '../metrics.ts'
import type { Bucket } from './bucket.ts'

const requests = new Counter({
  name: 'bot_kick_requests_total',
  help: 'Requests to Kick, by route and by HTTP status or "none" when no answer came.',
  labelNames: ['route', 'status'],
  registers: [registry],
})

const timeoutMs = 10_000
const mostAttempts = 4
const longestWaitMs = 60_000
const longestText = 300

/**
 * Kick did not do what it was asked. `status` is the HTTP status, or null when no answer came. The text is for logs: it is
 * short, and tokens and secrets are cut out of it.
 */
export class KickError extends Error {
  override readonly name = 'KickError'
  readonly status: number | null
  /** Whether the same request may succeed later. */
  readonly isRetryable: boolean
  /** How long Kick wants to be left alone, when it says so. */
  readonly retryAfterMs: number | null

  constructor(p: {
    route: string
    status: number | null
    text: string
    isRetryable: boolean
    retryAfterMs?: number | null
    cause?: unknown
  }) {
    const what = p.status === null ? 'no answer' : `answer ${p.status}`
    super(
      `Kick: ${p.route}: ${what}${p.text === '' ? '' : `: ${p.text}`}`,
      p.cause === undefined ? {} : { cause: p.cause },
    )
    this.status = p.status
    this.isRetryable = p.isRetryable
    this.retryAfterMs = p.retryAfterMs ?? null
  }
}

export interface Ask<T> {
  method: 'GET' | 'POST' | 'DELETE'
  base: string
  path: string
  query?: URLSearchParams
  accessToken?: string
  json?: unknown
  form?: Record<string, string>
  /** What a success holds; without it the body is not read. */
  answer?: z.ZodType<T>
  bucket?: Bucket
  /** False for what must not happen twice: repeated only when Kick surely did nothing. */
  isRepeatable?: boolean
  /** Words that must not appear in an error. */
  secrets?: readonly string[]
}

export interface Http {
  ask<T>(ask: Ask<T>): Promise<T>
}

/** What may be wrong with one attempt. */
interface Fault {
  error: KickError
  /** Whether Kick certainly did nothing with the request. */
  isUntouched: boolean
}

type Outcome<T> = { kind: 'done'; value: T } | ({ kind: 'fault' } & Fault)

/**
 * Sends requests with a time limit, reads answers through a schema, and repeats what may heal: 429 (as late as
 * `Retry-After` says), 5xx, lost connections, blocks by the edge, and pages where JSON was due. At most four attempts.
 */
export function createHttp(p: {
  fetch: typeof fetch
  clock: Clock
  wait: (ms: number) => Promise<void>
  contact: string | undefined
}): Http {
  // The edge in front of Kick blocks servers that do not say who they are.
  const userAgent = p.contact === undefined ? 'belfry/0.1' : `belfry/0.1 (+${p.contact})`
  return {
    async ask<T>(ask: Ask<T>): Promise<T> {
      for (let attempt = 1; ; attempt++) {
        await turnOf(ask, p.wait)
        const outcome = await attemptOnce(ask, { ...p, userAgent })
        if (outcome.kind === 'done') return outcome.value
        const { error, isUntouched } = outcome
        const mayRepeat = error.isRetryable && (ask.isRepeatable !== false || isUntouched)
        const waitMs = error.retryAfterMs ?? backOffMs(attempt)
        if (!mayRepeat || attempt === mostAttempts || waitMs > longestWaitMs) throw error
        await p.wait(waitMs)
      }
    },
  }
}

/** One second, then twice as long each time, up to a minute; between half and all of it, so that processes spread out. */
const backOffMs = (attempt: number): number =>
  Math.min(longestWaitMs, 1_000 * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2)

async function turnOf(ask: Ask<unknown>, wait: (ms: number) => Promise<void>): Promise<void> {
  const waitMs = ask.bucket?.take(longestWaitMs)
  if (waitMs === null) {
    throw new KickError({ route: routeOf(ask), status: null, text: 'our own limit is used up', isRetryable: true })
  }
  if (waitMs !== undefined && waitMs > 0) await wait(waitMs)
}

const routeOf = (ask: Ask<unknown>): string => `${ask.method} ${ask.path}`

async function attemptOnce<T>(
  ask: Ask<T>,
  p: { fetch: typeof fetch; clock: Clock; userAgent: string },
): Promise<Outcome<T>> {
  const route = routeOf(ask)
  let response: Response
  let text: string
  try {
    response = await p.fetch(urlOf(ask), requestOf(ask, p.userAgent))
    text = await response.text()
  } catch (cause) {
    requests.inc({ route, status: 'none' })
    const isUntouched = neverConnected.has(codeOf(cause))
    const error = new KickError({ route, status: null, text: cleaned(messageOf(cause), ask), isRetryable: true, cause })
    return { kind: 'fault', error, isUntouched }
  }
  requests.inc({ route, status: String(response.status) })
  if (!response.ok) return { kind: 'fault', ...refusalOf(ask, response, text, p.clock) }
  return read(ask, response.status, text)
}

function urlOf(ask: Ask<unknown>): string {
  const query = ask.query?.toString() ?? ''
  return `${ask.base}${ask.path}${query === '' ? '' : `?${query}`}`
}

function requestOf(ask: Ask<unknown>, userAgent: string): RequestInit {
  const body = ask.form
    ? new URLSearchParams(ask.form).toString()
    : ask.json === undefined
      ? null
      : JSON.stringify(ask.json)
  const type = ask.form ? 'application/x-www-form-urlencoded' : ask.json === undefined ? null : 'application/json'
  return {
    method: ask.method,
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
    body,
    headers: {
      'User-Agent': userAgent,
      Accept: 'application/json',
      ...(type !== null && { 'Content-Type': type }),
      ...(ask.accessToken !== undefined && { Authorization: `Bearer ${ask.accessToken}` }),
    },
  }
}

function read<T>(ask: Ask<T>, status: number, text: string): Outcome<T> {
  // Callers without a schema take nothing.
  if (!ask.answer) return { kind: 'done', value: undefined as T }
  const route = routeOf(ask)
  const value = jsonOf(text)
  if (value === undefined) {
    const error = new KickError({ route, status, text: 'the answer is not JSON', isRetryable: true })
    return { kind: 'fault', error, isUntouched: false }
  }
  const result = ask.answer.safeParse(value)
  if (result.success) return { kind: 'done', value: result.data }
  const where = result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.code}`).slice(0, 5)
  const error = new KickError({ route, status, text: `unexpected answer: ${where.join(', ')}`, isRetryable: false })
  return { kind: 'fault', error, isUntouched: false }
}

const edgeBlock = z.object({ reference: z.unknown(), message: z.undefined().optional() })

function refusalOf(ask: Ask<unknown>, response: Response, text: string, clock: Clock): Fault {
  const { status } = response
  const body = jsonOf(text)
  // A 403 with a `reference` and without a `message`, or one that is a page, comes from the network in front of Kick.
  const isEdge = status === 403 && (body === undefined || edgeBlock.safeParse(body).success)
  const isRetryable = isEdge || status === 429 || status >= 500
  const retryAfterMs = isRetryable ? retryAfterOf(response, clock) : null
  const error = new KickError({ route: routeOf(ask), status, text: cleaned(text, ask), isRetryable, retryAfterMs })
  return { error, isUntouched: isEdge || status === 429 }
}

/** Seconds or a date, as RFC 9110 allows. */
function retryAfterOf(response: Response, clock: Clock): number | null {
  const value = response.headers.get('retry-after')
  if (value === null) return null
  if (/^\d+$/.test(value)) return Number(value) * 1_000
  const at = Date.parse(value)
  return Number.isNaN(at) ? null : Math.max(0, at - clock.now())
}

/** Undefined for what is not JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Pages and empty bodies are expected here.
    return undefined
  }
}

/** Failures before anything was sent. */
const neverConnected = new Set<unknown>(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'])

const codeOf = (error: unknown): unknown => {
  const cause = error instanceof Error ? error.cause : undefined
  return typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined
}

/** Cuts out what the request carried in secret and everything that looks like a token, then the length. */
function cleaned(text: string, ask: Ask<unknown>): string {
  let rest = text
  for (const secret of [...(ask.secrets ?? []), ask.accessToken ?? '']) {
    if (secret !== '') rest = rest.replaceAll(secret, '[…]')
  }
  rest = rest
    .replace(/[\w.~+/-]{32,}/g, '[…]')
    .replace(/\s+/g, ' ')
    .trim()
  return rest.length > longestText ? `${rest.slice(0, longestText)}…` : rest
}
