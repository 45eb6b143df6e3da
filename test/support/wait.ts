import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'

export interface UntilOptions {
  /** Ends the sentence "waited 10000 ms for …". */
  readonly what: string
  /** 20 seconds when absent: a busy machine is slow, and whoever is right does not wait that long. */
  readonly timeoutMs?: number
}

/**
 * Polls until the condition gives something truthy, and gives that. A condition that throws is asked again; what it threw
 * last, or gave last, is part of the failure.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  { what, timeoutMs = 20_000 }: UntilOptions,
): Promise<Exclude<T, false | 0 | '' | null | undefined>> {
  const deadline = Date.now() + timeoutMs
  for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 2, 50)) {
    let last: string
    let cause: unknown
    try {
      const value = await condition()
      if (value) return value as Exclude<T, false | 0 | '' | null | undefined>
      last = `it was ${inspect(value, { depth: 1 })}`
    } catch (err) {
      last = `it threw ${err instanceof Error ? err.message : inspect(err)}`
      cause = err
    }
    if (Date.now() >= deadline) throw new Error(`waited ${timeoutMs} ms for ${what}; last ${last}`, { cause })
    await sleep(pauseMs)
  }
}
