import { afterEach } from 'vitest'
import type { Sql } from '../../../sql/client.ts'
import { createEmptyDatabase, type TestDatabase } from '../../support/database.ts'
import { build, guildA } from './fixtures.ts'

const databases: TestDatabase[] = []

/** A new database in which these statements have run; it ends with the test. */
export async function aDatabase(...statements: readonly string[]): Promise<TestDatabase> {
  const database = await createEmptyDatabase()
  databases.push(database)
  await build(database.sql, ...statements)
  return database
}
afterEach(async () => {
  for (const database of databases.splice(0)) await database.drop()
})

export const inGuildA = { legacy: { onlyGuild: guildA } }

export const minutes = async (sql: Sql) =>
  (
    await sql<{ guild: string; username: string; minutes: number }[]>`
      select discord_server_id as guild, username, minutes from public.watchtime order by 1, 2`
  ).map(({ guild, username, minutes }) => [guild, username, minutes])

export const links = async (sql: Sql) =>
  (
    await sql<{ guild: string; member: string; name: string }[]>`
      select discord_server_id as guild, discord_id as member, kick_name as name from public.links order by 1, 2`
  ).map(({ guild, member, name }) => [guild, member, name])

export const quarantined = async (sql: Sql) =>
  (
    await sql<{ source: string; reason: string; name: string | null }[]>`
      select source_table as source, reason, kick_name as name from public.legacy_quarantine order by 1, 2, 3`
  ).map(({ source, reason, name }) => [source, name, reason])

export const reported = async (sql: Sql, outcome: string) =>
  (
    await sql<{ source: string; subject: string; detail: string }[]>`
      select source_table as source, subject, detail from public.legacy_report where outcome = ${outcome} order by 1, 2, 3`
  ).map(({ source, subject, detail }) => [source, subject, detail])

/** Everything that is in a database: the rows of every table of every schema, as text. */
export async function everything(sql: Sql): Promise<string> {
  const tables = await sql<{ name: string }[]>`
    select c.oid::regclass::text as name
      from pg_class c
     where c.relkind = 'r' and c.relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema', 'pg_toast')
     order by 1`
  const parts: string[] = []
  for (const { name } of tables) {
    const [row] = await sql.unsafe<{ rows: string | null }[]>(
      `select string_agg(t::text, E'\\n' order by t::text) as rows from ${name} t`,
    )
    parts.push(`${name}:\n${row?.rows ?? ''}`)
  }
  return parts.join('\n')
}

/** Balances that are not the sum of what explains them. */
export const unexplained = (sql: Sql) => sql`
  select p.discord_server_id, p.kick_username, p.points
    from public.user_points p
   where p.points <> coalesce((select sum(l.delta) from public.point_ledger l
                                where l.discord_server_id = p.discord_server_id and l.kick_username = p.kick_username), 0)
                   + coalesce((select c.points_awarded from public.points_watchtime_converted c
                                where c.discord_server_id = p.discord_server_id and c.kick_username = p.kick_username), 0)`

/** Rows as lists, with null for what is absent. */
export const rowsOf = async (db: TestDatabase, statement: string) =>
  (await db.sql.unsafe(statement)).map((row) => Object.values(row as object).map((value) => value ?? null))

/** What was set aside, by table and reason. */
export const setAside = (db: TestDatabase) =>
  rowsOf(db, `select source_table, reason from public.legacy_quarantine order by 1, 2`)
