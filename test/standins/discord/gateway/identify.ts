import type { Core } from '../core.ts'
import { isObject } from '../json.ts'
import type { IdentifyOutcome } from '../ledger.ts'
import { shardOf } from '../snowflake.ts'
import { intentsFault } from './intents.ts'

const dayMs = 86_400_000
/** Discord refuses more guilds than this on one shard. */
const guildsPerShardLimit = 2_500

export interface Identified {
  outcome: IdentifyOutcome
  shard: readonly [number, number]
  intents: number
}

const shardFrom = (value: unknown): readonly [number, number] | null => {
  if (value === undefined) return [0, 1]
  if (!Array.isArray(value) || value.length !== 2) return null
  const [id, count] = value
  if (!Number.isInteger(id) || !Number.isInteger(count) || id < 0 || count < 1 || id >= count) return null
  return [id, count]
}

/**
 * Judges IDENTIFYs in Discord's way: one per bucket (`shard_id % max_concurrency`) in five seconds, and a daily budget
 * whose overrun resets the token.
 */
export class IdentifyGate {
  readonly #core: Core
  readonly #lastAt = new Map<number, number>()
  #remaining: number
  #windowStartedAt: number | null = null

  constructor(core: Core) {
    this.#core = core
    this.#remaining = core.settings.identifyBudget
  }

  get remaining(): number {
    this.#renew()
    return this.#remaining
  }

  set remaining(count: number) {
    this.#windowStartedAt ??= this.#core.clock.now()
    this.#remaining = count
  }

  get resetAfterMs(): number {
    this.#renew()
    return this.#windowStartedAt === null ? dayMs : this.#windowStartedAt + dayMs - this.#core.clock.now()
  }

  /** The checks in Discord's order; every one but a wrong token costs one of the budget. */
  judge(payload: unknown, isIdentifiedAlready: boolean): Identified {
    const identify = isObject(payload) ? payload : {}
    const shard = shardFrom(identify.shard)
    const place = shard ?? ([0, 1] as const)
    const intents = typeof identify.intents === 'number' ? identify.intents : 0
    const key = place[0] % this.#core.settings.maxConcurrency
    const isTokenValid = typeof identify.token === 'string' && this.#core.credentials.accepts(identify.token)
    let outcome = this.#firstFault(identify.intents, shard, key, isIdentifiedAlready, isTokenValid)
    if (outcome === 'close-4004')
      this.#core.ledger.violated('bad-token', `IDENTIFY of shard ${place.join('/')} with a wrong token`)
    else if (!this.#charge()) {
      outcome = 'over-budget'
      this.#core.ledger.violated('budget-overrun', `IDENTIFY of shard ${place.join('/')} with no identify left today`)
    } else if (outcome === 'bucket') {
      this.#core.ledger.violated(
        'identify-bucket',
        `shard ${place.join('/')}: a second IDENTIFY of key ${key} within the window`,
      )
    }
    this.#core.ledger.identified({ shard: place, key, outcome, remaining: this.#remaining })
    return { outcome, shard: place, intents }
  }

  #firstFault(
    intents: unknown,
    shard: readonly [number, number] | null,
    key: number,
    isIdentifiedAlready: boolean,
    isTokenValid: boolean,
  ): IdentifyOutcome {
    if (isIdentifiedAlready) return 'close-4005'
    if (!isTokenValid) return 'close-4004'
    if (shard === null) return 'close-4010'
    if (this.#guildsOf(shard) > guildsPerShardLimit) return 'close-4011'
    const fault = intentsFault(intents, this.#core.settings.privilegedIntents)
    if (fault !== null) return `close-${fault}`
    const now = this.#core.clock.now()
    const lastAt = this.#lastAt.get(key)
    if (lastAt !== undefined && now - lastAt < this.#core.settings.identifyWindowMs) return 'bucket'
    this.#lastAt.set(key, now)
    return 'ready'
  }

  #guildsOf([id, count]: readonly [number, number]): number {
    let guilds = 0
    for (const guildId of this.#core.world.guilds.keys()) if (shardOf(guildId, count) === id) guilds += 1
    return guilds
  }

  #charge(): boolean {
    this.#renew()
    this.#windowStartedAt ??= this.#core.clock.now()
    if (this.#remaining <= 0) return false
    this.#remaining -= 1
    return true
  }

  #renew(): void {
    if (this.#windowStartedAt === null || this.#core.clock.now() - this.#windowStartedAt < dayMs) return
    this.#windowStartedAt = null
    this.#remaining = this.#core.settings.identifyBudget
  }
}
