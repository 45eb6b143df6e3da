import { defineFeature } from '../feature.ts'
import { roles as command } from './command.ts'
import { onTiersChanged } from './dashboard.ts'
import { howToEarn } from './earning.ts'
import { rolesChanged } from './event.ts'
import { payAnnounce, payChange, payTell, payWarn } from './outbox.ts'
import { onTick, reachTiers, syncMembers } from './tick.ts'

export { type Hindrance, hindranceOf, type RolePower, rolePowerNow } from './power.ts'
export { hindranceLines, hindranceText } from './view.ts'

/** Discord roles for watch time. */
export const rolesFeature = defineFeature({
  name: 'roles',
  earning: howToEarn,
  commands: [command],
  ticks: { roles: onTick },
  gateway: { rolesChanged },
  dashboard: { 'tiers.changed': onTiersChanged },
  outbox: { 'roles.change': payChange, 'roles.tell': payTell, 'roles.warn': payWarn, 'roles.announce': payAnnounce },
})

/** What other rooms may call. */
export const roles = { syncMembers, reachTiers }
