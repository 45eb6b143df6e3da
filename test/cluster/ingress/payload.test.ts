import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PublicKeys } from '../../../cluster/ingress/kick/keys.ts'
import { type Payload, payloadTypes, readPayload } from '../../../cluster/ingress/kick/payload.ts'
import { kickUserId } from '../../../cluster/runtime/ids.ts'
import { createKick } from '../../../cluster/runtime/kick.ts'
import { KickStandIn, type KickUser } from '../../standins/kick/index.ts'
import { type Received, Receiver } from '../../standins/kick/receiver.ts'

const now = Date.UTC(2026, 3, 1, 12)
let kick: KickStandIn
let receiver: Receiver
let channel: KickUser
let viewer: KickUser

beforeEach(async () => {
  receiver = await Receiver.start()
  kick = new KickStandIn({ seed: 'payload', clock: () => now, webhookUrl: receiver.url })
  await kick.start()
  channel = kick.control.addChannel({ username: 'Some_Name' })
  viewer = kick.control.addViewer({ username: 'Ana_Lu' })
  const client = createKick({ ...kick, idUrl: kick.idUrl, apiUrl: kick.apiUrl })
  await client.subscriptions.create(kickUserId(channel.userId), payloadTypes)
})
afterEach(async () => {
  await kick.stop()
  await receiver.stop()
})

async function lastReceived(): Promise<Received> {
  await kick.control.drained()
  const last = receiver.received.at(-1)
  if (!last) throw new Error('nothing arrived')
  return last
}

async function lastPayload(): Promise<Payload> {
  const { type, raw } = await lastReceived()
  const read = readPayload(type, raw)
  if (read.kind !== 'payload') throw new Error(JSON.stringify(read))
  return read.payload
}

const person = (user: KickUser) => ({
  userId: String(user.userId),
  username: user.username,
  slug: user.slug,
  profilePicture: user.profilePicture,
})

describe('each event of the stand-in', () => {
  it('is genuine by the key that the client fetches', async () => {
    const client = createKick({ ...kick, idUrl: kick.idUrl, apiUrl: kick.apiUrl })
    const keys = new PublicKeys({ fetchKey: client.publicKey, clock: { now: () => now, monotonic: () => now } })
    kick.control.follow(channel, viewer)
    const { id, timestamp, signature, raw } = await lastReceived()
    expect(await keys.check({ id, timestamp, signature, body: raw })).toEqual({ kind: 'ok', id, sentAt: now })
  })

  it('chat: who said what, when, with badges', async () => {
    kick.control.subscribe(channel, viewer)
    const first = kick.control.chat(channel, viewer, 'größer [emote:1:K]', { createdAt: now - 600_000 })
    expect(await lastPayload()).toEqual({
      type: 'chat.message.sent',
      broadcaster: person(channel),
      messageId: first.messageId,
      sender: { ...person(viewer), badges: [{ type: 'subscriber', text: 'Subscriber', count: 1 }] },
      content: 'größer [emote:1:K]',
      repliesTo: null,
      at: now - 600_000,
    })
    const repliesTo = { messageId: first.messageId, sender: viewer, content: 'größer' }
    kick.control.chat(channel, channel, 'yes', { repliesTo })
    expect(await lastPayload()).toMatchObject({
      repliesTo: first.messageId,
      sender: { badges: [{ type: 'broadcaster' }] },
    })
  })

  it('a stream begins and ends under one name', async () => {
    kick.control.goLive(channel, { startedAt: now - 3_600_000, title: 'los' })
    const begun = {
      type: 'livestream.status.updated',
      broadcaster: person(channel),
      title: 'los',
      startedAt: now - 3_600_000,
    }
    expect(await lastPayload()).toEqual({ ...begun, isLive: true, endedAt: null })
    kick.control.goOffline(channel)
    expect(await lastPayload()).toEqual({ ...begun, isLive: false, endedAt: now })
  })

  it.each(['category', 'Category', 'both'] as const)('metadata, with its category under %s', async (categoryKey) => {
    kick.control.faults.categoryKey = categoryKey
    kick.control.updateMetadata(channel, { title: 'anders', language: 'de' })
    expect(await lastPayload()).toEqual({
      type: 'livestream.metadata.updated',
      broadcaster: person(channel),
      title: 'anders',
      language: 'de',
      hasMatureContent: false,
      category: { id: String(channel.category.id), name: channel.category.name },
    })
  })

  it('gifts, named and anonymous', async () => {
    const giftees = [viewer, kick.control.addViewer()]
    kick.control.giftSubs(channel, channel, giftees)
    expect(await lastPayload()).toEqual({
      type: 'channel.subscription.gifts',
      broadcaster: person(channel),
      gifter: person(channel),
      giftees: giftees.map(person),
      at: now,
      expiresAt: now + 30 * 86_400_000,
    })
    kick.control.giftSubs(channel, null, giftees)
    expect(await lastPayload()).toMatchObject({ gifter: null })
  })

  it('what one viewer does', async () => {
    kick.control.follow(channel, viewer)
    expect(await lastPayload()).toEqual({
      type: 'channel.followed',
      broadcaster: person(channel),
      follower: person(viewer),
    })
    kick.control.subscribe(channel, viewer)
    expect(await lastPayload()).toMatchObject({
      type: 'channel.subscription.new',
      subscriber: person(viewer),
      months: 1,
    })
    kick.control.renew(channel, viewer)
    expect(await lastPayload()).toMatchObject({ type: 'channel.subscription.renewal', months: 2, at: now })
    kick.control.giftKicks(channel, viewer, 500, { message: 'go' })
    expect(await lastPayload()).toMatchObject({
      type: 'kicks.gifted',
      sender: person(viewer),
      gift: { amount: 500, message: 'go' },
      at: now,
    })
    const { id } = kick.control.redeem(channel, viewer, { title: 'song', cost: 300, userInput: 'this one' })
    expect(await lastPayload()).toMatchObject({
      type: 'channel.reward.redemption.updated',
      redemptionId: id,
      redeemer: person(viewer),
      status: 'pending',
      userInput: 'this one',
      reward: { title: 'song', cost: 300 },
      at: now,
    })
    kick.control.ban(channel, viewer, { minutes: 10, reason: 'spam' })
    expect(await lastPayload()).toMatchObject({
      type: 'moderation.banned',
      banned: person(viewer),
      reason: 'spam',
      at: now,
      expiresAt: now + 600_000,
    })
    kick.control.ban(channel, viewer)
    expect(await lastPayload()).toMatchObject({ expiresAt: null })
  })

  it.each(['seconds', 'millis', 'offset'] as const)('means the same instant with times in %s', async (eventTimes) => {
    kick.control.faults.eventTimes = eventTimes
    kick.control.chat(channel, viewer, 'now')
    expect(await lastPayload()).toMatchObject({ at: now })
  })
})

describe('the type header', () => {
  it('is believed only when the body has the shape of that type', async () => {
    const { control } = kick
    control.goLive(channel)
    control.chat(channel, viewer, 'hi')
    control.follow(channel, viewer)
    control.subscribe(channel, viewer)
    control.giftSubs(channel, viewer, [viewer])
    control.redeem(channel, viewer)
    control.updateMetadata(channel)
    control.giftKicks(channel, viewer, 1)
    control.ban(channel, viewer)
    await control.drained()
    for (const { type, raw } of receiver.received) {
      const readable = payloadTypes.filter((claimed) => readPayload(claimed, raw).kind === 'payload')
      // Of a subscription and its renewal only the header tells which it is.
      const twins = ['channel.subscription.new', 'channel.subscription.renewal']
      expect(readable).toEqual(twins.includes(type) ? twins : [type])
    }
  })

  it('may be one that does not exist yet', () => {
    expect(readPayload('channel.raided', '{}')).toEqual({ kind: 'unknown_type' })
    expect(readPayload('toString', '{}')).toEqual({ kind: 'unknown_type' })
  })
})

describe('a body', () => {
  const body = {
    broadcaster: { user_id: 1, username: 'a' },
    follower: { user_id: '9007199254740993', username: 'b', is_anonymous: false, new_field: [1] },
    another: true,
  }

  it('may have more fields than we know, fewer that matter not, and ids as text', () => {
    expect(readPayload('channel.followed', JSON.stringify(body))).toEqual({
      kind: 'payload',
      payload: {
        type: 'channel.followed',
        broadcaster: { userId: '1', username: 'a', slug: '', profilePicture: '' },
        follower: { userId: '9007199254740993', username: 'b', slug: '', profilePicture: '' },
      },
    })
  })

  it('that is not JSON is told apart from one of another shape, which names fields and no values', () => {
    expect(readPayload('channel.followed', '{"a":')).toEqual({ kind: 'not_json' })
    const wrong = { ...body, follower: { user_id: -1, username: 'secret' } }
    expect(readPayload('channel.followed', JSON.stringify(wrong))).toEqual({
      kind: 'wrong_shape',
      fields: ['follower.user_id'],
    })
    for (const text of ['null', '[]', '7', '"x"', '']) {
      expect(readPayload('channel.followed', text).kind).not.toBe('payload')
    }
  })

  it('with a number too large to be exact is refused rather than rounded', () => {
    const text = '{"broadcaster":{"user_id":9007199254740993,"username":"a"},"follower":{"user_id":2,"username":"b"}}'
    expect(readPayload('channel.followed', text).kind).toBe('wrong_shape')
  })

  it('with the zero time for an end means no end', () => {
    const status = { broadcaster: body.broadcaster, is_live: true, title: 't', started_at: '2026-04-01T12:00:00Z' }
    const text = JSON.stringify({ ...status, ended_at: '0001-01-01T00:00:00Z' })
    expect(readPayload('livestream.status.updated', text)).toMatchObject({ payload: { endedAt: null } })
    const zero = JSON.stringify({ ...status, started_at: '0001-01-01T00:00:00Z' })
    expect(readPayload('livestream.status.updated', zero).kind).toBe('wrong_shape')
  })
})
