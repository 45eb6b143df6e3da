import type { KnownStream } from '../../../../sql/queries/kick.ts'
import type { GuildId, KickUserId } from '../../../runtime/ids.ts'
import type { KickLivestream } from '../../../runtime/kick.ts'
import { livestream } from '../happening.ts'
import type { Unaddressed } from '../store.ts'

/** What no webhook told, for the guilds that have not heard of it. */
export interface Missed {
  readonly event: Unaddressed
  readonly guildIds: readonly GuildId[]
}

export interface Seen {
  /** By Kick's API, a moment ago. */
  readonly live: ReadonlyMap<KickUserId, KickLivestream>
  /** When each channel was last seen live by whoever asks, in milliseconds. */
  readonly lastLiveAt: ReadonlyMap<KickUserId, number>
  readonly now: number
}

/** The API shows the end of a stream up to twenty seconds late, and a webhook may be under way. */
const settlingMs = 120_000
/** An end that nobody told lies between two looks; if the last look is longer ago than this, more is not given away. */
const longestGapMs = 600_000

/**
 * Compares what the API shows with what the guilds have on record. The record is believed while it is fresh. What comes out
 * is dated just after the record that it corrects: a webhook that comes late knows better and is newer still. The same
 * difference always has the same reference, so that it is put into the inbox once, however often it is found.
 */
export function missedStreams(known: readonly KnownStream[], seen: Seen): readonly Missed[] {
  const missed = new Map<string, { event: Unaddressed; guildIds: GuildId[] }>()
  for (const record of known) {
    const event = correctionOf(record, seen)
    if (event === undefined) continue
    const same = missed.get(event.ref)
    if (same) same.guildIds.push(record.guildId)
    else missed.set(event.ref, { event, guildIds: [record.guildId] })
  }
  return [...missed.values()]
}

function correctionOf(record: KnownStream, { live, lastLiveAt, now }: Seen): Unaddressed | undefined {
  const stream = live.get(record.broadcasterUserId)
  const isFresh = now - (record.changedAt ?? 0) < settlingMs
  const broadcaster = { userId: record.broadcasterUserId, username: record.displayName, slug: record.slug }
  const corrected = (p: { isLive: boolean; title: string; startedAt: number; endedAt: number | null; at: number }) => ({
    ...livestream(broadcaster, p),
    ref: `livestream:${record.broadcasterUserId}:${p.startedAt}:${p.isLive}:after:${record.changedAt ?? 0}`,
  })

  if (stream !== undefined) {
    const { title, startedAt } = stream
    if (now - startedAt < settlingMs) return undefined
    const isNewer = record.startedAt === null || record.startedAt < startedAt
    if (isNewer) return corrected({ isLive: true, title, startedAt, endedAt: null, at: startedAt })
    const hasEnded = record.startedAt === startedAt && record.endedAt !== null && record.changedAt !== null
    if (!hasEnded || isFresh) return undefined
    return corrected({ isLive: true, title, startedAt, endedAt: null, at: record.changedAt + 1 })
  }
  if (record.startedAt === null || record.changedAt === null || record.endedAt !== null || isFresh) return undefined
  const endedAt = Math.max(
    record.startedAt,
    Math.min(now, (lastLiveAt.get(record.broadcasterUserId) ?? now) + longestGapMs),
  )
  return corrected({
    isLive: false,
    title: record.title ?? '',
    startedAt: record.startedAt,
    endedAt,
    at: record.changedAt + 1,
  })
}

/** Live channels from which no guild has had chat for a while: their subscription may be dead. */
export function silentChannels(known: readonly KnownStream[], { live, now }: Seen): number {
  const lastChatAt = new Map<KickUserId, number>()
  for (const record of known) {
    const at = Math.max(record.lastChatAt ?? 0, lastChatAt.get(record.broadcasterUserId) ?? 0)
    lastChatAt.set(record.broadcasterUserId, at)
  }
  const isSilent = ({ userId, startedAt }: KickLivestream) =>
    now - Math.max(startedAt, lastChatAt.get(userId) ?? 0) > longestGapMs
  return [...live.values()].filter(isSilent).length
}
