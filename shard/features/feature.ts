import type {
  APIModalInteractionResponseCallbackData,
  ApplicationCommandOptionChoiceData,
  AutocompleteInteraction,
  ButtonInteraction,
  ChatInputCommandInteraction,
  InteractionEditReplyOptions,
  ModalSubmitInteraction,
  REST,
  RESTPostAPIChatInputApplicationCommandsJSONBody,
  StringSelectMenuInteraction,
} from 'discord.js'
import type { ChannelEvent, EventType } from '../../cluster/ingress/event.ts'
import type { Bus } from '../../cluster/runtime/bus.ts'
import type { Clock } from '../../cluster/runtime/clock.ts'
import type { DrandChain } from '../../cluster/runtime/drand.ts'
import type { GuildId, KickUserId, RoleId, UserId, Username } from '../../cluster/runtime/ids.ts'
import type { Kick } from '../../cluster/runtime/kick.ts'
import type { Log } from '../../cluster/runtime/log.ts'
import type { Secrets } from '../../cluster/runtime/secrets.ts'
import type { TickKind } from '../../scheduler/schedule.ts'
import type { TickBatch } from '../../scheduler/tick.ts'
import type { Db, Sql } from '../../sql/client.ts'
import type { Job } from '../../sql/queries/job.ts'
import type { Say } from './language.ts'

/** What every handler may use; made once by `shard/main.ts`. */
export interface Tools {
  readonly sql: Sql
  readonly bus: Bus
  readonly clock: Clock
  readonly log: Log
  /** Discord's REST API. Never inside a transaction. */
  readonly rest: REST
  readonly kick: Kick
  /** Set when this deployment serves one server alone; what the environment says holds for it where nobody has chosen. */
  readonly onlyGuild: { readonly guildId: GuildId; readonly channel: string | undefined } | undefined
  /** Our own account on Kick, which never earns nor is answered. */
  readonly kickBotName: Username | undefined
  /** Opens and closes what is encrypted in the database. */
  readonly secrets: Secrets
  readonly applicationId: string
  readonly botUserId: UserId
  /** Base of the pages that members open, without a slash at the end. */
  readonly publicUrl: string
  /** The public randomness that draws wait for: which of its rounds comes when. */
  readonly drandChain: DrandChain
  /** Clip services that the operator lets servers use. */
  readonly clipHosts: readonly string[]
  /** Whether we hear who joins and leaves guilds. */
  readonly hearsMembers: boolean
  /** The only hosts at which affiliate platforms are asked. */
  readonly wagerHosts: readonly string[]
  /** The only origin that files of members are fetched from, without a slash at the end. */
  readonly cdnUrl: string
  /** Signs what is said to the dashboard; undefined where there is none, and then nothing is said. */
  readonly dashboardSecret: string | undefined
  /** Says that the outbox has something to pay, once the transaction has committed. */
  readonly wakeOutbox: () => void
}

// --- Discord ------------------------------------------------------------------------------------------------------

/** An answer as discord.js takes it for an edit of the deferred reply; mentions are off unless it says otherwise. */
export type Reply = InteractionEditReplyOptions

/** A form that opens over the client. Its custom id is made as a button's is, and its action stands among `modals`. */
export type Modal = APIModalInteractionResponseCallbackData

/** What is shown first of all: a form, or an answer (without files) where there is nothing to ask or something is in the way. */
export type Opening = { readonly modal: Modal } | { readonly reply: Reply }

/**
 * A slash command. It was deferred before `run` is called (privately, unless `isPublic`), so it has fifteen minutes; it
 * returns its answer or throws a `UserError`. `guildId` is the only guild whose data it may touch.
 */
export interface Command {
  readonly data: RESTPostAPIChatInputApplicationCommandsJSONBody
  readonly isPublic?: boolean
  /**
   * Subcommands that may open a form, by name (`add`, `item add`; a command without subcommands is `''`). Discord takes a form only as
   * the first answer, so these are not deferred and have two seconds, and nothing tells yet whether another process has the same
   * interaction: they look and do not write. What they answer instead of a form is private.
   */
  readonly opens?: Readonly<
    Record<string, (interaction: ChatInputCommandInteraction, guildId: GuildId, tools: Tools) => Promise<Opening>>
  >
  run(interaction: ChatInputCommandInteraction, guildId: GuildId, tools: Tools): Promise<Reply>
  complete?(
    interaction: AutocompleteInteraction,
    guildId: GuildId,
    tools: Tools,
  ): Promise<readonly ApplicationCommandOptionChoiceData[]>
}

/**
 * What a component or a form does. Its custom id is `<room>:<action>:<guild id>[:<argument>…]`, which names the guild also in a direct
 * message. The act was deferred as an update of the message that holds the component, and the reply replaces that message; with
 * `isPrivate` the message stays as it is, and whoever acted gets an answer that nobody else sees.
 */
export interface Answering<Act> {
  readonly opens?: undefined
  readonly isPrivate?: boolean
  run(interaction: Act, guildId: GuildId, args: readonly string[], tools: Tools): Promise<Reply>
}

/** A component that may open a form: as the subcommands of a command which do, it looks within two seconds and does not write. */
export interface OpeningForm<Act> {
  readonly opens: 'modal'
  readonly isPrivate?: boolean
  open(interaction: Act, guildId: GuildId, args: readonly string[], tools: Tools): Promise<Opening>
}

export type Button = Answering<ButtonInteraction> | OpeningForm<ButtonInteraction>

/** A menu of up to 25 entries. What was chosen is checked again as if a stranger had written it. */
export type Select = Answering<StringSelectMenuInteraction> | OpeningForm<StringSelectMenuInteraction>

/** A form that was sent off. One that a command opened stands on no message, so its answer is always a private one. */
export type ModalSubmit = Answering<ModalSubmitInteraction>

/** Gateway news about guilds, as raw dispatches, since nothing is cached. */
export interface GatewayEvents {
  /** The bot is in these guilds: they were there when it connected, came back from an outage, or have just invited it. */
  guildsAvailable?(guilds: readonly { readonly guildId: GuildId; readonly name: string }[], tools: Tools): Promise<void>
  /** The bot was removed from a guild; an outage is not that. */
  guildLeft?(guildId: GuildId, tools: Tools): Promise<void>
  /** A role was created, changed, moved or deleted, or the bot's own roles changed. */
  rolesChanged?(guildId: GuildId, tools: Tools): Promise<void>
  /** Somebody joined a guild. Only heard when the operator has turned the members intent on; so is the next one. */
  memberJoined?(member: { readonly guildId: GuildId; readonly userId: UserId }, tools: Tools): Promise<void>
  /** Somebody left a guild, or was made to. */
  memberLeft?(member: { readonly guildId: GuildId; readonly userId: UserId }, tools: Tools): Promise<void>
  /** All roles of a member, since something about the member has changed (heard with that intent only) or they used something of ours. */
  memberSeen?(
    member: { readonly guildId: GuildId; readonly userId: UserId; readonly roleIds: readonly RoleId[] },
    tools: Tools,
  ): Promise<void>
}

// --- Kick ---------------------------------------------------------------------------------------------------------

export interface ChatCall {
  readonly guildId: GuildId
  /** Speaks the guild's language. */
  readonly say: Say
  readonly sender: { readonly userId: KickUserId; readonly username: Username; readonly displayName: string }
  /** The words behind the command. */
  readonly args: readonly string[]
}

/**
 * A chat command of viewers, without the exclamation mark. It returns one line, which is sent behind `@name`, or nothing. One that needs
 * more than the call itself may ask for all that is known of the word.
 */
export type ChatCommand<Call extends ChatCall = ChatCall> = (
  call: Call,
  db: Db,
  tools: Tools,
) => Promise<string | undefined>

/** A word behind an exclamation mark that no room knows as a command. */
export interface ChatWord extends ChatCall {
  /** In lower case. */
  readonly word: string
  readonly badges: readonly string[]
  /** The channel's name, as Kick writes it. */
  readonly channel: string
  readonly messageId: string
  /** When it was written, in milliseconds. */
  readonly at: number
}

/** Answers words that no room knows as a command, where it can; once for each message, in the transaction that is given. */
export type ChatWords = (words: readonly ChatWord[], db: Db, tools: Tools) => Promise<void>

/** Handles events of one type, for guilds of this process only, in one transaction. Safe to repeat and to reorder. */
export type EventHandler<Type extends EventType = EventType> = (
  events: readonly ChannelEvent<Type>[],
  db: Db,
  tools: Tools,
) => Promise<void>

// --- Ticks and the outbox -------------------------------------------------------------------------------------------

/** Brings guilds up to their slots in one transaction: owed minus paid. Safe to repeat, to reorder, and on two owners. */
export type TickHandler = (batch: TickBatch, db: Db, tools: Tools) => Promise<void>

export interface OutboxRow {
  readonly guildId: GuildId
  readonly outboxId: string
  readonly kind: string
  readonly sourceRef: string
  /** What the writer of the row put in; the payer reads it with a schema. */
  readonly payload: unknown
  readonly attempts: number
}

/**
 * What became of a row: `paid`; `retry` after a delay, which counts as an attempt; `wait`, which does not (the other side
 * is unavailable); `dead`, which an admin can see.
 */
export type Payment =
  | { readonly kind: 'paid' }
  | { readonly kind: 'retry'; readonly reason: string; readonly delayMs?: number }
  | { readonly kind: 'wait'; readonly reason: string; readonly delayMs: number }
  | { readonly kind: 'dead'; readonly reason: string }

/** Pays one row to Discord or Kick, outside of any transaction. Safe to repeat: a crash repeats it. */
export type OutboxPayer = (row: OutboxRow, tools: Tools) => Promise<Payment>

// --- Work with a time of its own ------------------------------------------------------------------------------------

/**
 * Does jobs of one kind that are due, in the transaction which has taken their rows away: whoever wants another run writes the row
 * again (`scheduleJobs`). They are done once, whichever shard takes them. Nothing here waits for Discord: it is owed to the outbox.
 */
export type JobHandler = (jobs: readonly Job[], db: Db, tools: Tools) => Promise<void>

// --- The dashboard ---------------------------------------------------------------------------------------------------

/** What the dashboard says, signed, about one guild. */
export interface DashboardEvent {
  readonly guildId: GuildId
  /** Its own id, the same however often it is delivered. */
  readonly id: string
  /** What is in it; the handler reads it with a schema, and what is wrong in it is a `UserError`. */
  readonly data: unknown
  /** When the dashboard said it, in milliseconds. */
  readonly at: number
}

/** Handles one event in the transaction that records its id, so that it has one effect. */
export type DashboardHandler = (event: DashboardEvent, db: Db, tools: Tools) => Promise<void>

// --- How one earns here -------------------------------------------------------------------------------------------------

/** Says, from the guild's settings as they are now, how members get what the room gives; one line for each thing, for `/earn` and `/help`. */
export type Earning = (guildId: GuildId, say: Say, tools: Tools) => Promise<readonly string[]>

/**
 * Words behind an exclamation mark that the room takes for facts, so that no answer is a command's: those that count now in a guild, for
 * `/help`.
 */
export type HeardWords = (guildId: GuildId, tools: Tools) => Promise<readonly string[]>

// --- The door of a room -----------------------------------------------------------------------------------------------

export interface Feature {
  readonly name: string
  readonly commands?: readonly Command[]
  /** These three by action, the second part of the custom id. */
  readonly buttons?: Readonly<Record<string, Button>>
  readonly selects?: Readonly<Record<string, Select>>
  readonly modals?: Readonly<Record<string, ModalSubmit>>
  readonly chat?: Readonly<Record<string, ChatCommand<ChatWord>>>
  readonly chatWords?: ChatWords
  readonly heardWords?: HeardWords
  readonly ticks?: Readonly<Partial<Record<TickKind, TickHandler>>>
  readonly events?: { readonly [Type in EventType]?: EventHandler<Type> }
  readonly gateway?: GatewayEvents
  /** By kind of row, `<room>.<what>`. */
  readonly outbox?: Readonly<Record<string, OutboxPayer>>
  /** By kind of row, `<room>.<what>`. */
  readonly jobs?: Readonly<Record<string, JobHandler>>
  /** Those of its jobs that are done for guilds which the bot has left, too. */
  readonly jobsOfLeft?: readonly string[]
  /** By `<area>.<action>`. */
  readonly dashboard?: Readonly<Record<string, DashboardHandler>>
  readonly earning?: Earning
}

export const defineFeature = <const F extends Feature>(feature: F): F => feature
