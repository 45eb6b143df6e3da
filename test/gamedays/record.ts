import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { projectFile } from '../../sql/migrate.ts'
import type { Prometheus, Series } from '../support/prometheus.ts'
import type { Account } from './play.ts'

/** A panel as Grafana is given it, as far as it is drawn here. */
export interface Panel {
  /** `dashboard / title`. */
  readonly name: string
  readonly unit: string
  readonly isStacked: boolean
  readonly targets: readonly { readonly expr: string; readonly legend: string }[]
}

/** A panel with what Prometheus gave for it over a day. */
export interface DrawnPanel extends Panel {
  readonly lines: readonly { readonly name: string; readonly points: Series['points'] }[]
}

/** What was measured on a day: enough to draw all panels again. */
export interface Recording {
  readonly account: Account
  readonly panels: readonly DrawnPanel[]
}

export const stepSeconds = 5
/** Four scrapes, as Grafana works it out. */
const rateInterval = '20s'

const panelShape = z.looseObject({
  title: z.string().default(''),
  fieldConfig: z
    .looseObject({
      defaults: z.looseObject({
        unit: z.string().default('short'),
        custom: z.looseObject({ stacking: z.looseObject({ mode: z.string().default('none') }).optional() }).optional(),
      }),
    })
    .optional(),
  targets: z.array(z.looseObject({ expr: z.string().optional(), legendFormat: z.string().default('') })).default([]),
})
const dashboardShape = z.looseObject({ panels: z.array(panelShape) })

/** Every panel of the dashboards that asks Prometheus something, with all choices made. */
export function readPanels(dashboards: readonly string[]): Panel[] {
  return dashboards.flatMap((dashboard) => {
    const text = readFileSync(projectFile('grafana', 'dashboards', `${dashboard}.json`), 'utf8')
    return dashboardShape.parse(JSON.parse(text)).panels.flatMap(({ title, fieldConfig, targets }) => {
      const asked = targets.flatMap(({ expr, legendFormat }) =>
        expr === undefined ? [] : [{ expr: choose(expr), legend: legendFormat }],
      )
      if (asked.length === 0) return []
      return [
        {
          name: `${dashboard} / ${title}`,
          unit: fieldConfig?.defaults.unit ?? 'short',
          isStacked: (fieldConfig?.defaults.custom?.stacking?.mode ?? 'none') !== 'none',
          targets: asked,
        },
      ]
    })
  })
}

const choose = (expr: string): string =>
  expr
    .replace(/\$__rate_interval\b/g, rateInterval)
    .replace(/\$__range\b/g, '1h')
    .replace(/\$\w+/g, '.*')

/** Asks Prometheus for everything that the panels show of a day. */
export async function record(account: Account, prometheus: Prometheus, panels: readonly Panel[]): Promise<Recording> {
  const span = { from: account.from, to: account.to, stepSeconds }
  const drawn: DrawnPanel[] = []
  for (const panel of panels) {
    const lines: DrawnPanel['lines'][number][] = []
    for (const { expr, legend } of panel.targets) {
      for (const { labels, points } of await prometheus.range(expr, span))
        lines.push({ name: legend.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => labels[label] ?? ''), points })
    }
    drawn.push({ ...panel, lines })
  }
  return { account, panels: drawn }
}

const fileOf = (name: string): string => projectFile('.data', 'gamedays', `${name}.json`)

/** Kept beside the checkout, so that pictures can be drawn again without the hours. */
export function keep(recording: Recording): void {
  mkdirSync(projectFile('.data', 'gamedays'), { recursive: true })
  writeFileSync(fileOf(recording.account.name), JSON.stringify(recording))
}

export const recall = (name: string): Recording => JSON.parse(readFileSync(fileOf(name), 'utf8')) as Recording
