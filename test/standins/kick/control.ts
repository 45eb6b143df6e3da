import { Browser } from './browser.ts'
import type { Attempt, Counts, Courier, Travel } from './courier.ts'
import type { Faults, HttpFault } from './faults.ts'
import type { Hosts, Served } from './http.ts'
import type { OAuth, Scope } from './oauth.ts'
import * as payloads from './payloads.ts'
import { Seeded } from './seeded.ts'
import type { EventSubscription, EventType, KickUser, World } from './world.ts'

/** What a scenario action sent: the messages' ids, one for each subscription, none without one. */
export interface Sent {
  eventIds: readonly string[]
}

const monthMs = 30 * 86_400_000

const phrases = [
  'hello chat',
  'größer als gedacht',
  'GG 🎉🎉',
  'https://example.com/clip/1?a=1&b=2',
  '<3 <3',
  '[emote:37226:KEKW] [emote:37226:KEKW]',
  'こんにちは',
  'a "quoted" \\ line',
  'привет',
  'who is winning?',
  '!points',
  'zalgo h̶i',
] as const

/** The strings behind the stage: who exists, what happens, and what goes wrong. */
export class Control {
  readonly #world: World
  readonly #oauth: OAuth
  readonly #courier: Courier
  readonly #hosts: Hosts
  readonly #random: Seeded
  readonly #idUrl: () => string
  /** What can be replied to. */
  readonly #recent = new Map<string, { messageId: string; sender: KickUser; content: string }>()
  readonly #spoken: { channel: KickUser; content: string }[] = []
  /** Switches; set them at any time. */
  readonly faults: Faults

  constructor(p: {
    world: World
    oauth: OAuth
    courier: Courier
    hosts: Hosts
    seed: string
    idUrl: () => string
  }) {
    this.#world = p.world
    this.#oauth = p.oauth
    this.#courier = p.courier
    this.#hosts = p.hosts
    this.#random = new Seeded(`${p.seed}:scenario`)
    this.#idUrl = p.idUrl
    this.faults = p.world.faults
  }

  // People and channels

  addChannel(p: { slug?: string; username?: string; userId?: number } = {}): KickUser {
    return this.#world.addUser(p, 'Streamer')
  }

  addViewer(p: { slug?: string; username?: string; userId?: number } = {}): KickUser {
    return this.#world.addUser(p, 'Viewer')
  }

  /** Same id, new names; the slug follows the name unless given. Kick tells nobody. */
  rename(user: KickUser, username: string, slug = username.toLowerCase().replaceAll('_', '-')): void {
    this.#world.rename(user, { username, slug })
  }

  setModerator(channel: KickUser, user: KickUser, isModerator = true): void {
    if (isModerator) channel.moderators.add(user.userId)
    else channel.moderators.delete(user.userId)
  }

  /** The app's bot account; null takes it away. */
  setBot(bot: KickUser | null): void {
    this.#world.bot = bot
  }

  get bot(): KickUser | null {
    return this.#world.bot
  }

  // Streams

  goLive(channel: KickUser, p: { startedAt?: number; title?: string; viewerCount?: number } & Travel = {}): Sent {
    if (channel.stream) throw new Error(`${channel.slug} is live already`)
    // Whole seconds, so that the API and the event agree on when the stream began.
    const startedAt = Math.floor((p.startedAt ?? this.#world.now()) / 1_000) * 1_000
    channel.title = p.title ?? channel.title
    channel.stream = { id: this.#world.ids.uuid(), startedAt, viewerCount: p.viewerCount ?? 1 }
    return this.#send('livestream.status.updated', channel, p, (context) =>
      payloads.statusBody(channel, { isLive: true, startedAt, endedAt: null }, context),
    )
  }

  goOffline(channel: KickUser, p: { endedAt?: number } & Travel = {}): Sent {
    const { stream } = channel
    if (!stream) throw new Error(`${channel.slug} is not live`)
    const endedAt = p.endedAt ?? this.#world.now()
    channel.stream = null
    channel.ended = { stream, at: this.#world.now() }
    return this.#send('livestream.status.updated', channel, p, (context) =>
      payloads.statusBody(channel, { isLive: false, startedAt: stream.startedAt, endedAt }, context),
    )
  }

  setViewerCount(channel: KickUser, viewerCount: number): void {
    if (channel.stream) channel.stream.viewerCount = viewerCount
  }

  updateMetadata(channel: KickUser, p: { title?: string; language?: string } & Travel = {}): Sent {
    channel.title = p.title ?? channel.title
    channel.language = p.language ?? channel.language
    return this.#send('livestream.metadata.updated', channel, p, (context) => payloads.metadataBody(channel, context))
  }

  // Chat

  /** Somebody speaks in a channel. `createdAt` is the event's time; `sentAt` is what the header claims. */
  chat(
    channel: KickUser,
    sender: KickUser,
    text: string,
    p: {
      createdAt?: number
      repliesTo?: { messageId: string; sender: KickUser; content: string }
      badges?: readonly payloads.Badge[]
    } & Travel = {},
  ): Sent & { messageId: string } {
    if (this.#world.isBanned(channel, sender.userId)) throw new Error(`${sender.username} is banned there`)
    const messageId = this.#world.ids.uuid()
    const createdAt = p.createdAt ?? this.#world.now()
    const message = { messageId, sender, content: text, createdAt, repliesTo: p.repliesTo, badges: p.badges }
    const sent = this.#send('chat.message.sent', channel, p, (context) => payloads.chatBody(channel, message, context))
    this.#recent.set(messageId, { messageId, sender, content: text })
    const [oldest] = this.#recent.keys()
    if (this.#recent.size > 1_000 && oldest !== undefined) this.#recent.delete(oldest)
    return { ...sent, messageId }
  }

  /** Somebody speaks through the API; the event comes back unless that is switched off. */
  say(channel: KickUser, sender: KickUser, text: string, repliesTo: string | undefined): string {
    this.#spoken.push({ channel, content: text })
    if (!this.faults.chatLoopBack) return this.#world.ids.uuid()
    const original = repliesTo === undefined ? undefined : this.#recent.get(repliesTo)
    return this.chat(channel, sender, text, original && { repliesTo: original }).messageId
  }

  /**
   * Many messages of many viewers, all queued at once, or spread evenly over real time when `perSecond` is given; resolves
   * when the last one is queued.
   */
  async burst(
    channel: KickUser,
    p: { viewers: readonly KickUser[]; messages: number; perSecond?: number; createdAt?: (index: number) => number },
  ): Promise<(Sent & { messageId: string; sender: KickUser; content: string })[]> {
    const said: (Sent & { messageId: string; sender: KickUser; content: string })[] = []
    const startedAt = performance.now()
    for (let index = 0; index < p.messages; index++) {
      if (p.perSecond !== undefined) {
        const waitMs = startedAt + (index * 1_000) / p.perSecond - performance.now()
        if (waitMs > 5) await new Promise((resolve) => setTimeout(resolve, waitMs))
      }
      const sender = this.#random.pick(p.viewers)
      const content = this.#random.pick(phrases)
      const at = p.createdAt?.(index)
      said.push({ ...this.chat(channel, sender, content, at === undefined ? {} : { createdAt: at }), sender, content })
    }
    return said
  }

  // What viewers do

  follow(channel: KickUser, follower: KickUser, p: Travel = {}): Sent {
    channel.followers.add(follower.userId)
    return this.#send('channel.followed', channel, p, () => payloads.followedBody(channel, follower))
  }

  subscribe(channel: KickUser, subscriber: KickUser, p: { createdAt?: number } & Travel = {}): Sent {
    const createdAt = p.createdAt ?? this.#world.now()
    const expiresAt = createdAt + monthMs
    channel.subscribers.set(subscriber.userId, { months: 1, gifted: false, expiresAt })
    return this.#send('channel.subscription.new', channel, p, (context) =>
      payloads.subscriptionBody(channel, subscriber, { duration: 1, createdAt, expiresAt }, context),
    )
  }

  renew(channel: KickUser, subscriber: KickUser, p: { createdAt?: number; months?: number } & Travel = {}): Sent {
    const before = channel.subscribers.get(subscriber.userId)
    if (!before) throw new Error(`${subscriber.username} has no subscription to renew`)
    const createdAt = p.createdAt ?? this.#world.now()
    const duration = p.months ?? before.months + 1
    const expiresAt = createdAt + monthMs
    channel.subscribers.set(subscriber.userId, { months: duration, gifted: false, expiresAt })
    return this.#send('channel.subscription.renewal', channel, p, (context) =>
      payloads.subscriptionBody(channel, subscriber, { duration, createdAt, expiresAt }, context),
    )
  }

  /** `gifter` null is an anonymous gift. With `isPaymentFailed` the event is sent and nobody gets anything. */
  giftSubs(
    channel: KickUser,
    gifter: KickUser | null,
    giftees: readonly KickUser[],
    p: { createdAt?: number; isPaymentFailed?: boolean } & Travel = {},
  ): Sent {
    const createdAt = p.createdAt ?? this.#world.now()
    const expiresAt = createdAt + monthMs
    if (!p.isPaymentFailed) {
      for (const giftee of giftees) channel.subscribers.set(giftee.userId, { months: 1, gifted: true, expiresAt })
      if (gifter) channel.gifters.set(gifter.userId, (channel.gifters.get(gifter.userId) ?? 0) + giftees.length)
    }
    return this.#send('channel.subscription.gifts', channel, p, (context) =>
      payloads.giftsBody(channel, { gifter, giftees, createdAt, expiresAt }, context),
    )
  }

  giftKicks(
    channel: KickUser,
    sender: KickUser,
    amount: number,
    p: { createdAt?: number; message?: string } & Travel = {},
  ): Sent {
    const message = p.message ?? ''
    const gift = { amount, name: 'Full Send', type: 'BASIC', tier: 'BASIC', message, pinnedTimeSeconds: 600 }
    const createdAt = p.createdAt ?? this.#world.now()
    return this.#send('kicks.gifted', channel, p, (context) =>
      payloads.kicksBody(channel, { sender, gift, createdAt }, context),
    )
  }

  /** A redemption's change of status; give the id of the pending one to accept or reject it. */
  redeem(
    channel: KickUser,
    redeemer: KickUser,
    p: {
      id?: string
      status?: payloads.Redemption['status']
      title?: string
      cost?: number
      userInput?: string
      redeemedAt?: number
    } & Travel = {},
  ): Sent & { id: string } {
    const id = p.id ?? this.#world.ids.ulid(this.#world.now())
    const title = p.title ?? 'Höher/weiter'
    const redemption: payloads.Redemption = {
      id,
      userInput: p.userInput ?? '',
      status: p.status ?? 'pending',
      redeemedAt: p.redeemedAt ?? this.#world.now(),
      reward: { id: this.#rewardId(title), title, cost: p.cost ?? 100, description: '' },
    }
    const sent = this.#send('channel.reward.redemption.updated', channel, p, (context) =>
      payloads.redemptionBody(channel, redeemer, redemption, context),
    )
    return { ...sent, id }
  }

  /** A ban, or a time-out when minutes are given. */
  ban(
    channel: KickUser,
    banned: KickUser,
    p: { moderator?: KickUser; minutes?: number; reason?: string; createdAt?: number } & Travel = {},
  ): Sent {
    const createdAt = p.createdAt ?? this.#world.now()
    const expiresAt = p.minutes === undefined ? null : createdAt + p.minutes * 60_000
    channel.bans.set(banned.userId, expiresAt)
    const moderator = p.moderator ?? channel
    return this.#send('moderation.banned', channel, p, (context) =>
      payloads.bannedBody(channel, { moderator, banned, reason: p.reason ?? '', createdAt, expiresAt }, context),
    )
  }

  unban(channel: KickUser, user: KickUser): void {
    channel.bans.delete(user.userId)
  }

  /** Sends any body as an event of that type, for what the other actions cannot say. */
  sendRaw(type: EventType, channel: KickUser, body: object, p: Travel = {}): Sent {
    return { eventIds: this.#courier.send(type, channel.userId, payloads.bytesOf(body), p) }
  }

  #send(type: EventType, channel: KickUser, travel: Travel, body: (context: payloads.BodyContext) => object): Sent {
    const bytes = payloads.bytesOf(body({ faults: this.faults }))
    return { eventIds: this.#courier.send(type, channel.userId, bytes, travel) }
  }

  #rewardId(title: string): string {
    return new Seeded(`reward:${title}`).ulid(Date.UTC(2025, 5, 1))
  }

  // Signing in

  /** A browser in which this person is signed in at Kick. */
  browser(user: KickUser, p: { consent?: 'approve' | 'deny' } = {}): Browser {
    const browser = new Browser()
    const session = this.#oauth.openSession({ user, consent: p.consent ?? 'approve' })
    browser.setCookie(this.#idUrl(), 'kick_session', session)
    return browser
  }

  /** Who approves in browsers without a session; null shows the consent page, where a person chooses. */
  setVisitor(user: KickUser | null, p: { consent?: 'approve' | 'deny' } = {}): void {
    this.#oauth.visitor = user && { user, consent: p.consent ?? 'approve' }
  }

  /** A person's tokens without a browser, in the shape of the token endpoint's answer. */
  grant(user: KickUser, scopes: readonly Scope[]) {
    return this.#oauth.grant(user.userId, scopes)
  }

  expireTokens(which: 'app' | 'user' | KickUser): void {
    this.#oauth.expire(typeof which === 'object' ? which.userId : which)
  }

  /** This person's refresh tokens answer `invalid_grant` from now on. */
  breakLink(user: KickUser): void {
    this.#oauth.breakLink(user.userId)
  }

  // The network and the app's settings

  /** Spoils coming requests to either host; the function it gives ends the fault. */
  failRequests(fault: HttpFault): () => void {
    return this.#hosts.fail(fault)
  }

  /** Switching delivery off removes every subscription, as the dashboard's switch does. */
  setWebhookEnabled(isEnabled: boolean): void {
    this.#courier.isEnabled = isEnabled
    if (!isEnabled) for (const id of [...this.#world.subscriptions.keys()]) this.#world.removeSubscription(id)
  }

  /** Publishes a new key and signs with it. */
  rotateKey(): Promise<void> {
    return this.#courier.rotateKey()
  }

  get subscriptions(): readonly Readonly<EventSubscription>[] {
    return [...this.#world.subscriptions.values()]
  }

  /** What the API was asked, newest last. */
  get requests(): readonly Served[] {
    return this.#hosts.served
  }

  /** Lines that were said through the API, newest last. */
  get spoken(): readonly { readonly channel: KickUser; readonly content: string }[] {
    return this.#spoken
  }

  /** Attempts to deliver, newest last; the oldest are forgotten. */
  get deliveries(): readonly Attempt[] {
    return this.#courier.log
  }

  get counts(): Readonly<Counts> {
    return this.#courier.counts
  }

  onDelivery(listener: (attempt: Attempt) => void): () => void {
    return this.#courier.onAttempt(listener)
  }

  /** To be called after a clock was moved by hand: what has become due goes out. */
  clockMoved(): void {
    this.#courier.clockMoved()
  }

  /** Resolves when every queued delivery has been attempted, those which are delayed or come again included. */
  drained(): Promise<void> {
    return this.#courier.idle({ includeLater: true })
  }

  /** Resolves when everything that is due by now has been attempted. */
  settled(): Promise<void> {
    return this.#courier.idle({ includeLater: false })
  }
}
