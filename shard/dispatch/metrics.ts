import { kickStream } from '../../cluster/ingress/event.ts'
import { Counter, registry } from '../../cluster/runtime/metrics.ts'
import { tickStream } from '../../scheduler/tick.ts'

export const misrouted = new Counter({
  name: 'bot_misrouted_total',
  help: 'Messages and commands for guilds of another owner.',
  labelNames: ['kind'],
  registers: [registry],
})

export const unreadable = new Counter({
  name: 'bot_bus_unreadable_total',
  help: 'Messages that could not be read and were terminated.',
  labelNames: ['stream'],
  registers: [registry],
})

for (const { name } of [kickStream, tickStream]) unreadable.inc({ stream: name }, 0)

export const handledEvents = new Counter({
  name: 'bot_events_handled_total',
  help: 'Events from Kick that rooms have handled, by the way they came.',
  labelNames: ['type', 'source'],
  registers: [registry],
})
