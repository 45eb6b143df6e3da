import type { GuildId } from '../../cluster/runtime/ids.ts'
import type { Service } from '../../cluster/runtime/lifecycle.ts'
import { isTransient } from '../../sql/client.ts'
import type { Feature, GatewayEvents, Tools } from '../features/feature.ts'

/** GUILD_CREATE comes once for each guild at every start; those of this time are handled together. */
const gatherMs = 100
const retryMs = 2_000

export interface GatewayDispatch extends Service {
  guildAvailable(guild: { readonly guildId: GuildId; readonly name: string }): void
  guildLeft(guildId: GuildId): void
  rolesChanged(guildId: GuildId): void
}

/**
 * Tells the rooms what the gateway says about guilds, in the order in which it was said; again later when the database is
 * away, since Discord does not repeat it.
 */
export function createGatewayDispatch(options: {
  readonly tools: Tools
  readonly features: readonly Feature[]
}): GatewayDispatch {
  const { tools } = options
  const rooms: readonly GatewayEvents[] = options.features.flatMap((feature) => feature.gateway ?? [])
  let gathered: { guildId: GuildId; name: string }[] = []
  let timer: NodeJS.Timeout | undefined
  let isStopping = false
  let queue: Promise<void> = Promise.resolve()

  const attempt = async (what: string, work: (room: GatewayEvents) => Promise<void> | undefined): Promise<void> => {
    for (const room of rooms) {
      for (;;) {
        try {
          await work(room)
          break
        } catch (err) {
          tools.log.error({ what, err }, 'gateway event failed')
          if (!isTransient(err) || isStopping) break
          await new Promise((resolve) => setTimeout(resolve, retryMs))
        }
      }
    }
  }

  const enqueue = (what: string, work: (room: GatewayEvents) => Promise<void> | undefined): void => {
    queue = queue.then(() => attempt(what, work))
  }

  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    const guilds = gathered
    gathered = []
    if (guilds.length > 0) enqueue('guilds available', (room) => room.guildsAvailable?.(guilds, tools))
  }

  return {
    name: 'gateway events',
    guildAvailable(guild) {
      gathered.push(guild)
      timer ??= setTimeout(flush, gatherMs)
    },
    guildLeft(guildId) {
      flush()
      enqueue('guild left', (room) => room.guildLeft?.(guildId, tools))
    },
    rolesChanged(guildId) {
      enqueue('roles changed', (room) => room.rolesChanged?.(guildId, tools))
    },
    async start() {},
    async stop() {
      isStopping = true
      flush()
      await queue
    },
  }
}
