import { ApplicationCommandOptionType, PermissionFlagsBits } from 'discord.js'
import type { Command } from '../../feature.ts'
import { described, named, speakTo } from '../../language.ts'
import { exportAll } from './export.ts'
import { previewImport } from './import.ts'

const { Subcommand, Attachment } = ApplicationCommandOptionType
const heading = (name: string) =>
  ({
    type: ApplicationCommandOptionType.String,
    name,
    ...described(`transfer:command.column.${name as 'name' | 'time' | 'points' | 'discord_id'}`),
    max_length: 100,
  }) as const

/** All data of a server: out of the bot, and into it. */
export const server: Command = {
  data: {
    name: 'server',
    ...described('transfer:command.server'),
    default_member_permissions: String(PermissionFlagsBits.ManageGuild),
    options: [
      { type: Subcommand, name: 'export', ...described('transfer:command.export') },
      {
        type: Subcommand,
        name: 'import',
        ...described('transfer:command.import'),
        options: [
          { type: Attachment, name: 'file', ...described('transfer:command.file'), required: true },
          {
            type: ApplicationCommandOptionType.String,
            name: 'way',
            ...described('transfer:command.way'),
            required: true,
            choices: [
              { ...named('transfer:choice.merge'), value: 'merge' },
              { ...named('transfer:choice.add'), value: 'add' },
              { ...named('transfer:choice.replace'), value: 'replace' },
            ],
          },
          heading('name'),
          heading('time'),
          {
            type: ApplicationCommandOptionType.String,
            name: 'unit',
            ...described('transfer:command.unit'),
            choices: [
              { ...named('transfer:choice.minutes'), value: 'minutes' },
              { ...named('transfer:choice.hours'), value: 'hours' },
            ],
          },
          heading('points'),
          heading('discord_id'),
        ],
      },
    ],
  },
  run(interaction, guildId, tools) {
    switch (interaction.options.getSubcommand()) {
      case 'export':
        return exportAll(speakTo(interaction), guildId, tools)
      case 'import':
        return previewImport(interaction, guildId, tools)
      default:
        throw new Error('a subcommand of /server is not handled')
    }
  },
}
