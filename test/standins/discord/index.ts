import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Cdn } from './cdn.ts'
import { AdvancingClock } from './clock.ts'
import { Control } from './control.ts'
import type { Core } from './core.ts'
import { Credentials } from './credentials.ts'
import { Faults } from './faults.ts'
import { Gateway } from './gateway/gateway.ts'
import { Interactions } from './interactions/interactions.ts'
import { Ledger } from './ledger.ts'
import { type DiscordStandInOptions, settingsFrom } from './options.ts'
import { RateLimits } from './rest/rate-limit.ts'
import { RestServer } from './rest/server.ts'
import { Signal } from './signal.ts'
import { Ids } from './snowflake.ts'
import { World } from './world/world.ts'

/**
 * Discord on 127.0.0.1, strict enough to fail a client that misbehaves: gateway and REST v10 over one world that tests
 * fill and act in. Point discord.js at it with `rest: { api: discord.url }`.
 */
export class DiscordStandIn {
  readonly world: World
  readonly control: Control
  readonly ledger: Ledger
  readonly #core: Core
  #server: Server | null = null
  #port: number

  constructor(options: DiscordStandInOptions = {}) {
    const settings = settingsFrom(options)
    const clock = new AdvancingClock(options.clock)
    const ids = new Ids(clock, settings.seed)
    const signal = new Signal()
    this.#port = settings.port
    this.ledger = new Ledger(clock, signal)
    this.world = new World(clock, ids, (emission) =>
      core.faults.pass(emission, (passed) => core.gateway.deliver(passed)),
    )
    const parts = {
      settings,
      clock,
      ids,
      signal,
      ledger: this.ledger,
      world: this.world,
      cdn: new Cdn(ids, () => `127.0.0.1:${this.#port}`),
      credentials: new Credentials(options.token, ids, this.ledger),
      faults: new Faults(() => core),
      rateLimits: new RateLimits(clock, this.ledger, options.rateLimits, settings.limitGatewayBot),
    }
    const host = () => `127.0.0.1:${this.#port}`
    // The gateway and the interactions look the other parts up when they are used, not when they are made.
    const core: Core = {
      ...parts,
      get gateway() {
        return gateway
      },
      get interactions() {
        return interactions
      },
      get host() {
        return host()
      },
    }
    const gateway = new Gateway(core)
    const interactions = new Interactions(core)
    this.#core = core
    this.control = new Control(core)
  }

  /** Base for discord.js's `rest.api`, without a slash at its end. */
  get url(): string {
    if (this.#server === null) throw new Error('the Discord stand-in is not started')
    return `http://${this.#core.host}/api`
  }

  /** Where attachments are; stands in for Discord's CDN. */
  get cdnUrl(): string {
    return this.url.replace(/\/api$/, '')
  }

  get token(): string {
    return this.#core.credentials.token
  }

  get applicationId(): string {
    return this.world.applicationId
  }

  get botUserId(): string {
    return this.world.bot.id
  }

  /** Listens on loopback. After a `stop`, on the same port as before and with the same world. */
  async start(): Promise<void> {
    if (this.#server !== null) throw new Error('the Discord stand-in is started already')
    const rest = new RestServer(this.#core)
    const server = createServer((request, response) => {
      if (!this.#core.cdn.handle(request, response)) void rest.handle(request, response)
    })
    server.on('upgrade', (request, socket, head) => this.#core.gateway.upgrade(request, socket, head))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.#port, '127.0.0.1', () => resolve())
    })
    this.#server = server
    this.#port = (server.address() as AddressInfo).port
  }

  /** Cuts all connections. The sessions are forgotten, unless a restart is to find them again. */
  async stop({ keepSessions = false }: { keepSessions?: boolean } = {}): Promise<void> {
    const server = this.#server
    if (server === null) return
    this.#server = null
    this.#core.gateway.stop(keepSessions)
    if (!keepSessions) this.#core.faults.stop()
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  }
}

export type { Control } from './control.ts'
export type { Faults } from './faults.ts'
export type { Answer, Interaction, SeenMessage, SeenModal } from './interactions/interaction.ts'
export { Refused } from './interactions/options.ts'
export type { CloseEntry, IdentifyEntry, Ledger, RestEntry, ResumeEntry, Violation } from './ledger.ts'
export type { DiscordStandInOptions } from './options.ts'
export { shardOf } from './snowflake.ts'
export type { ChannelDraft, GuildDraft, MemberDraft } from './world/drafts.ts'
export type { Guild } from './world/guild.ts'
export { botDefaults, everyoneDefaults, Permission } from './world/permissions.ts'
export type { RoleDraft } from './world/role-list.ts'
export type { Channel, Member, Role, User } from './world/types.ts'
export type { World } from './world/world.ts'
