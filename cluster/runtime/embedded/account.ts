import { execFileSync, spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'

/** A user of this machine other than root. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

export const isRoot = (): boolean => process.getuid?.() === 0

/**
 * The user PostgreSQL runs as when we are root, which it refuses to be: the owner of the data if they exist, else
 * `postgres`, else `nobody`. Undefined when we are an ordinary user: then it runs as we do.
 */
export function accountFor(clusterDir: string): Account | undefined {
  if (!isRoot()) return undefined
  const owner = statSync(clusterDir, { throwIfNoEntry: false })
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = [idOf('-u', name), idOf('-g', name)]
    if (uid && gid) return { uid, gid }
  }
  throw new Error('PostgreSQL refuses to run as root, and this machine has neither a postgres nor a nobody user')
}

function idOf(flag: '-u' | '-g', name: string): number | undefined {
  try {
    return Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
  } catch {
    return undefined // no such user
  }
}

/** Whether the account may enter every folder on the way to `path`, and enter or execute `path` itself. */
export function canReach(path: string, account: Account | undefined): boolean {
  if (account === undefined) return true
  const test = spawnSync('/bin/sh', ['-c', 'test -x "$1"', 'belfry', path], { cwd: '/', stdio: 'ignore', ...account })
  if (test.error) throw new Error(`cannot run a process as user ${account.uid}`, { cause: test.error })
  return test.status === 0
}
