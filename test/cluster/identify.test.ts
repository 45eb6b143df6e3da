import { setTimeout as sleep } from 'node:timers/promises'
import { REST } from 'discord.js'
import { beforeEach, describe, expect, it } from 'vitest'
import { createIdentifyGate, type IdentifyGate } from '../../cluster/identify.ts'
import { createLog } from '../../cluster/runtime/log.ts'
import { createSql } from '../../sql/client.ts'
import { DiscordStandIn, type DiscordStandInOptions } from '../standins/discord/index.ts'
import { onCleanUp } from '../support/cleanup.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { until } from '../support/wait.ts'

let database: TestDatabase
let discord: DiscordStandIn

const startDiscord = async (options: DiscordStandInOptions): Promise<void> => {
  discord = new DiscordStandIn(options)
  await discord.start()
  onCleanUp(() => discord.stop())
}

/** A gate as another process has it, with connections of its own. */
const aGate = (options: { reserve?: number; spacingMs?: number } = {}): IdentifyGate => {
  const sql = createSql(database.url, { max: 2 })
  onCleanUp(() => sql.end({ timeout: 1 }))
  return createIdentifyGate({
    sql,
    rest: new REST({ api: discord.url }).setToken(discord.token),
    applicationId: discord.applicationId,
    shardCount: 16,
    reserve: options.reserve ?? 10,
    spacingMs: options.spacingMs ?? 400,
    log: createLog({ process: 'test', level: process.env.TEST_LOG ?? 'silent' }),
  })
}

const never = new AbortController().signal

/** When each shard had its turn, in milliseconds. */
async function turns(asked: readonly (readonly [IdentifyGate, number])[]): Promise<number[]> {
  const at: number[] = []
  await Promise.all(
    asked.map(async ([gate, shardId]) => {
      await gate.waitForTurn(shardId, never)
      at.push(performance.now())
    }),
  )
  return at.sort((a, b) => a - b)
}

const gaps = (at: readonly number[]) => at.slice(1).map((time, index) => time - (at[index] ?? 0))

const left = async () => {
  const [row] = await database.sql<{ remaining: number }[]>`select remaining from identify_budget`
  return row?.remaining
}

/** What Discord said is old, and nobody has just asked. */
const anHourLater = async () => {
  await database.sql`update identify_budget set asked_at = asked_at - interval '1 hour'`
  await database.sql`update identify_gate set next_free_at = next_free_at - interval '1 hour'`
}

beforeEach(async () => {
  database = await createDatabase()
})

describe('the gate before IDENTIFY', () => {
  it('lets one through per bucket and window, whichever process asks', async () => {
    await startDiscord({ maxConcurrency: 1 })
    const [one, two] = [aGate(), aGate()]
    const at = await turns([0, 1, 2, 3, 4, 5].map((shardId) => [shardId % 2 ? one : two, shardId]))
    for (const gap of gaps(at)) expect(gap).toBeGreaterThan(380)
    for (const gap of gaps(at)) expect(gap).toBeLessThan(900)
    expect(await left()).toBe(1_000 - 6)
  })

  it('lets different buckets through at once', async () => {
    await startDiscord({ maxConcurrency: 4 })
    const [one, two] = [aGate({ spacingMs: 3_000 }), aGate({ spacingMs: 3_000 })]
    const startedAt = performance.now()
    await turns([0, 1, 2, 3].map((shardId) => [shardId % 2 ? one : two, shardId]))
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })

  it('leaves no hole behind for a process that stopped waiting', async () => {
    await startDiscord({ maxConcurrency: 1 })
    const [crashing, gate] = [aGate({ spacingMs: 1_000 }), aGate({ spacingMs: 1_000 })]
    await gate.waitForTurn(0, never)
    for (let index = 0; index < 20; index++) {
      const controller = new AbortController()
      const waiting = crashing.waitForTurn(1, controller.signal)
      controller.abort()
      await expect(waiting).rejects.toThrow()
    }
    const startedAt = performance.now()
    await gate.waitForTurn(2, never)
    expect(performance.now() - startedAt).toBeLessThan(1_500)
    expect(crashing.waiting).toBe(0)
  })

  it('stops at the reserve, and goes on with a new budget', async () => {
    await startDiscord({ maxConcurrency: 16, identifyBudget: 13 })
    const gate = aGate({ spacingMs: 1 })
    await turns([0, 1, 2].map((shardId) => [gate, shardId]))
    expect(await left()).toBe(10)

    let isThrough = false
    const waiting = aGate({ spacingMs: 1 })
    void waiting.waitForTurn(3, never).then(() => {
      isThrough = true
    })
    await sleep(500)
    expect(isThrough).toBe(false)
    expect(waiting.waiting).toBe(1)

    // The period ends by the database's clock; Discord knows of a new one.
    await database.sql`update identify_budget set resets_at = now() - interval '1 second'`
    discord.control.setIdentifyBudget(1_000)
    const next = aGate({ spacingMs: 1 })
    await next.waitForTurn(3, never)
    expect(await left()).toBe(999)
  })

  it('believes the lower count within one period', async () => {
    await startDiscord({ identifyBudget: 1_000 })
    discord.control.setIdentifyBudget(500)
    const gate = aGate({ spacingMs: 1 })
    await gate.waitForTurn(0, never)
    expect(await left()).toBe(499)
    await anHourLater()
    await gate.information() // Discord still says 500, since nothing was sent
    expect(await left()).toBe(499)
    discord.control.setIdentifyBudget(200) // another program uses the token, too
    await anHourLater()
    await gate.information()
    expect(await left()).toBe(200)
  })

  it('asks Discord once for many processes', async () => {
    await startDiscord({ limitGatewayBot: true })
    await Promise.all(Array.from({ length: 10 }, () => aGate().information()))
    await aGate().information()
    expect(discord.ledger.calls({ route: '/gateway/bot' })).toHaveLength(1)
  })

  it('makes a shard wait longer when its IDENTIFYs lead nowhere', async () => {
    await startDiscord({})
    const gate = aGate({ spacingMs: 1 })
    await gate.waitForTurn(0, never)
    gate.identified(0)
    await gate.waitForTurn(0, never)
    const controller = new AbortController()
    const again = gate.waitForTurn(0, controller.signal)
    await sleep(1_000)
    expect(gate.waiting).toBe(1)
    controller.abort()
    await expect(again).rejects.toThrow()
  })

  it('lets nobody through without the database', async () => {
    await startDiscord({})
    const sql = createSql('postgres://nobody@127.0.0.1:1/none', { max: 1 })
    onCleanUp(() => sql.end({ timeout: 0 }))
    const gate = createIdentifyGate({
      sql,
      rest: new REST({ api: discord.url }).setToken(discord.token),
      applicationId: discord.applicationId,
      shardCount: 1,
      reserve: 1,
      log: createLog({ process: 'test', level: 'silent' }),
    })
    const controller = new AbortController()
    const waiting = gate.waitForTurn(0, controller.signal)
    await sleep(500)
    expect(await until(() => gate.waiting, { what: 'the wait' })).toBe(1)
    controller.abort()
    await expect(waiting).rejects.toThrow()
  })
})
