import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bus, createBus } from '../../cluster/runtime/bus.ts'
import { type GuildId, groupOf, type Slot } from '../../cluster/runtime/ids.ts'
import type { Service } from '../../cluster/runtime/lifecycle.ts'
import { createLog } from '../../cluster/runtime/log.ts'
import { registry } from '../../cluster/runtime/metrics.ts'
import { encodeTicks, tickStream, tickSubject } from '../../scheduler/tick.ts'
import { createTickDispatch } from '../../shard/dispatch/tick.ts'
import { onChat, onLivestream } from '../../shard/features/activity/event.ts'
import type { Tools } from '../../shard/features/feature.ts'
import { tickHandlers } from '../../shard/features/index.ts'
import { type Sql, transaction } from '../../sql/client.ts'
import {
  aGuildId,
  aSlotAgo,
  aTick,
  chatOf,
  minutesIn,
  secondsBefore,
  streamOf,
  times,
  toolsFor,
} from '../support/builders.ts'
import { createDatabase } from '../support/database.ts'
import { startOwnNats } from '../support/nats.ts'
import { until } from '../support/wait.ts'

const shardCount = 4
const shardsPerGroup = 2

let sql: Sql
let tools: Tools
let bus: Bus
const owners: Service[] = []

/** One owner for each group, and where `twice` a second one that believes the same. */
beforeAll(async () => {
  sql = (await createDatabase({ max: 16 })).sql
  tools = toolsFor(sql)
  bus = createBus({
    url: (await startOwnNats()).url,
    name: 'test',
    log: createLog({ process: 'test', level: 'silent' }),
  })
  bus.declare(tickStream)
  await bus.start()
  for (const group of [0, 0, 1]) {
    const owner = createTickDispatch({
      bus,
      tools,
      handlers: tickHandlers,
      shardCount,
      group,
      owns: (id) => groupOf(id, shardCount, shardsPerGroup) === group,
    })
    await owner.start()
    owners.push(owner)
  }
})

afterAll(async () => {
  for (const owner of owners) await owner.stop()
  await bus.stop()
})

async function aWatchedGuild(...viewers: string[]): Promise<GuildId> {
  const guildId = aGuildId()
  await transaction(sql, (db) =>
    onLivestream([streamOf({ guildIds: [guildId], startedAt: Date.now() - 3_600_000 })], db, tools),
  )
  const lines = viewers.map((username) => chatOf({ guildIds: [guildId], username, at: secondsBefore(aSlotAgo(6), 30) }))
  await transaction(sql, (db) => onChat(lines, db, tools))
  return guildId
}

let published = 0
const publish = (guildIds: readonly GuildId[], slot: Slot, p: { epoch?: number; group?: number } = {}) =>
  bus.publish(
    tickSubject({
      shardCount,
      group: p.group ?? groupOf(guildIds[0] as GuildId, shardCount, shardsPerGroup),
      kind: 'watchtime',
    }),
    encodeTicks(aTick({ guildIds, slot, epoch: p.epoch ?? 1 })),
    { id: `test-${++published}`, timeoutMs: 2_000 },
  )

const counted = async (name: string): Promise<number> => {
  const metric = await registry.getSingleMetric(name)?.get()
  return (metric?.values ?? []).reduce((sum, value) => sum + value.value, 0)
}

const settled = (guildId: GuildId, minutes: number[]) =>
  until(async () => JSON.stringify(await minutesIn(sql, guildId)) === JSON.stringify(minutes), {
    what: `the guild to have ${JSON.stringify(minutes)} minutes`,
  })

describe('a tick through the bus', () => {
  it('is settled, acknowledged and measured', async () => {
    const guildId = await aWatchedGuild('Alice')
    await publish([guildId], aSlotAgo(0))
    await settled(guildId, [2])
    expect(await registry.metrics()).toMatch(/bot_tick_lag_seconds_count\{tick="watchtime"\} [1-9]/)
  })

  it('credits once though it is published eight times at once to two owners', async () => {
    const guildId = await aWatchedGuild(...times(20, (i) => `viewer${i}`))
    await Promise.all(times(8, () => publish([guildId], aSlotAgo(0))))
    await settled(
      guildId,
      times(20, () => 2),
    )
    const other = await aWatchedGuild('Bob') // behind the eight in the same queue: when it is done, they are
    await publish([other], aSlotAgo(0), { group: groupOf(guildId, shardCount, shardsPerGroup) })
    await publish([other], aSlotAgo(0))
    await settled(other, [2])
    expect(await minutesIn(sql, guildId)).toEqual(times(20, () => 2))
  })

  it('that was lost is made good by the next one, and one that is an hour late changes nothing', async () => {
    const guildId = await aWatchedGuild('Alice')
    await publish([guildId], aSlotAgo(1))
    await settled(guildId, [2])
    await publish([guildId], aSlotAgo(61))
    await publish([guildId], aSlotAgo(0))
    const marker = await aWatchedGuild('Bob')
    await publish([marker], aSlotAgo(0))
    await settled(marker, [2])
    expect(await minutesIn(sql, guildId)).toEqual([2])
  })

  it('of a guild that cannot be settled does not stop the others of its batch', async () => {
    const [good, bad, alsoGood] = [
      await aWatchedGuild('Alice'),
      await aWatchedGuild('Bob'),
      await aWatchedGuild('Carol'),
    ]
    await sql.unsafe(`alter table watchtime add constraint refused check (discord_server_id <> ${bad})`)
    const all = [good, bad, alsoGood]
    for (const g of new Set(all.map((id) => groupOf(id, shardCount, shardsPerGroup))))
      await publish(all, aSlotAgo(0), { group: g })
    await settled(good, [2])
    await settled(alsoGood, [2])
    expect(await minutesIn(sql, bad)).toEqual([])
    // Its minutes are still owed, and are paid once it can be.
    await sql`alter table watchtime drop constraint refused`
    await publish([bad], aSlotAgo(0))
    await settled(bad, [2])
  })

  it('for guilds of another owner is counted and not handled', async () => {
    const guildId = await aWatchedGuild('Alice')
    const misroutedBefore = await counted('bot_misrouted_total')
    const wrong = 1 - groupOf(guildId, shardCount, shardsPerGroup)
    await publish([guildId], aSlotAgo(0), { group: wrong })
    await until(async () => (await counted('bot_misrouted_total')) > misroutedBefore, {
      what: 'the tick to be counted',
    })
    expect(await minutesIn(sql, guildId)).toEqual([])
  })

  it('that cannot be read is terminated and counted', async () => {
    const unreadableBefore = await counted('bot_bus_unreadable_total')
    await bus.publish('tick.4.0.watchtime', { epoch: 'x' }, { id: 'bad-1', timeoutMs: 2_000 })
    await bus.publish('tick.4.0.nonsense', { epoch: 1, ticks: [] }, { id: 'bad-2', timeoutMs: 2_000 })
    await until(async () => (await counted('bot_bus_unreadable_total')) === unreadableBefore + 2, {
      what: 'both to be counted',
    })
  })

  it('under an older epoch than was heard is refused', async () => {
    const group = 1 // one owner only, so that the order is the queue's
    const mine = async (username: string) => {
      for (;;) {
        const id = await aWatchedGuild(username)
        if (groupOf(id, shardCount, shardsPerGroup) === group) return id
      }
    }
    const [first, second] = [await mine('Carol'), await mine('Dave')]
    await publish([first], aSlotAgo(0), { epoch: 9 })
    await settled(first, [2])
    await publish([second], aSlotAgo(0), { epoch: 8 })
    await until(async () => (await counted('bot_tick_refused_total')) === 1, { what: 'the old epoch to be refused' })
    expect(await minutesIn(sql, second)).toEqual([])
  })
})
