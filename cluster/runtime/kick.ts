import { type Clock, systemClock } from './clock.ts'
import type { KickUserId } from './ids.ts'
import type { KickChannel, KickLivestream, KickProfile, KickSubscription, KickTokens } from './kick/answers.ts'
import * as answers from './kick/answers.ts'
import { Bucket } from './kick/bucket.ts'
import { type Ask, createHttp, KickError } from './kick/http.ts'

export type { KickChannel, KickLivestream, KickProfile, KickSubscription, KickTokens }
export { KickError }

export interface KickOptions {
  /** Base of the OAuth host, without a slash at the end. */
  idUrl: string
  /** Base of the API host, without a slash at the end. */
  apiUrl: string
  clientId: string
  clientSecret: string
  /** Where to complain about this client, an address; Kick's edge is kinder to those who say. */
  contact?: string
  fetch?: typeof fetch
  clock?: Clock
  /** Waits between attempts and for a turn; a test passes its own. */
  wait?: (ms: number) => Promise<void>
  /** Kick publishes no limits; 100 a minute has been named for one endpoint. */
  requestsPerMinute?: number
  chatPerMinute?: number
}

export type ChannelLookup = { kind: 'found'; channel: KickChannel } | { kind: 'not_found' }

/** What became of one requested subscription; asking again for one that exists gives its id. */
export type SubscriptionResult =
  | { kind: 'created'; event: string; id: string }
  | { kind: 'limit_reached'; event: string }
  | { kind: 'failed'; event: string; reason: string }

/** `refused` means that the code or token is no good: the person has to sign in again. */
export type TokenResult = { kind: 'tokens'; tokens: KickTokens } | { kind: 'refused'; reason: string }

export interface ChatLine {
  /** At most 500 characters, see {@link longestChatLine}. */
  content: string
  /** As the app's bot in the channel of the token's owner, or as the token's owner in any channel. */
  as: { kind: 'bot' } | { kind: 'user'; broadcasterId: KickUserId }
  replyTo?: string
}

/** Characters in a chat message, counted the strict way, in UTF-16 units. */
export const longestChatLine = 500

const batchSize = 50
const mostPages = 200

/** Kick's public API. Everything throws {@link KickError}, after a bounded number of attempts, unless it says otherwise. */
export interface Kick {
  /**
   * Finds a channel by what somebody typed: a slug, a name with or without @, or an address. Slug and name differ in `_` and
   * `-` in both directions, so both are tried.
   */
  channelBySlug(input: string): Promise<ChannelLookup>
  /** Channels in no particular order; unknown ids are missing. */
  channelsByIds(ids: readonly KickUserId[]): Promise<KickChannel[]>
  /** People by their ids, with the names that they have now; unknown ids are missing. */
  usersByIds(ids: readonly KickUserId[]): Promise<KickProfile[]>
  /** Those of these channels which are live. The end of a stream shows up to twenty seconds late. */
  livestreamsByIds(ids: readonly KickUserId[]): Promise<KickLivestream[]>
  readonly subscriptions: {
    /** A new subscription may be missing for a while. */
    list(broadcasterId?: KickUserId): Promise<KickSubscription[]>
    /** Asks for version 1 of each event and gives one result for each, in the same order. */
    create(broadcasterId: KickUserId, events: readonly string[]): Promise<SubscriptionResult[]>
    /** May be repeated. */
    delete(ids: readonly string[]): Promise<void>
  }
  /** The key that webhooks are signed with, as PEM. */
  publicKey(): Promise<string>
  readonly oauth: {
    /** Where to send a browser; `challenge` is the S256 challenge of the verifier kept for {@link exchange}. */
    authorizeUrl(p: { redirectUri: string; scopes: readonly string[]; state: string; challenge: string }): string
    exchange(p: { code: string; redirectUri: string; verifier: string }): Promise<TokenResult>
    /** Under a lock, please: the last answer's refresh token is the one that lasts. */
    refresh(refreshToken: string): Promise<TokenResult>
  }
  /** The person a user token belongs to; needs the scope `user:read`. */
  me(accessToken: string): Promise<KickProfile>
  /** Succeeds for tokens that are unknown or already revoked. */
  revoke(token: string, kind: 'access_token' | 'refresh_token'): Promise<void>
  /**
   * Says something. Not repeated when Kick may have said it already: such an error is retryable, but whoever retries may be
   * heard twice.
   */
  sendChat(accessToken: string, line: ChatLine): Promise<{ messageId: string }>
}

/** Makes a client; it connects to nothing until asked, and keeps one app token in memory. */
export function createKick(options: KickOptions): Kick {
  const clock = options.clock ?? systemClock
  const wait = options.wait ?? ((ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)))
  const http = createHttp({ fetch: options.fetch ?? fetch, clock, wait, contact: options.contact })
  const general = new Bucket(options.requestsPerMinute ?? 100, clock)
  const chat = new Bucket(options.chatPerMinute ?? 60, clock)
  const { clientId, clientSecret } = options

  const postForm = <T>(form: Record<string, string>, answer: Ask<T>['answer'] & object): Promise<T> =>
    http.ask({
      method: 'POST',
      base: options.idUrl,
      path: '/oauth/token',
      form: { ...form, client_id: clientId, client_secret: clientSecret },
      answer,
      secrets: [clientSecret, ...Object.values(form)],
    })

  const appTokens = new AppTokens(clock, () => postForm({ grant_type: 'client_credentials' }, answers.appToken))

  /** With the app's token. Kick has ended tokens before their time: a 401 gets a new one, once. */
  async function asApp<T>(ask: Omit<Ask<T>, 'base' | 'bucket' | 'accessToken'>): Promise<T> {
    const full = { ...ask, base: options.apiUrl, bucket: general }
    const accessToken = await appTokens.current()
    try {
      return await http.ask({ ...full, accessToken })
    } catch (error) {
      if (!(error instanceof KickError && error.status === 401)) throw error
      return http.ask({ ...full, accessToken: await appTokens.insteadOf(accessToken) })
    }
  }

  async function asAppInBatches<T>(
    path: string,
    name: string,
    ids: readonly KickUserId[],
    answer: Ask<{ rows: T[] }>['answer'] & object,
  ): Promise<T[]> {
    const rows: T[] = []
    for (const batch of batches([...new Set(ids)])) {
      const query = new URLSearchParams(batch.map((id): [string, string] => [name, id]))
      if (path.endsWith('/livestreams')) query.append('limit', '100')
      rows.push(...(await asApp({ method: 'GET', path, query, answer })).rows)
    }
    return rows
  }

  async function slugLookup(slug: string): Promise<ChannelLookup> {
    try {
      const query = new URLSearchParams({ slug })
      const { rows } = await asApp({
        method: 'GET',
        path: '/public/v1/channels',
        query,
        answer: answers.page(answers.channel),
      })
      const [channel] = rows
      return channel ? { kind: 'found', channel } : { kind: 'not_found' }
    } catch (error) {
      // An unknown slug has been answered with an empty list and with 400.
      if (error instanceof KickError && (error.status === 400 || error.status === 404)) return { kind: 'not_found' }
      throw error
    }
  }

  async function tokens(form: Record<string, string>): Promise<TokenResult> {
    try {
      return { kind: 'tokens', tokens: await postForm(form, answers.userTokens) }
    } catch (error) {
      const isOurFault = error instanceof KickError && error.message.includes('invalid_client')
      if (!(error instanceof KickError) || isOurFault) throw error
      if (error.status !== 400 && error.status !== 401) throw error
      return { kind: 'refused', reason: error.message }
    }
  }

  async function subscribe(broadcasterId: KickUserId, events: readonly string[]): Promise<SubscriptionResult[]> {
    try {
      const { data } = await asApp({
        method: 'POST',
        path: '/public/v1/events/subscriptions',
        json: {
          broadcaster_user_id: Number(broadcasterId),
          method: 'webhook',
          events: events.map((name) => ({ name, version: 1 })),
        },
        answer: answers.created,
      })
      return events.map((event) =>
        resultOf(
          event,
          data.find((row) => row.name === event),
        ),
      )
    } catch (error) {
      if (!(error instanceof KickError && error.status === 400 && isLimit(error.message))) throw error
      // One full event type refuses the whole request; one by one the others get through.
      if (events.length === 1) return events.map((event) => ({ kind: 'limit_reached', event }))
      const results: SubscriptionResult[] = []
      for (const event of events) results.push(...(await subscribe(broadcasterId, [event])))
      return results
    }
  }

  return {
    async channelBySlug(input) {
      const slug = slugOf(input)
      if (slug === null) return { kind: 'not_found' }
      const first = await slugLookup(slug)
      const other = slug.replace(/[_-]/g, (sign) => (sign === '_' ? '-' : '_'))
      return first.kind === 'found' || other === slug ? first : slugLookup(other)
    },

    channelsByIds: (ids) =>
      asAppInBatches('/public/v1/channels', 'broadcaster_user_id', ids, answers.page(answers.channel)),

    usersByIds: (ids) => asAppInBatches('/public/v1/users', 'id', ids, answers.page(answers.user)),

    async livestreamsByIds(ids) {
      const answer = answers.page(answers.livestream)
      try {
        return await asAppInBatches('/public/v1/livestreams', 'broadcaster_user_id', ids, answer)
      } catch (error) {
        // Deprecated since June 2026; when it is gone its successor takes over.
        if (!(error instanceof KickError && (error.status === 404 || error.status === 410))) throw error
        return asAppInBatches('/public/v1/users/livestreams', 'user_id', ids, answer)
      }
    },

    subscriptions: {
      async list(broadcasterId) {
        const found: KickSubscription[] = []
        const query = new URLSearchParams(broadcasterId === undefined ? {} : { broadcaster_user_id: broadcasterId })
        for (let number = 0; number < mostPages; number++) {
          const path = '/public/v1/events/subscriptions'
          const page = await asApp({ method: 'GET', path, query, answer: answers.page(answers.subscription) })
          found.push(...page.rows)
          if (page.nextCursor === '' || page.rows.length === 0) break
          query.set('cursor', page.nextCursor)
        }
        return found
      },
      create: (broadcasterId, events) => (events.length === 0 ? Promise.resolve([]) : subscribe(broadcasterId, events)),
      async delete(ids) {
        for (const batch of batches(ids)) {
          const query = new URLSearchParams(batch.map((id): [string, string] => ['id', id]))
          await asApp({ method: 'DELETE', path: '/public/v1/events/subscriptions', query })
        }
      },
    },

    async publicKey() {
      const path = '/public/v1/public-key'
      const { data } = await http.ask({
        method: 'GET',
        base: options.apiUrl,
        path,
        bucket: general,
        answer: answers.publicKey,
      })
      return data.public_key
    },

    oauth: {
      authorizeUrl(p) {
        const query = new URLSearchParams({
          client_id: clientId,
          response_type: 'code',
          redirect_uri: p.redirectUri,
          scope: p.scopes.join(' '),
          state: p.state,
          code_challenge: p.challenge,
          code_challenge_method: 'S256',
        })
        return `${options.idUrl}/oauth/authorize?${query}`
      },
      exchange: (p) =>
        tokens({
          grant_type: 'authorization_code',
          code: p.code,
          redirect_uri: p.redirectUri,
          code_verifier: p.verifier,
        }),
      refresh: (refreshToken) => tokens({ grant_type: 'refresh_token', refresh_token: refreshToken }),
    },

    async me(accessToken) {
      const path = '/public/v1/users'
      const answer = answers.page(answers.user)
      const { rows } = await http.ask({
        method: 'GET',
        base: options.apiUrl,
        path,
        accessToken,
        bucket: general,
        answer,
      })
      const [profile] = rows
      if (profile) return profile
      throw new KickError({ route: `GET ${path}`, status: 200, text: 'nobody in the answer', isRetryable: false })
    },

    async revoke(token, kind) {
      await http.ask({
        method: 'POST',
        base: options.idUrl,
        path: '/oauth/revoke',
        // Kick calls the hint `token_hint_type` and wants both in the query, with the form's content type.
        query: new URLSearchParams({ token, token_hint_type: kind }),
        form: {},
        secrets: [token],
      })
    },

    async sendChat(accessToken, line) {
      if (line.content.length > longestChatLine) throw new RangeError('a chat line is too long')
      const path = '/public/v1/chat'
      const { data } = await http.ask({
        method: 'POST',
        base: options.apiUrl,
        path,
        accessToken,
        bucket: chat,
        isRepeatable: false,
        json: {
          content: line.content,
          type: line.as.kind,
          ...(line.as.kind === 'user' && { broadcaster_user_id: Number(line.as.broadcasterId) }),
          ...(line.replyTo !== undefined && { reply_to_message_id: line.replyTo }),
        },
        answer: answers.sentChat,
      })
      if (data.is_sent) return { messageId: data.message_id ?? '' }
      throw new KickError({ route: `POST ${path}`, status: 200, text: 'the message was not sent', isRetryable: false })
    },
  }
}

/** One app token for the process, renewed at four fifths of its life, and asked for once however many wait. */
class AppTokens {
  readonly #clock: Clock
  readonly #ask: () => Promise<{ access_token: string; expires_in: number }>
  #token: { value: string; renewAt: number } | null = null
  #asking: Promise<string> | null = null

  constructor(clock: Clock, ask: () => Promise<{ access_token: string; expires_in: number }>) {
    this.#clock = clock
    this.#ask = ask
  }

  async current(): Promise<string> {
    if (this.#token && this.#clock.monotonic() < this.#token.renewAt) return this.#token.value
    this.#asking ??= this.#renew().finally(() => {
      this.#asking = null
    })
    return this.#asking
  }

  /** Another token than the one that was refused. */
  insteadOf(refused: string): Promise<string> {
    if (this.#token?.value === refused) this.#token = null
    return this.current()
  }

  async #renew(): Promise<string> {
    const answer = await this.#ask()
    this.#token = {
      value: answer.access_token,
      renewAt: this.#clock.monotonic() + answer.expires_in * 1_000 * 0.8,
    }
    return answer.access_token
  }
}

/** The slug in what somebody typed, or null when there cannot be one. */
export function slugOf(input: string): string | null {
  const slug = input
    .trim()
    .replace(/^(https?:\/\/)?(www\.)?kick\.com\//i, '')
    .replace(/[?#/].*$/s, '')
    .replace(/^@/, '')
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  return /^[a-z0-9_-]{1,60}$/.test(slug) ? slug : null
}

const isLimit = (text: string): boolean => /limit reached/i.test(text)

function resultOf(
  event: string,
  row: { subscription_id?: string | null | undefined; error?: string | null | undefined } | undefined,
): SubscriptionResult {
  // A 200 does not mean success: a row may carry an error, or no id.
  if (row?.subscription_id && !row.error) return { kind: 'created', event, id: row.subscription_id }
  const reason = row?.error || (row ? 'no id in the answer' : 'no row in the answer')
  return isLimit(reason) ? { kind: 'limit_reached', event } : { kind: 'failed', event, reason }
}

function* batches<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < list.length; from += batchSize) yield list.slice(from, from + batchSize)
}
