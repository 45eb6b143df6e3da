import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { guildId, userId, username } from '../../../cluster/runtime/ids.ts'
import { features } from '../../../shard/features/index.ts'
import { raffle } from '../../../shard/features/raffle/index.ts'
import { wagers } from '../../../shard/features/wagers/index.ts'
import { transaction } from '../../../sql/client.ts'
import { preview } from '../../../sql/legacy/index.ts'
import { translateSettings } from '../../../sql/legacy/settings.ts'
import { migrate } from '../../../sql/migrate.ts'
import { unexplainedTickets } from '../../../sql/queries/tickets.ts'
import { wagerLinksOf } from '../../../sql/queries/wagerlinks.ts'
import { convertWatched } from '../../../sql/queries/watched.ts'
import { startBot } from '../../support/bot.ts'
import { textOf } from '../../support/browsing.ts'
import { until } from '../../support/wait.ts'
import { aDatabase, rowsOf, setAside } from './databases.ts'
import { g1, g3, guildA, guildB, laterRaffleColumns, memberA, memberB, raffleTables } from './fixtures.ts'

const seed = 'a'.repeat(64)
/** Known answers of the formula of the bot before. */
const proof = 'fd7b4777c9a9a9f4e08c658bab7e260614bab0352fd0e8a0239e006abfd95822'
const commitment = 'ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb'

const ofTwoServers = `
  insert into watchtime (username, minutes, discord_server_id) values ('alice', 220, ${guildA}), ('bob', 90, ${guildA}), ('new', 500, ${guildA});
  insert into links (discord_id, kick_name, discord_server_id) values (${memberA}, 'alice', ${guildA}), (${memberB}, 'zoe', ${guildB});
  insert into raffle_periods (id, discord_server_id, start_date, end_date, status, total_tickets, period_number, ended_manually, server_seed, server_seed_commitment) values
    (11, ${guildA}, '2025-10-01', '2025-10-31 23:59:59', 'ended', 1000, 3, false, '${seed}', '${commitment}'),
    (12, ${guildA}, now() - interval '10 days', now() + interval '20 days', 'active', 0, 4, false, 'a secret that everybody could read', 'x'),
    (13, ${guildB}, now() - interval '10 days', now() + interval '20 days', 'active', 0, 1, false, null, null),
    (14, ${guildB}, '2025-10-02', '2025-10-01', 'ended', 0, 2, false, null, null);
  insert into raffle_tickets (id, period_id, discord_server_id, discord_id, kick_name, watchtime_tickets, gifted_sub_tickets, shuffle_wager_tickets, bonus_tickets, total_tickets) values
    (1, 12, ${guildA}, ${memberA}, 'Alice_Old', 50, 30, 10, 5, 100), (2, 12, ${guildA}, 77, 'Bob', 20, 0, 0, 0, 7), (3, 12, ${guildA}, 78, 'no name', 1, 0, 0, 0, 1),
    (4, 11, ${guildA}, ${memberA}, 'alice', 400, 0, 0, 0, 400), (5, 13, ${guildB}, ${memberB}, 'zoe', 0, 15, 0, 0, 15);
  insert into raffle_watchtime_converted (period_id, kick_name, minutes_converted, tickets_awarded, discord_server_id) values
    (12, 'alice', 120, 0, ${guildA}), (12, 'Alice', 60, 10, ${guildA}), (12, 'bob', 90, 0, ${guildA}), (11, 'alice', 600, 100, ${guildA});
  insert into raffle_gifted_subs (id, period_id, gifter_kick_name, gifter_discord_id, sub_count, tickets_awarded, gifted_at, kick_event_id, discord_server_id) values
    (1, 12, 'Alice', ${memberA}, 2, 30, '2025-11-20 10:00', 'e1', ${guildA}), (2, 12, 'Anonymous', null, 5, 0, '2025-11-20 11:00', 'e2', ${guildA}),
    (3, 12, 'carl', null, 1, 0, '2025-11-20 12:00', 'e3', ${guildA}), (4, null, 'carl', null, null, 0, '2025-11-20 13:00', null, ${guildA});
  insert into raffle_shuffle_links (shuffle_username, kick_name, discord_id, verified, verified_by_discord_id, verified_at, platform, howl_uid, discord_server_id) values
    ('Whale', 'alice', ${memberA}, true, ${memberA}, '2025-11-01', 'shuffle', null, ${guildA}), ('WHALE', 'x', 900000000000000055, false, null, null, 'shuffle', null, ${guildA}),
    ('Fish', 'y', 900000000000000056, false, null, null, 'shuffle', null, ${guildA}), ('Howler', 'zoe', ${memberB}, true, 9, '2025-11-01', 'howl', '4711', ${guildB}),
    ('x', 'z', 900000000000000057, true, 9, '2025-11-01', 'othercasino', null, ${guildB});
  insert into raffle_shuffle_wagers (period_id, shuffle_username, total_wager_usd, last_known_wager, tickets_awarded, platform, discord_server_id) values
    (12, 'Whale', 10500.50, 10500.50, 10, 'shuffle', ${guildA}), (14, 'Lost', 1, 1, 0, 'shuffle', ${guildA});
  insert into shuffle_wager_totals (discord_server_id, platform, shuffle_username, total_wager_usd) values
    (${guildA}, 'shuffle', 'Whale', 5000.25), (${guildB}, 'howl', '4711', 7);
  insert into raffle_draws (id, period_id, discord_server_id, total_tickets, total_participants, winner_discord_id, winner_kick_name, winning_ticket, prize_description, drawn_at, server_seed, client_seed, nonce, proof_hash, server_seed_commitment) values
    (5, 11, ${guildA}, 1000, 7, ${memberA}, 'Alice', 325, 'A prize', '2025-11-01', '${seed}', '42:1000:7', '42', '${proof}', '${commitment}'),
    (6, 11, ${guildA}, 1000, 7, 77, 'bob', 326, null, '2025-11-01', '${seed}', '42:1000:7', '42', '${proof}', null),
    (7, 11, ${guildA}, 1000, 7, 77, 'bob', 1, null, '2025-11-01', null, null, null, null, null);
  insert into raffle_exclusions (discord_server_id, kick_username, discord_id) values
    (${guildA}, 'Cheat', ''), (${guildA}, null, '${memberA}'), (${guildA}, '', '900000000000000099');
  insert into raffle_ticket_log (period_id, discord_id, kick_name, ticket_change, source) values (12, ${memberA}, 'alice', 10, 'watchtime');`

describe('raffles of the bot before', () => {
  it('come over with balances that their ledger explains; the one that runs is to be opened, under its number', async () => {
    const db = await aDatabase(g3, raffleTables, laterRaffleColumns, ofTwoServers)
    const foretold = await preview(db.sql, {})
    await migrate(db.url, { legacy: {} })
    expect(foretold.setAside.map(({ table, reason }) => [table, reason]).sort()).toEqual(await setAside(db))
    expect(
      await rowsOf(
        db,
        `select discord_server_id::text, period_number, status, commitment, seed, total_tickets::int from raffle_periods order by 1, 2`,
      ),
    ).toEqual([
      [guildA, 3, 'archived', null, null, 1000],
      [guildA, 4, 'scheduled', null, null, 0],
      [guildB, 1, 'scheduled', null, null, 0],
    ])
    expect(
      await rowsOf(
        db,
        `select period_number, kick_username, watchtime_tickets::int, gifted_sub_tickets::int, wager_tickets::int, bonus_tickets::int, total_tickets::int
           from raffle_tickets where discord_server_id = ${guildA} order by 1, 2`,
      ),
    ).toEqual([
      [3, 'alice', 400, 0, 0, 0, 400],
      [4, 'alice', 50, 30, 10, 10, 100],
      [4, 'bob', 7, 0, 0, 0, 7],
    ])
    for (const periodNumber of [3, 4])
      expect(await unexplainedTickets(db.sql, { guildId: guildId(guildA), periodNumber, limit: 9 })).toEqual([])
    expect(await rowsOf(db, `select distinct source from ticket_ledger`)).toEqual([['import']])
    expect(
      await rowsOf(db, `select discord_server_id::text, job_ref from job where kind = 'raffle.open' order by 1`),
    ).toEqual([
      [guildA, '4'],
      [guildB, '1'],
    ])
    expect(await rowsOf(db, `select username, origin from exclusion where kind = 'raffles' order by 1`)).toEqual([
      ['alice', 'admin'],
      ['cheat', 'admin'],
    ])
    expect(await setAside(db)).toEqual([
      ['raffle_exclusions', 'no Kick account has this name'],
      ['raffle_periods', 'it does not end after it began'],
      ['raffle_shuffle_links', 'another member has a newer link to the same account'],
      ['raffle_shuffle_links', 'it is an account of a platform that nobody asks'],
      ['raffle_shuffle_wagers', 'its raffle is not there'],
      ['raffle_tickets', 'no Kick account has this name'],
    ])
    expect(
      await rowsOf(
        db,
        `select outcome, subject, detail from legacy_report where source_table in ('raffle_tickets', 'raffle_shuffle_links') and subject <> 'the whole table' order by 1, 2`,
      ),
    ).toEqual([
      [
        'brought',
        `${memberA} on shuffle`,
        'the member has confirmed Whale without a proof; take it away with /wagers unlink if it is not theirs',
      ],
      ['capped', 'alice in raffle #4', 'its parts were 95 tickets, and its total is 100; the total counts'],
      ['capped', 'bob in raffle #4', 'its parts were 20 tickets, and its total is 7; the total counts'],
    ])
    // What is not read lies where it was put, whole.
    expect(await rowsOf(db, `select ticket_change from legacy.raffle_ticket_log`)).toEqual([[10]])
    expect(await rowsOf(db, `select count(*)::int from legacy.raffle_leaderboard`)).toEqual([[5]])
    expect(await rowsOf(db, `select to_regclass('legacy.shuffle_wager_history') is not null`)).toEqual([[true]])
  })

  it('go on where they stood: opened with a seed that nobody knows, minutes that were left over, and no ticket twice', async () => {
    const db = await aDatabase(g3, raffleTables, laterRaffleColumns, ofTwoServers)
    await migrate(db.url, { legacy: {} })
    const { sql } = db
    const id = guildId(guildA)
    const bot = await startBot({ sql, features })
    const guild = bot.discord.world.addGuild({ id })
    await until(
      async () =>
        (
          await sql`select from raffle_periods where discord_server_id = ${id} and status = 'active' and seed is not null`
        ).length === 1,
      { what: 'the raffle to be opened' },
    )
    const told = textOf(
      await bot.discord.control
        .command({ guildId: id, userId: guild.ownerId, command: 'raffle history', options: {} })
        .message(),
    )
    expect(told).toContain('With the bot before')
    expect(told).toMatch(/#3.*ticket 325 of 1,000 · the proof holds/)
    expect(told).toMatch(/ticket 326 of 1,000 · ⚠️ the proof does not hold/)
    expect(told).toMatch(/ticket 1 of 1,000 · without a proof/)
    // 40 minutes of alice were left over; with 20 more she has an hour.
    const hour = Math.floor(Date.now() / 3_600_000)
    await sql`update watchtime set minutes = minutes + 20 where discord_server_id = ${id} and username in ('alice', 'bob', 'new')`
    for (const name of ['alice', 'bob', 'new'])
      await sql`
        insert into presence (discord_server_id, hour, username, present, paid) values (${id}, ${hour}, ${name}, ${(1 << 20) - 1}, ${(1 << 20) - 1})`
    const names = ['alice', 'bob', 'new'].map(username)
    for (let i = 0; i < 2; i += 1)
      await transaction(sql, (tx) => convertWatched(tx, { guildIds: [id, id, id], usernames: names }))
    const tickets = () =>
      rowsOf(
        db,
        `select kick_username, watchtime_tickets::int, total_tickets::int from raffle_tickets
          where discord_server_id = ${guildA} and period_number = 4 order by 1`,
      )
    expect(await tickets()).toEqual([
      ['alice', 60, 110],
      ['bob', 7, 7],
    ])
    await transaction(sql, (tx) =>
      raffle.award(tx, [
        {
          guildId: id,
          username: username('alice'),
          source: 'gifted_sub',
          tickets: 15,
          sourceRef: 'kick-event:x',
          at: Date.now(),
        },
      ]),
    )
    expect(await tickets()).toContainEqual(['alice', 60, 125])
    expect(await unexplainedTickets(sql, { guildId: id, periodNumber: 4, limit: 9 })).toEqual([])
    await bot.commands.stop()
  })

  it('bring gifts, each once and with what it brought', async () => {
    const db = await aDatabase(g3, raffleTables, laterRaffleColumns, ofTwoServers)
    await migrate(db.url, { legacy: {} })
    expect(
      await rowsOf(
        db,
        `select kick_event_id, gifter_kick_name, sub_count, outcome, tickets_awarded, period_number from raffle_gifted_subs order by gifted_at`,
      ),
    ).toEqual([
      ['import:1', 'alice', 2, 'awarded', 30, 4],
      ['import:2', null, 5, 'anonymous', 0, 4],
      ['import:3', 'carl', 1, 'unlinked', 0, 4],
      ['import:4', 'carl', 1, 'no_raffle', 0, null],
    ])
  })

  it('bring accounts: confirmed ones stay so, the others wait for an admin; what was counted goes on, and begins anew where it is asked', async () => {
    const db = await aDatabase(g3, raffleTables, laterRaffleColumns, ofTwoServers)
    await migrate(db.url, { legacy: {} })
    const { sql } = db
    const [link, ...others] = await wagerLinksOf(sql, { guildId: guildId(guildA), userId: userId(memberA) })
    expect(others).toEqual([])
    expect(link).toMatchObject({ platform: 'shuffle', account: 'whale', displayName: 'Whale', verified: true })
    expect(
      await rowsOf(
        db,
        `select discord_server_id::text, platform, shuffle_username, verified, expires_at > now() from raffle_shuffle_links order by 1, 3`,
      ),
    ).toEqual([
      [guildA, 'shuffle', 'fish', false, true],
      [guildA, 'shuffle', 'whale', true, null],
      [guildB, 'howl', '4711', true, null],
    ])
    expect(
      await rowsOf(db, `select shuffle_username, total_wager_usd::text from shuffle_wager_totals order by 1`),
    ).toEqual([
      ['4711', '7.00'],
      ['whale', '5000.25'],
    ])
    expect(
      await rowsOf(
        db,
        `select shuffle_username, tickets_total::int, tickets_settled::int, tickets_awarded::int from raffle_shuffle_wagers`,
      ),
    ).toEqual([['whale', 10, 10, 10]])
    await sql`
      insert into wager_campaign (campaign_id, platform) values ('c', 'shuffle')`
    await sql`
      insert into wager_source (discord_server_id, platform, campaign_id, address, key_id) values (${guildA}, 'shuffle', 'c', 'x', 'k')`
    const say = async (cents: bigint) => {
      await sql`update wager_campaign set claim = claim + 1, claimed_at = now()`
      const [claimed] = await sql<{ claim: number; claimedAt: Date }[]>`select claim, claimed_at from wager_campaign`
      const rows = [{ account: 'whale', name: 'Whale', code: null, cents, weightedCents: null }]
      const campaign = { campaignId: 'c', platform: 'shuffle', etag: null, lastModified: null, failures: 0 } as const
      const report = {
        kind: 'report',
        window: '',
        rows,
        skipped: 0,
        asOf: null,
        etag: null,
        lastModified: null,
      } as const
      const tools = { dashboardSecret: undefined, wakeOutbox: () => {} }
      await transaction(sql, (tx) =>
        wagers.onAnswer(
          { ...campaign, claim: claimed?.claim ?? 0, claimedAt: claimed?.claimedAt ?? new Date() },
          report,
          tx,
          tools,
        ),
      )
    }
    await say(9_999_999n) // far from what was known: from here it counts
    await say(9_999_999n + 15_000n)
    expect(
      await rowsOf(
        db,
        `select kick_username, wager_tickets::int from raffle_tickets where discord_server_id = ${guildA} and period_number = 4 and wager_tickets > 0`,
      ),
    ).toEqual([['alice', 13]])
  })

  it('of a single server find it, though their rows name none, and are numbered in their order', async () => {
    const db = await aDatabase(
      g1,
      raffleTables,
      `insert into watchtime (username, minutes) values ('alice', 100);
       insert into raffle_periods (id, start_date, end_date, status) values (5, '2025-09-01', '2025-09-30 23:59:59', 'ended'),
         (7, '2025-10-01', '2025-10-31 23:59:59', 'active'), (8, '2025-11-01', '2025-11-30 23:59:59', 'active');
       insert into raffle_tickets (period_id, discord_id, kick_name, watchtime_tickets, total_tickets) values (8, 5, 'alice', 10, 10);
       insert into raffle_gifted_subs (period_id, gifter_kick_name, tickets_awarded) values (8, 'alice', 0)`,
    )
    expect((await preview(db.sql, { onlyGuild: guildA })).setAside).toEqual([])
    await migrate(db.url, { legacy: { onlyGuild: guildA } })
    expect(
      await rowsOf(db, `select discord_server_id::text, period_number, status from raffle_periods order by 2`),
    ).toEqual([
      [guildA, 1, 'archived'],
      [guildA, 2, 'archived'],
      [guildA, 3, 'scheduled'],
    ])
    expect(await rowsOf(db, `select period_number, kick_username from raffle_tickets`)).toEqual([[3, 'alice']])
    expect(await rowsOf(db, `select discord_server_id::text from raffle_gifted_subs`)).toEqual([[guildA]])
    expect(await setAside(db)).toEqual([])
  })
})

describe('settings about raffles', () => {
  it('have their names of now; where wagers are asked for is to be set up once more, and no value of it is repeated', () => {
    const row = (key: string, value: string) => ({ table: 'bot_settings' as const, guildId: guildA, key, value })
    const { settings, outcomes } = translateSettings([
      row('watchtime_tickets_per_hour', '12'),
      row('gifted_sub_tickets', '20'),
      row('wager_tickets_per_1000', '30'),
      row('shuffle_tickets_per_1000', '40'),
      row('raffle_announcement_channel_id', memberB),
      row('shuffle_affiliate_url', 'https://affiliate.shuffle.com/stats/secret-id'),
      row('howl_api_key', 'secret-id'),
    ])
    expect(settings.map(({ key, value }) => [key, value])).toEqual([
      ['raffle_tickets_per_hour', '12'],
      ['raffle_tickets_per_gifted_sub', '20'],
      ['raffle_tickets_per_1000', '30'],
      ['raffle_channel_id', memberB],
    ])
    expect(outcomes.map(({ subject, outcome }) => [subject, outcome])).toEqual([
      ['raffle_tickets_per_1000', 'merged'],
      ['shuffle_affiliate_url', 'refused'],
      ['howl_api_key', 'refused'],
    ])
    expect(JSON.stringify(outcomes)).not.toContain('secret-id')
    expect(createHash('sha256').update(seed).digest('hex')).toBe(commitment)
  })
})
