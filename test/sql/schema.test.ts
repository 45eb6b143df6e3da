import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { describeSchema, schemaFile } from '../../sql/schema.ts'
import { createDatabase, createEmptyDatabase } from '../support/database.ts'

const written = await readFile(schemaFile(), 'utf8')

it('is what the migrations add up to', async () => {
  const { sql } = await createDatabase()
  expect(await describeSchema(sql), '`npm run schema` writes sql/schema.sql anew').toBe(written)
})

it('makes the same database again, so nothing is missing from it', async () => {
  const { sql, drop } = await createEmptyDatabase()
  await sql.unsafe(written)
  expect(await describeSchema(sql)).toBe(written)
  await drop()
})

it('is not written at all when there is something that it could not tell', async () => {
  const { sql } = await createDatabase()
  await sql.unsafe("create type mood as enum ('happy'); create view everyone as select username from watchtime")
  await expect(describeSchema(sql)).rejects.toThrow(
    'sql/schema.ts cannot describe relation of kind v "everyone", type "mood"; teach it to',
  )
})
