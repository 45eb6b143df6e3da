import { createHash } from 'node:crypto'
import type { EventPerson } from '../event.ts'
import type { KickPerson, Payload } from './payload.ts'
import { maxAheadSeconds } from './signature.ts'
import type { Unaddressed } from './store.ts'

/** Chat that was written longer ago than the stream of events keeps anything; Kick has been minutes late, never hours. */
const oldestChatMs = 24 * 3_600_000

/**
 * Says in our words what Kick has told, with a reference that names the happening and not the message, so that one which is
 * told twice (by two subscriptions, or again after a refusal) is one. `unhandled` is what no room listens to yet.
 */
export function happeningOf(
  payload: Payload,
  { sentAt, now }: { readonly sentAt: number; readonly now: number },
): Unaddressed | 'unhandled' | 'too_old' {
  const { broadcaster } = payload
  const channel = personOf(broadcaster)
  // The time of an event decides which minutes it is worth; none of them may lie in the future.
  const atMost = now + maxAheadSeconds * 1_000
  switch (payload.type) {
    case 'chat.message.sent': {
      if (payload.at < sentAt - oldestChatMs) return 'too_old'
      const { sender } = payload
      return {
        ref: `chat:${broadcaster.userId}:${payload.messageId}`,
        broadcaster: channel,
        happening: {
          type: 'chat',
          messageId: payload.messageId,
          sender: {
            ...personOf(sender),
            ...(sender.badges.length > 0 && { badges: sender.badges.map((badge) => badge.type) }),
          },
          content: payload.content,
          at: Math.min(payload.at, atMost),
        },
      }
    }
    case 'livestream.status.updated':
      return livestream(channel, { ...payload, at: sentAt })
    case 'channel.subscription.new':
    case 'channel.subscription.renewal': {
      const { subscriber, months, expiresAt } = payload
      return {
        // Not by which of the two it is: the header that says so is not signed.
        ref: `subscription:${broadcaster.userId}:${subscriber.userId}:${payload.at}:${expiresAt ?? months}`,
        broadcaster: channel,
        happening: {
          type: 'subscription',
          kind: payload.type === 'channel.subscription.new' ? 'new' : 'renewal',
          subscriber: personOf(subscriber),
          months,
          expiresAt,
          at: Math.min(payload.at, atMost),
        },
      }
    }
    case 'channel.subscription.gifts': {
      const { gifter, giftees, expiresAt } = payload
      if (giftees.length === 0) return 'unhandled'
      return {
        ref: `gifts:${broadcaster.userId}:${gifter?.userId ?? 'anonymous'}:${payload.at}:${fingerprint(giftees)}`,
        broadcaster: channel,
        happening: {
          type: 'gifts',
          gifter: gifter && personOf(gifter),
          recipients: giftees.map(personOf),
          expiresAt,
          at: Math.min(payload.at, atMost),
        },
      }
    }
    default:
      return 'unhandled'
  }
}

const personOf = ({ userId, username, slug }: KickPerson) => ({ userId, username, slug }) satisfies EventPerson

/** Tells apart what one gifter, or several that are anonymous, gave in one second. */
const fingerprint = (people: readonly KickPerson[]): string =>
  createHash('sha256')
    .update(
      people
        .map(({ userId }) => userId)
        .sort()
        .join(' '),
    )
    .digest('hex')
    .slice(0, 16)

/** A stream that drops and comes back begins twice with the same `startedAt`, so the time is part of its reference. */
export const livestream = (
  broadcaster: Unaddressed['broadcaster'],
  p: {
    readonly isLive: boolean
    readonly title: string
    readonly startedAt: number
    readonly endedAt: number | null
    readonly at: number
  },
): Unaddressed => ({
  ref: `livestream:${broadcaster.userId}:${p.startedAt}:${p.isLive}:${(p.isLive ? null : p.endedAt) ?? p.at}`,
  broadcaster,
  happening: {
    type: 'livestream',
    isLive: p.isLive,
    title: p.title,
    startedAt: p.startedAt,
    endedAt: p.isLive ? null : p.endedAt,
    at: p.at,
  },
})
