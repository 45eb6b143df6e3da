import type { ChildProcess } from 'node:child_process'
import { z } from 'zod'
import { sendToChild } from '../runtime/ipc.ts'
import type { Log } from '../runtime/log.ts'
import { AggregatorRegistry, registry } from '../runtime/metrics.ts'

const metricList = z.array(
  z.looseObject({
    name: z.string(),
    type: z.enum(['counter', 'gauge', 'histogram', 'summary']),
    aggregator: z.string(),
    values: z.array(z.unknown()),
  }),
)
type MetricList = z.output<typeof metricList>

const answerMs = 1_000

/**
 * The figures of all processes of a pod as one. Counters must never go down, or Prometheus takes the drop for a restart from
 * zero and reports the whole remainder as growth: so what a process has counted stays after its end, and the last
 * figures of one that does not answer in time stand in. Its gauges, which say how things are, are left out.
 */
export class ChildMetrics {
  readonly #children: () => readonly ChildProcess[]
  readonly #log: Log
  readonly #last = new Map<ChildProcess, MetricList>()
  readonly #asked = new Map<number, { child: ChildProcess; resolve: (metrics: MetricList | undefined) => void }>()
  #retired: MetricList = []
  #retiring: Promise<void> = Promise.resolve()
  #requests = 0

  constructor(children: () => readonly ChildProcess[], log: Log) {
    this.#children = children
    this.#log = log
  }

  async gather(): Promise<string> {
    const own = metricList.parse(await registry.getMetricsAsJSON())
    const lists = await Promise.all(this.#children().map((child) => this.#ask(child)))
    await this.#retiring
    return aggregate([own, this.#retired, ...lists]).metrics()
  }

  answered(child: ChildProcess, request: number, metrics: readonly unknown[]): void {
    const asked = this.#asked.get(request)
    if (asked?.child !== child) return
    const list = metricList.safeParse(metrics)
    if (list.success) this.#last.set(child, list.data)
    else this.#log.warn({ childPid: child.pid }, 'figures of a shard process cannot be read')
    asked.resolve(list.data)
  }

  /** Keeps what a process has counted up to its last answer. */
  retire(child: ChildProcess): void {
    const last = this.#last.get(child)
    this.#last.delete(child)
    for (const asked of this.#asked.values()) if (asked.child === child) asked.resolve(undefined)
    if (last === undefined) return
    this.#retiring = this.#retiring.then(async () => {
      const sum = await aggregate([this.#retired, accumulating(last)]).getMetricsAsJSON()
      this.#retired = metricList.parse(sum)
    })
  }

  async #ask(child: ChildProcess): Promise<MetricList> {
    const request = this.#requests++
    let timer: NodeJS.Timeout | undefined
    const answer = await new Promise<MetricList | undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), answerMs)
      this.#asked.set(request, { child, resolve })
      sendToChild(child, { belfry: 'measure', request })
    })
    clearTimeout(timer)
    this.#asked.delete(request)
    return answer ?? accumulating(this.#last.get(child) ?? [])
  }
}

const accumulating = (list: MetricList): MetricList =>
  list.filter(({ type }) => type === 'counter' || type === 'histogram')

/** prom-client's types ask for more than its function reads; what it reads was checked above. */
const aggregate = (lists: readonly MetricList[]) => AggregatorRegistry.aggregate([...lists])
