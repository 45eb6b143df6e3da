import { Counter, registry } from '../runtime/metrics.ts'

/** Every message from outside is counted once, with what became of it. */
export const ingressEvents = new Counter({
  name: 'bot_ingress_events_total',
  help: 'Messages from outside, by source, type and what became of them.',
  labelNames: ['source', 'type', 'outcome'],
  registers: [registry],
})

export interface IngressCount {
  readonly source: string
  readonly type: string
  readonly outcome: string
  readonly count: number
}

/** What this process counted since it started. */
export async function ingressCounts(): Promise<readonly IngressCount[]> {
  const { values } = await ingressEvents.get()
  return values
    .filter(({ value }) => value > 0)
    .map(({ labels, value }) => ({
      source: String(labels.source),
      type: String(labels.type),
      outcome: String(labels.outcome),
      count: value,
    }))
    .sort((a, b) => b.count - a.count)
}
