import { book } from '../../../sql/queries/ledger.ts'
import { blockMinutes } from '../../../sql/queries/points.ts'
import { defineFeature } from '../feature.ts'
import { pointsChat } from './chat.ts'
import { pointsAdmin } from './command/admin.ts'
import { watchtimeAdmin } from './command/minutes.ts'
import { points as command } from './command/points.ts'
import { onPointsAdjusted, onWatchtimeAdjusted } from './dashboard.ts'
import { howToEarn } from './earning.ts'
import { onDecay } from './job.ts'
import { awardForMinutes, onTick } from './tick.ts'

/** Points for watched minutes, who has how many, and what admins do about them. */
export const pointsFeature = defineFeature({
  name: 'points',
  earning: howToEarn,
  commands: [command, pointsAdmin, watchtimeAdmin],
  chat: { points: pointsChat },
  ticks: { points: onTick },
  dashboard: { 'points.adjusted': onPointsAdjusted, 'watchtime.adjusted': onWatchtimeAdjusted },
  jobs: { 'points.decay': onDecay },
})

/** What other rooms may call; `book` is the only way to change a balance. */
export const points = { blockMinutes, awardForMinutes, book }
