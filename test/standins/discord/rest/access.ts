import type { Core } from '../core.ts'
import { channelPermissions, guildPermissions, has, highestPosition, Permission } from '../world/permissions.ts'
import type { Channel, Guild, Member, Message, Role } from '../world/types.ts'
import { failure } from './errors.ts'
import { param, type RestRequest } from './router.ts'

/** The guild of the route. A guild without the bot cannot be told from one that does not exist: 10004. */
export const guildOf = (request: RestRequest): Guild => {
  const guild = request.core.world.guilds.get(param(request, 'guildId'))
  if (guild === undefined) throw failure.unknownGuild()
  return guild
}

/** The channel of the route, visible to the bot; 10003 or 50001. */
export const channelOf = (request: RestRequest): Channel => {
  const channel = request.core.world.channels.get(param(request, 'channelId'))
  if (channel === undefined) throw failure.unknownChannel()
  if (!has(botBits(request.core, channel), Permission.ViewChannel)) throw failure.missingAccess()
  return channel
}

export const messageOf = (request: RestRequest, channel: Channel): Message => {
  const message = channel.messages.get(param(request, 'messageId'))
  // Ephemeral messages exist for their user and their token only.
  if (message === undefined || message.visibleTo !== null) throw failure.unknownMessage()
  return message
}

/** What the bot may do in a channel; in a DM everything that a DM has. */
export const botBits = (core: Core, channel: Channel): bigint => {
  if (channel.guildId === null)
    return (
      Permission.ViewChannel |
      Permission.SendMessages |
      Permission.EmbedLinks |
      Permission.AttachFiles |
      Permission.ReadMessageHistory |
      Permission.AddReactions |
      Permission.PinMessages
    )
  const guild = core.world.guild(channel.guildId)
  return channelPermissions(guild, guild.botMember, channel, core.clock.now())
}

export const needInChannel = (core: Core, channel: Channel, wanted: bigint): void => {
  if (!has(botBits(core, channel), wanted)) throw failure.missingPermissions()
}

export const needInGuild = (core: Core, guild: Guild, wanted: bigint): void => {
  if (!has(guildPermissions(guild, guild.botMember, core.clock.now()), wanted)) throw failure.missingPermissions()
}

export const roleOf = (guild: Guild, roleId: string): Role => {
  const role = guild.roles.get(roleId)
  if (role === undefined) throw failure.unknownRole()
  return role
}

/** 10013 when no such user exists, 10007 when they are not in the guild. */
export const memberOf = (request: RestRequest, guild: Guild): Member => {
  const userId = param(request, 'userId')
  const member = guild.members.get(userId)
  if (member) return member
  throw request.core.world.users.has(userId) ? failure.unknownMember() : failure.unknownUser()
}

/** The bot may give and take only ordinary roles below its own highest one, and needs ManageRoles. */
export const needPowerOverRole = (core: Core, guild: Guild, role: Role): void => {
  if (role.id === guild.id) throw failure.invalidRole()
  needInGuild(core, guild, Permission.ManageRoles)
  if (role.managed) throw failure.missingPermissions()
  if (guild.positionOf(role.id) >= highestPosition(guild, guild.botMember)) throw failure.missingPermissions()
}

/** Members at or above the bot, and the owner, are out of its reach; itself it may manage. */
export const needPowerOverMember = (guild: Guild, member: Member): void => {
  if (member.user.id === guild.botMember.user.id) return
  if (highestPosition(guild, member) >= highestPosition(guild, guild.botMember)) throw failure.missingPermissions()
}

/** Nobody gives permissions that they lack. */
export const needToHave = (core: Core, guild: Guild, bits: bigint): void => needInGuild(core, guild, bits)
