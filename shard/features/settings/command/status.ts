import { PermissionFlagsBits } from 'discord.js'
import { healthOf } from '../../../../sql/queries/channel.ts'
import { foundSettings, readSettingsOf } from '../../../../sql/queries/settings.ts'
import { tiersOf } from '../../../../sql/queries/tiers.ts'
import type { Command } from '../../feature.ts'
import { described, speakTo } from '../../language.ts'
import { rolePowerNow } from '../../roles/index.ts'
import { statusChecks } from '../rules.ts'
import { checksView } from '../view.ts'

/** What works on this server and what does not, with the cure. Changes nothing. */
export const status: Command = {
  data: {
    name: 'status',
    ...described('settings:command.status'),
    default_member_permissions: String(PermissionFlagsBits.ManageGuild),
  },
  async run(interaction, guildId, tools) {
    const say = speakTo(interaction)
    const [health, tiers, values, power, found] = await Promise.all([
      healthOf(tools.sql, guildId),
      tiersOf(tools.sql, guildId),
      readSettingsOf(tools.sql, guildId, ['points_per_5min', 'watchtime_roles_enabled']),
      rolePowerNow(tools, guildId),
      foundSettings(tools.sql, guildId),
    ])
    const { points_per_5min: rate, watchtime_roles_enabled: areRolesOn } = values
    const policy = found.find(({ key, origin }) => key === 'rejoin_policy' && origin !== 'default')?.value
    const isPolicyDeaf = policy !== undefined && policy !== 'keep' && !tools.hearsMembers
    const facts = { guildId, health, tiers, power, areRolesOn, rate, isPolicyDeaf }
    const checks = statusChecks(say, facts, tools.clock.now())
    return checksView(say, { title: say('settings:status.title'), checks })
  },
}
