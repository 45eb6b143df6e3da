import { type Slot, slot } from './ids.ts'

/** Wall time in milliseconds since 1970, and a monotonic time which no adjustment of the wall clock moves. */
export interface Clock {
  now(): number
  monotonic(): number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
}

export const slotSeconds = 60

/** The slot that contains this instant. */
export const slotAt = (ms: number): Slot => slot(Math.floor(ms / 1000 / slotSeconds))

/** The newest slot that has ended, and so is due, at this instant. */
export const dueSlotAt = (ms: number): Slot => slot(slotAt(ms) - 1)

/** The instant in milliseconds at which a slot ends. */
export const slotEndsAt = (n: Slot): number => (n + 1) * slotSeconds * 1000
