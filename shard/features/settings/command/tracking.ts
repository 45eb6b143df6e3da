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
import { described, type Say, speakTo } from '../../language.ts'
import { trackingView } from '../view.ts'

type Run = (interaction: ChatInputCommandInteraction, guildId: GuildId, tools: Tools) => Promise<Reply>

const show = async (say: Say, first: string | undefined, db: Db, guildId: GuildId): Promise<Reply> =>
  trackingView(say, first, await openOverrides(db, guildId))

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
    const say = speakTo(interaction)
    return show(say, hasChanged ? undefined : say('settings:tracking.was_so'), sql, guildId)
  }

const runs: Readonly<Record<string, Run>> = {
  on: override('off', false),
  off: override('off', true),
  force: override('force', true),
  auto: override('force', false),
  status: (interaction, guildId, { sql }) => show(speakTo(interaction), undefined, sql, guildId),
}

const subcommand = (name: 'on' | 'off' | 'force' | 'auto' | 'status'): APIApplicationCommandSubcommandOption => ({
  type: ApplicationCommandOptionType.Subcommand,
  name,
  ...described(`settings:command.tracking.${name}`),
})

/** Whether minutes are counted. */
export const tracking: Command = {
  data: {
    name: 'tracking',
    ...described('settings:command.tracking'),
    default_member_permissions: String(PermissionFlagsBits.ManageGuild),
    options: [subcommand('on'), subcommand('off'), subcommand('force'), subcommand('auto'), subcommand('status')],
  },
  run(interaction, guildId, tools) {
    const run = runs[interaction.options.getSubcommand()]
    if (run === undefined) throw new Error('a subcommand of /tracking is not handled')
    return run(interaction, guildId, tools)
  },
}
