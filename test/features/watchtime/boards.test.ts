import { beforeAll, describe, expect, it } from 'vitest'
import { type GuildId, username } from '../../../cluster/runtime/ids.ts'
import { onChat, onLivestream } from '../../../shard/features/activity/event.ts'
import { spanOf } from '../../../shard/features/calendar.ts'
import { features } from '../../../shard/features/index.ts'
import { boardFor } from '../../../shard/features/watchtime/rules.ts'
import { onTick } from '../../../shard/features/watchtime/tick.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import type { Board } from '../../../sql/queries/board.ts'
import { setExclusions } from '../../../sql/queries/exclusion.ts'
import type { SeenMessage } from '../../standins/discord/index.ts'
import { type Bot, startBot } from '../../support/bot.ts'
import { textOf } from '../../support/browsing.ts'
import { aGuildId, aSlotAgo, aTick, chatOf, secondsBefore, shuffled, streamOf, times } from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'
import { amountsOn, chance, counted, layMinutes, layStream, type Minute, minuteAt, wallDay } from './facts.ts'

let sql: Sql
let bot: Bot

beforeAll(async () => {
  sql = (await createDatabase({ max: 12 })).sql
  bot = await startBot({ sql, features })
})

const within = (span: { from: number; to: number }): Board => ({ what: 'watchtime', within: { kind: 'span', ...span } })

/** Minutes of a dozen viewers in a time, some of them not credited. */
function minutesAround(from: number, to: number, seed: number): Minute[] {
  const next = chance(seed)
  const drawn = times(6_000, () => ({
    username: `viewer${Math.floor(next() * 13)}`,
    end: from + Math.floor(next() * (to - from)),
    isCredited: next() < 0.8,
  }))
  return [...new Map(drawn.map((one) => [`${one.username}:${one.end}`, one])).values()]
}

describe('a board of this week and this month', () => {
  // Weeks and months whose edges, or days, are those at which clocks are changed.
  it.each([
    ['Europe/Berlin', '2026-03-29T20:00Z'],
    ['Europe/Berlin', '2026-10-26T03:00Z'],
    ['America/New_York', '2026-11-01T12:00Z'],
    ['Pacific/Chatham', '2026-04-05T12:00Z'],
    ['Asia/Kathmandu', '2026-06-30T18:20Z'],
    ['Africa/Cairo', '2026-04-30T23:30Z'],
    ['Pacific/Kiritimati', '2026-12-31T11:00Z'],
  ])('holds what a clock in %s says at %s', async (zone, now) => {
    const [guildId, neighbour] = [aGuildId(), aGuildId()]
    const today = wallDay(Date.parse(now), zone)
    const weekday = (Date.parse(`${today}T00:00Z`) / 86_400_000 + 3) % 7
    const monday = Date.parse(`${today}T00:00Z`) - weekday * 86_400_000
    const week = times(7, (i) => new Date(monday + i * 86_400_000).toISOString().slice(0, 10))
    // Most of them near the edges of the week and of the month.
    const edges = [monday, monday + 7 * 86_400_000, Date.parse(`${today.slice(0, 8)}01T00:00Z`)]
    const minutes = [...new Set(edges.map((edge) => Math.floor(edge / 60_000)))].flatMap((edge, i) =>
      minutesAround(edge - 1_500, edge + 1_500, 11 + i),
    )
    const unique = [...new Map(minutes.map((one) => [`${one.username}:${one.end}`, one])).values()]
    await layMinutes(sql, guildId, unique)
    const near = Math.floor(monday / 60_000)
    await layMinutes(sql, neighbour, minutesAround(near, near + 200, 3))
    expect(await amountsOn(sql, guildId, within(spanOf('week', Date.parse(now), zone)))).toEqual(
      counted(unique, (at) => week.includes(wallDay(at, zone))),
    )
    expect(await amountsOn(sql, guildId, within(spanOf('month', Date.parse(now), zone)))).toEqual(
      counted(unique, (at) => wallDay(at, zone).startsWith(today.slice(0, 7))),
    )
  })

  it('follows the time zone of the guild at once', async () => {
    const guildId = aGuildId()
    const edge = minuteAt('2026-11-23T00:00Z') // Monday in UTC, Sunday in New York
    await layMinutes(sql, guildId, [
      { username: 'early', end: edge, isCredited: true },
      { username: 'late', end: edge + 1, isCredited: true },
    ])
    const boardIn = (zone: string) =>
      amountsOn(sql, guildId, within(spanOf('week', Date.parse('2026-11-25T00:00Z'), zone)))
    expect(await boardIn('UTC')).toEqual([['late', 1]])
    expect(await boardIn('America/New_York')).toEqual([])
    expect(await boardIn('Europe/Berlin')).toEqual([
      ['early', 1],
      ['late', 1],
    ])
  })

  it('leaves out who is left out of boards', async () => {
    const guildId = aGuildId()
    await layMinutes(
      sql,
      guildId,
      ['bot', 'a', 'b'].map((name) => ({ username: name, end: minuteAt('2026-11-24T00:00Z'), isCredited: true })),
    )
    const names = { guildId, username: username('bot'), kinds: ['boards'] as const }
    await setExclusions(sql, { ...names, origin: 'member', reason: null, setBy: null })
    expect(await amountsOn(sql, guildId, within(spanOf('week', Date.parse('2026-11-25T00:00Z'), 'UTC')))).toEqual([
      ['a', 1],
      ['b', 1],
    ])
  })
})

describe('boards', () => {
  it('are the same though chat comes late, twice and shuffled, with ticks of all ages in between', async () => {
    const [inTime, late] = [aGuildId(), aGuildId()]
    const start = aSlotAgo(60 * 24 * 8) // across more than a week
    const end = aSlotAgo(2)
    const lines = (guildId: GuildId) =>
      times(240, (i) =>
        chatOf({
          guildIds: [guildId],
          username: `viewer${i % 11}`,
          at: secondsBefore(end, 0) - Math.floor((i * 8 * 86_400_000) / 240) + (i % 50) * 1_000,
        }),
      )
    const stream = (guildId: GuildId) =>
      transaction(sql, (db) =>
        onLivestream([streamOf({ guildIds: [guildId], startedAt: secondsBefore(start, 0) })], db, bot.tools),
      )
    const hear = (...events: ReturnType<typeof lines>) => transaction(sql, (db) => onChat(events, db, bot.tools))
    const tick = (guildId: GuildId, ago: number) =>
      transaction(sql, (db) => onTick(aTick({ guildIds: [guildId], slot: aSlotAgo(ago) }), db, bot.tools))
    await stream(inTime)
    await hear(...lines(inTime))
    await tick(inTime, 0)

    const disorder = shuffled([...lines(late), ...lines(late)], 5)
    for (let i = 0; i < disorder.length; i += 40) {
      await hear(...disorder.slice(i, i + 40))
      await tick(late, (i * 37) % 11_000)
      if (i === 200) await stream(late)
    }
    await Promise.all([tick(late, 0), tick(late, 3), tick(late, 0)])
    const zone = 'America/New_York'
    const all: Board[] = [
      within(spanOf('week', Date.now(), zone)),
      within(spanOf('month', Date.now(), zone)),
      { what: 'watchtime', within: { kind: 'stream' } },
      { what: 'watchtime', within: { kind: 'all' } },
      { what: 'streak' },
    ]
    for (const board of all) {
      const expected = await amountsOn(sql, inTime, board)
      expect(await amountsOn(sql, late, board)).toEqual(expected)
    }
    expect(await amountsOn(sql, late, { what: 'streak' })).toHaveLength(11)
  })

  it('of a stream hold the one that runs or was the last, an interruption included', async () => {
    const guildId = aGuildId()
    const first = minuteAt('2026-11-20T18:00Z')
    await layStream(sql, guildId, first - 1_000, first - 800)
    await layStream(sql, guildId, first, first + 60)
    await layStream(sql, guildId, first + 80, first + 130) // twenty minutes later
    const minutes = [-900, -1, 0, 60, 61, 79, 80, 130, 131].map((i) => ({
      username: 'viewer',
      end: first + i,
      isCredited: true,
    }))
    await layMinutes(sql, guildId, [...minutes, { username: 'before', end: first - 850, isCredited: true }])
    const newest: Board = { what: 'watchtime', within: { kind: 'stream' } }
    expect(await amountsOn(sql, guildId, newest)).toEqual([['viewer', 4]])
    await layStream(sql, guildId, first + 162, first + 170) // more than half an hour later: another one
    expect(await amountsOn(sql, guildId, newest)).toEqual([])
  })

  it('are there for what can be counted', () => {
    const p = { now: Date.parse('2026-11-25T12:00Z'), timeZone: 'UTC', season: undefined }
    expect(boardFor({ what: 'points', period: 'week' }, p)).toBe('points_period')
    expect(boardFor({ what: 'points', period: 'stream' }, p)).toBe('points_period')
    expect(boardFor({ what: 'streak', period: 'month' }, p)).toBe('streak_period')
    expect(boardFor({ what: 'watchtime', period: 'season' }, p)).toBe('no_season')
    expect(boardFor({ what: 'watchtime', period: 'week' }, p)).toEqual(
      within({ from: Date.parse('2026-11-23T00:00Z'), to: Date.parse('2026-11-30T00:00Z') }),
    )
  })
})

describe('/leaderboard', () => {
  const ask = (guildId: GuildId, userId: string, options: object): Promise<SeenMessage> =>
    bot.discord.control.command({ guildId, userId, command: 'leaderboard', options: { ...options } }).message()

  it('shows this week by the guild’s clock, and turns its pages', async () => {
    const guildId = aGuildId()
    const guild = bot.discord.world.addGuild({ id: guildId })
    await sql`
      insert into bot_settings (discord_server_id, key, value) values (${guildId}, 'timezone', 'Asia/Kathmandu')`
    const { from } = spanOf('week', Date.now(), 'Asia/Kathmandu')
    const monday = from / 60_000
    await layMinutes(sql, guildId, [
      { username: 'sunday', end: monday, isCredited: true },
      ...times(12, (i) => ({ username: `v${i + 10}`, end: monday + 1, isCredited: true })),
    ])
    const first = await ask(guildId, guild.ownerId, { period: 'week' })
    expect(first.embeds[0]?.title).toBe('🏆 Watch time · This week')
    expect(textOf(first)).toMatch(/v10.*1 min[\s\S]*v19/)
    const second = await bot.discord.control
      .press({ userId: guild.ownerId, message: first, customId: `watchtime:board:${guildId}:watchtime:week:2` })
      .message({ where: (seen) => JSON.stringify(seen.embeds[0]?.footer).includes('Page 2 of 2 · 12 viewers') })
    expect(textOf(second)).toContain('`#12` **v21** — 1 min')
    expect(textOf(second)).not.toContain('sunday')
  })

  it('says why there is no such board, and what to do', async () => {
    const guildId = aGuildId()
    const guild = bot.discord.world.addGuild({ id: guildId })
    const refusal = async (options: object): Promise<string> => {
      const act = bot.discord.control.command({
        guildId,
        userId: guild.ownerId,
        command: 'leaderboard',
        options: { ...options },
      })
      const [message] = await act.followUps(1)
      return message === undefined ? '' : textOf(message)
    }
    expect(await refusal({ what: 'points', period: 'week' })).toContain('for a season only')
    expect(await refusal({ what: 'streak', period: 'month' })).toContain('leave the period')
    expect(await refusal({ period: 'season' })).toContain('`/season start`')
  })
})
