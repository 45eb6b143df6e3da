import { beforeAll, describe, expect, it } from 'vitest'
import { decodeEvent } from '../../../cluster/ingress/event.ts'
import { type GuildId, kickUserId } from '../../../cluster/runtime/ids.ts'
import { createKick } from '../../../cluster/runtime/kick.ts'
import { handleEvents } from '../../../shard/dispatch/event.ts'
import { activity } from '../../../shard/features/activity/index.ts'
import { alerts } from '../../../shard/features/alerts/index.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import type { Guild, SeenMessage } from '../../standins/discord/index.ts'
import { KickStandIn, type KickUser } from '../../standins/kick/index.ts'
import { type Bot, startBot } from '../../support/bot.ts'
import { buttonsOf, textOf } from '../../support/browsing.ts'
import { aGuildId, chatOf, streamOf } from '../../support/builders.ts'
import { onCleanUp } from '../../support/cleanup.ts'
import { createDatabase } from '../../support/database.ts'
import { until } from '../../support/wait.ts'

const minuteMs = 60_000
const features = [activity, alerts]

let sql: Sql
let bot: Bot
let kick: KickStandIn
let channel: KickUser

beforeAll(async () => {
  sql = (await createDatabase()).sql
  kick = new KickStandIn({ seed: 'alerts' })
  await kick.start()
  onCleanUp(() => kick.stop())
  channel = kick.control.addChannel({ username: 'Streamer', userId: 9_000 })
  bot = await startBot({
    sql,
    features,
    tools: {
      kick: createKick({
        idUrl: kick.idUrl,
        apiUrl: kick.apiUrl,
        clientId: kick.clientId,
        clientSecret: kick.clientSecret,
        wait: () => Promise.resolve(),
      }),
    },
  })
})

interface Place {
  readonly id: GuildId
  readonly guild: Guild
  readonly news: string
}

async function aPlace(): Promise<Place> {
  const id = aGuildId()
  const guild = bot.discord.world.addGuild({ id })
  await sql`insert into guild (discord_server_id, server_name) values (${id}, 'A place')`
  await sql`
    insert into kick_channel (discord_server_id, broadcaster_user_id, slug, display_name)
    values (${id}, ${kickUserId(channel.userId)}, 'streamer', 'Streamer')`
  return { id, guild, news: guild.addChannel({ name: 'news' }).id }
}

const ask = (place: Place, command: string, options = {}): Promise<SeenMessage> =>
  bot.discord.control.command({ guildId: place.id, userId: place.guild.ownerId, command, options }).message()
const setUp = (place: Place, options = {}) => ask(place, 'alert setup', { channel: place.news, ...options })
const posts = (place: Place) => bot.discord.control.messagesIn(place.news)
const handle = (events: readonly unknown[]) =>
  transaction(sql, (db) =>
    handleEvents(
      features,
      events.map((event) => decodeEvent(event)),
      db,
      bot.tools,
    ),
  )
const hear = (...events: ReturnType<typeof streamOf>[]) => handle(events)
/** Nothing is owed to Discord any more. */
const paid = (place: Place) =>
  until(
    async () => {
      bot.tools.wakeOutbox()
      return (await sql`select 1 from outbox where discord_server_id = ${place.id} and state = 'due'`).length === 0
    },
    { what: 'the outbox to be paid' },
  )
/** One present for the whole file: a stream that is named twice began at one instant. */
const present = Math.floor(Date.now() / 1000) * 1000
const ago = (minutes: number) => present - minutes * minuteMs

describe('a stream that begins', () => {
  it('is told once, to those who want it, however often and by whomever it is heard', async () => {
    const [place, silent] = [await aPlace(), await aPlace()]
    const role = place.guild.addRole({ name: 'Fans', position: 'below-bot', mentionable: true })
    await setUp(place, { role: role.id })
    const begun = streamOf({ guildIds: [place.id, silent.id], startedAt: ago(2) })
    await Promise.all([hear(begun), hear(begun, begun), hear(begun)])
    await hear({ ...begun, happening: { ...begun.happening, at: begun.happening.at + 30_000 } })
    await paid(place)
    expect(posts(place)).toHaveLength(1)
    expect(textOf(posts(place)[0] as SeenMessage)).toMatch(/^<@&\d+>\nStreamer is live on Kick!\na stream$/)
    expect(posts(place)[0]?.pings).toEqual({ everyone: false, roles: [role.id], users: [] })
    expect(buttonsOf(posts(place)[0] as SeenMessage)).toMatchObject([
      { label: 'Watch', url: 'https://kick.com/streamer' },
    ])
    expect(await sql`select 1 from live_alert where discord_server_id = ${silent.id}`).toHaveLength(0)
  })

  it('is not told when it began half an hour ago, or when alerts are off', async () => {
    const [late, off] = [await aPlace(), await aPlace()]
    await setUp(late)
    await setUp(off)
    await ask(off, 'alert off')
    await hear(
      streamOf({ guildIds: [late.id], startedAt: ago(31) }),
      streamOf({ guildIds: [off.id], startedAt: ago(1) }),
    )
    for (const place of [late, off]) {
      await paid(place)
      expect(posts(place)).toEqual([])
    }
  })

  it('that drops and comes back within minutes goes on with its post; a later one gets its own', async () => {
    const place = await aPlace()
    await setUp(place)
    await hear(streamOf({ guildIds: [place.id], startedAt: ago(25) }))
    await paid(place)
    await hear(streamOf({ guildIds: [place.id], startedAt: ago(25), endedAt: ago(20) }))
    await paid(place)
    expect(textOf(posts(place)[0] as SeenMessage)).toContain('Streamer was live on Kick')
    await hear(streamOf({ guildIds: [place.id], startedAt: ago(18) }))
    await paid(place)
    expect(posts(place).map((post) => textOf(post).includes('is live'))).toEqual([true])
    await hear(streamOf({ guildIds: [place.id], startedAt: ago(18), endedAt: ago(15) }))
    await hear(streamOf({ guildIds: [place.id], startedAt: ago(4) }))
    await paid(place)
    expect(posts(place).map((post) => textOf(post).includes('is live'))).toEqual([false, true])
    expect(textOf(posts(place)[0] as SeenMessage)).toContain('Streamed for 10 min')
  })

  it('is told in the words of the guild, where values are only values', async () => {
    const place = await aPlace()
    await setUp(place)
    await ask(place, 'alert text', {
      title: '{streamer} plays!',
      description: '**{title}** in {category}',
      footer: 'kick.com/{channel}',
    })
    await ask(place, 'alert button', { label: 'Go', url: 'https://kick.com/{channel}?t={title}' })
    kick.control.goLive(channel, { startedAt: ago(1), title: '@everyone {streamer} **x**' })
    await hear(streamOf({ guildIds: [place.id], startedAt: ago(1) }))
    await paid(place)
    kick.control.goOffline(channel)
    const [post] = posts(place)
    expect(post?.embeds[0]?.title).toBe('Streamer plays!')
    expect(post?.embeds[0]?.description).toContain('**\\@everyone {streamer} \\*\\*x\\*\\***')
    expect(post?.embeds[0]?.footer).toEqual({ text: 'kick.com/streamer' })
    expect(buttonsOf(post as SeenMessage)[0]?.url).toBe(
      'https://kick.com/streamer?t=%40everyone%20%7Bstreamer%7D%20**x**',
    )
  })

  it('is told in the language of the guild', async () => {
    const place = await aPlace()
    await sql`insert into bot_settings (discord_server_id, key, value) values (${place.id}, 'language', 'tr')`
    await setUp(place)
    await hear(streamOf({ guildIds: [place.id], startedAt: ago(1) }))
    await paid(place)
    expect(textOf(posts(place)[0] as SeenMessage)).toContain('Streamer Kick’te canlı yayında!')
  })
})

describe('a stream that ends', () => {
  it('leaves how long it was and how many wrote, once the end is known, and mentions nobody', async () => {
    const place = await aPlace()
    const role = place.guild.addRole({ name: 'Fans', position: 'below-bot', mentionable: true })
    await setUp(place, { role: role.id })
    const startedAt = ago(29)
    await hear(streamOf({ guildIds: [place.id], startedAt }))
    const chat = (username: string, minutesAgo: number) =>
      handle([chatOf({ guildIds: [place.id], username, at: ago(minutesAgo) })])
    await chat('Anna', 20)
    await chat('Bob', 10)
    await chat('Anna', 9)
    await paid(place)
    const end = streamOf({ guildIds: [place.id], startedAt, endedAt: ago(4) })
    await Promise.all([hear(end), hear(end)])
    await paid(place)
    expect(posts(place)).toHaveLength(1)
    expect(textOf(posts(place)[0] as SeenMessage)).toBe(
      '\nStreamer was live on Kick\na stream\nStreamed for 25 min · 2 people in the chat',
    )
    expect(buttonsOf(posts(place)[0] as SeenMessage)).toEqual([])
  })

  it('leaves the post alone where the guild wants that, and where somebody deleted it', async () => {
    const [untouched, deleted] = [await aPlace(), await aPlace()]
    await setUp(untouched, { updates: 'none' })
    await setUp(deleted)
    const startedAt = ago(20)
    await hear(streamOf({ guildIds: [untouched.id, deleted.id], startedAt }))
    await Promise.all([untouched, deleted].map(paid))
    const { messages } = bot.discord.world.channel(deleted.news)
    for (const message of [...messages.values()]) bot.discord.world.messages.delete(message)
    await hear(streamOf({ guildIds: [untouched.id, deleted.id], startedAt, endedAt: ago(1) }))
    await Promise.all([untouched, deleted].map(paid))
    expect(textOf(posts(untouched)[0] as SeenMessage)).toContain('is live')
    expect(posts(deleted)).toEqual([])
    expect(await sql`select 1 from outbox where discord_server_id = ${deleted.id} and state = 'dead'`).toHaveLength(0)
  })
})

describe('/alert', () => {
  it('says so when the chosen role could not be mentioned', async () => {
    const place = await aPlace()
    const shy = place.guild.addRole({ name: 'Shy', position: 'below-bot' })
    const open = place.guild.addRole({ name: 'Open', position: 'below-bot', mentionable: true })
    expect(textOf(await setUp(place, { role: shy.id }))).toContain(`I may not mention <@&${shy.id}> yet`)
    expect(textOf(await setUp(place, { role: open.id }))).not.toContain('may not mention')
  })

  it.each([
    ['text', { title: '{game}' }, /`\{game\}`.*`\{streamer\}`/],
    ['text', { footer: 'x'.repeat(201) }, /footer.*200 characters.*201/],
    ['button', { label: 'x', url: 'http://kick.com' }, /https:\/\//],
    ['button', { label: 'x' }, /label and an address/],
    ['button', { remove: 3 }, /no button number 3/],
  ])('refuses in %s %j, says which part is wrong, and changes nothing', async (subcommand, options, told) => {
    const place = await aPlace()
    await setUp(place)
    const before = await sql`select title, footer, buttons from live_alert_setup where discord_server_id = ${place.id}`
    expect(textOf(await ask(place, `alert ${subcommand}`, options))).toMatch(told)
    expect(
      await sql`select title, footer, buttons from live_alert_setup where discord_server_id = ${place.id}`,
    ).toEqual(before)
  })

  it('adds and removes buttons, five at most, and notes who changed what', async () => {
    const place = await aPlace()
    await setUp(place)
    for (let i = 1; i <= 5; i++) await ask(place, 'alert button', { label: `B${i}`, url: `https://kick.com/${i}` })
    expect(textOf(await ask(place, 'alert button', { label: 'B6', url: 'https://kick.com/6' }))).toContain(
      '5 buttons already',
    )
    expect(textOf(await ask(place, 'alert button', { remove: 2 }))).not.toContain('B2')
    const rows =
      await sql`select actor_id from audit_log where discord_server_id = ${place.id} and action = 'alerts.set'`
    expect(rows).toHaveLength(7)
    expect(rows[0]?.actorId).toBe(place.guild.ownerId)
  })

  it('tries it by a button, and says what is missing when Discord refuses', async () => {
    const place = await aPlace()
    const answer = await setUp(place)
    const press = () =>
      bot.discord.control.press({ userId: place.guild.ownerId, message: answer, customId: `alerts:test:${place.id}` })
    expect(textOf(await press().message())).toContain('The test stands in')
    expect(textOf(posts(place)[0] as SeenMessage)).toContain('This is a test; nobody is mentioned.')
    const hidden = place.guild.addChannel({
      name: 'hidden',
      overwrites: [{ id: bot.discord.botUserId, type: 'member', deny: 1n << 10n }],
    })
    await ask(place, 'alert setup', { channel: hidden.id })
    expect(textOf(await ask(place, 'alert test'))).toMatch(/does not let me post.*“Send Messages”/)
    expect(textOf(await ask(await aPlace(), 'alert test'))).toContain('/alert setup')
  })
})

it('Discord had nothing to complain about', () => expect(bot.discord.ledger.violations).toEqual([]))
