import { connect, createServer, type Server, type Socket } from 'node:net'

export interface Balancer {
  /** Where the world reaches the front doors. */
  readonly url: string
  /** Connections so far, for each door. */
  readonly counts: readonly number[]
  stop(): Promise<void>
}

/**
 * What stands before the front doors in any deployment: each connection goes to the next door in turn, or to another one when
 * that does not answer.
 */
export async function startBalancer(ports: readonly number[]): Promise<Balancer> {
  const sockets = new Set<Socket>()
  const counts = ports.map(() => 0)
  let next = 0

  const keep = (socket: Socket): Socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    return socket
  }
  const join = (client: Socket, door: number, attemptsLeft: number): void => {
    const port = ports[door % ports.length]
    if (port === undefined || attemptsLeft === 0) return void client.destroy()
    const server = keep(connect({ port, host: '127.0.0.1', noDelay: true }))
    let isJoined = false
    server.once('connect', () => {
      isJoined = true
      counts[door % ports.length] = (counts[door % ports.length] ?? 0) + 1
      client.pipe(server).pipe(client)
    })
    server.on('error', () => {
      if (isJoined) client.destroy()
      else join(client, door + 1, attemptsLeft - 1)
    })
    server.once('close', () => isJoined && client.destroy())
    client.once('close', () => server.destroy())
  }

  const balancer = createServer({ noDelay: true }, (client) => {
    keep(client).on('error', () => client.destroy())
    join(client, next++, ports.length)
  })
  const port = await listen(balancer)
  return {
    url: `http://127.0.0.1:${port}`,
    counts,
    stop: () =>
      new Promise((resolve) => {
        balancer.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

const listen = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
