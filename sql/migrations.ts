import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type postgres from 'postgres'

/** A file of the project, also when this file runs compiled from `dist/`. */
export function projectFile(...path: string[]): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  return join(folder, ...path)
}

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
  const done = new Map(
    (await sql<{ name: string; checksum: string }[]>`select name, checksum from schema_migration`).map((row) => [
      row.name,
      row.checksum,
    ]),
  )
  const applied: string[] = []
  for (const migration of await readMigrations()) {
    const checksum = done.get(migration.name)
    if (checksum === migration.checksum) continue
    if (checksum !== undefined) throw new Error(`migration ${migration.name} was applied with another text`)
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
