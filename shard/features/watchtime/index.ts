import { defineFeature } from '../feature.ts'
import { onTick } from './tick.ts'

/** Minutes that viewers spent in live streams. */
export const watchtimeFeature = defineFeature({
  name: 'watchtime',
  ticks: { watchtime: onTick },
})
