import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { connect as connectNats, type NatsConnection, StringCodec } from 'nats'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { freePort, startNats, startPostgres } from '../../cluster/runtime/embedded.ts'
import { createSql, type Sql } from '../../sql/client.ts'
import { temporaryFolder } from '../support/folder.ts'
import { startProgram } from '../support/process.ts'
import { until } from '../support/wait.ts'

let folder: string
beforeAll(async () => {
  folder = await temporaryFolder()
})

describe('an embedded PostgreSQL', () => {
  it('keeps its data, port and password over restarts, stops and crashes', async () => {
    const dataDir = join(folder, 'kept')
    const first = await startPostgres({ dataDir, persistent: true })
    onTestFinished(() => first.stop())
    await query(first.url, async (sql) => {
      await sql`create table kept (n int)`
      await sql`insert into kept values (1)`
    })
    const before = first.pid
    await first.restart()
    expect(first.pid).not.toBe(before)
    await query(first.url, (sql) => sql`insert into kept values (2)`)
    await first.stop({ mode: 'immediate' })
    expect(await isListening(first.url)).toBe(false)

    const port = Number(new URL(first.url).port)
    const second = await startPostgres({ dataDir, persistent: true, port })
    onTestFinished(() => second.stop())
    expect(second.url).toBe(first.url)
    const rows = await query(second.url, (sql) => sql<{ n: number }[]>`select n from kept order by n`)
    expect(rows.map(({ n }) => n)).toEqual([1, 2])
    await second.stop()
    await second.stop()
  })

  it('refuses data that another one uses, and says so', async () => {
    const dataDir = join(folder, 'contested')
    const first = await startPostgres({ dataDir, persistent: true })
    onTestFinished(() => first.stop())
    await expect(startPostgres({ dataDir, persistent: true })).rejects.toThrow(/in use by another PostgreSQL, process/)
    expect(await query(first.url, (sql) => sql`select 1 as one`)).toEqual([{ one: 1 }])
  })

  it('is made once, though two start on the same new folder at once', async () => {
    const dataDir = join(folder, 'twins')
    const outcomes = await Promise.allSettled([1, 2].map(() => startPostgres({ dataDir, persistent: true })))
    const started = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    onTestFinished(async () => {
      await Promise.all(started.map((server) => server.stop()))
    })
    expect(started).toHaveLength(1)
  })

  it('that is temporary removes its folder, and takes none that exists', async () => {
    const dataDir = join(folder, 'temporary')
    const server = await startPostgres({ dataDir, persistent: false, settings: { max_connections: '17' } })
    onTestFinished(() => server.stop())
    expect(await query(server.url, (sql) => sql`show max_connections`)).toEqual([{ maxConnections: '17' }])
    await server.restart()
    await server.stop()
    expect(existsSync(dataDir)).toBe(false)

    await mkdir(dataDir)
    await writeFile(join(dataDir, 'precious'), 'yes')
    await expect(startPostgres({ dataDir, persistent: false })).rejects.toThrow(/exists already/)
    expect(await readFile(join(dataDir, 'precious'), 'utf8')).toBe('yes')
  })

  it('lets nobody in without the password', async () => {
    const server = await startPostgres({ dataDir: join(folder, 'locked'), persistent: false })
    onTestFinished(() => server.stop())
    const url = new URL(server.url)
    url.password = 'guess'
    await expect(query(url.href, (sql) => sql`select 1`)).rejects.toThrow(/password authentication failed/)
  })

  it('shows the end of the log of a server that does not come up', async () => {
    const options = { dataDir: join(folder, 'faulty'), persistent: false, settings: { shared_buffers: 'plenty' } }
    await expect(startPostgres(options)).rejects.toThrow(/invalid value for parameter "shared_buffers"/)
    expect(existsSync(options.dataDir)).toBe(false)
  })
})

describe('an embedded NATS', () => {
  const text = StringCodec()

  it('keeps its store over a crash and a restart', async () => {
    const server = await startNats({ storeDir: join(folder, 'store') })
    onTestFinished(() => server.stop())
    await session(server.url, async (nats) => {
      const manager = await nats.jetstreamManager()
      await manager.streams.add({ name: 'kept', subjects: ['kept.>'] })
      await nats.jetstream().publish('kept.one', text.encode('one'))
    })
    const before = server.pid
    await server.kill()
    expect(await isListening(server.url)).toBe(false)
    await server.restart()
    expect(server.pid).not.toBe(before)
    await session(server.url, async (nats) => {
      const manager = await nats.jetstreamManager()
      const message = await manager.streams.getMessage('kept', { seq: 1 })
      expect(text.decode(message.data)).toBe('one')
      expect(nats.info?.max_payload).toBe(1_048_576)
    })
  })

  it('refuses a store that another one uses', { timeout: 20_000 }, async () => {
    const storeDir = join(folder, 'contested-store')
    const server = await startNats({ storeDir })
    onTestFinished(() => server.stop())
    await expect(startNats({ storeDir })).rejects.toThrow(/in use by nats-server process/)
  })

  it('fails on a port that is taken', async () => {
    const port = await freePort()
    const server = await startNats({ storeDir: join(folder, 'first'), port, persistent: false })
    onTestFinished(() => server.stop())
    await expect(startNats({ storeDir: join(folder, 'second'), port, persistent: false })).rejects.toThrow(
      /address already in use/,
    )
  })
})

describe('when the process that started them is killed', () => {
  it.each(['persistent', 'temporary'])('the servers stop, and their folders stay only if %s', async (kind) => {
    const place = join(folder, `orphans-${kind}`)
    await mkdir(place)
    const owner = startProgram('test/runtime/embedded-owner.js', { args: [place, kind] })
    const { fields } = await owner.waitForLine((line) => line.msg === 'started')
    const [url, natsUrl] = [String(fields.url), String(fields.natsUrl)]
    expect(await isListening(url)).toBe(true)
    expect(await isListening(natsUrl)).toBe(true)

    const sql = createSql(url, { max: 1 })
    onTestFinished(() => sql.end({ timeout: 0 }))
    await sql`select 1` // a client that stays must not keep the server
    await owner.kill('SIGKILL')
    await until(async () => !(await isListening(url)) && !(await isListening(natsUrl)), {
      what: 'both servers to stop',
    })

    if (kind === 'temporary') {
      await until(() => !existsSync(join(place, 'postgres')) && !existsSync(join(place, 'nats')), {
        what: 'the folders to be removed',
      })
    } else {
      const next = await startPostgres({ dataDir: join(place, 'postgres'), persistent: true })
      onTestFinished(() => next.stop())
      const nats = await startNats({ storeDir: join(place, 'nats') })
      onTestFinished(() => nats.stop())
    }
  })
})

async function query<T>(url: string, work: (sql: Sql) => Promise<T> | PromiseLike<T>): Promise<T> {
  const sql = createSql(url, { max: 1 })
  try {
    return await work(sql)
  } finally {
    await sql.end({ timeout: 1 })
  }
}

async function session(url: string, work: (nats: NatsConnection) => Promise<void>): Promise<void> {
  const nats = await connectNats({ servers: url })
  try {
    await work(nats)
  } finally {
    await nats.close()
  }
}

function isListening(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.on('connect', () => resolve(true))
    socket.on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}
