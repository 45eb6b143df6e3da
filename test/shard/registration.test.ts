import { readFile } from 'node:fs/promises'
import { Routes } from 'discord.js'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { routesOf } from '../../shard/dispatch/command/target.ts'
import { createRegistration, definitionsOf, registerCommands } from '../../shard/dispatch/registration.ts'
import { defineFeature } from '../../shard/features/feature.ts'
import { features } from '../../shard/features/index.ts'
import type { Sql } from '../../sql/client.ts'
import { projectFile } from '../../sql/migrate.ts'
import { type Bot, startBot } from '../support/bot.ts'
import { createDatabase } from '../support/database.ts'
import { until } from '../support/wait.ts'

const room = (...names: string[]) =>
  defineFeature({
    name: 'room',
    commands: names.map((name) => ({
      data: { name, description: `What ${name} does` },
      run: async () => ({ content: name }),
    })),
  })

let sql: Sql
let bot: Bot

beforeAll(async () => {
  ;({ sql } = await createDatabase())
  bot = await startBot({ sql, features: [room('look', 'listen')], registers: false })
})
beforeEach(async () => {
  await sql`truncate command_registration`
  await bot.client.rest.put(Routes.applicationCommands(bot.discord.applicationId), { body: [] })
  bot.discord.ledger.clear()
})

const options = (...names: string[]) => ({
  sql,
  rest: bot.client.rest,
  applicationId: bot.discord.applicationId,
  features: [room(...names)],
  log: bot.tools.log,
})
const writes = () => bot.discord.ledger.calls({ method: 'PUT', path: /\/commands$/ })
const reads = () => bot.discord.ledger.calls({ method: 'GET', path: /\/commands$/ })
const later = () => sql`update command_registration set checked_at = now() - interval '1 hour'`

describe('commands', () => {
  it('are registered once for all processes that start at the same time', async () => {
    const results = await Promise.all(Array.from({ length: 8 }, () => registerCommands(options('look', 'listen'))))
    expect(results.filter((result) => result === 'registered')).toHaveLength(1)
    expect(writes()).toHaveLength(1)
    expect(await registerCommands(options('look', 'listen'))).toBe('unchanged')
    expect(reads()).toHaveLength(0)
  })

  it('work at once in a guild that joins afterwards, and in servers only', async () => {
    await registerCommands(options('look'))
    const guild = bot.discord.world.addGuild()
    const member = guild.ownerId
    const answer = bot.discord.control.command({ userId: member, guildId: guild.id, command: 'look' })
    expect((await answer.message()).content).toBe('look')
    expect(() => bot.discord.control.command({ userId: member, command: 'look' })).toThrow('DMs')
  })

  it('are registered again when they have changed; those whose name stays keep their id', async () => {
    await registerCommands(options('look', 'listen'))
    const before = bot.discord.world.commands.find(null, 'look', 1)
    expect(await registerCommands(options('look', 'touch'))).toBe('registered')
    expect(bot.discord.world.commands.find(null, 'look', 1)?.id).toBe(before?.id)
    expect(bot.discord.world.commands.find(null, 'listen', 1)).toBeUndefined()
  })

  it('are looked at again after a while, and registered again when another program has changed them', async () => {
    await registerCommands(options('look'))
    await later()
    expect(await registerCommands(options('look'))).toBe('unchanged')
    expect([writes().length, reads().length]).toEqual([1, 1])
    await bot.client.rest.put(Routes.applicationCommands(bot.discord.applicationId), { body: [] })
    await later()
    expect(await registerCommands(options('look'))).toBe('registered')
    expect(bot.discord.world.commands.find(null, 'look', 1)).toBeDefined()
  })

  it('are left to the process that is at it, and taken over when it has died', async () => {
    await registerCommands(options('look'))
    await sql`update command_registration set claimed_until = now() + interval '30 seconds'`
    expect(await registerCommands(options('listen'))).toBe('elsewhere')
    await sql`update command_registration set claimed_until = now() - interval '1 second'`
    expect(await registerCommands(options('listen'))).toBe('registered')
  })
})

it('takes all commands of all rooms, and Discord takes them too', async () => {
  expect(routesOf(features).commands.size).toBe(definitionsOf(features).length)
  expect(await registerCommands({ ...options(), features })).toBe('registered')
  for (const { name } of definitionsOf(features)) expect(bot.discord.world.commands.find(null, name, 1)).toBeDefined()
})

it('stands command by command in the README, which names no other', async () => {
  const readme = await readFile(projectFile('README.md'), 'utf8')
  const table = /^\| \| members .*?^$/ms.exec(readme)?.[0] ?? ''
  const named = (mark: string) =>
    [...table.matchAll(new RegExp(`\`${mark}([a-z-]+)\``, 'g'))].map(([, name = '']) => name).sort()
  expect(named('/')).toEqual(definitionsOf(features).map(({ name }) => name))
  expect(named('!')).toEqual(features.flatMap(({ chat }) => Object.keys(chat ?? {})).sort())
})

it('is a service that starts although Discord is unavailable', async () => {
  bot.discord.control.faults.rest({ kind: 'status', status: 503 }, { path: /commands$/, times: 4 })
  const service = createRegistration(options('look'))
  await service.start()
  await until(() => writes().length === 4, { what: 'the attempts to fail' })
  await service.stop()
  expect(bot.discord.world.commands.find(null, 'look', 1)).toBeUndefined()
})

it('lists the commands in one order, whatever the order of the rooms', () => {
  const [a, b] = [room('look'), defineFeature({ ...room('listen'), name: 'other' })]
  expect(definitionsOf([a, b])).toEqual(definitionsOf([b, a]))
  expect(definitionsOf([a, b]).map(({ name }) => name)).toEqual(['listen', 'look'])
})
