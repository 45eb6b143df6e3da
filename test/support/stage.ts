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
import { KickStandIn } from '../standins/kick/index.ts'
import { onCleanUp } from './cleanup.ts'
import { environmentOf } from './environment.ts'
import { temporaryFolder } from './folder.ts'
import { type Program, startProgram } from './process.ts'
import { until } from './wait.ts'

export type PodKind = 'manager' | 'scheduler'

/** One of our programs under a name of its own. */
export interface Pod {
  readonly name: string
  readonly kind: PodKind
  /** Where its `/readyz` and `/metrics` are. */
  readonly url: string
  readonly program: Program
}

export interface StageOptions {
  readonly shardCount: number
  readonly shardsPerGroup: number
  /** Shards that may identify at once. */
  readonly maxConcurrency: number
  /** Variables for all programs, over those that a stage sets by itself. */
  readonly env?: Readonly<Record<string, string>>
}

/** A world of its own for our programs: servers that can be stopped, and the outside. None of our programs runs yet. */
export interface Stage {
  readonly discord: DiscordStandIn
  readonly kick: KickStandIn
  readonly postgres: EmbeddedPostgres
  readonly nats: EmbeddedNats
  readonly sql: Sql
  /** Starts a program; resolves at once. */
  start(kind: PodKind, name: string): Promise<Pod>
}

const startPatienceMs = 60_000

/** Everything ends with the test file. */
export async function buildStage(options: StageOptions): Promise<Stage> {
  const folder = await temporaryFolder()
  const discord = new DiscordStandIn({ maxConcurrency: options.maxConcurrency })
  const kick = new KickStandIn({ seed: 'stage' })
  const [postgres, nats] = await Promise.all([
    startPostgres({
      dataDir: join(folder, 'postgres'),
      persistent: true,
      settings: { max_connections: '200', fsync: 'off' },
    }),
    startNats({ storeDir: join(folder, 'nats') }),
    discord.start(),
    kick.start(),
  ])
  onCleanUp(() => Promise.all([postgres.stop({ mode: 'immediate' }), nats.stop(), discord.stop(), kick.stop()]))
  const sql = createSql(postgres.url, { max: 4, name: 'stage' })
  onCleanUp(() => sql.end({ timeout: 1 }))

  const { ofAll, ofManagers } = environmentOf({ discord, kick, postgres, nats }, options)
  const shared = {
    ...ofAll,
    TICK_CADENCE_SECONDS: '1',
    SCHEDULER_LEASE_SECONDS: '2',
    GROUP_LEASE_SECONDS: '3',
    GRACE_SECONDS: '10',
  }
  return {
    discord,
    kick,
    postgres,
    nats,
    sql,
    async start(kind, name) {
      const port = await freePort()
      const url = `http://127.0.0.1:${port}`
      const own = { HTTP_PORT: String(port), POD_NAME: name, PUBLIC_URL: url, ...options.env }
      const program =
        kind === 'manager'
          ? startProgram('cluster/main.js', { env: { ...shared, ...ofManagers, ...own } })
          : startProgram('scheduler/main.js', { env: { ...shared, ...own } })
      return { name, kind, url, program }
    },
  }
}

/** Waits until pods say of themselves that they are ready. */
export async function ready(...pods: readonly Pod[]): Promise<void> {
  await Promise.all(
    pods.map((pod) =>
      until(
        async () => {
          if (pod.program.exit !== undefined) throw new Error(`${pod.name} has ended:\n${pod.program.tail(5)}`)
          return (await fetch(`${pod.url}/readyz`, { signal: AbortSignal.timeout(2_000) })).ok
        },
        { what: `${pod.name} to be ready`, timeoutMs: startPatienceMs },
      ),
    ),
  )
}
