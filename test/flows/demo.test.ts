import { expect, it } from 'vitest'
import { z } from 'zod'
import { startProgram } from '../support/process.ts'

const line = z.object({
  ok: z.boolean(),
  guilds: z.number(),
  viewers: z.number(),
  expectedMinutes: z.number(),
  creditedMinutes: z.number(),
  expectedPoints: z.number(),
  points: z.number(),
  expectedRoles: z.number(),
  grantedRoles: z.number(),
  identifies: z.number(),
  leader: z.string(),
})

it('gives everybody exactly what an independent model says they are owed', { timeout: 240_000 }, async () => {
  const demo = startProgram('test/demo/main.js', {
    args: ['--json', '--guilds', '6', '--viewers', '5', '--seconds', '15'],
  })
  const { code } = await demo.exited
  const [first, ...more] = demo.lines.map(({ text }) => text)
  expect({ code, more }, demo.tail()).toEqual({ code: 0, more: [] })
  const result = line.parse(JSON.parse(first ?? ''))
  expect(result).toMatchObject({
    ok: true,
    guilds: 6,
    viewers: 30,
    creditedMinutes: result.expectedMinutes,
    points: result.expectedPoints,
    grantedRoles: result.expectedRoles,
    identifies: 8,
  })
  expect(result.expectedMinutes).toBeGreaterThan(50)
  expect(result.expectedRoles).toBeGreaterThan(0)
  expect(result.leader).toMatch(/^scheduler-/)
})
