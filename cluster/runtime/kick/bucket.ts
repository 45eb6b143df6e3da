import type { Clock } from '../clock.ts'

/**
 * A token bucket that hands out turns: `perMinute` in the long run, half a minute's worth at once. Kick publishes no
 * limits and has changed them, so this keeps a process polite rather than exact.
 */
export class Bucket {
  readonly #clock: Clock
  readonly #intervalMs: number
  readonly #burstMs: number
  /** The instant up to which turns are spoken for. */
  #spokenForUntil = Number.NEGATIVE_INFINITY

  constructor(perMinute: number, clock: Clock) {
    this.#clock = clock
    this.#intervalMs = 60_000 / perMinute
    this.#burstMs = 30_000
  }

  /** Takes the next turn and gives how long to wait for it; null, and no turn, when that is longer than `mostMs`. */
  take(mostMs: number): number | null {
    const now = this.#clock.monotonic()
    const from = Math.max(this.#spokenForUntil, now - this.#burstMs)
    const waitMs = Math.max(0, from + this.#intervalMs - now)
    if (waitMs > mostMs) return null
    this.#spokenForUntil = from + this.#intervalMs
    return waitMs
  }
}
