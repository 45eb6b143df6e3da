import { z } from 'zod'

/**
 * What a manager and its shard processes say to each other over the channel between parent and child. The message type 2
 * is hybrid-sharding's "custom message", which it passes on and does not look into.
 */
const custom = { _type: z.literal(2) }

const toChild = z.discriminatedUnion('belfry', [
  z.object({ ...custom, belfry: z.literal('stop') }),
  z.object({ ...custom, belfry: z.literal('measure'), request: z.number() }),
])

const toManager = z.discriminatedUnion('belfry', [
  /** The event loop of the child turns; and whether it waits for somebody else to connect: Discord, or its turn to identify. */
  z.object({ ...custom, belfry: z.literal('alive'), isWaiting: z.boolean() }),
  z.object({ ...custom, belfry: z.literal('measured'), request: z.number(), metrics: z.array(z.unknown()) }),
])

type Body<T> = T extends unknown ? Omit<T, '_type'> : never
export type ToChild = Body<z.output<typeof toChild>>
export type ToManager = Body<z.output<typeof toManager>>

/** Anything else on the channel is the library's. */
export function readToChild(message: unknown): ToChild | undefined {
  return toChild.safeParse(message).data
}

export function readToManager(message: unknown): ToManager | undefined {
  return toManager.safeParse(message).data
}

/** Either end of the channel. */
interface End {
  readonly connected?: boolean | undefined
  send?: ((message: object, callback: (error: Error | null) => void) => boolean) | undefined
}

/** Sends without waiting. A channel that has closed is noticed by its own event, so a failed send is nothing to report. */
const send = (end: End, message: ToChild | ToManager): void => {
  if (end.connected) end.send?.({ ...message, _type: 2 }, () => {})
}

export const sendToChild = (child: End, message: ToChild): void => send(child, message)
export const sendToManager = (message: ToManager): void => send(process as End, message)

/** How often a child says that it is alive. */
export const aliveEveryMs = 2_000

/** Why a shard process ended, where more is to be said than "it failed". */
export const exitCodes = {
  /** Discord will not have this shard: wrong token, intents, shard count. Trying again soon would only burn IDENTIFYs. */
  refused: 78,
  /** Another process resumed our sessions under a newer lease. */
  superseded: 79,
} as const
