import { beforeAll, describe, expect, it } from 'vitest'
import { createDashboardIntake } from '../../../cluster/ingress/dashboard/intake.ts'
import { readDashboardEvent } from '../../../cluster/ingress/dashboard/payload.ts'
import { createBus } from '../../../cluster/runtime/bus.ts'
import { registry } from '../../../cluster/runtime/metrics.ts'
import { canonical, isSigned, signatureOf } from '../../../cluster/runtime/signature.ts'
import { features } from '../../../shard/features/index.ts'
import type { Sql } from '../../../sql/client.ts'
import { readSettingsOf } from '../../../sql/queries/settings.ts'
import { type Bot, startBot } from '../../support/bot.ts'
import { textOf } from '../../support/browsing.ts'
import { aGuildId, times } from '../../support/builders.ts'
import { onCleanUp } from '../../support/cleanup.ts'
import { type Said, saidByDashboard } from '../../support/dashboard.ts'
import { createDatabase } from '../../support/database.ts'
import { startOwnNats } from '../../support/nats.ts'
import { until } from '../../support/wait.ts'
import { log } from '../front-door.ts'

const secret = 'a secret of the dashboard'

describe('a signature', () => {
  const event = {
    action: 'reload',
    data: { discord_server_id: '987654321098765432' },
    timestamp: '2026-01-01T00:00:00+00:00',
  }

  it('is that of the dashboard', () => {
    expect(signatureOf(event, 'bus-secret')).toBe('5f8b5a8317895ad9473dacc34aacaf8c044900fb39bdeeecfa32b8e4e06a1220')
  })

  it('covers what stands in the event, in whichever order, and not itself', () => {
    const signed = { timestamp: event.timestamp, sig: signatureOf(event, secret), data: event.data, action: 'reload' }
    expect(isSigned(signed, ['another', secret])).toBe(true)
    expect(isSigned({ ...signed, action: 'delete' }, [secret])).toBe(false)
    expect(isSigned(signed, ['another'])).toBe(false)
    for (const sig of [undefined, '', 'x', signed.sig.toUpperCase(), signed.sig.slice(1)])
      expect(isSigned({ ...event, ...(sig !== undefined && { sig }) }, [secret])).toBe(false)
  })

  it('is made over text that Python writes alike', () => {
    expect(canonical({ b: [1, true, null, 'ü"\\\n😀'], a: { d: 1.5, c: '' } })).toBe(
      '{"a":{"c":"","d":1.5},"b":[1,true,null,"\\u00fc\\"\\\\\\n\\ud83d\\ude00"]}',
    )
  })
})

describe('an event', () => {
  const now = Date.parse('2026-11-24T12:00:00Z')
  const guildId = '9007199254740993001'
  const read = (said: Partial<Said>, change: { subject?: string; body?: object; storedAt?: number } = {}) => {
    const made = saidByDashboard({ guildId, event: 'settings.updated', at: now, secret, ...said })
    const { subject = made.subject, body = made.body, storedAt = now } = change
    return readDashboardEvent({ subject, body, storedAt }, [secret])
  }

  it('is believed with its id exact', () => {
    const result = read({ data: { key: 'language' } })
    expect(result).toMatchObject({ kind: 'event', event: { guildId, area: 'settings', action: 'updated', at: now } })
  })

  it.each<[string, ReturnType<typeof read>]>([
    ['wrong_signature', read({ secret: 'somebody else' })],
    ['stale', read({}, { storedAt: now + 301_000 })],
    ['stale', read({}, { storedAt: now - 301_000 })],
    ['wrong_subject', read({}, { subject: `dash.1.settings.updated` })],
    ['wrong_subject', read({}, { subject: `dash.${guildId}.settings.reset` })],
    ['wrong_shape', read({ guildId: Number(guildId) as never })],
    ['wrong_shape', read({ nonce: 'short' })],
    ['wrong_shape', read({}, { body: {} })],
    ['wrong_shape', readDashboardEvent({ subject: 'dash.1.a.b', body: undefined, storedAt: now }, [secret])],
  ])('is refused as %s', (reason, result) => expect(result).toEqual({ kind: 'refused', reason }))
})

describe('what the dashboard says', () => {
  let sql: Sql
  let bot: Bot
  let say: (said: Omit<Said, 'secret'> & { secret?: string }) => Promise<void>

  beforeAll(async () => {
    const nats = await startOwnNats()
    sql = (await createDatabase()).sql
    const bus = createBus({ url: nats.url, name: 'dashboard', log })
    await bus.start()
    onCleanUp(() => bus.stop())
    for (let pod = 0; pod < 2; pod++) {
      const intake = createDashboardIntake({ sql, bus, log, secrets: [secret, 'the secret before'] })
      await intake.start()
      onCleanUp(() => intake.stop())
    }
    bot = await startBot({ sql, features })
    let published = 0
    say = async (said) => {
      const { subject, body } = saidByDashboard({ secret, ...said })
      await until(() => bus.publish(subject, body, { id: `p${++published}`, timeoutMs: 2_000 }), { what: 'the stream' })
    }
  })

  const outcomes = (guildId: string) => sql<{ outcome: string | null; reason: string | null }[]>`
    select outcome, reason from dashboard_event where discord_server_id = ${guildId} order by said_at, event_id`
  const handled = (guildId: string, count: number) =>
    until(async () => (await outcomes(guildId)).filter((row) => row.outcome !== null).length === count, {
      what: `${count} events to be handled`,
    })

  it('changes a setting within a second or two, of that guild alone, and is noted', async () => {
    const [guildId, other] = [aGuildId(), aGuildId()]
    const actor = '1300000000000000777'
    await say({ guildId, event: 'settings.updated', data: { key: 'points_per_5min', value: 7, actor_id: actor } })
    await handled(guildId, 1)
    expect(await readSettingsOf(sql, guildId, ['points_per_5min'])).toEqual({ points_per_5min: 7 })
    expect(await readSettingsOf(sql, other, ['points_per_5min'])).toEqual({ points_per_5min: 1 })
    const rows =
      await sql`select source, actor_id, old_value, new_value from audit_log where discord_server_id = ${guildId}`
    expect(rows).toEqual([{ source: 'dashboard', actorId: actor, oldValue: null, newValue: '7' }])
    const [facts] =
      await sql`select facts_revision::int as revision from settlement where discord_server_id = ${guildId} and kind = 'points'`
    expect(facts?.revision).toBe(1)
  })

  it('has one effect, however often and by whichever key it is delivered', async () => {
    const guildId = aGuildId()
    const said = { guildId, event: 'tracking.switched', data: { mode: 'off' }, nonce: 'n'.repeat(20) }
    for (let i = 0; i < 3; i++) await say(said)
    await say({ ...said, secret: 'the secret before' })
    await say({ guildId, event: 'settings.reload' })
    await handled(guildId, 2)
    const rows = await sql`select 1 from audit_log where discord_server_id = ${guildId}`
    expect(rows).toHaveLength(1)
  })

  it('is done in the order in which it was said', async () => {
    const guildId = aGuildId()
    const now = Date.now()
    for (const i of times(8, (n) => n))
      await say({
        guildId,
        event: 'settings.updated',
        data: { key: 'points_per_5min', value: i + 1 },
        at: now - 1_000 + i,
      })
    await handled(guildId, 8)
    expect(await readSettingsOf(sql, guildId, ['points_per_5min'])).toEqual({ points_per_5min: 8 })
  })

  it('changes nothing when it is wrong, says why, and holds nobody up', async () => {
    const [wrong, right] = [aGuildId(), aGuildId()]
    await say({ guildId: wrong, event: 'settings.updated', data: { key: 'points_per_5min', value: 5000 } })
    await say({ guildId: wrong, event: 'settings.updated', data: { value: 5 } })
    await say({ guildId: wrong, event: 'settings.exploded' })
    await say({ guildId: right, event: 'settings.updated', data: { key: 'language', value: 'de' } })
    await Promise.all([handled(wrong, 3), handled(right, 1)])
    expect(await outcomes(wrong)).toEqual([
      { outcome: 'refused', reason: '`points_per_5min` must be a whole number from 0 to 1,000.' },
      { outcome: 'refused', reason: expect.stringMatching(/^key: /) },
      { outcome: 'unknown', reason: 'no room knows this event' },
    ])
    expect(await sql`select 1 from bot_settings where discord_server_id = ${wrong}`).toHaveLength(0)
    // Admins read it where they look first.
    const [guild, other] = [wrong, right].map((id) => bot.discord.world.addGuild({ id }))
    const status = async (of: typeof guild) =>
      textOf(
        await bot.discord.control
          .command({ guildId: of?.id ?? '', userId: of?.ownerId ?? '', command: 'status' })
          .message(),
      )
    expect(await status(guild)).toMatch(/I did not do what the dashboard asked \(settings\.\w+/)
    expect(await status(other)).not.toContain('the dashboard asked')
    expect(await readSettingsOf(sql, right, ['language'])).toEqual({ language: 'de' })
  })

  it('needs nothing done where nothing is kept in memory and nothing is sold, and is counted as done', async () => {
    const guildId = aGuildId()
    const events = ['commands.reload', 'tier.changed', 'settings.sync', 'settings.reload', 'timers.changed']
    for (const event of events) await say({ guildId, event })
    await handled(guildId, events.length)
    expect(await outcomes(guildId)).toEqual(events.map(() => ({ outcome: 'done', reason: null })))
    const counted = (await registry.getSingleMetric('bot_dashboard_events_handled_total')?.get())?.values
    for (const event of events)
      expect(counted).toContainEqual({ labels: { event, outcome: 'done' }, value: expect.any(Number) })
  })

  it('is dropped and counted when it is not signed, and nothing is kept of it', async () => {
    const guildId = aGuildId()
    await say({ guildId, event: 'settings.updated', data: { key: 'language', value: 'de' }, secret: 'wrong' })
    await say({ guildId, event: 'settings.updated', data: { key: 'language', value: 'tr' }, at: Date.now() - 400_000 })
    const counted = async (outcome: string) =>
      (await registry.getSingleMetric('bot_dashboard_events_received_total')?.get())?.values.find(
        (one) => one.labels.outcome === outcome,
      )?.value
    await until(async () => (await counted('wrong_signature')) === 1 && (await counted('stale')) === 1, {
      what: 'both to be refused',
    })
    expect(await outcomes(guildId)).toEqual([])
  })
})
