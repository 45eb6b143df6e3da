import { Counter, registry } from '../../cluster/runtime/metrics.ts'

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

export const handledEvents = new Counter({
  name: 'bot_events_handled_total',
  help: 'Events from Kick that rooms have handled, by the way they came.',
  labelNames: ['type', 'source'],
  registers: [registry],
})
