import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { ConfigError, groupCountOf, readConfig, readSchedulerConfig } from '../../cluster/runtime/config.ts'
import { quicknet } from '../../cluster/runtime/drand.ts'
import { onCleanUp } from '../support/cleanup.ts'
import { startProgram } from '../support/process.ts'
import { until } from '../support/wait.ts'

const valid = {
  DISCORD_TOKEN: 'a-token-nobody-may-see',
  DATABASE_URL: 'postgres://user:a-password-nobody-may-see@localhost/belfry',
  NATS_URL: 'nats://localhost:4222',
  KICK_CLIENT_ID: 'client',
  KICK_CLIENT_SECRET: 'a-secret-nobody-may-see',
  PUBLIC_URL: 'https://belfry.example/',
  SECRETS_KEY: '0123456789abcdef'.repeat(4),
}

function faultsOf(read: () => unknown): readonly string[] {
  try {
    read()
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
  throw new Error('the configuration was accepted')
}

/** Something that listens where the database is said to be, and counts who comes. */
async function aDoor(): Promise<{ url: string; visits: () => number }> {
  let visits = 0
  const server = createServer((socket) => {
    visits++
    socket.destroy()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onCleanUp(async () => void server.close())
  return { url: `postgres://127.0.0.1:${(server.address() as AddressInfo).port}/belfry`, visits: () => visits }
}

describe('the configuration', () => {
  it('is complete with what cannot be guessed; everything else has a default', () => {
    expect(readConfig(valid)).toMatchObject({
      ...valid,
      PUBLIC_URL: 'https://belfry.example',
      DISCORD_API_URL: 'https://discord.com/api',
      KICK_API_URL: 'https://api.kick.com',
      SHARD_COUNT: 4,
      SHARDS_PER_GROUP: 2,
      TICK_CADENCE_SECONDS: 60,
      LOG_LEVEL: 'info',
    })
    expect(readConfig(valid).DISCORD_PROXY_URL).toBeUndefined()
  })

  it('believes the mirrors and the chain of drand that it is told', () => {
    expect(readConfig(valid).DRAND_URL).toContain('https://api.drand.sh')
    expect(readConfig(valid).DRAND_CHAIN).toEqual(quicknet)
    const chain = { hash: 'a'.repeat(64), publicKey: 'b'.repeat(192), genesisSeconds: 1_600_000_000, periodSeconds: 30 }
    expect(
      readConfig({
        ...valid,
        DRAND_URL: 'https://one.example/, http://two.example',
        DRAND_CHAIN: Object.values(chain).join(':'),
      }),
    ).toMatchObject({ DRAND_URL: ['https://one.example', 'http://two.example'], DRAND_CHAIN: chain })
    expect(faultsOf(() => readConfig({ ...valid, DRAND_URL: 'drand', DRAND_CHAIN: 'quicknet' }))).toEqual([
      'DRAND_URL is wrong: it must be a complete URL of the right kind',
      'DRAND_CHAIN is wrong: must be hash, public key, genesis and period, with colons between them',
    ])
  })

  it('takes an empty variable for one that is not set', () => {
    expect(readConfig({ ...valid, LOG_LEVEL: '', SHARD_COUNT: ' ', POD_NAME: '' })).toMatchObject({
      LOG_LEVEL: 'info',
      SHARD_COUNT: 4,
    })
    expect(faultsOf(() => readConfig({ ...valid, DISCORD_TOKEN: '  ' }))).toEqual(['DISCORD_TOKEN is missing'])
  })

  it('names every fault at once, in a few words, and what is allowed', () => {
    const faults = faultsOf(() =>
      readConfig({
        ...valid,
        DISCORD_TOKEN: undefined,
        DATABASE_URL: 'mysql://localhost/belfry',
        NATS_URL: 'localhost:4222',
        PUBLIC_URL: 'belfry.example',
        SECRETS_KEY: 'too-short',
        SHARD_COUNT: '0',
        SHARDS_PER_GROUP: '65',
        TICK_CADENCE_SECONDS: '1.5',
        GRACE_SECONDS: 'soon',
        LOG_LEVEL: 'chatty',
      }),
    )
    expect(faults).toEqual([
      'DISCORD_TOKEN is missing',
      'DATABASE_URL is wrong: it must be a complete URL of the right kind',
      'NATS_URL is wrong: it must be a complete URL of the right kind',
      'PUBLIC_URL is wrong: it must be a complete URL of the right kind',
      'SECRETS_KEY is wrong: must be 64 hexadecimal digits',
      'SHARD_COUNT is wrong: it must be at least 1',
      'SHARDS_PER_GROUP is wrong: it must be at most 64',
      'TICK_CADENCE_SECONDS is wrong: it must be a whole number',
      'GRACE_SECONDS is wrong: it must be a number',
      'LOG_LEVEL is wrong: it must be one of trace, debug, info, warn, error, silent',
    ])
  })

  it('never repeats a value, since it may be a secret', () => {
    const wrong = Object.fromEntries(Object.keys(readConfig(valid)).map((name) => [name, 'hunter2 hunter2']))
    try {
      readConfig({ ...valid, ...wrong })
      expect.unreachable()
    } catch (error) {
      expect(String(error)).toContain('SECRETS_KEY is wrong')
      expect(String(error)).not.toContain('hunter2')
    }
  })

  it('of the scheduler knows neither Discord nor Kick', () => {
    const { DATABASE_URL, NATS_URL } = valid
    const config = readSchedulerConfig({ DATABASE_URL, NATS_URL, DISCORD_TOKEN: 'not its business' })
    expect(config).toMatchObject({ DATABASE_URL, NATS_URL, SCHEDULER_LEASE_SECONDS: 5 })
    expect(Object.keys(config).filter((name) => /DISCORD|KICK|SECRET/.test(name))).toEqual([])
    expect(faultsOf(() => readSchedulerConfig({}))).toEqual(['DATABASE_URL is missing', 'NATS_URL is missing'])
  })

  it('has a group for every shard, the last one perhaps smaller', () => {
    expect(groupCountOf({ SHARD_COUNT: 7, SHARDS_PER_GROUP: 2 })).toBe(4)
    expect(groupCountOf({ SHARD_COUNT: 8, SHARDS_PER_GROUP: 2 })).toBe(4)
    expect(groupCountOf({ SHARD_COUNT: 1, SHARDS_PER_GROUP: 64 })).toBe(1)
  })
})

describe('a program', () => {
  it.each([
    ['scheduler/main.js', ['HTTP_PORT is wrong: it must be at most 65535', 'NATS_URL is missing']],
    [
      'cluster/main.js',
      [
        'DISCORD_TOKEN is missing',
        'HTTP_PORT is wrong: it must be at most 65535',
        'KICK_CLIENT_ID is missing',
        'KICK_CLIENT_SECRET is missing',
        'NATS_URL is missing',
        'PUBLIC_URL is missing',
        'SECRETS_KEY is missing',
      ],
    ],
  ])('with a wrong configuration says so and ends, before it connects anywhere: %s', async (file, faults) => {
    const door = await aDoor()
    const program = startProgram(file, { env: { DATABASE_URL: door.url, HTTP_PORT: '123456' } })
    expect(await program.exited).toEqual({ code: 1, signal: null })
    const [first, ...rest] = program.lines.map(({ text }) => text)
    expect(first).toBe(`belfry: the configuration has ${faults.length} faults:`)
    expect(rest.map((line) => line.trim()).sort()).toEqual(faults)
    expect(program.tail()).not.toContain('123456')
    expect(door.visits()).toBe(0)
  })

  it('with a right one comes to the door, again and again while nobody opens, and ends when it is asked to', async () => {
    const door = await aDoor()
    const program = startProgram('scheduler/main.js', {
      env: { DATABASE_URL: door.url, NATS_URL: 'nats://127.0.0.1:1', HTTP_PORT: '0' },
    })
    await until(() => door.visits() > 1, { what: 'the second visit' })
    expect(await program.kill('SIGTERM')).toEqual({ code: 0, signal: null })
  })
})
