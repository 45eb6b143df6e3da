import { beforeAll, describe, expect, it } from 'vitest'
import { type GuildId, userId, username } from '../../../cluster/runtime/ids.ts'
import { onChat, onLivestream } from '../../../shard/features/activity/event.ts'
import { dayAt, daysAfter } from '../../../shard/features/calendar.ts'
import { features } from '../../../shard/features/index.ts'
import { endSeason, onEnd } from '../../../shard/features/seasons/job.ts'
import { readEnd } from '../../../shard/features/seasons/rules.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import { moveViewer } from '../../../sql/queries/activity.ts'
import type { Board } from '../../../sql/queries/board.ts'
import { scheduleJobs, takeJobs } from '../../../sql/queries/job.ts'
import { book } from '../../../sql/queries/ledger.ts'
import { holdSeasonPoints, seasonJob, seasonPage, startSeason } from '../../../sql/queries/season.ts'
import { collectPerson, erasePerson } from '../../../sql/queries/trust.ts'
import type { Guild, SeenMessage } from '../../standins/discord/index.ts'
import { type Bot, startBot } from '../../support/bot.ts'
import { buttonsOf, textOf } from '../../support/browsing.ts'
import { aGuildId, aSlotAgo, chatOf, secondsBefore, streamOf, times } from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'
import { until } from '../../support/wait.ts'
import { amountsOn, layMinutes, type Minute } from '../watchtime/facts.ts'

let sql: Sql
let bot: Bot
const admin = userId('77')

beforeAll(async () => {
  sql = (await createDatabase({ max: 14 })).sql
  // What is due is done when a test says so.
  const withoutJobs = features.map(({ jobs: _, ...feature }) => feature)
  bot = await startBot({ sql, features: withoutJobs })
})

const running = (seasonId = 1) =>
  [
    { what: 'watchtime', within: { kind: 'season', seasonId } },
    { what: 'points', within: { kind: 'season', seasonId } },
  ] as const satisfies readonly Board[]

const begin = (guildId: GuildId, name = 'Spring', endsAt: Date | null = null) =>
  transaction(sql, (db) => startSeason(db, { guildId, name, endsAt, userId: admin }))
/** As if the season had begun so many minutes ago, with a whole minute. */
const began = (guildId: GuildId, minutes: number) => sql`
  update season set started_at = date_trunc('minute', now()) - make_interval(mins => ${minutes})
   where discord_server_id = ${guildId} and ended_at is null`
const end = (guildId: GuildId, seasonId = 1) =>
  transaction(sql, (db) => endSeason(db, { guildId, seasonId, userId: admin }, bot.tools))
const earn = (guildId: GuildId, name: string, points: bigint, ref = `${name}:${points}`) =>
  transaction(sql, (db) =>
    book(db, {
      guildId,
      username: username(name),
      change: { kind: 'add', delta: points },
      entry: 'give',
      sourceRef: ref,
      actorId: null,
      reason: null,
    }),
  )
const linesOf = (message: SeenMessage): string[] => String(message.embeds[0]?.description).split('\n')
const results = async (guildId: GuildId, seasonId = 1) =>
  (
    await sql<{ rank: number; pointsRank: number; username: string; minutes: number; points: string }[]>`
      select watchtime_rank as rank, points_rank, username, minutes, points
        from season_result
       where discord_server_id = ${guildId} and season_id = ${seasonId}
       order by watchtime_rank`
  ).map((row) => ({ ...row }))

describe('a season', () => {
  it('counts the minutes that began in it, and points since its beginning, and keeps both as they were at its end', async () => {
    const [guildId, neighbour] = [aGuildId(), aGuildId()]
    await earn(guildId, 'anna', 100n)
    await earn(neighbour, 'anna', 900n)
    for (const id of [guildId, neighbour]) await begin(id)
    await began(guildId, 600)
    const edge = aSlotAgo(0) + 1 - 600 // the minute that ends when the season begins
    const minutes: Minute[] = [
      ...times(5, (i) => ({ username: 'anna', end: edge - i, isCredited: true })),
      ...times(7, (i) => ({ username: 'anna', end: edge + 1 + i, isCredited: true })),
      ...times(9, (i) => ({ username: 'bob', end: edge + 100 + i, isCredited: i !== 4 })),
      ...times(7, (i) => ({ username: 'cleo', end: edge + 200 + i, isCredited: true })),
    ]
    await layMinutes(sql, guildId, minutes)
    await layMinutes(sql, neighbour, [{ username: 'anna', end: edge + 1, isCredited: true }])
    await earn(guildId, 'anna', 20n)
    await earn(guildId, 'dora', 3n)
    const before = await Promise.all(running().map((board) => amountsOn(sql, guildId, board)))
    expect(before).toEqual([
      [
        ['bob', 8],
        ['anna', 7],
        ['cleo', 7],
      ],
      [
        ['anna', 20],
        ['dora', 3],
      ],
    ])
    await end(guildId)
    const kept = [
      { rank: 1, pointsRank: 3, username: 'bob', minutes: 8, points: '0' },
      { rank: 2, pointsRank: 1, username: 'anna', minutes: 7, points: '20' },
      { rank: 3, pointsRank: 4, username: 'cleo', minutes: 7, points: '0' },
      { rank: 4, pointsRank: 2, username: 'dora', minutes: 0, points: '3' },
    ]
    expect(await results(guildId)).toEqual(kept)
    expect(await results(neighbour)).toEqual([])
    // What comes later changes nothing, and totals are as if there had been no season.
    await layMinutes(sql, guildId, [{ username: 'late', end: edge + 300, isCredited: true }])
    await earn(guildId, 'anna', 5n)
    await end(guildId)
    expect(await results(guildId)).toEqual(kept)
    const points = await sql`select points from user_points where discord_server_id = ${guildId} order by kick_username`
    expect(points.map((row) => row.points)).toEqual(['125', '3'])
    // The next one begins at zero.
    const second = await begin(guildId, 'Summer')
    expect(second?.seasonId).toBe(2)
    expect(await Promise.all(running(2).map((board) => amountsOn(sql, guildId, board)))).toEqual([[], []])
    await earn(guildId, 'anna', 1n)
    expect(await amountsOn(sql, guildId, running(2)[1])).toEqual([['anna', 1]])
    expect((await seasonPage(sql, { guildId, seasonId: 1, what: 'points', page: 1 })).rows).toEqual([
      { rank: 1, displayName: 'anna', amount: '20', best: null },
      { rank: 2, displayName: 'dora', amount: '3', best: null },
    ])
  })

  it('shares no minute with the one before, though one ends and the next begins in the same minute', async () => {
    const guildId = aGuildId()
    await begin(guildId)
    await began(guildId, 60)
    const edge = aSlotAgo(0) + 1 - 30
    await sql`update season set ends_at = to_timestamp(${edge * 60}) where discord_server_id = ${guildId}`
    await end(guildId)
    await begin(guildId)
    await sql`
      update season set started_at = to_timestamp(${edge * 60}) where discord_server_id = ${guildId} and season_id = 2`
    await layMinutes(
      sql,
      guildId,
      [-1, 0, 1, 2].map((i) => ({ username: 'anna', end: edge + i, isCredited: true })),
    )
    const of = async (seasonId: number) => (await amountsOn(sql, guildId, running(seasonId)[0]))[0]?.[1]
    expect([await of(1), await of(2)]).toEqual([2, 2])
  })

  it('begins once and ends once, however many want it at the same time', async () => {
    const guildId = aGuildId()
    const begun = await Promise.all(times(8, (i) => begin(guildId, `try ${i}`)))
    expect(begun.filter((season) => season !== undefined)).toHaveLength(1)
    await began(guildId, 100)
    await earn(guildId, 'anna', 4n)
    await layMinutes(sql, guildId, [{ username: 'anna', end: aSlotAgo(20), isCredited: true }])
    const ended = await Promise.all(times(8, () => end(guildId)))
    expect(ended.filter((season) => season !== undefined)).toHaveLength(1)
    expect(await results(guildId)).toHaveLength(1)
    const [counts] = await sql`
      select (select count(*)::int from outbox where discord_server_id = ${guildId} and kind = 'seasons.result') as told,
             (select count(*)::int from audit_log where discord_server_id = ${guildId} and action = 'seasons.end') as noted,
             (select count(*)::int from season where discord_server_id = ${guildId}) as seasons`
    expect({ ...counts }).toEqual({ told: 1, noted: 1, seasons: 1 })
  })

  it('ends by itself when its time has come, once, with what was said until then, though the job comes late', async () => {
    const guildId = aGuildId()
    const lastMinute = aSlotAgo(10)
    await begin(guildId)
    await began(guildId, 120)
    await sql`
      update season set ends_at = to_timestamp(${lastMinute * 60}) where discord_server_id = ${guildId}`
    await transaction(sql, async (db) => {
      await onLivestream([streamOf({ guildIds: [guildId], startedAt: Date.now() - 3_600_000 })], db, bot.tools)
      // Two minutes each that no tick has settled: two within the season, one on its edge, none after it.
      await onChat(
        [
          chatOf({ guildIds: [guildId], username: 'in', at: secondsBefore(aSlotAgo(14), 30) }),
          chatOf({ guildIds: [guildId], username: 'edge', at: secondsBefore(aSlotAgo(11), 30) }),
          chatOf({ guildIds: [guildId], username: 'after', at: secondsBefore(aSlotAgo(6), 30) }),
        ],
        db,
        bot.tools,
      )
    })
    const play = () =>
      transaction(sql, async (db) => {
        const jobs = await takeJobs(db, {
          shardCount: 1,
          shardIds: [0],
          kinds: [seasonJob],
          kindsOfLeft: [],
          limit: 100,
        })
        await onEnd(jobs, db, bot.tools)
        return jobs.length
      })
    const due = () => scheduleJobs(sql, [{ guildId, kind: seasonJob, ref: '1', runAt: new Date(Date.now() - 60_000) }])
    await due()
    expect((await Promise.all(times(4, play))).reduce((sum, n) => sum + n)).toBe(1)
    const minutesKept = (await results(guildId)).map((row) => [row.username, row.minutes])
    expect(minutesKept).toEqual([
      ['in', 2],
      ['edge', 1],
    ])
    const [season] = await sql`select ended_at = ends_at as is_on_time from season where discord_server_id = ${guildId}`
    expect(season?.isOnTime).toBe(true)
    await due()
    await play()
    expect(await results(guildId)).toHaveLength(2)
  })

  it('is all undone by a crash in the middle of its end, and ends then', async () => {
    const guildId = aGuildId()
    await begin(guildId)
    await earn(guildId, 'anna', 4n)
    await expect(
      transaction(sql, async (db) => {
        await endSeason(db, { guildId, seasonId: 1, userId: null }, bot.tools)
        throw new Error('the process dies')
      }),
    ).rejects.toThrow('dies')
    expect(await amountsOn(sql, guildId, running()[1])).toEqual([['anna', 4]])
    expect((await end(guildId))?.name).toBe('Spring')
    expect(await results(guildId)).toHaveLength(1)
  })

  it('leaves out who stands on no board, and does not show later who wants to be left out', async () => {
    const guildId = aGuildId()
    await begin(guildId)
    for (const [i, name] of ['bot', 'anna', 'bob'].entries()) await earn(guildId, name, BigInt(30 - i))
    const hide = (name: string) => sql`
      insert into exclusion (discord_server_id, username, kind, origin) values (${guildId}, ${name}, 'boards', 'member')`
    await hide('bot')
    await end(guildId)
    const shown = async () =>
      (await seasonPage(sql, { guildId, seasonId: 1, what: 'points', page: 1 })).rows.map((row) => [
        row.rank,
        row.displayName,
      ])
    expect(await shown()).toEqual([
      [1, 'anna'],
      [2, 'bob'],
    ])
    await hide('anna')
    expect(await shown()).toEqual([[2, 'bob']]) // who was second stays second
  })
})

describe('a person', () => {
  it('takes their season along when they are renamed, and is gone from all of them when they are erased', async () => {
    const guildId = aGuildId()
    await earn(guildId, 'old', 50n)
    await begin(guildId)
    await earn(guildId, 'old', 7n)
    await end(guildId)
    await begin(guildId, 'Summer')
    await earn(guildId, 'old', 2n)
    const [from, to] = [username('old'), username('new')]
    for (let i = 0; i < 2; i++) await transaction(sql, (db) => moveViewer(db, { guildId, from, to }))
    expect(await amountsOn(sql, guildId, running(2)[1])).toEqual([['new', 2]])
    expect(await results(guildId)).toMatchObject([{ username: 'new', points: '7' }])
    const person = { guildId, userId: userId('5'), username: to, kickUserId: null }
    expect(Object.keys(await collectPerson(sql, person))).toEqual(
      expect.arrayContaining(['season_result', 'season_start']),
    )
    await transaction(sql, (db) => erasePerson(db, person))
    expect(await results(guildId)).toEqual([])
    await earn(guildId, 'new', 1n, 'again')
    expect(await amountsOn(sql, guildId, running(2)[1])).toEqual([['new', 1]])
  })

  it('keeps what they earned in the season when their totals are brought in from a file', async () => {
    const guildId = aGuildId()
    await earn(guildId, 'anna', 10n)
    await begin(guildId)
    await earn(guildId, 'anna', 5n)
    await transaction(sql, async (db) => {
      await holdSeasonPoints(db, { guildId, step: 'before' })
      await db`update user_points set points = 1000, total_earned = 2000 where discord_server_id = ${guildId}`
      await db`
        insert into user_points (discord_server_id, kick_username, points, total_earned)
        values (${guildId}, 'from_the_file', 400, 400)`
      await holdSeasonPoints(db, { guildId, step: 'after' })
    })
    await earn(guildId, 'from_the_file', 1n)
    expect(await amountsOn(sql, guildId, running()[1])).toEqual([
      ['anna', 5],
      ['from_the_file', 1],
    ])
    const elsewhere = aGuildId()
    await earn(elsewhere, 'anna', 10n)
    await transaction(sql, (db) => holdSeasonPoints(db, { guildId: elsewhere, step: 'before' }))
    expect(await sql`select username from season_start where discord_server_id = ${elsewhere}`).toHaveLength(0)
  })
})

describe('the last day of a season', () => {
  const p = { now: Date.parse('2026-03-28T23:30Z'), timeZone: 'Europe/Berlin' } // the 29th there
  it.each([
    [null, null],
    ['2026-03-29', Date.parse('2026-03-29T22:00Z')], // it has 23 hours
    [' 2026-04-30 ', Date.parse('2026-04-30T22:00Z')],
    ['2026-03-28', 'past'],
    ['2026-02-30', 'not_a_day'],
    ['in a week', 'not_a_day'],
    ['2029-01-01', 'too_far'],
  ])('%j', (typed, expected) => expect(readEnd(typed, p)).toBe(expected))
})

describe('/season', () => {
  interface Place {
    readonly id: GuildId
    readonly guild: Guild
  }
  const aPlace = (): Place => {
    const id = aGuildId()
    return { id, guild: bot.discord.world.addGuild({ id }) }
  }
  const ask = (place: Place, command: string, options = {}, userId = place.guild.ownerId): Promise<SeenMessage> =>
    bot.discord.control.command({ guildId: place.id, userId, command, options }).message()
  const press = (place: Place, message: SeenMessage, action: string, userId = place.guild.ownerId) => {
    const id = buttonsOf(message).find((button) => button.id?.startsWith(`seasons:${action}:`))?.id
    return bot.discord.control.press({ userId, message, customId: String(id) })
  }

  it('starts, shows, asks before it ends, and tells the result in the language of the server, once', async () => {
    const place = aPlace()
    const news = place.guild.addChannel({ name: 'news' })
    await ask(place, 'settings set', { key: 'language', value: 'de' })
    await ask(place, 'settings set', { key: 'season_channel_id', value: news.id })
    const last = daysAfter(dayAt(Date.now(), 'UTC'), 30)
    const started = textOf(await ask(place, 'season start', { name: '*Spring* @everyone', ends: last }))
    expect(started).toMatch(/▶️ \*\*\\\*Spring\\\* \\@everyone \(#1\)\*\* has begun: <t:\d+:f> until <t:\d+:f>/)
    expect(started).toContain(`into <#${news.id}>`)
    const [job] = await sql`select job_ref, next_run_at from job where discord_server_id = ${place.id}`
    expect(job).toMatchObject({ jobRef: '1', nextRunAt: new Date(`${daysAfter(last, 1)}T00:00Z`) })
    expect(textOf(await ask(place, 'season start', { name: 'Summer' }))).toContain('one season at a time')
    await earn(place.id, 'an_na', 12n)
    const board = await ask(place, 'leaderboard', { what: 'points', period: 'season' })
    expect(board.embeds[0]?.title).toBe('🏆 Points · \\*Spring\\* \\@everyone')
    expect(linesOf(board)).toEqual(['🥇 **an\\_na** — 12 points'])
    expect(linesOf(await ask(place, 'season show', { what: 'points' }))).toEqual(linesOf(board))

    const question = await ask(place, 'season end')
    expect(textOf(question)).toContain('Nobody can take that back')
    const kept = await press(place, question, 'keep').message({ where: (seen) => textOf(seen).includes('goes on') })
    expect(kept.components).toEqual([])
    const again = await ask(place, 'season end')
    await press(place, again, 'end').message({ where: (seen) => textOf(seen).includes('is over') })
    await until(() => bot.discord.control.messagesIn(news.id).length > 0, { what: 'the result to be told' })
    const [told] = bot.discord.control.messagesIn(news.id)
    expect(told?.embeds[0]?.title).toBe('🏁 Die Saison \\*Spring\\* \\@everyone ist vorbei')
    expect(textOf(told as SeenMessage)).toContain('🥇 **an\\_na** — 12 Punkte')
    expect(told?.pings).toEqual({ everyone: false, users: [], roles: [] })
    expect(await sql`select job_ref from job where discord_server_id = ${place.id}`).toHaveLength(0)

    expect(textOf(await ask(place, 'season list'))).toMatch(/🏁 \*\*.*Spring.*\*\* · .* · 1 viewer$/)
    const shown = await ask(place, 'season show', { season: 1, what: 'points' })
    expect(shown.embeds[0]?.title).toContain('(#1) 🏁')
    expect(textOf(await ask(place, 'season end'))).toContain('start one with `/season start`')
    expect(bot.discord.control.messagesIn(news.id)).toHaveLength(1)
  })

  it('lets everybody look, and only those who manage the server start and end', async () => {
    const [place, other] = [aPlace(), aPlace()]
    const member = place.guild.addMember({ username: 'somebody' }).user.id
    for (const [command, options] of [
      ['season start', { name: 'Mine' }],
      ['season end', {}],
    ] as const)
      expect(textOf(await ask(place, command, options, member))).toContain('Manage Server')
    await ask(place, 'season start', { name: 'Spring' })
    const question = await ask(place, 'season end')
    await ask(other, 'season start', { name: 'Elsewhere' })
    expect(textOf(await ask(place, 'season list', {}, member))).toContain('Spring')
    expect(textOf(await ask(place, 'season list', {}, member))).not.toContain('Elsewhere')
    expect(textOf(question)).toContain('Spring')
    expect(textOf(await ask(place, 'season show', { season: 9 }, member))).toContain('no such season')
  })

  it.each([
    [{ name: '   ' }, 'needs a name'],
    [{ name: 'a', ends: '31.12.2026' }, 'year-month-day'],
    [{ name: 'a', ends: '2020-01-01' }, 'over already'],
    [{ name: 'a', ends: '2099-01-01' }, 'too far away'],
  ])('refuses %j, and says what to do', async (options, text) => {
    const place = aPlace()
    expect(textOf(await ask(place, 'season start', options))).toContain(text)
    expect(await sql`select season_id from season where discord_server_id = ${place.id}`).toHaveLength(0)
  })

  it('turns the pages of one that is over, and says when there has been none', async () => {
    const place = aPlace()
    expect(textOf(await ask(place, 'season list'))).toContain('no season yet')
    await begin(place.id)
    for (let i = 0; i < 12; i++) await earn(place.id, `v${i + 10}`, BigInt(50 - i))
    await end(place.id)
    const first = await ask(place, 'season show', { season: 1, what: 'points' })
    expect(linesOf(first)).toHaveLength(10)
    const second = await bot.discord.control
      .press({ userId: place.guild.ownerId, message: first, customId: `seasons:board:${place.id}:1:points:2` })
      .message({ where: (seen) => JSON.stringify(seen.embeds[0]?.footer).includes('Page 2 of 2 · 12 viewers') })
    expect(linesOf(second)).toEqual(['`#11` **v20** — 40 points', '`#12` **v21** — 39 points'])
  })
})
