/**
 * Beside a legacy dashboard: hears what it publishes on Redis and says it again on NATS, signed, in our words; and says on Redis, as the
 * legacy bot did, what ours says to the dashboard.
 */
import { createClient } from '@redis/client'
import {
  legacyAnswer,
  legacyChannels,
  legacyTelling,
  type Translated,
  translateLegacy,
} from './ingress/dashboard/legacy.ts'
import { dashboardStream, dashboardSubject } from './ingress/dashboard/payload.ts'
import { type Consumer, createBus, type Message } from './runtime/bus.ts'
import { configOrExit, readBridgeConfig } from './runtime/config.ts'
import { createDoor } from './runtime/door.ts'
import { guildId } from './runtime/ids.ts'
import { run, type Service } from './runtime/lifecycle.ts'
import { createLog } from './runtime/log.ts'
import { collectProcessMetrics } from './runtime/metrics.ts'
import { signedEvent, toldStream } from './runtime/told.ts'

const config = configOrExit(readBridgeConfig)
const log = createLog({ process: 'bridge', level: config.LOG_LEVEL })
const bus = createBus({ url: config.NATS_URL, name: 'bridge', log, replicas: config.NATS_REPLICAS })
collectProcessMetrics()
const patienceMs = 5_000
const retryMs = 1_000

const redis = createClient({
  url: config.REDIS_URL,
  socket: { reconnectStrategy: (tries) => Math.min(tries * 200, 5_000) },
})
redis.on('error', (err: unknown) => log.warn({ err }, 'redis is away'))
/** A connection that listens cannot speak. */
const speaking = redis.duplicate()
speaking.on('error', (err: unknown) => log.debug({ err }, 'redis is away'))

/** Publishes until NATS has it: Redis tells everything once only. */
async function publish(event: Translated): Promise<void> {
  const body = signedEvent(event, { secret: config.DASHBOARD_SECRET, at: Date.now() })
  const subject = dashboardSubject({ guildId: guildId(event.guildId), area: event.area, action: event.action })
  const until = Date.now() + 60_000
  for (;;) {
    try {
      await bus.publish(subject, body, { id: event.nonce, timeoutMs: patienceMs })
      return
    } catch (err) {
      if (Date.now() > until) throw err
      await new Promise((resolve) => setTimeout(resolve, retryMs))
    }
  }
}

let inOrder: Promise<void> = Promise.resolve()
function hear(text: string, channel: string): void {
  const read = translateLegacy(
    { channel, text },
    { secret: config.REDIS_MSG_SECRET, onlyGuild: config.DISCORD_GUILD_ID, now: Date.now() },
  )
  if (read.kind === 'refused') {
    log.warn({ channel, reason: read.reason }, 'legacy event refused')
    return
  }
  for (const event of read.events)
    inOrder = inOrder
      .then(() => publish(event))
      .catch((err: unknown) => log.error({ channel, err }, 'legacy event lost: the bus is away'))
}

/** Says on Redis what concerns the legacy dashboard; the rest is for others. */
async function tell(message: Message): Promise<void> {
  try {
    const legacy = legacyTelling(message.json(), { ours: config.DASHBOARD_SECRET, secret: config.REDIS_MSG_SECRET })
    if (legacy !== undefined) await speaking.publish(legacy.channel, legacy.text)
    const answer = legacyAnswer(message.json(), { ours: config.DASHBOARD_SECRET })
    if (answer?.isList) await speaking.multi().rPush(answer.key, answer.value).expire(answer.key, answer.seconds).exec()
    else if (answer !== undefined) await speaking.set(answer.key, answer.value, { EX: answer.seconds })
    message.ack()
  } catch (err) {
    log.warn({ err }, 'legacy dashboard could not be told')
    message.nak(retryMs * Math.min(message.deliveries, 30))
  }
}

const busService: Service = {
  name: 'bus',
  async start() {
    bus.declare(dashboardStream)
    await bus.start()
  },
  stop: () => bus.stop(),
}
let telling: Consumer | undefined
const listening: Service = {
  name: 'redis',
  async start() {
    await redis.connect()
    await speaking.connect()
    for (const channel of legacyChannels) await redis.subscribe(channel, hear)
    const taking = { stream: toldStream, durable: 'bridge', filter: 'evt.>', batch: 50, ackWaitSeconds: 30 }
    telling = bus.consume(taking, async (messages) => {
      for (const message of messages) await tell(message) // in the order in which they were said
    })
    log.info({ channels: legacyChannels.length }, 'bridge listens')
  },
  async stop() {
    if (redis.isOpen) redis.destroy()
    await inOrder
    await telling?.stop()
    if (speaking.isOpen) speaking.destroy()
  },
}

const door =
  config.HTTP_PORT === undefined
    ? []
    : [
        createDoor({
          host: config.HTTP_HOST,
          port: config.HTTP_PORT,
          parts: {
            bus: () => (bus.isConnected ? 'ok' : 'not connected'),
            redis: () => (redis.isReady && speaking.isReady ? 'ok' : 'not connected'),
          },
          log,
        }),
      ]

const running = await run([...door, busService, listening], { log, graceMs: config.GRACE_SECONDS * 1_000 })
process.exit(await running.finished)
