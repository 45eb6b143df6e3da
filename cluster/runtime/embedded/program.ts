import { type ChildProcess, spawn } from 'node:child_process'
import type { Service } from '../lifecycle.ts'
import type { Log } from '../log.ts'
import { endWithUs } from './watchdog.ts'

export interface ProgramOptions {
  readonly name: string
  /** The compiled main module. */
  readonly file: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Log
  /** From asking it to stop until it is killed with all its children. */
  readonly graceMs: number
}

const firstDelayMs = 500
const longestDelayMs = 30_000
/** Whoever has run for so long did not fail at its start, and is replaced quickly again. */
const settledAfterMs = 60_000

/**
 * Keeps one of our programs running: whenever it ends it is started again, at first soon and then less and less often. It
 * leads a process group of its own, so that Ctrl-C in a terminal reaches only us, and it ends with us however we end.
 */
export function keepRunning(options: ProgramOptions): Service {
  const { name, log } = options
  let child: ChildProcess | undefined
  let gone: Promise<void> = Promise.resolve()
  let delayMs = firstDelayMs
  let timer: NodeJS.Timeout | undefined
  let isStopping = false

  const launch = (): void => {
    const startedAt = performance.now()
    const started = spawn(process.execPath, ['--enable-source-maps', options.file], {
      env: { ...options.env },
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: true,
    })
    child = started
    const { pid } = started
    const dismiss = pid && endWithUs({ pid, stopSignal: 'SIGTERM', onFailure: () => signalGroup(pid, 'SIGKILL') })
    gone = new Promise((resolve) => {
      const ended = (how: object) => {
        if (child !== started) return
        child = undefined
        if (dismiss) dismiss()
        resolve()
        if (isStopping) return
        if (performance.now() - startedAt > settledAfterMs) delayMs = firstDelayMs
        log.error({ program: name, ...how, delayMs }, 'program ended and is started again')
        timer = setTimeout(launch, delayMs)
        delayMs = Math.min(delayMs * 2, longestDelayMs)
      }
      started.once('exit', (code, signal) => ended({ code, signal }))
      started.once('error', (err) => {
        if (pid === undefined) ended({ err }) // otherwise it runs, and a signal could not be sent
      })
    })
  }

  return {
    name,
    async start() {
      launch()
    },
    async stop() {
      isStopping = true
      clearTimeout(timer)
      const { pid } = child ?? {}
      if (pid === undefined) return
      child?.kill('SIGTERM')
      const kill = setTimeout(() => {
        log.warn({ program: name }, 'program did not leave and is killed')
        signalGroup(pid, 'SIGKILL')
      }, options.graceMs)
      await gone
      clearTimeout(kill)
      signalGroup(pid, 'SIGKILL') // whoever of its children is left
    },
  }
}

function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal)
  } catch {
    // nobody of the group is left
  }
}
