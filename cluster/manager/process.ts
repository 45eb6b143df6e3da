import type { ChildProcess } from 'node:child_process'
import { exitCodes, readToManager, sendToChild } from '../runtime/ipc.ts'
import type { Log } from '../runtime/log.ts'
import { Counter, registry } from '../runtime/metrics.ts'
import { type ExitReason, RestartDelay, type RestartOptions } from './restart.ts'

const restarts = new Counter({
  name: 'bot_shard_restarts_total',
  help: 'Shard processes that had to be replaced, by reason.',
  labelNames: ['reason'],
  registers: [registry],
})

/** Shards that one process runs, under the lease of this epoch. */
export interface Group {
  readonly groupId: number
  readonly shardIds: readonly number[]
  readonly epoch: number
}

export interface ShardProcessContext {
  readonly log: Log
  readonly stopMs: number
  readonly silentMs?: number
  readonly firstSignMs?: number
  readonly restart?: RestartOptions

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
export class ShardProcess {
  child: ChildProcess | undefined
  isReady = false
  /** By its own word of two seconds ago at most. */
  isWaiting = false
  isStopped = false
  readonly #group: Group
  readonly #context: ShardProcessContext
  readonly #delay: RestartDelay
  #isHung = false
  #heardAt = 0
  #wasHeard = false
  #waiting: NodeJS.Timeout | undefined
  #starting: Promise<void> | undefined
  #gone: Promise<void> = Promise.resolve()

  constructor(group: Group, context: ShardProcessContext) {
    this.#group = group
    this.#context = context
    this.#delay = new RestartDelay(context.restart)
  }

  /** How many shards it runs, or should. */
  get shards(): number {
    return this.#group.shardIds.length
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
    const { silentMs = 8_000, firstSignMs = 60_000 } = this.#context
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
    if (child.pid === undefined) throw new Error('the system gives no process')
    this.child = child
    this.isReady = false
    this.isWaiting = false
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
    if (message.belfry === 'alive') this.isWaiting = message.isWaiting
    if (message.belfry === 'measured') this.#context.onMetrics(child, message.request, message.metrics)
  }

  #ended(child: ChildProcess, code: number | null, signal: NodeJS.Signals | null): void {
    this.child = undefined
    this.isReady = false
    this.isWaiting = false
    this.#context.onExit(child)
    this.#context.count()
    const fields = { groupId: this.#group.groupId, childPid: child.pid, exitCode: code, signal }
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
