import type { Channel, Guild, Member } from './types.ts'

/** Permission bits of Discord's API v10, by the names that discord.js uses. */
export const Permission = {
  CreateInstantInvite: 1n << 0n,
  KickMembers: 1n << 1n,
  BanMembers: 1n << 2n,
  Administrator: 1n << 3n,
  ManageChannels: 1n << 4n,
  ManageGuild: 1n << 5n,
  AddReactions: 1n << 6n,
  ViewAuditLog: 1n << 7n,
  ViewChannel: 1n << 10n,
  SendMessages: 1n << 11n,
  SendTTSMessages: 1n << 12n,
  ManageMessages: 1n << 13n,
  EmbedLinks: 1n << 14n,
  AttachFiles: 1n << 15n,
  ReadMessageHistory: 1n << 16n,
  MentionEveryone: 1n << 17n,
  UseExternalEmojis: 1n << 18n,
  ChangeNickname: 1n << 26n,
  ManageNicknames: 1n << 27n,
  ManageRoles: 1n << 28n,
  ManageWebhooks: 1n << 29n,
  UseApplicationCommands: 1n << 31n,
  SendMessagesInThreads: 1n << 38n,
  ModerateMembers: 1n << 40n,
  PinMessages: 1n << 51n,
} as const

export const everyPermission = (1n << 53n) - 1n
/** What a member in timeout keeps. */
const whileTimedOut = Permission.ViewChannel | Permission.ReadMessageHistory

/** What @everyone may do in a new guild. */
export const everyoneDefaults =
  Permission.ViewChannel |
  Permission.SendMessages |
  Permission.SendMessagesInThreads |
  Permission.EmbedLinks |
  Permission.AttachFiles |
  Permission.ReadMessageHistory |
  Permission.AddReactions |
  Permission.UseExternalEmojis |
  Permission.ChangeNickname |
  Permission.UseApplicationCommands

/** What the bot's own role may do unless a test says otherwise: enough to talk and to give roles, not to moderate. */
export const botDefaults = everyoneDefaults | Permission.ManageRoles

const isEverything = (guild: Guild, member: Member, bits: bigint) =>
  member.user.id === guild.ownerId || (bits & Permission.Administrator) !== 0n

const afterTimeout = (guild: Guild, member: Member, bits: bigint, now: number): bigint => {
  if (member.timeoutUntil === null || member.timeoutUntil <= now) return bits
  return isEverything(guild, member, bits) ? bits : bits & whileTimedOut
}

/** @everyone or any role of the member; owner and administrators have everything. */
export const guildPermissions = (guild: Guild, member: Member, now: number): bigint => {
  let bits = guild.roles.get(guild.id)?.permissions ?? 0n
  for (const roleId of member.roles) bits |= guild.roles.get(roleId)?.permissions ?? 0n
  return isEverything(guild, member, bits) ? everyPermission : afterTimeout(guild, member, bits, now)
}

/** Guild permissions, then the channel's overwrites: @everyone, all roles together, the member. */
export const channelPermissions = (guild: Guild, member: Member, channel: Channel, now: number): bigint => {
  let bits = guildPermissions(guild, member, now)
  if (bits === everyPermission) return bits
  const everyone = channel.overwrites.get(guild.id)
  if (everyone) bits = (bits & ~everyone.deny) | everyone.allow
  let allow = 0n
  let deny = 0n
  for (const roleId of member.roles) {
    const overwrite = channel.overwrites.get(roleId)
    allow |= overwrite?.allow ?? 0n
    deny |= overwrite?.deny ?? 0n
  }
  bits = (bits & ~deny) | allow
  const own = channel.overwrites.get(member.user.id)
  if (own) bits = (bits & ~own.deny) | own.allow
  return afterTimeout(guild, member, bits, now)
}

export const has = (bits: bigint, wanted: bigint): boolean => (bits & wanted) === wanted

/** Position of the member's highest role; 0 is @everyone. The owner stands above all roles. */
export const highestPosition = (guild: Guild, member: Member): number => {
  if (member.user.id === guild.ownerId) return Number.MAX_SAFE_INTEGER
  let highest = 0
  for (const roleId of member.roles) highest = Math.max(highest, guild.positionOf(roleId))
  return highest
}
