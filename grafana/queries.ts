import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { dashboardFiles } from './dashboards.ts'
import { signalsOf } from './signals.ts'

export interface Rule {
  /** In `grafana/rules`. */
  readonly file: string
  readonly group: string
  readonly expr: string
  /** The name of the series that it records, or of the alert. */
  readonly record?: string
  readonly alert?: string
  readonly for?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Omit<Rule, 'file' | 'group'>[] }[]
}

/** What a panel or a rule asks Prometheus, ready to be asked: the choices of a dashboard are all made. */
export interface NamedQuery {
  /** `dashboard / panel`, or `file / rule`. */
  readonly where: string
  readonly expr: string
  /** A signal is what an alert compares: unlike the alert it is there as well while all is well. */
  readonly kind: 'panel' | 'record' | 'alert' | 'signal'
}

/** What a panel asks PostgreSQL. */
export interface NamedStatement {
  readonly where: string
  readonly sql: string
}

/** The rules of all files in `grafana/rules`; `folder` is the folder `grafana` of the sources. */
export const rulesIn = (folder: string): readonly Rule[] =>
  readdirSync(join(folder, 'rules'))
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .flatMap((file) => {
      const { groups } = parse(readFileSync(join(folder, 'rules', file), 'utf8')) as RuleFile
      return groups.flatMap(({ name, rules }) => rules.map((rule) => ({ ...rule, file, group: name })))
    })

const choices: readonly (readonly [RegExp, string])[] = [
  [/\$(namespace|pod)\b/g, '.*'],
  [/\$__rate_interval\b/g, '1m'],
  [/\$__range\b/g, '1h'],
]

const chooseAll = (text: string): string => choices.reduce((done, [name, value]) => done.replace(name, value), text)

interface Target {
  readonly expr?: string
  readonly rawSql?: string
}

const targets = (): readonly (Target & { readonly where: string })[] =>
  dashboardFiles().flatMap(({ file, dashboard }) =>
    (dashboard.panels ?? []).flatMap((panel) => {
      const asked = 'targets' in panel ? ((panel.targets ?? []) as readonly Target[]) : []
      return asked.map((target) => ({ ...target, where: `${file} / ${panel.title ?? ''}` }))
    }),
  )

/** Every question that a panel or a rule asks Prometheus; `folder` is the folder `grafana` of the sources. */
export const queriesIn = (folder: string): readonly NamedQuery[] => [
  ...targets().flatMap(({ where, expr }) =>
    expr === undefined ? [] : [{ where, expr: chooseAll(expr), kind: 'panel' as const }],
  ),
  ...rulesIn(folder).flatMap(({ file, record, alert, expr }): NamedQuery[] => {
    const where = `${file} / ${record ?? alert ?? ''}`
    if (record !== undefined) return [{ where, expr, kind: 'record' }]
    return [
      { where, expr, kind: 'alert' },
      ...signalsOf(expr).map((signal) => ({ where, expr: signal, kind: 'signal' as const })),
    ]
  }),
]

/** Every question that a panel asks PostgreSQL. */
export const statements = (): readonly NamedStatement[] =>
  targets().flatMap(({ where, rawSql }) => (rawSql === undefined ? [] : [{ where, sql: rawSql }]))
