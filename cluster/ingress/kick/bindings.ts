import type { Sql } from '../../../sql/client.ts'
import { allBindings, guildsBoundTo } from '../../../sql/queries/kick.ts'
import type { Bus } from '../../runtime/bus.ts'
import type { Clock } from '../../runtime/clock.ts'
import { within } from '../../runtime/deadline.ts'
import type { GuildId, KickUserId } from '../../runtime/ids.ts'
import type { Service } from '../../runtime/lifecycle.ts'
import type { Log } from '../../runtime/log.ts'
import { Gauge, registry } from '../../runtime/metrics.ts'
import { bindingsChanged } from '../event.ts'

/** `unknown` means that the channel is not in the last known map and that the database does not answer. */
export type Bound = { kind: 'bound'; guildIds: readonly GuildId[] } | { kind: 'unbound' } | { kind: 'unknown' }

export interface Bindings extends Service {
  guildsOf(broadcaster: KickUserId): Promise<Bound>
}

const channels = new Gauge({
  name: 'bot_kick_bound_channels',
  help: 'Channels that guilds are bound to, as this front door knows them.',
  registers: [registry],
})

const refreshEveryMs = 10_000
const patienceMs = 1_000
/** For how long a channel that nobody is bound to is not looked up again, and a database that did not answer not asked. */
const restMs = 1_000

/**
 * Which guilds a channel's events go to, from memory. The map is read again on a hint, every ten seconds in case the hint was
 * lost, and for a channel that is not in it. Without the database the last known map serves.
 */
export function createBindings(options: {
  readonly sql: Sql
  readonly bus: Pick<Bus, 'onHint'>
  readonly clock: Pick<Clock, 'monotonic'>
  readonly log: Log
  readonly refreshEveryMs?: number
}): Bindings {
  const { sql, bus, clock, log } = options
  let known = new Map<KickUserId, readonly GuildId[]>()
  const unboundUntil = new Map<KickUserId, number>()
  const lookups = new Map<KickUserId, Promise<Bound>>()
  let isAnswering = true
  let askAgainAt = 0
  let timer: NodeJS.Timeout | undefined
  let reading: Promise<void> | undefined
  let isReadAgainWanted = false
  let unsubscribe = () => {}

  const read = async () => {
    try {
      const rows = await within(patienceMs * 10, allBindings(sql))
      known = new Map(rows.map((row) => [row.broadcasterUserId, row.guildIds]))
      unboundUntil.clear()
      channels.set(known.size)
      if (!isAnswering) log.info('bindings are read again')
      isAnswering = true
    } catch (err) {
      if (isAnswering) log.warn({ err, channels: known.size }, 'bindings cannot be read; the last known ones serve')
      isAnswering = false
    }
  }

  /** One at a time; a hint that comes while one is read may be about something that it no longer sees. */
  const refresh = (): Promise<void> => {
    if (reading !== undefined) {
      isReadAgainWanted = true
      return reading
    }
    reading = read().finally(() => {
      reading = undefined
      if (!isReadAgainWanted) return
      isReadAgainWanted = false
      void refresh()
    })
    return reading
  }

  const lookUp = async (broadcaster: KickUserId): Promise<Bound> => {
    if (clock.monotonic() < askAgainAt) return { kind: 'unknown' }
    try {
      const guildIds = await within(patienceMs, guildsBoundTo(sql, broadcaster))
      if (guildIds.length > 0) {
        known.set(broadcaster, guildIds)
        return { kind: 'bound', guildIds }
      }
      unboundUntil.set(broadcaster, clock.monotonic() + restMs)
      return { kind: 'unbound' }
    } catch {
      // It is said once, by the next refresh.
      askAgainAt = clock.monotonic() + restMs
      return { kind: 'unknown' }
    }
  }

  return {
    name: 'kick bindings',
    async start() {
      unsubscribe = bus.onHint(bindingsChanged, () => void refresh())
      timer = setInterval(() => void refresh(), options.refreshEveryMs ?? refreshEveryMs)
      await within(patienceMs, refresh()).catch(() => {
        log.warn('bindings are not there yet; going on without them')
      })
    },
    async stop() {
      unsubscribe()
      clearInterval(timer)
    },
    async guildsOf(broadcaster) {
      const guildIds = known.get(broadcaster)
      if (guildIds !== undefined) return { kind: 'bound', guildIds }
      if ((unboundUntil.get(broadcaster) ?? 0) > clock.monotonic()) return { kind: 'unbound' }
      let lookup = lookups.get(broadcaster)
      if (lookup === undefined) {
        lookup = lookUp(broadcaster).finally(() => lookups.delete(broadcaster))
        lookups.set(broadcaster, lookup)
      }
      return lookup
    },
  }
}
