import { holdSeasonPoints, seasonJob } from '../../../sql/queries/season.ts'
import { defineFeature } from '../feature.ts'
import { boardButton, endButton, keepButton, season } from './command.ts'
import { onEnd } from './job.ts'
import { payResult } from './outbox.ts'

/** Times with a name, whose boards are kept when they are over. */
export const seasonsFeature = defineFeature({
  name: 'seasons',
  commands: [season],
  buttons: { board: boardButton, end: endButton, keep: keepButton },
  jobs: { [seasonJob]: onEnd },
  outbox: { 'seasons.result': payResult },
})

/** What other rooms may call: keeps what viewers earned in a season apart from a change of all they ever earned. */
export const seasons = { holdPoints: holdSeasonPoints }
