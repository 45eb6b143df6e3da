import { ChannelType, Events, Partials, PermissionFlagsBits, REST, Routes, WebhookClient } from 'discord.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { codeOf, loggedIn } from './client.ts'
import { DiscordStandIn, type Guild, Permission } from './index.ts'
import { botDefaults } from './world/permissions.ts'

let discord: DiscordStandIn
let rest: REST
let guild: Guild
let userId: string

const moderator =
  botDefaults |
  Permission.ManageChannels |
  Permission.ManageMessages |
  Permission.ManageWebhooks |
  Permission.PinMessages |
  Permission.KickMembers |
  Permission.BanMembers |
  Permission.ModerateMembers |
  Permission.ManageNicknames

beforeEach(async () => {
  discord = new DiscordStandIn({ identifyWindowMs: 0 })
  await discord.start()
  rest = new REST({ api: discord.url, retries: 0 }).setToken(discord.token)
  guild = discord.world.addGuild({ botPermissions: moderator })
  userId = guild.addMember({ username: 'ann' }).user.id
})

afterEach(async () => {
  expect(discord.ledger.violationsOf('stand-in-bug')).toEqual([])
  await discord.stop()
})

describe('channels', () => {
  it('are made, renamed, closed to members, and deleted through discord.js', async () => {
    const client = await loggedIn(discord)
    const seen = await client.guilds.fetch(guild.id)
    const channel = await seen.channels.create({ name: 'Big News', type: ChannelType.GuildText, topic: 'news' })
    expect(channel.name).toBe('big-news')
    await channel.setName('small-news', 'less of it')
    await channel.permissionOverwrites.edit(guild.id, { SendMessages: false })
    expect(() => discord.control.say({ userId, channelId: channel.id, content: 'x' })).toThrow('may not write')
    await channel.permissionOverwrites.delete(guild.id)
    expect(discord.control.say({ userId, channelId: channel.id, content: 'x' }).content).toBe('x')
    await channel.delete()
    expect(guild.channels.has(channel.id)).toBe(false)
    expect(await codeOf(rest.get(Routes.channel(channel.id)))).toBe(10003)
    expect(await rest.get(Routes.guildChannels(guild.id))).toHaveLength(1)
    expect(discord.ledger.violations).toEqual([])
    void client.destroy()
  })

  it('lose messages in bulk, within the bounds of Discord', async () => {
    const { id } = guild.firstTextChannel
    const ids = Array.from({ length: 3 }, () => discord.control.say({ userId, channelId: id, content: 'x' }).id)
    const remove = (messages: string[]) => rest.post(Routes.channelBulkDelete(id), { body: { messages } })
    expect(await codeOf(remove(ids.slice(0, 1)))).toBe(50016)
    await remove(ids)
    expect(discord.control.messagesIn(id)).toEqual([])
    expect(await codeOf(remove(['100000000000000000', '100000000000000001']))).toBe(50034)
  })

  it('have webhooks that speak for themselves', async () => {
    const { id } = guild.firstTextChannel
    const hook = (await rest.post(Routes.channelWebhooks(id), { body: { name: 'Relay' } })) as {
      id: string
      token: string
    }
    const webhook = new WebhookClient({ id: hook.id, token: hook.token }, { rest: { api: discord.url } })
    const sent = await webhook.send({ content: 'relayed', allowedMentions: { parse: [] } })
    await webhook.editMessage(sent.id, 'edited')
    expect(discord.control.messagesIn(id)).toMatchObject([{ content: 'edited', authorId: hook.id }])
    const wrong = new WebhookClient({ id: hook.id, token: 'x'.repeat(64) }, { rest: { api: discord.url } })
    expect(await codeOf(wrong.send('x'))).toBe(50027)
    await rest.delete(Routes.webhook(hook.id))
    expect(await codeOf(webhook.send('x'))).toBe(10015)
  })

  it('pin messages and collect reactions, of which the bot hears', async () => {
    const client = await loggedIn(discord, {
      intents: ['Guilds', 'GuildMessages', 'GuildMessageReactions'],
      partials: [Partials.Message, Partials.Reaction, Partials.User],
    })
    const { id } = guild.firstTextChannel
    const said = discord.control.say({ userId, channelId: id, content: 'vote' })
    const heard = new Promise<string | null>((resolve) => {
      client.on(Events.MessageReactionAdd, (reaction, user) => {
        if (user.id === userId) resolve(reaction.emoji.name)
      })
    })
    await rest.put(Routes.channelMessageOwnReaction(id, said.id, encodeURIComponent('🔗')))
    discord.control.react({ userId, message: said, emoji: '🔗' })
    expect(await heard).toBe('🔗')
    await rest.put(Routes.channelMessagesPin(id, said.id))
    expect(await rest.get(Routes.channelMessage(id, said.id))).toMatchObject({
      pinned: true,
      reactions: [{ count: 2, me: true }],
    })
    await rest.delete(Routes.channelMessageUserReaction(id, said.id, encodeURIComponent('🔗'), userId))
    expect(await rest.get(Routes.channelMessage(id, said.id))).toMatchObject({ reactions: [{ count: 1 }] })
    void client.destroy()
  })
})

describe('members', () => {
  it('are renamed, timed out, kicked and banned below the bot only', async () => {
    const chief = guild.addMember({ roles: [guild.addRole({ position: 'above-bot' }).id] }).user.id
    const patch = (id: string, body: object) => rest.patch(Routes.guildMember(guild.id, id), { body })
    expect(await patch(userId, { nick: 'Ann' })).toMatchObject({ nick: 'Ann' })
    const until = new Date(discord.world.now() + 60_000).toISOString()
    await patch(userId, { communication_disabled_until: until })
    expect(() => discord.control.say({ userId, channelId: guild.firstTextChannel.id, content: 'x' })).toThrow(
      'may not write',
    )
    expect(await codeOf(patch(chief, { nick: 'x' }))).toBe(50013)
    expect(await codeOf(patch(guild.ownerId, { nick: 'x' }))).toBe(50013)
    expect(await codeOf(rest.delete(Routes.guildMember(guild.id, chief)))).toBe(50013)
    await rest.put(Routes.guildBan(guild.id, userId), { reason: 'spam' })
    expect(await codeOf(rest.get(Routes.guildMember(guild.id, userId)))).toBe(10007)
    await rest.delete(Routes.guildBan(guild.id, userId))
    expect(await codeOf(rest.delete(Routes.guildBan(guild.id, userId)))).toBe(10026)
  })

  it('have their whole list of roles replaced by PATCH', async () => {
    const [a, b] = [guild.addRole(), guild.addRole()]
    guild.giveRole(userId, a.id)
    await rest.patch(Routes.guildMember(guild.id, userId), { body: { roles: [b.id] } })
    expect(discord.control.rolesOf(guild.id, userId)).toEqual([b.id])
  })

  it('use context menu commands on each other and on messages', async () => {
    const client = await loggedIn(discord)
    await client.application.commands.set([
      { type: 2, name: 'Show points' },
      { type: 3, name: 'Report' },
    ])
    client.on(Events.InteractionCreate, (interaction) => {
      if (interaction.isUserContextMenuCommand()) void interaction.reply(interaction.targetUser.username)
      if (interaction.isMessageContextMenuCommand()) void interaction.reply(interaction.targetMessage.content)
    })
    const said = discord.control.say({ userId, channelId: guild.firstTextChannel.id, content: 'bad' })
    const at = { guildId: guild.id, userId: guild.ownerId }
    const points = discord.control.userCommand({ ...at, command: 'Show points', targetId: userId })
    const report = discord.control.messageCommand({ ...at, command: 'Report', targetId: said.id })
    expect((await points.message()).content).toBe('ann')
    expect((await report.message()).content).toBe('bad')
    void client.destroy()
  })
})

describe('a guild', () => {
  it('is described with its roles, and left by the bot', async () => {
    const described = await rest.get(Routes.guild(guild.id), { query: new URLSearchParams({ with_counts: 'true' }) })
    expect(described).toMatchObject({
      id: guild.id,
      approximate_member_count: 3,
      roles: [{ id: guild.id, position: 0 }, {}],
    })
    expect(await rest.get(Routes.userGuilds())).toMatchObject([{ id: guild.id }])
    await rest.delete(Routes.userGuild(guild.id))
    expect(await codeOf(rest.get(Routes.guild(guild.id)))).toBe(10004)
  })

  it('gives the bot the permissions of its roles', async () => {
    const client = await loggedIn(discord)
    const { members } = await client.guilds.fetch(guild.id)
    const me = await members.fetchMe()
    expect(me.permissions.has(PermissionFlagsBits.ManageRoles)).toBe(true)
    expect(me.permissions.has(PermissionFlagsBits.Administrator)).toBe(false)
    expect(me.roles.highest.id).toBe(guild.botRole.id)
    void client.destroy()
  })
})
