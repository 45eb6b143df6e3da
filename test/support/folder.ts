import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onCleanUp } from './cleanup.ts'

/**
 * A new folder that is removed at the end of the test file. Every user may pass through it: PostgreSQL runs as another
 * one when we are root.
 */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'belfry-test-'))
  onCleanUp(() => rm(folder, { recursive: true, force: true }))
  await chmod(folder, 0o711)
  return folder
}
