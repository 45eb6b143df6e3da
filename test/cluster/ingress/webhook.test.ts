import { connect, type NatsConnection } from 'nats'
import { describe, expect, it } from 'vitest'
import { bindingsChanged, decodeEvent } from '../../../cluster/ingress/event.ts'
import { registry } from '../../../cluster/runtime/metrics.ts'
import { createSql, type Sql } from '../../../sql/client.ts'
import type { Attempt, KickStandIn, KickUser } from '../../standins/kick/index.ts'
import { onCleanUp } from '../../support/cleanup.ts'
import { createDatabase } from '../../support/database.ts'
import { until } from '../../support/wait.ts'
import {
  bindChannel,
  guildOfShard,
  openFrontDoor,
  otherKey,
  startKick,
  startLastingNats,
  startLastingPostgres,
} from '../front-door.ts'

const nats = await startLastingNats()
const reader = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 })
onCleanUp(() => reader.close())
const database = await createDatabase()
const { sql } = database
const kick = await startKick()
const door = await openFrontDoor({ databaseUrl: database.url, natsUrl: nats.url, kick })
kick.setWebhookUrl(door.webhookUrl)
await until(() => door.bus.isConnected, { what: 'the bus' })

let guilds = 0
/** Two guilds of two groups. */
const twoGuilds = () => [guildOfShard(0, ++guilds), guildOfShard(3, ++guilds)] as const
const viewer = kick.control.addViewer({ username: 'Some_Viewer' })

/** What came of everything that the stand-in has sent since. */
async function outcomesOf(work: () => unknown, from: KickStandIn = kick): Promise<readonly Attempt[]> {
  const attempts: Attempt[] = []
  const forget = from.control.onDelivery((attempt) => attempts.push(attempt))
  await work()
  await from.control.drained()
  forget()
  return attempts
}
const statuses = async (work: () => unknown, from?: KickStandIn) =>
  (await outcomesOf(work, from)).map((attempt) => attempt.outcome)

/** Everything that the stream holds under these subjects, decoded. */
async function onTheBus(subject: string, through: NatsConnection = reader) {
  const manager = await through.jetstreamManager()
  const found: { subject: string; event: ReturnType<typeof decodeEvent> }[] = []
  const { state } = await manager.streams.info('KICK')
  for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
    const message = await manager.streams.getMessage('KICK', { seq })
    if (message.subject === subject) found.push({ subject, event: decodeEvent(message.json()) })
  }
  return found
}
const chatOf = async (channel: KickUser, group: number) =>
  (await onTheBus(`kick.4.${group}.chat`)).filter(({ event }) => event.broadcaster.userId === String(channel.userId))

const inboxOf = (channel: KickUser, db: Sql = sql) =>
  db<{ guildId: string; sourceRef: string; event: unknown }[]>`
    select discord_server_id as guild_id, source_ref, event
      from inbox
     where source_ref like ${`%:${channel.userId}:%`}
     order by source_ref, discord_server_id`

async function counted(type: string, outcome: string): Promise<number> {
  const metric = await registry.getSingleMetric('bot_ingress_events_total')?.get()
  const found = metric?.values.find(({ labels }) => labels.type === type && labels.outcome === outcome)
  return found?.value ?? 0
}

describe('a webhook with chat', () => {
  it('reaches the groups of all guilds that are bound to the channel, in our words', async () => {
    const [first, second] = twoGuilds()
    const channel = await bindChannel(sql, kick, door.kick, [first, second])
    const said = { id: '' }
    expect(
      await statuses(() => {
        said.id = kick.control.chat(channel, viewer, 'größer 🎉 </b> [emote:1:KEKW]').messageId
      }),
    ).toEqual([200])
    for (const [group, guildId] of [
      [0, first],
      [1, second],
    ] as const) {
      const events = await chatOf(channel, group)
      expect(events).toHaveLength(1)
      expect(events[0]?.event).toMatchObject({
        ref: `chat:${channel.userId}:${said.id}`,
        guildIds: [guildId],
        broadcaster: { userId: String(channel.userId), slug: channel.slug },
        happening: {
          type: 'chat',
          content: 'größer 🎉 </b> [emote:1:KEKW]',
          sender: { userId: String(viewer.userId), username: 'Some_Viewer' },
        },
      })
    }
    expect(await inboxOf(channel)).toHaveLength(0)
  })

  it('is stored once, however often and through however many doors it comes', async () => {
    const [guild] = twoGuilds()
    const channel = await bindChannel(sql, kick, door.kick, [guild])
    const before = await counted('chat.message.sent', 'duplicate')
    kick.control.faults.duplicate = 1
    const second = await openFrontDoor({ databaseUrl: database.url, natsUrl: nats.url, kick })
    await until(() => second.bus.isConnected, { what: 'the bus' })
    let turn = 0
    const forget = kick.control.onDelivery(() =>
      kick.setWebhookUrl(turn++ % 2 === 0 ? second.webhookUrl : door.webhookUrl),
    )
    expect(
      await statuses(() => {
        for (let n = 0; n < 20; n++) kick.control.chat(channel, viewer, `line ${n}`)
      }),
    ).toEqual(Array.from({ length: 40 }, () => 200))
    forget()
    kick.control.faults.duplicate = 0
    kick.setWebhookUrl(door.webhookUrl)
    expect(await chatOf(channel, 0)).toHaveLength(20)
    expect(await counted('chat.message.sent', 'duplicate')).toBe(before + 20)
    await second.stop()
  })

  it('goes to the inbox while NATS is down, and back to NATS when it is there again', async () => {
    const [first, second] = twoGuilds()
    const channel = await bindChannel(sql, kick, door.kick, [first, second])
    await nats.stop()
    await until(() => !door.bus.isConnected, { what: 'the loss to be noticed' })
    const attempts = await outcomesOf(() => {
      for (let n = 0; n < 10; n++) kick.control.chat(channel, viewer, `while down ${n}`)
    })
    expect(attempts.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 10 }, () => 200))
    const rows = await inboxOf(channel)
    expect(rows).toHaveLength(20)
    for (const row of rows)
      expect(decodeEvent(row.event)).toMatchObject({ guildIds: [row.guildId], ref: row.sourceRef })
    await nats.restart()
    await until(() => door.bus.isConnected && !reader.isClosed(), { what: 'the bus' })
    await until(async () => (await reader.jetstreamManager()) && true, { what: 'the reader' })
    expect(await statuses(() => kick.control.chat(channel, viewer, 'back'))).toEqual([200])
    expect(await chatOf(channel, 0)).toHaveLength(1)
    expect(await inboxOf(channel)).toHaveLength(20)
  })

  it('goes to the inbox when NATS takes it and says nothing', async () => {
    const [guild] = twoGuilds()
    const channel = await bindChannel(sql, kick, door.kick, [guild])
    process.kill(nats.pid, 'SIGSTOP')
    const attempts = await outcomesOf(() => kick.control.chat(channel, viewer, 'into the void'))
    process.kill(nats.pid, 'SIGCONT')
    expect(attempts.map(({ outcome }) => outcome)).toEqual([200])
    expect(attempts[0]?.latencyMs).toBeLessThan(2_000)
    expect(await inboxOf(channel)).toHaveLength(1)
    await until(() => door.bus.isConnected, { what: 'the bus' })
  })

  it('is answered fast', async () => {
    const [guild] = twoGuilds()
    const channel = await bindChannel(sql, kick, door.kick, [guild])
    const attempts = await outcomesOf(() =>
      Promise.all([
        kick.control.burst(channel, { viewers: [viewer], messages: 300, perSecond: 200 }),
        ...Array.from({ length: 3 }, async () => {
          const other = await bindChannel(sql, kick, door.kick, [guildOfShard(1, ++guilds)])
          await kick.control.burst(other, { viewers: [viewer], messages: 100, perSecond: 60 })
        }),
      ]),
    )
    const latencies = attempts.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b)
    expect(attempts.every(({ outcome }) => outcome === 200)).toBe(true)
    expect(latencies).toHaveLength(600)
    const at = (share: number) => Math.round((latencies[Math.floor(latencies.length * share)] ?? 0) * 10) / 10
    process.stdout.write(`webhooks: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms\n`)
    expect(at(0.99)).toBeLessThan(500)
  })
})

describe('a webhook with the state of a stream', () => {
  it('is put into the inbox of each guild, together with its id, and once', async () => {
    const [first, second] = twoGuilds()
    const channel = await bindChannel(sql, kick, door.kick, [first, second])
    kick.control.faults.duplicate = 1
    const began = kick.control.goLive(channel, { title: 'Zürich ♥' })
    expect(await statuses(() => {})).toEqual([200, 200])
    expect(await statuses(() => kick.control.goOffline(channel))).toEqual([200, 200])
    kick.control.faults.duplicate = 0
    const rows = await inboxOf(channel)
    expect(rows.map(({ guildId }) => guildId).sort()).toEqual([first, first, second, second].sort())
    const states = rows.map(({ event }) => decodeEvent(event).happening)
    expect(states.filter((one) => one.type === 'livestream' && one.isLive)).toHaveLength(2)
    const live = rows.find(({ sourceRef }) => sourceRef.includes(':true:'))
    expect(live && decodeEvent(live.event).happening).toMatchObject({ title: 'Zürich ♥', endedAt: null })
    expect(
      await sql`select event_type from processed_webhook_messages where message_id = ${began.eventIds[0] ?? ''}`,
    ).toEqual([{ eventType: 'livestream.status.updated' }])
  })

  it('counts what two subscriptions tell twice as one', async () => {
    const [guild] = twoGuilds()
    const channel = await bindChannel(sql, kick, door.kick, [guild])
    kick.control.faults.resubscribe = 'second'
    await door.kick.subscriptions.create(String(channel.userId) as never, ['livestream.status.updated'])
    kick.control.faults.resubscribe = 'existing'
    const sentAt = Math.floor(Date.now() / 1000) * 1000
    expect(await statuses(() => kick.control.goLive(channel, { sentAt }))).toEqual([200, 200])
    expect(await inboxOf(channel)).toHaveLength(1)
  })
})

describe('a webhook with a subscription', () => {
  it('is put into the inbox of each guild, once, whether it is called new or renewed', async () => {
    const [first, second] = twoGuilds()
    const channel = await bindChannel(sql, kick, door.kick, [first, second])
    const createdAt = Math.floor(Date.now() / 1000) * 1000 - 60_000
    const twice = { createdAt }
    kick.control.faults.duplicate = 1
    expect(await statuses(() => kick.control.subscribe(channel, viewer, twice))).toEqual([200, 200])
    kick.control.faults.duplicate = 0
    // Not signed, and so changed by somebody on the way: the same happening.
    expect(await statuses(() => kick.control.renew(channel, viewer, { ...twice, months: 1 }))).toEqual([200])
    const rows = await inboxOf(channel)
    expect(rows.map(({ guildId }) => guildId).sort()).toEqual([first, second].sort())
    expect(rows[0] && decodeEvent(rows[0].event).happening).toEqual({
      type: 'subscription',
      kind: 'new',
      subscriber: { userId: String(viewer.userId), username: 'Some_Viewer', slug: viewer.slug },
      months: 1,
      expiresAt: createdAt + 30 * 86_400_000,
      at: createdAt,
    })
    expect(await statuses(() => kick.control.renew(channel, viewer))).toEqual([200])
    expect((await inboxOf(channel)).map(({ event }) => decodeEvent(event).happening)).toContainEqual(
      expect.objectContaining({ type: 'subscription', kind: 'renewal', months: 2 }),
    )
  })

  it('that was given names everybody who got one, and nobody who does not want to be named', async () => {
    const [guild] = twoGuilds()
    const channel = await bindChannel(sql, kick, door.kick, [guild])
    const [a, b] = [kick.control.addViewer(), kick.control.addViewer()]
    const createdAt = Math.floor(Date.now() / 1000) * 1000
    expect(
      await statuses(() => {
        kick.control.giftSubs(channel, viewer, [a, b], { createdAt })
        kick.control.giftSubs(channel, null, [a], { createdAt })
        kick.control.giftSubs(channel, null, [b], { createdAt })
        kick.control.giftSubs(channel, null, [b], { createdAt })
      }),
    ).toEqual([200, 200, 200, 200])
    const gifts = (await inboxOf(channel)).map(({ event }) => decodeEvent(event).happening)
    const person = (user: KickUser) => ({ userId: String(user.userId), username: user.username, slug: user.slug })
    expect(gifts).toHaveLength(3)
    expect(gifts).toContainEqual({
      type: 'gifts',
      gifter: person(viewer),
      recipients: [a, b].map(person),
      expiresAt: createdAt + 30 * 86_400_000,
      at: createdAt,
    })
    for (const one of [a, b])
      expect(gifts).toContainEqual(expect.objectContaining({ gifter: null, recipients: [person(one)] }))
  })
})

describe('a webhook that is not believed', async () => {
  const [guild] = twoGuilds()
  const channel = await bindChannel(sql, kick, door.kick, [guild])
  const say = () => kick.control.chat(channel, viewer, 'hello')
  const nothingCame = async () => expect(await chatOf(channel, 0)).toHaveLength(0)

  it.each([
    ['has another body than was signed', () => ({ tamperBody: 1 })],
    ['was signed with another key', () => ({ wrongKey: 1 })],
    ['was sent more than fifteen minutes ago', () => ({ staleTimestamp: { probability: 1, byMs: 16 * 60_000 } })],
    ['was sent in our future', () => ({ futureTimestamp: { probability: 1, byMs: 5 * 60_000 } })],
  ])('is refused when it %s', async (_what, fault) => {
    const before = { ...kick.control.faults }
    Object.assign(kick.control.faults, fault())
    expect(await statuses(say)).toEqual([401])
    Object.assign(kick.control.faults, before)
    await nothingCame()
  })

  it('is taken when it is ten minutes late', async () => {
    const late = await bindChannel(sql, kick, door.kick, [guildOfShard(0, ++guilds)])
    const at = Date.now() - 10 * 60_000
    expect(await statuses(() => kick.control.chat(late, viewer, 'late', { createdAt: at, sentAt: at }))).toEqual([200])
    const [stored] = await chatOf(late, 0)
    expect(stored?.event.happening.at).toBe(Math.floor(at / 1000) * 1000)
  })

  it('is not trusted to say that chat is of tomorrow, and not stored when it is of the day before yesterday', async () => {
    const odd = await bindChannel(sql, kick, door.kick, [guildOfShard(0, ++guilds)])
    const attempts = await statuses(() => {
      kick.control.chat(odd, viewer, 'tomorrow', { createdAt: Date.now() + 86_400_000 })
      kick.control.chat(odd, viewer, 'long ago', { createdAt: Date.now() - 2 * 86_400_000 })
    })
    expect(attempts).toEqual([200, 200])
    const [stored, ...others] = await chatOf(odd, 0)
    expect(others).toEqual([])
    expect(stored?.event.happening.at).toBeLessThan(Date.now() + 121_000)
  })

  it('is a duplicate when it is too old and was taken before', async () => {
    let aheadMs = 0
    const clock = { now: () => Date.now() + aheadMs, monotonic: () => performance.now() }
    const early = await openFrontDoor({ databaseUrl: database.url, natsUrl: nats.url, kick, clock })
    kick.setWebhookUrl(early.webhookUrl)
    const seen = await bindChannel(sql, kick, early.kick, [guildOfShard(0, ++guilds)])
    kick.control.faults.lateDuplicate = { probability: 1, afterMs: 300 }
    const attempts = await outcomesOf(async () => {
      kick.control.goLive(seen)
      kick.control.chat(seen, viewer, 'chat leaves no id behind')
      await kick.control.settled()
      aheadMs = 16 * 60_000
    })
    kick.control.faults.lateDuplicate.probability = 0
    kick.setWebhookUrl(door.webhookUrl)
    const of = (type: string) => attempts.filter((attempt) => attempt.type === type).map(({ outcome }) => outcome)
    expect(of('livestream.status.updated')).toEqual([200, 200])
    expect(of('chat.message.sent')).toEqual([200, 401])
    await early.stop()
  })

  it('is malformed when the body has not the shape of its type', async () => {
    const before = await counted('chat.message.sent', 'wrong_shape')
    expect(await statuses(() => kick.control.sendRaw('chat.message.sent', channel, { hello: 'world' }))).toEqual([400])
    expect(await counted('chat.message.sent', 'wrong_shape')).toBe(before + 1)
    await nothingCame()
  })

  it('is malformed when another type stands above it', async () => {
    kick.control.faults.tamperHeaders = 1
    const attempts = await outcomesOf(() => {
      for (let n = 0; n < 8; n++) kick.control.chat(channel, viewer, 'hello')
    })
    kick.control.faults.tamperHeaders = 0
    for (const { faults, outcome } of attempts) expect(outcome).toBe(faults.includes('tamper_type') ? 400 : 200)
    expect(attempts.some(({ faults }) => faults.includes('tamper_type'))).toBe(true)
  })

  it.each([
    ['no headers at all', {}],
    ['an id with a dot in it', { 'Kick-Event-Message-Id': `01J.${'A'.repeat(22)}` }],
    ['a signature that is no base64', { 'Kick-Event-Signature': '*'.repeat(344) }],
  ])('is malformed with %s', async (_what, headers) => {
    const valid = {
      'Kick-Event-Message-Id': '0'.repeat(26),
      'Kick-Event-Message-Timestamp': new Date().toISOString(),
      'Kick-Event-Signature': `${'A'.repeat(342)}==`,
    }
    const all = Object.keys(headers).length === 0 ? {} : { ...valid, ...headers }
    const answer = await fetch(door.webhookUrl, { method: 'POST', headers: all, body: '{}' })
    expect(answer.status).toBe(400)
  })

  it('changes nothing and is accepted when nobody handles its type, or knows it, or is bound to its channel', async () => {
    const stranger = kick.control.addChannel()
    await door.kick.subscriptions.create(String(stranger.userId) as never, ['chat.message.sent'])
    await door.kick.subscriptions.create(String(channel.userId) as never, ['channel.followed'])
    const before = await counted('chat.message.sent', 'unbound')
    expect(await statuses(() => kick.control.chat(stranger, viewer, 'anybody here?'))).toEqual([200])
    expect(await counted('chat.message.sent', 'unbound')).toBe(before + 1)
    expect(await statuses(() => kick.control.follow(channel, viewer))).toEqual([200])
    expect(await counted('channel.followed', 'unhandled')).toBe(1)
    await nothingCameFor(stranger)
  })

  const nothingCameFor = async (other: KickUser) => expect(await chatOf(other, 0)).toHaveLength(0)
})

describe('the key', () => {
  it('may change: the new one is fetched once a signature does not fit', async () => {
    let aheadMs = 0
    const clock = { now: () => Date.now(), monotonic: () => performance.now() + aheadMs }
    const own = await startKick({ seed: 'rotation' })
    const rotated = await openFrontDoor({ databaseUrl: database.url, natsUrl: nats.url, kick: own, clock })
    own.setWebhookUrl(rotated.webhookUrl)
    const channel = await bindChannel(sql, own, rotated.kick, [guildOfShard(0, ++guilds)])
    const say = () => own.control.chat(channel, channel, 'me')
    expect(await statuses(say, own)).toEqual([200])
    await own.control.rotateKey()
    expect(await statuses(say, own)).toEqual([401]) // the key is too young to be doubted
    aheadMs += 6 * 60_000
    expect(await statuses(say, own)).toEqual([200])
    await rotated.stop()
  })

  it('is asked for once it is needed, and without it nothing is accepted', async () => {
    let aheadMs = 0
    const clock = { now: () => Date.now(), monotonic: () => performance.now() + aheadMs }
    const own = await startKick({ seed: 'no key' })
    const recover = own.control.failRequests({ kind: '500_empty', path: '/public/v1/public-key', times: 1_000 })
    const keyless = await openFrontDoor({ databaseUrl: database.url, natsUrl: nats.url, kick: own, clock })
    own.setWebhookUrl(keyless.webhookUrl)
    const channel = await bindChannel(sql, own, keyless.kick, [guildOfShard(0, ++guilds)])
    const say = () => own.control.chat(channel, channel, 'me')
    expect(await statuses(say, own)).toEqual([503])
    recover()
    aheadMs += 60_000
    expect(await statuses(say, own)).toEqual([200])
    await keyless.stop()
  })

  it('may be pinned', async () => {
    const pinned = await openFrontDoor({
      databaseUrl: database.url,
      natsUrl: nats.url,
      kick,
      publicKey: otherKey(),
    })
    kick.setWebhookUrl(pinned.webhookUrl)
    const channel = await bindChannel(sql, kick, pinned.kick, [guildOfShard(0, ++guilds)])
    expect(await statuses(() => kick.control.chat(channel, viewer, 'hello'))).toEqual([401])
    kick.setWebhookUrl(door.webhookUrl)
    await pinned.stop()
  })
})

describe('a binding', () => {
  it('counts at once, with or without the hint that tells of it', async () => {
    const [first, second] = twoGuilds()
    const channel = await bindChannel(sql, kick, door.kick, [first])
    expect(await statuses(() => kick.control.chat(channel, viewer, 'one'))).toEqual([200])
    await sql`
      insert into kick_channel (discord_server_id, broadcaster_user_id, slug, display_name)
      values (${second}, ${channel.userId}, ${channel.slug}, ${channel.username})`
    door.bus.hint(bindingsChanged, {})
    await until(
      async () => {
        await statuses(() => kick.control.chat(channel, viewer, 'two'))
        return (await chatOf(channel, 1)).length > 0
      },
      { what: 'the second guild to get chat' },
    )
  })
})

describe('while PostgreSQL is down', async () => {
  const server = await startLastingPostgres()
  const own = createSql(server.url, { max: 2 })
  onCleanUp(() => own.end({ timeout: 0 }))
  const nats2 = await startLastingNats()
  const reader2 = await connect({ servers: nats2.url })
  onCleanUp(() => reader2.close())
  const kick2 = await startKick({ seed: 'outage' })
  const open = () => openFrontDoor({ databaseUrl: server.url, natsUrl: nats2.url, kick: kick2 })
  const door2 = await open()
  kick2.setWebhookUrl(door2.webhookUrl)
  await until(() => door2.bus.isConnected, { what: 'the bus' })
  const guild = guildOfShard(0, 900)
  const channel = await bindChannel(own, kick2, door2.kick, [guild])
  const later = kick2.control.addChannel()
  await door2.kick.subscriptions.create(String(later.userId) as never, [
    'chat.message.sent',
    'livestream.status.updated',
  ])

  it('everything is taken: from channels that are known, and from others until somebody can say whose they are', async () => {
    expect(await statuses(() => kick2.control.chat(channel, channel, 'before'), kick2)).toEqual([200])
    await own`
      insert into kick_channel (discord_server_id, broadcaster_user_id, slug, display_name)
      values (${guildOfShard(2, 901)}, ${later.userId}, 'later', 'later')`
    const fresh = await open() // knows both channels
    await server.stop({ mode: 'immediate' })
    const blind = await open() // and this one knows none
    await until(() => fresh.bus.isConnected && blind.bus.isConnected, { what: 'the bus' })

    kick2.setWebhookUrl(fresh.webhookUrl)
    const live = await outcomesOf(() => {
      kick2.control.chat(channel, channel, 'during')
      kick2.control.goLive(channel)
    }, kick2)
    expect(live.map(({ outcome }) => outcome)).toEqual([200, 200])
    expect(await onTheBus('kick.4.0.livestream', reader2)).toHaveLength(1)
    expect(await onTheBus('kick.4.0.chat', reader2)).toHaveLength(2)

    kick2.setWebhookUrl(blind.webhookUrl)
    const unrouted = await statuses(() => {
      kick2.control.chat(later, channel, 'whose is this?')
      kick2.control.goLive(later)
    }, kick2)
    expect(unrouted).toEqual([200, 200])
    expect(await onTheBus('kick.unrouted.0.chat', reader2)).toHaveLength(1)
    expect(await onTheBus('kick.unrouted.0.livestream', reader2)).toHaveLength(1)
    expect((await fetch(`${blind.url}/readyz`)).status).toBe(503)
    expect((await fetch(`${blind.url}/healthz`)).status).toBe(200)

    await server.restart()
    await until(async () => (await onTheBus('kick.4.1.chat', reader2)).length === 1, {
      what: 'the chat to be routed',
      timeoutMs: 20_000,
    })
    await until(async () => (await inboxOf(later, own)).length === 1, {
      what: 'the stream to be routed',
      timeoutMs: 20_000,
    })
    await until(async () => (await fetch(`${blind.url}/readyz`)).status === 200, {
      what: 'readiness',
      timeoutMs: 20_000,
    })
    await blind.stop()
    await fresh.stop()
  }, 60_000)

  it('and NATS as well, nothing is promised', async () => {
    kick2.setWebhookUrl(door2.webhookUrl)
    await server.stop({ mode: 'immediate' })
    await nats2.stop()
    await until(() => !door2.bus.isConnected, { what: 'the loss to be noticed' })
    expect(
      await statuses(() => {
        kick2.control.chat(channel, channel, 'nobody there')
        kick2.control.chat(later, channel, 'nobody here')
      }, kick2),
    ).toEqual([503, 503])
  })
})
