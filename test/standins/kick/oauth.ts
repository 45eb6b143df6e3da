import { createHash } from 'node:crypto'
import { type Answer, type Ask, edge, json, ok, unauthorized } from './http.ts'
import { Seeded } from './seeded.ts'
import type { KickUser, World } from './world.ts'

export const scopes = [
  'user:read',
  'channel:read',
  'channel:write',
  'channel:rewards:read',
  'channel:rewards:write',
  'chat:write',
  'streamkey:read',
  'events:subscribe',
  'moderation:ban',
  'moderation:chat_message:manage',
  'kicks:read',
] as const
export type Scope = (typeof scopes)[number]

export interface AccessToken {
  kind: 'app' | 'user'
  userId: number | null
  scopes: readonly string[]
  expiresAt: number
  grant: string
}

interface RefreshToken {
  userId: number
  scopes: readonly string[]
  expiresAt: number
  grant: string
  /** When it was first exchanged; it keeps working for the grace period after that. */
  usedAt: number | null
}

interface Code {
  userId: number
  redirectUri: string
  challenge: string
  scopes: readonly string[]
  expiresAt: number
}

export interface Session {
  user: KickUser
  consent: 'approve' | 'deny'
}

const appTokenSeconds = 5_184_000
const userTokenSeconds = 7_200
const codeSeconds = 60
const refreshDays = 30

/** The OAuth host: authorization code with PKCE, client credentials, refresh, revocation, introspection. */
export class OAuth {
  readonly clientId: string
  readonly clientSecret: string
  readonly redirects = new Set<string>()
  readonly sessions = new Map<string, Session>()
  /** Who approves in a browser that has no session; null shows the consent page. */
  visitor: Session | null = null
  readonly #world: World
  readonly #random: Seeded
  readonly #graceMs: number
  readonly #codes = new Map<string, Code>()
  readonly #access = new Map<string, AccessToken>()
  readonly #refresh = new Map<string, RefreshToken>()

  constructor(world: World, p: { seed: string; refreshGraceMs: number }) {
    this.#world = world
    this.#random = new Seeded(`${p.seed}:oauth`)
    this.#graceMs = p.refreshGraceMs
    this.clientId = this.#random.ulid(Date.UTC(2025, 0, 1))
    this.clientSecret = this.#random.bytes(32).toString('hex')
  }

  route(ask: Ask): Answer {
    const route = `${ask.method} ${ask.path}`
    if (route === 'GET /oauth/authorize') return this.#authorize(ask)
    if (route === 'POST /oauth/consent') return this.#consent(ask)
    const blocked = edge(ask, this.#world.faults.requireUserAgent)
    if (blocked) return blocked
    if (route === 'POST /oauth/token') return this.#token(ask)
    if (route === 'POST /oauth/revoke') return this.#revoke(ask)
    if (route === 'POST /oauth/token/introspect') return this.#introspect(ask)
    return json(404, { error: 'Not found' })
  }

  /** The live token of an `Authorization` header. */
  bearer(ask: Ask): AccessToken | undefined {
    const [, word = ''] = /^Bearer (\S+)$/.exec(String(ask.headers.authorization ?? '')) ?? []
    const token = this.#access.get(word)
    return token && token.expiresAt > this.#world.now() ? token : undefined
  }

  openSession(session: Session): string {
    const id = this.#random.token()
    this.sessions.set(id, session)
    return id
  }

  /** Gives a person's tokens without a browser. */
  grant(userId: number, granted: readonly string[]) {
    return this.#issue(userId, granted, this.#random.ulid(this.#world.now()))
  }

  expire(which: 'app' | 'user' | number): void {
    for (const token of this.#access.values()) {
      if (token.kind === which || token.userId === which) token.expiresAt = 0
    }
  }

  /** From now on this person's refresh tokens are refused, as happens after some weeks. */
  breakLink(userId: number): void {
    for (const [word, token] of this.#refresh) if (token.userId === userId) this.#refresh.delete(word)
  }

  #authorize(ask: Ask): Answer {
    const query = this.#world.faults.rewriteLoopback ? loopbackRewritten(ask.query) : ask.query
    const refusal = this.#refuseAuthorize(query)
    if (refusal) return json(400, { error: refusal })
    const [, id = ''] = /(?:^|;\s*)kick_session=([A-Z0-9]+)/.exec(String(ask.headers.cookie ?? '')) ?? []
    const session = this.sessions.get(id) ?? this.visitor
    return session ? this.#decide(query, session) : this.#consentPage(query)
  }

  #refuseAuthorize(query: URLSearchParams): string | null {
    const one = (name: string) => (query.getAll(name).length === 1 ? query.get(name) : null)
    if (one('client_id') !== this.clientId) return 'invalid client_id'
    if (!this.redirects.has(one('redirect_uri') ?? '')) return 'invalid redirect_uri'
    if (one('response_type') !== 'code') return 'invalid response_type'
    if (!one('state')) return 'state is required'
    if (one('code_challenge_method') !== 'S256') return 'invalid code_challenge_method'
    if (!/^[A-Za-z0-9_-]{43}$/.test(one('code_challenge') ?? '')) return 'invalid code_challenge'
    const wanted = (one('scope') ?? '').split(' ')
    return wanted.every((scope) => scopes.some((known) => known === scope)) ? null : 'invalid scope'
  }

  #decide(query: URLSearchParams, session: Session): Answer {
    const target = new URL(query.get('redirect_uri') ?? '')
    const state = query.get('state') ?? ''
    if (session.consent === 'deny') target.searchParams.set('error', 'access_denied')
    else {
      const code = this.#random.token()
      this.#codes.set(code, {
        userId: session.user.userId,
        redirectUri: query.get('redirect_uri') ?? '',
        challenge: query.get('code_challenge') ?? '',
        scopes: (query.get('scope') ?? '').split(' '),
        expiresAt: this.#world.now() + codeSeconds * 1_000,
      })
      target.searchParams.set('code', code)
    }
    target.searchParams.set('state', state)
    return { status: 302, headers: { Location: target.href } }
  }

  /** For a person at a real browser: who are you, and may the app? */
  #consentPage(query: URLSearchParams): Answer {
    const people = [...this.#world.users.values()].slice(0, 200)
    const options = people.map((user) => `<option value="${user.userId}">${user.username}</option>`).join('')
    const body = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Kick stand-in: sign in</title></head>
<body><h1>Kick stand-in</h1><p>An app asks for: ${escaped(query.get('scope') ?? '')}</p>
<form method="post" action="/oauth/consent"><input type="hidden" name="query" value="${escaped(query.toString())}">
<label>Continue as <select name="user_id">${options}</select></label>
<button name="consent" value="approve">Allow</button> <button name="consent" value="deny">Deny</button></form></body></html>`
    return { status: 200, headers: { 'Content-Type': 'text/html; charset=utf-8' }, body }
  }

  #consent(ask: Ask): Answer {
    const form = new URLSearchParams(ask.body.toString())
    const query = new URLSearchParams(form.get('query') ?? '')
    const user = this.#world.users.get(Number(form.get('user_id')))
    const refusal = user ? this.#refuseAuthorize(query) : 'unknown user'
    if (!user || refusal) return json(400, { error: refusal })
    return this.#decide(query, { user, consent: form.get('consent') === 'approve' ? 'approve' : 'deny' })
  }

  #token(ask: Ask): Answer {
    const type = String(ask.headers['content-type'] ?? '').split(';')[0]
    if (type !== 'application/x-www-form-urlencoded') return json(415, { error: 'Invalid request' })
    const form = new URLSearchParams(ask.body.toString())
    if (form.get('client_id') !== this.clientId || form.get('client_secret') !== this.clientSecret) {
      return this.#refuse(401, 'invalid_client', 'client authentication failed')
    }
    switch (form.get('grant_type')) {
      case 'client_credentials':
        return json(200, this.#issueApp())
      case 'authorization_code':
        return this.#exchange(form)
      case 'refresh_token':
        return this.#renew(form)
      default:
        return this.#refuse(400, 'unsupported_grant_type', 'unknown grant type')
    }
  }

  #exchange(form: URLSearchParams): Answer {
    const word = form.get('code') ?? ''
    const code = this.#codes.get(word)
    // A code is spent by the first attempt, whether that succeeds or not.
    this.#codes.delete(word)
    if (!code || code.expiresAt <= this.#world.now()) return this.#refuse(400, 'invalid_grant', 'code is not valid')
    if (form.get('redirect_uri') !== code.redirectUri) {
      if (this.#world.faults.redirectMismatchAs === 'empty_500') return { status: 500, body: '' }
      return this.#refuse(400, 'invalid_grant', 'redirect_uri does not match')
    }
    const verifier = form.get('code_verifier') ?? ''
    const isRight = /^[A-Za-z0-9\-._~]{43,128}$/.test(verifier) && challengeOf(verifier) === code.challenge
    if (!isRight) return this.#refuse(400, 'invalid_grant', 'code_verifier does not match')
    return json(200, this.#issue(code.userId, code.scopes, this.#random.ulid(this.#world.now())))
  }

  #renew(form: URLSearchParams): Answer {
    const now = this.#world.now()
    const token = this.#refresh.get(form.get('refresh_token') ?? '')
    const isSpent = token?.usedAt != null && token.usedAt + this.#graceMs <= now
    if (!token || isSpent || token.expiresAt <= now || this.#world.faults.refreshRefused) {
      return this.#refuse(400, 'invalid_grant', 'refresh token is not valid')
    }
    token.usedAt ??= now
    return json(200, this.#issue(token.userId, token.scopes, token.grant))
  }

  #issueApp() {
    const word = this.#random.token()
    const expiresAt = this.#world.now() + appTokenSeconds * 1_000
    this.#access.set(word, { kind: 'app', userId: null, scopes: [], expiresAt, grant: word })
    return { access_token: word, token_type: 'Bearer', expires_in: this.#expiresIn(appTokenSeconds) }
  }

  #issue(userId: number, granted: readonly string[], grant: string) {
    const now = this.#world.now()
    const access = this.#random.token()
    const refresh = this.#random.token()
    const common = { userId, scopes: granted, grant }
    this.#access.set(access, { ...common, kind: 'user', expiresAt: now + userTokenSeconds * 1_000 })
    this.#refresh.set(refresh, { ...common, expiresAt: now + refreshDays * 86_400_000, usedAt: null })
    return {
      access_token: access,
      token_type: 'Bearer',
      refresh_token: refresh,
      expires_in: this.#expiresIn(userTokenSeconds),
      scope: granted.join(' '),
    }
  }

  #expiresIn(seconds: number): number | string {
    return this.#world.faults.expiresInAsText ? String(seconds) : seconds
  }

  #refuse(status: number, error: string, description: string): Answer {
    if (this.#world.faults.oauthErrors === 'vendor') return json(400, { error: 'Invalid request' })
    if (this.#world.faults.oauthErrors === 'message') return json(status, { message: description })
    return json(status, { error, error_description: description })
  }

  /** Always 200 and plain text; a refresh token takes the access tokens of its grant with it. */
  #revoke(ask: Ask): Answer {
    const word = ask.query.get('token') ?? ''
    const refresh = this.#refresh.get(word)
    if (refresh) {
      for (const [other, token] of this.#refresh) if (token.grant === refresh.grant) this.#refresh.delete(other)
      for (const [other, token] of this.#access) if (token.grant === refresh.grant) this.#access.delete(other)
    }
    this.#access.delete(word)
    return { status: 200, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: 'OK' }
  }

  #introspect(ask: Ask): Answer {
    if (!ask.headers.authorization) return unauthorized()
    const token = this.bearer(ask)
    if (!token) return ok({ active: false })
    return ok({
      active: true,
      client_id: this.clientId,
      token_type: token.kind,
      scope: token.scopes.join(' '),
      exp: Math.floor(token.expiresAt / 1_000),
    })
  }
}

/** RFC 7636: the challenge of a verifier under S256. */
export const challengeOf = (verifier: string): string => createHash('sha256').update(verifier).digest('base64url')

const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)

/** The first 127.0.0.1 of the whole query becomes localhost, wherever it stands. */
function loopbackRewritten(query: URLSearchParams): URLSearchParams {
  return new URLSearchParams(query.toString().replace('127.0.0.1', 'localhost'))
}
