import { defineFeature } from '../feature.ts'
import { alert, testButton } from './command.ts'
import { onLiveTest } from './dashboard.ts'
import { onLivestream } from './event.ts'
import { onRefresh } from './job.ts'
import { payEdit, payPost, payRefresh, payTest } from './outbox.ts'

/** Tells a server when its stream is live: one post for each stream. */
export const alerts = defineFeature({
  name: 'alerts',
  commands: [alert],
  buttons: { test: testButton },
  events: { livestream: onLivestream },
  jobs: { 'alerts.refresh': onRefresh },
  outbox: { 'alerts.post': payPost, 'alerts.edit': payEdit, 'alerts.refresh': payRefresh, 'alerts.test': payTest },
  dashboard: { 'live.test': onLiveTest },
})
