import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { dashboardFiles, textOf } from '../../grafana/dashboards.ts'
import { queriesIn } from '../../grafana/queries.ts'
import { signalsOf } from '../../grafana/signals.ts'
import { projectFile } from '../../sql/migrate.ts'

interface Shown {
  readonly type?: string
  readonly title?: string
  readonly description?: string
  readonly links?: readonly { readonly url?: string }[]
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } }
  readonly targets?: readonly { readonly expr?: string; readonly rawSql?: string; readonly legendFormat?: string }[]
}

const files = dashboardFiles()
const panels = files.flatMap(({ file, dashboard }) =>
  ((dashboard.panels ?? []) as readonly Shown[])
    .filter((panel) => panel.type !== 'row')
    .map((panel) => ({ ...panel, where: `${file} / ${panel.title}` })),
)

describe('the dashboards that are committed', () => {
  it('are what the code makes, and no others', () => {
    const folder = projectFile('grafana/dashboards')
    expect(readdirSync(folder).sort()).toEqual(files.map(({ file }) => file).sort())
    for (const { file, dashboard } of files) {
      expect(readFileSync(`${folder}/${file}`, 'utf8'), `${file}: npm run grafana writes it`).toBe(textOf(dashboard))
    }
  })

  it('have addresses and titles of their own', () => {
    for (const key of ['uid', 'title'] as const) {
      const all = files.map(({ dashboard }) => dashboard[key])
      expect(new Set(all).size).toBe(files.length)
    }
    expect(new Set(panels.map(({ where }) => where)).size).toBe(panels.length)
  })

  it('say of every panel what it shows and what normal looks like, in a unit, with a legend', () => {
    expect(
      panels
        .filter(({ description = '' }) => !/^[A-Z].{20,} Normal: .+\.$/s.test(description))
        .map(({ where }) => where),
    ).toEqual([])
    expect(panels.filter(({ fieldConfig }) => !fieldConfig?.defaults.unit).map(({ where }) => where)).toEqual([])
    const asked = panels.flatMap(({ where, targets = [] }) => targets.map((target) => ({ ...target, where })))
    expect(asked.length).toBeGreaterThanOrEqual(panels.length)
    expect(
      asked.filter(({ expr, legendFormat }) => expr !== undefined && !legendFormat).map(({ where }) => where),
    ).toEqual([])
  })

  it('link to runbooks that exist', () => {
    const runbooks = readdirSync(projectFile('grafana/runbooks'))
    const links = panels.flatMap(({ links = [] }) => links.map(({ url = '' }) => url))
    expect(links.length).toBeGreaterThan(0)
    expect(links.filter((url) => !runbooks.includes(url.replace('$' + '{runbooks}/', '')))).toEqual([])
  })

  it('ask only for pods and deployments that are chosen', () => {
    const open = panels.flatMap(({ where, targets = [] }) =>
      targets.flatMap(({ expr = '' }) =>
        [...expr.matchAll(/\b(?:bot|process|nodejs|belfry|up|ALERTS)[\w:]*(\{[^}]*\})?/g)]
          .filter(([, selector = '']) => !selector.includes('$namespace'))
          .map(([text]) => `${where}: ${text}`),
      ),
    )
    expect(open).toEqual([])
  })
})

describe('the questions of panels and rules', () => {
  it('can be listed with every choice made', () => {
    const all = queriesIn(projectFile('grafana'))
    expect(all.length).toBeGreaterThan(3)
    expect(all.filter(({ expr }) => expr.includes('$'))).toEqual([])
  })

  it.each([
    ['a{x="and 1 > 2"} > 1', ['a{x="and 1 > 2"}']],
    ['sum by (n) (a > 3) < 1', ['sum by (n) (a > 3)']],
    ['(a < 1) or absent(a{b="c"})', ['a', 'a{b="c"}']],
    ['a / b > 1 and on (namespace) (b >= 5)', ['a / b', 'b']],
    ['a > b', ['a', 'b']],
    ['a == bool 0 unless on () c > 1e3', ['a', 'c']],
    ['brand_or_and > 1', ['brand_or_and']],
  ])('know what an alert compares: %s', (expr, signals) => {
    expect(signalsOf(expr).map((signal) => signal.trim())).toEqual(signals)
  })
})
