import { setTimeout as sleep } from 'node:timers/promises'
import { leaderOf } from '../demo/figures.ts'
import { until } from '../support/wait.ts'
import type { Day } from './play.ts'

const secondMs = 1_000
const minuteMs = 60_000
const everyRequest = Number.POSITIVE_INFINITY

const leaderKilled: Day = {
  name: 'leader-killed',
  title: 'The leader is killed',
  intent:
    'First the leading scheduler is killed and comes back as a pod does: the other one leads within its lease, and nobody is called. Then both are gone for three minutes.',
  alerts: ['SchedulerLeaderless'],
  panels: ['ticks / Who leads', 'ticks / Ticks that are published', 'ticks / Lag of ticks'],
  async play({ stage }, say) {
    const leader = await leaderOf(stage.sql)
    stage.schedulers.find(({ name }) => name === leader?.pod)?.program.signal('SIGKILL')
    say(`${leader?.pod} is killed while it leads (epoch ${leader?.epoch})`)
    const next = await until(
      async () => {
        const now = await leaderOf(stage.sql)
        return now !== undefined && now.epoch !== leader?.epoch && now
      },
      { what: 'another leader', timeoutMs: minuteMs },
    )
    say(`${next.pod} leads (epoch ${next.epoch})`)
    await sleep(90 * secondMs)
    for (const pod of stage.schedulers) {
      pod.isStopping = true
      pod.program.signal('SIGKILL')
    }
    say('both schedulers are killed and stay away')
    await sleep(3 * minuteMs)
    for (const pod of stage.schedulers) pod.revive()
    say('both schedulers are started')
  },
}

const shardHung: Day = {
  name: 'shard-hung',
  title: 'A shard process hangs',
  intent:
    'A shard process is stopped (SIGSTOP) and says nothing more; its manager replaces it. Then its successors hang as well, for seven minutes.',
  alerts: ['ShardProcessesRestart', 'ShardsDisconnected'],
  panels: ['gateway / Shard processes that were replaced', 'gateway / Shards', 'gateway / IDENTIFY and RESUME'],
  async play({ story }, say) {
    const [first] = story.shardProcesses
    if (first === undefined) throw new Error('no shard process is known')
    const [groupId] = first
    const hang = (): number => {
      const pid = story.shardProcesses.get(groupId)
      if (pid === undefined) throw new Error(`shard process ${groupId} is not known`)
      process.kill(pid, 'SIGSTOP')
      return pid
    }
    const replaced = (pid: number) =>
      until(() => story.shardProcesses.get(groupId) !== pid, { what: 'a successor', timeoutMs: 2 * minuteMs })
    const hung = hang()
    say(`shard process ${groupId} hangs`)
    await replaced(hung)
    say(`shard process ${groupId} is replaced`)
    await sleep(45 * secondMs)
    const endsAt = Date.now() + 7 * minuteMs
    say('from now on every successor hangs, five seconds after its start')
    while (Date.now() < endsAt) {
      const pid = hang()
      await replaced(pid)
      await sleep(5 * secondMs)
    }
    say('the last successor goes on')
  },
}

const natsDown: Day = {
  name: 'nats-down',
  title: 'NATS is down for two minutes',
  intent:
    'The only NATS server stops for two minutes. Webhooks go to PostgreSQL, ticks wait; afterwards all is settled.',
  alerts: ['BusDown'],
  panels: [
    'stores / Connections and consumers',
    'kick / Webhooks by outcome',
    'kick / Inbox: events that wait',
    'ticks / Lag of ticks',
  ],
  async play({ stage }, say) {
    await stage.nats.stop()
    say('NATS is stopped')
    await sleep(2 * minuteMs)
    await stage.nats.restart()
    say('NATS is started')
  },
}

const postgresDown: Day = {
  name: 'postgres-down',
  title: 'PostgreSQL is down for two minutes',
  intent:
    'The only PostgreSQL stops for two minutes. Chat waits in JetStream, commands cannot be answered, nobody identifies; afterwards all is settled.',
  alerts: ['DatabaseDown'],
  panels: [
    'overview / Whether the stores answer',
    'gateway / Interactions by promise',
    'stores / Messages that wait',
    'ticks / Lag of ticks',
  ],
  async play({ stage }, say) {
    await stage.postgres.stop({ mode: 'fast' })
    say('PostgreSQL is stopped')
    await sleep(2 * minuteMs)
    await stage.postgres.restart()
    say('PostgreSQL is started')
  },
}

const discordFails: Day = {
  name: 'discord-500',
  title: 'Discord answers 500',
  intent:
    'Every request to Discord’s API is answered with 500 for seven minutes. Roles wait in the outbox, commands stay without an answer; minutes go on.',
  alerts: ['DiscordFails', 'InteractionsBudgetBurnsFast'],
  panels: [
    'discord / Answers by status',
    'discord / The oldest row',
    'discord / Rows that wait',
    'gateway / Interactions by promise',
  ],
  async play({ stage }, say) {
    stage.discord.control.faults.rest({ kind: 'status', status: 500 }, { times: everyRequest })
    say('Discord answers every request with 500')
    await sleep(7 * minuteMs)
    stage.discord.control.faults.clear()
    say('Discord answers again')
  },
}

const kickLate: Day = {
  name: 'kick-late',
  title: 'Kick delivers ten minutes late',
  intent:
    'For twenty-two minutes everything that Kick would tell at once is told ten minutes later. Minutes count by when a line was written, so nobody loses one.',
  alerts: ['KickDeliversLate'],
  panels: [
    'kick / How late Kick delivers',
    'kick / Webhooks by outcome',
    'kick / Channels',
    'product / Minutes that are credited, a minute',
  ],
  async play({ stage }, say) {
    const { faults } = stage.kick.control
    const usual = faults.delay
    faults.delay = { probability: 1, minMs: 10 * minuteMs, maxMs: 10 * minuteMs }
    say('from now on webhooks wait ten minutes')
    await sleep(22 * minuteMs)
    faults.delay = usual
    say('new webhooks come at once; those of the last ten minutes still wait')
    await sleep(10 * minuteMs)
    say('the last late webhook has come')
  },
}

const identifyBudget: Day = {
  name: 'identify-budget',
  title: 'The identify budget is nearly gone',
  intent:
    'Another program with the same token has spent most of the day’s 1000 IDENTIFYs: 108 are left, eight above the reserve. Then Discord ends all sessions twice. At the reserve shards wait instead of burning the token.',
  alerts: ['IdentifyBudgetLow', 'IdentifyRefused', 'ShardsDisconnected'],
  patienceMs: 45 * secondMs, // what was refused is remembered for ten minutes
  panels: ['gateway / IDENTIFYs that are left', 'gateway / IDENTIFY and RESUME', 'gateway / Shards'],
  async play({ stage, story }, say) {
    const { control } = stage.discord
    const shards = control.connectedShards.length
    const allConnected = (timeoutMs: number) => control.untilConnected(shards, { timeoutMs })
    control.setIdentifyBudget(108)
    const [first] = story.shardProcesses
    if (first === undefined) throw new Error('no shard process is known')
    const [groupId, pid] = first
    process.kill(pid, 'SIGKILL')
    say('108 IDENTIFYs are left; a shard process is replaced, and asks Discord how many there are')
    await until(() => story.shardProcesses.get(groupId) !== pid, { what: 'a successor', timeoutMs: minuteMs })
    await sleep(15 * secondMs)
    control.invalidate(false)
    say('Discord ends all sessions')
    await sleep(secondMs)
    await allConnected(2 * minuteMs)
    say('all shards have identified')
    await sleep(10 * secondMs)
    control.invalidate(false)
    say('Discord ends all sessions again; the reserve is not touched, and shards wait')
    await sleep(5.3 * minuteMs)
    say(`${control.connectedShards.length} of ${shards} shards are connected`)
    control.advance(24 * 60 * minuteMs)
    say('Discord’s day is over: 1000 IDENTIFYs')
    await allConnected(5 * minuteMs)
    say('all shards are connected')
  },
}

export const days: readonly Day[] = [
  leaderKilled,
  shardHung,
  natsDown,
  postgresDown,
  discordFails,
  kickLate,
  identifyBudget,
]
