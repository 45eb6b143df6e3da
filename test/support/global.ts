import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startNats, startPostgres } from '../../cluster/runtime/embedded.ts'
import { createSql } from '../../sql/client.ts'
import { migrate } from '../../sql/migrate.ts'
import { cleanUp, onCleanUp } from './cleanup.ts'
import { temporaryFolder } from './folder.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A superuser's; its database is nobody's, see `createDatabase`. */
    postgresUrl: string
    natsUrl: string
  }
}

/** The migrated database that every other one is a copy of. */
export const templateDatabase = 'belfry_template'

/** One PostgreSQL and one NATS for the whole run; gives what stops them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  try {
    const folder = await temporaryFolder()
    const [postgres, nats] = await Promise.all([
      startPostgres({
        dataDir: join(folder, 'postgres'),
        persistent: false,
        settings: { max_connections: '300', shared_buffers: '256MB', max_wal_size: '4GB' },
      }),
      startNats({ storeDir: join(folder, 'nats'), persistent: false }),
    ])
    onCleanUp(() => Promise.all([postgres.stop({ mode: 'immediate' }), nats.stop()]))
    await makeTemplate(postgres.url)
    project.provide('postgresUrl', postgres.url)
    project.provide('natsUrl', nats.url)
    return cleanUp
  } catch (err) {
    await cleanUp()
    throw err
  }
}

async function makeTemplate(adminUrl: string): Promise<void> {
  const admin = createSql(adminUrl, { max: 1 })
  try {
    await admin`create database ${admin(templateDatabase)}`
    const url = new URL(adminUrl)
    url.pathname = templateDatabase
    await migrate(url.href)
    // A copy fails while anyone is connected to the original, autovacuum included.
    await admin`alter database ${admin(templateDatabase)} with is_template true allow_connections false`
  } finally {
    await admin.end()
  }
}
