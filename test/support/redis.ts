import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { freePort } from '../../cluster/runtime/embedded.ts'
import { onCleanUp } from './cleanup.ts'
import { temporaryFolder } from './folder.ts'
import { until } from './wait.ts'

export interface OwnRedis {
  readonly url: string
  /** Without `redis://`, as some write it. */
  readonly address: string
  readonly program: string
}

/** A redis-server of its own on loopback, which keeps nothing; it ends with the test file. */
export async function startOwnRedis(): Promise<OwnRedis> {
  const port = await freePort()
  const program = 'redis-server'
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--daemonize', 'no']
  const child = spawn(program, args, { cwd: await temporaryFolder(), stdio: 'ignore' })
  onCleanUp(async () => {
    if (child.exitCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'exit')
  })
  const ping = () => promisify(execFile)('redis-cli', ['-h', '127.0.0.1', '-p', String(port), 'ping'])
  await until(async () => (await ping()).stdout.includes('PONG'), { what: 'redis-server to answer' })
  return { url: `redis://127.0.0.1:${port}`, address: `127.0.0.1:${port}`, program }
}
