import { ApplicationCommandOptionType } from 'discord.js'
import { userId } from '../../../../cluster/runtime/ids.ts'
import { readSettingsOf } from '../../../../sql/queries/settings.ts'
import { standingOf } from '../../../../sql/queries/standing.ts'
import type { Command } from '../../feature.ts'
import { described, speakTo } from '../../language.ts'
import { linkOf, noLinkView } from '../../links/index.ts'
import { multipliers } from '../../multipliers/index.ts'
import { pointsView } from '../view.ts'

export const points: Command = {
  data: {
    name: 'points',
    ...described('points:command.points'),
    options: [
      { type: ApplicationCommandOptionType.User, name: 'member', ...described('points:command.points.member') },
    ],
  },
  async run(interaction, guildId, { sql }) {
    const member = interaction.options.getUser('member') ?? interaction.user
    const link = await linkOf(sql, guildId, userId(member.id))
    if (link === undefined) return noLinkView(speakTo(interaction), member.id === interaction.user.id)
    const [standing, { points_per_5min: rate }, factors] = await Promise.all([
      standingOf(sql, { guildId, username: link.kickName }),
      readSettingsOf(sql, guildId, ['points_per_5min']),
      multipliers.of(sql, { guildId, username: link.kickName }),
    ])
    const say = speakTo(interaction)
    return pointsView(say, standing, rate, multipliers.line(say, factors))
  },
}
