import { ApplicationCommandOptionType, PermissionFlagsBits } from 'discord.js'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { type GuildId, type UserId, userId } from '../../../../cluster/runtime/ids.ts'
import type { Sql } from '../../../../sql/client.ts'
import { streaksOf } from '../../../../sql/queries/board.ts'
import { openOverrides } from '../../../../sql/queries/channel.ts'
import { readSettingsOf } from '../../../../sql/queries/settings.ts'
import { standingOf } from '../../../../sql/queries/standing.ts'
import { tiersOf } from '../../../../sql/queries/tiers.ts'
import { creditsByStream, grantsOf, pointsOf, recentMinutes } from '../../../../sql/queries/trust.ts'
import { isLeftOut } from '../../exclusions/index.ts'
import type { Command } from '../../feature.ts'
import { described, type Say, speakTo } from '../../language.ts'
import { type Link, linkOf, noLinkView } from '../../links/index.ts'
import { streakLines, tierLines } from '../../watchtime/index.ts'
import { type Facts, recentDays, whyView } from '../view.ts'

const streamsShown = 8
const ledgerLines = 5

/** Everything that a total of somebody follows from. */
async function factsOf(say: Say, sql: Sql, p: { guildId: GuildId; userId: UserId; link: Link }): Promise<Facts> {
  const { guildId } = p
  const viewer = { guildId, username: p.link.kickName }
  const [standing, settings, streams, recent, points, grants, overrides, excluded, tiers, streaks] = await Promise.all([
    standingOf(sql, viewer),
    readSettingsOf(sql, guildId, ['active_window_seconds', 'points_per_5min', 'daily_cap_minutes']),
    creditsByStream(sql, { ...viewer, limit: streamsShown }),
    recentMinutes(sql, { ...viewer, days: recentDays }),
    pointsOf(sql, { ...viewer, limit: ledgerLines }),
    grantsOf(sql, { guildId, userId: p.userId }),
    openOverrides(sql, guildId),
    isLeftOut(sql, { ...viewer, kind: 'time' }),
    tiersOf(sql, guildId),
    streaksOf(sql, { guildIds: [guildId], usernames: [viewer.username] }),
  ])
  return {
    standing,
    windowSeconds: settings.active_window_seconds,
    streams,
    recent,
    dailyCap: settings.daily_cap_minutes,
    isExcluded: excluded,
    isTrackingOff: overrides.some((override) => override.mode === 'off'),
    rate: settings.points_per_5min,
    converted: points.converted,
    awarded: points.awarded,
    ledger: points.lines,
    grants,
    tierLines: tierLines(say, standing.minutes, tiers),
    streakLines: streakLines(say, streaks[0]),
  }
}

/** Explains what somebody has by the facts that it follows from. */
export const why: Command = {
  data: {
    name: 'why',
    ...described('trust:command.why'),
    options: [{ type: ApplicationCommandOptionType.User, name: 'member', ...described('trust:command.why.member') }],
  },
  async run(interaction, guildId, { sql }) {
    const say = speakTo(interaction)
    const asked = interaction.options.getUser('member') ?? interaction.user
    const isOwn = asked.id === interaction.user.id
    if (!isOwn && !interaction.memberPermissions?.has(PermissionFlagsBits.ManageGuild))
      throw new UserError('manager', say('trust:error.manager'))
    const link = await linkOf(sql, guildId, userId(asked.id))
    if (link === undefined) return noLinkView(say, isOwn)
    return whyView(say, await factsOf(say, sql, { guildId, userId: userId(asked.id), link }))
  },
}
