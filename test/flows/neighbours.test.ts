import { beforeAll, expect, it } from 'vitest'
import { pathsOf } from './neighbours/recorded.ts'
import { Side } from './neighbours/side.ts'
import { last, walk } from './neighbours/walk.ts'
import { foreignIn, othersThan, Sent, tablesOfGuilds } from './neighbours/watch.ts'
import { aNeighbourhood, type World } from './neighbours/world.ts'

/**
 * Two servers that have everything by the same names walk every way into every room, one after the other: while one acts, no row of
 * the other changes, and nothing of the other is seen, asked, spoken or told. The steps build upon each other.
 */
let world: World
let tables: readonly string[]
let pair: readonly [Side, Side]
let sent: Sent
/** How often somebody saw a mark of their own server: what was looked through was no empty paper. */
let own = 0
beforeAll(async () => {
  world = await aNeighbourhood()
  tables = await tablesOfGuilds(world.sql)
  sent = new Sent(world)
  const streamer = (word: string) => world.kick.control.addChannel({ username: `Streamer${word}` })
  pair = [
    new Side(world, { word: 'amber', ending: '3571', streamer: streamer('amber') }),
    new Side(world, { word: 'birch', ending: '7919', streamer: streamer('birch') }),
  ]
  for (const side of pair) await side.arrived()
}, 90_000)

it.each([...walk, last])('$name', async (step) => {
  const [a, b] = pair
  for (const [me, other] of [
    [a, b],
    [b, a],
  ] as const) {
    await Promise.all([me.settle(), other.settle()])
    await other.sleep()
    sent.look()
    const before = await othersThan(world.sql, me.id, tables)
    await step.run(me)
    await me.settle()
    expect(await othersThan(world.sql, me.id, tables), `what ${me.word} has changed beyond itself`).toEqual(before)
    expect([...world.heard.faultsOf(me.id), ...world.heard.faultsOf(other.id)]).toEqual([])
    for (const text of me.look()) {
      expect(foreignIn(text, other.marks), text).toEqual([])
      own += foreignIn(text, me.marks).length
    }
    expect(other.look()).toEqual([])
    const { asked, spoken, events } = sent.look()
    for (const line of asked) expect(foreignIn(line, other.marks), line).toEqual([])
    for (const { slug, content } of spoken)
      expect([slug, foreignIn(content, other.marks)], content).toEqual([me.streamer.slug, []])
    for (const { guildId, text } of events) expect([guildId, foreignIn(text, other.marks)], text).toEqual([me.id, []])
  }
})

it('every command that Discord knows, every button, menu and form, and every other way into a room was walked in both', () => {
  const registered = world.discord.world.commands
    .in(null)
    .flatMap((command) => pathsOf(String(command.name), command.options as Parameters<typeof pathsOf>[1]))
  const commands = world.ways.filter((way) => way.startsWith('command '))
  expect(commands.sort()).toEqual(registered.map((path) => `command ${path}`).sort())
  for (const side of pair) expect(world.heard.missing(world.ways, side.id)).toEqual([])
  expect(own).toBeGreaterThan(1_000)
  expect(world.discord.ledger.violations).toEqual([])
})
