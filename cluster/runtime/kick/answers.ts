import { z } from 'zod'
import { kickUserId } from '../ids.ts'

/** What Kick answers, read field by field: unknown fields are ignored, ids become decimal strings, times milliseconds. */

/** Kick's ids are integers; a string is taken too, in case they ever outgrow a JSON number. */
const id = z.union([z.int().nonnegative(), z.string().regex(/^\d{1,20}$/)]).transform(kickUserId)

const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))
/** The zero time of Kick's language, `0001-01-01T00:00:00Z`, and an empty text stand for no time. */
const optionalTime = z
  .string()
  .nullish()
  .transform((text) => {
    const ms = text ? Date.parse(text) : Number.NaN
    return ms > 0 ? ms : null
  })

/** Numbers have come as numeric texts. */
const seconds = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)])

export const envelope = <T extends z.ZodType>(data: T) => z.object({ data })

export const channel = z
  .object({
    broadcaster_user_id: id,
    slug: z.string(),
    stream_title: z.string().nullish(),
    category: z.object({ name: z.string().nullish() }).nullish(),
    stream: z
      .object({ is_live: z.boolean().nullish(), start_time: optionalTime, viewer_count: z.number().nullish() })
      .nullish(),
  })
  .transform((row) => ({
    userId: row.broadcaster_user_id,
    slug: row.slug,
    title: row.stream_title ?? '',
    category: row.category?.name ?? '',
    isLive: row.stream?.is_live ?? false,
    /** When the stream began; null while offline. */
    startedAt: row.stream?.is_live ? row.stream.start_time : null,
    viewerCount: row.stream?.viewer_count ?? 0,
  }))
export type KickChannel = Readonly<z.output<typeof channel>>

const category = z
  .object({ name: z.string() })
  .nullish()
  .transform((row) => row?.name || null)

const livestreamV1 = z
  .object({
    broadcaster_user_id: id,
    slug: z.string(),
    stream_title: z.string().nullish(),
    started_at: time,
    viewer_count: z.number().nullish(),
    category,
  })
  .transform((row) => ({
    userId: row.broadcaster_user_id,
    slug: row.slug,
    title: row.stream_title ?? '',
    startedAt: row.started_at,
    viewerCount: row.viewer_count ?? 0,
    category: row.category,
  }))

const livestreamV2 = z
  .object({
    broadcaster_user: z.object({ id }),
    channel: z.object({ slug: z.string() }),
    title: z.string().nullish(),
    started_at: time,
    viewer_count: z.number().nullish(),
    category,
  })
  .transform((row) => ({
    userId: row.broadcaster_user.id,
    slug: row.channel.slug,
    title: row.title ?? '',
    startedAt: row.started_at,
    viewerCount: row.viewer_count ?? 0,
    category: row.category,
  }))

export const livestream = z.union([livestreamV1, livestreamV2])
/** A stream that runs now; `startedAt` is the same instant as in the event that announced it, and names the stream. */
export type KickLivestream = Readonly<z.output<typeof livestream>>

export const user = z
  .object({ user_id: id, name: z.string().min(1), profile_picture: z.string().nullish() })
  .transform((row) => ({ userId: row.user_id, username: row.name, profilePicture: row.profile_picture ?? '' }))
export type KickProfile = Readonly<z.output<typeof user>>

export const subscription = z
  .object({ id: z.string().min(1), broadcaster_user_id: id, event: z.string(), version: z.number().nullish() })
  .transform((row) => ({
    id: row.id,
    broadcasterId: row.broadcaster_user_id,
    event: row.event,
    version: row.version ?? 1,
  }))
export type KickSubscription = Readonly<z.output<typeof subscription>>

export const page = <T extends z.ZodType>(item: T) =>
  z
    .object({
      data: z.array(item).nullish(),
      pagination: z.object({ next_cursor: z.string().nullish() }).nullish(),
    })
    .transform((answer) => ({ rows: answer.data ?? [], nextCursor: answer.pagination?.next_cursor ?? '' }))

export const created = z.object({
  data: z.array(z.object({ name: z.string(), subscription_id: z.string().nullish(), error: z.string().nullish() })),
})

export const publicKey = envelope(z.object({ public_key: z.string().includes('BEGIN PUBLIC KEY') }))

export const sentChat = envelope(z.object({ is_sent: z.boolean(), message_id: z.string().nullish() }))

export const appToken = z.object({ access_token: z.string().min(1), expires_in: seconds })

export const userTokens = z
  .object({
    access_token: z.string().min(1),
    refresh_token: z.string().min(1),
    expires_in: seconds,
    scope: z.string().nullish(),
  })
  .transform((answer) => ({
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token,
    expiresInSeconds: answer.expires_in,
    scopes: (answer.scope ?? '').split(' ').filter((scope) => scope !== ''),
  }))
/** Secret; kept only encrypted. The newest refresh token is the one to keep. */
export type KickTokens = Readonly<z.output<typeof userTokens>>
