import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import {
  type EmbeddedNats,
  type EmbeddedPostgres,
  freePort,
  startNats,
  startPostgres,
} from '../../cluster/runtime/embedded.ts'
import { createSql, type Sql } from '../../sql/client.ts'
import { DiscordStandIn } from '../standins/discord/index.ts'
import { type Faults, KickStandIn } from '../standins/kick/index.ts'
import { onCleanUp } from '../support/cleanup.ts'
import { environmentOf } from '../support/environment.ts'
import { temporaryFolder } from '../support/folder.ts'
import { type Line, type Program, startProgram } from '../support/process.ts'
import { until } from '../support/wait.ts'
import { type Balancer, startBalancer } from './balancer.ts'

/** Our programs under names of their own; one that ends comes back, as a pod does. */
export interface Pod {
  readonly name: string
  readonly kind: 'manager' | 'scheduler'
  readonly port: number
  program: Program
  /** It was asked to stop, and does not come back by itself. */
  isStopping: boolean
  /** Starts one that has ended and was not to come back. */
  revive(): void
}

export interface Stage {
  readonly discord: DiscordStandIn
  readonly kick: KickStandIn
  readonly sql: Sql
  readonly postgres: EmbeddedPostgres
  readonly nats: EmbeddedNats
  readonly balancer: Balancer
  readonly managers: readonly Pod[]
  readonly schedulers: readonly Pod[]
  /** Starts our programs; resolves when they are ready and every shard is connected. */
  raise(): Promise<void>
  /** Stops our programs in good order; whoever was killed does not come back. */
  close(): Promise<void>
}

export const shardCount = 8
export const shardsPerGroup = 2
const cadenceSeconds = 5
const graceSeconds = 10
/** Shards that may identify at once; two rounds for eight shards, five seconds apart. */
const maxConcurrency = 4
const startPatienceMs = 90_000
/** A pod that has ended comes back after this time. */
const restartMs = 4_000

/** Kick as it is on an ordinary day: some messages twice, some late, many out of order. */
const kickFaults: Partial<Faults> = {
  duplicate: 0.05,
  lateDuplicate: { probability: 0.03, afterMs: 5_000 },
  delay: { probability: 0.15, minMs: 200, maxMs: 4_000 },
  reorder: { probability: 0.2, byMs: 80 },
}

export interface StageOptions {
  readonly seed: string
  readonly logFile: string | undefined
  /** PostgreSQL and NATS keep their data while they are stopped; otherwise they are quick, and end once. */
  readonly isDurable?: boolean
  /** Variables of all programs, over those of the demo. */
  readonly env?: Readonly<Record<string, string>>
  /** Called with each line that a program logs. */
  readonly onLine: (pod: string, line: Line) => void
}

/** The world, the servers and the front doors' common address, but none of our programs yet. */
export async function buildStage(options: StageOptions): Promise<Stage> {
  const folder = await temporaryFolder()
  const discord = new DiscordStandIn({ maxConcurrency, rateLimits: true })
  const kick = new KickStandIn({ seed: options.seed, workersPerChannel: 3, workers: 16, faults: kickFaults })
  const persistent = options.isDurable === true
  const settings = { max_connections: '200', ...(persistent && { fsync: 'off' }) }
  const [postgres, nats] = await Promise.all([
    startPostgres({ dataDir: join(folder, 'postgres'), persistent, settings }),
    startNats({ storeDir: join(folder, 'nats'), persistent }),
    discord.start(),
    kick.start(),
  ])
  onCleanUp(() => Promise.all([postgres.stop({ mode: 'immediate' }), nats.stop(), discord.stop(), kick.stop()]))
  const sql = createSql(postgres.url, { max: 4, name: 'demo' })
  onCleanUp(() => sql.end({ timeout: 1 }))

  const ports = await freePorts(4)
  const [first = 0, second = 0, third = 0, fourth = 0] = ports
  const balancer = await startBalancer([first, second])
  onCleanUp(() => balancer.stop())
  kick.registerRedirect(`${balancer.url}/oauth/kick/callback`)
  kick.setWebhookUrl(`${balancer.url}/webhooks/kick`)

  const { ofAll, ofManagers } = environmentOf({ discord, kick, postgres, nats }, { shardCount, shardsPerGroup })
  const shared = { ...ofAll, TICK_CADENCE_SECONDS: String(cadenceSeconds), GRACE_SECONDS: String(graceSeconds) }
  const managerOnly = { ...ofManagers, PUBLIC_URL: balancer.url }
  const listen = listener(options)
  const timers = new Set<NodeJS.Timeout>()
  let isOver = false
  const start = (kind: Pod['kind'], name: string, port: number): Pod => {
    const own = { HTTP_PORT: String(port), POD_NAME: name, ...options.env }
    const env = { ...shared, ...(kind === 'manager' ? managerOnly : {}), ...own }
    const launch = (): Program => {
      const program = startProgram(kind === 'manager' ? 'cluster/main.js' : 'scheduler/main.js', { env })
      listen(name, program)
      void program.exited.then(() => {
        if (!isOver && !pod.isStopping)
          timers.add(
            setTimeout(() => {
              pod.program = launch()
            }, restartMs),
          )
      })
      return program
    }
    const pod: Pod = {
      name,
      kind,
      port,
      isStopping: false,
      program: launch(),
      revive() {
        pod.isStopping = false
        pod.program = launch()
      },
    }
    return pod
  }
  const managers: Pod[] = []
  const schedulers: Pod[] = []
  return {
    discord,
    kick,
    sql,
    postgres,
    nats,
    balancer,
    managers,
    schedulers,
    async raise() {
      schedulers.push(start('scheduler', 'scheduler-a', third), start('scheduler', 'scheduler-b', fourth))
      managers.push(start('manager', 'manager-a', first), start('manager', 'manager-b', second))
      await Promise.all([...schedulers, ...managers].map(untilReady))
      await discord.control.untilConnected(shardCount, { timeoutMs: startPatienceMs })
    },
    async close() {
      isOver = true
      for (const timer of timers) clearTimeout(timer)
      await Promise.all([stopPods(managers), stopPods(schedulers)])
    },
  }
}

/** Ready by its own word. */
async function untilReady(pod: Pod): Promise<void> {
  await until(
    async () => {
      if (pod.program.exit !== undefined) throw new Error(`${pod.name} has ended:\n${pod.program.tail(5)}`)
      return (await fetch(`http://127.0.0.1:${pod.port}/readyz`, { signal: AbortSignal.timeout(2_000) })).ok
    },
    { what: `${pod.name} to be ready`, timeoutMs: startPatienceMs },
  )
}

/** Asks programs to stop and waits for them; what is left then is killed by the clean-up. */
export async function stopPods(pods: readonly Pod[]): Promise<void> {
  await Promise.all(
    pods.map(async (pod) => {
      pod.isStopping = true
      if (pod.program.exit === undefined) await pod.program.kill('SIGTERM', { timeoutMs: graceSeconds * 1500 })
    }),
  )
}

function listener({ logFile, onLine }: StageOptions): (name: string, program: Program) => void {
  const file = logFile === undefined ? undefined : createWriteStream(logFile)
  return (name, program) =>
    program.onLine((line) => {
      file?.write(`${name} ${line.text}\n`)
      onLine(name, line)
    })
}

async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) ports.add(await freePort())
  return [...ports]
}
