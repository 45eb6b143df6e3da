import { describe, expect, it } from 'vitest'
import { createDatabase } from '../support/database.ts'

const { sql } = await createDatabase()

/** Tables that hold nobody's data, and what they hold instead. Everything else belongs to a guild, row by row. */
const nobodysData: Readonly<Record<string, string>> = {
  clip_buffer: 'recordings that run; one serves every guild that follows the same channel by the same service',
  cluster_pod: 'managers that are alive',
  command_registration: 'what Discord was told about our commands, for all guilds alike',
  gateway_session: 'the sessions of shards; a shard serves many guilds',
  identify_budget: "the application's daily IDENTIFYs",
  identify_gate: 'when the next IDENTIFY may be sent',
  processed_webhook_messages: "ids of Kick's deliveries; one delivery may concern many guilds",
  randomness_round: 'numbers that drand publishes for everybody; one round serves every guild that closed before it',
  scheduler_lease: 'who leads',
  schema_migration: 'which migrations ran',
  shard_group_lease: 'which pod runs which group of shards',
  wager_campaign:
    'which questions go to affiliate platforms and when; who asks them, and by which key, stands with the guilds',
}

/** Column names that say whose a row is. */
const namesSomebody = /guild|server|username|kick_name|kick_user|discord_id|broadcaster|member|viewer/

/** What a minute changes; an index on one of these columns would make every update write to the indexes as well. */
const changedEveryMinute: Readonly<Record<string, readonly string[]>> = {
  presence: ['present', 'paid'],
  watchtime: ['minutes', 'last_active'],
  user_points: ['points', 'total_earned', 'last_updated'],
  points_watchtime_converted: ['minutes_converted', 'points_awarded', 'converted_at'],
}

interface Table {
  readonly name: string
  readonly columns: readonly string[]
  readonly key: { readonly type: string; readonly isNotNull: boolean } | null
  readonly fillfactor: string | null
}

interface Index {
  readonly table: string
  readonly name: string
  readonly isUnique: boolean
  readonly isPrimary: boolean
  readonly firstColumn: string | null
  /** Every column that it reads, also in its expressions and its condition. */
  readonly reads: readonly string[]
}

const tables = await sql<Table[]>`
  select c.relname as name,
         (select json_agg(a.attname) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
         (select json_build_object('type', format_type(a.atttypid, a.atttypmod), 'isNotNull', a.attnotnull)
            from pg_attribute a
           where a.attrelid = c.oid and a.attname = 'discord_server_id') as key,
         (select o.option_value from pg_options_to_table(c.reloptions) o where o.option_name = 'fillfactor') as fillfactor
    from pg_class c
   where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
   order by c.relname`
const indexes = await sql<Index[]>`
  select i.indrelid::regclass::text as table, i.indexrelid::regclass::text as name,
         i.indisunique as is_unique, i.indisprimary as is_primary,
         (select a.attname from pg_attribute a where a.attrelid = i.indrelid and a.attnum = i.indkey[0]) as first_column,
         (select coalesce(json_agg(distinct a.attname), '[]')
            from pg_attribute a
           where a.attrelid = i.indrelid
             and (a.attnum = any(i.indkey) or exists (
                    select from pg_depend d
                     where d.classid = 'pg_class'::regclass and d.objid = i.indexrelid
                       and d.refclassid = 'pg_class'::regclass and d.refobjid = i.indrelid and d.refobjsubid = a.attnum
                  ))) as reads
    from pg_index i
    join pg_class c on c.oid = i.indrelid
   where c.relnamespace = 'public'::regnamespace
   order by 1, 2`
const ofGuilds = tables.filter(({ name }) => !(name in nobodysData))

describe('a table', () => {
  it("belongs to a guild, row by row, or is known to hold nobody's data", () => {
    expect(ofGuilds.length).toBeGreaterThan(15)
    for (const { name, key } of ofGuilds) expect(key, name).toEqual({ type: 'bigint', isNotNull: true })
  })

  it('gives no row to a guild by default, so that what forgets to name one fails', async () => {
    const defaults = await sql<{ name: string }[]>`
      select c.table_name || '.' || c.column_name as name
        from information_schema.columns c
       where c.table_schema = 'public' and c.column_name = 'discord_server_id' and c.column_default is not null`
    expect(defaults).toEqual([])
  })

  it("that is said to hold nobody's data exists and names nobody", () => {
    for (const name of Object.keys(nobodysData)) {
      const table = tables.find((found) => found.name === name)
      expect(
        table?.columns.filter((column) => namesSomebody.test(column)),
        name,
      ).toEqual([])
    }
  })

  it('has a primary key', () => {
    const keyed = new Set(indexes.filter(({ isPrimary }) => isPrimary).map(({ table }) => table))
    expect(tables.map(({ name }) => name).filter((name) => !keyed.has(name))).toEqual([])
  })

  it('of guilds begins its primary key and every unique key with the guild', () => {
    const theirs = new Set(ofGuilds.map(({ name }) => name))
    const keys = indexes.filter(({ table, isUnique }) => isUnique && theirs.has(table))
    expect(keys.length).toBeGreaterThanOrEqual(ofGuilds.length)
    expect(keys.filter(({ firstColumn }) => firstColumn !== 'discord_server_id').map(({ name }) => name)).toEqual([])
  })

  it('refers to another only within its guild', async () => {
    const foreign = await sql<{ name: string }[]>`
      select k.conrelid::regclass || '.' || k.conname as name
        from pg_constraint k
       where k.contype = 'f'
         and not exists (
               select
                 from unnest(k.conkey, k.confkey) as pair (own, other)
                 join pg_attribute a on a.attrelid = k.conrelid and a.attnum = pair.own
                 join pg_attribute b on b.attrelid = k.confrelid and b.attnum = pair.other
                where a.attname = 'discord_server_id' and b.attname = 'discord_server_id'
             )`
    expect(foreign).toEqual([])
  })

  it('keeps times with their zone, and texts without a length', async () => {
    const odd = await sql<{ name: string }[]>`
      select c.table_name || '.' || c.column_name as name
        from information_schema.columns c
       where c.table_schema = 'public'
         and c.data_type in ('timestamp without time zone', 'time with time zone', 'character', 'character varying', 'real', 'money', 'json')`
    expect(odd).toEqual([])
  })
})

describe('a table that is updated every minute', () => {
  it.each(Object.entries(changedEveryMinute))(
    'leaves room in its pages and indexes nothing that changes: %s',
    (name, columns) => {
      const table = tables.find((found) => found.name === name)
      expect(table?.columns).toEqual(expect.arrayContaining([...columns]))
      expect(Number(table?.fillfactor)).toBe(70)
      const reading = indexes.filter(
        (index) => index.table === name && index.reads.some((column) => columns.includes(column)),
      )
      expect(reading.map((index) => index.name)).toEqual([])
    },
  )

  it('is updated in place, without a word to its indexes', async () => {
    const [counts] = await sql.begin(async (db) => {
      await db`
        insert into presence (discord_server_id, hour, username, present)
        select 1, 500000, 'viewer' || v, 1
          from generate_series(1, 5000) as v`
      await db`update presence set paid = present where discord_server_id = 1 and username like '%3'`
      return db<{ updated: number; inPlace: number }[]>`
        select n_tup_upd::int as updated, n_tup_hot_upd::int as in_place
          from pg_stat_xact_user_tables
         where relname = 'presence'`
    })
    expect(counts?.updated).toBe(500)
    expect(counts?.inPlace).toBe(500)
  })
})
