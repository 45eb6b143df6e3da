export const limits = { timers: 25, message: 500, interval: 1440, lines: 1000 } as const

/** With fewer people in the chat within five minutes nobody would read it. */
export const minChatters = 2
/** Two messages of one server are not said closer together. */
export const apartSeconds = 60
/** How soon a message that had to wait is looked at again. */
export const lookAgainMs = 60_000

/** A tenth of the interval at most, so that the messages of many servers do not stay in step. Always the same for the same message. */
const jitterShare = 10

/** When a message that is said now is due again, in milliseconds. */
export function nextRun(
  now: number,
  timer: { readonly guildId: string; readonly id: number; readonly intervalMinutes: number },
): number {
  const intervalMs = timer.intervalMinutes * 60_000
  const spread = (BigInt(timer.guildId) + BigInt(timer.id) * 7_919n) % 1_000n
  return now + intervalMs + Math.floor((intervalMs / jitterShare) * (Number(spread) / 1_000))
}

export type TimerFault = 'message' | 'interval' | 'lines'

/** What is wrong with a message, if anything. */
export function faultOf(timer: {
  readonly message: string
  readonly intervalMinutes: number
  readonly minLines: number
}): TimerFault | undefined {
  if (timer.message.trim() === '' || timer.message.length > limits.message) return 'message'
  if (!Number.isInteger(timer.intervalMinutes) || timer.intervalMinutes < 1 || timer.intervalMinutes > limits.interval)
    return 'interval'
  return Number.isInteger(timer.minLines) && timer.minLines >= 0 && timer.minLines <= limits.lines ? undefined : 'lines'
}
