import { type ChannelEvent, decodeEvent, inboxHint } from '../../cluster/ingress/event.ts'
import type { Bus } from '../../cluster/runtime/bus.ts'
import type { Service } from '../../cluster/runtime/lifecycle.ts'
import { isTransient, transaction } from '../../sql/client.ts'
import { finishInbox, type InboxRow, postponeInbox, pruneInbox, takeInbox } from '../../sql/queries/inbox.ts'
import type { Feature, Tools } from '../features/feature.ts'
import { handleEvents } from './event.ts'
import { handledEvents, unreadable } from './metrics.ts'

const pollMs = 2_000
const batchSize = 100
const pruneMs = 600_000
/** Longer than Kick may be late, so that a happening told again is still known. */
const keepDays = 7

export interface InboxDispatchOptions {
  readonly bus: Bus
  readonly tools: Tools
  readonly features: readonly Feature[]
  readonly shardCount: number
  readonly shardIds: readonly number[]
  readonly group: number
}

/**
 * Takes events out of the table `inbox`: what is worth money or state, and chat that NATS could not take. Handled and marked
 * in one transaction. What cannot be handled is put off and never thrown away.
 */
export function createInboxDispatch(options: InboxDispatchOptions): Service {
  const { bus, tools, features, shardCount, group } = options
  const shardIds = [...options.shardIds]
  const timers: NodeJS.Timeout[] = []
  let unsubscribe = () => {}
  let isStopping = false
  let isWanted = false
  let running: Promise<void> | undefined

  const read = (row: InboxRow): ChannelEvent | undefined => {
    try {
      return decodeEvent(row.event)
    } catch (err) {
      unreadable.inc({ stream: 'inbox' })
      tools.log.warn({ sourceRef: row.sourceRef, err }, 'event in the inbox cannot be read')
      return undefined
    }
  }

  /** Handles rows together; when that fails, each by itself, so that one of them does not stop the others. */
  const takeBatch = async (limit: number): Promise<number> => {
    let taken: readonly InboxRow[] = []
    try {
      await transaction(tools.sql, async (db) => {
        taken = await takeInbox(db, { shardCount, shardIds, limit })
        const events = taken.flatMap((row) => read(row) ?? [])
        await handleEvents(features, events, db, tools)
        if (taken.length > 0) await finishInbox(db, keysOf(taken))
        for (const event of events) handledEvents.inc({ type: event.happening.type, source: 'inbox' })
      })
    } catch (err) {
      if (isTransient(err)) throw err
      if (limit > 1) {
        for (let i = 0; i < taken.length; i++) await takeBatch(1)
        return taken.length
      }
      tools.log.error({ sourceRef: taken[0]?.sourceRef, guildId: taken[0]?.guildId, err }, 'event in the inbox failed')
      await postponeInbox(tools.sql, {
        ...keysOf(taken),
        error: err instanceof Error ? err.message.slice(0, 200) : 'unknown',
      })
    }
    return taken.length
  }

  const drain = async (): Promise<void> => {
    do {
      isWanted = false
      try {
        while (!isStopping && (await takeBatch(batchSize)) === batchSize);
      } catch (err) {
        // The rows are where they were; the next look finds them.
        if (!isTransient(err)) tools.log.error({ err }, 'inbox could not be read')
        return
      }
    } while (isWanted && !isStopping)
  }

  const wake = (): void => {
    isWanted = true
    if (isStopping || running !== undefined) return
    running = drain().finally(() => {
      running = undefined
    })
  }

  return {
    name: 'inbox',
    async start() {
      unsubscribe = bus.onHint(inboxHint({ shardCount, group }), wake)
      timers.push(setInterval(wake, pollMs))
      timers.push(
        setInterval(() => {
          pruneInbox(tools.sql, keepDays).catch((err: unknown) => tools.log.debug({ err }, 'inbox could not be pruned'))
        }, pruneMs),
      )
      wake()
    },
    async stop() {
      isStopping = true
      unsubscribe()
      for (const timer of timers) clearInterval(timer)
      await running
    },
  }
}

const keysOf = (rows: readonly InboxRow[]) => ({
  guildIds: rows.map((row) => row.guildId),
  sourceRefs: rows.map((row) => row.sourceRef),
})
