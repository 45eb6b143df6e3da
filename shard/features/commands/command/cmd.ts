import { ApplicationCommandOptionType, type ChatInputCommandInteraction, PermissionFlagsBits } from 'discord.js'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { userId, username } from '../../../../cluster/runtime/ids.ts'
import { transaction } from '../../../../sql/client.ts'
import { channelOf } from '../../../../sql/queries/channel.ts'
import { claimCalls, commandsOf, countUses, figuresOf } from '../../../../sql/queries/commands.ts'
import { giveawayFiguresOf } from '../../../../sql/queries/giveaways.ts'
import { ticketFiguresOf } from '../../../../sql/queries/pool.ts'
import { slotFiguresOf } from '../../../../sql/queries/slots.ts'
import type { Command } from '../../feature.ts'
import { described, speakTo } from '../../language.ts'
import { linkOf } from '../../links/index.ts'
import { plain } from '../../text.ts'
import { needsOf, rankOf, readName, render } from '../rules.ts'
import { nameChoices } from './command.ts'

/** In Discord permissions stand for what badges are on Kick; subscribers and VIPs are known on Kick only. */
function rankInDiscord({ memberPermissions }: ChatInputCommandInteraction): number {
  if (memberPermissions?.has(PermissionFlagsBits.ManageGuild)) return rankOf(['broadcaster'])
  return memberPermissions?.has(PermissionFlagsBits.ManageMessages) ? rankOf(['moderator']) : 0
}

/** Uses a command of this server in Discord, as `!name` does in stream chat: the same words, the same cooldowns. */
export const cmd: Command = {
  isPublic: true,
  data: {
    name: 'cmd',
    ...described('commands:command.cmd'),
    options: [
      {
        type: ApplicationCommandOptionType.String,
        name: 'name',
        ...described('commands:command.name'),
        required: true,
        autocomplete: true,
      },
      {
        type: ApplicationCommandOptionType.String,
        name: 'words',
        ...described('commands:command.words'),
        max_length: 200,
      },
    ],
  },
  async run(interaction, guildId, { sql, clock }) {
    const say = speakTo(interaction)
    const name = readName(interaction.options.getString('name', true))
    const command = name === undefined ? undefined : (await commandsOf(sql, { guildId, name }))[0]
    if (command === undefined || !command.enabled || !command.onDiscord)
      throw new UserError('unknown', say('commands:error.unknown', { name: name ?? '?' }))
    const [link, channel] = await Promise.all([
      linkOf(sql, guildId, userId(interaction.user.id)),
      channelOf(sql, guildId),
    ])
    const caller = link?.kickName ?? username(`#${interaction.user.id}`)
    const rank = rankInDiscord(interaction)
    const answer = await transaction(sql, async (db) => {
      const call = { guildId, word: command.command, caller, rank, at: clock.now() }
      const [claimed] = await claimCalls(db, { calls: [call], on: 'discord' })
      if (claimed !== undefined) await countUses(db, { guildIds: [guildId], commands: [claimed.command] })
      return claimed
    })
    if (answer === undefined) throw new UserError('not_now', say('commands:error.not_now', { name: command.command }))
    const needs = needsOf(answer.response)
    const figures = needs.figures
      ? await figuresOf(sql, {
          guildIds: [guildId],
          usernames: [caller],
          ranks: [needs.ranks],
          streaks: [needs.streaks],
        })
      : []
    const [slots] = needs.slots ? await slotFiguresOf(sql, { guildIds: [guildId], usernames: [caller] }) : []
    const [tickets] = needs.tickets ? await ticketFiguresOf(sql, { guildIds: [guildId], usernames: [caller] }) : []
    const [giveaway] = needs.giveaway ? await giveawayFiguresOf(sql, { guildIds: [guildId], usernames: [caller] }) : []
    const asPlain = (text: string | null | undefined) => (text == null ? null : plain(text))
    const words = interaction.options.getString('words')?.trim() ?? ''
    const shown = {
      user: plain(interaction.user.username),
      displayName: plain(interaction.user.displayName),
      platform: 'discord',
      channel: plain(channel?.displayName ?? ''),
      command: answer.command,
      args: words === '' ? [] : plain(words).split(/\s+/),
      uses: String(BigInt(answer.useCount) + 1n),
      at: clock.now(),
    } as const
    const known = {
      figures: figures[0],
      tickets,
      slots: slots && {
        ...slots,
        currentSlot: asPlain(slots.currentSlot),
        currentProvider: asPlain(slots.currentProvider),
        latestOwn: asPlain(slots.latestOwn),
      },
      giveaway: giveaway && { ...giveaway, title: plain(giveaway.title), keyword: asPlain(giveaway.keyword) },
    }
    return { content: render(say, answer.response, shown, known) }
  },
  complete: (interaction, guildId, { sql }) =>
    nameChoices(sql, {
      guildId,
      typed: interaction.options.getFocused(),
      isShown: (command) => command.enabled && command.onDiscord,
    }),
}
