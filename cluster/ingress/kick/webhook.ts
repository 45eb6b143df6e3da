import type { IncomingHttpHeaders } from 'node:http'
import type { Sql } from '../../../sql/client.ts'
import { wasProcessed } from '../../../sql/queries/inbox.ts'
import type { Answer } from '../../answer.ts'
import type { Bus } from '../../runtime/bus.ts'
import type { Clock } from '../../runtime/clock.ts'
import { within } from '../../runtime/deadline.ts'
import type { Kick } from '../../runtime/kick.ts'
import type { Service } from '../../runtime/lifecycle.ts'
import type { Log } from '../../runtime/log.ts'
import { durationBuckets, Histogram, lagBuckets, registry } from '../../runtime/metrics.ts'
import { ingressEvents } from '../counts.ts'
import { kickStream } from '../event.ts'
import { type Bindings, createBindings } from './bindings.ts'
import { happeningOf } from './happening.ts'
import { PublicKeys, type Verdict } from './keys.ts'
import { payloadTypes, readPayload } from './payload.ts'
import { createEventStore, type EventStore, type Stored, type Unaddressed } from './store.ts'
import { consumeUnrouted } from './unrouted.ts'

export interface KickIngressOptions {
  readonly sql: Sql
  readonly bus: Bus
  readonly clock: Clock
  readonly log: Log
  readonly kick: Pick<Kick, 'publicKey'>
  /** Kick's key as PEM, instead of asking for it. */
  readonly publicKey?: string | undefined
  readonly shardCount: number
  readonly shardsPerGroup: number
}

export interface KickIngress extends Service {
  /** Takes one webhook, answers when it is stored for good, and never throws. */
  receive(headers: IncomingHttpHeaders, body: Buffer): Promise<Answer>
}

const durations = new Histogram({
  name: 'bot_ingress_duration_seconds',
  help: 'Time from a whole message from outside to the answer, by source and outcome.',
  labelNames: ['source', 'outcome'],
  buckets: durationBuckets,
  registers: [registry],
})

const lateness = new Histogram({
  name: 'bot_ingress_late_seconds',
  help: 'Time from the happening, as Kick tells it, to the arrival of a signed webhook about it.',
  buckets: lagBuckets,
  registers: [registry],
})

/** What can become of a webhook, and how Kick is answered. What it need not send again gets a 200. */
const answers = {
  stored: [200, 'ok'],
  stored_otherwise: [200, 'ok'],
  unrouted: [200, 'ok'],
  duplicate: [200, 'ok'],
  /** Nobody is bound to the channel. */
  unbound: [200, 'ok'],
  /** A type that no room handles yet. */
  unhandled: [200, 'ok'],
  unknown_type: [200, 'ok'],
  /** About something that happened too long ago to matter. */
  too_old: [200, 'ok'],
  malformed: [400, 'malformed'],
  /** Signed by Kick, and not of a shape that we know. */
  wrong_shape: [400, 'malformed'],
  bad_signature: [401, 'bad signature'],
  /** Sent too long ago, or in our future: genuine once, and now it may be a replay. */
  stale: [401, 'too old'],
  future: [401, 'from the future'],
  no_key: [503, 'try again'],
  not_stored: [503, 'try again'],
} as const satisfies Record<string, readonly [number, string]>

type Outcome = keyof typeof answers

/** What breaks the promise that a signed webhook is acknowledged; these counts begin at zero, so that the first one is seen as growth. */
const broken = ['not_stored', 'no_key', 'wrong_shape'] as const satisfies readonly Outcome[]

const eventVersion = '1'
const duplicateLookupMs = 500
const warmEveryMs = 5_000

/**
 * Kick's way in. A webhook is believed by its signature, which covers id, timestamp and body; its type header is not signed
 * and is believed only when the body has that type's shape. It is answered after it is in a durable store and before
 * anything is done about it, since Kick does not promise to send again what was refused.
 */
export function createKickIngress(options: KickIngressOptions): KickIngress {
  const { sql, bus, clock, log } = options
  const keys = new PublicKeys({
    fetchKey: () => options.kick.publicKey(),
    clock,
    pinned: options.publicKey,
    onFetchFailed: (err) => log.warn({ err }, 'kick public key could not be fetched'),
  })
  const bindings = createBindings({ sql, bus, clock, log })
  const store = createEventStore(options)
  for (const type of [...payloadTypes, 'other'])
    for (const outcome of broken) ingressEvents.inc({ source: 'kick', type, outcome }, 0)
  let stopUnrouted = async () => {}
  let warming: NodeJS.Timeout | undefined

  const decide = async (headers: IncomingHttpHeaders, body: Buffer): Promise<Outcome> => {
    const verdict = await keys.check({
      id: one(headers['kick-event-message-id']),
      timestamp: one(headers['kick-event-message-timestamp']),
      signature: one(headers['kick-event-signature']),
      body,
    })
    if (verdict.kind !== 'ok') return refusalOf(verdict, sql)
    if (one(headers['kick-event-version']) !== eventVersion) return 'unknown_type'
    const type = one(headers['kick-event-type']) ?? ''
    const read = readPayload(type, body)
    if (read.kind === 'unknown_type') return 'unknown_type'
    if (read.kind !== 'payload') {
      log.warn({ type, ...read }, 'webhook has not the shape of its type')
      return 'wrong_shape'
    }
    const now = clock.now()
    const happening = happeningOf(read.payload, { sentAt: verdict.sentAt, now })
    if (typeof happening === 'string') return happening
    lateness.observe(Math.max(0, now - happening.happening.at) / 1_000)
    return deliver(happening, { id: verdict.id, type }, bindings, store)
  }

  return {
    name: 'kick ingress',
    async start() {
      bus.declare(kickStream)
      await bindings.start()
      void keys.warm()
      // Without a key everything is refused, so nobody waits for a webhook before asking again. Does nothing once there is one.
      warming = setInterval(() => void keys.warm(), warmEveryMs)
      stopUnrouted = consumeUnrouted({ sql, bus, store, log })
    },
    async stop() {
      clearInterval(warming)
      await stopUnrouted()
      await bindings.stop()
    },
    async receive(headers, body) {
      const startedAt = performance.now()
      let outcome: Outcome
      try {
        outcome = await decide(headers, body)
      } catch (err) {
        log.error({ err }, 'webhook failed')
        outcome = 'not_stored'
      }
      const claimed = one(headers['kick-event-type'])
      // Anybody can send any word as a type; a label takes only those we know.
      const type = payloadTypes.find((known) => known === claimed) ?? 'other'
      ingressEvents.inc({ source: 'kick', type, outcome })
      durations.observe({ source: 'kick', outcome }, (performance.now() - startedAt) / 1_000)
      const [status, text] = answers[outcome]
      return { status, body: text, headers: { 'Content-Type': 'text/plain; charset=utf-8' } }
    },
  }
}

/** A repeated header comes joined by Node, save for a few names; a list would be somebody playing. */
const one = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? undefined : value)

async function refusalOf(verdict: Exclude<Verdict, { kind: 'ok' }>, sql: Sql): Promise<Outcome> {
  if (verdict.kind !== 'stale') return verdict.kind
  // Kick may send again, with its first timestamp, what we have but what it has no answer to.
  const isKnown = await within(duplicateLookupMs, wasProcessed(sql, verdict.id)).catch(() => false)
  return isKnown ? 'duplicate' : 'stale'
}

async function deliver(
  event: Unaddressed,
  webhook: { id: string; type: string },
  bindings: Bindings,
  store: EventStore,
): Promise<Outcome> {
  const bound = await bindings.guildsOf(event.broadcaster.userId)
  switch (bound.kind) {
    case 'unbound':
      return 'unbound'
    case 'unknown':
      return unrouted(await store.storeUnrouted(event))
    case 'bound':
      return event.happening.type === 'chat'
        ? store.storeChat(event, bound.guildIds)
        : store.storeState(event, bound.guildIds, webhook)
  }
}

const unrouted = (stored: Stored): Outcome => (stored === 'stored_otherwise' ? 'unrouted' : stored)
