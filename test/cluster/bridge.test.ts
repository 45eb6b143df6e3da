import { createHmac } from 'node:crypto'
import { createClient } from '@redis/client'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDashboardIntake } from '../../cluster/ingress/dashboard/intake.ts'
import { legacyAnswer, legacyTelling, translateLegacy } from '../../cluster/ingress/dashboard/legacy.ts'
import { type Bus, createBus } from '../../cluster/runtime/bus.ts'
import { guildId } from '../../cluster/runtime/ids.ts'
import { type Json, signatureOf } from '../../cluster/runtime/signature.ts'
import { signedEvent, toldStream, toldSubject } from '../../cluster/runtime/told.ts'
import type { Sql } from '../../sql/client.ts'
import { aGuildId } from '../support/builders.ts'
import { onCleanUp } from '../support/cleanup.ts'
import { createDatabase } from '../support/database.ts'
import { startOwnNats } from '../support/nats.ts'
import { type Program, startProgram } from '../support/process.ts'
import { startOwnRedis } from '../support/redis.ts'
import { until } from '../support/wait.ts'
import { log } from './front-door.ts'

const now = Date.parse('2026-11-24T12:00:00Z')
const tower = '9007199254740993001'
const read = (channel: string, body: object | string, p: { secret?: string; onlyGuild?: string } = {}) =>
  translateLegacy(
    { channel: `dashboard:${channel}`, text: typeof body === 'string' ? body : JSON.stringify(body) },
    { secret: p.secret, onlyGuild: p.onlyGuild === undefined ? undefined : guildId(p.onlyGuild), now },
  )

describe('what the legacy dashboard says', () => {
  it.each<[string, string, object, string, object]>([
    ['bot_settings', 'update', { key: 'a', value: 'b' }, 'settings.updated', { key: 'a', value: 'b' }],
    ['bot_settings', 'sync', {}, 'settings.sync', {}],
    ['bot_settings', 'reload', {}, 'settings.reload', {}],
    [
      'bot_settings',
      'post_panel',
      { panel_type: 'link', channel_id: '5' },
      'panel.post',
      { panel_type: 'link', channel_id: '5' },
    ],
    ['commands', 'reload', {}, 'commands.reload', {}],
    ['timed_messages', 'toggle', { id: 3, enabled: true }, 'timers.toggle', { id: 3, enabled: true }],
    ['stream_notification', 'send', { test: true }, 'live.test', { test: true }],
    ['subscriptions', 'tier_changed', {}, 'tier.changed', {}],
    ['point_shop', 'sync_shop', {}, 'shop.sync', {}],
    ['point_shop', 'item_update', { item_id: 3, type: 'delete' }, 'shop.item', { item_id: 3, type: 'delete' }],
    ['point_shop', 'item_restocked', { item_id: 3 }, 'shop.restocked', { item_id: 3 }],
    ['point_shop', 'limits_reset', {}, 'shop.limits_reset', {}],
    [
      'point_shop',
      'sale_status_updated',
      { sale_id: 7, new_status: 'cancelled' },
      'shop.order',
      { sale_id: 7, new_status: 'cancelled' },
    ],
  ])('%s %s is ours as %s', (channel, action, data, ours, kept) => {
    const result = read(channel, { action, data: { ...data, discord_server_id: tower } })
    expect(result).toMatchObject({ kind: 'events', events: [{ guildId: tower, data: kept }] })
    if (result.kind === 'events') expect(result.events.map((event) => `${event.area}.${event.action}`)).toEqual([ours])
  })

  it('of a raffle: draws in both of its versions, rerolls as draws of another kind, and who asked', () => {
    const ours = (action: string, data: object) => {
      const result = read('raffle', { action, data: { ...data, server_id: tower } })
      return result.kind === 'events'
        ? result.events.map((event) => [`${event.area}.${event.action}`, event.data])
        : result
    }
    const draw = {
      request_id: 'r',
      period_id: 42,
      winner_count: 2,
      prize_description: 'a bell',
      drawn_by_discord_id: tower,
    }
    const kept = { request_id: 'r', winner_count: 2, prize_description: 'a bell', actor_id: tower }
    expect(ours('draw', draw)).toEqual([['raffle.draw', kept]])
    expect(ours('draw', { ...draw, excluded_discord_ids: [], is_reroll: false })).toEqual([
      ['raffle.draw', { ...kept, excluded_discord_ids: [], await_animation: true }],
    ])
    expect(ours('draw', { ...draw, is_reroll: true })).toEqual([['raffle.reroll', { ...kept, await_animation: true }]])
    expect(ours('animation_complete', { winner_kick_name: 'Anna' })).toEqual([
      ['raffle.animation_complete', { winner_kick_name: 'Anna' }],
    ])
    expect(ours('leaderboard_post', {})).toEqual([['raffle.leaderboard_post', {}]])
  })

  it('that nobody knows is said all the same, so that its admins hear of it; what ours says itself is not heard', () => {
    const eventOf = (channel: string, action: string) => {
      const result = read(channel, { action, data: { guild_id: tower } })
      return result.kind === 'events' ? `${result.events[0]?.area}.${result.events[0]?.action}` : result.reason
    }
    expect(eventOf('tournament', 'announce_winner')).toBe('tournament.announce_winner')
    expect(eventOf('raffle', 'explode')).toBe('raffle.explode')
    expect(eventOf('giveaway', 'giveaway_entry')).toBe('unknown')
    expect(eventOf('slot_requests', 'new_request')).toBe('unknown')
    expect(eventOf('nowhere', 'explode')).toBe('unknown')
  })

  it('names its server in three ways, as text or as a number, or not at all where there is only one', () => {
    const guildOf = (data: object, onlyGuild?: string) => {
      const result = read('bot_settings', { action: 'reload', data }, onlyGuild === undefined ? {} : { onlyGuild })
      return result.kind === 'events' ? result.events[0]?.guildId : result.reason
    }
    expect([guildOf({ guild_id: tower }), guildOf({ server_id: 1234 }), guildOf({}, tower)]).toEqual([
      tower,
      '1234',
      tower,
    ])
    expect([guildOf({ guild_id: 1.5 }), guildOf({ guild_id: 'x' }), guildOf({})]).toEqual(Array(3).fill('no_guild'))
  })

  it('keeps ids that are numbers whole, and its signature over them and over numbers as Python writes them', () => {
    const signed = `{"action":"update","data":{"guild_id":${tower},"key":"rate","value":1.0},"timestamp":"t"}`
    const sig = createHmac('sha256', 's').update(signed).digest('hex')
    const result = read('bot_settings', signed.replace(/}$/, `,"sig":"${sig}"}`), { secret: 's' })
    expect(result).toMatchObject({ kind: 'events', events: [{ guildId: tower, data: { key: 'rate', value: 1 } }] })
    const tampered = signed.replace(tower, `${tower.slice(0, -1)}2`).replace(/}$/, `,"sig":"${sig}"}`)
    expect(read('bot_settings', tampered, { secret: 's' })).toEqual({ kind: 'refused', reason: 'wrong_signature' })
  })

  it('is believed with the signature that it has when a secret is set', () => {
    const event: { [key: string]: Json } = { action: 'reload', data: { guild_id: tower }, timestamp: 't' }
    expect(read('bot_settings', { ...event, sig: signatureOf(event, 's') }, { secret: 's' }).kind).toBe('events')
    for (const sig of [undefined, 'x', signatureOf(event, 'other')])
      expect(read('bot_settings', { ...event, sig }, { secret: 's' })).toEqual({
        kind: 'refused',
        reason: 'wrong_signature',
      })
  })

  it('has one nonce for one message, whoever hears it, and another for the next', () => {
    const nonce = (timestamp: string) => {
      const result = read('bot_settings', { action: 'reload', data: { guild_id: tower }, timestamp })
      return result.kind === 'events' ? result.events[0]?.nonce : undefined
    }
    expect(nonce('a')).toBe(nonce('a'))
    expect(nonce('a')).not.toBe(nonce('b'))
  })

  it.each([
    ['not json', 'wrong_shape'],
    [{ data: {} }, 'wrong_shape'],
    [{ action: 'Explode!', data: { guild_id: tower } }, 'unknown'],
  ])('%j is refused as %s', (body, reason) => expect(read('bot_settings', body)).toEqual({ kind: 'refused', reason }))
})

describe('what ours says', () => {
  const ours = 'a secret of the dashboard'
  const said = (area: string, action: string, secret = ours) =>
    signedEvent(
      { guildId: tower, area, action, data: { streamer: 'Tower' }, nonce: 'n'.repeat(20) },
      { secret, at: now },
    )

  it('is said as the legacy bot did, with the id as text, and signed where there is a secret', () => {
    const { channel, text } = legacyTelling(said('stream', 'live'), { ours, secret: 'bus-secret' }) ?? {}
    const { sig, ...message } = JSON.parse(text ?? '{}')
    expect([channel, message]).toEqual([
      'bot:stream_status',
      {
        action: 'stream_live',
        data: { discord_server_id: tower, streamer: 'Tower' },
        timestamp: '2026-11-24T12:00:00.000Z',
      },
    ])
    expect(sig).toBe(signatureOf(message, 'bus-secret'))
    expect(legacyTelling(said('stream', 'offline'), { ours, secret: undefined })?.text).not.toContain('sig')
  })

  it('answers what the legacy dashboard waits for under the key at which it looks, once it is decided', () => {
    const answer = (data: { [key: string]: Json }, action = 'answer') =>
      legacyAnswer(
        signedEvent(
          { guildId: tower, area: 'dashboard', action, data, nonce: 'n'.repeat(20) },
          { secret: ours, at: now },
        ),
        { ours },
      )
    const won = { request_id: 'r', event: 'raffle.draw', state: 'done', success: true, winners: [{ draw: 1 }] }
    const drawn = answer(won)
    expect({ ...drawn, value: JSON.parse(drawn?.value ?? '{}') }).toEqual({
      key: 'raffle_draw_result:r',
      value: { request_id: 'r', success: true, winners: [{ draw: 1 }], discord_server_id: tower },
      isList: false,
      seconds: 600,
    })
    const refused = answer({ ...won, state: 'refused', success: false, error: 'nobody takes part' })
    expect(JSON.parse(refused?.value ?? '{}')).toMatchObject({ success: false, error: 'nobody takes part' })
    expect(answer({ ...won, event: 'clips.create' })).toMatchObject({ key: 'clip_create_result_v2:r', isList: true })
    const made = { guildId: tower, area: 'clips', action: 'created', nonce: 'n'.repeat(20) }
    const clip = signedEvent({ ...made, data: { request_id: 'c', clip_url: 'https://x' } }, { secret: ours, at: now })
    expect(legacyAnswer(clip, { ours })).toMatchObject({ key: 'clip_create_result_v2:c', isList: true, seconds: 120 })
    const status = signedEvent(
      { ...made, action: 'buffer_status', data: { recording: true } },
      { secret: ours, at: now },
    )
    expect(legacyAnswer(status, { ours })?.key).toBe(`clip_buffer_status:${tower}`)
    for (const data of [{ ...won, state: 'accepted' }, { ...won, event: 'settings.updated' }, { event: 'raffle.draw' }])
      expect(answer(data)).toBeUndefined()
    expect(answer(won, 'question')).toBeUndefined()
  })

  it.each([
    ['raffle', 'winner_drawn', 'bot:raffle_draw', 'winner_drawn'],
    ['wager', 'wager_recorded', 'dashboard:wager', 'wager_recorded'],
    ['shop', 'new_purchase', 'point_shop', 'new_purchase'],
  ])('says %s.%s on %s as %s', (area, action, channel, its) => {
    const telling = legacyTelling(said(area, action), { ours, secret: undefined })
    expect([telling?.channel, JSON.parse(telling?.text ?? '{}').action]).toEqual([channel, its])
  })

  it.each([
    ['somebody else’s', said('stream', 'live', 'another secret of 16')],
    ['unknown to the legacy dashboard', said('stream', 'exploded')],
    ['no event', { area: 'stream' }],
  ])('is not said when it is %s', (_why, body) =>
    expect(legacyTelling(body, { ours, secret: undefined })).toBeUndefined(),
  )
})

describe('the bridge', () => {
  const secret = 'a secret of the dashboard'
  let sql: Sql
  let program: Program
  let say: (channel: string, body: { [key: string]: Json }) => Promise<void>
  let bus: Bus
  let client: ReturnType<typeof createClient>

  beforeAll(async () => {
    const [nats, redis] = await Promise.all([startOwnNats(), startOwnRedis()])
    sql = (await createDatabase()).sql
    bus = createBus({ url: nats.url, name: 'intake', log })
    await bus.start()
    onCleanUp(() => bus.stop())
    const intake = createDashboardIntake({ sql, bus, log, secrets: [secret] })
    await intake.start()
    onCleanUp(() => intake.stop())
    client = createClient({ url: redis.url })
    await client.connect()
    onCleanUp(async () => client.destroy())
    const env = {
      NATS_URL: nats.url,
      REDIS_URL: redis.address,
      DASHBOARD_SECRET: secret,
      REDIS_MSG_SECRET: 'bus-secret',
      LOG_LEVEL: 'info',
    }
    // Two of them, as during a deployment.
    program = startProgram('cluster/bridge.js', { env })
    const second = startProgram('cluster/bridge.js', { env })
    for (const one of [program, second])
      await until(() => one.lines.some((line) => line.msg === 'bridge listens'), {
        what: 'the bridge',
        timeoutMs: 20_000,
      })
    say = async (channel, body) => {
      await client.publish(`dashboard:${channel}`, JSON.stringify({ ...body, sig: signatureOf(body, 'bus-secret') }))
    }
  })

  it('brings what is published on a real Redis to the owner of the server, once, signed anew', async () => {
    const id = aGuildId()
    await say('bot_settings', { action: 'update', data: { discord_server_id: id, key: 'points_per_5min', value: '4' } })
    await say('point_shop', {
      action: 'update_settings',
      data: { discord_server_id: id, points_per_5min: 5, shop: 'x' },
    })
    const rows = () => sql<{ event: string; data: unknown }[]>`
      select area || '.' || action as event, data from dashboard_event where discord_server_id = ${id} order by data::text`
    await until(async () => (await rows()).length === 3, { what: 'three events' })
    expect((await rows()).map((row) => ({ ...row }))).toEqual([
      { event: 'settings.updated', data: { key: 'points_per_5min', value: '4' } },
      { event: 'settings.updated', data: { key: 'points_per_5min', value: 5 } },
      { event: 'settings.updated', data: { key: 'shop', value: 'x' } },
    ])
  })

  it('says on Redis what ours says on NATS, though two of them listen once each', async () => {
    const heard: string[] = []
    const listener = client.duplicate()
    await listener.connect()
    onCleanUp(async () => listener.destroy())
    await listener.subscribe('bot:stream_status', (text) => void heard.push(text))
    bus.declare(toldStream)
    const telling = { guildId: aGuildId(), area: 'stream', data: { streamer: 'Tower' } }
    for (const action of ['live', 'exploded', 'offline']) {
      const event = { ...telling, action, nonce: `nonce-of-${action}-event` }
      const body = signedEvent(event, { secret, at: Date.now() })
      await until(() => bus.publish(toldSubject(event), body, { id: event.nonce, timeoutMs: 2_000 }), {
        what: 'the stream',
      })
    }
    await until(() => heard.length >= 2, { what: 'both to be heard' })
    // Each of the two takes one of them, so which is said first is theirs; every message carries its time.
    const messages = heard.map((text) => JSON.parse(text))
    expect(messages.map(({ action, data }) => [action, data.discord_server_id]).sort()).toEqual([
      ['stream_live', telling.guildId],
      ['stream_offline', telling.guildId],
    ])
  })

  it('leaves answers where the legacy dashboard waits for them', async () => {
    bus.declare(toldStream)
    const id = aGuildId()
    const answer = async (event: string, requestId: string) => {
      const data = { request_id: requestId, event, state: 'done', success: true, winners: [] }
      const said = {
        guildId: id,
        area: 'dashboard',
        action: 'answer',
        data,
        nonce: `nonce-of-${event.replace('.', '-')}-${id}`,
      }
      const body = signedEvent(said, { secret, at: Date.now() })
      await until(() => bus.publish(toldSubject(said), body, { id: said.nonce, timeoutMs: 2_000 }), {
        what: 'the stream',
      })
    }
    await answer('raffle.draw', `draw-${id}`)
    await answer('clips.create', `clip-${id}`)
    const drawn = await until(() => client.get(`raffle_draw_result:draw-${id}`), { what: 'the draw' })
    expect(JSON.parse(drawn)).toMatchObject({ success: true, winners: [] })
    expect(await client.ttl(`raffle_draw_result:draw-${id}`)).toBeGreaterThan(500)
    const popped = await client.duplicate().connect()
    onCleanUp(async () => popped.destroy())
    expect(JSON.parse((await popped.blPop(`clip_create_result_v2:clip-${id}`, 10))?.element ?? '{}')).toMatchObject({
      request_id: `clip-${id}`,
    })
  })

  it('refuses what is not signed, and goes on', async () => {
    const id = aGuildId()
    const unsigned = { action: 'reload', data: { discord_server_id: id }, sig: 'x' }
    await client.publish('dashboard:commands', JSON.stringify(unsigned))
    await say('commands', { action: 'nothing', data: { discord_server_id: id } })
    await until(() => program.lines.some((line) => line.fields.reason === 'wrong_signature'), { what: 'a refusal' })
    await say('commands', { action: 'reload', data: { discord_server_id: id } })
    const kept = () => sql<{ action: string }[]>`select action from dashboard_event where discord_server_id = ${id}`
    await until(async () => (await kept()).length === 2, { what: 'the events' })
    expect((await kept()).map(({ action }) => action).sort()).toEqual(['nothing', 'reload'])
  })

  it('says what is missing and does not start without it', async () => {
    const without = startProgram('cluster/bridge.js', { env: { NATS_URL: 'nats://127.0.0.1:1' } })
    expect((await without.exited).code).toBe(1)
    expect(without.tail(5)).toMatch(
      /REDIS_URL is missing[\s\S]*DASHBOARD_SECRET is missing|DASHBOARD_SECRET is missing[\s\S]*REDIS_URL is missing/,
    )
  })
})
