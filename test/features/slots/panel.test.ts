import { beforeAll, describe, expect, it } from 'vitest'
import type { SeenMessage } from '../../standins/discord/index.ts'
import { Permission } from '../../standins/discord/world/permissions.ts'
import { aWorld, type Place, saidIn } from '../../support/room.ts'
import { until } from '../../support/wait.ts'

let world: Awaited<ReturnType<typeof aWorld>>
beforeAll(async () => {
  world = await aWorld()
})

async function aPanel(place: Place): Promise<{ channel: string; now: () => SeenMessage }> {
  const channel = place.guild.addChannel({ name: 'panel' }).id
  expect(saidIn(await world.ask(place, 'slots panel', { channel }))).toContain(`✅ The panel stands in <#${channel}>`)
  const now = () => {
    const found = world.bot.discord.control.messagesIn(channel).at(-1)
    if (found === undefined) throw new Error('there is no panel')
    return found
  }
  return { channel, now }
}
const states = (message: SeenMessage) =>
  Object.fromEntries(
    message.components.flatMap((row) =>
      (row.components as { label?: string; disabled?: boolean }[]).map((one) => [one.label, one.disabled !== true]),
    ),
  )

describe('the panel', () => {
  it('shows how things stand and does what its buttons say, for whoever may manage the server', async () => {
    const { aPlace, press, requestsIn, sql } = world
    const place = await aPlace()
    const panel = await aPanel(place)
    expect(saidIn(panel.now())).toMatch(/^Slot requests\n🔴 Closed\.\n\*\*0\*\* waiting/)
    expect(states(panel.now())).toEqual({ Pick: false, Refresh: true, Open: true, Close: false, 'Set limit': true })

    const member = place.guild.addMember({ username: 'member' }).user.id
    const [refused] = await press(place, panel.now(), 'slots:open', member).followUps(1)
    expect([refused?.isEphemeral, refused?.content]).toEqual([true, expect.stringContaining('Manage Server')])
    expect(saidIn(panel.now())).toContain('🔴')

    await press(place, panel.now(), 'slots:open').message({ where: (message) => saidIn(message).includes('🟢') })
    expect(states(panel.now())).toMatchObject({ Open: false, Close: true })
    await sql`
      insert into slot_requests (discord_server_id, kick_username, display_name, slot_call)
      values (${place.id}, 'anna', 'Anna', 'One'), (${place.id}, 'bob', 'Bob', 'Two')`
    await press(place, panel.now(), 'slots:refresh').message({ where: (message) => saidIn(message).includes('**2**') })
    expect(states(panel.now())).toMatchObject({ Pick: true })
    await press(place, panel.now(), 'slots:pick').message({ where: (message) => saidIn(message).includes('Last pick') })
    expect(saidIn(panel.now())).toMatch(
      /\*\*1\*\* waiting · 1 picked · 2 in all[\s\S]*Last pick: \*\*(One|Two)\*\* for (Anna|Bob), <t:/,
    )
    expect(await requestsIn(place)).toHaveLength(2)
  })

  it('asks for a limit in a form and takes 0 to 10', async () => {
    const { aPlace, press, bot, sql } = world
    const place = await aPlace({ slot_max_requests_per_user: '3' })
    const panel = await aPanel(place)
    const form = await press(place, panel.now(), 'slots:limit').modal()
    expect(form).toMatchObject({ title: 'Requests for each viewer', inputs: [{ custom_id: 'limit', value: '3' }] })
    await bot.discord.control
      .submit(form, { limit: '7' })
      .message({ where: (message) => saidIn(message).includes('At most 7') })
    const again = await press(place, panel.now(), 'slots:limit').modal()
    const [refused] = await bot.discord.control.submit(again, { limit: '11' }).followUps(1)
    expect([refused?.isEphemeral, refused?.content]).toEqual([true, expect.stringContaining('0 to 10')])
    const [row] =
      await sql`select value from bot_settings where discord_server_id = ${place.id} and key = 'slot_max_requests_per_user'`
    expect(row?.value).toBe('7')
  })

  it('is edited by itself when something has changed, once for many changes and no sooner than half a minute', async () => {
    const { aPlace, hear, says, makeDue, settled, sql } = world
    const place = await aPlace({ slot_requests_enabled: 'true', slot_request_cooldown_seconds: '0' })
    const panel = await aPanel(place)
    for (let i = 0; i < 5; i++) {
      await hear(says([place], `v${i}`, `!call slot ${i}`))
      await makeDue(place, 'slots.confirm')
      await settled(place)
    }
    const jobs = await sql<{ seconds: number }[]>`
      select extract(epoch from next_run_at - now())::float8 as seconds from job
       where discord_server_id = ${place.id} and kind = 'slots.panel'`
    expect(jobs).toHaveLength(1)
    expect(jobs[0]?.seconds).toBeGreaterThan(20)
    expect(saidIn(panel.now())).toContain('**0** waiting')
    await makeDue(place, 'slots.panel')
    await until(() => saidIn(panel.now()).includes('**5** waiting'), { what: 'the panel to be edited' })
    const edits = () => sql`select 1 from outbox where discord_server_id = ${place.id} and kind = 'slots.panel'`
    expect(await edits()).toHaveLength(1)
  })

  it('moves where it is posted next; one that somebody deleted is forgotten', async () => {
    const { aPlace, bot, settled, makeDue, sql, ask } = world
    const place = await aPlace({ slot_requests_enabled: 'true' })
    const first = await aPanel(place)
    const second = await aPanel(place)
    await until(() => bot.discord.control.messagesIn(first.channel).length === 0, { what: 'the first to go' })
    await bot.client.rest.delete(`/channels/${second.channel}/messages/${second.now().id}`)
    await ask(place, 'slots close')
    await makeDue(place, 'slots.panel')
    await settled(place)
    expect(await sql`select 1 from room_panel where discord_server_id = ${place.id}`).toEqual([])
    expect(await sql`select 1 from outbox where discord_server_id = ${place.id} and state = 'dead'`).toEqual([])
  })

  it('cannot be posted where the bot may not write, and says what to do', async () => {
    const place = await world.aPlace()
    const deny = Permission.SendMessages
    const { id } = place.guild.addChannel({ overwrites: [{ id: place.id, type: 'role', deny }] })
    expect(saidIn(await world.ask(place, 'slots panel', { channel: id }))).toMatch(/cannot post in .*permissions/)
    expect(await world.sql`select 1 from room_panel where discord_server_id = ${place.id}`).toEqual([])
  })
})
