import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One webhook as it arrived, the body untouched. */
export interface Received {
  id: string
  type: string
  timestamp: string
  signature: string
  subscriptionId: string
  headers: IncomingHttpHeaders
  raw: Buffer
}

/** A bare listener for webhooks that keeps what it gets; `answer` decides the status and may wait. */
export class Receiver {
  readonly received: Received[] = []
  readonly url: string
  readonly #close: () => Promise<void>

  private constructor(url: string, received: Received[], close: () => Promise<void>) {
    this.url = url
    this.received = received
    this.#close = close
  }

  static async start(answer: (received: Received) => number | Promise<number> = () => 200): Promise<Receiver> {
    const received: Received[] = []
    const server = createServer((incoming, response) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('end', async () => {
        const header = (name: string) => String(incoming.headers[name] ?? '')
        const one: Received = {
          id: header('kick-event-message-id'),
          type: header('kick-event-type'),
          timestamp: header('kick-event-message-timestamp'),
          signature: header('kick-event-signature'),
          subscriptionId: header('kick-event-subscription-id'),
          headers: incoming.headers,
          raw: Buffer.concat(chunks),
        }
        received.push(one)
        response.writeHead(await answer(one)).end()
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    return new Receiver(`http://127.0.0.1:${port}/webhooks/kick`, received, async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    })
  }

  stop(): Promise<void> {
    return this.#close()
  }
}
