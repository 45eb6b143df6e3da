import { Client, Events, GatewayIntentBits } from 'discord.js'
import { affiliateHosts } from '../../cluster/runtime/affiliate.ts'
import { createBus } from '../../cluster/runtime/bus.ts'
import { systemClock } from '../../cluster/runtime/clock.ts'
import { quicknet } from '../../cluster/runtime/drand.ts'
import { type GuildId, userId } from '../../cluster/runtime/ids.ts'
import { createKick } from '../../cluster/runtime/kick.ts'
import type { Service } from '../../cluster/runtime/lifecycle.ts'
import { createLog } from '../../cluster/runtime/log.ts'
import { createSecrets } from '../../cluster/runtime/secrets.ts'
import { createCommandDispatch } from '../../shard/dispatch/command.ts'
import { dashboardFeature } from '../../shard/dispatch/dashboard.ts'
import { createJobDispatch } from '../../shard/dispatch/job.ts'
import { createOutboxDispatch } from '../../shard/dispatch/outbox.ts'
import { registerCommands } from '../../shard/dispatch/registration.ts'
import type { Feature, Tools } from '../../shard/features/feature.ts'
import type { Sql } from '../../sql/client.ts'
import { DiscordStandIn, type DiscordStandInOptions } from '../standins/discord/index.ts'
import { onCleanUp } from './cleanup.ts'

export interface Bot {
  readonly discord: DiscordStandIn
  readonly client: Client
  readonly tools: Tools
  readonly commands: Service
}

export interface BotOptions {
  readonly sql: Sql
  readonly features: readonly Feature[]
  readonly owns?: (guildId: GuildId) => boolean
  readonly handlerLimitMs?: number
  readonly tools?: Partial<Tools>
  /** How Discord is set up. */
  readonly discord?: DiscordStandInOptions
  /** False when the test registers commands of its own. */
  readonly registers?: boolean
  /** How many shards the one client runs; one when absent. */
  readonly shardCount?: number
}

/**
 * A bot of one process on a Discord of its own: commands are registered and answered and the outbox is paid, without NATS
 * and Kick. Ends with the test file.
 */
export async function startBot(options: BotOptions): Promise<Bot> {
  const { sql, features, shardCount = 1 } = options
  const shardIds = Array.from({ length: shardCount }, (_, shard) => shard)
  const discord = new DiscordStandIn(options.discord)
  await discord.start()
  onCleanUp(() => discord.stop())
  const client = new Client({
    intents: [GatewayIntentBits.Guilds],
    rest: { api: discord.url },
    shards: shardIds,
    shardCount,
  })
  onCleanUp(() => client.destroy())
  const ready = new Promise<void>((resolve) => client.once(Events.ClientReady, () => resolve()))
  await client.login(discord.token)
  await ready

  const log = createLog({ process: 'test', level: process.env.TEST_LOG ?? 'silent' })
  const tools: Tools = {
    sql,
    bus: createBus({ url: 'nats://127.0.0.1:1', name: 'never connected', log }),
    clock: systemClock,
    log,
    rest: client.rest,
    kick: createKick({
      idUrl: 'http://127.0.0.1:1',
      apiUrl: 'http://127.0.0.1:1',
      clientId: 'none',
      clientSecret: 'none',
    }),
    onlyGuild: undefined,
    kickBotName: undefined,
    secrets: createSecrets('0'.repeat(64)),
    applicationId: discord.applicationId,
    botUserId: userId(discord.botUserId),
    publicUrl: 'https://bot.example',
    drandChain: quicknet,
    clipHosts: [],
    hearsMembers: true,
    wagerHosts: affiliateHosts,
    cdnUrl: discord.cdnUrl,
    dashboardSecret: undefined,
    wakeOutbox: () => outbox.wake(),
    ...options.tools,
  }
  const rooms = [...features, dashboardFeature(features)]
  const outbox = createOutboxDispatch({
    bus: tools.bus,
    tools: () => tools,
    features: rooms,
    shardCount,
    shardIds,
    group: 0,
  })
  const commands = createCommandDispatch({
    client,
    features,
    tools,
    owns: options.owns ?? (() => true),
    ...(options.handlerLimitMs === undefined ? {} : { handlerLimitMs: options.handlerLimitMs }),
  })
  const jobs = createJobDispatch({
    tools,
    features: rooms,
    shardCount,
    shardIds,
  })
  for (const service of [outbox, jobs, commands]) await service.start()
  onCleanUp(async () => {
    await commands.stop()
    await jobs.stop()
    await outbox.stop()
  })
  if (options.registers !== false)
    await registerCommands({ sql, rest: client.rest, applicationId: discord.applicationId, features, log })
  return { discord, client, tools, commands }
}
