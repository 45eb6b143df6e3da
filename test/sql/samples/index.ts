import { ofChat } from './chat.ts'
import { ofCluster } from './cluster.ts'
import { ofGames } from './games.ts'
import { ofGiveaways } from './giveaways.ts'
import { ofPeople } from './people.ts'
import { ofPoints } from './points.ts'
import { ofRaffles } from './raffles.ts'
import type { Sample } from './sample.ts'
import { ofShop } from './shop.ts'
import { ofWagers } from './wagers.ts'
import { ofWatching } from './watching.ts'

export type { Sample } from './sample.ts'

/** How to call every query that there is, by file and name; see `Sample`. */
export const samples: Readonly<Record<string, Sample>> = {
  ...ofCluster,
  ...ofWatching,
  ...ofPoints,
  ...ofPeople,
  ...ofChat,
  ...ofRaffles,
  ...ofWagers,
  ...ofGames,
  ...ofGiveaways,
  ...ofShop,
}
