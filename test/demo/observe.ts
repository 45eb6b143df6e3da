import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { projectFile } from '../../sql/migrate.ts'
import { type Prometheus, startPrometheus } from '../support/prometheus.ts'
import type { Stage } from './stage.ts'

/** What Prometheus saw, when people stopped writing. */
export interface Observed {
  readonly targets: number
  /** Of these, the ones whose last scrape succeeded. */
  readonly up: number
  readonly series: number
  /** Names of alerts, each once. */
  readonly firing: readonly string[]
}

const everySeconds = 5
/** What the demo loads is what production loads. */
const ruleFiles = projectFile('grafana', 'rules', '*.y*ml')

/** Finds or installs Prometheus; only who wants to observe needs it. Throws when it is not to be had; why, it has said then. */
export function setUpPrometheus(): void {
  const step = projectFile('cluster', 'runtime', 'setup.mjs')
  const { status } = spawnSync(process.execPath, [step, '--no-install', '--no-nats', '--no-build', '--prometheus'], {
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) throw new Error('Prometheus is needed to observe the demo')
}

/** Lets a Prometheus scrape every process of a stage whose programs run, by the rules of production. */
export const observe = (stage: Stage): Promise<Prometheus> =>
  observeWith(stage, { ruleFiles: [ruleFiles], everySeconds })

/** The same, with other rules or at another pace. */
export const observeWith = (
  { managers, schedulers }: Stage,
  options: { readonly ruleFiles: readonly string[]; readonly everySeconds: number },
): Promise<Prometheus> =>
  startPrometheus({
    targets: [
      ...managers.map(({ name, port }) => ({ job: 'cluster' as const, pod: name, port })),
      ...schedulers.map(({ name, port }) => ({ job: 'scheduler' as const, pod: name, port })),
    ],
    ...options,
  })

/** Addresses and files at which there is something to see. */
export function whereToLook({ url }: Prometheus): string[] {
  const gameDays = projectFile('grafana', 'gamedays', 'README.md')
  return [
    `Prometheus: ${url}/graph`,
    `alerts:     ${url}/alerts`,
    `targets:    ${url}/targets`,
    ...(existsSync(gameDays) ? [`pictures of game days: ${gameDays}`] : []),
  ]
}

export async function lookThrough(prometheus: Prometheus): Promise<Observed> {
  const [targets, series, alerts] = await Promise.all([
    prometheus.targets(),
    prometheus.query('count({job=~".+"})'),
    prometheus.alerts(),
  ])
  const firing = alerts.filter(({ state }) => state === 'firing').map(({ name }) => name)
  return {
    targets: targets.size,
    up: [...targets.values()].filter(Boolean).length,
    series: series[0]?.points[0]?.[1] ?? 0,
    firing: [...new Set(firing)].sort(),
  }
}
