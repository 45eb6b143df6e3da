import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { delimiter, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { isAlive, onFreePort, ServerChild } from './child.ts'

export interface NatsOptions {
  /** Folder of the JetStream store, the configuration and the log; made if absent. */
  readonly storeDir: string
  /** A free one when absent or 0. */
  readonly port?: number
  /** False removes the folder once the server has stopped, or we have died; the folder must not exist before. */
  readonly persistent?: boolean
  readonly log?: (message: string) => void
}

export interface EmbeddedNats {
  /** `nats://127.0.0.1:<port>`, which stays the same over restarts. */
  readonly url: string
  readonly pid: number
  stop(): Promise<void>
  /** Ends it as a crash would. */
  kill(): Promise<void>
  /** Stops it if it runs, and starts it on the same port and store. */
  restart(): Promise<void>
}

/** Starts a nats-server with JetStream on 127.0.0.1; resolves when it takes connections. */
export async function startNats(options: NatsOptions): Promise<EmbeddedNats> {
  const command = await findNatsServer()
  const version = await versionOf(command)
  const storeDir = resolve(options.storeDir)
  const persistent = options.persistent ?? true
  const made = await mkdir(storeDir, { recursive: true, mode: 0o700 })
  if (!persistent && made === undefined) throw new Error(`${storeDir} exists already; a temporary store must be new`)
  await waitUntilUnused(storeDir)

  const start = async (port: number): Promise<{ child: ServerChild; port: number }> => {
    const name = `belfry-${randomBytes(6).toString('hex')}`
    const configFile = join(storeDir, 'nats.conf')
    await writeFile(configFile, configuration({ storeDir, port, name, version }), { mode: 0o600 })
    const child = await ServerChild.start({
      command,
      args: ['--config', configFile],
      logFile: join(storeDir, 'nats.log'),
      stopSignal: 'SIGTERM',
      removeIfOrphaned: persistent ? undefined : storeDir,
    })
    await child.ready('nats-server', 30_000, async () => (await greeting(port)).includes(`"${name}"`))
    options.log?.(`nats-server ${version.join('.')} listens on port ${port}`)
    return { child, port }
  }

  let { child, port } = await onFreePort(options.port, start).catch(async (err: unknown) => {
    if (!persistent) await rm(storeDir, { recursive: true, force: true })
    throw err
  })
  return {
    url: `nats://127.0.0.1:${port}`,
    get pid() {
      return child.pid
    },
    async stop() {
      await child.stop()
      if (!persistent) await rm(storeDir, { recursive: true, force: true })
    },
    async kill() {
      await child.stop('SIGKILL')
    },
    async restart() {
      await child.stop()
      child = (await start(port)).child
    },
  }
}

interface Configuration {
  readonly storeDir: string
  readonly port: number
  readonly name: string
  readonly version: readonly number[]
}

function configuration({ storeDir, port, name, version: [major = 0, minor = 0] }: Configuration): string {
  // Before 2.10 the server knows no `always`, and syncs to disk every two minutes: a power cut may lose that much.
  const syncsAlways = major > 2 || (major === 2 && minor >= 10)
  return `
listen: "127.0.0.1:${port}"
server_name: "${name}"
pid_file: ${JSON.stringify(pidFile(storeDir))}
max_payload: 1MB
jetstream {
  store_dir: ${JSON.stringify(storeDir)}
  ${syncsAlways ? 'sync_interval: always' : ''}
}
`
}

const pidFile = (storeDir: string): string => join(storeDir, 'nats.pid')

/** Where the setup step looks as well: PATH, and the folders of daemons that the PATH of an ordinary user lacks. */
async function findNatsServer(): Promise<string> {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/opt/homebrew/bin']
  for (const folder of folders.filter((name) => name.startsWith('/'))) {
    const command = join(folder, 'nats-server')
    const isThere = await access(command, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isThere) return command
  }
  throw new Error('nats-server is not installed; `node cluster/runtime/setup.mjs` installs it or says how to')
}

async function versionOf(command: string): Promise<number[]> {
  const { stdout } = await promisify(execFile)(command, ['--version'])
  const version = /v?(\d+)\.(\d+)\.(\d+)/.exec(stdout)
  if (!version) throw new Error(`cannot read the version of ${command}`)
  return version.slice(1).map(Number)
}

/** nats-server does not guard its store against a second server. One that is on its way out gets two seconds. */
async function waitUntilUnused(storeDir: string): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += 100) {
    const pid = Number(await readFile(pidFile(storeDir), 'utf8').catch(() => '0'))
    if (!pid || !isAlive(pid) || !(await isNatsServer(pid))) return
    if (waitedMs >= 2_000) throw new Error(`${storeDir} is in use by nats-server process ${pid}`)
    await sleep(100)
  }
}

/** Process ids are used again after a reboot; this tells a server from a stranger that has its old id. */
async function isNatsServer(pid: number): Promise<boolean> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).includes('nats-server')
  } catch {
    // no /proc on macOS; and where the process has just ended, ps finds nothing either
  }
  const ps = await promisify(execFile)('ps', ['-o', 'args=', '-p', String(pid)]).catch(() => ({ stdout: '' }))
  return ps.stdout.includes('nats-server')
}

/** The INFO line with which a server greets a new connection; empty when nobody answers. */
function greeting(port: number): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect({ port, host: '127.0.0.1', timeout: 2_000 })
    socket.setEncoding('utf8')
    socket.on('data', (chunk) => {
      text += chunk
      if (text.includes('\r\n')) socket.destroy()
    })
    socket.on('timeout', () => socket.destroy())
    socket.on('error', () => {}) // 'close' follows
    socket.on('close', () => resolve(text))
  })
}
