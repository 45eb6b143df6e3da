import { ApplicationCommandOptionType, PermissionFlagsBits } from 'discord.js'
import { giftTotals, latestGifts, openSince } from '../../../sql/queries/gifts.ts'
import type { Command } from '../feature.ts'
import { described, speakTo } from '../language.ts'
import { completeViewer, viewerOf, viewerOptions } from '../viewer.ts'
import { giftsView } from './view.ts'

const listed = 20

/** What was bought on Kick, and what it brought. */
export const gifts: Command = {
  data: {
    name: 'gifts',
    ...described('gifts:command.gifts'),
    default_member_permissions: String(PermissionFlagsBits.ManageGuild),
    options: [
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'list',
        ...described('gifts:command.list'),
        options: [...viewerOptions],
      },
    ],
  },
  async run(interaction, guildId, { sql }) {
    const say = speakTo(interaction)
    const { options } = interaction
    const isOfOne = options.getString('name') !== null || options.getUser('member') !== null
    const username = isOfOne ? await viewerOf(say, interaction, guildId, sql) : null
    const since = await openSince(sql, guildId)
    const [found, totals] = await Promise.all([
      latestGifts(sql, { guildId, username, limit: listed }),
      since === undefined ? undefined : giftTotals(sql, { guildId, username, since }),
    ])
    return giftsView(say, { gifts: found, totals, whose: username ?? undefined })
  },
  complete: (interaction, guildId, { sql }) => completeViewer(interaction, guildId, sql),
}
