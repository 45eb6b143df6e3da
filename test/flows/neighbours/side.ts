import type { GuildId, RoleId, UserId } from '../../../cluster/runtime/ids.ts'
import { epoch, guildId, roleId, slot, userId } from '../../../cluster/runtime/ids.ts'
import type { Json } from '../../../cluster/runtime/signature.ts'
import type { tickKinds } from '../../../scheduler/schedule.ts'
import { transaction } from '../../../sql/client.ts'
import type { Guild, Interaction, SeenMessage, SeenModal } from '../../standins/discord/index.ts'
import type { JsonObject } from '../../standins/discord/json.ts'
import type { Control as KickControl, KickUser } from '../../standins/kick/index.ts'
import { aGuildId } from '../../support/builders.ts'
import { idsOf } from '../../support/room.ts'
import { until } from '../../support/wait.ts'
import type { Marks } from './watch.ts'
import type { World } from './world.ts'

export type Options = Readonly<Record<string, string | number | boolean>>
/** What an act came to in the end. */
export type Outcome =
  | { readonly kind: 'message'; readonly message: SeenMessage }
  | { readonly kind: 'modal'; readonly modal: SeenModal }

/** A button, menu or form as the bot sent it, who used it, and what was chosen or filled in. */
export interface Used {
  readonly kind: 'button' | 'select' | 'modal'
  readonly component: JsonObject
  readonly by: string
  readonly given: string | Readonly<Record<string, string>> | undefined
}

const channelNames = ['news', 'panels', 'admins', 'raffles', 'orders', 'log'] as const
const roleNames = ['Regular', 'Verified', 'Friend'] as const
const patience = { timeoutMs: 15_000 }

/**
 * One of two servers that have everything by the same names: its people, what they do, and all that they get to see. Texts that are free
 * bear its word, amounts end in its digits.
 */
export class Side {
  readonly world: World
  readonly id: GuildId
  readonly guild: Guild
  readonly streamer: KickUser
  /** Whether the other server watches the same channel. */
  readonly isSharing: boolean
  readonly word: string
  readonly ending: string
  readonly channels: Readonly<Record<(typeof channelNames)[number], string>>
  readonly roles: Readonly<Record<(typeof roleNames)[number], RoleId>>
  /** Of these only anna is in other servers too. */
  readonly members: Readonly<Record<'anna' | 'bob' | 'carl', UserId>>
  /** What has been seen here so far and was not looked at. */
  #seen: string[] = []
  #acts = 0
  /** Who plays what happens on the channel, where two watch the same one. */
  readonly #leader: Side | undefined
  #happened = 0
  /** Of each kind of button, menu and form the last one that was used. */
  readonly used = new Map<string, Used>()

  constructor(
    world: World,
    p: {
      readonly word: string
      readonly ending: string
      readonly streamer: KickUser
      readonly isSharing?: boolean
      readonly leader?: Side
    },
  ) {
    this.world = world
    this.#leader = p.leader
    this.isSharing = p.isSharing ?? false
    this.word = p.word
    this.ending = p.ending
    this.streamer = p.streamer
    this.guild = world.discord.world.addGuild({ id: aGuildId(), name: 'The Server', ownerId: world.shared.boss })
    this.id = guildId(this.guild.id)
    const { guild } = this
    this.channels = Object.fromEntries(
      channelNames.map((name) => [name, guild.addChannel({ name }).id]),
    ) as Side['channels']
    this.roles = Object.fromEntries(
      roleNames.map((name) => [name, roleId(guild.addRole({ name, position: 'below-bot' }).id)]),
    ) as Side['roles']
    const roles = [this.roles.Friend]
    const join = (name: string, user?: string) =>
      userId(guild.addMember({ ...(user === undefined ? { username: name } : { user }), roles }).user.id)
    this.members = { anna: join('anna', world.shared.anna), bob: join('bob'), carl: join('carl') }
  }

  /** An amount of this server's: 13571 for 1. */
  n(k: number): number {
    return Number(`${k}${this.ending}`)
  }

  /** A text of this server's. */
  w(text: string): string {
    return `${text} ${this.word}`
  }

  get leads(): boolean {
    return this.#leader === undefined
  }

  /** An amount that everybody hears of who watches the channel: this server's own, unless another one watches it too. */
  ofStream(k: number): number {
    return this.isSharing ? k * 10_000 : this.n(k)
  }

  get marks(): Marks {
    const { guild, channels, roles, members, word, ending } = this
    const own = [guild.id, ...Object.values(channels), ...Object.values(roles), members.bob, members.carl]
    return { word, ending, ids: new Set([...own, ...guild.channels.keys()]) }
  }

  /** All that was seen since somebody looked. */
  look(): string[] {
    const seen = this.#seen
    this.#seen = []
    return seen
  }

  saw(what: unknown): void {
    this.#seen.push(typeof what === 'string' ? what : JSON.stringify(what))
  }

  // --- In Discord ------------------------------------------------------------------------------------------------------

  act(command: string, options: Options = {}, by: string = this.guild.ownerId): Interaction {
    return this.#counted(this.world.discord.control.command({ guildId: this.id, userId: by, command, options }))
  }

  async ask(command: string, options: Options = {}, by?: string): Promise<SeenMessage> {
    return this.#noted(await this.act(command, options, by).message(patience))
  }

  /** Uses a command that opens a form. */
  async form(command: string, options: Options = {}, by?: string): Promise<SeenModal> {
    return this.#notedForm(await this.act(command, options, by).modal(patience))
  }

  /** What is offered while somebody types; the option that is typed into stands among the others. */
  async choices(command: string, focused: string, options: Options, by: string = this.guild.ownerId) {
    const { control } = this.world.discord
    const act = control.autocomplete({ guildId: this.id, userId: by, command, options, focused })
    const choices = await act.choices(patience)
    this.saw(choices)
    return choices
  }

  async press(message: SeenMessage, action: string, by: string = this.guild.ownerId): Promise<Outcome> {
    const used = usableOf(message, action)
    this.#use('button', used, by)
    const customId = String(used.custom_id)
    return this.outcome(this.#counted(this.world.discord.control.press({ userId: by, message, customId })))
  }

  async choose(message: SeenMessage, action: string, value: string, by: string = this.guild.ownerId): Promise<Outcome> {
    const used = usableOf(message, action)
    this.#use('select', used, by, value)
    const customId = String(used.custom_id)
    const act = this.world.discord.control.choose({ userId: by, message, customId, values: [value] })
    return this.outcome(this.#counted(act))
  }

  async submit(modal: SeenModal, values: Readonly<Record<string, string>>): Promise<SeenMessage> {
    this.#use('modal', { ...modalOf(modal) }, modal.interaction.user.id, values)
    return messageIn(await this.outcome(this.#counted(this.world.discord.control.submit(modal, values))))
  }

  /** A message in the place of the other, one beside it, or a form. */
  async outcome(act: Interaction): Promise<Outcome> {
    const outcome = await Promise.race([
      act.message(patience).then((message) => ({ kind: 'message', message }) as const),
      act.followUps(1, patience).then(([message]) => ({ kind: 'message', message: message as SeenMessage }) as const),
      act.modal(patience).then((modal) => ({ kind: 'modal', modal }) as const),
    ])
    if (outcome.kind === 'message') this.#noted(outcome.message)
    else this.#notedForm(outcome.modal)
    return outcome
  }

  /** The newest message of a channel that has such a button or menu. */
  posted(channel: keyof Side['channels'], action: string): Promise<SeenMessage> {
    const { control } = this.world.discord
    const found = () =>
      control
        .messagesIn(this.channels[channel])
        .findLast((message) => idsOf(message).some((id) => id.startsWith(action)))
    return until(found, { what: `${action} in ${channel}` })
  }

  #use(kind: Used['kind'], component: JsonObject, by: string, given?: Used['given']): void {
    const [room, action] = String(component.custom_id).split(':')
    this.used.set(`${kind} ${room}:${action}`, { kind, component, by, given })
  }

  /** What was let through by Discord. */
  #counted(act: Interaction): Interaction {
    this.#acts += 1
    return act
  }

  #noted(message: SeenMessage): SeenMessage {
    const { control } = this.world.discord
    const { content, embeds, components, attachments } = message
    this.saw({ content, embeds, components })
    for (const file of attachments) this.saw(control.fileOf(file).toString())
    return message
  }

  #notedForm(modal: SeenModal): SeenModal {
    this.saw({ title: modal.title, customId: modal.customId, inputs: modal.inputs })
    return modal
  }

  // --- On Kick, at the dashboard, and as time goes by ---------------------------------------------------------------------

  /** Something happens on the channel. */
  onKick(happens: (control: KickControl) => void): void {
    if (this.#leader === undefined) happens(this.world.kick.control)
    this.#happened += 1
  }

  chat(viewer: KickUser, content: string, p: { readonly minutesAgo?: number } = {}): void {
    const createdAt = Date.now() - (p.minutesAgo ?? 0) * 60_000
    this.onKick((control) => control.chat(this.streamer, viewer, content, { createdAt }))
  }

  async dashboard(event: string, data: { readonly [key: string]: Json } = {}): Promise<void> {
    await this.world.say({ guildId: this.id, event, data })
  }

  async tick(kind: (typeof tickKinds)[number]): Promise<void> {
    const { features, sql, tools } = this.world
    const now = slot(Math.floor(Date.now() / 60_000) - 1)
    const batch = { kind, epoch: epoch(1), ticks: [{ guildId: this.id, slot: now }] }
    for (const { ticks } of features)
      if (ticks?.[kind] !== undefined) await transaction(sql, async (db) => ticks[kind]?.(batch, db, tools))
    tools.wakeOutbox()
  }

  /** Waits until the bot has written down that the server is there, which it does when Discord tells it. */
  async arrived(): Promise<void> {
    const { sql } = this.world
    const isThere = async () => (await sql`select 1 from guild where discord_server_id = ${this.id}`).length > 0
    await until(isThere, { what: `${this.word} to be known` })
    await this.settle()
  }

  /** Everything that has its time later has it now: jobs and debts of these kinds. */
  async play(...kinds: readonly string[]): Promise<void> {
    const { sql } = this.world
    await sql`
      update job set next_run_at = now() - interval '1 second'
       where discord_server_id = ${this.id} and kind = any(${kinds as string[]}::text[])`
    await sql`
      update outbox set next_attempt_at = now()
       where discord_server_id = ${this.id} and kind = any(${kinds as string[]}::text[]) and state = 'due'`
    await this.settle()
  }

  /** Nothing is owed or due here, nothing is on its way, and no handler is at work. */
  async settle(): Promise<void> {
    const { world } = this
    const { sql } = world
    const leader = this.#leader
    if (leader !== undefined)
      await until(() => leader.#happened >= this.#happened, { what: 'what happens on the channel' })
    await world.kick.control.settled()
    const isSettled = async () => {
      world.tools.wakeOutbox()
      if (!(await world.isBusQuiet())) return false
      const [waiting] = await sql<{ rows: number }[]>`
        select (select count(*) from outbox where discord_server_id = ${this.id} and state = 'due' and next_attempt_at <= now() + interval '100 seconds'
                  and (next_attempt_at <= now() or attempts > 0))::int
             + (select count(*) from inbox where discord_server_id = ${this.id} and done_at is null)::int
             + (select count(*) from job where discord_server_id = ${this.id} and next_run_at <= now())::int as rows`
      if ((waiting?.rows ?? 0) > 0) {
        await world.doJobs()
        return false
      }
      const isShown = world.heard.count('gateway multipliers:memberSeen', this.id) >= this.#acts
      return isShown && world.heard.isQuiet
    }
    await until(isSettled, { what: `all of ${this.word} to be done` })
  }

  /** What has its time later does not get it while the other server acts. */
  async sleep(): Promise<void> {
    const { sql } = this.world
    await sql`
      update job set next_run_at = next_run_at + interval '30 days'
       where discord_server_id = ${this.id} and next_run_at < now() + interval '20 days'`
    await sql`
      update outbox set next_attempt_at = next_attempt_at + interval '30 days'
       where discord_server_id = ${this.id} and state = 'due' and next_attempt_at < now() + interval '20 days'`
  }

  /** A number in the database, for steps that need one. */
  async number(query: string): Promise<number> {
    const [row] = await this.world.sql.unsafe<{ n: string }[]>(query.replaceAll('$guild', this.id))
    return Number(row?.n ?? 0)
  }
}

/** The first button or menu of this action that can be used. */
const usableOf = (message: SeenMessage, action: string): JsonObject => {
  const components = message.components.flatMap((row) =>
    Array.isArray(row.components) ? (row.components as JsonObject[]) : [],
  )
  const usable = components.filter(({ disabled }) => disabled !== true)
  const found = usable.find(({ custom_id: id }) => String(id).startsWith(action))
  if (found !== undefined) return found
  const ids = usable.map(({ custom_id: id }) => String(id)).join(', ')
  throw new Error(`there is no ${action} among ${ids} below: ${JSON.stringify([message.content, message.embeds])}`)
}

/** A form as the bot sent it. */
export function modalOf({ interaction }: SeenModal): JsonObject {
  if (interaction.answer.kind !== 'modal') throw new Error('no form is open')
  return interaction.answer.modal
}

export function messageIn(outcome: Outcome): SeenMessage {
  if (outcome.kind !== 'message') throw new Error(`a form has opened: ${outcome.modal.title}`)
  return outcome.message
}

export function formIn(outcome: Outcome): SeenModal {
  if (outcome.kind !== 'modal') throw new Error(`no form has opened, but: ${outcome.message.content}`)
  return outcome.modal
}
