import { ApplicationCommandOptionType, type ChatInputCommandInteraction } from 'discord.js'
import { UserError } from '../../../cluster/runtime/errors.ts'
import { type GuildId, userId } from '../../../cluster/runtime/ids.ts'
import type { Db } from '../../../sql/client.ts'
import { type Board, boardPage, boards, type Standing, standingOf } from '../../../sql/queries/standing.ts'
import { tiersOf } from '../../../sql/queries/tiers.ts'
import type { Button, Command, Reply } from '../feature.ts'
import { described, named, type Say, speakTo } from '../language.ts'
import { linkOf, noLinkView } from '../links/index.ts'
import { boardView, meView, watchtimeView } from './view.ts'

/** What a member has in this guild, by the Kick account linked here; undefined without a link. */
async function standingOfMember(db: Db, guildId: GuildId, memberId: string): Promise<Standing | undefined> {
  const link = await linkOf(db, guildId, userId(memberId))
  if (link === undefined) return undefined
  return standingOf(db, { guildId, username: link.kickName })
}

/** Minutes, points, ranks and the next role of whoever asks. */
export const me: Command = {
  data: {
    name: 'me',
    ...described('watchtime:command.me'),
  },
  async run(interaction, guildId, { sql }) {
    const [standing, tiers] = await Promise.all([
      standingOfMember(sql, guildId, interaction.user.id),
      tiersOf(sql, guildId),
    ])
    return standing === undefined
      ? noLinkView(speakTo(interaction), true)
      : meView(speakTo(interaction), standing, tiers)
  },
}

export const watchtime: Command = {
  data: {
    name: 'watchtime',
    ...described('watchtime:command.watchtime'),
    options: [
      { type: ApplicationCommandOptionType.User, name: 'member', ...described('watchtime:command.watchtime.member') },
    ],
  },
  async run(interaction, guildId, { sql }) {
    const member = interaction.options.getUser('member') ?? interaction.user
    const isOwn = member.id === interaction.user.id
    const [standing, tiers] = await Promise.all([standingOfMember(sql, guildId, member.id), tiersOf(sql, guildId)])
    return standing === undefined
      ? noLinkView(speakTo(interaction), isOwn)
      : watchtimeView(speakTo(interaction), standing, tiers, isOwn)
  },
}

async function showBoard(say: Say, db: Db, guildId: GuildId, board: Board, page: number): Promise<Reply> {
  return boardView(say, guildId, await boardPage(db, { guildId, board, page }))
}

const lastPage = 1_000_000

const boardAsked = (interaction: ChatInputCommandInteraction): Board =>
  boards.find((board) => board === interaction.options.getString('what')) ?? 'watchtime'

export const leaderboard: Command = {
  isPublic: true,
  data: {
    name: 'leaderboard',
    ...described('watchtime:command.leaderboard'),
    options: [
      {
        type: ApplicationCommandOptionType.String,
        name: 'what',
        ...described('watchtime:command.leaderboard.what'),
        choices: [
          { ...named('watchtime:choice.watchtime'), value: 'watchtime' },
          { ...named('watchtime:choice.points'), value: 'points' },
        ],
      },
      {
        type: ApplicationCommandOptionType.Integer,
        name: 'page',
        ...described('watchtime:command.leaderboard.page'),
        min_value: 1,
        max_value: lastPage,
      },
    ],
  },
  run: (interaction, guildId, { sql }) =>
    showBoard(speakTo(interaction), sql, guildId, boardAsked(interaction), interaction.options.getInteger('page') ?? 1),
}

/** Turns the page: `watchtime:board:<guild>:<what>:<page>`. A page past the end is the last one. */
export const boardButton: Button = {
  run(interaction, guildId, [what, number], { sql }) {
    const say = speakTo(interaction)
    const board = boards.find((known) => known === what)
    const page = /^\d{1,7}$/.test(number ?? '') ? Math.max(1, Number(number)) : undefined
    if (board === undefined || page === undefined) {
      throw new UserError('old_button', say('watchtime:old_button'))
    }
    return showBoard(say, sql, guildId, board, page)
  },
}
