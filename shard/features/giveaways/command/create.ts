import {
  type APILabelComponent,
  type APITextInputComponent,
  type ChatInputCommandInteraction,
  ComponentType,
  type ModalSubmitInteraction,
  TextInputStyle,
} from 'discord.js'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import { type ChannelId, channelId, type GuildId, roleId, userId } from '../../../../cluster/runtime/ids.ts'
import { transaction } from '../../../../sql/client.ts'
import { audit } from '../../../../sql/queries/audit.ts'
import {
  addGiveaway,
  type Choices,
  entryMethods,
  giveawayOf,
  nextGiveaway,
  templatesOf,
} from '../../../../sql/queries/giveaways.ts'
import { codeOf } from '../../discord.ts'
import type { ModalSubmit, Opening, Reply, Tools } from '../../feature.ts'
import { type Say, speakTo } from '../../language.ts'
import { plain } from '../../text.ts'
import { sealedSeed } from '../job/draw.ts'
import { scheduleEnd } from '../job/end.ts'
import { sayInChat } from '../job/tell.ts'
import { postPanel } from '../outbox/panel.ts'
import { type Chosen, choicesForm, hasButton, pack, readDuration, readQuestions, unpack } from '../rules/choices.ts'
import { limits } from '../rules/limits.ts'
import { showView } from '../view/admin.ts'
import { refusals } from './permission.ts'

/** What the options of the command say; a `UserError` for what does not go together. */
export function chosenBy(say: Say, { options, channelId: here }: ChatInputCommandInteraction): Chosen {
  const entryMethod = entryMethods.find((method) => method === options.getString('method')) ?? 'discord'
  const bonusRoles = Object.fromEntries(
    (['bonus', 'other'] as const).flatMap((name) => {
      const role = options.getRole(`${name}_role`)
      return role === null ? [] : [[role.id, options.getInteger(`${name}_tickets`) ?? 1]]
    }),
  )
  const role = options.getRole('role')
  const chosen: Chosen = {
    entryMethod,
    withButton: entryMethod !== 'discord' && (options.getBoolean('button') ?? false),
    messagesRequired: options.getInteger('messages') ?? (entryMethod === 'active_chatter' ? 5 : 1),
    timeWindowMinutes: options.getInteger('minutes') ?? 10,
    maxEntriesPerUser: options.getInteger('entries') ?? 1,
    maxWinners: options.getInteger('winners') ?? 1,
    needsLink: options.getBoolean('linked') ?? false,
    requiredRoleId: role === null ? null : roleId(role.id),
    bonusRoles,
    claimMinutes: options.getInteger('claim') ?? 0,
    channelId: channelId(options.getChannel('channel')?.id ?? here),
  }
  // In the chat nobody's roles are known, so more tickets would only seem to be given.
  if (Object.keys(bonusRoles).length > 0 && !hasButton(chosen))
    throw new UserError('bonus_in_chat', say('giveaways:error.bonus_in_chat'))
  return chosen
}

// --- The form -----------------------------------------------------------------------------------------------------------

const input = (
  name: string,
  label: string,
  p: { max: number; required: boolean; long?: boolean; placeholder?: string },
): APILabelComponent => {
  const text: APITextInputComponent = {
    type: ComponentType.TextInput,
    custom_id: name,
    style: p.long === true ? TextInputStyle.Paragraph : TextInputStyle.Short,
    required: p.required,
    max_length: p.max,
    ...(p.placeholder !== undefined && { placeholder: p.placeholder }),
  }
  return { type: ComponentType.Label, label, component: text }
}

const wordsOf = (say: Say): readonly APILabelComponent[] => [
  input('title', say('giveaways:form.title'), { max: limits.title, required: true }),
  input('description', say('giveaways:form.description'), { max: limits.description, required: false, long: true }),
  input('duration', say('giveaways:form.duration'), {
    max: 40,
    required: false,
    placeholder: say('giveaways:form.duration_hint'),
  }),
]

/** Asks for the words of a giveaway whose ways were chosen; they come back in the form's id. */
export async function openCreate(interaction: ChatInputCommandInteraction, guildId: GuildId): Promise<Opening> {
  const say = speakTo(interaction)
  const chosen = chosenBy(say, interaction)
  const questionLength = limits.questions * (limits.question + 1)
  return {
    modal: {
      custom_id: `giveaways:create:${guildId}:${pack(chosen)}`,
      title: say('giveaways:form.create'),
      components: [
        ...wordsOf(say),
        ...(chosen.entryMethod === 'keyword'
          ? [input('keyword', say('giveaways:form.keyword'), { max: limits.keyword, required: true })]
          : []),
        ...(hasButton(chosen)
          ? [
              input('questions', say('giveaways:form.questions'), {
                max: questionLength,
                required: false,
                long: true,
                placeholder: say('giveaways:form.questions_hint'),
              }),
            ]
          : []),
      ],
    },
  }
}

/** Asks for the words of a giveaway that is run as a template says. */
export async function openStart(
  interaction: ChatInputCommandInteraction,
  guildId: GuildId,
  { sql }: Tools,
): Promise<Opening> {
  const say = speakTo(interaction)
  const template = await templateNamed(say, guildId, interaction.options.getString('template', true), sql)
  const channel = interaction.options.getChannel('channel')?.id ?? interaction.channelId
  return {
    modal: {
      // The name may be longer than an id has room for; its beginning tells, and what it means is looked up again.
      custom_id: `giveaways:start:${guildId}:${channel}:${shortOf(template.name)}`,
      title: [...say('giveaways:form.start', { name: template.displayName })].slice(0, 45).join(''),
      components: [...wordsOf(say)],
    },
  }
}

/** A template's name as part of an id. */
const shortOf = (name: string): string => Buffer.from(name).toString('base64url').slice(0, 40)

async function templateNamed(say: Say, guildId: GuildId, typed: string, sql: Tools['sql']) {
  const [template] = await templatesOf(sql, { guildId, name: typed.trim().toLowerCase() })
  if (template === undefined)
    throw new UserError('no_template', say('giveaways:error.no_template', { name: plain(typed) }))
  return template
}

// --- What comes back ------------------------------------------------------------------------------------------------------

const textIn = ({ fields }: ModalSubmitInteraction, name: string): string =>
  fields.fields.has(name) ? fields.getTextInputValue(name).trim() : ''

/** `giveaways:create:<guild>:<what was chosen>`. */
export const createForm: ModalSubmit = {
  isPrivate: true,
  async run(interaction, guildId, [packed = ''], tools) {
    const say = speakTo(interaction)
    const chosen = unpack(packed)
    if (chosen === undefined) throw new UserError('old_form', say('giveaways:error.old_form'))
    const keyword = textIn(interaction, 'keyword')
    const entryPrompts = readQuestions(textIn(interaction, 'questions'))
    if (entryPrompts === undefined)
      throw new UserError(
        'questions',
        say('giveaways:error.questions', { most: limits.questions, max: limits.question }),
      )
    const choices = { ...chosen, keyword: keyword === '' ? null : keyword, entryPrompts }
    return begin(interaction, guildId, { choices, channelId: chosen.channelId }, tools)
  },
}

/** `giveaways:start:<guild>:<channel>:<template>`. */
export const startForm: ModalSubmit = {
  isPrivate: true,
  async run(interaction, guildId, [channel = '', short = ''], tools) {
    const say = speakTo(interaction)
    const template = (await templatesOf(tools.sql, { guildId })).find(({ name }) => shortOf(name) === short)
    if (template === undefined || !/^\d{15,20}$/.test(channel))
      throw new UserError('no_template', say('giveaways:error.template_gone'))
    const choices = choicesForm.parse(template.choices)
    return begin(interaction, guildId, { choices, channelId: channelId(channel) }, tools)
  },
}

/** Begins a giveaway: keeps it with its secret and its end in one transaction, then posts its panel. */
async function begin(
  interaction: ModalSubmitInteraction,
  guildId: GuildId,
  p: { readonly choices: Choices; readonly channelId: ChannelId },
  tools: Tools,
): Promise<Reply> {
  const say = speakTo(interaction)
  const durationMinutes = readDuration(textIn(interaction, 'duration'))
  if (durationMinutes === undefined) throw new UserError('duration', say('giveaways:error.duration'))
  if (p.choices.entryMethod === 'keyword' && p.choices.keyword === null)
    throw new UserError('keyword', say('giveaways:error.keyword'))
  const by = userId(interaction.user.id)
  const description = textIn(interaction, 'description')
  const id = await transaction(tools.sql, async (db) => {
    const next = await nextGiveaway(db, { guildId, most: limits.running })
    if (next === undefined) throw new UserError('too_many', say('giveaways:error.too_many', { max: limits.running }))
    const endsAt = await addGiveaway(db, {
      ...p.choices,
      guildId,
      id: next,
      title: textIn(interaction, 'title'),
      description: description === '' ? null : description,
      durationMinutes,
      channelId: p.channelId,
      createdBy: by,
      seed: await sealedSeed({ guildId, giveawayId: next }, tools.secrets),
    })
    if (endsAt !== null) await scheduleEnd(db, { guildId, id: next, entryMethod: p.choices.entryMethod }, endsAt)
    const giveaway = await giveawayOf(db, { guildId, id: next })
    if (giveaway !== undefined) await sayInChat(db, giveaway, { kind: 'begun' }, tools)
    await audit(db, [{ guildId, source: 'discord', actorId: by, action: 'giveaways.create', subject: `#${next}` }])
    return next
  })
  tools.wakeOutbox()
  const giveaway = await giveawayOf(tools.sql, { guildId, id })
  if (giveaway === undefined) throw new Error('a giveaway that was just made is not there')
  const shown = (note: string) => showView(say, { giveaway, totals: { people: 0, tickets: '0' }, winners: [], note })
  try {
    await postPanel({ guildId, id, channelId: p.channelId, nonce: interaction.id }, tools)
  } catch (error) {
    if (!refusals.has(codeOf(error))) throw error
    return shown(say('giveaways:begun_unseen', { number: String(id), channel: `<#${p.channelId}>` }))
  }
  return shown(say('giveaways:begun', { number: String(id), channel: `<#${p.channelId}>` }))
}
