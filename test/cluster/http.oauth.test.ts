import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { legacySignature } from '../../cluster/oauth/legacy.ts'
import { type GuildId, guildId } from '../../cluster/runtime/ids.ts'
import { createSecrets, tokenPurpose } from '../../cluster/runtime/secrets.ts'
import { Browser, type KickUser, type Page } from '../standins/kick/index.ts'
import { createDatabase } from '../support/database.ts'
import { startOwnNats } from '../support/nats.ts'
import { until } from '../support/wait.ts'
import { guildOfShard, legacyKey, openFrontDoor, secrets, startKick } from './front-door.ts'

const nats = await startOwnNats()
const database = await createDatabase()
const { sql } = database
const kick = await startKick()
const door = await openFrontDoor({ databaseUrl: database.url, natsUrl: nats.url, kick })
await until(() => door.bus.isConnected, { what: 'the bus' })

let members = 0
interface Started {
  readonly guild: GuildId
  readonly member: string
  readonly value: string
  readonly url: string
}

/** What `/link` does in Discord: a row with the hash, and an address with the value. */
async function given(p: { purpose?: string; guild?: GuildId; minutes?: number } = {}): Promise<Started> {
  const guild = p.guild ?? guildId(guildOfShard(2, ++members))
  const member = String(500_000 + ++members)
  const value = `${guild}.${randomBytes(32).toString('base64url')}`
  await sql`insert into guild (discord_server_id, server_name) values (${guild}, 'Chess & <i>Friends</i>') on conflict do nothing`
  await sql`
    insert into oauth_states (discord_server_id, state, purpose, discord_id, interaction_token, expires_at)
    values (${guild}, ${createHash('sha256').update(value).digest('hex')}, ${p.purpose ?? 'link'}, ${member}, 'itoken',
            now() + ${p.minutes ?? 10} * interval '1 minute')`
  return { guild, member, value, url: `${door.url}/link/${value}` }
}

const tokenOf = (page: Page) => /name="token" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
const titleOf = (page: Page) => /<h1>([^<]+)<\/h1>/.exec(page.body)?.[1]
/** Opens the address and presses the button. */
async function follow(browser: Browser, started: Started): Promise<Page> {
  return browser.postForm(started.url, { token: tokenOf(await browser.get(started.url)) })
}
const owed = (guild: GuildId) => sql<{ kind: string; sourceRef: string; payload: Record<string, unknown> }[]>`
  select kind, source_ref, payload from outbox where discord_server_id = ${guild} order by outbox_id`
const viewer = kick.control.addViewer({ username: 'Ann_Example' })

describe('linking', () => {
  it('goes from the link over Kick to a question in Discord', async () => {
    const started = await given()
    const hints: unknown[] = []
    door.bus.onHint('hint.outbox.4.1', (body) => hints.push(body))
    const browser = kick.control.browser(viewer)
    const asked = await browser.get(started.url)
    expect(asked.status).toBe(200)
    expect(asked.body).toContain('Chess &#38; &#60;i&#62;Friends&#60;/i&#62;')
    expect(asked.body).toContain(started.member)
    expect(asked.headers.get('set-cookie')).toMatch(/^belfry=[\w-]{43}; Path=\/; Max-Age=3600; HttpOnly; SameSite=Lax$/)

    const end = await browser.postForm(started.url, { token: tokenOf(asked) })
    expect(titleOf(end)).toBe('Almost done')
    expect(end.body).toContain('Ann_Example')
    const authorize = end.visited.map((url) => new URL(url)).find(({ pathname }) => pathname === '/oauth/authorize')
    expect(authorize?.searchParams.get('scope')).toBe('user:read')
    expect(authorize?.searchParams.get('state')).not.toContain(started.value)

    const confirmations = await sql`
      select discord_id, kick_user_id, kick_name, display_name, interaction_token,
             expires_at between now() + interval '9 minutes' and now() + interval '10 minutes' as is_short
        from link_confirmation where discord_server_id = ${started.guild}`
    const known = { kickUserId: String(viewer.userId), kickName: 'ann_example', displayName: 'Ann_Example' }
    expect(confirmations).toEqual([{ discordId: started.member, ...known, interactionToken: 'itoken', isShort: true }])
    const [row, ...others] = await owed(started.guild)
    expect(others).toEqual([])
    expect(row?.kind).toBe('links.confirm')
    expect(row?.payload).toEqual({ discordId: started.member, ...known, userId: undefined, interactionToken: 'itoken' })
    await until(() => hints.length > 0, { what: 'the hint to the owner' })
    expect(await sql`select 1 as one from links where discord_server_id = ${started.guild}`).toEqual([])
  })

  it('is not used up by whoever only looks at the link', async () => {
    const started = await given()
    for (let n = 0; n < 5; n++) expect((await new Browser().get(started.url)).status).toBe(200)
    expect((await fetch(started.url, { method: 'HEAD' })).status).toBe(200)
    expect(titleOf(await follow(kick.control.browser(viewer), started))).toBe('Almost done')
  })

  it('works once, however many press at the same time', async () => {
    const started = await given()
    const browsers = Array.from({ length: 6 }, () => kick.control.browser(viewer))
    const tokens = await Promise.all(browsers.map(async (browser) => tokenOf(await browser.get(started.url))))
    const ends = await Promise.all(
      browsers.map((browser, n) => browser.postForm(started.url, { token: tokens[n] ?? '' })),
    )
    expect(ends.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(ends.filter(({ status }) => status === 410)).toHaveLength(5)
    const again = await new Browser().get(started.url)
    expect([again.status, titleOf(again)]).toEqual([410, 'This link was used already'])
    expect(await owed(started.guild)).toHaveLength(1)
  })

  it('is over once the browser came back, and the address of the return is worth nothing any more', async () => {
    const started = await given()
    const browser = kick.control.browser(viewer)
    const end = await follow(browser, started)
    const again = await browser.get(end.url)
    expect([again.status, titleOf(again)]).toEqual([410, 'This sign-in is over'])
    expect(await owed(started.guild)).toHaveLength(1)
  })

  it('runs out, before and after the way to Kick', async () => {
    const old = await new Browser().get((await given({ minutes: -1 })).url)
    expect([old.status, titleOf(old)]).toEqual([410, 'This link has expired'])

    const started = await given()
    const { browser, returnUrl } = await stoppedBeforeReturn(started, viewer)
    await sql`update oauth_states set expires_at = now() - interval '1 second' where discord_server_id = ${started.guild}`
    const late = await browser.get(returnUrl)
    expect([late.status, titleOf(late)]).toEqual([410, 'This link has expired'])
    expect(await owed(started.guild)).toMatchObject([
      { kind: 'links.failed', payload: { discordId: started.member, reason: 'expired', interactionToken: 'itoken' } },
    ])
  })

  it('does not end in another browser, and still ends in the right one', async () => {
    const started = await given()
    const { browser, returnUrl } = await stoppedBeforeReturn(started, viewer)
    for (const other of [new Browser(), await withCookie()]) {
      const page = await other.get(returnUrl)
      expect([page.status, titleOf(page)]).toEqual([403, 'This is another browser'])
    }
    expect(titleOf(await browser.get(returnUrl))).toBe('Almost done')
  })

  it('is not begun by a form that another page sends, nor by one without our token', async () => {
    const started = await given()
    const victim = kick.control.browser(viewer)
    expect((await victim.postForm(started.url, {})).status).toBe(403)
    const token = tokenOf(await new Browser().get(started.url))
    expect((await victim.postForm(started.url, { token })).status).toBe(403)
    const page = await victim.get(started.url)
    const cookie = victim.cookies(door.url).get('belfry') ?? ''
    const crossSite = await fetch(started.url, {
      method: 'POST',
      redirect: 'manual',
      headers: { Cookie: `belfry=${cookie}`, 'Sec-Fetch-Site': 'cross-site' },
      body: new URLSearchParams({ token: tokenOf(page) }),
    })
    expect(crossSite.status).toBe(403)
    expect(titleOf(await victim.postForm(started.url, { token: tokenOf(page) }))).toBe('Almost done')
  })

  it('tells page and member that Kick was refused', async () => {
    const started = await given()
    const end = await follow(kick.control.browser(viewer, { consent: 'deny' }), started)
    expect([end.status, titleOf(end)]).toEqual([403, 'You said no at Kick'])
    expect(await owed(started.guild)).toMatchObject([{ kind: 'links.failed', payload: { reason: 'refused' } }])
  })

  it.each([
    ['/oauth/token', '500_empty', 'kick_unavailable', 503],
    ['/public/v1/users', '500_json', 'kick_unavailable', 503],
  ] as const)('tells page and member that %s does not answer', async (path, fault, reason, status) => {
    const started = await given()
    const recover = kick.control.failRequests({ kind: fault, path, times: 100 })
    const end = await follow(kick.control.browser(viewer), started)
    recover()
    expect([end.status, titleOf(end)]).toEqual([status, 'Kick does not answer'])
    expect(await owed(started.guild)).toMatchObject([{ kind: 'links.failed', payload: { reason } }])
    expect(await sql`select 1 as one from link_confirmation where discord_server_id = ${started.guild}`).toEqual([])
  })

  it('tells when Kick does not take the code', async () => {
    const started = await given()
    const { browser, returnUrl } = await stoppedBeforeReturn(started, viewer)
    const url = new URL(returnUrl)
    url.searchParams.set('code', 'made-up')
    const page = await browser.get(url.href)
    expect([page.status, titleOf(page)]).toEqual([502, 'Kick did not accept the sign-in'])
    expect(await owed(started.guild)).toMatchObject([{ kind: 'links.failed', payload: { reason: 'kick_refused' } }])
  })

  it.each([
    '/link/',
    '/link/nonsense',
    `/link/99999999999999999999.${'A'.repeat(43)}`,
    `/link/9999999999999999999.${'A'.repeat(43)}`,
    `/link/12345.${'A'.repeat(43)}`,
    '/link/<script>alert(1)</script>',
    '/oauth/kick/callback',
    '/oauth/kick/callback?state=x&state=y&code=z',
    '/oauth/kick/callback?error=%3Cscript%3Ealert(1)%3C%2Fscript%3E&error_description=%3Cimg%3E',
  ])('knows nothing of %s and repeats nothing of it', async (path) => {
    const page = await new Browser().get(`${door.url}${path}`)
    expect(page.status).toBe(404)
    expect(page.body).not.toMatch(/alert|<img>|A{43}/)
  })

  it('survives two sign-ins in one browser at once', async () => {
    const [one, two] = [await given(), await given()]
    const browser = kick.control.browser(viewer)
    const first = await browser.get(one.url)
    const second = await browser.get(two.url)
    expect(titleOf(await browser.postForm(two.url, { token: tokenOf(second) }))).toBe('Almost done')
    expect(titleOf(await browser.postForm(one.url, { token: tokenOf(first) }))).toBe('Almost done')
  })

  const withCookie = async () => {
    const browser = new Browser()
    await browser.get((await given()).url)
    return browser
  }
})

describe('connecting a channel', () => {
  const bound = async (channel: KickUser) => {
    const started = await given({ purpose: 'broadcaster' })
    await sql`
      insert into kick_channel (discord_server_id, broadcaster_user_id, slug, display_name)
      values (${started.guild}, ${channel.userId}, ${channel.slug}, ${channel.username})`
    return started
  }

  it('keeps the tokens of the channel that is bound, and keeps them unreadable', async () => {
    const channel = kick.control.addChannel()
    const started = await bound(channel)
    const end = await follow(kick.control.browser(channel), started)
    expect(titleOf(end)).toBe('Connected')
    const authorize = end.visited.map((url) => new URL(url)).find(({ pathname }) => pathname === '/oauth/authorize')
    expect(authorize?.searchParams.get('scope')).toBe('user:read channel:read chat:write events:subscribe')
    const [row] = await sql<{ accessToken: string; refreshToken: string; keyId: string; kickUserId: string }[]>`
      select access_token, refresh_token, key_id, kick_user_id from kick_token where discord_server_id = ${started.guild}`
    expect(row?.kickUserId).toBe(String(channel.userId))
    if (row === undefined) throw new Error('no token was kept')
    const open = (which: 'access' | 'refresh', guild = started.guild, from = secrets) =>
      from.decrypt(which === 'access' ? row.accessToken : row.refreshToken, {
        keyId: row.keyId,
        purpose: tokenPurpose(guild, which),
      })
    expect((await door.kick.me(open('access'))).userId).toBe(String(channel.userId))
    expect((await door.kick.oauth.refresh(open('refresh'))).kind).toBe('tokens')
    expect(() => open('access', guildId('1'))).toThrow()
    expect(() => open('access', started.guild, createSecrets('ff'.repeat(32)))).toThrow('not known')
    expect(open('access', started.guild, createSecrets('ff'.repeat(32), ['0123456789abcdef'.repeat(4)]))).toBe(
      open('access'),
    )
    expect(await owed(started.guild)).toMatchObject([
      { kind: 'settings.connected', payload: { discordId: started.member, kickUserId: String(channel.userId) } },
    ])
  })

  it('refuses another account, and a server without a channel', async () => {
    const channel = kick.control.addChannel()
    const other = await follow(kick.control.browser(viewer), await bound(channel))
    expect([other.status, titleOf(other)]).toEqual([403, 'This is another Kick account'])
    const unbound = await follow(kick.control.browser(channel), await given({ purpose: 'broadcaster' }))
    expect([unbound.status, titleOf(unbound)]).toEqual([409, 'This server has no Kick channel yet'])
    expect(await sql`select 1 as one from kick_token where kick_user_id = ${viewer.userId}`).toEqual([])
  })
})

/** Goes to Kick and stops when Kick sends the browser back. */
async function stoppedBeforeReturn(started: Started, user: KickUser) {
  const browser = kick.control.browser(user)
  const token = tokenOf(await browser.get(started.url))
  const cookie = `belfry=${browser.cookies(door.url).get('belfry') ?? ''}`
  const begun = await fetch(started.url, {
    method: 'POST',
    redirect: 'manual',
    headers: { Cookie: cookie },
    body: new URLSearchParams({ token }),
  })
  expect(begun.status).toBe(303)
  const session = `kick_session=${browser.cookies(kick.idUrl).get('kick_session') ?? ''}`
  const back = await fetch(begun.headers.get('location') ?? '', { redirect: 'manual', headers: { Cookie: session } })
  return { browser, returnUrl: back.headers.get('location') ?? '' }
}

describe('the language of the pages', () => {
  const inLanguage = async (url: string, language: string) => {
    const page = await fetch(url, { headers: { 'accept-language': language } })
    return page.text()
  }

  it('is the one that the browser likes best of ours, and the question in Discord follows it', async () => {
    const started = await given()
    expect(await inLanguage(started.url, 'nl, de-CH;q=0.8, fr;q=0.9')).toMatch(
      /<html lang="fr">[\s\S]*Liez votre compte/,
    )
    expect(await inLanguage(started.url, 'nl')).toContain('<html lang="en">')
    expect(await inLanguage(`${door.url}/nowhere`, 'tr-TR')).toContain('Burada bir şey yok')
    expect(await inLanguage(door.url, 'de')).toContain('Zuschauzeit, Punkte und Rollen')
    expect(await inLanguage(`${door.url}/link/nothing`, 'pt-BR,pt;q=0.9')).toContain('Este link não é conhecido')
  })
})

describe('an address that the legacy bot gave out', () => {
  let places = 0
  const signed = async (p: { ageSeconds?: number; guild?: string; isKnown?: boolean } = {}) => {
    const guild = p.guild ?? `98765432109876${5_000 + ++places}`
    const member = `12345678901234${5_000 + places}`
    if (p.isKnown !== false)
      await sql`insert into guild (discord_server_id, server_name) values (${guild}, 'Old') on conflict do nothing`
    const timestamp = String(Math.floor(Date.now() / 1000) - (p.ageSeconds ?? 5))
    const signature = legacySignature(legacyKey, { discordId: member, guildId: guild, timestamp })
    const query = new URLSearchParams({ discord_id: member, guild_id: guild, timestamp, signature })
    return { guild, member, query, url: `${door.url}/auth/kick?${query}` }
  }
  const statesIn = (guild: string) => sql`select 1 as one from oauth_states where discord_server_id = ${guild}`

  it.each([
    ['987654321098765432', 'vUqVB8nTGeiszHxrv8cbvfeB6R-sEI3-UWqcxDajkoo'],
    ['0', '9YSmIQPwspJE0W9VQnx4AI0LEtAJUaoFvtCZtDwIO74'],
  ])('has a signature that both bots reckon alike: guild %s', (guild, signature) => {
    const signedParts = { discordId: '123456789012345678', guildId: guild, timestamp: '1700000000' }
    expect(legacySignature('unit-test-secret', signedParts)).toBe(signature)
  })

  it('begins a sign-in that works once and ends with a question to the member', async () => {
    const { url, guild, member } = await signed()
    const browser = kick.control.browser(viewer)
    const asked = await browser.get(url)
    expect([asked.status, titleOf(asked)]).toEqual([200, 'Link your Kick account'])
    expect(asked.body).toContain(member)
    expect(titleOf(await browser.get(url))).toBe('Link your Kick account')
    expect(await statesIn(guild)).toHaveLength(1)
    const end = await browser.postForm(asked.url, { token: tokenOf(asked) })
    expect(titleOf(end)).toBe('Almost done')
    const [row] = await owed(guildId(guild))
    expect(row).toMatchObject({ kind: 'links.confirm', payload: { discordId: member, interactionToken: null } })
    expect(await sql`select 1 as one from links where discord_server_id = ${guild}`).toEqual([])
    expect(titleOf(await new Browser().get(url))).toBe('This link was used already')
    expect(await owed(guildId(guild))).toHaveLength(1)
  })

  it('is refused when it is old, wrong, twice in itself, of no server, or of one that we do not know', async () => {
    const titles = async (url: string) => titleOf(await new Browser().get(url))
    expect(await titles((await signed({ ageSeconds: 601 })).url)).toBe('This link has expired')
    expect(await titles((await signed({ ageSeconds: -120 })).url)).toBe('This link has expired')
    expect(await titles((await signed({ isKnown: false })).url)).toBe('This link is not known')
    expect(await titles((await signed({ guild: '0', isKnown: false })).url)).toBe('This link is not known')
    const { url, guild, query } = await signed()
    const other = (name: string, value: string) => {
      const changed = new URLSearchParams(query)
      changed.set(name, value)
      return `${door.url}/auth/kick?${changed}`
    }
    for (const wrong of [
      other('discord_id', '123456789012349999'),
      other('timestamp', String(Number(query.get('timestamp')) + 1)),
      other('signature', 'ä'.repeat(43)),
      other('signature', ''),
      `${url}&discord_id=1`,
      `${door.url}/auth/kick`,
    ])
      expect(await titles(wrong)).toBe('This link is not known')
    expect(await statesIn(guild)).toEqual([])
  })
})
