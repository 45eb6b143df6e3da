import { join } from 'node:path'
import { inject } from 'vitest'
import { type EmbeddedNats, startNats } from '../../cluster/runtime/embedded.ts'
import { onCleanUp } from './cleanup.ts'
import { temporaryFolder } from './folder.ts'

/** The server that all test files share; streams and buckets in it need names of the file's own. */
export const sharedNatsUrl = (): string => inject('natsUrl')

/** A server of its own, empty and up within 50 ms; it is stopped at the end of the test file at the latest. */
export async function startOwnNats(): Promise<EmbeddedNats> {
  const server = await startNats({ storeDir: join(await temporaryFolder(), 'nats'), persistent: false })
  onCleanUp(() => server.stop())
  return server
}
