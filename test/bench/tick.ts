import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { type Bus, createBus } from '../../cluster/runtime/bus.ts'
import { systemClock } from '../../cluster/runtime/clock.ts'
import { startNats, startPostgres } from '../../cluster/runtime/embedded.ts'
import { epoch, type Slot } from '../../cluster/runtime/ids.ts'
import { createLog } from '../../cluster/runtime/log.ts'
import { type Addressed, address } from '../../scheduler/due.ts'
import { encodeTicks, tickStream, tickSubject } from '../../scheduler/tick.ts'
import { createTickDispatch } from '../../shard/dispatch/tick.ts'
import type { TickHandler, Tools } from '../../shard/features/feature.ts'
import { tickHandlers } from '../../shard/features/index.ts'
import { createSql, type Sql, transaction } from '../../sql/client.ts'
import { migrate } from '../../sql/migrate.ts'
import { type Facts, layFacts, watchMinute } from './facts.ts'
import { settleLikeLegacy } from './legacy.ts'

export interface TickBenchOptions {
  readonly guilds: number
  readonly viewers: number
  readonly rounds: number
  readonly say: (line: string) => void
}

export interface TickBenchResult {
  readonly guilds: number
  readonly viewers: number
  /** Median time from the first publish until every guild is settled and acknowledged. */
  readonly settleMs: number
  readonly viewerMinutesPerSecond: number
  /** Viewer minutes per second, ours to the legacy pattern's. */
  readonly ratioToLegacy: number
  /** The same statements from one script, without scheduler, bus and dispatch: its time to ours, round by round, median. */
  readonly ratioToBareStatement: number
  /** Updates that touched no index, of all updates of the tables that every minute writes. */
  readonly hotShare: number
  /** Statements for all guilds of a tick, begin and commit included. */
  readonly statements: number
}

const shardCount = 4
const shardsPerGroup = 2
const groups = shardCount / shardsPerGroup
const connections = 4
/** Rounds until the tables have found the size at which a new row version fits beside the old one. */
const warmUpRounds = 4
const legacyGuilds = 20

/**
 * Times a whole tick: publish, NATS, dispatch, SQL, commit, ack. The yardsticks run beside it, round by round, on the same server
 * with the same facts: the same statements from one script, and the legacy bot's row by row.
 */
export async function benchTick({ guilds, viewers, rounds, say }: TickBenchOptions): Promise<TickBenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'belfry-bench-'))
  const [server, nats] = await Promise.all([
    startPostgres({
      dataDir: join(folder, 'postgres'),
      persistent: true,
      settings: { shared_buffers: '1GB', max_wal_size: '8GB', checkpoint_timeout: '30min', synchronous_commit: 'on' },
    }),
    startNats({ storeDir: join(folder, 'nats') }),
  ])
  try {
    await migrate(server.url)
    const stage = await setStage(server.url, nats.url)
    say(`laying facts: ${guilds} guilds with ${viewers} viewers each`)
    const facts = await layFacts(stage.side, { guilds, viewers, minutes: warmUpRounds + rounds * 2 })

    for (let round = 0; round < warmUpRounds; round++) {
      const minute = await watchMinute(stage.side, facts)
      await (round % 2 === 0 ? stage.settleThroughBus(facts, minute) : stage.settleBare(facts, minute))
    }
    const before = await hotUpdates(server.url, stage)

    const times: { bus: number; bare: number }[] = []
    let statements = 0
    for (let round = 0; round < rounds; round++) {
      const minuteForBus = await watchMinute(stage.side, facts)
      stage.counted()
      const bus = await stage.settleThroughBus(facts, minuteForBus)
      statements = stage.counted()
      const minuteForBare = await watchMinute(stage.side, facts)
      const bare = await stage.settleBare(facts, minuteForBare)
      times.push({ bus, bare })
      say(`round ${round + 1}: whole way ${bus.toFixed(0)} ms, same statements from one script ${bare.toFixed(0)} ms`)
    }
    const after = await hotUpdates(server.url, stage)
    await checkCredits(stage.side, facts, warmUpRounds + rounds * 2)

    const legacyPerSecond = await settleLikeLegacy(stage.side, { guilds: Math.min(guilds, legacyGuilds), viewers })
    await stage.close()
    const settleMs = median(times.map((time) => time.bus))
    const perSecond = (guilds * viewers) / (settleMs / 1000)
    return {
      guilds,
      viewers,
      settleMs: Math.round(settleMs),
      viewerMinutesPerSecond: Math.round(perSecond),
      ratioToLegacy: round2(perSecond / legacyPerSecond),
      ratioToBareStatement: round2(median(times.map((time) => time.bare / time.bus))),
      hotShare: round2((after.hot - before.hot) / (after.all - before.all)),
      statements,
    }
  } finally {
    await Promise.all([server.stop({ mode: 'immediate' }), nats.stop()])
    await rm(folder, { recursive: true, force: true })
  }
}

interface Stage {
  /** A connection for everything that is not timed. */
  readonly side: Sql
  settleThroughBus(facts: Facts, minute: Slot): Promise<number>
  settleBare(facts: Facts, minute: Slot): Promise<number>
  /** Statements since the last call. */
  counted(): number
  /** Ends every connection, so that the server's counters are complete, and opens new ones. */
  reopen(): Promise<void>
  close(): Promise<void>
}

async function setStage(databaseUrl: string, natsUrl: string): Promise<Stage> {
  const log = createLog({ process: 'bench', level: 'warn' })
  let statements = 0
  const open = () =>
    postgres(databaseUrl, {
      max: connections,
      onnotice: () => {},
      transform: { column: { from: postgres.toCamel } },
      debug: () => {
        statements++
      },
    })
  let sql = open()
  const side = createSql(databaseUrl, { max: 1 })
  const settled = new Settled()
  const handlers: Record<keyof typeof tickHandlers, TickHandler> = {
    ...tickHandlers,
    watchtime: async (batch, db, tools) => {
      await tickHandlers.watchtime(batch, db, tools)
      settled.inTransaction(batch.ticks.length)
    },
  }
  const tools = {
    get sql() {
      return sql
    },
    clock: systemClock,
    log,
    wakeOutbox: () => {},
  } as Tools
  const bus: Bus = createBus({ url: natsUrl, name: 'bench', log })
  bus.declare(tickStream)
  await bus.start()
  const dispatches = Array.from({ length: groups }, (_, group) =>
    createTickDispatch({ bus, tools, handlers, shardCount, group, owns: () => true }),
  )
  for (const dispatch of dispatches) await dispatch.start()

  const batchesOf = (facts: Facts, minute: Slot): readonly Addressed[] =>
    address(facts.guildIds, { kind: 'watchtime', slot: minute, round: 'bench', shardCount, shardsPerGroup })

  return {
    side,
    counted() {
      const count = statements
      statements = 0
      return count
    },
    async settleThroughBus(facts, minute) {
      const done = settled.expect(facts.guildIds.length)
      const start = performance.now()
      for (const batch of batchesOf(facts, minute))
        await bus.publish(
          tickSubject({ shardCount, group: batch.group, kind: 'watchtime' }),
          encodeTicks({ kind: 'watchtime', epoch: epoch(1), ticks: batch.ticks }),
          { id: batch.id, timeoutMs: 5_000 },
        )
      await done
      // The last handler has ended inside its transaction; what is seen from outside is what was committed.
      await untilSettled(side, minute)
      return performance.now() - start
    },
    async settleBare(facts, minute) {
      const start = performance.now()
      await Promise.all(
        batchesOf(facts, minute).map((batch) =>
          transaction(sql, (db) =>
            tickHandlers.watchtime({ kind: 'watchtime', epoch: epoch(1), ticks: batch.ticks }, db, tools),
          ),
        ),
      )
      return performance.now() - start
    },
    async reopen() {
      await sql.end()
      sql = open()
    },
    async close() {
      for (const dispatch of dispatches) await dispatch.stop()
      await bus.stop()
      await Promise.all([sql.end(), side.end()])
    },
  }
}

/** Tells when handlers have settled as many guilds as were published. */
class Settled {
  #missing = 0
  #resolve: () => void = () => {}

  expect(guilds: number): Promise<void> {
    this.#missing = guilds
    return new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  inTransaction(guilds: number): void {
    this.#missing -= guilds
    if (this.#missing <= 0) this.#resolve()
  }
}

async function untilSettled(sql: Sql, minute: Slot): Promise<void> {
  for (;;) {
    const [row] = await sql<{ behind: number }[]>`
      select count(*)::int as behind from settlement where kind = 'watchtime' and settled_slot < ${minute}`
    if (row?.behind === 0) return
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** A benchmark of wrong results says nothing: every viewer must have every minute, and the points for it. */
async function checkCredits(sql: Sql, facts: Facts, watched: number): Promise<void> {
  const [row] = await sql<{ viewers: number; wrong: number }[]>`
    select count(*)::int as viewers,
           count(*) filter (where w.minutes <> before.minutes + ${watched}::int
                               or coalesce(p.points, 0) <> (before.minutes + ${watched}::int) / 5)::int as wrong
      from watchtime w
     cross join lateral (select substring(w.username from '[0-9]+')::int % 5 as minutes) before
      left join user_points p on p.discord_server_id = w.discord_server_id and p.kick_username = w.username`
  if (row?.wrong !== 0 || row.viewers !== facts.guildIds.length * facts.viewers)
    throw new Error(`the tick credited something else than was watched: ${JSON.stringify(row)}`)
}

async function hotUpdates(databaseUrl: string, stage: Stage): Promise<{ hot: number; all: number }> {
  await stage.reopen()
  const reader = postgres(databaseUrl, { max: 1 })
  try {
    const [row] = await reader<{ hot: number; all: number }[]>`
      select sum(n_tup_hot_upd)::float8 as hot, sum(n_tup_upd)::float8 as all
        from pg_stat_user_tables
       where relname in ('presence', 'watchtime', 'user_points', 'points_watchtime_converted', 'settlement')`
    return { hot: row?.hot ?? 0, all: row?.all ?? 0 }
  } finally {
    await reader.end()
  }
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
const round2 = (value: number): number => Math.round(value * 100) / 100
