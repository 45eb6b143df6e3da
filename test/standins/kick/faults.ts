/** What goes wrong, each a switch of its own. Probabilities are from 0 to 1 and drawn from the seed in scenario order. */
export interface Faults {
  /** The same message, same id, at once and in parallel. */
  duplicate: number
  /** The same message, same id, later. */
  lateDuplicate: { probability: number; afterMs: number }
  /** A delivery waits; others overtake it. */
  delay: { probability: number; minMs: number; maxMs: number }
  /** A delivery lets the ones of the next moment pass. */
  reorder: { probability: number; byMs: number }
  drop: number
  /** A byte of the body changes after signing. */
  tamperBody: number
  /** The unsigned type or subscription header changes after signing. */
  tamperHeaders: number
  staleTimestamp: { probability: number; byMs: number }
  futureTimestamp: { probability: number; byMs: number }
  /** Signed with a key that is not the published one. */
  wrongKey: number
  /** Whether the timestamp header tells when the request went out or when the event was queued (delays show then). */
  stamp: 'sent' | 'queued'
  /**
   * What happens to an event that was not answered with 200: null means it is gone, which is what today's documentation
   * amounts to. Otherwise it comes again with the same id, once for each spacing.
   */
  redeliver: { spacingMs: readonly number[]; timestamp: 'renew' | 'keep' } | null
  /** An event type that fails for longer than this without one success loses all its subscriptions; null for never. */
  unsubscribeAfterFailingMs: number | null

  /** Answer to an unknown slug: an empty list, or a refusal of the whole request. Both were seen. */
  unknownSlug: 'empty' | 'bad_request'
  missingScopeStatus: 401 | 403
  /** Subscriptions appear in the list only after this time; Infinity for never. */
  listingLagMs: number
  /** Subscribing to what is subscribed already: the old id, or a second subscription with deliveries of its own. */
  resubscribe: 'existing' | 'second'
  subscriptionLimitAs: 'bad_request' | 'row_error'
  /** Event names for which a subscription request gets a row with an error inside a 200. */
  subscriptionRowErrors: readonly string[]
  /** The API shows an ended stream as live for this long. */
  liveLagMs: number
  chatLoopBack: boolean
  /** Chat is answered with 200 and `is_sent: false`. */
  chatNotSent: boolean
  /** Without a bot account: a refusal that says so, or a bare 500. */
  missingBotAs: 'bad_request' | 'empty_500'
  /** Shape of refusals of the token endpoint. */
  oauthErrors: 'oauth' | 'vendor' | 'message'
  redirectMismatchAs: 'invalid_grant' | 'empty_500'
  expiresInAsText: boolean
  /** Every refresh is refused as `invalid_grant`. */
  refreshRefused: boolean
  /** Requests without a telling User-Agent are stopped at the edge. */
  requireUserAgent: boolean
  /** The login page turns the first 127.0.0.1 of the URL into localhost, as production's does. */
  rewriteLoopback: boolean

  /** How times are written in event bodies. */
  eventTimes: 'seconds' | 'millis' | 'offset'
  /** Under which name a metadata event carries the category. */
  categoryKey: 'category' | 'Category' | 'both'
}

export const noFaults = (): Faults => ({
  duplicate: 0,
  lateDuplicate: { probability: 0, afterMs: 120_000 },
  delay: { probability: 0, minMs: 1_000, maxMs: 600_000 },
  reorder: { probability: 0, byMs: 50 },
  drop: 0,
  tamperBody: 0,
  tamperHeaders: 0,
  staleTimestamp: { probability: 0, byMs: 3_600_000 },
  futureTimestamp: { probability: 0, byMs: 600_000 },
  wrongKey: 0,
  stamp: 'sent',
  redeliver: null,
  unsubscribeAfterFailingMs: 86_400_000,
  unknownSlug: 'empty',
  missingScopeStatus: 403,
  listingLagMs: 0,
  resubscribe: 'existing',
  subscriptionLimitAs: 'bad_request',
  subscriptionRowErrors: [],
  liveLagMs: 0,
  chatLoopBack: true,
  chatNotSent: false,
  missingBotAs: 'bad_request',
  oauthErrors: 'oauth',
  redirectMismatchAs: 'invalid_grant',
  expiresInAsText: false,
  refreshRefused: false,
  requireUserAgent: true,
  rewriteLoopback: false,
  eventTimes: 'seconds',
  categoryKey: 'category',
})

/** The spacing once documented: two more attempts, after ten seconds and after a minute. */
export const threeAttempts: Faults['redeliver'] = { spacingMs: [10_000, 60_000], timestamp: 'renew' }

export type HttpFaultKind =
  | '429'
  | '429_retry_after'
  | '500_empty'
  | '500_json'
  | 'edge_403'
  | 'html'
  | '401'
  | 'slow'
  | 'hang'
  | 'reset'

/** One rule for requests to the API or OAuth host; the first that fits is spent. */
export interface HttpFault {
  kind: HttpFaultKind
  method?: string
  /** Path, without query; or its beginning when it ends in `*`. */
  path?: string
  /** How many requests it hits; default 1. */
  times?: number
  probability?: number
  /** For `429_retry_after`; default 1. */
  retryAfterSeconds?: number
  /** For `slow`; default 1000. */
  delayMs?: number
}
