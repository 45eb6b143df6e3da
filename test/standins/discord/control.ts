import type { Core } from './core.ts'
import type { Faults } from './faults.ts'
import type { Connection } from './gateway/connection.ts'
import { frame } from './gateway/session.ts'
import * as commands from './interactions/commands.ts'
import * as components from './interactions/components.ts'
import { type Interaction, type SeenMessage, type SeenModal, seen } from './interactions/interaction.ts'
import { Refused } from './interactions/options.ts'
import type { Actor } from './interactions/place.ts'
import type { WaitOptions } from './signal.ts'
import type { MemberDraft } from './world/drafts.ts'
import { channelPermissions, has, Permission } from './world/permissions.ts'
import type { Channel, Message } from './world/types.ts'

/** Acts as members do, looks at what they see, breaks things, and waits for what follows. */
export class Control {
  readonly #core: Core

  constructor(core: Core) {
    this.#core = core
  }

  get faults(): Faults {
    return this.#core.faults
  }

  // ── members ──────────────────────────────────────────────────────────────────────────────────

  /** Runs a slash command; throws `Refused` when it is not registered, not allowed, or its options do not fit. */
  command(request: commands.CommandAct): Interaction {
    return commands.runCommand(this.#core, request)
  }

  autocomplete(request: commands.CommandAct & { focused: string }): Interaction {
    return commands.autocomplete(this.#core, request)
  }

  /** Chooses a file for an attachment option; gives its id, which is the value of that option. */
  upload(file: { name: string; bytes: Buffer; contentType?: string }): string {
    return this.#core.cdn.upload(file)
  }

  /** The bytes behind the address of an attachment. */
  fileOf(attachment: { readonly url?: unknown }): Buffer {
    return this.#core.cdn.open(String(attachment.url))
  }

  userCommand(request: Actor & { command: string; targetId: string }): Interaction {
    return commands.runUserCommand(this.#core, request)
  }

  messageCommand(request: Actor & { command: string; targetId: string }): Interaction {
    return commands.runMessageCommand(this.#core, request)
  }

  /** Presses a button; throws `Refused` when it is not there, disabled, or not visible to the user. */
  press(request: components.ComponentAct): Interaction {
    return components.press(this.#core, request)
  }

  /** Chooses from a menu; throws `Refused` when a value is not offered, or when there are too few or too many. */
  choose(request: components.ComponentAct & { values: readonly string[] }): Interaction {
    return components.choose(this.#core, request)
  }

  /**
   * Sends a form off as the member fills it in; throws `Refused` for what their client would not let through. A form is gone
   * once its submission has been answered; before that it may be sent again.
   */
  submit(modal: SeenModal, values: Readonly<Record<string, string | readonly string[]>>): Interaction {
    return components.submit(this.#core, modal, values)
  }

  /** Writes into a guild channel, or without `channelId` into the DM with the bot. */
  say(request: { userId: string; content: string; channelId?: string; replyTo?: string }): SeenMessage {
    const { world, clock } = this.#core
    const channel = request.channelId === undefined ? world.dmWith(request.userId) : world.channel(request.channelId)
    if (channel.guildId !== null) {
      const guild = world.guild(channel.guildId)
      const bits = channelPermissions(guild, guild.member(request.userId), channel, clock.now())
      if (!has(bits, Permission.ViewChannel | Permission.SendMessages))
        throw new Refused(`user ${request.userId} may not write here`)
    } else if (channel.recipientId !== request.userId) throw new Refused('this is the DM of someone else')
    const { content, replyTo = null } = request
    return seen(world.messages.post(channel, { author: world.user(request.userId), content, replyTo }))
  }

  react(request: { userId: string; message: SeenMessage; emoji: string }): void {
    const { messages } = this.#core.world
    messages.react(this.#message(request.message), this.#core.world.user(request.userId), request.emoji)
  }

  unreact(request: { userId: string; message: SeenMessage; emoji: string }): void {
    const { messages } = this.#core.world
    messages.unreact(this.#message(request.message), this.#core.world.user(request.userId), request.emoji)
  }

  join(guildId: string, draft: MemberDraft = {}): string {
    return this.#core.world.guild(guildId).addMember(draft).user.id
  }

  leave(guildId: string, userId: string): void {
    this.#core.world.guild(guildId).removeMember(userId)
  }

  openDms(userId: string): void {
    this.#core.world.user(userId).dmsOpen = true
  }

  closeDms(userId: string): void {
    this.#core.world.user(userId).dmsOpen = false
  }

  // ── what is there to see ─────────────────────────────────────────────────────────────────────

  /** Messages of a channel, oldest first; with `as` also the ephemeral ones of that user. */
  messagesIn(channelId: string, as?: string): SeenMessage[] {
    return this.#visible(this.#core.world.channel(channelId), as)
  }

  /** All messages of the DM between the bot and the user, oldest first. */
  dmsWith(userId: string): SeenMessage[] {
    const channel = this.#core.world.findDm(userId)
    return channel === undefined ? [] : this.#visible(channel, userId)
  }

  rolesOf(guildId: string, userId: string): string[] {
    return this.#core.world.guild(guildId).rolesOf(userId)
  }

  /** Sessions that have had READY and are connected now. */
  get connectedShards(): (readonly [number, number])[] {
    return [...this.#core.gateway.sessions.values()]
      .filter(({ connection }) => connection !== null)
      .map(({ shard }) => shard)
  }

  // ── waiting ──────────────────────────────────────────────────────────────────────────────────

  /** Looks again after every change in the stand-in, until `probe` gives something. */
  until<T>(probe: () => T | undefined | null | false, options: WaitOptions = {}): Promise<T> {
    return this.#core.signal.until(probe, options)
  }

  untilConnected(shards: number, options: WaitOptions = {}): Promise<true> {
    const what = `${shards} connected sessions`
    return this.until(() => (this.connectedShards.length >= shards ? true : null), { what, ...options })
  }

  untilMessage(
    channelId: string,
    where: (message: SeenMessage) => boolean,
    options: WaitOptions = {},
  ): Promise<SeenMessage> {
    return this.until(() => this.messagesIn(channelId).find(where), {
      what: `a message in channel ${channelId}`,
      ...options,
    })
  }

  /** A message of the bot to the user. */
  untilDm(
    userId: string,
    where: (message: SeenMessage) => boolean = () => true,
    options: WaitOptions = {},
  ): Promise<SeenMessage> {
    const botId = this.#core.world.bot.id
    return this.until(() => this.dmsWith(userId).find((message) => message.authorId === botId && where(message)), {
      what: `a DM to user ${userId}`,
      ...options,
    })
  }

  untilRole(guildId: string, userId: string, roleId: string, options: WaitOptions = {}): Promise<true> {
    const what = `user ${userId} having role ${roleId}`
    return this.until(() => (this.rolesOf(guildId, userId).includes(roleId) ? true : null), { what, ...options })
  }

  untilNoRole(guildId: string, userId: string, roleId: string, options: WaitOptions = {}): Promise<true> {
    const what = `user ${userId} losing role ${roleId}`
    return this.until(() => (this.rolesOf(guildId, userId).includes(roleId) ? null : true), { what, ...options })
  }

  // ── gateway faults; without `shards` they strike all ─────────────────────────────────────────

  /** Cuts TCP connections; the clients see 1006 and may resume. */
  cut(shards?: readonly number[]): number {
    return this.#each(shards, (connection) => connection.cut())
  }

  /** op 7: the clients shall reconnect and resume. */
  askToReconnect(shards?: readonly number[]): number {
    return this.#each(shards, (connection) => connection.send(frame(7, null)))
  }

  /** op 9: the clients shall resume on the same socket (`isResumable`), or identify anew. */
  invalidate(isResumable: boolean, shards?: readonly number[]): number {
    return this.#each(shards, ({ session }) => session && this.#core.gateway.invalidate(session, isResumable))
  }

  /** Closes with a code; 4200 is refused, since Discord never sends it. */
  close(code: number, shards?: readonly number[]): number {
    return this.#each(shards, (connection) => connection.close(code, 'told to by the test'))
  }

  /** Asks for a heartbeat out of turn (op 1). */
  askForHeartbeat(shards?: readonly number[]): number {
    return this.#each(shards, (connection) => connection.send(frame(1, null)))
  }

  /** Forgets all sessions whose client is gone: their RESUME will get op 9 false. */
  forgetDetachedSessions(): void {
    for (const session of this.#core.gateway.sessions.values()) {
      if (session.connection === null) this.#core.gateway.sessions.delete(session.id)
    }
  }

  /** As after a leak of the token: all sessions end with 4004, REST answers 401. */
  resetToken(): void {
    this.#core.gateway.resetToken()
  }

  /** A new token, as the owner would make one; the old one stays void. */
  issueToken(): string {
    return this.#core.credentials.issue()
  }

  /** Identifies left today. */
  setIdentifyBudget(remaining: number): void {
    this.#core.gateway.gate.remaining = remaining
  }

  // ── limits and time ──────────────────────────────────────────────────────────────────────────

  setRateLimits(isOn: boolean): void {
    this.#core.rateLimits.isOn = isOn
  }

  /** Answers of 401, 403 and 429 in the last ten minutes. */
  get invalidRequests(): number {
    return this.#core.rateLimits.invalidRequests
  }

  /** Moves the clock that judges interactions, limits, budgets and sessions; real timers do not move. */
  advance(ms: number): void {
    this.#core.clock.advance(ms)
    this.#core.signal.fire()
  }

  #each(shards: readonly number[] | undefined, strike: (connection: Connection) => void): number {
    const struck = [...this.#core.gateway.connections].filter(
      ({ shard }) => shards === undefined || (shard !== null && shards.includes(shard[0])),
    )
    for (const connection of struck) strike(connection)
    return struck.length
  }

  #visible(channel: Channel, as: string | undefined): SeenMessage[] {
    return [...channel.messages.values()].filter(({ visibleTo }) => visibleTo === null || visibleTo === as).map(seen)
  }

  #message({ channelId, id }: SeenMessage): Message {
    const message = this.#core.world.channel(channelId).messages.get(id)
    if (message === undefined) throw new Refused('the message is no longer there')
    return message
  }
}
