import { request } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createHttp } from '../../cluster/http.ts'
import { createOverview } from '../../cluster/overview.ts'
import { messagePage } from '../../cluster/pages/layout.ts'
import { overviewPage } from '../../cluster/pages/overview.ts'
import { systemClock } from '../../cluster/runtime/clock.ts'
import { createDatabase } from '../support/database.ts'
import { startOwnNats } from '../support/nats.ts'
import { until } from '../support/wait.ts'
import { guildOfShard, log, openFrontDoor, startKick } from './front-door.ts'

const nats = await startOwnNats()
const database = await createDatabase()
const { sql } = database
const kick = await startKick()
const door = await openFrontDoor({ databaseUrl: database.url, natsUrl: nats.url, kick })
await until(() => door.bus.isConnected, { what: 'the bus' })
const get = (path: string, init: RequestInit = {}) => fetch(`${door.url}${path}`, { redirect: 'manual', ...init })

describe('the front door', () => {
  it('says that it lives, that it is ready, and what it measured', async () => {
    expect(await (await get('/healthz')).text()).toMatch(/^ok, belfry \d+\.\d+\.\d+, commit \w+\n$/)
    expect((await get('/startupz')).status).toBe(200)
    const ready = await get('/readyz')
    expect(ready.status).toBe(200)
    expect(await ready.json()).toEqual({ status: 'ready', database: 'ok', bus: 'ok', shards: 'ok' })
    const metrics = await get('/metrics')
    expect(metrics.headers.get('content-type')).toContain('text/plain')
    expect(await metrics.text()).toContain('bot_http_request_duration_seconds_count{route="healthz",status="200"}')
  })

  it('lets nobody frame it, sniff in it, run a script of theirs in it or learn an address from it', async () => {
    for (const path of ['/', '/healthz', '/link/nonsense', '/nowhere']) {
      const { headers } = await get(path)
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toContain('unsafe')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('cache-control')).toBe('no-store')
    }
  })

  it('knows its paths and methods', async () => {
    expect((await get('/nowhere')).status).toBe(404)
    expect((await get('/__proto__')).status).toBe(404)
    expect((await get('//')).status).toBe(404)
    const wrong = await get('/webhooks/kick')
    expect(wrong.status).toBe(405)
    expect(wrong.headers.get('allow')).toBe('POST')
    const post = await get('/', { method: 'POST', body: 'x' })
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    expect((await get('/healthz', { method: 'DELETE' })).status).toBe(405)
    const head = await get('/', { method: 'HEAD' })
    expect(head.status).toBe(200)
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(500)
    expect(await head.text()).toBe('')
  })

  it('serves its style and script for ever, and only those', async () => {
    const page = await (await get('/')).text()
    const [, style = ''] = /href="(\/assets\/style[^"]+)"/.exec(page) ?? []
    const answer = await get(style)
    expect(answer.headers.get('cache-control')).toContain('immutable')
    expect(answer.headers.get('content-type')).toContain('text/css')
    expect((await get('/assets/../http.ts')).status).toBe(404)
    expect(page).not.toMatch(/<script(?![^>]*\ssrc=)/)
    expect(page).not.toMatch(/\sstyle=|\son\w+=/)
  })

  it('refuses what is too large, announced or not, and goes on', async () => {
    const size = 256 * 1024 + 1
    const announced = await get('/webhooks/kick', { method: 'POST', body: Buffer.alloc(size) }).catch(() => undefined)
    expect([413, undefined]).toContain(announced?.status)
    const status = await new Promise<number | undefined>((resolve) => {
      const ask = request(`${door.url}/webhooks/kick`, { method: 'POST' }, (answer) => {
        resolve(answer.statusCode)
        answer.resume()
      })
      ask.on('error', () => resolve(413)) // cut while we were still sending, which is as good
      for (let sent = 0; sent < size * 2; sent += 64 * 1024) ask.write(Buffer.alloc(64 * 1024))
      ask.end()
    })
    expect(status).toBe(413)
    expect((await get('/healthz')).status).toBe(200)
  })

  it('answers nonsense with 400 and closes', async () => {
    const { port } = new URL(door.url)
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.write('this is not http\r\n\r\n'))
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk
      })
      socket.on('close', () => resolve(text))
    })
    expect(answer).toContain('400 Bad Request')
  })

  it('finishes what is in hand when it stops, and takes nothing new', async () => {
    let bus: string | undefined
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const other = createHttp({
      host: '127.0.0.1',
      port: 0,
      metrics: async () => '',
      readiness: async () => ({
        ok: false,
        parts: { database: 'does not answer', ...(bus === undefined ? {} : { bus }) },
      }),
      startup: async () => 'no leases yet',
      kickWebhook: {
        receive: async () => {
          await held
          return { status: 200, body: 'ok' }
        },
      },
      oauth: {
        legacy: () => Promise.reject(new Error('secret reason')),
        open: () => Promise.reject(new Error('secret reason')),
        begin: () => Promise.reject(new Error('secret reason')),
        callback: () => Promise.reject(new Error('secret reason')),
      },
      log,
    })
    await other.start()
    const broken = await fetch(`${other.url}/link/x`)
    expect(broken.status).toBe(500)
    expect(await broken.text()).not.toContain('secret reason')
    const unready = await fetch(`${other.url}/readyz`)
    expect(unready.status).toBe(503)
    expect(await unready.json()).toEqual({ status: 'not ready', database: 'does not answer' })
    expect((await fetch(`${other.url}/readyz/webhooks`)).status).toBe(503)
    bus = 'ok'
    expect((await fetch(`${other.url}/readyz/webhooks`)).status).toBe(200)
    expect((await fetch(`${other.url}/readyz`)).status).toBe(503)
    const starting = await fetch(`${other.url}/startupz`)
    expect([starting.status, await starting.text()]).toEqual([503, 'no leases yet\n'])
    expect((await fetch(other.url)).status).toBe(200)

    const inHand = fetch(`${other.url}/webhooks/kick`, { method: 'POST', body: '{}' })
    await new Promise((resolve) => setTimeout(resolve, 50))
    const stopped = other.stop()
    await expect(fetch(`${other.url}/healthz`)).rejects.toThrow()
    release()
    expect((await inHand).status).toBe(200)
    await stopped
  })
})

describe('the front page', () => {
  it('shows totals over all guilds and nothing of one guild', async () => {
    const guild = guildOfShard(1, 77)
    await sql`insert into guild (discord_server_id, server_name) values (${guild}, 'Secret <b>Society</b>')`
    await sql`insert into watchtime (discord_server_id, username, minutes) values (${guild}, 'hidden_viewer', 1234567)`
    await sql`insert into user_points (discord_server_id, kick_username, points) values (${guild}, 'hidden_viewer', 7654321)`
    await sql`
      insert into presence (discord_server_id, hour, username, present, paid)
      values (${guild}, floor(extract(epoch from now()) / 3600)::int, 'hidden_viewer', 7, 3)`
    await sql`insert into scheduler_lease values ('scheduler', 'pod-a#0123456789ab', 42, now() + interval '1 minute')`
    await sql`insert into shard_group_lease values (4, 0, 'pod-b', 7, now() + interval '1 minute'), (4, 1, null, 0, now())`
    const page = await until(
      async () => {
        const text = await (await get('/')).text()
        return text.includes('1,234,567') && text
      },
      { what: 'the figures' },
    )
    for (const figure of ['7,654,321', 'epoch 42', 'pod-a', 'pod-b', 'waits for a pod']) expect(page).toContain(figure)
    for (const secret of ['Society', 'hidden_viewer', guild, '0123456789ab']) expect(page).not.toContain(secret)
  })

  it('costs the database one look for all who ask', async () => {
    let looks = 0
    const counting = new Proxy(sql, {
      get(target, name) {
        if (name === 'begin') looks++
        return Reflect.get(target, name)
      },
    })
    const overview = createOverview({ sql: counting, clock: systemClock, shardCount: 4, log })
    const all = await Promise.all(Array.from({ length: 50 }, () => overview()))
    expect(all.every(({ figures, isStale }) => figures !== undefined && !isStale)).toBe(true)
    await overview()
    expect(looks).toBe(1)
  })

  it('shows what it knew last, and says so, while the database is away', async () => {
    let isAway = false
    const fleeting = new Proxy(sql, {
      get: (target, name) =>
        name === 'begin' && isAway ? () => Promise.reject(new Error('away')) : Reflect.get(target, name),
    })
    const overview = createOverview({ sql: fleeting, clock: systemClock, shardCount: 4, log })
    const known = await overview()
    isAway = true
    const later = await until(async () => ((await overview()).isStale ? overview() : undefined), { what: 'staleness' })
    expect(later.figures).toEqual(known.figures)
    expect(String(overviewPage(later, { ok: true, parts: {} }).body)).toContain('these figures are from')
  })

  it('escapes what it is given', () => {
    const { body } = messagePage(400, { title: `<script>"'&`, text: '</p><img src=x onerror=alert(1)>' })
    expect(String(body)).not.toMatch(/<script>"|<img src=x/)
    expect(String(body)).toContain('&#60;script&#62;&#34;&#39;&#38;')
  })
})
