import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { guildId } from '../../../cluster/runtime/ids.ts'
import { verifyPick } from '../../../shard/features/slots/command/pick.ts'
import { translateSettings } from '../../../sql/legacy/settings.ts'
import { migrate } from '../../../sql/migrate.ts'
import { openRound } from '../../../sql/queries/balance.ts'
import { pickOf, type SlotPick } from '../../../sql/queries/slotpicks.ts'
import { insertRequests } from '../../../sql/queries/slots.ts'
import { aDatabase, rowsOf, setAside } from './databases.ts'
import { g1, g3, guildA, guildB, slotPicks, slotRequests } from './fixtures.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

describe('who could not ask for slots', () => {
  it('comes over from a table without guilds, each once however the name was written', async () => {
    const db = await aDatabase(
      g1,
      `insert into slot_call_blacklist (kick_username, reason, blacklisted_by, created_at) values
         ('Pest', 'old', 5, '2025-01-01'), ('pest', 'new', 900000000000000001, '2025-02-01'), ('no name', null, null, null)`,
    )
    await migrate(db.url, { legacy: { onlyGuild: guildA } })
    expect(
      await rowsOf(
        db,
        `select discord_server_id::text, kick_username, reason, blacklisted_by::text from slot_call_blacklist`,
      ),
    ).toEqual([[guildA, 'pest', 'new', '900000000000000001']])
    expect(await setAside(db)).toEqual([['slot_call_blacklist', 'no Kick account has this name']])
  })

  it('stays with its server where the table is keyed by name and server', async () => {
    const db = await aDatabase(
      g3,
      `alter table slot_call_blacklist drop constraint slot_call_blacklist_pkey, add column discord_server_id bigint not null,
         add primary key (kick_username, discord_server_id);
       insert into slot_call_blacklist (kick_username, discord_server_id) values ('pest', ${guildA}), ('pest', ${guildB}), ('troll', ${guildB})`,
    )
    await migrate(db.url, { legacy: {} })
    expect(
      await rowsOf(db, `select discord_server_id::text, kick_username from slot_call_blacklist order by 1, 2`),
    ).toEqual([
      [guildA, 'pest'],
      [guildB, 'pest'],
      [guildB, 'troll'],
    ])
  })
})

describe('requests for slots', () => {
  it('keep their ids, so that the next one has another; what is none is set aside', async () => {
    const db = await aDatabase(
      g1,
      slotRequests,
      `insert into slot_requests (id, kick_username, slot_call, requested_at, picked, picked_at, discord_server_id) values
         (41, 'Anna', ' Sweet Bonanza ', '2025-12-01 10:00', true, '2025-12-01 11:00', ${guildA}),
         (42, 'bob', '${'x'.repeat(250)}', null, null, null, null), (43, 'bob', '  ', null, false, null, ${guildA})`,
    )
    await migrate(db.url, { legacy: { onlyGuild: guildB } })
    expect(
      await rowsOf(
        db,
        `select discord_server_id::text, id::int, kick_username, display_name, left(slot_call, 13), length(slot_call), picked,
                to_char(picked_at at time zone 'UTC', 'HH24:MI'), confirmed
           from slot_requests order by id`,
      ),
    ).toEqual([
      [guildA, 41, 'anna', 'Anna', 'Sweet Bonanza', 13, true, '11:00', true],
      [guildB, 42, 'bob', 'bob', 'x'.repeat(13), 200, false, null, true],
    ])
    expect(await setAside(db)).toEqual([['slot_requests', 'it names no slot']])
    const [fresh] = await insertRequests(db.sql, [
      {
        guildId: guildId(guildA),
        username: 'carl' as never,
        displayName: 'Carl',
        slotCall: 'New',
        messageId: 'm',
        at: Date.now(),
      },
    ])
    expect(Number(fresh?.id)).toBeGreaterThan(42)
  })

  it('bring their picks, which still can be checked by the formula of the bot before, and what could be won', async () => {
    const seed = 'a'.repeat(64)
    const clientSeed = `slot_picker:${guildA}:2:7:random_pick`
    const proof = sha256(`${seed}:${clientSeed}:7`)
    const db = await aDatabase(
      g1,
      slotRequests,
      slotPicks,
      `insert into slot_requests (id, kick_username, slot_call, picked, picked_at, discord_server_id, server_seed, client_seed, nonce, proof_hash, random_value) values
         (7, 'anna', 'One', true, '2026-01-01', ${guildA}, '${seed}', '${clientSeed}', '7', '${proof}', 12.34),
         (8, 'bob', 'Two', true, '2026-01-02', ${guildA}, '${seed}', 'x', '8', 'not the hash', 1),
         (9, 'carl', 'Three', false, null, ${guildA}, null, null, null, null, null);
       insert into slot_picks (slot_request_id, discord_server_id, kick_username, slot_call, reward_won, reward_type, reward_amount, server_seed, client_seed, nonce, proof_hash, random_value, chance_percent) values
         (8, ${guildA}, 'bob', 'Two', true, 'bonus_buy', 25, '${seed}', 'x', '8', 'not the hash', 1, 5);
       insert into slot_rewards (discord_server_id, reward_type, reward_amount, reward_chance_percent, enabled) values
         (${guildA}, 'bonus_buy', 25, 5, true), (${guildA}, 'bonus_buy', 0, 5, true), (${guildB}, 'cash', 10.005, 0.5, false)`,
    )
    await migrate(db.url, { legacy: { onlyGuild: guildA } })
    const first = (await pickOf(db.sql, { guildId: guildId(guildA), number: 2 })) as SlotPick
    expect([first.slotCall, first.scheme, first.randomValue]).toEqual(['One', 'v1', 1234])
    expect(await verifyPick(guildId(guildA), first)).toBe(true)
    const second = (await pickOf(db.sql, { guildId: guildId(guildA), number: 1 })) as SlotPick
    expect([second.slotCall, second.reward]).toEqual(['Two', { id: 0, type: 'bonus_buy', amount: 2_500, chance: 500 }])
    expect(await verifyPick(guildId(guildA), second)).toBe(false)
    expect(await rowsOf(db, `select discord_server_id::text, picks from slot_state`)).toEqual([[guildA, 2]])
    expect(
      await rowsOf(
        db,
        `select discord_server_id::text, id, reward_type, reward_amount::text, reward_chance_percent::text, enabled from slot_rewards order by 1, 2`,
      ),
    ).toEqual([
      [guildA, 1, 'bonus_buy', '25.00', '5.00', true],
      [guildB, 1, 'cash', '10.01', '0.50', false],
    ])
    expect(await setAside(db)).toEqual([['slot_rewards', 'its amount is none that can be won']])
  })
})

describe('lists of slots', () => {
  it('that a dashboard keeps say what may not be asked for, by the casino that each server had chosen, and stay its own', async () => {
    const db = await aDatabase(
      g3,
      slotRequests,
      `create table shuffle_slots (name text, slug text, banned boolean, is_active boolean, discord_server_id bigint);
       create table stake_slots (name text, banned boolean, is_active boolean, provider text, discord_server_id text);
       create table parking_slots (name text);
       insert into shuffle_slots values ('Sweet Bonanza', 'sweet-bonanza', true, true, ${guildA}), ('sweet  bonanza!', '', false, false, ${guildA}),
         ('Fine', 'fine', false, true, ${guildA}), ('Gone', 'gone', null, false, ${guildA}), ('Elsewhere', '', true, true, ${guildB}), ('', '', true, true, ${guildA});
       insert into stake_slots values ('Limbo', true, true, 'House', '${guildB}'), ('Other', true, true, null, '${guildA}');
       insert into bot_settings (key, value, discord_server_id) values ('slot_platform_name', 'Stake', ${guildB}), ('slot_calls_channel_id', '${guildA}', ${guildA})`,
    )
    await migrate(db.url, { legacy: {} })
    expect(
      await rowsOf(
        db,
        `select discord_server_id::text, slot_key, provider, banned, is_active from slot_catalogue order by 1, 2`,
      ),
    ).toEqual([
      [guildA, 'gone', null, false, false],
      [guildA, 'sweet-bonanza', null, true, true],
      [guildB, 'limbo', 'House', true, true],
    ])
    expect(await rowsOf(db, `select count(*)::int from shuffle_slots`)).toEqual([[6]])
    expect(
      await rowsOf(
        db,
        `select discord_server_id::text, subject from legacy_report where source_table ~ '_slots$' order by 1`,
      ),
    ).toEqual([
      [guildA, 'slots that may not be asked for'],
      [guildB, 'slots that may not be asked for'],
    ])
  })
})

describe('rounds of Guess the Balance', () => {
  it('have numbers of their server, one of them open at most; guesses and winners follow their round', async () => {
    const db = await aDatabase(
      g3,
      `insert into gtb_sessions (id, opened_by, opened_at, closed_at, status, result_amount, discord_server_id) values
         (1, 'Ann', '2025-11-01', '2025-11-02', 'completed', 100.5, ${guildA}), (2, 'Ben', '2025-11-03', null, 'open', null, ${guildA}),
         (3, 'Cal', '2025-11-04', null, 'open', null, ${guildB}), (4, 'Ann', '2025-11-05', null, 'open', null, ${guildA}),
         (5, 'Ann', '2025-11-06', null, 'completed', null, ${guildB});
       insert into gtb_guesses (session_id, kick_username, guess_amount, guessed_at) values
         (1, 'Anna', 99, '2025-11-01 10:00'), (1, 'anna', 100, '2025-11-01 11:00'), (1, 'bob', -5, null), (3, 'carl', 7, null);
       insert into gtb_winners (session_id, kick_username, rank, guess_amount, result_amount, difference) values (1, 'Anna', 1, 100, 100.5, 0.5)`,
    )
    await migrate(db.url, { legacy: {} }) // rounds name their server, and so nobody has to be asked whose their guesses are
    expect(
      await rowsOf(
        db,
        `select discord_server_id::text, id::int, number, status, result_amount::text from gtb_sessions order by 1, 2`,
      ),
    ).toEqual([
      [guildA, 1, 1, 'completed', '100.50'],
      [guildA, 2, 2, 'closed', null],
      [guildA, 4, 3, 'open', null],
      [guildB, 3, 1, 'open', null],
      [guildB, 5, 2, 'closed', null],
    ])
    expect(
      await rowsOf(
        db,
        `select discord_server_id::text, session_id::int, kick_username, display_name, guess_amount::text from gtb_guesses order by 1, 2`,
      ),
    ).toEqual([
      [guildA, 1, 'anna', 'anna', '100.00'],
      [guildB, 3, 'carl', 'carl', '7.00'],
    ])
    expect(
      await rowsOf(db, `select discord_server_id::text, rank, kick_username, difference::text from gtb_winners`),
    ).toEqual([[guildA, 1, 'anna', '0.50']])
    expect(await setAside(db)).toEqual([['gtb_guesses', 'its amount is none that can be guessed']])
    await db.sql`update gtb_sessions set status = 'closed', closed_at = now() where status = 'open'`
    const next = await openRound(db.sql, {
      guildId: guildId(guildA),
      openedBy: 'Ann',
      by: null,
      winnerCount: 3,
      firstIsFinal: false,
      noOvershoot: false,
      prize: null,
      minutes: null,
    })
    expect(Number(next)).toBeGreaterThan(5)
  })
})

describe('settings of both', () => {
  const settings = (...rows: [key: string, value: string][]) =>
    translateSettings(rows.map(([key, value]) => ({ table: 'bot_settings', guildId: guildA, key, value })))

  it('keep requests open where they were by default, and only there', () => {
    const of = (...rows: [string, string][]) => settings(...rows).settings.map(({ key, value }) => `${key}=${value}`)
    const channel = ['slot_calls_channel_id', '123456789012345678'] as [string, string]
    expect(of(channel)).toEqual(['slot_calls_channel_id=123456789012345678', 'slot_requests_enabled=true'])
    expect(of(channel, ['slot_requests_enabled', 'False'])).toEqual([
      'slot_calls_channel_id=123456789012345678',
      'slot_requests_enabled=false',
    ])
    expect(of(['slot_max_requests_per_user', '3'])).toEqual(['slot_max_requests_per_user=3'])
  })

  it.each([
    ['slot_request_cooldown_seconds', '45', 'slot_request_cooldown_seconds=45'],
    ['slot_overlay_enabled', 'True', 'slot_pick_delay_seconds=9'],
    ['gtb_channel_id', '123456789012345678', 'gtb_channel_id=123456789012345678'],
  ])('%s %s becomes %s', (key, value, stored) => {
    expect(settings([key, value]).settings.map((one) => `${one.key}=${one.value}`)).toEqual([stored])
  })

  it.each([
    ['slot_request_cooldown_seconds', '0', /meant 30 seconds/],
    ['slot_request_cooldown_seconds', '-1', /meant 30 seconds/],
    ['slot_panel_message_id', '1', /buttons of the old panel/],
  ])('%s %s is refused, and why is said', (key, value, why) => {
    const { settings: kept, outcomes } = settings([key, value])
    expect(kept).toEqual([])
    expect(outcomes).toEqual([expect.objectContaining({ outcome: 'refused', detail: expect.stringMatching(why) })])
  })
})
