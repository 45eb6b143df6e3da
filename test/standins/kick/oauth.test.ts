import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { challengeOf, KickStandIn, newKeyPair } from './index.ts'

const redirectUri = 'http://localhost:3000/kick/callback'
const userAgent = 'belfry-test/1 (+test)'
const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'

let now: number
let kick: KickStandIn

const keys = await newKeyPair()

beforeEach(async () => {
  now = Date.UTC(2026, 3, 1, 12)
  kick = new KickStandIn({ seed: 'oauth', clock: () => now, keys })
  await kick.start()
  kick.registerRedirect(redirectUri)
})
afterEach(() => kick.stop())

function authorizeUrl(changes: Record<string, string | null> = {}): string {
  const url = new URL('/oauth/authorize', kick.idUrl)
  const query: Record<string, string | null> = {
    client_id: kick.clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'user:read chat:write',
    state: randomBytes(16).toString('hex'),
    code_challenge: challengeOf(verifier),
    code_challenge_method: 'S256',
    ...changes,
  }
  for (const [name, value] of Object.entries(query)) if (value !== null) url.searchParams.set(name, value)
  return url.href
}

/** Where the browser would be sent, without anything listening there. */
async function redirectOf(url: string, cookie: string): Promise<URL> {
  const response = await fetch(url, { redirect: 'manual', headers: { Cookie: cookie } })
  expect(response.status).toBe(302)
  return new URL(response.headers.get('location') ?? '')
}

async function newCode(): Promise<string> {
  const viewer = kick.control.addViewer()
  const browser = kick.control.browser(viewer)
  const session = browser.cookies(kick.idUrl).get('kick_session')
  const target = await redirectOf(authorizeUrl(), `kick_session=${session}`)
  return target.searchParams.get('code') ?? ''
}

const token = (fields: Record<string, string>) =>
  fetch(`${kick.idUrl}/oauth/token`, {
    method: 'POST',
    headers: { 'User-Agent': userAgent },
    body: new URLSearchParams({ client_id: kick.clientId, client_secret: kick.clientSecret, ...fields }),
  })

const exchange = (code: string, changes: Record<string, string> = {}) =>
  token({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier, ...changes })

const api = (path: string, accessToken: string) =>
  fetch(`${kick.apiUrl}${path}`, { headers: { 'User-Agent': userAgent, Authorization: `Bearer ${accessToken}` } })

interface Tokens {
  access_token: string
  refresh_token: string
  expires_in: number
  scope: string
}
const tokensOf = async (response: Response) => (await response.json()) as Tokens

describe('authorizing', () => {
  it('reproduces the vector of RFC 7636, appendix B', () => {
    expect(challengeOf(verifier)).toBe('E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')
  })

  it.each([
    ['another client', { client_id: 'nobody' }],
    ['an unregistered redirect', { redirect_uri: `${redirectUri}/` }],
    ['no state', { state: null }],
    ['no challenge', { code_challenge: null }],
    ['a plain challenge', { code_challenge_method: 'plain' }],
    ['an implicit grant', { response_type: 'token' }],
    ['an unknown scope', { scope: 'user:read everything' }],
    ['scopes with commas', { scope: 'user:read,chat:write' }],
    ['no scope', { scope: null }],
  ])('refuses %s with 400 and an error', async (_, changes) => {
    kick.control.setVisitor(kick.control.addViewer())
    const response = await fetch(authorizeUrl(changes))
    expect(response.status).toBe(400)
    expect(await response.json()).toHaveProperty('error')
  })

  it('gives the state back, with a code or with the refusal of the person', async () => {
    const viewer = kick.control.addViewer()
    kick.control.setVisitor(viewer)
    const agreed = await redirectOf(authorizeUrl({ state: 'state-1' }), '')
    expect(agreed.searchParams.get('state')).toBe('state-1')
    expect(agreed.searchParams.get('code')).not.toBe('')
    kick.control.setVisitor(viewer, { consent: 'deny' })
    const denied = await redirectOf(authorizeUrl({ state: 'state-2' }), '')
    expect(Object.fromEntries(denied.searchParams)).toEqual({ error: 'access_denied', state: 'state-2' })
  })

  it('shows a page to a browser that is not signed in, and its form leads on', async () => {
    const viewer = kick.control.addViewer({ username: 'Ana_Lu' })
    const page = await (await fetch(authorizeUrl({ state: 'a&"b' }))).text()
    expect(page).toContain(`<option value="${viewer.userId}">Ana_Lu</option>`)
    const query = new URL(authorizeUrl({ state: 'a&"b' })).searchParams.toString()
    const answer = await fetch(`${kick.idUrl}/oauth/consent`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ query, user_id: String(viewer.userId), consent: 'approve' }),
    })
    expect(new URL(answer.headers.get('location') ?? '').searchParams.get('state')).toBe('a&"b')
  })

  it('follows a sign-in with its own browser and keeps cookies', async () => {
    const browser = kick.control.browser(kick.control.addViewer())
    const page = await browser.get(authorizeUrl({ redirect_uri: `${kick.idUrl}/nowhere` })).catch((e: unknown) => e)
    expect(page).toMatchObject({ status: 400 })
    kick.registerRedirect(`${kick.idUrl}/nowhere`)
    const arrived = await browser.get(authorizeUrl({ redirect_uri: `${kick.idUrl}/nowhere` }))
    expect(arrived.visited).toHaveLength(2)
    expect(new URL(arrived.url).searchParams.get('code')).not.toBeNull()
  })
})

describe('tokens', () => {
  it('makes the round trip from code to a person', async () => {
    const tokens = await tokensOf(await exchange(await newCode()))
    expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 7_200, scope: 'user:read chat:write' })
    const me = (await (await api('/public/v1/users', tokens.access_token)).json()) as { data: object[] }
    expect(me.data).toEqual([expect.objectContaining({ user_id: 100_001, name: 'Viewer_100001' })])
  })

  it('takes a code once only', async () => {
    const code = await newCode()
    expect((await exchange(code)).status).toBe(200)
    const again = await exchange(code)
    expect(again.status).toBe(400)
    expect(await again.json()).toMatchObject({ error: 'invalid_grant' })
  })

  it('forgets a code after a minute', async () => {
    const code = await newCode()
    now += 60_000
    expect((await exchange(code)).status).toBe(400)
  })

  it.each([
    ['another redirect', { redirect_uri: `${redirectUri}?x=1` }, 400],
    ['another verifier', { code_verifier: `${verifier}x` }, 400],
    ['a short verifier', { code_verifier: 'short' }, 400],
    ['no secret', { client_secret: '' }, 401],
    ['another grant', { grant_type: 'password' }, 400],
  ])('refuses an exchange with %s', async (_, changes, status) => {
    expect((await exchange(await newCode(), changes)).status).toBe(status)
  })

  it('refuses JSON and a Basic header', async () => {
    const fields = { grant_type: 'client_credentials', client_id: kick.clientId, client_secret: kick.clientSecret }
    const headers = { 'User-Agent': userAgent }
    const asJson = await fetch(`${kick.idUrl}/oauth/token`, {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: JSON.stringify(fields),
    })
    expect(asJson.status).toBe(415)
    const basic = Buffer.from(`${kick.clientId}:${kick.clientSecret}`).toString('base64')
    const asBasic = await fetch(`${kick.idUrl}/oauth/token`, {
      method: 'POST',
      headers: { ...headers, Authorization: `Basic ${basic}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    })
    expect(asBasic.status).toBe(401)
  })

  it('renews, lets the old refresh token work for a grace period, and then no longer', async () => {
    const first = await tokensOf(await exchange(await newCode()))
    const renew = (refreshToken: string) => token({ grant_type: 'refresh_token', refresh_token: refreshToken })
    const second = await tokensOf(await renew(first.refresh_token))
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect((await renew(first.refresh_token)).status).toBe(200)
    now += 60_000
    expect(await (await renew(first.refresh_token)).json()).toMatchObject({ error: 'invalid_grant' })
    expect((await renew(second.refresh_token)).status).toBe(200)
    kick.control.faults.refreshRefused = true
    expect((await renew(second.refresh_token)).status).toBe(400)
  })

  it('revokes with a plain text, known token or not, and then refuses the token', async () => {
    const tokens = await tokensOf(await exchange(await newCode()))
    const revoke = (word: string) =>
      fetch(`${kick.idUrl}/oauth/revoke?token=${word}&token_hint_type=refresh_token`, {
        method: 'POST',
        headers: { 'User-Agent': userAgent, 'Content-Type': 'application/x-www-form-urlencoded' },
      })
    for (const word of ['unknown', tokens.refresh_token]) {
      const answer = await revoke(word)
      expect([answer.status, await answer.text()]).toEqual([200, 'OK'])
    }
    expect((await api('/public/v1/users', tokens.access_token)).status).toBe(401)
  })

  it('tells about a token, also about one that is no longer live', async () => {
    const { access_token } = kick.control.grant(kick.control.addViewer(), ['user:read'])
    const introspect = async () => {
      const response = await fetch(`${kick.idUrl}/oauth/token/introspect`, {
        method: 'POST',
        headers: { 'User-Agent': userAgent, Authorization: `Bearer ${access_token}` },
      })
      return (await response.json()) as { data: object }
    }
    expect((await introspect()).data).toMatchObject({ active: true, token_type: 'user', scope: 'user:read' })
    kick.control.expireTokens('user')
    expect((await introspect()).data).toEqual({ active: false })
  })
})
