import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { freePort, startNats, startPostgres } from '../../cluster/runtime/embedded.ts'
import { DiscordStandIn } from '../standins/discord/index.ts'
import { KickStandIn } from '../standins/kick/index.ts'
import { onCleanUp } from '../support/cleanup.ts'
import { environmentOf } from '../support/environment.ts'
import { temporaryFolder } from '../support/folder.ts'
import { Program } from '../support/process.ts'
import { startOwnRedis } from '../support/redis.ts'
import { until } from '../support/wait.ts'
import { type BuildOptions, buildImage, filesIn, type Image } from './build.ts'

/** What became of one process that was started from the image. */
export interface Checked {
  readonly name: string
  /** From its start until it said on /readyz that it is ready; undefined for one that only runs to its end. */
  readonly readyMs: number | undefined
  readonly health: string
  readonly exitCode: number | null
  /** From SIGTERM to its end. */
  readonly stopMs: number | undefined
}

export interface Outcome {
  readonly image: Image
  readonly files: readonly string[]
  readonly checked: readonly Checked[]
  /** Files that were not there before the processes ran. */
  readonly written: readonly string[]
}

const shardCount = 4
const graceSeconds = 10
const commit = 'checked0'

/**
 * Builds the image as a tree of files, takes all rights to write away, and starts every process from it as the image's user, with the
 * variables of its container and no others: against a PostgreSQL, a NATS, a Redis, and stand-ins of Discord and Kick. All start before the
 * database is migrated, wait for the migration, become ready, and end within their grace. Throws, naming the process, when one does not.
 */
export async function checkImage(
  say: (line: string) => void,
  options: Pick<BuildOptions, 'reusesPackages'> = {},
): Promise<Outcome> {
  const folder = await temporaryFolder()
  const world = raiseWorld()
  world.catch(() => {}) // awaited below
  const beganAt = performance.now()
  const image = await buildImage({ ...options, folder: await temporaryFolder(), args: { COMMIT: commit }, say })
  const files = await filesIn(image.root)
  say(`image: ${files.length} files in ${seconds(performance.now() - beganAt)}`)
  takeRights(image)

  const { environment, redisUrl, discord } = await world
  const start = async (name: string, args: readonly string[], env: Readonly<Record<string, string>>) => {
    const port = await freePort()
    const startedAt = performance.now()
    const program = startFrom(image, args, {
      ...env,
      HTTP_PORT: String(port),
      GRACE_SECONDS: String(graceSeconds),
      POD_NAME: name,
      TMPDIR: join(folder, 'nowhere'),
    })
    return { name, url: `http://127.0.0.1:${port}`, startedAt, program }
  }
  const { ofAll, ofManagers } = environment
  const ofManager = { ...ofAll, ...ofManagers, PUBLIC_URL: 'http://127.0.0.1:8080', MIGRATIONS: 'wait' }
  const running = await Promise.all([
    start('manager', image.cmd, ofManager),
    start('front door', image.cmd, { ...ofManager, MAX_GROUPS: '0' }),
    start('scheduler', ['dist/scheduler/main.js'], { ...ofAll, MIGRATIONS: 'wait' }),
    start('bridge', ['dist/cluster/bridge.js'], {
      NATS_URL: ofAll.NATS_URL,
      REDIS_URL: redisUrl,
      DASHBOARD_SECRET: 'a secret of sixteen',
    }),
  ])
  await Promise.all(
    running
      .filter(({ name }) => name !== 'bridge')
      .map((pod) =>
        untilSays(pod, '/readyz', ({ status, text }) => status === 503 && text.includes('"schema":"the schema lacks')),
      ),
  )
  say('manager, front door and scheduler wait for the migration')

  const migrate = startFrom(image, ['dist/sql/main.js', '--wait'], { DATABASE_URL: ofAll.DATABASE_URL })
  const { code } = await migrate.exited
  if (code !== 0) throw new Error(`migrate ended with ${code}:\n${migrate.tail()}`)
  const checked: Checked[] = [
    {
      name: 'migrate',
      readyMs: undefined,
      health: (migrate.lines.at(-1)?.text ?? '').slice(0, 60),
      exitCode: code,
      stopMs: undefined,
    },
  ]

  for (const pod of running) {
    await untilSays(pod, '/readyz', ({ status }) => status === 200)
    const readyMs = performance.now() - pod.startedAt
    const { text: health } = await ask(pod, '/healthz')
    const { text: metrics } = await ask(pod, '/metrics')
    const info = metrics.split('\n').find((line) => line.startsWith('bot_build_info{'))
    if (!info?.includes(`commit="${commit}"`) || !info.endsWith(' 1')) throw new Error(`${pod.name} measures ${info}`)
    if (!health.includes(commit)) throw new Error(`${pod.name} says it is ${health}`)
    checked.push({ name: pod.name, readyMs, health: health.trim(), exitCode: null, stopMs: undefined })
  }
  await discord.control.untilConnected(shardCount, { timeoutMs: 30_000 })
  const ended = await Promise.all(
    running.map(async ({ name, program }) => {
      const askedAt = performance.now()
      const exit = await program.kill('SIGTERM', { timeoutMs: graceSeconds * 1_000 })
      if (exit.code !== 0) throw new Error(`${name} ended with ${exit.signal ?? exit.code}:\n${program.tail()}`)
      return { name, exitCode: exit.code, stopMs: performance.now() - askedAt }
    }),
  )
  const outcome = {
    image,
    files,
    checked: checked.map((one) => ({ ...one, ...ended.find(({ name }) => name === one.name) })),
    written: (await filesIn(image.root)).filter((file) => !files.includes(file)),
  }
  for (const { name, readyMs, exitCode, stopMs, health } of outcome.checked)
    say(
      readyMs === undefined || stopMs === undefined
        ? `${name}: ended with ${exitCode}: ${health}`
        : `${name}: ready after ${seconds(readyMs)}, ended with ${exitCode} ${seconds(stopMs)} after SIGTERM: ${health}`,
    )
  return outcome
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`

async function raiseWorld() {
  const folder = await temporaryFolder()
  const discord = new DiscordStandIn({ maxConcurrency: 16 })
  const kick = new KickStandIn({ seed: 'image' })
  const [postgres, nats, redis] = await Promise.all([
    startPostgres({ dataDir: join(folder, 'postgres'), persistent: false }),
    startNats({ storeDir: join(folder, 'nats'), persistent: false }),
    startOwnRedis(),
    discord.start(),
    kick.start(),
  ])
  onCleanUp(() => Promise.all([postgres.stop({ mode: 'immediate' }), nats.stop(), discord.stop(), kick.stop()]))
  return {
    discord,
    redisUrl: redis.url,
    environment: environmentOf({ discord, kick, postgres, nats }, { shardCount, shardsPerGroup: 2 }),
  }
}

/** Nobody may write, and we only in order to remove it. */
function takeRights(image: Image): void {
  const change = (mode: string) => {
    const { status, stderr } = spawnSync('chmod', ['-R', mode, image.root])
    if (status !== 0) throw new Error(`chmod failed: ${stderr}`)
  }
  onCleanUp(async () => change('u+w'))
  change('a-w')
}

/** Starts the image with these arguments, as its user if we may. A container has the image's variables, those of its pod, and no others. */
function startFrom(image: Image, args: readonly string[], env: Readonly<Record<string, string>>): Program {
  const [program, ...nodeArgs] = image.entrypoint
  const [file = '', ...rest] = args
  if (program !== 'node') throw new Error(`the image starts ${program}, and only Node is understood here`)
  if (image.user === undefined || image.user.uid === 0) throw new Error('the image runs as root')
  const cwd = join(image.root, image.workdir)
  return new Program(join(cwd, file), {
    nodeArgs,
    args: rest,
    cwd,
    env: { PATH: '/usr/local/bin', HOME: '/', ...image.env, ...env },
    user: process.getuid?.() === 0 ? image.user : undefined,
  })
}

interface Pod {
  readonly name: string
  readonly url: string
  readonly program: Program
}

async function ask({ url }: Pod, path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(2_000) })
  return { status: response.status, text: await response.text() }
}

async function untilSays(
  pod: Pod,
  path: string,
  isIt: (answer: { status: number; text: string }) => boolean,
): Promise<void> {
  let last = 'nothing'
  await until(
    async () => {
      if (pod.program.exit !== undefined) throw new Error(`${pod.name} has ended:\n${pod.program.tail(5)}`)
      const answer = await ask(pod, path)
      last = `${answer.status} ${answer.text}`
      return isIt(answer)
    },
    { timeoutMs: 40_000, what: `${pod.name} to say on ${path} what it should` },
  ).catch((cause: unknown) => {
    throw new Error(`${pod.name} said ${last} on ${path}\n${pod.program.tail(10)}`, { cause })
  })
}
