import type { ChatInputCommandInteraction } from 'discord.js'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { type GuildId, userId } from '../../../../cluster/runtime/ids.ts'
import { transaction } from '../../../../sql/client.ts'
import { audit } from '../../../../sql/queries/audit.ts'
import { type Choices, removeTemplate, saveTemplate, templatesOf } from '../../../../sql/queries/giveaways.ts'
import type { Reply, Tools } from '../../feature.ts'
import { speakTo } from '../../language.ts'
import { plain } from '../../text.ts'
import { readQuestions } from '../rules/choices.ts'
import { limits } from '../rules/limits.ts'
import { templatesView } from '../view/admin.ts'
import { chosenBy } from './create.ts'

/** Keeps how giveaways of one kind are run. Questions stand on one line there, with bars between them. */
async function save(interaction: ChatInputCommandInteraction, guildId: GuildId, { sql }: Tools): Promise<Reply> {
  const say = speakTo(interaction)
  const { options } = interaction
  const displayName = options.getString('name', true).trim()
  const name = displayName.toLowerCase()
  if (name === '' || name.length > limits.templateName)
    throw new UserError('template_name', say('giveaways:error.template_name', { max: limits.templateName }))
  const { channelId: _, ...chosen } = chosenBy(say, interaction)
  const keyword = options.getString('keyword')?.trim() ?? ''
  if (chosen.entryMethod === 'keyword' && keyword === '') throw new UserError('keyword', say('giveaways:error.keyword'))
  const entryPrompts = readQuestions((options.getString('questions') ?? '').replaceAll('|', '\n'))
  if (entryPrompts === undefined)
    throw new UserError('questions', say('giveaways:error.questions', { most: limits.questions, max: limits.question }))
  const choices: Choices = { ...chosen, keyword: chosen.entryMethod === 'keyword' ? keyword : null, entryPrompts }
  const by = userId(interaction.user.id)
  await transaction(sql, async (db) => {
    const [saved] = await saveTemplate(db, { guildId, name, displayName, choices, userId: by, most: limits.templates })
    if (saved === undefined)
      throw new UserError('too_many_templates', say('giveaways:error.too_many_templates', { max: limits.templates }))
    await audit(db, [
      {
        guildId,
        source: 'discord',
        actorId: by,
        action: 'giveaways.template',
        subject: name,
        newValue: JSON.stringify(choices),
      },
    ])
  })
  return { content: say('giveaways:template.saved', { name: `**${plain(displayName)}**` }) }
}

async function remove(interaction: ChatInputCommandInteraction, guildId: GuildId, { sql }: Tools): Promise<Reply> {
  const say = speakTo(interaction)
  const typed = interaction.options.getString('template', true)
  const name = typed.trim().toLowerCase()
  const by = userId(interaction.user.id)
  const removed = await transaction(sql, async (db) => {
    const [gone] = await removeTemplate(db, { guildId, name })
    if (gone === undefined)
      throw new UserError('no_template', say('giveaways:error.no_template', { name: plain(typed) }))
    await audit(db, [{ guildId, source: 'discord', actorId: by, action: 'giveaways.untemplate', subject: name }])
    return gone.displayName
  })
  return { content: say('giveaways:template.removed', { name: `**${plain(removed)}**` }) }
}

export const template = {
  save,
  remove,
  list: async (interaction: ChatInputCommandInteraction, guildId: GuildId, { sql }: Tools): Promise<Reply> =>
    templatesView(speakTo(interaction), await templatesOf(sql, { guildId })),
} as const
