import { setTimeout as sleep } from 'node:timers/promises'
import {
  CloseCodes,
  type FetchingStrategyOptions,
  type IShardingStrategy,
  managerToFetchingStrategyOptions,
  type SessionInfo,
  SimpleContextFetchingStrategy,
  type WebSocketManager,
  WebSocketShard,
  type WebSocketShardDestroyOptions,
  WebSocketShardEvents,
} from '@discordjs/ws'
import {
  GatewayDispatchEvents,
  type GatewayDispatchPayload,
  GatewayOpcodes,
  type GatewayReadyDispatchData,
  type GatewaySendPayload,
} from 'discord.js'
import type { Sessions, StoredReady } from './sessions.ts'

/** What the strategy tells the process about its shards. */
export interface ShardEvents {
  /** A connection is open, and RESUME (`isResuming`) or IDENTIFY comes next. */
  onHello(shardId: number, isResuming: boolean): void
  /** `ready` is there when the session is new, with its list of guilds. */
  onConnected(shardId: number, ready: GatewayReadyDispatchData | undefined): void
  /** All that was missed has been dispatched. `onConnected` may come before the last of it. */
  onReplayed(shardId: number): void
  onClosed(shardId: number, code: number): void
  /** Every dispatch but READY and RESUMED. Only those for which it gives true are shown to discord.js. */
  onDispatch(shardId: number, payload: GatewayDispatchPayload): boolean
}

/** Closed without a close frame: cut, or never connected. */
const abnormalClosure = 1006
/** For how long a session is kept while the gateway cannot be reached. */
const keepMs = 60_000
/** After this, RESUME is tried at the usual address; the session's own may be the one that is down. */
const elsewhereAfterMs = 10_000
const closePatienceMs = 2_000

/**
 * Runs shards in this process, as @discordjs/ws's simple strategy does, with three differences. Sessions come from the
 * database when the process starts, and are stored there. discord.js sees READYs without guilds, made from the stored
 * session when a shard resumes in a new process, which gets none; so it is ready as soon as one shard is connected. And
 * it sees no dispatch that it would only put into a cache.
 *
 * Read in the sources of @discordjs/ws 1.2.3 and discord.js 14.28.1: a shard asks for its session before it connects, for
 * every heartbeat and every dispatch; it takes "no session" as the reason to identify; READY and RESUMED are emitted
 * before their dispatches.
 */
export class StoringStrategy implements IShardingStrategy {
  readonly #manager: WebSocketManager
  readonly #sessions: Sessions
  readonly #events: ShardEvents
  readonly #shards = new Map<number, WebSocketShard>()
  readonly #contexts = new Map<number, Context>()
  #isIntroduced = false

  constructor(manager: WebSocketManager, sessions: Sessions, events: ShardEvents) {
    this.#manager = manager
    this.#sessions = sessions
    this.#events = events
  }

  async spawn(shardIds: number[]): Promise<void> {
    const options = await managerToFetchingStrategyOptions(this.#manager)
    for (const shardId of shardIds) {
      const context = new Context(this.#manager, options, this.#sessions)
      const shard = new WebSocketShard(context, shardId)
      this.#forward(shard, shardId, context)
      this.#contexts.set(shardId, context)
      this.#shards.set(shardId, shard)
    }
  }

  async connect(): Promise<void> {
    await Promise.all([...this.#shards.values()].map((shard) => shard.connect()))
  }

  async destroy(options?: Omit<WebSocketShardDestroyOptions, 'recover'>): Promise<void> {
    await Promise.all([...this.#shards.values()].map((shard) => shard.destroy({ ...options })))
    this.#shards.clear()
  }

  send(shardId: number, payload: GatewaySendPayload): Promise<void> {
    const shard = this.#shards.get(shardId)
    if (shard === undefined) throw new RangeError(`shard ${shardId} is not ours`)
    return shard.send(payload)
  }

  /** discord.js 14 never asks, and the type it would get is of a package that we do not depend on. */
  fetchStatus(): never {
    throw new Error('the status of a shard is told by its events')
  }

  /** Closes all connections for good and leaves the sessions open: Discord ends a session at 1000 and 1001 only. */
  async drain(): Promise<void> {
    for (const context of this.#contexts.values()) context.isDraining = true
    const closed = this.destroy({ code: CloseCodes.Resuming, reason: 'Going on in another process' })
    await Promise.race([closed, sleep(closePatienceMs, undefined, { ref: false })]) // a dead peer does not answer the close
  }

  #forward(shard: WebSocketShard, shardId: number, context: Context): void {
    const manager = this.#manager
    shard.on(WebSocketShardEvents.Debug, (payload) => manager.emit(WebSocketShardEvents.Debug, { ...payload, shardId }))
    shard.on(WebSocketShardEvents.Error, (payload) => manager.emit(WebSocketShardEvents.Error, { ...payload, shardId }))
    shard.on(WebSocketShardEvents.HeartbeatComplete, (payload) =>
      manager.emit(WebSocketShardEvents.HeartbeatComplete, { ...payload, shardId }),
    )
    shard.on(WebSocketShardEvents.Hello, () => {
      context.opened()
      manager.emit(WebSocketShardEvents.Hello, { shardId })
      this.#events.onHello(shardId, context.hasSession)
    })
    shard.on(WebSocketShardEvents.Closed, ({ code }) => {
      context.closed(code)
      manager.emit(WebSocketShardEvents.Closed, { code, shardId })
      this.#events.onClosed(shardId, code)
    })
    shard.on(WebSocketShardEvents.Ready, ({ data }) => {
      this.#sessions.began(shardId, data)
      this.#introduce(shardId, data)
      this.#events.onConnected(shardId, data)
    })
    shard.on(WebSocketShardEvents.Resumed, () => {
      if (context.stored !== undefined) this.#introduce(shardId, context.stored)
      manager.emit(WebSocketShardEvents.Resumed, { shardId })
      this.#events.onConnected(shardId, undefined)
    })
    shard.on(WebSocketShardEvents.Dispatch, ({ data }) => {
      if (data.t === GatewayDispatchEvents.Ready) return // it was introduced already
      const isResumed = data.t === GatewayDispatchEvents.Resumed
      if (isResumed) this.#events.onReplayed(shardId)
      if (isResumed || this.#events.onDispatch(shardId, data))
        manager.emit(WebSocketShardEvents.Dispatch, { data, shardId })
    })
  }

  /**
   * Tells discord.js who it is, and that no guild has to be waited for. The first shard that connects speaks for all: else
   * interactions of this one would wait in discord.js until the last one has had its turn to identify.
   */
  #introduce(connectedShardId: number, { user, application }: StoredReady): void {
    const d = {
      v: 10,
      user,
      application,
      guilds: [],
      session_id: '',
      resume_gateway_url: '',
    } as GatewayReadyDispatchData
    const data: GatewayDispatchPayload = { op: GatewayOpcodes.Dispatch, t: GatewayDispatchEvents.Ready, s: 0, d }
    const shardIds = this.#isIntroduced ? [connectedShardId] : this.#shards.keys()
    this.#isIntroduced = true
    for (const shardId of shardIds) {
      this.#manager.emit(WebSocketShardEvents.Ready, { data: d, shardId })
      this.#manager.emit(WebSocketShardEvents.Dispatch, { data, shardId })
    }
  }
}

/** What one shard asks while it connects and works. */
class Context extends SimpleContextFetchingStrategy {
  isDraining = false
  hasSession = false
  /** Who the bot is, as the session from the database says. */
  stored: StoredReady | undefined
  readonly #sessions: Sessions
  #wasLoaded = false
  #openedAt = performance.now()
  #closedWith: number | undefined

  constructor(manager: WebSocketManager, options: FetchingStrategyOptions, sessions: Sessions) {
    super(manager, options)
    this.#sessions = sessions
  }

  opened(): void {
    this.#openedAt = performance.now()
    this.#closedWith = undefined
  }

  closed(code: number): void {
    this.#closedWith = code
  }

  override async retrieveSessionInfo(shardId: number): Promise<SessionInfo | null> {
    // A shard that sleeps between two attempts cannot be destroyed: it would connect again after the drain.
    if (this.isDraining) return new Promise(() => {})
    if (!this.#wasLoaded) {
      const stored = await this.#sessions.load(shardId)
      this.#wasLoaded = true
      if (stored !== null) {
        this.stored = stored.ready
        await super.updateSessionInfo(shardId, stored.info)
      }
    }
    const session = await super.retrieveSessionInfo(shardId)
    this.hasSession = session !== null
    return session
  }

  override async updateSessionInfo(shardId: number, session: SessionInfo | null): Promise<void> {
    if (session !== null) {
      this.hasSession = true
      await super.updateSessionInfo(shardId, session)
      this.#sessions.update(session)
      return
    }
    if (this.isDraining) return
    // @discordjs/ws drops the session when a connection is refused; that says nothing about the session.
    const unreachableForMs = performance.now() - this.#openedAt
    if (this.#closedWith === abnormalClosure && unreachableForMs < keepMs) {
      const kept = await super.retrieveSessionInfo(shardId)
      if (kept !== null && unreachableForMs > elsewhereAfterMs)
        await super.updateSessionInfo(shardId, { ...kept, resumeURL: this.options.gatewayInformation.url })
      return
    }
    this.hasSession = false
    await super.updateSessionInfo(shardId, null)
    this.#sessions.drop(shardId)
  }
}
