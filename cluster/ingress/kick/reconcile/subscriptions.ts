import type { KickUserId } from '../../../runtime/ids.ts'
import type { Kick, KickSubscription } from '../../../runtime/kick.ts'

/** What the rooms live on; one more type is one more word here, and a happening. */
export const wantedEvents = [
  'chat.message.sent',
  'livestream.status.updated',
  'channel.subscription.new',
  'channel.subscription.renewal',
  'channel.subscription.gifts',
] as const

export type WantedEvent = (typeof wantedEvents)[number]

export interface SubscriptionPlan {
  /** Ids of those that are too many, or of channels that nobody is bound to. */
  readonly remove: readonly string[]
  readonly create: ReadonlyMap<KickUserId, readonly WantedEvent[]>
}

const key = (broadcasterId: KickUserId, event: string): string => `${broadcasterId}:${event}`

/**
 * Exactly one subscription for each bound channel and wanted event. Other events of bound channels are left alone. Of two
 * for the same pair the older one stays (ids sort by time).
 */
export function planSubscriptions(
  bound: ReadonlySet<KickUserId>,
  listed: readonly KickSubscription[],
  isUnderWay: (broadcasterId: KickUserId, event: WantedEvent) => boolean,
): SubscriptionPlan {
  const have = new Set<string>()
  const remove: string[] = []
  for (const row of [...listed].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const pair = key(row.broadcasterId, row.event)
    if (!bound.has(row.broadcasterId) || have.has(pair)) remove.push(row.id)
    else have.add(pair)
  }
  const create = new Map<KickUserId, readonly WantedEvent[]>()
  for (const broadcasterId of bound) {
    const missing = wantedEvents.filter(
      (event) => !have.has(key(broadcasterId, event)) && !isUnderWay(broadcasterId, event),
    )
    if (missing.length > 0) create.set(broadcasterId, missing)
  }
  return { remove, create }
}

/** A subscription that was created has been seen to stay out of the list for a while, or for ever. */
const listedAfterMs = 30 * 60_000
const longestWaitMs = 24 * 3_600_000

/** Remembers what was asked for, so that what does not appear in the list is asked for again ever more rarely. */
export class AskedFor {
  readonly #asked = new Map<string, { at: number; waitMs: number }>()

  isUnderWay(broadcasterId: KickUserId, event: WantedEvent, now: number): boolean {
    const asked = this.#asked.get(key(broadcasterId, event))
    return asked !== undefined && now - asked.at < asked.waitMs
  }

  note(broadcasterId: KickUserId, event: string, now: number): void {
    const before = this.#asked.get(key(broadcasterId, event))
    const waitMs = before === undefined ? listedAfterMs : Math.min(before.waitMs * 2, longestWaitMs)
    this.#asked.set(key(broadcasterId, event), { at: now, waitMs })
  }

  /** Whatever is listed, or belongs to a channel that nobody is bound to, is no longer awaited. */
  settle(listed: readonly KickSubscription[], bound: ReadonlySet<KickUserId>): void {
    for (const row of listed) this.#asked.delete(key(row.broadcasterId, row.event))
    for (const pair of this.#asked.keys()) {
      if (!bound.has(pair.split(':')[0] as KickUserId)) this.#asked.delete(pair)
    }
  }
}

export interface Created {
  readonly created: number
  readonly failed: number
  /** Events of which Kick allows no more. */
  readonly full: readonly string[]
}

/** Asks for what is missing, channel by channel, until told to stop. Safe to repeat: what exists is given again. */
export async function createMissing(
  kick: Pick<Kick, 'subscriptions'>,
  missing: SubscriptionPlan['create'],
  p: {
    readonly mayGoOn: () => boolean
    readonly onCreated: (broadcasterId: KickUserId, event: string) => void
    readonly onFailed: (reason: string) => void
  },
): Promise<Created> {
  const full = new Set<string>()
  let created = 0
  let failed = 0
  for (const [broadcasterId, events] of missing) {
    if (!p.mayGoOn()) break
    const wanted = events.filter((event) => !full.has(event))
    for (const result of await kick.subscriptions.create(broadcasterId, wanted)) {
      if (result.kind === 'created') {
        created++
        p.onCreated(broadcasterId, result.event)
      } else {
        failed++
        if (result.kind === 'limit_reached') full.add(result.event)
        else p.onFailed(result.reason)
      }
    }
  }
  return { created, failed, full: [...full] }
}
