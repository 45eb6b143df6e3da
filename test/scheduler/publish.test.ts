import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bus, createBus } from '../../cluster/runtime/bus.ts'
import type { Clock } from '../../cluster/runtime/clock.ts'
import { type Epoch, epoch, type GuildId, slot } from '../../cluster/runtime/ids.ts'
import { createLog } from '../../cluster/runtime/log.ts'
import { createPublisher } from '../../scheduler/publish.ts'
import { decodeTicks, type TickBatch, tickStream } from '../../scheduler/tick.ts'
import type { Sql } from '../../sql/client.ts'
import type { Lease } from '../../sql/lease.ts'
import { markPresent } from '../../sql/queries/presence.ts'
import { touchSettlement } from '../../sql/queries/settlement.ts'
import { aGuildId, aSlotAgo, times } from '../support/builders.ts'
import { cleanUp, onCleanUp } from '../support/cleanup.ts'
import { createDatabase } from '../support/database.ts'
import { startOwnNats } from '../support/nats.ts'
import { until } from '../support/wait.ts'

const log = createLog({ process: 'test', level: 'silent' })

let sql: Sql
let bus: Bus
let heard: TickBatch[]

beforeEach(async () => {
  sql = (await createDatabase()).sql
  heard = []
  bus = createBus({ url: (await startOwnNats()).url, name: 'test', log })
  bus.declare(tickStream)
  await bus.start()
  onCleanUp(() => bus.stop())
  bus.consume(
    { stream: tickStream, durable: 'test', filter: 'tick.4.*.*', batch: 1, ackWaitSeconds: 30 },
    async ([message]) => {
      if (message === undefined) return
      heard.push(decodeTicks(message.subject, message.json()))
      message.ack()
    },
  )
})

afterEach(cleanUp)

const aLease = (held: Epoch | undefined): Lease & { held: Epoch | undefined } => ({
  name: 'lease',
  held,
  get epoch() {
    return this.held
  },
  onChange() {},
  async start() {},
  async stop() {},
})

/** A clock that says the real time, and a publisher that has just come to lead. */
const clock: Clock = { now: () => Date.now(), monotonic: () => performance.now() }
async function lead(lease: Lease, cadenceSeconds = 1): Promise<() => Promise<void>> {
  const publisher = createPublisher({ sql, bus, clock, log, lease, shardCount: 4, shardsPerGroup: 2, cadenceSeconds })
  await publisher.start()
  onCleanUp(() => publisher.stop())
  return () => publisher.stop()
}

const present = (guildId: GuildId, n: number) =>
  markPresent(sql, {
    guildIds: [guildId],
    hours: [Math.floor((n + 1) / 60)],
    usernames: ['alice' as never],
    minutes: [(1n << BigInt((n + 1) % 60)).toString()],
    oldestSlots: [n],
    newestSlots: [n],
  })

const guildsHeard = (kind = 'watchtime') =>
  new Set(heard.filter((batch) => batch.kind === kind).flatMap((batch) => batch.ticks.map((tick) => tick.guildId)))

describe('the leader', () => {
  it('publishes the guilds with something unsettled, under its epoch, and no others', async () => {
    const [due, idle] = [aGuildId(), aGuildId()]
    await present(due, aSlotAgo(2))
    await sql`insert into settlement (discord_server_id, kind, phase, newest_slot, settled_slot) values (${idle}, 'watchtime', 0, 5, 5)`
    await lead(aLease(epoch(7)))
    await until(() => guildsHeard().has(due), { what: 'the due guild to be published' })
    expect([...guildsHeard()]).toEqual([due])
    expect(new Set(heard.map((batch) => batch.epoch))).toEqual(new Set([7]))
  })

  it('that is new begins with everything, though its second is not the guilds’ second', async () => {
    const guilds = times(50, () => aGuildId())
    for (const guildId of guilds) await present(guildId, aSlotAgo(3))
    await lead(aLease(epoch(1)), 3600)
    await until(() => guildsHeard().size === 50, { what: 'all guilds to be published' })
  })

  it('says nothing of guilds that the bot has left', async () => {
    const [left, here] = [aGuildId(), aGuildId()]
    await sql`insert into guild (discord_server_id, left_at) values (${left}, now()), (${here}, null)`
    for (const guildId of [left, here]) await present(guildId, aSlotAgo(2))
    await lead(aLease(epoch(1)))
    await until(() => guildsHeard().has(here), { what: 'the other guild to be published' })
    expect(guildsHeard().has(left)).toBe(false)
  })

  it('publishes a guild again as long as it is due, and stops when it is settled', async () => {
    const guildId = aGuildId()
    await touchSettlement(sql, { kind: 'roles', guildIds: [guildId] })
    await lead(aLease(epoch(1)))
    const published = () => heard.filter((batch) => batch.kind === 'roles').length
    await until(() => published() >= 2, { what: 'the guild to be published twice' })
    await sql`update settlement set settled_revision = facts_revision where discord_server_id = ${guildId}`
    const marker = aGuildId()
    await touchSettlement(sql, { kind: 'points', guildIds: [marker] })
    await until(() => guildsHeard('points').has(marker), { what: 'a later guild' })
    const last = heard.findLastIndex((batch) => batch.kind === 'roles')
    expect(last).toBeLessThan(heard.findLastIndex((batch) => batch.kind === 'points') + 1)
  })

  it('walks through all guilds for kinds that others change without a word', async () => {
    const guilds = times(25, () => aGuildId())
    await sql`insert into guild (discord_server_id) select unnest(${guilds}::bigint[])`
    await lead(aLease(epoch(1)))
    await until(() => guildsHeard('roles').size === 25 && guildsHeard('points').size === 25, {
      what: 'all guilds to be walked through',
    })
    expect(guildsHeard('watchtime').size).toBe(0)
  })
})

describe('who does not lead', () => {
  it('publishes nothing, also when the lease is lost in the middle of a round', async () => {
    await present(aGuildId(), aSlotAgo(2))
    const lease = aLease(undefined)
    const stop = await lead(lease)
    await stop()
    expect(heard).toEqual([])
  })
})

it('two leaders who believe at once do not fill the stream twice', async () => {
  const guilds = times(5, () => aGuildId())
  for (const guildId of guilds) await present(guildId, slot(aSlotAgo(2)))
  // The same second, the same due guilds, the same names of batches: the stream keeps one of each.
  const publish = () =>
    bus.publish('tick.4.0.watchtime', { epoch: 1, ticks: [] }, { id: 'watchtime:1:0:0.0', timeoutMs: 2_000 })
  expect([(await publish()).duplicate, (await publish()).duplicate]).toEqual([false, true])
})
