import { beforeAll, describe, expect, it } from 'vitest'
import { type GuildId, username } from '../../../cluster/runtime/ids.ts'
import { features } from '../../../shard/features/index.ts'
import { onRetention } from '../../../shard/features/watchtime/tick.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import { streaksOf } from '../../../sql/queries/board.ts'
import { type Bot, startBot } from '../../support/bot.ts'
import { textOf } from '../../support/browsing.ts'
import { aGuildId, aSlotAgo, aTick, times, toolsFor } from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'
import { amountsOn, chance, layMinutes, layStream, type Minute, minuteAt, wholeBoard } from './facts.ts'

let sql: Sql
let bot: Bot

beforeAll(async () => {
  sql = (await createDatabase()).sql
  bot = await startBot({ sql, features })
})

interface Stream {
  readonly first: number
  /** Absent for one that is running. */
  readonly last?: number
}

const credited = (name: string, first: number, count: number): Minute[] =>
  times(count, (i) => ({ username: name, end: first + i, isCredited: true }))

async function aGuildWith(streams: readonly Stream[], minutes: readonly Minute[]): Promise<GuildId> {
  const guildId = aGuildId()
  for (const { first, last } of streams) await layStream(sql, guildId, first, last)
  await layMinutes(sql, guildId, minutes)
  return guildId
}

const streakOf = async (guildId: GuildId, name: string): Promise<[number, number]> => {
  const [streak] = await streaksOf(sql, { guildIds: [guildId], usernames: [username(name)] })
  return [streak?.current ?? 0, streak?.best ?? 0]
}

describe('a streak', () => {
  const now = aSlotAgo(0)
  /** Streams of an hour, one each day, the last one yesterday; `live` begins twenty minutes ago. */
  const day = (ago: number): Stream => ({ first: now - ago * 1_440, last: now - ago * 1_440 + 59 })
  const live: Stream = { first: now - 20 }
  const at = (stream: Stream, count = 5): Minute[] => credited('me', stream.first, count)
  /** Somebody else, so that the stream counts. */
  const seen = (stream: Stream): Minute[] => credited('other', stream.first, 5)

  it.each<[string, readonly Stream[], readonly Minute[], [number, number]]>([
    ['of somebody who never watched is none', [day(1)], seen(day(1)), [0, 0]],
    ['begins with the first stream', [day(1)], at(day(1)), [1, 1]],
    ['needs five minutes of a stream', [day(2), day(1)], [...at(day(2)), ...at(day(1), 4)], [0, 1]],
    ['grows with each stream in a row', [day(3), day(2), day(1)], [3, 2, 1].flatMap((d) => at(day(d))), [3, 3]],
    [
      'begins anew after one that was missed, and the best one stays',
      [day(5), day(4), day(3), day(2), day(1)],
      [...[5, 4, 3, 1].flatMap((d) => at(day(d))), ...seen(day(2))],
      [1, 3],
    ],
    ['is over when the last stream was missed', [day(2), day(1)], [...at(day(2)), ...seen(day(1))], [0, 1]],
    ['is not broken by the stream that is running', [day(1), live], [...at(day(1)), ...seen(live)], [1, 1]],
    ['counts the stream that is running', [day(1), live], [...at(day(1)), ...at(live)], [2, 2]],
    [
      'that was broken before the stream that is running begins with it',
      [day(2), day(1), live],
      [...at(day(2)), ...seen(day(1)), ...at(live)],
      [1, 1],
    ],
    ['is not broken by a stream in which nobody was credited', [day(2), day(1)], at(day(2)), [1, 1]],
    [
      'is not broken by a stream of under ten minutes',
      [day(2), { first: day(1).first, last: day(1).first + 8 }],
      [...at(day(2)), ...seen(day(1))],
      [1, 1],
    ],
    [
      'is broken by one of ten',
      [day(2), { first: day(1).first, last: day(1).first + 9 }],
      [...at(day(2)), ...seen(day(1))],
      [0, 1],
    ],
    [
      'takes a stream that was interrupted for one, and adds up its minutes',
      [day(2), { first: day(2).first + 89, last: day(2).first + 150 }],
      [...at(day(2), 3), ...credited('me', day(2).first + 100, 2)],
      [1, 1],
    ],
    [
      'takes a stream after more than half an hour for another',
      [day(2), { first: day(2).first + 91, last: day(2).first + 150 }],
      [...at(day(2)), ...credited('me', day(2).first + 100, 5)],
      [2, 2],
    ],
  ])('%s', async (_name, streams, minutes, expected) => {
    const guildId = await aGuildWith(streams, minutes)
    expect(await streakOf(guildId, 'me')).toEqual(expected)
    const row = (await wholeBoard(sql, guildId, { what: 'streak' })).find((one) => one.displayName === 'me')
    expect([Number(row?.amount ?? 0), row?.best ?? expected[1]]).toEqual(expected)
  })

  it('is what counting by hand gives, for everybody at once and for each alone, before and after the old part is folded', async () => {
    const next = chance(77)
    const streams: Stream[] = []
    let at = minuteAt('2026-02-01T18:03Z')
    for (let i = 0; i < 60; i++) {
      const length = next() < 0.15 ? Math.floor(next() * 10) + 1 : 30 + Math.floor(next() * 200)
      streams.push({ first: at, last: at + length - 1 })
      at += length + (next() < 0.3 ? Math.floor(next() * 40) : 600 + Math.floor(next() * 3_000))
    }
    const names = times(9, (i) => `v${i}`)
    const minutes = streams.flatMap(({ first, last = first }, i) =>
      i % 13 === 5
        ? []
        : names.flatMap((name, v) =>
            next() < 0.1 * v
              ? []
              : credited(name, first + Math.floor(next() * 5), Math.min(last - first, Math.floor(next() * 9))),
          ),
    )
    const [guildId, neighbour] = [await aGuildWith(streams, minutes), await aGuildWith(streams, credited('v0', at, 9))]
    const expected = byHand(streams, minutes, names)
    const check = async () => {
      for (const name of names) expect([name, await streakOf(guildId, name)]).toEqual([name, expected.get(name)])
      expect(await amountsOn(sql, guildId, { what: 'streak' })).toEqual(
        names
          .map((name): [string, number] => [name, expected.get(name)?.[0] ?? 0])
          .filter(([, current]) => current > 0)
          .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)),
      )
    }
    await check()
    await transaction(sql, (db) =>
      onRetention(aTick({ kind: 'retention', guildIds: [guildId], slot: aSlotAgo(0) }), db, toolsFor(sql)),
    )
    const [folded] = await sql`select count(*)::int as n from watch_day where discord_server_id = ${guildId}`
    expect(folded?.n).toBeGreaterThan(50)
    await check()
    expect(await streakOf(neighbour, 'v0')).toEqual([0, 0])
  })
})

/** The same rules, written down once more without a database. */
function byHand(streams: readonly Stream[], minutes: readonly Minute[], names: readonly string[]) {
  const whole: { parts: Required<Stream>[] }[] = []
  for (const { first, last = first } of streams) {
    const before = whole.at(-1)?.parts.at(-1)
    if (before !== undefined && first - before.last - 1 <= 30) whole.at(-1)?.parts.push({ first, last })
    else whole.push({ parts: [{ first, last }] })
  }
  const lies = (one: Minute, parts: readonly Required<Stream>[]) =>
    parts.some(({ first, last }) => one.end >= first && one.end <= last)
  const counted = whole.filter(
    ({ parts }) =>
      (parts.at(-1)?.last ?? 0) - (parts[0]?.first ?? 0) + 1 >= 10 && minutes.some((one) => lies(one, parts)),
  )
  return new Map(
    names.map((name) => {
      let [current, best] = [0, 0]
      for (const { parts } of counted) {
        const watched = minutes.filter((one) => one.username === name && lies(one, parts)).length
        current = watched >= 5 ? current + 1 : 0
        best = Math.max(best, current)
      }
      return [name, [current, best] as [number, number]]
    }),
  )
}

describe('what members read of it', () => {
  it('stands in /me, /why, on the board, and in a command of the server', async () => {
    const now = aSlotAgo(0)
    const streams = [3, 2, 1].map((ago) => ({ first: now - ago * 1_440, last: now - ago * 1_440 + 59 }))
    const guildId = await aGuildWith(
      streams,
      streams.flatMap(({ first }) => credited('an_na', first, 6)),
    )
    const guild = bot.discord.world.addGuild({ id: guildId })
    const member = guild.addMember({ username: 'anna' }).user.id
    await sql`insert into links (discord_server_id, discord_id, kick_name) values (${guildId}, ${member}, 'an_na')`
    const ask = async (command: string, options = {}, userId = member) =>
      textOf(await bot.discord.control.command({ guildId, userId, command, options }).message())
    expect(await ask('me')).toContain('🔥 **3** streams in a row · best 3')
    expect(await ask('why')).toContain('🔥 **3** streams in a row · best 3')
    expect(await ask('leaderboard', { what: 'streak' })).toContain('🥇 **an\\_na** — 3 streams in a row (best 3)')
    await ask('command add', { name: 'streak', response: '{user}: {streak} of {streak_best}, {points}' }, guild.ownerId)
    expect(await ask('cmd', { name: 'streak' })).toBe('anna: 3 of 3, 0')
  })
})
