/** One per pod: the front door, and the manager of the shard groups that this pod holds. With MAX_GROUPS=0 only the door. */
import { hostname } from 'node:os'
import { createSql } from '../sql/client.ts'
import { guildsOfBot } from '../sql/legacy/index.ts'
import { createMigration } from '../sql/migrate.ts'
import { createProbe } from '../sql/probe.ts'
import { readBudget } from '../sql/queries/identify.ts'
import { createDraws } from './draws.ts'
import { createHttp } from './http.ts'
import { identifiesLeft, identifiesOfDay } from './identify.ts'
import { createDashboardIntake } from './ingress/dashboard/intake.ts'
import { createReconciler } from './ingress/kick/reconcile.ts'
import { createKickIngress } from './ingress/kick/webhook.ts'
import { createLeases } from './leases.ts'
import { createManager } from './manager.ts'
import { createOAuth } from './oauth.ts'
import { createOverview } from './overview.ts'
import { createReadiness } from './readiness.ts'
import { createBus } from './runtime/bus.ts'
import { systemClock } from './runtime/clock.ts'
import { configOrExit, groupCountOf, readConfig, reportLegacyNames } from './runtime/config.ts'
import { within } from './runtime/deadline.ts'
import { createKick } from './runtime/kick.ts'
import { run, type Service } from './runtime/lifecycle.ts'
import { createLog } from './runtime/log.ts'
import { collectProcessMetrics } from './runtime/metrics.ts'
import { createSecrets } from './runtime/secrets.ts'

const config = configOrExit(readConfig)
const pod = config.POD_NAME ?? `${hostname()}-${process.pid}`
const log = createLog({ process: 'cluster', level: config.LOG_LEVEL, fields: { pod } })
const clock = systemClock
const graceMs = config.GRACE_SECONDS * 1_000
const { SHARD_COUNT: shardCount, SHARDS_PER_GROUP: shardsPerGroup, MAX_GROUPS: maxGroups } = config
const groupCount = groupCountOf(config)
collectProcessMetrics()
reportLegacyNames(log)

const sql = createSql(config.DATABASE_URL, { max: 10, name: `belfry ${pod}` })
const bus = createBus({ url: config.NATS_URL, name: `cluster ${pod}`, log, replicas: config.NATS_REPLICAS })
const kick = createKick({
  idUrl: config.KICK_ID_URL,
  apiUrl: config.KICK_API_URL,
  clientId: config.KICK_CLIENT_ID,
  clientSecret: config.KICK_CLIENT_SECRET,
})

const manager = createManager({
  token: config.DISCORD_TOKEN,
  shardCount,
  groupCount,
  stopMs: graceMs * 0.75, // the rest is for giving back the leases
  log,
})
const leases = createLeases({
  sql,
  bus,
  clock,
  log,
  pod,
  shardCount,
  shardsPerGroup,
  groupCount,
  maxGroups,
  ttlSeconds: config.GROUP_LEASE_SECONDS,
  manager,
})

const kickIngress = createKickIngress({
  sql,
  bus,
  clock,
  log,
  kick,
  publicKey: config.KICK_PUBLIC_KEY,
  shardCount,
  shardsPerGroup,
})
const reconciler = createReconciler({ sql, bus, clock, log, kick, holder: pod, shardCount, shardsPerGroup })
const dashboardIntake = createDashboardIntake({
  sql,
  bus,
  log,
  secrets: [config.DASHBOARD_SECRET, config.DASHBOARD_SECRET_PREVIOUS].filter((secret) => secret !== undefined),
})
const readiness = createReadiness({
  sql,
  bus,
  parts: { schema: () => migration.state(), ...(maxGroups === 0 ? {} : { shards: shardsState }) },
})
const http = createHttp({
  host: config.HTTP_HOST,
  port: config.HTTP_PORT,
  metrics,
  readiness,
  startup: maxGroups === 0 ? async () => 'ok' : startupState,
  kickWebhook: kickIngress,
  oauth: createOAuth({
    sql,
    bus,
    log,
    kick,
    secrets: createSecrets(config.SECRETS_KEY),
    publicUrl: config.PUBLIC_URL,
    legacyKey: config.FLASK_SECRET_KEY,
    clock,
    shardCount,
    shardsPerGroup,
  }),
  overview: createOverview({ sql, clock, shardCount, log }),
  draws: createDraws({ sql, clock, drandUrl: config.DRAND_URL[0] ?? '' }),
  log,
})

const pool: Service = { name: 'pool', start: async () => {}, stop: () => sql.end({ timeout: 2 }) }
const busService: Service = { name: 'bus', start: () => bus.start(), stop: () => bus.stop() }

// The front door opens before the database is asked for: what Kick tells while it is away waits in JetStream.
const frontDoor = [pool, busService, createProbe(sql), kickIngress, http]
const migration = createMigration({
  databaseUrl: config.DATABASE_URL,
  log,
  mode: config.MIGRATIONS,
  legacy: {
    guild: config.LEGACY_GUILD_ID,
    onlyGuild: config.DISCORD_GUILD_ID,
    guildsOfBot: guildsOfBot({ apiUrl: config.DISCORD_API_URL, token: config.DISCORD_TOKEN }),
  },
})
const behindIt = [migration, dashboardIntake, reconciler, manager]
const running = await run([...frontDoor, ...behindIt, ...(maxGroups === 0 ? [] : [leases])], { log, graceMs })
process.exit(await running.finished)

/** All processes of the pod. What is left of the identify budget only the database knows. */
async function metrics(): Promise<string> {
  try {
    const [budget] = await within(500, readBudget(sql).execute())
    if (budget !== undefined) {
      identifiesLeft.set(budget.remaining)
      identifiesOfDay.set(budget.total)
    }
  } catch {
    // The last figure stands; that the database is away has metrics of its own.
  }
  return manager.metrics()
}

/**
 * A pod has started when each of its shard processes has resumed, or has come as far as where it waits for others: its turn at the gate
 * of IDENTIFYs, an answer of Discord's, the database. What waits for others does not get any better by being started again.
 */
async function startupState(): Promise<string> {
  const { database, schema } = (await readiness()).parts
  if (database !== 'ok' || schema !== 'ok') return 'ok'
  if (leases.sinceAnsweredMs() === undefined) return 'no leases yet'
  const { wanted, begun } = manager.status()
  return begun === wanted ? 'ok' : `${begun} of ${wanted} shard processes have resumed or wait for their turn`
}

/** A pod without groups is ready all the same: others hold them all. */
function shardsState(): string {
  const sinceMs = leases.sinceAnsweredMs()
  if (sinceMs === undefined) return 'no leases yet'
  if (sinceMs > config.GROUP_LEASE_SECONDS * 1_000) return 'leases are not renewed'
  const { wanted, ready } = manager.status()
  return ready === wanted ? 'ok' : `${ready} of ${wanted} shard processes are ready`
}
