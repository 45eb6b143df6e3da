import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, renameSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Account } from './account.ts'
import { endWithUs } from './watchdog.ts'

export interface ChildOptions {
  readonly command: string
  readonly args: readonly string[]
  /** The user to run as; ours when absent. */
  readonly account?: Account | undefined
  readonly logFile: string
  /** What asks this server to stop in good order. */
  readonly stopSignal: 'SIGINT' | 'SIGTERM'
  /** A folder to remove should our process die without stopping the server. */
  readonly removeIfOrphaned?: string | undefined
}

/** A server process in a session of its own (so that Ctrl-C in a terminal reaches only us), bound to our life. */
export class ServerChild {
  readonly pid: number
  /** Resolves, with words for a message, once the process has ended. */
  readonly exited: Promise<string>
  ended: string | undefined
  readonly #child: ChildProcess
  readonly #options: ChildOptions
  readonly #logStart: number

  private constructor(child: ChildProcess, pid: number, options: ChildOptions, logStart: number) {
    this.pid = pid
    this.#child = child
    this.#options = options
    this.#logStart = logStart
    child.on('error', () => {}) // a signal that could not be sent; whoever sends one waits for the end anyway
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.ended = signal === null ? `ended with code ${code}` : `was ended by ${signal}`
        resolve(this.ended)
      })
    })
  }

  static async start(options: ChildOptions): Promise<ServerChild> {
    const logStart = rotate(options.logFile)
    const log = openSync(options.logFile, 'a', 0o600)
    try {
      const child = spawn(options.command, options.args, {
        cwd: '/',
        env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
        stdio: ['ignore', log, log],
        detached: true,
        ...(options.account && { uid: options.account.uid, gid: options.account.gid }),
      })
      const { pid } = child
      if (pid === undefined) {
        const [err] = await once(child, 'error')
        throw new Error(`could not run ${options.command}`, { cause: err })
      }
      const server = new ServerChild(child, pid, options, logStart)
      child.unref()
      const dismiss = endWithUs({ pid: server.pid, ...options, onFailure: () => server.kill('SIGKILL') })
      void server.exited.then(dismiss)
      return server
    } finally {
      closeSync(log)
    }
  }

  kill(signal: NodeJS.Signals): void {
    if (this.ended === undefined) this.#child.kill(signal)
  }

  /** Stops the server and waits for its end, with harder signals if it lingers; safe to repeat. */
  async stop(signal: NodeJS.Signals = this.#options.stopSignal, patienceMs = 20_000): Promise<void> {
    this.#child.ref()
    for (const [next, waitMs] of [
      [signal, patienceMs],
      ['SIGQUIT', 5_000],
      ['SIGKILL', 5_000],
    ] as const) {
      this.kill(next)
      if (await this.endedWithin(waitMs)) return
    }
    throw new Error(`process ${this.pid} (${this.#options.command}) does not end`)
  }

  async endedWithin(ms: number): Promise<boolean> {
    const timer = new AbortController()
    try {
      return await Promise.race([
        this.exited.then(() => true),
        sleep(ms, false, { signal: timer.signal }).catch(() => false),
      ])
    } finally {
      timer.abort()
    }
  }

  /**
   * Polls `isReady` until it holds; throws with the end of the server's log when the server ends first or takes longer
   * than `timeoutMs` (it is stopped then).
   */
  async ready(what: string, timeoutMs: number, isReady: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + timeoutMs
    while (!(await isReady())) {
      if (this.ended !== undefined) throw new StartError(`${what} ${this.ended}`, await this.#logTail())
      if (Date.now() > deadline) {
        await this.stop('SIGKILL')
        throw new StartError(`${what} was not ready after ${timeoutMs} ms`, await this.#logTail())
      }
      await sleep(10)
    }
  }

  async #logTail(): Promise<string> {
    const log = await readFile(this.#options.logFile)
    return log.subarray(this.#logStart).toString('utf8').trimEnd().split('\n').slice(-20).join('\n')
  }
}

export class StartError extends Error {
  override name = 'StartError'
  readonly log: string
  constructor(message: string, log: string) {
    super(`${message}\n${log}`)
    this.log = log
  }
}

/** Puts a log of more than a megabyte aside, and gives the length of the one to append to. */
function rotate(file: string): number {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (size < 1_000_000) return size
  renameSync(file, `${file}.1`)
  return 0
}

/**
 * A port of 127.0.0.1 that nothing listens on at the moment; another process may still take it first. It lies below the
 * range the system picks from for outgoing connections: a client that keeps knocking on a port of that range while its
 * server is away can end up connected to itself, and the server cannot come back.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = 15_000 + Math.floor(Math.random() * 17_000)
    if (await isFree(port)) return port
  }
  throw new Error('no free port between 15000 and 32000 on 127.0.0.1')
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}

/**
 * Starts on the wanted port, or, when that is absent, on free ones until one was not taken in between; `start` throws a
 * `StartError` whose log says that the address is in use.
 */
export async function onFreePort<T>(wanted: number | undefined, start: (port: number) => Promise<T>): Promise<T> {
  if (wanted) return start(wanted)
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await freePort())
    } catch (err) {
      const isTaken = err instanceof StartError && /address already in use/i.test(err.log)
      if (!isTaken || attempt === 5) throw err
    }
  }
}

/** Whether a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (err) {
    return err instanceof Error && 'code' in err && err.code === 'EPERM'
  }
}
