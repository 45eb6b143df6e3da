import {
  type APIApplicationCommandSubcommandOption,
  ApplicationCommandOptionType,
  type ButtonInteraction,
  type ChatInputCommandInteraction,
  PermissionFlagsBits,
} from 'discord.js'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { type GuildId, userId } from '../../../../cluster/runtime/ids.ts'
import { transaction } from '../../../../sql/client.ts'
import { openSince } from '../../../../sql/queries/gifts.ts'
import { waitingClaims } from '../../../../sql/queries/wagerlinks.ts'
import { sourcesOf, wagerBoard, wagerTotals } from '../../../../sql/queries/wagers.ts'
import type { Button, Command, Reply, Tools } from '../../feature.ts'
import { described, named, type Say, speakTo } from '../../language.ts'
import { requireManager } from '../../manager.ts'
import { boardView, claimsView, decidedView, statusView } from '../view.ts'
import { approveClaim, type Decided, denyClaim, releaseAccount } from './decide.ts'
import { chosenPlatform, platformOf, platformOption } from './platform.ts'
import { remove, setUp } from './source.ts'

type Run = (say: Say, interaction: ChatInputCommandInteraction, guildId: GuildId, tools: Tools) => Promise<Reply>

const shown = 25

/** What was decided, or a `UserError` that says why nothing was. */
function answered(say: Say, by: string, decided: Decided): Reply {
  switch (decided.kind) {
    case 'gone':
      throw new UserError('no_claim', say('wagers:error.no_claim'))
    case 'no_kick':
      throw new UserError('no_kick', say('wagers:error.no_kick'))
    case 'held':
      throw new UserError('held', say('wagers:error.held', { member: `<@${decided.heldBy}>` }))
    default:
      return decidedView(say, { ...decided, what: decided.kind, by: userId(by) })
  }
}

const decide =
  (what: 'approve' | 'deny'): Run =>
  async (say, interaction, guildId, tools) => {
    const decision = {
      guildId,
      platform: chosenPlatform(interaction),
      userId: userId(interaction.options.getUser('member', true).id),
      by: userId(interaction.user.id),
      madeAt: null,
      moves: interaction.options.getBoolean('move') === true,
    }
    const decided = await transaction(tools.sql, (db) =>
      what === 'approve' ? approveClaim(db, decision, tools) : denyClaim(db, decision, tools),
    )
    tools.wakeOutbox()
    return answered(say, interaction.user.id, decided)
  }

/** Decides the claim of a message in the admins' channel: `wagers:approve:<guild>:<platform>:<member>:<made at>`. */
const decideButton = (what: 'approve' | 'deny'): Button => ({
  async run(interaction: ButtonInteraction, guildId, [where = '', member = '', made = ''], tools) {
    const say = speakTo(interaction)
    requireManager(say, interaction)
    const platform = platformOf(where)
    if (platform === undefined || !/^\d{15,20}$/.test(member) || !/^\d{1,15}$/.test(made))
      throw new UserError('old_button', say('common:refused.old_button'))
    const decision = {
      guildId,
      platform,
      userId: userId(member),
      by: userId(interaction.user.id),
      madeAt: Number(made),
      moves: false,
    }
    const decided = await transaction(tools.sql, (db) =>
      what === 'approve' ? approveClaim(db, decision, tools) : denyClaim(db, decision, tools),
    )
    tools.wakeOutbox()
    return answered(say, interaction.user.id, decided)
  },
})

export const approveButton = decideButton('approve')
export const denyButton = decideButton('deny')

const board =
  (unlinked: boolean): Run =>
  async (say, { options }, guildId, { sql }) => {
    const isOfRaffle = options.getString('time') !== 'total' && (await openSince(sql, guildId)) !== undefined
    const of = { guildId, platform: platformOf(options.getString('platform')) ?? null, unlinked, limit: shown }
    const lines = isOfRaffle ? await wagerBoard(sql, of) : await wagerTotals(sql, of)
    return boardView(say, lines, { isOfRaffle, unlinked })
  }

const runs: Readonly<Record<string, Run>> = {
  setup: setUp,
  remove,
  approve: decide('approve'),
  deny: decide('deny'),
  board: board(false),
  unlinked: board(true),
  status: async (say, _interaction, guildId, { sql }) => statusView(say, await sourcesOf(sql, guildId)),
  list: async (say, _interaction, guildId, { sql }) =>
    claimsView(say, await waitingClaims(sql, { guildId, of: null, limit: shown })),
  unlink: async (say, interaction, guildId, tools) => {
    const member = userId(interaction.options.getUser('member', true).id)
    const platform = chosenPlatform(interaction)
    const by = userId(interaction.user.id)
    const released = await transaction(tools.sql, (db) =>
      releaseAccount(db, { guildId, platform, userId: member, by }, tools),
    )
    tools.wakeOutbox()
    if (released === undefined) throw new UserError('no_claim', say('wagers:error.no_claim'))
    return { content: say('wagers:released') }
  },
}

const subcommand = (
  name: string,
  key: Parameters<typeof described>[0],
  options: APIApplicationCommandSubcommandOption['options'] = [],
): APIApplicationCommandSubcommandOption => ({
  type: ApplicationCommandOptionType.Subcommand,
  name,
  ...described(key),
  options,
})

const text = (name: string, key: Parameters<typeof described>[0], maxLength: number) => ({
  type: ApplicationCommandOptionType.String as const,
  name,
  ...described(key),
  max_length: maxLength,
})
const member = {
  type: ApplicationCommandOptionType.User as const,
  name: 'member',
  ...described('wagers:command.member'),
  required: true,
}
const time = {
  type: ApplicationCommandOptionType.String as const,
  name: 'time',
  ...described('wagers:command.time'),
  choices: [
    { ...named('wagers:choice.raffle'), value: 'raffle' },
    { ...named('wagers:choice.total'), value: 'total' },
  ],
}

/** Where wagers are asked for, and whose accounts are whose. */
export const wagers: Command = {
  data: {
    name: 'wagers',
    ...described('wagers:command.wagers'),
    default_member_permissions: String(PermissionFlagsBits.ManageGuild),
    options: [
      subcommand('setup', 'wagers:command.setup', [
        platformOption(true),
        text('source', 'wagers:command.source', 500),
        text('key', 'wagers:command.key', 512),
        text('codes', 'wagers:command.codes', 500),
      ]),
      subcommand('remove', 'wagers:command.remove', [platformOption(true)]),
      subcommand('status', 'wagers:command.status'),
      subcommand('list', 'wagers:command.list'),
      subcommand('approve', 'wagers:command.approve', [
        member,
        platformOption(true),
        { type: ApplicationCommandOptionType.Boolean, name: 'move', ...described('wagers:command.move') },
      ]),
      subcommand('deny', 'wagers:command.deny', [member, platformOption(true)]),
      subcommand('unlink', 'wagers:command.unlink', [member, platformOption(true)]),
      subcommand('unlinked', 'wagers:command.unlinked', [platformOption(false), time]),
      subcommand('board', 'wagers:command.board', [platformOption(false), time]),
    ],
  },
  run(interaction, guildId, tools) {
    const run = runs[interaction.options.getSubcommand()]
    if (run === undefined) throw new Error('a subcommand of /wagers is not handled')
    return run(speakTo(interaction), interaction, guildId, tools)
  },
}
