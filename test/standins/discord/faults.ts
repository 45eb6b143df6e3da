import type { Core } from './core.ts'
import type { Emission } from './world/types.ts'

export interface RestMatch {
  method?: string
  /** A path below the version, `/channels/1/messages`, or a pattern for it. */
  path?: string | RegExp
  /** How many requests are struck; default 1. */
  times?: number
}

export type RestFaultKind =
  /** 500, 502 or 503 with an HTML body; nothing was done. */
  | { kind: 'status'; status: 500 | 502 | 503 }
  /** The request is carried out and its event sent, but the connection dies before the answer. */
  | { kind: 'answer-lost' }
  /** The connection dies before anything is done. */
  | { kind: 'dropped' }
  | { kind: 'slow'; ms: number }
  | { kind: '429'; scope: 'user' | 'global' | 'shared'; retryAfterSeconds: number }

export interface DispatchMatch {
  event?: string
  guildId?: string
  /** How many events are struck; default 1. */
  times?: number
}

interface Rule<Match> {
  match: Match
  left: number
}

const fits = (match: DispatchMatch, emission: Emission): boolean =>
  (match.event === undefined || match.event === emission.event) &&
  (match.guildId === undefined || match.guildId === emission.guildId)

/** What goes wrong, and how often still. Nothing goes wrong unless a test asks for it. */
export class Faults {
  /** The gateway answers 404 to new sockets while true. */
  refusesSockets = false
  /** POST /users/@me/channels answers 40003 while true. */
  refusesNewDms = false
  readonly #core: () => Core
  readonly #rest: (Rule<RestMatch> & { fault: RestFaultKind })[] = []
  readonly #delays: (Rule<DispatchMatch> & { ms: number })[] = []
  readonly #duplicates: Rule<DispatchMatch>[] = []
  readonly #parkedReady: (() => void)[] = []
  readonly #withheldGuilds = new Set<string>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #acks: 'sent' | 'swallowed' | ReadonlySet<number> = 'sent'
  #ready: { kind: 'at-once' } | { kind: 'withheld' } | { kind: 'delayed'; ms: number } = { kind: 'at-once' }

  constructor(core: () => Core) {
    this.#core = core
  }

  /** Strikes the next matching REST requests. Rules are tried in the order they were made. */
  rest(fault: RestFaultKind, match: RestMatch = {}): void {
    this.#rest.push({ fault, match, left: match.times ?? 1 })
  }

  nextRestFault(method: string, path: string): RestFaultKind | null {
    const rule = this.#rest.find(
      ({ match, left }) =>
        left > 0 &&
        (match.method === undefined || match.method === method) &&
        (match.path === undefined || (typeof match.path === 'string' ? match.path === path : match.path.test(path))),
    )
    if (rule === undefined) return null
    rule.left -= 1
    return rule.fault
  }

  /** Sends matching events later; their sequence number is given when they go out. */
  delayDispatch(ms: number, match: DispatchMatch = {}): void {
    this.#delays.push({ ms, match, left: match.times ?? 1 })
  }

  /** Sends matching events twice, as Discord may. */
  duplicateDispatch(match: DispatchMatch = {}): void {
    this.#duplicates.push({ match, left: match.times ?? 1 })
  }

  /** Heartbeats stay without an answer, on all shards or on those given. */
  swallowAcks(shards?: readonly number[]): void {
    this.#acks = shards === undefined ? 'swallowed' : new Set(shards)
  }

  answerAcks(): void {
    this.#acks = 'sent'
  }

  swallowsAcks(shardId: number | null): boolean {
    if (typeof this.#acks === 'string') return this.#acks === 'swallowed'
    return shardId !== null && this.#acks.has(shardId)
  }

  /** IDENTIFY is accepted, READY stays away until `releaseReady`. */
  withholdReady(): void {
    this.#ready = { kind: 'withheld' }
  }

  delayReady(ms: number): void {
    this.#ready = { kind: 'delayed', ms }
  }

  releaseReady(): void {
    this.#ready = { kind: 'at-once' }
    for (const go of this.#parkedReady.splice(0)) go()
  }

  /** These guilds are listed in READY, but their GUILD_CREATE stays away until `releaseGuilds`. */
  withholdGuilds(guildIds: Iterable<string>): void {
    for (const id of guildIds) this.#withheldGuilds.add(id)
  }

  releaseGuilds(): void {
    const ids = [...this.#withheldGuilds]
    this.#withheldGuilds.clear()
    for (const id of ids) {
      const guild = this.#core().world.guilds.get(id)
      if (guild) this.#core().gateway.deliverGuild(guild)
    }
  }

  withholdsGuild(guildId: string): boolean {
    return this.#withheldGuilds.has(guildId)
  }

  whenReadyMayGo(go: () => void): void {
    if (this.#ready.kind === 'at-once') go()
    else if (this.#ready.kind === 'withheld') this.#parkedReady.push(go)
    else this.#later(this.#ready.ms, go)
  }

  /** Hands the event on to `deliver`: at once, later, or twice. */
  pass(emission: Emission, deliver: (emission: Emission) => void): void {
    const delay = this.#delays.find(({ match, left }) => left > 0 && fits(match, emission))
    const duplicate = this.#duplicates.find(({ match, left }) => left > 0 && fits(match, emission))
    if (duplicate) duplicate.left -= 1
    const go = () => {
      deliver(emission)
      if (duplicate) deliver(emission)
    }
    if (delay) {
      delay.left -= 1
      this.#later(delay.ms, go)
    } else go()
  }

  /** Ends every fault and lets go what was held back. */
  clear(): void {
    this.#rest.length = 0
    this.#delays.length = 0
    this.#duplicates.length = 0
    this.refusesSockets = false
    this.refusesNewDms = false
    this.answerAcks()
    this.releaseReady()
    this.releaseGuilds()
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    this.#parkedReady.length = 0
  }

  #later(ms: number, go: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      go()
    }, ms)
    this.#timers.add(timer)
  }
}
