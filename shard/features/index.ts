import type { TickKind } from '../../scheduler/schedule.ts'
import { activity } from './activity/index.ts'
import { alerts } from './alerts/index.ts'
import { balanceFeature } from './balance/index.ts'
import { clipsFeature } from './clips/index.ts'
import { commandsFeature } from './commands/index.ts'
import { exclusionsFeature } from './exclusions/index.ts'
import type { Feature, TickHandler } from './feature.ts'
import { giftsFeature } from './gifts/index.ts'
import { giveawaysFeature } from './giveaways/index.ts'
import { helpFeature } from './help/index.ts'
import { legacy } from './legacy/index.ts'
import { linksFeature } from './links/index.ts'
import { multipliersFeature } from './multipliers/index.ts'
import { pointsFeature } from './points/index.ts'
import { raffleFeature } from './raffle/index.ts'
import { rolesFeature } from './roles/index.ts'
import { seasonsFeature } from './seasons/index.ts'
import { settings } from './settings/index.ts'
import { shop } from './shop/index.ts'
import { slotsFeature } from './slots/index.ts'
import { timers } from './timers/index.ts'
import { transfer } from './transfer/index.ts'
import { trust } from './trust/index.ts'
import { wagersFeature } from './wagers/index.ts'
import { watchtimeFeature } from './watchtime/index.ts'

/** Every feature. Command registration, routing, error replies, timings and log fields all follow from this list. */
export const features: readonly Feature[] = [
  activity,
  watchtimeFeature,
  pointsFeature,
  multipliersFeature,
  rolesFeature,
  linksFeature,
  settings,
  alerts,
  legacy,
  exclusionsFeature,
  commandsFeature,
  timers,
  seasonsFeature,
  slotsFeature,
  giveawaysFeature,
  shop,
  balanceFeature,
  clipsFeature,
  trust,
  transfer,
  helpFeature(() => features),
  raffleFeature,
  giftsFeature,
  wagersFeature,
]

/** The room that handles each kind of tick there is; a kind without a room does not compile. */
export const tickHandlers: Readonly<Record<TickKind, TickHandler>> = {
  watchtime: watchtimeFeature.ticks.watchtime,
  points: pointsFeature.ticks.points,
  roles: rolesFeature.ticks.roles,
  retention: watchtimeFeature.ticks.retention,
  raffle: raffleFeature.ticks.raffle,
}
