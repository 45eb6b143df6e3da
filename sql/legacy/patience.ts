import { setTimeout as sleep } from 'node:timers/promises'

const attempts = 240
const longestPauseMs = 1_000
/** No lock within the time, a deadlock, a statement that took too long, a transaction that another one overtook. */
const busy = new Set(['55P03', '40P01', '57014', '40001'])

/** Whether others were in the way, and trying again is all that is needed. */
export const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && busy.has(error.code)

/** Tries work that must not keep others waiting until they leave it room: for some minutes, then it fails and says so. */
export async function patiently<T>(what: string, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!isBusy(error)) throw error
      if (attempt === attempts)
        throw new Error(`${what} was in use all the time; end long transactions on it and start again`, {
          cause: error,
        })
      await sleep(Math.min(25 * attempt, longestPauseMs) * (0.5 + Math.random() / 2))
    }
  }
}
