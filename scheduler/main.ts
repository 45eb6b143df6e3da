import { createServer } from 'node:http'
import { hostname } from 'node:os'
import { createBus } from '../cluster/runtime/bus.ts'
import { systemClock } from '../cluster/runtime/clock.ts'
import { configOrExit, readSchedulerConfig, reportLegacyNames } from '../cluster/runtime/config.ts'
import { run, type Service } from '../cluster/runtime/lifecycle.ts'
import { createLog } from '../cluster/runtime/log.ts'
import { collectProcessMetrics, registry } from '../cluster/runtime/metrics.ts'
import { createSql, type Sql } from '../sql/client.ts'
import { createLease } from '../sql/lease.ts'
import { createMigration } from '../sql/migrate.ts'
import { createPublisher } from './publish.ts'

const config = configOrExit(readSchedulerConfig)
const name = config.POD_NAME ?? `${hostname()}-${process.pid}`
const log = createLog({ process: 'scheduler', level: config.LOG_LEVEL, fields: { pod: name } })
collectProcessMetrics()
reportLegacyNames(log)

const sql = createSql(config.DATABASE_URL, { max: 4, name: 'belfry scheduler' })
const bus = createBus({ url: config.NATS_URL, name: `scheduler ${name}`, log })
const lease = createLease({
  sql,
  bus,
  clock: systemClock,
  log,
  name: 'scheduler',
  holder: name,
  ttlSeconds: config.SCHEDULER_LEASE_SECONDS,
})

const pool: Service = { name: 'pool', start: async () => {}, stop: () => sql.end({ timeout: 2 }) }
const busService: Service = { name: 'bus', start: () => bus.start(), stop: () => bus.stop() }

const running = await run(
  [
    pool,
    busService,
    operatorsDoor(sql),
    createMigration({ databaseUrl: config.DATABASE_URL, log }),
    lease,
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

/** `/healthz` (the process lives), `/readyz` (database and bus answer) and `/metrics`; nothing else is to be had here. */
function operatorsDoor(db: Sql): Service {
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: string, type = 'text/plain; charset=utf-8') =>
      response.writeHead(status, { 'content-type': type }).end(body)
    switch (request.url) {
      case '/healthz':
        return answer(200, 'ok\n')
      case '/readyz': {
        const isDatabaseUp = await db`select 1`.then(
          () => true,
          () => false,
        )
        const isReady = isDatabaseUp && bus.isConnected
        return answer(
          isReady ? 200 : 503,
          JSON.stringify({ database: isDatabaseUp, bus: bus.isConnected }),
          'application/json',
        )
      }
      case '/metrics':
        return answer(200, await registry.metrics(), registry.contentType)
      default:
        return answer(404, 'not found\n')
    }
  })
  return {
    name: 'http',
    start: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen(config.HTTP_PORT, config.HTTP_HOST, () => {
          const address = server.address()
          log.info({ port: typeof address === 'object' ? address?.port : config.HTTP_PORT }, 'listening')
          resolve()
        })
      }),
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
