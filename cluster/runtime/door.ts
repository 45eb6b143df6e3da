import { createServer } from 'node:http'
import { health } from './build.ts'
import type { Service } from './lifecycle.ts'
import type { Log } from './log.ts'
import { registry } from './metrics.ts'

/** What one part of a process says of itself: `ok`, or what is wrong with it. Called for every question. */
export type Part = () => string | Promise<string>

/**
 * The door for operators of a process that has no other: `/healthz` (the event loop turns), `/readyz` (every part says `ok`; what is wrong
 * stands by its name) and `/metrics`. Nothing else is to be had here.
 */
export function createDoor(options: {
  readonly host: string
  readonly port: number
  readonly parts: Readonly<Record<string, Part>>
  readonly log: Log
}): Service {
  const { log } = options
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: string, type = 'text/plain; charset=utf-8') =>
      response.writeHead(status, { 'content-type': type }).end(body)
    switch (request.url) {
      case '/healthz':
        return answer(200, `${health}\n`)
      case '/readyz': {
        const parts: Record<string, string> = {}
        for (const [name, state] of Object.entries(options.parts)) parts[name] = await state()
        const isReady = Object.values(parts).every((state) => state === 'ok')
        const said = { status: isReady ? 'ready' : 'not ready', ...parts }
        return answer(isReady ? 200 : 503, `${JSON.stringify(said)}\n`, 'application/json; charset=utf-8')
      }
      case '/metrics':
        return answer(200, await registry.metrics(), registry.contentType)
      default:
        return answer(404, 'not found\n')
    }
  })
  return {
    name: 'http',
    start: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen(options.port, options.host, () => {
          const address = server.address()
          log.info({ port: typeof address === 'object' ? address?.port : options.port }, 'listening')
          resolve()
        })
      }),
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
