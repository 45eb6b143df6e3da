import { request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import { isIP } from 'node:net'
import { z } from 'zod'
import { messageOf } from './errors.ts'
import { isPublicAddress, publicLookup } from './outside.ts'

/** Clip services that an operator lets servers use; nothing else is ever asked. */
export type ClipHosts = readonly string[]

/**
 * The origin of an address that a server may use, or undefined: https, without a user or a path, and among the hosts that the operator
 * lists. One that is listed with its scheme (`http://127.0.0.1:9000`) is taken at its word; a name must lead out of our networks.
 */
export function clipOrigin(typed: string, hosts: ClipHosts): string | undefined {
  let url: URL
  try {
    url = new URL(typed.trim())
  } catch {
    return undefined // the only way to ask whether it is an address
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '' || url.pathname !== '/')
    return undefined
  if (hosts.includes(url.origin)) return url.origin
  return url.protocol === 'https:' && hosts.includes(url.host) ? url.origin : undefined
}

export interface ClipCall {
  readonly origin: string
  readonly key: string
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: object
  /** The same for the same wish, however often it is asked. */
  readonly requestId?: string
}

/** What the service said; `unreachable` may heal. */
export type ClipAnswer =
  | { readonly kind: 'answer'; readonly status: number; readonly body: unknown }
  | { readonly kind: 'unreachable'; readonly reason: string }

const timeoutMs = 40_000
const longestAnswer = 65_536

/** Asks a clip service. A redirect is not followed, an answer longer than 64 KB not read; never throws. */
export function callClipService(call: ClipCall, hosts: ClipHosts): Promise<ClipAnswer> {
  const { origin } = call
  if (clipOrigin(origin, hosts) !== origin)
    return Promise.resolve({ kind: 'unreachable', reason: 'the operator does not list this host any more' })
  const url = new URL(call.path, origin)
  const isTrusted = hosts.includes(origin)
  const bare = url.hostname.replace(/^\[|\]$/g, '')
  if (!isTrusted && isIP(bare) !== 0 && !isPublicAddress(bare))
    return Promise.resolve({ kind: 'unreachable', reason: 'the address lies in a private network' })
  const body = call.body === undefined ? undefined : JSON.stringify(call.body)
  return new Promise((resolve) => {
    const fail = (err: unknown) => resolve({ kind: 'unreachable', reason: messageOf(err) })
    const send = url.protocol === 'https:' ? secureRequest : plainRequest
    const request = send(url, {
      method: call.method,
      signal: AbortSignal.timeout(timeoutMs),
      ...(isTrusted ? {} : { lookup: publicLookup() }),
      headers: {
        'X-API-Key': call.key,
        Accept: 'application/json',
        'User-Agent': 'belfry/0.1',
        ...(body !== undefined && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }),
        ...(call.requestId !== undefined && { 'X-Request-Id': call.requestId, 'Idempotency-Key': call.requestId }),
      },
    })
    request.on('error', fail)
    request.on('response', (response) => {
      const parts: Buffer[] = []
      let length = 0
      response.on('data', (part: Buffer) => {
        length += part.length
        if (length > longestAnswer) request.destroy(new Error('the answer is too long'))
        else parts.push(part)
      })
      response.on('error', fail)
      response.on('end', () => {
        const text = Buffer.concat(parts).toString()
        resolve({ kind: 'answer', status: response.statusCode ?? 0, body: parsed(text) })
      })
    })
    request.end(body)
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // then it is no answer of a clip service
  }
}

// --- What it says -------------------------------------------------------------------------------------------------------

const words = z.object({
  clip_url: z.string().optional(),
  watch_url: z.string().optional(),
  url: z.string().optional(),
  error_code: z.string().optional(),
  code: z.string().optional(),
  error: z.string().optional(),
})

export type ClipResult =
  | { readonly kind: 'made'; readonly url: string }
  | { readonly kind: 'refused'; readonly code: ClipRefusal }
  /** Worth asking again. */
  | { readonly kind: 'unavailable'; readonly reason: string }

export const clipRefusals = ['not_live', 'no_buffer', 'key', 'busy', 'failed'] as const
export type ClipRefusal = (typeof clipRefusals)[number]

const codes: Readonly<Record<string, ClipRefusal>> = {
  not_live: 'not_live',
  not_recording: 'not_live',
  no_buffer: 'no_buffer',
  no_segments: 'no_buffer',
  queue_full: 'busy',
  busy: 'busy',
}

/** What became of a wish, by the answer to it. */
export function readClip(answer: ClipAnswer): ClipResult {
  if (answer.kind === 'unreachable') return { kind: 'unavailable', reason: answer.reason }
  const read = words.safeParse(answer.body)
  const said = read.success ? read.data : {}
  const code = codes[said.error_code ?? ''] ?? codes[said.code ?? ''] ?? codes[said.error ?? '']
  if (code !== undefined) return { kind: 'refused', code }
  if (answer.status === 401 || answer.status === 403) return { kind: 'refused', code: 'key' }
  if (answer.status === 429 || answer.status >= 500) return { kind: 'unavailable', reason: `answer ${answer.status}` }
  const url = said.watch_url ?? said.clip_url ?? said.url ?? ''
  const isGood = answer.status >= 200 && answer.status < 300 && /^https:\/\/[^\s<>"@]{3,480}$/.test(url)
  return isGood ? { kind: 'made', url } : { kind: 'refused', code: 'failed' }
}

const status = z.object({ recording: z.boolean().optional(), is_recording: z.boolean().optional() })

/** Whether the service records a channel, by its answer; undefined when it does not tell. */
export function readRecording(answer: ClipAnswer): boolean | undefined {
  if (answer.kind === 'unreachable') return undefined
  if (answer.status === 404) return false
  const read = status.safeParse(answer.body)
  if (answer.status !== 200 || !read.success) return undefined
  return read.data.recording ?? read.data.is_recording ?? false
}
