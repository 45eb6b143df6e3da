import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { discord } from './discord.ts'
import { type Area, frame } from './frame.ts'
import { gateway } from './gateway.ts'
import { kick } from './kick.ts'
import { overview } from './overview.ts'
import { product } from './product.ts'
import { stores } from './stores.ts'
import { ticks } from './ticks.ts'

export const areas: readonly Area[] = [overview, ticks, gateway, discord, kick, stores, product]

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
