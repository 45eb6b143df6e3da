import { ApplicationCommandOptionType } from 'discord.js'
import { userId } from '../../../cluster/runtime/ids.ts'
import { readSettingsOf } from '../../../sql/queries/settings.ts'
import { standingOf } from '../../../sql/queries/standing.ts'
import type { Command } from '../feature.ts'
import { linkOf, noLinkView } from '../links/index.ts'
import { pointsView } from './view.ts'

export const points: Command = {
  data: {
    name: 'points',
    description: 'How many points you or another member have',
    options: [
      { type: ApplicationCommandOptionType.User, name: 'member', description: 'Somebody else; you when left out' },
    ],
  },
  async run(interaction, guildId, { sql }) {
    const member = interaction.options.getUser('member') ?? interaction.user
    const link = await linkOf(sql, guildId, userId(member.id))
    if (link === undefined) return noLinkView(member.id === interaction.user.id)
    const { ignored_names: ignored, points_per_5min: rate } = await readSettingsOf(sql, guildId, [
      'ignored_names',
      'points_per_5min',
    ])
    return pointsView(await standingOf(sql, { guildId, username: link.kickName, ignored }), rate)
  },
}
