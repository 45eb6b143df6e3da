import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Sql } from '../../../sql/client.ts'
import { steps } from '../../../sql/legacy/index.ts'
import { migrate } from '../../../sql/migrate.ts'
import { measureMigration } from '../../bench/migrate.ts'
import { DiscordStandIn } from '../../standins/discord/index.ts'
import { createEmptyDatabase, type TestDatabase } from '../../support/database.ts'
import { sharedNatsUrl } from '../../support/nats.ts'
import { startProgram } from '../../support/process.ts'
import { build, g1, g2InPlace, guildA, guildB, memberA, memberB, threeViewers } from './fixtures.ts'

const databases: TestDatabase[] = []
const discord = new DiscordStandIn()
afterEach(async () => {
  for (const database of databases.splice(0)) await database.drop()
})

/** A bit of everything that a migration decides about. */
const statements = [
  g2InPlace,
  `insert into watchtime (username, minutes) values ('Alice', 100), ('alice', 11), ('bob', 61), ('unknown', 5);
   insert into user_points (kick_username, points, total_earned) values ('alice', 20, 22), ('bob', 3, 3);
   insert into points_watchtime_converted (kick_username, minutes_converted, points_awarded) values ('alice', 110, 22), ('bob', 90, 3);
   insert into links (discord_id, kick_name, discord_server_id, linked_at) values
     (${memberA}, 'alice', ${guildA}, '2025-11-01'), (${memberB}, 'ALICE', 0, '2025-11-02');
   insert into bot_settings (key, value) values ('tracking_force_override', 'True'), ('kick_channel', 'someone');
   insert into point_settings (key, value) values ('points_per_5min', '3');
   insert into point_sales (kick_username, item_name, price_paid) values ('alice', 'a thing', 2);`,
]

async function aDatabase(...own: readonly string[]): Promise<TestDatabase> {
  const database = await createEmptyDatabase()
  databases.push(database)
  await build(database.sql, ...(own.length === 0 ? statements : own))
  return database
}

/** What came of it, without what depends on when it happened. */
async function result(sql: Sql): Promise<unknown> {
  return {
    watchtime: await sql`select discord_server_id, username, minutes from public.watchtime order by 1, 2`,
    points:
      await sql`select discord_server_id, kick_username, points, total_earned, total_spent from public.user_points order by 1, 2`,
    marks:
      await sql`select discord_server_id, kick_username, minutes_converted, points_awarded from public.points_watchtime_converted order by 1, 2`,
    ledger:
      await sql`select discord_server_id, kick_username, delta, kind, source_ref from public.point_ledger order by 1, 5`,
    links: await sql`select discord_server_id, discord_id, kick_name from public.links order by 1, 2`,
    settings: await sql`select discord_server_id, key, value from public.bot_settings order by 1, 2`,
    forced: await sql`select discord_server_id, mode from public.tracking_override order by 1`,
    tiers: await sql`select discord_server_id, role_name, minutes_required from public.legacy_tier order by 1, 2`,
    report:
      await sql`select discord_server_id, outcome, source_table, subject, detail from public.legacy_report order by 1, 2, 3, 4, 5`,
    quarantine:
      await sql`select discord_server_id, source_table, reason, content from public.legacy_quarantine order by 1, 2, 3`,
    old: await sql`select relname from pg_class where relnamespace = 'legacy'::regnamespace and relkind = 'r' order by 1`,
    sales: await sql`select kick_username, price_paid from legacy.point_sales`,
    triggers: await sql`select count(*)::int as triggers from pg_trigger where not tgisinternal`,
  }
}

const inGuildA = { onlyGuild: guildA }

/** What comes of it when nothing is in the way. */
let expected: unknown
beforeAll(async () => {
  const { url, sql } = await aDatabase()
  await migrate(url, { legacy: inGuildA })
  expected = await result(sql)
})

/** Ends every connection that holds or waits for the lock of the migrations, as the end of its machine would. */
const cutConnections = (sql: Sql) => sql`
  select pg_terminate_backend(l.pid, 5000)
    from pg_locks l
    join pg_database d on d.oid = l.database
   where l.locktype = 'advisory' and d.datname = current_database()`

describe('22. a migration that is cut off', () => {
  it.each(steps)('after the step "%s" is completed by a restart with the same result', async (last) => {
    const { url, sql } = await aDatabase()
    const first = migrate(url, {
      legacy: inGuildA,
      onStep: async (step) => {
        if (step === last) await cutConnections(sql)
      },
    })
    await expect(first).rejects.toThrow()
    const seen: string[] = []
    await migrate(url, { legacy: { onlyGuild: guildB }, onStep: (step) => void seen.push(step) })
    expect(seen).toEqual(steps.slice(steps.indexOf(last) + 1))
    expect(await result(sql)).toEqual(expected) // and guild B, which came too late, has nothing
  })

  it('again and again by the death of its process comes to the same result', async () => {
    const { url, sql } = await aDatabase()
    const env = { DATABASE_URL: url, DISCORD_GUILD_ID: guildA }
    for (const step of ['plan', 'build', 'fill', 'swap']) {
      const program = startProgram('sql/main.js', { env })
      await program.waitForLine(({ text }) => text.startsWith(`step ${step}:`))
      await program.killGroup()
    }
    const last = startProgram('sql/main.js', { env })
    expect(await last.exited).toEqual({ code: 0, signal: null })
    expect(await result(sql)).toEqual(expected)
  })
})

describe('a migration', () => {
  it('is done once, though two processes and this one begin it at once', async () => {
    const { url, sql } = await aDatabase()
    const env = { DATABASE_URL: url, DISCORD_GUILD_ID: guildA }
    const programs = [1, 2].map(() => startProgram('sql/main.js', { env }))
    const [own, ...exits] = await Promise.all([
      migrate(url, { legacy: inGuildA }),
      ...programs.map((program) => program.exited),
    ])
    expect(exits).toEqual(programs.map(() => ({ code: 0, signal: null })))
    const brought = programs.filter(({ lines }) => lines.some(({ text }) => text.startsWith('step swap:'))).length
    expect(brought + (own.brought === undefined ? 0 : 1)).toBe(1)
    expect(await result(sql)).toEqual(expected)
  })

  it('waits for nobody for long: a long transaction on the old table delays it, and no one else', async () => {
    const { url, sql } = await aDatabase()
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const long = sql.begin(async (db) => {
      await db`update watchtime set minutes = minutes + 1 where username = 'bob'`
      await held
    })
    const migration = migrate(url, { legacy: inGuildA })
    const start = performance.now()
    for (let i = 0; i < 20; i++) await sql`update watchtime set minutes = minutes where username = 'unknown'`
    expect(performance.now() - start).toBeLessThan(10_000)
    release()
    await long
    await migration
    const [bob] = await sql`select minutes from watchtime where discord_server_id = ${guildA} and username = 'bob'`
    expect(bob?.minutes).toBe(62)
  })

  it('loses no minute that is written meanwhile, and locks nobody out for a second', async () => {
    const { url } = await aDatabase('select 1')
    const measured = await measureMigration(url, { viewers: 10_000, say: () => {} })
    process.stdout.write(`${JSON.stringify(measured)}\n`)
    expect(measured).toMatchObject({ conversions: 100_000, isComplete: true, failedWrites: 0 })
    expect(measured.writes).toBeGreaterThan(0)
    expect(measured.longestLockMs).toBeLessThan(1_000)
    expect(measured.seconds).toBeLessThan(60)
  })
})

describe('a start against the database of the bot before', () => {
  const environment = (url: string, discordUrl: string) => ({
    DATABASE_URL: url,
    NATS_URL: sharedNatsUrl(),
    DISCORD_TOKEN: discord.token,
    DISCORD_API_URL: discordUrl,
    KICK_CLIENT_ID: 'id',
    KICK_CLIENT_SECRET: 'secret',
    PUBLIC_URL: 'http://localhost:1',
    SECRETS_KEY: '0'.repeat(64),
    HTTP_PORT: '0',
    MAX_GROUPS: '0',
    SHARD_COUNT: '97',
  })

  it('brings it over into the only guild that Discord knows, while the scheduler waits', async () => {
    await discord.start()
    try {
      const guild = discord.world.addGuild({ name: 'The only one' })
      const { url, sql } = await aDatabase(g1, threeViewers)
      const { DATABASE_URL, NATS_URL, HTTP_PORT, SHARD_COUNT } = environment(url, discord.url)
      const scheduler = startProgram('scheduler/main.js', { env: { DATABASE_URL, NATS_URL, HTTP_PORT, SHARD_COUNT } })
      await scheduler.waitForLine(({ msg }) => msg === 'database is not there yet')
      const cluster = startProgram('cluster/main.js', { env: environment(url, discord.url) })
      const line = await cluster.waitForLine(({ msg }) => msg === 'legacy database was brought over')
      expect(line.fields).toMatchObject({ generation: 'G1', decidedBy: 'the only server the bot is in' })
      await scheduler.waitForLine(({ msg }) => msg === 'database is up to date')
      const rows = await sql`select username from watchtime where discord_server_id = ${guild.id}`
      expect(rows).toHaveLength(3)
      for (const program of [cluster, scheduler]) expect((await program.kill()).code).toBe(0)
    } finally {
      await discord.stop()
    }
  })

  it('ends with the question when nobody knows the guild', async () => {
    const { url } = await aDatabase(g1, threeViewers)
    const cluster = startProgram('cluster/main.js', {
      env: environment(url, 'http://127.0.0.1:1'),
    })
    const line = await cluster.waitForLine(({ msg }) => msg === 'service failed to start')
    expect(JSON.stringify(line.fields)).toContain('To which Discord server')
    expect((await cluster.exited).code).toBe(1)
  })
})

describe('npm run migrate', () => {
  const run = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const program = startProgram('sql/main.js', { args, env })
    const { code } = await program.exited
    return { code, output: program.lines.map(({ text }) => text).join('\n') }
  }

  it('explains itself, and names what is wrong with a call', async () => {
    expect(await run(['--help'])).toMatchObject({ code: 0, output: expect.stringContaining('--dry-run') })
    expect(await run([])).toMatchObject({ code: 2, output: expect.stringContaining('DATABASE_URL') })
    const DATABASE_URL = 'postgres://127.0.0.1:1/none'
    expect(await run(['--guild', 'mine'], { DATABASE_URL })).toMatchObject({
      code: 2,
      output: expect.stringContaining('--guild'),
    })
    expect(await run(['--wat'], { DATABASE_URL })).toMatchObject({ code: 2, output: expect.stringContaining('--wat') })
  })

  it('asks, previews, brings over, and has nothing to do any more', async () => {
    const { url: DATABASE_URL, sql } = await aDatabase(g1, threeViewers)
    expect(await run([], { DATABASE_URL })).toMatchObject({
      code: 3,
      output: expect.stringContaining('LEGACY_GUILD_ID='),
    })
    const dry = await run(['--dry-run', '--guild', guildA], { DATABASE_URL })
    expect(dry).toMatchObject({
      code: 0,
      output: expect.stringMatching(/Found: G1[\s\S]*watchtime: 3 rows[\s\S]*Nothing was changed\.$/),
    })
    expect(await sql`select from pg_namespace where nspname = 'legacy'`).toHaveLength(0)
    const real = await run([], { DATABASE_URL, LEGACY_GUILD_ID: guildA })
    expect(real).toMatchObject({ code: 0, output: expect.stringContaining('was brought over') })
    expect(await run([], { DATABASE_URL })).toMatchObject({ code: 0, output: 'The database is up to date.' })
    expect(await run(['--dry-run', '--json'], { DATABASE_URL })).toMatchObject({ code: 0, output: '{}' })
  })
})
