import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../cluster/runtime/clock.ts'
import { startPostgres } from '../../cluster/runtime/embedded.ts'
import { epoch, type GuildId } from '../../cluster/runtime/ids.ts'
import { createLog } from '../../cluster/runtime/log.ts'
import { address } from '../../scheduler/due.ts'
import type { Tools } from '../../shard/features/feature.ts'
import { tickHandlers } from '../../shard/features/index.ts'
import { createSql, type Sql, transaction } from '../../sql/client.ts'
import { migrate } from '../../sql/migrate.ts'
import { type Facts, layFacts, watchMinute } from './facts.ts'

export interface TicketsBenchOptions {
  /** Of one guild. */
  readonly viewers: number
  readonly rounds: number
  readonly say: (line: string) => void
}

export interface TicketsBenchResult {
  readonly viewers: number
  /** Median time of a tick of one guild without a raffle, and of one in which a raffle runs. */
  readonly withoutMs: number
  readonly withMs: number
  /** What a raffle makes of the time of a tick: with it to without it, round by round, median. */
  readonly ratio: number
}

const warmUpRounds = 3

/**
 * Times ticks of two guilds with as many viewers, beside each other: in one of them a raffle runs, in which every minute a sixtieth of the
 * viewers is owed an hour and all others are owed nothing. The server keeps no statistics of the raffle's tables, as in the minutes after one began.
 */
export async function benchTickets({ viewers, rounds, say }: TicketsBenchOptions): Promise<TicketsBenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'belfry-bench-'))
  const server = await startPostgres({
    dataDir: join(folder, 'postgres'),
    persistent: true,
    settings: { shared_buffers: '1GB', max_wal_size: '8GB', checkpoint_timeout: '30min', autovacuum: 'off' },
  })
  try {
    await migrate(server.url)
    const sql = createSql(server.url, { max: 2 })
    const log = createLog({ process: 'bench', level: 'warn' })
    const tools = { sql, clock: systemClock, log, wakeOutbox: () => {} } as Tools
    const facts = await layFacts(sql, { guilds: 2, viewers, minutes: warmUpRounds + rounds })
    const [without, within] = facts.guildIds.map((id) => ({ ...facts, guildIds: [id] }))
    if (without === undefined || within === undefined) throw new Error('there are two guilds')
    await beginRaffle(sql, within)

    const settle = async (of: Facts): Promise<number> => {
      const slot = await watchMinute(sql, of)
      const start = performance.now()
      for (const { ticks } of address(of.guildIds, {
        kind: 'watchtime',
        slot,
        round: 'bench',
        shardCount: 1,
        shardsPerGroup: 1,
      }))
        await transaction(sql, (db) => tickHandlers.watchtime({ kind: 'watchtime', epoch: epoch(1), ticks }, db, tools))
      return performance.now() - start
    }
    const times: { without: number; with: number }[] = []
    for (let round = 0; round < warmUpRounds + rounds; round++) {
      const time = { without: await settle(without), with: await settle(within) }
      if (round < warmUpRounds) continue
      times.push(time)
      say(`without a raffle ${time.without.toFixed(0)} ms, with one ${time.with.toFixed(0)} ms`)
    }
    await checkTickets(sql, within.guildIds[0], { viewers, minutes: warmUpRounds + rounds })
    await sql.end()
    return {
      viewers,
      withoutMs: Math.round(median(times.map((time) => time.without))),
      withMs: Math.round(median(times.map((time) => time.with))),
      ratio: Math.round(median(times.map((time) => time.with / time.without)) * 100) / 100,
    }
  } finally {
    await server.stop({ mode: 'immediate' })
    await rm(folder, { recursive: true, force: true })
  }
}

/** Viewers have watched `v % 60` minutes of the raffle before. */
async function beginRaffle(sql: Sql, facts: Facts): Promise<void> {
  const hour = Math.floor(facts.next / 60) - 2
  await sql`
    insert into raffle_periods (discord_server_id, period_number, status, starts_at, ends_at, time_zone, commitment, opened_at)
    select g, 1, 'active', to_timestamp(${(hour - 1) * 3600}::float8), now() + interval '1 day', 'UTC', 'c', now()
      from unnest(${facts.guildIds}::bigint[]) as g`
  await sql`
    insert into presence (discord_server_id, hour, username, present, paid)
    select g, ${hour}::int, 'viewer' || v, (1::bigint << (v % 60)) - 1, (1::bigint << (v % 60)) - 1
      from unnest(${facts.guildIds}::bigint[]) as g, generate_series(1, ${facts.viewers}::int) as v
     where v % 60 > 0
     order by 1, 2, 3`
}

/** A benchmark of wrong results says nothing: every viewer has ten tickets for each whole hour, and nobody more. */
async function checkTickets(
  sql: Sql,
  guildId: GuildId | undefined,
  p: { readonly viewers: number; readonly minutes: number },
): Promise<void> {
  const [row] = await sql<{ viewers: number; wrong: number; paid: number }[]>`
    select count(*)::int as viewers,
           count(*) filter (where coalesce(t.watchtime_tickets, 0) <> (before.minutes + ${p.minutes}::int) / 60 * 10)::int as wrong,
           count(t.watchtime_tickets)::int as paid
      from watchtime w
     cross join lateral (select substring(w.username from '[0-9]+')::int % 60 as minutes) before
      left join raffle_tickets t
        on t.discord_server_id = w.discord_server_id and t.period_number = 1 and t.kick_username = w.username
     where w.discord_server_id = ${guildId ?? null}`
  if (row?.wrong !== 0 || row.viewers !== p.viewers || (p.viewers >= 60 && row.paid === 0))
    throw new Error(`tickets are not what was watched: ${JSON.stringify(row)}`)
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
