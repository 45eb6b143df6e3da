import { type Answer, type Ask, badRequest, edge, invalidRequest, json, ok, unauthorized } from './http.ts'
import type { AccessToken, OAuth, Scope } from './oauth.ts'
import { Seeded } from './seeded.ts'
import { type EventSubscription, eventTypes, type KickUser, rfc3339, type Stream, type World } from './world.ts'

const maxFilters = 50
const maxChatLength = 500

/** A refusal found deep in a route. */
class Refusal extends Error {
  readonly answer: Answer
  constructor(answer: Answer) {
    super(`refused with ${answer.status}`)
    this.answer = answer
  }
}

export interface ApiHooks {
  publicKeyPem: () => string
  /** Somebody spoke through the API; gives the message's id. */
  onChat: (channel: KickUser, sender: KickUser, content: string, repliesTo: string | undefined) => string
}

/** The API host, everything under `/public/v1` and `/public/v2` that the product needs. */
export class Api {
  readonly #world: World
  readonly #oauth: OAuth
  readonly #hooks: ApiHooks
  readonly #random: Seeded

  constructor(world: World, oauth: OAuth, seed: string, hooks: ApiHooks) {
    this.#world = world
    this.#oauth = oauth
    this.#hooks = hooks
    this.#random = new Seeded(`${seed}:api`)
  }

  route(ask: Ask): Answer {
    const blocked = edge(ask, this.#world.faults.requireUserAgent)
    if (blocked) return blocked
    const route = `${ask.method} ${ask.path}`
    if (route === 'GET /public/v1/public-key') return ok({ public_key: this.#hooks.publicKeyPem() })
    const token = this.#oauth.bearer(ask)
    if (!token) return unauthorized()
    try {
      return this.#authorized(route, ask, token)
    } catch (error) {
      if (error instanceof Refusal) return error.answer
      throw error
    }
  }

  #authorized(route: string, ask: Ask, token: AccessToken): Answer {
    switch (route) {
      case 'GET /public/v1/users':
        return this.#users(ask, token)
      case 'GET /public/v1/channels':
        return this.#channels(ask, token)
      case 'GET /public/v1/livestreams':
        return this.#livestreams(ask)
      case 'GET /public/v1/users/livestreams':
        return ok(this.#live(integers(ask, 'user_id')).map(([user, stream]) => livestreamV2(user, stream)))
      case 'GET /public/v2/livestreams':
        return this.#livestreamsV2(ask)
      case 'GET /public/v1/livestreams/stats':
        return ok({ total_count: this.#live().length })
      case 'POST /public/v1/chat':
        return this.#chat(ask, token)
      case 'GET /public/v1/events/subscriptions':
        return this.#listSubscriptions(ask, token)
      case 'POST /public/v1/events/subscriptions':
        return this.#subscribe(ask, token)
      case 'DELETE /public/v1/events/subscriptions':
        return this.#unsubscribe(ask, token)
      default:
        return json(404, { data: null, message: 'Not found' })
    }
  }

  /** The person of a user token with that scope; an app token stands for nobody. */
  #person(token: AccessToken, scope: Scope): KickUser {
    const user = token.userId === null ? undefined : this.#world.users.get(token.userId)
    if (!user) throw new Refusal(unauthorized())
    if (!token.scopes.includes(scope)) {
      const status = this.#world.faults.missingScopeStatus
      throw new Refusal(json(status, { data: {}, message: status === 401 ? 'Unauthorized' : 'Forbidden' }))
    }
    return user
  }

  #users(ask: Ask, token: AccessToken): Answer {
    const wanted = integers(ask, 'id')
    const self = wanted.length === 0 ? this.#person(token, 'user:read') : null
    const found = self ? [self] : this.#known(wanted)
    return ok(
      found.map((user) => ({
        user_id: user.userId,
        name: user.username,
        email: user === self ? `person-${user.userId}@mail.example` : '',
        profile_picture: user.profilePicture,
      })),
    )
  }

  #channels(ask: Ask, token: AccessToken): Answer {
    const ids = integers(ask, 'broadcaster_user_id')
    const slugs = ask.query.getAll('slug')
    if (ids.length > 0 && slugs.length > 0) return invalidRequest()
    if (slugs.length > maxFilters || slugs.some((slug) => slug === '')) return invalidRequest()
    if (ids.length > 0) return ok(this.#known(ids).map((user) => this.#channel(user)))
    if (slugs.length === 0) {
      if (token.kind === 'app') return invalidRequest()
      return ok([this.#channel(this.#person(token, 'channel:read'))])
    }
    const found = slugs.map((slug) => this.#world.bySlug(slug))
    if (this.#world.faults.unknownSlug === 'bad_request' && found.includes(undefined)) return invalidRequest()
    return ok(found.flatMap((user) => (user ? [this.#channel(user)] : [])))
  }

  #channel(user: KickUser) {
    const stream = this.#world.shownStream(user)
    const live = [...user.subscribers.values()].filter((one) => one.expiresAt > this.#world.now())
    return {
      broadcaster_user_id: user.userId,
      slug: user.slug,
      channel_description: '',
      banner_picture: '',
      stream_title: user.title,
      category: { ...user.category },
      active_subscribers_count: live.length,
      active_gifted_subscribers_count: live.filter((one) => one.gifted).length,
      canceled_subscribers_count: user.subscribers.size - live.length,
      stream: {
        is_live: stream !== null,
        is_mature: false,
        language: stream ? user.language : '',
        // The zero time of the service's language, not null.
        start_time: stream ? rfc3339(stream.startedAt) : '0001-01-01T00:00:00Z',
        thumbnail: '',
        viewer_count: stream?.viewerCount ?? 0,
        custom_tags: [...user.tags],
        key: '',
        url: '',
      },
    }
  }

  #known(ids: readonly number[]): KickUser[] {
    return [...new Set(ids)].flatMap((id) => this.#world.users.get(id) ?? [])
  }

  #live(ids?: readonly number[]): [KickUser, Stream][] {
    const users = ids ? this.#known(ids) : [...this.#world.users.values()]
    return users.flatMap((user): [KickUser, Stream][] => {
      const stream = this.#world.shownStream(user)
      return stream ? [[user, stream]] : []
    })
  }

  #livestreams(ask: Ask): Answer {
    const ids = integers(ask, 'broadcaster_user_id')
    const limit = Number(ask.query.get('limit') ?? 25)
    const sort = ask.query.get('sort') ?? 'viewer_count'
    if (!(limit >= 1 && limit <= 100) || !['viewer_count', 'started_at'].includes(sort)) return invalidRequest()
    const rows = this.#live(ids.length > 0 ? ids : undefined)
    rows.sort(([, a], [, b]) => (sort === 'started_at' ? a.startedAt - b.startedAt : b.viewerCount - a.viewerCount))
    // A filter by broadcaster is answered in full; the default limit must not hide the fiftieth.
    return ok((ids.length > 0 ? rows : rows.slice(0, limit)).map(([user, stream]) => livestreamV1(user, stream)))
  }

  #livestreamsV2(ask: Ask): Answer {
    const limit = Number(ask.query.get('limit') ?? 100)
    const from = Number(Buffer.from(ask.query.get('cursor') ?? 'MA', 'base64url').toString())
    if (!(limit >= 1 && limit <= 1_000) || !Number.isSafeInteger(from)) return invalidRequest()
    const rows = this.#live().sort(([, a], [, b]) => a.startedAt - b.startedAt)
    const next = from + limit < rows.length ? Buffer.from(String(from + limit)).toString('base64url') : ''
    const data = rows.slice(from, from + limit).map(([user, stream]) => livestreamV2(user, stream))
    return json(200, { data, message: 'OK', pagination: { next_cursor: next } })
  }

  #chat(ask: Ask, token: AccessToken): Answer {
    const sender = this.#person(token, 'chat:write')
    const body = object(ask)
    const { content, type, reply_to_message_id: repliesTo } = body
    if (typeof content !== 'string' || content === '' || content.length > maxChatLength) return invalidRequest()
    if (repliesTo !== undefined && !(typeof repliesTo === 'string' && /^[0-9a-f-]{36}$/.test(repliesTo))) {
      return invalidRequest()
    }
    if (type === 'bot') {
      const { bot } = this.#world
      // A bot speaks in the channel of the token's owner, whatever channel is asked for.
      if (bot) return this.#say(sender, bot, content, repliesTo)
      if (this.#world.faults.missingBotAs === 'empty_500') return { status: 500, body: '' }
      return badRequest('Channel not found')
    }
    if (type !== 'user' || !Number.isSafeInteger(body.broadcaster_user_id)) return invalidRequest()
    const channel = this.#world.users.get(Number(body.broadcaster_user_id))
    if (!channel) return json(404, { data: null, message: 'Not found' })
    if (this.#world.isBanned(channel, sender.userId)) return json(403, { data: {}, message: 'Forbidden' })
    return this.#say(channel, sender, content, repliesTo)
  }

  #say(channel: KickUser, sender: KickUser, content: string, repliesTo: string | undefined): Answer {
    if (this.#world.faults.chatNotSent) return ok({ is_sent: false, message_id: '' })
    return ok({ is_sent: true, message_id: this.#hooks.onChat(channel, sender, content, repliesTo) })
  }

  /** Whose subscriptions are asked about: a user's own, or for the app the one it names. */
  #owner(token: AccessToken, asked: unknown): number | undefined {
    if (token.kind === 'user') return this.#person(token, 'events:subscribe').userId
    return asked === undefined || asked === null ? undefined : Number(asked)
  }

  #listSubscriptions(ask: Ask, token: AccessToken): Answer {
    const [asked] = integers(ask, 'broadcaster_user_id')
    const owner = this.#owner(token, asked)
    const visibleUntil = this.#world.now() - this.#world.faults.listingLagMs
    const rows: object[] = []
    for (const row of this.#world.subscriptions.values()) {
      if ((owner !== undefined && row.broadcasterId !== owner) || row.createdAt > visibleUntil) continue
      rows.push({
        id: row.id,
        app_id: this.#world.appId,
        broadcaster_user_id: row.broadcasterId,
        event: row.event,
        version: row.version,
        method: 'webhook',
        created_at: rfc3339(row.createdAt),
        updated_at: rfc3339(row.createdAt),
      })
    }
    return ok(rows)
  }

  #subscribe(ask: Ask, token: AccessToken): Answer {
    const body = object(ask)
    const owner = this.#owner(token, body.broadcaster_user_id)
    if (owner === undefined) return badRequest('broadcaster_user_id is required for app tokens')
    const events = Array.isArray(body.events) ? body.events : []
    if (body.method !== 'webhook' || events.length === 0) return invalidRequest()
    if (!events.every(isEventRequest)) return invalidRequest()
    if (!this.#world.users.has(owner)) return badRequest('broadcaster not found')
    const isOverLimit = events.some(({ name }) => !this.#existing(owner, name) && this.#isFull(name))
    if (isOverLimit && this.#world.faults.subscriptionLimitAs === 'bad_request') {
      return badRequest('event subscription limit reached')
    }
    return ok(events.map((event) => this.#subscribeOne(owner, event)))
  }

  #subscribeOne(owner: number, { name, version }: EventRequest) {
    const error = this.#rowError(owner, name, version)
    if (error) return { name, version, error }
    const existing = this.#existing(owner, name)
    if (existing) return { name, version, subscription_id: existing.id }
    const createdAt = this.#world.now()
    const row = { id: this.#random.ulid(createdAt), broadcasterId: owner, event: name, version, createdAt }
    this.#world.addSubscription(row)
    return { name, version, subscription_id: row.id }
  }

  #rowError(owner: number, name: string, version: number): string | null {
    if (!eventTypes.some((known) => known === name)) return 'unknown event'
    if (version !== 1) return 'unsupported version'
    if (this.#world.faults.subscriptionRowErrors.includes(name)) return 'failed to create subscription'
    return !this.#existing(owner, name) && this.#isFull(name) ? 'event subscription limit reached' : null
  }

  #existing(owner: number, name: string): EventSubscription | undefined {
    return this.#world.faults.resubscribe === 'second' ? undefined : this.#world.subscriptionsOf(name, owner)[0]
  }

  #isFull(name: string): boolean {
    const { limits } = this.#world
    const limit = name === 'chat.message.sent' ? limits.chatSubscriptions : limits.subscriptions
    return this.#world.countOf(name) >= limit
  }

  #unsubscribe(ask: Ask, token: AccessToken): Answer {
    const ids = ask.query.getAll('id')
    const owner = this.#owner(token, undefined)
    if (ids.length === 0 || !ids.every((id) => /^[0-9A-HJKMNP-TV-Z]{26}$/.test(id))) return invalidRequest()
    for (const id of ids) {
      const row = this.#world.subscriptions.get(id)
      if (row && (owner === undefined || owner === row.broadcasterId)) this.#world.removeSubscription(id)
    }
    return { status: 204 }
  }
}

const common = (user: KickUser) => ({
  has_mature_content: false,
  thumbnail: `https://files.example/thumbnails/${user.userId}.webp`,
})

const livestreamV1 = (user: KickUser, stream: Stream) => ({
  ...common(user),
  broadcaster_user_id: user.userId,
  channel_id: user.userId + 7_000_000,
  slug: user.slug,
  stream_title: user.title,
  started_at: rfc3339(stream.startedAt),
  language: user.language,
  viewer_count: stream.viewerCount,
  profile_picture: user.profilePicture,
  custom_tags: [...user.tags],
  category: { ...user.category },
})

const livestreamV2 = (user: KickUser, stream: Stream) => ({
  ...common(user),
  id: stream.id,
  title: user.title,
  started_at: rfc3339(stream.startedAt),
  viewer_count: stream.viewerCount,
  language_code: user.language,
  tags: [...user.tags],
  broadcaster_user: { id: user.userId, username: user.username, profile_picture: user.profilePicture },
  category: { ...user.category },
  channel: { slug: user.slug },
})

interface EventRequest {
  name: string
  version: number
}

const isEventRequest = (value: unknown): value is EventRequest =>
  typeof value === 'object' &&
  value !== null &&
  'name' in value &&
  typeof value.name === 'string' &&
  'version' in value &&
  typeof value.version === 'number'

/** A repeatable integer parameter; lists with commas and more than fifty values are refused. */
function integers(ask: Ask, name: string): number[] {
  const values = ask.query.getAll(name)
  if (values.length > maxFilters || !values.every((value) => /^\d{1,15}$/.test(value))) {
    throw new Refusal(invalidRequest())
  }
  return values.map(Number)
}

function object(ask: Ask): Record<string, unknown> {
  if (!/^application\/json(;|$)/.test(String(ask.headers['content-type'] ?? ''))) throw new Refusal(invalidRequest())
  try {
    const value: unknown = JSON.parse(ask.body.toString())
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {
    // Not JSON is refused like JSON of the wrong shape.
  }
  throw new Refusal(invalidRequest())
}
