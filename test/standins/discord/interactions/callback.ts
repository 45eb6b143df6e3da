import type { Core } from '../core.ts'
import type { Json, JsonObject } from '../json.ts'
import { checkModal } from '../rest/component-form.ts'
import { failure } from '../rest/errors.ts'
import { Form } from '../rest/form.ts'
import { type ReadMessage, readMessage, readMessageForm, refuseEmpty } from '../rest/message-form.ts'
import type { UploadedFile } from '../rest/router.ts'
import { type Message, MessageFlag } from '../world/types.ts'
import { firstAnswerWithinMs, type Interaction, InteractionType, tokenLastsMs } from './interaction.ts'

const CallbackType = { Message: 4, Deferred: 5, DeferredUpdate: 6, Update: 7, Choices: 8, Modal: 9 } as const

const allowedCallbacks = (interaction: Interaction): readonly number[] => {
  if (interaction.type === InteractionType.Autocomplete) return [8]
  if (interaction.type === InteractionType.Component) return [4, 5, 6, 7, 9]
  if (interaction.type === InteractionType.Modal) return interaction.source === null ? [4, 5] : [4, 5, 6, 7]
  return [4, 5, 9]
}

const postAnswer = (core: Core, interaction: Interaction, { content }: Pick<ReadMessage, 'content'>): Message =>
  core.world.messages.post(interaction.channel, {
    ...content,
    author: core.world.bot,
    visibleTo: ((content.flags ?? 0) & MessageFlag.Ephemeral) !== 0 ? interaction.user.id : null,
    webhookId: core.world.applicationId,
    interaction: { id: interaction.id, type: interaction.type, user: interaction.user, name: interaction.name },
  })

/** POST …/callback: the one first answer. Throws 10062 after 3 s, 40060 for a second one, 50035 for a bad one. */
export const callback = (
  core: Core,
  given: { interactionId: string; token: string; body: unknown; files: readonly UploadedFile[]; withResponse: boolean },
): Json | undefined => {
  const interaction = core.interactions.find(given.token)
  if (interaction === undefined || interaction.id !== given.interactionId) throw failure.unknownInteraction()
  if (interaction.answer.kind !== 'none') throw failure.alreadyAcknowledged()
  if (core.clock.now() - interaction.createdAt > firstAnswerWithinMs) throw failure.unknownInteraction()
  const form = Form.of(given.body)
  const type = form.oneOf('type', allowedCallbacks(interaction), true)
  form.check()
  const message = acknowledge(core, interaction, Number(type), form, given.files)
  core.signal.fire()
  return given.withResponse ? callbackResponse(core, interaction, Number(type), message) : undefined
}

const acknowledge = (
  core: Core,
  interaction: Interaction,
  type: number,
  form: Form,
  files: readonly UploadedFile[],
): Message | null => {
  const data = form.nested('data')
  if (type === CallbackType.DeferredUpdate) {
    interaction.answer = { kind: 'kept' }
    interaction.originalId = interaction.source?.id ?? null
    return interaction.source
  }
  if (type === CallbackType.Deferred) {
    const flags = (data?.integer('flags') ?? 0) & MessageFlag.Ephemeral
    const message = postAnswer(core, interaction, { content: { flags: flags | MessageFlag.Loading } })
    interaction.answer = { kind: 'thinking' }
    interaction.originalId = message.id
    return message
  }
  if (data === undefined) {
    form.required('data')
    form.check()
    return null
  }
  if (type === CallbackType.Message) {
    const read = readMessageForm(data, files, { kind: 'new', mayBeEphemeral: true })
    form.check()
    refuseEmpty(read.content, null)
    const message = postAnswer(core, interaction, read)
    interaction.answer = { kind: 'message' }
    interaction.originalId = message.id
    return message
  }
  if (type === CallbackType.Update && interaction.source) {
    const read = readMessageForm(data, files, { kind: 'edit', current: interaction.source })
    form.check()
    refuseEmpty(read.content, interaction.source)
    applyEdit(core, interaction.source, read)
    interaction.answer = { kind: 'updated' }
    interaction.originalId = interaction.source.id
    return interaction.source
  }
  if (type === CallbackType.Choices) {
    const choices = readChoices(data)
    form.check()
    interaction.answer = { kind: 'choices', choices }
    return null
  }
  checkModal(data)
  form.check()
  interaction.answer = { kind: 'modal', modal: data.values() }
  return null
}

const readChoices = (data: Form): JsonObject[] =>
  data.list('choices', { max: 25, required: true }).map((choice) => {
    choice.text('name', { min: 1, max: 100, required: true })
    if (typeof choice.raw('value') !== 'number') choice.text('value', { min: 1, max: 100, required: true })
    return choice.values()
  })

const callbackResponse = (core: Core, interaction: Interaction, type: number, message: Message | null): JsonObject => ({
  interaction: {
    id: interaction.id,
    type: interaction.type,
    response_message_id: message?.id,
    response_message_loading: message ? (message.flags & MessageFlag.Loading) !== 0 : undefined,
    response_message_ephemeral: message ? message.visibleTo !== null : undefined,
  },
  resource: { type, message: message ? core.world.messages.wire(message) : undefined },
})

/** Ephemeral is fixed when the message is made; the first text of a thinking message is no edit. */
const applyEdit = (core: Core, message: Message, { content }: ReadMessage): Message => {
  const isThinking = (message.flags & MessageFlag.Loading) !== 0
  const flags = (content.flags ?? message.flags & ~MessageFlag.Loading) | (message.flags & MessageFlag.Ephemeral)
  return core.world.messages.edit(message, { ...content, flags }, !isThinking)
}

/** The interaction of a webhook-token route. Throws 10015 for an unknown or unanswered one, 50027 after 15 min. */
export const answeredInteraction = (core: Core, token: string): Interaction => {
  const interaction = core.interactions.find(token)
  if (interaction === undefined) throw failure.unknownWebhook()
  if (core.clock.now() - interaction.createdAt > tokenLastsMs) throw failure.invalidWebhookToken()
  if (interaction.answer.kind === 'none') throw failure.unknownWebhook()
  return interaction
}

/** `@original` or the id of a message of this interaction. Throws 10008. */
export const messageOf = (interaction: Interaction, id: string): Message => {
  const wanted = id === '@original' ? interaction.originalId : id
  const isOurs = wanted !== null && (wanted === interaction.originalId || interaction.followUpIds.includes(wanted))
  const message = isOurs ? interaction.channel.messages.get(wanted) : undefined
  if (message === undefined) throw failure.unknownMessage()
  return message
}

export const editAnswer = (
  core: Core,
  interaction: Interaction,
  id: string,
  body: unknown,
  files: readonly UploadedFile[],
): Message => {
  const message = messageOf(interaction, id)
  const read = readMessage(body, files, { kind: 'edit', current: message })
  applyEdit(core, message, read)
  settle(interaction, message.id)
  core.signal.fire()
  return message
}

/** The first follow-up after a deferred answer fills that answer in, as Discord does. */
export const followUp = (
  core: Core,
  interaction: Interaction,
  body: unknown,
  files: readonly UploadedFile[],
): Message => {
  const read = readMessage(body, files, { kind: 'new', mayBeEphemeral: true })
  const original =
    interaction.originalId === null ? undefined : interaction.channel.messages.get(interaction.originalId)
  if (interaction.answer.kind === 'thinking' && original) {
    applyEdit(core, original, { ...read, content: withoutEphemeral(read.content) })
    settle(interaction, original.id)
    core.signal.fire()
    return original
  }
  const message = postAnswer(core, interaction, read)
  interaction.followUpIds.push(message.id)
  core.signal.fire()
  return message
}

const withoutEphemeral = (content: ReadMessage['content']): ReadMessage['content'] =>
  content.flags === undefined ? content : { ...content, flags: content.flags & ~MessageFlag.Ephemeral }

const settle = (interaction: Interaction, messageId: string): void => {
  if (messageId !== interaction.originalId) return
  if (interaction.answer.kind === 'thinking') interaction.answer = { kind: 'message' }
  if (interaction.answer.kind === 'kept') interaction.answer = { kind: 'updated' }
}

export const isInteractionToken = (core: Core, webhookId: string): boolean => webhookId === core.world.applicationId
