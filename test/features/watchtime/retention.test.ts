import { beforeAll, describe, expect, it } from 'vitest'
import { type GuildId, username } from '../../../cluster/runtime/ids.ts'
import { daysOf } from '../../../shard/features/calendar.ts'
import { onRetention, onTick } from '../../../shard/features/watchtime/tick.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import { moveViewer } from '../../../sql/queries/activity.ts'
import type { Board } from '../../../sql/queries/board.ts'
import { foldPresence } from '../../../sql/queries/retention.ts'
import { dueGuilds } from '../../../sql/queries/settlement.ts'
import { creditsByStream, erasePerson } from '../../../sql/queries/trust.ts'
import { aGuildId, aSlotAgo, aTick, shuffled, times, toolsFor } from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'
import { amountsOn, chance, layMinutes, layStream, type Minute, minuteAt, wallDay } from './facts.ts'

let sql: Sql

beforeAll(async () => {
  sql = (await createDatabase({ max: 12 })).sql
})

const retain = (...guildIds: GuildId[]) =>
  transaction(sql, (db) => onRetention(aTick({ kind: 'retention', guildIds, slot: aSlotAgo(0) }), db, toolsFor(sql)))
const zoneOf = (guildId: GuildId, zone: string) => sql`
  insert into bot_settings (discord_server_id, key, value) values (${guildId}, 'timezone', ${zone})`
const hoursLeft = async (guildId: GuildId): Promise<number> =>
  Number((await sql`select count(*) as n from presence where discord_server_id = ${guildId}`)[0]?.n)

/** Minutes per viewer and day of what is folded. */
const folded = async (guildId: GuildId): Promise<Record<string, number>> =>
  Object.fromEntries(
    (
      await sql<{ key: string; minutes: number }[]>`
        select username || ' ' || day as key, sum(minutes)::int as minutes
          from watch_day
         where discord_server_id = ${guildId}
         group by username, day`
    ).map(({ key, minutes }) => [key, minutes]),
  )
const byWall = (minutes: readonly Minute[], zone: string): Record<string, number> => {
  const sums: Record<string, number> = {}
  for (const { username, end, isCredited } of minutes) {
    const key = `${username} ${wallDay((end - 1) * 60_000, zone)}`
    if (isCredited) sums[key] = (sums[key] ?? 0) + 1
  }
  return sums
}

const dst = minuteAt('2026-03-27T00:00Z')
const streams = times(5, (i) => ({ first: dst + i * 1_440 + 1_200, last: dst + i * 1_440 + 1_550 }))
/** Five evenings of streams that go on after midnight, in the week in which Europe puts its clocks forward. */
const evenings = (seed: number): Minute[] => {
  const next = chance(seed)
  return streams.flatMap(({ first, last }) =>
    times(7, (v) => `viewer${v}`).flatMap((name) =>
      next() < 0.25
        ? []
        : times(last - first + 21, (i) => ({ username: name, end: first - 10 + i, isCredited: next() < 0.6 })),
    ),
  )
}

/** A guild with five old streams, whose second is the beginning of a season that is running. */
async function anOldGuild(zone: string, seed = 1): Promise<{ guildId: GuildId; minutes: Minute[] }> {
  const guildId = aGuildId()
  await zoneOf(guildId, zone)
  for (const { first, last } of streams) await layStream(sql, guildId, first, last)
  await sql`
    insert into season (discord_server_id, season_id, name, started_at)
    values (${guildId}, 1, 'spring', to_timestamp(${((streams[1]?.first ?? 0) + 77) * 60}))`
  const minutes = evenings(seed)
  await layMinutes(sql, guildId, minutes)
  return { guildId, minutes }
}

const everything: readonly Board[] = [
  { what: 'watchtime', within: { kind: 'season', seasonId: 1 } },
  { what: 'watchtime', within: { kind: 'stream' } },
  { what: 'streak' },
]
const seen = (guildId: GuildId) => Promise.all(everything.map((board) => amountsOn(sql, guildId, board)))

describe('presence that is old', () => {
  it.each(['Europe/Berlin', 'Europe/London', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Chatham'])(
    'becomes what each viewer was credited on each day of a clock in %s, and boards stay as they are',
    async (zone) => {
      const { guildId, minutes } = await anOldGuild(zone)
      const before = await seen(guildId)
      expect(before.every((board) => board.length > 0)).toBe(true)
      await retain(guildId)
      expect(await hoursLeft(guildId)).toBe(0)
      expect(await folded(guildId)).toEqual(byWall(minutes, zone))
      expect(await seen(guildId)).toEqual(before)
      await retain(guildId)
      expect(await folded(guildId)).toEqual(byWall(minutes, zone))
    },
  )

  it('is folded the same in small parts, by owners who do it at once and in any order', async () => {
    const zone = 'Europe/Berlin'
    const { guildId, minutes } = await anOldGuild(zone, 2)
    const before = await seen(guildId)
    const days = daysOf({ from: dst * 60_000, to: (dst + 10 * 1_440) * 60_000 }, zone)
    const part = () =>
      transaction(sql, (db) =>
        foldPresence(db, {
          guildIds: days.map(() => guildId),
          days: days.map(({ day }) => day),
          firstMinutes: days.map(({ from }) => from / 60_000 + 1),
          lastMinutes: days.map(({ to }) => to / 60_000),
          limit: 11,
        }),
      )
    const rows = await hoursLeft(guildId)
    let gone = 0
    for (let i = 0; gone < rows && i < 200; i++) {
      const parts = await Promise.all(times(3, part))
      gone += parts.reduce((sum, [done]) => sum + (done?.rows ?? 0), 0)
      if (i === 5) expect(await seen(guildId)).toEqual(before) // half of it is folded
    }
    expect([gone, await hoursLeft(guildId)]).toEqual([rows, 0])
    expect(await folded(guildId)).toEqual(byWall(minutes, zone))
    expect(await seen(guildId)).toEqual(before)
  })

  it('is all there after a crash in the middle', async () => {
    const { guildId, minutes } = await anOldGuild('UTC', 3)
    const rows = await hoursLeft(guildId)
    await expect(
      transaction(sql, async (db) => {
        await onRetention(aTick({ kind: 'retention', guildIds: [guildId], slot: aSlotAgo(0) }), db, toolsFor(sql))
        throw new Error('the process dies')
      }),
    ).rejects.toThrow('dies')
    expect([await hoursLeft(guildId), await folded(guildId)]).toEqual([rows, {}])
    await retain(guildId)
    expect(await folded(guildId)).toEqual(byWall(minutes, 'UTC'))
  })

  it('stays as long as its minutes may be paid, and what is folded is not paid again by a late tick', async () => {
    const guildId = aGuildId()
    const old = aSlotAgo(37 * 1_440)
    const young = aSlotAgo(35 * 1_440 - 120)
    await layStream(sql, guildId, old - 2_000)
    await layMinutes(
      sql,
      guildId,
      [old, young].flatMap((end) => [
        { username: 'viewer', end, isCredited: true },
        { username: 'viewer', end: end + 1, isCredited: false },
      ]),
    )
    await sql`insert into watchtime (discord_server_id, username, minutes) values (${guildId}, 'viewer', 2)`
    await sql`
      insert into settlement (discord_server_id, kind, phase, facts_revision, oldest_slot)
      values (${guildId}, 'watchtime', 0, 1, ${old - 100})`
    await retain(guildId)
    expect(await hoursLeft(guildId)).toBe(1)
    for (const ago of shuffled([0, 10, 36 * 1_440, 0]))
      await transaction(sql, (db) => onTick(aTick({ guildIds: [guildId], slot: aSlotAgo(ago) }), db, toolsFor(sql)))
    const [total] = await sql`
      select w.minutes,
             (select sum(bit_count(paid::bit(64))) from presence p where p.discord_server_id = ${guildId})::int as paid,
             (select sum(d.minutes) from watch_day d where d.discord_server_id = ${guildId})::int as folded
        from watchtime w where w.discord_server_id = ${guildId}`
    expect({ ...total }).toEqual({ minutes: 3, paid: 2, folded: 1 })
  })

  it('is explained by stream although it is folded, moves with a rename, and goes when somebody is erased', async () => {
    const { guildId, minutes } = await anOldGuild('Europe/Berlin', 4)
    const [one, two] = [username('viewer1'), username('viewer2')]
    const credits = async (name = one) =>
      (await creditsByStream(sql, { guildId, username: name, limit: 8 })).map((stream) => stream.minutes)
    const before = await credits()
    expect(before.reduce((sum, n) => sum + n)).toBeGreaterThan(300)
    await retain(guildId)
    expect(await credits()).toEqual(before)
    const sum = (name: string) => minutes.filter((minute) => minute.username === name && minute.isCredited).length
    await transaction(sql, (db) => moveViewer(db, { guildId, from: one, to: two }))
    await transaction(sql, (db) => moveViewer(db, { guildId, from: one, to: two }))
    const totals = await folded(guildId)
    const of = (name: string) =>
      Object.entries(totals).reduce((all, [key, n]) => (key.startsWith(`${name} `) ? all + n : all), 0)
    expect([of('viewer1'), of('viewer2')]).toEqual([0, sum('viewer1') + sum('viewer2')])
    await transaction(sql, (db) => erasePerson(db, { guildId, userId: '5' as never, username: two, kickUserId: null }))
    expect(Object.keys(await folded(guildId)).filter((key) => key.startsWith('viewer2 '))).toEqual([])
  })

  it('of two guilds with the same names is never mixed', async () => {
    const [one, two] = [await anOldGuild('UTC', 5), await anOldGuild('Asia/Kathmandu', 6)]
    await retain(one.guildId, two.guildId)
    expect(await folded(one.guildId)).toEqual(byWall(one.minutes, 'UTC'))
    expect(await folded(two.guildId)).toEqual(byWall(two.minutes, 'Asia/Kathmandu'))
  })

  it('keeps the days that it was folded by when the time zone changes afterwards', async () => {
    const { guildId, minutes } = await anOldGuild('Pacific/Kiritimati', 7)
    const before = await seen(guildId)
    await retain(guildId)
    await sql`update bot_settings set value = 'America/New_York' where discord_server_id = ${guildId}`
    await retain(guildId)
    expect(await folded(guildId)).toEqual(byWall(minutes, 'Pacific/Kiritimati'))
    expect(await seen(guildId)).toEqual(before)
  })
})

describe('a guild', () => {
  const isDue = async (guildId: GuildId): Promise<boolean> =>
    (
      await dueGuilds(sql, {
        kind: 'retention',
        slot: aSlotAgo(0),
        cadenceSeconds: 60,
        phases: [],
        everyPhase: true,
        limit: 1_000,
      })
    ).some((due) => due.guildId === guildId)

  it('with more than fits into one transaction is due again until nothing is left, with years between its facts', async () => {
    const guildId = aGuildId()
    await sql`
      insert into presence (discord_server_id, hour, username, present, paid)
      select ${guildId}::bigint, h, 'viewer' || v, 7, 5
        from unnest(array[10, 400000, ${Math.floor(dst / 60)}]::int[]) as h, generate_series(1, 2500) as v`
    const left: [number, boolean][] = []
    for (let i = 0; i < 6; i++) {
      await retain(guildId)
      left.push([await hoursLeft(guildId), await isDue(guildId)])
    }
    expect(left.slice(0, 4)).toEqual([
      [5_000, true],
      [2_500, true],
      [0, false],
      [0, false],
    ])
    const [sum] = await sql`select sum(minutes)::int as minutes from watch_day where discord_server_id = ${guildId}`
    expect(sum?.minutes).toBe(15_000)
  })

  it('without old presence costs a look, and nothing is written', async () => {
    const guildId = aGuildId()
    await layMinutes(sql, guildId, [{ username: 'viewer', end: aSlotAgo(9), isCredited: true }])
    const writes = async () => {
      const [row] = await sql<{ written: string }[]>`
        select (pg_current_xact_id_if_assigned())::text as written`
      return row?.written
    }
    const written = await transaction(sql, async (db) => {
      await onRetention(aTick({ kind: 'retention', guildIds: [guildId], slot: aSlotAgo(0) }), db, toolsFor(sql))
      const [row] = await db<{ id: string | null }[]>`select pg_current_xact_id_if_assigned()::text as id`
      return row?.id
    })
    expect(written).toBeNull()
    expect(await writes()).toBeNull()
    expect(await isDue(guildId)).toBe(false)
  })
})
