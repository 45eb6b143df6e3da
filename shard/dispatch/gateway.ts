import { setTimeout as sleep } from 'node:timers/promises'
import { bindingsChanged } from '../../cluster/ingress/event.ts'
import type { GuildId, UserId } from '../../cluster/runtime/ids.ts'
import type { Service } from '../../cluster/runtime/lifecycle.ts'
import { isTransient } from '../../sql/client.ts'
import { guildsMissing, recordAside, setOthersAside, takeUpAgain } from '../../sql/queries/guild.ts'
import type { Feature, GatewayEvents, Tools } from '../features/feature.ts'

/** GUILD_CREATE comes once for each guild at every start; those of this time are handled together. */
const gatherMs = 100
const retryMs = 2_000

/** Every promise resolves when all rooms have been told. */
export interface GatewayDispatch extends Service {
  guildAvailable(guild: { readonly guildId: GuildId; readonly name: string }): Promise<void>
  guildLeft(guildId: GuildId): Promise<void>
  rolesChanged(guildId: GuildId): Promise<void>
  memberJoined(member: { readonly guildId: GuildId; readonly userId: UserId }): Promise<void>
  memberLeft(member: { readonly guildId: GuildId; readonly userId: UserId }): Promise<void>
  memberSeen(member: Parameters<NonNullable<GatewayEvents['memberSeen']>>[0]): Promise<void>
  /** All guilds of a shard, as a new session lists them: the others that we know there were left while nobody listened. */
  guildsListed(shardId: number, guildIds: readonly GuildId[]): Promise<void>
}

/**
 * Tells the rooms what the gateway says about guilds, in the order in which it was said; again later when the database is
 * away, since Discord does not repeat it.
 */
export function createGatewayDispatch(options: {
  readonly tools: Tools
  readonly features: readonly Feature[]
  readonly shardCount: number
  /** Whether this deployment serves the guild at all; every guild when absent. */
  readonly serves?: (guildId: GuildId) => boolean
}): GatewayDispatch {
  const { tools, serves = () => true } = options
  const rooms: readonly GatewayEvents[] = options.features.flatMap((feature) => feature.gateway ?? [])
  let gathered: { guildId: GuildId; name: string }[] = []
  let gathering: Promise<void> | undefined
  let isStopping = false
  let queue: Promise<void> = Promise.resolve()

  const attempt = async (what: string, work: () => Promise<void> | undefined): Promise<void> => {
    for (;;) {
      try {
        return await work()
      } catch (err) {
        tools.log.error({ what, err }, 'gateway event failed')
        if (!isTransient(err) || isStopping) return
        await sleep(retryMs)
      }
    }
  }

  const enqueue = (what: string, work: (room: GatewayEvents) => Promise<void> | undefined): Promise<void> => {
    queue = queue.then(async () => {
      for (const room of rooms) await attempt(what, () => work(room))
    })
    return queue
  }

  const flush = (): Promise<void> => {
    const guilds = gathered.filter(({ guildId }) => serves(guildId))
    const others = gathered.filter(({ guildId }) => !serves(guildId))
    gathered = []
    if (others.length > 0)
      queue = queue.then(() => attempt('guilds put aside', async () => void (await recordAside(tools.sql, others))))
    return guilds.length === 0 ? queue : enqueue('guilds available', (room) => room.guildsAvailable?.(guilds, tools))
  }

  const left = (guildId: GuildId) => enqueue('guild left', (room) => room.guildLeft?.(guildId, tools))

  return {
    name: 'gateway events',
    guildAvailable(guild) {
      gathered.push(guild)
      gathering ??= sleep(gatherMs).then(() => {
        gathering = undefined
        return flush()
      })
      return gathering
    },
    async guildLeft(guildId) {
      await Promise.all([flush(), left(guildId)])
    },
    async rolesChanged(guildId) {
      if (serves(guildId)) await enqueue('roles changed', (room) => room.rolesChanged?.(guildId, tools))
    },
    async memberJoined(member) {
      if (serves(member.guildId)) await enqueue('member joined', (room) => room.memberJoined?.(member, tools))
    },
    async memberLeft(member) {
      if (serves(member.guildId)) await enqueue('member left', (room) => room.memberLeft?.(member, tools))
    },
    async memberSeen(member) {
      if (serves(member.guildId)) await enqueue('member seen', (room) => room.memberSeen?.(member, tools))
    },
    async guildsListed(shardId, guildIds) {
      const shard = { shardCount: options.shardCount, shardId, guildIds: [...guildIds] }
      await attempt('guilds listed', async () => {
        const missing = await guildsMissing(tools.sql, shard)
        await Promise.all(missing.map((guild) => left(guild.guildId)))
      })
    },
    // Other guilds are put aside as if the bot had left them, so that ticks, jobs and Kick's events need not ask whom we serve.
    async start() {
      const only = tools.onlyGuild?.guildId
      await attempt('guilds served', async () => {
        const aside = only === undefined ? [] : await setOthersAside(tools.sql, only)
        const again = await takeUpAgain(tools.sql, only)
        if (aside.length + again.length === 0) return
        tools.log.info({ aside: aside.length, again: again.length }, 'guilds that are served have changed')
        tools.bus.hint(bindingsChanged, {})
      })
    },
    async stop() {
      isStopping = true
      await flush()
    },
  }
}
