import {
  type APIApplicationCommandSubcommandOption,
  ApplicationCommandOptionType,
  type ChatInputCommandInteraction,
  PermissionFlagsBits,
} from 'discord.js'
import { slotAt } from '../../../../cluster/runtime/clock.ts'
import { type GuildId, userId } from '../../../../cluster/runtime/ids.ts'
import { type Db, transaction } from '../../../../sql/client.ts'
import { endOverride, openOverrides, startOverride, type TrackingMode } from '../../../../sql/queries/channel.ts'
import { touchSettlement } from '../../../../sql/queries/settlement.ts'
import type { Command, Reply, Tools } from '../../feature.ts'
import { trackingView } from '../view.ts'

type Run = (interaction: ChatInputCommandInteraction, guildId: GuildId, tools: Tools) => Promise<Reply>

const show = async (first: string | undefined, db: Db, guildId: GuildId): Promise<Reply> =>
  trackingView(first, await openOverrides(db, guildId))

/** Begins or ends an interval from now on; the same again changes nothing. */
const override =
  (mode: TrackingMode, isBegun: boolean): Run =>
  async (interaction, guildId, { sql, clock, log }) => {
    const by = userId(interaction.user.id)
    const hasChanged = await transaction(sql, async (db) => {
      const changed = isBegun
        ? await startOverride(db, { guildId, mode, userId: by })
        : await endOverride(db, { guildId, mode })
      if (changed) await touchSettlement(db, { kind: 'watchtime', guildIds: [guildId], slot: slotAt(clock.now()) })
      return changed
    })
    // The row says who began an interval; who ended it stands here.
    if (hasChanged) log.info({ guildId, userId: by, mode, isBegun }, 'tracking changed')
    return show(hasChanged ? undefined : 'It was so already; nothing has changed.', sql, guildId)
  }

const runs: Readonly<Record<string, Run>> = {
  on: override('off', false),
  off: override('off', true),
  force: override('force', true),
  auto: override('force', false),
  status: (_interaction, guildId, { sql }) => show(undefined, sql, guildId),
}

const subcommand = (name: string, description: string): APIApplicationCommandSubcommandOption => ({
  type: ApplicationCommandOptionType.Subcommand,
  name,
  description,
})

/** Whether minutes are counted. */
export const tracking: Command = {
  data: {
    name: 'tracking',
    description: 'Switch the counting of minutes',
    default_member_permissions: String(PermissionFlagsBits.ManageGuild),
    options: [
      subcommand('on', 'Count minutes again'),
      subcommand('off', 'Stop counting minutes'),
      subcommand('force', 'Count chat also while the stream is offline'),
      subcommand('auto', 'Count chat only while the stream is live'),
      subcommand('status', 'Show whether minutes are counted'),
    ],
  },
  run(interaction, guildId, tools) {
    const run = runs[interaction.options.getSubcommand()]
    if (run === undefined) throw new Error('a subcommand of /tracking is not handled')
    return run(interaction, guildId, tools)
  },
}
