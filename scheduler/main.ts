import { hostname } from 'node:os'
import { createBus } from '../cluster/runtime/bus.ts'
import { systemClock } from '../cluster/runtime/clock.ts'
import { configOrExit, readSchedulerConfig, reportLegacyNames } from '../cluster/runtime/config.ts'
import { within } from '../cluster/runtime/deadline.ts'
import { createDoor } from '../cluster/runtime/door.ts'
import { run, type Service } from '../cluster/runtime/lifecycle.ts'
import { createLog } from '../cluster/runtime/log.ts'
import { collectProcessMetrics } from '../cluster/runtime/metrics.ts'
import { createSql } from '../sql/client.ts'
import { createLease } from '../sql/lease.ts'
import { createMigration } from '../sql/migrate.ts'
import { createProbe } from '../sql/probe.ts'
import { createPublisher } from './publish.ts'
import { createVitals } from './vitals.ts'

const config = configOrExit(readSchedulerConfig)
const name = config.POD_NAME ?? `${hostname()}-${process.pid}`
const log = createLog({ process: 'scheduler', level: config.LOG_LEVEL, fields: { pod: name } })
collectProcessMetrics()
reportLegacyNames(log)

const sql = createSql(config.DATABASE_URL, { max: 4, name: 'belfry scheduler' })
const sqlOfVitals = createSql(config.DATABASE_URL, { max: 2, name: 'belfry vitals' })
const bus = createBus({ url: config.NATS_URL, name: `scheduler ${name}`, log, replicas: config.NATS_REPLICAS })
const lease = createLease({
  sql,
  bus,
  clock: systemClock,
  log,
  name: 'scheduler',
  holder: name,
  ttlSeconds: config.SCHEDULER_LEASE_SECONDS,
})

const pool: Service = {
  name: 'pool',
  start: async () => {},
  stop: async () => void (await Promise.all([sql, sqlOfVitals].map((each) => each.end({ timeout: 2 })))),
}
const busService: Service = { name: 'bus', start: () => bus.start(), stop: () => bus.stop() }

const migration = createMigration({ databaseUrl: config.DATABASE_URL, log, mode: config.MIGRATIONS })

const running = await run(
  [
    pool,
    busService,
    createProbe(sql),
    createDoor({
      host: config.HTTP_HOST,
      port: config.HTTP_PORT,
      parts: {
        database: () =>
          within(1_000, sql`select 1 as one`.execute()).then(
            () => 'ok',
            () => 'does not answer',
          ),
        bus: () => (bus.isConnected ? 'ok' : 'not connected'),
        schema: () => migration.state(),
      },
      log,
    }),
    migration,
    lease,
    createVitals({ sql: sqlOfVitals, bus, log, lease, shardCount: config.SHARD_COUNT }),
    createPublisher({
      sql,
      bus,
      clock: systemClock,
      log,
      lease,
      shardCount: config.SHARD_COUNT,
      shardsPerGroup: config.SHARDS_PER_GROUP,
      cadenceSeconds: config.TICK_CADENCE_SECONDS,
    }),
  ],
  { log, graceMs: config.GRACE_SECONDS * 1000 },
)
process.exit(await running.finished)
