import { awardTickets } from '../../../sql/queries/tickets.ts'
import { defineFeature } from '../feature.ts'

/** Raffles: periods in which viewers gather tickets, and who has how many. */
export const raffleFeature = defineFeature({ name: 'raffle' })

/** What other rooms may call; `award` is the only way to give tickets for what happened elsewhere. */
export const raffle = { award: awardTickets }
