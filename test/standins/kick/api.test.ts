import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KickStandIn, type KickUser, newKeyPair, type Scope } from './index.ts'

let now: number
let kick: KickStandIn
let appToken: string

const keys = await newKeyPair()

beforeEach(async () => {
  now = Date.UTC(2026, 3, 1, 12)
  kick = new KickStandIn({ seed: 'api', clock: () => now, keys, chatSubscriptionLimit: 3 })
  await kick.start()
  const response = await fetch(`${kick.idUrl}/oauth/token`, {
    method: 'POST',
    headers: { 'User-Agent': 'belfry-test/1' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: kick.clientId,
      client_secret: kick.clientSecret,
    }),
  })
  appToken = ((await response.json()) as { access_token: string }).access_token
})
afterEach(() => kick.stop())

interface Row {
  [field: string]: unknown
}
interface Answer {
  status: number
  data: Row[]
  body: Row
}

async function call(method: string, path: string, p: { token?: string; body?: unknown } = {}): Promise<Answer> {
  const response = await fetch(`${kick.apiUrl}${path}`, {
    method,
    headers: {
      'User-Agent': 'belfry-test/1',
      Authorization: `Bearer ${p.token ?? appToken}`,
      ...(p.body !== undefined && { 'Content-Type': 'application/json' }),
    },
    ...(p.body !== undefined && { body: JSON.stringify(p.body) }),
  })
  const text = await response.text()
  const body = text === '' ? {} : (JSON.parse(text) as Row)
  return { status: response.status, data: Array.isArray(body.data) ? body.data : [], body }
}

const subscribe = (channel: KickUser, ...names: string[]) =>
  call('POST', '/public/v1/events/subscriptions', {
    body: {
      broadcaster_user_id: channel.userId,
      method: 'webhook',
      events: names.map((name) => ({ name, version: 1 })),
    },
  })

const tokenOf = (user: KickUser, ...scopes: Scope[]) => kick.control.grant(user, scopes).access_token

describe('reading', () => {
  it('refuses a missing, unknown or expired token with 401', async () => {
    expect(await call('GET', '/public/v1/users?id=1', { token: 'nobody' })).toMatchObject({
      status: 401,
      body: { message: 'Unauthorized' },
    })
    kick.control.expireTokens('app')
    expect((await call('GET', '/public/v1/users?id=1')).status).toBe(401)
  })

  it('stops a client that does not say who it is at the edge', async () => {
    const response = await fetch(`${kick.apiUrl}/public/v1/public-key`)
    expect(response.status).toBe(403)
    expect(await response.json()).toEqual({ error: expect.any(String), reference: expect.any(String) })
  })

  it('finds channels by slug or by id, never by both and never by more than fifty', async () => {
    const channel = kick.control.addChannel({ username: 'Some_Name' })
    const bySlug = await call('GET', '/public/v1/channels?slug=some-name')
    expect(bySlug.data).toEqual([expect.objectContaining({ broadcaster_user_id: channel.userId, slug: 'some-name' })])
    const byId = await call('GET', `/public/v1/channels?broadcaster_user_id=${channel.userId}&broadcaster_user_id=1`)
    expect(byId.data).toHaveLength(1)
    expect((await call('GET', '/public/v1/channels?slug=a&broadcaster_user_id=1')).status).toBe(400)
    expect((await call('GET', '/public/v1/channels?broadcaster_user_id=1,2')).status).toBe(400)
    const many = Array.from({ length: 51 }, (_, id) => `broadcaster_user_id=${id}`).join('&')
    expect((await call('GET', `/public/v1/channels?${many}`)).status).toBe(400)
  })

  it('answers an unknown slug in both ways that were seen', async () => {
    kick.control.addChannel({ slug: 'known' })
    expect(await call('GET', '/public/v1/channels?slug=known&slug=unknown')).toMatchObject({
      status: 200,
      data: [{ slug: 'known' }],
    })
    kick.control.faults.unknownSlug = 'bad_request'
    expect(await call('GET', '/public/v1/channels?slug=known&slug=unknown')).toMatchObject({
      status: 400,
      body: { message: 'Invalid request' },
    })
  })

  it('keeps the id through a rename', async () => {
    const channel = kick.control.addChannel({ slug: 'before' })
    kick.control.rename(channel, 'After_Wards')
    expect((await call('GET', '/public/v1/channels?slug=before')).data).toEqual([])
    expect((await call('GET', '/public/v1/channels?slug=after-wards')).data[0]).toMatchObject({
      broadcaster_user_id: channel.userId,
    })
  })

  it('shows who is live, and lags behind the end when told to', async () => {
    const channel = kick.control.addChannel()
    kick.control.goLive(channel, { startedAt: now - 60_500 })
    const path = `/public/v1/livestreams?broadcaster_user_id=${channel.userId}`
    expect((await call('GET', path)).data).toEqual([
      expect.objectContaining({ broadcaster_user_id: channel.userId, started_at: '2026-04-01T11:58:59Z' }),
    ])
    const same = await call('GET', `/public/v1/users/livestreams?user_id=${channel.userId}`)
    expect(same.data[0]).toMatchObject({ broadcaster_user: { id: channel.userId } })
    kick.control.faults.liveLagMs = 20_000
    kick.control.goOffline(channel)
    expect((await call('GET', path)).data).toHaveLength(1)
    now += 20_000
    expect((await call('GET', path)).data).toEqual([])
  })
})

describe('chatting', () => {
  const say = (token: string, body: object) => call('POST', '/public/v1/chat', { token, body })

  it('sends for a person with the scope and refuses everyone else', async () => {
    const channel = kick.control.addChannel()
    const viewer = kick.control.addViewer()
    const body = { content: 'hi', type: 'user', broadcaster_user_id: channel.userId }
    expect(await say(tokenOf(viewer, 'chat:write'), body)).toMatchObject({
      status: 200,
      body: { data: { is_sent: true, message_id: expect.stringMatching(/^[0-9a-f-]{36}$/) } },
    })
    expect((await say(tokenOf(viewer, 'user:read'), body)).status).toBe(403)
    kick.control.faults.missingScopeStatus = 401
    expect((await say(tokenOf(viewer, 'user:read'), body)).status).toBe(401)
    expect((await say(appToken, body)).status).toBe(401)
  })

  it.each([
    ['no type', { content: 'hi', broadcaster_user_id: 100_001 }],
    ['no content', { type: 'user', broadcaster_user_id: 100_001 }],
    ['501 characters', { content: 'x'.repeat(501), type: 'user', broadcaster_user_id: 100_001 }],
    ['no channel', { content: 'hi', type: 'user' }],
    ['a channel as text', { content: 'hi', type: 'user', broadcaster_user_id: '100001' }],
  ])('refuses %s', async (_, body) => {
    const token = tokenOf(kick.control.addChannel(), 'chat:write')
    expect((await say(token, body)).status).toBe(400)
  })

  it('needs a bot account for the bot', async () => {
    const token = tokenOf(kick.control.addChannel(), 'chat:write')
    expect((await say(token, { content: 'hi', type: 'bot' })).status).toBe(200)
    kick.control.setBot(null)
    expect(await say(token, { content: 'hi', type: 'bot' })).toMatchObject({
      status: 400,
      body: { data: 'Channel not found', message: 'Bad request' },
    })
  })
})

describe('event subscriptions', () => {
  it('come one row for each event, with an error in the row', async () => {
    const answer = await subscribe(kick.control.addChannel(), 'chat.message.sent', 'no.such.event')
    expect(answer).toMatchObject({
      status: 200,
      data: [
        { name: 'chat.message.sent', version: 1, subscription_id: expect.stringMatching(/^[0-9A-Z]{26}$/) },
        { name: 'no.such.event', error: 'unknown event' },
      ],
    })
  })

  it('keep their id when asked for again, unless a second one is wanted', async () => {
    const channel = kick.control.addChannel()
    const [first] = (await subscribe(channel, 'channel.followed')).data
    expect((await subscribe(channel, 'channel.followed')).data).toEqual([first])
    kick.control.faults.resubscribe = 'second'
    await subscribe(channel, 'channel.followed')
    expect(kick.control.subscriptions).toHaveLength(2)
  })

  it('stop at the limit of their type', async () => {
    for (let i = 0; i < 3; i++) await subscribe(kick.control.addChannel(), 'chat.message.sent')
    const fourth = kick.control.addChannel()
    expect(await subscribe(fourth, 'chat.message.sent', 'channel.followed')).toMatchObject({
      status: 400,
      body: { data: 'event subscription limit reached', message: 'Bad request' },
    })
    expect((await subscribe(fourth, 'channel.followed')).status).toBe(200)
    kick.control.faults.subscriptionLimitAs = 'row_error'
    expect((await subscribe(fourth, 'chat.message.sent')).data[0]).toHaveProperty('error')
  })

  it.each([
    ['no method', { broadcaster_user_id: 99_999, events: [{ name: 'channel.followed', version: 1 }] }],
    ['an event at the top', { broadcaster_user_id: 99_999, method: 'webhook', event: 'channel.followed', version: 1 }],
    ['no broadcaster', { method: 'webhook', events: [{ name: 'channel.followed', version: 1 }] }],
  ])('refuse a request with %s', async (_, body) => {
    expect((await call('POST', '/public/v1/events/subscriptions', { body })).status).toBe(400)
  })

  it('belong to the token of a person, whatever id is asked for', async () => {
    const channel = kick.control.addChannel()
    const other = kick.control.addChannel()
    const body = {
      broadcaster_user_id: other.userId,
      method: 'webhook',
      events: [{ name: 'channel.followed', version: 1 }],
    }
    await call('POST', '/public/v1/events/subscriptions', { token: tokenOf(channel, 'events:subscribe'), body })
    expect(kick.control.subscriptions).toEqual([expect.objectContaining({ broadcasterId: channel.userId })])
  })

  it('appear in the list late when it lags, and go with 204', async () => {
    const channel = kick.control.addChannel()
    kick.control.faults.listingLagMs = 30_000
    const [row] = (await subscribe(channel, 'channel.followed')).data
    const list = () => call('GET', `/public/v1/events/subscriptions?broadcaster_user_id=${channel.userId}`)
    expect((await list()).data).toEqual([])
    now += 30_000
    expect((await list()).data).toEqual([
      {
        id: row?.subscription_id,
        app_id: expect.any(String),
        broadcaster_user_id: channel.userId,
        event: 'channel.followed',
        version: 1,
        method: 'webhook',
        created_at: '2026-04-01T12:00:00Z',
        updated_at: '2026-04-01T12:00:00Z',
      },
    ])
    const gone = await call('DELETE', `/public/v1/events/subscriptions?id=${row?.subscription_id}`)
    expect([gone.status, kick.control.subscriptions]).toEqual([204, []])
  })
})

describe('request faults', () => {
  it.each([
    ['429', 429],
    ['500_empty', 500],
    ['edge_403', 403],
    ['html', 403],
  ] as const)('spoil as many requests as asked: %s', async (kind, status) => {
    kick.control.failRequests({ kind, times: 2, path: '/public/v1/public-*' })
    const statuses: number[] = []
    for (let i = 0; i < 3; i++) {
      const response = await fetch(`${kick.apiUrl}/public/v1/public-key`, {
        headers: { 'User-Agent': 'belfry-test/1' },
      })
      await response.text()
      statuses.push(response.status)
    }
    expect(statuses).toEqual([status, status, 200])
  })
})
