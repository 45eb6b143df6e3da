import { beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../../cluster/runtime/clock.ts'
import { type GuildId, username } from '../../../cluster/runtime/ids.ts'
import { onChat, onLivestream } from '../../../shard/features/activity/event.ts'
import { onDecay, planDecay } from '../../../shard/features/points/job.ts'
import { decayPeriod } from '../../../shard/features/points/rules.ts'
import { onTick as onPointsTick } from '../../../shard/features/points/tick.ts'
import { onTick } from '../../../shard/features/watchtime/tick.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import {
  adjustMinutes,
  type Booking,
  book,
  decayPoints,
  ledgerOf,
  previewDecay,
  unexplainedBalances,
} from '../../../sql/queries/ledger.ts'
import { type SettingKey, writeSetting } from '../../../sql/queries/settings.ts'
import {
  aGuildId,
  aSlotAgo,
  aTick,
  chatOf,
  secondsBefore,
  standingsIn,
  streamOf,
  times,
  toolsFor,
} from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'

let sql: Sql

beforeAll(async () => {
  sql = (await createDatabase({ max: 16 })).sql
})

const setting = (guildId: GuildId, key: SettingKey, value: number) =>
  transaction(sql, (db) => writeSetting(db, { guildId, key, value, by: { source: 'bot' } }))

const gives = (guildId: GuildId, name: string, delta: bigint, sourceRef: string): Booking => ({
  guildId,
  username: username(name),
  change: { kind: 'add', delta },
  entry: 'give',
  sourceRef,
  actorId: null,
  reason: null,
})

const balances = async (guildId: GuildId) =>
  Object.fromEntries(
    (
      await sql<{ kickUsername: string; points: string }[]>`
        select kick_username, points from user_points where discord_server_id = ${guildId} order by 1`
    ).map((row) => [row.kickUsername, row.points]),
  )

describe('the rate', () => {
  it('of 0 for a day, then 5: the pause is not paid', async () => {
    const guildId = aGuildId()
    const tools = toolsFor(sql)
    await transaction(sql, (db) =>
      onLivestream([streamOf({ guildIds: [guildId], startedAt: Date.now() - 30 * 3_600_000 })], db, tools),
    )
    const watches = async (minutes: number, endedAgo: number) => {
      const lines = times(minutes, (n) =>
        chatOf({ guildIds: [guildId], username: 'Viewer', at: secondsBefore(aSlotAgo(endedAgo + n), 30) }),
      )
      await transaction(sql, (db) => onChat(lines, db, tools))
      await transaction(sql, (db) => onTick(aTick({ guildIds: [guildId], slot: aSlotAgo(0) }), db, tools))
    }
    await setting(guildId, 'points_per_5min', 0)
    await watches(1439, 60)
    expect(await standingsIn(sql, guildId)).toEqual([{ username: 'viewer', minutes: 1440, points: 0 }])
    await setting(guildId, 'points_per_5min', 5)
    const tick = aTick({ kind: 'points', guildIds: [guildId], slot: aSlotAgo(0) })
    await transaction(sql, (db) => onPointsTick(tick, db, tools))
    expect(await standingsIn(sql, guildId)).toEqual([{ username: 'viewer', minutes: 1440, points: 0 }])
    await watches(10, 5)
    expect(await standingsIn(sql, guildId)).toEqual([{ username: 'viewer', minutes: 1451, points: 10 }])
  })
})

describe('an entry', () => {
  it('is booked once for each source, though eight owners book it at once', async () => {
    const guildId = aGuildId()
    const booked = await Promise.all(
      times(8, () => transaction(sql, (db) => book(db, gives(guildId, 'viewer', 7n, 'once')))),
    )
    expect(booked.map((one) => one.kind).sort()).toEqual(['done', ...times(7, () => 'repeated')])
    expect(await balances(guildId)).toEqual({ viewer: '7' })
  })
})

describe('unused points', () => {
  const decay = (guildId: GuildId) => ({ guildId, percent: 10, afterDays: 30, floor: 50 })

  it('fade once for each period for whoever was away, down to the floor, though four owners do it at once', async () => {
    const [guildId, neighbour] = [aGuildId(), aGuildId()]
    for (const [name, points, daysAway] of [
      ['active', 1000n, 1],
      ['away', 1005n, 40],
      ['nearly', 52n, 40],
      ['poor', 40n, 40],
    ] as const) {
      for (const id of [guildId, neighbour]) await transaction(sql, (db) => book(db, gives(id, name, points, name)))
      await sql`
        insert into watchtime (discord_server_id, username, minutes, last_active)
        values (${guildId}, ${name}, 5, now() - make_interval(days => ${daysAway}))`
    }
    expect(await previewDecay(sql, decay(guildId))).toEqual([{ viewers: 2, points: '102' }])
    const runs = await Promise.all(
      times(4, () => transaction(sql, (db) => decayPoints(db, { ...decay(guildId), period: '2026-01-01' }))),
    )
    expect(runs.map(([run]) => run?.viewers).sort()).toEqual([0, 0, 0, 2])
    expect(await balances(guildId)).toEqual({ active: '1000', away: '905', nearly: '50', poor: '40' })
    await decayPoints(sql, { ...decay(guildId), period: '2026-01-08' })
    expect(await balances(guildId)).toEqual({ active: '1000', away: '815', nearly: '50', poor: '40' })
    expect(await balances(neighbour)).toEqual({ active: '1000', away: '1005', nearly: '52', poor: '40' })
    expect((await ledgerOf(sql, { guildId, username: username('away'), limit: 5 })).map((one) => one.kind)).toEqual([
      'decay',
      'decay',
      'give',
    ])
    expect(await unexplainedBalances(sql, guildId)).toEqual([])
  })

  it('stay with whoever never watched and got them lately', async () => {
    const guildId = aGuildId()
    await transaction(sql, (db) => book(db, gives(guildId, 'new', 1000n, 'new')))
    expect(await previewDecay(sql, decay(guildId))).toEqual([{ viewers: 0, points: '0' }])
    await sql`update point_ledger set created_at = now() - interval '31 days' where discord_server_id = ${guildId}`
    expect(await previewDecay(sql, decay(guildId))).toEqual([{ viewers: 1, points: '100' }])
  })

  it('are looked at when a period ends, and a period that has ended keeps its job', async () => {
    const [guildId, idle] = [aGuildId(), aGuildId()]
    let now = Date.parse('2026-01-03T12:00:00Z')
    const tools = toolsFor(sql, { clock: { ...systemClock, now: () => now } })
    const jobs = () => sql`
      select job_ref, next_run_at from job where discord_server_id in (${guildId}, ${idle}) order by job_ref`
    await setting(guildId, 'decay_percent', 10)
    const first = decayPeriod(now, 7)
    for (const _ of times(2, (n) => n)) await planDecay(sql, [guildId, idle], tools)
    expect(await jobs()).toEqual([{ jobRef: first.name, nextRunAt: first.endsAt }])
    now = first.endsAt.getTime() + 1000
    await planDecay(sql, [guildId, idle], tools)
    const second = decayPeriod(now, 7)
    expect((await jobs()).map((job) => job.jobRef)).toEqual([first.name, second.name])
    await sql`
      insert into user_points (discord_server_id, kick_username, points) values (${guildId}, 'away', 100)`
    const job = { guildId, kind: 'points.decay', ref: first.name, dueAt: first.endsAt }
    const run = (everyDays: number) =>
      transaction(sql, (db) => onDecay([{ ...job, payload: { period: first.name, everyDays } }], db, tools))
    await run(30)
    expect(await balances(guildId)).toEqual({ away: '100' })
    for (const _ of times(2, (n) => n)) await run(7)
    expect(await balances(guildId)).toEqual({ away: '90' })
  })
})

describe('whatever happens at once', () => {
  /** A small generator; the same numbers for the same seed. */
  const chance = (seed: number) => {
    let state = seed
    return (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
      return (state >> 8) % below
    }
  }

  it.each(times(6, (seed) => seed + 1))(
    'no balance is below zero unforced, and each is the sum of its history: seed %i',
    async (seed) => {
      const guildId = aGuildId()
      const next = chance(seed)
      const tools = toolsFor(sql)
      const names = times(3, (n) => username(`v${n}`))
      const pick = () => names[next(names.length)] ?? username('v0')
      const undone = { guildId, entry: 'undo', actorId: null, reason: null, isUndo: true }
      const works = times(60, (n) => {
        const ref = `ref${next(45)}` // some come twice
        const name = pick()
        const amount = BigInt(next(200) + 1)
        switch (next(7)) {
          case 0:
          case 1:
            return () => transaction(sql, (db) => book(db, gives(guildId, name, amount, ref)))
          case 2:
            return () => transaction(sql, (db) => book(db, { ...gives(guildId, name, -amount, ref), entry: 'take' }))
          case 3:
            return () =>
              transaction(sql, (db) =>
                book(db, { ...gives(guildId, name, 0n, ref), entry: 'set', change: { kind: 'set', to: amount } }),
              )
          case 4:
            return () =>
              transaction(sql, async (db) => {
                const [entry] = await ledgerOf(db, { guildId, username: name, limit: 1 })
                if (entry === undefined) return
                const change = { kind: 'add', delta: -BigInt(entry.delta) } as const
                await book(db, { ...undone, username: name, change, sourceRef: `undo:${entry.ledgerId}` })
              })
          case 5:
            return () =>
              transaction(sql, (db) =>
                decayPoints(db, { guildId, percent: 30, afterDays: 0, floor: 5, period: `p${next(3)}` }),
              )
          default:
            return () =>
              transaction(sql, async (db) => {
                const of = { guildId, username: name, isConverted: true, actorId: null, reason: null }
                await adjustMinutes(db, { ...of, delta: Number(amount) - 60, sourceRef: `minutes${n}` })
                await onPointsTick(aTick({ kind: 'points', guildIds: [guildId], slot: aSlotAgo(0) }), db, tools)
              })
        }
      })
      for (let i = 0; i < works.length; i += 12) await Promise.all(works.slice(i, i + 12).map((work) => work()))
      expect(await unexplainedBalances(sql, guildId)).toEqual([])
      expect(Object.values(await balances(guildId)).filter((points) => points.startsWith('-'))).toEqual([])
      const [sums] = await sql`
      select count(*) filter (where points <> total_earned - total_spent)::int as wrong, count(*)::int as viewers
        from user_points where discord_server_id = ${guildId}`
      expect(sums).toEqual({ wrong: 0, viewers: names.length })
      const [minutes] = await sql`
      select count(*)::int as wrong
        from watchtime w
       where w.discord_server_id = ${guildId}
         and w.minutes <> (
               select coalesce(sum(a.delta), 0) from watchtime_adjustment a
                where a.discord_server_id = w.discord_server_id and a.username = w.username
             )`
      expect(minutes).toEqual({ wrong: 0 })
    },
  )
})
