import { sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { checkSignature, type SignedRequest } from '../../../cluster/ingress/kick/signature.ts'
import { newKeyPair } from '../../standins/kick/index.ts'

const [own, other] = await Promise.all([newKeyPair(), newKeyPair()])
const now = Date.UTC(2026, 3, 1, 12)
const id = '01JQ8Z5T9GXKPN4V7W2YC3MDRS'
const body = Buffer.from('{"content":"gr\\u00f6\\/\u00dfer 🎉"}')

function signed(p: { id?: string; timestamp?: string; body?: Buffer; by?: typeof own } = {}): SignedRequest {
  const request = { id: p.id ?? id, timestamp: p.timestamp ?? '2026-04-01T12:00:00Z', body: p.body ?? body }
  const bytes = Buffer.concat([Buffer.from(`${request.id}.${request.timestamp}.`), request.body])
  return { ...request, signature: sign('sha256', bytes, (p.by ?? own).privateKey).toString('base64') }
}

const check = (request: SignedRequest) => checkSignature(request, [own.publicKey], now)

describe('a genuine webhook', () => {
  it('is accepted, with its id and the time it was sent', () => {
    expect(check(signed())).toEqual({ kind: 'ok', id, sentAt: now })
  })

  it('is accepted from any of the keys', () => {
    const keys = [own.publicKey, other.publicKey]
    expect(checkSignature(signed({ by: other }), keys, now).kind).toBe('ok')
  })

  it.each([
    ['2026-04-01T12:00:00.123456Z', now + 123],
    ['2026-04-01T23:00:00+11:00', now],
  ])('may write its time as %s', (timestamp, sentAt) => {
    expect(check(signed({ timestamp }))).toEqual({ kind: 'ok', id, sentAt })
  })

  it.each([
    ['2026-04-01T11:45:00Z', 'ok'],
    ['2026-04-01T11:44:59Z', 'stale'],
    ['2026-04-01T12:02:00Z', 'ok'],
    ['2026-04-01T12:02:01Z', 'future'],
  ])('sent at %s is %s', (timestamp, kind) => {
    expect(check(signed({ timestamp })).kind).toBe(kind)
  })
})

describe('a forged webhook', () => {
  it('is refused when any signed part differs', () => {
    const genuine = signed()
    expect(check({ ...genuine, body: Buffer.concat([body, Buffer.from(' ')]) }).kind).toBe('bad_signature')
    expect(check({ ...genuine, id: id.replace('S', 'T') }).kind).toBe('bad_signature')
    expect(check({ ...genuine, timestamp: '2026-04-01T12:00:01Z' }).kind).toBe('bad_signature')
    expect(check(signed({ by: other })).kind).toBe('bad_signature')
  })

  it('is refused when its body was parsed and written again', () => {
    const rewritten = Buffer.from(JSON.stringify(JSON.parse(body.toString())))
    expect(check({ ...signed(), body: rewritten }).kind).toBe('bad_signature')
  })

  it('tells nothing about its age', () => {
    expect(check(signed({ by: other, timestamp: '2020-01-01T00:00:00Z' })).kind).toBe('bad_signature')
  })
})

describe('a malformed webhook', () => {
  it.each([
    ['id', { id: undefined }],
    ['id', { id: '' }],
    ['id', { id: id.toLowerCase() }],
    ['id', { id: `${id}0` }],
    ['id', { id: id.replace('Q', 'U') }],
    ['id', { id: `${id}\n` }],
    ['id', { id: `${id}.2026-04-01T12:00:00Z` }],
    ['timestamp', { timestamp: undefined }],
    ['timestamp', { timestamp: '1775044800' }],
    ['timestamp', { timestamp: '2026-04-01 12:00:00Z' }],
    ['timestamp', { timestamp: '2026-04-01T12:00:00' }],
    ['timestamp', { timestamp: '2026-13-01T12:00:00Z' }],
    ['timestamp', { timestamp: '2026-04-01T12:00:00Z.{"a":1}' }],
    ['signature', { signature: undefined }],
    ['signature', { signature: '' }],
    ['signature', { signature: 'AAAA' }],
    ['signature', { signature: `${'A'.repeat(342)}=*` }],
    ['signature', { signature: `${'A'.repeat(341)}B==` }],
    ['signature', { signature: 'A'.repeat(100_000) }],
  ] as const)('is refused for its %s: %j', (what, changes) => {
    expect(check({ ...signed(), ...changes })).toEqual({ kind: 'malformed', what })
  })

  it('cannot move the border between time and body', () => {
    const genuine = signed({ body: Buffer.from('a.b') })
    const moved = { ...genuine, timestamp: `${genuine.timestamp}.a`, body: Buffer.from('b') }
    expect(check(moved)).toEqual({ kind: 'malformed', what: 'timestamp' })
  })
})
