import { beforeAll, describe, expect, it } from 'vitest'
import { type Line, type Program, startProgram } from '../support/process.ts'

let program: Program
beforeAll(async () => {
  program = startProgram('test/runtime/log-writer.js')
  await program.exited
})

const line = (msg: string): Line['fields'] => {
  const found = program.lines.find((each) => each.msg === msg)
  if (found === undefined) throw new Error(`no line says "${msg}"\n${program.tail()}`)
  return found.fields
}

describe('a line of the log', () => {
  it('is JSON with the time, the level by name, the process, and the fields', () => {
    expect(line('at the top')).toMatchObject({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      process: 'writer',
      pid: program.pid,
      pod: 'pod-1',
      guildId: '1',
    })
  })

  it('is not written below the level that was asked for', () => {
    expect(program.lines.map(({ msg }) => msg)).toEqual([
      'at the top',
      'one below',
      'two below',
      'tick failed',
      'something else was thrown',
    ])
  })

  it('shows no secret and nothing that anybody wrote, at any of three depths', () => {
    expect(program.lines.map(({ text }) => text).join('\n')).not.toContain('hidden')
    const names = ['token', 'secret', 'authorization', 'password', 'code', 'verifier', 'state', 'accessToken']
    const redacted = Object.fromEntries(
      [...names, 'refreshToken', 'interactionToken', 'content'].map((name) => [name, '[redacted]']),
    )
    expect(line('at the top')).toMatchObject(redacted)
    expect(line('one below').request).toEqual({ path: '/oauth', ...redacted })
    expect(line('two below').event).toEqual({ message: { id: 7, ...redacted } })
  })

  it('tells of an error what explains it, down to its cause, and nothing of what was sent', () => {
    const { err } = line('tick failed')
    expect(err).toEqual({
      type: 'PostgresError',
      message: 'the statement failed',
      stack: expect.stringContaining('log-writer'),
      code: '23505',
      status: 409,
      method: 'POST',
      cause: {
        type: 'Error',
        message: 'connection refused',
        stack: expect.stringContaining('log-writer'),
        code: 'ECONNREFUSED',
      },
    })
    expect(line('something else was thrown').err).toBe('hardly an error')
  })
})
