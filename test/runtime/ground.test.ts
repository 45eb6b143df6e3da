import { connect } from 'nats'
import { describe, expect, it } from 'vitest'
import { createDatabase, createEmptyDatabase } from '../support/database.ts'
import { sharedNatsUrl } from '../support/nats.ts'
import { until } from '../support/wait.ts'

describe('the test ground', () => {
  it('copies the migrated template for many at once, and keeps the copies apart', async () => {
    const databases = await Promise.all(Array.from({ length: 4 }, () => createDatabase({ max: 2 })))
    expect(new Set(databases.map(({ url }) => url)).size).toBe(4)
    await Promise.all(databases.map(({ sql }, n) => sql.unsafe(`create table mine as select ${n} as n`)))
    for (const [n, { sql, drop }] of databases.entries()) {
      expect(await sql`select n from mine`).toEqual([{ n }])
      const [row] = await sql<{ migrations: number }[]>`select count(*)::int as migrations from schema_migration`
      expect(row?.migrations).toBeGreaterThan(0)
      await drop()
      await drop()
    }
  })

  it('makes a database without tables', async () => {
    const { sql, drop } = await createEmptyDatabase()
    expect(await sql`select to_regclass('schema_migration') as found`).toEqual([{ found: null }])
    await drop()
  })

  it('has a NATS with JetStream', async () => {
    const nats = await connect({ servers: sharedNatsUrl() })
    expect((await (await nats.jetstreamManager()).getAccountInfo()).limits).toBeDefined()
    await nats.close()
  })

  it('waits until something holds, and otherwise says for what it waited', async () => {
    let asked = 0
    expect(await until(() => ++asked > 3 && 'there', { what: 'three questions' })).toBe('there')
    await expect(until(() => false, { what: 'Godot', timeoutMs: 20 })).rejects.toThrow(
      'waited 20 ms for Godot; last it was false',
    )
    await expect(until(() => Promise.reject(new Error('gone')), { what: 'a reply', timeoutMs: 20 })).rejects.toThrow(
      'waited 20 ms for a reply; last it threw gone',
    )
  })
})
