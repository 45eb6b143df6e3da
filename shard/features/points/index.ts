import { blockMinutes } from '../../../sql/queries/points.ts'
import { defineFeature } from '../feature.ts'
import { pointsChat } from './chat.ts'
import { points as command } from './command.ts'
import { awardForMinutes, onTick } from './tick.ts'

/** Points for watched minutes, and who has how many. */
export const pointsFeature = defineFeature({
  name: 'points',
  commands: [command],
  chat: { points: pointsChat },
  ticks: { points: onTick },
})

/** What other rooms may call. */
export const points = { blockMinutes, awardForMinutes }
