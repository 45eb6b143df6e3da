import type { Cdn } from './cdn.ts'
import type { AdvancingClock } from './clock.ts'
import type { Credentials } from './credentials.ts'
import type { Faults } from './faults.ts'
import type { Gateway } from './gateway/gateway.ts'
import type { Interactions } from './interactions/interactions.ts'
import type { Ledger } from './ledger.ts'
import type { Settings } from './options.ts'
import type { RateLimits } from './rest/rate-limit.ts'
import type { Signal } from './signal.ts'
import type { Ids } from './snowflake.ts'
import type { World } from './world/world.ts'

/** The parts of one stand-in, as its REST and gateway sides see them. */
export interface Core {
  readonly settings: Settings
  readonly clock: AdvancingClock
  readonly ids: Ids
  readonly signal: Signal
  readonly ledger: Ledger
  readonly credentials: Credentials
  readonly world: World
  readonly cdn: Cdn
  readonly faults: Faults
  readonly gateway: Gateway
  readonly interactions: Interactions
  readonly rateLimits: RateLimits
  /** `127.0.0.1:PORT` once started. */
  readonly host: string
}
