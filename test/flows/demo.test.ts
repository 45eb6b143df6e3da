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
  observed: z.object({ targets: z.number(), up: z.number(), series: z.number(), firing: z.array(z.string()) }),
})

it('gives everybody exactly what an independent model says they are owed, and a Prometheus sees it', {
  timeout: 240_000,
}, async () => {
  const demo = startProgram('test/demo/main.js', {
    args: ['--json', '--observe', '--guilds', '6', '--viewers', '5', '--seconds', '15'],
  })
  const { text } = await demo.waitForLine((one) => one.text.startsWith('Prometheus:'), { timeoutMs: 180_000 })
  const prometheus = text.replace(/^\S+\s+/, '').replace(/\/graph$/, '')
  expect((await fetch(`${prometheus}/-/ready`)).status).toBe(200)
  const { code } = await demo.exited
  const said = demo.lines.map((one) => one.text)
  const lookHere = said.filter((one) => /^(Prometheus|alerts|targets|pictures of game days): /.test(one))
  const [first, ...more] = said.filter((one) => !lookHere.includes(one))
  expect({ code, more }, demo.tail()).toEqual({ code: 0, more: [] })
  await expect(fetch(`${prometheus}/-/ready`), 'it ends with the demo').rejects.toThrow()
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
  expect(result.observed).toMatchObject({ targets: 4, up: 4 })
  expect(result.observed.series).toBeGreaterThan(500)
})
