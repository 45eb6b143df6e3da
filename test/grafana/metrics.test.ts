import { describe, expect, it } from 'vitest'
import { collectProcessMetrics, registry } from '../../cluster/runtime/metrics.ts'
import { queriesIn } from '../../grafana/queries.ts'
import { projectFile } from '../../sql/migrate.ts'
import { sourceFiles } from '../house/tree.ts'

collectProcessMetrics()

const declared = sourceFiles
  .filter(({ path }) => !path.startsWith('test/'))
  .flatMap(({ text }) =>
    [...text.matchAll(/new (?:Counter|Gauge|Histogram)\(\{\s*name: '(\w+)'/g)].map(([, name = '']) => name),
  )
const ofProcess = registry.getMetricsAsArray().map(({ name }) => name)
const exported = [...new Set([...declared, ...ofProcess])].sort()

const asked = queriesIn(projectFile('grafana'))
const named = new Set(
  asked.flatMap(({ expr }) => (expr.match(/\b(?:bot|process|nodejs)_\w+/g) ?? []).map((name) => name)),
)
const recorded = new Set(asked.flatMap(({ where, kind }) => (kind === 'record' ? [where.split(' / ')[1] ?? ''] : [])))

/** Names as they stand in questions: those of a histogram have endings. */
const isAsked = (name: string): boolean => ['', '_bucket', '_sum', '_count'].some((ending) => named.has(name + ending))

describe('every metric on /metrics', () => {
  it('is shown by a panel or watched by a rule: what nobody looks at only costs', () => {
    expect(declared.length).toBeGreaterThan(90)
    expect(ofProcess).toContain('nodejs_eventloop_lag_max_seconds')
    expect(
      exported.filter((name) => !isAsked(name)),
      'add a panel in grafana/, or remove the metric',
    ).toEqual([])
  })
})

describe('what panels and rules ask for', () => {
  it('exists', () => {
    const known = new Set(exported.flatMap((name) => ['', '_bucket', '_sum', '_count'].map((ending) => name + ending)))
    expect([...named].filter((name) => !known.has(name))).toEqual([])
    const series = asked.flatMap(({ expr }) => expr.match(/\bbelfry:\w+:\w+/g) ?? [])
    expect(series.length).toBeGreaterThan(10)
    expect(series.filter((name) => !recorded.has(name))).toEqual([])
  })

  it('is used, where it is recorded', () => {
    const used = new Set(
      asked.filter(({ kind }) => kind !== 'record').flatMap(({ expr }) => expr.match(/\bbelfry:\w+:\w+/g) ?? []),
    )
    const usedByRecords = new Set(
      asked.filter(({ kind }) => kind === 'record').flatMap(({ expr }) => expr.match(/\bbelfry:\w+:\w+/g) ?? []),
    )
    expect([...recorded].filter((name) => !used.has(name) && !usedByRecords.has(name))).toEqual([])
  })

  it('has labels that the metric has', () => {
    const labelsOf = new Map(
      sourceFiles
        .filter(({ path }) => !path.startsWith('test/'))
        .flatMap(({ text }) =>
          [...text.matchAll(/new (?:Counter|Gauge|Histogram)\(\{\s*name: '(\w+)',(.*?)\}\)/gs)].map(
            ([, name = '', body = '']) =>
              [
                name,
                [...(/labelNames: \[([^\]]*)\]/.exec(body)?.[1] ?? '').matchAll(/'(\w+)'/g)].map(
                  ([, label = '']) => label,
                ),
              ] as const,
          ),
        ),
    )
    const target = ['namespace', 'pod', 'job', 'instance', 'le']
    const wrong = asked.flatMap(({ where, expr }) =>
      [...expr.matchAll(/\b(bot_\w+?)(?:_bucket|_sum|_count)?\{([^}]*)\}/g)].flatMap(([, name = '', selector = '']) =>
        [...selector.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)]
          .map(([, label = '']) => label)
          .filter((label) => !target.includes(label) && !(labelsOf.get(name) ?? []).includes(label))
          .map((label) => `${where}: ${name} has no ${label}`),
      ),
    )
    expect(wrong).toEqual([])
  })
})
