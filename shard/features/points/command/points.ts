import { ApplicationCommandOptionType } from 'discord.js'
import { userId } from '../../../../cluster/runtime/ids.ts'
import { readSettingsOf } from '../../../../sql/queries/settings.ts'
import { standingOf } from '../../../../sql/queries/standing.ts'
import type { Command } from '../../feature.ts'
import { described, speakTo } from '../../language.ts'
import { linkOf, noLinkView } from '../../links/index.ts'
import { multipliers } from '../../multipliers/index.ts'
import { completeManagedName, managedName, managedNameOption } from '../../viewer.ts'
import { pointsView } from '../view.ts'

export const points: Command = {
  data: {
    name: 'points',
    ...described('points:command.points'),
    options: [
      { type: ApplicationCommandOptionType.User, name: 'member', ...described('points:command.points.member') },
      managedNameOption,
    ],
  },
  async run(interaction, guildId, { sql }) {
    const say = speakTo(interaction)
    const member = interaction.options.getUser('member') ?? interaction.user
    const username = managedName(say, interaction) ?? (await linkOf(sql, guildId, userId(member.id)))?.kickName
    if (username === undefined) return noLinkView(say, member.id === interaction.user.id)
    const [standing, { points_per_5min: rate }, factors] = await Promise.all([
      standingOf(sql, { guildId, username }),
      readSettingsOf(sql, guildId, ['points_per_5min']),
      multipliers.of(sql, { guildId, username }),
    ])
    return pointsView(say, standing, rate, multipliers.line(say, factors))
  },
  complete: (interaction, guildId, { sql }) => completeManagedName(interaction, guildId, sql),
}
