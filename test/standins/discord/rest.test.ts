import { type Client, REST, Routes } from 'discord.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { codeOf, loggedIn, refusalOf } from './client.ts'
import { DiscordStandIn, type DiscordStandInOptions, type Guild, Permission } from './index.ts'

let discord: DiscordStandIn
let rest: REST
let guild: Guild
let userId: string

const begin = async (options: DiscordStandInOptions = {}, guildOptions: { botPermissions?: bigint } = {}) => {
  await discord?.stop()
  discord = new DiscordStandIn(options)
  await discord.start()
  rest = new REST({ api: discord.url, retries: 0 }).setToken(discord.token)
  guild = discord.world.addGuild(guildOptions)
  userId = guild.addMember({ username: 'ann' }).user.id
}

const send = (channelId: string, body: object) => rest.post(Routes.channelMessages(channelId), { body })

beforeEach(() => begin())
afterEach(() => discord.stop())

describe('roles', () => {
  it('are given and taken below the bot, twice without harm, with the reason in the audit log', async () => {
    const role = guild.addRole({ name: 'Regular' })
    const route = Routes.guildMemberRole(guild.id, userId, role.id)
    await rest.put(route, { reason: 'über 10 Stunden' })
    await rest.put(route)
    expect(discord.control.rolesOf(guild.id, userId)).toEqual([role.id])
    await rest.delete(route)
    expect(discord.control.rolesOf(guild.id, userId)).toEqual([])
    expect(guild.auditLog[0]).toMatchObject({ actionType: 25, targetId: userId, reason: 'über 10 Stunden' })
  })

  it('are refused in the way that Discord refuses them', async () => {
    const fine = guild.addRole()
    const above = guild.addRole({ position: 'above-bot' })
    const gone = guild.addRole()
    guild.removeRole(gone.id)
    const stranger = discord.world.addUser().id
    const put = (user: string, role: string) => codeOf(rest.put(Routes.guildMemberRole(guild.id, user, role)))
    expect(await put(userId, above.id)).toBe(50013)
    expect(await put(userId, guild.botRole.id)).toBe(50013)
    expect(await put(userId, guild.id)).toBe(50028)
    expect(await put(userId, gone.id)).toBe(10011)
    expect(await put(stranger, fine.id)).toBe(10007)
    expect(await put('123456789012345678', fine.id)).toBe(10013)
    expect(await codeOf(rest.put(Routes.guildMemberRole('123456789012345678', userId, fine.id)))).toBe(10004)
    guild.moveRole(above.id, 'below-bot')
    expect(await put(userId, above.id)).toBe('no error')
    guild.updateRole(guild.botRole.id, { permissions: Permission.ViewChannel })
    expect(await put(userId, fine.id)).toBe(50013)
    expect(discord.control.invalidRequests).toBe(3)
  })

  it('given or taken are told to the bot as a change of the member', async () => {
    await begin({ privilegedIntents: ['GuildMembers'] })
    const role = guild.addRole()
    const client = await loggedIn(discord, { intents: ['Guilds', 'GuildMembers'] })
    // discord.js names a change only of members that it has in its cache.
    await client.guilds.cache.get(guild.id)?.members.fetch(userId)
    const updated = new Promise<string[]>((resolve) => {
      client.on('guildMemberUpdate', (_, member) => resolve([...member.roles.cache.keys()]))
    })
    await client.rest.put(Routes.guildMemberRole(guild.id, userId, role.id))
    expect(await updated).toContain(role.id)
    void client.destroy()
  })

  it('can be made with permissions that the bot has, and no others', async () => {
    const made = await rest.post(Routes.guildRoles(guild.id), {
      body: { name: 'New', permissions: String(Permission.ViewChannel) },
    })
    expect(made).toMatchObject({ name: 'New', position: 1, managed: false })
    const body = { name: 'Power', permissions: String(Permission.Administrator) }
    expect(await codeOf(rest.post(Routes.guildRoles(guild.id), { body }))).toBe(50013)
  })
})

describe('messages', () => {
  it('are sent, edited, listed newest first, and deleted', async () => {
    const { id } = guild.firstTextChannel
    const first = (await send(id, { content: 'one' })) as { id: string }
    await send(id, { content: 'two' })
    await rest.patch(Routes.channelMessage(id, first.id), { body: { content: 'changed' } })
    const list = (await rest.get(Routes.channelMessages(id))) as { content: string }[]
    expect(list.map(({ content }) => content)).toEqual(['two', 'changed'])
    await rest.delete(Routes.channelMessage(id, first.id))
    expect(await codeOf(rest.get(Routes.channelMessage(id, first.id)))).toBe(10008)
    expect(discord.ledger.violations).toEqual([])
  })

  it.each([
    ['2001 characters', { content: 'x'.repeat(2_001) }, 'content[BASE_TYPE_MAX_LENGTH]'],
    ['11 embeds', { embeds: Array.from({ length: 11 }, () => ({ title: 'x' })) }, 'embeds[BASE_TYPE_BAD_LENGTH]'],
    [
      '6001 characters of embeds',
      { embeds: [{ description: 'x'.repeat(4_000) }, { description: 'x'.repeat(2_001) }] },
      'MAX_EMBED_SIZE_EXCEEDED',
    ],
    [
      'a field without a name',
      { embeds: [{ fields: [{ name: '', value: 'x' }] }] },
      'embeds[0].fields[0].name[BASE_TYPE_REQUIRED]',
    ],
    [
      'six buttons in a row',
      {
        components: [
          {
            type: 1,
            components: Array.from({ length: 6 }, (_, i) => ({ type: 2, style: 1, label: 'x', custom_id: `${i}` })),
          },
        ],
      },
      'components[0].components',
    ],
    [
      'the same custom id twice',
      { components: [{ type: 1, components: [1, 2].map(() => ({ type: 2, style: 1, label: 'x', custom_id: 'x' })) }] },
      'COMPONENT_CUSTOM_ID_DUPLICATED',
    ],
    [
      'parse and a list of users',
      { content: 'x', allowed_mentions: { parse: ['users'], users: ['1'] } },
      'MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE',
    ],
    ['a nonce of 26 characters', { content: 'x', nonce: 'x'.repeat(26) }, 'nonce[BASE_TYPE_MAX_LENGTH]'],
  ])('with %s are refused', async (_, body, part) => {
    const error = await refusalOf(send(guild.firstTextChannel.id, body))
    expect(error.code).toBe(50035)
    expect(error.message).toContain(part)
  })

  it('need content, a channel that the bot sees, and the permission to write', async () => {
    const hidden = guild.addChannel({ overwrites: [{ id: guild.id, type: 'role', deny: Permission.ViewChannel }] })
    const silent = guild.addChannel({
      overwrites: [{ id: guild.botRole.id, type: 'role', deny: Permission.SendMessages }],
    })
    const voice = guild.addChannel({ type: 4 })
    expect(await codeOf(send(guild.firstTextChannel.id, { content: ' ' }))).toBe(50006)
    expect(await codeOf(send(hidden.id, { content: 'x' }))).toBe(50001)
    expect(await codeOf(send(silent.id, { content: 'x' }))).toBe(50013)
    expect(await codeOf(send(voice.id, { content: 'x' }))).toBe(50008)
    expect(await codeOf(send('123456789012345678', { content: 'x' }))).toBe(10003)
  })

  it('with an enforced nonce are sent once', async () => {
    const { id } = guild.firstTextChannel
    const body = { content: 'once', nonce: 'n1', enforce_nonce: true }
    expect(await send(id, body)).toMatchObject({ id: ((await send(id, body)) as { id: string }).id })
    expect(discord.control.messagesIn(id)).toHaveLength(1)
  })

  it('ping only whom allowed_mentions allows', async () => {
    await begin({}, { botPermissions: Permission.ViewChannel | Permission.SendMessages | Permission.MentionEveryone })
    const { id } = guild.firstTextChannel
    const content = `@everyone <@${userId}>`
    await send(id, { content })
    await send(id, { content, allowed_mentions: { parse: [] } })
    const [loud, quiet] = discord.control.messagesIn(id)
    expect(loud?.pings).toEqual({ everyone: true, users: [userId], roles: [] })
    expect(quiet).toMatchObject({ pings: { everyone: false, users: [] }, allowedMentions: { parse: [] } })
  })

  it('of others cannot be edited, and are deleted only with ManageMessages', async () => {
    const { id } = guild.firstTextChannel
    const theirs = discord.control.say({ userId, channelId: id, content: 'mine' })
    expect(await codeOf(rest.patch(Routes.channelMessage(id, theirs.id), { body: { content: 'x' } }))).toBe(50005)
    expect(await codeOf(rest.delete(Routes.channelMessage(id, theirs.id)))).toBe(50013)
  })

  it('with a file are sent as a form', async () => {
    await rest.post(Routes.channelMessages(guild.firstTextChannel.id), {
      body: { content: 'see' },
      files: [{ name: 'a.txt', data: 'abc' }],
    })
    expect(discord.control.messagesIn(guild.firstTextChannel.id)[0]?.attachments).toMatchObject([
      { filename: 'a.txt', size: 3 },
    ])
  })
})

describe('direct messages', () => {
  const open = async (id: string) =>
    (await rest.post(Routes.userChannels(), { body: { recipient_id: id } })) as { id: string }

  it('arrive, unless the user has closed them or shares no guild', async () => {
    const dm = await open(userId)
    expect((await open(userId)).id).toBe(dm.id)
    await send(dm.id, { content: 'hello' })
    expect(await discord.control.untilDm(userId)).toMatchObject({ content: 'hello' })
    discord.control.closeDms(userId)
    expect(await codeOf(send(dm.id, { content: 'again' }))).toBe(50007)
    discord.control.openDms(userId)
    discord.control.leave(guild.id, userId)
    expect(await codeOf(send(dm.id, { content: 'again' }))).toBe(50007)
  })

  it('cannot be opened while Discord finds them too many', async () => {
    discord.control.faults.refusesNewDms = true
    expect(await codeOf(open(userId))).toBe(40003)
  })
})

describe('strictness', () => {
  it('answers an unknown route with 404 and notes it', async () => {
    expect(await codeOf(rest.get('/guilds/123456789012345678/nonsense'))).toBe(0)
    expect(discord.ledger.violationsOf('unknown-route')).toMatchObject([
      { detail: 'GET /guilds/123456789012345678/nonsense' },
    ])
    expect(await codeOf(rest.get('/guilds/12'))).toBe(50035)
  })

  it('wants a bot token, a User-Agent of a bot, and JSON', async () => {
    const headers = { 'User-Agent': 'DiscordBot (https://example.org, 1)', Authorization: `Bot ${discord.token}` }
    const url = `${discord.url}/v10/users/@me`
    expect((await fetch(url, { headers: { ...headers, Authorization: discord.token } })).status).toBe(401)
    expect((await fetch(url, { headers: { ...headers, 'User-Agent': 'curl/8' } })).status).toBe(403)
    expect((await fetch(url, { headers })).status).toBe(200)
    const sent = (type: string, body: string) =>
      fetch(`${discord.url}/v10/users/@me/channels`, {
        method: 'POST',
        headers: { ...headers, 'Content-Type': type },
        body,
      })
    expect(await (await sent('text/plain', '{}')).json()).toMatchObject({ code: 50035 })
    expect(await (await sent('application/json', '{')).json()).toMatchObject({ code: 50109 })
    expect(discord.ledger.violations.map(({ kind }) => kind)).toEqual([
      'bad-token',
      'bad-user-agent',
      'bad-content-type',
    ])
  })

  it('lists members only for an application with the member intent', async () => {
    expect(await codeOf(rest.get(Routes.guildMembers(guild.id)))).toBe(50001)
    await begin({ privilegedIntents: ['GuildMembers'] })
    const query = new URLSearchParams({ limit: '1000' })
    expect(await rest.get(Routes.guildMembers(guild.id), { query })).toHaveLength(3)
    expect(
      await rest.get(Routes.guildMembersSearch(guild.id), { query: new URLSearchParams({ query: 'an' }) }),
    ).toHaveLength(1)
  })

  it('tells what a cluster needs to start', async () => {
    await begin({ maxConcurrency: 4, identifyBudget: 77, recommendedShards: 3 })
    expect(await rest.get(Routes.gatewayBot())).toMatchObject({
      url: discord.url.replace('http', 'ws').replace('/api', '/gateway'),
      shards: 3,
      session_start_limit: { total: 77, remaining: 77, max_concurrency: 4 },
    })
  })
})

describe('rate limits', () => {
  it('are told in headers that make discord.js wait, so that nothing is refused', async () => {
    const window = { limit: 2, windowMs: 300 }
    const { usualRateLimits } = await import('./rest/rate-limit.ts')
    await begin({ rateLimits: { buckets: { ...usualRateLimits.buckets, 'message-create': window } } })
    const sent = ['a', 'b', 'c', 'd'].map((content) => send(guild.firstTextChannel.id, { content }))
    await Promise.all(sent)
    expect(discord.control.messagesIn(guild.firstTextChannel.id)).toHaveLength(4)
    expect(discord.ledger.calls({ status: 429 })).toEqual([])
  })

  it('refuse a client that ignores them, with the time to wait', async () => {
    await begin({ limitGatewayBot: true })
    const ask = () =>
      fetch(`${discord.url}/v10/gateway/bot`, {
        headers: { 'User-Agent': 'DiscordBot (https://example.org, 1)', Authorization: `Bot ${discord.token}` },
      })
    await ask()
    await ask()
    const refused = await ask()
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(4)
    expect(refused.headers.get('x-ratelimit-scope')).toBe('user')
    expect(await refused.json()).toMatchObject({ global: false })
    discord.control.advance(5_000)
    expect((await ask()).status).toBe(200)
  })

  it.each(['user', 'global', 'shared'] as const)(
    'of scope %s come as a fault, and the client tries again',
    async (scope) => {
      discord.control.faults.rest({ kind: '429', scope, retryAfterSeconds: 0.05 }, { method: 'POST', times: 2 })
      await send(guild.firstTextChannel.id, { content: 'patient' })
      expect(discord.ledger.calls({ route: '/channels/:channelId/messages' })).toHaveLength(1)
      expect(discord.ledger.calls({ status: 429 })).toHaveLength(2)
      expect(discord.control.invalidRequests).toBe(scope === 'shared' ? 0 : 2)
    },
  )
})

describe('REST faults', () => {
  it('strike the matching requests, and no others', async () => {
    const { id } = guild.firstTextChannel
    discord.control.faults.rest({ kind: 'status', status: 502 }, { path: `/channels/${id}/messages` })
    expect(await rest.get(Routes.channel(id))).toMatchObject({ id })
    expect(await send(id, { content: 'x' }).catch((error) => error.status)).toBe(502)
    await send(id, { content: 'x' })
    expect(discord.control.messagesIn(id)).toHaveLength(1)
  })

  it('can lose the answer of what was done, so that a retry needs a nonce', async () => {
    const patient = new REST({ api: discord.url }).setToken(discord.token)
    const { id } = guild.firstTextChannel
    discord.control.faults.rest({ kind: 'answer-lost' }, { method: 'POST' })
    await patient.post(Routes.channelMessages(id), { body: { content: 'x', nonce: 'n', enforce_nonce: true } })
    expect(discord.control.messagesIn(id)).toHaveLength(1)
    expect(discord.ledger.calls({ method: 'POST' }).map(({ fault }) => fault)).toEqual(['answer-lost', null])
  })

  it('can be slow, or die before anything is done', async () => {
    const patient = new REST({ api: discord.url }).setToken(discord.token)
    const { id } = guild.firstTextChannel
    discord.control.faults.rest({ kind: 'slow', ms: 20 })
    discord.control.faults.rest({ kind: 'dropped' })
    await patient.post(Routes.channelMessages(id), { body: { content: 'a' } })
    await patient.post(Routes.channelMessages(id), { body: { content: 'b' } })
    expect(discord.control.messagesIn(id).map(({ content }) => content)).toEqual(['a', 'b'])
    expect(discord.ledger.rest.map(({ fault }) => fault)).toEqual(['slow', 'dropped', null])
  })

  it('reset the token for good, until a new one is issued', async () => {
    let client: Client<true> | null = await loggedIn(discord)
    discord.control.resetToken()
    expect(await client.rest.get(Routes.user()).catch((error) => error.status)).toBe(401)
    void client.destroy()
    client = null
    rest.setToken(discord.control.issueToken())
    expect(await rest.get(Routes.user())).toMatchObject({ id: discord.botUserId })
  })

  it('still send the event when it goes out after the answer', async () => {
    await begin({ eventOrder: 'after-answer' })
    const client = await loggedIn(discord, { intents: ['Guilds', 'GuildMessages'] })
    const heard = new Promise<string>((resolve) => {
      client.on('messageCreate', ({ id }) => resolve(id))
    })
    expect(await send(guild.firstTextChannel.id, { content: 'x' })).toMatchObject({ id: await heard })
    void client.destroy()
  })
})
