import type { Faults } from './faults.ts'
import { type KickUser, rfc3339 } from './world.ts'

/** The bodies of version 1 of every event, field for field; null and absence are part of the contract. */
export interface BodyContext {
  faults: Faults
}

export interface ChatMessage {
  messageId: string
  sender: KickUser
  content: string
  createdAt: number
  repliesTo?: { messageId: string; sender: KickUser; content: string } | undefined
  /** Badges beside those which follow from the channel. */
  badges?: readonly Badge[] | undefined
}

export interface Badge {
  text: string
  type: string
  count?: number
}

export interface Gift {
  amount: number
  name: string
  type: string
  tier: string
  message: string
  pinnedTimeSeconds: number
}

const time = (ms: number, { faults }: BodyContext): string => {
  if (faults.eventTimes === 'millis') return new Date(ms).toISOString()
  // The offset is eleven hours ahead of UTC, so the local reading is later by as much.
  if (faults.eventTimes === 'offset') return `${new Date(ms + 11 * 3_600_000).toISOString().slice(0, 19)}+11:00`
  return rfc3339(ms)
}

/** A person without the two fields that gifts of Kicks and rewards lack. */
const bare = (user: KickUser) => ({
  user_id: user.userId,
  username: user.username,
  is_verified: user.isVerified,
  profile_picture: user.profilePicture,
  channel_slug: user.slug,
})

const person = (user: KickUser) => ({ is_anonymous: false, ...bare(user), identity: null })

const anonymous = {
  is_anonymous: true,
  user_id: null,
  username: null,
  is_verified: null,
  profile_picture: null,
  channel_slug: null,
  identity: null,
}

function badgesOf(channel: KickUser, sender: KickUser): Badge[] {
  const badges: Badge[] = []
  if (channel === sender) badges.push({ text: 'Broadcaster', type: 'broadcaster' })
  if (channel.moderators.has(sender.userId)) badges.push({ text: 'Moderator', type: 'moderator' })
  const months = channel.subscribers.get(sender.userId)?.months
  if (months !== undefined) badges.push({ text: 'Subscriber', type: 'subscriber', count: months })
  const gifts = channel.gifters.get(sender.userId)
  if (gifts !== undefined) badges.push({ text: 'Sub Gifter', type: 'sub_gifter', count: gifts })
  return badges
}

/** Emotes are written inline; positions index the content and include the last character. */
function emotesOf(content: string) {
  const positions = new Map<string, { s: number; e: number }[]>()
  for (const match of content.matchAll(/\[emote:(\d+):[^\]]*\]/g)) {
    const [text, id = ''] = match
    positions.set(id, [...(positions.get(id) ?? []), { s: match.index, e: match.index + text.length - 1 }])
  }
  return positions.size === 0 ? null : [...positions].map(([emote_id, at]) => ({ emote_id, positions: at }))
}

export const chatBody = (channel: KickUser, message: ChatMessage, context: BodyContext) => ({
  message_id: message.messageId,
  replies_to: message.repliesTo
    ? {
        message_id: message.repliesTo.messageId,
        content: message.repliesTo.content,
        sender: person(message.repliesTo.sender),
      }
    : null,
  broadcaster: person(channel),
  sender: {
    ...person(message.sender),
    identity: {
      username_color: message.sender.color,
      badges: [...badgesOf(channel, message.sender), ...(message.badges ?? [])],
    },
  },
  content: message.content,
  emotes: emotesOf(message.content),
  created_at: time(message.createdAt, context),
})

export const followedBody = (channel: KickUser, follower: KickUser) => ({
  broadcaster: person(channel),
  follower: person(follower),
})

export const subscriptionBody = (
  channel: KickUser,
  subscriber: KickUser,
  p: { duration: number; createdAt: number; expiresAt: number },
  context: BodyContext,
) => ({
  broadcaster: person(channel),
  subscriber: person(subscriber),
  duration: p.duration,
  created_at: time(p.createdAt, context),
  expires_at: time(p.expiresAt, context),
})

export const giftsBody = (
  channel: KickUser,
  p: { gifter: KickUser | null; giftees: readonly KickUser[]; createdAt: number; expiresAt: number },
  context: BodyContext,
) => ({
  broadcaster: person(channel),
  gifter: p.gifter ? person(p.gifter) : anonymous,
  giftees: p.giftees.map(person),
  created_at: time(p.createdAt, context),
  expires_at: time(p.expiresAt, context),
})

export interface Redemption {
  id: string
  userInput: string
  status: 'pending' | 'accepted' | 'rejected'
  redeemedAt: number
  reward: { id: string; title: string; cost: number; description: string }
}

export const redemptionBody = (
  channel: KickUser,
  redeemer: KickUser,
  redemption: Redemption,
  context: BodyContext,
) => ({
  id: redemption.id,
  user_input: redemption.userInput,
  status: redemption.status,
  redeemed_at: time(redemption.redeemedAt, context),
  reward: redemption.reward,
  redeemer: bare(redeemer),
  broadcaster: bare(channel),
})

export const statusBody = (
  channel: KickUser,
  p: { isLive: boolean; startedAt: number; endedAt: number | null },
  context: BodyContext,
) => ({
  broadcaster: person(channel),
  is_live: p.isLive,
  title: channel.title,
  started_at: time(p.startedAt, context),
  ended_at: p.endedAt === null ? null : time(p.endedAt, context),
})

export function metadataBody(channel: KickUser, { faults }: BodyContext) {
  const category = { ...channel.category }
  return {
    broadcaster: person(channel),
    metadata: {
      title: channel.title,
      language: channel.language,
      has_mature_content: false,
      ...(faults.categoryKey !== 'Category' && { category }),
      ...(faults.categoryKey !== 'category' && { Category: category }),
    },
  }
}

export const bannedBody = (
  channel: KickUser,
  p: { moderator: KickUser; banned: KickUser; reason: string; createdAt: number; expiresAt: number | null },
  context: BodyContext,
) => ({
  broadcaster: person(channel),
  moderator: person(p.moderator),
  banned_user: person(p.banned),
  metadata: {
    reason: p.reason,
    created_at: time(p.createdAt, context),
    expires_at: p.expiresAt === null ? null : time(p.expiresAt, context),
  },
})

export const kicksBody = (
  channel: KickUser,
  p: { sender: KickUser; gift: Gift; createdAt: number },
  context: BodyContext,
) => ({
  broadcaster: bare(channel),
  sender: bare(p.sender),
  gift: {
    amount: p.gift.amount,
    name: p.gift.name,
    type: p.gift.type,
    tier: p.gift.tier,
    message: p.gift.message,
    pinned_time_seconds: p.gift.pinnedTimeSeconds,
  },
  created_at: time(p.createdAt, context),
})

/**
 * The bytes that are signed and sent. Slashes and angle brackets are escaped and the rest is raw UTF-8, as one encoder
 * may write and another would not: a receiver that parses and writes the body again gets other bytes.
 */
export const bytesOf = (body: object): Buffer =>
  Buffer.from(
    JSON.stringify(body)
      .replaceAll('/', '\\/')
      .replace(/[<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`),
  )
