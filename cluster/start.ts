/**
 * The whole of Belfry on one machine: `npm start`. What the environment does not name is provided here: a PostgreSQL and a
 * NATS of our own, and a key for secrets, all kept in DATA_DIR (`.data/`). Then one manager and one scheduler run as child
 * processes, which know nothing of this.
 */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { projectFile } from './runtime/build.ts'
import { withLegacyNames } from './runtime/config/legacy.ts'
import { configOrExit, readConfig } from './runtime/config.ts'
import { keepRunning } from './runtime/embedded/program.ts'
import { startNats, startPostgres } from './runtime/embedded.ts'
import { run, type Service } from './runtime/lifecycle.ts'
import { createLog } from './runtime/log.ts'

const given = Object.fromEntries(
  Object.entries(withLegacyNames(process.env).environment).filter(([, value]) => value?.trim()),
)
const port = /^\d+$/.test(given.HTTP_PORT ?? '') ? Number(given.HTTP_PORT) : 8080
const publicUrl = given.PUBLIC_URL ?? `http://localhost:${port}`

/** Stands in for what is provided only after the check, so that every fault is named before anything is started. */
const config = configOrExit(() =>
  readConfig({
    DATABASE_URL: 'postgres://not-yet',
    NATS_URL: 'nats://not-yet',
    SECRETS_KEY: '0'.repeat(64),
    PUBLIC_URL: publicUrl,
    ...given,
  }),
)

const log = createLog({ process: 'start', level: config.LOG_LEVEL })
const say = (text: string): void => void process.stderr.write(`belfry: ${text}\n`)
const compiled = dirname(dirname(fileURLToPath(import.meta.url)))
const dataDir = resolve(given.DATA_DIR ?? projectFile('.data'))
const graceMs = config.GRACE_SECONDS * 1000
/** Room for the servers, which stop after the programs. */
const serverGraceMs = 30_000

const environment: Record<string, string | undefined> = { ...process.env, ...given, PUBLIC_URL: publicUrl }

const key: Service = {
  name: 'key',
  async start() {
    if (given.PUBLIC_URL === undefined)
      say(`PUBLIC_URL is unset, so pages are at ${publicUrl}; Kick's webhooks need an address that Kick can reach`)
    if (given.SECRETS_KEY !== undefined) return
    const file = join(dataDir, 'secrets.key')
    say(`SECRETS_KEY is unset; using the key in ${file}, without which stored Kick sign-ins cannot be read`)
    environment.SECRETS_KEY = await keptKey(file)
  },
  async stop() {},
}

/** A server of our own, unless the environment names one. */
const server = (variable: 'DATABASE_URL' | 'NATS_URL', name: string, start: () => Promise<Server>): Service => {
  let running: Server | undefined
  return {
    name,
    async start() {
      if (given[variable] !== undefined) return
      running = await start()
      environment[variable] = running.url
      say(`${variable} is unset; using ${name} with data in ${join(dataDir, name)}`)
    },
    stop: async () => running?.stop(),
  }
}

interface Server {
  readonly url: string
  stop(): Promise<void>
}

/** Both stop at the same time, so that together they take one grace period. */
const programs: Service = (() => {
  let running: readonly Service[] = []
  return {
    name: 'programs',
    async start() {
      // Each has an HTTP port of its own; 0 lets the system choose.
      const schedulerPort = port === 0 || port === 65_535 ? 0 : port + 1
      running = [
        keepRunning({
          name: 'scheduler',
          file: join(compiled, 'scheduler', 'main.js'),
          env: { ...environment, HTTP_PORT: String(schedulerPort) },
          log,
          graceMs,
        }),
        keepRunning({ name: 'cluster', file: join(compiled, 'cluster', 'main.js'), env: environment, log, graceMs }),
      ]
      for (const program of running) await program.start()
      say(`starting on http://${config.HTTP_HOST}:${port}; Ctrl-C stops everything`)
    },
    stop: async () => void (await Promise.all(running.map((program) => program.stop()))),
  }
})()

const running = await run(
  [
    key,
    server('DATABASE_URL', 'postgres', () =>
      startPostgres({ dataDir: join(dataDir, 'postgres'), persistent: true, log: say }),
    ),
    server('NATS_URL', 'nats', () => startNats({ storeDir: join(dataDir, 'nats'), log: say })),
    programs,
  ],
  { log, graceMs: graceMs + serverGraceMs },
)
process.exit(await running.finished)

/** The key of before, or a new one. Of two processes that make one at once, both get that of the first. */
async function keptKey(file: string): Promise<string> {
  await mkdir(dataDir, { recursive: true, mode: 0o711 })
  if (!existsSync(file)) {
    const draft = `${file}.${process.pid}`
    await writeFile(draft, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 })
    await link(draft, file).catch((err: unknown) => {
      if (!existsSync(file)) throw err
    })
    await rm(draft)
  }
  const text = (await readFile(file, 'utf8')).trim()
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new Error(`${file} does not hold a key of 64 hexadecimal digits`)
  return text
}
