import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type KickUserId, kickUserId } from '../../../cluster/runtime/ids.ts'
import { createKick, type Kick, KickError, type KickOptions } from '../../../cluster/runtime/kick.ts'
import { challengeOf, KickStandIn, type KickStandInOptions, newKeyPair } from '../../standins/kick/index.ts'

const keys = await newKeyPair()
const redirectUri = 'http://localhost:3000/kick/callback'

let now: number
let standIn: KickStandIn
let kick: Kick
/** How long the client wanted to wait; it is never made to. */
let waits: number[]

async function started(options: KickStandInOptions = {}, client: Partial<KickOptions> = {}): Promise<void> {
  standIn = new KickStandIn({ seed: 'client', clock: () => now, keys, ...options })
  await standIn.start()
  standIn.registerRedirect(redirectUri)
  kick = createKick({
    idUrl: standIn.idUrl,
    apiUrl: standIn.apiUrl,
    clientId: standIn.clientId,
    clientSecret: standIn.clientSecret,
    clock: { now: () => now, monotonic: () => now },
    wait: async (ms) => {
      waits.push(ms)
      now += ms
    },
    ...client,
  })
}

beforeEach(async () => {
  now = Date.UTC(2026, 3, 1, 12)
  waits = []
})
afterEach(() => standIn.stop())

const requestsTo = (path: string) => standIn.control.requests.filter((one) => one.path === path)
const idOf = (user: { userId: number }): KickUserId => kickUserId(user.userId)

describe('channels', () => {
  it('are found by name, and with the other separator', async () => {
    await started()
    const channel = standIn.control.addChannel({ username: 'Some_Name' })
    standIn.control.goLive(channel, { startedAt: now, title: 'los' })
    expect(await kick.channelBySlug('@Some_Name')).toEqual({
      kind: 'found',
      channel: {
        userId: idOf(channel),
        slug: 'some-name',
        title: 'los',
        category: channel.category.name,
        isLive: true,
        startedAt: now,
        viewerCount: 1,
      },
    })
    expect(requestsTo('/public/v1/channels').map((one) => one.query)).toEqual(['slug=some_name', 'slug=some-name'])
  })

  it.each(['empty', 'bad_request'] as const)('are not found when the answer is %s', async (unknownSlug) => {
    await started({ faults: { unknownSlug } })
    expect(await kick.channelBySlug('some_body')).toEqual({ kind: 'not_found' })
    expect(await kick.channelBySlug('not a name')).toEqual({ kind: 'not_found' })
    expect(requestsTo('/public/v1/channels')).toHaveLength(2)
  })

  it('are read by id in batches of fifty, without the ones that are unknown', async () => {
    await started()
    const channels = Array.from({ length: 60 }, () => standIn.control.addChannel())
    const found = await kick.channelsByIds([...channels.map(idOf), kickUserId(1)])
    expect(found.map((one) => one.userId)).toEqual(channels.map(idOf))
    expect(found[0]).toMatchObject({ isLive: false, startedAt: null })
    expect(requestsTo('/public/v1/channels')).toHaveLength(2)
  })

  it('are live or not, by the old endpoint and by its successor', async () => {
    await started()
    const [live, offline] = [standIn.control.addChannel(), standIn.control.addChannel()]
    standIn.control.goLive(live, { startedAt: now - 60_000 })
    const { slug, title, category } = live
    const expected = [
      { userId: idOf(live), slug, title, category: category.name, startedAt: now - 60_000, viewerCount: 1 },
    ]
    const ids = [idOf(live), idOf(offline)]
    expect(await kick.livestreamsByIds(ids)).toEqual(expected)
    await standIn.stop()
    const gone: typeof fetch = async (url, init) =>
      String(url).includes('/public/v1/livestreams') ? new Response('', { status: 410 }) : fetch(url, init)
    await started({}, { fetch: gone })
    const again = standIn.control.addChannel()
    standIn.control.goLive(again, { startedAt: now - 60_000 })
    expect(await kick.livestreamsByIds([idOf(again)])).toMatchObject([{ userId: idOf(again), startedAt: now - 60_000 }])
  })
})

describe('the app token', () => {
  it('is asked for once by many, and again after four fifths of its life', async () => {
    await started()
    const channel = standIn.control.addChannel()
    await Promise.all(Array.from({ length: 5 }, () => kick.channelsByIds([idOf(channel)])))
    expect(requestsTo('/oauth/token')).toHaveLength(1)
    now += 0.8 * 5_184_000_000
    await kick.channelsByIds([idOf(channel)])
    expect(requestsTo('/oauth/token')).toHaveLength(2)
  })

  it('is replaced when Kick has ended it early, once', async () => {
    await started()
    const channel = standIn.control.addChannel()
    await kick.channelsByIds([idOf(channel)])
    standIn.control.expireTokens('app')
    expect(await kick.channelsByIds([idOf(channel)])).toHaveLength(1)
    standIn.control.failRequests({ kind: '401', times: 99, path: '/public/*' })
    await expect(kick.channelsByIds([idOf(channel)])).rejects.toMatchObject({ status: 401, isRetryable: false })
    expect(requestsTo('/public/v1/channels')).toHaveLength(5)
  })

  it('understands a lifetime that comes as text', async () => {
    await started({ faults: { expiresInAsText: true } })
    expect(await kick.channelsByIds([idOf(standIn.control.addChannel())])).toHaveLength(1)
  })
})

describe('repeating', () => {
  it.each(['429', '500_empty', '500_json', 'edge_403', 'html', 'reset'] as const)('heals %s', async (kind) => {
    await started()
    standIn.control.failRequests({ kind, times: 2, path: '/public/*' })
    expect(await kick.publicKey()).toBe(standIn.publicKeyPem)
    expect(waits).toHaveLength(2)
    expect(waits[0]).toBeGreaterThanOrEqual(500)
    expect(waits[0]).toBeLessThanOrEqual(1_000)
  })

  it('waits as long as Kick asks for, and no longer than a minute', async () => {
    await started()
    standIn.control.failRequests({ kind: '429_retry_after', retryAfterSeconds: 7, path: '/public/*' })
    await kick.publicKey()
    expect(waits).toEqual([7_000])
    standIn.control.failRequests({ kind: '429_retry_after', retryAfterSeconds: 3_600, path: '/public/*' })
    await expect(kick.publicKey()).rejects.toMatchObject({ status: 429, retryAfterMs: 3_600_000, isRetryable: true })
  })

  it('ends after four attempts', async () => {
    await started()
    standIn.control.failRequests({ kind: '500_empty', times: 99, path: '/public/*' })
    await expect(kick.publicKey()).rejects.toMatchObject({ name: 'KickError', status: 500 })
    expect(requestsTo('/public/v1/public-key')).toHaveLength(4)
  })

  it('does not happen for what will not heal', async () => {
    await started()
    const viewer = standIn.control.addViewer()
    const { access_token } = standIn.control.grant(viewer, ['user:read'])
    const line = { content: 'hi', as: { kind: 'bot' } } as const
    await expect(kick.sendChat(access_token, line)).rejects.toMatchObject({ status: 403, isRetryable: false })
    expect(requestsTo('/public/v1/chat')).toHaveLength(1)
  })

  it('spreads requests out when there are more than the limit', async () => {
    await started({}, { requestsPerMinute: 60 })
    for (let i = 0; i < 32; i++) await kick.publicKey()
    expect(waits).toEqual([1_000, 1_000])
  })
})

describe('event subscriptions', () => {
  it('are made, listed and removed', async () => {
    await started()
    const channel = standIn.control.addChannel()
    const results = await kick.subscriptions.create(idOf(channel), ['chat.message.sent', 'no.such.event'])
    expect(results).toEqual([
      { kind: 'created', event: 'chat.message.sent', id: standIn.control.subscriptions[0]?.id },
      { kind: 'failed', event: 'no.such.event', reason: 'unknown event' },
    ])
    const listed = await kick.subscriptions.list(idOf(channel))
    expect(listed).toEqual([
      { id: expect.any(String), broadcasterId: idOf(channel), event: 'chat.message.sent', version: 1 },
    ])
    await kick.subscriptions.delete(listed.map((row) => row.id))
    expect(await kick.subscriptions.list()).toEqual([])
  })

  it.each(['bad_request', 'row_error'] as const)(
    'stop at the limit of one type without stopping the others (%s)',
    async (subscriptionLimitAs) => {
      await started({ chatSubscriptionLimit: 0, faults: { subscriptionLimitAs } })
      const channel = standIn.control.addChannel()
      expect(await kick.subscriptions.create(idOf(channel), ['chat.message.sent', 'channel.followed'])).toEqual([
        { kind: 'limit_reached', event: 'chat.message.sent' },
        { kind: 'created', event: 'channel.followed', id: expect.any(String) },
      ])
    },
  )

  it('report a row with an error inside a 200', async () => {
    await started({ faults: { subscriptionRowErrors: ['kicks.gifted'] } })
    const channel = standIn.control.addChannel()
    expect(await kick.subscriptions.create(idOf(channel), ['kicks.gifted'])).toEqual([
      { kind: 'failed', event: 'kicks.gifted', reason: 'failed to create subscription' },
    ])
  })
})

describe('signing in', () => {
  const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'

  async function codeFor(username: string): Promise<string> {
    standIn.control.setVisitor(standIn.control.addViewer({ username }))
    const url = kick.oauth.authorizeUrl({
      redirectUri,
      scopes: ['user:read', 'chat:write'],
      state: 'a state & more',
      challenge: challengeOf(verifier),
    })
    const response = await fetch(url, { redirect: 'manual' })
    const target = new URL(response.headers.get('location') ?? '')
    expect(target.searchParams.get('state')).toBe('a state & more')
    return target.searchParams.get('code') ?? ''
  }

  it('goes from the code to the person, renews and ends', async () => {
    await started()
    const result = await kick.oauth.exchange({ code: await codeFor('Ana_Lu'), redirectUri, verifier })
    if (result.kind !== 'tokens') throw new Error(result.reason)
    expect(result.tokens).toMatchObject({ expiresInSeconds: 7_200, scopes: ['user:read', 'chat:write'] })
    expect(await kick.me(result.tokens.accessToken)).toMatchObject({ username: 'Ana_Lu' })
    const renewed = await kick.oauth.refresh(result.tokens.refreshToken)
    expect(renewed.kind).toBe('tokens')
    await kick.revoke(result.tokens.refreshToken, 'refresh_token')
    await kick.revoke('unknown', 'access_token')
    await expect(kick.me(result.tokens.accessToken)).rejects.toMatchObject({ status: 401 })
  })

  it.each(['oauth', 'vendor', 'message'] as const)(
    'says when a code or a token is no good (%s)',
    async (oauthErrors) => {
      await started({ faults: { oauthErrors } })
      const code = await codeFor('Ana_Lu')
      expect((await kick.oauth.exchange({ code, redirectUri, verifier: `${verifier}x` })).kind).toBe('refused')
      expect((await kick.oauth.exchange({ code, redirectUri, verifier })).kind).toBe('refused')
      expect((await kick.oauth.refresh('unknown')).kind).toBe('refused')
    },
  )

  it('does not take our own wrong secret for a refusal of the person', async () => {
    await started({}, { clientSecret: 'wrong' })
    await expect(kick.oauth.refresh('unknown')).rejects.toMatchObject({ status: 401 })
  })

  it('does not take an outage for a refusal', async () => {
    await started()
    standIn.control.failRequests({ kind: '500_empty', times: 99, path: '/oauth/token' })
    await expect(kick.oauth.refresh('unknown')).rejects.toMatchObject({ status: 500, isRetryable: true })
  })
})

describe('chat', () => {
  it('is said as the bot in the owner of the token’s channel, or as a person anywhere', async () => {
    await started()
    const [owner, other] = [standIn.control.addChannel(), standIn.control.addChannel()]
    const { access_token } = standIn.control.grant(owner, ['chat:write'])
    const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/)
    expect(await kick.sendChat(access_token, { content: 'hi', as: { kind: 'bot' } })).toEqual({ messageId: uuid })
    const asUser = { kind: 'user', broadcasterId: idOf(other) } as const
    expect(await kick.sendChat(access_token, { content: 'hi', as: asUser })).toEqual({ messageId: uuid })
  })

  it('fails when Kick says 200 and did not send it', async () => {
    await started({ faults: { chatNotSent: true } })
    const { access_token } = standIn.control.grant(standIn.control.addChannel(), ['chat:write'])
    const sending = kick.sendChat(access_token, { content: 'hi', as: { kind: 'bot' } })
    await expect(sending).rejects.toThrow('not sent')
  })

  it.each([
    ['500_empty', 1],
    ['reset', 1],
    ['edge_403', 2],
    ['429', 2],
  ] as const)('is said again only when it surely was not heard: %s', async (kind, requests) => {
    await started()
    const { access_token } = standIn.control.grant(standIn.control.addChannel(), ['chat:write'])
    standIn.control.failRequests({ kind, path: '/public/v1/chat' })
    const sending = kick.sendChat(access_token, { content: 'hi', as: { kind: 'bot' } })
    if (requests === 1) await expect(sending).rejects.toMatchObject({ isRetryable: true })
    else await sending
    expect(requestsTo('/public/v1/chat')).toHaveLength(requests)
  })
})

describe('errors', () => {
  const answering = (status: number, body: string) => ({
    fetch: (async (_: unknown, init?: RequestInit) => {
      const sent = `${JSON.stringify(init?.headers)} ${String(init?.body)}`
      return new Response(
        body.replace('SENT', () => JSON.stringify(sent).slice(1, -1)),
        { status },
      )
    }) as typeof fetch,
  })

  it('hold no token, code or secret, even when Kick repeats them, and stay short', async () => {
    await started()
    const echo = createKick({
      idUrl: 'http://id.invalid',
      apiUrl: 'http://api.invalid',
      clientId: 'client',
      clientSecret: 'hush-hush',
      ...answering(403, `{"message":"no: SENT ${'word '.repeat(200)}"}`),
    })
    const errors = await Promise.all([
      echo.me('short-token').catch((error: unknown) => error),
      echo.oauth.exchange({ code: 'the-code', redirectUri, verifier: 'the-verifier' }).catch((error: unknown) => error),
      echo.revoke('the-token', 'access_token').catch((error: unknown) => error),
    ])
    for (const error of errors) {
      expect(error).toBeInstanceOf(KickError)
      const text = error instanceof Error ? error.message : ''
      expect(text).not.toMatch(/short-token|hush-hush|the-code|the-verifier|the-token/)
      expect(text.length).toBeLessThan(400)
    }
  })

  it('name the fields of an answer that is not as expected, and are not repeated', async () => {
    await started()
    const odd = createKick({
      idUrl: 'http://id.invalid',
      apiUrl: 'http://api.invalid',
      clientId: 'client',
      clientSecret: 'secret',
      ...answering(200, '{"data":[{"user_id":"x","name":"n"}]}'),
    })
    await expect(odd.me('token')).rejects.toMatchObject({ isRetryable: false, message: /data\.0\.user_id/ })
  })
})

it('says who it is with every request', async () => {
  await started({}, { contact: 'https://belfry.example' })
  await kick.publicKey()
  expect(requestsTo('/public/v1/public-key')[0]?.userAgent).toBe('belfry/0.1 (+https://belfry.example)')
})
