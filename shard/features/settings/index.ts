import { defineFeature } from '../feature.ts'
import { settings as settingsCommand } from './command/settings.ts'
import { setup } from './command/setup.ts'
import { status } from './command/status.ts'
import { tracking } from './command/tracking.ts'
import { onKickSynced, onPlanChanged, onReload, onTracking, onUpdated } from './dashboard.ts'
import { gateway } from './event.ts'
import { payBind, payConnected } from './outbox.ts'

export { allowedText } from './view.ts'

/** How a guild is set up, what its admins decided, and whether everything works. */
export const settings = defineFeature({
  name: 'settings',
  commands: [setup, tracking, status, settingsCommand],
  gateway,
  dashboard: {
    'settings.updated': onUpdated,
    'settings.sync': onReload,
    'settings.reload': onReload,
    'points.settings': onUpdated,
    'kick.synced': onKickSynced,
    'tracking.switched': onTracking,
    'tier.changed': onPlanChanged,
  },
  outbox: { 'settings.connected': payConnected, 'settings.bind': payBind },
})
