import { z } from 'zod'
import { kickUserId } from '../../runtime/ids.ts'

/**
 * What Kick tells, all at version 1. Fields we do not know are ignored and unknown words kept as text, since Kick adds both
 * without notice; ids become decimal strings and times milliseconds since 1970.
 */

const id = z.union([z.int().nonnegative(), z.string().regex(/^\d{1,20}$/)]).transform(kickUserId)

/** RFC 3339, mostly in UTC with whole seconds, at times with a fraction or an offset. */
const time = z.iso
  .datetime({ offset: true })
  .transform((text) => Date.parse(text))
  .refine((ms) => ms > 0)
/** Null, nothing, an empty text and the zero time of Kick's language all mean that there is no time. */
const optionalTime = z
  .string()
  .nullish()
  .transform((text) => {
    const ms = text ? Date.parse(text) : Number.NaN
    return ms > 0 ? ms : null
  })

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '')

/** Gifts of Kicks and rewards name people without `is_anonymous` and `identity`. */
const personFields = {
  user_id: id,
  username: z.string().min(1),
  channel_slug: text,
  profile_picture: text,
}
type PersonRow = z.output<z.ZodObject<typeof personFields>>

const toPerson = (row: PersonRow) => ({
  userId: row.user_id,
  username: row.username,
  slug: row.channel_slug,
  profilePicture: row.profile_picture,
})

const person = z.object(personFields).transform(toPerson)
/** Somebody with an id; names change, the id does not. */
export type KickPerson = Readonly<z.output<typeof person>>

/** An anonymous giver comes as an object of nulls: it has no id, and nothing must be keyed on one. */
const personOrAnonymous = z.union([z.object({ is_anonymous: z.literal(true) }).transform(() => null), z.null(), person])

/** Kinds of badge are open-ended: `moderator`, `subscriber` and `sub_gifter` are documented, more exist. */
const badge = z.object({ type: z.string(), text, count: z.number().nullish() }).transform((row) => ({
  type: row.type,
  text: row.text,
  /** Months of a subscriber, gifts of a gifter. */
  count: row.count ?? null,
}))
export type KickBadge = Readonly<z.output<typeof badge>>

const chatSender = z
  .object({
    ...personFields,
    identity: z.object({ badges: z.array(badge).nullish() }).nullish(),
  })
  .transform((row) => ({ ...toPerson(row), badges: row.identity?.badges ?? [] }))

const chat = z
  .object({
    message_id: z.string().min(1),
    broadcaster: person,
    sender: chatSender,
    content: z.string(),
    replies_to: z.object({ message_id: z.string() }).nullish(),
    created_at: time,
  })
  .transform((body) => ({
    type: 'chat.message.sent' as const,
    broadcaster: body.broadcaster,
    messageId: body.message_id,
    sender: body.sender,
    /** Emotes stand in it as `[emote:<id>:<name>]`. */
    content: body.content,
    repliesTo: body.replies_to?.message_id ?? null,
    at: body.created_at,
  }))

/** Carries no time of its own: when it happened is when it was sent. */
const followed = z.object({ broadcaster: person, follower: person }).transform((body) => ({
  type: 'channel.followed' as const,
  ...body,
}))

/** A new subscription and a renewal look the same; only the header, checked against the subscription, tells them apart. */
const subscribed = <Type extends string>(type: Type) =>
  z
    .object({
      broadcaster: person,
      subscriber: person,
      duration: z.number().nullish(),
      created_at: time,
      expires_at: optionalTime,
    })
    .transform((body) => ({
      type,
      broadcaster: body.broadcaster,
      subscriber: body.subscriber,
      /** Months so far; null when Kick leaves it out. */
      months: body.duration ?? null,
      at: body.created_at,
      /** A hint: it has been days off. */
      expiresAt: body.expires_at,
    }))

const gifts = z
  .object({
    broadcaster: person,
    gifter: personOrAnonymous,
    giftees: z.array(person),
    created_at: time,
    expires_at: optionalTime,
  })
  .transform((body) => ({
    type: 'channel.subscription.gifts' as const,
    broadcaster: body.broadcaster,
    /** Null for an anonymous gift. */
    gifter: body.gifter,
    giftees: body.giftees,
    at: body.created_at,
    expiresAt: body.expires_at,
  }))

const redemption = z
  .object({
    id: z.string().min(1),
    broadcaster: person,
    redeemer: person,
    user_input: text,
    status: z.string(),
    redeemed_at: time,
    reward: z.object({ id: z.string().min(1), title: z.string(), cost: z.number(), description: text }),
  })
  .transform((body) => ({
    type: 'channel.reward.redemption.updated' as const,
    broadcaster: body.broadcaster,
    redemptionId: body.id,
    redeemer: body.redeemer,
    userInput: body.user_input,
    /** `pending`, `accepted` or `rejected`, so far. */
    status: body.status,
    reward: body.reward,
    at: body.redeemed_at,
  }))

const status = z
  .object({ broadcaster: person, is_live: z.boolean(), title: text, started_at: time, ended_at: optionalTime })
  .transform((body) => ({
    type: 'livestream.status.updated' as const,
    broadcaster: body.broadcaster,
    isLive: body.is_live,
    title: body.title,
    /** The same at the start and at the end of one stream, and in the API: it names the stream. */
    startedAt: body.started_at,
    endedAt: body.ended_at,
  }))

const category = z.object({ id: z.union([z.number(), z.string()]).transform(String), name: text })

/** A snapshot, sent on any change, without a time of its own. The category has been spelled in two ways. */
const metadata = z
  .object({
    broadcaster: person,
    metadata: z.object({
      title: z.string(),
      language: text,
      has_mature_content: z.boolean().nullish(),
      category: category.nullish(),
      Category: category.nullish(),
    }),
  })
  .transform(({ broadcaster, metadata: row }) => ({
    type: 'livestream.metadata.updated' as const,
    broadcaster,
    title: row.title,
    language: row.language,
    hasMatureContent: row.has_mature_content ?? false,
    category: row.category ?? row.Category ?? null,
  }))

const banned = z
  .object({
    broadcaster: person,
    moderator: person,
    banned_user: person,
    metadata: z.object({ reason: text, created_at: time, expires_at: optionalTime }),
  })
  .transform((body) => ({
    type: 'moderation.banned' as const,
    broadcaster: body.broadcaster,
    moderator: body.moderator,
    banned: body.banned_user,
    reason: body.metadata.reason,
    at: body.metadata.created_at,
    /** Null for ever. */
    expiresAt: body.metadata.expires_at,
  }))

const kicks = z
  .object({
    broadcaster: person,
    sender: person,
    gift: z.object({ amount: z.int().nonnegative(), name: text, type: text, tier: text, message: text }),
    created_at: time,
  })
  .transform((body) => ({
    type: 'kicks.gifted' as const,
    broadcaster: body.broadcaster,
    sender: body.sender,
    gift: body.gift,
    at: body.created_at,
  }))

const schemas = {
  'chat.message.sent': chat,
  'channel.followed': followed,
  'channel.subscription.new': subscribed('channel.subscription.new'),
  'channel.subscription.renewal': subscribed('channel.subscription.renewal'),
  'channel.subscription.gifts': gifts,
  'channel.reward.redemption.updated': redemption,
  'livestream.status.updated': status,
  'livestream.metadata.updated': metadata,
  'moderation.banned': banned,
  'kicks.gifted': kicks,
} as const

export type PayloadType = keyof typeof schemas
/** One event; `type` says which. */
export type Payload = z.output<(typeof schemas)[PayloadType]>

export const payloadTypes = Object.keys(schemas) as readonly PayloadType[]

export type ReadPayload =
  | { kind: 'payload'; payload: Payload }
  | { kind: 'unknown_type' }
  | { kind: 'not_json' }
  /** Names the fields at fault, never their values. */
  | { kind: 'wrong_shape'; fields: readonly string[] }

/**
 * Reads a body as the event that the type header claims. That header is not signed, so it is believed only when the body
 * has the shape of that type.
 */
export function readPayload(type: string, body: Buffer | string): ReadPayload {
  if (!isPayloadType(type)) return { kind: 'unknown_type' }
  let value: unknown
  try {
    value = JSON.parse(body.toString())
  } catch {
    return { kind: 'not_json' }
  }
  const result = schemas[type].safeParse(value)
  if (result.success) return { kind: 'payload', payload: result.data }
  return { kind: 'wrong_shape', fields: result.error.issues.map((issue) => issue.path.join('.')) }
}

const isPayloadType = (type: string): type is PayloadType => Object.hasOwn(schemas, type)
