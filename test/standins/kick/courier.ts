import { generateKeyPair, type KeyObject, sign } from 'node:crypto'
import { Agent, request } from 'node:http'
import { promisify } from 'node:util'
import { Seeded } from './seeded.ts'
import { type EventSubscription, type EventType, eventTypes, rfc3339, type World } from './world.ts'

const generate = promisify(generateKeyPair)

export interface KeyPair {
  publicKey: KeyObject
  privateKey: KeyObject
}

/** RSA-2048, like Kick's. Takes a tenth of a second or more, so tests may share one. */
export const newKeyPair = (): Promise<KeyPair> => generate('rsa', { modulusLength: 2048 })

/** How one scenario event travels, beside what the fault switches do to it. */
export interface Travel {
  /** What the timestamp header says, for an event that the sender claims to have sent in the past. */
  sentAt?: number
  /** Waits this long before the first attempt. */
  delayMs?: number
}

/** One attempt to hand over a message. */
export interface Attempt {
  messageId: string
  type: EventType
  broadcasterId: number
  subscriptionId: string
  attempt: number
  copy: 'original' | 'duplicate'
  /** HTTP status, or what came instead of one. */
  outcome: number | 'timeout' | 'error' | 'dropped' | 'no_url'
  latencyMs: number
  /** By the stand-in's clock. */
  at: number
  faults: readonly string[]
}

interface Delivery {
  messageId: string
  type: EventType
  subscription: EventSubscription
  body: Buffer
  queuedAt: number
  dueAt: number
  attempt: number
  copy: Attempt['copy']
  faults: string[]
  travel: Travel
  timestamp: string | null
  lane: string
}

export interface Counts {
  /** Messages handed to the courier, without copies and repetitions. */
  messages: number
  attempts: number
  accepted: number
  refused: number
  dropped: number
}

/**
 * Signs events and posts them, many channels in parallel and one after another within a channel, so that without faults a
 * channel's events arrive in order (unless more than one at a time is allowed). A delayed, repeated or reordered message leaves its channel's line and goes alone.
 */
export class Courier {
  readonly #world: World
  readonly #random: Seeded
  readonly #workers: number
  readonly #perChannel: number
  readonly #timeoutMs: number
  readonly #logLimit: number
  readonly #agent: Agent
  readonly #lanes = new Map<string, Delivery[]>()
  readonly #busy = new Set<string>()
  readonly #ready: string[] = []
  readonly #later: Delivery[] = []
  readonly #waiters: { includeLater: boolean; resolve: () => void }[] = []
  readonly #listeners = new Set<(attempt: Attempt) => void>()
  readonly #failingSince = new Map<EventType, number>()
  readonly counts: Counts = { messages: 0, attempts: 0, accepted: 0, refused: 0, dropped: 0 }
  readonly log: Attempt[] = []
  url: string | null
  isEnabled = true
  #keys: KeyPair | null
  #wrongKey: Promise<KeyObject> | null = null
  #active = 0
  #queued = 0
  #alone = 0
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(
    world: World,
    p: {
      seed: string
      url: string | null
      workers: number
      perChannel: number
      timeoutMs: number
      logLimit: number
      keys: KeyPair | null
    },
  ) {
    this.#world = world
    this.#random = new Seeded(`${p.seed}:courier`)
    this.#workers = p.workers
    this.#perChannel = p.perChannel
    this.#timeoutMs = p.timeoutMs
    this.#logLimit = p.logLimit
    this.#agent = new Agent({ keepAlive: true, maxSockets: p.workers })
    this.url = p.url
    this.#keys = p.keys
  }

  async start(): Promise<void> {
    this.#keys ??= await newKeyPair()
  }

  get publicKeyPem(): string {
    return this.#startedKeys().publicKey.export({ type: 'spki', format: 'pem' }).toString()
  }

  async rotateKey(): Promise<void> {
    this.#keys = await newKeyPair()
  }

  #startedKeys() {
    if (this.#keys === null) throw new Error('the stand-in has not been started')
    return this.#keys
  }

  /** A key that was never published; made when first needed. */
  #unknownKey(): Promise<KeyObject> {
    this.#wrongKey ??= newKeyPair().then((pair) => pair.privateKey)
    return this.#wrongKey
  }

  onAttempt(listener: (attempt: Attempt) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Queues one event for every live subscription and gives the message ids. */
  send(type: EventType, broadcasterId: number, body: Buffer, travel: Travel): string[] {
    if (!this.isEnabled || this.#isStopped) return []
    const now = this.#world.now()
    return this.#world.subscriptionsOf(type, broadcasterId).map((subscription) => {
      const messageId = this.#world.ids.ulid(now)
      this.counts.messages++
      this.#queueWithFaults({
        messageId,
        type,
        subscription,
        body,
        queuedAt: now,
        dueAt: now + (travel.delayMs ?? 0),
        attempt: 1,
        copy: 'original',
        faults: [],
        travel,
        timestamp: null,
        lane: `${broadcasterId}:${this.counts.messages % this.#perChannel}`,
      })
      return messageId
    })
  }

  /** Draws every fault here, in the order of the scenario, so that the seed decides and not the network. */
  #queueWithFaults(delivery: Delivery): void {
    const { faults } = this.#world
    const random = this.#random
    if (random.chance(faults.drop)) {
      this.#record(delivery, 'dropped', 0)
      this.counts.dropped++
      return
    }
    if (random.chance(faults.tamperBody)) delivery.faults.push('tamper_body')
    if (random.chance(faults.tamperHeaders)) {
      delivery.faults.push(random.chance(0.5) ? 'tamper_type' : 'tamper_subscription')
    }
    if (random.chance(faults.staleTimestamp.probability)) delivery.faults.push('stale')
    if (random.chance(faults.futureTimestamp.probability)) delivery.faults.push('future')
    if (random.chance(faults.wrongKey)) delivery.faults.push('wrong_key')
    if (random.chance(faults.delay.probability)) {
      delivery.faults.push('delay')
      delivery.dueAt += random.int(faults.delay.minMs, faults.delay.maxMs)
    }
    if (random.chance(faults.reorder.probability)) {
      delivery.faults.push('reorder')
      delivery.dueAt += faults.reorder.byMs
    }
    const hasDuplicate = random.chance(faults.duplicate)
    const hasLateDuplicate = random.chance(faults.lateDuplicate.probability)
    const copy = { ...delivery, copy: 'duplicate' } as const
    this.#queue(delivery)
    if (hasDuplicate) this.#queue({ ...copy, lane: this.#aloneLane() })
    if (hasLateDuplicate) this.#queue({ ...copy, dueAt: copy.dueAt + faults.lateDuplicate.afterMs })
  }

  #queue(delivery: Delivery): void {
    if (this.#isStopped) return
    this.#queued++
    if (delivery.dueAt <= this.#world.now()) this.#line(delivery)
    else {
      const at = this.#later.findIndex((other) => other.dueAt > delivery.dueAt)
      this.#later.splice(at === -1 ? this.#later.length : at, 0, delivery)
      this.#armTimer()
    }
  }

  #aloneLane(): string {
    return `alone:${++this.#alone}`
  }

  #line(delivery: Delivery): void {
    const lane = this.#lanes.get(delivery.lane)
    if (lane) lane.push(delivery)
    else this.#lanes.set(delivery.lane, [delivery])
    if (!this.#busy.has(delivery.lane)) {
      this.#busy.add(delivery.lane)
      this.#ready.push(delivery.lane)
    }
    this.#work()
  }

  /** Looks at the clock again and queues what has become due; to be called after a clock was moved by hand. */
  clockMoved(): void {
    const now = this.#world.now()
    for (let first = this.#later[0]; first && first.dueAt <= now; first = this.#later[0]) {
      this.#later.shift()
      this.#line({ ...first, lane: this.#aloneLane() })
    }
    this.#armTimer()
    this.#tellWaiters()
  }

  #armTimer(): void {
    clearTimeout(this.#timer)
    const first = this.#later[0]
    if (!first || this.#isStopped) return
    this.#timer = setTimeout(() => this.clockMoved(), Math.max(1, first.dueAt - this.#world.now()))
  }

  #work(): void {
    while (this.#active < this.#workers && !this.#isStopped) {
      const name = this.#ready.shift()
      if (name === undefined) return
      const delivery = this.#lanes.get(name)?.shift()
      if (!delivery) continue
      this.#active++
      void this.#deliver(delivery).finally(() => {
        this.#active--
        this.#queued--
        if ((this.#lanes.get(name)?.length ?? 0) > 0) this.#ready.push(name)
        else {
          this.#lanes.delete(name)
          this.#busy.delete(name)
        }
        this.#tellWaiters()
        this.#work()
      })
    }
  }

  async #deliver(delivery: Delivery): Promise<void> {
    if (this.url === null) return this.#record(delivery, 'no_url', 0)
    const startedAt = performance.now()
    const outcome = await this.#post(this.url, delivery)
    this.#record(delivery, outcome, performance.now() - startedAt)
    this.counts.attempts++
    if (outcome === 200) {
      this.counts.accepted++
      this.#failingSince.delete(delivery.type)
    } else {
      this.counts.refused++
      this.#onRefused(delivery)
    }
  }

  #onRefused(delivery: Delivery): void {
    const { faults, now, subscriptions } = this.#world
    const since = this.#failingSince.get(delivery.type)
    if (since === undefined) this.#failingSince.set(delivery.type, now())
    else if (faults.unsubscribeAfterFailingMs !== null && now() - since > faults.unsubscribeAfterFailingMs) {
      for (const row of [...subscriptions.values()]) {
        if (row.event === delivery.type) this.#world.removeSubscription(row.id)
      }
      this.#failingSince.delete(delivery.type)
      return
    }
    const wait = faults.redeliver?.spacingMs[delivery.attempt - 1]
    if (wait === undefined || delivery.copy === 'duplicate') return
    const timestamp = faults.redeliver?.timestamp === 'keep' ? delivery.timestamp : null
    this.#queue({ ...delivery, attempt: delivery.attempt + 1, dueAt: now() + wait, timestamp })
  }

  async #post(url: string, delivery: Delivery): Promise<Attempt['outcome']> {
    const { faults, now, appId } = this.#world
    const has = (fault: string) => delivery.faults.includes(fault)
    if (delivery.timestamp === null) {
      let at = delivery.travel.sentAt ?? (faults.stamp === 'queued' ? delivery.queuedAt : now())
      if (has('stale')) at -= faults.staleTimestamp.byMs
      if (has('future')) at += faults.futureTimestamp.byMs
      delivery.timestamp = rfc3339(at)
    }
    const signed = Buffer.concat([Buffer.from(`${delivery.messageId}.${delivery.timestamp}.`), delivery.body])
    const key = has('wrong_key') ? await this.#unknownKey() : this.#startedKeys().privateKey
    const signature = await signInBackground(signed, key)
    const body = has('tamper_body') ? tampered(delivery.body) : delivery.body
    const otherType = eventTypes[(eventTypes.indexOf(delivery.type) + 1) % eventTypes.length] ?? delivery.type
    const headers = {
      'User-Agent': 'Go-http-client/1.1',
      Accept: 'application/json',
      'Content-Type': 'application/json',
      'Content-Length': body.length,
      'Kick-Event-Message-Id': delivery.messageId,
      'Kick-Event-Subscription-Id': has('tamper_subscription') ? appId : delivery.subscription.id,
      'Kick-Event-Signature': signature.toString('base64'),
      'Kick-Event-Message-Timestamp': delivery.timestamp,
      'Kick-Event-Type': has('tamper_type') ? otherType : delivery.type,
      'Kick-Event-Version': '1',
    }
    return new Promise((resolve) => {
      const outgoing = request(url, { method: 'POST', agent: this.#agent, headers })
      const timer = setTimeout(() => {
        resolve('timeout')
        outgoing.destroy()
      }, this.#timeoutMs)
      outgoing.on('response', (answer) => {
        answer.resume()
        answer.on('end', () => resolve(answer.statusCode ?? 'error'))
        answer.on('error', () => resolve('error'))
      })
      outgoing.on('error', () => resolve('error'))
      outgoing.on('close', () => {
        clearTimeout(timer)
        resolve('error')
      })
      outgoing.end(body)
    })
  }

  #record(delivery: Delivery, outcome: Attempt['outcome'], latencyMs: number): void {
    const attempt: Attempt = {
      messageId: delivery.messageId,
      type: delivery.type,
      broadcasterId: delivery.subscription.broadcasterId,
      subscriptionId: delivery.subscription.id,
      attempt: delivery.attempt,
      copy: delivery.copy,
      outcome,
      latencyMs,
      at: this.#world.now(),
      faults: delivery.faults,
    }
    this.log.push(attempt)
    if (this.log.length > this.#logLimit * 1.25) this.log.splice(0, this.log.length - this.#logLimit)
    for (const listener of this.#listeners) listener(attempt)
  }

  /** Resolves when nothing waits any more; without `includeLater` deliveries that are not due yet do not count. */
  idle(p: { includeLater: boolean }): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push({ includeLater: p.includeLater, resolve })
      this.#tellWaiters()
    })
  }

  #tellWaiters(): void {
    const due = this.#queued - this.#later.length
    for (const waiter of [...this.#waiters]) {
      if (due > 0 || (waiter.includeLater && this.#later.length > 0)) continue
      this.#waiters.splice(this.#waiters.indexOf(waiter), 1)
      waiter.resolve()
    }
  }

  /** Gives up what waits and closes connections. */
  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
    this.#agent.destroy()
    for (const waiter of this.#waiters.splice(0)) waiter.resolve()
  }
}

/** On a thread of its own: a signature costs about 0.3 ms, which would hold up everything else at hundreds per second. */
const signInBackground = (data: Buffer, key: KeyObject): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    sign('sha256', data, key, (error, signature) => (error ? reject(error) : resolve(signature)))
  })

/** The same JSON with another name in it: the first `"username":"x…` loses its first letter to a `z`. */
function tampered(body: Buffer): Buffer {
  const copy = Buffer.from(body)
  const at = copy.indexOf('"username":"') + '"username":"'.length
  copy[at] = copy[at] === 0x7a ? 0x79 : 0x7a
  return copy
}
