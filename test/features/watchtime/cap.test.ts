import { beforeAll, describe, expect, it } from 'vitest'
import { type GuildId, type Slot, slot, username } from '../../../cluster/runtime/ids.ts'
import { onChat, onLivestream } from '../../../shard/features/activity/event.ts'
import { onTick } from '../../../shard/features/watchtime/tick.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import { moveViewer } from '../../../sql/queries/activity.ts'
import { recentMinutes } from '../../../sql/queries/trust.ts'
import {
  aGuildId,
  aSlotAgo,
  aTick,
  chatOf,
  minutesIn,
  secondsBefore,
  shuffled,
  streamOf,
  times,
  toolsFor,
} from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'

let sql: Sql

beforeAll(async () => {
  sql = (await createDatabase({ max: 12 })).sql
})

const tools = () => toolsFor(sql)
const set = (guildId: GuildId, key: string, value: string) => sql`
  insert into bot_settings (discord_server_id, key, value) values (${guildId}, ${key}, ${value})
  on conflict (discord_server_id, key) do update set value = excluded.value`
const aGuild = async (p: { from: number; cap: number; timezone?: string }): Promise<GuildId> => {
  const guildId = aGuildId()
  await set(guildId, 'daily_cap_minutes', String(p.cap))
  if (p.timezone !== undefined) await set(guildId, 'timezone', p.timezone)
  await transaction(sql, (db) => onLivestream([streamOf({ guildIds: [guildId], startedAt: p.from })], db, tools()))
  return guildId
}
/** A line every other minute, half a minute after it began, so that every minute of the time is watched. */
const lines = (guildId: GuildId, from: number, to: number, name = 'Viewer') =>
  times((to - from) / 120_000, (n) => chatOf({ guildIds: [guildId], username: name, at: from + n * 120_000 + 30_000 }))
const hear = (events: ReturnType<typeof chatOf>[]) => transaction(sql, (db) => onChat(events, db, tools()))
const slotOf = (ms: number): Slot => slot(Math.floor(ms / 60_000))
const tick = (guildId: GuildId, at: Slot) =>
  transaction(sql, (db) => onTick(aTick({ guildIds: [guildId], slot: at }), db, tools()))

/** Each minute that was watched, by the local date on which it began, as a calendar says it and not the database. */
function expected(from: number, to: number, cap: number, timeZone: string): number {
  const date = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' })
  const days = new Map<string, number>()
  for (let at = from; at < to; at += 60_000) {
    const day = date.format(at)
    days.set(day, (days.get(day) ?? 0) + 1)
  }
  return [...days.values()].reduce((all, minutes) => all + Math.min(cap, minutes), 0)
}

describe('a daily cap', () => {
  it.each([
    ['an ordinary night', 'Europe/Berlin', '2025-06-10T18:00Z', '2025-06-11T10:00Z', 180, 360],
    ['the night with an hour twice', 'Europe/Berlin', '2025-10-25T20:00Z', '2025-10-27T04:00Z', 1430, 1850],
    ['the night without an hour', 'Europe/Berlin', '2025-03-29T20:00Z', '2025-03-31T04:00Z', 1350, 1890],
    ['days that begin at half past', 'Asia/Kolkata', '2025-06-10T17:00Z', '2025-06-10T20:00Z', 70, 140],
    ['days of UTC', 'UTC', '2025-06-10T22:00Z', '2025-06-11T02:00Z', 90, 180],
  ])('pays exactly so much of each day of the guild: %s', async (_what, timezone, begin, end, cap, total) => {
    const [from, to] = [Date.parse(begin), Date.parse(end)]
    expect(expected(from, to, cap, timezone)).toBe(total)
    const last = slotOf(to - 1)
    const guilds = await Promise.all(times(3, () => aGuild({ from, cap, timezone })))
    const [atOnce, inParts, owners] = guilds as [GuildId, GuildId, GuildId]
    await hear(lines(atOnce, from, to))
    await tick(atOnce, last)

    // Late, twice and shuffled, with a tick in between for whatever slot.
    const late = shuffled([...lines(inParts, from, to), ...lines(inParts, from, to).slice(5)], 3)
    for (let n = 0; n < late.length; n += 97) {
      await hear(late.slice(n, n + 97))
      await tick(inParts, slotOf(from + ((n * 7_919) % (to - from))))
      await tick(inParts, last)
    }
    await Promise.all(
      times(4, async (n) => {
        await hear(shuffled(lines(owners, from, to), n + 1))
        await Promise.all(times(2, () => tick(owners, last)))
      }),
    )
    for (const guildId of guilds) expect(await minutesIn(sql, guildId)).toEqual([total])
  })

  it('has days of UTC where this database does not know the time zone', async () => {
    const [row] = await sql`
      select known_time_zone('Europe/Berlin') as known, known_time_zone('Mars/Olympus_Mons') as unknown`
    expect(row).toEqual({ known: 'Europe/Berlin', unknown: 'UTC' })
  })

  it('is one viewer’s own, and no other guild’s', async () => {
    const from = Date.parse('2025-06-10T10:00Z')
    const to = from + 3_600_000
    const [capped, free] = [await aGuild({ from, cap: 20 }), await aGuild({ from, cap: 0 })]
    for (const guildId of [capped, free]) await hear(['A', 'B'].flatMap((name) => lines(guildId, from, to, name)))
    const both = aTick({ guildIds: [capped, free], slot: slotOf(to - 1) })
    await transaction(sql, (db) => onTick(both, db, tools()))
    expect(await minutesIn(sql, capped)).toEqual([20, 20])
    expect(await minutesIn(sql, free)).toEqual([60, 60])
  })

  it('refuses for good: what was above it is not paid when it is raised or gone', async () => {
    const from = Date.parse('2025-06-10T10:00Z')
    const guildId = await aGuild({ from, cap: 20 })
    await hear(lines(guildId, from, from + 3_600_000))
    await tick(guildId, slotOf(from + 3_599_999))
    await set(guildId, 'daily_cap_minutes', '90')
    await hear(lines(guildId, from, from + 3_600_000, 'Other')) // has the hour looked at again
    await tick(guildId, slotOf(from + 3_599_999))
    expect(await minutesIn(sql, guildId)).toEqual([60, 20])
    await hear(lines(guildId, from + 3_600_000, from + 7_200_000))
    await tick(guildId, slotOf(from + 7_199_999))
    expect(await minutesIn(sql, guildId)).toEqual([60, 80])
    await set(guildId, 'daily_cap_minutes', '0')
    await hear(lines(guildId, from, from + 7_200_000, 'Third'))
    await tick(guildId, slotOf(from + 7_199_999))
    expect(await minutesIn(sql, guildId)).toEqual([60, 120, 80])
  })

  it('pays minutes for what they count, and only those that it pays', async () => {
    const from = Date.parse('2025-06-10T10:00Z')
    const guildId = await aGuild({ from, cap: 20 })
    await sql`
      insert into multiplier (discord_server_id, percent, started_at, ended_at)
      values (${guildId}, 300, to_timestamp(${from / 1000 + 600}), to_timestamp(${from / 1000 + 3_600}))`
    await hear(lines(guildId, from, from + 3_600_000))
    await tick(guildId, slotOf(from + 3_599_999))
    expect(await sql`select minutes, bonus::int from watchtime where discord_server_id = ${guildId}`).toEqual([
      { minutes: 20, bonus: 10 * 200 },
    ])
  })

  it('holds for everybody where it is set for everybody, and stays with a viewer who is renamed', async () => {
    const { sql: own } = await createDatabase()
    const guildId = aGuildId()
    const from = secondsBefore(aSlotAgo(61), 60)
    await own`insert into bot_settings (discord_server_id, key, value) values (0, 'daily_cap_minutes', '7')`
    const events = lines(guildId, from, from + 1_200_000)
    await transaction(own, async (db) => {
      await onLivestream([streamOf({ guildIds: [guildId], startedAt: from })], db, toolsFor(own))
      await onChat(events, db, toolsFor(own))
    })
    const settle = () =>
      transaction(own, (db) => onTick(aTick({ guildIds: [guildId], slot: aSlotAgo(0) }), db, toolsFor(own)))
    await settle()
    const [credited] = await minutesIn(own, guildId)
    expect([7, 14]).toContain(credited) // by whether midnight was in between
    await transaction(own, (db) => moveViewer(db, { guildId, from: username('viewer'), to: username('renamed') }))
    await settle()
    expect(await minutesIn(own, guildId)).toEqual([credited])
    expect(await recentMinutes(own, { guildId, username: username('renamed'), days: 7 })).toEqual({
      credited,
      uncredited: 20 - Number(credited),
      overCap: 20 - Number(credited),
    })
  })
})
