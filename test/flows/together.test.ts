import { Routes } from 'discord.js'
import { beforeAll, describe, expect, it } from 'vitest'
import type { GuildId } from '../../cluster/runtime/ids.ts'
import type { SeenMessage } from '../standins/discord/index.ts'
import { Side, type Used } from './neighbours/side.ts'
import { walk } from './neighbours/walk.ts'
import { foreignIn, othersThan, Sent, tablesOfGuilds } from './neighbours/watch.ts'
import { aNeighbourhood, type World } from './neighbours/world.ts'

/**
 * Two servers that have everything by the same names, and watch the same channel, walk every way into every room at once; then somebody
 * who manages both, and a third server where there is nothing, use what belongs to the first. The steps build upon each other.
 */
let world: World
let tables: readonly string[]
let a: Side
let b: Side
let sent: Sent
beforeAll(async () => {
  world = await aNeighbourhood()
  tables = await tablesOfGuilds(world.sql)
  sent = new Sent(world)
  const shared = { streamer: world.kick.control.addChannel({ username: 'Streamer' }), isSharing: true }
  a = new Side(world, { word: 'amber', ending: '3571', ...shared })
  b = new Side(world, { word: 'birch', ending: '7919', ...shared, leader: a })
  for (const side of [a, b]) await side.arrived()
}, 90_000)

describe('both at once', () => {
  it.each(walk)('$name', async (step) => {
    await Promise.all([step.run(a), step.run(b)])
    await Promise.all([a.settle(), b.settle()])
    expect([...world.heard.faultsOf(a.id), ...world.heard.faultsOf(b.id)]).toEqual([])
    for (const [me, other] of [
      [a, b],
      [b, a],
    ] as const)
      for (const text of me.look()) expect(foreignIn(text, other.marks), text).toEqual([])
    const { asked, spoken, events } = sent.look()
    /** What goes out is of one of them, never of both. */
    const isOfBoth = (text: string) => foreignIn(text, a.marks).length > 0 && foreignIn(text, b.marks).length > 0
    expect([...asked, ...spoken.map(({ content }) => content)].filter(isOfBoth)).toEqual([])
    for (const { guildId, text } of events) expect(foreignIn(text, (guildId === a.id ? b : a).marks), text).toEqual([])
  })

  it('used every command, button, menu, form, chat command and event of the dashboard in both', () => {
    const asked = world.ways.filter((way) =>
      /^(command|button|select|modal|chat|words|dashboard|event|tick) /.test(way),
    )
    expect(asked.length).toBeGreaterThan(250)
    for (const side of [a, b]) expect(world.heard.missing(asked, side.id)).toEqual([])
    expect(world.discord.ledger.violations).toEqual([])
  })
})

/** All rows of all servers. */
const everything = () => othersThan(world.sql, '0' as GuildId, tables)

/** The bot shows a component of another message in a server; Discord lets nobody use one that the bot has not put there itself. */
async function shownIn(side: Side, component: Used['component']): Promise<SeenMessage> {
  const body = { content: 'forged', components: [{ type: 1, components: [component] }] }
  const { id } = (await world.bot.client.rest.post(Routes.channelMessages(side.channels.log), { body })) as {
    id: string
  }
  const shown = world.discord.control.messagesIn(side.channels.log).find((message) => message.id === id)
  if (shown === undefined) throw new Error('the message is not there')
  return shown
}

/** Uses something in a server, whose id it may bear or not; gives what is answered, or undefined for a form. */
async function useIn(side: Side, used: Used, component = used.component): Promise<SeenMessage | undefined> {
  const by = Object.values(world.shared).includes(used.by) ? used.by : world.shared.boss
  const customId = String(component.custom_id)
  if (used.kind === 'modal') {
    const form = await side.form('giveaway create', { method: 'discord' }, world.shared.boss)
    form.interaction.answer = { kind: 'modal', modal: component }
    return side.submit({ ...form, customId }, typeof used.given === 'object' ? used.given : {})
  }
  const message = await shownIn(side, component)
  const outcome =
    used.kind === 'button'
      ? await side.press(message, customId, by)
      : await side.choose(message, customId, String(used.given), by)
  return outcome.kind === 'message' ? outcome.message : undefined
}

describe('what belongs to one server', () => {
  it('cannot be used in the other by somebody who is in both: every button, menu and form says so, and changes nothing', async () => {
    const kinds = world.ways.filter((way) => /^(button|select|modal) /.test(way))
    expect([...a.used.keys()].sort()).toEqual(kinds.sort())
    await Promise.all([a.sleep(), b.sleep()])
    const before = await everything()
    for (const [kind, used] of a.used)
      expect([kind, (await useIn(b, used))?.content]).toEqual([
        kind,
        'This belongs to another server; please use it there.',
      ])
    await b.settle()
    expect(await everything()).toEqual(before)
    b.look()
  })
})
