import {
  type APIApplicationCommandBasicOption,
  type APIApplicationCommandSubcommandOption,
  ApplicationCommandOptionType,
  type ChatInputCommandInteraction,
  PermissionFlagsBits,
} from 'discord.js'
import { slotAt } from '../../../../cluster/runtime/clock.ts'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { type GuildId, userId, username } from '../../../../cluster/runtime/ids.ts'
import { type Db, transaction } from '../../../../sql/client.ts'
import { endOverride, openOverrides, startOverride, type TrackingMode } from '../../../../sql/queries/channel.ts'
import { changeSetting, maxIgnoredNames, readSettingsOf, settings } from '../../../../sql/queries/settings.ts'
import { touchSettlement } from '../../../../sql/queries/settlement.ts'
import type { Command, Reply, Tools } from '../../feature.ts'
import { plain } from '../../text.ts'
import { trackingView } from '../view.ts'

type Run = (interaction: ChatInputCommandInteraction, guildId: GuildId, tools: Tools) => Promise<Reply>

async function show(first: string | undefined, db: Db, guildId: GuildId): Promise<Reply> {
  const [overrides, { ignored_names: ignored }] = await Promise.all([
    openOverrides(db, guildId),
    readSettingsOf(db, guildId, ['ignored_names']),
  ])
  return trackingView(first, overrides, ignored)
}

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

/** A Kick name as it is stored, or what is wrong with it. */
function readName(interaction: ChatInputCommandInteraction): string {
  const name = username(interaction.options.getString('name', true))
  if (name === '' || settings.ignored_names.read(name)?.length !== 1) {
    throw new UserError(
      'bad_name',
      'That is not a Kick name; please give one as it stands in the chat, without spaces.',
    )
  }
  return name
}

const ignoring =
  (isIgnored: boolean): Run =>
  async (interaction, guildId, { sql, clock }) => {
    const name = readName(interaction)
    const by = userId(interaction.user.id)
    const hasChanged = await transaction(sql, async (db) => {
      const changed = await changeSetting(
        db,
        { guildId, key: 'ignored_names', by: { source: 'discord', actorId: by } },
        (old) => {
          const others = old.filter((known) => known !== name)
          if (isIgnored && others.length >= maxIgnoredNames) {
            throw new UserError(
              'too_many_names',
              `${maxIgnoredNames} names are ignored already; take one away with \`/tracking unignore\`.`,
            )
          }
          return isIgnored ? [...others, name].sort() : others
        },
      )
      if (changed) await touchSettlement(db, { kind: 'watchtime', guildIds: [guildId], slot: slotAt(clock.now()) })
      return changed
    })
    return show(ignoredSentence(name, isIgnored, hasChanged), sql, guildId)
  }

function ignoredSentence(name: string, isIgnored: boolean, hasChanged: boolean): string {
  const who = `**${plain(name)}**`
  if (!hasChanged) return isIgnored ? `${who} is ignored already.` : `${who} is not on the list of ignored names.`
  return isIgnored
    ? `${who} earns nothing from now on; what was earned stays.`
    : `${who} earns minutes and points again.`
}

const runs: Readonly<Record<string, Run>> = {
  on: override('off', false),
  off: override('off', true),
  force: override('force', true),
  auto: override('force', false),
  status: (_interaction, guildId, { sql }) => show(undefined, sql, guildId),
  ignore: ignoring(true),
  unignore: ignoring(false),
}

const subcommand = (
  name: string,
  description: string,
  options: APIApplicationCommandSubcommandOption['options'] = [],
): APIApplicationCommandSubcommandOption => ({
  type: ApplicationCommandOptionType.Subcommand,
  name,
  description,
  options,
})

const nameOption = (completed: { autocomplete?: true }): APIApplicationCommandBasicOption => ({
  type: ApplicationCommandOptionType.String,
  name: 'name',
  description: 'The Kick name',
  required: true,
  ...completed,
})

/** Whether minutes are counted, and for whom not. */
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
      subcommand('ignore', 'Let a Kick name earn nothing, such as a chat bot', [nameOption({})]),
      subcommand('unignore', 'Let a Kick name earn again', [nameOption({ autocomplete: true })]),
    ],
  },
  run(interaction, guildId, tools) {
    const run = runs[interaction.options.getSubcommand()]
    if (run === undefined) throw new Error('a subcommand of /tracking is not handled')
    return run(interaction, guildId, tools)
  },
  async complete(interaction, guildId, { sql }) {
    const typed = username(interaction.options.getFocused())
    const { ignored_names: ignored } = await readSettingsOf(sql, guildId, ['ignored_names'])
    return ignored
      .filter((name) => name.includes(typed))
      .slice(0, 25)
      .map((name) => ({ name, value: name }))
  },
}
