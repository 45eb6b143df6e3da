import { defineFeature } from '../feature.ts'
import { timer, toggleButton } from './command.ts'
import { onChanged } from './dashboard.ts'
import { onChat } from './event.ts'
import { onDue } from './job.ts'
import { paySay } from './outbox.ts'

/** Messages that a server says in its stream chat now and then. */
export const timers = defineFeature({
  name: 'timers',
  commands: [timer],
  buttons: { toggle: toggleButton },
  events: { chat: onChat },
  jobs: { 'timers.due': onDue },
  outbox: { 'timers.say': paySay },
  dashboard: {
    'timers.changed': onChanged,
    'timers.create': onChanged,
    'timers.update': onChanged,
    'timers.delete': onChanged,
    'timers.toggle': onChanged,
  },
})
