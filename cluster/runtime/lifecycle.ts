import type { Log } from './log.ts'

/**
 * A long-lived part of a process. `start` resolves when it works; `stop` takes nothing new, finishes what is in hand and
 * lets go of what it holds. Both are called at most once; a `start` that may wait without end gives up when `stopping` aborts.
 */
export interface Service {
  readonly name: string
  start(stopping?: AbortSignal): Promise<void>
  stop(): Promise<void>
}

export interface Running {
  /** Resolves when every service has stopped, with the exit code of the process. */
  readonly finished: Promise<number>
  /** Begins to stop; safe to repeat. */
  stop(reason: string): void
}

/**
 * Starts services in order and stops them in reverse on SIGTERM, SIGINT or `stop`. A service that fails to start stops
 * the ones before it and ends with code 1. Stopping may take `graceMs`, also while a service is still starting; after that
 * the process is told to end with code 1. Resolves when everything has started, or has ended before that.
 */
export async function run(services: readonly Service[], options: { log: Log; graceMs: number }): Promise<Running> {
  const { log, graceMs } = options
  /** Those that work or are about to, in the order of their start; the last one is in hand. */
  const running: Service[] = []
  let finish: (code: number) => void = () => {}
  const finished = new Promise<number>((resolve) => {
    finish = resolve
  })
  let stopping: string | undefined
  const stopSignal = new AbortController()

  const stopAll = async (code: number): Promise<number> => {
    let result = code
    for (let service = running.at(-1); service !== undefined; service = running.at(-1)) {
      try {
        await service.stop()
      } catch (err) {
        result = 1
        log.error({ service: service.name, err }, 'service failed to stop')
      }
      running.pop()
    }
    return result
  }

  const stop = (reason: string, code = 0) => {
    if (stopping !== undefined) return
    stopping = reason
    stopSignal.abort()
    log.info({ reason }, 'stopping')
    process.off('SIGTERM', onSignal)
    process.off('SIGINT', onSignal)
    const deadline = setTimeout(() => {
      log.error({ graceMs, waitingFor: running.map((service) => service.name) }, 'grace period is over')
      finish(1)
    }, graceMs)
    void startup
      .then(() => stopAll(code))
      .then((result) => {
        clearTimeout(deadline)
        finish(result)
      })
  }
  const onSignal = (signal: NodeJS.Signals) => stop(signal)
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)

  const startup = (async () => {
    for (const service of services) {
      if (stopping !== undefined) return
      running.push(service)
      try {
        await service.start(stopSignal.signal)
      } catch (err) {
        running.pop()
        log.error({ service: service.name, err }, 'service failed to start')
        queueMicrotask(() => stop(`${service.name} failed to start`, 1))
        return
      }
    }
  })()
  await Promise.race([startup, finished])
  return { finished, stop: (reason) => stop(reason) }
}
