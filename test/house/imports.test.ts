import { describe, expect, it } from 'vitest'
import { circlesIn, type Import, importsOf, type SourceFile, sourceFiles } from './tree.ts'

/** Which part of the house a file belongs to; `cluster/runtime` is the ground under all of them. */
const partOf = (path: string): string => (path.startsWith('cluster/runtime/') ? 'runtime' : (path.split('/')[0] ?? ''))

/** Whoever sends a message owns its contract; a shard reads these and nothing else of those who send. */
const contracts: ReadonlySet<string> = new Set([
  'scheduler/tick.ts',
  'scheduler/schedule.ts',
  'cluster/ingress/event.ts',
  // Not a message, but the same kind of promise: every process that identifies passes this one gate.
  'cluster/identify.ts',
])

const allowed: Readonly<Record<string, (taken: Import) => boolean>> = {
  runtime: () => false,
  // Statements about ticks speak of ticks; only the words for them, so that nothing of the scheduler runs here.
  sql: ({ to, isType }) => partOf(to) === 'runtime' || (isType && /^scheduler\/(tick|schedule)\.ts$/.test(to)),
  scheduler: ({ to }) => ['sql', 'runtime'].includes(partOf(to)),
  cluster: ({ to }) => ['sql', 'runtime'].includes(partOf(to)),
  shard: ({ to }) => ['sql', 'runtime'].includes(partOf(to)) || contracts.has(to),
}

const isTest = ({ path }: SourceFile): boolean => path.startsWith('test/')

function wrongWays(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const part = partOf(file.path)
    return file.imports
      .filter((taken) => taken.isOurs && partOf(taken.to) !== part && allowed[part]?.(taken) !== true)
      .map(({ to }) => `${file.path} imports ${to}`)
  })
}

describe('imports', () => {
  it('are all found, and told from types', () => {
    const text = [
      "import a, { type B } from './a.ts'",
      "import type { C } from '../c.ts'",
      "import {\n  d,\n  e,\n} from 'package'",
      "import 'effect'",
      "export { f } from './f.ts'",
      "export const text = 'import g from nowhere'",
      "const h = await import('./tree.ts')",
    ].join('\n')
    expect(importsOf({ path: 'shard/x/y.ts', text })).toEqual([
      { to: 'shard/x/a.ts', isOurs: true, isType: false },
      { to: 'shard/c.ts', isOurs: true, isType: true },
      { to: 'package', isOurs: false, isType: false },
      { to: 'effect', isOurs: false, isType: false },
      { to: 'shard/x/f.ts', isOurs: true, isType: false },
      { to: 'shard/x/tree.ts', isOurs: true, isType: false },
    ])
    const paths = new Set(sourceFiles.map(({ path }) => path))
    const ours = sourceFiles.flatMap(({ imports }) => imports.filter(({ isOurs }) => isOurs))
    expect(ours.length).toBeGreaterThan(500)
    expect(ours.map(({ to }) => to).filter((to) => !paths.has(to) && !to.endsWith('.mjs'))).toEqual([])
  })

  it('point from shard, scheduler and cluster to sql, and from there to the ground', () => {
    expect(wrongWays(sourceFiles.filter((file) => !isTest(file)))).toEqual([])
  })

  it('are refused in every other direction', () => {
    const taking = (path: string, text: string) => wrongWays([{ path, text, imports: importsOf({ path, text }) }])
    expect(taking('cluster/runtime/bus.ts', "import { a } from '../http.ts'")).toHaveLength(1)
    expect(taking('sql/client.ts', "import type { TickKind } from '../scheduler/schedule.ts'")).toEqual([])
    expect(taking('sql/client.ts', "import { tickKinds } from '../scheduler/schedule.ts'")).toHaveLength(1)
    expect(taking('scheduler/due.ts', "import type { Feature } from '../shard/features/feature.ts'")).toHaveLength(1)
    expect(taking('cluster/http.ts', "import { tickStream } from '../scheduler/tick.ts'")).toHaveLength(1)
    expect(taking('shard/main.ts', "import { tickStream } from '../scheduler/tick.ts'")).toEqual([])
    expect(taking('shard/main.ts', "import type { Round } from '../scheduler/due.ts'")).toHaveLength(1)
    expect(taking('shard/main.ts', "import { until } from '../test/support/wait.ts'")).toHaveLength(1)
  })

  it('point to tests from tests only', () => {
    const files = sourceFiles.filter((file) => !isTest(file))
    expect(files.filter(({ imports }) => imports.some(({ to }) => to.startsWith('test/')))).toEqual([])
  })

  it('form no circle between files, except by types', () => {
    const graph = new Map(
      sourceFiles.map(({ path, imports }) => [
        path,
        new Set(imports.filter(({ isOurs, isType }) => isOurs && !isType).map(({ to }) => to)),
      ]),
    )
    expect(circlesIn(graph)).toEqual([])
  })
})
