import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { type Area, frame } from './frame.ts'
import { ticks } from './ticks.ts'

export const areas: readonly Area[] = [ticks]

export interface DashboardFile {
  /** In `grafana/dashboards`. */
  readonly file: string
  readonly dashboard: Dashboard
}

/** Every dashboard there is, made anew. */
export const dashboardFiles = (): readonly DashboardFile[] =>
  areas.map((area) => ({ file: `${area.name}.json`, dashboard: frame(area) }))

/** As it is committed and as Grafana reads it. */
export const textOf = (dashboard: Dashboard): string => `${JSON.stringify(dashboard, null, 2)}\n`
