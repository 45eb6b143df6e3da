import type { KickStandIn } from '../standins/kick/index.ts'
import type { Cast, CastChannel } from './cast.ts'

/** Begins the streams of these channels, at the time that the cast says; Kick tells of it late if anybody listens. */
export function beginStreams(cast: Cast, kick: KickStandIn, channels: readonly CastChannel[]): void {
  for (const { user, beganAt } of channels) {
    kick.control.goLive(user, { startedAt: beganAt })
    cast.streams.push({ channel: user.username, startedAt: beganAt, endedAt: null })
  }
}

/**
 * Seconds of a minute in which no stream ends: a minute that has just ended may have been paid before the news of the end comes,
 * and one that is about to end may be. Kick's webhooks take some seconds here.
 */
const isNearMinute = (ms: number): boolean => {
  const second = (ms / 1000) % 60
  return second < 2 || second > 45
}

const lookMs = 1_000

/**
 * Ends those streams that end early, this many seconds from now or as soon after as it can be. The function it gives stops
 * waiting for that.
 */
export function endStreamsAround(
  kick: KickStandIn,
  cast: Cast,
  seconds: number,
  onEnd: (channels: readonly string[]) => void,
): () => void {
  const channels = cast.channels.filter((channel) => channel.endsEarly)
  if (channels.length === 0) return () => {}
  const startedAt = performance.now()
  const timer = setInterval(() => {
    if (performance.now() - startedAt < seconds * 1000 || !endStreams(cast, kick, channels)) return
    clearInterval(timer)
    onEnd(channels.map((channel) => channel.user.username))
  }, lookMs)
  return () => clearInterval(timer)
}

/** Ends the streams of these channels now, unless a minute is about to end; gives whether it did. */
function endStreams(cast: Cast, kick: KickStandIn, channels: readonly CastChannel[]): boolean {
  const now = Date.now()
  if (isNearMinute(now)) return false
  for (const { user } of channels) {
    const endedAt = Math.floor(now / 1000) * 1000
    kick.control.goOffline(user, { endedAt })
    const index = cast.streams.findIndex((stream) => stream.channel === user.username && stream.endedAt === null)
    const stream = cast.streams[index]
    if (stream !== undefined) cast.streams[index] = { ...stream, endedAt }
  }
  return true
}
