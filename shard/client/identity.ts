import { setTimeout as sleep } from 'node:timers/promises'
import { type REST, Routes } from 'discord.js'
import { type UserId, userId } from '../../cluster/runtime/ids.ts'
import type { Log } from '../../cluster/runtime/log.ts'

export interface Identity {
  readonly applicationId: string
  readonly botUserId: UserId
}

/** Asks until Discord answers, or the signal aborts. Rejects when Discord refuses the token, which no repetition cures. */
export async function askWhoWeAre(
  rest: REST,
  options: { readonly log: Log; readonly signal: AbortSignal; readonly onRefused: () => void },
): Promise<Identity> {
  const { log, signal, onRefused } = options
  for (let attempt = 0; ; attempt++) {
    try {
      const [application, user] = (await Promise.all([
        rest.get(Routes.currentApplication(), { signal }),
        rest.get(Routes.user(), { signal }),
      ])) as [{ id: string }, { id: string }]
      return { applicationId: application.id, botUserId: userId(user.id) }
    } catch (err) {
      signal.throwIfAborted()
      log.error({ err }, 'discord does not say who we are')
      if (err instanceof Error && 'status' in err && err.status === 401) {
        onRefused()
        throw err
      }
      await sleep(Math.min(1_000 * 2 ** attempt, 30_000) * (0.5 + Math.random() / 2), undefined, { signal })
    }
  }
}
