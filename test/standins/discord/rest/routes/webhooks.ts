import {
  answeredInteraction,
  callback,
  editAnswer,
  followUp,
  isInteractionToken,
  messageOf,
} from '../../interactions/callback.ts'
import type { Json } from '../../json.ts'
import { Permission } from '../../world/permissions.ts'
import type { Channel, Message, User, Webhook } from '../../world/types.ts'
import { channelOf, needInChannel } from '../access.ts'
import { failure } from '../errors.ts'
import { Form } from '../form.ts'
import { readMessage } from '../message-form.ts'
import { param, type RestAnswer, type RestRequest, route } from '../router.ts'

const mostWebhooks = 15

const respond = (request: RestRequest): Json | undefined =>
  callback(request.core, {
    interactionId: param(request, 'interactionId'),
    token: param(request, 'token'),
    body: request.body,
    files: request.files,
    withResponse: request.query.get('with_response') === 'true',
  })

const webhookOf = (request: RestRequest): Webhook => {
  const webhook = request.core.world.webhooks.get(param(request, 'webhookId'))
  if (webhook === undefined) throw failure.unknownWebhook()
  if (request.params.token !== undefined && request.params.token !== webhook.token) throw failure.invalidWebhookToken()
  return webhook
}

const channelOfWebhook = (request: RestRequest, webhook: Webhook): Channel => {
  const channel = request.core.world.channels.get(webhook.channelId)
  if (channel === undefined) throw failure.unknownWebhook()
  return channel
}

/** A webhook speaks as a user of its own, with the webhook's id. */
const authorOf = (webhook: Webhook): User => ({
  id: webhook.id,
  username: webhook.name,
  globalName: null,
  bot: true,
  dmsOpen: false,
  locale: 'en-US',
})

const execute = (request: RestRequest): RestAnswer => {
  const { core } = request
  const token = param(request, 'token')
  if (isInteractionToken(core, param(request, 'webhookId'))) {
    // Interaction follow-ups always answer with the message.
    return core.world.messages.wire(followUp(core, answeredInteraction(core, token), request.body, request.files))
  }
  const webhook = webhookOf(request)
  const channel = channelOfWebhook(request, webhook)
  const { content } = readMessage(request.body, request.files, { kind: 'new', mayBeEphemeral: false })
  const message = core.world.messages.post(channel, { ...content, author: authorOf(webhook), webhookId: webhook.id })
  return request.query.get('wait') === 'true' ? core.world.messages.wire(message) : undefined
}

const messageOfWebhook = (request: RestRequest): Message => {
  const webhook = webhookOf(request)
  const message = channelOfWebhook(request, webhook).messages.get(param(request, 'message'))
  if (message?.webhookId !== webhook.id) throw failure.unknownMessage()
  return message
}

const isOfInteraction = (request: RestRequest): boolean => isInteractionToken(request.core, param(request, 'webhookId'))

const getMessage = (request: RestRequest): Json => {
  const { core } = request
  const message = isOfInteraction(request)
    ? messageOf(answeredInteraction(core, param(request, 'token')), param(request, 'message'))
    : messageOfWebhook(request)
  return core.world.messages.wire(message)
}

const editMessage = (request: RestRequest): Json => {
  const { core, body, files } = request
  if (isOfInteraction(request)) {
    const interaction = answeredInteraction(core, param(request, 'token'))
    return core.world.messages.wire(editAnswer(core, interaction, param(request, 'message'), body, files))
  }
  const message = messageOfWebhook(request)
  const { content } = readMessage(body, files, { kind: 'edit', current: message })
  return core.world.messages.wire(core.world.messages.edit(message, content))
}

const deleteMessage = (request: RestRequest): undefined => {
  const { core } = request
  const message = isOfInteraction(request)
    ? messageOf(answeredInteraction(core, param(request, 'token')), param(request, 'message'))
    : messageOfWebhook(request)
  core.world.messages.delete(message)
}

const webhookWire = (webhook: Webhook, applicationId: string): Json => ({
  id: webhook.id,
  type: 1,
  name: webhook.name,
  avatar: null,
  channel_id: webhook.channelId,
  guild_id: webhook.guildId,
  application_id: applicationId,
  token: webhook.token,
})

const inChannel = (request: RestRequest, channel: Channel): Webhook[] =>
  [...request.core.world.webhooks.values()].filter((webhook) => webhook.channelId === channel.id)

const listInChannel = (request: RestRequest): Json => {
  const channel = channelOf(request)
  needInChannel(request.core, channel, Permission.ManageWebhooks)
  return inChannel(request, channel).map((webhook) => webhookWire(webhook, request.core.world.applicationId))
}

const createInChannel = (request: RestRequest): Json => {
  const channel = channelOf(request)
  needInChannel(request.core, channel, Permission.ManageWebhooks)
  const form = Form.of(request.body)
  const name = form.text('name', { min: 1, max: 80, required: true })
  form.check()
  if (inChannel(request, channel).length >= mostWebhooks) throw failure.tooManyWebhooks()
  return webhookWire(request.core.world.addWebhook(channel, name ?? ''), request.core.world.applicationId)
}

const getWebhook = (request: RestRequest): Json => webhookWire(webhookOf(request), request.core.world.applicationId)

const deleteWebhook = (request: RestRequest): undefined => {
  request.core.world.webhooks.delete(webhookOf(request).id)
}

const open = { authorized: false } as const
const limited = { authorized: false, bucket: 'webhook' } as const

export const webhookRoutes = [
  route('POST', '/interactions/:interactionId/:token/callback', respond, open),
  route('POST', '/webhooks/:webhookId/:token', execute, limited),
  route('GET', '/webhooks/:webhookId/:token/messages/:message', getMessage, limited),
  route('PATCH', '/webhooks/:webhookId/:token/messages/:message', editMessage, limited),
  route('DELETE', '/webhooks/:webhookId/:token/messages/:message', deleteMessage, limited),
  route('GET', '/webhooks/:webhookId/:token', getWebhook, open),
  route('DELETE', '/webhooks/:webhookId/:token', deleteWebhook, open),
  route('GET', '/webhooks/:webhookId', getWebhook),
  route('DELETE', '/webhooks/:webhookId', deleteWebhook),
  route('GET', '/channels/:channelId/webhooks', listInChannel),
  route('POST', '/channels/:channelId/webhooks', createInChannel),
]
