import { ApplicationCommandOptionType, type ChatInputCommandInteraction, PermissionFlagsBits } from 'discord.js'
import { type GuildId, type UserId, type Username, userId, username } from '../../../cluster/runtime/ids.ts'
import { type Db, transaction } from '../../../sql/client.ts'
import { audit } from '../../../sql/queries/audit.ts'
import {
  type ExclusionKind,
  exclusionKinds,
  exclusionsIn,
  removeExclusions,
  setExclusions,
} from '../../../sql/queries/exclusion.ts'
import type { Command, Reply, Tools } from '../feature.ts'
import { described, named, speakTo } from '../language.ts'
import { completeViewer, viewerOf, viewerOptions } from '../viewer.ts'
import { changedView, exclusionsView } from './view.ts'

const kindsAsked = ({ options }: ChatInputCommandInteraction): readonly ExclusionKind[] => {
  const asked = exclusionKinds.find((kind) => kind === options.getString('from'))
  return asked === undefined ? exclusionKinds : [asked]
}

/** Writes or takes away what an admin decides, and who did; gives what has changed. In the caller's transaction; safe to repeat. */
export async function decide(
  db: Db,
  p: {
    readonly guildId: GuildId
    readonly username: Username
    readonly kinds: readonly ExclusionKind[]
    readonly isExcluded: boolean
    readonly reason: string | null
    readonly by: UserId
  },
): Promise<readonly ExclusionKind[]> {
  const of = { guildId: p.guildId, username: p.username, kinds: p.kinds, origin: 'admin' as const }
  const rows = p.isExcluded
    ? await setExclusions(db, { ...of, reason: p.reason, setBy: p.by })
    : await removeExclusions(db, of)
  await audit(
    db,
    rows.map(({ kind }) => ({
      guildId: p.guildId,
      source: 'discord',
      actorId: p.by,
      action: p.isExcluded ? 'exclusions.add' : 'exclusions.remove',
      subject: p.username,
      oldValue: p.isExcluded ? null : kind,
      newValue: p.isExcluded ? kind : null,
      reason: p.reason,
    })),
  )
  return rows.map((row) => row.kind)
}

async function change(
  interaction: ChatInputCommandInteraction,
  guildId: GuildId,
  isExcluded: boolean,
  { sql }: Tools,
): Promise<Reply> {
  const say = speakTo(interaction)
  const viewer = await viewerOf(say, interaction, guildId, sql)
  const changed = await transaction(sql, (db) =>
    decide(db, {
      guildId,
      username: viewer,
      kinds: kindsAsked(interaction),
      isExcluded,
      reason: interaction.options.getString('reason'),
      by: userId(interaction.user.id),
    }),
  )
  return changedView(say, { viewer, isExcluded, changed: exclusionKinds.filter((kind) => changed.includes(kind)) })
}

const subcommand = (name: 'add' | 'remove') => ({
  type: ApplicationCommandOptionType.Subcommand as const,
  name,
  ...described(`exclusions:command.exclude.${name}`),
  options: [
    ...viewerOptions,
    {
      type: ApplicationCommandOptionType.String as const,
      name: 'from',
      ...described('exclusions:command.exclude.from'),
      choices: exclusionKinds.map((kind) => ({ ...named(`exclusions:choice.${kind}`), value: kind })),
    },
    {
      type: ApplicationCommandOptionType.String as const,
      name: 'reason',
      ...described('exclusions:command.exclude.reason'),
      max_length: 200,
    },
  ],
})

/** Leaves viewers out: chat bots, helpers, people who cheat. The broadcaster and the bot itself never earn. */
export const exclude: Command = {
  data: {
    name: 'exclude',
    ...described('exclusions:command.exclude'),
    default_member_permissions: String(PermissionFlagsBits.ManageGuild),
    options: [
      subcommand('add'),
      subcommand('remove'),
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'list',
        ...described('exclusions:command.exclude.list'),
      },
    ],
  },
  async run(interaction, guildId, tools) {
    const which = interaction.options.getSubcommand()
    if (which === 'list')
      return exclusionsView(speakTo(interaction), await exclusionsIn(tools.sql, { guildId, origin: 'admin' }))
    return change(interaction, guildId, which === 'add', tools)
  },
  async complete(interaction, guildId, { sql }) {
    if (interaction.options.getSubcommand() !== 'remove') return completeViewer(interaction, guildId, sql)
    const typed = username(interaction.options.getFocused())
    const names = (await exclusionsIn(sql, { guildId, origin: 'admin' })).map((row) => row.username)
    return [...new Set(names)]
      .filter((name) => name.includes(typed))
      .slice(0, 25)
      .map((name) => ({ name, value: name }))
  },
}
