import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import type { Service } from '../cluster/runtime/lifecycle.ts'
import type { Log } from '../cluster/runtime/log.ts'
import { isTransient } from './client.ts'

/** A file of the project, also when this file runs compiled from `dist/`. */
export function projectFile(...path: string[]): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  return join(folder, ...path)
}

/** Any process that migrates this database holds this lock; the number is arbitrary and never changes. */
const advisoryLock = 7_205_759_403

export interface Migration {
  readonly name: string
  readonly text: string
  readonly checksum: string
}

/** All migrations in their order. */
export async function readMigrations(folder = projectFile('sql', 'migrations')): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name)).sort()
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(folder, name), 'utf8')
      return { name, text, checksum: createHash('sha256').update(text).digest('hex') }
    }),
  )
}

/**
 * Brings a database up to date, one transaction for each migration, while it holds an advisory lock: processes that start
 * at once wait for each other. Safe to repeat. Throws when a migration fails, or when one that was applied has changed since.
 */
export async function migrate(databaseUrl: string): Promise<{ applied: string[] }> {
  const migrations = await readMigrations()
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {}, connect_timeout: 10 })
  try {
    await sql`select pg_advisory_lock(${advisoryLock})`
    await sql`
      create table if not exists schema_migration (
        name text primary key,
        checksum text not null,
        applied_at timestamptz not null default now()
      )`
    const done = new Map(
      (await sql<{ name: string; checksum: string }[]>`select name, checksum from schema_migration`).map((row) => [
        row.name,
        row.checksum,
      ]),
    )
    const applied: string[] = []
    for (const migration of migrations) {
      const checksum = done.get(migration.name)
      if (checksum === migration.checksum) continue
      if (checksum !== undefined) throw new Error(`migration ${migration.name} was applied with another text`)
      await apply(sql, migration)
      applied.push(migration.name)
    }
    return { applied }
  } finally {
    await sql.end({ timeout: 5 }) // which also lets go of the lock
  }
}

const retryMs = 1_000

/**
 * Brings the database up to date before the services behind it start, and waits for a database that is away. A migration that
 * fails ends the start: somebody has to look.
 */
export function createMigration(options: { readonly databaseUrl: string; readonly log: Log }): Service {
  return {
    name: 'migration',
    async start(stopping) {
      for (let attempt = 1; stopping?.aborted !== true; attempt++) {
        try {
          const { applied } = await migrate(options.databaseUrl)
          options.log.info({ applied }, 'database is up to date')
          return
        } catch (err) {
          if (!isTransient(err)) throw err
          if (attempt === 1) options.log.warn({ err }, 'database is not there yet')
          await new Promise((resolve) => setTimeout(resolve, retryMs))
        }
      }
    },
    async stop() {},
  }
}

async function apply(sql: postgres.Sql, migration: Migration): Promise<void> {
  try {
    await sql.begin(async (db) => {
      await db.unsafe(migration.text)
      await db`insert into schema_migration (name, checksum) values (${migration.name}, ${migration.checksum})`
    })
  } catch (cause) {
    throw new Error(`migration ${migration.name} failed: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
  }
}
