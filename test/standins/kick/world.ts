import type { Faults } from './faults.ts'
import { Seeded } from './seeded.ts'

export interface Category {
  id: number
  name: string
  thumbnail: string
}

export interface Stream {
  id: string
  startedAt: number
  viewerCount: number
}

export interface Subscriber {
  months: number
  gifted: boolean
  expiresAt: number
}

/** A person and the channel that every person has. Names change, the id does not. */
export interface KickUser {
  readonly userId: number
  username: string
  slug: string
  readonly isVerified: boolean
  readonly profilePicture: string
  readonly color: string
  title: string
  language: string
  category: Category
  tags: string[]
  /** Present while live. */
  stream: Stream | null
  /** The last stream and when it ended, for an API that lags behind. */
  ended: { stream: Stream; at: number } | null
  readonly subscribers: Map<number, Subscriber>
  /** Gifts given in this channel, by giver. */
  readonly gifters: Map<number, number>
  readonly moderators: Set<number>
  readonly followers: Set<number>
  /** Until when, by person; null for ever. */
  readonly bans: Map<number, number | null>
}

export interface EventSubscription {
  id: string
  broadcasterId: number
  event: string
  version: number
  createdAt: number
}

/** The ten events, each at version 1. */
export const eventTypes = [
  'chat.message.sent',
  'channel.followed',
  'channel.subscription.new',
  'channel.subscription.renewal',
  'channel.subscription.gifts',
  'channel.reward.redemption.updated',
  'livestream.status.updated',
  'livestream.metadata.updated',
  'moderation.banned',
  'kicks.gifted',
] as const
export type EventType = (typeof eventTypes)[number]

const categories: readonly Category[] = [
  { id: 15, name: 'Just Chatting', thumbnail: 'https://files.example/categories/15.webp' },
  { id: 8, name: 'Música & Arte', thumbnail: 'https://files.example/categories/8.webp' },
  { id: 412, name: 'Schach ♟', thumbnail: 'https://files.example/categories/412.webp' },
]

/** The state behind both hosts: people, their channels, and the one app with its subscriptions. */
export class World {
  readonly faults: Faults
  readonly now: () => number
  readonly appId: string
  readonly ids: Seeded
  readonly users = new Map<number, KickUser>()
  readonly subscriptions = new Map<string, EventSubscription>()
  readonly limits: { chatSubscriptions: number; subscriptions: number }
  /** The app's bot account, when it has one. */
  bot: KickUser | null = null
  #nextUserId = 100_001
  readonly #byTopic = new Map<string, EventSubscription[]>()
  readonly #countByEvent = new Map<string, number>()

  constructor(init: { seed: string; now: () => number; faults: Faults; limits: World['limits'] }) {
    this.ids = new Seeded(`${init.seed}:ids`)
    this.now = init.now
    this.faults = init.faults
    this.limits = init.limits
    this.appId = this.ids.ulid(Date.UTC(2025, 0, 1))
  }

  addUser(p: { username?: string | undefined; slug?: string | undefined; userId?: number | undefined }, stem: string) {
    const userId = p.userId ?? this.#nextUserId
    this.#nextUserId = Math.max(this.#nextUserId, userId + 1)
    const username = p.username ?? p.slug ?? `${stem}_${userId}`
    // Kick writes the URL form with dashes where the name has underscores.
    const slug = p.slug ?? username.toLowerCase().replaceAll('_', '-')
    if (!Number.isSafeInteger(userId) || userId < 1) throw new Error('a user id is a positive integer')
    if (this.users.has(userId)) throw new Error(`user ${userId} exists already`)
    this.#refuseTakenName(username, slug, userId)
    const user: KickUser = {
      userId,
      username,
      slug,
      isVerified: userId % 9 === 0,
      profilePicture: userId % 5 === 0 ? '' : `https://files.example/images/user/${userId}/profile.webp`,
      color: `#${((userId * 2654435761) % 0xffffff).toString(16).padStart(6, '0').toUpperCase()}`,
      title: `${username} spielt für euch – ¡vamos! 🎮`,
      language: 'en',
      category: categories[userId % categories.length] ?? { id: 15, name: 'Just Chatting', thumbnail: '' },
      tags: [],
      stream: null,
      ended: null,
      subscribers: new Map(),
      gifters: new Map(),
      moderators: new Set(),
      followers: new Set(),
      bans: new Map(),
    }
    this.users.set(userId, user)
    return user
  }

  rename(user: KickUser, to: { username: string; slug: string }): void {
    this.#refuseTakenName(to.username, to.slug, user.userId)
    user.username = to.username
    user.slug = to.slug
  }

  bySlug(slug: string): KickUser | undefined {
    const folded = slug.toLowerCase()
    for (const user of this.users.values()) if (user.slug === folded) return user
    return undefined
  }

  /** The live subscriptions of one event type of one channel. */
  subscriptionsOf(event: string, broadcasterId: number): readonly EventSubscription[] {
    return this.#byTopic.get(`${broadcasterId}:${event}`) ?? []
  }

  countOf(event: string): number {
    return this.#countByEvent.get(event) ?? 0
  }

  addSubscription(row: EventSubscription): void {
    const topic = `${row.broadcasterId}:${row.event}`
    this.subscriptions.set(row.id, row)
    this.#byTopic.set(topic, [...(this.#byTopic.get(topic) ?? []), row])
    this.#countByEvent.set(row.event, this.countOf(row.event) + 1)
  }

  removeSubscription(id: string): void {
    const row = this.subscriptions.get(id)
    if (!row) return
    const topic = `${row.broadcasterId}:${row.event}`
    this.subscriptions.delete(id)
    this.#byTopic.set(
      topic,
      (this.#byTopic.get(topic) ?? []).filter((other) => other.id !== id),
    )
    this.#countByEvent.set(row.event, this.countOf(row.event) - 1)
  }

  isBanned(channel: KickUser, userId: number): boolean {
    const until = channel.bans.get(userId)
    return until !== undefined && (until === null || until > this.now())
  }

  /** The stream as the API shows it, which may lag behind its end. */
  shownStream(channel: KickUser): Stream | null {
    if (channel.stream) return channel.stream
    return channel.ended && channel.ended.at + this.faults.liveLagMs > this.now() ? channel.ended.stream : null
  }

  #refuseTakenName(username: string, slug: string, userId: number): void {
    if (!/^[A-Za-z0-9_-]{1,40}$/.test(username)) throw new Error(`"${username}" is no Kick user name`)
    if (!/^[a-z0-9_-]{1,40}$/.test(slug)) throw new Error(`"${slug}" is no Kick slug`)
    for (const other of this.users.values()) {
      if (other.userId === userId) continue
      if (other.slug === slug || other.username.toLowerCase() === username.toLowerCase()) {
        throw new Error(`the name ${username} (${slug}) is taken`)
      }
    }
  }
}

/** RFC 3339 in UTC with whole seconds, the usual form. */
export const rfc3339 = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`
