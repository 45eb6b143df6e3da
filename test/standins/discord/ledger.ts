import type { Clock } from './clock.ts'
import type { Signal } from './signal.ts'

export type IdentifyOutcome = 'ready' | 'bucket' | 'over-budget' | `close-${number}`

export interface IdentifyEntry {
  at: number
  shard: readonly [number, number]
  /** `shard_id % max_concurrency`. */
  key: number
  outcome: IdentifyOutcome
  /** Identifies left after this one. */
  remaining: number
}

export interface ResumeEntry {
  at: number
  sessionId: string
  shard: readonly [number, number] | null
  seq: number
  outcome: 'resumed' | 'invalid-session' | 'close-4004' | 'close-4007'
  replayed: number
}

export interface RestEntry {
  at: number
  method: string
  /** Path below the version, without the query: `/guilds/1/roles`. */
  path: string
  /** The matched pattern, or null for an unknown route. */
  route: string | null
  query: string
  body: unknown
  reason: string | null
  status: number
  /** Discord's error code, when the answer was an error. */
  code: number | null
  /** What a fault did to this request, if anything. */
  fault: string | null
}

export interface CloseEntry {
  at: number
  shard: readonly [number, number] | null
  code: number
  reason: string
  by: 'client' | 'stand-in'
}

export interface Violation {
  at: number
  kind:
    | 'unknown-route'
    | 'identify-bucket'
    | 'budget-overrun'
    | 'gateway-protocol'
    | 'bad-token'
    | 'bad-user-agent'
    | 'bad-content-type'
    | 'rate-limit'
    | 'silent-client'
    | 'invalid-requests'
    | 'stand-in-bug'
  detail: string
}

/** How many REST entries are kept; a long demo must not fill the memory. */
const restEntriesKept = 50_000

/** What the clients did, in order. A correct client leaves `violations` empty. */
export class Ledger {
  readonly identifies: IdentifyEntry[] = []
  readonly resumes: ResumeEntry[] = []
  readonly rest: RestEntry[] = []
  readonly closes: CloseEntry[] = []
  readonly violations: Violation[] = []
  /** True after an identify too many: every session was ended and the token no longer works. */
  tokenWasReset = false
  readonly #clock: Clock
  readonly #signal: Signal

  constructor(clock: Clock, signal: Signal) {
    this.#clock = clock
    this.#signal = signal
  }

  identified(entry: Omit<IdentifyEntry, 'at'>): void {
    this.identifies.push({ at: this.#clock.now(), ...entry })
    this.#signal.fire()
  }

  resumed(entry: Omit<ResumeEntry, 'at'>): void {
    this.resumes.push({ at: this.#clock.now(), ...entry })
    this.#signal.fire()
  }

  answered(entry: Omit<RestEntry, 'at'>): void {
    this.rest.push({ at: this.#clock.now(), ...entry })
    if (this.rest.length > restEntriesKept) this.rest.splice(0, restEntriesKept / 10)
    this.#signal.fire()
  }

  closed(entry: Omit<CloseEntry, 'at'>): void {
    this.closes.push({ at: this.#clock.now(), ...entry })
    this.#signal.fire()
  }

  violated(kind: Violation['kind'], detail: string): void {
    this.violations.push({ at: this.#clock.now(), kind, detail })
    this.#signal.fire()
  }

  violationsOf(kind: Violation['kind']): Violation[] {
    return this.violations.filter((violation) => violation.kind === kind)
  }

  /** REST calls that fit every given part; `route` is the pattern (`/guilds/:guildId/roles`), `path` the real one. */
  calls(
    want: { method?: string; route?: string; path?: string | RegExp; status?: number; code?: number } = {},
  ): RestEntry[] {
    return this.rest.filter(
      (entry) =>
        (want.method === undefined || entry.method === want.method) &&
        (want.route === undefined || entry.route === want.route) &&
        (want.path === undefined ||
          (typeof want.path === 'string' ? entry.path === want.path : want.path.test(entry.path))) &&
        (want.status === undefined || entry.status === want.status) &&
        (want.code === undefined || entry.code === want.code),
    )
  }

  /** Forgets what was logged, not whether the token was reset. */
  clear(): void {
    for (const list of [this.identifies, this.resumes, this.rest, this.closes, this.violations]) list.length = 0
  }
}
