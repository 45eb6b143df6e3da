import { isObject, type Json } from '../../json.ts'
import { timeOf } from '../../snowflake.ts'
import { Permission } from '../../world/permissions.ts'
import type { Channel } from '../../world/types.ts'
import { botBits, channelOf, messageOf, needInChannel } from '../access.ts'
import { failure } from '../errors.ts'
import { Form } from '../form.ts'
import { readMessage } from '../message-form.ts'
import { param, type RestRequest, route } from '../router.ts'

const twoWeeksMs = 14 * 86_400_000
/** Text, DM, voice, announcement, threads. */
const textTypes = [0, 1, 2, 5, 10, 11, 12]

const needToSend = (request: RestRequest, channel: Channel): void => {
  const { core } = request
  if (!textTypes.includes(channel.type)) throw failure.notTextChannel()
  if (channel.guildId === null) {
    const { recipientId } = channel
    const recipient = recipientId === null ? undefined : core.world.users.get(recipientId)
    if (!recipient?.dmsOpen || !core.world.sharesGuildWith(recipient.id)) throw failure.cannotDm()
  }
  const isThread = channel.type >= 10 && channel.type <= 12
  needInChannel(core, channel, isThread ? Permission.SendMessagesInThreads : Permission.SendMessages)
}

/** Without EmbedLinks Discord refuses embeds of a bot, without AttachFiles its files. */
const needForContent = (
  request: RestRequest,
  channel: Channel,
  content: { embeds?: Json[]; attachments?: Json[] },
): void => {
  if (content.embeds?.length) needInChannel(request.core, channel, Permission.EmbedLinks)
  if (request.files.length > 0) needInChannel(request.core, channel, Permission.AttachFiles)
}

const create = (request: RestRequest): Json => {
  const { core } = request
  const channel = channelOf(request)
  needToSend(request, channel)
  const { content, nonce, isNonceEnforced, replyTo } = readMessage(request.body, request.files, {
    kind: 'new',
    mayBeEphemeral: false,
  })
  needForContent(request, channel, content)
  const first = nonce !== null && isNonceEnforced ? core.world.messages.withNonce(channel, nonce) : undefined
  if (first) return core.world.messages.wire(first)
  if (replyTo !== null && !channel.messages.has(replyTo) && !isReplyOptional(request.body)) {
    const message = 'Unknown message'
    throw failure.invalidForm({ message_reference: { _errors: [{ code: 'REPLIES_UNKNOWN_MESSAGE', message }] } })
  }
  return core.world.messages.wire(
    core.world.messages.post(channel, { ...content, author: core.world.bot, nonce, replyTo }),
  )
}

const isReplyOptional = (body: unknown): boolean =>
  isObject(body) && isObject(body.message_reference) && body.message_reference.fail_if_not_exists === false

const edit = (request: RestRequest): Json => {
  const channel = channelOf(request)
  const message = messageOf(request, channel)
  if (message.author.id !== request.core.world.bot.id) throw failure.notYourMessage()
  const { content } = readMessage(request.body, request.files, { kind: 'edit', current: message })
  needForContent(request, channel, content)
  return request.core.world.messages.wire(request.core.world.messages.edit(message, content))
}

const remove = (request: RestRequest): undefined => {
  const channel = channelOf(request)
  const message = messageOf(request, channel)
  if (message.author.id !== request.core.world.bot.id) {
    if (channel.guildId === null) throw failure.notInDm()
    needInChannel(request.core, channel, Permission.ManageMessages)
  }
  request.core.world.messages.delete(message)
}

const one = (request: RestRequest): Json => {
  const channel = channelOf(request)
  needInChannel(request.core, channel, Permission.ReadMessageHistory)
  return request.core.world.messages.wire(messageOf(request, channel))
}

/** Newest first. Without ReadMessageHistory the list is empty, which is no error. */
const list = (request: RestRequest): Json => {
  const channel = channelOf(request)
  const form = Form.of({ limit: Number(request.query.get('limit') ?? 50) })
  const limit = form.integer('limit', { min: 1, max: 100 }) ?? 50
  form.check()
  if ((botBits(request.core, channel) & Permission.ReadMessageHistory) === 0n) return []
  const before = request.query.get('before')
  const after = request.query.get('after')
  const fits = [...channel.messages.values()].filter(
    ({ id, visibleTo }) =>
      visibleTo === null &&
      (before === null || BigInt(id) < BigInt(before)) &&
      (after === null || BigInt(id) > BigInt(after)),
  )
  const chosen = after === null ? fits.slice(-limit) : fits.slice(0, limit)
  return chosen.reverse().map((message) => request.core.world.messages.wire(message))
}

const bulkDelete = (request: RestRequest): undefined => {
  const channel = channelOf(request)
  if (channel.guildId === null) throw failure.notInDm()
  needInChannel(request.core, channel, Permission.ManageMessages)
  const form = Form.of(request.body)
  const ids = form.strings('messages', { max: 1_000, required: true })
  form.check()
  if (ids.length < 2 || ids.length > 100) throw failure.wrongDeleteCount()
  if (ids.some((id) => request.core.clock.now() - timeOf(id) > twoWeeksMs)) throw failure.tooOldToDelete()
  request.core.world.messages.deleteMany(channel, ids)
}

const setPin =
  (isPinned: boolean) =>
  (request: RestRequest): undefined => {
    const channel = channelOf(request)
    needInChannel(request.core, channel, Permission.PinMessages)
    const message = messageOf(request, channel)
    message.pinned = isPinned
    request.core.world.emit({
      event: 'CHANNEL_PINS_UPDATE',
      data: { guild_id: channel.guildId ?? undefined, channel_id: channel.id, last_pin_timestamp: null },
      guildId: channel.guildId,
    })
  }

const addReaction = (request: RestRequest): undefined => {
  const channel = channelOf(request)
  needInChannel(request.core, channel, Permission.ReadMessageHistory)
  const message = messageOf(request, channel)
  const emoji = param(request, 'emoji')
  if (/^[\w\s]*$/.test(emoji)) throw failure.unknownEmoji()
  if (!message.reactions.has(emoji)) needInChannel(request.core, channel, Permission.AddReactions)
  request.core.world.messages.react(message, request.core.world.bot, emoji)
}

const removeOwnReaction = (request: RestRequest): undefined => {
  const message = messageOf(request, channelOf(request))
  request.core.world.messages.unreact(message, request.core.world.bot, param(request, 'emoji'))
}

const removeReaction = (request: RestRequest): undefined => {
  const channel = channelOf(request)
  needInChannel(request.core, channel, Permission.ManageMessages)
  const user = request.core.world.users.get(param(request, 'userId'))
  if (user === undefined) throw failure.unknownUser()
  request.core.world.messages.unreact(messageOf(request, channel), user, param(request, 'emoji'))
}

const typing = (request: RestRequest): undefined => {
  needToSend(request, channelOf(request))
}

const base = '/channels/:channelId/messages'
export const messageRoutes = [
  route('POST', base, create, { bucket: 'message-create' }),
  route('GET', base, list),
  route('POST', `${base}/bulk-delete`, bulkDelete, { bucket: 'message-delete' }),
  route('PUT', `${base}/pins/:messageId`, setPin(true)),
  route('DELETE', `${base}/pins/:messageId`, setPin(false)),
  route('PUT', '/channels/:channelId/pins/:messageId', setPin(true)),
  route('DELETE', '/channels/:channelId/pins/:messageId', setPin(false)),
  route('GET', `${base}/:messageId`, one),
  route('PATCH', `${base}/:messageId`, edit, { bucket: 'message-edit' }),
  route('DELETE', `${base}/:messageId`, remove, { bucket: 'message-delete' }),
  route('PUT', `${base}/:messageId/reactions/:emoji/@me`, addReaction, { bucket: 'reaction' }),
  route('DELETE', `${base}/:messageId/reactions/:emoji/@me`, removeOwnReaction, { bucket: 'reaction' }),
  route('DELETE', `${base}/:messageId/reactions/:emoji/:userId`, removeReaction, { bucket: 'reaction' }),
  route('POST', '/channels/:channelId/typing', typing),
]
