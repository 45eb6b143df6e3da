import type { JsonObject } from '../json.ts'
import type { Channel, Guild, Member, Message, Role, User } from './types.ts'

const iso = (ms: number): string => new Date(ms).toISOString()

export const userWire = (user: User): JsonObject => ({
  id: user.id,
  username: user.username,
  global_name: user.globalName,
  discriminator: '0',
  avatar: null,
  bot: user.bot,
  public_flags: 0,
})

export const roleWire = (guild: Guild, role: Role): JsonObject => ({
  id: role.id,
  name: role.name,
  color: role.color,
  colors: { primary_color: role.color, secondary_color: null, tertiary_color: null },
  hoist: role.hoist,
  icon: null,
  unicode_emoji: null,
  position: guild.positionOf(role.id),
  permissions: String(role.permissions),
  managed: role.managed,
  mentionable: role.mentionable,
  flags: 0,
  tags: role.botId === null ? undefined : { bot_id: role.botId },
})

export const memberWire = (member: Member): JsonObject => ({
  user: userWire(member.user),
  nick: member.nick,
  avatar: null,
  roles: [...member.roles],
  joined_at: iso(member.joinedAt),
  premium_since: null,
  deaf: false,
  mute: false,
  flags: 0,
  pending: false,
  communication_disabled_until: member.timeoutUntil === null ? null : iso(member.timeoutUntil),
})

export const channelWire = (channel: Channel, recipient: User | null): JsonObject =>
  channel.guildId === null
    ? {
        id: channel.id,
        type: channel.type,
        last_message_id: channel.lastMessageId,
        recipients: recipient === null ? [] : [userWire(recipient)],
        flags: 0,
      }
    : {
        id: channel.id,
        type: channel.type,
        guild_id: channel.guildId,
        name: channel.name,
        topic: channel.topic,
        position: channel.position,
        parent_id: channel.parentId,
        nsfw: false,
        rate_limit_per_user: 0,
        last_message_id: channel.lastMessageId,
        flags: 0,
        permission_overwrites: [...channel.overwrites.values()].map((overwrite) => ({
          id: overwrite.id,
          type: overwrite.type,
          allow: String(overwrite.allow),
          deny: String(overwrite.deny),
        })),
      }

/** What REST and GUILD_CREATE have in common. */
export const guildWire = (guild: Guild): JsonObject => ({
  id: guild.id,
  name: guild.name,
  icon: null,
  splash: null,
  discovery_splash: null,
  banner: null,
  owner_id: guild.ownerId,
  afk_channel_id: null,
  afk_timeout: 300,
  verification_level: 0,
  default_message_notifications: 0,
  explicit_content_filter: 0,
  mfa_level: 0,
  nsfw_level: 0,
  premium_tier: 0,
  premium_progress_bar_enabled: false,
  preferred_locale: guild.locale,
  system_channel_id: null,
  system_channel_flags: 0,
  rules_channel_id: null,
  public_updates_channel_id: null,
  safety_alerts_channel_id: null,
  application_id: null,
  description: null,
  vanity_url_code: null,
  features: [],
  emojis: [],
  stickers: [],
  roles: guild.rolesInOrder().map((role) => roleWire(guild, role)),
})

/** Lists only the bot among the members, as Discord does for a bot without the presence intent. */
export const guildCreateWire = (guild: Guild): JsonObject => ({
  ...guildWire(guild),
  joined_at: iso(guild.botMember.joinedAt),
  large: guild.members.size > 50,
  unavailable: false,
  member_count: guild.members.size,
  voice_states: [],
  members: [memberWire(guild.botMember)],
  channels: [...guild.channels.values()].map((channel) => channelWire(channel, null)),
  threads: [],
  presences: [],
  stage_instances: [],
  guild_scheduled_events: [],
  soundboard_sounds: [],
})

const emojiWire = (emoji: string): JsonObject => {
  const [name = emoji, id] = emoji.split(':')
  return { id: id ?? null, name }
}

export const reactionEmojiWire = emojiWire

/** `users` finds the mentioned users; an unknown id is left out. */
export const messageWire = (message: Message, botId: string, users: (id: string) => User | undefined): JsonObject => ({
  id: message.id,
  channel_id: message.channelId,
  guild_id: undefined,
  type: message.interaction?.name ? 20 : message.replyTo === null ? 0 : 19,
  author: userWire(message.author),
  webhook_id: message.webhookId ?? undefined,
  application_id: message.interaction === null ? undefined : (message.webhookId ?? undefined),
  content: message.content,
  timestamp: iso(message.createdAt),
  edited_timestamp: message.editedAt === null ? null : iso(message.editedAt),
  tts: false,
  mention_everyone: message.pings.everyone,
  mentions: message.pings.users.flatMap((id) => {
    const user = users(id)
    return user ? [userWire(user)] : []
  }),
  mention_roles: message.pings.roles,
  attachments: message.attachments,
  embeds: message.embeds,
  components: message.components,
  pinned: message.pinned,
  flags: message.flags,
  nonce: message.nonce ?? undefined,
  message_reference:
    message.replyTo === null ? undefined : { message_id: message.replyTo, channel_id: message.channelId },
  reactions: [...message.reactions].map(([emoji, who]) => ({
    emoji: emojiWire(emoji),
    count: who.size,
    me: who.has(botId),
    me_burst: false,
    burst_colors: [],
    count_details: { normal: who.size, burst: 0 },
  })),
  interaction_metadata:
    message.interaction === null
      ? undefined
      : {
          id: message.interaction.id,
          type: message.interaction.type,
          user: userWire(message.interaction.user),
          authorizing_integration_owners: { '0': message.guildId ?? '0' },
        },
})
