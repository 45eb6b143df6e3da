import { UserError } from '../../../cluster/runtime/errors.ts'
import { isTransient } from '../../../sql/client.ts'
import { isUnavailable } from '../../features/discord.ts'
import type { Acknowledgement } from './acknowledge.ts'

export type Outcome =
  /** The handler's answer was delivered. */
  | 'ok'
  /** The user did something wrong or may not do it, and was told. */
  | 'refused'
  /** The handler did not end in time. */
  | 'timeout'
  /** Discord or PostgreSQL did not answer the handler. */
  | 'unavailable'
  /** The handler threw. */
  | 'failed'
  /** It was not acknowledged, and no handler ran. */
  | Exclude<Acknowledgement['kind'], 'taken' | 'undelivered'>
  /** Discord did not take the answer, or the acknowledgement. */
  | 'undelivered'

/** Thrown instead of waiting longer for a handler. */
export class HandlerTimeout extends Error {
  override readonly name = 'HandlerTimeout'

  constructor(limitMs: number) {
    super(`the handler did not end within ${limitMs} ms`)
  }
}

export const outcomeOfHandler = (error: unknown): Outcome => {
  if (error instanceof UserError) return 'refused'
  if (error instanceof HandlerTimeout) return 'timeout'
  return isTransient(error) || isUnavailable(error) ? 'unavailable' : 'failed'
}

/** Waits for the work, but not longer than this. What the work does later is not heard of any more. */
export async function within<T>(limitMs: number, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new HandlerTimeout(limitMs)), limitMs)
  })
  try {
    return await Promise.race([work(), limit])
  } finally {
    clearTimeout(timer)
  }
}
