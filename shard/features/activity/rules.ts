import { createHash } from 'node:crypto'
import { type Slot, slot } from '../../../cluster/runtime/ids.ts'

/** The minutes of one hour in which a viewer counts as present. */
export interface Presence {
  /** `floor(end minute / 60)`. */
  readonly hour: number
  /** Bit i for the minute that ends i minutes into the hour. */
  readonly minutes: bigint
  readonly oldestSlot: Slot
  readonly newestSlot: Slot
}

/**
 * The minutes that one message at `at` (milliseconds) is worth: those whose end t satisfies `at <= t < at + window`. With
 * the default window of two minutes that is two minutes, as the legacy bot gave. They lie in one hour or in two.
 */
export function presenceOf(at: number, windowSeconds: number): readonly Presence[] {
  const first = Math.ceil(at / 60_000)
  const last = Math.ceil((at + windowSeconds * 1000) / 60_000) - 1
  const hours = new Map<number, { minutes: bigint; first: number; last: number }>()
  for (let minute = first; minute <= last; minute++) {
    const hour = Math.floor(minute / 60)
    const entry = hours.get(hour) ?? { minutes: 0n, first: minute, last: minute }
    entry.minutes |= 1n << BigInt(minute % 60)
    entry.last = minute
    hours.set(hour, entry)
  }
  return [...hours].map(([hour, entry]) => ({
    hour,
    minutes: entry.minutes,
    oldestSlot: slot(entry.first - 1),
    newestSlot: slot(entry.last - 1),
  }))
}

/** Whether a line has so many characters besides spaces; an emote of Kick's, `[emote:1:name]`, is one. */
export const isLongEnough = (content: string, shortest: number): boolean =>
  shortest === 0 ||
  [...content.replace(/\[emote:\d+:[^\]]*\]/g, '☺').replace(/[\s\p{Cf}\p{Cc}]/gu, '')].length >= shortest

/**
 * What is kept of a line to know it again: a hash of its text, of whoever wrote it and of where, so that it says nothing about anybody else's
 * lines. Case, spaces and invisible characters make no other text.
 */
export const textHash = (p: { readonly guildId: string; readonly userId: string; readonly content: string }): string =>
  createHash('sha256')
    .update(
      `${p.guildId}:${p.userId}:${p.content
        .normalize('NFKC')
        .replace(/[\s\p{Cf}\p{Cc}]/gu, '')
        .toLowerCase()}`,
    )
    .digest('hex')
    .slice(0, 32)

const dayMs = 86_400_000
/** What is bought lasts a month, as a rule; nobody buys more than a year. */
const monthMs = 30 * dayMs
const longestMs = 400 * dayMs

/** Until when a subscription that was bought at `at` lasts; both in milliseconds. What Kick says about its end is believed within reason. */
export const subscribedUntil = (at: number, expiresAt: number | null): number =>
  Math.min(expiresAt ?? at + monthMs, at + longestMs)

/**
 * Until when a line with a subscriber's badge, written at `at`, says that its writer is one: to the end of its hour, and a day more. By whole
 * hours, so that a storm of lines writes once and lines may come in any order.
 */
export const badgeUntil = (at: number): number => (Math.floor(at / 3_600_000) + 1) * 3_600_000 + dayMs

/** How long after it was written a chat command is still answered; Kick delivers chat up to ten minutes late. */
export const commandPatienceMs = 60_000
/** Whether somebody still waits for an answer to what they wrote at `at`; both in milliseconds. */
export const isTimely = (at: number, now: number): boolean => now - at <= commandPatienceMs
/** One answer for each viewer and command in this time. */
export const commandCooldownMs = 10_000

/**
 * The command in a chat line, if it is one: an exclamation mark and a word at the very beginning. Compatibility forms and
 * invisible characters, which some clients add, are folded away for the comparison only.
 */
export function readCommand(content: string): { readonly name: string; readonly args: readonly string[] } | undefined {
  const text = content
    .normalize('NFKC')
    .replace(/[\p{Cf}\p{Cc}]/gu, '')
    .trim()
  const match = /^!([\p{L}\p{N}_]{1,32})(?:\s+(.*))?$/u.exec(text)
  if (match?.[1] === undefined) return undefined
  return { name: match[1].toLowerCase(), args: match[2]?.split(/\s+/) ?? [] }
}
