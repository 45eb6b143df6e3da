import { Client, Events, GatewayIntentBits, type GatewayReadyDispatchData, Options, type REST } from 'discord.js'
import { ClusterClient, getInfo } from 'discord-hybrid-sharding'
import { createIdentifyGate, type IdentifyGate } from '../cluster/identify.ts'
import { exitCodes } from '../cluster/runtime/ipc.ts'
import type { Log } from '../cluster/runtime/log.ts'
import { Counter, Gauge, registry } from '../cluster/runtime/metrics.ts'
import type { Sql } from '../sql/client.ts'
import { createDispatches, type GatewayListener } from './client/dispatch.ts'
import { askWhoWeAre, type Identity } from './client/identity.ts'
import { createRestOptions, measureRest } from './client/rest.ts'
import { Sessions } from './client/sessions.ts'
import { StoringStrategy } from './client/strategy.ts'

export type { GatewayListener } from './client/dispatch.ts'
export type { Identity } from './client/identity.ts'

export interface ShardPlace {
  readonly group: number
  readonly shardIds: readonly number[]
  readonly shardCount: number
  /** Of the lease under which the manager started this process. */
  readonly epoch: number
}

/** What the manager wants this process to run. Throws in a process that no manager has started. */
export function placeOfThisProcess(): ShardPlace {
  const { CLUSTER, SHARD_LIST, TOTAL_SHARDS } = getInfo()
  return { group: CLUSTER, shardIds: SHARD_LIST, shardCount: TOTAL_SHARDS, epoch: Number(process.env.GROUP_EPOCH ?? 0) }
}

export interface ShardClientOptions extends ShardPlace {
  readonly token: string
  /** Base of the API, or of the proxy that keeps its limits for all processes. */
  readonly apiUrl: string
  readonly proxyUrl?: string | undefined
  /** How many processes share the limit of 50 requests a second. */
  readonly groupCount: number
  readonly identifyReserve: number
  /** Hears who joins and leaves guilds; Discord has to allow this privileged intent. */
  readonly hearsMembers?: boolean
  readonly sql: Sql
  readonly log: Log
  /** The process cannot go on and has to end with this code. */
  readonly onEnd: (exitCode: number, reason: string) => void
  readonly identifySpacingMs?: number
  /** Without progress for this long, the process begins anew. Waiting for a turn to identify counts as progress. */
  readonly loginLimitMs?: number
}

export interface ShardClient {
  /** For interactions; it caches nothing, and reports only them. */
  readonly client: Client
  readonly rest: REST
  /** Who the bot is. Asks until Discord answers; a refused token ends the process. */
  identify(signal: AbortSignal): Promise<Identity>
  /** Begins to connect, and goes on for as long as it takes; resolves at once. */
  connect(identity: Identity, listener: GatewayListener): void
  readonly isReady: boolean
  /** Others have to do something before it can go on: Discord to say who we are, or whoever identifies before us. */
  readonly isWaiting: boolean
  /** Closes the connections, so that nothing new comes in; REST goes on. */
  disconnect(): Promise<void>
  /** Stores how far the sessions have come, and lets go of everything. */
  stop(): Promise<void>
}

/** Discord that has not said by then who we are is waited for. */
const promptAnswerMs = 5_000

const connectedShards = new Gauge({
  name: 'bot_shards_ready',
  help: 'Shards that are connected.',
  registers: [registry],
})
const resumes = new Counter({
  name: 'bot_gateway_resumes_total',
  help: 'Sessions that were resumed, each of which is an IDENTIFY saved.',
  registers: [registry],
})
const closes = new Counter({
  name: 'bot_gateway_closes_total',
  help: 'Gateway connections that ended, by close code.',
  labelNames: ['code'],
  registers: [registry],
})

/** Discord does not want to hear from this shard again (documentation, "Gateway Close Event Codes"; reconnect: no). */
const refusals = new Set([4004, 4010, 4011, 4012, 4013, 4014])

/**
 * The connection of one process to Discord. It needs no cache: what handlers want to know is in the interaction, in the
 * database, or asked over REST. Sessions outlive the process, and every IDENTIFY goes through the gate.
 */
export function createShardClient(options: ShardClientOptions): ShardClient {
  const { log, sql, shardIds, shardCount } = options
  const connected = new Set<number>()
  let strategy: StoringStrategy | undefined
  let sessions: Sessions | undefined
  let gate: IdentifyGate | undefined
  let watch: NodeJS.Timeout | undefined
  const startedAt = performance.now()
  let progressAt = startedAt
  let isLeaving = false

  const end = (exitCode: number, reason: string) => {
    if (isLeaving) return
    isLeaving = true
    options.onEnd(exitCode, reason)
  }

  const intents = GatewayIntentBits.Guilds | (options.hearsMembers ? GatewayIntentBits.GuildMembers : 0)

  const client = new Client({
    shards: [...shardIds],
    shardCount,
    intents,
    makeCache: Options.cacheWithLimits({
      UserManager: 0,
      MessageManager: 0,
      DMMessageManager: 0,
      GuildMemberManager: 0,
    }),
    allowedMentions: { parse: [] },
    rest: createRestOptions(options),
    ws: {
      buildIdentifyThrottler: () => {
        const throttler = required(gate)
        return { waitForIdentify: (shardId, signal) => throttler.waitForTurn(shardId, signal) }
      },
      buildStrategy: (manager) => {
        const { information } = required(gate)
        // discord.js would not even resume with fewer IDENTIFYs left than it has shards; the gate knows better.
        manager.fetchGatewayInformation = async () => {
          const info = await information()
          const remaining = Math.max(info.session_start_limit.remaining, shardIds.length)
          return { ...info, session_start_limit: { ...info.session_start_limit, remaining } }
        }
        strategy = new StoringStrategy(manager, required(sessions), {
          onHello,
          onConnected,
          onClosed,
          onReplayed: (shardId) => dispatches?.replayed(shardId),
          onDispatch: (shardId, payload) => required(dispatches).onDispatch(shardId, payload),
        })
        return strategy
      },
    },
  })
  client.rest.setToken(options.token)
  measureRest(client.rest)
  client.on(Events.Error, (err) => log.error({ err }, 'discord client failed'))
  client.on(Events.ShardError, (err, shardId) => log.warn({ shardId, err }, 'gateway connection failed'))

  let dispatches: ReturnType<typeof createDispatches> | undefined

  const onHello = (shardId: number, isResuming: boolean) => {
    progressAt = performance.now()
    dispatches?.beganReplay(shardId, isResuming)
  }
  const onConnected = (shardId: number, ready: GatewayReadyDispatchData | undefined) => {
    progressAt = performance.now()
    connected.add(shardId)
    connectedShards.set(connected.size)
    gate?.identified(shardId)
    if (ready === undefined) resumes.inc()
    else dispatches?.began(shardId, ready)
    log.info({ shardId, isResumed: ready === undefined }, 'shard connected')
    if (connected.size < shardIds.length) return
    clearInterval(watch)
    // Ready means that whatever happens now, the next process can resume.
    void required(sessions)
      .flush()
      .then(() => process.connected && library?.triggerReady())
  }
  const onClosed = (shardId: number, code: number) => {
    connected.delete(shardId)
    connectedShards.set(connected.size)
    closes.inc({ code })
    log.info({ shardId, closeCode: code }, 'shard disconnected')
    if (refusals.has(code)) end(exitCodes.refused, `Discord closed shard ${shardId} for good (${code})`)
  }

  const login = async () => {
    try {
      await client.login(options.token)
    } catch (err) {
      log.error({ err }, 'login failed')
      const isTokenRefused = err instanceof Error && 'code' in err && err.code === 'TokenInvalid'
      end(isTokenRefused ? exitCodes.refused : 1, 'login failed')
    }
  }
  const library = process.connected && process.env.CLUSTER_MANAGER === 'true' ? new ClusterClient(client) : undefined

  return {
    client,
    rest: client.rest,
    get isReady() {
      return connected.size === shardIds.length
    },
    get isWaiting() {
      if (gate !== undefined) return gate.waiting > 0
      return performance.now() - startedAt > promptAnswerMs
    },
    identify: (signal) =>
      askWhoWeAre(client.rest, { log, signal, onRefused: () => end(exitCodes.refused, 'Discord refuses the token') }),
    connect({ applicationId, botUserId }, listener) {
      const onSuperseded = () => end(exitCodes.superseded, 'another process has our group')
      sessions = new Sessions({ sql, applicationId, shardCount, intents, epoch: options.epoch, log, onSuperseded })
      sessions.start()
      gate = createIdentifyGate({
        sql,
        rest: client.rest,
        applicationId,
        shardCount,
        reserve: options.identifyReserve,
        log,
        ...(options.identifySpacingMs === undefined ? {} : { spacingMs: options.identifySpacingMs }),
      })
      dispatches = createDispatches({ listener, botUserId, sessions, log })
      progressAt = performance.now()
      watch = setInterval(() => {
        if (required(gate).waiting > 0) progressAt = performance.now()
        if (performance.now() - progressAt > (options.loginLimitMs ?? 90_000)) end(1, 'no connection within the limit')
      }, 1_000)
      void login()
    },
    async disconnect() {
      isLeaving = true
      clearInterval(watch)
      await strategy?.drain()
    },
    async stop() {
      await sessions?.stop()
      await client.destroy()
    },
  }
}

const required = <T>(part: T | undefined): T => {
  if (part === undefined) throw new Error('the client was not told to connect')
  return part
}
