import { readFile } from 'node:fs/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { guildId } from '../../../cluster/runtime/ids.ts'
import { speak } from '../../../shard/features/language.ts'
import { refund } from '../../../shard/features/shop/command/refund.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import { type Answers, LegacyQuestion } from '../../../sql/legacy/index.ts'
import { migrate, previewLegacy } from '../../../sql/migrate.ts'
import { describeSchema, schemaFile } from '../../../sql/schema.ts'
import { createEmptyDatabase, type TestDatabase } from '../../support/database.ts'
import {
  build,
  g0,
  g1,
  g2Fresh,
  g2InPlace,
  g3,
  g4,
  giveawayTables,
  guildA,
  guildB,
  helperScript,
  laterGiveawayColumns,
  memberA,
  memberB,
  seedIndexes,
  seedTables,
  threeViewers,
} from './fixtures.ts'

const databases: TestDatabase[] = []
async function aDatabase(...statements: readonly string[]): Promise<TestDatabase> {
  const database = await createEmptyDatabase()
  databases.push(database)
  await build(database.sql, ...statements)
  return database
}
afterEach(async () => {
  for (const database of databases.splice(0)) await database.drop()
})

const inGuildA = { legacy: { onlyGuild: guildA } }

const minutes = async (sql: Sql) =>
  (
    await sql<{ guild: string; username: string; minutes: number }[]>`
      select discord_server_id as guild, username, minutes from public.watchtime order by 1, 2`
  ).map(({ guild, username, minutes }) => [guild, username, minutes])

const links = async (sql: Sql) =>
  (
    await sql<{ guild: string; member: string; name: string }[]>`
      select discord_server_id as guild, discord_id as member, kick_name as name from public.links order by 1, 2`
  ).map(({ guild, member, name }) => [guild, member, name])

const quarantined = async (sql: Sql) =>
  (
    await sql<{ source: string; reason: string; name: string | null }[]>`
      select source_table as source, reason, kick_name as name from public.legacy_quarantine order by 1, 2, 3`
  ).map(({ source, reason, name }) => [source, name, reason])

const reported = async (sql: Sql, outcome: string) =>
  (
    await sql<{ source: string; subject: string; detail: string }[]>`
      select source_table as source, subject, detail from public.legacy_report where outcome = ${outcome} order by 1, 2, 3`
  ).map(({ source, subject, detail }) => [source, subject, detail])

/** Everything that is in a database: the rows of every table of every schema, as text. */
async function everything(sql: Sql): Promise<string> {
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
const unexplained = (sql: Sql) => sql`
  select p.discord_server_id, p.kick_username, p.points
    from public.user_points p
   where p.points <> coalesce((select sum(l.delta) from public.point_ledger l
                                where l.discord_server_id = p.discord_server_id and l.kick_username = p.kick_username), 0)
                   + coalesce((select c.points_awarded from public.points_watchtime_converted c
                                where c.discord_server_id = p.discord_server_id and c.kick_username = p.kick_username), 0)`

describe('22. a G1 database with three viewers, two links and seeded tiers', () => {
  it('comes over into DISCORD_GUILD_ID with the same sums', async () => {
    const { url, sql } = await aDatabase(g1, threeViewers)
    const { brought } = await migrate(url, inGuildA)
    expect(brought?.plan).toMatchObject({ generation: 'G1', guildId: guildA, decidedBy: 'as DISCORD_GUILD_ID says' })
    expect(await minutes(sql)).toEqual([
      [guildA, 'alice', 100],
      [guildA, 'bob', 61],
      [guildA, 'carol', 7],
    ])
    expect(await links(sql)).toEqual([
      [guildA, memberA, 'alice'],
      [guildA, memberB, 'bob'],
    ])
    const tiers =
      await sql`select role_name, minutes_required from legacy_tier where discord_server_id = ${guildA} order by 2`
    expect(tiers.map((tier) => [tier.roleName, tier.minutesRequired])).toEqual([
      ['Tier 1', 120],
      ['Tier 2', 600],
      ['Tier 3', 2000],
    ])
    const [alice] =
      await sql`select last_active from watchtime where discord_server_id = ${guildA} and username = 'alice'`
    expect(alice?.lastActive).toEqual(new Date('2025-11-01T12:00:00Z'))
  })

  it('is not changed by a second run', async () => {
    const { url, sql } = await aDatabase(g1, threeViewers)
    await migrate(url, inGuildA)
    const once = await everything(sql)
    expect(await migrate(url, { legacy: { onlyGuild: guildB } })).toEqual({ applied: [] })
    expect(await everything(sql)).toBe(once)
  })

  it('is refused with one question when nobody knows the guild, and not changed', async () => {
    const { url, sql } = await aDatabase(g1, threeViewers)
    const before = await everything(sql)
    const failure = await migrate(url, { legacy: {} }).catch((err: unknown) => err)
    expect(failure).toBeInstanceOf(LegacyQuestion)
    expect(String(failure)).toMatch(
      /To which Discord server .*\(3 in watchtime, 2 in links, 3 in watchtime_roles\)\?.*LEGACY_GUILD_ID=/,
    )
    expect(String(failure).match(/\?/g)).toHaveLength(1)
    expect(await everything(sql)).toBe(before)
    expect(await sql`select from pg_namespace where nspname in ('legacy', 'incoming')`).toHaveLength(0)
  })
})

describe('22. a G2 database that was upgraded in place', () => {
  const inPlace = [
    g2InPlace,
    `insert into watchtime (username, minutes) values ('alice', 40);
     insert into links (discord_id, kick_name, discord_server_id) values (${memberA}, 'alice', ${guildA}), (${memberB}, 'bob', null);`,
  ]

  it('has composite keys afterwards: the same member can link in a second guild', async () => {
    const { url, sql } = await aDatabase(...inPlace)
    const { brought } = await migrate(url, inGuildA)
    expect(brought?.plan.generation).toBe('G2')
    await sql`insert into links (discord_server_id, discord_id, kick_name) values (${guildB}, ${memberA}, 'alice')`
    expect(await links(sql)).toEqual([
      [guildA, memberA, 'alice'],
      [guildA, memberB, 'bob'],
      [guildB, memberA, 'alice'],
    ])
  })

  it('and one that began with composite keys come over alike', async () => {
    const { url, sql } = await aDatabase(
      g2Fresh,
      `insert into links (discord_id, kick_name, discord_server_id) values (${memberA}, 'alice', ${guildA}), (${memberA}, 'alice', ${guildB});
       insert into bot_settings (key, value, discord_server_id) values ('points_per_5min', '3', ${guildB});`,
    )
    await migrate(url, inGuildA)
    expect(await links(sql)).toEqual([
      [guildA, memberA, 'alice'],
      [guildB, memberA, 'alice'],
    ])
    const rows = await sql`select discord_server_id, key, value from bot_settings`
    expect(rows.map(({ discordServerId, key, value }) => [discordServerId, key, value])).toEqual([
      [guildB, 'points_per_5min', '3'],
    ])
  })
})

describe('22. a database with two guilds that share names', () => {
  const rows = `
    insert into watchtime (username, minutes, discord_server_id) values ('alice', 10, ${guildA}), ('alice', 20, ${guildB});
    insert into user_points (kick_username, points, total_earned, discord_server_id) values ('alice', 2, 2, ${guildA}), ('alice', 7, 4, ${guildB});
    insert into points_watchtime_converted (kick_username, minutes_converted, points_awarded, discord_server_id) values
      ('alice', 10, 2, ${guildA}), ('alice', 15, 3, ${guildB}), ('alice', 5, 1, ${guildB});
    insert into links (discord_id, kick_name, discord_server_id) values (${memberA}, 'alice', ${guildA}), (${memberB}, 'alice', ${guildB});`

  it.each([
    ['G3', g3],
    ['G4 with platform columns and tiers by role id', g4],
  ])('comes over row by row, and nothing crosses guilds: %s', async (generation, tables) => {
    const { url, sql } = await aDatabase(tables, rows)
    const { brought } = await migrate(url, { legacy: {} }) // every row names its guild, so nothing has to be asked
    expect(brought?.plan).toMatchObject({ generation, guildId: null, guilds: [guildA, guildB] })
    expect(await minutes(sql)).toEqual([
      [guildA, 'alice', 10],
      [guildB, 'alice', 20],
    ])
    expect(await links(sql)).toEqual([
      [guildA, memberA, 'alice'],
      [guildB, memberB, 'alice'],
    ])
    const marks = await sql`
      select discord_server_id, minutes_converted, points_awarded from points_watchtime_converted order by 1`
    expect(marks.map((row) => [row.discordServerId, row.minutesConverted, row.pointsAwarded])).toEqual([
      [guildA, 10, '2'],
      [guildB, 20, '4'],
    ])
    const ledger = await sql`select discord_server_id, kick_username, delta, kind from point_ledger order by 1`
    expect(ledger.map((row) => [row.discordServerId, row.kickUsername, row.delta, row.kind])).toEqual([
      [guildA, 'alice', '0', 'import'],
      [guildB, 'alice', '3', 'import'],
    ])
    expect(await unexplained(sql)).toEqual([])
    expect(await reported(sql, 'merged')).toEqual([])
  })

  it('copies default tiers to every guild that has none of its own', async () => {
    const { url, sql } = await aDatabase(
      g4,
      rows,
      `insert into watchtime_roles (role_name, minutes_required, display_order, discord_server_id, role_id)
         values ('Regular', 300, 1, ${guildB}, 1400000000000000001);`,
    )
    await migrate(url, { legacy: {} })
    const named = await sql`select discord_server_id, role_name from legacy_tier order by minutes_required`
    expect(named.map((row) => [row.discordServerId, row.roleName])).toEqual([
      [guildA, 'Tier 1'],
      [guildA, 'Tier 2'],
      [guildA, 'Tier 3'],
    ])
    const bound = await sql`select discord_server_id, role_id, minutes_required from watchtime_roles`
    expect(bound.map((row) => [row.discordServerId, row.roleId, row.minutesRequired])).toEqual([
      [guildB, '1400000000000000001', 300],
    ])
  })

  it('says which guild a fixed default may have caught, and does not take it along', async () => {
    const { url, sql } = await aDatabase(g4, rows)
    const { brought } = await migrate(url, { legacy: {} })
    expect(brought?.plan.warnings).toContainEqual(
      expect.stringContaining(`watchtime.discord_server_id has the default ${guildA}`),
    )
    await expect(sql`insert into watchtime (username) values ('someone')`).rejects.toThrow('discord_server_id')
  })
})

describe('22. names in mixed case', () => {
  it('that are the same name are merged once, and reported', async () => {
    const { url, sql } = await aDatabase(
      g3,
      `insert into watchtime (username, minutes, last_active, discord_server_id) values
         ('Foo', 30, '2025-11-01', ${guildA}), ('foo', 12, '2025-12-01', ${guildA}), (' @FOO ', 1, null, ${guildA}), ('foo', 5, null, ${guildB});
       insert into user_points (kick_username, points, total_earned, total_spent, discord_server_id) values
         ('Foo', 6, 10, 4, ${guildA}), ('foo', 2, 2, 0, ${guildA});
       insert into points_watchtime_converted (kick_username, minutes_converted, points_awarded, discord_server_id) values
         ('Foo', 30, 6, ${guildA}), ('foo', 10, 2, ${guildA});`,
    )
    await migrate(url, { legacy: {} })
    expect(await minutes(sql)).toEqual([
      [guildA, 'foo', 43],
      [guildB, 'foo', 5],
    ])
    const [points] = await sql`
      select points, total_earned, total_spent from user_points where discord_server_id = ${guildA} and kick_username = 'foo'`
    expect(points).toEqual({ points: '8', totalEarned: '12', totalSpent: '4' })
    const [row] = await sql`select last_active from watchtime where discord_server_id = ${guildA} and username = 'foo'`
    expect(row?.lastActive).toEqual(new Date('2025-12-01T00:00:00Z'))
    expect(await reported(sql, 'merged')).toEqual([
      ['user_points', 'foo', expect.stringMatching(/'foo' \+ 'Foo'.*8 points|'Foo' \+ 'foo'.*8 points/)],
      ['watchtime', 'foo', expect.stringMatching(/' @FOO '.*43 minutes/)],
    ])
    expect(await unexplained(sql)).toEqual([])
  })

  it('that nobody can have are set aside, whole', async () => {
    const { url, sql } = await aDatabase(
      g1,
      `insert into watchtime (username, minutes) values ('unknown', 99), ('', 4), ('has space', 5), ('ok_name', 6);`,
    )
    await migrate(url, inGuildA)
    expect(await minutes(sql)).toEqual([[guildA, 'ok_name', 6]])
    expect(await quarantined(sql)).toEqual([
      ['watchtime', '', 'no Kick account has this name'],
      ['watchtime', 'has space', 'no Kick account has this name'],
      ['watchtime', 'unknown', 'no Kick account has this name'],
    ])
    const [whole] = await sql`select content from legacy_quarantine where kick_name = 'unknown'`
    expect(whole?.content).toEqual({ username: 'unknown', minutes: '99', last_active: null })
  })
})

describe('22. a link of guild 0', () => {
  it('that conflicts with a real one is set aside; one that does not finds its guild', async () => {
    const { url, sql } = await aDatabase(
      g2Fresh,
      `insert into links (discord_id, kick_name, discord_server_id, linked_at) values
         (${memberA}, 'alice', ${guildA}, '2025-10-01'), (${memberA}, 'alice2', 0, '2025-12-01'), (${memberB}, 'Alice', 0, '2025-12-02'),
         (77, 'carol', 0, null);`,
    )
    await migrate(url, inGuildA)
    expect(await links(sql)).toEqual([
      [guildA, '77', 'carol'],
      [guildA, memberA, 'alice'],
    ])
    const [exact] = await sql`select content, discord_id from legacy_quarantine where kick_name = 'alice2'`
    expect(exact).toMatchObject({
      discordId: memberA,
      content: { discord_id: memberA, linked_at: '2025-12-01T00:00:00' },
    })
    expect(await quarantined(sql)).toEqual([
      ['links', 'alice', expect.stringContaining('conflicts with a link')],
      ['links', 'alice2', expect.stringContaining('conflicts with a link')],
    ])
  })

  it('of two links to one name the newer counts; links to other platforms are set aside', async () => {
    const { url, sql } = await aDatabase(
      g4,
      `insert into links (discord_id, kick_name, discord_server_id, linked_at, platform) values
         (${memberA}, 'Alice', ${guildA}, '2025-10-01', 'kick'), (${memberB}, 'alice', ${guildA}, '2025-11-01', 'kick'),
         (${memberA}, 'alice_tv', ${guildA}, '2025-11-05', 'twitch');`,
    )
    await migrate(url, { legacy: {} })
    expect(await links(sql)).toEqual([[guildA, memberB, 'alice']])
    expect(await quarantined(sql)).toEqual([
      ['links', 'alice', 'another member has a newer link to the same Kick name'],
      ['links', 'alice_tv', 'it is a link to another platform'],
    ])
  })
})

describe('22. a conversion sum greater than the minutes', () => {
  it('is capped and reported; no backlog is negative', async () => {
    const { url, sql } = await aDatabase(
      g2InPlace,
      `insert into watchtime (username, minutes) values ('alice', 50), ('bob', 100);
       insert into user_points (kick_username, points, total_earned) values ('alice', 10, 16), ('bob', 4, 4);
       insert into points_watchtime_converted (kick_username, minutes_converted, points_awarded) values
         ('alice', 40, 8), ('alice', 40, 8), ('bob', 20, 4), ('gone', 10, 2);`,
    )
    await migrate(url, inGuildA)
    const marks = await sql`
      select c.kick_username, c.minutes_converted, coalesce(w.minutes, 0) - c.minutes_converted as backlog
        from points_watchtime_converted c
        left join watchtime w on w.discord_server_id = c.discord_server_id and w.username = c.kick_username
       order by 1`
    expect(marks.map((row) => [row.kickUsername, row.minutesConverted, row.backlog])).toEqual([
      ['alice', 50, 0],
      ['bob', 20, 80],
      ['gone', 0, 0],
    ])
    expect((await reported(sql, 'capped')).map(([, name]) => name)).toEqual(['alice', 'gone'])
    expect(await unexplained(sql)).toEqual([])
  })
})

describe('22. the shape of the helper script', () => {
  it('is detected: links come over, watchtime is refused and says why', async () => {
    const { url, sql } = await aDatabase(
      helperScript,
      `insert into watchtime (discord_id, minutes) values (${memberA}, 500);
       insert into links (discord_id, kick_name) values (${memberA}, 'Alice');`,
    )
    const { brought } = await migrate(url, inGuildA)
    expect(brought?.plan.generation).toBe('helper script')
    expect(brought?.plan.warnings).toEqual([
      expect.stringContaining('watchtime is not brought over: it is keyed by discord_id'),
    ])
    expect(await minutes(sql)).toEqual([])
    expect(await links(sql)).toEqual([[guildA, memberA, 'alice']])
    const [kept] = await sql`select minutes from legacy.watchtime`
    expect(kept?.minutes).toBe(500)
  })

  it('of a table nobody knows stops the start with one question and changes nothing', async () => {
    const { url, sql } = await aDatabase(
      g1,
      threeViewers,
      'drop table bot_settings; create table bot_settings (what text)',
    )
    const before = await everything(sql)
    await expect(migrate(url, inGuildA)).rejects.toThrow(/Is the table bot_settings in schema public needed\?/)
    expect(await everything(sql)).toBe(before)
  })
})

describe('a G0 database', () => {
  it('comes over as well', async () => {
    const { url, sql } = await aDatabase(g0, threeViewers, `insert into links values (5, 'ALICE')`)
    const { brought } = await migrate(url, inGuildA)
    expect(brought?.plan.generation).toBe('G0')
    expect((await minutes(sql)).length).toBe(3)
    expect((await links(sql)).length).toBe(2)
    expect((await quarantined(sql)).length).toBe(1)
  })
})

describe('what is written to the old tables while they are copied', () => {
  it('comes along: new, changed, renamed and deleted rows of every kind', async () => {
    const { url, sql } = await aDatabase(
      g2InPlace,
      `insert into watchtime (username, minutes) values ('alice', 100), ('bob', 61), ('carol', 7), ('dave', 3);
       insert into user_points (kick_username, points, total_earned) values ('alice', 20, 20), ('carol', 1, 1);
       insert into points_watchtime_converted (kick_username, minutes_converted, points_awarded) values ('alice', 100, 20), ('carol', 5, 1);
       insert into links (discord_id, kick_name) values (1, 'alice'), (2, 'bob'), (3, 'carol');
       insert into bot_settings (key, value) values ('watchtime_roles_enabled', 'true');`,
    )
    const meanwhile = `
      update watchtime set minutes = minutes + 5 where username = 'alice';
      update watchtime set username = 'Robert' where username = 'bob';
      delete from watchtime where username = 'carol';
      delete from user_points where kick_username = 'carol';
      delete from points_watchtime_converted where kick_username = 'carol';
      insert into watchtime (username, minutes) values ('ALICE', 1), ('eve', 9);
      insert into points_watchtime_converted (kick_username, minutes_converted, points_awarded) values ('alice', 5, 1), ('dave', 500, 100);
      update user_points set points = points + 1 - 6, total_earned = total_earned + 1, total_spent = 6 where kick_username = 'alice';
      update links set kick_name = 'robert' where discord_id = 2;
      delete from links where discord_id = 3;
      insert into links (discord_id, kick_name) values (4, 'eve');
      update bot_settings set value = 'False';
      insert into bot_settings (key, value) values ('tracking_force_override', 'true');
      delete from watchtime_roles where role_name = 'Tier 3';`
    await migrate(url, {
      ...inGuildA,
      onStep: async (step) => {
        if (step !== 'fill') return
        await sql.unsafe(meanwhile)
        await expect(sql.unsafe('truncate watchtime')).rejects.toThrow('is being brought over')
      },
    })
    expect((await minutes(sql)).map(([, name, total]) => [name, total])).toEqual([
      ['alice', 106],
      ['dave', 3],
      ['eve', 9],
      ['robert', 61],
    ])
    expect((await links(sql)).map(([, member, name]) => [member, name])).toEqual([
      ['1', 'alice'],
      ['2', 'robert'],
      ['4', 'eve'],
    ])
    const marks =
      await sql`select kick_username, minutes_converted, points_awarded from points_watchtime_converted order by 1`
    expect(marks.map((row) => [row.kickUsername, row.minutesConverted, row.pointsAwarded])).toEqual([
      ['alice', 105, '21'],
      ['dave', 3, '100'],
    ])
    const balances = await sql`select kick_username, points, total_spent from user_points order by 1`
    expect(balances.map((row) => [row.kickUsername, row.points, row.totalSpent])).toEqual([
      ['alice', '15', '6'],
      ['dave', '0', '0'],
    ])
    expect(await unexplained(sql)).toEqual([])
    expect(await sql`select value from bot_settings`).toEqual([{ value: 'false' }])
    expect(await sql`select mode from tracking_override`).toEqual([{ mode: 'force' }])
    expect(await sql`select from legacy_tier`).toHaveLength(2)
    expect(await reported(sql, 'refused')).toEqual([])
  })
})

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

describe('settings', () => {
  it('are checked as if they were typed now; secrets stay behind; switches and channels become rows of their own', async () => {
    const { url, sql } = await aDatabase(
      g2InPlace,
      `insert into bot_settings (key, value) values ('kick_channel', 'https://kick.com/SomeOne'), ('kick_broadcaster_user_id', '4711'),
         ('tracking_force_override', 'True'), ('kick_oauth_token', 'hush'), ('watchtime_roles_enabled', 'False'), ('overlay_theme', 'dark'),
         ('dashboard_url', '');
       insert into point_settings (key, value) values ('points_per_5min', '4'), ('sub_points_per_5min', '8');`,
    )
    await migrate(url, inGuildA)
    const rows = await sql`select discord_server_id, key, value from bot_settings order by key`
    expect(rows.map(({ discordServerId, key, value }) => [discordServerId, key, value])).toEqual([
      [guildA, 'points_per_5min', '4'],
      [guildA, 'watchtime_roles_enabled', 'false'],
    ])
    const [channel] = await sql`select discord_server_id, broadcaster_user_id, slug from kick_channel`
    expect(channel).toEqual({ discordServerId: guildA, broadcasterUserId: '4711', slug: 'someone' })
    const [force] = await sql`select discord_server_id, mode, ended_at from tracking_override`
    expect(force).toEqual({ discordServerId: guildA, mode: 'force', endedAt: null })
    expect((await reported(sql, 'refused')).map(([, key]) => key)).toEqual(['kick_oauth_token', 'sub_points_per_5min'])
    expect(await reported(sql, 'kept')).toContainEqual(['bot_settings', 'overlay_theme', 'no room reads it yet'])
    expect(JSON.stringify(await sql`select detail from legacy_report`)).not.toContain('hush')
  })

  it('without a guild hold everywhere when the table has guilds', async () => {
    const { url, sql } = await aDatabase(
      g3,
      `alter table bot_settings drop constraint bot_settings_pkey; alter table bot_settings alter column discord_server_id drop not null;
       insert into watchtime (username, minutes, discord_server_id) values ('a', 1, ${guildA}), ('a', 1, ${guildB});
       insert into bot_settings (key, value, discord_server_id, updated_at) values ('active_window_seconds', '90', null, '2025-01-01'),
         ('active_window_seconds', '180', null, '2025-02-01'), ('active_window_seconds', '60', ${guildB}, '2024-01-01');
       insert into point_settings (key, value) values ('points_per_5min', '2');`,
    )
    await migrate(url, { legacy: {} })
    const rows = await sql`select discord_server_id, key, value from bot_settings order by 1, 2`
    expect(rows.map(({ discordServerId, key, value }) => [discordServerId, key, value])).toEqual([
      ['0', 'active_window_seconds', '180'],
      ['0', 'points_per_5min', '2'],
      [guildB, 'active_window_seconds', '60'],
    ])
  })
})

describe('posts of the bot before', () => {
  it('that say when a stream is live come over with their words; what Discord would refuse is refused now', async () => {
    const buttons = JSON.stringify([
      { label: 'Watch', emoji: '🔴', url: 'https://kick.com/{channel}' },
      { label: '', url: 'https://kick.com' },
      { label: 'Bad', url: 'javascript:alert(1)' },
    ])
    const { url, sql } = await aDatabase(
      g2Fresh,
      `insert into bot_settings (key, value, discord_server_id) values ('kick_live_alert_enabled', 'true', ${guildA}),
         ('kick_live_alert_channel_id', '1500000000000000001', ${guildA}), ('kick_live_alert_title', '{streamer} is live', ${guildA}),
         ('stream_notification_title', 'older words', ${guildA}), ('stream_notification_footer', 'come by', ${guildA}),
         ('kick_live_alert_description', repeat('x', 2000), ${guildA}), ('kick_live_alert_buttons', '${buttons}', ${guildA}),
         ('kick_live_alert_enabled', 'true', ${guildB});`,
    )
    await migrate(url, inGuildA)
    const alerts =
      await sql`select discord_server_id, channel_id, enabled, title, description, footer, buttons from live_alert_setup`
    expect(alerts).toEqual([
      {
        discordServerId: guildA,
        channelId: '1500000000000000001',
        enabled: true,
        title: '{streamer} is live',
        description: null,
        footer: 'come by',
        buttons: [{ label: 'Watch', url: 'https://kick.com/{channel}' }],
      },
    ])
    expect((await reported(sql, 'refused')).map(([, part]) => part)).toEqual([
      'live alert: buttons',
      'live alert: buttons',
      'live alert: channel_id',
      'live alert: description',
    ])
  })

  it('about links come over: where the newest panel stands, and where attempts are logged', async () => {
    const { url, sql } = await aDatabase(
      g1,
      `insert into link_panels (guild_id, channel_id, message_id, emoji, created_at) values
         (${guildA}, 11, 1, '🔗', '2025-10-01'), (${guildA}, 12, 2, '🔗', '2025-11-01'), (${guildB}, 13, 3, '🔗', '2025-11-01');
       insert into link_logs_config (guild_id, channel_id, enabled) values (${guildA}, 1500000000000000002, true), (${guildB}, 1500000000000000003, false);`,
    )
    await migrate(url, inGuildA)
    const panels = await sql`select discord_server_id, channel_id, message_id from link_panel order by 1`
    expect(panels.map((row) => [row.discordServerId, row.channelId, row.messageId])).toEqual([
      [guildA, '12', '2'],
      [guildB, '13', '3'],
    ])
    const logs = await sql`select discord_server_id, value from bot_settings where key = 'link_log_channel_id'`
    expect(logs.map((row) => [row.discordServerId, row.value])).toEqual([[guildA, '1500000000000000002']])
  })
})

describe('what the bot before said in chat', () => {
  it('comes over as custom commands; names and answers that cannot be are set aside', async () => {
    const { url, sql } = await aDatabase(
      g4,
      `insert into custom_commands (command, response, cooldown, enabled, use_count, discord_server_id) values
         ('discord', 'old', 5, true, 1, ${guildA}), ('!Discord', 'https://discord.gg/x', 30, true, null, ${guildA}),
         ('discord', 'another server', -3, false, 7, ${guildB}), ('two words', 'no', 5, true, 0, ${guildA}),
         ('long', repeat('x', 501), 5, true, 0, ${guildA}), ('empty', ' ', 5, true, 0, ${guildA}), ('lost', 'hi', 5, true, 0, null),
         ('points', 'mine', 5, true, 0, ${guildA});`,
    )
    await migrate(url, { legacy: { guild: 'none' } })
    const commands = await sql`
      select discord_server_id, command, response, cooldown, enabled, use_count from custom_commands order by 1`
    expect(commands.map((row) => Object.values(row))).toEqual([
      [guildA, 'discord', 'https://discord.gg/x', 30, true, '0'],
      [guildB, 'discord', 'another server', 0, false, '7'],
    ])
    expect((await quarantined(sql)).map(([table, , reason]) => [table, reason])).toEqual([
      ['custom_commands', 'a newer command has the same name'],
      ['custom_commands', 'it names no Discord server'],
      ['custom_commands', 'its answer is not of 1 to 500 characters'],
      ['custom_commands', 'its answer is not of 1 to 500 characters'],
      ['custom_commands', 'no command can have this name'],
      ['custom_commands', 'the bot itself answers to this name'],
    ])
  })
})

describe('timed messages of the bot before', () => {
  it('come over with their next time, numbered within each server; one without a server finds it', async () => {
    const { url, sql } = await aDatabase(
      g4,
      `alter table timed_messages add column guild_id bigint;
       insert into timed_messages (message, interval_minutes, enabled, last_sent, created_by, discord_server_id, guild_id) values
         ('first', 30, true, '2025-11-01', ${memberA}, '${guildA}', null), ('off', 10, false, null, null, '${guildA}', null),
         ('other', 5, true, null, null, null, ${guildB}), ('lost', 60, true, now() at time zone 'UTC', null, null, null),
         ('too seldom', 5000, true, null, null, '${guildA}', null), (' ', 5, true, null, null, '${guildA}', null);`,
    )
    await migrate(url, inGuildA)
    const timers = await sql`
      select t.discord_server_id, t.id, t.message, t.enabled, t.only_live, t.created_by, j.next_run_at <= now() as is_due
        from timed_messages t
        left join job j on j.discord_server_id = t.discord_server_id and j.kind = 'timers.due' and j.job_ref = t.id::text
       order by 1, 2`
    expect(timers.map((row) => Object.values(row))).toEqual([
      [guildA, 1, 'first', true, false, memberA, true],
      [guildA, 2, 'off', false, false, null, null],
      [guildA, 3, 'lost', true, false, null, false],
      [guildB, 1, 'other', true, false, null, true],
    ])
    expect((await quarantined(sql)).map(([table, , reason]) => [table, reason])).toEqual([
      ['timed_messages', 'it is not of 1 to 500 characters'],
      ['timed_messages', 'its interval is not of 1 to 1440 minutes'],
    ])
  })
})

describe('the shop of the bot before', () => {
  const items = async (sql: Sql) =>
    (
      await sql`
        select discord_server_id, id, name, price, stock_total, stock_left, stock, is_active, item_type, raffle_ticket_amount, per_user_limit,
               limit_window_seconds, requirement_title, image_url
          from public.point_shop_items order by 1, 2`
    ).map((row) => Object.values(row))
  const sales = async (sql: Sql) =>
    (
      await sql`
        select discord_server_id, id, item_id, item_name, kick_username, discord_id, price_paid, status, requirement_input,
               finished_at is null as is_open
          from public.point_sales order by 1, 2`
    ).map((row) => Object.values(row))

  it('comes over from a database of one server; a negative stock has no end, and open orders can be refunded', async () => {
    const { url, sql } = await aDatabase(
      g2InPlace,
      threeViewers,
      `insert into user_points (kick_username, points, total_earned, total_spent) values ('alice', 30, 90, 60);
       insert into point_shop_items (name, description, image_url, price, stock, is_active) values
         ('Mug', 'of clay', 'https://a.example/mug.png', 20, 3, true), ('Shout-out', null, 'http://a.example/x.png', 10, -1, true),
         ('Cap', '', '', 30, -7, false), ('  ', null, null, 1, 1, true), ('Debt', null, null, -5, 1, true);
       insert into point_sales (item_id, kick_username, item_name, discord_id, price_paid, status, notes) values
         (1, 'Alice', 'Mug', ${memberA}, 20, 'pending', 'please'), (1, '@alice', 'Mug', ${memberA}, 20, 'completed', null),
         (null, 'bob', 'Gone', null, 5, 'pending', null), (2, 'bob', 'Shout-out', null, 10, 'cancelled', null),
         (1, 'unknown', 'Mug', null, 20, 'pending', null), (1, 'bob', 'Mug', null, 20, 'shipped', null);
       insert into point_settings (key, value) values ('shop_channel_id', '1500000000000000001'), ('shop_message_id', '1500000000000000002'),
         ('shop_interactive_id', '1500000000000000003'), ('shop_footer_id', '1500000000000000004');`,
    )
    await migrate(url, inGuildA)
    expect(await items(sql)).toEqual([
      [guildA, 1, 'Mug', '20', 3, 3, 3, true, 'custom', 0, null, 0, null, 'https://a.example/mug.png'],
      [guildA, 2, 'Shout-out', '10', null, null, -1, true, 'custom', 0, null, 0, null, null],
      [guildA, 3, 'Cap', '30', null, null, -1, false, 'custom', 0, null, 0, null, null],
    ])
    expect(await sales(sql)).toEqual([
      [guildA, 1, 1, 'Mug', 'alice', memberA, '20', 'pending', null, true],
      [guildA, 2, 1, 'Mug', 'alice', memberA, '20', 'completed', null, false],
      [guildA, 3, null, 'Gone', 'bob', null, '5', 'pending', null, true],
      [guildA, 4, 2, 'Shout-out', 'bob', null, '10', 'cancelled', null, false],
    ])
    expect((await quarantined(sql)).map(([table, , reason]) => [table, reason])).toEqual([
      ['point_sales', 'no Kick account has this name'],
      ['point_sales', 'nobody knows what became of it'],
      ['point_shop_items', 'it has no name'],
      ['point_shop_items', 'no item can have this price'],
    ])
    expect(await reported(sql, 'capped')).toContainEqual([
      'point_shop_items',
      '#2',
      'its picture has no address that begins with https://, and is left out',
    ])
    expect((await reported(sql, 'brought')).map(([table, subject]) => [table, subject])).toEqual(
      expect.arrayContaining([
        ['point_sales', '#3'],
        ['point_settings', 'shop'],
      ]),
    )
    const [shop] = await sql`select last_item, last_sale, channel_id, message_id from point_shop`
    expect(shop).toMatchObject({
      lastItem: 3,
      lastSale: 4,
      channelId: '1500000000000000001',
      messageId: '1500000000000000003',
    })
    const undo = (id: number) =>
      transaction(sql, (db) =>
        refund(db, speak('en'), {
          guildId: guildId(guildA),
          id,
          by: { source: 'bot', actorId: null },
          reason: null,
          restores: true,
        }),
      )
    expect((await Promise.all([undo(1), undo(1), undo(3), undo(4)])).map(({ kind }) => kind).sort()).toEqual([
      'done',
      'done',
      'stands',
      'stands',
    ])
    const [alice] = await sql`select points, total_spent from user_points where kick_username = 'alice'`
    expect(alice).toMatchObject({ points: '50', totalSpent: '40' })
    expect(await unexplained(sql)).toHaveLength(0)
    expect((await items(sql))[0]?.slice(4, 6)).toEqual([4, 4])
  })

  it('comes over from a database of many servers with what was added later, and what is sold meanwhile', async () => {
    const { url, sql } = await aDatabase(
      g4,
      `alter table point_shop_items add column discord_server_id bigint, add column requirement_title text, add column requirement_footer text,
         add column item_type text default 'custom', add column raffle_ticket_amount integer default 0,
         add column per_user_limit integer default -1, add column limit_window_seconds integer default 0;
       alter table point_sales add column requirement_input text, add column discord_notification_channel_id bigint,
         add column discord_notification_message_id bigint;
       alter table point_settings add column discord_server_id bigint, drop constraint point_settings_pkey;
       insert into watchtime (username, minutes, discord_server_id) values ('alice', 1, ${guildA}), ('alice', 1, ${guildB});
       insert into point_shop_items (name, price, stock, discord_server_id, requirement_title, item_type, raffle_ticket_amount, per_user_limit,
         limit_window_seconds) values
         ('Key', 20, 2, ${guildA}, 'Steam name', 'custom', 0, 1, 3600), ('Tickets', 5, -1, ${guildB}, null, 'raffle_tickets', 10, -1, 0),
         ('Fake', 5, -1, ${guildB}, null, 'raffle_tickets', 0, -1, 0);
       insert into point_sales (item_id, kick_username, item_name, price_paid, discord_server_id, requirement_input,
         discord_notification_channel_id, discord_notification_message_id) values
         (1, 'alice', 'Key', 20, ${guildA}, 'alice_on_steam', 1500000000000000001, 1500000000000000009), (1, 'alice', 'Key', 20, ${guildB}, null, null, null);
       insert into point_settings (key, value, discord_server_id) values
         ('shop_notification_channel_id', '1500000000000000001', ${guildA}), ('shop_limits_reset_at', '2025-11-01T12:00:00Z', ${guildB}),
         ('shop_channel_id', '1500000000000000005', 0);`,
    )
    await migrate(url, { legacy: { guild: 'none' } })
    expect(await items(sql)).toEqual([
      [guildA, 1, 'Key', '20', 2, 2, 2, true, 'custom', 0, 1, 3600, 'Steam name', null],
      [guildB, 2, 'Tickets', '5', null, null, -1, true, 'raffle_tickets', 10, null, 0, null, null],
      [guildB, 3, 'Fake', '5', null, null, -1, true, 'custom', 0, null, 0, null, null],
    ])
    // A sale that names another server than its item belongs to the server that it names, and to no item there.
    expect(await sales(sql)).toEqual([
      [guildA, 1, 1, 'Key', 'alice', null, '20', 'pending', 'alice_on_steam', true],
      [guildB, 2, null, 'Key', 'alice', null, '20', 'pending', null, true],
    ])
    const shops = await sql`
      select discord_server_id, last_item, last_sale, channel_id, limits_reset_at from point_shop order by 1`
    expect(shops.map((row) => Object.values(row))).toEqual([
      [guildA, 1, 1, null, null],
      [guildB, 3, 2, null, new Date('2025-11-01T12:00:00Z')],
    ])
    const [channel] = await sql`select value from bot_settings where key = 'shop_order_channel_id'`
    expect(channel?.value).toBe('1500000000000000001')
    expect(await reported(sql, 'refused')).toContainEqual([
      'point_settings',
      'shop',
      'a shop belongs to one server; put it into a channel there with /shop-admin post',
    ])
  })
})

describe('giveaways of the bot before', () => {
  const later = `${g4} ${giveawayTables} ${laterGiveawayColumns}`

  it('come over as history, those that ran as ended, numbered within each server; entries of one person are one', async () => {
    const { url, sql } = await aDatabase(
      later,
      `insert into giveaways (id, discord_server_id, title, status, entry_method, keyword, winner_kick_username, server_seed, max_winners, bonus_roles) values
         (3, ${guildB}, 'of another', 'completed', 'keyword', 'x', 'Zoe', null, 1, null),
         (5, ${guildA}, 'done', 'completed', 'keyword', 'hat', 'Bob', 'a seed', 2, '{"1400000000000000001": 3, "bad": 1}'),
         (7, ${guildA}, 'running', 'active', 'active_chatter', null, null, null, -1, null),
         (8, ${guildA}, ' ', 'ended', 'keyword', null, null, null, 1, null),
         (9, ${guildA}, 'later', 'pending', 'discord', null, null, null, 1, null);
       insert into giveaway_entries (giveaway_id, discord_server_id, discord_id, kick_username, entry_method, entry_count) values
         (5, ${guildA}, null, 'Anna', 'keyword', 1), (5, ${guildA}, null, 'ANNA', 'keyword', 3), (5, ${guildA}, ${memberA}, 'bob', 'keyword', 1),
         (7, ${guildA}, ${memberB}, null, 'discord', 4), (7, ${guildA}, null, null, 'discord', 1); 
       insert into giveaway_winners (giveaway_id, discord_server_id, kick_username, discord_id, drawn_at) values
         (5, '${guildA}', 'Bob', ${memberA}, '2025-11-02'), (5, '${guildA}', 'anna', null, '2025-11-01'), (99, '${guildA}', 'lost', null, now());
       insert into giveaway_templates (discord_server_id, name, entry_method, keyword, max_winners, entry_prompts) values
         (${guildA}, 'Friday', 'keyword', '!fri', 3, '["Size?"]'), (${guildA}, 'friday', 'discord', null, 1, null);`,
    )
    await migrate(url, inGuildA)
    const giveaways = await sql`
      select discord_server_id, id, title, status, max_winners, legacy_proof ->> 'server_seed' as seed, ends_at <= now() as is_over
        from giveaways order by 1, 2`
    expect(giveaways.map((row) => Object.values(row))).toEqual([
      [guildA, 1, 'done', 'completed', 2, 'a seed', true],
      [guildA, 2, 'running', 'ended', 50, null, true],
      [guildA, 3, 'later', 'pending', 1, null, null],
      [guildB, 1, 'of another', 'completed', 1, null, true],
    ])
    const entries = await sql`
      select giveaway_id, kick_username, discord_id, entry_count from giveaway_entries where discord_server_id = ${guildA} order by 1, 2`
    expect(entries.map((row) => Object.values(row))).toEqual([
      [1, 'anna', null, 3],
      [1, 'bob', memberA, 1],
      [2, null, memberB, 4],
    ])
    const winners = await sql`
      select discord_server_id, giveaway_id, nonce, kick_username, discord_id, proof_hash from giveaway_winners order by 1, 2, 3`
    expect(winners.map((row) => Object.values(row))).toEqual([
      [guildA, 1, 0, 'anna', null, null],
      [guildA, 1, 1, 'bob', memberA, null],
      [guildB, 1, 0, 'zoe', null, null],
    ])
    const [template] = await sql`select name, choices from giveaway_templates where discord_server_id = ${guildA}`
    expect(template?.name).toBe('friday')
    const [row] = await sql`select bonus_roles from giveaways where discord_server_id = ${guildA} and id = 1`
    expect(row?.bonusRoles).toEqual({ '1400000000000000001': 3 })
    expect((await quarantined(sql)).map(([table, , reason]) => [table, reason])).toEqual([
      ['giveaway_entries', 'it names nobody'],
      ['giveaway_templates', 'a newer template has the same name'],
      ['giveaway_winners', 'its giveaway is not there'],
      ['giveaways', 'it has no title of 1 to 255 characters'],
    ])
  })

  it('come over from the version that knew the chat alone', async () => {
    const { url, sql } = await aDatabase(
      `${g4} ${giveawayTables}`,
      `insert into giveaways (discord_server_id, title, status, keyword, allow_multiple_entries, max_entries_per_user) values
         (${guildA}, 'old', 'ended', 'hat', true, 500);
       insert into giveaway_entries (giveaway_id, discord_server_id, kick_username, entry_method) values (1, ${guildA}, 'Anna', 'keyword');`,
    )
    await migrate(url, { legacy: {} })
    const [giveaway] = await sql`select id, status, max_entries_per_user, max_winners from giveaways`
    expect(giveaway).toMatchObject({ id: 1, status: 'ended', maxEntriesPerUser: 100, maxWinners: 1 })
    expect(await sql`select kick_username from giveaway_entries`).toMatchObject([{ kickUsername: 'anna' }])
  })
})

describe('clips of the bot before', () => {
  it('come over without a server of their own, in the form of the first version', async () => {
    const { url, sql } = await aDatabase(
      g2Fresh,
      `insert into clips (kick_username, clip_duration, clip_url, created_at) values
         ('Anna', 30, 'https://clips.example/1', '2025-01-01'), ('bob', 45, null, '2025-01-02'), ('@Carl', 20, 'https://clips.example/2', '2025-01-03');`,
    )
    await migrate(url, inGuildA)
    const clips =
      await sql`select discord_server_id, id, kick_username, clip_duration, clip_url, state from clips order by id`
    expect(clips.map((row) => Object.values(row))).toEqual([
      [guildA, 1, 'anna', 30, 'https://clips.example/1', 'made'],
      [guildA, 2, 'carl', 20, 'https://clips.example/2', 'made'],
    ])
    expect((await quarantined(sql)).map(([table, , reason]) => [table, reason])).toEqual([
      ['clips', 'it has no address'],
    ])
  })

  it('leave a proposal for whoever sets clips up here: where they were posted, how long they were, and no key', async () => {
    const { url, sql } = await aDatabase(
      g3,
      `insert into bot_settings (key, value, discord_server_id) values
         ('clip_channel_id', '123456789012345678', ${guildA}), ('clip_duration', '45', ${guildA}), ('bot_api_key', 'hush', ${guildA}),
         ('dashboard_url', 'https://dash.example', ${guildA}), ('clip_duration', '999', ${guildB}), ('clips_auto_start_on_live', 'true', ${guildB})`,
    )
    await migrate(url, { legacy: {} })
    const proposed = await sql`
      select discord_server_id, url, duration_seconds, channel_id, key_sealed, enabled from clip_service order by 1`
    expect(proposed.map((row) => Object.values(row))).toEqual([
      [guildA, 'https://dash.example', 45, '123456789012345678', null, false],
      [guildB, null, 120, null, null, false],
    ])
    expect(await reported(sql, 'brought')).toContainEqual([
      'bot_settings',
      'clips',
      'its channel and length hold once /clips setup was given a key; keys are not brought over',
    ])
    expect(JSON.stringify(await sql`select detail from legacy_report`)).not.toContain('hush')
  })

  it('come over with titles and channels, each to its own server', async () => {
    const { url, sql } = await aDatabase(
      `${g3} alter table clips add column clip_title text, add column kick_channel text;`,
      `insert into clips (kick_username, clip_duration, clip_url, clip_title, kick_channel, discord_server_id) values
         ('anna', 30, 'https://clips.example/1', 'a play', 'streamer', ${guildA}), ('anna', 30, 'https://clips.example/2', 'another', 'other', ${guildB});`,
    )
    await migrate(url, { legacy: {} })
    const clips = await sql`select discord_server_id, id, clip_title, kick_channel from clips order by 1`
    expect(clips.map((row) => Object.values(row))).toEqual([
      [guildA, 1, 'a play', 'streamer'],
      [guildB, 1, 'another', 'other'],
    ])
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
