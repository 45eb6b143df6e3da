import { readSettingsOf } from '../../../sql/queries/settings.ts'
import { tiersOf } from '../../../sql/queries/tiers.ts'
import type { Earning } from '../feature.ts'
import { earningLines } from './view.ts'

/** Roles, and after how much time each is given; nothing where there are none. */
export const howToEarn: Earning = async (guildId, say, { sql }) => {
  const [tiers, { watchtime_roles_enabled: areOn }] = await Promise.all([
    tiersOf(sql, guildId),
    readSettingsOf(sql, guildId, ['watchtime_roles_enabled']),
  ])
  return areOn ? earningLines(say, tiers) : []
}
