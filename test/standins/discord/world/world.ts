import type { Clock } from '../clock.ts'
import type { Ids } from '../snowflake.ts'
import { isSnowflake } from '../snowflake.ts'
import { Commands } from './commands.ts'
import type { GuildDraft, Surroundings } from './drafts.ts'
import { Guild } from './guild.ts'
import { MessageBoard } from './messages.ts'
import type { Channel, Emission, User, Webhook } from './types.ts'
import { guildCreateWire } from './wire.ts'

export interface UserDraft {
  id?: string
  username?: string
  globalName?: string | null
  dmsOpen?: boolean
  locale?: string
}

/** Everything that exists: users, guilds, channels, messages. Every change is emitted as the event Discord would send. */
export class World {
  readonly applicationId: string
  readonly bot: User
  readonly users = new Map<string, User>()
  readonly guilds = new Map<string, Guild>()
  readonly channels = new Map<string, Channel>()
  readonly webhooks = new Map<string, Webhook>()
  readonly messages: MessageBoard
  readonly commands: Commands
  readonly #clock: Clock
  readonly #ids: Ids
  readonly #emit: (emission: Emission) => void
  readonly #dms = new Map<string, Channel>()
  readonly #around: Surroundings

  constructor(clock: Clock, ids: Ids, emit: (emission: Emission) => void) {
    this.#clock = clock
    this.#ids = ids
    this.#emit = emit
    this.applicationId = ids.next()
    this.bot = { id: ids.next(), username: 'Belfry', globalName: null, bot: true, dmsOpen: true, locale: 'en-US' }
    this.users.set(this.bot.id, this.bot)
    this.#around = {
      now: () => clock.now(),
      nextId: () => ids.next(),
      emit,
      userFor: (idOrUser, username) => this.#userFor(idOrUser, username),
      bot: this.bot,
      channelIndex: this.channels,
    }
    this.commands = new Commands(this.applicationId, clock, ids)
    this.messages = new MessageBoard(this, clock, ids, emit)
  }

  /** Adds a guild with @everyone, the bot and its role, an owner, and a text channel. To a running bot it is a join. */
  addGuild(draft: GuildDraft = {}): Guild {
    const id = draft.id ?? this.#freshGuildId()
    if (!isSnowflake(id)) throw new Error(`${id} is not a snowflake`)
    if (this.guilds.has(id)) throw new Error(`guild ${id} exists already`)
    let isReady = false
    const guild = new Guild(id, draft, {
      ...this.#around,
      // While it is put together nobody hears of its parts: one GUILD_CREATE tells everything.
      emit: (emission) => {
        if (isReady) this.#emit(emission)
      },
    })
    guild.addChannel({ name: 'general' })
    isReady = true
    this.guilds.set(id, guild)
    this.#emit({ event: 'GUILD_CREATE', data: guildCreateWire(guild), guildId: id })
    return guild
  }

  addGuilds(count: number): Guild[] {
    return Array.from({ length: count }, () => this.addGuild())
  }

  /** The bot is removed from the guild, and the guild from the world. */
  removeGuild(guildId: string): void {
    const guild = this.guild(guildId)
    this.guilds.delete(guildId)
    for (const channelId of guild.channels.keys()) this.channels.delete(channelId)
    this.#emit({ event: 'GUILD_DELETE', data: { id: guildId }, guildId })
  }

  /** Throws when there is none. */
  guild(guildId: string): Guild {
    const guild = this.guilds.get(guildId)
    if (guild === undefined) throw new Error(`there is no guild ${guildId}`)
    return guild
  }

  addUser(draft: UserDraft = {}): User {
    const id = draft.id ?? this.#ids.next()
    if (this.users.has(id)) throw new Error(`user ${id} exists already`)
    const user: User = {
      id,
      username: draft.username ?? `user${id.slice(-6)}`,
      globalName: draft.globalName ?? null,
      bot: false,
      dmsOpen: draft.dmsOpen ?? true,
      locale: draft.locale ?? 'en-US',
    }
    this.users.set(id, user)
    return user
  }

  user(userId: string): User {
    const user = this.users.get(userId)
    if (user === undefined) throw new Error(`there is no user ${userId}`)
    return user
  }

  channel(channelId: string): Channel {
    const channel = this.channels.get(channelId)
    if (channel === undefined) throw new Error(`there is no channel ${channelId}`)
    return channel
  }

  /** The DM channel between the bot and a user, made at the first call. */
  dmWith(userId: string): Channel {
    const known = this.#dms.get(userId)
    if (known) return known
    const channel: Channel = {
      id: this.#ids.next(),
      guildId: null,
      type: 1,
      name: '',
      topic: null,
      parentId: null,
      position: 0,
      overwrites: new Map(),
      recipientId: this.user(userId).id,
      messages: new Map(),
      lastMessageId: null,
    }
    this.#dms.set(userId, channel)
    this.channels.set(channel.id, channel)
    return channel
  }

  findDm(userId: string): Channel | undefined {
    return this.#dms.get(userId)
  }

  sharesGuildWith(userId: string): boolean {
    for (const guild of this.guilds.values()) if (guild.members.has(userId)) return true
    return false
  }

  addWebhook(channel: Channel, name: string): Webhook {
    if (channel.guildId === null) throw new Error('a DM has no webhooks')
    const webhook = {
      id: this.#ids.next(),
      token: this.#ids.secret(64),
      channelId: channel.id,
      guildId: channel.guildId,
      name,
    }
    this.webhooks.set(webhook.id, webhook)
    return webhook
  }

  now(): number {
    return this.#clock.now()
  }

  emit(emission: Emission): void {
    this.#emit(emission)
  }

  #freshGuildId(): string {
    let id = this.#ids.nextGuild()
    while (this.guilds.has(id)) id = this.#ids.nextGuild()
    return id
  }

  #userFor(idOrUser: string | User | undefined, username?: string): User {
    if (idOrUser !== undefined && typeof idOrUser !== 'string') return idOrUser
    const known = idOrUser === undefined ? undefined : this.users.get(idOrUser)
    return (
      known ??
      this.addUser({
        ...(idOrUser === undefined ? {} : { id: idOrUser }),
        ...(username === undefined ? {} : { username }),
      })
    )
  }
}
