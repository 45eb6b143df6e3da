import { beforeAll, describe, expect, it } from 'vitest'
import type { GuildId, Slot } from '../../../cluster/runtime/ids.ts'
import { registry } from '../../../cluster/runtime/metrics.ts'
import { onChat, onLivestream } from '../../../shard/features/activity/event.ts'
import type { Tools } from '../../../shard/features/feature.ts'
import { onTick } from '../../../shard/features/watchtime/tick.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import {
  aGuildId,
  aSlotAgo,
  aTick,
  chatOf,
  minutesIn,
  secondsBefore,
  shuffled,
  standingsIn,
  streamOf,
  times,
  toolsFor,
} from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'
import { until } from '../../support/wait.ts'

let sql: Sql
let tools: Tools

beforeAll(async () => {
  sql = (await createDatabase({ max: 16 })).sql
  tools = toolsFor(sql)
})

const hear = (...events: ReturnType<typeof chatOf>[]) => transaction(sql, (db) => onChat(events, db, tools))
const stream = (...events: ReturnType<typeof streamOf>[]) => transaction(sql, (db) => onLivestream(events, db, tools))
const tick = (guildId: GuildId, slot: Slot) =>
  transaction(sql, (db) => onTick(aTick({ guildIds: [guildId], slot }), db, tools))

/** A guild whose stream has been live for an hour and goes on. */
async function aLiveGuild(): Promise<GuildId> {
  const guildId = aGuildId()
  await stream(streamOf({ guildIds: [guildId], startedAt: Date.now() - 3_600_000 }))
  return guildId
}

describe('a tick', () => {
  it('credits two minutes for one message, as the legacy bot did', async () => {
    const guildId = await aLiveGuild()
    const slot = aSlotAgo(3)
    await hear(chatOf({ guildIds: [guildId], username: 'Alice', at: secondsBefore(slot, 30) }))
    await tick(guildId, aSlotAgo(0))
    expect(await minutesIn(sql, guildId)).toEqual([2])
  })

  it('credits only the minutes up to its slot', async () => {
    const guildId = await aLiveGuild()
    const slot = aSlotAgo(3)
    await hear(chatOf({ guildIds: [guildId], username: 'Alice', at: secondsBefore(slot, 30) }))
    await tick(guildId, slot)
    expect(await minutesIn(sql, guildId)).toEqual([1])
  })

  it('credits a viewer once, though it arrives eight times at once', async () => {
    const guildId = await aLiveGuild()
    const slot = aSlotAgo(3)
    await hear(
      ...times(40, (i) => chatOf({ guildIds: [guildId], username: `viewer${i}`, at: secondsBefore(slot, 30) })),
    )
    // All eight transactions are open and the viewers' rows are held before the first of them settles; they are held until all of them wait.
    let open = 0
    let release = () => {}
    const allOpen = new Promise<void>((resolve) => {
      release = resolve
    })
    const ticks = times(8, () =>
      transaction(sql, async (db) => {
        await db`select 1`
        if (++open === 9) release()
        await allOpen
        await onTick(aTick({ guildIds: [guildId], slot: aSlotAgo(0) }), db, tools)
      }),
    )
    await transaction(sql, async (db) => {
      await db`select from presence where discord_server_id = ${guildId} order by hour, username for update`
      if (++open === 9) release()
      await allOpen
      await until(
        async () => {
          const [row] = await sql<{ waiting: number }[]>`
            select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
          return row?.waiting === 8
        },
        { what: 'eight ticks to wait for the same rows' },
      )
    })
    await Promise.all(ticks)
    expect(await minutesIn(sql, guildId)).toEqual(times(40, () => 2))
  })

  it('makes good for one that was lost', async () => {
    const guildId = await aLiveGuild()
    for (const ago of [9, 8, 7, 6, 5])
      await hear(chatOf({ guildIds: [guildId], username: 'Alice', at: secondsBefore(aSlotAgo(ago), 30) }))
    await tick(guildId, aSlotAgo(9)) // 8 to 6 are lost
    await tick(guildId, aSlotAgo(4))
    expect(await standingsIn(sql, guildId)).toEqual([{ username: 'alice', minutes: 6, points: 1 }])
  })

  it('does no harm when it comes an hour late, behind newer ones', async () => {
    const guildId = await aLiveGuild()
    await hear(chatOf({ guildIds: [guildId], username: 'Alice', at: secondsBefore(aSlotAgo(20), 30) }))
    await tick(guildId, aSlotAgo(0))
    const settled = await minutesIn(sql, guildId)
    // Chat of an old minute arrives, and an old tick with it: the minute is credited and nothing is forgotten.
    await hear(chatOf({ guildIds: [guildId], username: 'Alice', at: secondsBefore(aSlotAgo(10), 30) }))
    await tick(guildId, aSlotAgo(59))
    await tick(guildId, aSlotAgo(0))
    expect([settled, await minutesIn(sql, guildId)]).toEqual([[2], [4]])
  })

  it('for a slot that has not ended by the database’s clock credits nothing', async () => {
    const guildId = await aLiveGuild()
    await hear(chatOf({ guildIds: [guildId], username: 'Alice', at: Date.now() }))
    await tick(guildId, (aSlotAgo(0) + 5) as Slot)
    expect(await minutesIn(sql, guildId)).toEqual([])
  })

  it('credits once though its guild stands in it twice, and is quick though a stream claims to run since the year 1', async () => {
    const guildId = await aLiveGuild()
    await stream(
      streamOf({ guildIds: [guildId], startedAt: Date.parse('0001-01-01T00:00:00Z'), at: Date.now() - 60_000 }),
    )
    await hear(chatOf({ guildIds: [guildId], username: 'Alice', at: secondsBefore(aSlotAgo(5), 30) }))
    await transaction(sql, (db) => onTick(aTick({ guildIds: [guildId, guildId], slot: aSlotAgo(0) }), db, tools))
    expect(await minutesIn(sql, guildId)).toEqual([2])
  })

  it('writes nothing when it is repeated', async () => {
    const guildId = await aLiveGuild()
    await hear(chatOf({ guildIds: [guildId], username: 'Alice', at: secondsBefore(aSlotAgo(5), 30) }))
    await tick(guildId, aSlotAgo(0))
    const versions = () => sql`
      select (select array_agg(xmin::text || ctid::text order by hour) from presence where discord_server_id = ${guildId}) as presence,
             (select xmin::text || ctid::text from watchtime where discord_server_id = ${guildId}) as watchtime,
             (select xmin::text || ctid::text from settlement where discord_server_id = ${guildId}) as settlement`
    const first = await versions()
    await tick(guildId, aSlotAgo(0))
    expect(await versions()).toEqual(first)
  })
})

describe('chat', () => {
  it('credits the same when it comes ten minutes late, twice and shuffled', async () => {
    const [inTime, late] = [await aLiveGuild(), await aLiveGuild()]
    const lines = (guildId: GuildId) =>
      times(60, (i) =>
        chatOf({
          guildIds: [guildId],
          username: `viewer${i % 7}`,
          at: secondsBefore(aSlotAgo(30 - Math.floor(i / 3)), 7 + (i % 50)),
        }),
      )
    for (const line of lines(inTime)) await hear(line)
    await tick(inTime, aSlotAgo(0))

    const disorder = shuffled([...lines(late), ...lines(late)], 42)
    for (const [i, line] of disorder.entries()) {
      await hear(line)
      if (i % 10 === 0) await tick(late, aSlotAgo(i % 20)) // ticks of all ages in between
    }
    await tick(late, aSlotAgo(0))
    expect(await standingsIn(sql, late)).toEqual(await standingsIn(sql, inTime))
  })

  it('is recorded by two owners at once as by one', async () => {
    const guildId = await aLiveGuild()
    const lines = times(50, (i) =>
      chatOf({ guildIds: [guildId], username: `viewer${i % 9}`, at: secondsBefore(aSlotAgo(12 - (i % 10)), 20) }),
    )
    const owner = async (seed: number) => {
      for (const line of shuffled(lines, seed)) {
        await hear(line)
        await tick(guildId, aSlotAgo(0))
      }
    }
    await Promise.all([owner(1), owner(2), owner(3)])
    const other = await aLiveGuild()
    await hear(...lines.map((line) => ({ ...line, guildIds: [other] })))
    await tick(other, aSlotAgo(0))
    expect(await standingsIn(sql, guildId)).toEqual(await standingsIn(sql, other))
  })

  it('does not credit the broadcaster, the bot itself nor who is left out of time', async () => {
    const guildId = await aLiveGuild()
    await sql`
      insert into exclusion (discord_server_id, username, kind, origin, set_at)
      values (${guildId}, 'nightbot', 'time', 'admin', now() - interval '1 day')`
    const at = secondsBefore(aSlotAgo(5), 30)
    await hear(
      chatOf({ guildIds: [guildId], username: 'Streamer', at, userId: 9_000 }),
      chatOf({ guildIds: [guildId], username: 'Nightbot', at }),
      chatOf({ guildIds: [guildId], username: 'appbot', at }),
      chatOf({ guildIds: [guildId], username: 'Alice', at }),
    )
    await tick(guildId, aSlotAgo(0))
    expect((await standingsIn(sql, guildId)).map((one) => one.username)).toEqual(['alice'])
  })

  it('does not credit lines that are shorter than the guild wants, however they are filled up', async () => {
    const [guildId, neighbour] = [await aLiveGuild(), await aLiveGuild()]
    await sql`
      insert into bot_settings (discord_server_id, key, value) values (${guildId}, 'min_message_length', '3')`
    const contents = ['a', ' a   b ', 'a\u200b\u200b\u200b', '[emote:37226:KEKW]', 'abc', '[emote:1:a]b[emote:2:c]']
    const at = secondsBefore(aSlotAgo(5), 30)
    await hear(
      ...contents.map((content, n) =>
        chatOf({ guildIds: [guildId, neighbour], username: `viewer${n}`, at, userId: 500 + n, content }),
      ),
    )
    for (const id of [guildId, neighbour]) await tick(id, aSlotAgo(0))
    expect((await standingsIn(sql, guildId)).map((one) => one.username)).toEqual(['viewer4', 'viewer5'])
    expect(await standingsIn(sql, neighbour)).toHaveLength(contents.length)
  })

  it('follows a renamed viewer, and does not give a freed name’s minutes to who takes it', async () => {
    const guildId = await aLiveGuild()
    await hear(chatOf({ guildIds: [guildId], username: 'Old_Name', userId: 1, at: secondsBefore(aSlotAgo(20), 30) }))
    await tick(guildId, aSlotAgo(15))
    await hear(chatOf({ guildIds: [guildId], username: 'NewName', userId: 1, at: secondsBefore(aSlotAgo(12), 30) }))
    await hear(chatOf({ guildIds: [guildId], username: 'old_name', userId: 2, at: secondsBefore(aSlotAgo(8), 30) }))
    // a line from before the rename, delivered late: it is still the same person's
    await hear(chatOf({ guildIds: [guildId], username: 'Old_Name', userId: 1, at: secondsBefore(aSlotAgo(17), 30) }))
    await tick(guildId, aSlotAgo(0))
    expect(await standingsIn(sql, guildId)).toEqual([
      { username: 'newname', minutes: 6, points: 1 },
      { username: 'old_name', minutes: 2, points: 0 },
    ])
  })
})

describe('a minute counts', () => {
  it('only while the stream was live at its end, whenever that becomes known', async () => {
    const guildId = aGuildId()
    const start = aSlotAgo(20)
    for (const ago of [24, 20, 16, 12, 8])
      await hear(chatOf({ guildIds: [guildId], username: 'Alice', at: secondsBefore(aSlotAgo(ago), 30) }))
    await tick(guildId, aSlotAgo(0))
    expect(await minutesIn(sql, guildId)).toEqual([])
    // the end is heard before the start, both late
    const startedAt = secondsBefore(start, 45)
    await stream(
      streamOf({ guildIds: [guildId], startedAt, endedAt: secondsBefore(aSlotAgo(11), 0), at: Date.now() - 1000 }),
    )
    await stream(streamOf({ guildIds: [guildId], startedAt, at: Date.now() - 2000 }))
    await tick(guildId, aSlotAgo(0))
    // live from the end of slot 20 to before the end of slot 11: 20, 19 / 16, 15 / 12
    expect(await minutesIn(sql, guildId)).toEqual([5])
  })

  it('when it was forced, and not while tracking was off', async () => {
    const guildId = aGuildId()
    for (const ago of [20, 15, 10])
      await hear(chatOf({ guildIds: [guildId], username: 'Alice', at: secondsBefore(aSlotAgo(ago), 30) }))
    const at = (ago: number) => new Date(secondsBefore(aSlotAgo(ago), 59))
    await sql`
      insert into tracking_override (discord_server_id, mode, started_at, ended_at)
      values (${guildId}, 'force', ${at(21)}, null), (${guildId}, 'off', ${at(16)}, ${at(12)})`
    await tick(guildId, aSlotAgo(0))
    expect(await minutesIn(sql, guildId)).toEqual([4])
  })

  it('without a live signal when two viewers chatted within five minutes', async () => {
    const guildId = aGuildId()
    await sql`
      insert into kick_channel (discord_server_id, broadcaster_user_id, slug, display_name, signal_lost_at)
      values (${guildId}, 9000, 'streamer', 'Streamer', ${new Date(secondsBefore(aSlotAgo(40), 0))})`
    await hear(
      chatOf({ guildIds: [guildId], username: 'Alone', at: secondsBefore(aSlotAgo(30), 30) }),
      chatOf({ guildIds: [guildId], username: 'Alice', at: secondsBefore(aSlotAgo(15), 30) }),
      chatOf({ guildIds: [guildId], username: 'Bob', at: secondsBefore(aSlotAgo(12), 30) }),
      chatOf({ guildIds: [guildId], username: 'Alice', at: secondsBefore(aSlotAgo(11), 30) }),
    )
    await tick(guildId, aSlotAgo(0))
    // two had written from Bob's line on; Alice's first line stood alone when its minutes ended
    expect(await standingsIn(sql, guildId)).toEqual([
      { username: 'alice', minutes: 2, points: 0 },
      { username: 'bob', minutes: 2, points: 0 },
    ])
  })
})

describe('guilds', () => {
  it('on one Kick channel keep separate totals, and equal names do not meet', async () => {
    const [a, b, c] = [await aLiveGuild(), await aLiveGuild(), await aLiveGuild()]
    const slot = aSlotAgo(5)
    await hear(
      chatOf({ guildIds: [a, b], username: 'Alice', at: secondsBefore(slot, 30) }),
      chatOf({ guildIds: [c], username: 'alice', at: secondsBefore(aSlotAgo(9), 30), broadcasterId: 9_100 }),
    )
    await tick(a, aSlotAgo(0))
    expect([await minutesIn(sql, a), await minutesIn(sql, b), await minutesIn(sql, c)]).toEqual([[2], [], []])
    await tick(b, aSlotAgo(0))
    await tick(c, aSlotAgo(0))
    expect([await minutesIn(sql, a), await minutesIn(sql, b), await minutesIn(sql, c)]).toEqual([[2], [2], [2]])
  })
})

describe('points', () => {
  it.each([
    { minutes: 4, rate: 1, points: 0 },
    { minutes: 5, rate: 1, points: 1 },
    { minutes: 14, rate: 1, points: 2 },
    { minutes: 21, rate: 3, points: 12 },
    { minutes: 20, rate: 0, points: 0 },
  ])('for $minutes minutes at a rate of $rate are $points', async ({ minutes, rate, points }) => {
    const guildId = await aLiveGuild()
    await sql`insert into bot_settings (discord_server_id, key, value) values (${guildId}, 'points_per_5min', ${String(rate)})`
    await sql`insert into bot_settings (discord_server_id, key, value) values (${guildId}, 'active_window_seconds', '60')`
    for (let ago = 30; ago > 30 - minutes; ago--)
      await hear(chatOf({ guildIds: [guildId], username: 'Alice', at: secondsBefore(aSlotAgo(ago), 30) }))
    for (const ago of [25, 12, 3, 0]) await tick(guildId, aSlotAgo(ago))
    expect(await standingsIn(sql, guildId)).toEqual([{ username: 'alice', minutes, points }])
  })

  it('are not paid later for a time in which they were switched off', async () => {
    const guildId = await aLiveGuild()
    const rate = (value: number) => sql`
      insert into bot_settings (discord_server_id, key, value) values (${guildId}, 'points_per_5min', ${String(value)})
      on conflict (discord_server_id, key) do update set value = excluded.value`
    const watch = async (from: number, to: number) => {
      for (let ago = from; ago > to; ago--)
        await hear(chatOf({ guildIds: [guildId], username: 'Alice', at: secondsBefore(aSlotAgo(ago), 30) }))
      await tick(guildId, aSlotAgo(to))
    }
    await rate(0)
    await watch(40, 20)
    await rate(5)
    await watch(20, 9)
    expect((await standingsIn(sql, guildId))[0]?.points).toBe(10)
  })
})

describe('the promise that a slot is settled within 90 seconds of its end', () => {
  const counts = async () => {
    const metric = await registry.getSingleMetric('bot_watchtime_slots_total')?.get()
    const of = (outcome: string) => metric?.values.find(({ labels }) => labels.outcome === outcome)?.value ?? 0
    return { inTime: of('in_time'), late: of('late') }
  }
  const counted = async (work: () => Promise<unknown>) => {
    const before = await counts()
    await work()
    const after = await counts()
    return { inTime: after.inTime - before.inTime, late: after.late - before.late }
  }
  const ended = (slot: Slot) => Date.now() - (slot + 1) * 60_000
  /** As it will be judged a moment later; a slot whose 90 seconds are over about now proves nothing. */
  const isLate = (slot: Slot) => ended(slot) > 90_000

  it('is kept or broken for every slot with viewers, once each, whatever the number of viewers and ticks', async () => {
    const guildId = aGuildId()
    await stream(streamOf({ guildIds: [guildId], startedAt: secondsBefore(aSlotAgo(5), 50) }))
    await hear(
      ...times(6, (n) => chatOf({ guildIds: [guildId], username: `viewer${n}`, at: secondsBefore(aSlotAgo(n), 30) })),
    )
    const slots = times(6, (n) => aSlotAgo(n))
    await until(() => slots.every((slot) => Math.abs(ended(slot) - 90_000) > 3_000), { what: 'a moment that is clear' })
    const late = slots.filter(isLate).length
    expect(await counted(() => tick(guildId, aSlotAgo(0)))).toEqual({ inTime: 6 - late, late })
    expect(await counted(() => tick(guildId, aSlotAgo(0)))).toEqual({ inTime: 0, late: 0 })
  })

  it('is not asked again for what is told of slots that were settled, nor for hours in which nobody was there', async () => {
    const guildId = await aLiveGuild()
    await hear(chatOf({ guildIds: [guildId], username: 'Alice', at: secondsBefore(aSlotAgo(50), 30) }))
    await tick(guildId, aSlotAgo(40))
    await hear(chatOf({ guildIds: [guildId], username: 'Bob', at: secondsBefore(aSlotAgo(50), 30) }))
    expect(await counted(() => tick(guildId, aSlotAgo(30)))).toEqual({ inTime: 0, late: 0 })
    // Two slots of one message, long after anything else.
    await hear(chatOf({ guildIds: [guildId], username: 'Bob', at: secondsBefore(aSlotAgo(10), 30) }))
    expect(await counted(() => tick(guildId, aSlotAgo(0)))).toEqual({ inTime: 0, late: 2 })
  })
})
