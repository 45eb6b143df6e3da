import { beforeAll, describe, expect, it } from 'vitest'
import { type GuildId, type Slot, username } from '../../../cluster/runtime/ids.ts'
import { onChat, onLivestream } from '../../../shard/features/activity/event.ts'
import { combined, type Percents } from '../../../shard/features/multipliers/rules.ts'
import { onTick } from '../../../shard/features/watchtime/tick.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import { moveViewer } from '../../../sql/queries/activity.ts'
import {
  aGuildId,
  aSlotAgo,
  aTick,
  chatOf,
  secondsBefore,
  shuffled,
  standingsIn,
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
const aLiveGuild = async (): Promise<GuildId> => {
  const guildId = aGuildId()
  const began = streamOf({ guildIds: [guildId], startedAt: Date.now() - 6 * 3_600_000 })
  await transaction(sql, (db) => onLivestream([began], db, tools()))
  return guildId
}
/** Minutes end with a slot: an interval from slot `from` (not included) to slot `to`, or on and on. */
const instant = (slot: Slot) => (slot + 1) * 60
const factor = (guildId: GuildId, kind: keyof Percents, percent: number, from: Slot, to?: Slot, role = '77') => sql`
  insert into multiplier (discord_server_id, kind, role_id, percent, started_at, ended_at)
  values (${guildId}, ${kind}, ${kind === 'role' ? role : null}, ${percent}, to_timestamp(${instant(from)}),
          ${to === undefined ? null : sql`to_timestamp(${instant(to)})`})`
const span = (
  guildId: GuildId,
  kind: 'role' | 'subscriber',
  from: Slot,
  to?: Slot,
  { viewer = 'viewer', role = '77' } = {},
) => sql`
  insert into viewer_span (discord_server_id, username, kind, role_id, started_at, ended_at)
  values (${guildId}, ${viewer}, ${kind}, ${kind === 'role' ? role : '0'}, to_timestamp(${instant(from)}),
          ${to === undefined ? null : sql`to_timestamp(${instant(to)})`})`
/** One line for each of these slots; the last one's second minute makes `count + 1` minutes. */
const lines = (guildId: GuildId, ago: number, count: number, name = 'Viewer') =>
  times(count, (n) => chatOf({ guildIds: [guildId], username: name, at: secondsBefore(aSlotAgo(ago - n), 30) }))
const hear = (events: ReturnType<typeof chatOf>[]) => transaction(sql, (db) => onChat(events, db, tools()))
const tick = (guildId: GuildId, slot = aSlotAgo(0)) =>
  transaction(sql, (db) => onTick(aTick({ guildIds: [guildId], slot }), db, tools()))
const worthOf = async (guildId: GuildId, name = 'viewer') => {
  const [row] = await sql`
    select minutes * 100 + bonus as hundredths
      from watchtime where discord_server_id = ${guildId} and username = ${name}`
  return Number(row?.hundredths)
}

describe('four factors', () => {
  it.each<[Percents, number]>([
    [{ global: 150, role: 200, subscriber: 120, happy: 50 }, 180],
    [{ global: 150, role: 133, subscriber: 100, happy: 100 }, 199], // 199.5, cut
    [{ global: 33, role: 33, subscriber: 33, happy: 100 }, 3], // 3.59, cut once and not three times
    [{ global: 110, role: 110, subscriber: 110, happy: 110 }, 146], // 146.41
    [{ global: 99, role: 101, subscriber: 100, happy: 100 }, 99], // 99.99
    [{ global: 1000, role: 1000, subscriber: 1000, happy: 1000 }, 1_000_000],
    [{ global: 150, role: 0, subscriber: 120, happy: 200 }, 0],
    [{ global: 100, role: 100, subscriber: 100, happy: 50 }, 50],
  ])('%j make %i percent, in words and in the statement', async (percents, product) => {
    expect(combined(percents)).toBe(product)
    const guildId = await aLiveGuild()
    for (const kind of ['global', 'role', 'subscriber', 'happy'] as const)
      await factor(guildId, kind, percents[kind], aSlotAgo(60), kind === 'happy' ? aSlotAgo(0) : undefined)
    await span(guildId, 'role', aSlotAgo(60))
    await span(guildId, 'subscriber', aSlotAgo(60), aSlotAgo(0))
    await hear(lines(guildId, 40, 19))
    await tick(guildId)
    expect(await worthOf(guildId)).toBe(20 * product)
    expect(await standingsIn(sql, guildId)).toEqual([
      { username: 'viewer', minutes: 20, points: Math.floor((20 * product) / 500) },
    ])
  })

  it('count a role for the minutes in which the viewer had it, and a subscription until it ends', async () => {
    const guildId = await aLiveGuild()
    await factor(guildId, 'role', 300, aSlotAgo(200))
    await factor(guildId, 'subscriber', 150, aSlotAgo(200))
    await span(guildId, 'role', aSlotAgo(35), aSlotAgo(25)) // ten minutes of the forty
    await span(guildId, 'subscriber', aSlotAgo(100), aSlotAgo(30)) // until then eleven, of which five with the role
    await hear(lines(guildId, 40, 39))
    await tick(guildId)
    const expected = 40 * 100 + 5 * (450 - 100) + 5 * (300 - 100) + 6 * (150 - 100)
    expect(await worthOf(guildId)).toBe(expected)
  })

  it('take the highest of several roles, minute by minute, also where it is below 100', async () => {
    const guildId = await aLiveGuild()
    for (const [role, percent] of [
      ['71', 50],
      ['72', 200],
      ['73', 80],
    ] as const) {
      await factor(guildId, 'role', percent, aSlotAgo(200), undefined, role)
    }
    await span(guildId, 'role', aSlotAgo(200), undefined, { role: '71' })
    await span(guildId, 'role', aSlotAgo(30), aSlotAgo(25), { role: '72' })
    await span(guildId, 'role', aSlotAgo(27), aSlotAgo(20), { role: '73' })
    await hear(lines(guildId, 40, 39))
    await tick(guildId)
    expect(await worthOf(guildId)).toBe(5 * 200 + 5 * 80 + 30 * 50)
  })

  it('know whose role and whose guild it is', async () => {
    const [guildId, neighbour] = [await aLiveGuild(), await aLiveGuild()]
    await factor(guildId, 'role', 300, aSlotAgo(200))
    await span(guildId, 'role', aSlotAgo(200), undefined, { viewer: 'other' })
    await span(neighbour, 'role', aSlotAgo(200))
    await span(guildId, 'role', aSlotAgo(200), undefined, { role: '78' })
    await hear(['Viewer', 'Other'].flatMap((name) => lines(guildId, 40, 19, name)))
    await hear(lines(neighbour, 40, 19))
    await tick(guildId)
    await tick(neighbour)
    expect([await worthOf(guildId), await worthOf(guildId, 'other'), await worthOf(neighbour)]).toEqual([
      2000, 6000, 2000,
    ])
  })

  it('are worth the same however late, in whatever order and parts, and by how many owners they are paid', async () => {
    const guildIds = await Promise.all(times(4, aLiveGuild))
    const [atOnce, byMinute, late, owners] = guildIds as [GuildId, GuildId, GuildId, GuildId]
    for (const guildId of guildIds) {
      await factor(guildId, 'global', 150, aSlotAgo(85), aSlotAgo(40))
      await factor(guildId, 'global', 90, aSlotAgo(40))
      await factor(guildId, 'role', 233, aSlotAgo(200))
      await factor(guildId, 'subscriber', 120, aSlotAgo(70), aSlotAgo(15))
      await factor(guildId, 'happy', 50, aSlotAgo(60), aSlotAgo(45))
      await factor(guildId, 'happy', 0, aSlotAgo(20), aSlotAgo(7))
      await span(guildId, 'role', aSlotAgo(77), aSlotAgo(52))
      await span(guildId, 'role', aSlotAgo(31))
      await span(guildId, 'subscriber', aSlotAgo(200), aSlotAgo(37))
    }
    await hear(lines(atOnce, 90, 80))
    await tick(atOnce)
    for (const [n, line] of lines(byMinute, 90, 80).entries()) {
      await hear([line])
      await tick(byMinute, aSlotAgo(90 - n))
    }
    await tick(byMinute)
    for (const part of [shuffled(lines(late, 90, 80)).slice(0, 30), shuffled(lines(late, 90, 80)).slice(20)]) {
      await hear(part)
      await tick(late)
    }
    await Promise.all(
      times(4, async (n) => {
        await hear(shuffled(lines(owners, 90, 80), n + 1))
        await tick(owners, aSlotAgo(n * 10))
        await tick(owners)
      }),
    )
    const worth = await worthOf(atOnce)
    expect(worth).not.toBe(8100)
    for (const guildId of guildIds) {
      expect(await worthOf(guildId)).toBe(worth)
      expect(await standingsIn(sql, guildId)).toEqual([
        { username: 'viewer', minutes: 81, points: Math.floor(worth / 500) },
      ])
    }
  })

  it('stay with a viewer who goes by another name', async () => {
    const guildId = await aLiveGuild()
    await factor(guildId, 'role', 200, aSlotAgo(200))
    await span(guildId, 'role', aSlotAgo(200), aSlotAgo(30))
    await span(guildId, 'role', aSlotAgo(100), undefined, { viewer: 'renamed' })
    await hear(lines(guildId, 40, 19))
    const move = { guildId, from: username('viewer'), to: username('renamed') }
    await transaction(sql, (db) => moveViewer(db, move))
    await transaction(sql, (db) => moveViewer(db, move))
    await tick(guildId)
    expect(await worthOf(guildId, 'renamed')).toBe(20 * 200)
    expect(await sql`select username from viewer_span where discord_server_id = ${guildId}`).toHaveLength(2)
  })
})

describe('a change of a factor', () => {
  it('leaves alone what was watched before, paid or not', async () => {
    const [paid, unpaid] = [await aLiveGuild(), await aLiveGuild()]
    for (const guildId of [paid, unpaid]) {
      await factor(guildId, 'global', 300, aSlotAgo(200), aSlotAgo(30))
      await hear(lines(guildId, 40, 19))
    }
    await tick(paid)
    for (const guildId of [paid, unpaid]) await factor(guildId, 'global', 50, aSlotAgo(30))
    await tick(paid)
    await tick(unpaid)
    expect(await worthOf(unpaid)).toBe(11 * 300 + 9 * 50)
    expect(await worthOf(paid)).toBe(11 * 300 + 9 * 100) // nothing held when they were paid
  })
})
