import type { Payload } from './payload.ts'
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
  const channel = { userId: broadcaster.userId, username: broadcaster.username, slug: broadcaster.slug }
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
            userId: sender.userId,
            username: sender.username,
            slug: sender.slug,
            ...(sender.badges.length > 0 && { badges: sender.badges.map((badge) => badge.type) }),
          },
          content: payload.content,
          // The time of an event decides which minutes it is worth; none of them may lie in the future.
          at: Math.min(payload.at, now + maxAheadSeconds * 1_000),
        },
      }
    }
    case 'livestream.status.updated':
      return livestream(channel, { ...payload, at: sentAt })
    default:
      return 'unhandled'
  }
}

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
