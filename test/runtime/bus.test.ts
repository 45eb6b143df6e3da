import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'nats'
import { afterAll, describe, expect, it } from 'vitest'
import {
  type Bus,
  type ConsumeOptions,
  createBus,
  type Message,
  type StreamDefinition,
} from '../../cluster/runtime/bus.ts'
import { type EmbeddedNats, freePort, startNats } from '../../cluster/runtime/embedded.ts'
import { createLog } from '../../cluster/runtime/log.ts'
import { onCleanUp } from '../support/cleanup.ts'
import { temporaryFolder } from '../support/folder.ts'
import { sharedNatsUrl, startOwnNats } from '../support/nats.ts'
import { until } from '../support/wait.ts'

const log = createLog({ process: 'test', level: process.env.TEST_LOG ?? 'silent' })
const soon = { timeoutMs: 5_000 }

const buses: Bus[] = []
afterAll(() => Promise.all(buses.map((bus) => bus.stop())))

function aBus(url: string): Bus {
  const bus = createBus({ url, name: 'bus test', log })
  buses.push(bus)
  return bus
}

async function aStartedBus(url = sharedNatsUrl()): Promise<Bus> {
  const bus = aBus(url)
  await bus.start()
  return bus
}

/** A stream of its own, also on the server that all tests share. */
function aStream(options: Partial<StreamDefinition> = {}): StreamDefinition & { subject: string } {
  const name = `T${randomBytes(6).toString('hex')}`
  return {
    name,
    subjects: [`${name}.*`],
    maxAgeSeconds: 600,
    duplicateWindowSeconds: 120,
    subject: `${name}.a`,
    ...options,
  }
}

/** Takes messages and keeps what it was handed; ends each as `end` says, at first by `ack`. */
function aConsumer(
  bus: Bus,
  stream: StreamDefinition,
  options: Partial<ConsumeOptions> & { end?: (message: Message) => void } = {},
) {
  const got: { body: unknown; deliveries: number }[] = []
  const { end = (message: Message) => message.ack(), ...others } = options
  const consumer = bus.consume(
    { stream, durable: 'd', filter: stream.subjects[0] ?? '', batch: 10, ackWaitSeconds: 1, ...others },
    async (messages) => {
      for (const message of messages) {
        got.push({ body: message.json(), deliveries: message.deliveries })
        end(message)
      }
    },
  )
  return { got, bodies: () => got.map(({ body }) => body), stop: () => consumer.stop() }
}

/** A bus with a stream that is there. */
async function aStreamOn(bus: Bus, options: Partial<StreamDefinition> = {}) {
  const stream = aStream(options)
  bus.declare(stream)
  await until(() => bus.publish(`${stream.name}.first`, {}, { id: 'first', timeoutMs: 1_000 }), { what: 'the stream' })
  return stream
}

async function publishAll(bus: Bus, subject: string, ...bodies: readonly unknown[]): Promise<void> {
  for (const body of bodies) await bus.publish(subject, body, { id: `id ${body}`, ...soon })
}

describe('a message that is published', () => {
  it('is acknowledged once it is stored, and one with the same id is stored once', async () => {
    const bus = await aStartedBus()
    const stream = await aStreamOn(bus)
    expect(await bus.publish(stream.subject, 1, { id: 'one', ...soon })).toEqual({ duplicate: false })
    expect(await bus.publish(stream.subject, 1, { id: 'one', ...soon })).toEqual({ duplicate: true })
    expect(await bus.publish(stream.subject, 2, { id: 'two', ...soon })).toEqual({ duplicate: false })
    const { bodies } = aConsumer(bus, stream, { filter: stream.subject })
    await until(() => bodies().length >= 2, { what: 'both messages' })
    expect(bodies()).toEqual([1, 2])
  })

  it('for which there is no stream is refused', async () => {
    const bus = await aStartedBus()
    await expect(bus.publish(`nowhere.${randomBytes(4).toString('hex')}`, 1, { id: 'x', ...soon })).rejects.toThrow()
  })

  it('is refused within its time when the server is frozen, and at once when it is known to be away', async () => {
    const server = await startOwnNats()
    const bus = await aStartedBus(server.url)
    const stream = await aStreamOn(bus)
    process.kill(server.pid, 'SIGSTOP')
    let tookMs = 0
    for (let isRefused = false; !isRefused; ) {
      // the server may still answer until the signal has reached it
      const startedAt = performance.now()
      isRefused = await bus.publish(stream.subject, 1, { id: 'frozen', timeoutMs: 300 }).then(
        () => false,
        () => true,
      )
      tookMs = performance.now() - startedAt
    }
    expect(tookMs).toBeLessThan(1_500)
    process.kill(server.pid, 'SIGCONT')

    await server.kill()
    await until(() => !bus.isConnected, { what: 'the loss to be noticed' })
    const refusedAt = performance.now()
    await expect(bus.publish(stream.subject, 1, { id: 'away', ...soon })).rejects.toThrow('the bus is not connected')
    expect(performance.now() - refusedAt).toBeLessThan(50)
  })
})

describe('a consumer', () => {
  it('gets batches of what is there, each with its subject and its time, in their order', async () => {
    const bus = await aStartedBus()
    const stream = await aStreamOn(bus)
    const before = Date.now()
    await publishAll(bus, stream.subject, 1, 2, 3, 4, 5)
    const batches: (readonly Message[])[] = []
    bus.consume({ stream, durable: 'd', filter: stream.subject, batch: 3, ackWaitSeconds: 30 }, async (messages) => {
      batches.push(messages)
      for (const message of messages) message.ack()
    })
    await until(() => batches.flat().length === 5, { what: 'five messages' })
    expect(batches.every((batch) => batch.length <= 3)).toBe(true)
    expect(batches.length).toBeLessThan(5)
    expect(batches.flat().map((message) => message.json())).toEqual([1, 2, 3, 4, 5])
    for (const { subject, storedAt, deliveries } of batches.flat()) {
      expect({ subject, deliveries }).toEqual({ subject: stream.subject, deliveries: 1 })
      expect(storedAt).toBeGreaterThan(before - 1_000)
      expect(storedAt).toBeLessThan(Date.now() + 1_000)
    }
  })

  it('gets again what it gave back, after the delay', async () => {
    const bus = await aStartedBus()
    const stream = await aStreamOn(bus)
    const times: number[] = []
    const { got } = aConsumer(bus, stream, {
      filter: stream.subject,
      ackWaitSeconds: 30,
      end: (message) => {
        if (times.push(performance.now()) === 1) message.nak(400)
        else message.ack()
      },
    })
    await publishAll(bus, stream.subject, 'back')
    await until(() => got.length === 2, { what: 'the second delivery' })
    expect(got[0]).toEqual({ body: 'back', deliveries: 1 })
    expect(got[1]?.body).toBe('back')
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(350)
  })

  it('gets again what it has not ended in time, even if its handler failed, and never what it called unreadable', async () => {
    const bus = await aStartedBus()
    const stream = await aStreamOn(bus)
    const seen: string[] = []
    bus.consume({ stream, durable: 'd', filter: stream.subject, batch: 1, ackWaitSeconds: 1 }, async ([message]) => {
      if (message === undefined) return
      const body = String(message.json())
      const isFirst = !seen.includes(body)
      seen.push(body)
      if (body === 'unreadable') return message.term()
      if (isFirst) throw new Error('the handler fails')
      message.ack()
    })
    const timesOf = (body: string) => seen.filter((one) => one === body).length
    await publishAll(bus, stream.subject, 'unreadable', 'left')
    await until(() => timesOf('left') >= 2, { what: 'the second delivery' })
    await publishAll(bus, stream.subject, 'last')
    await until(() => timesOf('last') >= 2, { what: 'the last message' })
    expect(timesOf('unreadable')).toBe(1)
  })

  it('is told when a body is not JSON', async () => {
    const bus = await aStartedBus()
    const stream = await aStreamOn(bus)
    const raw = await connect({ servers: sharedNatsUrl() })
    onCleanUp(() => raw.close())
    const failures: unknown[] = []
    bus.consume({ stream, durable: 'd', filter: stream.subject, batch: 1, ackWaitSeconds: 30 }, async ([message]) => {
      try {
        message?.json()
      } catch (error) {
        failures.push(error)
      }
      message?.term()
    })
    raw.publish(stream.subject, 'not { json')
    await until(() => failures.length > 0, { what: 'the failure' })
    expect(failures[0]).toBeInstanceOf(SyntaxError)
  })

  it('handles as many batches at once as it may, and no more', async () => {
    const bus = await aStartedBus()
    const stream = await aStreamOn(bus)
    let inHand = 0
    let most = 0
    let handled = 0
    bus.consume(
      { stream, durable: 'd', filter: stream.subject, batch: 1, ackWaitSeconds: 30, concurrency: 2 },
      async (messages) => {
        most = Math.max(most, ++inHand)
        await sleep(30) // as long as a small transaction
        inHand--
        handled++
        for (const message of messages) message.ack()
      },
    )
    await publishAll(bus, stream.subject, 1, 2, 3, 4, 5, 6)
    await until(() => handled === 6, { what: 'six messages' })
    expect(most).toBe(2)
  })

  it('that is stopped finishes what it has in hand and takes nothing new', async () => {
    const bus = await aStartedBus()
    const stream = await aStreamOn(bus)
    const story: string[] = []
    let finish = () => {}
    const finished = new Promise<void>((resolve) => {
      finish = resolve
    })
    const consumer = bus.consume(
      { stream, durable: 'd', filter: stream.subject, batch: 1, ackWaitSeconds: 30 },
      async ([message]) => {
        story.push(`begins ${message?.json()}`)
        await finished
        message?.ack()
        story.push('ends')
      },
    )
    await publishAll(bus, stream.subject, 1, 2)
    await until(() => story.length === 1, { what: 'the first message' })
    const stopped = consumer.stop().then(() => story.push('stopped'))
    finish()
    await stopped
    expect(story).toEqual(['begins 1', 'ends', 'stopped'])
    const rest = aConsumer(bus, stream, { filter: stream.subject })
    await until(() => rest.got.length === 1, { what: 'what was left' })
    expect(rest.bodies()).toEqual([2])
  })

  it.each([
    ['a restart', async (server: EmbeddedNats) => server.restart()],
    ['a crash', async (server: EmbeddedNats) => server.kill().then(() => server.restart())],
  ])('comes back after %s of the server, to what it had not ended and to what is new', async (how, goAndComeBack) => {
    const server = await startOwnNats()
    const bus = await aStartedBus(server.url)
    const stream = await aStreamOn(bus)
    await publishAll(bus, stream.subject, 1, 2, 3)
    const first = aConsumer(bus, stream, {
      filter: stream.subject,
      end: (message) => {
        if (message.json() === 1) message.ack()
      },
    })
    await until(() => first.got.length >= 3, { what: 'three messages' })
    await first.stop()

    const second = aConsumer(bus, stream, { filter: stream.subject })
    const isLost = until(() => !bus.isConnected, { what: 'the loss to be noticed' })
    await goAndComeBack(server)
    await isLost
    await until(() => bus.isConnected, { what: 'the connection' })
    await publishAll(bus, stream.subject, 4)
    await until(() => [2, 3, 4].every((body) => second.bodies().includes(body)), { what: 'all the others' })
    // In a crash the server may forget what was acknowledged last; then it is delivered again.
    if (how === 'a restart') expect(second.bodies()).not.toContain(1)
  })

  it('hands over what it has although the server freezes while it asks for more', async () => {
    const server = await startOwnNats()
    const bus = await aStartedBus(server.url)
    const stream = await aStreamOn(bus)
    const { got, bodies } = aConsumer(bus, stream, { filter: stream.subject, lingerMs: 300, ackWaitSeconds: 30 })
    await publishAll(bus, stream.subject, 'before')
    await until(() => got.length === 1, { what: 'the consumer to work' })
    await publishAll(bus, stream.subject, 'last')
    await sleep(150) // half of the linger: the message is in hand, and the request for more not yet sent
    process.kill(server.pid, 'SIGSTOP')
    await until(() => bodies().includes('last'), { what: 'the message in hand', timeoutMs: 3_000 })
    process.kill(server.pid, 'SIGCONT')
    await publishAll(bus, stream.subject, 'next')
    await until(() => bodies().includes('next'), { what: 'the next message' })
  })

  it('comes back when its stream was deleted, and makes it anew', async () => {
    const bus = await aStartedBus()
    const stream = await aStreamOn(bus)
    const { bodies } = aConsumer(bus, stream, { filter: stream.subject })
    await publishAll(bus, stream.subject, 'before')
    await until(() => bodies().includes('before'), { what: 'the first message' })
    const raw = await connect({ servers: sharedNatsUrl() })
    onCleanUp(() => raw.close())
    await (await raw.jetstreamManager()).streams.delete(stream.name)
    await until(() => bus.publish(stream.subject, 'after', { id: 'after', timeoutMs: 500 }), { what: 'the stream' })
    await until(() => bodies().includes('after'), { what: 'the message of the new stream' })
  })
})

describe('a stream', () => {
  it('is brought up to date when its definition has changed, and keeps what is in it', async () => {
    const bus = await aStartedBus()
    const stream = await aStreamOn(bus)
    await publishAll(bus, stream.subject, 'kept')
    bus.declare({ ...stream, maxAgeSeconds: 1_200 })
    const raw = await connect({ servers: sharedNatsUrl() })
    onCleanUp(() => raw.close())
    const manager = await raw.jetstreamManager()
    const info = await until(
      async () => {
        const found = await manager.streams.info(stream.name)
        return found.config.max_age === 1_200e9 && found
      },
      { what: 'the new age' },
    )
    expect(info.state.messages).toBe(2)
  })
})

describe('a hint', () => {
  it('reaches everybody who listens now, and nobody who has stopped listening', async () => {
    const [sender, listener] = [await aStartedBus(), await aStartedBus()]
    const subject = `hint.${randomBytes(4).toString('hex')}`
    const heard: unknown[] = []
    const stop = listener.onHint(subject, (body, on) => heard.push(['first', body, on]))
    listener.onHint(subject, (body) => heard.push(['second', body]))
    const hintUntil = (n: number, isHeard: () => boolean) =>
      until(
        () => {
          sender.hint(subject, { n })
          return isHeard()
        },
        { what: `hint ${n}` },
      )
    await hintUntil(1, () => heard.length >= 2)
    expect(heard.slice(0, 2)).toEqual([
      ['first', { n: 1 }, subject],
      ['second', { n: 1 }],
    ])
    stop()
    heard.length = 0
    await hintUntil(2, () => JSON.stringify(heard).includes('2'))
    expect(heard.filter((each) => Array.isArray(each) && each[0] === 'first')).toEqual([])
  })

  it('reaches who has asked for it before there was a connection; one that cannot be read was lost', async () => {
    const bus = aBus(sharedNatsUrl())
    const subject = `hint.${randomBytes(4).toString('hex')}`
    const heard: unknown[] = []
    bus.onHint(subject, (body) => heard.push(body))
    await bus.start()
    const raw = await connect({ servers: sharedNatsUrl() })
    onCleanUp(() => raw.close())
    await until(
      () => {
        raw.publish(subject, 'not { json')
        raw.publish(subject, '"fine"')
        return heard.length > 0
      },
      { what: 'the hint' },
    )
    expect(new Set(heard)).toEqual(new Set(['fine']))
  })

  it('is dropped while there is no connection', () => {
    const bus = aBus('nats://127.0.0.1:1')
    expect(() => bus.hint('hint.nobody', {})).not.toThrow()
  })
})

describe('a bus', () => {
  it('starts although there is no server, and works as soon as there is one', async () => {
    const port = await freePort()
    const bus = aBus(`nats://127.0.0.1:${port}`)
    const stream = aStream()
    bus.declare(stream)
    const { bodies } = aConsumer(bus, stream, { filter: stream.subject })
    const startedAt = performance.now()
    await bus.start()
    expect(performance.now() - startedAt).toBeLessThan(3_000)
    expect(bus.isConnected).toBe(false)
    await expect(bus.publish(stream.subject, 1, { id: 'early', ...soon })).rejects.toThrow('the bus is not connected')

    const folder = await temporaryFolder()
    const server = await startNats({ storeDir: `${folder}/nats`, port, persistent: false })
    onCleanUp(() => server.stop())
    await until(() => bus.isConnected, { what: 'the connection' })
    await publishAll(bus, stream.subject, 'hello')
    await until(() => bodies().includes('hello'), { what: 'the message' })
  })

  it('that could not make its streams tries again until it can', async () => {
    const server = await startOwnNats()
    const raw = await connect({ servers: server.url })
    onCleanUp(() => raw.close())
    const manager = await raw.jetstreamManager()
    await manager.streams.add({ name: 'IN_THE_WAY', subjects: ['way.>'] })
    const stream = aStream({ subjects: ['way.*'] })
    const bus = aBus(server.url)
    bus.declare(stream)
    await bus.start()
    expect(bus.isConnected).toBe(false)
    await manager.streams.delete('IN_THE_WAY')
    await until(() => bus.isConnected, { what: 'the connection' })
    expect(await bus.publish('way.a', 1, { id: 'one', ...soon })).toEqual({ duplicate: false })
  })

  it('that is stopped without ever having met a server ends at once, and does not connect later', async () => {
    const port = await freePort()
    const bus = aBus(`nats://127.0.0.1:${port}`)
    await bus.start()
    const stoppedAt = performance.now()
    await bus.stop()
    expect(performance.now() - stoppedAt).toBeLessThan(500)
  })

  it('stops within three seconds although its server is gone', async () => {
    const server = await startOwnNats()
    const bus = await aStartedBus(server.url)
    const stream = await aStreamOn(bus)
    aConsumer(bus, stream)
    await server.kill()
    await until(() => !bus.isConnected, { what: 'the loss to be noticed' })
    const stoppedAt = performance.now()
    await bus.stop()
    expect(performance.now() - stoppedAt).toBeLessThan(3_000)
    expect(bus.isConnected).toBe(false)
  })
})
