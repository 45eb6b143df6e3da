import { ApplicationCommandOptionType } from 'discord.js'
import { UserError } from '../../../cluster/runtime/errors.ts'
import { type GuildId, userId } from '../../../cluster/runtime/ids.ts'
import type { Db } from '../../../sql/client.ts'
import { boardPage, type Streak, streaksOf } from '../../../sql/queries/board.ts'
import { runningSeason } from '../../../sql/queries/season.ts'
import { readSettingsOf } from '../../../sql/queries/settings.ts'
import { type Standing, standingOf } from '../../../sql/queries/standing.ts'
import { tiersOf } from '../../../sql/queries/tiers.ts'
import type { Button, Command, Reply, Tools } from '../feature.ts'
import { described, named, type Say, speakTo } from '../language.ts'
import { linkOf, noLinkView } from '../links/index.ts'
import { completeManagedName, managedName, managedNameOption } from '../viewer.ts'
import { type Asked, boardFor, periods, whats } from './rules.ts'
import { boardView, meView, watchtimeView } from './view.ts'

/** What a member has in this guild, by the Kick account linked here; undefined without a link. */
async function standingOfMember(db: Db, guildId: GuildId, memberId: string): Promise<Standing | undefined> {
  const link = await linkOf(db, guildId, userId(memberId))
  if (link === undefined) return undefined
  return standingOf(db, { guildId, username: link.kickName })
}

/** The streak of such a member; undefined for whoever never watched a stream. */
async function streakOfMember(db: Db, guildId: GuildId, memberId: string): Promise<Streak | undefined> {
  const link = await linkOf(db, guildId, userId(memberId))
  if (link === undefined) return undefined
  const [streak] = await streaksOf(db, { guildIds: [guildId], usernames: [link.kickName] })
  return streak
}

/** Minutes, points, ranks, the streak and the next role of whoever asks. */
export const me: Command = {
  data: {
    name: 'me',
    ...described('watchtime:command.me'),
  },
  async run(interaction, guildId, { sql }) {
    const [standing, streak, tiers] = await Promise.all([
      standingOfMember(sql, guildId, interaction.user.id),
      streakOfMember(sql, guildId, interaction.user.id),
      tiersOf(sql, guildId),
    ])
    return standing === undefined
      ? noLinkView(speakTo(interaction), true)
      : meView(speakTo(interaction), standing, streak, tiers)
  },
}

export const watchtime: Command = {
  data: {
    name: 'watchtime',
    ...described('watchtime:command.watchtime'),
    options: [
      { type: ApplicationCommandOptionType.User, name: 'member', ...described('watchtime:command.watchtime.member') },
      managedNameOption,
    ],
  },
  async run(interaction, guildId, { sql }) {
    const say = speakTo(interaction)
    const name = managedName(say, interaction)
    if (name !== undefined) {
      const [standing, tiers] = await Promise.all([standingOf(sql, { guildId, username: name }), tiersOf(sql, guildId)])
      return watchtimeView(say, standing, tiers, false)
    }
    const member = interaction.options.getUser('member') ?? interaction.user
    const isOwn = member.id === interaction.user.id
    const [standing, tiers] = await Promise.all([standingOfMember(sql, guildId, member.id), tiersOf(sql, guildId)])
    return standing === undefined ? noLinkView(say, isOwn) : watchtimeView(say, standing, tiers, isOwn)
  },
  complete: (interaction, guildId, { sql }) => completeManagedName(interaction, guildId, sql),
}

async function showBoard(say: Say, guildId: GuildId, asked: Asked, page: number, tools: Tools): Promise<Reply> {
  const { sql, clock } = tools
  const [{ timezone }, season] = await Promise.all([
    readSettingsOf(sql, guildId, ['timezone']),
    runningSeason(sql, guildId),
  ])
  const board = boardFor(asked, { now: clock.now(), timeZone: timezone, season })
  if (typeof board === 'string') throw new UserError(board, say(`watchtime:error.${board}`))
  return boardView(say, guildId, { ...asked, page: await boardPage(sql, { guildId, board, page }), season })
}

const lastPage = 1_000_000

/** Who has most of something within some time. */
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
        choices: whats.map((what) => ({ ...named(`watchtime:choice.${what}`), value: what })),
      },
      {
        type: ApplicationCommandOptionType.String,
        name: 'period',
        ...described('watchtime:command.leaderboard.period'),
        choices: periods.map((period) => ({ ...named(`watchtime:choice.period.${period}`), value: period })),
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
  run(interaction, guildId, tools) {
    const { options } = interaction
    const asked = {
      what: whats.find((what) => what === options.getString('what')) ?? 'watchtime',
      period: periods.find((period) => period === options.getString('period')) ?? 'all',
    }
    return showBoard(speakTo(interaction), guildId, asked, options.getInteger('page') ?? 1, tools)
  },
}

/**
 * Turns the page: `watchtime:board:<guild>:<what>:<period>:<page>`; buttons from before there were periods leave that out. A page past the
 * end is the last one.
 */
export const boardButton: Button = {
  run(interaction, guildId, args, tools) {
    const say = speakTo(interaction)
    const [name, time, number] = args.length === 2 ? [args[0], 'all', args[1]] : args
    const what = whats.find((known) => known === name)
    const period = periods.find((known) => known === time)
    if (what === undefined || period === undefined || !/^\d{1,7}$/.test(number ?? ''))
      throw new UserError('old_button', say('watchtime:old_button'))
    return showBoard(say, guildId, { what, period }, Math.max(1, Number(number)), tools)
  },
}
