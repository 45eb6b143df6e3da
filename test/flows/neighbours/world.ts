import { randomBytes } from 'node:crypto'
import { connect } from 'nats'
import { createDashboardIntake } from '../../../cluster/ingress/dashboard/intake.ts'
import { dashboardStream } from '../../../cluster/ingress/dashboard/payload.ts'
import { kickStream } from '../../../cluster/ingress/event.ts'
import { wantedEvents } from '../../../cluster/ingress/kick/reconcile/subscriptions.ts'
import { createBus } from '../../../cluster/runtime/bus.ts'
import { createKick } from '../../../cluster/runtime/kick.ts'
import type { Service } from '../../../cluster/runtime/lifecycle.ts'
import { toldStream } from '../../../cluster/runtime/told.ts'
import { createDispatches } from '../../../shard/client/dispatch.ts'
import { dashboardFeature } from '../../../shard/dispatch/dashboard.ts'
import { createEventDispatch } from '../../../shard/dispatch/event.ts'
import { createGatewayDispatch } from '../../../shard/dispatch/gateway.ts'
import { createInboxDispatch } from '../../../shard/dispatch/inbox.ts'
import { features as rooms } from '../../../shard/features/index.ts'
import { transaction } from '../../../sql/client.ts'
import { takeJobs } from '../../../sql/queries/job.ts'
import { log, openFrontDoor, secrets, shardCount, shardsPerGroup, startKick } from '../../cluster/front-door.ts'
import { ClipStandIn } from '../../standins/clips/index.ts'
import { DrandStandIn } from '../../standins/drand/index.ts'
import type { KickUser } from '../../standins/kick/index.ts'
import { startBot } from '../../support/bot.ts'
import { times } from '../../support/builders.ts'
import { onCleanUp } from '../../support/cleanup.ts'
import { type Said, saidByDashboard } from '../../support/dashboard.ts'
import { createDatabase } from '../../support/database.ts'
import { startOwnNats } from '../../support/nats.ts'
import { aPlatform } from '../../support/wagers.ts'
import { Heard, recorded, waysInto } from './recorded.ts'

export const dashboardSecret = randomBytes(32).toString('hex')
export const clipKey = 'a-key-of-the-clip-service'

/**
 * One bot with everything on and everything around it: gateway, front door, bus, dashboard, Kick, a chain of drand's, a clip service and
 * an affiliate platform. Its rooms tell what they are asked. Two groups of shards run in one process, so that whatever a room
 * remembers in memory is shared by all servers.
 */
export async function aNeighbourhood() {
  const { sql, url: databaseUrl } = await createDatabase({ max: 16 })
  const [nats, kick, drand] = [await startOwnNats(), await startKick({ seed: 'neighbours' }), new DrandStandIn()]
  const clips = new ClipStandIn({ keys: [clipKey] })
  await clips.start()
  onCleanUp(() => clips.stop())
  const door = await openFrontDoor({ databaseUrl, natsUrl: nats.url, kick })
  kick.setWebhookUrl(door.webhookUrl)

  const heard = new Heard()
  const features = recorded(rooms, heard)
  const bus = createBus({ url: nats.url, name: 'shards', log })
  bus.declare(toldStream)
  await bus.start()
  onCleanUp(() => bus.stop())
  const client = createKick({
    idUrl: kick.idUrl,
    apiUrl: kick.apiUrl,
    clientId: kick.clientId,
    clientSecret: kick.clientSecret,
    requestsPerMinute: 100_000,
    chatPerMinute: 100_000,
    wait: async () => {},
  })
  const bot = await startBot({
    sql,
    features,
    shardCount,
    tools: {
      bus,
      kick: client,
      secrets,
      publicUrl: door.url,
      drandChain: drand.chain,
      clipHosts: [clips.url],
      dashboardSecret,
    },
  })
  const { tools, discord } = bot
  const gateway = createGatewayDispatch({ tools, features, shardCount })
  const dispatches = createDispatches({
    listener: gateway,
    botUserId: tools.botUserId,
    sessions: { hold: () => () => {} },
    log,
  })
  bot.client.on('raw', (payload: Parameters<typeof dispatches.onDispatch>[1], shardId: number) => {
    dispatches.onDispatch(shardId, payload)
  })
  const groups = times(shardCount / shardsPerGroup, (group) => ({
    group,
    shardIds: times(shardsPerGroup, (i) => group * shardsPerGroup + i),
  }))
  const services: readonly Service[] = [
    gateway,
    createDashboardIntake({ sql, bus, log, secrets: [dashboardSecret] }),
    ...groups.flatMap(({ group, shardIds }) => [
      createEventDispatch({ bus, tools, features, shardCount, shardsPerGroup, group }),
      createInboxDispatch({ bus, tools, features, shardCount, shardIds, group }),
    ]),
  ]
  for (const service of services) {
    await service.start()
    onCleanUp(() => service.stop())
  }
  const told: { readonly subject: string; readonly body: unknown }[] = []
  const listener = bus.consume(
    { stream: toldStream, durable: 'listener', filter: 'evt.>', batch: 100, ackWaitSeconds: 30 },
    async (messages) => {
      for (const message of messages) {
        told.push({ subject: message.subject, body: message.json() })
        message.ack()
      }
    },
  )
  onCleanUp(() => listener.stop())
  const connection = await connect({ servers: nats.url })
  onCleanUp(() => connection.close())
  const manager = await connection.jetstreamManager()
  const platform = await aPlatform(tools)

  /** Nothing waits on the bus, nor is in hand. */
  const isBusQuiet = async (): Promise<boolean> => {
    for (const stream of [kickStream, dashboardStream, toldStream])
      for await (const consumer of manager.consumers.list(stream.name))
        if (consumer.num_pending + consumer.num_ack_pending > 0) return false
    return true
  }
  const handlers = [...features, dashboardFeature(features)].flatMap((room) => Object.entries(room.jobs ?? {}))
  /** Does what is due now, beside the bot which looks once a second. */
  const doJobs = (): Promise<void> =>
    transaction(sql, async (db) => {
      const all = times(shardCount, (shard) => shard)
      const kinds = handlers.map(([kind]) => kind)
      const jobs = await takeJobs(db, { shardCount, shardIds: all, kinds, kindsOfLeft: [], limit: 200 })
      for (const [kind, handle] of handlers) {
        const ofKind = jobs.filter((job) => job.kind === kind)
        if (ofKind.length > 0) await handle(ofKind, db, tools)
      }
    })
  const subscribed = new Set<number>()
  /** Kick sends what happens on a channel, as the reconciler has it done. */
  const follow = async (channel: KickUser): Promise<void> => {
    if (subscribed.has(channel.userId)) return
    subscribed.add(channel.userId)
    await client.subscriptions.create(String(channel.userId) as never, wantedEvents)
  }
  const say = (said: Omit<Said, 'secret'>) => {
    const { subject, body } = saidByDashboard({ ...said, secret: dashboardSecret })
    return bus.publish(subject, body, { id: String(body.nonce), timeoutMs: 5_000 })
  }
  const viewers = Object.fromEntries(
    ['Ann', 'Bob', 'Carl', 'Dora'].map((name) => [name, kick.control.addViewer({ username: `${name}_K` })]),
  ) as Readonly<Record<'Ann' | 'Bob' | 'Carl' | 'Dora', KickUser>>
  const crowd = times(12, (i) => kick.control.addViewer({ username: `Crowd_${String.fromCharCode(97 + i)}` }))
  const boss = discord.world.addUser({ username: 'boss' })
  const anna = discord.world.addUser({ username: 'anna' })
  return {
    sql,
    bot,
    tools,
    discord,
    kick,
    drand,
    clips,
    door,
    heard,
    features,
    ways: waysInto(rooms),
    told,
    platform,
    gateway,
    viewers,
    /** Enough of them for a second page of a board. */
    crowd,
    /** They are in every server. */
    shared: { boss: boss.id, anna: anna.id },
    isBusQuiet,
    doJobs,
    follow,
    say,
  }
}

export type World = Awaited<ReturnType<typeof aNeighbourhood>>
