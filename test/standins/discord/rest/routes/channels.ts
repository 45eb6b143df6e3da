import { isObject, type Json } from '../../json.ts'
import { Permission } from '../../world/permissions.ts'
import type { Channel, Guild } from '../../world/types.ts'
import { channelWire } from '../../world/wire.ts'
import { channelOf, guildOf, needInChannel, needInGuild, needToHave } from '../access.ts'
import { failure } from '../errors.ts'
import { Form } from '../form.ts'
import { created, param, type RestAnswer, type RestRequest, route } from '../router.ts'

const guildTypes = [0, 2, 4, 5, 13, 15, 16]

const wire = (request: RestRequest, channel: Channel): Json =>
  channelWire(channel, channel.recipientId === null ? null : request.core.world.user(channel.recipientId))

const guildOfChannel = (request: RestRequest, channel: Channel): Guild => {
  if (channel.guildId === null) throw failure.notInDm()
  return request.core.world.guild(channel.guildId)
}

const create = (request: RestRequest): RestAnswer => {
  const guild = guildOf(request)
  needInGuild(request.core, guild, Permission.ManageChannels)
  const form = Form.of(request.body)
  const name = form.text('name', { min: 1, max: 100, required: true })
  const type = form.oneOf('type', guildTypes) ?? 0
  const topic = form.text('topic', { max: 1_024 }) ?? null
  const parentId = form.snowflake('parent_id') ?? null
  const overwrites = form.list('permission_overwrites', { max: 100 }).flatMap((overwrite) => {
    const id = overwrite.snowflake('id', true)
    const allow = overwrite.bits('allow') ?? 0n
    const deny = overwrite.bits('deny') ?? 0n
    const isMember = overwrite.oneOf('type', [0, 1]) === 1
    return id === undefined ? [] : [{ id, allow, deny, type: isMember ? ('member' as const) : ('role' as const) }]
  })
  if (parentId !== null && guild.channels.get(parentId)?.type !== 4)
    form.fault('parent_id', 'CHANNEL_PARENT_INVALID', 'Category does not exist')
  form.check()
  for (const { allow, deny } of overwrites) needToHave(request.core, guild, allow | deny)
  // Text channel names are lower case without spaces, whatever was sent.
  const shown = type === 0 || type === 5 ? (name ?? '').toLowerCase().replace(/\s+/g, '-') : (name ?? '')
  const channel = guild.addChannel({ name: shown, type, topic, parentId, overwrites })
  guild.audit(10, channel.id, request.reason)
  return created(wire(request, channel))
}

const update = (request: RestRequest): Json => {
  const channel = channelOf(request)
  const guild = guildOfChannel(request, channel)
  needInChannel(request.core, channel, Permission.ManageChannels)
  const form = Form.of(request.body)
  const name = form.text('name', { min: 1, max: 100 })
  const topic = form.text('topic', { max: 1_024 })
  const position = form.integer('position', { min: 0 })
  const parentId = form.snowflake('parent_id')
  form.check()
  guild.updateChannel(channel.id, {
    ...(name === undefined ? {} : { name }),
    ...(form.has('topic') ? { topic: topic ?? null } : {}),
    ...(position === undefined ? {} : { position }),
    ...(form.has('parent_id') ? { parentId: parentId ?? null } : {}),
  })
  guild.audit(11, channel.id, request.reason)
  return wire(request, channel)
}

const remove = (request: RestRequest): Json => {
  const channel = channelOf(request)
  if (channel.guildId === null) return wire(request, channel)
  const guild = guildOfChannel(request, channel)
  needInChannel(request.core, channel, Permission.ManageChannels)
  guild.audit(12, channel.id, request.reason)
  return wire(request, guild.removeChannel(channel.id))
}

const setOverwrite = (request: RestRequest): undefined => {
  const channel = channelOf(request)
  const guild = guildOfChannel(request, channel)
  needInChannel(request.core, channel, Permission.ManageRoles)
  const form = Form.of(request.body)
  const type = form.oneOf('type', [0, 1], true)
  const allow = form.bits('allow') ?? 0n
  const deny = form.bits('deny') ?? 0n
  form.check()
  needToHave(request.core, guild, allow | deny)
  const targetId = param(request, 'targetId')
  if (!guild.roles.has(targetId) && !request.core.world.users.has(targetId)) throw failure.unknownOverwrite()
  guild.overwrite(channel.id, targetId, { type: type ?? 0, allow, deny })
}

const removeOverwrite = (request: RestRequest): undefined => {
  const channel = channelOf(request)
  const guild = guildOfChannel(request, channel)
  needInChannel(request.core, channel, Permission.ManageRoles)
  const targetId = param(request, 'targetId')
  if (!channel.overwrites.has(targetId)) throw failure.unknownOverwrite()
  guild.overwrite(channel.id, targetId, null)
}

const list = (request: RestRequest): Json =>
  [...guildOf(request).channels.values()].map((channel) => wire(request, channel))

export const channelRoutes = [
  route('GET', '/channels/:channelId', (request) => wire(request, channelOf(request))),
  route('PATCH', '/channels/:channelId', update, {
    bucket: ({ body }) => (isObject(body) && ('name' in body || 'topic' in body) ? 'channel-rename' : null),
  }),
  route('DELETE', '/channels/:channelId', remove),
  route('PUT', '/channels/:channelId/permissions/:targetId', setOverwrite),
  route('DELETE', '/channels/:channelId/permissions/:targetId', removeOverwrite),
  route('GET', '/guilds/:guildId/channels', list),
  route('POST', '/guilds/:guildId/channels', create),
]
