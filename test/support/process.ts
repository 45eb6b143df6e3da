import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { projectFile } from '../../cluster/runtime/build.ts'
import { onCleanUp } from './cleanup.ts'
import { until } from './wait.ts'

export interface Line {
  readonly text: string
  /** What a log line says; empty for a line that is not JSON. */
  readonly fields: Readonly<Record<string, unknown>>
  /** The constant phrase of a log line. */
  readonly msg: string
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface ProgramOptions {
  /** All that it gets besides PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
  readonly cwd?: string
  /** Runs as somebody else, which only root may ask for. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined
  /** For Node itself. */
  readonly nodeArgs?: readonly string[]
}

export interface WaitOptions {
  readonly timeoutMs?: number
  /** Index in `lines` to look from: `program.lines.length` waits for a new line. */
  readonly from?: number
}

/**
 * Starts one of our compiled programs, such as `scheduler/main.js`, as the leader of a process group, so that its children
 * end with it: at the end of the test file, or when this process dies.
 */
export function startProgram(file: string, options: ProgramOptions = {}): Program {
  const path = projectFile('dist', file)
  if (!existsSync(path)) throw new Error(`${path} is missing; \`node cluster/runtime/setup.mjs\` compiles it`)
  return new Program(path, options)
}

export class Program {
  readonly pid: number
  /** What it wrote to stdout and stderr so far. */
  readonly lines: Line[] = []
  readonly exited: Promise<Exit>
  exit: Exit | undefined
  readonly #child: ChildProcess
  readonly #path: string
  readonly #listeners = new Set<(line: Line) => void>()

  constructor(path: string, options: ProgramOptions) {
    const { env = {}, args = [], cwd, user, nodeArgs = ['--enable-source-maps'] } = options
    const { PATH = '/usr/bin:/bin', HOME = '/tmp' } = process.env
    const child = spawn(process.execPath, [...nodeArgs, path, ...args], {
      env: { PATH, HOME, ...env },
      cwd,
      ...user,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    if (child.pid === undefined) throw new Error(`could not start ${path}`)
    this.pid = child.pid
    this.#child = child
    this.#path = path
    for (const input of [child.stdout, child.stderr]) {
      createInterface({ input }).on('line', (text) => {
        const line = read(text)
        this.lines.push(line)
        for (const listener of this.#listeners) listener(line)
      })
    }
    this.exited = new Promise((resolve) => {
      // 'close' rather than 'exit': by then every line has been read
      child.once('exit', (code, signal) => setTimeout(() => resolve({ code, signal }), 1_000).unref())
      child.once('close', (code, signal) => resolve({ code, signal }))
    })
    void this.exited.then((exit) => {
      this.exit = exit
    })
    const dismiss = endGroupWithUs(this.pid)
    onCleanUp(async () => {
      signalGroup(this.pid, 'SIGKILL')
      dismiss()
      await this.exited
    })
  }

  /** Calls back with each line from now on. */
  onLine(listener: (line: Line) => void): void {
    this.#listeners.add(listener)
  }

  /** The first line, from the beginning or from `from`, that satisfies the predicate; fails when the program ends first. */
  async waitForLine(
    predicate: (line: Line) => boolean,
    { timeoutMs = 15_000, from = 0 }: WaitOptions = {},
  ): Promise<Line> {
    const deadline = Date.now() + timeoutMs
    for (let next = from; ; ) {
      const isOver = this.exit !== undefined || Date.now() > deadline
      const line = this.lines.slice(next).find(predicate)
      if (line) return line
      next = Math.max(next, this.lines.length)
      if (isOver) {
        const why = this.exit ? `ended (${this.exit.signal ?? this.exit.code})` : `did not write within ${timeoutMs} ms`
        throw new Error(`${this.#path} ${why} a line with ${predicate}\n${this.tail()}`)
      }
      await sleep(10)
    }
  }

  /** Sends a signal to the program alone, and leaves it at that; SIGSTOP and SIGCONT, for example. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Sends a signal to the program alone, and waits until it has ended; its children may live on. */
  async kill(signal: NodeJS.Signals = 'SIGTERM', { timeoutMs = 20_000 } = {}): Promise<Exit> {
    this.signal(signal)
    return until(() => this.exit, { timeoutMs, what: `${this.#path} to end after ${signal}` })
  }

  /** Kills the program and all its children, as the end of their machine would. */
  async killGroup(): Promise<Exit> {
    signalGroup(this.pid, 'SIGKILL')
    return this.exited
  }

  tail(count = 20): string {
    return this.lines
      .slice(-count)
      .map((line) => line.text)
      .join('\n')
  }
}

function read(text: string): Line {
  try {
    const fields: unknown = JSON.parse(text)
    if (typeof fields === 'object' && fields !== null) {
      const msg = 'msg' in fields && typeof fields.msg === 'string' ? fields.msg : ''
      return { text, fields: fields as Record<string, unknown>, msg }
    }
  } catch {
    // not a log line
  }
  return { text, fields: {}, msg: '' }
}

function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal)
  } catch (err) {
    const isGone = err instanceof Error && 'code' in err && (err.code === 'ESRCH' || err.code === 'EPERM')
    if (!isGone) throw err
  }
}

/** A shell that waits on a pipe from us, and kills the group when the pipe ends because we did. */
function endGroupWithUs(leader: number): () => void {
  const watchdog = spawn(
    '/bin/sh',
    ['-c', 'read -r _; kill -s KILL -- "-$1" 2>/dev/null', 'watchdog', String(leader)],
    {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    },
  )
  watchdog.unref()
  watchdog.on('error', () => {}) // then only the clean-up of the test file remains
  watchdog.stdin.on('error', () => {})
  return () => {
    watchdog.kill('SIGKILL')
    watchdog.stdin.destroy()
  }
}
