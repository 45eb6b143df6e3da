import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { type Answers, LegacyQuestion } from '../../../sql/legacy/index.ts'
import { migrate, previewLegacy } from '../../../sql/migrate.ts'
import { describeSchema, schemaFile } from '../../../sql/schema.ts'
import { aDatabase, everything, inGuildA, links, minutes, quarantined } from './databases.ts'
import { g1, g3, guildA, guildB, seedIndexes, seedTables, threeViewers } from './fixtures.ts'

describe('the shape of a database', () => {
  it('is told from its columns and keys, whatever they are called', async () => {
    const { url } = await aDatabase(
      g3,
      `alter table watchtime rename constraint watchtime_pkey_multiserver to whatever;
       alter index idx_watchtime_server rename to something_else;
       alter table links rename constraint links_pkey to another;
       insert into watchtime (username, minutes, discord_server_id) values ('a', 1, ${guildA});`,
    )
    expect((await migrate(url, { legacy: {} })).brought?.plan.generation).toBe('G3')
  })

  it('may have guild ids as text; one that is none is nobody', async () => {
    const { url, sql } = await aDatabase(
      g3,
      `alter table links alter column discord_server_id type varchar(50);
       insert into links (discord_id, kick_name, discord_server_id) values (1, 'alice', ' ${guildA} '), (2, 'bob', ''), (3, 'carol', 'mine'),
         (4, 'dave', '99999999999999999999'), (5, 'eve', '-5');`,
    )
    await migrate(url, { legacy: { onlyGuild: guildB } })
    expect(await links(sql)).toEqual([
      [guildA, '1', 'alice'],
      [guildB, '2', 'bob'],
    ])
    expect((await quarantined(sql)).map(([, name]) => name)).toEqual(['carol', 'dave', 'eve'])
  })

  it('is afterwards that of a database which began here, and needs nothing of what was set aside', async () => {
    const { url, sql } = await aDatabase(
      g3,
      `insert into watchtime (username, minutes, discord_server_id) values ('a', 1, ${guildA})`,
    )
    await migrate(url, { legacy: {} })
    await sql`drop schema legacy cascade`
    expect(await describeSchema(sql)).toBe(await readFile(schemaFile(), 'utf8'))
  })

  it('is not touched by a user who may not do all of it, and who is told so', async () => {
    const { url, sql } = await aDatabase(g1, threeViewers)
    const role = `guest_${process.pid}`
    await sql.unsafe(`create role ${role}; grant select on all tables in schema public to ${role}`)
    try {
      const before = await everything(sql)
      await expect(migrate(`${url}?role=${role}`, inGuildA)).rejects.toThrow(
        new RegExp(`May the user ${role} of DATABASE_URL change .*\\? .*Nothing was changed`),
      )
      expect(await everything(sql)).toBe(before)
    } finally {
      await sql.unsafe(`drop owned by ${role}; drop role ${role}`)
    }
  })

  it('keeps what a role of the dashboard may do', async () => {
    const { url, sql } = await aDatabase(
      g3,
      `insert into watchtime (username, minutes, discord_server_id) values ('a', 1, ${guildA})`,
    )
    const role = `dashboard_${process.pid}`
    await sql.unsafe(`create role ${role}; grant select, update on watchtime to ${role}`)
    try {
      await migrate(url, { legacy: {} })
      const [may] = await sql`
        select has_table_privilege(${role}, 'public.watchtime', 'select') as reads, has_table_privilege(${role}, 'public.watchtime', 'update') as writes,
               has_table_privilege(${role}, 'public.watchtime', 'delete') as deletes`
      expect(may).toEqual({ reads: true, writes: true, deletes: false })
    } finally {
      await sql.unsafe(`drop owned by ${role}; drop role ${role}`)
    }
  })
})

describe('rows without a guild', () => {
  const servers = (...ids: string[]) =>
    `create table servers (discord_server_id bigint primary key, server_name text); insert into servers values ${ids.map((id) => `(${id}, 'x')`).join(', ')};`
  const decided = async (statements: string[], legacy: Answers) => {
    const { url } = await aDatabase(g1, threeViewers, ...statements)
    return (await migrate(url, { legacy })).brought?.plan
  }

  it('go where the operator says before all else', async () => {
    const plan = await decided([servers(guildB)], { guild: guildA, onlyGuild: guildB })
    expect(plan).toMatchObject({ guildId: guildA, decidedBy: 'as the operator says' })
  })

  it('go to the only row of servers, and never to the first of two', async () => {
    expect(await decided([servers(guildB)], {})).toMatchObject({ guildId: guildB })
    await expect(decided([servers(guildA, guildB)], {})).rejects.toThrow(
      `The table servers knows ${guildA}, ${guildB}.`,
    )
  })

  it('go to the only guild the bot is in', async () => {
    expect(await decided([], { guildsOfBot: async () => [guildB] })).toMatchObject({ guildId: guildB })
    await expect(decided([], { guildsOfBot: async () => [guildA, guildB] })).rejects.toThrow(LegacyQuestion)
    await expect(decided([], { guildsOfBot: () => Promise.reject(new Error('away')) })).rejects.toThrow(
      'Discord could not be asked.',
    )
  })

  it('never go to what is no id', async () => {
    for (const guild of ['0', '1; drop table watchtime', '99999999999999999999'])
      await expect(decided([], { guild })).rejects.toThrow('a guild id is a number')
  })

  it('are set aside when the operator says so', async () => {
    const { url, sql } = await aDatabase(g1, threeViewers)
    await migrate(url, { legacy: { guild: 'none' } })
    expect(await minutes(sql)).toEqual([])
    expect((await quarantined(sql)).map(([table]) => table)).toEqual([
      'links',
      'links',
      'watchtime',
      'watchtime',
      'watchtime',
      'watchtime_roles',
      'watchtime_roles',
      'watchtime_roles',
    ])
  })
})

describe('a dry run', () => {
  it('says what a run does, and changes nothing', async () => {
    const { url, sql } = await aDatabase(
      g3,
      `insert into watchtime (username, minutes, discord_server_id) values ('Foo', 30, ${guildA}), ('foo', 12, ${guildA}), ('unknown', 1, ${guildA});
       insert into points_watchtime_converted (kick_username, minutes_converted, points_awarded, discord_server_id) values ('foo', 500, 100, ${guildA});
       insert into links (discord_id, kick_name, discord_server_id) values (1, 'foo', ${guildA}), (2, 'FOO', ${guildA});
       insert into bot_settings (key, value, discord_server_id) values ('bot_api_key', 'hush', ${guildA}), ('points_per_5min', 'many', ${guildA});`,
    )
    const before = await everything(sql)
    const dry = await previewLegacy(url, {})
    expect(await everything(sql)).toBe(before)
    const { brought } = await migrate(url, { legacy: {} })
    expect(dry?.plan).toEqual(brought?.plan)
    expect(dry?.setAside).toEqual(brought?.setAside)
    expect(brought?.outcomes.filter(({ outcome }) => outcome !== 'brought' && outcome !== 'kept')).toEqual(
      dry?.outcomes.filter(({ outcome }) => outcome !== 'kept'),
    )
    expect(dry?.setAside.length).toBe(2)
    expect(JSON.stringify(dry)).not.toContain('hush')
    expect(await previewLegacy(url, {})).toBeUndefined()
  })

  it('asks the same question', async () => {
    const { url } = await aDatabase(g1, threeViewers)
    await expect(previewLegacy(url, {})).rejects.toThrow(LegacyQuestion)
  })
})

describe('the tables of the seed', () => {
  const aRowOfGuildA = `insert into watchtime (username, minutes, discord_server_id) values ('alice', 1, ${guildA})`

  it('lie where they are kept, with the nine indexes on their guild', async () => {
    const { url, sql } = await aDatabase(g3, aRowOfGuildA)
    await migrate(url, { legacy: {} })
    const kept = await sql<{ index: string; table: string }[]>`
      select i.indexrelid::regclass::text as index, i.indrelid::regclass::text as table
        from pg_index i
        join pg_class c on c.oid = i.indrelid
       where c.relnamespace = 'legacy'::regnamespace and i.indexrelid::regclass::text like 'legacy.idx\_%'`
    expect(Object.fromEntries(kept.map(({ index, table }) => [index, table]))).toEqual(
      Object.fromEntries(Object.entries(seedIndexes).map(([index, table]) => [`legacy.${index}`, `legacy.${table}`])),
    )
  })

  it('that live on begin their primary key with the guild, which those indexes were for', async () => {
    const { url, sql } = await aDatabase(g3, aRowOfGuildA)
    await migrate(url, { legacy: {} })
    const first = await sql<{ table: string; column: string }[]>`
      select i.indrelid::regclass::text as table, a.attname as column
        from pg_index i
        join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
        join pg_class c on c.oid = i.indrelid
       where i.indisprimary and c.relnamespace = 'public'::regnamespace and c.relname = any(${[...seedTables]}::text[])
       order by 1`
    expect(first.map(({ table, column }) => [table, column])).toEqual([
      ['clips', 'discord_server_id'],
      ['gtb_sessions', 'discord_server_id'],
      ['point_sales', 'discord_server_id'],
      ['points_watchtime_converted', 'discord_server_id'],
      ['user_points', 'discord_server_id'],
      ['watchtime', 'discord_server_id'],
      ['watchtime_roles', 'discord_server_id'],
    ])
    expect(await sql`select from pg_indexes where schemaname = 'public' and indexname like 'idx\_%'`).toHaveLength(0)
  })
})
