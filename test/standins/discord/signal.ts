export interface WaitOptions {
  /** 15 seconds when absent. */
  timeoutMs?: number
  /** Stands in the error of a wait that ran out of time. */
  what?: string
}

/** Says that something in the stand-in has changed, so that a test can wait for a state instead of sleeping. */
export class Signal {
  readonly #waiters = new Set<() => void>()

  fire(): void {
    for (const look of [...this.#waiters]) look()
  }

  /** Resolves with the first value of `probe` that is not undefined, null or false; looks again at each change. */
  until<T>(probe: () => T | undefined | null | false, options: WaitOptions = {}): Promise<T> {
    const { timeoutMs = 15_000, what = 'a change in the Discord stand-in' } = options
    const at = new Error(`waited ${timeoutMs} ms in vain for ${what}`)
    return new Promise<T>((resolve, reject) => {
      const finish = () => {
        clearTimeout(timer)
        this.#waiters.delete(look)
      }
      const look = () => {
        try {
          const value = probe()
          if (value === undefined || value === null || value === false) return
          finish()
          resolve(value)
        } catch (error) {
          finish()
          reject(error)
        }
      }
      const timer = setTimeout(() => {
        this.#waiters.delete(look)
        reject(at)
      }, timeoutMs)
      this.#waiters.add(look)
      look()
    })
  }
}
