import { beforeAll, describe, expect, it } from 'vitest'
import { type GuildId, kickUserId, username } from '../../../cluster/runtime/ids.ts'
import type { ChatCall } from '../../../shard/features/feature.ts'
import { features } from '../../../shard/features/index.ts'
import { speak } from '../../../shard/features/language.ts'
import { rankChat, watchtimeChat } from '../../../shard/features/watchtime/chat.ts'
import type { Sql } from '../../../sql/client.ts'
import { recordAccounts } from '../../../sql/queries/activity.ts'
import { boardPage } from '../../../sql/queries/board.ts'
import { setExclusions } from '../../../sql/queries/exclusion.ts'
import { standingOf } from '../../../sql/queries/standing.ts'
import type { SeenMessage } from '../../standins/discord/index.ts'
import { type Bot, startBot } from '../../support/bot.ts'
import { aGuildId, times } from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'

const minutesEver = { what: 'watchtime', within: { kind: 'all' } } as const

let sql: Sql
let bot: Bot

beforeAll(async () => {
  sql = (await createDatabase()).sql
  bot = await startBot({ sql, features })
})

const watched = (guildId: GuildId, viewers: Readonly<Record<string, number>>) => sql`
  insert into watchtime (discord_server_id, username, minutes)
  select ${guildId}::bigint, v.username, v.minutes
    from unnest(${Object.keys(viewers)}::text[], ${Object.values(viewers)}::int[]) as v (username, minutes)`

const balance = (guildId: GuildId, name: string, points: string) => sql`
  insert into user_points (discord_server_id, kick_username, points, total_earned)
  values (${guildId}, ${name}, ${points}, ${points})`

const linked = (guildId: GuildId, memberId: string, name: string) => sql`
  insert into links (discord_server_id, discord_id, kick_name) values (${guildId}, ${memberId}, ${name})`

const named = (guildId: GuildId, name: string, displayName: string) =>
  recordAccounts(sql, {
    guildIds: [guildId],
    kickUserIds: [kickUserId(900_000 + name.length)],
    usernames: [username(name)],
    displayNames: [displayName],
    seenAt: [1_700_000_000],
  })

const aGuild = (): GuildId => {
  const id = aGuildId()
  bot.discord.world.addGuild({ id })
  return id
}

const ask = (guildId: GuildId, memberId: string, command: string, options = {}): Promise<SeenMessage> =>
  bot.discord.control.command({ guildId, userId: memberId, command, options }).message()

const descriptionOf = (message: SeenMessage): string => String(message.embeds[0]?.description)

describe('an answer', () => {
  it.each([
    ['de', '**12 Std. 5 Min.** zugesehen'],
    ['es-419', '**12 h 5 min** vistos'],
    ['fr', '**12 h 5 min** regardées'],
    ['pt-BR', '**12 h 5 min** assistidos'],
    ['tr', '**12 sa 5 dk** izlendi'],
    ['ja', '**12 h 5 min** watched'],
  ])('is in the language of whoever asks: %s', async (locale, text) => {
    const here = aGuild()
    const member = bot.discord.control.join(here, { user: bot.discord.world.addUser({ locale }) })
    await linked(here, member, 'viewer')
    await watched(here, { viewer: 725 })
    expect(descriptionOf(await ask(here, member, 'me'))).toContain(text)
  })
})

describe('/me', () => {
  it('answers privately with minutes, points, rank and the next role of this guild alone', async () => {
    const [here, there] = [aGuild(), aGuild()]
    const member = bot.discord.control.join(here)
    bot.discord.control.join(there, { user: member })
    for (const guildId of [here, there]) await linked(guildId, member, 'some_viewer')
    await watched(here, { some_viewer: 90, other: 100, last: 1 })
    await watched(there, { some_viewer: 5000 })
    await balance(here, 'some_viewer', '18')
    await balance(there, 'some_viewer', '777')
    await named(here, 'some_viewer', 'Some_Viewer')
    for (const [guildId, roleId] of [
      [here, '1300000000000000001'],
      [there, '1300000000000000002'],
    ] as const) {
      await sql`
        insert into watchtime_roles (discord_server_id, role_id, role_name, minutes_required)
        values (${guildId}, ${roleId}, 'Tier 1', ${guildId === here ? 120 : 6000})`
    }
    const answer = await ask(here, member, 'me')
    expect(answer.isEphemeral).toBe(true)
    expect(answer.embeds[0]?.title).toBe('Some\\_Viewer')
    expect(descriptionOf(answer)).toBe(
      [
        '⏱️ **1 h 30 min** watched · rank 2 of 3',
        '🪙 **18 points** · rank 1 of 1',
        '🎯 Next: <@&1300000000000000001> in **30 min**',
        '███████░░░ 90 / 120 min',
      ].join('\n'),
    )
    expect(answer.pings).toEqual({ everyone: false, users: [], roles: [] })
    expect(descriptionOf(await ask(there, member, 'me'))).toContain('**83 h 20 min** watched · rank 1 of 1')
  })

  it('points to /link without a link here, though there is one elsewhere', async () => {
    const [here, there] = [aGuild(), aGuild()]
    const member = bot.discord.control.join(here)
    await linked(there, member, 'viewer')
    await watched(there, { viewer: 10 })
    expect((await ask(here, member, 'me')).content).toContain('Use `/link` once')
  })

  it('shows zeros to a member who linked and never chatted', async () => {
    const guildId = aGuild()
    const member = bot.discord.control.join(guildId)
    await linked(guildId, member, 'quiet')
    const text = descriptionOf(await ask(guildId, member, 'me'))
    expect(text).toContain('**0 min** watched\n🪙 **0 points**\n')
  })
})

describe('/watchtime', () => {
  it('shows another member', async () => {
    const guildId = aGuild()
    const [asker, other] = [bot.discord.control.join(guildId), bot.discord.control.join(guildId)]
    await linked(guildId, other, 'watcher')
    await watched(guildId, { watcher: 61 })
    const answer = await ask(guildId, asker, 'watchtime', { member: other })
    expect(answer.isEphemeral).toBe(true)
    expect(descriptionOf(answer)).toBe('⏱️ **1 h 1 min** watched · rank 1 of 1')
    expect((await ask(guildId, other, 'watchtime', { member: asker })).content).toContain('This member has not linked')
  })
})

describe('/watchtime and /points by a Kick name', () => {
  it('tell those who manage the server about viewers without a link, of this server alone', async () => {
    const [here, there] = [aGuild(), aGuild()]
    const owner = bot.discord.world.guild(here).ownerId
    await watched(here, { no_link: 65 })
    await balance(here, 'no_link', '13')
    await watched(there, { no_link: 999 })
    expect(descriptionOf(await ask(here, owner, 'watchtime', { name: '@No_Link' }))).toContain('**1 h 5 min** watched')
    expect(descriptionOf(await ask(here, owner, 'points', { name: 'no_link' }))).toContain('**13 points**')
    const { content } = await ask(here, owner, 'watchtime', { name: 'two words' })
    expect(content).toContain('not a Kick name')
    expect((await ask(here, owner, 'points', { name: 'no_link', member: owner })).content).toContain(
      'either a Kick name or',
    )
  })

  it('tell nobody else, not even which names there are', async () => {
    const here = aGuild()
    const member = bot.discord.control.join(here)
    await watched(here, { no_link: 65 })
    await named(here, 'no_link', 'No_Link')
    for (const command of ['watchtime', 'points']) {
      const { content } = await ask(here, member, command, { name: 'no_link' })
      expect(content).toContain('“Manage Server”')
      const offered = async (userId: string) =>
        (
          await bot.discord.control
            .autocomplete({ guildId: here, userId, command, options: { name: 'no' }, focused: 'name' })
            .choices()
        ).map(({ value }) => value)
      expect(await offered(member)).toEqual([])
      expect(await offered(bot.discord.world.guild(here).ownerId)).toEqual(['no_link'])
    }
  })
})

describe('/leaderboard', () => {
  it('turns pages by its buttons, in one order for everybody', async () => {
    const [guildId, elsewhere] = [aGuild(), aGuild()]
    const [member, another] = [bot.discord.control.join(guildId), bot.discord.control.join(guildId)]
    // Equal minutes: the name decides.
    await watched(
      guildId,
      Object.fromEntries(times(25, (n) => [`viewer${String(n).padStart(2, '0')}`, n < 5 ? 50 : 10])),
    )
    await watched(elsewhere, { viewer00: 9999, stranger: 9999 })
    const first = await ask(guildId, member, 'leaderboard')
    expect(first.isEphemeral).toBe(false)
    const lines = descriptionOf(first).split('\n')
    expect(lines).toHaveLength(10)
    expect(lines[0]).toBe('🥇 **viewer00** — 50 min')
    expect(lines[9]).toBe('`#10` **viewer09** — 10 min')
    const press = (message: SeenMessage, page: number) =>
      bot.discord.control
        .press({ userId: another, message, customId: `watchtime:board:${guildId}:watchtime:all:${page}` })
        .message({ where: (seen) => JSON.stringify(seen.embeds[0]?.footer).includes(`Page ${page}`) })
    const last = await press(await press(first, 2), 3)
    expect(last.id).toBe(first.id)
    expect(descriptionOf(last).split('\n').at(-1)).toBe('`#25` **viewer24** — 10 min')
    expect(descriptionOf(last)).not.toContain('stranger')
    expect(() =>
      bot.discord.control.press({
        userId: member,
        message: last,
        customId: `watchtime:board:${guildId}:watchtime:all:4`,
      }),
    ).toThrow('disabled')
  })

  it('shows the last page when a later one was asked for', async () => {
    const guildId = aGuild()
    const member = bot.discord.control.join(guildId)
    for (const n of times(11, (i) => i)) await balance(guildId, `v${n}`, String(100 + n))
    const answer = await ask(guildId, member, 'leaderboard', { what: 'points', page: 1_000_000 })
    expect(descriptionOf(answer)).toBe('`#11` **v0** — 100 points')
    expect(answer.embeds[0]?.footer).toMatchObject({ text: 'Page 2 of 2 · 11 viewers' })
  })

  it('leaves out whom an admin left out of boards, who then take no rank from others', async () => {
    const guildId = aGuild()
    await watched(guildId, { chatbot: 900, viewer: 5, second: 4 })
    await setExclusions(sql, {
      guildId,
      username: username('chatbot'),
      kinds: ['boards'],
      origin: 'admin',
      reason: null,
      setBy: null,
    })
    const page = await boardPage(sql, { guildId, board: minutesEver, page: 1 })
    expect(page.rows.map((row) => [row.rank, row.displayName])).toEqual([
      [1, 'viewer'],
      [2, 'second'],
    ])
    expect(await standingOf(sql, { guildId, username: username('second') })).toMatchObject({
      watchtimeRank: 2,
      watchers: 2,
    })
    expect(await standingOf(sql, { guildId, username: username('chatbot') })).toMatchObject({
      watchtimeRank: null,
    })
  })

  it('says on an empty board how to get onto it', async () => {
    const guildId = aGuild()
    const answer = await ask(guildId, bot.discord.control.join(guildId), 'leaderboard')
    expect(descriptionOf(answer)).toContain('Nobody is on this board yet')
    expect(answer.components).toEqual([])
  })

  it('ranks a viewer as the board does, wherever minutes are equal', async () => {
    const guildId = aGuild()
    await watched(guildId, Object.fromEntries(times(30, (n) => [`v_${n}`, n % 3])))
    const pages = await Promise.all([1, 2].map((page) => boardPage(sql, { guildId, board: minutesEver, page })))
    for (const row of pages.flatMap((page) => page.rows)) {
      const standing = await standingOf(sql, { guildId, username: username(row.displayName) })
      expect(standing.watchtimeRank).toBe(row.rank)
    }
  })

  it('reads the viewers of one guild by their key, in a table of many guilds', async () => {
    const { sql: own } = await createDatabase()
    const guildId = aGuildId()
    await own`
      insert into watchtime (discord_server_id, username, minutes)
      select g, 'viewer' || v, v
        from generate_series(1, 200) as g, generate_series(1, 100) as v`
    await own`
      insert into watchtime (discord_server_id, username, minutes)
      select ${guildId}::bigint, 'viewer' || v, v
        from generate_series(1, 100) as v`
    await own`analyze watchtime`
    const plan = await own`
      explain (format text)
      select w.username, row_number() over (order by w.minutes desc, w.username collate "C")
        from watchtime w
       where w.discord_server_id = ${guildId} and w.minutes > 0`
    expect(JSON.stringify(plan)).toContain('watchtime_pkey')
  })
})

describe('chat commands', () => {
  const call = (guildId: GuildId, name: string): ChatCall => ({
    guildId,
    say: speak('en'),
    sender: { userId: kickUserId(5), username: username(name), displayName: name },
    args: [],
  })

  it('answer viewers who never linked, by this guild alone', async () => {
    const [here, there] = [aGuildId(), aGuildId()]
    await watched(here, { viewer: 61, second: 60 })
    await watched(there, { viewer: 9999 })
    expect(await watchtimeChat(call(here, 'Viewer'), sql, bot.tools)).toBe('1 h 1 min watched, rank 1 of 2.')
    expect(await rankChat(call(here, 'second'), sql, bot.tools)).toBe('rank 2 of 2 with 1 h watched.')
    expect(await rankChat(call(here, 'nobody'), sql, bot.tools)).toContain('no rank yet')
  })
})
