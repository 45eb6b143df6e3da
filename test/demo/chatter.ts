import type { KickStandIn, KickUser } from '../standins/kick/index.ts'
import { Seeded } from '../standins/kick/seeded.ts'
import type { Cast, CastChannel } from './cast.ts'
import type { Deed } from './model.ts'

const lines = [
  'hello chat',
  'GG 🎉🎉',
  'who is winning?',
  'größer als gedacht',
  '[emote:37226:KEKW]',
  'こんにちは',
  'one more game!',
  'that was close',
  'привет',
  '<3 <3',
] as const

const historyMs = 14 * 60_000
const lookMs = 100
/** What was said before the demo began comes in within this share of its time, in no order. */
const historyShare = 0.7
const endlessHistoryMs = 40_000
const lateShare = 0.15

interface Planned {
  /** When Kick delivers it. */
  readonly sendAt: number
  /** When it was written; null: when it is sent. */
  readonly at: number | null
  readonly channel: CastChannel
  readonly viewer: KickUser
  /** Mean time between two messages of this viewer, in seconds; 0 for what does not go on. */
  readonly gapSeconds: number
}

export interface Chatter {
  /** Everything that was written and handed to Kick. */
  readonly deeds: readonly Deed[]
  /** The latest line, for people to see. */
  readonly latest: { readonly channel: string; readonly viewer: string; readonly text: string } | undefined
  stop(): void
}

export interface ChatterOptions {
  readonly cast: Cast
  readonly kick: KickStandIn
  readonly seed: string
  /** 0 for no end. */
  readonly seconds: number
}

/**
 * Lets viewers write: over the last fourteen minutes, of which Kick tells late and in no order, and from now on, mostly at once
 * and at times late. The seed decides who writes how often.
 */
export function startChatter({ cast, kick, seed, seconds }: ChatterOptions): Chatter {
  const random = new Seeded(`${seed}:chatter`)
  const startedAt = Date.now()
  const endsAt = seconds === 0 ? Number.POSITIVE_INFINITY : startedAt + seconds * 1000
  const deeds: Deed[] = []
  let latest: Chatter['latest']
  let planned: Planned[] = []

  /** Messages at random come with exponential gaps. */
  const pause = (meanSeconds: number): number => -Math.log(1 - random.next()) * meanSeconds * 1000
  const plan = (one: Planned): void => {
    const place = planned.findIndex((other) => other.sendAt > one.sendAt)
    if (place === -1) planned.push(one)
    else planned.splice(place, 0, one)
  }

  const historyWithinMs = seconds === 0 ? endlessHistoryMs : seconds * 1000 * historyShare
  const planHistory = (channel: CastChannel, viewer: KickUser): Planned[] => {
    const meanSeconds = random.int(50, 330)
    const said: Planned[] = []
    for (let at = startedAt - historyMs + pause(meanSeconds); at < startedAt; at += pause(meanSeconds))
      said.push({ sendAt: startedAt + random.next() * historyWithinMs, at, channel, viewer, gapSeconds: 0 })
    return said
  }
  for (const channel of cast.channels) {
    for (const viewer of [...channel.viewers, channel.robot, channel.user]) {
      planned.push(...planHistory(channel, viewer))
      const gapSeconds = random.int(15, 60)
      planned.push({ sendAt: startedAt + pause(gapSeconds), at: null, channel, viewer, gapSeconds })
    }
  }
  planned = planned.sort((a, b) => a.sendAt - b.sendAt)

  const say = (one: Planned, now: number): void => {
    const at = Math.floor((one.at ?? now) / 1000) * 1000 // as fine as Kick tells it
    const text = random.pick(lines)
    kick.control.chat(one.channel.user, one.viewer, text, { createdAt: at })
    deeds.push({ channel: one.channel.user.username, viewer: one.viewer.username, at })
    if (one.at === null) latest = { channel: one.channel.user.username, viewer: one.viewer.username, text }
  }
  const look = (): void => {
    const now = Date.now()
    for (let one = planned[0]; one !== undefined && one.sendAt <= now; one = planned[0]) {
      planned.shift()
      if (one.gapSeconds > 0) plan({ ...one, sendAt: one.sendAt + pause(one.gapSeconds) })
      const arrivesAt = now + random.int(1_000, 20_000)
      const isLate = one.at === null && random.chance(lateShare) && arrivesAt < endsAt
      if (isLate) plan({ ...one, at: now, sendAt: arrivesAt, gapSeconds: 0 })
      else say(one, now)
    }
  }
  const timer = setInterval(look, lookMs)

  return {
    deeds,
    get latest() {
      return latest
    },
    stop: () => clearInterval(timer),
  }
}
