import { beforeAll, describe, expect, it } from 'vitest'
import { type Bus, createBus } from '../../cluster/runtime/bus.ts'
import type { GuildId } from '../../cluster/runtime/ids.ts'
import { createLog } from '../../cluster/runtime/log.ts'
import { isSigned, type Json } from '../../cluster/runtime/signature.ts'
import { toldStream } from '../../cluster/runtime/told.ts'
import { onLivestream } from '../../shard/features/activity/event.ts'
import { features } from '../../shard/features/index.ts'
import { type Sql, transaction } from '../../sql/client.ts'
import { type Bot, startBot } from '../support/bot.ts'
import { aGuildId, streamOf } from '../support/builders.ts'
import { onCleanUp } from '../support/cleanup.ts'
import { createDatabase } from '../support/database.ts'
import { startOwnNats } from '../support/nats.ts'
import { until } from '../support/wait.ts'

const secret = 'a secret of the dashboard'
const log = createLog({ process: 'test', level: 'silent' })

let sql: Sql
let bot: Bot
let bus: Bus
let ofDashboard: Bus
const heard: { subject: string; body: { [key: string]: Json } }[] = []

beforeAll(async () => {
  sql = (await createDatabase()).sql
  const nats = await startOwnNats()
  bus = createBus({ url: nats.url, name: 'shard', log })
  bus.declare(toldStream)
  ofDashboard = createBus({ url: nats.url, name: 'dashboard', log })
  await ofDashboard.start()
  for (const one of [bus, ofDashboard]) onCleanUp(() => one.stop())
  bot = await startBot({ sql, features, tools: { bus, dashboardSecret: secret } })
  const listening = { stream: toldStream, durable: 'dashboard', filter: 'evt.>', batch: 10, ackWaitSeconds: 30 }
  ofDashboard.consume(listening, async (messages) => {
    for (const message of messages) {
      heard.push({ subject: message.subject, body: message.json() as { [key: string]: Json } })
      message.ack()
    }
  })
})

const minutesAgo = (minutes: number) => Date.now() - minutes * 60_000
const hear = (stream: ReturnType<typeof streamOf>, tools = bot.tools) =>
  transaction(sql, (db) => onLivestream([stream], db, tools))
const toldOf = (guildId: GuildId) => heard.filter(({ body }) => body.guild_id === guildId)
const untilTold = (guildId: GuildId, count: number) =>
  until(() => toldOf(guildId).length === count, { what: `${count} events`, timeoutMs: 15_000 })
const owedFor = (guildId: GuildId) => sql<{ state: string }[]>`
  select state from outbox where discord_server_id = ${guildId} and kind = 'dashboard.tell'`

describe('a stream', () => {
  it('that begins while the bus is away is told when it is back', async () => {
    const guildId = aGuildId()
    await hear(streamOf({ guildIds: [guildId], startedAt: minutesAgo(9) }))
    await until(
      async () =>
        (await sql`select 1 from outbox where discord_server_id = ${guildId} and last_error is not null`).length === 1,
      {
        what: 'a first attempt',
      },
    )
    await bus.start()
    await untilTold(guildId, 1)
    expect(await owedFor(guildId)).toEqual([{ state: 'paid' }])
  })

  it('is told to the dashboard when it begins and when it ends, once each, signed, to each server by itself', async () => {
    const [guildId, other] = [aGuildId(), aGuildId()]
    const startedAt = minutesAgo(30)
    const begun = streamOf({ guildIds: [guildId, other], startedAt })
    await Promise.all([hear(begun), hear(begun)])
    await hear(streamOf({ guildIds: [guildId, other], startedAt, at: minutesAgo(20) })) // a new title
    await untilTold(guildId, 1)
    const ended = streamOf({ guildIds: [guildId, other], startedAt, endedAt: minutesAgo(2) })
    for (let i = 0; i < 3; i++) await hear(ended)
    await hear(streamOf({ guildIds: [guildId, other], startedAt, at: minutesAgo(10) })) // late, and known better by now
    await Promise.all([untilTold(guildId, 2), untilTold(other, 2)])
    expect(toldOf(guildId).map(({ subject }) => subject)).toEqual([
      `evt.${guildId}.stream.live`,
      `evt.${guildId}.stream.offline`,
    ])
    for (const { body } of toldOf(guildId)) {
      expect(isSigned(body, [secret])).toBe(true)
      expect(body).toMatchObject({
        guild_id: guildId,
        area: 'stream',
        data: { streamer: expect.any(String), stream_url: expect.stringMatching(/^https:\/\/kick\.com\//) },
      })
    }
    expect(new Set(heard.map(({ body }) => body.nonce)).size).toBe(heard.length)
    expect(await owedFor(guildId)).toHaveLength(2)
  })

  it('is told again when it comes back after an end', async () => {
    const guildId = aGuildId()
    const startedAt = minutesAgo(30)
    await hear(streamOf({ guildIds: [guildId], startedAt }))
    await hear(streamOf({ guildIds: [guildId], startedAt, endedAt: minutesAgo(9) }))
    await hear(streamOf({ guildIds: [guildId], startedAt, at: minutesAgo(5) }))
    await untilTold(guildId, 3)
    expect(toldOf(guildId).map(({ body }) => body.action)).toEqual(['live', 'offline', 'live'])
  })

  it('whose beginning nobody told, or that is older than one that is live, is no news when it is over', async () => {
    const guildId = aGuildId()
    await hear(streamOf({ guildIds: [guildId], startedAt: minutesAgo(90), endedAt: minutesAgo(80) }))
    await hear(streamOf({ guildIds: [guildId], startedAt: minutesAgo(20) }))
    await hear(streamOf({ guildIds: [guildId], startedAt: minutesAgo(70) }))
    await untilTold(guildId, 1)
    expect(await owedFor(guildId)).toHaveLength(1)
  })

  it('is told to nobody where there is no dashboard', async () => {
    const guildId = aGuildId()
    await hear(streamOf({ guildIds: [guildId], startedAt: minutesAgo(9) }), {
      ...bot.tools,
      dashboardSecret: undefined,
    })
    expect(await owedFor(guildId)).toEqual([])
  })
})
