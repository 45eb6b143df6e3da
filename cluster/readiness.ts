import type { Sql } from '../sql/client.ts'
import type { Bus } from './runtime/bus.ts'
import { within } from './runtime/deadline.ts'

export interface Readiness {
  readonly ok: boolean
  /** Each part by name: `ok`, or what is wrong with it. */
  readonly parts: Readonly<Record<string, string>>
}

const patienceMs = 1_000
/** Many may ask; the database is asked once for all of them. */
const keepMs = 500

/** Whether a pod can take a webhook: one of its two stores is enough. */
export const takesWebhooks = ({ parts }: Readiness): boolean => parts.database === 'ok' || parts.bus === 'ok'

/** Whether the database answers, the bus is connected, and each further part says `ok`; what is wrong stands by its name. */
export function createReadiness(options: {
  readonly sql: Sql
  readonly bus: Pick<Bus, 'isConnected'>
  /** For example `shards`: `ok`, or what is missing. */
  readonly parts?: Readonly<Record<string, () => string>>
}): () => Promise<Readiness> {
  const { sql, bus } = options
  let asked: { at: number; answer: Promise<string> } | undefined

  const database = (): Promise<string> => {
    if (asked === undefined || performance.now() - asked.at > keepMs) {
      const answer = within(patienceMs, sql`select 1 as one`.execute()).then(
        () => 'ok',
        () => 'does not answer',
      )
      asked = { at: performance.now(), answer }
    }
    return asked.answer
  }

  return async () => {
    const parts: Record<string, string> = {
      database: await database(),
      bus: bus.isConnected ? 'ok' : 'not connected',
    }
    for (const [name, check] of Object.entries(options.parts ?? {})) parts[name] = check()
    return { ok: Object.values(parts).every((state) => state === 'ok'), parts }
  }
}
