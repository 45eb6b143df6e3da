import type { Log } from '../cluster/runtime/log.ts'
import { Counter, registry } from '../cluster/runtime/metrics.ts'
import type { Sql } from '../sql/client.ts'
import { type BooksRow, readBooks, someViewers } from '../sql/queries/vitals.ts'

const checked = new Counter({
  name: 'bot_books_checked_total',
  help: 'Viewers whose minutes and points were compared with their books a second time.',
  registers: [registry],
})
const wrong = new Counter({
  name: 'bot_books_wrong_total',
  help: 'Viewers who have got more (duplicated) or less (lost) than their books explain; none, unless something is broken.',
  labelNames: ['subject', 'how'],
  registers: [registry],
})
for (const subject of ['minutes', 'points']) for (const how of ['duplicated', 'lost']) wrong.inc({ subject, how }, 0)

/** Viewers of one look. */
const atOnce = 5
/** Between the two looks at a viewer: enough for several ticks. */
const defaultRestMs = 300_000
/** Seconds of an hour, see `settlement.phase`. */
const phases = 3_600
const letters = 'abcdefghijklmnopqrstuvwxyz_0123456789'

/**
 * Looks twice, some minutes apart, at a few viewers who watch now, and compares what they have with what their books add up to. The difference may be
 * something (the bot before explained nothing), but it must not change: what has grown was credited twice.
 */
export function createAudit(options: { readonly sql: Sql; readonly log: Log; readonly restMs?: number }) {
  const { sql, log } = options
  const waiting: { readonly at: number; readonly rows: readonly BooksRow[] }[] = []

  const compare = (before: BooksRow, now: BooksRow): void => {
    for (const subject of ['minutes', 'points'] as const) {
      const more = now[subject] - before[subject]
      if (more === 0) continue
      const how = more > 0 ? 'duplicated' : 'lost'
      wrong.inc({ subject, how })
      log.error({ guildId: now.guildId, username: now.username, subject, how, more }, 'books do not balance')
    }
  }

  const lookAgain = async (): Promise<void> => {
    const [oldest] = waiting
    if (oldest === undefined || performance.now() - oldest.at < (options.restMs ?? defaultRestMs)) return
    const rows = await readBooks(sql, oldest.rows)
    waiting.shift()
    const before = new Map(oldest.rows.map((row) => [`${row.guildId}:${row.username}`, row]))
    for (const row of rows) {
      const first = before.get(`${row.guildId}:${row.username}`)
      if (first !== undefined) compare(first, row)
    }
    checked.inc(rows.length)
  }

  return {
    /** Looks that wait for their second one. */
    get waiting() {
      return waiting.length
    },
    /** One look at new viewers, and the second one at those of some minutes ago. */
    async look(): Promise<void> {
      await lookAgain()
      const viewers = await someViewers(sql, {
        phase: Math.floor(Math.random() * phases),
        from: letters.charAt(Math.floor(Math.random() * letters.length)),
        limit: atOnce,
      })
      if (viewers.length > 0) waiting.push({ at: performance.now(), rows: await readBooks(sql, viewers) })
    },
  }
}
