import { Counter, registry } from '../../cluster/runtime/metrics.ts'

/** Work for guilds that this process does not own; a few while shards move, many when routing is wrong. */
export const misrouted = new Counter({
  name: 'bot_misrouted_total',
  help: 'Work that reached a process which does not own its guild, by kind.',
  labelNames: ['kind'],
  registers: [registry],
})
