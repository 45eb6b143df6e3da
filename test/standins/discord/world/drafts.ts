import type { Channel, Emission, User } from './types.ts'

/** What a guild needs from the world around it. */
export interface Surroundings {
  now(): number
  nextId(): string
  emit(emission: Emission): void
  userFor(idOrUser: string | User | undefined, username?: string): User
  readonly bot: User
  readonly channelIndex: Map<string, Channel>
}

export interface ChannelDraft {
  id?: string
  name?: string
  type?: number
  topic?: string | null
  parentId?: string | null
  overwrites?: readonly { id: string; type: 'role' | 'member'; allow?: bigint; deny?: bigint }[]
}

export interface MemberDraft {
  /** A user of the world, or the id of one, which is made when missing. */
  user?: string | User
  username?: string
  nick?: string
  roles?: readonly string[]
}

export interface GuildDraft {
  id?: string
  name?: string
  ownerId?: string
  locale?: string
  botPermissions?: bigint
}
