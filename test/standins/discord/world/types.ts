import type { JsonObject } from '../json.ts'

export type { Guild } from './guild.ts'

export interface User {
  readonly id: string
  username: string
  globalName: string | null
  readonly bot: boolean
  /** Closed DMs answer 50007 to the bot. */
  dmsOpen: boolean
  locale: string
}

export interface Role {
  readonly id: string
  name: string
  permissions: bigint
  color: number
  hoist: boolean
  mentionable: boolean
  /** Belongs to an integration: nobody can give or take it by hand. */
  readonly managed: boolean
  readonly botId: string | null
}

export interface Member {
  readonly user: User
  nick: string | null
  readonly roles: Set<string>
  readonly joinedAt: number
  timeoutUntil: number | null
}

export interface Overwrite {
  readonly id: string
  /** 0 role, 1 member. */
  readonly type: 0 | 1
  readonly allow: bigint
  readonly deny: bigint
}

export interface Channel {
  readonly id: string
  /** Null for a DM. */
  readonly guildId: string | null
  /** 0 text, 1 DM, 2 voice, 4 category, 5 announcement. */
  readonly type: number
  name: string
  topic: string | null
  parentId: string | null
  position: number
  readonly overwrites: Map<string, Overwrite>
  /** The user of a DM. */
  readonly recipientId: string | null
  readonly messages: Map<string, Message>
  lastMessageId: string | null
}

export interface Message {
  readonly id: string
  readonly channelId: string
  readonly guildId: string | null
  readonly author: User
  readonly createdAt: number
  editedAt: number | null
  content: string
  embeds: JsonObject[]
  components: JsonObject[]
  attachments: JsonObject[]
  flags: number
  pinned: boolean
  nonce: string | null
  /** As the bot sent it; null when it sent none, which pings everyone it may. */
  allowedMentions: JsonObject | null
  pings: { everyone: boolean; users: string[]; roles: string[] }
  /** emoji → users */
  readonly reactions: Map<string, Set<string>>
  /** The only user who sees an ephemeral message; null for ordinary ones. */
  readonly visibleTo: string | null
  readonly replyTo: string | null
  readonly webhookId: string | null
  readonly interaction: { id: string; type: number; user: User; name: string | null } | null
}

export interface Webhook {
  readonly id: string
  readonly token: string
  readonly channelId: string
  readonly guildId: string
  name: string
}

export interface AuditEntry {
  readonly id: string
  readonly actionType: number
  readonly userId: string
  readonly targetId: string | null
  /** Decoded from the request header. */
  readonly reason: string | null
}

export const MessageFlag = { Ephemeral: 64, Loading: 128, ComponentsV2: 32_768 } as const

/** One event on its way to the sessions. */
export interface Emission {
  event: string
  data: JsonObject
  /** Null: it concerns no guild and goes to shard 0 only. */
  guildId: string | null
  /** The member or author whom it is about; the bot always hears about itself. */
  aboutUserId?: string
}
