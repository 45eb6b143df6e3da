import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { proofOf } from '../../cluster/draws.ts'
import { systemClock } from '../../cluster/runtime/clock.ts'
import { startPostgres } from '../../cluster/runtime/embedded.ts'
import { verify } from '../../cluster/runtime/fairness.ts'
import { type GuildId, guildId } from '../../cluster/runtime/ids.ts'
import { createLog } from '../../cluster/runtime/log.ts'
import { createSecrets } from '../../cluster/runtime/secrets.ts'
import { createJobDispatch } from '../../shard/dispatch/job.ts'
import type { Tools } from '../../shard/features/feature.ts'
import { raffleFeature } from '../../shard/features/raffle/index.ts'
import { openDue } from '../../shard/features/raffle/job.ts'
import { createSql, type Sql, transaction } from '../../sql/client.ts'
import { migrate } from '../../sql/migrate.ts'
import { frozenLists } from '../../sql/queries/draws.ts'
import { readRaffle } from '../../sql/queries/proof.ts'
import { storeRound } from '../../sql/queries/randomness.ts'
import { DrandStandIn } from '../standins/drand/index.ts'

export interface DrawBenchOptions {
  readonly guilds: number
  /** Entrants of each guild. */
  readonly viewers: number
  readonly say: (line: string) => void
}

export interface DrawBenchResult {
  readonly guilds: number
  readonly entrants: number
  /** From the moment at which all raffles are due until the last one is closed: balances rebuilt, list frozen and hashed. */
  readonly closeMs: number
  /** From the moment at which the round is known until the last winner is written down. */
  readonly drawMs: number
  readonly entrantsPerSecond: number
  /** For all raffles, begin and commit included. */
  readonly statements: { readonly close: number; readonly draw: number }
  /** Raffles that were checked as the public page checks them. */
  readonly verified: number
}

/** As many as a pod with two groups has; they share the connections. */
const processes = 2
const connections = 4
const atOnce = 500
const checked = 50

/** Closes and draws the raffles of all guilds at once, by the jobs that do it in life, and checks what was drawn. */
export async function benchDraw({ guilds, viewers, say }: DrawBenchOptions): Promise<DrawBenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'belfry-bench-'))
  const server = await startPostgres({
    dataDir: join(folder, 'postgres'),
    persistent: true,
    settings: { shared_buffers: '1GB', max_wal_size: '8GB', checkpoint_timeout: '30min', synchronous_commit: 'on' },
  })
  try {
    await migrate(server.url)
    let statements = 0
    const sql = postgres(server.url, {
      max: connections,
      onnotice: () => {},
      transform: { column: { from: postgres.toCamel } },
      debug: () => {
        statements++
      },
    })
    const side = createSql(server.url, { max: 1 })
    const network = new DrandStandIn()
    const tools = {
      sql,
      clock: systemClock,
      log: createLog({ process: 'bench', level: 'warn' }),
      secrets: createSecrets('0'.repeat(64)),
      drandChain: network.chain,
      wakeOutbox: () => {},
    } as Tools
    say(`laying ${guilds} raffles with ${viewers} entrants each`)
    const guildIds = await layRaffles(side, { guilds, viewers }, tools)

    const dispatches = Array.from({ length: processes }, (_, n) =>
      createJobDispatch({ tools, features: [raffleFeature], shardCount: processes, shardIds: [n] }),
    )
    const work = async (kind: string, status: string): Promise<{ ms: number; statements: number }> => {
      await side`update job set next_run_at = now() + interval '1 day'`
      await side`update job set next_run_at = now() where kind = ${kind}`
      const [before, startedAt] = [statements, performance.now()]
      for (const dispatch of dispatches) await dispatch.start()
      await untilAll(side, status, guilds)
      const done = { ms: performance.now() - startedAt, statements: statements - before }
      for (const dispatch of dispatches) await dispatch.stop()
      return done
    }
    const closed = await work('raffle.close', 'closed')
    say(`closed in ${closed.ms.toFixed(0)} ms with ${closed.statements} statements`)
    const rounds = await side<{ round: number }[]>`select round::int as round from randomness_round`
    for (const { round } of rounds) await storeRound(side, { chain: network.chain.hash, ...network.beaconOf(round) })
    const again = Array.from({ length: processes }, (_, n) =>
      createJobDispatch({ tools, features: [raffleFeature], shardCount: processes, shardIds: [n] }),
    )
    dispatches.splice(0, processes, ...again)
    const drawn = await work('raffle.draw', 'drawn')
    say(`drawn in ${drawn.ms.toFixed(0)} ms with ${drawn.statements} statements`)

    const verified = await checkSome(side, guildIds)
    await Promise.all([sql.end(), side.end()])
    return {
      guilds,
      entrants: guilds * viewers,
      closeMs: Math.round(closed.ms),
      drawMs: Math.round(drawn.ms),
      entrantsPerSecond: Math.round((guilds * viewers) / ((closed.ms + drawn.ms) / 1_000)),
      statements: { close: closed.statements, draw: drawn.statements },
      verified,
    }
  } finally {
    await server.stop({ mode: 'immediate' })
    await rm(folder, { recursive: true, force: true })
  }
}

/** Opens a raffle in each guild, with linked viewers whose balances the ledger explains, and ends it. */
async function layRaffles(
  side: Sql,
  p: { readonly guilds: number; readonly viewers: number },
  tools: Tools,
): Promise<readonly GuildId[]> {
  const rows = await side<{ id: string }[]>`
    insert into guild (discord_server_id, server_name)
    select (1200000000000 + g)::bigint << 22, 'Guild ' || g
      from generate_series(1, ${p.guilds}::int) as g
    returning discord_server_id as id`
  const guildIds = rows.map(({ id }) => guildId(id))
  await side`
    insert into bot_settings (discord_server_id, key, value)
    select g.discord_server_id, s.key, s.value
      from guild g
     cross join (values ('raffle_auto_draw', 'true'), ('raffle_channel_id', '123456789012345678')) as s (key, value)`
  await side`
    insert into raffle_periods (discord_server_id, period_number, status, starts_at, ends_at, time_zone)
    select g.discord_server_id, 1, 'scheduled', now() - interval '30 days', now() + interval '1 day', 'UTC'
      from guild g`
  for (let from = 0; from < guildIds.length; from += atOnce)
    await transaction(side, (db) => openDue(db, guildIds.slice(from, from + atOnce), tools))
  await side`
    insert into links (discord_server_id, discord_id, kick_user_id, kick_name)
    select g.discord_server_id, v, v, 'viewer' || v from guild g cross join generate_series(1, ${p.viewers}::int) as v`
  await side`
    insert into ticket_ledger (discord_server_id, period_number, kick_username, source, counts_as, delta, source_ref)
    select l.discord_server_id, 1, l.kick_name, 'bonus', 'bonus', 1 + l.discord_id % 50, 'bench:' || l.discord_id from links l`
  await side`
    insert into raffle_tickets (discord_server_id, period_number, kick_username, bonus_tickets)
    select l.discord_server_id, 1, l.kick_name, 1 + l.discord_id % 50 from links l`
  await side`update raffle_periods set ends_at = now() - interval '10 minutes'`
  const since = { since: Date.now() - 300_000 }
  await side`update job set payload = ${JSON.stringify(since)}::text::jsonb where kind = 'raffle.close'`
  await side`vacuum analyze`
  return guildIds
}

async function untilAll(side: Sql, status: string, guilds: number): Promise<void> {
  for (;;) {
    const [row] = await side<{ done: number }[]>`
      select count(*)::int as done from raffle_periods where status = ${status}`
    if (row?.done === guilds) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** A benchmark of wrong results says nothing: some of the raffles are checked as anybody can check them. */
async function checkSome(side: Sql, guildIds: readonly GuildId[]): Promise<number> {
  const some = guildIds.filter((_, n) => n % Math.ceil(guildIds.length / checked) === 0)
  for (const id of some) {
    const raffle = await readRaffle(side, { guildId: id, number: 1 })
    const [frozen] = await frozenLists(side, { guildIds: [id], numbers: [1] })
    if (raffle === undefined || frozen === undefined) throw new Error('a raffle is gone')
    const proof = { ...proofOf(raffle.published, raffle.draws), entrants: JSON.parse(frozen.list) }
    const wrong = (await verify(proof)).filter(({ holds }) => !holds)
    if (wrong.length > 0 || proof.draws.length !== 1)
      throw new Error(`a raffle does not verify: ${JSON.stringify(wrong)}`)
  }
  return some.length
}
