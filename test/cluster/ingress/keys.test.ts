import { sign } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { PublicKeys, type PublicKeysOptions } from '../../../cluster/ingress/kick/keys.ts'
import type { SignedRequest } from '../../../cluster/ingress/kick/signature.ts'
import { newKeyPair } from '../../standins/kick/index.ts'

const [first, second] = await Promise.all([newKeyPair(), newKeyPair()])
const pemOf = (pair: typeof first) => pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()

let now: number
let fetches: number
/** What Kick answers when asked for its key. */
let answer: () => Promise<string>

beforeEach(() => {
  now = Date.UTC(2026, 3, 1, 12)
  fetches = 0
  answer = async () => pemOf(first)
})

const keysWith = (options: Partial<PublicKeysOptions> = {}) =>
  new PublicKeys({
    fetchKey: () => {
      fetches++
      return answer()
    },
    clock: { now: () => now, monotonic: () => now },
    ...options,
  })

function webhook(by: typeof first): SignedRequest {
  const id = '01JQ8Z5T9GXKPN4V7W2YC3MDRS'
  const timestamp = `${new Date(now).toISOString().slice(0, 19)}Z`
  const body = Buffer.from('{}')
  const bytes = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body])
  return { id, timestamp, body, signature: sign('sha256', bytes, by.privateKey).toString('base64') }
}

describe('the key', () => {
  it('is fetched once for many webhooks', async () => {
    const keys = keysWith()
    const verdicts = await Promise.all(Array.from({ length: 20 }, () => keys.check(webhook(first))))
    expect(verdicts.map((one) => one.kind)).toEqual(Array(20).fill('ok'))
    await keys.check(webhook(first))
    expect(fetches).toBe(1)
  })

  it('is fetched again after a day, and stays in use when that fails', async () => {
    const failures: unknown[] = []
    const keys = keysWith({ onFetchFailed: (error) => failures.push(error) })
    await keys.check(webhook(first))
    now += 86_400_001
    answer = () => Promise.reject(new Error('outage'))
    expect((await keys.check(webhook(first))).kind).toBe('ok')
    expect([fetches, failures.length]).toEqual([2, 1])
  })

  it('is never asked for when it is pinned', async () => {
    const keys = keysWith({ pinned: pemOf(first) })
    await keys.warm()
    expect((await keys.check(webhook(first))).kind).toBe('ok')
    now += 10 * 86_400_000
    expect((await keys.check(webhook(second))).kind).toBe('bad_signature')
    expect(fetches).toBe(0)
    expect(() => keysWith({ pinned: 'no key' })).toThrow()
  })
})

describe('without a key', () => {
  it('nothing is accepted, and it is tried again', async () => {
    const keys = keysWith()
    answer = () => Promise.reject(new Error('outage'))
    await keys.warm()
    expect(await keys.check(webhook(first))).toEqual({ kind: 'no_key' })
    expect(fetches).toBe(1)
    now += 2_000
    answer = async () => pemOf(first)
    expect((await keys.check(webhook(first))).kind).toBe('ok')
  })

  it('a text that is no key counts as a failure', async () => {
    const keys = keysWith()
    answer = async () => '-----BEGIN PUBLIC KEY-----\nnonsense\n-----END PUBLIC KEY-----'
    expect(await keys.check(webhook(first))).toEqual({ kind: 'no_key' })
  })

  it('a webhook does not wait longer than its sender would', async () => {
    const keys = keysWith({ patienceMs: 1 })
    answer = () => new Promise(() => {})
    expect(await keys.check(webhook(first))).toEqual({ kind: 'no_key' })
  })
})

describe('after a rotation', () => {
  it('the new key is found by the first signature that fails, and the old one stays good for a day', async () => {
    const keys = keysWith()
    await keys.check(webhook(first))
    now += 5 * 60_000 + 1
    answer = async () => pemOf(second)
    const verdicts = await Promise.all(Array.from({ length: 5 }, () => keys.check(webhook(second))))
    expect(verdicts.map((one) => one.kind)).toEqual(Array(5).fill('ok'))
    expect(fetches).toBe(2)
    expect((await keys.check(webhook(first))).kind).toBe('ok')
    now += 86_400_000
    expect((await keys.check(webhook(first))).kind).toBe('bad_signature')
  })

  it('a young key is not asked for again', async () => {
    const keys = keysWith()
    await keys.check(webhook(first))
    now += 5 * 60_000
    expect((await keys.check(webhook(second))).kind).toBe('bad_signature')
    expect(fetches).toBe(1)
  })

  it('forgeries make it asked for once a minute at most', async () => {
    const keys = keysWith()
    await keys.check(webhook(first))
    now += 3_600_000
    answer = () => Promise.reject(new Error('outage'))
    for (let i = 0; i < 10; i++) expect((await keys.check(webhook(second))).kind).toBe('bad_signature')
    expect(fetches).toBe(2)
    now += 60_000
    await keys.check(webhook(second))
    expect(fetches).toBe(3)
  })
})
