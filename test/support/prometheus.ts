import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { onFreePort, ServerChild } from '../../cluster/runtime/embedded/child.ts'
import { onCleanUp } from './cleanup.ts'
import { temporaryFolder } from './folder.ts'
import { installedProgram } from './program.ts'

/** A process that is scraped. */
export interface Target {
  readonly job: 'cluster' | 'scheduler'
  readonly pod: string
  readonly port: number
}

export interface PrometheusOptions {
  readonly targets: readonly Target[]
  /** Paths, or patterns for them; a pattern that nothing fits is no fault. */
  readonly ruleFiles?: readonly string[]
  /** Between two scrapes, and between two looks at the rules. */
  readonly everySeconds: number
}

/** One series and its points, oldest first; the time is in seconds since 1970. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>
  readonly points: readonly (readonly [at: number, value: number])[]
}

export interface Alert {
  readonly name: string
  readonly state: 'pending' | 'firing'
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** When its condition began to hold, in milliseconds. */
  readonly activeAt: number
}

export interface Span {
  /** In milliseconds. */
  readonly from: number
  readonly to: number
  readonly stepSeconds: number
}

/** A real Prometheus on loopback. */
export interface Prometheus {
  readonly url: string
  readonly pid: number
  /** What an expression gives now, or at that time in milliseconds; each series has one point. Throws what Prometheus says of a bad one. */
  query(expression: string, at?: number): Promise<Series[]>
  range(expression: string, span: Span): Promise<Series[]>
  alerts(): Promise<Alert[]>
  /** By pod: whether the last scrape succeeded. */
  targets(): Promise<ReadonlyMap<string, boolean>>
  stop(): Promise<void>
}

/**
 * Starts a Prometheus of our own, which keeps its data in a temporary folder and never outlives us. The set-up step finds or
 * installs it (`--prometheus`).
 */
export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const folder = await temporaryFolder()
  const configFile = join(folder, 'prometheus.json')
  await writeFile(configFile, JSON.stringify(configuration(options))) // every JSON text is YAML
  const { child, port } = await onFreePort(undefined, async (port) => {
    const child = await ServerChild.start({
      command: installedProgram(['prometheus'], '--prometheus'),
      args: [
        `--config.file=${configFile}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--storage.tsdb.retention.time=1d',
        '--log.level=warn',
      ],
      logFile: join(folder, 'prometheus.log'),
      stopSignal: 'SIGTERM',
      removeIfOrphaned: folder,
    })
    await child.ready('Prometheus', 30_000, () =>
      fetch(`http://127.0.0.1:${port}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
    )
    return { child, port }
  })
  onCleanUp(() => child.stop())
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    pid: child.pid,
    async query(expression, at) {
      const time = at === undefined ? {} : { time: String(at / 1000) }
      return seriesOf(await ask(url, 'query', { query: expression, ...time }))
    },
    async range(expression, { from, to, stepSeconds }) {
      const span = { start: String(from / 1000), end: String(to / 1000), step: String(stepSeconds) }
      return seriesOf(await ask(url, 'query_range', { query: expression, ...span }))
    },
    async alerts() {
      const { alerts } = z.object({ alerts: z.array(alertShape) }).parse(await ask(url, 'alerts', {}))
      return alerts.map(({ labels, annotations, state, activeAt }) => ({
        name: labels.alertname ?? '',
        state,
        labels,
        annotations,
        activeAt: Date.parse(activeAt),
      }))
    },
    async targets() {
      const { activeTargets } = targetsShape.parse(await ask(url, 'targets', { state: 'active' }))
      return new Map(activeTargets.map(({ labels, health }) => [labels.pod ?? '', health === 'up']))
    },
    stop: () => child.stop(),
  }
}

const configuration = ({ targets, ruleFiles = [], everySeconds }: PrometheusOptions) => ({
  global: {
    scrape_interval: `${everySeconds}s`,
    scrape_timeout: `${everySeconds}s`,
    evaluation_interval: `${everySeconds}s`,
  },
  rule_files: ruleFiles,
  scrape_configs: [...new Set(targets.map(({ job }) => job))].map((job) => ({
    job_name: job,
    static_configs: targets
      .filter((target) => target.job === job)
      .map(({ pod, port }) => ({ targets: [`127.0.0.1:${port}`], labels: { pod } })),
  })),
})

const answerShape = z.union([
  z.object({ status: z.literal('success'), data: z.unknown() }),
  z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() }),
])
const point = z.tuple([z.number(), z.string()])
const labelSet = z.record(z.string(), z.string())
const resultShape = z.discriminatedUnion('resultType', [
  z.object({ resultType: z.literal('vector'), result: z.array(z.object({ metric: labelSet, value: point })) }),
  z.object({
    resultType: z.literal('matrix'),
    result: z.array(z.object({ metric: labelSet, values: z.array(point) })),
  }),
  z.object({ resultType: z.literal('scalar'), result: point }),
])
const alertShape = z.object({
  labels: labelSet,
  annotations: labelSet,
  state: z.enum(['pending', 'firing']),
  activeAt: z.string(),
})
const targetsShape = z.object({ activeTargets: z.array(z.object({ labels: labelSet, health: z.string() })) })

async function ask(url: string, what: string, parameters: Record<string, string>): Promise<unknown> {
  // expressions of panels are longer than some addresses may be, so they are posted
  const isQuery = what.startsWith('query')
  const given = new URLSearchParams(parameters)
  const response = await fetch(`${url}/api/v1/${what}${isQuery ? '' : `?${given}`}`, {
    ...(isQuery && { method: 'POST', body: given }),
    signal: AbortSignal.timeout(20_000),
  })
  const answer = answerShape.parse(await response.json())
  if (answer.status === 'error') throw new Error(`${answer.error} (${parameters.query ?? what})`)
  return answer.data
}

function seriesOf(data: unknown): Series[] {
  const read = resultShape.parse(data)
  if (read.resultType === 'scalar') return [{ labels: {}, points: [numeric(read.result)] }]
  if (read.resultType === 'vector')
    return read.result.map(({ metric, value }) => ({ labels: metric, points: [numeric(value)] }))
  return read.result.map(({ metric, values }) => ({ labels: metric, points: values.map(numeric) }))
}

const numeric = ([at, value]: readonly [number, string]): readonly [number, number] => [
  at,
  Number(value.replace('Inf', 'Infinity')),
]
