/** Beside a legacy dashboard: hears what it publishes on Redis and says it again on NATS, signed, in our words. */
import { createClient } from '@redis/client'
import { legacyChannels, type Translated, translateLegacy } from './ingress/dashboard/legacy.ts'
import { dashboardStream, dashboardSubject } from './ingress/dashboard/payload.ts'
import { type Json, signatureOf } from './ingress/dashboard/signature.ts'
import { createBus } from './runtime/bus.ts'
import { configOrExit, readBridgeConfig } from './runtime/config.ts'
import { guildId } from './runtime/ids.ts'
import { run, type Service } from './runtime/lifecycle.ts'
import { createLog } from './runtime/log.ts'

const config = configOrExit(readBridgeConfig)
const log = createLog({ process: 'bridge', level: config.LOG_LEVEL })
const bus = createBus({ url: config.NATS_URL, name: 'bridge', log })
const patienceMs = 5_000
const retryMs = 1_000

const redis = createClient({
  url: config.REDIS_URL,
  socket: { reconnectStrategy: (tries) => Math.min(tries * 200, 5_000) },
})
redis.on('error', (err: unknown) => log.warn({ err }, 'redis is away'))

/** Publishes until NATS has it: Redis tells everything once only. */
async function publish(event: Translated): Promise<void> {
  const said: { [key: string]: Json } = {
    guild_id: event.guildId,
    area: event.area,
    action: event.action,
    data: event.data,
    timestamp: new Date().toISOString(),
    nonce: event.nonce,
  }
  const body = { ...said, sig: signatureOf(said, config.DASHBOARD_SECRET) }
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

const busService: Service = {
  name: 'bus',
  async start() {
    bus.declare(dashboardStream)
    await bus.start()
  },
  stop: () => bus.stop(),
}
const listening: Service = {
  name: 'redis',
  async start() {
    await redis.connect()
    for (const channel of legacyChannels) await redis.subscribe(channel, hear)
    log.info({ channels: legacyChannels.length }, 'bridge listens')
  },
  async stop() {
    if (redis.isOpen) redis.destroy()
    await inOrder
  },
}

const running = await run([busService, listening], { log, graceMs: config.GRACE_SECONDS * 1_000 })
process.exit(await running.finished)
