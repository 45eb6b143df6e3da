/** One shard process: started by a manager, it runs the shards of one group and does the work for their guilds. */
import { createAffiliates } from '../cluster/runtime/affiliate.ts'
import { createBus } from '../cluster/runtime/bus.ts'
import { systemClock } from '../cluster/runtime/clock.ts'
import { configOrExit, groupCountOf, readConfig } from '../cluster/runtime/config.ts'
import { createDrand } from '../cluster/runtime/drand.ts'
import { type GuildId, shardOf, username } from '../cluster/runtime/ids.ts'
import { aliveEveryMs, readToChild, sendToManager } from '../cluster/runtime/ipc.ts'
import { createKick } from '../cluster/runtime/kick.ts'
import { run, type Service } from '../cluster/runtime/lifecycle.ts'
import { createLog } from '../cluster/runtime/log.ts'
import { collectProcessMetrics, registry } from '../cluster/runtime/metrics.ts'
import { createSecrets } from '../cluster/runtime/secrets.ts'
import { toldStream } from '../cluster/runtime/told.ts'
import { createSql } from '../sql/client.ts'
import { createProbe } from '../sql/probe.ts'
import { createShardClient, type Identity, placeOfThisProcess } from './client.ts'
import { createCommandDispatch } from './dispatch/command.ts'
import { dashboardFeature } from './dispatch/dashboard.ts'
import { createEventDispatch } from './dispatch/event.ts'
import { createGatewayDispatch } from './dispatch/gateway.ts'
import { createInboxDispatch } from './dispatch/inbox.ts'
import { createJobDispatch } from './dispatch/job.ts'
import { createOutboxDispatch, type OutboxDispatch } from './dispatch/outbox.ts'
import { createRandomness } from './dispatch/randomness.ts'
import { createRegistration } from './dispatch/registration.ts'
import { createTickDispatch } from './dispatch/tick.ts'
import { createWagers } from './dispatch/wagers.ts'
import type { Tools } from './features/feature.ts'
import { features, tickHandlers } from './features/index.ts'

const config = configOrExit(readConfig)
const place = placeOfThisProcess()
const { group, shardIds, shardCount } = place
const log = createLog({ process: 'shard', level: config.LOG_LEVEL, fields: { group } })
/** The manager kills us at three quarters of the grace period, so that it can still let go of the lease. */
const graceMs = config.GRACE_SECONDS * 600
collectProcessMetrics()

/** Set when the process has to end for a reason of its own. */
let exitCode: number | undefined
const leaving = new AbortController()
/** SIGTERM is what `run` listens to from its first moment on; what waits without end is told by `leaving`. */
const leave = (reason: string) => {
  if (leaving.signal.aborted) return
  log.info({ reason }, 'leaving')
  leaving.abort()
  // The event loop turns, or this would not run; whatever it is that does not end, is not waited for.
  setTimeout(() => process.exit(exitCode ?? 1), graceMs + 1_000).unref()
  process.emit('SIGTERM', 'SIGTERM')
}
process.once('SIGTERM', () => leave('SIGTERM'))
process.once('SIGINT', () => leave('SIGINT'))
// Without its manager nobody would replace this process, stop it, or read its figures.
process.once('disconnect', () => leave('the manager is gone'))
process.on('message', (raw) => {
  const message = readToChild(raw)
  if (message?.belfry === 'stop') leave('the manager asks')
  if (message?.belfry === 'measure') void measure(message.request)
})
const sql = createSql(config.DATABASE_URL, { max: 10, name: `belfry shard ${group}` })
const bus = createBus({ url: config.NATS_URL, name: `shard ${group}`, log, replicas: config.NATS_REPLICAS })
const client = createShardClient({
  ...place,
  token: config.DISCORD_TOKEN,
  apiUrl: config.DISCORD_API_URL,
  proxyUrl: config.DISCORD_PROXY_URL,
  groupCount: groupCountOf(config),
  identifyReserve: config.IDENTIFY_RESERVE,
  hearsMembers: config.DISCORD_MEMBERS_INTENT,
  sql,
  log,
  onEnd: (code, reason) => {
    exitCode = code
    leave(reason)
  },
})

const sayAlive = (): void => sendToManager({ belfry: 'alive', isWaiting: client.isWaiting })
setInterval(sayAlive, aliveEveryMs)
sayAlive()

const running = await run(
  [
    { name: 'database', start: async () => {}, stop: () => sql.end({ timeout: 2 }) },
    createProbe(sql),
    { name: 'bus', start: () => bus.start(), stop: () => bus.stop() },
    { name: 'sessions', start: async () => {}, stop: () => client.stop() },
    work(),
  ],
  { log, graceMs },
)
const code = await running.finished
process.exit(exitCode ?? code)

/** All that needs to know who the bot is. Started in order; stopped from the door inwards. */
function work(): Service {
  const started: Service[] = []
  return {
    name: 'work',
    async start() {
      const identity = await client.identify(leaving.signal).catch((err: unknown) => {
        if (!leaving.signal.aborted) throw err
      })
      if (identity === undefined) return
      for (const service of servicesFor(identity)) {
        if (leaving.signal.aborted) return
        await service.start()
        started.push(service)
      }
    },
    async stop() {
      // What the gateway sends from now on waits for the next owner; what is in hand may still answer.
      await client.disconnect()
      const [outbox, ...others] = started
      await Promise.all(others.map((service) => service.stop()))
      await outbox?.stop()
    },
  }
}

/** The outbox comes first, since the others may wake it. */
function servicesFor(identity: Identity): readonly Service[] {
  const owns = (guildId: GuildId) => shardIds.includes(shardOf(guildId, shardCount))
  /** The one place that knows of a deployment for one server: what the gateway tells about others comes no further. */
  const serves = (guildId: GuildId) => (config.DISCORD_GUILD_ID ?? guildId) === guildId
  let outbox: OutboxDispatch | undefined
  const tools: Tools = {
    sql,
    bus,
    clock: systemClock,
    log,
    rest: client.rest,
    kick: createKick({
      idUrl: config.KICK_ID_URL,
      apiUrl: config.KICK_API_URL,
      clientId: config.KICK_CLIENT_ID,
      clientSecret: config.KICK_CLIENT_SECRET,
    }),
    onlyGuild:
      config.DISCORD_GUILD_ID === undefined
        ? undefined
        : { guildId: config.DISCORD_GUILD_ID, channel: config.KICK_CHANNEL },
    kickBotName: config.KICK_BOT_NAME === undefined ? undefined : username(config.KICK_BOT_NAME),
    secrets: createSecrets(config.SECRETS_KEY),
    ...identity,
    publicUrl: config.PUBLIC_URL,
    drandChain: config.DRAND_CHAIN,
    clipHosts: config.CLIP_HOSTS,
    hearsMembers: config.DISCORD_MEMBERS_INTENT,
    wagerHosts: config.WAGER_HOSTS,
    cdnUrl: config.DISCORD_CDN_URL,
    dashboardSecret: config.DASHBOARD_SECRET,
    wakeOutbox: () => outbox?.wake(),
  }
  const rooms = [...features, dashboardFeature(features)]
  if (config.DASHBOARD_SECRET !== undefined) bus.declare(toldStream)
  outbox = createOutboxDispatch({ bus, tools: () => tools, features: rooms, shardCount, shardIds, group })
  const gateway = createGatewayDispatch({ tools, features, shardCount, serves })
  return [
    outbox,
    gateway,
    createTickDispatch({ bus, tools, handlers: tickHandlers, shardCount, group, owns }),
    createEventDispatch({ bus, tools, features, shardCount, shardsPerGroup: config.SHARDS_PER_GROUP, group }),
    createJobDispatch({ tools, features: rooms, shardCount, shardIds }),
    createRandomness({ sql, drand: createDrand({ urls: config.DRAND_URL, chain: config.DRAND_CHAIN }), log }),
    createWagers({ tools, affiliates: createAffiliates({ hosts: config.WAGER_HOSTS }) }),
    createInboxDispatch({ bus, tools, features, shardCount, shardIds, group }),
    createRegistration({ sql, rest: client.rest, applicationId: identity.applicationId, features, log }),
    createCommandDispatch({ client: client.client, features, tools, owns, serves }),
    // Last, when everyone listens. It goes on by itself: ticks do not wait for a turn to identify.
    { name: 'gateway', start: async () => client.connect(identity, gateway), stop: async () => {} },
  ]
}

async function measure(request: number): Promise<void> {
  sendToManager({ belfry: 'measured', request, metrics: await registry.getMetricsAsJSON() })
}
