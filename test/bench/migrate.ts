import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { startPostgres } from '../../cluster/runtime/embedded.ts'
import { migrate } from '../../sql/migrate.ts'
import { g3, guildA } from '../sql/legacy/fixtures.ts'

export interface MigrateBenchOptions {
  readonly viewers: number
  readonly say: (line: string) => void
}

export interface MigrateBenchResult {
  readonly viewers: number
  readonly conversions: number
  /** From the first look at the catalogue to the last step. */
  readonly seconds: number
  readonly steps: Readonly<Record<string, number>>
  /** Of all locks on the old `watchtime` that keep writers out, how long the longest was held or waited for in front of them. */
  readonly longestLockMs: number
  /** The longest that one of the writers waited for its statement. */
  readonly longestWriteMs: number
  readonly writes: number
  readonly failedWrites: number
  /** Whether minutes, points, conversions and links are what was there and what was written since. */
  readonly isComplete: boolean
}

export const conversionsOfAViewer = 10

/** Brings over a database of its own server while another session writes to `watchtime` all the time. */
export async function benchMigrate({ viewers, say }: MigrateBenchOptions): Promise<MigrateBenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'belfry-bench-'))
  const server = await startPostgres({
    dataDir: join(folder, 'postgres'),
    persistent: true,
    settings: { shared_buffers: '512MB', max_wal_size: '8GB', checkpoint_timeout: '30min', synchronous_commit: 'on' },
  })
  try {
    return await measureMigration(server.url, { viewers, say })
  } finally {
    await server.stop({ mode: 'immediate' })
    await rm(folder, { recursive: true, force: true })
  }
}

/** The same on a database that is there, and empty. */
export async function measureMigration(
  url: string,
  { viewers, say }: MigrateBenchOptions,
): Promise<MigrateBenchResult> {
  const conversions = viewers * conversionsOfAViewer
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    say(`laying ${viewers} viewers and ${conversions} conversions`)
    await layViewers(sql, viewers)
    const before = await sumsIn(sql)
    const writer = startWriter(url, viewers)
    const watcher = await startLockWatcher(url)
    await writer.hasBegun

    const steps: Record<string, number> = {}
    const start = performance.now()
    await migrate(url, {
      legacy: {},
      onStep: (step, seconds) => {
        steps[step] = seconds
        say(`${step}: ${seconds.toFixed(2)} s`)
      },
    })
    const seconds = (performance.now() - start) / 1_000
    const written = await writer.stop()
    const longestLockMs = await watcher.stop()
    const after = await sumsIn(sql)
    return {
      viewers,
      conversions,
      seconds,
      steps,
      longestLockMs,
      longestWriteMs: written.longestMs,
      writes: written.writes,
      failedWrites: written.failures,
      isComplete: JSON.stringify({ ...before, minutes: before.minutes + written.writes }) === JSON.stringify(after),
    }
  } finally {
    await sql.end({ timeout: 5 })
  }
}

async function layViewers(sql: postgres.Sql, viewers: number): Promise<void> {
  await sql.unsafe(g3)
  await sql.unsafe(`
    insert into watchtime (username, minutes, last_active, discord_server_id)
    select 'viewer' || v, 60, now(), ${guildA} from generate_series(1, ${viewers}) v;
    insert into user_points (kick_username, points, total_earned, total_spent, discord_server_id)
    select 'viewer' || v, 7, 10, 3, ${guildA} from generate_series(1, ${viewers}) v;
    insert into points_watchtime_converted (kick_username, minutes_converted, points_awarded, discord_server_id)
    select 'viewer' || v, 5, 1, ${guildA} from generate_series(1, ${conversionsOfAViewer}) n, generate_series(1, ${viewers}) v;
    insert into links (discord_id, kick_name, discord_server_id)
    select 1000000 + v, 'viewer' || v, ${guildA} from generate_series(1, ${viewers}, 2) v`)
  await sql.unsafe('vacuum analyze')
}

const sumsIn = async (sql: postgres.Sql) => {
  const [row] = await sql<{ minutes: number; points: number; converted: number; awarded: number; links: number }[]>`
    select (select sum(minutes) from public.watchtime)::float8 as minutes,
           (select sum(points) from public.user_points)::float8 as points,
           (select sum(minutes_converted) from public.points_watchtime_converted)::float8 as converted,
           (select sum(points_awarded) from public.points_watchtime_converted)::float8 as awarded,
           (select count(*) from public.links)::float8 as links`
  if (row === undefined) throw new Error('the database does not answer')
  return row
}

/** What the bot before writes for each viewer and minute, one after the other without a pause, as long as it runs. */
function startWriter(url: string, viewers: number) {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  let isStopping = false
  let writes = 0
  let failures = 0
  let longestMs = 0
  let begun = () => {}
  const hasBegun = new Promise<void>((resolve) => {
    begun = resolve
  })
  const running = (async () => {
    while (!isStopping) {
      const name = `viewer${1 + Math.floor(Math.random() * viewers)}`
      const start = performance.now()
      try {
        await sql`
          insert into watchtime (username, minutes, last_active, discord_server_id)
          values (${name}, 1, now(), ${guildA})
          on conflict (username, discord_server_id) do update
             set minutes = watchtime.minutes + 1, last_active = excluded.last_active`
        writes++
      } catch {
        failures++
      }
      longestMs = Math.max(longestMs, performance.now() - start)
      begun()
    }
    await sql.end({ timeout: 5 })
  })()
  return {
    hasBegun,
    async stop() {
      isStopping = true
      await running
      return { writes, failures, longestMs }
    },
  }
}

const sampleMs = 5

/** Looks all the time whether somebody keeps writers out of the old table, or stands in front of them for it. */
async function startLockWatcher(url: string) {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  const [table] = await sql<{ oid: number }[]>`select 'public.watchtime'::regclass::oid::int as oid`
  let isStopping = false
  let since: number | undefined
  let longestMs = 0
  const running = (async () => {
    while (!isStopping) {
      const [row] = await sql<{ locks: number }[]>`
        select count(*)::int as locks
          from pg_locks
         where relation = ${table?.oid ?? 0}
           and mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')`
      const now = performance.now()
      since = (row?.locks ?? 0) === 0 ? undefined : (since ?? now - sampleMs)
      longestMs = Math.max(longestMs, since === undefined ? 0 : now - since)
      await sleep(sampleMs)
    }
    await sql.end({ timeout: 5 })
  })()
  return {
    async stop() {
      isStopping = true
      await running
      return longestMs
    },
  }
}
