import { createPublicKey, verify, webcrypto } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventTypes, KickStandIn, type KickStandInOptions, type KickUser, newKeyPair, threeAttempts } from './index.ts'
import type { Received } from './receiver.ts'
import { Receiver } from './receiver.ts'

let now: number
let kick: KickStandIn
let receiver: Receiver
let status: number

const keys = await newKeyPair()

beforeEach(async () => {
  now = Date.UTC(2026, 3, 1, 12)
  status = 200
  receiver = await Receiver.start(() => status)
})
afterEach(async () => {
  await kick.stop()
  await receiver.stop()
})

async function started(options: KickStandInOptions = {}): Promise<void> {
  kick = new KickStandIn({ seed: 'webhooks', clock: () => now, keys, webhookUrl: receiver.url, ...options })
  await kick.start()
}

/** Subscribes through the API, as the only way there is. */
async function subscribed(channel: KickUser, events: readonly string[] = eventTypes): Promise<void> {
  const response = await fetch(`${kick.apiUrl}/public/v1/events/subscriptions`, {
    method: 'POST',
    headers: {
      'User-Agent': 'belfry-test/1',
      'Content-Type': 'application/json',
      Authorization: `Bearer ${kick.control.grant(channel, ['events:subscribe']).access_token}`,
    },
    body: JSON.stringify({ method: 'webhook', events: events.map((name) => ({ name, version: 1 })) }),
  })
  expect(response.status).toBe(200)
}

const signedBytes = (one: Received) => Buffer.concat([Buffer.from(`${one.id}.${one.timestamp}.`), one.raw])
const isGenuine = (one: Received, pem = kick.publicKeyPem) =>
  verify('sha256', signedBytes(one), createPublicKey(pem), Buffer.from(one.signature, 'base64'))
const bodyOf = (one: Received | undefined) => JSON.parse(one?.raw.toString() ?? 'null') as Record<string, unknown>
const contents = () => receiver.received.map((one) => bodyOf(one).content)

describe('signatures', () => {
  it('verify with OpenSSL and with Web Crypto, over the very bytes that were sent', async () => {
    await started()
    const channel = kick.control.addChannel()
    await subscribed(channel)
    kick.control.chat(channel, kick.control.addViewer(), 'größer/<besser> 🎉')
    await kick.control.drained()
    const [one] = receiver.received
    if (!one) throw new Error('nothing arrived')
    expect(one.signature).toHaveLength(344)
    expect(isGenuine(one)).toBe(true)
    const spki = createPublicKey(kick.publicKeyPem).export({ type: 'spki', format: 'der' })
    const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
    const key = await webcrypto.subtle.importKey('spki', spki, algorithm, false, ['verify'])
    const signature = Buffer.from(one.signature, 'base64')
    expect(await webcrypto.subtle.verify(algorithm, key, signature, signedBytes(one))).toBe(true)
    const rewritten = Buffer.from(JSON.stringify(JSON.parse(one.raw.toString())))
    expect(isGenuine({ ...one, raw: rewritten })).toBe(false)
    expect(bodyOf(one).content).toBe('größer/<besser> 🎉')
  })

  it('carry the documented headers', async () => {
    await started()
    const channel = kick.control.addChannel()
    await subscribed(channel, ['channel.followed'])
    kick.control.follow(channel, kick.control.addViewer())
    await kick.control.drained()
    expect(receiver.received[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      accept: 'application/json',
      'kick-event-message-id': expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/),
      'kick-event-subscription-id': kick.control.subscriptions[0]?.id,
      'kick-event-message-timestamp': '2026-04-01T12:00:00Z',
      'kick-event-type': 'channel.followed',
      'kick-event-version': '1',
    })
  })

  it('change with the key', async () => {
    await started()
    const channel = kick.control.addChannel()
    await subscribed(channel)
    const before = kick.publicKeyPem
    await kick.control.rotateKey()
    kick.control.follow(channel, kick.control.addViewer())
    await kick.control.drained()
    const [one] = receiver.received
    expect(one && isGenuine(one)).toBe(true)
    expect(one && isGenuine(one, before)).toBe(false)
  })
})

describe('bodies', () => {
  it('have every field of the contract, and null where it says null', async () => {
    await started()
    const { control } = kick
    const channel = control.addChannel({ username: 'Some_Name', userId: 501 })
    const viewer = control.addViewer({ username: 'Ana_Lu', userId: 502 })
    await subscribed(channel)
    const bare = (user: KickUser) => ({
      user_id: user.userId,
      username: user.username,
      is_verified: expect.any(Boolean),
      profile_picture: expect.any(String),
      channel_slug: user.slug,
    })
    const person = (user: KickUser) => ({ is_anonymous: false, ...bare(user), identity: null })
    const at = '2026-04-01T12:00:00Z'
    const nobody = { user_id: null, username: null, is_verified: null, profile_picture: null, channel_slug: null }
    control.goLive(channel, { title: 'los' })
    control.subscribe(channel, viewer)
    control.renew(channel, viewer)
    control.chat(channel, viewer, 'a [emote:1:K] b', { createdAt: now - 60_000 })
    control.giftSubs(channel, null, [viewer])
    control.follow(channel, viewer)
    control.giftKicks(channel, viewer, 100)
    control.redeem(channel, viewer, { title: 't', userInput: 'now' })
    control.updateMetadata(channel, { title: 'anders' })
    control.ban(channel, viewer, { reason: 'spam' })
    control.goOffline(channel)
    await control.drained()
    const seen = new Map(receiver.received.map((one) => [one.type, bodyOf(one)]))
    const broadcaster = person(channel)
    expect(Object.fromEntries(seen)).toEqual({
      'livestream.status.updated': { broadcaster, is_live: false, title: 'anders', started_at: at, ended_at: at },
      'channel.subscription.new': {
        broadcaster,
        subscriber: person(viewer),
        duration: 1,
        created_at: at,
        expires_at: '2026-05-01T12:00:00Z',
      },
      'channel.subscription.renewal': expect.objectContaining({ duration: 2 }),
      'chat.message.sent': {
        message_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        replies_to: null,
        broadcaster,
        sender: {
          ...person(viewer),
          identity: {
            username_color: expect.stringMatching(/^#[0-9A-F]{6}$/),
            badges: [{ text: 'Subscriber', type: 'subscriber', count: 2 }],
          },
        },
        content: 'a [emote:1:K] b',
        emotes: [{ emote_id: '1', positions: [{ s: 2, e: 12 }] }],
        created_at: '2026-04-01T11:59:00Z',
      },
      'channel.subscription.gifts': {
        broadcaster,
        gifter: { is_anonymous: true, ...nobody, identity: null },
        giftees: [person(viewer)],
        created_at: at,
        expires_at: '2026-05-01T12:00:00Z',
      },
      'channel.followed': { broadcaster, follower: person(viewer) },
      'kicks.gifted': {
        broadcaster: bare(channel),
        sender: bare(viewer),
        gift: expect.objectContaining({ amount: 100, pinned_time_seconds: 600 }),
        created_at: at,
      },
      'channel.reward.redemption.updated': {
        id: expect.any(String),
        user_input: 'now',
        status: 'pending',
        redeemed_at: at,
        reward: { id: expect.any(String), title: 't', cost: 100, description: '' },
        redeemer: bare(viewer),
        broadcaster: bare(channel),
      },
      'livestream.metadata.updated': {
        broadcaster,
        metadata: {
          title: 'anders',
          language: 'en',
          has_mature_content: false,
          category: { id: expect.any(Number), name: expect.any(String), thumbnail: expect.any(String) },
        },
      },
      'moderation.banned': {
        broadcaster,
        moderator: person(channel),
        banned_user: person(viewer),
        metadata: { reason: 'spam', created_at: at, expires_at: null },
      },
    })
  })

  it('write times with an offset or with milliseconds when told to, and mean the same instant', async () => {
    await started()
    const channel = kick.control.addChannel()
    const viewer = kick.control.addViewer()
    await subscribed(channel, ['chat.message.sent'])
    for (const style of ['seconds', 'millis', 'offset'] as const) {
      kick.control.faults.eventTimes = style
      kick.control.chat(channel, viewer, style)
    }
    await kick.control.drained()
    const times = receiver.received.map((one) => String(bodyOf(one).created_at))
    expect(new Set(times).size).toBe(3)
    expect(times.map((time) => Date.parse(time))).toEqual([now, now, now])
  })
})

describe('deliveries', () => {
  it('go to live subscriptions only', async () => {
    await started()
    const channel = kick.control.addChannel()
    const viewer = kick.control.addViewer()
    expect(kick.control.chat(channel, viewer, 'nobody listens').eventIds).toEqual([])
    await subscribed(channel, ['chat.message.sent'])
    expect(kick.control.follow(channel, viewer).eventIds).toEqual([])
    expect(kick.control.chat(channel, viewer, 'one').eventIds).toHaveLength(1)
    kick.control.setWebhookEnabled(false)
    kick.control.setWebhookEnabled(true)
    expect(kick.control.chat(channel, viewer, 'the subscription is gone').eventIds).toEqual([])
    await kick.control.drained()
    expect(contents()).toEqual(['one'])
  })

  it('bring back what was said through the API, unless that is off', async () => {
    await started()
    const channel = kick.control.addChannel()
    await subscribed(channel, ['chat.message.sent'])
    const { access_token } = kick.control.grant(channel, ['chat:write'])
    const say = async (content: string) => {
      const response = await fetch(`${kick.apiUrl}/public/v1/chat`, {
        method: 'POST',
        headers: {
          'User-Agent': 'belfry-test/1',
          'Content-Type': 'application/json',
          Authorization: `Bearer ${access_token}`,
        },
        body: JSON.stringify({ content, type: 'bot' }),
      })
      return ((await response.json()) as { data: { message_id: string } }).data.message_id
    }
    const messageId = await say('echo')
    kick.control.faults.chatLoopBack = false
    await say('no echo')
    await kick.control.drained()
    expect(receiver.received.map(bodyOf)).toEqual([
      expect.objectContaining({
        message_id: messageId,
        content: 'echo',
        sender: expect.objectContaining({ user_id: kick.control.bot?.userId }),
      }),
    ])
  })

  it('lose nothing and keep a channel in order, ten thousand messages long', { timeout: 60_000 }, async () => {
    await started({ clock: Date.now })
    const channels = Array.from({ length: 40 }, () => kick.control.addChannel())
    const viewers = Array.from({ length: 50 }, () => kick.control.addViewer())
    for (const channel of channels) await subscribed(channel, ['chat.message.sent'])
    const sent: string[][] = []
    for (const channel of channels) {
      const said = await kick.control.burst(channel, { viewers, messages: 250 })
      sent.push(said.map((one) => one.messageId))
    }
    await kick.control.drained()
    const arrived = new Map(channels.map((channel) => [channel.userId, [] as unknown[]]))
    for (const one of receiver.received) {
      const body = bodyOf(one) as { broadcaster: { user_id: number }; message_id: string }
      arrived.get(body.broadcaster.user_id)?.push(body.message_id)
    }
    expect([...arrived.values()]).toEqual(sent)
    expect(kick.control.counts).toMatchObject({ messages: 10_000, accepted: 10_000, refused: 0, dropped: 0 })
  })
})

describe('delivery faults', () => {
  let channel: KickUser
  let viewer: KickUser
  const chat = (text: string) => kick.control.chat(channel, viewer, text)

  async function scene(options: KickStandInOptions = {}): Promise<void> {
    await started(options)
    channel = kick.control.addChannel()
    viewer = kick.control.addViewer()
    await subscribed(channel)
  }

  it('repeat from the same seed', async () => {
    const outcomes: string[][] = []
    for (let run = 0; run < 2; run++) {
      await scene({ faults: { drop: 0.3, duplicate: 0.3, wrongKey: 0.2 } })
      for (let i = 0; i < 40; i++) chat(`m${i}`)
      await kick.control.drained()
      outcomes.push(
        kick.control.deliveries.map((one) => [one.messageId, one.copy, one.outcome, ...one.faults].join(' ')).sort(),
      )
      if (run === 0) await kick.stop()
    }
    expect(outcomes[0]).toEqual(outcomes[1])
    expect(outcomes[0]?.some((line) => line.includes('dropped'))).toBe(true)
  })

  it('duplicate with the same id, at once and late', async () => {
    await scene({ faults: { duplicate: 1, lateDuplicate: { probability: 1, afterMs: 120_000 } } })
    const { eventIds } = chat('twice')
    await kick.control.settled()
    expect(receiver.received.map((one) => one.id)).toEqual([eventIds[0], eventIds[0]])
    now += 120_000
    kick.control.clockMoved()
    await kick.control.drained()
    expect(receiver.received.map((one) => one.timestamp)).toEqual([
      '2026-04-01T12:00:00Z',
      '2026-04-01T12:00:00Z',
      '2026-04-01T12:02:00Z',
    ])
    expect(receiver.received.every((one) => isGenuine(one))).toBe(true)
  })

  it('delay, so that later messages overtake, and stamp the time of sending or of queueing', async () => {
    await scene()
    kick.control.faults.delay = { probability: 1, minMs: 600_000, maxMs: 600_000 }
    chat('late')
    kick.control.faults.stamp = 'sent'
    kick.control.faults.delay.probability = 0
    chat('prompt')
    await kick.control.settled()
    expect(contents()).toEqual(['prompt'])
    now += 600_000
    kick.control.clockMoved()
    await kick.control.drained()
    expect(contents()).toEqual(['prompt', 'late'])
    expect(receiver.received[1]?.timestamp).toBe('2026-04-01T12:10:00Z')
    expect(bodyOf(receiver.received[1]).created_at).toBe('2026-04-01T12:00:00Z')
    kick.control.faults.stamp = 'queued'
    kick.control.chat(channel, viewer, 'later', { delayMs: 60_000 })
    now += 60_000
    kick.control.clockMoved()
    await kick.control.drained()
    expect(receiver.received[2]?.timestamp).toBe('2026-04-01T12:10:00Z')
  })

  it('reorder neighbours', async () => {
    await scene({ clock: Date.now })
    kick.control.faults.reorder = { probability: 1, byMs: 30 }
    chat('first')
    kick.control.faults.reorder.probability = 0
    chat('second')
    await kick.control.drained()
    expect(contents()).toEqual(['second', 'first'])
  })

  it('stamp as if sent in the past or in the future', async () => {
    await scene()
    kick.control.chat(channel, viewer, 'claimed', { sentAt: now - 300_000 })
    kick.control.faults.staleTimestamp.probability = 1
    chat('stale')
    kick.control.faults.staleTimestamp.probability = 0
    kick.control.faults.futureTimestamp.probability = 1
    chat('future')
    await kick.control.drained()
    expect(receiver.received.map((one) => one.timestamp.slice(11, 19))).toEqual(['11:55:00', '11:00:00', '12:10:00'])
    expect(receiver.received.every((one) => isGenuine(one))).toBe(true)
  })

  it('tamper with bodies and headers, and sign with a key that nobody knows', async () => {
    await scene({ faults: { tamperBody: 1 } })
    chat('body')
    kick.control.faults.tamperBody = 0
    kick.control.faults.wrongKey = 1
    chat('key')
    kick.control.faults.wrongKey = 0
    kick.control.faults.tamperHeaders = 1
    chat('header')
    await kick.control.drained()
    expect(receiver.received.map((one) => isGenuine(one))).toEqual([false, false, true])
    const header = receiver.received[2]
    const isChanged =
      header?.type !== 'chat.message.sent' ||
      !kick.control.subscriptions.some((row) => row.id === header.subscriptionId)
    expect(isChanged).toBe(true)
  })

  it('do not bring a refused event again, unless told to, and then with the same id', async () => {
    await scene()
    status = 503
    chat('gone')
    await kick.control.drained()
    expect(receiver.received).toHaveLength(1)
    kick.control.faults.redeliver = threeAttempts
    const { eventIds } = chat('again')
    for (const waitMs of [0, 10_000, 60_000, 600_000]) {
      now += waitMs
      kick.control.clockMoved()
      await kick.control.settled()
    }
    const attempts = kick.control.deliveries.filter((one) => one.messageId === eventIds[0])
    expect(attempts.map((one) => [one.attempt, one.outcome, one.at - (attempts[0]?.at ?? 0)])).toEqual([
      [1, 503, 0],
      [2, 503, 10_000],
      [3, 503, 70_000],
    ])
  })

  it('unsubscribe an event type that keeps failing, and no other', async () => {
    await scene()
    status = 500
    chat('fails')
    await kick.control.drained()
    now += 86_400_001
    chat('fails a day later')
    await kick.control.drained()
    const left = kick.control.subscriptions.map((row) => row.event)
    expect(left).toHaveLength(eventTypes.length - 1)
    expect(left).not.toContain('chat.message.sent')
  })

  it('give up on a receiver that does not answer in time', async () => {
    let release = () => {}
    const slow = await Receiver.start(() => new Promise((resolve) => (release = () => resolve(200))))
    await scene({ deliveryTimeoutMs: 30, webhookUrl: slow.url })
    chat('slow')
    await kick.control.drained()
    expect(kick.control.deliveries[0]?.outcome).toBe('timeout')
    release()
    await slow.stop()
  })
})
