import { type Client, Events, GatewayIntentBits, Status } from 'discord.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { clientOf, loggedIn } from './client.ts'
import { DiscordStandIn, type DiscordStandInOptions, shardOf } from './index.ts'

let discord: DiscordStandIn
const clients: Client[] = []

const begin = async (options: DiscordStandInOptions = {}) => {
  await discord.stop()
  discord = new DiscordStandIn(options)
  await discord.start()
}

const login = async (options: Parameters<typeof loggedIn>[1] = {}) => {
  const client = await loggedIn(discord, options)
  clients.push(client)
  return client
}

/** The next time the client emits the event. */
const next = <T>(client: Client, event: string): Promise<T> =>
  new Promise((resolve) => (client as unknown as NodeJS.EventEmitter).once(event, (first: T) => resolve(first)))

beforeEach(async () => {
  discord = new DiscordStandIn()
  await discord.start()
})

afterEach(async () => {
  // Not awaited: discord.js never finishes destroying a client that still waits for its turn to identify.
  for (const client of clients.splice(0)) void client.destroy()
  await discord.stop()
})

describe('a session', () => {
  it('gets the guilds of its shard, for any number of shards', async () => {
    await begin({ identifyWindowMs: 0 })
    const guilds = discord.world.addGuilds(10)
    const four = await login({ shards: [0, 1, 2, 3], shardCount: 4 })
    const oneOfThree = await login({ shards: [1], shardCount: 3 })
    expect([...four.guilds.cache.keys()].sort()).toEqual(guilds.map(({ id }) => id).sort())
    for (const guild of four.guilds.cache.values()) {
      expect(guild.available).toBe(true)
      expect(guild.shardId).toBe(shardOf(guild.id, 4))
    }
    expect([...oneOfThree.guilds.cache.keys()].sort()).toEqual(
      guilds
        .map(({ id }) => id)
        .filter((id) => shardOf(id, 3) === 1)
        .sort(),
    )
    expect(new Set(guilds.map(({ id }) => shardOf(id, 4))).size).toBe(4)
    expect(discord.ledger.violations).toEqual([])
  })

  it('hears of a guild that is joined, that fails and returns, and that removes the bot', async () => {
    const client = await login()
    const joined = next<{ id: string }>(client, Events.GuildCreate)
    const guild = discord.world.addGuild({ name: 'Late' })
    expect((await joined).id).toBe(guild.id)
    const lost = next(client, Events.GuildUnavailable)
    guild.beginOutage()
    await lost
    const back = next(client, Events.GuildAvailable)
    guild.endOutage()
    await back
    const removed = next<{ id: string }>(client, Events.GuildDelete)
    discord.world.removeGuild(guild.id)
    expect((await removed).id).toBe(guild.id)
  })

  it('takes a guild id above 2^53 that the test chose', async () => {
    const guild = discord.world.addGuild({ id: '1300000000000000001' })
    const client = await login()
    expect(client.guilds.cache.has(guild.id)).toBe(true)
  })

  it('gets member events only with the member intent, which must be enabled', async () => {
    const refused = clientOf(discord, { intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMembers] })
    await expect(refused.login(discord.token)).rejects.toThrow('disallowed intents')
    await begin({ privilegedIntents: ['GuildMembers'] })
    const guild = discord.world.addGuild()
    const client = await login({ intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMembers] })
    const added = next<{ id: string }>(client, Events.GuildMemberAdd)
    const userId = discord.control.join(guild.id)
    expect((await added).id).toBe(userId)
  })

  it('sees the text of others only with the content intent', async () => {
    await begin({ privilegedIntents: ['MessageContent'], identifyWindowMs: 0 })
    const guild = discord.world.addGuild()
    const { user } = guild.addMember()
    const plain = await login({ intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages] })
    const privileged = await login({
      intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.MessageContent],
    })
    const both = Promise.all([plain, privileged].map((c) => next<{ content: string }>(c, Events.MessageCreate)))
    discord.control.say({ userId: user.id, channelId: guild.firstTextChannel.id, content: 'hello' })
    expect((await both).map(({ content }) => content)).toEqual(['', 'hello'])
  })

  it('can ask for the members of a guild', async () => {
    await begin({ privilegedIntents: ['GuildMembers'] })
    const guild = discord.world.addGuild()
    guild.addMembers(1_200)
    const client = await login({ intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMembers] })
    const members = await client.guilds.cache.get(guild.id)?.members.fetch()
    expect(members?.size).toBe(1_202)
  })
})

describe('IDENTIFY', () => {
  it('with a wrong token ends with 4004 and costs nothing', async () => {
    const client = clientOf(discord)
    client.rest.setToken(discord.token)
    await expect(client.login('wrong')).rejects.toThrow()
    expect(discord.ledger.violationsOf('bad-token')).not.toEqual([])
  })

  it('comes too soon when two clients use one bucket at once', async () => {
    await begin({ maxConcurrency: 1 })
    await login()
    const second = clientOf(discord)
    clients.push(second)
    void second.login(discord.token).catch(() => undefined)
    const violation = await discord.control.until(() => discord.ledger.violationsOf('identify-bucket')[0])
    expect(violation.detail).toContain('shard 0/1')
    expect(discord.ledger.identifies.map(({ outcome }) => outcome)).toEqual(['ready', 'bucket'])
  })

  it('beyond the budget resets the token: sessions end, REST answers 401', async () => {
    await begin({ identifyBudget: 2, identifyWindowMs: 0 })
    const client = await login()
    const dead = next(client, Events.ShardDisconnect)
    discord.control.setIdentifyBudget(1)
    const other = clientOf(discord)
    clients.push(other)
    // The client asked while one was left; another one takes it.
    discord.control.faults.withholdReady()
    const attempt = other.login(discord.token).catch((error: Error) => error)
    await discord.control.until(() => discord.ledger.identifies.length === 2)
    const { socket } = await rawSocket()
    socket.send(JSON.stringify({ op: 2, d: { token: discord.token, intents: 1, shard: [0, 1], properties: {} } }))
    await dead
    await attempt
    expect(discord.ledger.tokenWasReset).toBe(true)
    expect(discord.ledger.violationsOf('budget-overrun')).toHaveLength(1)
    expect(await client.rest.get('/users/@me').catch((error) => error.status)).toBe(401)
  })
})

describe('a lost connection', () => {
  it('is resumed, and the events missed meanwhile arrive in order', async () => {
    const guild = discord.world.addGuild()
    const client = await login()
    const resumed = next(client, Events.ShardResume)
    const created: string[] = []
    client.on(Events.GuildRoleCreate, (role) => created.push(role.name))
    expect(discord.control.cut()).toBe(1)
    for (const name of ['a', 'b', 'c']) guild.addRole({ name })
    await resumed
    expect(created).toEqual(['a', 'b', 'c'])
    expect(discord.ledger.resumes).toMatchObject([{ outcome: 'resumed' }])
    expect(discord.ledger.identifies).toHaveLength(1)
  })

  it('follows op 7, and is resumed', async () => {
    const client = await login()
    const resumed = next(client, Events.ShardResume)
    discord.control.askToReconnect()
    await resumed
    expect(discord.ledger.closes).toMatchObject([{ code: 4200, by: 'client' }])
    expect(discord.ledger.violations).toEqual([])
  })

  it('resumes on the same socket after op 9 true', async () => {
    const client = await login()
    const resumed = next(client, Events.ShardResume)
    discord.control.invalidate(true)
    await resumed
    expect(discord.ledger.closes).toEqual([])
  })

  it('needs a new session after the session was forgotten', async () => {
    await begin({ identifyWindowMs: 10 })
    await login({ ws: { buildIdentifyThrottler: async () => ({ waitForIdentify: async () => undefined }) } })
    discord.control.cut()
    discord.control.forgetDetachedSessions()
    await discord.control.until(() => discord.ledger.identifies.length === 2)
    expect(discord.ledger.resumes).toMatchObject([{ outcome: 'invalid-session' }])
  })

  it('is noticed by a client whose heartbeats get no answer', async () => {
    await begin({ heartbeatIntervalMs: 200 })
    const client = await login()
    const resumed = next(client, Events.ShardResume)
    discord.control.faults.swallowAcks()
    await discord.control.until(() => discord.ledger.closes.find(({ code, by }) => code === 4200 && by === 'client'))
    discord.control.faults.answerAcks()
    await resumed
    expect(client.ws.shards.get(0)?.status).toBe(Status.Ready)
  })

  it('survives a restart of the stand-in that keeps its sessions', async () => {
    const client = await login()
    const resumed = next(client, Events.ShardResume)
    await discord.stop({ keepSessions: true })
    await discord.start()
    await resumed
    expect(discord.ledger.identifies).toHaveLength(1)
  })

  it('can be taken up by another connection that knows the session', async () => {
    const open = async () => {
      const { socket } = await rawSocket()
      const frames: { op: number; t: string | null; s: number | null; d: { session_id?: string } }[] = []
      socket.onmessage = ({ data }) => {
        frames.push(JSON.parse(String(data)))
        discord.control.advance(0)
      }
      return { socket, frames }
    }
    const first = await open()
    first.socket.send(JSON.stringify({ op: 2, d: { token: discord.token, intents: 1, shard: [0, 1], properties: {} } }))
    const ready = await discord.control.until(() => first.frames.find(({ t }) => t === 'READY'))
    first.socket.close(4_900)
    await discord.control.until(() => discord.ledger.closes.find(({ code }) => code === 4_900))
    const guild = discord.world.addGuild()
    const second = await open()
    const d = { token: discord.token, session_id: ready.d.session_id, seq: ready.s }
    second.socket.send(JSON.stringify({ op: 6, d }))
    await discord.control.until(() => second.frames.find(({ t }) => t === 'RESUMED'))
    expect(second.frames.map(({ t, s }) => [t, s])).toEqual([
      ['GUILD_CREATE', 2],
      ['RESUMED', 3],
    ])
    expect(guild.isUnavailable).toBe(false)
    second.socket.close(1_000)
    await discord.control.until(() => discord.ledger.closes.find(({ code }) => code === 1_000))
    const third = await open()
    third.socket.send(JSON.stringify({ op: 6, d }))
    expect(await discord.control.until(() => third.frames[0])).toMatchObject({ op: 9, d: false })
    third.socket.close()
  })

  it('never closes with the code that belongs to the client', async () => {
    await login()
    expect(() => discord.control.close(4200)).toThrow('private to discord.js')
  })

  it('after a fatal code leaves the shard dead', async () => {
    const client = await login()
    const dead = next<{ code: number }>(client, Events.ShardDisconnect)
    discord.control.close(4014)
    expect((await dead).code).toBe(4014)
  })
})

describe('the start', () => {
  it('waits for READY and for guilds that are held back', async () => {
    const [first] = discord.world.addGuilds(2)
    if (!first) throw new Error('no guild')
    discord.control.faults.withholdReady()
    discord.control.faults.withholdGuilds([first.id])
    const client = clientOf(discord)
    clients.push(client)
    const ready = next(client, Events.ClientReady)
    const login = client.login(discord.token)
    await discord.control.until(() => discord.ledger.identifies.length === 1)
    discord.control.faults.releaseReady()
    await login
    expect(client.isReady()).toBe(false)
    discord.control.faults.releaseGuilds()
    await ready
    expect(client.guilds.cache.size).toBe(2)
  })

  it('carries a thousand guilds with a hundred members each', async () => {
    for (const guild of discord.world.addGuilds(1_000)) guild.addMembers(100)
    const client = await login({ shards: [0, 1], shardCount: 2 })
    expect(client.guilds.cache.size).toBe(1_000)
  })
})

/** A socket of our own, for what discord.js never does. */
const rawSocket = async (): Promise<{ socket: WebSocket; closed: Promise<number> }> => {
  const socket = new WebSocket(`${discord.url.replace('http', 'ws').replace('/api', '/gateway')}?v=10&encoding=json`)
  const closed = new Promise<number>((resolve) => {
    socket.onclose = ({ code }) => resolve(code)
  })
  await new Promise((resolve) => {
    socket.onmessage = resolve
  })
  return { socket, closed }
}

describe('a client that breaks the protocol is closed', () => {
  const identify = (more: object = {}) =>
    JSON.stringify({ op: 2, d: { token: discord.token, intents: 1, shard: [0, 1], properties: {}, ...more } })

  it.each([
    ['an unknown opcode', 4001, () => [JSON.stringify({ op: 99, d: null })]],
    ['something that is not JSON', 4002, () => ['{']],
    ['a payload above 4096 bytes', 4002, () => [JSON.stringify({ op: 1, d: 'x'.repeat(4_096) })]],
    ['a command before IDENTIFY', 4003, () => [JSON.stringify({ op: 3, d: {} })]],
    ['a wrong token', 4004, () => [identify({ token: 'wrong' })]],
    ['a second IDENTIFY', 4005, () => [identify(), identify()]],
    ['too many payloads', 4008, () => Array.from({ length: 121 }, () => JSON.stringify({ op: 1, d: null }))],
    ['a shard beyond its count', 4010, () => [identify({ shard: [2, 2] })]],
    ['unknown intents', 4013, () => [identify({ intents: 1 << 30 })]],
    ['privileged intents that are not enabled', 4014, () => [identify({ intents: 1 << 15 })]],
  ])('for %s with %i', async (_, code, payloads) => {
    const { socket, closed } = await rawSocket()
    for (const payload of payloads()) socket.send(payload)
    expect(await closed).toBe(code)
  })

  it('for silence with 4009', async () => {
    await begin({ heartbeatIntervalMs: 50 })
    const { closed } = await rawSocket()
    expect(await closed).toBe(4009)
  })

  it('for a sequence of the future with 4007', async () => {
    const first = await rawSocket()
    const ready = new Promise<string>((resolve) => {
      first.socket.onmessage = ({ data }) => {
        const { t, d } = JSON.parse(String(data))
        if (t === 'READY') resolve(d.session_id)
      }
    })
    first.socket.send(identify({ shard: [1, 2] }))
    const sessionId = await ready
    const second = await rawSocket()
    second.socket.send(JSON.stringify({ op: 6, d: { token: discord.token, session_id: sessionId, seq: 1_000 } }))
    expect(await second.closed).toBe(4007)
    first.socket.close()
  })
})

it('refuses a token that looks real', () => {
  const id = Buffer.from('123456789012345678').toString('base64url')
  expect(() => new DiscordStandIn({ token: `${id}.GabcDe.${'x'.repeat(38)}` })).toThrow('real Discord token')
})
