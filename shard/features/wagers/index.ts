import { defineFeature } from '../feature.ts'
import { wager } from './command/wager.ts'
import { wagers as admin, approveButton, denyButton } from './command/wagers.ts'
import { onAnswer } from './event.ts'
import { expireJob, onExpire } from './job.ts'
import { payAsk, payTell } from './outbox.ts'
import { claimSeconds, sourcePurpose } from './rules.ts'

/** What people wager on affiliate platforms who came by a streamer's campaign, whose account is whose, and the raffle tickets for it. */
export const wagersFeature = defineFeature({
  name: 'wagers',
  commands: [wager, admin],
  buttons: { approve: approveButton, deny: denyButton },
  jobs: { [expireJob]: onExpire },
  outbox: { 'wagers.ask': payAsk, 'wagers.tell': payTell },
})

/** What the dispatch calls that asks the platforms. */
export const wagers = { claimSeconds, purposeOf: sourcePurpose, onAnswer }
