import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { build } from './build.ts'

export {
  AggregatorRegistry,
  Counter,
  Gauge,
  Histogram,
  Registry,
} from 'prom-client'

/**
 * The one registry of a process. A metric is declared in the file that measures it, with `registers: [registry]`, and is
 * named `bot_<subject>_<what>_<unit>`; labels are few and never a guild or a user.
 */
export const registry = new Registry()

/** Of the figures that prom-client knows of a process, those that a dashboard shows; one that nobody looks at only costs. */
const shownOfProcess: ReadonlySet<string> = new Set([
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
  'process_open_fds',
  'process_max_fds',
  'nodejs_eventloop_lag_seconds', // measures the other one as well
  'nodejs_eventloop_lag_max_seconds',
  'nodejs_heap_size_used_bytes',
  'nodejs_gc_duration_seconds',
])

/** Adds the process's own figures: memory, event loop lag, garbage collection, and which build it is. */
export function collectProcessMetrics(): void {
  const ours = new Set(registry.getMetricsAsArray().map(({ name }) => name))
  collectDefaultMetrics({ register: registry })
  for (const { name } of registry.getMetricsAsArray())
    if (!ours.has(name) && !shownOfProcess.has(name)) registry.removeSingleMetric(name)
  new Gauge({
    name: 'bot_build_info',
    help: 'Always 1; its labels say which build runs.',
    labelNames: ['version', 'commit'],
    aggregator: 'max', // the processes of a pod are of one build
    registers: [registry],
  }).set({ ...build }, 1)
}

/** Buckets for work that takes milliseconds to seconds. */
export const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
/** Buckets for lag, which is seconds to an hour. */
export const lagBuckets = [0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 45, 60, 90, 120, 300, 900, 3600]
