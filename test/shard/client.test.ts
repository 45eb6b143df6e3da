import { setTimeout as sleep } from 'node:timers/promises'
import { Events, type Interaction, Routes } from 'discord.js'
import { beforeEach, describe, expect, it } from 'vitest'
import { createLog } from '../../cluster/runtime/log.ts'
import { registry } from '../../cluster/runtime/metrics.ts'
import {
  createShardClient,
  type GatewayListener,
  type ShardClient,
  type ShardClientOptions,
} from '../../shard/client.ts'
import type { Sql } from '../../sql/client.ts'
import { DiscordStandIn, type DiscordStandInOptions, shardOf } from '../standins/discord/index.ts'
import { onCleanUp } from '../support/cleanup.ts'
import { createDatabase } from '../support/database.ts'
import { until } from '../support/wait.ts'

interface Connected {
  readonly client: ShardClient
  readonly heard: string[]
  readonly interactions: Interaction[]
  readonly ends: number[]
  leave(): Promise<void>
}

let sql: Sql
let discord: DiscordStandIn

const startDiscord = async (options: DiscordStandInOptions = {}): Promise<DiscordStandIn> => {
  const standIn = new DiscordStandIn(options)
  await standIn.start()
  onCleanUp(() => standIn.stop())
  return standIn
}

beforeEach(async () => {
  sql = (await createDatabase()).sql
  discord = await startDiscord()
})

/** A process of its own as far as Discord and the database can tell. */
async function connect(
  options: Partial<ShardClientOptions> & { listener?: Partial<GatewayListener>; on?: DiscordStandIn } = {},
): Promise<Connected> {
  const on = options.on ?? discord
  const heard: string[] = []
  const ends: number[] = []
  const interactions: Interaction[] = []
  const client = createShardClient({
    group: 0,
    shardIds: [0],
    shardCount: 1,
    epoch: 1,
    token: on.token,
    apiUrl: on.url,
    groupCount: 1,
    identifyReserve: 100,
    identifySpacingMs: 5_100,
    sql,
    log: createLog({ process: 'test', level: process.env.TEST_LOG ?? 'silent' }),
    onEnd: (code) => ends.push(code),
    ...options,
  })
  client.client.on(Events.InteractionCreate, (interaction) => interactions.push(interaction))
  const identity = await client.identify(new AbortController().signal)
  client.connect(identity, {
    guildAvailable: async ({ guildId }) => void heard.push(`available ${guildId}`),
    guildLeft: async (guildId) => void heard.push(`left ${guildId}`),
    rolesChanged: async (guildId) => void heard.push(`roles ${guildId}`),
    memberJoined: async ({ userId }) => void heard.push(`joined ${userId}`),
    memberLeft: async ({ userId }) => void heard.push(`gone ${userId}`),
    memberSeen: async ({ userId, roleIds }) => void heard.push(`seen ${userId} with ${roleIds.join(' ')}`),
    guildsListed: async (shardId, guildIds) => void heard.push(`listed ${shardId}: ${guildIds.join(' ')}`),
    ...options.listener,
  })
  const leave = async () => {
    await client.disconnect()
    await client.stop()
  }
  onCleanUp(leave)
  return { client, heard, interactions, ends, leave }
}

const ready = (process: Connected) => until(() => process.client.isReady, { what: 'the client to be ready' })

const figure = async (name: string): Promise<number> => {
  const metric = await registry.getSingleMetric(name)?.get()
  return metric?.values[0]?.value ?? 0
}

const outcomes = () => discord.ledger.resumes.map(({ outcome }) => outcome)

describe('a shard client', () => {
  it('identifies once, hears of guilds and roles, and keeps none of them in memory', async () => {
    const guild = discord.world.addGuild()
    const process = await connect()
    await ready(process)
    await until(() => process.heard.includes(`available ${guild.id}`), { what: 'GUILD_CREATE' })
    expect(process.heard[0]).toBe(`listed 0: ${guild.id}`)

    const joined = discord.world.addGuild()
    const role = joined.addRole()
    joined.giveRole(discord.botUserId, role.id)
    joined.beginOutage()
    joined.endOutage()
    discord.world.removeGuild(joined.id)
    await until(() => process.heard.includes(`left ${joined.id}`), { what: 'GUILD_DELETE' })
    const news = process.heard.filter((line) => line.endsWith(joined.id)).map((line) => line.split(' ')[0])
    expect(news.filter((what, index) => what !== news[index - 1])).toEqual(['available', 'roles', 'available', 'left'])
    expect(process.client.client.guilds.cache.size).toBe(0)
    expect(process.client.client.channels.cache.size).toBe(0)
    expect(discord.ledger.identifies).toHaveLength(1)
    expect(discord.ledger.violations).toEqual([])
  })

  it('leaves without ending the session, and another process goes on with it', async () => {
    const guild = discord.world.addGuild()
    const member = discord.control.join(guild.id)
    const first = await connect({ shardIds: [0, 1], shardCount: 2 })
    await ready(first)
    await first.client.rest.put(Routes.applicationCommands(discord.applicationId), {
      body: [{ name: 'me', description: 'me' }],
    })
    await first.leave()
    expect(discord.control.connectedShards).toEqual([])

    const missed = discord.world.addGuild()
    const second = await connect({ shardIds: [0, 1], shardCount: 2, epoch: 2 })
    await ready(second)
    await until(() => second.heard.includes(`available ${missed.id}`), { what: 'the guild that was missed' })
    expect(second.heard).toHaveLength(1)
    expect(discord.ledger.identifies).toHaveLength(2)
    expect(outcomes()).toEqual(['resumed', 'resumed'])

    const interaction = discord.control.command({ userId: member, guildId: guild.id, command: 'me' })
    await until(() => second.interactions.length > 0, { what: 'the interaction' })
    const [received] = second.interactions
    if (!received?.isChatInputCommand()) throw new Error('expected a command')
    expect(received.guildId).toBe(guild.id)
    expect(received.memberPermissions).not.toBeNull()
    await received.reply('hello')
    expect(await interaction.message()).toMatchObject({ content: 'hello' })
    expect(discord.ledger.violations).toEqual([])
  })

  it('hears who joins, leaves and gets roles only with the intent, for which a session of another kind is not resumed', async () => {
    const open = await startDiscord({ privilegedIntents: ['GuildMembers'] })
    const guild = open.world.addGuild()
    const deaf = await connect({ on: open })
    await ready(deaf)
    open.control.join(guild.id)
    guild.addRole()
    await until(() => deaf.heard.includes(`roles ${guild.id}`), { what: 'what came after' })
    expect(deaf.heard.filter((line) => line.startsWith('joined'))).toEqual([])
    await deaf.leave()

    const process = await connect({ on: open, hearsMembers: true, epoch: 2 })
    await ready(process)
    expect(open.ledger.identifies).toHaveLength(2)
    const member = open.control.join(guild.id)
    const role = guild.addRole().id
    guild.giveRole(member, role)
    await until(() => process.heard.includes(`seen ${member} with ${role}`), { what: 'the role' })
    open.control.leave(guild.id, member)
    await until(() => process.heard.includes(`gone ${member}`), { what: 'the departure' })
    expect(process.heard).toContain(`joined ${member}`)
    await process.leave()
    const next = await connect({ on: open, hearsMembers: true, epoch: 3 })
    await ready(next)
    expect(open.ledger.identifies).toHaveLength(2)
    expect(open.ledger.violations).toEqual([])
  })

  it('gets again what was not handled when the process died', async () => {
    const first = await connect({
      listener: { guildAvailable: () => new Promise(() => {}) }, // never done with it
    })
    await ready(first)
    const guild = discord.world.addGuild()
    await sleep(100)
    await first.leave()

    const second = await connect()
    await until(() => second.heard.includes(`available ${guild.id}`), { what: 'the event once more' })
    expect(outcomes()).toEqual(['resumed'])
  })

  it('identifies anew when Discord has forgotten the session, and stores the new one', async () => {
    const first = await connect()
    await ready(first)
    await first.leave()
    const [before] = await sql<{ sessionId: string }[]>`select session_id from gateway_session`
    discord.control.forgetDetachedSessions()

    const second = await connect()
    await ready(second)
    expect(outcomes()).toEqual(['invalid-session'])
    await until(
      async () => {
        const [after] = await sql<{ sessionId: string }[]>`select session_id from gateway_session`
        return after !== undefined && after.sessionId !== before?.sessionId
      },
      { what: 'the new session in the database' },
    )
    expect(discord.ledger.identifies).toHaveLength(2)
    expect(discord.ledger.violations).toEqual([])
  })

  it('skips interactions that a RESUME brings too late, and trusts no clock about fresh ones', async () => {
    // Everything from this Discord looks five seconds old.
    const late = await startDiscord({ clock: { now: () => Date.now() - 5_000 } })
    const guild = late.world.addGuild()
    const member = late.control.join(guild.id)
    const skipped = await figure('bot_gateway_replays_skipped_total')
    const first = await connect({ on: late })
    await ready(first)
    await first.client.rest.put(Routes.applicationCommands(late.applicationId), {
      body: [{ name: 'me', description: 'me' }],
    })
    late.control.command({ userId: member, guildId: guild.id, command: 'me' })
    await until(() => first.interactions.length === 1, { what: 'the fresh interaction' })
    await first.leave()
    late.control.command({ userId: member, guildId: guild.id, command: 'me' })

    const second = await connect({ on: late })
    await ready(second)
    await until(async () => (await figure('bot_gateway_replays_skipped_total')) > skipped, { what: 'the skip' })
    expect(second.interactions).toEqual([])
  })

  it('answers on a connected shard while another one waits for its turn', async () => {
    const one = await startDiscord({ maxConcurrency: 1 })
    const process = await connect({ on: one, shardIds: [0, 1], shardCount: 2 })
    await one.control.untilConnected(1)
    const shardId = one.control.connectedShards[0]?.[0]
    const guild = one.world.addGuilds(4).find(({ id }) => shardOf(id, 2) === shardId)
    if (guild === undefined) throw new Error('no guild on the shard')
    const member = one.control.join(guild.id)
    await process.client.rest.put(Routes.applicationCommands(one.applicationId), {
      body: [{ name: 'me', description: 'me' }],
    })
    one.control.command({ userId: member, guildId: guild.id, command: 'me' })
    await until(() => process.interactions.length === 1, { what: 'the interaction', timeoutMs: 2_000 })
    expect(process.client.isReady).toBe(false)
    await ready(process)
    expect(one.ledger.violations).toEqual([])
  })

  it('resumes after Discord was unreachable, though its library would identify', async () => {
    const process = await connect()
    await ready(process)
    await discord.stop({ keepSessions: true })
    await until(() => !process.client.isReady, { what: 'the loss of the connection' })
    await sleep(1_500) // several refused connections
    await discord.start()
    await ready(process)
    expect(discord.ledger.identifies).toHaveLength(1)
    expect(outcomes()).toEqual(['resumed'])
  })

  it('ends the process when Discord closes for good', async () => {
    const process = await connect()
    await ready(process)
    discord.control.close(4014)
    await until(() => process.ends.length > 0, { what: 'the end' })
    expect(process.ends).toEqual([78])
  })

  it('ends the process when the token is refused', async () => {
    discord.control.resetToken()
    await expect(connect()).rejects.toThrow()
  })

  it('does not touch sessions of a newer owner', async () => {
    const newer = await connect({ epoch: 7 })
    await ready(newer)
    await until(async () => (await sql`select 1 from gateway_session`).length > 0, { what: 'the stored session' })
    const older = await connect({ epoch: 6 })
    await until(() => older.ends.length > 0, { what: 'the end of the older one' })
    expect(older.ends).toEqual([79])
    expect(discord.ledger.identifies).toHaveLength(1)
    expect(outcomes()).toEqual([])
    expect(newer.client.isReady).toBe(true)
  })

  it('yields to a newer owner that resumes its session', async () => {
    const older = await connect({ epoch: 1 })
    await ready(older)
    await until(async () => (await sql`select 1 from gateway_session`).length > 0, { what: 'the stored session' })
    const newer = await connect({ epoch: 2 })
    await until(() => older.ends.length > 0, { what: 'the end of the older one' })
    expect(older.ends).toEqual([79])
    await older.leave()
    await ready(newer)
    await sleep(1_500)
    expect(newer.client.isReady).toBe(true)
    expect(newer.ends).toEqual([])
    expect(discord.ledger.identifies).toHaveLength(1)
  })

  it('begins anew when nothing moves, but not while it waits for its turn', async () => {
    discord.control.faults.refusesSockets = true
    const process = await connect({ loginLimitMs: 1_500 })
    await until(() => process.ends.length > 0, { what: 'the end' })
    expect(process.ends).toEqual([1])

    const reserved = await startDiscord({ identifyBudget: 100, seed: 2 })
    const waiting = await connect({ on: reserved, loginLimitMs: 1_000 })
    await sleep(2_500)
    expect(waiting.ends).toEqual([])
    expect(reserved.ledger.identifies).toEqual([])
  })
})
