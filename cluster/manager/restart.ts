export type ExitReason = 'crash' | 'exit' | 'hang' | 'refused' | 'superseded'

export interface RestartOptions {
  /** Before the first restart; doubles with each further one. */
  readonly firstMs?: number
  readonly longestMs?: number
  /** A process that was ready for this long begins anew. */
  readonly stableMs?: number
  /** Before the first restart of a process that Discord refused. */
  readonly refusedMs?: number
  readonly longestRefusedMs?: number
}

/**
 * How long to wait before a process is replaced: exponential, with jitter so that processes which died together do not come
 * back together, and without an end, since a bot that has given up does not get well by itself.
 */
export class RestartDelay {
  readonly #options: Required<RestartOptions>
  readonly #now: () => number
  readonly #random: () => number
  #restarts = 0
  #readyAt: number | undefined

  constructor(options: RestartOptions = {}, now = () => performance.now(), random = Math.random) {
    this.#options = {
      firstMs: 250,
      longestMs: 60_000,
      stableMs: 60_000,
      refusedMs: 60_000,
      longestRefusedMs: 600_000, // 144 IDENTIFYs a day for a shard, of at least 1000
      ...options,
    }
    this.#now = now
    this.#random = random
  }

  becameReady(): void {
    this.#readyAt = this.#now()
  }

  /** The delay after a process has ended, between half and the whole of the step. */
  next(reason: ExitReason): number {
    const { firstMs, longestMs, stableMs, refusedMs, longestRefusedMs } = this.#options
    if (this.#readyAt !== undefined && this.#now() - this.#readyAt >= stableMs) this.#restarts = 0
    this.#readyAt = undefined
    const [first, longest] = reason === 'refused' ? [refusedMs, longestRefusedMs] : [firstMs, longestMs]
    const step = Math.min(first * 2 ** Math.min(this.#restarts, 30), longest)
    this.#restarts += 1
    return step * (0.5 + this.#random() / 2)
  }
}
