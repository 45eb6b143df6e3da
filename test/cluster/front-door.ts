import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import { createDraws } from '../../cluster/draws.ts'
import { createHttp } from '../../cluster/http.ts'
import { wantedEvents } from '../../cluster/ingress/kick/reconcile/subscriptions.ts'
import { createKickIngress } from '../../cluster/ingress/kick/webhook.ts'
import { createOAuth } from '../../cluster/oauth.ts'
import { createOverview } from '../../cluster/overview.ts'
import { createReadiness } from '../../cluster/readiness.ts'
import { type Bus, createBus } from '../../cluster/runtime/bus.ts'
import { type Clock, systemClock } from '../../cluster/runtime/clock.ts'
import { type EmbeddedNats, type EmbeddedPostgres, startNats, startPostgres } from '../../cluster/runtime/embedded.ts'
import { createKick, type Kick } from '../../cluster/runtime/kick.ts'
import { createLog } from '../../cluster/runtime/log.ts'
import { registry } from '../../cluster/runtime/metrics.ts'
import { createSecrets } from '../../cluster/runtime/secrets.ts'
import { createSql, type Sql } from '../../sql/client.ts'
import { migrate } from '../../sql/migrate.ts'
import { KickStandIn, type KickStandInOptions } from '../standins/kick/index.ts'
import { onCleanUp } from '../support/cleanup.ts'
import { temporaryFolder } from '../support/folder.ts'

export const shardCount = 4
export const shardsPerGroup = 2
export const log = createLog({ process: 'test', level: process.env.TEST_LOG ?? 'silent' })
export const secrets = createSecrets('0123456789abcdef'.repeat(4))

/** Of the test vectors of the legacy bot's addresses. */
export const legacyKey = 'unit-test-secret'

/** A guild of this shard: the shard is what stands above the 22 lowest bits. */
export const guildOfShard = (shard: number, n = 1): string =>
  String((BigInt(n * shardCount + shard) << 22n) + BigInt(n))

export interface FrontDoor {
  readonly url: string
  readonly sql: Sql
  readonly bus: Bus
  readonly kick: Kick
  readonly webhookUrl: string
  stop(): Promise<void>
}

/** A front door as a pod runs it, against a database, a NATS and a Kick that may be anybody's. */
export async function openFrontDoor(p: {
  readonly databaseUrl: string
  readonly natsUrl: string
  readonly kick: KickStandIn
  readonly clock?: Clock
  readonly publicKey?: string
}): Promise<FrontDoor> {
  const clock = p.clock ?? systemClock
  const sql = createSql(p.databaseUrl, { max: 6 })
  const bus = createBus({ url: p.natsUrl, name: 'front door', log })
  await bus.start()
  const kick = createKick({
    idUrl: p.kick.idUrl,
    apiUrl: p.kick.apiUrl,
    clientId: p.kick.clientId,
    clientSecret: p.kick.clientSecret,
    wait: () => Promise.resolve(),
  })
  const deployment = { shardCount, shardsPerGroup }
  const ingress = createKickIngress({ sql, bus, clock, log, kick, publicKey: p.publicKey, ...deployment })
  let answer = (): Answering => ({ oauth: undefined })
  const http = createHttp({
    host: '127.0.0.1',
    port: 0,
    metrics: () => registry.metrics(),
    readiness: createReadiness({ sql, bus, parts: { shards: () => 'ok' } }),
    kickWebhook: ingress,
    oauth: {
      legacy: (ask) => answer().oauth?.legacy(ask) ?? fail(),
      open: (ask) => answer().oauth?.open(ask) ?? fail(),
      begin: (ask) => answer().oauth?.begin(ask) ?? fail(),
      callback: (ask) => answer().oauth?.callback(ask) ?? fail(),
    },
    overview: createOverview({ sql, clock, shardCount, log }),
    draws: createDraws({ sql, clock, drandUrl: 'https://drand.example' }),
    log,
  })
  await ingress.start()
  await http.start()
  // The port is known only now, and it is part of the address that Kick sends browsers back to.
  const oauth = createOAuth({ sql, bus, log, clock, kick, secrets, publicUrl: http.url, legacyKey, ...deployment })
  answer = () => ({ oauth })
  p.kick.registerRedirect(`${http.url}/oauth/kick/callback`)
  let isStopped = false
  const stop = async () => {
    if (isStopped) return
    isStopped = true
    await http.stop()
    await ingress.stop()
    await bus.stop()
    await sql.end({ timeout: 0 })
  }
  onCleanUp(stop)
  return { url: http.url, sql, bus, kick, webhookUrl: `${http.url}/webhooks/kick`, stop }
}

interface Answering {
  readonly oauth: ReturnType<typeof createOAuth> | undefined
}

const fail = (): never => {
  throw new Error('the front door is not open yet')
}

export async function startKick(options: KickStandInOptions = {}): Promise<KickStandIn> {
  const kick = new KickStandIn(options)
  await kick.start()
  onCleanUp(() => kick.stop())
  return kick
}

/** A channel that these guilds are bound to, subscribed to as the reconciler does it. */
export async function bindChannel(sql: Sql, kick: KickStandIn, client: Kick, guildIds: readonly string[]) {
  const channel = kick.control.addChannel()
  for (const guildId of guildIds) {
    await sql`insert into guild (discord_server_id, server_name) values (${guildId}, ${`Guild ${guildId}`}) on conflict do nothing`
    await sql`
      insert into kick_channel (discord_server_id, broadcaster_user_id, slug, display_name)
      values (${guildId}, ${channel.userId}, ${channel.slug}, ${channel.username})`
  }
  await client.subscriptions.create(String(channel.userId) as never, wantedEvents)
  return channel
}

export const otherKey = (): string =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }).toString()

/** A NATS that keeps what it has over a stop. */
export async function startLastingNats(): Promise<EmbeddedNats> {
  const server = await startNats({ storeDir: join(await temporaryFolder(), 'nats'), persistent: true })
  onCleanUp(() => server.stop())
  return server
}

/** A migrated PostgreSQL that keeps what it has over a stop. */
export async function startLastingPostgres(): Promise<EmbeddedPostgres> {
  const server = await startPostgres({ dataDir: join(await temporaryFolder(), 'postgres'), persistent: true })
  onCleanUp(() => server.stop({ mode: 'immediate' }))
  await migrate(server.url)
  return server
}
