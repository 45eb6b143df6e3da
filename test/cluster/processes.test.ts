import { afterEach, describe, expect, it } from 'vitest'
import type { DiscordStandIn } from '../standins/discord/index.ts'
import { cleanUp } from '../support/cleanup.ts'
import type { Line, Program } from '../support/process.ts'
import { buildStage, type Pod, ready, type Stage, type StageOptions } from '../support/stage.ts'
import { until } from '../support/wait.ts'

const timeout = 120_000

let stage: Stage
const setUp = async (options: Partial<StageOptions> = {}): Promise<DiscordStandIn> => {
  stage = await buildStage({ shardCount: 4, shardsPerGroup: 2, maxConcurrency: 16, ...options })
  return stage.discord
}
afterEach(cleanUp)

const startPod = async (name: string): Promise<Pod> => {
  const pod = await stage.start('manager', name)
  await ready(pod)
  return pod
}

/** Process ids of the shard processes that this manager runs now, by group. */
const childrenOf = ({ lines }: Program): Map<number, number> => {
  const children = new Map<number, number>()
  for (const { msg, fields } of lines) {
    if (msg === 'shard process started') children.set(Number(fields.groupId), Number(fields.childPid))
    if (/^shard process (has left|ended)/.test(msg)) children.delete(Number(fields.groupId))
  }
  return children
}

const childOf = (pod: Pod, group: number): number => {
  const pid = childrenOf(pod.program).get(group)
  if (pid === undefined) throw new Error(`group ${group} does not run`)
  return pid
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const said = (msg: string) => (line: Line) => line.msg === msg

const figure = async (pod: Pod, name: string): Promise<number> => {
  const text = await (await fetch(`${pod.url}/metrics`)).text()
  const values = text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
  return values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}

const isGoing = (discord: DiscordStandIn, shards: number) => () => discord.control.connectedShards.length === shards

describe('shard processes', () => {
  it('resume after a SIGKILL, without an IDENTIFY, and counters do not go down', { timeout }, async () => {
    const discord = await setUp()
    const pod = await startPod('a')
    expect(discord.ledger.identifies).toHaveLength(4)
    expect(await figure(pod, 'bot_shards_ready')).toBe(4)
    expect(await figure(pod, 'bot_shard_processes')).toBe(2)
    expect(await figure(pod, 'bot_gateway_identifies_total')).toBe(4)
    expect(await figure(pod, 'bot_gateway_identifies_left')).toBe(996)
    const victim = childOf(pod, 0)

    process.kill(victim, 'SIGKILL')
    await until(() => discord.ledger.resumes.length === 2, { what: 'two resumes' })
    await until(isGoing(discord, 4), { what: 'all shards' })
    await ready(pod)
    expect(discord.ledger.resumes.map(({ outcome }) => outcome)).toEqual(['resumed', 'resumed'])
    expect(discord.ledger.identifies).toHaveLength(4)
    expect(discord.ledger.violations).toEqual([])
    expect(await figure(pod, 'bot_gateway_identifies_total')).toBe(4)
    expect(await figure(pod, 'bot_gateway_resumes_total')).toBe(2)
    expect(await figure(pod, 'bot_shards_ready')).toBe(4)
    expect(await figure(pod, 'bot_shard_restarts_total')).toBe(1)
  })

  it('hand their sessions over when their pod leaves', { timeout }, async () => {
    const discord = await setUp()
    const first = await startPod('a')
    const second = await startPod('b') // ready before it has taken its part, too
    await until(() => discord.ledger.resumes.length === 2, { what: 'the sessions of the group that it takes over' })
    await until(isGoing(discord, 4), { what: 'all shards' })

    const exit = await first.program.kill('SIGTERM')
    expect(exit.code).toBe(0)
    await until(isGoing(discord, 4), { what: 'all shards at the other pod' })
    await until(() => childrenOf(second.program).size === 2, { what: 'both groups' })
    expect(discord.ledger.resumes).toHaveLength(4)
    expect(discord.ledger.identifies).toHaveLength(4)
    expect(discord.ledger.violations).toEqual([])
  })

  it('are replaced within 15 seconds when they hang', { timeout }, async () => {
    const discord = await setUp({ shardCount: 2 })
    const pod = await startPod('a')
    const hung = childOf(pod, 0)
    const hungAt = performance.now()
    process.kill(hung, 'SIGSTOP')
    // It says nothing any more, and its shards are missed.
    expect([await figure(pod, 'bot_shards_wanted'), await figure(pod, 'bot_shards_ready')]).toEqual([2, 0])
    await pod.program.waitForLine(said('shard process hangs and is killed'), { timeoutMs: 20_000 })
    const noticedMs = performance.now() - hungAt
    await until(() => discord.ledger.resumes.length === 2, { what: 'the replacement' })
    expect(noticedMs).toBeGreaterThan(5_000)
    expect(performance.now() - hungAt).toBeLessThan(15_000)
    expect(isAlive(hung)).toBe(false)
    expect(discord.ledger.identifies).toHaveLength(2)
  })

  it('take turns to identify, over all processes', { timeout }, async () => {
    const discord = await setUp({ shardCount: 4, shardsPerGroup: 1, maxConcurrency: 2 })
    const pods = await Promise.all(['a', 'b'].map((name) => stage.start('manager', name)))
    await ready(...pods)
    await until(isGoing(discord, 4), { what: 'all shards' })
    expect(discord.ledger.identifies).toHaveLength(4)
    expect(discord.ledger.violations).toEqual([])
  })

  it('stop at the reserve when they crash again and again', { timeout }, async () => {
    const discord = await setUp({ shardCount: 1, shardsPerGroup: 1, env: { IDENTIFY_RESERVE: '996' } })
    const pod = await startPod('a')
    for (let crash = 0; ; crash++) {
      const identified = discord.ledger.identifies.length
      await stage.sql`delete from gateway_session` // so that it cannot resume
      discord.control.forgetDetachedSessions()
      const from = pod.program.lines.length
      process.kill(childOf(pod, 0), 'SIGKILL')
      const isNext = () => discord.ledger.identifies.length > identified
      const isRefused = () =>
        pod.program.lines
          .slice(from)
          .some(said('identify budget is down to its reserve; this shard waits for a new one'))
      await until(() => isNext() || isRefused(), { what: 'the next attempt', timeoutMs: 30_000 })
      if (isRefused()) break
      await pod.program.waitForLine(said('shard process is ready'), { from })
      expect(crash).toBeLessThan(5)
    }
    expect(discord.ledger.identifies).toHaveLength(4)
    expect(await figure(pod, 'bot_gateway_identifies_left')).toBe(996)
    expect(await figure(pod, 'bot_gateway_identifies_refused_total')).toBeGreaterThan(0)
    expect(discord.ledger.violations).toEqual([])
  })

  it('move to another pod when theirs is killed, and leave nothing behind', { timeout }, async () => {
    const discord = await setUp()
    const first = await startPod('a')
    const second = await startPod('b')
    await until(() => childrenOf(second.program).size === 1 && isGoing(discord, 4)(), { what: 'one group each' })
    const orphans = [...childrenOf(first.program).values()]
    await first.program.kill('SIGKILL')
    await until(() => orphans.every((pid) => !isAlive(pid)), { what: 'the orphans to leave' })
    await until(() => childrenOf(second.program).size === 2, { what: 'the group to move', timeoutMs: 15_000 })
    await until(isGoing(discord, 4), { what: 'all shards' })
    expect(discord.ledger.identifies).toHaveLength(4)
    expect(discord.ledger.violations).toEqual([])
  })

  it('are replaced one pod after the other, as an upgrade does, without an IDENTIFY', { timeout }, async () => {
    const discord = await setUp()
    const pods = new Map<string, Pod>()
    for (const name of ['manager-0', 'manager-1']) pods.set(name, await startPod(name))
    const isShared = () =>
      [...pods.values()].every(({ program }) => childrenOf(program).size === 1) && isGoing(discord, 4)()
    await until(isShared, { what: 'one group each' })

    // A StatefulSet begins with the highest number, and waits until the new pod is ready.
    for (const name of ['manager-1', 'manager-0']) {
      expect((await pods.get(name)?.program.kill('SIGTERM'))?.code).toBe(0)
      pods.set(name, await startPod(name))
      await until(isShared, { what: 'one group each', timeoutMs: 30_000 })
    }
    expect(discord.ledger.identifies).toHaveLength(4)
    expect(discord.ledger.resumes.filter(({ outcome }) => outcome !== 'resumed')).toEqual([])
    expect(discord.ledger.violations).toEqual([])
  })

  it('end when Discord refuses them, and are not tried again soon', { timeout }, async () => {
    const discord = await setUp({ shardCount: 2, shardsPerGroup: 1 })
    const pod = await startPod('a')
    discord.control.close(4014, [0])
    const line = await pod.program.waitForLine(
      ({ msg, fields }) => msg === 'shard process ended and is replaced' && fields.reason === 'refused',
    )
    expect(line.fields.exitCode).toBe(78)
    expect(Number(line.fields.delayMs)).toBeGreaterThanOrEqual(30_000)
    expect(childrenOf(pod.program).has(1)).toBe(true)
    expect(await figure(pod, 'bot_shard_processes')).toBe(1)
    expect((await fetch(`${pod.url}/readyz`)).status).toBe(503)
  })
})
