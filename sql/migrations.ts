import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type postgres from 'postgres'
import { projectFile } from '../cluster/runtime/build.ts'

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

/** Names of migrations that a database lacks, all of them if there are no tables. Throws when one that was applied has changed since. */
export async function missingMigrations(sql: postgres.Sql): Promise<string[]> {
  const [known] = await sql<{ isThere: boolean }[]>`select to_regclass('schema_migration') is not null as "isThere"`
  const done = known?.isThere === true ? await appliedMigrations(sql) : new Map<string, string>()
  return (await readMigrations()).filter((migration) => !isApplied(migration, done)).map(({ name }) => name)
}

/** Checksums of what was applied, by name. */
async function appliedMigrations(sql: postgres.Sql): Promise<ReadonlyMap<string, string>> {
  const rows = await sql<{ name: string; checksum: string }[]>`select name, checksum from schema_migration`
  return new Map(rows.map((row) => [row.name, row.checksum]))
}

function isApplied(migration: Migration, done: ReadonlyMap<string, string>): boolean {
  const checksum = done.get(migration.name)
  if (checksum !== undefined && checksum !== migration.checksum)
    throw new Error(`migration ${migration.name} was applied with another text`)
  return checksum !== undefined
}

/**
 * Applies what is missing, one transaction for each migration, in the schema that the connection's search path begins with; gives
 * the names. Safe to repeat. Throws when a migration fails, or when one that was applied has changed since.
 */
export async function applyMigrations(sql: postgres.Sql): Promise<string[]> {
  await sql`
    create table if not exists schema_migration (
      name text primary key,
      checksum text not null,
      applied_at timestamptz not null default now()
    )`
  const done = await appliedMigrations(sql)
  const applied: string[] = []
  for (const migration of await readMigrations()) {
    if (isApplied(migration, done)) continue
    await apply(sql, migration)
    applied.push(migration.name)
  }
  return applied
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
