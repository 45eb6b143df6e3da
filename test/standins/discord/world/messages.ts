import type { Clock } from '../clock.ts'
import { type JsonObject, stringOf } from '../json.ts'
import type { Ids } from '../snowflake.ts'
import { channelPermissions, has, Permission } from './permissions.ts'
import type { Channel, Emission, Message, User } from './types.ts'
import { memberWire, messageWire, reactionEmojiWire } from './wire.ts'
import type { World } from './world.ts'

/** The parts of a message that its author writes. */
export interface MessageContent {
  content: string
  embeds: JsonObject[]
  components: JsonObject[]
  attachments: JsonObject[]
  flags: number
  allowedMentions: JsonObject | null
}

export interface MessageDraft extends Partial<MessageContent> {
  author: User
  nonce?: string | null
  visibleTo?: string | null
  replyTo?: string | null
  webhookId?: string | null
  interaction?: Message['interaction']
}

const nonceRemembersMs = 300_000
const none = { everyone: false, users: [], roles: [] }
const stringsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
const idsIn = (text: string, pattern: RegExp): string[] => [
  ...new Set([...text.matchAll(pattern)].map((m) => stringOf(m[1]))),
]

/** Keeps the messages of all channels and tells the bot of those it can see. */
export class MessageBoard {
  readonly #world: World
  readonly #clock: Clock
  readonly #ids: Ids
  readonly #emit: (emission: Emission) => void
  readonly #byNonce = new Map<string, Message>()

  constructor(world: World, clock: Clock, ids: Ids, emit: (emission: Emission) => void) {
    this.#world = world
    this.#clock = clock
    this.#ids = ids
    this.#emit = emit
  }

  post(channel: Channel, draft: MessageDraft): Message {
    const message: Message = {
      id: this.#ids.next(),
      channelId: channel.id,
      guildId: channel.guildId,
      author: draft.author,
      createdAt: this.#clock.now(),
      editedAt: null,
      content: draft.content ?? '',
      embeds: draft.embeds ?? [],
      components: draft.components ?? [],
      attachments: draft.attachments ?? [],
      flags: draft.flags ?? 0,
      pinned: false,
      nonce: draft.nonce ?? null,
      allowedMentions: draft.allowedMentions ?? null,
      pings: none,
      reactions: new Map(),
      visibleTo: draft.visibleTo ?? null,
      replyTo: draft.replyTo ?? null,
      webhookId: draft.webhookId ?? null,
      interaction: draft.interaction ?? null,
    }
    message.pings = this.#pingsOf(message)
    channel.messages.set(message.id, message)
    channel.lastMessageId = message.id
    if (message.nonce !== null) this.#byNonce.set(`${channel.id}/${message.nonce}`, message)
    this.#tell('MESSAGE_CREATE', message)
    return message
  }

  /** Changes what is given; `isEdit` false is for the first text of a deferred answer, which is not marked as edited. */
  edit(message: Message, change: Partial<MessageContent>, isEdit = true): Message {
    Object.assign(message, change)
    message.pings = this.#pingsOf(message)
    if (isEdit) message.editedAt = this.#clock.now()
    this.#tell('MESSAGE_UPDATE', message)
    return message
  }

  delete(message: Message): void {
    this.#world.channels.get(message.channelId)?.messages.delete(message.id)
    this.#tellOf(message, 'MESSAGE_DELETE', { id: message.id, channel_id: message.channelId })
  }

  deleteMany(channel: Channel, ids: string[]): void {
    for (const id of ids) channel.messages.delete(id)
    this.#emit({
      event: 'MESSAGE_DELETE_BULK',
      data: { ids, channel_id: channel.id, guild_id: channel.guildId ?? undefined },
      guildId: channel.guildId,
    })
  }

  react(message: Message, user: User, emoji: string): void {
    const who = message.reactions.get(emoji) ?? new Set<string>()
    if (who.has(user.id)) return
    message.reactions.set(emoji, who.add(user.id))
    const member = message.guildId === null ? undefined : this.#world.guilds.get(message.guildId)?.members.get(user.id)
    this.#tellOf(message, 'MESSAGE_REACTION_ADD', {
      ...this.#reaction(message, user, emoji),
      member: member && memberWire(member),
    })
  }

  unreact(message: Message, user: User, emoji: string): void {
    const who = message.reactions.get(emoji)
    if (!who?.delete(user.id)) return
    if (who.size === 0) message.reactions.delete(emoji)
    this.#tellOf(message, 'MESSAGE_REACTION_REMOVE', this.#reaction(message, user, emoji))
  }

  /** The message sent here with this nonce in the last minutes, which an enforced nonce returns instead of a new one. */
  withNonce(channel: Channel, nonce: string): Message | undefined {
    const message = this.#byNonce.get(`${channel.id}/${nonce}`)
    return message && this.#clock.now() - message.createdAt < nonceRemembersMs ? message : undefined
  }

  wire(message: Message): JsonObject {
    return messageWire(message, this.#world.bot.id, (id) => this.#world.users.get(id))
  }

  #reaction(message: Message, user: User, emoji: string): JsonObject {
    return {
      user_id: user.id,
      channel_id: message.channelId,
      message_id: message.id,
      emoji: reactionEmojiWire(emoji),
      burst: false,
      type: 0,
    }
  }

  #tell(event: string, message: Message): void {
    const member =
      message.guildId === null ? undefined : this.#world.guilds.get(message.guildId)?.members.get(message.author.id)
    const { user: _, ...withoutUser } = member ? memberWire(member) : {}
    this.#tellOf(message, event, {
      ...this.wire(message),
      channel_type: this.#world.channels.get(message.channelId)?.type,
      member: member ? withoutUser : undefined,
    })
  }

  /** An ephemeral message has no events; one in a channel that the bot cannot see has none for the bot. */
  #tellOf(message: Message, event: string, data: JsonObject): void {
    if (message.visibleTo !== null) return
    if (message.guildId !== null) {
      const guild = this.#world.guilds.get(message.guildId)
      const channel = this.#world.channels.get(message.channelId)
      if (!guild || !channel || guild.isUnavailable) return
      if (!has(channelPermissions(guild, guild.botMember, channel, this.#clock.now()), Permission.ViewChannel)) return
    }
    this.#emit({
      event,
      data: { ...data, guild_id: message.guildId ?? undefined },
      guildId: message.guildId,
      aboutUserId: message.author.id,
    })
  }

  /** Who is really pinged: what the text mentions, cut down by allowed_mentions and by the author's permissions. */
  #pingsOf(message: Message): Message['pings'] {
    const allowed = message.allowedMentions
    const parse = allowed === null ? ['everyone', 'users', 'roles'] : stringsOf(allowed.parse)
    const users = idsIn(message.content, /<@!?([0-9]{17,20})>/g)
    const roles = idsIn(message.content, /<@&([0-9]{17,20})>/g)
    const guild = message.guildId === null ? undefined : this.#world.guilds.get(message.guildId)
    const author = guild?.members.get(message.author.id)
    const channel = this.#world.channels.get(message.channelId)
    const bits = guild && author && channel ? channelPermissions(guild, author, channel, this.#clock.now()) : 0n
    const mayPingAll = has(bits, Permission.MentionEveryone)
    return {
      everyone: mayPingAll && parse.includes('everyone') && /@(everyone|here)/.test(message.content),
      users: users.filter((id) => parse.includes('users') || stringsOf(allowed?.users).includes(id)),
      roles: roles.filter(
        (id) =>
          (mayPingAll || guild?.roles.get(id)?.mentionable === true) &&
          (parse.includes('roles') || stringsOf(allowed?.roles).includes(id)),
      ),
    }
  }
}
