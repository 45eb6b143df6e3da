import { ApplicationCommandOptionType } from 'discord.js'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { type GuildId, userId } from '../../../../cluster/runtime/ids.ts'
import type { Db } from '../../../../sql/client.ts'
import { holdingOf, poolOf, ticketBoard } from '../../../../sql/queries/pool.ts'
import { latestPeriods, type Period, periodOf } from '../../../../sql/queries/raffle.ts'
import type { Button, Command, Reply, Tools } from '../../feature.ts'
import { described, type Say, speakTo } from '../../language.ts'
import { linkOf, noLinkView } from '../../links/index.ts'
import { offersOf, ratesOf } from '../earning.ts'
import { limits } from '../rules.ts'
import { howView } from '../view/rates.ts'
import { boardView, infoView, mineView } from '../view.ts'
import { showFair } from './fair.ts'

/** More than there can be in front of the one that runs: one that is planned, and those that were called off since. */
const looksBack = 10

/** The raffle that runs, that is planned, and that was last closed; each may be missing. */
export async function periodsNow(db: Db, guildId: GuildId) {
  const periods = await latestPeriods(db, { guildId, limit: looksBack })
  return {
    running: periods.find(({ status }) => status === 'active'),
    planned: periods.find(({ status }) => status === 'scheduled'),
    last: periods.find(({ status }) => status === 'closed' || status === 'drawn'),
  }
}

/** The raffle that runs; a `UserError` when there is none. */
export async function runningPeriod(say: Say, db: Db, guildId: GuildId): Promise<Period> {
  const { running } = await periodsNow(db, guildId)
  if (running === undefined) throw new UserError('no_raffle', say('raffle:error.none'))
  return running
}

/** How the guild's raffles stand. */
export async function showInfo(say: Say, guildId: GuildId, { sql, clock }: Tools): Promise<Reply> {
  const { running, planned, last } = await periodsNow(sql, guildId)
  const shown = [
    ...(running === undefined ? [] : [{ period: running, pool: await poolOf(sql, running) }]),
    ...[planned, last].flatMap((period) => (period === undefined ? [] : [{ period }])),
  ]
  return infoView(say, shown, clock.now())
}

async function showMine(say: Say, guildId: GuildId, memberId: string, { sql }: Tools): Promise<Reply> {
  const link = await linkOf(sql, guildId, userId(memberId))
  if (link === undefined) return noLinkView(say, true)
  const { running } = await periodsNow(sql, guildId)
  if (running === undefined) return { content: say('raffle:info.none') }
  return mineView(say, running, await holdingOf(sql, { ...running, username: link.kickName }))
}

/** Who has most tickets, of the raffle that runs. */
async function showBoard(say: Say, db: Db, period: Period, page: number): Promise<Reply> {
  return boardView(say, period.guildId, period, await ticketBoard(db, { ...period, page, perPage: limits.rows }))
}

const subcommand = (name: string, key: Parameters<typeof described>[0]) => ({
  type: ApplicationCommandOptionType.Subcommand as const,
  name,
  ...described(key),
})

/** What members want to know about the raffle. */
export const tickets: Command = {
  data: {
    name: 'tickets',
    ...described('raffle:command.tickets'),
    options: [
      subcommand('mine', 'raffle:command.tickets.mine'),
      {
        ...subcommand('board', 'raffle:command.tickets.board'),
        options: [
          {
            type: ApplicationCommandOptionType.Integer,
            name: 'page',
            ...described('raffle:command.tickets.board.page'),
            min_value: 1,
            max_value: 1_000_000,
          },
        ],
      },
      subcommand('info', 'raffle:command.tickets.info'),
      subcommand('how', 'raffle:command.tickets.how'),
      subcommand('fair', 'raffle:command.tickets.fair'),
    ],
  },
  async run(interaction, guildId, tools) {
    const say = speakTo(interaction)
    const { sql } = tools
    switch (interaction.options.getSubcommand()) {
      case 'board': {
        const { running } = await periodsNow(sql, guildId)
        if (running === undefined) return { content: say('raffle:info.none') }
        return showBoard(say, sql, running, interaction.options.getInteger('page') ?? 1)
      }
      case 'fair':
        return showFair(say, guildId, interaction.user.id, tools)
      case 'info':
        return showInfo(say, guildId, tools)
      case 'how': {
        const [rates, offers] = await Promise.all([ratesOf(sql, guildId), offersOf(sql, guildId)])
        return howView(say, { rates, offers })
      }
      default:
        return showMine(say, guildId, interaction.user.id, tools)
    }
  },
}

/** Turns the page: `raffle:board:<guild>:<raffle>:<page>`. */
export const boardButton: Button = {
  async run(interaction, guildId, [number = '', page = ''], { sql }) {
    const say = speakTo(interaction)
    const isWhole = (text: string) => /^\d{1,7}$/.test(text)
    const [period] = isWhole(number) ? await periodOf(sql, { guildId, periodNumber: Number(number) }) : []
    if (period === undefined || !isWhole(page)) throw new UserError('old_button', say('common:refused.old_button'))
    return showBoard(say, sql, period, Math.max(1, Number(page)))
  },
}
