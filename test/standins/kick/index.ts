import { Api } from './api.ts'
import { Control } from './control.ts'
import { Courier, type KeyPair } from './courier.ts'
import { type Faults, noFaults } from './faults.ts'
import { Hosts } from './http.ts'
import { OAuth } from './oauth.ts'
import { World } from './world.ts'

export type { Page } from './browser.ts'
export { Browser } from './browser.ts'
export type { Control, Sent } from './control.ts'
export { type Attempt, type Counts, type KeyPair, newKeyPair, type Travel } from './courier.ts'
export { type Faults, type HttpFault, noFaults, threeAttempts } from './faults.ts'
export type { Served } from './http.ts'
export { challengeOf, type Scope, scopes } from './oauth.ts'
export type { Badge } from './payloads.ts'
export { type EventSubscription, type EventType, eventTypes, type KickUser } from './world.ts'

export interface KickStandInOptions {
  /** Same seed, same scenario: same ids, texts and faults. Default "kick". */
  seed?: string | number
  /** Milliseconds since 1970; after moving it by hand call `control.clockMoved()`. */
  clock?: () => number
  webhookUrl?: string
  deliveryTimeoutMs?: number
  /** Deliveries in flight at once. Default 32. */
  workers?: number
  /** Deliveries of one channel in flight at once; more than the default of 1 gives up their order, as Kick does in bursts. */
  workersPerChannel?: number
  /** How many attempts `control.deliveries` remembers. */
  deliveryLog?: number
  /** Live subscriptions to chat; an app that is not verified gets 1,000. */
  chatSubscriptionLimit?: number
  /** Live subscriptions to any other event type. */
  subscriptionLimit?: number
  /** How long a refresh token still works after its first use. */
  refreshGraceMs?: number
  /** Signs with these; default a new pair. */
  keys?: KeyPair
  idPort?: number
  apiPort?: number
  botUsername?: string
  faults?: Partial<Faults>
}

/**
 * Kick on this machine: the OAuth host, the API host and the sender of webhooks, with one app registered. It is strict
 * where the real service is documented or known to be strict, and every misbehaviour seen in the wild is a switch.
 */
export class KickStandIn {
  readonly control: Control
  readonly clientId: string
  readonly clientSecret: string
  readonly #options: KickStandInOptions
  readonly #hosts: Hosts
  readonly #oauth: OAuth
  readonly #api: Api
  readonly #courier: Courier
  #idUrl: string | null = null
  #apiUrl: string | null = null

  constructor(options: KickStandInOptions = {}) {
    this.#options = options
    const seed = String(options.seed ?? 'kick')
    const world = new World({
      seed,
      now: options.clock ?? Date.now,
      faults: { ...noFaults(), ...options.faults },
      limits: {
        chatSubscriptions: options.chatSubscriptionLimit ?? 1_000,
        subscriptions: options.subscriptionLimit ?? 10_000,
      },
    })
    world.bot = world.addUser({ username: options.botUsername ?? 'app_bot', userId: 99_999 }, 'Bot')
    this.#hosts = new Hosts(seed)
    this.#oauth = new OAuth(world, { seed, refreshGraceMs: options.refreshGraceMs ?? 60_000 })
    this.#courier = new Courier(world, {
      seed,
      url: options.webhookUrl ?? null,
      workers: options.workers ?? 32,
      perChannel: options.workersPerChannel ?? 1,
      timeoutMs: options.deliveryTimeoutMs ?? 5_000,
      logLimit: options.deliveryLog ?? 20_000,
      keys: options.keys ?? null,
    })
    this.control = new Control({
      world,
      oauth: this.#oauth,
      courier: this.#courier,
      hosts: this.#hosts,
      seed,
      idUrl: () => this.idUrl,
    })
    this.#api = new Api(world, this.#oauth, seed, {
      publicKeyPem: () => this.#courier.publicKeyPem,
      onChat: (channel, sender, content, repliesTo) => this.control.say(channel, sender, content, repliesTo),
    })
    this.clientId = this.#oauth.clientId
    this.clientSecret = this.#oauth.clientSecret
  }

  async start(): Promise<void> {
    await this.#courier.start()
    this.#idUrl = await this.#hosts.listen('id', this.#options.idPort ?? 0, (ask) => this.#oauth.route(ask))
    this.#apiUrl = await this.#hosts.listen('api', this.#options.apiPort ?? 0, (ask) => this.#api.route(ask))
  }

  async stop(): Promise<void> {
    this.#courier.stop()
    await this.#hosts.stop()
  }

  /** Base of the OAuth host, `http://127.0.0.1:…`; paths begin with `/oauth`. */
  get idUrl(): string {
    if (this.#idUrl === null) throw new Error('the stand-in has not been started')
    return this.#idUrl
  }

  /** Base of the API host; paths begin with `/public`. */
  get apiUrl(): string {
    if (this.#apiUrl === null) throw new Error('the stand-in has not been started')
    return this.#apiUrl
  }

  get publicKeyPem(): string {
    return this.#courier.publicKeyPem
  }

  /** Registers a redirect address of the app; only its exact bytes are accepted. */
  registerRedirect(uri: string): void {
    this.#oauth.redirects.add(uri)
  }

  setWebhookUrl(url: string): void {
    this.#courier.url = new URL(url).href
  }
}
