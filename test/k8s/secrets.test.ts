import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { onCleanUp } from '../support/cleanup.ts'
import { startProgram } from '../support/process.ts'
import { environmentOf } from './check/environment.ts'
import { podsOf } from './check/pods.ts'
import { overlayFolder, render } from './render.ts'

const rendered = render(overlayFolder('production'))

describe('a pod whose secrets are not there', () => {
  /** Something that listens where the database is said to be, and counts who comes. */
  const aDoor = async () => {
    let visits = 0
    const server = createServer((socket) => {
      visits++
      socket.destroy()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onCleanUp(async () => void server.close())
    return { url: `postgres://127.0.0.1:${(server.address() as AddressInfo).port}/belfry`, visits: () => visits }
  }

  /** Starts the container of a workload as the kubelet would, with what these Secrets hold. */
  const startPod = async (workload: string, secrets: Readonly<Record<string, string>>) => {
    const manifests = await rendered
    const container = manifests
      .filter(({ name }) => name === workload)
      .flatMap((one) => podsOf(one)?.containers ?? [])[0]?.container
    if (container === undefined) throw new Error(`${workload} has no container`)
    const env = environmentOf(container, manifests, (_, { key }) => secrets[key])
    const [file = ''] = container.args ?? []
    return startProgram(file.replace(/^dist\//, ''), { env: { ...env, HTTP_PORT: '0' } })
  }

  it('does not start half: the process says which are missing, all at once, before it connects anywhere', async () => {
    const door = await aDoor()
    for (const workload of ['manager', 'front-door']) {
      const program = await startPod(workload, { uri: door.url })
      expect((await program.exited).code, workload).toBe(1)
      expect(
        program.lines.map(({ text }) => text.trim()),
        workload,
      ).toEqual([
        'belfry: the configuration has 4 faults:',
        'DISCORD_TOKEN is missing',
        'KICK_CLIENT_ID is missing',
        'KICK_CLIENT_SECRET is missing',
        'SECRETS_KEY is missing',
      ])
    }
    expect(door.visits()).toBe(0)
  })

  it('takes a key that is there and empty for one that is missing, and names a value of the wrong form', async () => {
    const door = await aDoor()
    const secrets = {
      uri: door.url,
      DISCORD_TOKEN: '',
      KICK_CLIENT_ID: 'a',
      KICK_CLIENT_SECRET: ' ',
      SECRETS_KEY: 'short',
    }
    const program = await startPod('manager', secrets)
    expect((await program.exited).code).toBe(1)
    expect(program.lines.map(({ text }) => text.trim())).toEqual([
      'belfry: the configuration has 3 faults:',
      'DISCORD_TOKEN is missing',
      'KICK_CLIENT_SECRET is missing',
      'SECRETS_KEY is wrong: must be 64 hexadecimal digits',
    ])
    expect(door.visits()).toBe(0)
    const scheduler = await startPod('scheduler', { uri: '' })
    expect((await scheduler.exited).code).toBe(1)
    expect(scheduler.tail()).toContain('DATABASE_URL is missing')
  })
})
