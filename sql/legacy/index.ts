import type postgres from 'postgres'
import { Histogram, registry } from '../../cluster/runtime/metrics.ts'
import type { Db } from '../client.ts'
import { applyMigrations } from '../migrations.ts'
import { readCatalogue } from './catalogue.ts'
import { after, before, type Move, type Outcome, send } from './context.ts'
import { type Answers, decide, LegacyQuestion, type Plan } from './decide.ts'
import { type Findings, findingsOfPlan, findOut, writeFindings } from './report.ts'
import { isLegacy, isSetAside, shapeOf, sourceNames } from './shape.ts'
import { bringOthers, swap } from './swap.ts'
import { deriveViewers, foldViewers, noteTable, viewerTable } from './viewers.ts'
import { watchSources } from './watch.ts'

export { type Answers, LegacyQuestion, type Plan } from './decide.ts'
export { guildsOfBot } from './discord.ts'
export type { Findings } from './report.ts'

const duration = new Histogram({
  name: 'bot_legacy_step_duration_seconds',
  help: 'How long each step of bringing over a legacy database took.',
  labelNames: ['step'],
  buckets: [0.1, 0.5, 1, 5, 15, 30, 60, 120, 300],
  registers: [registry],
})

/** In this order; each is recorded in `legacy.step` when it is done, and done again if it was not. */
export const steps = ['plan', 'watch', 'build', 'fold', 'fill', 'swap', 'report', 'tidy'] as const
export type StepName = (typeof steps)[number]

export type State = 'none' | 'found' | 'under way'

/** Whether there is an old database in the schema `public`, or one that is on its way. Reads only. */
export async function legacyState(db: Db): Promise<State> {
  const [row] = await db<{ isOurs: boolean; hasSteps: boolean }[]>`
    select to_regclass('public.schema_migration') is not null as "isOurs", to_regclass('legacy.step') is not null as "hasSteps"`
  if (row?.hasSteps === true) return (await doneSteps(db)).has('tidy') ? 'none' : 'under way'
  if (row?.isOurs === true) {
    const [ours] = await db`select from public.schema_migration where name = '0003_watchtime.sql'`
    if (ours !== undefined) return 'none'
  }
  return isLegacy(await readCatalogue(db, 'public')) ? 'found' : 'none'
}

const doneSteps = async (db: Db): Promise<ReadonlySet<string>> =>
  new Set((await db<{ name: string }[]>`select name from legacy.step`).map(({ name }) => name))

export interface Brought extends Findings {
  readonly plan: Plan
}

/** What would happen, or the question that would be asked. Reads only, in a session that can do nothing else. */
export async function preview(sql: postgres.Sql, answers: Answers): Promise<Brought> {
  const catalogue = await readCatalogue(sql, 'public')
  const plan = await decide(sql, catalogue, answers)
  const findings = await findOut(sql, { from: 'public', to: 'public', plan, tables: shapeOf(catalogue).tables })
  const sources: readonly string[] = sourceNames
  const kept = [...catalogue.keys()].filter((name) => isSetAside(name) && !sources.includes(name))
  return { plan, ...withPlan(plan, findings, kept) }
}

const withPlan = (plan: Plan, { outcomes, setAside }: Findings, kept: readonly string[]): Findings => ({
  outcomes: [...findingsOfPlan(plan, kept), ...outcomes],
  setAside,
})

/**
 * Brings an old database over, from wherever it stands; the caller holds the lock of all migrations on this one connection. Before the
 * first step everything is decided; after each one a crash costs nothing but the time of the next.
 */
export async function bringOver(
  sql: postgres.Sql,
  answers: Answers,
  onStep: (step: StepName, seconds: number) => void | Promise<void> = () => {},
): Promise<Brought> {
  const pid = async () => (await sql<{ pid: number }[]>`select pg_backend_pid() as pid`)[0]?.pid
  const connection = await pid()
  // The driver replaces a lost connection by itself; the lock is gone with the old one, and somebody else may be at it.
  const holdTheLock = async () => {
    if ((await pid()) !== connection) throw new Error('the connection was lost; start again to go on')
  }
  let findings: Findings = { outcomes: [], setAside: [] }
  const isUnderWay = (await legacyState(sql)) === 'under way'
  const done = new Set<string>(isUnderWay ? await doneSteps(sql) : [])

  for (const step of steps) {
    if (done.has(step)) continue
    const start = performance.now()
    await holdTheLock()
    if (step === 'plan') await writePlan(sql, answers)
    else findings = (await run(sql, step)) ?? findings
    const seconds = (performance.now() - start) / 1_000
    duration.observe({ step }, seconds)
    await onStep(step, seconds)
  }
  await holdTheLock()
  return { plan: await readPlan(sql), ...findings }
}

const record = async (db: Db, step: StepName): Promise<void> =>
  void (await db`insert into legacy.step (name) values (${step}) on conflict (name) do nothing`)

async function writePlan(sql: postgres.Sql, answers: Answers): Promise<void> {
  const inTheWay = await sql<{ name: string }[]>`
    select nspname as name from pg_namespace where nspname in ('legacy', 'incoming') order by 1`
  if (inTheWay.length > 0)
    throw new LegacyQuestion(
      `What is the schema ${inTheWay.map(({ name }) => name).join(' and ')} for? Its name is needed to bring the bot before over. Rename it and ` +
        'start again. Nothing was changed.',
    )
  const plan = await decide(sql, await readCatalogue(sql, 'public'), answers)
  await sql.begin(async (db) => {
    await db`create schema legacy`
    await db`create table legacy.step (name text primary key, done_at timestamptz not null default now())`
    await db`create table legacy.plan (content jsonb not null)`
    await db`insert into legacy.plan (content) values (${JSON.stringify(plan)}::text::jsonb)`
    await send(db, viewerTable)
    await send(db, noteTable)
    await record(db, 'plan')
  })
}

async function readPlan(db: Db): Promise<Plan> {
  const [row] = await db<{ content: Plan }[]>`select content from legacy.plan`
  if (row === undefined) throw new Error('legacy.plan is empty; restore the database from before')
  return row.content
}

async function moveOf(db: Db, place: { readonly from: string; readonly to: string }): Promise<Move> {
  const { tables } = shapeOf(await readCatalogue(db, place.from))
  return { ...place, plan: await readPlan(db), tables }
}

async function run(sql: postgres.Sql, step: Exclude<StepName, 'plan'>): Promise<Findings | undefined> {
  switch (step) {
    case 'watch':
      await watchSources(sql, await moveOf(sql, before))
      await record(sql, step)
      return undefined
    case 'build':
      await sql`create schema if not exists incoming`
      await sql`set search_path = incoming`
      await applyMigrations(sql)
      await sql`reset search_path`
      await record(sql, step)
      return undefined
    case 'fold': {
      const move = await moveOf(sql, before)
      await sql.begin('isolation level repeatable read', async (db) => {
        await db`set local work_mem = '64MB'`
        await foldViewers(db, move)
        await record(db, step)
      })
      await sql`analyze legacy.viewer`
      return undefined
    }
    case 'fill': {
      const move = await moveOf(sql, before)
      await sql.begin(async (db) => {
        await db`set local work_mem = '64MB'`
        await deriveViewers(db, move)
        await bringOthers(db, move)
        await record(db, step)
      })
      await sql`analyze incoming.watchtime, incoming.user_points, incoming.points_watchtime_converted, incoming.point_ledger, incoming.links`
      return undefined
    }
    case 'swap':
      await swap(sql, await moveOf(sql, before), (db) => record(db, step))
      return undefined
    case 'report':
      return report(sql)
    case 'tidy':
      await tidy(sql)
      return undefined
  }
}

async function report(sql: postgres.Sql): Promise<Findings> {
  const move = await moveOf(sql, after)
  const internal: readonly string[] = ['step', 'plan', 'note', 'viewer', 'schema_migration', ...move.tables.keys()]
  const kept = [...(await readCatalogue(sql, 'legacy')).keys()].filter((name) => !internal.includes(name)).sort()
  const found = withPlan(move.plan, await findOut(sql, move), kept)
  const [late] = await sql<{ notes: number }[]>`select count(*)::int as notes from legacy.note`
  const outcomes: Outcome[] = [
    ...found.outcomes,
    ...[...move.tables.keys()].map((table) => ({
      guildId: move.plan.guildId ?? '0',
      outcome: 'brought' as const,
      table,
      subject: 'the whole table',
      detail: `${move.plan.rows[table]?.all ?? 0} rows, of which ${move.plan.rows[table]?.withoutGuild ?? 0} named no Discord server`,
    })),
  ]
  if ((late?.notes ?? 0) > 0)
    throw new Error('rows were written to the tables of the bot before after they were set aside')
  const findings = { outcomes, setAside: found.setAside }
  await sql.begin(async (db) => {
    await writeFindings(db, findings)
    await record(db, 'report')
  })
  return findings
}

/** Takes away what only the way over needed. The old tables stay in the schema `legacy` until somebody drops it. */
async function tidy(sql: postgres.Sql): Promise<void> {
  const names = await sql<{ name: string }[]>`
    select proname as name from pg_proc where pronamespace = 'legacy'::regnamespace and (proname like 'note\\_%' or proname = 'refuse_truncate')`
  await sql.begin(async (db) => {
    for (const { name } of names) await send(db, `drop function legacy.${name}() cascade`)
    await db`drop table legacy.viewer`
    if ((await db`select from legacy.note limit 1`).length === 0) await db`drop table legacy.note`
    await record(db, 'tidy')
  })
}
