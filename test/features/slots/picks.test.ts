import { createHash, createHmac } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { createSecrets } from '../../../cluster/runtime/secrets.ts'
import { pick, verifyPick } from '../../../shard/features/slots/command/pick.ts'
import { transaction } from '../../../sql/client.ts'
import { pickOf, type SlotPick } from '../../../sql/queries/slotpicks.ts'
import { times, toolsFor } from '../../support/builders.ts'
import { aWorld, type Place, saidIn } from '../../support/room.ts'
import { until } from '../../support/wait.ts'

let world: Awaited<ReturnType<typeof aWorld>>
beforeAll(async () => {
  world = await aWorld()
})

const ask = (place: Place, how: number): Promise<unknown> => world.sql`
  insert into slot_requests (discord_server_id, kick_username, display_name, slot_call)
  select ${place.id}::bigint, 'viewer' || n, 'Viewer' || n, 'Slot ' || n from generate_series(1, ${how}::int) as n`
const draw = (place: Place, sourceRef: string) =>
  transaction(world.sql, (db) => pick(db, { guildId: place.id, by: null, sourceRef }, world.bot.tools))
const commitment = async (place: Place): Promise<string> => {
  const [row] = await world.sql`select commitment from slot_state where discord_server_id = ${place.id}`
  return String(row?.commitment)
}
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

describe('a pick', () => {
  it('by two who press at once is two different ones, and the same press again is the same one', async () => {
    const place = await world.aPlace()
    await ask(place, 30)
    const made = await Promise.all(times(40, (i) => draw(place, `press ${i % 20}`)))
    const numbers = made.map((one) => one?.number)
    expect(new Set(numbers).size).toBe(20)
    expect(new Set(made.map((one) => one?.requestId)).size).toBe(20)
    for (const [i, one] of made.entries()) expect(one?.number).toBe(made[i % 20]?.number)
    const rest = await Promise.all(times(20, (i) => draw(place, `later ${i}`)))
    expect(rest.filter((one) => one === undefined)).toHaveLength(10)
    const picked = await world.sql`select 1 from slot_requests where discord_server_id = ${place.id} and picked`
    expect(picked).toHaveLength(30)
  })

  it('is what the seed says whose SHA-256 was shown before, by a calculation of our own', async () => {
    const place = await world.aPlace()
    await world.ask(place, 'slots open')
    await ask(place, 7)
    for (const number of [1, 2, 3]) {
      const shown = await commitment(place)
      const made = (await draw(place, `proof ${number}`)) as SlotPick
      expect(sha256(String(made.serverSeed))).toBe(shown)
      expect(made.clientSeed).toBe(`slots:${place.id}:${sha256(`[${made.pool.join(',')}]`)}`)
      const hash = createHmac('sha256', String(made.serverSeed))
        .update(`${made.clientSeed}:pick:${number}:0`)
        .digest('hex')
      expect(hash).toBe(made.proofHash)
      expect(made.pool[Number(BigInt(`0x${hash.slice(0, 16)}`) % BigInt(made.pool.length))]).toBe(made.requestId)
      expect(made.pool).toHaveLength(8 - number)
      expect(await verifyPick(place.id, made)).toBe(true)
      for (const wrong of [
        { requestId: made.pool.find((id) => id !== made.requestId) ?? '0' },
        { serverSeed: '0'.repeat(64) },
        { commitment: '0'.repeat(64) },
        { pool: made.pool.slice(1) },
        { nonce: '9' },
      ])
        expect(await verifyPick(place.id, { ...made, ...wrong })).toBe(false)
      expect(await commitment(place)).not.toBe(shown)
    }
  })

  it('reaches every place of the list about equally often', async () => {
    const place = await world.aPlace()
    const places: number[] = times(5, () => 0)
    for (let i = 0; i < 100; i++) {
      await world.sql`update slot_requests set picked = false where discord_server_id = ${place.id}`
      if (i === 0) await ask(place, 5)
      const made = await draw(place, `again ${i}`)
      const at = made?.pool.indexOf(made.requestId) ?? -1
      places[at] = (places[at] ?? 0) + 1
    }
    // Of a hundred throws each of five is hit twenty times; four standard deviations are sixteen.
    for (const hits of places) expect(Math.abs(hits - 20)).toBeLessThan(17)
  })

  it('goes on with a new seed when the key of the old one is lost, and says so in the notes', async () => {
    const place = await world.aPlace()
    await ask(place, 3)
    await draw(place, 'one')
    const lost = await commitment(place)
    const tools = toolsFor(world.sql, { secrets: createSecrets('1'.repeat(64)), dashboardSecret: undefined })
    const made = await transaction(world.sql, (db) =>
      pick(db, { guildId: place.id, by: null, sourceRef: 'two' }, tools),
    )
    expect(made?.commitment).not.toBe(lost)
    const [note] =
      await world.sql`select action, old_value, new_value from audit_log where discord_server_id = ${place.id}`
    expect(note).toEqual({ action: 'slots.seed', oldValue: lost, newValue: made?.commitment })
  })

  it('keeps the seed of the next one encrypted, for its own server only', async () => {
    const place = await world.aPlace()
    await world.ask(place, 'slots open')
    const [row] = await world.sql`select seed, seed_key_id from slot_state where discord_server_id = ${place.id}`
    expect(row?.seed).not.toMatch(/^[0-9a-f]{64}$/)
    const open = (id: string) =>
      world.bot.tools.secrets.decrypt(String(row?.seed), {
        keyId: String(row?.seedKeyId),
        purpose: `slot seed of guild ${id}`,
      })
    expect(sha256(open(place.id))).toBe(await commitment(place))
    expect(() => open('1')).toThrow()
  })
})

describe('a reward', () => {
  it('is only for whoever is linked, by a throw of its own, and stands in the proof', async () => {
    const { aPlace, ask: use, sql, linesIn } = world
    const place = await aPlace()
    await sql`insert into links (discord_server_id, discord_id, kick_name) values (${place.id}, 5, 'viewer1')`
    const told = saidIn(await use(place, 'slots reward add', { type: 'bonus_buy', amount: 50, chance: 100 }))
    expect(told).toContain('**50.00 Bonus Buy**: 100 %')
    expect(told).toContain('wins in **100 %** of cases and costs **50.00** on average')
    await ask(place, 2)
    const made = [await draw(place, 'a'), await draw(place, 'b')].sort(
      (a, b) => Number(a?.requestId) - Number(b?.requestId),
    )
    expect(made.map((one) => one?.reward)).toEqual([{ id: 1, type: 'bonus_buy', amount: 5_000, chance: 10_000 }, null])
    const [linked, stranger] = made as [SlotPick, SlotPick]
    const hash = createHmac('sha256', String(linked.serverSeed))
      .update(`${linked.clientSeed}:reward:${linked.nonce}:0`)
      .digest('hex')
    expect([linked.rewardHash, linked.randomValue]).toEqual([hash, Number(BigInt(`0x${hash.slice(0, 16)}`) % 10_000n)])
    expect([stranger.rewardHash, stranger.randomValue]).toEqual([null, null])
    expect(await verifyPick(place.id, { ...linked, reward: null })).toBe(false)
    expect((await linesIn(place)).filter((line) => line.includes('win'))).toEqual([
      '🎰 Slot 1 is next, for Viewer1! They win 50.00 Bonus Buy!',
    ])
    const proof = saidIn(await use(place, 'slots proof', { number: linked.number }))
    expect(proof).toContain('✅ I have worked it out again, and it holds.')
    for (const part of [linked.serverSeed, linked.commitment, linked.proofHash, linked.rewardHash, 'Viewer1'])
      expect(proof).toContain(part)
    expect(proof.length).toBeLessThan(4_096)
    const next = await use(place, 'slots proof', { number: stranger.number })
    expect(saidIn(next)).toContain(stranger.proofHash)
  })

  it.each([
    [{ type: ' ', amount: 5, chance: 1 }, /needs a name/],
    [{ type: 'x', amount: 0.01, chance: 0.01 }, /Reward #1 is there/],
  ])('%j: %s', async (options, told) => {
    const place = await world.aPlace()
    expect(saidIn(await world.ask(place, 'slots reward add', options))).toMatch(told)
  })

  it('is removed by its number, for this server alone', async () => {
    const [place, other] = [await world.aPlace(), await world.aPlace()]
    for (const one of [place, other]) await world.ask(one, 'slots reward add', { type: 'x', amount: 5, chance: 2.5 })
    expect(saidIn(await world.ask(place, 'slots reward remove', { number: 2 }))).toContain('no reward #2')
    expect(saidIn(await world.ask(place, 'slots reward remove', { number: 1 }))).toContain('Nothing can be won')
    expect(saidIn(await world.ask(other, 'slots reward list'))).toContain('costs **0.125** on average')
  })
})

describe('telling of a pick', () => {
  it('waits for as long as the server wants, or until the overlay says that it has shown it', async () => {
    const { aPlace, linesIn, sql, settled } = world
    const place = await aPlace({ slot_pick_delay_seconds: '60' })
    await ask(place, 2)
    await world.ask(place, 'slots pick')
    await settled(place)
    expect(await linesIn(place)).toEqual([])
    await dashboard(place, 'slot_requests', 'slot_reveal_landed', {})
    await until(async () => (await linesIn(place)).length === 1, { what: 'the pick to be told' })
    const waiting = await sql`select 1 from job where discord_server_id = ${place.id} and kind = 'slots.announce'`
    expect(waiting).toHaveLength(0)
  })

  it('posts it in the channel with a button under which everybody finds the proof', async () => {
    const { aPlace, bot, settled } = world
    const place = await aPlace()
    const channel = place.guild.addChannel({ name: 'slots' }).id
    await world.set(place, 'slot_calls_channel_id', channel)
    await ask(place, 1)
    await world.ask(place, 'slots pick')
    await settled(place)
    const [post] = bot.discord.control.messagesIn(channel)
    if (post === undefined) throw new Error('nothing was posted')
    expect(saidIn(post)).toBe('🎰 Slot 1\nAsked for by **Viewer1**')
    const member = place.guild.addMember({ username: 'somebody' }).user.id
    const answer = await world.press(place, post, 'slots:proof', member).message({ where: ({ id }) => id !== post.id })
    expect([answer.isEphemeral, saidIn(answer)]).toEqual([true, expect.stringContaining('it holds')])
  })

  it('says nothing of somebody whose data were erased, and the proof stays', async () => {
    const place = await world.aPlace()
    await ask(place, 1)
    const made = (await draw(place, 'erased')) as SlotPick
    const { erasePerson } = await import('../../../sql/queries/trust.ts')
    await transaction(world.sql, (db) =>
      erasePerson(db, { guildId: place.id, userId: '5' as never, username: 'viewer1' as never, kickUserId: null }),
    )
    const left = (await pickOf(world.sql, { guildId: place.id })) as SlotPick
    expect([left.username, left.displayName, await verifyPick(place.id, left)]).toEqual(['', '', true])
    expect(left.proofHash).toBe(made.proofHash)
    expect(await world.requestsIn(place)).toEqual([])
  })
})

const dashboard = (place: Place, area: string, action: string, data: object) =>
  world.sql.begin(async (db) => {
    const { keepDashboardEvent } = await import('../../../sql/queries/dashboard.ts')
    await keepDashboardEvent(db, {
      guildId: place.id,
      id: `event-${performance.now()}`.replace('.', '-').padEnd(20, 'x'),
      area,
      action,
      data,
      at: Date.now(),
    })
  })

describe('what the dashboard says', () => {
  const done = (place: Place, events: number) =>
    until(
      async () =>
        (
          await world.sql`select 1 from dashboard_event where discord_server_id = ${place.id} and handled_at is not null`
        ).length === events,
      { what: 'the dashboard to be heard' },
    )

  it('opens and closes the list, changes the limit, and picks provably where it has not picked itself', async () => {
    const place = await world.aPlace()
    await dashboard(place, 'slot_requests', 'toggle', { enabled: 'true' })
    await dashboard(place, 'slot_requests', 'update_max', { max_requests: 4 })
    await done(place, 2)
    const settings =
      await world.sql`select key, value from bot_settings where discord_server_id = ${place.id} order by key`
    expect(settings.map(({ key, value }) => [key, value])).toEqual([
      ['slot_max_requests_per_user', '4'],
      ['slot_requests_enabled', 'true'],
    ])
    await ask(place, 3)
    await dashboard(place, 'slot_requests', 'pick', {})
    await done(place, 3)
    const made = (await pickOf(world.sql, { guildId: place.id })) as SlotPick
    expect([made.scheme, await verifyPick(place.id, made)]).toEqual(['v2', true])
  })

  it('picks the request that it names, with what it says was won, and says of the proof that there is none', async () => {
    const [place, other] = [await world.aPlace(), await world.aPlace()]
    await ask(place, 2)
    await ask(other, 1)
    const [theirs] = await world.sql`select id from slot_requests where discord_server_id = ${other.id}`
    const [second] =
      await world.sql`select id from slot_requests where discord_server_id = ${place.id} order by id desc`
    await dashboard(place, 'slot_requests', 'pick_with_reward', {
      slot_id: Number(second?.id),
      slot_call: 'something else',
      username: 'nobody',
      reward_type: 'bonus_buy',
      reward_amount: 25.5,
      delay_announcement: 0,
    })
    await dashboard(place, 'slot_requests', 'pick', { id: String(theirs?.id) })
    await done(place, 2)
    expect(await world.linesIn(place)).toEqual(['🎰 Slot 2 is next, for Viewer2! They win 25.50 Bonus Buy!'])
    expect(saidIn(await world.ask(place, 'slots proof'))).toContain('The dashboard picked it by itself')
    expect(await world.sql`select 1 from slot_requests where discord_server_id = ${other.id} and picked`).toEqual([])
    const [refused] = await world.sql`
      select outcome from dashboard_event where discord_server_id = ${place.id} and action = 'pick'`
    expect(refused?.outcome).toBe('refused')
  })
})
