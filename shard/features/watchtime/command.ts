import { ApplicationCommandOptionType, type ChatInputCommandInteraction } from 'discord.js'
import { UserError } from '../../../cluster/runtime/errors.ts'
import { type GuildId, userId } from '../../../cluster/runtime/ids.ts'
import type { Db } from '../../../sql/client.ts'
import { readSettingsOf } from '../../../sql/queries/settings.ts'
import { type Board, boardPage, boards, type Standing, standingOf } from '../../../sql/queries/standing.ts'
import { tiersOf } from '../../../sql/queries/tiers.ts'
import type { Button, Command, Reply } from '../feature.ts'
import { linkOf, noLinkView } from '../links/index.ts'
import { boardView, meView, watchtimeView } from './view.ts'

/** What a member has in this guild, by the Kick account linked here; undefined without a link. */
async function standingOfMember(db: Db, guildId: GuildId, memberId: string): Promise<Standing | undefined> {
  const link = await linkOf(db, guildId, userId(memberId))
  if (link === undefined) return undefined
  const { ignored_names: ignored } = await readSettingsOf(db, guildId, ['ignored_names'])
  return standingOf(db, { guildId, username: link.kickName, ignored })
}

/** Minutes, points, ranks and the next role of whoever asks. */
export const me: Command = {
  data: {
    name: 'me',
    description: 'Your watch time, points, rank and next role',
  },
  async run(interaction, guildId, { sql }) {
    const [standing, tiers] = await Promise.all([
      standingOfMember(sql, guildId, interaction.user.id),
      tiersOf(sql, guildId),
    ])
    return standing === undefined ? noLinkView(true) : meView(standing, tiers)
  },
}

export const watchtime: Command = {
  data: {
    name: 'watchtime',
    description: 'How long you or another member have watched',
    options: [
      { type: ApplicationCommandOptionType.User, name: 'member', description: 'Somebody else; you when left out' },
    ],
  },
  async run(interaction, guildId, { sql }) {
    const member = interaction.options.getUser('member') ?? interaction.user
    const isOwn = member.id === interaction.user.id
    const [standing, tiers] = await Promise.all([standingOfMember(sql, guildId, member.id), tiersOf(sql, guildId)])
    return standing === undefined ? noLinkView(isOwn) : watchtimeView(standing, tiers, isOwn)
  },
}

async function showBoard(db: Db, guildId: GuildId, board: Board, page: number): Promise<Reply> {
  const { ignored_names: ignored } = await readSettingsOf(db, guildId, ['ignored_names'])
  return boardView(guildId, await boardPage(db, { guildId, board, page, ignored }))
}

const lastPage = 1_000_000

const boardAsked = (interaction: ChatInputCommandInteraction): Board =>
  boards.find((board) => board === interaction.options.getString('what')) ?? 'watchtime'

export const leaderboard: Command = {
  isPublic: true,
  data: {
    name: 'leaderboard',
    description: 'Who has watched most, or has most points',
    options: [
      {
        type: ApplicationCommandOptionType.String,
        name: 'what',
        description: 'Watch time when left out',
        choices: [
          { name: 'Watch time', value: 'watchtime' },
          { name: 'Points', value: 'points' },
        ],
      },
      {
        type: ApplicationCommandOptionType.Integer,
        name: 'page',
        description: 'The first when left out',
        min_value: 1,
        max_value: lastPage,
      },
    ],
  },
  run: (interaction, guildId, { sql }) =>
    showBoard(sql, guildId, boardAsked(interaction), interaction.options.getInteger('page') ?? 1),
}

/** Turns the page: `watchtime:board:<guild>:<what>:<page>`. A page past the end is the last one. */
export const boardButton: Button = {
  run(_interaction, guildId, [what, number], { sql }) {
    const board = boards.find((known) => known === what)
    const page = /^\d{1,7}$/.test(number ?? '') ? Math.max(1, Number(number)) : undefined
    if (board === undefined || page === undefined) {
      throw new UserError('old_button', 'This button is too old; please use `/leaderboard` again.')
    }
    return showBoard(sql, guildId, board, page)
  },
}
