import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { decodeEvent } from '../../../cluster/ingress/event.ts'
import { callClipService, clipOrigin, readClip } from '../../../cluster/runtime/clips.ts'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import { isPublicAddress } from '../../../cluster/runtime/outside.ts'
import { chatCommandHandler } from '../../../shard/dispatch/chat.ts'
import { handleEvents } from '../../../shard/dispatch/event.ts'
import { bufferRef, cleanTitle } from '../../../shard/features/clips/rules.ts'
import { features } from '../../../shard/features/index.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import { ClipStandIn } from '../../standins/clips/index.ts'
import type { Guild, SeenMessage } from '../../standins/discord/index.ts'
import { type Bot, startBot } from '../../support/bot.ts'
import { textOf } from '../../support/browsing.ts'
import { aGuildId, chatOf, streamOf, times } from '../../support/builders.ts'
import { onCleanUp } from '../../support/cleanup.ts'
import { createDatabase } from '../../support/database.ts'
import { until } from '../../support/wait.ts'

const key = 'a-key-of-this-server'
let sql: Sql
let bot: Bot
let service: ClipStandIn
const answerCommands = chatCommandHandler(features)

beforeAll(async () => {
  sql = (await createDatabase({ max: 12 })).sql
  service = new ClipStandIn({ keys: [key] })
  await service.start()
  onCleanUp(() => service.stop())
  bot = await startBot({ sql, features, tools: { clipHosts: [service.url, 'clips.example.org'] } })
})

beforeEach(() => {
  service.fault = undefined
})

interface Place {
  readonly id: GuildId
  readonly guild: Guild
  readonly news: string
  readonly slug: string
}

let made = 0
/** A server that watches a channel and lets the bot write in its chat. */
async function aPlace(slug = `streamer${++made}`): Promise<Place> {
  const id = aGuildId()
  const guild = bot.discord.world.addGuild({ id })
  await sql`insert into guild (discord_server_id, server_name) values (${id}, 'A place')`
  await sql`
    insert into kick_channel (discord_server_id, broadcaster_user_id, slug, display_name) values (${id}, 9000, ${slug}, 'Streamer')`
  await sql`
    insert into kick_token (discord_server_id, kick_user_id, access_token, refresh_token, key_id, scopes, expires_at)
    values (${id}, 9000, 'x', 'y', 'z', '', now() + interval '1 day')`
  return { id, guild, news: guild.addChannel({ name: 'news' }).id, slug }
}

const run = (place: Place, command: string, options: object = {}) =>
  bot.discord.control.command({ guildId: place.id, userId: place.guild.ownerId, command, options: { ...options } })
const ask = (place: Place, command: string, options: object = {}): Promise<SeenMessage> =>
  run(place, command, options).message()
async function setUp(place: Place, form: Readonly<Record<string, string>> = {}): Promise<SeenMessage> {
  const modal = await run(place, 'clips setup').modal()
  return bot.discord.control.submit(modal, { url: service.url, key, ...form }).message()
}
const hear = (events: readonly unknown[]) =>
  transaction(sql, (db) =>
    handleEvents(
      features,
      events.map((event) => decodeEvent(event)),
      db,
      bot.tools,
    ),
  )
const present = Math.floor(Date.now() / 1000) * 1000
async function goLive(...places: readonly Place[]): Promise<void> {
  await hear([streamOf({ guildIds: places.map(({ id }) => id), startedAt: present - 60_000 })])
  for (const { slug } of places) service.live.add(slug)
}
const record = ({ slug }: Place, segments = 3) => service.segments.set(slug, segments)
const say = (place: Place, name: string, content: string, at = Date.now()) =>
  transaction(sql, (db) =>
    answerCommands([chatOf({ guildIds: [place.id], username: name, content, at })], db, bot.tools),
  )
const saidIn = async (place: Place): Promise<string[]> =>
  (
    await sql<{ content: string }[]>`
      select payload ->> 'content' as content from outbox
       where discord_server_id = ${place.id} and kind = 'activity.reply' order by outbox_id`
  ).map(({ content }) => content)
/** Nothing that is about clips waits any more. */
const paid = (place: Place) =>
  until(
    async () => {
      bot.tools.wakeOutbox()
      return (
        (
          await sql`
            select 1 from outbox where discord_server_id = ${place.id} and kind like 'clips.%' and state = 'due'`
        ).length === 0
      )
    },
    { what: 'the outbox to be paid' },
  )
const ofPlace = (place: Place) => service.cut.filter(({ guild }) => guild === place.id)

describe('!clip', () => {
  it('is cut once for a message, told in the chat and posted in Discord, with a title that calls nobody', async () => {
    const place = await aPlace()
    await setUp(place)
    await ask(place, 'clips options', { channel: place.news, duration: 45 })
    await goLive(place)
    await paid(place)
    record(place)
    await Promise.all(
      times(4, () => say(place, 'Anna', '!clip  what a *play* @everyone https://evil.example', present)),
    )
    await paid(place)
    expect(ofPlace(place)).toMatchObject([
      { channel: place.slug, duration: 45, username: 'Anna', title: 'what a play everyone' },
    ])
    const [line] = await saidIn(place)
    expect(line).toMatch(/^@Anna your clip “what a play everyone” is ready: https:\/\/clips\.example\/watch\/\d+$/)
    const [post] = bot.discord.control.messagesIn(place.news)
    expect(post?.content).toMatch(/^🎬 \*\*what a play everyone\*\* by Anna\nhttps:\/\/clips\.example\/watch\/\d+$/)
    expect(textOf(await ask(place, 'clips list'))).toContain('**#1** what a play everyone · Anna')
  })

  it('keeps to the cooldowns of a viewer and of the channel, of this server alone', async () => {
    const [place, other] = [await aPlace(), await aPlace()]
    for (const each of [place, other]) {
      await setUp(each)
      await ask(each, 'clips options', { user_cooldown: 3600, channel_cooldown: 0 })
    }
    await goLive(place, other)
    for (const each of [place, other]) {
      await paid(each)
      record(each)
    }
    await say(place, 'Anna', '!clip one', present)
    await say(place, 'Anna', '!clip two', present + 20_000)
    await say(place, 'Bob', '!clip three', present)
    await say(other, 'Anna', '!clip four', present)
    await ask(place, 'clips options', { channel_cooldown: 3600 })
    await say(place, 'Carl', '!clip five', present)
    await Promise.all([paid(place), paid(other)])
    expect(ofPlace(place).map(({ title }) => title)).toEqual(['one', 'three'])
    expect(ofPlace(other).map(({ title }) => title)).toEqual(['four'])
  })

  it('says in words what stands in the way, and a clip that failed costs nobody their turn', async () => {
    const place = await aPlace()
    await setUp(place)
    await say(place, 'Anna', '!clip', present)
    await goLive(place)
    await paid(place)
    record(place, 1)
    await say(place, 'Bob', '!clip', present)
    await paid(place)
    record(place)
    await say(place, 'Bob', '!clip', present + 20_000)
    await paid(place)
    const lines = await saidIn(place)
    expect(lines[0]).toBe('@Anna clips work while the stream is live.')
    expect(lines[1]).toContain('the recording has only just begun')
    expect(lines[2]).toContain('“Clip by Bob” is ready')
  })

  it('is cut once although the answer was lost, and asked again when the service is away', async () => {
    const place = await aPlace()
    await setUp(place)
    await goLive(place)
    await paid(place)
    record(place)
    service.fault = 'lost_answer'
    await say(place, 'Anna', '!clip once', present)
    const hurry = () =>
      sql`update outbox set next_attempt_at = now() where discord_server_id = ${place.id} and kind = 'clips.make' and state = 'due'`
    await until(
      async () => {
        await hurry()
        bot.tools.wakeOutbox()
        return (await saidIn(place)).length === 1
      },
      { what: 'the second attempt' },
    )
    expect(ofPlace(place)).toHaveLength(1)
    expect(service.calls.filter((call) => call.endsWith('/create')).length).toBeGreaterThan(1)
  })

  it('is for those whom the server lets ask, and silent where no service is set up or it is off', async () => {
    const [place, without] = [await aPlace(), await aPlace()]
    await setUp(place)
    await ask(place, 'clips options', { level: 'moderator' })
    await goLive(place, without)
    await paid(place)
    record(place)
    await say(place, 'Anna', '!clip', present)
    await say(without, 'Anna', '!clip', present)
    await ask(place, 'clips options', { level: 'everyone' })
    await ask(place, 'clips off')
    await say(place, 'Bob', '!clip', present)
    expect(await saidIn(place)).toEqual([])
    expect(await saidIn(without)).toEqual([])
    expect(await sql`select 1 from clips where discord_server_id in (${place.id}, ${without.id})`).toHaveLength(0)
  })
})

describe('a recording', () => {
  it('starts and stops with the stream, once for all servers that follow the channel, and is started again when it broke', async () => {
    const slug = `shared${++made}`
    const places = await Promise.all(times(3, () => aPlace(slug)))
    for (const place of places) await setUp(place)
    const starts = () => service.calls.filter((call) => call === 'POST /api/clips/buffer/start').length
    const before = starts()
    // Another stream than in the other tests, which share the broadcaster and the service.
    const startedAt = present + ++made * 1_000
    await Promise.all(places.map(({ id }) => hear([streamOf({ guildIds: [id], startedAt })])))
    await Promise.all(places.map(paid))
    expect(starts() - before).toBe(1)
    expect(service.segments.has(slug)).toBe(true)

    service.segments.delete(slug)
    const ids = places.map(({ id }) => id)
    const jobs = await sql`select 1 from job where discord_server_id = any(${ids}::bigint[]) and kind = 'clips.watch'`
    expect(jobs).toHaveLength(3) // all of them come by, and one looks
    const looks = () => service.calls.filter((call) => call.startsWith('GET /api/clips/buffer/status')).length
    const lookedBefore = looks()
    await sql`update job set next_run_at = now() where discord_server_id = any(${ids}::bigint[]) and kind = 'clips.watch'`
    await until(() => service.segments.has(slug), { what: 'the recording to be started again' })
    await Promise.all(places.map(paid))
    expect(looks() - lookedBefore).toBe(1)

    await Promise.all(places.map(({ id }) => hear([streamOf({ guildIds: [id], startedAt, endedAt: startedAt + 500 })])))
    await Promise.all(places.map(paid))
    expect(service.segments.has(slug)).toBe(false)
    expect(service.calls.filter((call) => call === 'POST /api/clips/buffer/stop')).toHaveLength(1)
  })
})

describe('a shared recording', () => {
  const due = (places: readonly Place[]) => sql`
    update job set next_run_at = now()
     where discord_server_id = any(${places.map(({ id }) => id)}::bigint[]) and kind = 'clips.watch'`
  const looked = async (slug: string) => {
    await sql`update clip_buffer set watched_at = null where buffer_ref = ${bufferRef(service.url, '9000')}`
    service.segments.delete(slug)
  }
  const shared = async (count: number) => {
    const slug = `shared${++made}`
    const places = await Promise.all(times(count, () => aPlace(slug)))
    for (const place of places) await setUp(place)
    const startedAt = present + ++made * 1_000
    await hear([streamOf({ guildIds: places.map(({ id }) => id), startedAt })])
    await Promise.all(places.map(paid))
    return { slug, places }
  }

  it('is looked after by the other server when the one that began it turns its clips off, follows another channel, or is gone', async () => {
    const { slug, places } = await shared(4)
    const [off, moved, gone, stays] = places as [Place, Place, Place, Place]
    await ask(off, 'clips off')
    await sql`update kick_channel set broadcaster_user_id = 9555 where discord_server_id = ${moved.id}`
    await sql`delete from job where discord_server_id = ${gone.id}`
    await looked(slug)
    await due(places)
    await until(() => service.segments.has(slug), { what: 'the recording to be started again' })
    const jobs = await sql`
      select discord_server_id as id from job
       where discord_server_id = any(${places.map(({ id }) => id)}::bigint[]) and kind = 'clips.watch'`
    expect(jobs.map(({ id }) => id)).toEqual([stays.id])
  })

  it('is begun again by the next server when the key of the one that looked is no good any more', async () => {
    const { slug, places } = await shared(2)
    const [first, second] = places as [Place, Place]
    const bad = bot.tools.secrets.encrypt('a-key-that-was-withdrawn', `clip service key of guild ${first.id}`)
    await sql`update clip_service set key_sealed = ${bad} where discord_server_id = ${first.id}`
    await looked(slug)
    const calls = service.calls.length
    await due([first])
    await until(() => service.calls.length > calls, { what: 'the first one to look' })
    await paid(first)
    expect(service.segments.has(slug)).toBe(false)
    await due([second])
    await until(() => service.segments.has(slug), { what: 'the other server to begin it' })
  })
})

describe('the dashboard', () => {
  const tell = (place: Place, event: string, data: object, id = `${event}-${++made}`) =>
    transaction(sql, async (db) => {
      const handler = features.find(({ name }) => name === 'clips')?.dashboard?.[event]
      await handler?.({ guildId: place.id, id, data, at: Date.now() }, db, tools())
    })
  const tools = () => ({ ...bot.tools, dashboardSecret: 'a secret of the test' })
  const told = async (place: Place, action: string) =>
    (
      await sql<{ data: Record<string, unknown> }[]>`
        select payload -> 'data' as data from outbox
         where discord_server_id = ${place.id} and kind = 'dashboard.tell' and payload ->> 'action' = ${action}`
    ).map(({ data }) => data)
  const live = async (place: Place) => {
    await sql`update kick_channel set broadcaster_user_id = ${9_100 + ++made} where discord_server_id = ${place.id}`
    await sql`
      insert into stream_session (discord_server_id, started_at, changed_at) values (${place.id}, now() - interval '1 hour', now())`
    service.live.add(place.slug)
  }

  it('has a clip cut, once for each request and without a line in the chat, and hears what became of it', async () => {
    const place = await aPlace()
    await live(place)
    await setUp(place)
    await paid(place)
    record(place)
    const wish = { request_id: 'r-1', title: 'From the dashboard', username: 'Mod', duration: 20 }
    await tell(place, 'clips.create', wish)
    await tell(place, 'clips.create', wish)
    await paid(place)
    expect(ofPlace(place)).toMatchObject([{ title: 'From the dashboard', duration: 20, username: 'Mod' }])
    expect(await saidIn(place)).toEqual([])
    record(place, 1)
    await tell(place, 'clips.create', { request_id: 'r-2' })
    await paid(place)
    expect(await sql`select state from clips where discord_server_id = ${place.id} order by id`).toEqual([
      { state: 'made' },
      { state: 'failed' },
    ])
  })

  it('starts a recording that broke, is told whether it runs, and stops none that others may share', async () => {
    const place = await aPlace()
    await live(place)
    await setUp(place)
    await paid(place)
    service.segments.delete(place.slug)
    await tell(place, 'clips.buffer_start', { channel: 'ignored' })
    await paid(place)
    expect(service.segments.has(place.slug)).toBe(true)
    await expect(tell(place, 'clips.buffer_stop', {})).rejects.toThrow('other servers may share its recording')
    await tell(place, 'clips.buffer_status', {})
    await paid(place)
    expect(await told(place, 'buffer_status')).toEqual([{ channel: place.slug, recording: true }])
    await sql`update stream_session set ended_at = now() where discord_server_id = ${place.id}`
    await expect(tell(place, 'clips.buffer_start', {})).rejects.toThrow('The stream is not live')
    await expect(tell(place, 'clips.create', { request_id: 'r' })).rejects.toThrow('The stream is not live')
    await tell(place, 'clips.buffer_stop', {})
    await paid(place)
    expect(service.segments.has(place.slug)).toBe(false)
  })

  it('is refused where clips are not set up', async () => {
    const place = await aPlace()
    for (const event of ['clips.create', 'clips.buffer_start', 'clips.buffer_stop', 'clips.buffer_status'])
      await expect(tell(place, event, { request_id: 'r' })).rejects.toThrow('Use `/clips setup`')
  })
})

describe('what the bot before knew', () => {
  it('is proposed by the form, holds once there is a key, and does nothing before', async () => {
    const place = await aPlace()
    await sql`
      insert into clip_service (discord_server_id, url, enabled, duration_seconds, channel_id)
      values (${place.id}, ${service.url}, false, 45, ${place.news})`
    expect(textOf(await ask(place, 'clips show'))).toContain('Use `/clips setup`')
    await goLive(place)
    await say(place, 'Anna', '!clip', present)
    expect(await saidIn(place)).toEqual([])
    const modal = await run(place, 'clips setup').modal()
    expect(modal.inputs.map(({ value }) => value)).toEqual([service.url, undefined])
    await bot.discord.control.submit(modal, { key }).message()
    const shown = textOf(await ask(place, 'clips show'))
    expect(shown).toContain('45')
    expect(shown).toContain(`<#${place.news}>`)
  })
})

describe('/clips', () => {
  it('begins to record at once when it is set up while the stream is live', async () => {
    const place = await aPlace()
    // A channel of its own: what is recorded of the other one is known already.
    await sql`update kick_channel set broadcaster_user_id = 9001 where discord_server_id = ${place.id}`
    await sql`
      insert into stream_session (discord_server_id, started_at, changed_at) values (${place.id}, now() - interval '1 hour', now())`
    await setUp(place)
    await paid(place)
    expect(service.segments.has(place.slug)).toBe(true)
  })

  it('never shows the key, nor keeps it readable anywhere', async () => {
    const place = await aPlace()
    const shown = [await setUp(place), await ask(place, 'clips show'), await ask(place, 'clips off')]
    for (const message of shown) expect(JSON.stringify(message)).not.toContain(key)
    const [row] = await sql<{ text: string }[]>`
      select jsonb_agg(s)::text || (select jsonb_agg(a)::text from audit_log a where a.discord_server_id = ${place.id}) as text
        from clip_service s where s.discord_server_id = ${place.id}`
    expect(row?.text).toContain(service.url)
    expect(row?.text).not.toContain(key)
  })

  it.each([
    [{ url: 'https://evil.example' }, /must begin with https:\/\/.*`clips\.example\.org`/],
    [{ url: 'http://clips.example.org' }, /must begin with https:\/\//],
    [{ url: 'https://clips.example.org/path' }, /end after its host/],
    [{ key: 'wrong' }, /does not accept this key/],
    [{ key: 'two words' }, /no spaces/],
  ])('refuses %j, says why, and keeps nothing', async (form, told) => {
    const place = await aPlace()
    expect(textOf(await setUp(place, form))).toMatch(told)
    expect(await sql`select 1 from clip_service where discord_server_id = ${place.id}`).toHaveLength(0)
  })

  it.each(['redirect', 'endless', 'page', 'down'] as const)('takes no service that answers with: %s', async (fault) => {
    const place = await aPlace()
    service.fault = fault
    expect(textOf(await setUp(place))).toMatch(/is no clip service|does not answer/)
    expect(await sql`select 1 from clip_service where discord_server_id = ${place.id}`).toHaveLength(0)
  })

  it('says what is missing', async () => {
    const place = await aPlace()
    expect(textOf(await ask(place, 'clips show'))).toContain('Use `/clips setup`')
    await sql`delete from kick_channel where discord_server_id = ${place.id}`
    expect(textOf(await setUp(place))).toContain('Use `/setup` first')
  })
})

describe('the way to a service', () => {
  it.each([
    ['https://clips.example.org', 'https://clips.example.org'],
    [' https://clips.example.org/ ', 'https://clips.example.org'],
    ['http://127.0.0.1:9000', 'http://127.0.0.1:9000'],
    ['http://clips.example.org', undefined],
    ['https://clips.example.org:444', undefined],
    ['https://clips.example.org.evil.example', undefined],
    ['https://user@clips.example.org', undefined],
    ['https://clips.example.org/?a', undefined],
    ['https://127.0.0.1:9000', undefined],
    ['javascript:alert(1)', undefined],
    ['clips.example.org', undefined],
  ])('%s is %s', (typed, origin) =>
    expect(clipOrigin(typed, ['clips.example.org', 'http://127.0.0.1:9000'])).toBe(origin),
  )

  it('leads out of our networks, in every way to write an address', () => {
    for (const address of [
      '127.0.0.1',
      '10.1.2.3',
      '172.31.0.1',
      '192.168.1.1',
      '169.254.169.254',
      '0.0.0.0',
      '100.64.0.1',
    ])
      expect(isPublicAddress(address), address).toBe(false)
    for (const address of ['::1', '::', 'fd00::1', 'fe80::1', '::ffff:127.0.0.1', '::ffff:7f00:1', 'localhost'])
      expect(isPublicAddress(address), address).toBe(false)
    for (const address of ['8.8.8.8', '172.32.0.1', '2606:4700::1111'])
      expect(isPublicAddress(address), address).toBe(true)
  })

  it('is not taken to a listed name that leads into them', async () => {
    const port = new URL(service.url).port
    const call = { origin: `https://localhost:${port}`, key, method: 'GET', path: '/api/clips/buffer/status' } as const
    expect(await callClipService(call, [`localhost:${port}`])).toEqual({
      kind: 'unreachable',
      reason: 'the name leads to an address that is not public',
    })
  })

  it.each([
    [
      { kind: 'answer', status: 200, body: { watch_url: 'https://a.example/1' } },
      { kind: 'made', url: 'https://a.example/1' },
    ],
    [
      { kind: 'answer', status: 200, body: { watch_url: 'javascript:x' } },
      { kind: 'refused', code: 'failed' },
    ],
    [
      { kind: 'answer', status: 200, body: 'hello' },
      { kind: 'refused', code: 'failed' },
    ],
    [
      { kind: 'answer', status: 400, body: { error: 'not_recording' } },
      { kind: 'refused', code: 'not_live' },
    ],
    [
      { kind: 'answer', status: 403, body: {} },
      { kind: 'refused', code: 'key' },
    ],
    [
      { kind: 'answer', status: 302, body: undefined },
      { kind: 'refused', code: 'failed' },
    ],
    [
      { kind: 'answer', status: 500, body: {} },
      { kind: 'unavailable', reason: 'answer 500' },
    ],
  ] as const)('%j means %j', (answer, result) => expect(readClip(answer)).toEqual(result))

  it('passes on a title of one line, without addresses, markup or mentions', () => {
    expect(cleanTitle('  a\nb\u200bc  `x` **y** <@1> https://x.example ')).toBe('a b c x y 1')
    expect(cleanTitle('x'.repeat(300))).toHaveLength(100)
    expect(cleanTitle('https://only.example')).toBe('')
  })
})

it('neither Discord nor the service had anything to complain about', () => {
  expect(bot.discord.ledger.violations).toEqual([])
  expect(service.violations).toEqual([])
})
