import { z } from 'zod'
import type { StreamDefinition } from '../runtime/bus.ts'
import { type GuildId, guildId, type KickUserId, kickUserId } from '../runtime/ids.ts'

/** A Kick user as an event names them; `username` keeps its spelling. */
const person = z.object({ userId: z.string(), username: z.string(), slug: z.string().optional() })

/** What happened on a Kick channel, in our own words; times are milliseconds since 1970, by Kick's clock. */
const happening = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('chat'),
    messageId: z.string(),
    /** Kinds of the sender's badges, such as `moderator`; absent in events of before. */
    sender: person.extend({ badges: z.array(z.string()).optional() }),
    content: z.string(),
    at: z.number(),
  }),
  z.object({
    type: z.literal('livestream'),
    isLive: z.boolean(),
    title: z.string(),
    startedAt: z.number(),
    endedAt: z.number().nullable(),
    /** When Kick said so; of two messages about one stream the later one is believed. */
    at: z.number(),
  }),
  z.object({
    type: z.literal('subscription'),
    /** What the unsigned header of the webhook said; nothing that matters may hang on it alone. */
    kind: z.enum(['new', 'renewal']),
    subscriber: person,
    /** Months so far; null when Kick leaves it out. */
    months: z.number().nullable(),
    /** A hint, which has been days off. */
    expiresAt: z.number().nullable(),
    at: z.number(),
  }),
  z.object({
    type: z.literal('gifts'),
    /** Null for somebody who does not want to be named: nothing may be keyed on them. */
    gifter: person.nullable(),
    /** Each of them is one subscription, and gets no event of its own. */
    recipients: z.array(person),
    expiresAt: z.number().nullable(),
    at: z.number(),
  }),
])

const channelEvent = z.object({
  /** Names the happening, not the message: the same one told twice has the same reference. */
  ref: z.string().min(1),
  broadcaster: person,
  guildIds: z.array(z.string().regex(/^\d{1,20}$/)),
  happening,
})

/** Somebody as an event names them. */
export type EventPerson = z.output<typeof person>
export type Happening = z.output<typeof happening>
export type EventType = Happening['type']

/** One happening for the guilds of one group that are bound to the channel. */
export interface ChannelEvent<Type extends EventType = EventType> {
  readonly ref: string
  readonly broadcaster: { readonly userId: KickUserId; readonly username: string; readonly slug?: string | undefined }
  readonly guildIds: readonly GuildId[]
  readonly happening: Extract<Happening, { type: Type }>
}

/** Events live a day: what PostgreSQL cannot take now waits here. Chat that is sent twice within the window is stored once. */
export const kickStream: StreamDefinition = {
  name: 'KICK',
  subjects: ['kick.*.*.*'],
  maxAgeSeconds: 86_400,
  duplicateWindowSeconds: 900,
}

export const eventSubject = (to: { shardCount: number; group: number; type: EventType }): string =>
  `kick.${to.shardCount}.${to.group}.${to.type}`

/** Everything of one type for one group: chat and the rest have consumers of their own. */
export const eventFilter = eventSubject

export const encodeEvent = (event: ChannelEvent): unknown => event

/** Reads an event off the bus or out of the inbox; throws when it is not one. */
export function decodeEvent(body: unknown): ChannelEvent {
  const event = channelEvent.parse(body)
  return {
    ...event,
    broadcaster: { ...event.broadcaster, userId: kickUserId(event.broadcaster.userId) },
    guildIds: event.guildIds.map(guildId),
  }
}

/** Says that the guilds of a channel have changed; front doors read the bindings again. */
export const bindingsChanged = 'hint.kick.bindings'

/** Says to the owner of a group that there is something in the inbox for it; without it the owner looks at its own pace. */
export const inboxHint = (to: { shardCount: number; group: number }): string =>
  `hint.inbox.${to.shardCount}.${to.group}`

/** Says to the owner of a group that the front door has put something into its outbox: an answer to a member who signed in. */
export const outboxHint = (to: { shardCount: number; group: number }): string =>
  `hint.outbox.${to.shardCount}.${to.group}`
