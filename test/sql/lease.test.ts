import { afterAll, describe, expect, it } from 'vitest'
import { createBus } from '../../cluster/runtime/bus.ts'
import { systemClock } from '../../cluster/runtime/clock.ts'
import { createLog } from '../../cluster/runtime/log.ts'
import { createSql } from '../../sql/client.ts'
import { createLease, type LeaseOptions } from '../../sql/lease.ts'
import { migrate } from '../../sql/migrate.ts'
import { onCleanUp } from '../support/cleanup.ts'
import { createDatabase, startOwnPostgres } from '../support/database.ts'
import { sharedNatsUrl } from '../support/nats.ts'
import { until } from '../support/wait.ts'

const log = createLog({ process: 'test', level: 'silent' })
const { sql } = await createDatabase()
const bus = createBus({ url: sharedNatsUrl(), name: 'lease test', log })
await bus.start()
afterAll(() => bus.stop())

let names = 0
const aName = () => `test-${process.pid}-${++names}`
const candidate = (options: Partial<LeaseOptions> & { name: string }) =>
  createLease({ sql, bus, clock: systemClock, log, holder: 'pod', ttlSeconds: 1, ...options })

/** A monotonic clock that can jump, as it does for a process that was stopped for a while. */
function jumpingClock() {
  let aheadMs = 0
  return {
    monotonic: () => performance.now() + aheadMs,
    jump(ms: number) {
      aheadMs += ms
    },
  }
}

describe('a lease', () => {
  it('is held by one of many, although all carry the same name', async () => {
    const name = aName()
    const all = Array.from({ length: 6 }, () => candidate({ name, ttlSeconds: 5 }))
    await Promise.all(all.map((lease) => lease.start()))
    expect(all.map((lease) => lease.epoch).filter((epoch) => epoch !== undefined)).toEqual([1])
    await Promise.all(all.map((lease) => lease.stop()))
    expect(all.every((lease) => lease.epoch === undefined)).toBe(true)
  })

  it('passes on within 200 ms after a clean stop, with a greater epoch', async () => {
    const name = aName()
    const took: number[] = []
    let leader = candidate({ name, ttlSeconds: 5 })
    await leader.start()
    for (let round = 0; round < 5; round++) {
      const next = candidate({ name, ttlSeconds: 5 })
      await next.start()
      expect(next.epoch).toBeUndefined()
      const before = leader.epoch ?? 0
      const startedAt = performance.now()
      const led = new Promise<number>((resolve) => next.onChange((epoch) => epoch !== undefined && resolve(epoch)))
      await leader.stop()
      expect(await led).toBeGreaterThan(before)
      took.push(performance.now() - startedAt)
      leader = next
    }
    await leader.stop()
    process.stdout.write(`lease: passed on within ${Math.round(Math.max(...took))} ms\n`)
    expect(Math.max(...took)).toBeLessThan(200)
  })

  it('passes on within its time and a second when the leader just vanishes', async () => {
    const name = aName()
    await sql`insert into scheduler_lease values (${name}, 'dead', 41, now() + interval '1 second')`
    const startedAt = performance.now()
    const next = candidate({ name })
    await next.start()
    expect(await until(() => next.epoch, { what: 'the next leader' })).toBe(42)
    expect(performance.now() - startedAt).toBeGreaterThan(900)
    expect(performance.now() - startedAt).toBeLessThan(2_000)
    await next.stop()
  })

  it('keeps its epoch while it is renewed', async () => {
    const lease = candidate({ name: aName() })
    const changes: (number | undefined)[] = []
    lease.onChange((epoch) => changes.push(epoch))
    await lease.start()
    await new Promise((resolve) => setTimeout(resolve, 2_500)) // two and a half times its life
    expect(lease.epoch).toBe(1)
    expect(changes).toEqual([1])
    await lease.stop()
    expect(changes).toEqual([1, undefined])
  })

  it('is not believed in by a leader that was paused, before it could ask anyone', async () => {
    const name = aName()
    const clock = jumpingClock()
    const paused = candidate({ name, clock, ttlSeconds: 5 })
    await paused.start()
    expect(paused.epoch).toBe(1)
    clock.jump(4_600)
    expect(paused.epoch).toBe(1)
    clock.jump(200) // 4.8 s of 5 s: its own clock may be the slower one
    expect(paused.epoch).toBeUndefined()
    await paused.stop()
  })

  it('gives a new term to a leader that comes back late, and none when another took over', async () => {
    const name = aName()
    const lease = candidate({ name })
    await lease.start()
    await sql`update scheduler_lease set expires_at = now() where name = ${name}`
    expect(await until(() => lease.epoch === 2 && lease.epoch, { what: 'the second term' })).toBe(2)
    await sql`update scheduler_lease set holder = 'thief', epoch = 3, expires_at = now() + interval '1 minute' where name = ${name}`
    await until(() => lease.epoch === undefined, { what: 'the loss to be noticed' })
    await lease.stop()
    expect(await sql`select holder, expires_at > now() as held from scheduler_lease where name = ${name}`).toEqual([
      { holder: 'thief', held: true },
    ])
  })

  it('ends by itself while the database is down, and comes back with it', async () => {
    const server = await startOwnPostgres()
    await migrate(server.url)
    const own = createSql(server.url, { max: 2 })
    onCleanUp(() => own.end({ timeout: 0 }))
    const lease = candidate({ name: aName(), sql: own })
    const changes: (number | undefined)[] = []
    lease.onChange((epoch) => changes.push(epoch))
    await lease.start()
    expect(lease.epoch).toBe(1)

    process.kill(server.pid, 'SIGSTOP') // the postmaster; its backends answer on, so they have to go
    await own`select pg_terminate_backend(pg_backend_pid())`.catch(() => {})
    await own`select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()`.catch(() => {})
    const startedAt = performance.now()
    await until(() => lease.epoch === undefined, { what: 'the leader to give up' })
    await until(() => changes.length === 2, { what: 'the change to be told' })
    expect(performance.now() - startedAt).toBeLessThan(1_100)
    process.kill(server.pid, 'SIGCONT')
    expect(await until(() => lease.epoch, { what: 'a new term', timeoutMs: 20_000 })).toBe(2)
    expect(changes).toEqual([1, undefined, 2])
    await lease.stop()
  })
})
