import { beforeAll, describe, expect, it } from 'vitest'
import { onChat } from '../../../shard/features/slots/event.ts'
import { transaction } from '../../../sql/client.ts'
import { times, toolsFor } from '../../support/builders.ts'
import { aWorld, idsOf, type Place, saidIn } from '../../support/room.ts'

let world: Awaited<ReturnType<typeof aWorld>>
beforeAll(async () => {
  world = await aWorld()
})

const isOpen = { slot_requests_enabled: 'true' }
const minuteMs = 60_000
/** Only the room's own handler, in a transaction of its own: what two owners do at once. */
const take = (...events: Parameters<typeof world.hear>) =>
  transaction(world.sql, (db) => onChat(events, db, toolsFor(world.sql, { dashboardSecret: undefined })))

describe('in stream chat', () => {
  it('a request is taken by either word in any case, and chat is told of it', async () => {
    const { aPlace, hear, says, linesIn, requestsIn } = world
    const place = await aPlace(isOpen)
    await hear(says([place], 'Anna', '!call Sweet Bonanza'))
    expect(await requestsIn(place)).toEqual(['anna: Sweet Bonanza'])
    expect(await linesIn(place)).toEqual(['@Anna Sweet Bonanza is in the list.'])
    await hear(says([place], 'Bob', '!SR   Gates of  Olympus '))
    expect(await requestsIn(place)).toEqual(['anna: Sweet Bonanza', 'bob: Gates of Olympus'])
  })

  it('asks for the exact word, and for the words that this server chose', async () => {
    const { aPlace, hear, says, requestsIn, set } = world
    const place = await aPlace(isOpen)
    await hear(says([place], 'Anna', '!sryou'), says([place], 'Bob', 'try !call x'), says([place], 'Carl', '!spin x'))
    expect(await requestsIn(place)).toEqual([])
    await set(place, 'slot_trigger_words', 'spin')
    await hear(says([place], 'Anna', '!call x'), says([place], 'Carl', '!Spin y'))
    expect(await requestsIn(place)).toEqual(['carl: y'])
  })

  it('a command that the server made for itself goes first, unless it is off', async () => {
    const { aPlace, hear, says, requestsIn, ask } = world
    const place = await aPlace(isOpen)
    await ask(place, 'command add', { name: 'call', response: 'call me' })
    await hear(says([place], 'Anna', '!call x'), says([place], 'Bob', '!sr y'))
    expect(await requestsIn(place)).toEqual(['bob: y'])
    await ask(place, 'command toggle', { name: 'call' })
    await hear(says([place], 'Anna', '!call x'))
    expect(await requestsIn(place)).toEqual(['bob: y', 'anna: x'])
  })

  it('the same chat heard three times, backwards and by four owners at once is taken once', async () => {
    const { aPlace, says, requestsIn, linesIn, set } = world
    const place = await aPlace({ ...isOpen, slot_request_cooldown_seconds: '10' })
    const now = Date.now()
    const chat = times(24, (i) => says([place], `viewer${i % 8}`, `!call slot ${i}`, { at: now - 40_000 + i * 1_000 }))
    await take(...chat)
    const first = await requestsIn(place)
    // Eight viewers, each every eight seconds, of which every other one comes too early.
    expect(first).toHaveLength(16)
    await take(...[...chat].reverse())
    await Promise.all(times(4, () => take(...chat)))
    expect(await requestsIn(place)).toEqual(first)
    await set(place, 'slot_request_cooldown_seconds', '0')
    await take(...chat)
    expect(await requestsIn(place)).toHaveLength(24)
    expect((await linesIn(place)).length).toBeLessThanOrEqual(1)
  })

  it('cooldown and limit hold though twenty lines of one viewer are handled at once', async () => {
    const { aPlace, says, requestsIn } = world
    const cool = await aPlace({ ...isOpen, slot_request_cooldown_seconds: '60' })
    const limited = await aPlace({ ...isOpen, slot_request_cooldown_seconds: '0', slot_max_requests_per_user: '3' })
    const now = Date.now()
    await Promise.all(
      times(20, (i) =>
        take(says([cool, limited], i % 2 === 0 ? 'Anna' : 'ANNA', `!call ${i}`, { at: now - i, userId: 7 })),
      ),
    )
    expect(await requestsIn(cool)).toHaveLength(1)
    expect(await requestsIn(limited)).toHaveLength(3)
  })

  it('what is refused costs no waiting time', async () => {
    const { aPlace, hear, says, requestsIn, linesIn, ask } = world
    const place = await aPlace(isOpen)
    await ask(place, 'slots catalogue set', { slot: 'Bad Slot', state: 'banned' })
    const now = Date.now()
    await hear(says([place], 'Anna', '!call bad-slot!', { at: now - 3_000 }))
    await hear(says([place], 'Anna', '!call Good Slot', { at: now - 1_000 }))
    expect(await requestsIn(place)).toEqual(['anna: Good Slot'])
    expect(await linesIn(place)).toEqual(['@Anna bad-slot! is not played here.', '@Anna Good Slot is in the list.'])
  })

  it.each([
    ['!call', {}, 'say which slot: !call and its name.'],
    ['!call x', { require_link_for_chat: 'true' }, 'only linked viewers can ask here; type !link to see how.'],
    ['!call Late Slot', {}, 'Late Slot is not available at the moment.'],
    ['!call there', { slot_prevent_duplicates: 'true' }, 'there is in the list already.'],
  ])('%s with %j is answered: %s', async (content, settings, told) => {
    const { aPlace, hear, says, linesIn, requestsIn, ask, sql } = world
    const place = await aPlace({ ...isOpen, ...settings })
    await ask(place, 'slots catalogue set', { slot: 'late slot', state: 'unavailable' })
    await sql`insert into slot_requests (discord_server_id, kick_username, slot_call) values (${place.id}, 'zoe', 'There')`
    await hear(says([place], 'Anna', content))
    expect(await requestsIn(place)).toEqual(['zoe: There'])
    expect(await linesIn(place)).toEqual([`@Anna ${told}`])
  })

  it('whoever may not ask is passed over without a word, also under another name', async () => {
    const { aPlace, hear, says, linesIn, requestsIn, ask } = world
    const place = await aPlace(isOpen)
    await hear(says([place], 'Pest', 'hello', { userId: 66, at: Date.now() - 5_000 }))
    expect(saidIn(await ask(place, 'slots blacklist add', { name: 'pest', reason: 'spam' }))).toContain('passed over')
    await hear(says([place], 'Pest', '!call x', { userId: 66, at: Date.now() - 4_000 }))
    await hear(says([place], 'Renamed', '!call y', { userId: 66 }))
    expect([await requestsIn(place), await linesIn(place)]).toEqual([[], []])
    expect(saidIn(await ask(place, 'slots blacklist list'))).toMatch(/renamed.*spam/)
    await ask(place, 'slots blacklist remove', { name: 'renamed' })
    await hear(says([place], 'Renamed', '!call z', { userId: 66 }))
    expect(await requestsIn(place)).toEqual(['renamed: z'])
  })

  it('a server that never used requests hears nothing of them; one that closed them is told so once', async () => {
    const { aPlace, hear, says, linesIn, ask } = world
    const [never, closed] = [await aPlace(), await aPlace(isOpen)]
    await ask(closed, 'slots close')
    const before = (await linesIn(closed)).length
    const at = Math.floor(Date.now() / 30_000) * 30_000 - 5_000
    await hear(...times(5, (i) => says([never, closed], `v${i}`, '!call x', { at: at + i })))
    expect(await linesIn(never)).toEqual([])
    expect((await linesIn(closed)).slice(before)).toEqual(['@v0 requests are not open now.'])
  })

  it('a line that Kick delivers late is taken but not answered; one from before the list was emptied is not', async () => {
    const { aPlace, hear, says, linesIn, requestsIn, sql } = world
    const place = await aPlace(isOpen)
    await hear(says([place], 'Late', '!call a', { at: Date.now() - 9 * minuteMs }))
    await hear(says([place], 'Ancient', '!call b', { at: Date.now() - 16 * minuteMs }))
    expect([await requestsIn(place), await linesIn(place)]).toEqual([['late: a'], []])
    await sql`update slot_state set cleared_at = now() - interval '5 minutes' where discord_server_id = ${place.id}`
    await hear(
      says([place], 'Before', '!call c', { at: Date.now() - 6 * minuteMs }),
      says([place], 'After', '!call d', { at: Date.now() - 4 * minuteMs }),
    )
    expect(await requestsIn(place)).toEqual(['late: a', 'after: d'])
  })

  it('Kick tells whole seconds: a line of the second of the opening is taken, of that of the emptying it is not', async () => {
    const { aPlace, ask, hear, says, requestsIn, sql } = world
    const place = await aPlace()
    await ask(place, 'slots open')
    const at = Math.floor(Date.now() / 1_000) * 1_000
    await hear(says([place], 'Anna', '!call One', { at }))
    expect(await requestsIn(place)).toEqual(['anna: One'])
    await sql`delete from slot_requests where discord_server_id = ${place.id}`
    await sql`
      update slot_state set cleared_at = to_timestamp(${at / 1_000}) + interval '900 milliseconds' where discord_server_id = ${place.id}`
    await hear(says([place], 'Anna', '!call One', { at }))
    await hear(says([place], 'Bob', '!call Two', { at: at + 1_000 }))
    expect(await requestsIn(place)).toEqual(['bob: Two'])
  })

  it('two servers on one channel have two lists, two rules and two languages', async () => {
    const { aPlace, hear, says, linesIn, requestsIn } = world
    const a = await aPlace({ ...isOpen, slot_max_requests_per_user: '1', slot_request_cooldown_seconds: '0' })
    const b = await aPlace({ ...isOpen, slot_request_cooldown_seconds: '0', language: 'de' })
    const now = Date.now()
    await hear(says([a, b], 'Anna', '!call One', { at: now - 9_000 }))
    await hear(says([a, b], 'Anna', '!call Two', { at: now - 8_000 }))
    expect(await requestsIn(a)).toEqual(['anna: One'])
    expect(await requestsIn(b)).toEqual(['anna: One', 'anna: Two'])
    expect(await linesIn(a)).toEqual(['@Anna One is in the list.', '@Anna you have reached the limit of 1.'])
    expect((await linesIn(b))[0]).toBe('@Anna One steht in der Liste.')
  })

  it('a busy chat is told of many at once, of each only once, and in few words', async () => {
    const { aPlace, hear, says, linesIn, settled, makeDue } = world
    const place = await aPlace(isOpen)
    await hear(...times(12, (i) => says([place], `v${i}`, `!call slot ${i} @everyone`)))
    await hear(says([place], 'last', '!call the last'))
    await makeDue(place, 'slots.confirm')
    await settled(place)
    const lines = await linesIn(place)
    expect(lines.join('\n').match(/slot 3/g)).toHaveLength(1)
    expect(lines.length).toBeLessThanOrEqual(2)
    expect(lines[0]).toMatch(/^In the list: v0: slot 0 everyone · v1: .* · … and \d more$/)
  })

  it('the channel for requests hears of them; without one, or when it is gone, nothing is lost', async () => {
    const { aPlace, hear, says, requestsIn, settled, bot, sql } = world
    const place = await aPlace(isOpen)
    const channel = place.guild.addChannel({ name: 'slots' }).id
    await world.set(place, 'slot_calls_channel_id', channel)
    await hear(says([place], 'Anna', '!call *Bold* Slot'))
    await settled(place)
    expect(bot.discord.control.messagesIn(channel).map(saidIn)).toEqual([
      'New slot request\n**\\*Bold\\* Slot** · Anna',
    ])
    await world.set(place, 'slot_calls_channel_id', '1234567890123456789')
    await hear(says([place], 'Bob', '!call Two'))
    await world.makeDue(place, 'slots.confirm')
    await settled(place)
    expect(await requestsIn(place)).toEqual(['anna: *Bold* Slot', 'bob: Two'])
    const dead = await sql`select kind from outbox where discord_server_id = ${place.id} and state = 'dead'`
    expect(dead).toEqual([{ kind: 'slots.post' }])
  })

  it('without the right to write in chat requests are taken, and nothing is owed to chat', async () => {
    const { aPlace, hear, says, requestsIn, linesIn, sql } = world
    const place = await aPlace(isOpen)
    await sql`delete from kick_token where discord_server_id = ${place.id}`
    await hear(says([place], 'Anna', '!call One'), says([place], 'Bob', '!call'))
    expect([await requestsIn(place), await linesIn(place)]).toEqual([['anna: One'], []])
  })
})

describe('/slots', () => {
  const waiting = async (place: Place) => saidIn(await world.ask(place, 'slots list'))

  it('opens and closes, tells chat, and keeps the list unless the second button is pressed', async () => {
    const { aPlace, ask, hear, says, linesIn, press, requestsIn, sql } = world
    const [place, other] = [await aPlace(), await aPlace(isOpen)]
    const opened = await ask(place, 'slots open')
    expect([saidIn(opened), idsOf(opened)]).toEqual([expect.stringContaining('✅ Requests are open.'), []])
    await hear(says([place, other], 'Anna', '!call One'))
    expect(saidIn(await ask(place, 'slots open'))).toContain('open already')
    expect(saidIn(await ask(place, 'slots close'))).toContain('the list stays')
    await hear(says([place], 'Bob', '!call Two'))
    expect(await requestsIn(place)).toEqual(['anna: One'])
    const again = await ask(place, 'slots open')
    expect(saidIn(again)).toContain('1 request from before is still in the list')
    expect(saidIn(await press(place, again, 'slots:clear').message())).toBe('✅ 1 request is gone.')
    expect([await requestsIn(place), await requestsIn(other)]).toEqual([[], ['anna: One']])
    expect(await linesIn(place)).toEqual([
      'Slot requests are open! Type !call and the name of a slot.',
      '@Anna One is in the list.',
      'Slot requests are closed.',
      expect.stringContaining('not open now'),
      'Slot requests are open! Type !call and the name of a slot.',
      'The list of slot requests is empty again.',
    ])
    const notes =
      await sql`select action, old_value, new_value from audit_log where discord_server_id = ${place.id} order by audit_id`
    expect(notes.map((note) => [note.action, note.oldValue, note.newValue])).toEqual([
      ['settings.set', null, 'true'],
      ['settings.set', 'true', 'false'],
      ['settings.set', 'false', 'true'],
      ['slots.clear', '1', null],
    ])
  })

  it('asks before it empties the list, and what came after the question stays', async () => {
    const { aPlace, ask, hear, says, press, requestsIn, bot } = world
    const place = await aPlace(isOpen)
    expect(saidIn(await ask(place, 'slots clear'))).toBe('The list is empty; there is nothing to delete.')
    await hear(says([place], 'Anna', '!call One'), says([place], 'Bob', '!call Two'))
    const question = await ask(place, 'slots clear')
    expect(saidIn(question)).toContain('This deletes 2 requests, 2 of them waiting')
    await hear(says([place], 'Carl', '!call Three'))
    expect(saidIn(await press(place, question, 'slots:clear').message())).toBe('✅ 2 requests are gone.')
    expect(await requestsIn(place)).toEqual(['carl: Three'])
    expect(bot.discord.control.connectedShards).toHaveLength(1)
  })

  it('shows who waits, in plain text, and the rules', async () => {
    const { aPlace, ask, hear, says } = world
    const place = await aPlace(isOpen)
    expect(await waiting(place)).toContain('Nobody waits.')
    await hear(says([place], 'Anna', '!call [link](https://kick.com) <@1>'))
    expect(await waiting(place)).toMatch(/\*\*1\*\* waiting · 0 picked · 1 in all[\s\S]*1\. \*\*\\\[link\\\]/)
    await ask(place, 'slots limit', { number: 2 })
    const status = saidIn(await ask(place, 'slots cooldown', { seconds: 5 }))
    expect(status).toContain('🟢 Open: viewers ask with `!call` `!sr`.')
    expect(status).toContain('At most 2 requests for each viewer.')
    expect(status).toContain('waits 5 seconds')
    expect(status).toContain('slot_calls_channel_id')
  })

  it('knows the catalogue by any spelling, and refuses what is no slot', async () => {
    const { aPlace, ask } = world
    const [place, other] = [await aPlace(), await aPlace()]
    await ask(place, 'slots catalogue set', { slot: 'Sweet Bonanza', provider: 'Pragmatic' })
    await ask(place, 'slots catalogue set', { slot: 'sweet-bonanza!', state: 'banned' })
    expect(saidIn(await ask(place, 'slots catalogue list'))).toBe(
      'What you said about slots\n⛔ **sweet\\-bonanza!** · Pragmatic · banned',
    )
    expect(saidIn(await ask(other, 'slots catalogue list'))).toContain('every slot may be asked for')
    expect(saidIn(await ask(place, 'slots catalogue remove', { slot: 'nothing' }))).toContain('`/slots catalogue list`')
    expect(saidIn(await ask(place, 'slots catalogue remove', { slot: 'SWEET BONANZA' }))).toContain('Nothing is said')
  })
})

describe('what a server says of its list in its own commands', () => {
  it('is read for this server and this viewer alone', async () => {
    const { aPlace, hear, says, sql, ask } = world
    const place = await aPlace(isOpen)
    await ask(place, 'command add', {
      name: 'q',
      response:
        '{current_slot}|{current_provider}|{slot_requests_open}|{slot_queue_count}|{user_slot_request_count}|{user_latest_slot_request}',
      cooldown: 0,
    })
    const { chatCommandHandler } = await import('../../../shard/dispatch/chat.ts')
    const { features } = await import('../../../shard/features/index.ts')
    const answer = chatCommandHandler(features)
    const say = (name: string, at: number) =>
      transaction(sql, (db) => answer([says([place], name, '!q', { at })], db, world.bot.tools))
    await say('Anna', Date.now() - 3_000)
    await ask(place, 'slots catalogue set', { slot: 'One', provider: 'Maker' })
    await hear(says([place], 'Anna', '!call One'))
    await ask(place, 'slots pick')
    await hear(says([place], 'Bob', '!call {user}'))
    await say('Bob', Date.now())
    const lines = (await world.linesIn(place)).filter((line) => line.includes('|'))
    expect(lines).toEqual(['none|none|open|0|0|none', 'One|Maker|open|1|1|{user}'])
  })
})
