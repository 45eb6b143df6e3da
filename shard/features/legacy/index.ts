import { defineFeature } from '../feature.ts'
import { guildsAvailable, rolesChanged } from './event.ts'
import { payTiers, payWarn } from './outbox.ts'

/** What came over from the bot before and only Discord can complete: tiers that are known by the name of their role. */
export const legacy = defineFeature({
  name: 'legacy',
  gateway: { guildsAvailable, rolesChanged },
  outbox: { 'legacy.tiers': payTiers, 'legacy.warn': payWarn },
})
