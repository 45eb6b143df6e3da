import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { createLeases, type Leases, placementHint } from '../../cluster/leases.ts'
import type { Group } from '../../cluster/manager.ts'
import { systemClock } from '../../cluster/runtime/clock.ts'
import { createLog } from '../../cluster/runtime/log.ts'
import { createSql } from '../../sql/client.ts'
import { onCleanUp } from '../support/cleanup.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { until } from '../support/wait.ts'

/** Hints between the pods of one test. */
const createHints = () => {
  const listeners = new Set<() => void>()
  return {
    hint: (subject: string) => {
      if (subject === placementHint) for (const listener of listeners) setTimeout(listener, 1)
    },
    onHint: (_subject: string, handle: (body: unknown, subject: string) => void) => {
      const listener = () => handle({}, placementHint)
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

interface Pod {
  readonly leases: Leases
  /** Groups whose process runs, with the epoch. */
  readonly running: Map<number, number>
  /** Like a SIGKILL: nothing is renewed, nothing is given back. */
  kill(): Promise<void>
}

let database: TestDatabase
let hints: ReturnType<typeof createHints>

async function startPod(
  name: string,
  options: { maxGroups?: number; ttlSeconds?: number; url?: string; stopMs?: number; hears?: boolean } = {},
): Promise<Pod> {
  const sql = createSql(options.url ?? database.url, { max: 3 })
  const running = new Map<number, number>()
  const none = { hint: () => {}, onHint: () => () => {} }
  const leases = createLeases({
    sql,
    bus: options.hears === false ? none : hints,
    clock: systemClock,
    log: createLog({ process: name, level: process.env.TEST_LOG ?? 'silent' }),
    pod: name,
    shardCount: 7,
    shardsPerGroup: 2,
    groupCount: 4,
    maxGroups: options.maxGroups ?? 100,
    ttlSeconds: options.ttlSeconds ?? 30, // so long that nothing here happens because a lease runs out
    manager: {
      startGroup: (group: Group) => {
        expect(running.has(group.groupId)).toBe(false)
        expect(group.shardIds).toEqual([[0, 1], [2, 3], [4, 5], [6]][group.groupId])
        running.set(group.groupId, group.epoch)
      },
      stopGroup: async (groupId) => {
        await sleep(options.stopMs ?? 20)
        running.delete(groupId)
      },
    },
  })
  await leases.start()
  onCleanUp(async () => {
    await leases.stop().catch(() => {})
    await sql.end({ timeout: 1 })
  })
  return {
    leases,
    running,
    kill: () => sql.end({ timeout: 0 }),
  }
}

/** A way to the database that can be cut. */
async function aRoadTo(databaseUrl: string) {
  const url = new URL(databaseUrl)
  const target = { host: url.hostname, port: Number(url.port) }
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = createConnection(target)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {}) // 'close' follows
      socket.on('close', () => [near, far].map((end) => end.destroy()))
    }
    near.pipe(far).pipe(near)
  })
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const close = () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const socket of sockets) socket.destroy()
    return closed
  }
  await listen(0)
  onCleanUp(close)
  const { port } = server.address() as AddressInfo
  url.port = String(port)
  return { url: url.href, close, open: () => listen(port) }
}

const groupsOf = (pod: Pod) => [...pod.running.keys()].sort()
const untilRunning = (pod: Pod, count: number, timeoutMs = 5_000) =>
  until(() => pod.running.size === count, { what: `${count} groups`, timeoutMs })

beforeEach(async () => {
  database = await createDatabase()
  hints = createHints()
})

describe('leases of shard groups', () => {
  it('are all taken by a pod that is alone', async () => {
    const pod = await startPod('a')
    expect(groupsOf(pod)).toEqual([0, 1, 2, 3])
    expect(pod.leases.heldGroups()).toHaveLength(4)
    expect([...pod.running.values()]).toEqual([1, 1, 1, 1])
  })

  it('are shared when a second pod comes, at once, and each group runs once', async () => {
    const a = await startPod('a')
    const b = await startPod('b')
    await untilRunning(b, 2)
    expect(a.running.size).toBe(2)
    expect([...groupsOf(a), ...groupsOf(b)].sort()).toEqual([0, 1, 2, 3])
    expect([...b.running.values()]).toEqual([2, 2])
  })

  it('are shared by pods that start together', async () => {
    const pods = await Promise.all(['a', 'b', 'c'].map((name) => startPod(name)))
    await until(() => pods.every((pod) => pod.running.size > 0), { what: 'a group for each' })
    await until(() => pods.flatMap(groupsOf).sort().join() === '0,1,2,3', { what: 'every group once' })
  })

  it('go to the others at once when a pod leaves', async () => {
    const a = await startPod('a')
    const b = await startPod('b')
    await untilRunning(b, 2)
    const startedAt = performance.now()
    await b.leases.stop()
    await untilRunning(a, 4)
    expect(performance.now() - startedAt).toBeLessThan(2_000)
    expect(b.running.size).toBe(0)
  })

  it('are not taken by a pod without room', async () => {
    const small = await startPod('a', { maxGroups: 1 })
    const large = await startPod('b')
    await untilRunning(large, 3)
    expect(small.running.size).toBe(1)
  })

  it('of a dead pod are taken when they run out, and not before', async () => {
    const a = await startPod('a', { ttlSeconds: 2, hears: false })
    const b = await startPod('b', { ttlSeconds: 2 })
    await until(() => a.running.size === 2 && b.running.size === 2, { what: 'both halves' })
    const diedAt = performance.now()
    await b.kill()
    await untilRunning(a, 4)
    const tookMs = performance.now() - diedAt
    expect(tookMs).toBeGreaterThan(1_000)
    expect(tookMs).toBeLessThan(4_000)
    // Its processes run on, as those of a pod that is cut off from the database would.
    expect(b.running.size).toBe(2)
    expect(Math.max(...a.running.values())).toBeGreaterThan(1)
  })

  it('that a pod lost while it was cut off end its processes when it is back', async () => {
    const a = await startPod('a', { ttlSeconds: 2 })
    await database.sql`
      update shard_group_lease set holder = 'other', epoch = epoch + 1, expires_at = now() + interval '1 minute'
       where group_id < 2`
    await untilRunning(a, 2)
    expect(groupsOf(a)).toEqual([2, 3])
  })

  it('are not believed for longer than they last, while processes run on and are renewed later', async () => {
    const road = await aRoadTo(database.url)
    const a = await startPod('a', { ttlSeconds: 2, url: road.url })
    expect(a.running.size).toBe(4)
    await road.close()
    await until(() => a.leases.heldGroups().length === 0, { what: 'the doubt' })
    expect(a.running.size).toBe(4)
    await road.open()
    await until(() => a.leases.heldGroups().length === 4, { what: 'the renewal' })
    expect([...a.running.values()]).toEqual([1, 1, 1, 1])
  })

  it('are renewed while their process takes its time to leave', async () => {
    const a = await startPod('a', { ttlSeconds: 2, stopMs: 3_500 })
    const b = await startPod('b', { ttlSeconds: 2 })
    await sleep(2_500)
    expect(a.running.size).toBe(4) // still leaving, and nobody started beside it
    expect(b.running.size).toBe(0)
    await untilRunning(b, 2)
    expect(a.running.size).toBe(2)
  })
})
