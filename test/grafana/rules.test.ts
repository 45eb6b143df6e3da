import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { dashboardFiles } from '../../grafana/dashboards.ts'
import { kubernetesFiles } from '../../grafana/kubernetes.ts'
import { rulesIn } from '../../grafana/queries.ts'
import { projectFile } from '../../sql/migrate.ts'

interface CaseFile {
  readonly tests: readonly {
    readonly promql_expr_test?: readonly { readonly expr: string; readonly exp_samples: readonly unknown[] }[]
  }[]
}

const yamlIn = (folder: string): string[] =>
  readdirSync(projectFile(folder)).map((file) => projectFile(`${folder}/${file}`))

const promtool = (...args: string[]) => {
  const { status, stdout, stderr, error } = spawnSync('promtool', args, { encoding: 'utf8' })
  if (error) throw error
  return { status, said: `${stdout}${stderr}` }
}

const rules = rulesIn(projectFile('grafana'))
const alerts = rules.flatMap((rule) => (rule.alert === undefined ? [] : [{ ...rule, alert: rule.alert }]))

describe('the rules', () => {
  it('are read by Prometheus', () => {
    const { status, said } = promtool('check', 'rules', ...yamlIn('grafana/rules'))
    expect(status, said).toBe(0)
    expect(said).not.toContain('FAILED')
  })

  it('do in every case what is expected of them', () => {
    const { status, said } = promtool('test', 'rules', ...yamlIn('test/grafana/rules'))
    expect(status, said).toBe(0)
  }, 240_000)

  it('have for every alert a case in which it fires and one in which it stays silent', () => {
    const cases = yamlIn('test/grafana/rules').flatMap((file) => (parse(readFileSync(file, 'utf8')) as CaseFile).tests)
    const asked = cases.flatMap(({ promql_expr_test: tests = [] }) => tests)
    const of = (alert: string, fires: boolean) =>
      asked.filter(
        ({ expr, exp_samples: samples }) =>
          expr === `count by (namespace) (ALERTS{alertname="${alert}",alertstate="firing"})` &&
          samples.length > 0 === fires,
      )
    expect(alerts.length).toBeGreaterThan(0)
    expect(
      alerts.filter(({ alert }) => of(alert, true).length === 0).map(({ alert }) => alert),
      'fires',
    ).toEqual([])
    expect(
      alerts.filter(({ alert }) => of(alert, false).length === 0).map(({ alert }) => alert),
      'is silent',
    ).toEqual([])
  })
})

describe('what Kubernetes is given', () => {
  it('is what the code makes of rules and dashboards', () => {
    const files = kubernetesFiles(projectFile('grafana'))
    expect(files).toHaveLength(2)
    for (const { file, text } of files)
      expect(readFileSync(projectFile('grafana', file), 'utf8'), `${file}: npm run grafana writes it`).toBe(text)
  })
})

describe('an alert', () => {
  const uids = dashboardFiles().map(({ dashboard }) => dashboard.uid)

  it.each(alerts.map((rule) => [rule.alert, rule] as const))('wakes or waits, and says what to read: %s', (_, rule) => {
    expect(rule.labels).toEqual({ severity: expect.stringMatching(/^(page|ticket)$/) })
    const { summary, description, runbook_url: runbook, dashboard, ...others } = rule.annotations ?? {}
    expect(others).toEqual({})
    expect(summary).toMatch(/^[A-Z].+\.$/)
    expect(description).toMatch(/^(\{\{|[A-Z0-9]).+\.$/)
    expect(description).not.toBe(summary)
    expect(runbook).toBe(`grafana/runbooks/${kebab(rule.alert)}.md`)
    expect(uids).toContain(dashboard)
    expect(rule.for, 'one bad sample wakes nobody').toMatch(/^\d+[smhd]$/)
  })

  it('is of the only one of its name', () => {
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length)
  })

  it.each(rules.map((rule) => [rule.alert ?? rule.record ?? '', rule] as const))(
    'and a recorded series keep deployments apart: %s',
    (_, { expr }) => {
      const sums = expr.match(/\b(sum|min|max|avg|count|quantile|topk)\b\s*(?=[(b])/g) ?? []
      expect(expr.match(/\bby \((?:[a-z]+, )*namespace(?:, [a-z]+)*\)/g) ?? []).toHaveLength(sums.length)
    },
  )
})

const kebab = (name: string): string => name.replace(/(?!^)[A-Z]/g, '-$&').toLowerCase()
