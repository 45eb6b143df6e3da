import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { inject } from 'vitest'
import { type EmbeddedPostgres, type PostgresOptions, startPostgres } from '../../cluster/runtime/embedded.ts'
import { createSql, type Sql } from '../../sql/client.ts'
import { onCleanUp } from './cleanup.ts'
import { temporaryFolder } from './folder.ts'
import { templateDatabase } from './global.ts'

export interface TestDatabase {
  readonly url: string
  readonly sql: Sql
  /** Closes `sql` and removes the database, whoever is still connected; safe to repeat. */
  drop(): Promise<void>
}

/** One copy is made at a time, over all test processes; the number is arbitrary. */
const copyLock = 4_711

/** A database of its own, fully migrated; it is dropped at the end of the test file at the latest. */
export async function createDatabase(options: { max?: number } = {}): Promise<TestDatabase> {
  const name = `test_${process.pid}_${randomBytes(4).toString('hex')}`
  await asAdmin(async (admin) => {
    await admin`select pg_advisory_lock(${copyLock})`
    await admin`create database ${admin(name)} template ${admin(templateDatabase)}`
  })
  const url = urlOf(name)
  const sql = createSql(url, options)
  let isDropped = false
  const drop = async (): Promise<void> => {
    if (isDropped) return
    isDropped = true
    await sql.end({ timeout: 1 })
    await asAdmin((admin) => admin`drop database if exists ${admin(name)} with (force)`)
  }
  onCleanUp(drop)
  return { url, sql, drop }
}

/** A database without any table, for tests of the migrations themselves. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  const database = await createDatabase()
  const name = new URL(database.url).pathname.slice(1)
  await database.sql.end()
  await asAdmin(async (admin) => {
    await admin`drop database ${admin(name)} with (force)`
    await admin`create database ${admin(name)} template template0`
  })
  const sql = createSql(database.url)
  return {
    url: database.url,
    sql,
    async drop() {
      await sql.end({ timeout: 1 })
      await database.drop()
    },
  }
}

/** A server of its own, for a test that restarts it; with an empty database `belfry`. It is stopped at the end of the file. */
export async function startOwnPostgres(settings: PostgresOptions['settings'] = {}): Promise<EmbeddedPostgres> {
  const folder = await temporaryFolder()
  const server = await startPostgres({ dataDir: join(folder, 'postgres'), persistent: false, settings })
  onCleanUp(() => server.stop({ mode: 'immediate' }))
  return server
}

async function asAdmin<T>(work: (admin: Sql) => Promise<T>): Promise<T> {
  const admin = createSql(inject('postgresUrl'), { max: 1 })
  try {
    return await work(admin)
  } finally {
    await admin.end() // which also lets go of the lock
  }
}

function urlOf(name: string): string {
  const url = new URL(inject('postgresUrl'))
  url.pathname = name
  return url.href
}
