import { beforeAll, describe, expect, it } from 'vitest'
import { username } from '../../../cluster/runtime/ids.ts'
import { onChat } from '../../../shard/features/balance/event.ts'
import { transaction } from '../../../sql/client.ts'
import { moveViewer } from '../../../sql/queries/activity.ts'
import { times, toolsFor } from '../../support/builders.ts'
import { aWorld, type Place, saidIn } from '../../support/room.ts'
import { until } from '../../support/wait.ts'

let world: Awaited<ReturnType<typeof aWorld>>
beforeAll(async () => {
  world = await aWorld()
})

/** A server with an open round that began a while ago. */
async function aRound(options: object = {}, settings: Readonly<Record<string, string>> = {}): Promise<Place> {
  const place = await world.aPlace(settings)
  expect(saidIn(await world.ask(place, 'balance open', options))).toContain('✅ Round 1 is open.')
  await world.sql`
    update gtb_sessions set opened_at = opened_at - interval '10 minutes' where discord_server_id = ${place.id}`
  return place
}
/** Only the room's own handler, in a transaction of its own: what two owners do at once. */
const take = (...events: Parameters<typeof world.hear>) =>
  transaction(world.sql, (db) => onChat(events, db, toolsFor(world.sql, { dashboardSecret: undefined })))
const guessesIn = async (place: Place): Promise<string[]> =>
  (
    await world.sql<{ line: string }[]>`
      select kick_username || ' ' || guess_amount as line from gtb_guesses
       where discord_server_id = ${place.id} order by session_id, kick_username collate "C"`
  ).map((row) => row.line)
const winnersIn = async (place: Place, number = 1): Promise<unknown[][]> =>
  (
    await world.sql`
      select w.rank, w.kick_username, w.guess_amount, w.difference
        from gtb_winners w join gtb_sessions s on s.discord_server_id = w.discord_server_id and s.id = w.session_id
       where w.discord_server_id = ${place.id} and s.number = ${number} order by w.rank`
  ).map((row) => [row.rank, row.kickUsername, row.guessAmount, row.difference])
const afterNews = async (place: Place) => (await world.linesIn(place)).filter((line) => !line.startsWith('Guess the'))

describe('a guess', () => {
  it('is taken as it is typed, and the last one of a viewer counts', async () => {
    const { hear, says } = world
    const place = await aRound()
    const now = Date.now()
    await hear(says([place], 'Anna', '!gtb $1,234.5', { at: now - 3_000 }))
    await hear(says([place], 'Bob', '!GTB 20', { at: now - 2_000 }))
    await hear(says([place], 'ANNA', '!gtb 99', { at: now - 1_000 }))
    expect(await guessesIn(place)).toEqual(['anna 99.00', 'bob 20.00'])
    expect((await afterNews(place))[0]).toBe('@Anna your guess is 1,234.50.')
  })

  it('counts once though the chat is heard three times, backwards, and by four owners at once', async () => {
    const { says } = world
    for (const first_is_final of [false, true]) {
      const place = await aRound({ first_is_final })
      const now = Date.now()
      const chat = times(30, (i) => says([place], `v${i % 5}`, `!gtb ${i + 1}`, { at: now - 30_000 + i * 100 }))
      await Promise.all([
        take(...chat.slice(10)),
        take(...chat.slice(0, 20)),
        take(...[...chat].reverse()),
        take(...chat),
      ])
      const expected = times(5, (i) => `v${i} ${first_is_final ? i + 1 : i + 26}.00`)
      expect(await guessesIn(place)).toEqual(expected)
      await take(...[...chat].reverse())
      for (const event of chat) await take(event)
      expect(await guessesIn(place)).toEqual(expected)
    }
  })

  it('that comes while the round is closed is in before it, or not at all', async () => {
    const { says, ask } = world
    const place = await aRound()
    const guessing = times(12, (i) => take(says([place], `v${i}`, `!gtb ${i + 1}`)))
    const closing = ask(place, 'balance close')
    await Promise.all([...guessing, closing])
    const counted = Number(/\*\*(\d+)\*\* guess/.exec(saidIn(await closing))?.[1])
    expect(await guessesIn(place)).toHaveLength(counted)
    await take(says([place], 'late', '!gtb 5'))
    expect(await guessesIn(place)).toHaveLength(counted)
  })

  it.each([
    ['!gtb', {}, 'guess like this: !gtb 1234.56'],
    ['!gtb 1e9', {}, 'guess like this: !gtb 1234.56'],
    ['!gtb nan', {}, 'guess like this: !gtb 1234.56'],
    ['!gtb 5', { require_link_for_chat: 'true' }, 'only linked viewers can guess here; type !link to see how.'],
  ])('%s with %j is answered: %s', async (content, settings, told) => {
    const place = await aRound({}, settings)
    await world.hear(world.says([place], 'Anna', content))
    expect([await guessesIn(place), await afterNews(place)]).toEqual([[], [`@Anna ${told}`]])
  })

  it('after the first is told that the first counts, where it does, and only then', async () => {
    const { hear, says } = world
    const place = await aRound({ first_is_final: true })
    const now = Date.now()
    const first = says([place], 'Anna', '!gtb 5', { at: now - 20_000 })
    await hear(first)
    await hear(first)
    await hear(says([place], 'Anna', '!gtb 6', { at: now }))
    expect([await guessesIn(place), await afterNews(place)]).toEqual([
      ['anna 5.00'],
      ['@Anna your guess is 5.00.', '@Anna your first guess counts.'],
    ])
  })

  it('of the second in which the round was opened counts, since Kick tells no more of its time', async () => {
    const { aPlace, hear, says, ask } = world
    const place = await aPlace()
    await ask(place, 'balance open')
    await hear(says([place], 'Anna', '!gtb 5', { at: Math.floor(Date.now() / 1_000) * 1_000 }))
    expect(await guessesIn(place)).toEqual(['anna 5.00'])
  })

  it('is passed over where the server has switched !gtb off', async () => {
    const { hear, says, ask } = world
    const place = await aRound({})
    await ask(place, 'settings set', { key: 'chat_commands_off', value: '!gtb' })
    await hear(says([place], 'Anna', '!gtb 5'))
    expect([await guessesIn(place), await afterNews(place)]).toEqual([[], []])
  })

  it('of before the round was opened, or to a server that never played, is nothing', async () => {
    const { aPlace, hear, says, ask, linesIn } = world
    const [place, never] = [await aPlace(), await aPlace()]
    await ask(place, 'balance open')
    await hear(says([place, never], 'Anna', '!gtb 5', { at: Date.now() - 5_000 }))
    expect([await guessesIn(place), await linesIn(never)]).toEqual([[], []])
    await ask(place, 'balance close')
    await hear(...times(4, (i) => says([place, never], `v${i}`, '!gtb 5')))
    expect((await afterNews(place)).length).toBeLessThanOrEqual(2)
    expect((await afterNews(place))[0]).toBe('@v0 no round is open now.')
    expect(await linesIn(never)).toEqual([])
  })

  it('goes with a viewer to their new name; of two the later counts', async () => {
    const { hear, says, sql } = world
    const place = await aRound()
    const now = Date.now()
    await hear(says([place], 'old', '!gtb 5', { at: now - 2_000 }), says([place], 'new', '!gtb 6', { at: now - 1_000 }))
    await transaction(sql, (db) => moveViewer(db, { guildId: place.id, from: username('old'), to: username('new') }))
    expect(await guessesIn(place)).toEqual(['new 6.00'])
  })

  it('of many at once is told in one line, and the dashboard hears of each', async () => {
    const { hear, says, makeDue, settled } = world
    const place = await aRound()
    await hear(...times(20, (i) => says([place], `v${i}`, `!gtb ${i + 1}`)))
    await makeDue(place, 'balance.confirm')
    await settled(place)
    const lines = await afterNews(place)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^Guesses: v0 1\.00 · v1 2\.00 .* … and 8 more$/)
  })
})

describe('a round', () => {
  it('gives its places to the nearest guesses, of equals to the earlier, on both sides alike', async () => {
    const { hear, says, ask, linesIn } = world
    const place = await aRound({ winners: 4, prize: 'A mug' })
    const now = Date.now()
    const guesses = [
      ['far', '900'],
      ['over', '110'],
      ['under', '90'],
      ['exact', '100'],
      ['near', '100.01'],
      ['other', '50'],
    ] as const
    await hear(...guesses.map(([name, amount], i) => says([place], name, `!gtb ${amount}`, { at: now - 9_000 + i })))
    await ask(place, 'balance close')
    const told = saidIn(await ask(place, 'balance result', { round: 1, amount: '$100' }))
    expect(await winnersIn(place)).toEqual([
      [1, 'exact', '100.00', '0.00'],
      [2, 'near', '100.01', '0.01'],
      [3, 'over', '110.00', '10.00'],
      [4, 'under', '90.00', '10.00'],
    ])
    expect(told).toContain('🥇 **exact** with 100.00, 0.00 away')
    expect(told).toContain('#4 **under** with 90.00, 10.00 away')
    expect((await linesIn(place)).at(-1)).toBe(
      'Guess the Balance, round 1: the balance is 100.00. 🥇 exact 100.00 · 🥈 near 100.01 · 🥉 over 110.00 · #4 under 90.00 Prize: A mug',
    )
  })

  it('without overshooting passes over every guess above, and may have no winner', async () => {
    const { hear, says, ask, linesIn } = world
    const place = await aRound({ no_overshoot: true })
    await hear(says([place], 'over', '!gtb 100.01'), says([place], 'under', '!gtb 1'))
    await ask(place, 'balance close')
    await ask(place, 'balance result', { round: 1, amount: '100' })
    expect(await winnersIn(place)).toEqual([[1, 'under', '1.00', '99.00']])
    await ask(place, 'balance reopen', { round: 1 })
    await ask(place, 'balance result', { round: 1, amount: '0.5' })
    expect(await winnersIn(place)).toEqual([])
    expect((await linesIn(place)).at(-1)).toContain('Nobody won')
  })

  it('is one at a time, though two admins open at once; the other is told whose it is', async () => {
    const place = await world.aPlace()
    const answers = (await Promise.all(times(6, () => world.ask(place, 'balance open')))).map(saidIn)
    expect(answers.filter((text) => text.includes('✅ Round 1 is open.'))).toHaveLength(1)
    expect(answers.filter((text) => /^Round 1 is open already, by .*; close it first/.test(text))).toHaveLength(5)
    const open = await world.sql`select 1 from gtb_sessions where discord_server_id = ${place.id}`
    expect(open).toHaveLength(1)
  })

  it('gets its result once, though two admins give one at once', async () => {
    const place = await aRound()
    await world.hear(world.says([place], 'Anna', '!gtb 5'))
    await world.ask(place, 'balance close')
    const answers = await Promise.all(
      ['5', '500'].map((amount) => world.ask(place, 'balance result', { round: 1, amount })),
    )
    expect(answers.map(saidIn).filter((text) => text.includes('has its result'))).toHaveLength(1)
    expect(await winnersIn(place)).toHaveLength(1)
  })

  it('is counted for each server by itself, and never touched by another', async () => {
    const [a, b] = [await aRound(), await aRound()]
    const { hear, says, ask } = world
    await hear(says([a, b], 'Anna', '!gtb 7'))
    await ask(a, 'balance close')
    await ask(a, 'balance result', { round: 1, amount: '7' })
    await ask(a, 'balance open')
    expect(saidIn(await ask(b, 'balance status'))).toMatch(/round 1\n🟢 open\n\*\*1\*\* guess/)
    expect(saidIn(await ask(a, 'balance status'))).toMatch(/round 2[\s\S]*Round 1 before:[\s\S]*🥇 \*\*Anna\*\*/)
    expect(await winnersIn(b)).toEqual([])
    expect(saidIn(await ask(b, 'balance result', { round: 2, amount: '7' }))).toBe('There is no round 2.')
  })

  it.each([
    ['result', { round: 1, amount: '5' }, /still open; close it first with `\/balance close`/],
    ['result', { round: 1, amount: '1e3' }, /amount above 0 with at most two decimals/],
    ['result', { round: 9, amount: '5' }, /no round 9/],
    ['reopen', { round: 1 }, /still open/],
    ['cancel', { round: 9 }, /no round 9/],
    ['status', { round: 9 }, /no round 9/],
    ['open', {}, /Round 1 is open already/],
  ])('/balance %s %j is refused with what to do', async (subcommand, options, told) => {
    const place = await aRound()
    expect(saidIn(await world.ask(place, `balance ${subcommand}`, options))).toMatch(told)
    const [round] =
      await world.sql`select status, result_amount from gtb_sessions where discord_server_id = ${place.id}`
    expect(round).toEqual({ status: 'open', resultAmount: null })
  })

  it('is withdrawn, opened again and called off step by step, each noted with who did it', async () => {
    const { ask, hear, says, sql, linesIn } = world
    const place = await aRound()
    await hear(says([place], 'Anna', '!gtb 5'))
    await ask(place, 'balance close')
    await ask(place, 'balance result', { round: 1, amount: '50' })
    expect(saidIn(await ask(place, 'balance reopen', { round: 1 }))).toContain('result of round 1 is withdrawn')
    expect(await winnersIn(place)).toEqual([])
    expect(saidIn(await ask(place, 'balance reopen', { round: 1 }))).toContain('Round 1 is open again')
    await hear(says([place], 'Bob', '!gtb 6'))
    expect(await guessesIn(place)).toEqual(['anna 5.00', 'bob 6.00'])
    expect(saidIn(await ask(place, 'balance cancel', { round: 1 }))).toContain('called off')
    expect(saidIn(await ask(place, 'balance cancel', { round: 1 }))).toContain('was called off; open a new one')
    const notes =
      await sql`select action, subject, actor_id, new_value from audit_log where discord_server_id = ${place.id} order by audit_id`
    expect(notes.map(({ action, subject, newValue }) => [action, subject, newValue])).toEqual([
      ['balance.opened', '#1', 'open'],
      ['balance.closed', '#1', 'closed'],
      ['balance.result', '#1', '50.00'],
      ['balance.withdrawn', '#1', null],
      ['balance.reopened', '#1', 'open'],
      ['balance.cancelled', '#1', 'cancelled'],
    ])
    expect(new Set(notes.map(({ actorId }) => actorId))).toEqual(new Set([place.guild.ownerId]))
    expect((await linesIn(place)).filter((line) => line.startsWith('Guess the'))).toHaveLength(6)
  })

  it('closes by itself when its time has come, once, and not when it was closed before', async () => {
    const { sql, makeDue, linesIn } = world
    const place = await aRound({ minutes: 5 })
    expect(saidIn(await world.ask(place, 'balance status'))).toMatch(/Closes <t:\d+:R>/)
    const [job] = await sql<{ minutes: number }[]>`
      select extract(epoch from next_run_at - now())::float8 / 60 as minutes from job
       where discord_server_id = ${place.id} and kind = 'balance.close'`
    expect(job?.minutes).toBeGreaterThan(4.8)
    await makeDue(place, 'balance.close')
    await world.settled(place)
    expect(saidIn(await world.ask(place, 'balance status'))).toContain('🟢 open') // its time has not come
    await sql`update gtb_sessions set closes_at = now() where discord_server_id = ${place.id}`
    const { closeJob, scheduleClose } = await import('../../../sql/queries/balance.ts')
    const [round] = await sql`select id from gtb_sessions where discord_server_id = ${place.id}`
    await scheduleClose(sql, { guildId: place.id, id: String(round?.id), at: new Date() })
    await until(async () => (await linesIn(place)).some((line) => line.includes('is closed with 0 guesses')), {
      what: `the job ${closeJob}`,
    })
    await world.settled(place)
    expect((await linesIn(place)).filter((line) => line.includes('is closed'))).toHaveLength(1)
  })

  it('is posted in its channel, or in that for slot requests', async () => {
    const { bot, settled, set, ask } = world
    const place = await world.aPlace()
    const [own, slots] = [place.guild.addChannel({ name: 'gtb' }).id, place.guild.addChannel({ name: 'slots' }).id]
    await set(place, 'slot_calls_channel_id', slots)
    await ask(place, 'balance open', { prize: '**x** @everyone', winners: 1 })
    await settled(place)
    await set(place, 'gtb_channel_id', own)
    await ask(place, 'balance close')
    await settled(place)
    const [first] = bot.discord.control.messagesIn(slots).map(saidIn)
    expect(first).toBe(
      'Guess the Balance, round 1\nGuess the Balance, round 1, is open! Type `!gtb` and your guess.\nThe nearest guess wins.\nA new guess replaces the one before.\nPrize: \\*\\*x\\*\\* \\@everyone',
    )
    expect(bot.discord.control.messagesIn(own).map(saidIn)).toEqual([expect.stringContaining('closed with 0 guesses')])
  })
})

describe('the panel', () => {
  it('opens, closes and asks for the result in a form, for the round that it shows', async () => {
    const { press, bot, hear, says } = world
    const place = await world.aPlace()
    const channel = place.guild.addChannel({ name: 'panel' }).id
    expect(saidIn(await world.ask(place, 'balance panel', { channel }))).toContain('✅ The panel stands in')
    const now = () => {
      const [panel] = bot.discord.control.messagesIn(channel)
      if (panel === undefined) throw new Error('there is no panel')
      return panel
    }
    expect(saidIn(now())).toBe('Guess the Balance\nNo round was played yet.')
    await press(place, now(), 'balance:open').message({ where: (message) => saidIn(message).includes('🟢') })
    expect(saidIn(now())).toMatch(
      /round 1\n🟢 open\n\*\*0\*\* guesses\nOpened by .*, <t:[\s\S]*Guess in stream chat: `!gtb 1234\.56`/,
    )
    await world.sql`update gtb_sessions set opened_at = now() - interval '1 minute' where discord_server_id = ${place.id}`
    await hear(says([place], 'Anna', '!gtb 5'))
    const old = now()
    await press(place, now(), 'balance:close').message({ where: (message) => saidIn(message).includes('🔴') })
    const [late] = await press(place, old, 'balance:refresh', place.guild.addMember().user.id).followUps(1)
    expect([late?.isEphemeral, late?.content]).toEqual([true, expect.stringContaining('Manage Server')])
    const form = await press(place, now(), 'balance:result').modal()
    expect(form).toMatchObject({ title: 'Result of round 1', inputs: [{ custom_id: 'amount', max_length: 20 }] })
    const [refused] = await bot.discord.control.submit(form, { amount: 'much' }).followUps(1)
    expect(refused?.content).toContain('amount above 0')
    const again = await press(place, now(), 'balance:result').modal()
    await bot.discord.control
      .submit(again, { amount: '$4.50' })
      .message({ where: (message) => saidIn(message).includes('🏁 finished') })
    expect(saidIn(now())).toContain('🥇 **Anna** with 5.00, 0.50 away')
  })
})

describe('what the dashboard says', () => {
  const say = (place: Place, action: string, data: object) =>
    world.sql.begin(async (db) => {
      const { keepDashboardEvent } = await import('../../../sql/queries/dashboard.ts')
      const id = `event-${performance.now()}`.replace('.', '-').padEnd(20, 'x')
      await keepDashboardEvent(db, { guildId: place.id, id, area: 'gtb', action, data, at: Date.now() })
    })
  const done = (place: Place, events: number) =>
    until(
      async () =>
        (
          await world.sql`select 1 from dashboard_event where discord_server_id = ${place.id} and handled_at is not null`
        ).length === events,
      { what: 'the dashboard to be heard' },
    )

  it('opens, closes and finishes rounds, also those that it has written itself, and of no other server', async () => {
    const { sql, linesIn } = world
    const [place, other] = [await world.aPlace(), await aRound()]
    const [round] = await sql`
      insert into gtb_sessions (discord_server_id, opened_by) values (${place.id}, 'the dashboard') returning id`
    await say(place, 'open', { session_id: Number(round?.id), opened_by: 'the dashboard' })
    await done(place, 1)
    const [numbered] = await sql`select number from gtb_sessions where discord_server_id = ${place.id}`
    expect(numbered?.number).toBe(1)
    await sql`
      insert into gtb_guesses (discord_server_id, session_id, kick_username, display_name, guess_amount)
      values (${place.id}, ${round?.id}, 'anna', 'Anna', 40)`
    await say(place, 'close', { session_id: String(round?.id) })
    await done(place, 2)
    await say(place, 'set_result', { session_id: String(round?.id), result_amount: 41.5, winners: [] })
    await done(place, 3)
    expect(await winnersIn(place)).toEqual([[1, 'anna', '40.00', '1.50']])
    expect(await linesIn(place)).toEqual([
      'Guess the Balance, round 1, is open! Type !gtb and your guess.',
      'Guess the Balance, round 1, is closed with 1 guess.',
      'Guess the Balance, round 1: the balance is 41.50. 🥇 Anna 40.00',
    ])
    const [theirs] = await sql`select id from gtb_sessions where discord_server_id = ${other.id}`
    await say(place, 'close', { session_id: String(theirs?.id) })
    await say(place, 'open', { opened_by: 'Ann', winner_count: 1 })
    await done(place, 5)
    const outcomes =
      await sql`select outcome from dashboard_event where discord_server_id = ${place.id} order by said_at, outcome`
    expect(outcomes.map(({ outcome }) => outcome).filter((outcome) => outcome === 'refused')).toHaveLength(1)
    expect(saidIn(await world.ask(other, 'balance status'))).toContain('🟢 open')
    expect(saidIn(await world.ask(place, 'balance status'))).toMatch(/round 2[\s\S]*Opened by Ann/)
  })
})
