import { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ClusterManager } from 'discord-hybrid-sharding'
import { ChildMetrics } from './manager/metrics.ts'
import { type ExitReason, RestartDelay, type RestartOptions } from './manager/restart.ts'
import { exitCodes, readToManager, sendToChild } from './runtime/ipc.ts'
import type { Service } from './runtime/lifecycle.ts'
import type { Log } from './runtime/log.ts'
import { Counter, Gauge, registry } from './runtime/metrics.ts'

/** Shards that one process runs, under the lease of this epoch. */
export interface Group {
  readonly groupId: number
  readonly shardIds: readonly number[]
  readonly epoch: number
}

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
  /** Shard processes that should run, and those whose shards are all connected. */
  status(): { readonly wanted: number; readonly ready: number }
}

const processes = new Gauge({ name: 'bot_shard_processes', help: 'Shard processes that run.', registers: [registry] })
const restarts = new Counter({
  name: 'bot_shard_restarts_total',
  help: 'Shard processes that had to be replaced, by reason.',
  labelNames: ['reason'],
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

  const context: Context = {
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
    metrics: () => figures.gather(),
    status: () => ({ wanted: groups.size, ready: running().filter((group) => group.isReady).length }),
  }
}

interface Context extends ManagerOptions {
  spawn(group: Group): Promise<ChildProcess>
  count(): void
  onExit(child: ChildProcess): void
  onMetrics(child: ChildProcess, request: number, metrics: readonly unknown[]): void
}

/**
 * The process of one group, and its successors. Its states:
 *   starting   being forked, or forked and not heard of yet
 *   running    says every two seconds that it is alive; `isReady` once its shards are connected
 *   waiting    it ended, and is replaced after a delay
 *   stopped    nothing runs, nothing will
 * There is never a second process before the exit of the first was reported by the system.
 */
class ShardProcess {
  child: ChildProcess | undefined
  isReady = false
  isStopped = false
  readonly #group: Group
  readonly #context: Context
  readonly #delay: RestartDelay
  #isHung = false
  #heardAt = 0
  #wasHeard = false
  #waiting: NodeJS.Timeout | undefined
  #starting: Promise<void> | undefined
  #gone: Promise<void> = Promise.resolve()

  constructor(group: Group, context: Context) {
    this.#group = group
    this.#context = context
    this.#delay = new RestartDelay(context.restart)
  }

  get isRunning(): boolean {
    return this.child !== undefined
  }

  start(): void {
    if (this.isStopped) return
    this.#starting = this.#spawn().catch((err: unknown) => {
      this.#context.log.error({ groupId: this.#group.groupId, err }, 'shard process could not be started')
      this.#replace('crash')
    })
  }

  becameReady(child: ChildProcess): void {
    if (this.child !== child) return
    this.isReady = true
    this.#delay.becameReady()
    this.#context.log.info({ groupId: this.#group.groupId, childPid: child.pid }, 'shard process is ready')
  }

  /** Kills a process that has been silent for too long. */
  check(now: number, weSlept: boolean): void {
    if (this.child === undefined || this.#isHung) return
    if (weSlept) this.#heardAt = now
    const { silentMs = 10_000, firstSignMs = 60_000 } = this.#context
    const silentForMs = now - this.#heardAt
    if (silentForMs <= (this.#wasHeard ? silentMs : firstSignMs)) return
    this.#isHung = true
    this.#context.log.error(
      { groupId: this.#group.groupId, childPid: this.child.pid, silentForMs: Math.round(silentForMs) },
      'shard process hangs and is killed',
    )
    this.child.kill('SIGKILL') // nothing less ends a blocked event loop or a stopped process
  }

  async stop(): Promise<void> {
    this.isStopped = true
    clearTimeout(this.#waiting)
    await this.#starting
    const { child } = this
    if (child === undefined) return
    if (child.connected) sendToChild(child, { belfry: 'stop' })
    else child.kill('SIGTERM')
    const kill = setTimeout(() => {
      this.#context.log.warn(
        { groupId: this.#group.groupId, childPid: child.pid },
        'shard process did not leave and is killed',
      )
      child.kill('SIGKILL')
    }, this.#context.stopMs)
    await this.#gone
    clearTimeout(kill)
  }

  async #spawn(): Promise<void> {
    const child = await this.#context.spawn(this.#group)
    this.child = child
    this.isReady = false
    this.#isHung = false
    this.#wasHeard = false
    this.#heardAt = performance.now()
    child.on('message', (message) => this.#hear(child, message))
    this.#gone = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#ended(child, code, signal)
        resolve()
      })
    })
    this.#context.count()
    this.#context.log.info(
      { groupId: this.#group.groupId, shardIds: this.#group.shardIds, childPid: child.pid },
      'shard process started',
    )
  }

  #hear(child: ChildProcess, raw: unknown): void {
    const message = readToManager(raw)
    if (message === undefined) return
    this.#heardAt = performance.now()
    this.#wasHeard = true
    if (message.belfry === 'measured') this.#context.onMetrics(child, message.request, message.metrics)
  }

  #ended(child: ChildProcess, code: number | null, signal: NodeJS.Signals | null): void {
    this.child = undefined
    this.isReady = false
    this.#context.onExit(child)
    this.#context.count()
    const fields = { groupId: this.#group.groupId, childPid: child.pid, code, signal }
    if (this.isStopped) return void this.#context.log.info(fields, 'shard process has left')
    const reason = this.#isHung ? 'hang' : reasonOf(code)
    this.#replace(reason, fields)
  }

  #replace(reason: ExitReason, fields: object = { groupId: this.#group.groupId }): void {
    if (this.isStopped) return
    restarts.inc({ reason })
    const delayMs = this.#delay.next(reason)
    this.#context.log.error({ ...fields, reason, delayMs: Math.round(delayMs) }, 'shard process ended and is replaced')
    this.#waiting = setTimeout(() => this.start(), delayMs)
  }
}

const reasonOf = (code: number | null): ExitReason =>
  code === exitCodes.refused ? 'refused' : code === exitCodes.superseded ? 'superseded' : code === 0 ? 'exit' : 'crash'
