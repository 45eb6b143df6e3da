import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { freePort, startPostgres } from '../../cluster/runtime/embedded.ts'
import type { Sql } from '../../sql/client.ts'
import { migrate, readMigrations } from '../../sql/migrate.ts'
import { onCleanUp } from '../support/cleanup.ts'
import { createDatabase, createEmptyDatabase, type TestDatabase } from '../support/database.ts'
import { temporaryFolder } from '../support/folder.ts'
import { sharedNatsUrl } from '../support/nats.ts'
import { startProgram } from '../support/process.ts'
import { until } from '../support/wait.ts'

const all = (await readMigrations()).map(({ name }) => name)

const databases: TestDatabase[] = []
const anEmptyDatabase = async (): Promise<TestDatabase> => {
  const database = await createEmptyDatabase()
  databases.push(database)
  return database
}
afterEach(async () => {
  for (const database of databases.splice(0)) await database.drop()
})

const recorded = async (sql: Sql): Promise<readonly string[]> =>
  (await sql<{ name: string }[]>`select name from schema_migration order by applied_at, name`).map(({ name }) => name)

const has = async (sql: Sql, table: string): Promise<boolean> => {
  const [row] = await sql<{ exists: boolean }[]>`select to_regclass(${table}) is not null as exists`
  return row?.exists === true
}

describe('the migrations', () => {
  it('are numbered, each number once, and say first why they exist and what they lock', async () => {
    expect(all.length).toBeGreaterThan(0)
    const migrations = await readMigrations()
    expect(new Set(migrations.map(({ name }) => name.slice(0, 4))).size).toBe(migrations.length)
    for (const { name, text } of migrations) {
      expect(text, name).toMatch(/^-- \S.*(?:\n-- .*)*\n/)
      expect(/^(?:-- .*\n)+/.exec(text)?.[0], `${name} says what it locks`).toMatch(/lock|new tables? only/i)
    }
  })

  it('run on an empty database, in their order, and a second time do nothing', async () => {
    const { url, sql } = await anEmptyDatabase()
    expect(await migrate(url)).toEqual({ applied: all })
    expect(await recorded(sql)).toEqual(all)
    expect(await migrate(url)).toEqual({ applied: [] })
    expect(await recorded(sql)).toEqual(all)
  })

  it('run once each, though eight connections begin at once', async () => {
    const { url, sql } = await anEmptyDatabase()
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => migrate(url)))
    expect(outcomes.flatMap(({ applied }) => applied)).toEqual(all)
    expect(await recorded(sql)).toEqual(all)
  })

  it('run once each, though two processes start at once on an empty database', async () => {
    const { url, sql } = await anEmptyDatabase()
    const env = { DATABASE_URL: url, NATS_URL: sharedNatsUrl(), HTTP_PORT: '0', SHARD_COUNT: '97' }
    const programs = [1, 2].map(() => startProgram('scheduler/main.js', { env }))
    await Promise.all(programs.map((program) => program.waitForLine(({ msg }) => msg === 'database is up to date')))
    expect(await recorded(sql)).toEqual(all)
    for (const program of programs) expect(await program.kill()).toEqual({ code: 0, signal: null })
  })

  it('are waited for by a process that is told so, which says on /readyz what is missing', {
    timeout: 60_000,
  }, async () => {
    const { url, sql } = await anEmptyDatabase()
    const port = await freePort()
    const env = { DATABASE_URL: url, NATS_URL: sharedNatsUrl(), HTTP_PORT: String(port), MIGRATIONS: 'wait' }
    const scheduler = startProgram('scheduler/main.js', { env: { ...env, SHARD_COUNT: '98' } })
    const said = async () =>
      (await (await fetch(`http://127.0.0.1:${port}/readyz`)).json()) as { status: string; schema: string }
    const lacks = (count: number) => `the schema lacks ${count} migrations, up to ${all.at(-1)}`
    await until(async () => (await said()).schema === lacks(all.length), { what: 'it to miss everything' })
    expect(await has(sql, 'schema_migration')).toBe(false)

    await migrate(url)
    await until(async () => (await said()).status === 'ready', { what: 'it to be ready' })
    expect(await scheduler.kill()).toEqual({ code: 0, signal: null })

    // One that was changed afterwards is no reason to wait: somebody has to look.
    await sql`update schema_migration set checksum = 'other' where name = ${all.at(-1) ?? ''}`
    const refusing = startProgram('scheduler/main.js', { env: { ...env, SHARD_COUNT: '98' } })
    expect((await refusing.exited).code).toBe(1)
    expect(refusing.tail()).toContain('was applied with another text')
  })

  it('wait for a server that does not answer yet, where they are asked to', { timeout: 60_000 }, async () => {
    const folder = await temporaryFolder()
    const server = await startPostgres({ dataDir: join(folder, 'postgres'), persistent: true })
    onCleanUp(() => server.stop({ mode: 'immediate' }))
    await server.stop({ mode: 'fast' })
    const env = { DATABASE_URL: server.url }
    const hasty = startProgram('sql/main.js', { env })
    expect((await hasty.exited).code).toBe(1)
    const patient = startProgram('sql/main.js', { env, args: ['--wait'] })
    await patient.waitForLine(({ text }) => text === 'migrate: the database does not answer yet')
    await server.restart()
    expect((await patient.exited).code).toBe(0)
    expect(patient.tail()).toContain(all.at(-1))
  })

  it('let go of their lock when they have ended', async () => {
    const { url, sql } = await anEmptyDatabase()
    await migrate(url)
    expect(
      await sql`
        select l.objid
          from pg_locks l
          join pg_database d on d.oid = l.database
         where l.locktype = 'advisory' and d.datname = current_database()`,
    ).toEqual([])
  })

  it('are refused when one that was applied reads differently now', async () => {
    const { url, sql } = await createDatabase()
    await sql`update schema_migration set checksum = 'of another text' where name = ${all[1] ?? ''}`
    await expect(migrate(url)).rejects.toThrow(`migration ${all[1]} was applied with another text`)
  })

  it('leave nothing of one that fails, keep those before it, and go on once the cause is gone', async () => {
    const { url, sql } = await anEmptyDatabase()
    await sql`create table user_points (in_the_way text)` // the second table of the third migration
    await expect(migrate(url)).rejects.toThrow(
      /^migration 0003_watchtime\.sql failed: relation "user_points" already exists/,
    )
    expect(await recorded(sql)).toEqual(all.slice(0, 2))
    expect(await has(sql, 'presence')).toBe(true)
    expect(await has(sql, 'watchtime')).toBe(false)
    await sql`drop table user_points`
    expect(await migrate(url)).toEqual({ applied: all.slice(2) })
  })

  it('run beside a newer release, whose migrations they do not know', async () => {
    const { url, sql } = await createDatabase()
    await sql`insert into schema_migration (name, checksum) values ('9999_later.sql', 'unknown here')`
    expect(await migrate(url)).toEqual({ applied: [] })
  })
})
