/**
 * What everybody is owed, worked out in the slowest and plainest way from what viewers did. It imports nothing of the
 * product: it knows the rules from its documentation alone.
 *
 * - A message at time m is worth the minutes whose end t satisfies `m <= t < m + window`.
 * - A minute counts when the stream was live at its end: begun at or before it, and not over yet.
 * - A minute counts once, however many messages cover it, and only up to the slot that the guild was settled to.
 * - Five whole minutes are worth the guild's rate; the remainder waits.
 * - A linked member has every role whose minutes they have reached.
 * - Names are the same in any case. The channel's owner and the names that a guild ignores earn nothing.
 */

const minuteMs = 60_000
const blockMinutes = 5

/** Somebody wrote in a channel, at an instant in milliseconds. */
export interface Deed {
  readonly channel: string
  readonly viewer: string
  readonly at: number
}

export interface StreamInterval {
  readonly channel: string
  readonly startedAt: number
  /** Null while it goes on. */
  readonly endedAt: number | null
}

export interface GuildRules {
  readonly guildId: string
  readonly channel: string
  /** The owner of the channel. */
  readonly broadcaster: string
  readonly windowSeconds: number
  /** Points for five minutes. */
  readonly rate: number
  readonly ignored: readonly string[]
  readonly tiers: readonly { readonly roleId: string; readonly minutes: number }[]
  readonly links: readonly { readonly userId: string; readonly viewer: string }[]
  /** Slot N ends `(N + 1)` minutes after 1970. */
  readonly settledSlot: number
}

export interface Due {
  readonly minutes: number
  readonly points: number
}

export interface Expected {
  /** By folded name. */
  readonly viewers: ReadonlyMap<string, Due>
  /** Role ids by member; members without a role are left out. */
  readonly roles: ReadonlyMap<string, ReadonlySet<string>>
}

const folded = (name: string): string => name.toLowerCase()

export function expectedOf(guild: GuildRules, deeds: readonly Deed[], streams: readonly StreamInterval[]): Expected {
  const idle = new Set([guild.broadcaster, ...guild.ignored].map(folded))
  const own = streams.filter((stream) => stream.channel === guild.channel)
  const isLive = (end: number) =>
    own.some(({ startedAt, endedAt }) => startedAt <= end && (endedAt === null || end < endedAt))
  const lastEnd = (guild.settledSlot + 1) * minuteMs

  const watched = new Map<string, Set<number>>()
  for (const { channel, viewer, at } of deeds) {
    if (channel !== guild.channel || idle.has(folded(viewer))) continue
    const minutes = watched.get(folded(viewer)) ?? new Set()
    watched.set(folded(viewer), minutes)
    for (let end = Math.ceil(at / minuteMs) * minuteMs; end < at + guild.windowSeconds * 1000; end += minuteMs) {
      if (end <= lastEnd && isLive(end)) minutes.add(end)
    }
  }

  const viewers = new Map<string, Due>()
  for (const [viewer, { size }] of watched)
    viewers.set(viewer, { minutes: size, points: Math.floor(size / blockMinutes) * guild.rate })
  const roles = new Map<string, ReadonlySet<string>>()
  for (const { userId, viewer } of guild.links) {
    const { minutes } = viewers.get(folded(viewer)) ?? { minutes: 0 }
    const reached = guild.tiers.filter((tier) => tier.minutes <= minutes).map((tier) => tier.roleId)
    if (reached.length > 0) roles.set(userId, new Set(reached))
  }
  return { viewers, roles }
}
