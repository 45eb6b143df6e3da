export interface Clock {
  /** Unix time in milliseconds. */
  now(): number
}

/** A clock that a test can push forward; interaction windows, rate limits and budgets are judged by it. */
export class AdvancingClock implements Clock {
  readonly #base: Clock
  #offsetMs = 0

  constructor(base: Clock = { now: () => Date.now() }) {
    this.#base = base
  }

  now(): number {
    return this.#base.now() + this.#offsetMs
  }

  advance(ms: number): void {
    this.#offsetMs += ms
  }
}
