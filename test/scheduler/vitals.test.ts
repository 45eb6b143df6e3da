import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bus, createBus } from '../../cluster/runtime/bus.ts'
import { type Epoch, epoch, type GuildId } from '../../cluster/runtime/ids.ts'
import { createLog } from '../../cluster/runtime/log.ts'
import { registry } from '../../cluster/runtime/metrics.ts'
import { createAudit } from '../../scheduler/audit.ts'
import { tickStream, tickSubject } from '../../scheduler/tick.ts'
import { createVitals } from '../../scheduler/vitals.ts'
import type { Sql } from '../../sql/client.ts'
import { createProbe } from '../../sql/probe.ts'
import { ensureGroups } from '../../sql/queries/placement.ts'
import { aGuildId, aSlotAgo, times } from '../support/builders.ts'
import { cleanUp, onCleanUp } from '../support/cleanup.ts'
import { createDatabase } from '../support/database.ts'
import { startOwnNats } from '../support/nats.ts'
import { readSamples } from '../support/samples.ts'
import { until } from '../support/wait.ts'

const log = createLog({ process: 'test', level: 'silent' })

let sql: Sql
let bus: Bus

beforeEach(async () => {
  sql = (await createDatabase()).sql
  bus = createBus({ url: (await startOwnNats()).url, name: 'test', log })
  bus.declare(tickStream)
  await bus.start()
  onCleanUp(() => bus.stop())
})

afterEach(cleanUp)

/** The figure with these labels; undefined when nobody says it. */
async function figure(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number | undefined> {
  const found = readSamples(await registry.metrics()).find(
    (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  )
  return found?.value
}

const rounds = async () => (await figure('bot_vitals_rounds_total', { outcome: 'ok' })) ?? 0

/** A lease that is taken and lost when the test says so. */
function aLease(held: Epoch | undefined) {
  const callbacks: ((now: Epoch | undefined) => void)[] = []
  return {
    epoch: held,
    onChange: (callback: (now: Epoch | undefined) => void) => void callbacks.push(callback),
    change(now: Epoch | undefined) {
      this.epoch = now
      for (const callback of callbacks) callback(now)
    },
  }
}

async function measure(lease: ReturnType<typeof aLease>): Promise<void> {
  const vitals = createVitals({ sql, bus, log, lease, shardCount: 4, everyMs: 50 })
  onCleanUp(() => vitals.stop())
  await vitals.start()
}

const anotherRound = async () => {
  const before = await rounds()
  await until(async () => (await rounds()) >= before + 2, { what: 'a round that began after this' })
}

/** Watch time that is owed for the slots from `oldest` to `newest`. */
const owe = (guildId: GuildId, oldest: number, newest: number, settledAgoSeconds?: number) => sql`
  insert into settlement (discord_server_id, kind, phase, facts_revision, oldest_slot, newest_slot, settled_at)
  values (
    ${guildId}, 'watchtime', 7, 1, ${oldest}, ${newest},
    ${settledAgoSeconds === undefined ? null : sql`now() - make_interval(secs => ${settledAgoSeconds})`}
  )`

describe('the leader', () => {
  it('says what waits, and for how long', async () => {
    const [first, second] = [aGuildId(), aGuildId()]
    await ensureGroups(sql, { shardCount: 4, groupCount: 2 })
    await sql`update shard_group_lease set holder = 'a pod', expires_at = now() + interval '1 minute' where group_id = 0`
    await sql`
      insert into outbox (discord_server_id, kind, source_ref, payload, state, created_at, next_attempt_at)
      values (${first}, 'a', '1', '{}', 'due', now() - interval '700 seconds', now() - interval '90 seconds'),
             (${second}, 'a', '1', '{}', 'due', now() - interval '30 seconds', now() + interval '1 hour'),
             (${second}, 'a', '2', '{}', 'dead', now() - interval '1 day', now()),
             (${second}, 'a', '3', '{}', 'paid', now() - interval '1 day', now())`
    await sql`
      insert into inbox (discord_server_id, source_ref, event, received_at, done_at)
      values (${first}, '1', '{}', now() - interval '200 seconds', null), (${first}, '2', '{}', now() - interval '1 day', now())`
    await sql`insert into job (discord_server_id, kind, job_ref, next_run_at) values (${first}, 'a', '1', now() - interval '50 seconds')`
    await owe(first, aSlotAgo(10), aSlotAgo(10))
    await owe(second, aSlotAgo(10), aSlotAgo(0), 20)

    await measure(aLease(epoch(1)))
    await anotherRound()

    expect(await figure('bot_outbox_oldest_seconds')).toBeCloseTo(700, -2)
    expect(await figure('bot_outbox_overdue_seconds')).toBeCloseTo(90, -1.5)
    expect(await figure('bot_outbox_dead_rows')).toBe(1)
    expect(await figure('bot_inbox_rows')).toBe(1)
    expect(await figure('bot_inbox_oldest_seconds')).toBeCloseTo(200, -1.5)
    expect(await figure('bot_jobs_overdue_seconds')).toBeCloseTo(50, -1.5)
    expect(await figure('bot_group_leases_free')).toBe(1)
    expect(await figure('bot_settlement_unsettled_guilds')).toBe(2)
    // The first since its slot ended, eleven minutes ago or nearly; the second was settled 20 s ago and has just been told of more.
    expect(await figure('bot_settlement_lag_seconds', { of: 'longest' })).toBeGreaterThanOrEqual(600)
    expect(await figure('bot_settlement_lag_seconds', { of: 'longest' })).toBeLessThan(800)
  })

  it('does not call a guild late which was settled just before it was told of something old', async () => {
    await owe(aGuildId(), aSlotAgo(10), aSlotAgo(0), 20)
    await measure(aLease(epoch(1)))
    await anotherRound()
    expect(await figure('bot_settlement_lag_seconds', { of: 'longest' })).toBeLessThan(60)
    expect(await figure('bot_settlement_lag_seconds', { of: 'longest' })).toBeGreaterThanOrEqual(20)
  })

  it('says how the database is, and what consumers have not been given', async () => {
    const consumer = bus.consume(
      { stream: tickStream, durable: 'behind', filter: 'tick.4.0.*', batch: 1, ackWaitSeconds: 30 },
      async () => {},
    )
    const publish = (n: number) =>
      bus.publish(tickSubject({ shardCount: 4, group: 0, kind: 'points' }), {}, { id: `${n}`, timeoutMs: 2_000 })
    await publish(0)
    await until(async () => (await bus.backlog()).some(({ unacknowledged }) => unacknowledged === 1), {
      what: 'a delivery',
    })
    await consumer.stop()
    for (const n of times(3, (i) => i + 1)) await publish(n)

    const holder = await sql.reserve()
    await holder`begin`
    await holder`lock table clip_buffer in access exclusive mode`
    const waiter = sql`select 1 from clip_buffer limit 1`.execute()
    await measure(aLease(epoch(1)))
    await until(async () => (await figure('bot_database_lock_waits')) === 1, { what: 'the wait to be seen' })
    expect(await figure('bot_database_connections', { state: 'idle in transaction' })).toBe(1)
    expect(await figure('bot_database_connections', { state: 'active' })).toBeGreaterThanOrEqual(1)
    expect(await figure('bot_database_connections_limit')).toBeGreaterThan(10)
    expect(await figure('bot_database_oldest_transaction_seconds')).toBeGreaterThan(0)
    expect(await figure('bot_database_size_bytes')).toBeGreaterThan(1e6)
    await holder`commit`
    holder.release()
    await waiter
    await anotherRound()
    expect(await figure('bot_database_lock_waits')).toBe(0)

    const of = { stream: 'TICK' }
    expect(await figure('bot_bus_pending_messages', of)).toBe(3)
    expect(await figure('bot_bus_unacknowledged_messages', of)).toBe(1)
    expect(await figure('bot_bus_redelivered_messages', of)).toBe(0)
    expect(await figure('bot_bus_stream_bytes', of)).toBeGreaterThan(0)
  })

  it('alone says so, and forgets what it saw when it leads no more', async () => {
    await owe(aGuildId(), aSlotAgo(1), aSlotAgo(1))
    const lease = aLease(undefined)
    await measure(lease)
    const before = await rounds()
    await sql`select pg_sleep(0.2)`
    expect(await rounds()).toBe(before)
    lease.change(epoch(2))
    await anotherRound()
    expect(await figure('bot_settlement_unsettled_guilds')).toBe(1)
    lease.change(undefined)
    expect(await figure('bot_settlement_unsettled_guilds')).toBeNaN()
    expect(await figure('bot_bus_pending_messages', { stream: 'TICK' })).toBeUndefined()
  })

  it('counts a round that had no answer, and goes on', async () => {
    const failed = async () => (await figure('bot_vitals_rounds_total', { outcome: 'failed' })) ?? 0
    const before = await failed()
    await sql`alter table job rename to gone`
    await measure(aLease(epoch(1)))
    await until(async () => (await failed()) > before, { what: 'a failed round' })
    await sql`alter table gone rename to job`
    await anotherRound()
  })
})

describe('the books', () => {
  const wrong = async () => {
    const all = readSamples(await registry.metrics()).filter(({ name }) => name === 'bot_books_wrong_total')
    return Object.fromEntries(all.map(({ labels, value }) => [`${labels.subject} ${labels.how}`, value]))
  }
  const hour = Math.floor(Date.now() / 3_600_000)

  /** Somebody with 3 minutes that are paid, 4 folded and 2 adjusted, and 7 that nobody can explain; with 5 points awarded and 1 booked. */
  async function aViewer(): Promise<GuildId> {
    const guildId = aGuildId()
    await owe(guildId, aSlotAgo(1), aSlotAgo(1))
    await sql`insert into watchtime (discord_server_id, username, minutes) values (${guildId}, 'zoe', 16)`
    await sql`insert into presence (discord_server_id, hour, username, present, paid) values (${guildId}, ${hour}, 'zoe', 15, 7)`
    await sql`
      insert into watch_day (discord_server_id, day, username, stream_at, season_id, minutes)
      values (${guildId}, '2026-01-01', 'zoe', '-infinity', 0, 4)`
    await sql`
      insert into watchtime_adjustment (discord_server_id, username, delta, is_converted, source_ref)
      values (${guildId}, 'zoe', 2, true, 'a')`
    await sql`insert into user_points (discord_server_id, kick_username, points) values (${guildId}, 'zoe', 6)`
    await sql`
      insert into points_watchtime_converted (discord_server_id, kick_username, minutes_converted, points_awarded)
      values (${guildId}, 'zoe', 5, 5)`
    await sql`
      insert into point_ledger (discord_server_id, kick_username, delta, kind, source_ref)
      values (${guildId}, 'zoe', 1, 'gift', 'a')`
    return guildId
  }

  /** Looks until somebody was looked at a second time; where it begins to look is chance. */
  async function lookTwice(between: () => Promise<unknown>): Promise<void> {
    const audit = createAudit({ sql, log, restMs: 0 })
    const checked = async () => (await figure('bot_books_checked_total')) ?? 0
    const before = await checked()
    while (audit.waiting === 0) await audit.look()
    await between()
    await audit.look()
    expect(await checked()).toBeGreaterThan(before)
  }

  it('balance while minutes and points are paid as they should be, whatever the bot before left', async () => {
    const before = await wrong()
    const guildId = await aViewer()
    await lookTwice(async () => {
      await sql`update presence set paid = 15 where discord_server_id = ${guildId}`
      await sql`update watchtime set minutes = minutes + 1 where discord_server_id = ${guildId}`
      await sql`update points_watchtime_converted set points_awarded = 10 where discord_server_id = ${guildId}`
      await sql`update user_points set points = points + 5 where discord_server_id = ${guildId}`
    })
    expect(await wrong()).toEqual(before)
  })

  it.each([
    ['minutes duplicated', 'watchtime', 'minutes', 1],
    ['minutes lost', 'watchtime', 'minutes', -1],
    ['points duplicated', 'user_points', 'points', 5],
    ['points lost', 'user_points', 'points', -5],
  ])('show %s', async (what, table, column, change) => {
    const before = await wrong()
    const guildId = await aViewer()
    await lookTwice(
      () =>
        sql`update ${sql(table)} set ${sql(column)} = ${sql(column)} + ${change} where discord_server_id = ${guildId}`,
    )
    expect(await wrong()).toEqual({ ...before, [what]: (before[what] ?? 0) + 1 })
  })
})

describe('the probe', () => {
  it('says whether the database answers, through the pool that the others use', async () => {
    const one = await createDatabase({ max: 1 })
    const probe = createProbe(one.sql)
    await probe.start()
    await until(async () => (await figure('bot_database_up')) === 1, { what: 'the database to be seen' })
    await probe.stop()
    await one.drop()
    const blind = createProbe(one.sql)
    await blind.start()
    await until(async () => (await figure('bot_database_up')) === 0, { what: 'its absence to be seen' })
    await blind.stop()
  })
})
