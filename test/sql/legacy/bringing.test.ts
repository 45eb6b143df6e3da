import { describe, expect, it } from 'vitest'
import { LegacyQuestion } from '../../../sql/legacy/index.ts'
import { migrate } from '../../../sql/migrate.ts'
import { aDatabase, everything, inGuildA, links, minutes, quarantined, reported, unexplained } from './databases.ts'
import {
  g0,
  g1,
  g2Fresh,
  g2InPlace,
  g3,
  g4,
  guildA,
  guildB,
  helperScript,
  memberA,
  memberB,
  threeViewers,
} from './fixtures.ts'

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
