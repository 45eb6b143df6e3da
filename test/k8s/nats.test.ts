import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from 'nats'
import { describe, expect, it } from 'vitest'
import { kickStream } from '../../cluster/ingress/event.ts'
import { createBus } from '../../cluster/runtime/bus.ts'
import { freePort } from '../../cluster/runtime/embedded.ts'
import { createLog } from '../../cluster/runtime/log.ts'
import { onCleanUp } from '../support/cleanup.ts'
import { temporaryFolder } from '../support/folder.ts'
import { installedProgram } from '../support/program.ts'
import { until } from '../support/wait.ts'
import { overlayFolder, render } from './render.ts'

const program = installedProgram(['nats-server'], '')
const names = ['nats-0', 'nats-1', 'nats-2']

interface Server {
  readonly name: string
  readonly url: string
  kill(): Promise<void>
}

/** The three servers of production, by the file that their pods read; only names, ports and folders are those of this machine. */
async function startCluster(): Promise<Server[]> {
  const manifests = await render(overlayFolder('production'))
  const map = manifests.find(({ kind, name }) => kind === 'ConfigMap' && name.startsWith('nats-'))
  const production = ((map?.value.data ?? {}) as Record<string, string>)['nats.conf'] ?? ''
  const [, minor = 0] = /v2\.(\d+)/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' })) ?? []
  const folder = await temporaryFolder()
  const routes = new Map<string, number>()
  for (const name of names) routes.set(name, await freePort())
  return Promise.all(
    names.map(async (name) => {
      const [port, monitor] = [await freePort(), await freePort()]
      const own = join(folder, name)
      await mkdir(own)
      const text = production
        .replace('port: 4222', `host: 127.0.0.1\nport: ${port}`)
        .replace('http_port: 8222', `http: 127.0.0.1:${monitor}`)
        .replace('/run/nats/nats.pid', join(own, 'pid'))
        .replace('store_dir: /data', `store_dir: ${own}`)
        .replace('max_file_store: 40GB', 'max_file_store: 1GB')
        .replace('port: 6222', `host: 127.0.0.1\n  port: ${routes.get(name)}`)
        .replaceAll(/(nats-\d)\.nats-peers:6222/g, (_, peer: string) => `127.0.0.1:${routes.get(peer)}`)
        .replace(Number(minor) < 10 ? /^.*sync_interval.*$/m : /$^/, '') // known since 2.10
      expect(text).not.toMatch(/[^\d]4222|8222|6222|\/data|nats-peers/)
      const file = join(own, 'nats.conf')
      await writeFile(file, text)
      const child = spawn(program, ['--config', file], { env: { POD_NAME: name }, stdio: 'ignore' })
      const kill = async () => {
        if (child.exitCode !== null || child.signalCode !== null) return
        child.kill('SIGKILL')
        await once(child, 'exit')
      }
      onCleanUp(kill)
      const said = async (query: string) => (await fetch(`http://127.0.0.1:${monitor}/healthz${query}`)).ok
      await until(() => said('?js-enabled-only=true'), { what: `${name} to live` })
      await until(() => said('?js-server-only=true'), { what: `${name} to be ready` })
      return { name, url: `nats://127.0.0.1:${port}`, kill }
    }),
  )
}

describe('the three servers of production', () => {
  it('keep each stream three times, and go on without one of them', { timeout: 90_000 }, async () => {
    const servers = await startCluster()
    const [first] = servers as [Server, ...Server[]]
    const bus = createBus({
      url: first.url,
      name: 'k8s',
      log: createLog({ process: 'test', level: 'silent' }),
      replicas: 3,
    })
    bus.declare(kickStream)
    onCleanUp(() => bus.stop())
    await bus.start()
    const heard: unknown[] = []
    bus.consume(
      { stream: kickStream, durable: 'k8s', filter: 'kick.>', batch: 10, ackWaitSeconds: 5 },
      async (messages) => {
        for (const message of messages) {
          heard.push(message.json())
          message.ack()
        }
      },
    )
    const publish = (id: string) =>
      until(() => bus.publish('kick.1.0.chat', id, { id, timeoutMs: 2_000 }).then(() => true), {
        what: `${id} to be kept`,
        timeoutMs: 30_000,
      })
    await publish('before')
    await until(() => heard.includes('before'), { what: 'what was said before' })

    const nats = await connect({ servers: servers.map(({ url }) => url) })
    onCleanUp(() => nats.close())
    const manager = await nats.jetstreamManager()
    const { config, cluster } = await manager.streams.info(kickStream.name)
    expect(config.num_replicas).toBe(3)
    expect([cluster?.leader, ...(cluster?.replicas ?? []).map(({ name }) => name)].sort()).toEqual(names)

    await first.kill() // that to which the bus is connected
    await publish('after')
    await until(() => heard.includes('after'), { what: 'what was said after', timeoutMs: 30_000 })
    expect(heard).toEqual(['before', 'after'])
  })
})
