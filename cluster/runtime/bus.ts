import {
  AckPolicy,
  type ConsumerInfo,
  connect,
  DeliverPolicy,
  DiscardPolicy,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
  type NatsConnection,
  nanos,
  type PullOptions,
  type QueuedIterator,
  RetentionPolicy,
  StorageType,
} from 'nats'
import type { Log } from './log.ts'
import { Counter, Gauge, registry } from './metrics.ts'

/** A JetStream stream, declared by whoever publishes to it. */
export interface StreamDefinition {
  readonly name: string
  readonly subjects: readonly string[]
  readonly maxAgeSeconds: number
  /** For how long a message id published again is taken for the same message. */
  readonly duplicateWindowSeconds: number
}

/** One message in hand. Exactly one of `ack`, `nak` and `term` ends it; none of them is awaited by the server's answer. */
export interface Message {
  readonly subject: string
  /** When the server stored it, in milliseconds since 1970. */
  readonly storedAt: number
  /** How often it was delivered, this time included; nats-server 2.9 at times counts too few when one ran out of time. */
  readonly deliveries: number
  /** The decoded body; throws `SyntaxError` when it is not JSON. */
  json(): unknown
  ack(): void
  /** Asks for it again after this delay. */
  nak(delayMs: number): void
  /** Says that it can never be handled. */
  term(): void
}

export interface ConsumeOptions {
  readonly stream: StreamDefinition
  readonly durable: string
  readonly filter: string
  /** Most messages that one call of the handler gets. */
  readonly batch: number
  /** How long a batch waits for more after its first message, in milliseconds; 0 hands over what is there. */
  readonly lingerMs?: number
  /** The server delivers a message again when it was not ended within this time. */
  readonly ackWaitSeconds: number
  /** Batches that may be handled at the same time. */
  readonly concurrency?: number
}

export interface Consumer {
  /** Takes nothing new and resolves when the handlers in hand have ended. */
  stop(): Promise<void>
}

/** How far the consumers of one stream are behind. */
export interface Backlog {
  readonly stream: string
  /** Messages that no consumer has been given yet. */
  readonly pending: number
  /** Messages that were given out and not ended yet. */
  readonly unacknowledged: number
  /** Of those, messages that were given out more than once. */
  readonly redelivered: number
  readonly bytes: number
}

export interface Bus {
  start(): Promise<void>
  /** Says which streams exist; they are created or brought up to date at every connect. */
  declare(...streams: readonly StreamDefinition[]): void
  /**
   * Stores a message in its stream and resolves when the server has acknowledged it. Safe to repeat with the same `id`
   * within the stream's duplicate window. Rejects when there is no acknowledgement within `timeoutMs`.
   */
  publish(subject: string, body: unknown, options: { id: string; timeoutMs: number }): Promise<{ duplicate: boolean }>
  /** Pulls messages of a durable consumer until stopped; comes back by itself after a loss of the connection or of the stream. */
  consume(options: ConsumeOptions, handle: (messages: readonly Message[]) => Promise<void>): Consumer
  /** A hint to whoever listens now: may be lost, is never stored. */
  hint(subject: string, body: unknown): void
  onHint(subject: string, handle: (body: unknown, subject: string) => void): () => void
  /** What waits in every stream, summed up over its consumers, as the server counts it. Rejects when it does not answer. */
  backlog(): Promise<readonly Backlog[]>
  readonly isConnected: boolean
  stop(): Promise<void>
}

const connected = new Gauge({
  name: 'bot_bus_connected',
  help: 'Whether the connection to NATS is up (1) or down (0); of several processes that report together, whether it is up in all of them.',
  aggregator: 'min',
  registers: [registry],
})
const consumerFailures = new Counter({
  name: 'bot_bus_consumer_failures_total',
  help: 'Times a consumer had to be set up again, by stream.',
  labelNames: ['stream'],
  registers: [registry],
})

const connectPatienceMs = 2_000
const pullExpiresMs = 1_000
const setUpAgainMs = 500
/** How much longer than it may take a request for messages is waited for. */
const answerPatienceMs = 1_000

/**
 * A connection to NATS, which may be down when the process starts and may go down later; it comes back by itself.
 * While it is down `publish` rejects at once and consumers wait.
 */
export function createBus(options: {
  readonly url: string
  readonly name: string
  readonly log: Log
  /** Servers of a cluster that keep each stream; one server alone keeps one. */
  readonly replicas?: number
}): Bus {
  const { log, replicas = 1 } = options
  const streams = new Map<string, StreamDefinition>()
  const hintListeners = new Map<string, Set<(body: unknown, subject: string) => void>>()
  const consumers = new Set<Consumer>()
  let connection: NatsConnection | undefined
  let jetStream: JetStreamClient | undefined
  let manager: JetStreamManager | undefined
  let isUp = false
  let isStopping = false

  const ensureStreams = async () => {
    if (connection === undefined) return
    manager ??= await connection.jetstreamManager({ timeout: 5_000 })
    for (const stream of streams.values()) await ensureStream(manager, stream, replicas)
  }

  const setUp = (up: boolean) => {
    isUp = up
    connected.set(up ? 1 : 0)
  }

  const watch = async (nats: NatsConnection) => {
    for await (const status of nats.status()) {
      if (status.type === 'disconnect') {
        setUp(false)
        log.warn('bus disconnected')
      }
      if (status.type === 'reconnect') {
        setUp(true)
        log.info('bus reconnected')
        ensureStreams().catch((err: unknown) => log.warn({ err }, 'streams could not be ensured'))
      }
    }
  }

  const connecting = async () => {
    const nats = await connect({
      servers: options.url.split(','),
      name: options.name,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      reconnectJitter: 250,
      waitOnFirstConnect: true,
      pingInterval: 5_000,
      maxPingOut: 2,
    })
    if (isStopping) return void (await nats.close())
    connection = nats
    jetStream = nats.jetstream({ timeout: 5_000 })
    for (const [subject, listeners] of hintListeners) listen(nats, subject, listeners)
    void watch(nats)
    while (!nats.isClosed()) {
      try {
        await ensureStreams()
        return setUp(true)
      } catch (err) {
        log.warn({ err }, 'streams could not be ensured') // JetStream may come up later than the server that carries it
        await delay(setUpAgainMs)
      }
    }
  }

  const client = (): JetStreamClient => {
    if (jetStream === undefined || !isUp) throw new Error('the bus is not connected')
    return jetStream
  }

  return {
    get isConnected() {
      return isUp
    },
    async start() {
      const first = connecting().catch((err: unknown) => {
        log.error({ err }, 'bus could not be set up')
        throw err
      })
      first.catch(() => {})
      const isLate = await Promise.race([first.then(() => false), delay(connectPatienceMs).then(() => true)])
      if (isLate) log.warn('bus is not there yet; going on without it')
    },
    declare(...definitions) {
      for (const definition of definitions) streams.set(definition.name, definition)
      if (connection !== undefined)
        ensureStreams().catch((err: unknown) => log.warn({ err }, 'streams could not be ensured'))
    },
    async publish(subject, body, { id, timeoutMs }) {
      const ack = await client().publish(subject, JSON.stringify(body), {
        msgID: id,
        timeout: timeoutMs,
      })
      return { duplicate: ack.duplicate }
    },
    consume(consumeOptions, handle) {
      streams.set(consumeOptions.stream.name, consumeOptions.stream)
      const consumer = startConsumer(consumeOptions, handle, {
        log,
        isUp: () => isUp,
        open: async () => {
          await ensureStreams()
          if (manager === undefined) throw new Error('the bus is not connected')
          await ensureConsumer(manager, consumeOptions)
        },
        fetch: (request) => client().fetch(consumeOptions.stream.name, consumeOptions.durable, request),
      })
      consumers.add(consumer)
      return {
        stop: async () => {
          consumers.delete(consumer)
          await consumer.stop()
        },
      }
    },
    async backlog() {
      if (manager === undefined || !isUp) throw new Error('the bus is not connected')
      const found: Backlog[] = []
      for (const { config, state } of await manager.streams.list().next()) {
        const consumers: ConsumerInfo[] = []
        for await (const consumer of manager.consumers.list(config.name)) consumers.push(consumer)
        const sum = (count: (consumer: ConsumerInfo) => number) =>
          consumers.reduce((all, consumer) => all + count(consumer), 0)
        found.push({
          stream: config.name,
          pending: sum((consumer) => consumer.num_pending),
          unacknowledged: sum((consumer) => consumer.num_ack_pending),
          redelivered: sum((consumer) => consumer.num_redelivered),
          bytes: state.bytes,
        })
      }
      return found
    },
    hint(subject, body) {
      if (isUp) connection?.publish(subject, JSON.stringify(body))
    },
    onHint(subject, handle) {
      let listeners = hintListeners.get(subject)
      if (listeners === undefined) {
        listeners = new Set()
        hintListeners.set(subject, listeners)
        if (connection !== undefined) listen(connection, subject, listeners)
      }
      listeners.add(handle)
      return () => void listeners.delete(handle)
    },
    async stop() {
      isStopping = true
      await Promise.all([...consumers].map((consumer) => consumer.stop()))
      setUp(false)
      if (connection !== undefined && !connection.isClosed()) {
        await Promise.race([connection.drain(), delay(1_000)]).catch(() => {}) // a lost connection cannot be drained, only closed
        await connection.close()
      }
    },
  }
}

function listen(nats: NatsConnection, subject: string, listeners: Set<(body: unknown, subject: string) => void>): void {
  nats.subscribe(subject, {
    callback: (error, message) => {
      if (error !== null) return
      let body: unknown
      try {
        body = message.json()
      } catch {
        return // a hint that cannot be read is a hint that was lost
      }
      for (const listener of listeners) listener(body, message.subject)
    },
  })
}

async function ensureStream(manager: JetStreamManager, stream: StreamDefinition, replicas: number): Promise<void> {
  const config = {
    name: stream.name,
    subjects: [...stream.subjects],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    max_age: nanos(stream.maxAgeSeconds * 1000),
    duplicate_window: nanos(stream.duplicateWindowSeconds * 1000),
    num_replicas: replicas,
  }
  try {
    await manager.streams.add(config) // the server answers with the existing stream when it is the same
  } catch (error) {
    if (!(error instanceof Error) || !/already in use/i.test(error.message)) throw error
    await manager.streams.update(stream.name, config)
  }
}

async function ensureConsumer(manager: JetStreamManager, options: ConsumeOptions): Promise<void> {
  await manager.consumers.add(options.stream.name, {
    durable_name: options.durable,
    filter_subject: options.filter,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: nanos(options.ackWaitSeconds * 1000),
    max_ack_pending: Math.max(1_000, options.batch * (options.concurrency ?? 1) * 4),
  })
}

interface ConsumerSource {
  readonly log: Log
  isUp(): boolean
  open(): Promise<void>
  fetch(request: Partial<PullOptions>): QueuedIterator<JsMsg>
}

function startConsumer(
  options: ConsumeOptions,
  handle: (messages: readonly Message[]) => Promise<void>,
  source: ConsumerSource,
): Consumer {
  const stopped = new AbortController()
  const stopAsked = new Promise((resolve) => stopped.signal.addEventListener('abort', resolve))
  const inHand = new Set<Promise<void>>()

  const hand = async (batch: Message[]) => {
    const work = handle(batch).catch((err: unknown) => {
      source.log.error({ stream: options.stream.name, err }, 'consumer handler failed')
    })
    const tracked = work.finally(() => inHand.delete(tracked))
    inHand.add(tracked)
    if (inHand.size >= (options.concurrency ?? 1)) await Promise.race(inHand)
  }

  /** The client never ends a request whose answer was lost with the connection, so we do. */
  const take = async (batch: Message[], request: Partial<PullOptions>) => {
    const messages = source.fetch(request)
    const overdue = setTimeout(() => messages.stop(), (request.expires ?? 0) + answerPatienceMs)
    try {
      for await (const message of messages) {
        batch.push(asMessage(message))
        if (request.batch === 1) break // the client would otherwise wait for the request to expire, though it has all that it asked for
      }
    } finally {
      clearTimeout(overdue)
    }
  }

  const pull = async () => {
    // The first request waits for something to come; a second one, which does not wait, takes what else is there.
    const batch: Message[] = []
    await take(batch, { batch: 1, expires: pullExpiresMs })
    if (batch.length === 0) return
    if (options.batch > 1) {
      if (options.lingerMs !== undefined) await delay(options.lingerMs)
      await take(batch, { batch: options.batch - 1, no_wait: true })
    }
    await hand(batch)
  }

  const loop = (async () => {
    while (!stopped.signal.aborted) {
      if (!source.isUp()) {
        await delay(100)
        continue
      }
      try {
        await Promise.race([source.open(), stopAsked]) // a server that has gone away answers after seconds, or never
        while (!stopped.signal.aborted && source.isUp()) await pull()
      } catch (err) {
        if (stopped.signal.aborted) return
        consumerFailures.inc({ stream: options.stream.name })
        source.log.warn({ stream: options.stream.name, durable: options.durable, err }, 'consumer is set up again')
        await delay(setUpAgainMs)
      }
    }
  })()

  return {
    async stop() {
      stopped.abort()
      await loop
      await Promise.all(inHand)
    },
  }
}

const asMessage = (message: JsMsg): Message => ({
  subject: message.subject,
  storedAt: message.info.timestampNanos / 1e6,
  deliveries: message.info.redeliveryCount,
  json: (): unknown => JSON.parse(message.string()),
  ack: () => message.ack(),
  nak: (delayMs) => message.nak(delayMs),
  term: () => message.term(),
})

const delay = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
