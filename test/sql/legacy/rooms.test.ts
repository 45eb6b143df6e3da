import { describe, expect, it } from 'vitest'
import { guildId } from '../../../cluster/runtime/ids.ts'
import { speak } from '../../../shard/features/language.ts'
import { refund } from '../../../shard/features/shop/command/refund.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import { migrate } from '../../../sql/migrate.ts'
import { aDatabase, inGuildA, quarantined, reported, unexplained } from './databases.ts'
import {
  g2Fresh,
  g2InPlace,
  g3,
  g4,
  giveawayTables,
  guildA,
  guildB,
  laterGiveawayColumns,
  memberA,
  memberB,
  threeViewers,
} from './fixtures.ts'

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
