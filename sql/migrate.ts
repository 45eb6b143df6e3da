import postgres from 'postgres'
import type { Service } from '../cluster/runtime/lifecycle.ts'
import type { Log } from '../cluster/runtime/log.ts'
import { isTransient } from './client.ts'
import { type Answers, type Brought, bringOver, legacyState, preview, type StepName } from './legacy/index.ts'
import { applyMigrations, missingMigrations } from './migrations.ts'

export { projectFile } from '../cluster/runtime/build.ts'
export { type Migration, readMigrations } from './migrations.ts'

/** Any process that migrates this database holds this lock; the number is arbitrary and never changes. */
const advisoryLock = 7_205_759_403

export interface MigrateOptions {
  /** How to bring over a database of the bot before; without it such a database is left to a process that knows. */
  readonly legacy?: Answers
  readonly onStep?: (step: StepName, seconds: number) => void | Promise<void>
}

/** There is something to be done with this database, and this process is not the one to do it. */
export class MigratedElsewhere extends Error {
  override readonly name = 'MigratedElsewhere'
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
      throw new MigratedElsewhere(
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

/** Throws while the schema is older than this program, or the database is still that of the bot before. Changes nothing. */
async function expectMigrated(databaseUrl: string): Promise<void> {
  const sql = connect(databaseUrl, { default_transaction_read_only: true })
  try {
    const missing = await missingMigrations(sql)
    if (missing.length > 0)
      throw new MigratedElsewhere(`the schema lacks ${missing.length} migrations, up to ${missing.at(-1)}`)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

const retryMs = 1_000

export interface MigrationService extends Service {
  /** `ok` once the schema is as this program needs it, for `/readyz`. */
  state(): string
}

/**
 * Brings the database up to date before the services behind it start, and waits for a database that is away, or that another process has
 * to bring over. A migration that fails ends the start: somebody has to look. With `wait` nothing is changed here: the start goes on
 * when somebody else (`npm run migrate`) has brought the schema up to this program or beyond it.
 */
export function createMigration(options: {
  readonly databaseUrl: string
  readonly log: Log
  readonly mode: 'apply' | 'wait'
  readonly legacy?: Answers
}): MigrationService {
  const { databaseUrl, log, legacy } = options
  let state = 'the database was not asked yet'

  const apply = async (): Promise<void> => {
    const { applied, brought } = await migrate(databaseUrl, {
      ...(legacy === undefined ? {} : { legacy }),
      onStep: (step, seconds) => log.info({ step, seconds }, 'step of the way over is done'),
    })
    if (brought !== undefined) tellBrought(log, brought)
    log.info({ applied }, 'database is up to date')
  }
  const work = options.mode === 'apply' ? apply : () => expectMigrated(databaseUrl)

  return {
    name: 'migration',
    state: () => state,
    async start(stopping) {
      while (stopping?.aborted !== true) {
        try {
          await work()
          state = 'ok'
          return
        } catch (err) {
          if (!isTransient(err) && !(err instanceof MigratedElsewhere)) throw err
          const next = err instanceof MigratedElsewhere ? err.message : 'the database does not answer'
          if (next !== state) log.warn({ err }, 'database is not there yet')
          state = next
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
