import { beforeAll, describe, expect, it } from 'vitest'
import { type GuildId, guildId } from '../../cluster/runtime/ids.ts'
import type { KickUser } from '../standins/kick/index.ts'
import { aGuildId, standingsIn, times } from '../support/builders.ts'
import { buildStage, type Pod, ready, type Stage } from '../support/stage.ts'
import { until } from '../support/wait.ts'

const shardCount = 4
const minuteMs = 60_000

let stage: Stage
const managers: Pod[] = []
const schedulers: Pod[] = []

/** A channel that has been live for twelve minutes, and two guilds that are bound to it. */
let channel: KickUser
let guilds: readonly GuildId[]

beforeAll(async () => {
  stage = await buildStage({ shardCount, shardsPerGroup: 2, maxConcurrency: 16 })
  guilds = times(2, () => aGuildId())
  for (const id of guilds) stage.discord.world.addGuild({ id })
  channel = stage.kick.control.addChannel({ username: 'Streamer' })
  for (const name of ['scheduler-a', 'scheduler-b']) schedulers.push(await stage.start('scheduler', name))
  for (const name of ['manager-a', 'manager-b']) managers.push(await stage.start('manager', name))
  await ready(...schedulers, ...managers)
  await stage.discord.control.untilConnected(shardCount, { timeoutMs: 60_000 })
  stage.kick.setWebhookUrl(`${managers[0]?.url}/webhooks/kick`)
  for (const id of guilds) {
    const guild = stage.discord.world.guild(id)
    const setUp = stage.discord.control.command({
      guildId: id,
      userId: guild.ownerId,
      command: 'setup',
      options: { channel: 'streamer' },
    })
    await setUp.message({ timeoutMs: 20_000 })
  }
  stage.kick.control.goLive(channel, { startedAt: Date.now() - 12 * minuteMs })
}, 120_000)

let viewers = 0
/** Somebody new writes one line in each of these minutes of the past; that is worth two minutes each, if they lie apart. */
function chat(...minutesAgo: number[]): string {
  const viewer = stage.kick.control.addViewer({ username: `Viewer_${++viewers}` })
  for (const ago of minutesAgo)
    stage.kick.control.chat(channel, viewer, 'hello', { createdAt: Date.now() - ago * minuteMs })
  return viewer.username.toLowerCase()
}

/** Both guilds have credited this viewer exactly so much. */
const credited = (username: string, minutes: number, timeoutMs = 25_000) =>
  until(
    async () => {
      const all = await Promise.all(guilds.map((id) => standingsIn(stage.sql, id)))
      return all.every((standings) => standings.find((one) => one.username === username)?.minutes === minutes)
    },
    { what: `${username} to have ${minutes} minutes in both guilds`, timeoutMs },
  )

const figure = async (pod: Pod, name: string): Promise<number> => {
  const text = await (await fetch(`${pod.url}/metrics`)).text()
  return [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? ([0-9.e+-]+)$`, 'gm'))].reduce(
    (sum, m) => sum + Number(m[1]),
    0,
  )
}
const leaders = async (): Promise<Pod[]> => {
  const led = await Promise.all(
    schedulers
      .filter((pod) => pod.program.exit === undefined)
      .map(async (pod) => ({ pod, isHeld: (await figure(pod, 'bot_lease_held').catch(() => 0)) === 1 })),
  )
  return led.filter((one) => one.isHeld).map((one) => one.pod)
}
const oneLeader = () =>
  until(
    async () => {
      const pods = await leaders()
      return pods.length === 1 && pods[0]
    },
    { what: 'exactly one leader' },
  )
const identifies = () => stage.discord.ledger.identifies.length

describe('two guilds on one Kick channel', () => {
  it('share its subscriptions and have totals of their own', async () => {
    const viewer = chat(10, 7)
    await credited(viewer, 4)
    const chatSubscriptions = stage.kick.control.subscriptions.filter((one) => one.event === 'chat.message.sent')
    expect(chatSubscriptions).toHaveLength(1)
  })
})

describe('the leader', () => {
  it('that is killed is replaced within its lease and a second', async () => {
    const leader = await oneLeader()
    await leader.program.kill('SIGKILL')
    const killedAt = Date.now()
    const next = await oneLeader()
    expect(next.name).not.toBe(leader.name)
    expect(Date.now() - killedAt).toBeLessThan(2_000 + 1_000 + 500)
    await credited(chat(9, 6), 4)
    schedulers.push(await stage.start('scheduler', 'scheduler-c'))
    await ready(schedulers.at(-1) as Pod)
  })

  it('that is paused and wakes up does not lead, and nothing is credited twice', async () => {
    const leader = await oneLeader()
    leader.program.signal('SIGSTOP')
    const next = await until(
      async () =>
        (
          await Promise.all(
            schedulers
              .filter((pod) => pod !== leader && pod.program.exit === undefined)
              .map(async (pod) => ((await figure(pod, 'bot_lease_held')) === 1 ? pod : undefined)),
          )
        ).find(Boolean),
      { what: 'another leader' },
    )
    const viewer = chat(8, 5)
    await credited(viewer, 4)
    leader.program.signal('SIGCONT')
    await until(async () => (await figure(leader, 'bot_lease_held')) === 0, { what: 'the old leader to notice' })
    expect(await figure(next as Pod, 'bot_lease_held')).toBe(1)
    await credited(chat(4), 2)
    await credited(viewer, 4)
  })
})

describe('NATS', () => {
  it('is stopped: webhooks are accepted, and credited when it is back', async () => {
    await stage.nats.stop()
    const viewer = chat(8, 5)
    await stage.kick.control.drained()
    const last = stage.kick.control.deliveries.slice(-2)
    expect(last.map((delivery) => delivery.outcome)).toEqual([200, 200])
    await stage.nats.restart()
    await credited(viewer, 4, 40_000)
  }, 60_000)

  it('is restarted: ticks and chat go on', async () => {
    await stage.nats.restart()
    await credited(chat(7, 4), 4, 40_000)
  }, 60_000)
})

describe('PostgreSQL', () => {
  it('is stopped: chat is accepted, and credited when it is back', async () => {
    await stage.postgres.stop({ mode: 'fast' })
    const viewer = chat(8, 5)
    await stage.kick.control.drained()
    expect(stage.kick.control.deliveries.slice(-2).map((delivery) => delivery.outcome)).toEqual([200, 200])
    const health = await Promise.all(
      managers.map(async (pod) => [
        (await fetch(`${pod.url}/healthz`)).status,
        (await fetch(`${pod.url}/readyz`)).status,
      ]),
    )
    expect(health).toEqual([
      [200, 503],
      [200, 503],
    ])
    await stage.postgres.restart()
    await credited(viewer, 4, 60_000)
    await ready(...managers)
  }, 100_000)

  it('is restarted: everything goes on, and no session is lost by it', async () => {
    const before = identifies()
    await stage.postgres.restart()
    await credited(chat(7, 4), 4, 60_000)
    await ready(...managers)
    expect(identifies()).toBe(before)
  }, 100_000)
})

describe('a manager', () => {
  it('that is killed with all its shard processes has its groups moved, and nobody loses a minute', async () => {
    const [first, second] = managers as [Pod, Pod]
    const resumesBefore = stage.discord.ledger.resumes.length
    const identifiesBefore = identifies()
    stage.kick.setWebhookUrl(`${second.url}/webhooks/kick`)
    await first.program.killGroup()
    const viewer = chat(9, 6)
    await credited(viewer, 4, 60_000)
    await stage.discord.control.untilConnected(shardCount, { timeoutMs: 30_000 })
    // the sessions were handed over: RESUME, no IDENTIFY
    expect([identifies() - identifiesBefore, stage.discord.ledger.resumes.length > resumesBefore]).toEqual([0, true])
    const holders = await stage.sql`select distinct holder from shard_group_lease where shard_count = ${shardCount}`
    expect(holders).toHaveLength(1)
  }, 100_000)
})

describe('a pod that starts while PostgreSQL is away', () => {
  it('accepts webhooks at once, and works when the database is there', async () => {
    await stage.postgres.stop({ mode: 'fast' })
    const pod = await stage.start('manager', 'manager-late')
    await until(async () => (await fetch(`${pod.url}/healthz`)).ok, {
      what: 'the front door to be open',
      timeoutMs: 20_000,
    })
    await until(async () => (await fetch(`${pod.url}/metrics`)).ok, {
      what: 'the bus to be connected',
      timeoutMs: 20_000,
    })
    stage.kick.setWebhookUrl(`${pod.url}/webhooks/kick`)
    const viewer = chat(8, 5)
    await stage.kick.control.drained()
    expect(stage.kick.control.deliveries.slice(-2).map((delivery) => delivery.outcome)).toEqual([200, 200])
    // It waits for others, so that it has started; it can take webhooks, and is not ready.
    const said = async (path: string) => (await fetch(`${pod.url}${path}`)).status
    expect([await said('/startupz'), await said('/readyz/webhooks'), await said('/readyz')]).toEqual([200, 200, 503])
    await stage.postgres.restart()
    await credited(viewer, 4, 60_000)
    await ready(pod)
    expect(await said('/startupz')).toBe(200)
  }, 120_000)
})

it('in the end everybody has exactly what they are owed, in both guilds', async () => {
  const [a, b] = await Promise.all(guilds.map((id) => standingsIn(stage.sql, guildId(id))))
  expect(a).toEqual(b)
  expect(a?.length).toBe(viewers)
  expect(stage.discord.ledger.violations).toEqual([])
})
