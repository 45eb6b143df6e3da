import { defineFeature } from '../feature.ts'
import { rankChat, watchtimeChat } from './chat.ts'
import { boardButton, leaderboard, me, watchtime } from './command.ts'
import { howToEarn } from './earning.ts'
import { onRetention, onTick } from './tick.ts'

export { settleNow } from './tick.ts'
export { boardCard, boardLines, streakLines, tierLines } from './view.ts'

/** Minutes that viewers spent in live streams, and who has how many. */
export const watchtimeFeature = defineFeature({
  name: 'watchtime',
  earning: howToEarn,
  commands: [me, watchtime, leaderboard],
  buttons: { board: boardButton },
  chat: { watchtime: watchtimeChat, rank: rankChat },
  ticks: { watchtime: onTick, retention: onRetention },
})
