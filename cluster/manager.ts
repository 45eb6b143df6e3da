import { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ClusterManager } from 'discord-hybrid-sharding'
import { ChildMetrics } from './manager/metrics.ts'
import { type Group, ShardProcess, type ShardProcessContext } from './manager/process.ts'
import type { RestartOptions } from './manager/restart.ts'
import type { Service } from './runtime/lifecycle.ts'
import type { Log } from './runtime/log.ts'
import { Gauge, registry } from './runtime/metrics.ts'

export type { Group } from './manager/process.ts'

export interface ManagerOptions {
  readonly token: string
  readonly shardCount: number
  readonly groupCount: number
  /** From asking a shard process to leave until it is killed. */
  readonly stopMs: number
  readonly log: Log
  /** The compiled shard process; `dist/shard/main.js` when absent. */
  readonly file?: string
  /** A process that was heard and is then silent for this long is killed. */
  readonly silentMs?: number
  /** How long a new process may take until it is first heard. */
  readonly firstSignMs?: number
  readonly restart?: RestartOptions
}

export interface Manager extends Service {
  /** Starts the process of a group, which from then on is replaced whenever it ends. */
  startGroup(group: Group): void
  /** Asks the process of a group to leave, and resolves when it is gone. Safe to repeat. */
  stopGroup(groupId: number): Promise<void>
  /** The figures of this process and of all shard processes, added up, in Prometheus' text format. */
  metrics(): Promise<string>
  /** Shard processes that should run; those whose shards are all connected; and these with those that wait for somebody else to get there. */
  status(): { readonly wanted: number; readonly ready: number; readonly begun: number }
}

const processes = new Gauge({ name: 'bot_shard_processes', help: 'Shard processes that run.', registers: [registry] })
/** A manager says it, not the shard processes: one that hangs or is being replaced says nothing, and its shards are wanted all the same. */
const wantedShards = new Gauge({
  name: 'bot_shards_wanted',
  help: 'Shards that should be connected.',
  registers: [registry],
})
const checkMs = 1_000

/**
 * One per pod: runs a shard process for each group it is told to. discord-hybrid-sharding starts them and carries messages;
 * watching, replacing and stopping them is done here, because the library gives up after three restarts in an hour, waits
 * seven seconds for each shard it starts, and ends a hung process only by asking it to (all of 3.0.1).
 */
export function createManager(options: ManagerOptions): Manager {
  const { log } = options
  const file = options.file ?? fileURLToPath(new URL('../shard/main.js', import.meta.url))
  const groups = new Map<number, ShardProcess>()
  let library: ClusterManager | undefined
  let watch: NodeJS.Timeout | undefined

  const manager = (): ClusterManager => {
    if (library === undefined) throw new Error('the manager was not started')
    return library
  }
  const running = () => [...groups.values()].filter((group) => group.isRunning)
  const figures = new ChildMetrics(() => running().flatMap((group) => group.child ?? []), log)

  const context: ShardProcessContext = {
    ...options,
    count: () => processes.set(running().length),
    onExit: (child) => figures.retire(child),
    onMetrics: (child, request, metrics) => figures.answered(child, request, metrics),
    spawn: async (group) => {
      const cluster = manager().createCluster(group.groupId, [...group.shardIds], options.shardCount)
      cluster.env.GROUP_EPOCH = String(group.epoch)
      // A cluster inherits what the library put into our environment; this one it writes as the text "undefined".
      delete cluster.env.MAINTENANCE
      const child = await cluster.spawn(-1) // -1: do not wait until it is ready
      if (!(child instanceof ChildProcess)) throw new Error('the shard process was not forked')
      cluster.once('ready', () => groups.get(group.groupId)?.becameReady(child))
      return child
    },
  }

  const stopGroup = async (groupId: number): Promise<void> => {
    const group = groups.get(groupId)
    if (group === undefined) return
    await group.stop()
    if (groups.get(groupId) === group) groups.delete(groupId)
  }

  return {
    name: 'manager',
    async start() {
      if (!existsSync(file)) throw new Error(`${file} is missing: the shard process must be compiled`)
      library = new ClusterManager(file, {
        token: options.token,
        totalShards: options.shardCount, // a number: otherwise it asks discord.com itself, whatever base URL we use
        totalClusters: options.groupCount,
        mode: 'process',
        respawn: false,
        execArgv: ['--enable-source-maps'],
      })
      library.on('error', (err: unknown) => log.error({ err }, 'shard process could not be reached'))
      let checkedAt = performance.now()
      watch = setInterval(() => {
        const now = performance.now()
        // When it was we who slept, everyone seems silent: their messages are read only after this.
        const weSlept = now - checkedAt > 3 * checkMs
        checkedAt = now
        for (const group of groups.values()) group.check(now, weSlept)
      }, checkMs)
    },
    async stop() {
      await Promise.all([...groups.keys()].map(stopGroup))
      clearInterval(watch)
    },
    startGroup(group) {
      const former = groups.get(group.groupId)
      if (former !== undefined && !former.isStopped) throw new Error(`group ${group.groupId} runs already`)
      const next = new ShardProcess(group, context)
      groups.set(group.groupId, next)
      if (former === undefined) next.start()
      else void former.stop().then(() => next.start())
    },
    stopGroup,
    metrics() {
      wantedShards.set([...groups.values()].reduce((sum, group) => sum + group.shards, 0))
      return figures.gather()
    },
    status: () => ({
      wanted: groups.size,
      ready: running().filter((group) => group.isReady).length,
      begun: running().filter((group) => group.isReady || group.isWaiting).length,
    }),
  }
}
