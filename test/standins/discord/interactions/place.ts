import type { Core } from '../core.ts'
import { channelPermissions, has, Permission } from '../world/permissions.ts'
import type { Channel, Guild, User } from '../world/types.ts'
import { Refused, type Resolved } from './options.ts'

export interface Actor {
  userId: string
  /** Absent or null: in the DM with the bot. */
  guildId?: string | null
  /** Default: the guild's first text channel. */
  channelId?: string
  locale?: string
}

export interface Place {
  user: User
  guild: Guild | null
  channel: Channel
}

export const noneResolved = (): Resolved => ({ users: {}, members: {}, roles: {}, channels: {}, attachments: {} })
export const withLocale = (locale: string | undefined) => (locale === undefined ? {} : { locale })

/** Where someone acts; refuses strangers to the guild, hidden channels, and guilds in an outage. */
export const placeOf = (core: Core, { userId, guildId, channelId }: Actor): Place => {
  const user = core.world.user(userId)
  if (guildId === undefined || guildId === null) return { user, guild: null, channel: core.world.dmWith(userId) }
  const guild = core.world.guild(guildId)
  const channel = channelId === undefined ? guild.firstTextChannel : guild.channels.get(channelId)
  if (channel === undefined) throw new Refused(`channel ${channelId} is not in guild ${guildId}`)
  const member = guild.members.get(userId)
  if (member === undefined) throw new Refused(`user ${userId} is not a member of guild ${guildId}`)
  if (guild.isUnavailable) throw new Refused(`guild ${guildId} is in an outage`)
  const bits = channelPermissions(guild, member, channel, core.clock.now())
  if (!has(bits, Permission.ViewChannel)) throw new Refused(`user ${userId} cannot see channel ${channel.id}`)
  return { user, guild, channel }
}
