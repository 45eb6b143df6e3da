import { beforeEach, describe, expect, it } from 'vitest'
import { bindingsChanged, decodeEvent } from '../../../cluster/ingress/event.ts'
import { missedStreams } from '../../../cluster/ingress/kick/reconcile/streams.ts'
import { AskedFor, planSubscriptions, wantedEvents } from '../../../cluster/ingress/kick/reconcile/subscriptions.ts'
import { createReconciler, limitsOfKick, type ReconcilerOptions } from '../../../cluster/ingress/kick/reconcile.ts'
import { createBus } from '../../../cluster/runtime/bus.ts'
import { type GuildId, kickUserId } from '../../../cluster/runtime/ids.ts'
import { createKick } from '../../../cluster/runtime/kick.ts'
import { registry } from '../../../cluster/runtime/metrics.ts'
import type { KnownStream } from '../../../sql/queries/kick.ts'
import type { KickUser } from '../../standins/kick/index.ts'
import { onCleanUp } from '../../support/cleanup.ts'
import { createDatabase } from '../../support/database.ts'
import { startOwnNats } from '../../support/nats.ts'
import { until } from '../../support/wait.ts'
import { guildOfShard, log, shardCount, shardsPerGroup, startKick } from '../front-door.ts'

const nothing = { created: 0, failed: 0, removed: 0, streams: 0, signalsLost: 0, signalsFound: 0 }
const minutes = (n: number) => n * 60_000

const nats = await startOwnNats()
const { sql } = await createDatabase()
const bus = createBus({ url: nats.url, name: 'reconcile', log })
await bus.start()
onCleanUp(() => bus.stop())
let aheadMs = 0
const clock = { now: () => Date.now() + aheadMs, monotonic: () => performance.now() }
const kick = await startKick({ clock: () => clock.now(), chatSubscriptionLimit: 5 })
const client = createKick({
  idUrl: kick.idUrl,
  apiUrl: kick.apiUrl,
  clientId: kick.clientId,
  clientSecret: kick.clientSecret,
  wait: () => Promise.resolve(),
})

let guilds = 0
const reconciler = (more: Partial<ReconcilerOptions> = {}) =>
  createReconciler({ sql, bus, clock, log, kick: client, holder: 'pod', shardCount, shardsPerGroup, ...more })
const bind = (channel: KickUser, guildId = guildOfShard(0, ++guilds)) => sql`
  insert into kick_channel (discord_server_id, broadcaster_user_id, slug, display_name)
  values (${guildId}, ${channel.userId}, ${channel.slug}, ${channel.username})`
const pairs = () => kick.control.subscriptions.map((row) => `${row.broadcasterId} ${row.event}`).sort()
const pairsOf = (...channels: KickUser[]) =>
  channels.flatMap(({ userId }) => wantedEvents.map((event) => `${userId} ${event}`)).sort()
const each = wantedEvents.length
const inbox = async () =>
  (await sql<{ event: unknown }[]>`select event from inbox order by received_at`).map(({ event }) => decodeEvent(event))
const gauge = async (name: string, labels: object = {}) =>
  (await registry.getSingleMetric(name)?.get())?.values.find(
    (one) => JSON.stringify(one.labels) === JSON.stringify(labels),
  )?.value

beforeEach(async () => {
  await sql`truncate kick_channel, stream_session, inbox, settlement`
  const left = kick.control.subscriptions.map(({ id }) => id)
  if (left.length > 0) await client.subscriptions.delete(left)
  aheadMs = 0
})

describe('subscriptions', () => {
  it('become one for each bound channel and event, and stay so', async () => {
    const [a, b] = [kick.control.addChannel(), kick.control.addChannel()]
    await bind(a)
    await bind(a)
    await bind(b)
    const one = reconciler()
    expect(await one.run()).toEqual({ ...nothing, created: 2 * each })
    expect(pairs()).toEqual(pairsOf(a, b))
    expect(await one.run()).toEqual(nothing)
    expect(await gauge('bot_kick_subscriptions', { type: 'chat.message.sent' })).toBe(2)
  })

  it('lose what is too many and what nobody is bound to, and nothing else', async () => {
    const [a, gone] = [kick.control.addChannel(), kick.control.addChannel()]
    await bind(a)
    const one = reconciler()
    await one.run()
    kick.control.faults.resubscribe = 'second'
    await client.subscriptions.create(kickUserId(a.userId), ['chat.message.sent', 'channel.followed'])
    await client.subscriptions.create(kickUserId(gone.userId), ['chat.message.sent', 'channel.followed'])
    kick.control.faults.resubscribe = 'existing'
    expect(await one.run()).toEqual({ ...nothing, removed: 3 })
    expect(pairs()).toEqual([...pairsOf(a), `${a.userId} channel.followed`].sort())
    await sql`insert into guild (discord_server_id, left_at) select discord_server_id, now() from kick_channel`
    expect(await one.run()).toMatchObject({ removed: each + 1 })
    expect(pairs()).toEqual([])
  })

  it('are not asked for again while Kick does not list them', async () => {
    const channel = kick.control.addChannel()
    await bind(channel)
    kick.control.faults.listingLagMs = Number.POSITIVE_INFINITY
    kick.control.faults.resubscribe = 'second'
    const one = reconciler()
    expect(await one.run()).toMatchObject({ created: each })
    expect(await one.run()).toEqual(nothing)
    aheadMs = minutes(31)
    expect(await one.run()).toMatchObject({ created: each })
    aheadMs = minutes(62) // the next wait is an hour
    expect(await one.run()).toMatchObject({ created: 0 })
    kick.control.faults.listingLagMs = 0
    kick.control.faults.resubscribe = 'existing'
    expect(await one.run()).toMatchObject({ removed: each })
    expect(pairs()).toEqual(pairsOf(channel))
  })

  it('stop at the limit and say so', async () => {
    for (let n = 0; n < 7; n++) await bind(kick.control.addChannel())
    const limits = { ...limitsOfKick, 'chat.message.sent': 5 }
    const report = await reconciler({ limits }).run()
    expect(report).toMatchObject({ created: 5 + 7 * (each - 1), failed: 1 })
    expect(await gauge('bot_kick_subscriptions_limit_ratio', { type: 'chat.message.sent' })).toBe(1)
  })

  it('are planned without changing what is not ours', () => {
    const a = kickUserId(1)
    const row = (id: string, broadcasterId: string, event: string) => ({
      id,
      broadcasterId: kickUserId(broadcasterId),
      event,
      version: 1,
    })
    const plan = planSubscriptions(
      new Set([a]),
      [row('2', '1', 'chat.message.sent'), row('1', '1', 'chat.message.sent'), row('3', '9', 'kicks.gifted')],
      () => false,
    )
    expect(plan.remove).toEqual(['2', '3'])
    expect([...plan.create]).toEqual([[a, wantedEvents.filter((event) => event !== 'chat.message.sent')]])
    const asked = new AskedFor()
    asked.note(a, 'livestream.status.updated', 0)
    expect(asked.isUnderWay(a, 'livestream.status.updated', minutes(29))).toBe(true)
    asked.settle([], new Set())
    expect(asked.isUnderWay(a, 'livestream.status.updated', minutes(29))).toBe(false)
  })
})

describe('streams', () => {
  it('whose begin was missed are told once, over the same way as webhooks', async () => {
    const channel = kick.control.addChannel()
    await bind(channel, guildOfShard(0, ++guilds))
    await bind(channel, guildOfShard(3, ++guilds))
    kick.control.goLive(channel, { startedAt: Date.now() - minutes(30), title: 'unheard of' })
    const one = reconciler()
    expect(await one.run()).toMatchObject({ streams: 1 })
    const events = await inbox()
    expect(events).toHaveLength(2)
    expect(events[0]?.happening).toMatchObject({ type: 'livestream', isLive: true, title: 'unheard of', endedAt: null })
    expect(await one.run()).toEqual(nothing)
    expect(await inbox()).toHaveLength(2)
    expect(await gauge('bot_kick_live_channels')).toBe(1)
    expect(await gauge('bot_kick_live_silent_channels')).toBe(1)
  })

  it('whose end was missed are ended, unless a channel asked for alone turns out to be live', async () => {
    const [ended, hidden] = [kick.control.addChannel(), kick.control.addChannel()]
    for (const channel of [ended, hidden]) {
      await bind(channel)
      await sql`
        insert into stream_session (discord_server_id, started_at, title, changed_at)
        select discord_server_id, now() - interval '1 hour', 'still on', now() - interval '1 hour'
          from kick_channel where broadcaster_user_id = ${channel.userId}`
    }
    kick.control.goLive(hidden, { startedAt: Date.now() - minutes(60) })
    const forgetful = {
      ...client,
      livestreamsByIds: async (ids: readonly string[]) =>
        ids.length > 1 ? [] : client.livestreamsByIds(ids.map((id) => kickUserId(id))),
    }
    const one = reconciler({ kick: forgetful })
    const report = await one.run()
    const events = (await inbox()).filter((event) => event.broadcaster.userId === kickUserId(ended.userId))
    expect(events).toHaveLength(1)
    expect(events[0]?.happening).toMatchObject({ isLive: false, title: 'still on' })
    expect(
      (await inbox()).filter(({ happening }) => happening.type === 'livestream' && !happening.isLive),
    ).toHaveLength(1)
    expect(report.streams).toBeGreaterThan(0)
    expect(await one.run()).toEqual(nothing)
  })

  const record = (more: Partial<KnownStream>): KnownStream => ({
    guildId: '1' as GuildId,
    broadcasterUserId: kickUserId(7),
    slug: 'seven',
    displayName: 'Seven',
    signalLostAt: null,
    lastChatAt: null,
    title: 'title',
    startedAt: null,
    endedAt: null,
    changedAt: null,
    ...more,
  })
  const live = (startedAt: number) =>
    new Map([[kickUserId(7), { userId: kickUserId(7), slug: 'seven', title: 'new', startedAt, viewerCount: 1 }]])
  const now = minutes(1_000)
  const hour = minutes(60)

  it.each([
    ['nothing is known and the channel is offline', record({}), undefined, undefined],
    ['the record is right', record({ startedAt: now - hour, changedAt: now - hour }), now - hour, undefined],
    ['a stream has just begun', record({}), now - minutes(1), undefined],
    ['a begin was missed', record({}), now - hour, { isLive: true, startedAt: now - hour, at: now - hour }],
    [
      'a stream came back',
      record({ startedAt: now - hour, endedAt: now - minutes(30), changedAt: now - minutes(30) }),
      now - hour,
      { isLive: true, startedAt: now - hour, at: now - minutes(30) + 1 },
    ],
    [
      'the API lags behind an end',
      record({ startedAt: now - hour, endedAt: now - minutes(1), changedAt: now - minutes(1) }),
      now - hour,
      undefined,
    ],
    [
      'the API lags behind a begin',
      record({ startedAt: now - minutes(1), changedAt: now - minutes(1) }),
      undefined,
      undefined,
    ],
    [
      'the API shows an older stream',
      record({ startedAt: now - hour, changedAt: now - hour }),
      now - 2 * hour,
      undefined,
    ],
    [
      'an end was missed',
      record({ startedAt: now - hour, changedAt: now - hour }),
      undefined,
      { isLive: false, endedAt: now, at: now - hour + 1, title: 'title' },
    ],
  ])('are judged: %s', (_what, known, startedAt, expected) => {
    const seen = { live: startedAt === undefined ? new Map() : live(startedAt), lastLiveAt: new Map(), now }
    const [missed] = missedStreams([known], seen)
    if (expected === undefined) expect(missed).toBeUndefined()
    else expect(missed?.event.happening).toMatchObject(expected)
  })

  it('do not gain more than ten minutes by an end that nobody saw', () => {
    const known = record({ startedAt: now - hour, changedAt: now - hour })
    const seen = { live: new Map(), lastLiveAt: new Map([[kickUserId(7), now - minutes(40)]]), now }
    expect(missedStreams([known], seen)[0]?.event.happening).toMatchObject({ endedAt: now - minutes(30) })
  })
})

describe('the signal', () => {
  it('is lost when the API has failed for ten minutes, and found when it answers', async () => {
    const [quiet, told] = [kick.control.addChannel(), kick.control.addChannel()]
    await bind(quiet)
    await bind(told)
    const one = reconciler()
    await one.run()
    const recover = kick.control.failRequests({ kind: '500_empty', path: '/public/v1/livestreams', times: 10_000 })
    expect(await one.run()).toEqual(nothing)
    await sql`
      insert into stream_session (discord_server_id, started_at, changed_at)
      select discord_server_id, now(), now() + interval '5 minutes' from kick_channel where broadcaster_user_id = ${told.userId}`
    await sql`update kick_channel set last_chat_at = now() + interval '2 minutes'`
    aheadMs = minutes(9)
    expect(await one.run()).toEqual(nothing)
    aheadMs = minutes(11)
    expect(await one.run()).toEqual({ ...nothing, signalsLost: 1 })
    expect(await one.run()).toEqual(nothing)
    const lost = await sql`select broadcaster_user_id as id from kick_channel where signal_lost_at is not null`
    expect(lost).toEqual([{ id: String(quiet.userId) }])
    expect(await sql`select kind from settlement where facts_revision > settled_revision`).toHaveLength(1)
    recover()
    expect(await one.run()).toMatchObject({ signalsFound: 1 })
    expect(await sql`select 1 as one from kick_channel where signal_lost_at is not null`).toEqual([])
  })
})

describe('the service', () => {
  it('runs on one pod, at once, and again when a binding changes', async () => {
    const pods = [reconciler(), reconciler()]
    const channel = kick.control.addChannel()
    await bind(channel)
    await Promise.all(pods.map((pod) => pod.start()))
    await until(() => pairs().length === each, { what: 'the first run' })
    const next = kick.control.addChannel()
    await bind(next)
    bus.hint(bindingsChanged, {})
    await until(() => pairs().length === 2 * each, { what: 'the run after the hint' })
    await Promise.all(pods.map((pod) => pod.stop()))
    expect(await gauge('bot_kick_live_channels')).toBe(0)
  })
})
