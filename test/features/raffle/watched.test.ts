import { beforeAll, describe, expect, it } from 'vitest'
import { type GuildId, type Slot, userId, username } from '../../../cluster/runtime/ids.ts'
import { onChat, onLivestream } from '../../../shard/features/activity/event.ts'
import type { Tools } from '../../../shard/features/feature.ts'
import { awardForMinutes, convertAll, setBaseline } from '../../../shard/features/raffle/tick.ts'
import { onTick } from '../../../shard/features/watchtime/tick.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import { moveViewer } from '../../../sql/queries/activity.ts'
import { unexplainedTickets } from '../../../sql/queries/tickets.ts'
import {
  aGuildId,
  aSlotAgo,
  aTick,
  chatOf,
  secondsBefore,
  shuffled,
  streamOf,
  times,
  toolsFor,
} from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'

let sql: Sql
let tools: Tools
beforeAll(async () => {
  sql = (await createDatabase({ max: 12 })).sql
  tools = toolsFor(sql)
})

const minuteMs = 60_000
const present = Math.floor(Date.now() / minuteMs)
const minutesAgo = (minutes: number): Date => new Date((present - minutes) * minuteMs)

/** A guild with a raffle that began `from` minutes ago and ends in `to` minutes. */
async function aRaffle(p: { from: number; to?: number; id?: GuildId; number?: number }): Promise<GuildId> {
  const id = p.id ?? aGuildId()
  await sql`
    insert into raffle_periods (discord_server_id, period_number, status, starts_at, ends_at, time_zone, commitment, opened_at)
    values (${id}, ${p.number ?? 1}, 'active', ${minutesAgo(p.from)}, ${minutesAgo(-(p.to ?? 600))}, 'UTC', 'c', now())`
  return id
}

/** Minutes that are credited, as a settlement writes them: so many minutes up to the one that ended `ago` minutes ago. */
async function watch(id: GuildId, name: string, minutes: number, ago = 0): Promise<void> {
  const ends = times(minutes, (i) => present - ago - i)
  for (const hour of new Set(ends.map((end) => Math.floor(end / 60)))) {
    const mask = ends
      .filter((end) => Math.floor(end / 60) === hour)
      .reduce((bits, end) => bits | (1n << BigInt(end % 60)), 0n)
    const bits = BigInt.asIntN(64, mask).toString()
    await sql`
      insert into presence as p (discord_server_id, hour, username, present, paid) values (${id}, ${hour}, ${name}, ${bits}, ${bits})
      on conflict (discord_server_id, hour, username) do update set present = p.present | excluded.present, paid = p.paid | excluded.paid`
  }
  await sql`
    insert into watchtime as w (discord_server_id, username, minutes) values (${id}, ${name}, ${minutes})
    on conflict (discord_server_id, username) do update set minutes = w.minutes + excluded.minutes`
}

const convert = (...viewers: readonly (readonly [GuildId, string])[]) =>
  transaction(sql, (db) =>
    awardForMinutes(
      db,
      viewers.map(([guildId, name]) => ({
        guildId,
        username: username(name),
        before: 0,
        after: 0,
        isBlock: true,
        isTier: false,
      })),
    ),
  )
const rate = (id: GuildId, tickets: number) => sql`
  insert into bot_settings (discord_server_id, key, value) values (${id}, 'raffle_tickets_per_hour', ${String(tickets)})
  on conflict (discord_server_id, key) do update set value = excluded.value`
const ticketsOf = async (id: GuildId, name = 'anna', period = 1): Promise<number> =>
  (
    await sql<{ tickets: number }[]>`
      select watchtime_tickets::int as tickets from raffle_tickets
       where discord_server_id = ${id} and period_number = ${period} and kick_username = ${name}`
  )[0]?.tickets ?? 0
const intervalsOf = async (id: GuildId, name = 'anna', period = 1) =>
  (
    await sql<{ fromMinute: number; toMinute: number; delta: number }[]>`
      select from_minute, to_minute, delta from ticket_ledger
       where discord_server_id = ${id} and period_number = ${period} and kick_username = ${name} and source = 'watchtime'
       order by from_minute`
  ).map(({ fromMinute, toMinute, delta }) => [fromMinute, toMinute, delta])

describe('watched minutes', () => {
  it('become tickets by whole hours within the raffle, and the rest is kept for later', async () => {
    // More is watched than the raffle lasts: what counts is exact to the minute, at its beginning and at its end.
    for (const [from, to, hours] of [
      [300, 600, 5],
      [299, 600, 4],
      [280, -100, 3],
      [280, -101, 2],
    ] as const) {
      const id = await aRaffle({ from, to })
      await watch(id, 'anna', 400)
      await convert([id, 'anna'])
      expect(await intervalsOf(id)).toEqual([[0, hours * 60, hours * 10]])
      expect(await ticketsOf(id)).toBe(hours * 10)
    }
    const other = await aRaffle({ from: 300 })
    await watch(other, 'anna', 119)
    await convert([other, 'anna'])
    await watch(other, 'anna', 1, 119)
    await convert([other, 'anna'])
    expect(await intervalsOf(other)).toEqual([
      [0, 60, 10],
      [60, 120, 10],
    ])
  })

  it('are paid once, by however many at once, in batches of any order, and in each guild by themselves', async () => {
    const guilds = await Promise.all(times(3, () => aRaffle({ from: 500 })))
    for (const [i, id] of guilds.entries()) for (const name of ['anna', 'bob']) await watch(id, name, 60 * (i + 1) + 59)
    const viewers = guilds.flatMap((id) => ['anna', 'bob'].map((name) => [id, name] as const))
    await Promise.all(
      times(8, (i) =>
        i % 4 === 3 ? transaction(sql, (db) => convertAll(db, guilds)) : convert(...shuffled(viewers, i + 1)),
      ),
    )
    for (const [i, id] of guilds.entries())
      for (const name of ['anna', 'bob']) {
        expect(await ticketsOf(id, name)).toBe(10 * (i + 1))
        expect(await unexplainedTickets(sql, { guildId: id, periodNumber: 1, limit: 9 })).toEqual([])
      }
  })

  it('are paid at the rate of the moment at which their hour is full; 0 passes them over', async () => {
    const id = await aRaffle({ from: 500 })
    for (const [i, tickets] of [10, 25, 0, 1].entries()) {
      await rate(id, tickets)
      await watch(id, 'anna', 60, i * 60)
      await convert([id, 'anna'])
    }
    expect(await intervalsOf(id)).toEqual([
      [0, 60, 10],
      [60, 120, 25],
      [120, 180, 0],
      [180, 240, 1],
    ])
    expect(await ticketsOf(id)).toBe(36)
  })

  it('count that are settled late, and not those from before it, after it, or of another raffle', async () => {
    const id = await aRaffle({ from: 200, to: -100 }) // it is over and not closed yet
    await watch(id, 'anna', 60, 201) // ended before it began
    await watch(id, 'anna', 50, 50) // began after it was over
    await convert([id, 'anna'])
    expect(await intervalsOf(id)).toEqual([])
    await watch(id, 'anna', 70, 110) // the hours in between, heard of last
    await convert([id, 'anna'])
    expect(await intervalsOf(id)).toEqual([[0, 60, 10]])
    await sql`update raffle_periods set status = 'archived' where discord_server_id = ${id}`
    await aRaffle({ id, number: 2, from: 100 })
    await watch(id, 'anna', 10, 40)
    await transaction(sql, (db) => convertAll(db, [id]))
    expect(await intervalsOf(id, 'anna', 2)).toEqual([[0, 60, 10]])
    expect(await ticketsOf(id)).toBe(10)
  })

  it('are those of the first hours too, long after these are sealed and folded away', async () => {
    const id = await aRaffle({ from: 40 * 24 * 60 })
    await watch(id, 'anna', 90, 39 * 24 * 60)
    await transaction(sql, (db) => convertAll(db, [id]))
    await sql`delete from presence where discord_server_id = ${id}`
    await watch(id, 'anna', 30)
    await convert([id, 'anna'])
    expect(await intervalsOf(id)).toEqual([
      [0, 60, 10],
      [60, 120, 10],
    ])
  })

  it('of a viewer without a link wait for one, or are passed over where the link comes first', async () => {
    const [waits, refuses] = [await aRaffle({ from: 300 }), await aRaffle({ from: 300 })]
    await sql`insert into bot_settings (discord_server_id, key, value) values (${refuses}, 'raffle_late_linking', 'false')`
    for (const id of [waits, refuses]) await watch(id, 'anna', 90)
    await convert([waits, 'anna'], [refuses, 'anna'])
    expect([await intervalsOf(waits), await intervalsOf(refuses)]).toEqual([[[0, 60, 10]], [[0, 60, 0]]])
    await sql`insert into links (discord_server_id, discord_id, kick_name) values (${refuses}, 1, 'anna')`
    await watch(refuses, 'anna', 60, 90)
    await convert([refuses, 'anna'])
    expect(await intervalsOf(refuses)).toEqual([
      [0, 60, 0],
      [60, 120, 10],
    ])
  })

  it('are counted again when an admin took some, and given ones do not count', async () => {
    const id = await aRaffle({ from: 300 })
    await watch(id, 'anna', 30)
    await convert([id, 'anna'])
    await sql`update watchtime set minutes = minutes + 500 where discord_server_id = ${id}`
    await convert([id, 'anna'])
    expect(await intervalsOf(id)).toEqual([])
    await sql`update watchtime set minutes = 0 where discord_server_id = ${id}`
    await watch(id, 'anna', 30, 30)
    await convert([id, 'anna'])
    expect(await intervalsOf(id)).toEqual([[0, 60, 10]])
  })

  it('go on behind a baseline, of one viewer or of all, which takes nothing away', async () => {
    const id = await aRaffle({ from: 500 })
    for (const name of ['anna', 'bob']) await watch(id, name, 100)
    await convert([id, 'anna'], [id, 'bob'])
    await transaction(sql, (db) => setBaseline(db, { guildId: id, username: username('anna'), actorId: userId('5') }))
    for (const name of ['anna', 'bob']) await watch(id, name, 59, 100)
    await convert([id, 'anna'], [id, 'bob'])
    expect(await intervalsOf(id)).toEqual([
      [0, 60, 10],
      [60, 100, 0],
    ])
    expect(await intervalsOf(id, 'bob')).toEqual([
      [0, 60, 10],
      [60, 120, 10],
    ])
    await watch(id, 'anna', 1, 159)
    await convert([id, 'anna'])
    expect(await ticketsOf(id)).toBe(20)
    await transaction(sql, (db) => setBaseline(db, { guildId: id, username: null, actorId: userId('5') }))
    expect((await intervalsOf(id, 'bob')).at(-1)).toEqual([120, 159, 0])
    expect(await unexplainedTickets(sql, { guildId: id, periodNumber: 1, limit: 9 })).toEqual([])
  })

  it('follow a viewer through renames, and somebody who takes the freed name begins at zero', async () => {
    const id = await aRaffle({ from: 500 })
    const account = (userIdOf: number, name: string) => sql`
      insert into kick_account (discord_server_id, kick_user_id, username, display_name) values (${id}, ${userIdOf}, ${name}, ${name})
      on conflict (discord_server_id, kick_user_id) do update set username = excluded.username`
    await account(1, 'anna')
    await watch(id, 'anna', 90)
    await convert([id, 'anna'])
    await transaction(sql, async (db) => {
      await moveViewer(db, { guildId: id, from: username('anna'), to: username('annie') })
    })
    await account(1, 'annie')
    await account(2, 'anna')
    await watch(id, 'anna', 60)
    await watch(id, 'annie', 30, 90)
    await convert([id, 'anna'], [id, 'annie'])
    expect([await ticketsOf(id, 'anna'), await ticketsOf(id, 'annie')]).toEqual([10, 20])
    expect(await unexplainedTickets(sql, { guildId: id, periodNumber: 1, limit: 9 })).toEqual([])
  })
})

describe('a tick of watch time', () => {
  it('gives tickets in the transaction that credits the minutes, also when it comes late, twice and in disorder', async () => {
    const id = await aRaffle({ from: 90 })
    const startedAt = Date.now() - 100 * minuteMs
    await transaction(sql, (db) => onLivestream([streamOf({ guildIds: [id], startedAt })], db, tools))
    const said = times(40, (i) =>
      chatOf({ guildIds: [id], username: 'Anna', at: secondsBefore(aSlotAgo(2 + 2 * i), 30) }),
    )
    const tick = (slot: Slot) => transaction(sql, (db) => onTick(aTick({ guildIds: [id], slot }), db, tools))
    for (const half of [said.filter((_, i) => i % 2 === 0), said.filter((_, i) => i % 2 === 1)]) {
      await transaction(sql, (db) => onChat(shuffled(half, 3), db, tools))
      await Promise.all([tick(aSlotAgo(0)), tick(aSlotAgo(30)), tick(aSlotAgo(0))])
    }
    const [row] = await sql`select minutes from watchtime where discord_server_id = ${id}`
    expect(row).toEqual({ minutes: 80 })
    expect(await intervalsOf(id)).toEqual([[0, 60, 10]])
    expect(await ticketsOf(id)).toBe(10)
  })
})
