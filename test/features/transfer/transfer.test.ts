import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import { features } from '../../../shard/features/index.ts'
import type { Sql } from '../../../sql/client.ts'
import { partOf } from '../../../sql/queries/transfer/parts.ts'
import { type PartName, partNames, parts, readPart, staying } from '../../../sql/queries/transfer.ts'
import type { Guild, SeenMessage } from '../../standins/discord/index.ts'
import { type Bot, startBot } from '../../support/bot.ts'
import { buttonsOf } from '../../support/browsing.ts'
import { aGuildId, times } from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'
import { until } from '../../support/wait.ts'

let sql: Sql
let bot: Bot

beforeAll(async () => {
  sql = (await createDatabase()).sql
  bot = await startBot({ sql, features })
})

interface Place {
  readonly guildId: GuildId
  readonly guild: Guild
  readonly admin: string
}

const aPlace = (): Place => {
  const guildId = aGuildId()
  const guild = bot.discord.world.addGuild({ id: guildId })
  return { guildId, guild, admin: guild.ownerId }
}

const textOf = (message: SeenMessage): string =>
  [message.content, ...message.embeds.map((embed) => `${embed.title}\n${embed.description}`)].join('\n')

async function exported({ guildId, admin }: Place): Promise<{ json: string; csv: string }> {
  const answer = await bot.discord.control.command({ guildId, userId: admin, command: 'server export' }).message()
  const [json, csv] = answer.attachments.map((attachment) => bot.discord.control.fileOf(attachment).toString())
  if (json === undefined || csv === undefined) throw new Error(`there are no files: ${textOf(answer)}`)
  return { json, csv }
}

const give = (
  { guildId, admin }: Place,
  file: string | Buffer,
  options: Record<string, string> & { way: string },
): Promise<SeenMessage> => {
  const id = bot.discord.control.upload({ name: 'file.json', bytes: Buffer.from(file) })
  return bot.discord.control
    .command({ guildId, userId: admin, command: 'server import', options: { file: id, ...options } })
    .message()
}

const press = async (
  { admin }: Place,
  message: SeenMessage,
  action: 'yes' | 'no',
  timeoutMs?: number,
): Promise<string> => {
  const id = buttonsOf(message).find((button) => button.id?.startsWith(`transfer:${action}:`))?.id
  if (id === undefined) throw new Error(`there is no such button: ${textOf(message)}`)
  const was = textOf(message)
  const where = (shown: SeenMessage) => textOf(shown) !== was
  const pressed = bot.discord.control.press({ userId: admin, message, customId: id })
  return textOf(await pressed.message({ where, ...(timeoutMs !== undefined && { timeoutMs }) }))
}

const bring = async (place: Place, file: string, options: Record<string, string> & { way: string }): Promise<string> =>
  press(place, await give(place, file, options), 'yes')

/** A place where everything there is has happened to two viewers. */
async function aFullPlace(): Promise<Place> {
  const place = aPlace()
  const { guildId } = place
  const role = place.guild.addRole({ name: 'Regular', position: 'below-bot' })
  await sql`insert into bot_settings (discord_server_id, key, value) values (${guildId}, 'points_per_5min', '3'), (${guildId}, 'role_mode', 'highest')`
  await sql`insert into watchtime_roles (discord_server_id, role_id, role_name, minutes_required) values (${guildId}, ${role.id}, 'Regular', 60)`
  await sql`insert into live_alert_setup (discord_server_id, channel_id) values (${guildId}, ${place.guild.firstTextChannel.id})`
  await sql`insert into kick_account (discord_server_id, kick_user_id, username, display_name) values (${guildId}, 9007199254740993, 'ann', 'Ann')`
  await sql`insert into links (discord_server_id, discord_id, kick_user_id, kick_name) values (${guildId}, 1300000000000000001, 9007199254740993, 'ann')`
  await sql`insert into watchtime (discord_server_id, username, minutes) values (${guildId}, 'ann', 63), (${guildId}, 'bob', 7)`
  await sql`
    insert into points_watchtime_converted (discord_server_id, kick_username, minutes_converted, points_awarded)
    values (${guildId}, 'ann', 60, 36), (${guildId}, 'bob', 5, 3)`
  await sql`
    insert into point_ledger (discord_server_id, kick_username, delta, kind, source_ref)
    values (${guildId}, 'ann', 9007199254740, 'admin', 'a gift')`
  await sql`
    insert into user_points (discord_server_id, kick_username, discord_id, points, total_earned)
    values (${guildId}, 'ann', 1300000000000000001, 9007199254776, 9007199254776), (${guildId}, 'bob', null, 3, 3)`
  await sql`insert into custom_commands (discord_server_id, command, response) values (${guildId}, 'so', 'Hi {name}')`
  await sql`insert into custom_command_alias (discord_server_id, alias, command) values (${guildId}, 'shout', 'so')`
  await sql`
    insert into timed_messages (discord_server_id, id, message, interval_minutes) values (${guildId}, 1, 'Drink water', 20)`
  await sql`insert into exclusion (discord_server_id, username, kind, origin) values (${guildId}, 'bob', 'boards', 'admin')`
  await sql`insert into slot_catalogue (discord_server_id, name, provider, banned) values (${guildId}, 'Sweet Bonanza', 'House', true)`
  await sql`
    insert into slot_rewards (discord_server_id, id, reward_type, reward_amount, reward_chance_percent)
    values (${guildId}, 1, 'bonus_buy', 25.50, 0.05)`
  await sql`
    insert into point_shop_items (
      discord_server_id, id, name, description, image_url, price, stock_total, stock_left, per_user_limit, requirement_title, required_role_id
    )
    values (${guildId}, 1, 'A hat', 'Warm', 'https://example.com/hat.png', 100, 10, 4, 1, 'Which size?', ${role.id}),
           (${guildId}, 2, 'Tea', null, null, 5, null, null, null, null, null), (${guildId}, 3, 'Gone', null, null, 1, null, null, null, null, null)`
  await sql`update point_shop_items set removed_at = now() where discord_server_id = ${guildId} and id = 3`
  await sql`insert into point_shop (discord_server_id, last_item) values (${guildId}, 3)`
  return place
}

/** Viewers whose minutes are not what was added to those they began with. */
const minutesUnexplained = (guildId: GuildId, before: Readonly<Record<string, number>>) => sql`
  select w.username
    from watchtime w
   where w.discord_server_id = ${guildId}
     and w.minutes <> coalesce((${JSON.stringify(before)}::text::jsonb ->> w.username)::int, 0)
       + (select coalesce(sum(a.delta), 0) from watchtime_adjustment a
           where a.discord_server_id = w.discord_server_id and a.username = w.username)`

async function everything(guildId: GuildId): Promise<Record<PartName, unknown>> {
  const all: Partial<Record<PartName, unknown>> = {}
  for (const name of partNames) all[name] = [...(await readPart(sql, guildId, name))]
  return all as Record<PartName, unknown>
}

/** Viewers whose balance is not what ledger and conversions explain. */
const unexplained = (guildId: GuildId) => sql`
  select u.kick_username
    from user_points u
    left join points_watchtime_converted c using (discord_server_id, kick_username)
   where u.discord_server_id = ${guildId}
     and u.points <> coalesce(c.points_awarded, 0)
       + (select coalesce(sum(l.delta), 0) from point_ledger l
           where l.discord_server_id = u.discord_server_id and l.kick_username = u.kick_username)`

const totals = async ({ guildId }: Place) =>
  Object.fromEntries(
    (
      await sql`
        select coalesce(w.username, u.kick_username) as name, coalesce(w.minutes, 0) as minutes,
               coalesce(u.points, 0)::float8 as points, coalesce(c.minutes_converted, 0) as converted
          from (select discord_server_id, username, minutes from watchtime where discord_server_id = ${guildId}) w
          full join (select kick_username, points from user_points where discord_server_id = ${guildId}) u on u.kick_username = w.username
          left join points_watchtime_converted c
            on c.discord_server_id = ${guildId} and c.kick_username = coalesce(w.username, u.kick_username)
         order by 1`
    ).map((row) => [row.name, [row.minutes, row.points, row.converted]]),
  )

describe('what travels', () => {
  it('is decided for every table of a server', async () => {
    const rows = await sql<{ tableName: string }[]>`
      select c.table_name from information_schema.columns c
        join information_schema.tables t using (table_schema, table_name)
       where c.table_schema = 'public' and c.column_name = 'discord_server_id' and t.table_type = 'BASE TABLE'`
    const decided = [...partNames.map((name) => partOf(name).table), ...Object.keys(staying)]
    expect(rows.map((row) => row.tableName).sort()).toEqual(decided.sort())
  })

  it('has only columns that the tables have', async () => {
    for (const name of partNames) {
      const rows = await sql<{ columnName: string }[]>`
        select column_name from information_schema.columns where table_name = ${parts[name].table}`
      const there = rows.map((row) => row.columnName)
      expect(there, name).toEqual(expect.arrayContaining([...Object.keys(partOf(name).columns), ...partOf(name).key]))
    }
  })
})

describe('/server', () => {
  it('gives everything of this server, without rounding an id, and of no other', async () => {
    const [place, other] = [await aFullPlace(), await aFullPlace()]
    await sql`update watchtime set minutes = 1 where discord_server_id = ${other.guildId}`
    const { json, csv } = await exported(place)
    expect(JSON.parse(json)).toMatchObject({
      server: place.guildId,
      parts: {
        links: [{ discordId: '1300000000000000001', kickUserId: '9007199254740993', kickName: 'ann' }],
        watchtime: [
          { username: 'ann', minutes: 63 },
          { username: 'bob', minutes: 7 },
        ],
        ledger: [{ delta: '9007199254740', sourceRef: 'a gift' }],
      },
    })
    expect(csv).toBe('name,discord_id,minutes,points\r\nann,1300000000000000001,63,9007199254776\r\nbob,,7,3\r\n')
    expect(json).not.toContain(other.guildId)
  })

  it('brings back exactly what was taken out, also the second time', async () => {
    const place = await aFullPlace()
    const before = await everything(place.guildId)
    const { json } = await exported(place)
    await sql`update watchtime set minutes = 9999 where discord_server_id = ${place.guildId}`
    await sql`update user_points set points = 1 where discord_server_id = ${place.guildId}`
    await sql`delete from links where discord_server_id = ${place.guildId}`
    await sql`insert into watchtime (discord_server_id, username, minutes) values (${place.guildId}, 'carl', 5)`
    for (const round of ['first', 'second']) {
      expect(await bring(place, json, { way: 'replace' }), round).toContain('✅ Done. Viewers: 2')
      expect(await everything(place.guildId)).toEqual(before)
    }
    expect(await unexplained(place.guildId)).toEqual([])
    expect(await minutesUnexplained(place.guildId, { ann: 9999, bob: 9999 })).toEqual([])
  })

  it('brings a server into another one: totals together, tiers by name, what is here stays', async () => {
    const [from, place] = [await aFullPlace(), aPlace()]
    const { guildId } = place
    await sql`insert into watchtime (discord_server_id, username, minutes) values (${guildId}, 'ann', 100), (${guildId}, 'dora', 4)`
    await sql`insert into links (discord_server_id, discord_id, kick_name) values (${guildId}, 1300000000000000009, 'ann')`
    const { json } = await exported(from)
    const preview = await give(place, json, { way: 'add' })
    expect(textOf(preview)).toContain('Roles for watch time and Live alerts')
    expect(await totals(place)).toEqual({ ann: [100, 0, 0], dora: [4, 0, 0] })
    await press(place, preview, 'yes')
    expect(await totals(place)).toEqual({
      ann: [163, expect.any(Number), 63],
      bob: [7, 3, 7],
      dora: [4, 0, 0],
    })
    expect(await sql`select discord_id from links where discord_server_id = ${guildId}`).toEqual([
      { discordId: '1300000000000000009' },
    ])
    expect(await sql`select role_name, minutes_required from legacy_tier where discord_server_id = ${guildId}`).toEqual(
      [{ roleName: 'Regular', minutesRequired: 60 }],
    )
    expect(
      await sql`select job_ref from job where discord_server_id = ${guildId} and kind = 'timers.due'`,
      'the timed message is said from now on',
    ).toHaveLength(1)
    expect(await sql`select from live_alert_setup where discord_server_id = ${guildId}`).toHaveLength(0)
    expect(
      await sql`select value from bot_settings where discord_server_id = ${guildId} and key = 'role_mode'`,
    ).toEqual([{ value: 'highest' }])
    expect(await unexplained(guildId)).toEqual([])
    const [note] = await sql`select source, actor_id, action from audit_log where discord_server_id = ${guildId}`
    expect(note).toEqual({ source: 'import', actorId: place.admin, action: 'transfer.import' })
  })

  const itemsIn = async (guildId: GuildId) =>
    (
      await sql<Record<string, unknown>[]>`
        select id, name, price, stock_left, is_active, required_role_id, version from point_shop_items
         where discord_server_id = ${guildId} and removed_at is null order by id`
    ).map((row) => Object.values(row))

  it('brings in no channel of another server, whatever the file says of whose it is', async () => {
    const [theirs, place] = [aPlace(), aPlace()]
    const [foreign, own] = [theirs.guild.firstTextChannel.id, place.guild.firstTextChannel.id]
    const alerts = [
      {
        channelId: foreign,
        enabled: true,
        roleId: null,
        title: null,
        description: null,
        footer: null,
        buttons: [],
        updates: 'none',
      },
    ]
    const settings = [
      { key: 'raffle_channel_id', value: foreign },
      { key: 'season_channel_id', value: own },
      { key: 'points_per_5min', value: '3' },
    ]
    const file = {
      format: 'belfry',
      version: 1,
      server: place.guildId,
      exportedAt: new Date().toISOString(),
      parts: { settings, alerts },
    }
    const preview = await give(place, JSON.stringify(file), { way: 'merge' })
    expect(textOf(preview)).toContain('roles and channels of another server, left out:')
    await press(place, preview, 'yes')
    const kept = await sql`select key, value from bot_settings where discord_server_id = ${place.guildId} order by key`
    expect(kept.map((row) => ({ ...row }))).toEqual([
      { key: 'points_per_5min', value: '3' },
      { key: 'season_channel_id', value: own },
    ])
    expect(await sql`select from live_alert_setup where discord_server_id = ${place.guildId}`).toHaveLength(0)
  })

  it('brings the shop into another server: items are known by their names, and nobody can buy what a role was needed for', async () => {
    const [from, place] = [await aFullPlace(), aPlace()]
    const { guildId } = place
    await sql`
      insert into point_shop_items (discord_server_id, id, name, price, stock_total, stock_left)
      values (${guildId}, 1, 'tea', 9, 3, 1), (${guildId}, 2, 'Ours', 1, null, null)`
    await sql`insert into point_shop (discord_server_id, last_item) values (${guildId}, 7)`
    const { json } = await exported(from)
    const preview = await give(place, json, { way: 'merge' })
    expect(textOf(preview)).toContain('Shop items: 2')
    expect(textOf(preview)).toContain('One item of the shop asks for a role of the other server. It comes switched off')
    await press(place, preview, 'yes')
    expect(await itemsIn(guildId)).toEqual([
      [1, 'Tea', '5', 1, true, null, 2],
      [2, 'Ours', '1', null, true, null, 1],
      [8, 'A hat', '100', 4, false, null, 1],
    ])
    expect(
      await sql`select reward_amount::text, enabled from slot_rewards where discord_server_id = ${guildId}`,
    ).toEqual([{ rewardAmount: '25.50', enabled: true }])
    expect(await sql`select slot_key, banned from slot_catalogue where discord_server_id = ${guildId}`).toEqual([
      { slotKey: 'sweet-bonanza', banned: true },
    ])
  })

  it('brings a shop back as it was: what came since is removed, numbers of sales still mean what was bought', async () => {
    const place = await aFullPlace()
    const { guildId } = place
    const { json } = await exported(place)
    await sql`update point_shop_items set price = 1, stock_left = 0 where discord_server_id = ${guildId} and id = 1`
    await sql`insert into point_shop_items (discord_server_id, id, name, price) values (${guildId}, 4, 'New', 1)`
    await sql`update point_shop set last_item = 4 where discord_server_id = ${guildId}`
    await sql`insert into shop_notice (discord_server_id, item_id, discord_id) values (${guildId}, 1, 1300000000000000001)`
    await bring(place, json, { way: 'replace' })
    expect((await itemsIn(guildId)).map(([id, name, price, left]) => [id, name, price, left])).toEqual([
      [1, 'A hat', '100', 4],
      [2, 'Tea', '5', null],
    ])
    expect(
      await sql`select source_ref from outbox where discord_server_id = ${guildId} and kind = 'shop.back'`,
    ).toEqual([{ sourceRef: '1:1:1300000000000000001' }])
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['more is left than there was', { stockTotal: 1, stockLeft: 2 }, 'stockLeft: must be a whole number from 0 to 1'],
    ['tickets that are none', { itemType: 'raffle_tickets' }, 'raffleTicketAmount: must be a whole number from 1'],
    ['a picture of anywhere', { imageUrl: 'http://example.com/hat.png' }, 'imageUrl: must be an https address'],
    ['it costs less than nothing', { price: '-1' }, 'price: must be'],
    [
      'it ends before it begins',
      { availableFrom: '2026-02-01T00:00:00Z', availableUntil: '2026-01-01T00:00:00Z' },
      'availableUntil',
    ],
  ])('takes no item of which %s', async (_, change, told) => {
    const place = await aFullPlace()
    const file = JSON.parse((await exported(place)).json)
    Object.assign(file.parts.shop_items[0], change)
    expect(textOf(await give(place, JSON.stringify(file), { way: 'merge' }))).toContain(told)
  })

  it.each<[string, Record<string, unknown>]>([
    ['merge', { ann: [120, 50, 100], bob: [30, 9, 30] }],
    ['add', { ann: [200, 90, 180], bob: [30, 9, 30] }],
    ['replace', { ann: [120, 40, 100], bob: [30, 9, 30] }],
  ])('takes a table of another bot by %s, once', async (way, expected) => {
    const place = aPlace()
    const { guildId } = place
    await sql`insert into watchtime (discord_server_id, username, minutes) values (${guildId}, 'ann', 80)`
    await sql`
      insert into points_watchtime_converted (discord_server_id, kick_username, minutes_converted, points_awarded)
      values (${guildId}, 'ann', 60, 50)`
    await sql`insert into user_points (discord_server_id, kick_username, points) values (${guildId}, 'ann', 50)`
    const csv = 'Viewer;Watch hours;Coins\nAnn;2;40\nbob;0,5;9\n'
    const options = { way, time: 'Watch hours', unit: 'hours' }
    await bring(place, csv, options)
    expect(await totals(place)).toEqual(expected)
    expect(await unexplained(guildId)).toEqual([])
    expect(await minutesUnexplained(guildId, { ann: 80 })).toEqual([])
    const again = await give(place, csv, options)
    if (way === 'replace') await press(place, again, 'yes')
    else expect(textOf(again)).toContain('This file was brought in before')
    expect(await totals(place)).toEqual(expected)
    expect(await unexplained(guildId)).toEqual([])
  })

  it('shows which column it takes for what, and asks when it cannot know', async () => {
    const place = aPlace()
    const text = textOf(await give(place, 'name,minutes,points,extra\nann,90,7,x\n', { way: 'merge' }))
    expect(text).toContain('Columns: name = name, time = minutes, points = points (Minutes)')
    expect(text).toContain('First row: ann, minutes 90, points 7')
    expect(textOf(await give(place, 'who,minutes\nann,1\n', { way: 'merge' }))).toContain(
      'please name it with the option `name`. The headings are `who`, `minutes`.',
    )
  })

  it('brings in nothing when one row is wrong, and names every wrong one', async () => {
    const place = aPlace()
    const few = await give(place, 'name,minutes\nann,5\nbob,many\nbob,6\n', { way: 'merge' })
    expect(textOf(few)).toContain('2 mistakes, so nothing was brought in')
    expect(textOf(few)).toContain('Table, row 3, minutes: must be a whole number from 0 to 100,000,000')
    expect(textOf(few)).toContain('Table, row 4, name: must be there once only')
    expect(buttonsOf(few)).toEqual([])
    const rows = times(200, (n) => `viewer${n},x`).join('\n')
    const many = await give(place, `name,minutes\n${rows}`, { way: 'merge' })
    expect(textOf(many)).toContain('200 mistakes')
    const [file] = many.attachments
    expect(
      bot.discord.control
        .fileOf(file ?? {})
        .toString()
        .trim()
        .split('\n'),
    ).toHaveLength(200)
    expect(await sql`select from transfer_draft where discord_server_id = ${place.guildId}`).toHaveLength(0)
  })

  it('reads a packed file, and not one that swells', async () => {
    const place = aPlace()
    const packed = gzipSync('name,minutes\nann,5\n')
    expect(textOf(await give(place, packed, { way: 'merge' }))).toContain('First row: ann')
    const bomb = gzipSync(Buffer.alloc(101 * 1024 * 1024, 'a'))
    expect((await give(place, bomb, { way: 'merge' })).content).toContain('I cannot read that file')
  })

  it('refuses what is too large', async () => {
    const place = aPlace()
    expect((await give(place, Buffer.alloc(10 * 1024 * 1024 + 1, 'a'), { way: 'merge' })).content).toContain('10 MB')
  })

  it('changes nothing when it is cancelled, and nothing twice when yes is pressed twice', async () => {
    const place = aPlace()
    const csv = 'name,minutes\nann,5\n'
    const first = await give(place, csv, { way: 'add' })
    expect(await press(place, first, 'no')).toContain('Nothing was changed')
    expect(await totals(place)).toEqual({})
    const second = await give(place, csv, { way: 'add' })
    const id = String(buttonsOf(second).find((button) => button.id?.includes(':yes:'))?.id)
    const presses = times(2, () => bot.discord.control.press({ userId: place.admin, message: second, customId: id }))
    await Promise.all(presses.map((each) => each.acknowledged()))
    // Stopping finishes what is in hand.
    await bot.commands.stop()
    await bot.commands.start()
    expect(await totals(place)).toEqual({ ann: [5, 0, 5] })
  })

  it('is for administrators; whoever manages the server may take data out', async () => {
    const place = aPlace()
    const role = place.guild.addRole({ name: 'Manager', permissions: 32n })
    const manager = place.guild.addMember({ username: 'manager', roles: [role.id] }).user.id
    const answer = await give({ ...place, admin: manager }, 'name,minutes\nann,5\n', { way: 'merge' })
    expect(answer.content).toBe('Only administrators may bring data in.')
    expect((await exported({ ...place, admin: manager })).csv).toBe('name,discord_id,minutes,points\r\n')
  })

  it('forgets a file that nobody says yes to', async () => {
    const place = aPlace()
    const preview = await give(place, 'name,minutes\nann,5\n', { way: 'merge' })
    await sql`update job set next_run_at = now() where discord_server_id = ${place.guildId} and kind = 'transfer.forget'`
    const drafts = () => sql`select from transfer_draft where discord_server_id = ${place.guildId}`
    await until(async () => (await drafts()).length === 0, { what: 'the draft to be forgotten' })
    const id = String(buttonsOf(preview).find((button) => button.id?.includes(':yes:'))?.id)
    const late = bot.discord.control.press({ userId: place.admin, message: preview, customId: id })
    const [answer] = await late.followUps(1)
    expect(answer?.content).toContain('too old')
  })

  it('brings in a hundred thousand viewers, every one of them explained', async () => {
    const place = aPlace()
    await sql`
      insert into watchtime (discord_server_id, username, minutes)
      select ${place.guildId}, 'viewer' || n, n from generate_series(0, 49999) n`
    const csv = `name,minutes,points\n${times(100_000, (n) => `viewer${n},${n + 1},${n + 1}`).join('\n')}`
    const preview = await give(place, csv, { way: 'add' })
    expect(await press(place, preview, 'yes', 50_000)).toContain('100,000')
    expect(await unexplained(place.guildId)).toEqual([])
  }, 60_000)
})
