import { describe, expect, it } from 'vitest'
import { type Running, run, type Service } from '../../cluster/runtime/lifecycle.ts'
import type { Log } from '../../cluster/runtime/log.ts'

/** What happened, in its order: `start a`, `started a`, `stop a`, `stopped a`, and lines of the log. */
type Story = string[]

/** Something a service waits for. */
interface Gate {
  readonly passed: Promise<void>
  open(): void
}

function aGate(): Gate {
  let open = () => {}
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { passed, open }
}

const aService = (
  name: string,
  story: Story,
  does: { start?: () => Promise<unknown>; stop?: () => Promise<unknown> } = {},
): Service => ({
  name,
  async start() {
    story.push(`start ${name}`)
    await does.start?.()
    story.push(`started ${name}`)
  },
  async stop() {
    story.push(`stop ${name}`)
    await does.stop?.()
    story.push(`stopped ${name}`)
  },
})

function logTo(story: Story, fields: Record<string, unknown>[] = []): Log {
  const write = (field: Record<string, unknown>, message: string) => {
    fields.push(field)
    story.push(`log: ${message}`)
  }
  return { info: write, error: write } as unknown as Log
}

const fails = () => Promise.reject(new Error('it does not work'))
const never = () => new Promise<never>(() => {})
const handlers = () => [process.listenerCount('SIGTERM'), process.listenerCount('SIGINT')]

/** Runs and gives what happened until the end. */
async function play(services: readonly Service[], story: Story, then: (running: Running) => void): Promise<number> {
  const running = await run(services, { log: logTo(story), graceMs: 5_000 })
  then(running)
  return running.finished
}

describe('services', () => {
  it('start one after the other and stop in reverse', async () => {
    const story: Story = []
    const services = ['a', 'b', 'c'].map((name) => aService(name, story))
    expect(await play(services, story, (running) => running.stop('the test is over'))).toBe(0)
    expect(story).toEqual([
      ...['start a', 'started a', 'start b', 'started b', 'start c', 'started c', 'log: stopping'],
      ...['stop c', 'stopped c', 'stop b', 'stopped b', 'stop a', 'stopped a'],
    ])
  })

  it('stop when one after them fails to start, which itself is not stopped, and end with code 1', async () => {
    const story: Story = []
    const services = [aService('a', story), aService('b', story, { start: fails }), aService('c', story)]
    expect(await play(services, story, () => {})).toBe(1)
    expect(story).toEqual([
      ...['start a', 'started a', 'start b', 'log: service failed to start', 'log: stopping'],
      ...['stop a', 'stopped a'],
    ])
  })

  it('stop all the same when one of them fails to, and end with code 1', async () => {
    const story: Story = []
    const services = [aService('a', story), aService('b', story, { stop: fails }), aService('c', story)]
    expect(await play(services, story, (running) => running.stop('the test is over'))).toBe(1)
    expect(story.slice(-6)).toEqual([
      ...['stop c', 'stopped c', 'stop b', 'log: service failed to stop', 'stop a', 'stopped a'],
    ])
  })

  it('stop once, whoever asks again', async () => {
    const story: Story = []
    const gate = aGate()
    const code = await play([aService('a', story, { stop: () => gate.passed })], story, (running) => {
      running.stop('first')
      running.stop('second')
      gate.open()
    })
    expect(code).toBe(0)
    expect(story.filter((line) => line === 'stop a' || line === 'log: stopping')).toEqual(['log: stopping', 'stop a'])
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('stop on %s, and listen to it no longer', async (signal) => {
    const before = handlers()
    const story: Story = []
    const code = await play([aService('a', story)], story, () => process.emit(signal, signal))
    expect(code).toBe(0)
    expect(story.slice(-3)).toEqual(['log: stopping', 'stop a', 'stopped a'])
    expect(handlers()).toEqual(before)
  })

  it('are given the grace period to stop; then the process is told to end, and who is to blame', async () => {
    const story: Story = []
    const fields: Record<string, unknown>[] = []
    const services = [aService('a', story), aService('b', story, { stop: never })]
    const running = await run(services, { log: logTo(story, fields), graceMs: 50 })
    running.stop('the test is over')
    expect(await running.finished).toBe(1)
    expect(story.slice(-2)).toEqual(['stop b', 'log: grace period is over'])
    expect(fields.at(-1)).toEqual({ graceMs: 50, waitingFor: ['a', 'b'] })
  })

  it('are not started any more when the signal comes early; the one in hand is waited for, then all stop', async () => {
    const story: Story = []
    const gate = aGate()
    const services = [
      aService('a', story),
      aService('b', story, {
        start: () => {
          process.emit('SIGTERM', 'SIGTERM')
          setImmediate(gate.open)
          return gate.passed
        },
      }),
      aService('c', story),
    ]
    expect(await play(services, story, () => {})).toBe(0)
    expect(story).toEqual([
      ...['start a', 'started a', 'start b', 'log: stopping', 'started b'],
      ...['stop b', 'stopped b', 'stop a', 'stopped a'],
    ])
  })

  it('that never finish starting do not hold up the end for longer than the grace period', async () => {
    const story: Story = []
    const fields: Record<string, unknown>[] = []
    const stuck = aService('b', story, {
      start: () => {
        process.emit('SIGTERM', 'SIGTERM')
        return never()
      },
    })
    const running = await run([aService('a', story), stuck], { log: logTo(story, fields), graceMs: 50 })
    expect(await running.finished).toBe(1)
    expect(fields.at(-1)).toEqual({ graceMs: 50, waitingFor: ['a', 'b'] })
  })
})
