import type { JsonObject } from '../json.ts'
import type { ChannelDraft, GuildDraft, MemberDraft, Surroundings } from './drafts.ts'
import { botDefaults, everyoneDefaults, highestPosition } from './permissions.ts'
import { type RoleDraft, RoleList, type RolePosition } from './role-list.ts'
import type { AuditEntry, Channel, Member, Overwrite, Role } from './types.ts'
import { channelWire, guildCreateWire, memberWire, roleWire, userWire } from './wire.ts'

/** One Discord server; every change sends its event. The bot is a member with a managed role of its own. */
export class Guild {
  readonly id: string
  name: string
  ownerId: string
  locale: string
  /** In an outage: the bot was told so, and hears nothing of it. */
  isUnavailable = false
  readonly channels = new Map<string, Channel>()
  readonly members = new Map<string, Member>()
  readonly bans = new Map<string, string | null>()
  readonly auditLog: AuditEntry[] = []
  readonly botMember: Member
  readonly botRole: Role
  readonly #roles = new RoleList()
  readonly #around: Surroundings

  constructor(id: string, draft: GuildDraft, around: Surroundings) {
    this.id = id
    this.#around = around
    this.name = draft.name ?? `Guild ${id.slice(-5)}`
    this.locale = draft.locale ?? 'en-US'
    this.#roles.insert(id, { name: '@everyone', permissions: everyoneDefaults }, 0)
    this.botRole = this.#roles.insert(
      around.nextId(),
      { name: around.bot.username, permissions: draft.botPermissions ?? botDefaults, managed: true },
      1,
      around.bot.id,
    )
    this.botMember = this.#insertMember({ user: around.bot, roles: [this.botRole.id] })
    this.ownerId = draft.ownerId ?? around.userFor(undefined, 'owner').id
    this.#insertMember({ user: this.ownerId })
  }

  get roles(): ReadonlyMap<string, Role> {
    return this.#roles.byId
  }

  positionOf(roleId: string): number {
    return this.#roles.positionOf(roleId)
  }

  rolesInOrder(): Role[] {
    return this.#roles.inOrder()
  }

  /** Role ids of a member without @everyone, as Discord lists them; throws when the user is no member. */
  rolesOf(userId: string): string[] {
    return [...this.member(userId).roles]
  }

  member(userId: string): Member {
    const member = this.members.get(userId)
    if (member === undefined) throw new Error(`user ${userId} is not a member of guild ${this.id}`)
    return member
  }

  /** The first channel that takes text; a guild begins with one. */
  get firstTextChannel(): Channel {
    for (const channel of this.channels.values()) if (channel.type === 0) return channel
    return this.addChannel({ name: 'general' })
  }

  addRole(draft: RoleDraft = {}): Role {
    const before = this.#roles.positions()
    const role = this.#roles.insert(draft.id ?? this.#around.nextId(), draft, this.#resolve(draft.position ?? 1))
    this.#emit('GUILD_ROLE_CREATE', { role: roleWire(this, role) })
    this.#emitMoved(before)
    return role
  }

  /** Applies what is given; `position` moves the role as in `moveRole`. */
  updateRole(
    roleId: string,
    change: Partial<Pick<Role, 'name' | 'permissions' | 'color' | 'hoist' | 'mentionable'>>,
  ): Role {
    const role = this.#role(roleId)
    Object.assign(role, change)
    this.#emit('GUILD_ROLE_UPDATE', { role: roleWire(this, role) })
    return role
  }

  /** Puts the role at a position; the others close ranks, and each that moved gets its event. */
  moveRole(roleId: string, position: RolePosition): void {
    if (roleId === this.id) throw new Error('@everyone cannot be moved')
    this.#role(roleId)
    const before = this.#roles.positions()
    this.#roles.move(roleId, this.#resolve(position))
    this.#emitMoved(before)
  }

  removeRole(roleId: string): void {
    this.#role(roleId)
    const before = this.#roles.positions()
    this.#roles.remove(roleId)
    const holders = [...this.members.values()].filter((member) => member.roles.delete(roleId))
    this.#emit('GUILD_ROLE_DELETE', { role_id: roleId })
    this.#emitMoved(before)
    for (const member of holders) this.#emitMember('GUILD_MEMBER_UPDATE', member)
  }

  addMember(draft: MemberDraft = {}): Member {
    const member = this.#insertMember(draft)
    this.#emitMember('GUILD_MEMBER_ADD', member)
    return member
  }

  addMembers(count: number): Member[] {
    return Array.from({ length: count }, () => this.addMember())
  }

  /** The member leaves (or is kicked); their roles are gone when they come back. */
  removeMember(userId: string): void {
    const member = this.member(userId)
    this.members.delete(userId)
    this.#emit('GUILD_MEMBER_REMOVE', { user: userWire(member.user) }, userId)
  }

  /** Idempotent, but always followed by an event when something changed. */
  giveRole(userId: string, roleId: string): void {
    const member = this.member(userId)
    this.#role(roleId)
    if (member.roles.has(roleId)) return
    member.roles.add(roleId)
    this.#emitMember('GUILD_MEMBER_UPDATE', member)
  }

  takeRole(userId: string, roleId: string): void {
    const member = this.member(userId)
    if (member.roles.delete(roleId)) this.#emitMember('GUILD_MEMBER_UPDATE', member)
  }

  updateMember(
    userId: string,
    change: { nick?: string | null; roles?: readonly string[]; timeoutUntil?: number | null },
  ): Member {
    const member = this.member(userId)
    if (change.nick !== undefined) member.nick = change.nick
    if (change.timeoutUntil !== undefined) member.timeoutUntil = change.timeoutUntil
    if (change.roles !== undefined) {
      member.roles.clear()
      for (const roleId of change.roles) member.roles.add(this.#role(roleId).id)
    }
    this.#emitMember('GUILD_MEMBER_UPDATE', member)
    return member
  }

  ban(userId: string, reason: string | null = null): void {
    this.bans.set(userId, reason)
    const user = this.#around.userFor(userId)
    if (this.members.has(userId)) this.removeMember(userId)
    this.#emit('GUILD_BAN_ADD', { user: userWire(user) }, userId)
  }

  unban(userId: string): void {
    if (this.bans.delete(userId))
      this.#emit('GUILD_BAN_REMOVE', { user: userWire(this.#around.userFor(userId)) }, userId)
  }

  addChannel(draft: ChannelDraft = {}): Channel {
    const id = draft.id ?? this.#around.nextId()
    if (this.#around.channelIndex.has(id)) throw new Error(`channel ${id} exists already`)
    const overwrites = new Map<string, Overwrite>()
    for (const overwrite of draft.overwrites ?? [])
      overwrites.set(overwrite.id, {
        id: overwrite.id,
        type: overwrite.type === 'role' ? 0 : 1,
        allow: overwrite.allow ?? 0n,
        deny: overwrite.deny ?? 0n,
      })
    const channel: Channel = {
      id,
      guildId: this.id,
      type: draft.type ?? 0,
      name: draft.name ?? `channel-${this.channels.size + 1}`,
      topic: draft.topic ?? null,
      parentId: draft.parentId ?? null,
      position: this.channels.size,
      overwrites,
      recipientId: null,
      messages: new Map(),
      lastMessageId: null,
    }
    this.channels.set(id, channel)
    this.#around.channelIndex.set(id, channel)
    this.#emit('CHANNEL_CREATE', channelWire(channel, null))
    return channel
  }

  updateChannel(
    channelId: string,
    change: Partial<Pick<Channel, 'name' | 'topic' | 'parentId' | 'position'>>,
  ): Channel {
    const channel = this.#channel(channelId)
    Object.assign(channel, change)
    this.#emit('CHANNEL_UPDATE', channelWire(channel, null))
    return channel
  }

  /** Sets one overwrite, or removes it with null. */
  overwrite(channelId: string, targetId: string, rule: Omit<Overwrite, 'id'> | null): void {
    const channel = this.#channel(channelId)
    if (rule === null) channel.overwrites.delete(targetId)
    else channel.overwrites.set(targetId, { id: targetId, ...rule })
    this.#emit('CHANNEL_UPDATE', channelWire(channel, null))
  }

  removeChannel(channelId: string): Channel {
    const channel = this.#channel(channelId)
    this.channels.delete(channelId)
    this.#around.channelIndex.delete(channelId)
    this.#emit('CHANNEL_DELETE', channelWire(channel, null))
    return channel
  }

  /** Discord's side of the guild fails: the bot is told that it is unavailable, which is not a removal. */
  beginOutage(): void {
    if (this.isUnavailable) return
    this.#emit('GUILD_DELETE', { id: this.id, unavailable: true })
    this.isUnavailable = true
  }

  endOutage(): void {
    if (!this.isUnavailable) return
    this.isUnavailable = false
    this.#emit('GUILD_CREATE', guildCreateWire(this))
  }

  audit(actionType: number, targetId: string | null, reason: string | null): void {
    this.auditLog.push({ id: this.#around.nextId(), actionType, userId: this.#around.bot.id, targetId, reason })
    if (this.auditLog.length > 1_000) this.auditLog.shift()
  }

  #insertMember(draft: MemberDraft): Member {
    const user = this.#around.userFor(draft.user, draft.username)
    if (this.members.has(user.id)) throw new Error(`user ${user.id} is a member of guild ${this.id} already`)
    const roles = (draft.roles ?? []).map((roleId) => this.#role(roleId).id)
    const member: Member = {
      user,
      nick: draft.nick ?? null,
      roles: new Set(roles),
      joinedAt: this.#around.now(),
      timeoutUntil: null,
    }
    this.members.set(user.id, member)
    return member
  }

  #resolve(position: RolePosition): number {
    return this.#roles.resolve(position, highestPosition(this, this.botMember))
  }

  #role(roleId: string): Role {
    const role = this.roles.get(roleId)
    if (role === undefined) throw new Error(`role ${roleId} is not in guild ${this.id}`)
    return role
  }

  #channel(channelId: string): Channel {
    const channel = this.channels.get(channelId)
    if (channel === undefined) throw new Error(`channel ${channelId} is not in guild ${this.id}`)
    return channel
  }

  #emitMoved(before: ReadonlyMap<string, number>): void {
    for (const role of this.#roles.movedSince(before)) this.#emit('GUILD_ROLE_UPDATE', { role: roleWire(this, role) })
  }

  #emitMember(event: string, member: Member): void {
    this.#emit(event, memberWire(member), member.user.id)
  }

  #emit(event: string, data: JsonObject, aboutUserId?: string): void {
    if (this.isUnavailable) return
    const withGuild =
      event.startsWith('GUILD_CREATE') || event === 'GUILD_DELETE' ? data : { guild_id: this.id, ...data }
    this.#around.emit({
      event,
      data: withGuild,
      guildId: this.id,
      ...(aboutUserId === undefined ? {} : { aboutUserId }),
    })
  }
}
