import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chmod, chown, lchown, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type Account, accountFor, canReach } from './account.ts'
import { binariesFor } from './binaries.ts'
import { onFreePort, ServerChild, StartError } from './child.ts'

export interface PostgresOptions {
  /** Folder of the data and the log; made if absent. */
  readonly dataDir: string
  /** A free one when absent or 0. */
  readonly port?: number
  /**
   * True keeps the data and writes them safely. False trades safety for speed and removes the folder once the server
   * has stopped, or we have died; the folder must be new then.
   */
  readonly persistent: boolean
  /** Server parameters, by the names of postgresql.conf; they go before our own. */
  readonly settings?: Readonly<Record<string, string>>
  readonly log?: (message: string) => void
}

export interface EmbeddedPostgres {
  /** Of a superuser and the database `belfry`, with a password; stays the same over restarts. */
  readonly url: string
  readonly pid: number
  /** `fast` rolls back what is open and closes in good order; `immediate` is a crash, which the next start recovers. */
  stop(options?: { mode?: 'fast' | 'immediate' }): Promise<void>
  /** Stops it if it runs, and starts it on the same port and data. */
  restart(): Promise<void>
}

const safeSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  timezone: 'UTC',
  log_timezone: 'UTC',
}

const fastSettings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
}

interface Home {
  readonly home: string
  readonly account?: Account
}

/** Starts a PostgreSQL of our own on 127.0.0.1; resolves when it takes connections. */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const home = await homeFor(options)
  try {
    return await startIn(home, options)
  } catch (err) {
    if (!options.persistent) await rm(home.home, { recursive: true, force: true })
    throw err
  }
}

async function startIn({ home, account }: Home, options: PostgresOptions): Promise<EmbeddedPostgres> {
  const { persistent, log } = options
  const binaries = await binariesFor(account, log)
  const clusterDir = join(home, 'cluster')
  const password =
    (await readPassword(clusterDir)) ?? (await initialise({ home, clusterDir, account, persistent, ...binaries }))

  const start = async (port: number): Promise<{ child: ServerChild; port: number }> => {
    const settings = { ...safeSettings, ...(persistent ? {} : fastSettings), port: String(port), ...options.settings }
    const launch = async (): Promise<ServerChild> => {
      const child = await ServerChild.start({
        command: binaries.postgres,
        args: ['-D', clusterDir, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
        account,
        logFile: join(home, 'postgres.log'),
        stopSignal: 'SIGINT',
        removeIfOrphaned: persistent ? undefined : home,
      })
      await child.ready('PostgreSQL', 120_000, async () => {
        const owner = await postmasterOf(clusterDir)
        return owner?.pid === child.pid && owner.status === 'ready'
      })
      return child
    }
    const child = await afterPredecessor(clusterDir, launch)
    log?.(`PostgreSQL listens on port ${port}`)
    return { child, port }
  }

  let { child, port } = await onFreePort(options.port, start)
  return {
    url: `postgres://belfry:${password}@127.0.0.1:${port}/belfry`,
    get pid() {
      return child.pid
    },
    async stop({ mode = 'fast' } = {}) {
      await child.stop(mode === 'fast' ? 'SIGINT' : 'SIGQUIT')
      if (!persistent) await rm(home, { recursive: true, force: true })
    },
    async restart() {
      await child.stop()
      child = (await start(port)).child
    },
  }
}

/**
 * Makes the folder of the server. Where the account cannot get to it (a checkout under /root), the data live elsewhere:
 * below /var/lib/belfry, or with the temporary files if they are not to be kept.
 */
async function homeFor({ dataDir, persistent, log }: PostgresOptions): Promise<Home> {
  const wanted = resolve(dataDir)
  const account = accountFor(join(wanted, 'cluster'))
  const made = await mkdir(wanted, { recursive: true, mode: account ? 0o711 : 0o700 })
  if (!persistent && made === undefined) throw new Error(`${wanted} exists already; a temporary database must be new`)
  if (account === undefined) return { home: wanted }
  await chmod(wanted, 0o711)
  if (canReach(wanted, account)) return { home: wanted, account }

  const home = persistent ? await substituteFor(wanted) : await mkdtemp(join(tmpdir(), 'belfry-postgres-'))
  await chmod(home, 0o711)
  if (!persistent) await rm(wanted, { recursive: true, force: true })
  log?.(`user ${account.uid}, whom PostgreSQL runs as, cannot enter ${wanted}; its data are in ${home}`)
  return { home, account: accountFor(join(home, 'cluster')) ?? account }
}

async function substituteFor(wanted: string): Promise<string> {
  const home = join(
    '/var/lib/belfry',
    `${basename(wanted)}-${createHash('sha256').update(wanted).digest('hex').slice(0, 12)}`,
  )
  await mkdir(home, { recursive: true, mode: 0o711 })
  return home
}

const passwordFile = (clusterDir: string): string => join(clusterDir, 'belfry.password')

async function readPassword(clusterDir: string): Promise<string | undefined> {
  try {
    return (await readFile(passwordFile(clusterDir), 'utf8')).trim()
  } catch (err) {
    if (hasCode(err, 'ENOENT')) return undefined
    throw new Error(`cannot read ${clusterDir}: was it made by another user?`, { cause: err })
  }
}

interface Initialisation {
  readonly home: string
  readonly clusterDir: string
  readonly account: Account | undefined
  readonly persistent: boolean
  readonly initdb: string
  readonly postgres: string
}

/**
 * Makes the data beside their place and moves them there when they are whole, so that neither a crash nor a second
 * process that does the same leaves half of them. Gives the password.
 */
async function initialise({
  home,
  clusterDir,
  account,
  persistent,
  initdb,
  postgres,
}: Initialisation): Promise<string> {
  for (const leftover of await readdir(home)) {
    if (leftover.startsWith('init-') && (await isOld(leftover)))
      await rm(join(home, leftover), { recursive: true, force: true })
  }
  const workshop = await mkdtemp(join(home, `init-${Date.now()}-`))
  const draft = join(workshop, 'cluster')
  const draftPassword = join(workshop, 'password')
  const password = randomBytes(24).toString('base64url')
  try {
    await writeFile(draftPassword, password, { mode: 0o600 })
    if (account) {
      await chown(workshop, account.uid, account.gid)
      await lchown(draftPassword, account.uid, account.gid)
    }
    const run = { cwd: '/', env: { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' }, ...account }
    // One round of SCRAM hashing is enough for a password that nobody chose and nobody could guess.
    await promisify(execFile)(
      initdb,
      [
        ...['-D', draft, '-U', 'belfry', '--pwfile', draftPassword, '--auth=scram-sha-256', '-c', 'scram_iterations=1'],
        ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
        '--no-instructions',
        ...(persistent ? [] : ['--no-sync']),
      ],
      run,
    )
    const single = promisify(execFile)(postgres, ['--single', '-D', draft, 'postgres'], run)
    single.child.stdin?.end('create database belfry\n')
    await single
    await rename(draftPassword, passwordFile(draft))
    await rename(draft, clusterDir)
    return password
  } catch (err) {
    const other = await readPassword(clusterDir)
    if (other !== undefined) return other // a second process was quicker
    throw new Error(`could not make a database in ${home}`, { cause: err })
  } finally {
    await rm(workshop, { recursive: true, force: true })
  }
}

async function isOld(leftover: string): Promise<boolean> {
  return Date.now() - Number(leftover.split('-')[1]) > 600_000
}

interface Postmaster {
  readonly pid: number
  readonly status: string
}

/** What the server on this data says of itself in postmaster.pid; `pg_ctl` waits for the same word. */
async function postmasterOf(clusterDir: string): Promise<Postmaster | undefined> {
  const lines = (await readFile(join(clusterDir, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  return lines.length > 1 ? { pid: Number(lines[0]), status: lines[7]?.trim() ?? 'starting' } : undefined
}

/**
 * Launches the server. If another one still has the data, as after a crash of the process before us, it gets one
 * second to begin to stop and thirty to finish.
 */
async function afterPredecessor(clusterDir: string, launch: () => Promise<ServerChild>): Promise<ServerChild> {
  for (let waitedMs = 0; ; waitedMs += 200) {
    try {
      return await launch()
    } catch (err) {
      const isInUse = err instanceof StartError && /lock file .* already exists|still in use/.test(err.log)
      if (!isInUse) throw err
      const owner = await postmasterOf(clusterDir)
      if (waitedMs >= (owner?.status === 'stopping' ? 30_000 : 1_000)) {
        throw new Error(`${clusterDir} is in use by another PostgreSQL, process ${owner?.pid ?? 'unknown'}`, {
          cause: err,
        })
      }
      await sleep(200)
    }
  }
}

const hasCode = (err: unknown, code: string): boolean => err instanceof Error && 'code' in err && err.code === code
