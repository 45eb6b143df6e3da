import postgres from 'postgres'
import type { Service } from '../cluster/runtime/lifecycle.ts'
import type { Log } from '../cluster/runtime/log.ts'
import { isTransient } from './client.ts'
import { type Answers, type Brought, bringOver, legacyState, preview, type StepName } from './legacy/index.ts'
import { applyMigrations } from './migrations.ts'

export { type Migration, projectFile, readMigrations } from './migrations.ts'

/** Any process that migrates this database holds this lock; the number is arbitrary and never changes. */
const advisoryLock = 7_205_759_403

export interface MigrateOptions {
  /** How to bring over a database of the bot before; without it such a database is left to a process that knows. */
  readonly legacy?: Answers
  readonly onStep?: (step: StepName, seconds: number) => void | Promise<void>
}

/** A database of the bot before is there, and this process is not the one to bring it over. */
export class LegacyElsewhere extends Error {
  override readonly name = 'LegacyElsewhere'
}

const connect = (databaseUrl: string, settings: Record<string, string | boolean> = {}) =>
  postgres(databaseUrl, { max: 1, onnotice: () => {}, connect_timeout: 10, connection: settings })

/**
 * Brings a database up to date, one transaction for each migration, while it holds an advisory lock: processes that start
 * at once wait for each other. A database of the bot before is brought over first. Safe to repeat, and to kill at any point. Throws when a
 * migration fails, or when one that was applied has changed since.
 */
export async function migrate(
  databaseUrl: string,
  options: MigrateOptions = {},
): Promise<{ applied: string[]; brought?: Brought }> {
  const sql = connect(databaseUrl)
  try {
    await sql`select pg_advisory_lock(${advisoryLock})`
    if ((await legacyState(sql)) === 'none') return { applied: await applyMigrations(sql) }
    if (options.legacy === undefined)
      throw new LegacyElsewhere(
        'the database is that of the bot before; start a cluster process or run npm run migrate',
      )
    const brought = await bringOver(sql, options.legacy, options.onStep)
    return { applied: await applyMigrations(sql), brought }
  } finally {
    await sql.end({ timeout: 5 }) // which also lets go of the lock
  }
}

/** What {@link migrate} would do about a database of the bot before; undefined when there is none, or it is half way. Changes nothing. */
export async function previewLegacy(databaseUrl: string, answers: Answers): Promise<Brought | undefined> {
  const sql = connect(databaseUrl, { default_transaction_read_only: true })
  try {
    return (await legacyState(sql)) === 'found' ? await preview(sql, answers) : undefined
  } finally {
    await sql.end({ timeout: 5 })
  }
}

const retryMs = 1_000

/**
 * Brings the database up to date before the services behind it start, and waits for a database that is away, or that another process has
 * to bring over. A migration that fails ends the start: somebody has to look.
 */
export function createMigration(options: {
  readonly databaseUrl: string
  readonly log: Log
  readonly legacy?: Answers
}): Service {
  const { databaseUrl, log, legacy } = options
  return {
    name: 'migration',
    async start(stopping) {
      for (let attempt = 1; stopping?.aborted !== true; attempt++) {
        try {
          const { applied, brought } = await migrate(databaseUrl, {
            ...(legacy === undefined ? {} : { legacy }),
            onStep: (step, seconds) => log.info({ step, seconds }, 'step of the way over is done'),
          })
          if (brought !== undefined) tellBrought(log, brought)
          log.info({ applied }, 'database is up to date')
          return
        } catch (err) {
          if (!isTransient(err) && !(err instanceof LegacyElsewhere)) throw err
          if (attempt === 1) log.warn({ err }, 'database is not there yet')
          await new Promise((resolve) => setTimeout(resolve, retryMs))
        }
      }
    },
    async stop() {},
  }
}

function tellBrought(log: Log, { plan, outcomes, setAside }: Brought): void {
  const counts: Record<string, number> = { 'rows set aside': setAside.length }
  for (const { outcome } of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1
  log.info({ generation: plan.generation, decidedBy: plan.decidedBy, counts }, 'legacy database was brought over')
}
