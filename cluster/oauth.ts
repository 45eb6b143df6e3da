import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Sql } from '../sql/client.ts'
import { findSignIn, openSignIn, type Purpose } from '../sql/queries/oauth.ts'
import type { Answer, Ask, Step } from './answer.ts'
import { createLegacyStart, hashOf } from './oauth/legacy.ts'
import { createReturn, type ReturnOptions } from './oauth/return.ts'
import { confirmPage, type Outcome, outcomePage } from './pages/link.ts'
import { speakToBrowser, wantedLocale } from './pages/texts.ts'
import type { Clock } from './runtime/clock.ts'
import { within } from './runtime/deadline.ts'
import { type GuildId, guildId } from './runtime/ids.ts'
import type { Kick } from './runtime/kick.ts'
import type { Log } from './runtime/log.ts'
import { Counter, registry } from './runtime/metrics.ts'

/** The pages that a member's browser goes through between Discord and Kick. */
export interface OAuthPages {
  /** An address that the legacy bot gave out leads to the same question. */
  legacy(ask: Ask): Promise<Answer>
  /** Asks whether to go on. Uses nothing up: chat programs open addresses to show a preview. */
  open(ask: Ask): Promise<Answer>
  /** Goes on to Kick. Works once. */
  begin(ask: Ask): Promise<Answer>
  /** Kick sends the browser back here. */
  callback(ask: Ask): Promise<Answer>
}

export interface OAuthOptions extends Omit<ReturnOptions, 'redirectUri'> {
  readonly sql: Sql
  readonly kick: Pick<Kick, 'oauth' | 'me' | 'revoke'>
  readonly log: Log
  /** Where browsers reach this front door, without a slash at the end. */
  readonly publicUrl: string
  /** Signed the legacy bot's addresses; without it none of them are taken. */
  readonly legacyKey?: string | undefined
  readonly clock: Clock
}

const signIns = new Counter({
  name: 'bot_oauth_steps_total',
  help: 'Steps of signing in to Kick, by step and what came of them.',
  labelNames: ['step', 'outcome'],
  registers: [registry],
})

/** A viewer shows who they are and gives nothing away; a broadcaster lets the bot answer in chat. */
const scopes: Readonly<Record<Purpose, readonly string[]>> = {
  link: ['user:read'],
  broadcaster: ['user:read', 'channel:read', 'chat:write', 'events:subscribe'],
}

const databasePatienceMs = 3_000

/**
 * A sign-in goes through three values, none of which is kept: the one in the member's link; the browser's own, a cookie; and
 * the state that Kick hands back, half of which is drawn at random and half follows from the cookie. So a state that was
 * begun in one browser is worth nothing in another, and no page that somebody else opens for the member can begin one.
 */
export function createOAuth(options: OAuthOptions): OAuthPages {
  const { sql, kick, log, publicUrl } = options
  const redirectUri = `${publicUrl}/oauth/kick/callback`
  const startFromLegacy = createLegacyStart(options)
  const returned = createReturn({ ...options, redirectUri })
  const cookie = browserCookie(publicUrl.startsWith('https:'))
  const kickOrigin = new URL(kick.oauth.authorizeUrl({ redirectUri, scopes: [], state: '', challenge: '' })).origin

  const look = async (address: Address) => {
    const signIn = await within(databasePatienceMs, findSignIn(sql, { ...address, state: hashOf(address.value) }))
    if (signIn === undefined) return 'unknown'
    if (signIn.isOpened) return 'used'
    return signIn.isExpired ? 'expired' : signIn
  }

  const counted = (step: string, handle: (ask: Ask) => Promise<Step>) => async (ask: Ask) => {
    let { outcome, answer }: Step = { outcome: 'unavailable' }
    try {
      ;({ outcome, answer } = await handle(ask))
    } catch (err) {
      log.warn({ step, err }, 'sign-in step failed')
    }
    signIns.inc({ step, outcome })
    return answer ?? outcomePage(speakToBrowser(ask), outcome as Outcome)
  }

  return {
    legacy: counted('legacy', async (ask) => {
      const begun = await startFromLegacy(ask)
      if (begun.kind !== 'begun') return { outcome: begun.kind }
      const headers = { Location: `${publicUrl}/link/${begun.urlValue}` }
      return { outcome: 'sent_on', answer: { status: 303, body: '', headers } }
    }),

    open: counted('open', async (ask) => {
      const address = addressOf(ask.path.slice('/link/'.length))
      if (address === undefined) return { outcome: 'unknown' }
      const signIn = await look(address)
      if (typeof signIn === 'string') return { outcome: signIn }
      const browser = cookie.read(ask) ?? randomBytes(32).toString('base64url')
      const page = confirmPage(speakToBrowser(ask), {
        purpose: signIn.purpose,
        serverName: signIn.serverName,
        discordId: signIn.userId,
        formToken: formTokenOf(browser, address.value),
        action: ask.path,
      })
      // Browsers hold the redirects behind a form to `form-action` too, and Kick redirects within its own hosts.
      const policy = `default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' https: ${kickOrigin}`
      const headers = { ...page.headers, 'Set-Cookie': cookie.write(browser), 'Content-Security-Policy': policy }
      return { outcome: 'asked', answer: { ...page, headers } }
    }),

    begin: counted('begin', async (ask) => {
      const address = addressOf(ask.path.slice('/link/'.length))
      if (address === undefined) return { outcome: 'unknown' }
      const browser = cookie.read(ask)
      const form = new URLSearchParams(ask.body.toString())
      const isOurForm =
        browser !== undefined && isSame(form.get('token') ?? '', formTokenOf(browser, address.value)) && isSameSite(ask)
      if (!isOurForm) return { outcome: 'wrong_browser' }
      const state = newStateFor(address.guildId, browser)
      const verifier = randomBytes(32).toString('base64url')
      const purpose = await within(
        databasePatienceMs,
        openSignIn(sql, {
          guildId: address.guildId,
          state: hashOf(address.value),
          newState: hashOf(state),
          verifier,
        }),
      )
      if (purpose === undefined) {
        const why = await look(address)
        return { outcome: typeof why === 'string' ? why : 'used' }
      }
      const challenge = createHash('sha256').update(verifier).digest('base64url')
      const location = kick.oauth.authorizeUrl({ redirectUri, scopes: scopes[purpose], state, challenge })
      const headers = { Location: location, 'Set-Cookie': cookie.write(browser) }
      return { outcome: 'sent_to_kick', answer: { status: 303, body: '', headers } }
    }),

    callback: counted('callback', async (ask) => {
      const state = addressOf(only(ask, 'state') ?? '')
      if (state === undefined) return { outcome: 'unknown' }
      const browser = cookie.read(ask)
      // Asked before the state is used up: in the right browser it goes on working.
      if (browser === undefined || !isStateOf(browser, state)) return { outcome: 'wrong_browser' }
      const code = only(ask, 'code')
      const error = only(ask, 'error')
      if (code === undefined && error === undefined) return { outcome: 'unknown' }
      return returned({
        guildId: state.guildId,
        state: hashOf(state.value),
        code,
        error,
        locale: wantedLocale(ask.headers),
      })
    }),
  }
}

interface Address {
  readonly guildId: GuildId
  readonly random: Buffer
  /** The whole text. */
  readonly value: string
}

const addressPattern = /^(\d{1,19})\.([A-Za-z0-9_-]{43})$/
const largestId = 2n ** 63n - 1n

function addressOf(value: string): Address | undefined {
  const [, guild, random] = addressPattern.exec(value) ?? []
  if (guild === undefined || random === undefined || BigInt(guild) > largestId) return undefined
  return { guildId: guildId(guild), random: Buffer.from(random, 'base64url'), value }
}

/** The one value of a parameter that stands there once. */
function only(ask: Ask, name: string): string | undefined {
  const [value, ...others] = ask.query.getAll(name)
  return others.length === 0 && value !== undefined && value !== '' && value.length <= 2_048 ? value : undefined
}

const drawnBytes = 16

/** 128 bits drawn, and 128 bits that only this browser's cookie leads to. */
function newStateFor(guild: GuildId, browser: string): string {
  const drawn = randomBytes(drawnBytes)
  return `${guild}.${Buffer.concat([drawn, markOf(guild, browser, drawn)]).toString('base64url')}`
}

const isStateOf = (browser: string, state: Address): boolean =>
  timingSafeEqual(
    state.random.subarray(drawnBytes),
    markOf(state.guildId, browser, state.random.subarray(0, drawnBytes)),
  )

const markOf = (guild: GuildId, browser: string, drawn: Buffer): Buffer =>
  createHash('sha256')
    .update(`state ${guild} ${browser} `)
    .update(drawn)
    .digest()
    .subarray(0, 32 - drawnBytes)

/** Shows that the form was made for this browser: another site can send a form here, but can read neither this nor the cookie. */
const formTokenOf = (browser: string, value: string): string =>
  createHash('sha256').update(`form ${browser} ${value}`).digest('base64url')

const isSame = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))

/** Browsers say where a request comes from; one that does not is held to the form's token alone. */
const isSameSite = (ask: Ask): boolean =>
  [undefined, 'same-origin'].includes(ask.headers['sec-fetch-site'] as string | undefined)

/** Names the browser for an hour. Lax, since Kick sends the browser back from another site. */
function browserCookie(isSecure: boolean) {
  // With this prefix no other host of the domain can set it; browsers take it over https only.
  const name = isSecure ? '__Host-belfry' : 'belfry'
  const pattern = new RegExp(`(?:^|;\\s*)${name}=([A-Za-z0-9_-]{43})(?:;|$)`)
  return {
    read: (ask: Ask): string | undefined => pattern.exec(ask.headers.cookie ?? '')?.[1],
    write: (value: string): string =>
      `${name}=${value}; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`,
  }
}
