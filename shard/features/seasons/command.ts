import {
  ApplicationCommandOptionType,
  type ButtonInteraction,
  type ChatInputCommandInteraction,
  PermissionFlagsBits,
} from 'discord.js'
import { UserError } from '../../../cluster/runtime/errors.ts'
import { type GuildId, userId } from '../../../cluster/runtime/ids.ts'
import { transaction } from '../../../sql/client.ts'
import { audit } from '../../../sql/queries/audit.ts'
import { boardPage } from '../../../sql/queries/board.ts'
import { scheduleJobs } from '../../../sql/queries/job.ts'
import {
  runningSeason,
  type Season,
  seasonJob,
  seasonPage,
  seasonsOf,
  startSeason,
} from '../../../sql/queries/season.ts'
import { readSettingsOf } from '../../../sql/queries/settings.ts'
import type { Button, Command, Reply, Tools } from '../feature.ts'
import { described, named, type Say, speakTo } from '../language.ts'
import { plain } from '../text.ts'
import { endSeason } from './job.ts'
import { limits, readEnd } from './rules.ts'
import { endedView, endView, seasonsView, seasonView, startedView } from './view.ts'

/** Everybody may look at seasons, so that Discord does not ask for the permission. */
function needManager(say: Say, interaction: ChatInputCommandInteraction | ButtonInteraction): void {
  if (interaction.memberPermissions?.has(PermissionFlagsBits.ManageGuild)) return
  const permission = say('common:permission.ManageGuild')
  throw new UserError('permission', say('common:refused.permission', { permission }))
}

async function start(interaction: ChatInputCommandInteraction, guildId: GuildId, tools: Tools): Promise<Reply> {
  const say = speakTo(interaction)
  needManager(say, interaction)
  const name = interaction.options.getString('name', true).trim()
  if (name === '' || name.length > limits.name)
    throw new UserError('name', say('seasons:error.name', { max: limits.name }))
  const settings = await readSettingsOf(tools.sql, guildId, ['timezone', 'season_channel_id'])
  const end = readEnd(interaction.options.getString('ends'), { now: tools.clock.now(), timeZone: settings.timezone })
  if (typeof end === 'string') throw new UserError(end, say(`seasons:error.${end}`, { days: limits.days }))
  const endsAt = end === null ? null : new Date(end)
  const by = userId(interaction.user.id)
  const season = await transaction(tools.sql, async (db) => {
    const begun = await startSeason(db, { guildId, name, endsAt, userId: by })
    if (begun === undefined) return undefined
    const ref = String(begun.seasonId)
    if (endsAt !== null) await scheduleJobs(db, [{ guildId, kind: seasonJob, ref, runAt: endsAt }])
    await audit(db, [
      { guildId, source: 'discord', actorId: by, action: 'seasons.start', subject: `#${ref}`, newValue: name },
    ])
    return begun
  })
  if (season === undefined) {
    const running = await runningSeason(tools.sql, guildId)
    throw new UserError('running', say('seasons:error.running', { name: plain(running?.name ?? name) }))
  }
  return startedView(say, season, settings.season_channel_id)
}

async function askToEnd(interaction: ChatInputCommandInteraction, guildId: GuildId, { sql }: Tools): Promise<Reply> {
  const say = speakTo(interaction)
  needManager(say, interaction)
  const season = await runningSeason(sql, guildId)
  if (season === undefined) throw new UserError('no_season', say('seasons:error.no_season'))
  return endView(say, guildId, season)
}

type What = 'watchtime' | 'points'
const whatOf = (name: string | null | undefined): What => (name === 'points' ? 'points' : 'watchtime')

async function show(
  say: Say,
  guildId: GuildId,
  p: { readonly seasonId: number | null; readonly what: What; readonly page: number },
  { sql }: Tools,
): Promise<Reply> {
  const [season] = await seasonsOf(sql, { guildId, ...(p.seasonId !== null && { seasonId: p.seasonId }) })
  if (season === undefined) throw new UserError('no_season', say('seasons:error.unknown'))
  return seasonView(say, guildId, { season, what: p.what, page: await pageOf(season) })

  function pageOf({ seasonId, endedAt }: Season) {
    if (endedAt !== null) return seasonPage(sql, { guildId, seasonId, what: p.what, page: p.page })
    return boardPage(sql, { guildId, board: { what: p.what, within: { kind: 'season', seasonId } }, page: p.page })
  }
}

const subcommand = (name: 'start' | 'end' | 'list' | 'show') => ({
  type: ApplicationCommandOptionType.Subcommand as const,
  name,
  ...described(`seasons:command.${name}`),
})

/** A time with a name and boards of its own. Admins start and end it, everybody may look. */
export const season: Command = {
  data: {
    name: 'season',
    ...described('seasons:command.season'),
    options: [
      {
        ...subcommand('start'),
        options: [
          {
            type: ApplicationCommandOptionType.String,
            name: 'name',
            ...described('seasons:command.start.name'),
            required: true,
            max_length: limits.name,
          },
          { type: ApplicationCommandOptionType.String, name: 'ends', ...described('seasons:command.start.ends') },
        ],
      },
      subcommand('end'),
      subcommand('list'),
      {
        ...subcommand('show'),
        options: [
          {
            type: ApplicationCommandOptionType.Integer,
            name: 'season',
            ...described('seasons:command.show.season'),
            min_value: 1,
            autocomplete: true,
          },
          {
            type: ApplicationCommandOptionType.String,
            name: 'what',
            ...described('seasons:command.show.what'),
            choices: [
              { ...named('watchtime:choice.watchtime'), value: 'watchtime' },
              { ...named('watchtime:choice.points'), value: 'points' },
            ],
          },
        ],
      },
    ],
  },
  async run(interaction, guildId, tools) {
    const { options } = interaction
    switch (options.getSubcommand()) {
      case 'start':
        return start(interaction, guildId, tools)
      case 'end':
        return askToEnd(interaction, guildId, tools)
      case 'list':
        return seasonsView(speakTo(interaction), await seasonsOf(tools.sql, { guildId }))
      case 'show': {
        const asked = { seasonId: options.getInteger('season'), what: whatOf(options.getString('what')), page: 1 }
        return show(speakTo(interaction), guildId, asked, tools)
      }
      default:
        throw new Error('a subcommand of /season is not handled')
    }
  },
  async complete(_interaction, guildId, { sql }) {
    const seasons = await seasonsOf(sql, { guildId })
    return seasons.map(({ seasonId, name }) => ({ name: `#${seasonId} ${name}`.slice(0, 100), value: seasonId }))
  },
}

/** Turns the page: `seasons:board:<guild>:<season>:<what>:<page>`. */
export const boardButton: Button = {
  run(interaction, guildId, [seasonId = '', what, page = ''], tools) {
    const say = speakTo(interaction)
    if (!/^\d{1,9}$/.test(seasonId) || !/^\d{1,7}$/.test(page))
      throw new UserError('old_button', say('common:refused.old_button'))
    const asked = { seasonId: Number(seasonId), what: whatOf(what), page: Math.max(1, Number(page)) }
    return show(say, guildId, asked, tools)
  },
}

/** Ends the season that the question was about: `seasons:end:<guild>:<season>`. A second press finds it over. */
export const endButton: Button = {
  async run(interaction, guildId, [seasonId = ''], tools) {
    const say = speakTo(interaction)
    needManager(say, interaction)
    const by = userId(interaction.user.id)
    const asked = { guildId, seasonId: /^\d{1,9}$/.test(seasonId) ? Number(seasonId) : 0, userId: by }
    const ended = await transaction(tools.sql, (db) => endSeason(db, asked, tools))
    if (ended === undefined) throw new UserError('no_season', say('seasons:error.no_season'))
    tools.wakeOutbox()
    return endedView(say, ended)
  },
}

export const keepButton: Button = {
  async run(interaction) {
    return { content: speakTo(interaction)('seasons:kept'), components: [] }
  },
}
