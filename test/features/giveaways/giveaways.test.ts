import { beforeAll, describe, expect, it } from 'vitest'
import { type Proof, verify } from '../../../cluster/runtime/fairness.ts'
import { username } from '../../../cluster/runtime/ids.ts'
import { onChat } from '../../../shard/features/giveaways/event.ts'
import { features } from '../../../shard/features/index.ts'
import { transaction } from '../../../sql/client.ts'
import { setExclusions } from '../../../sql/queries/exclusion.ts'
import { buttonsOf, textOf } from '../../support/browsing.ts'
import { chatOf } from '../../support/builders.ts'
import { aStage, holdsTogether, type Place, type Stage } from './stage.ts'

let s: Stage

beforeAll(async () => {
  s = await aStage()
})

const keyword = { method: 'keyword' }
const button = { method: 'discord' }

describe('a giveaway that the chat enters', () => {
  it('begins with a panel, is entered by the whole word alone, ends at its time and is drawn once, with a proof that holds', async () => {
    const place = await s.aPlace()
    const answer = await s.create(
      place,
      { ...keyword, winners: 2 },
      { title: 'A hat', duration: '1h', keyword: '!Hat' },
    )
    expect(textOf(answer)).toMatch(/Giveaway #1 has begun in <#\d+>/)
    const [panel] = s.messages(place)
    expect(panel && textOf(panel)).toMatch(
      /A hat[\s\S]*Write \*\*!Hat\*\* in the stream chat[\s\S]*2 winners[\s\S]*ends <t:\d+:R>/,
    )
    expect(panel?.embeds[0]?.footer).toMatchObject({ text: expect.stringMatching(/^#1 · seed [0-9a-f]{64}$/) })

    for (const [name, text] of [
      ['Anna', ' !hat '],
      ['Bob', '!HAT'],
      ['Carl', '!hat please'],
      ['Dora', 'hat'],
      ['Anna', '!hat'],
      ['Eve', '!hat'],
    ] as const)
      await s.say(place, name, text)
    expect((await s.entriesIn(place)).map(({ who }) => who)).toEqual(['anna', 'bob', 'eve'])

    await s.play(place, 'giveaways.refresh')
    await s.paid(place)
    expect(textOf(s.messages(place)[0] as never)).toContain('Entered: 3 · 🎟️ Tickets: 3')

    await s.sql`update giveaways set ends_at = now() where discord_server_id = ${place.id}`
    await s.play(place, 'giveaways.end')
    expect(await s.statusOf(place)).toBe('drawing')
    await s.paid(place)
    expect(textOf(s.messages(place)[0] as never)).toContain('The list is closed. Round')
    await s.play(place, 'giveaways.draw') // the round is not known yet
    expect(await s.statusOf(place)).toBe('drawing')
    await s.publish(place)
    await s.play(place, 'giveaways.draw')
    await s.paid(place)
    expect(await s.statusOf(place)).toBe('completed')
    expect(await holdsTogether(s.sql, place)).toBe(true)

    const news = s.messages(place).filter((message) => textOf(message).includes('are drawn'))
    expect(news).toHaveLength(1)
    expect(textOf(news[0] as never)).toMatch(/The winners of \*\*A hat\*\* are drawn.*\n🏆 \*\*\w+\*\*\n🏆 \*\*\w+\*\*/)
    expect(news[0]?.pings).toEqual({ everyone: false, roles: [], users: [] })
    expect(textOf(s.messages(place)[0] as never)).toContain('**Winners**')

    const shown = await s.press(place, s.member(place, 'curious'), news[0] as never, 'proof').message()
    const file = shown.attachments[0]
    const proof = JSON.parse(s.bot.discord.control.fileOf(file as never).toString()) as Proof
    expect(proof.entrants).toHaveLength(3)
    expect(proof.draws).toHaveLength(2)
    const checks = await verify(proof)
    expect(checks.map(({ check }) => check)).toEqual([
      'list',
      'seed',
      'round',
      'randomness',
      'winner',
      'entry',
      'winner',
      'entry',
    ])
    expect(checks.every(({ holds }) => holds)).toBe(true)
    const forged = { ...proof, entrants: proof.entrants.map(([id]) => [id, 2] as const) }
    expect((await verify(forged)).every(({ holds }) => holds)).toBe(false)
  })

  it('counts a message by when it was written: late chat enters, chat after the end or before the beginning does not', async () => {
    const place = await s.aPlace()
    await s.create(place, keyword, { title: 'A hat', duration: '1h', keyword: 'hat' })
    const end = Date.now() + 1_000
    await s.sql`
      update giveaways set started_at = ${new Date(end - 60_000)}, ends_at = ${new Date(end)} where discord_server_id = ${place.id}`
    await s.sql`update giveaways set ends_at = ${new Date(end - 10_000)} where discord_server_id = ${place.id}`
    await s.say(place, 'Late', 'hat', end - 10_001)
    await s.say(place, 'Over', 'hat', end - 10_000)
    await s.say(place, 'Early', 'hat', end - 60_001)
    expect((await s.entriesIn(place)).map(({ who }) => who)).toEqual(['late'])
    await s.ask(place, 'giveaway stop', { number: 1 })
    await s.say(place, 'Stillintime', 'hat', end - 20_000)
    expect((await s.entriesIn(place)).map(({ who }) => who)).toEqual(['late', 'stillintime'])
    await s.draw(place)
    await s.say(place, 'Toolate', 'hat', end - 20_000)
    expect(await s.entriesIn(place)).toHaveLength(2)
  })

  it('is entered by a line of the second in which it began, since Kick tells whole seconds', async () => {
    const place = await s.aPlace()
    await s.create(place, keyword, { title: 'A hat', duration: '1h', keyword: 'hat' })
    const [row] = await s.sql<{ createdAt: Date }[]>`
      select created_at from giveaways where discord_server_id = ${place.id}`
    const second = Math.floor((row?.createdAt.getTime() ?? 0) / 1000) * 1000
    await s.say(place, 'Early', 'hat', second - 1000)
    await s.say(place, 'Quick', 'hat', second)
    expect((await s.entriesIn(place)).map(({ who }) => who)).toEqual(['quick'])
  })

  it('is entered by active chatters once they wrote enough that differs, and keeps none of their words', async () => {
    const place = await s.aPlace()
    await s.create(place, { method: 'active_chatter', messages: 3, minutes: 10 }, { title: 'A hat' })
    await s.sql`update giveaways set started_at = now() - interval '1 hour' where discord_server_id = ${place.id}`
    const now = Date.now()
    const lines = (name: string, texts: readonly string[]) =>
      texts.map((content, i) => chatOf({ guildIds: [place.id], username: name, content, at: now - 60_000 + i * 5_000 }))
    await s.hear(...lines('Anna', ['hello there', 'nice play', 'what a secret']))
    await s.hear(...lines('Bob', ['hello', 'HELLO!!', 'heello', 'hello']))
    await s.hear(...lines('Anna', ['hello there', 'nice play', 'what a secret'])) // delivered again
    expect(await s.entriesIn(place)).toEqual([{ who: 'anna', tickets: 1 }])
    const [kept] =
      await s.sql`select jsonb_agg(a)::text as text from giveaway_chat_activity a where discord_server_id = ${place.id}`
    expect(kept?.text).toContain('anna')
    expect(kept?.text).not.toMatch(/hello|secret/)
    await s.draw(place)
    expect(await s.sql`select 1 from giveaway_chat_activity where discord_server_id = ${place.id}`).toHaveLength(0)
  })

  it('hears neither the broadcaster nor another server, though its giveaway has the same name and word', async () => {
    const [place, other] = [await s.aPlace(), await s.aPlace()]
    for (const each of [place, other]) await s.create(each, keyword, { title: 'A hat', keyword: 'hat' })
    await s.say(place, 'Anna', 'hat')
    await s.hear(chatOf({ guildIds: [place.id], username: 'Streamer', userId: 9_000, content: 'hat', at: Date.now() }))
    expect(await s.entriesIn(place)).toEqual([{ who: 'anna', tickets: 1 }])
    expect(await s.entriesIn(other)).toEqual([])
    expect(textOf(await s.ask(other, 'giveaway draw', { number: 1 }))).toContain(
      'Nobody has entered giveaway #1 who could win',
    )
    expect(await s.statusOf(other)).toBe('active')
    expect(textOf(await s.ask(other, 'giveaway show', { number: 1 }))).toContain('Entered: 0')
  })

  it('leaves out who is left out of raffles, also when that was decided after they entered', async () => {
    const place = await s.aPlace()
    await s.create(place, { ...keyword, winners: 3 }, { title: 'A hat', keyword: 'hat' })
    for (const name of ['Anna', 'Bob', 'Carl']) await s.say(place, name, 'hat')
    const leaveOut = (name: string) =>
      setExclusions(s.sql, {
        guildId: place.id,
        username: username(name),
        kinds: ['raffles'],
        origin: 'admin',
        reason: null,
        setBy: null,
      })
    await leaveOut('bob')
    await s.ask(place, 'giveaway draw', { number: 1 })
    await leaveOut('carl') // stands in the frozen list already
    await s.publish(place)
    await s.play(place, 'giveaways.draw')
    const rolls = await s.sql`
      select kick_username, state, void_reason from giveaway_winners where discord_server_id = ${place.id} order by kick_username`
    expect(rolls.map((row) => ({ ...row }))).toEqual([
      { kickUsername: 'anna', state: 'won', voidReason: null },
      { kickUsername: 'carl', state: 'void', voidReason: 'excluded' },
    ])
  })
})

describe('a giveaway in Discord', () => {
  it('is entered by its button, once; pressed again it says the same, and a role brings more tickets', async () => {
    const place = await s.aPlace()
    const role = place.guild.addRole({ name: 'Fans' })
    await s.create(place, { ...button, bonus_role: role.id, bonus_tickets: 4 }, { title: 'A hat', duration: '2d' })
    const [fan, guest] = [s.member(place, 'fan', [role.id]), s.member(place, 'guest')]
    expect(await s.join(place, fan)).toBe('🎉 You are in, with 5 tickets. Good luck!')
    expect(await s.join(place, guest)).toBe('🎉 You are in, with 1 ticket. Good luck!')
    expect(await s.join(place, guest)).toBe('✅ You are in already, with 1 ticket. Good luck!')
    expect((await s.entriesIn(place)).map(({ tickets }) => tickets).sort()).toEqual([1, 5])
    const answer = await s.draw(place)
    expect(textOf(answer)).toMatch(
      /The list of #1 is closed: 2 people\. One winner is announced in a few seconds\. <#\d+>/,
    )
    const news = s.messages(place).at(-1)
    const [winner] = await s.sql`select discord_id from giveaway_winners where discord_server_id = ${place.id}`
    expect(news?.pings).toEqual({ everyone: false, roles: [], users: [winner?.discordId] })
    expect(buttonsOf(s.messages(place)[0] as never)).toEqual([])
    expect(textOf(await s.ask(place, 'giveaway draw', { number: 1 }))).toContain('was drawn already')
  })

  it('is closed to those without the role, with too young an account, or not long enough here, and says since when they may', async () => {
    const place = await s.aPlace()
    const role = place.guild.addRole({ name: 'Fans' })
    await s.create(place, { ...button, role: role.id }, { title: 'A hat' })
    const [fan, guest] = [s.member(place, 'fan', [role.id]), s.member(place, 'guest')]
    expect(await s.join(place, guest)).toBe(`Only members with <@&${role.id}> may enter.`)
    const set = (key: string, value: number) => s.ask(place, 'settings set', { key, value: String(value) })
    await set('giveaway_min_account_age_days', 3650)
    expect(await s.join(place, fan)).toMatch(
      /Discord account must be at least 3,650 days old to enter; it is <t:\d+:R>/,
    )
    await set('giveaway_min_account_age_days', 0)
    await set('giveaway_min_server_days', 1)
    expect(await s.join(place, fan)).toMatch(
      /on this server for at least one day to enter; you will have been <t:\d+:R>/,
    )
    await set('giveaway_min_server_days', 0)
    expect(await s.join(place, fan)).toContain('You are in')
    await s.sql`update giveaways set ends_at = now() where discord_server_id = ${place.id}`
    expect(await s.join(place, s.member(place, 'late', [role.id]))).toBe('This giveaway takes no more entries.')
    expect(await s.entriesIn(place)).toHaveLength(1)
  })

  it('asks its questions before it lets anybody in, and keeps the answers', async () => {
    const place = await s.aPlace()
    await s.create(place, button, { title: 'A hat', questions: 'Which size?\nWhich colour?' })
    const who = s.member(place, 'somebody')
    const modal = await s.press(place, who, s.panelOf(place), 'ask').modal()
    expect(modal.inputs).toHaveLength(2)
    expect(await s.entriesIn(place)).toEqual([])
    const sent = await s.bot.discord.control.submit(modal, { answer0: 'XL', answer1: 'green' }).message()
    expect(textOf(sent)).toContain('You are in')
    expect(textOf(await s.press(place, who, s.panelOf(place), 'ask').message())).toContain('You are in already')
    const [entry] = await s.sql`select entry_answers from giveaway_entries where discord_server_id = ${place.id}`
    expect(entry?.entryAnswers).toEqual(['XL', 'green'])
  })

  it('knows one person who enters in the chat and by the button, whether they linked before or after', async () => {
    const place = await s.aPlace()
    await s.create(place, { ...keyword, button: true, winners: 5 }, { title: 'A hat', keyword: 'hat' })
    const [before, after] = [s.member(place, 'before'), s.member(place, 'after')]
    await s.link(place, before, 'anna', 1)
    await s.say(place, 'Anna', 'hat')
    expect(await s.join(place, before)).toContain('You are in already')
    await s.say(place, 'Bob', 'hat')
    expect(await s.join(place, after)).toContain('🎉 You are in')
    expect(await s.entriesIn(place)).toHaveLength(3)
    await s.link(place, after, 'bob', 2)
    await s.draw(place)
    expect(await s.entriesIn(place)).toEqual([
      { who: 'anna', tickets: 1 },
      { who: 'bob', tickets: 1 },
    ])
    const won = await s.sql`
      select kick_username, discord_id from giveaway_winners where discord_server_id = ${place.id} order by kick_username`
    expect(won.map((row) => ({ ...row }))).toEqual([
      { kickUsername: 'anna', discordId: before },
      { kickUsername: 'bob', discordId: after },
    ])
  })
})

describe('winners', () => {
  const threeIn = async (options: object): Promise<{ place: Place; members: readonly string[] }> => {
    const place = await s.aPlace()
    await s.create(place, { ...button, ...options }, { title: 'A hat' })
    const members = ['one', 'two', 'three'].map((name) => s.member(place, name))
    for (const one of members) await s.join(place, one)
    return { place, members }
  }
  const winnersIn = async (place: Place) =>
    (
      await s.sql<{ nonce: number; discordId: string; state: string; voidReason: string | null }[]>`
        select nonce, discord_id, state, void_reason from giveaway_winners where discord_server_id = ${place.id} order by nonce`
    ).map((row) => ({ ...row }))

  it('who do not answer in time lose to the next roll of the same draw, and who answers keeps it', async () => {
    const { place } = await threeIn({ claim: 5 })
    await s.draw(place)
    const [first] = await winnersIn(place)
    const news = s.messages(place).at(-1)
    await s.sql`update giveaway_winners set claim_until = now() - interval '1 second' where discord_server_id = ${place.id}`
    expect(textOf(await s.press(place, first?.discordId ?? '', news as never, 'claim').message())).toContain('too late')
    await s.play(place, 'giveaways.claim')
    await s.paid(place)
    const [, second] = await winnersIn(place)
    expect(await winnersIn(place)).toMatchObject([
      { nonce: 0, state: 'void', voidReason: 'unclaimed' },
      { nonce: 1, state: 'won' },
    ])
    const again = s.messages(place).at(-1)
    expect(textOf(again as never)).toContain('did not answer in time. Drawn instead:')
    expect(again?.pings.users).toEqual([second?.discordId])
    const claim = async () => textOf(await s.press(place, second?.discordId ?? '', again as never, 'claim').message())
    expect(await claim()).toContain('the win is yours')
    expect(await claim()).toContain('the win is yours')
    expect(textOf(await s.press(place, s.member(place, 'other'), again as never, 'claim').message())).toContain(
      'for those who won',
    )
    await s.sql`update giveaway_winners set claim_until = now() - interval '1 second' where discord_server_id = ${place.id}`
    await s.play(place, 'giveaways.claim')
    expect((await winnersIn(place)).at(-1)).toMatchObject({ nonce: 1, state: 'claimed' })
  })

  it('of the chat answer by writing there', async () => {
    const place = await s.aPlace()
    await s.create(place, { ...keyword, claim: 5 }, { title: 'A hat', keyword: 'hat' })
    await s.say(place, 'Anna', 'hat')
    await s.draw(place)
    await s.say(place, 'Bob', 'who, me?')
    const stateNow = async () =>
      (await s.sql`select state from giveaway_winners where discord_server_id = ${place.id}`)[0]?.state
    expect(await stateNow()).toBe('won')
    await s.say(place, 'Anna', 'yes!', Date.now() + 1_000)
    expect(await stateNow()).toBe('claimed')
  })

  it('are rerolled one by one until nobody is left, and every roll stays in the proof', async () => {
    const { place } = await threeIn({ winners: 1 })
    await s.draw(place)
    expect(textOf(await s.ask(place, 'giveaway reroll', { number: 1 }))).toMatch(/#1: <@\d+> is drawn instead/)
    expect(textOf(await s.ask(place, 'giveaway reroll', { number: 1, winner: 1 }))).toContain('has no such winner')
    expect(textOf(await s.ask(place, 'giveaway reroll', { number: 1, winner: 2 }))).toContain('is drawn instead')
    expect(textOf(await s.ask(place, 'giveaway reroll', { number: 1 }))).toContain('Nobody is left who could win')
    await s.paid(place)
    const all = await winnersIn(place)
    expect(new Set(all.map(({ discordId }) => discordId)).size).toBe(3)
    expect(all.map(({ state }) => state)).toEqual(['void', 'void', 'won'])
    const shown = await s.ask(place, 'giveaway proof', { number: 1 })
    const proof = JSON.parse(s.bot.discord.control.fileOf(shown.attachments[0] as never).toString()) as Proof
    expect(proof.draws).toHaveLength(3)
    expect((await verify(proof)).every(({ holds }) => holds)).toBe(true)
  })

  it('stay in the list when they are erased, and nobody can tell any more who they were', async () => {
    const { place } = await threeIn({ winners: 3 })
    await s.draw(place)
    const [first] = await winnersIn(place)
    const { erasePerson } = await import('../../../sql/queries/trust.ts')
    await s.sql.begin((db) =>
      erasePerson(db, { guildId: place.id, userId: first?.discordId as never, username: null, kickUserId: null }),
    )
    expect(await winnersIn(place)).toMatchObject([{ nonce: 0, discordId: null, state: 'won' }, {}, {}])
    expect(await s.entriesIn(place)).toHaveLength(2)
    const shown = await s.ask(place, 'giveaway proof', { number: 1 })
    const proof = JSON.parse(s.bot.discord.control.fileOf(shown.attachments[0] as never).toString()) as Proof
    expect((await verify(proof)).every(({ holds }) => holds)).toBe(true)
  })
})

describe('/giveaway', () => {
  it('begins one as a template says, which is kept, listed and forgotten', async () => {
    const place = await s.aPlace()
    const save = (options: object) => s.ask(place, 'giveaway template save', { name: 'Friday', ...options })
    expect(textOf(await save({ method: 'keyword' }))).toContain('give the keyword')
    expect(textOf(await save({ method: 'keyword', keyword: '!fri', winners: 3 }))).toContain('Kept as **Friday**')
    expect(textOf(await s.ask(place, 'giveaway template list'))).toContain('Friday')
    const modal = await s.run(place, 'giveaway start', { template: 'friday' }).modal()
    expect(modal.title).toBe('New giveaway: Friday')
    await s.bot.discord.control.submit(modal, { title: 'A hat', duration: '' }).message()
    expect(textOf(s.messages(place)[0] as never)).toMatch(/\*\*!fri\*\*[\s\S]*3 winners[\s\S]*Open until it is drawn/)
    expect(textOf(await s.ask(place, 'giveaway template remove', { template: 'Friday' }))).toContain('is forgotten')
    expect(textOf(await s.run(place, 'giveaway start', { template: 'friday' }).message())).toContain(
      'no template “friday”',
    )
  })

  it.each([
    [button, { title: 'x', duration: 'soon' }, /no time I can read.*`2d 3h 15m`/],
    [button, { title: 'x', duration: '366d' }, /less than a year/],
    [button, { title: 'x', questions: '1\n2\n3\n4\n5\n6' }, /5 questions of 45 characters/],
  ])('refuses %j %j, says what is wrong, and begins nothing', async (options, form, told) => {
    const place = await s.aPlace()
    expect(textOf(await s.create(place, options, form as never))).toMatch(told)
    expect(await s.sql`select 1 from giveaways where discord_server_id = ${place.id}`).toHaveLength(0)
  })

  it('refuses more tickets for a role where nobody can tell it', async () => {
    const place = await s.aPlace()
    const role = place.guild.addRole({ name: 'Fans' })
    const answer = await s.run(place, 'giveaway create', { ...keyword, bonus_role: role.id }).message()
    expect(textOf(answer)).toContain('the chat cannot bring more tickets')
    await s.create(place, { ...keyword, button: true, bonus_role: role.id }, { title: 'A hat', keyword: 'hat' })
    expect(textOf(s.panelOf(place))).toContain(`<@&${role.id}>: one more ticket for each entry by the button.`)
  })

  it('stops, lists, cancels, and says what it cannot do', async () => {
    const place = await s.aPlace()
    await s.create(place, button, { title: 'One' })
    await s.create(place, button, { title: 'Two' })
    expect(textOf(await s.ask(place, 'giveaway stop', { number: 1 }))).toContain('takes no more entries')
    expect(textOf(await s.ask(place, 'giveaway stop', { number: 1 }))).toContain(
      'ended, not drawn. Nothing has changed',
    )
    expect(textOf(await s.ask(place, 'giveaway cancel', { number: 2 }))).toContain('Nobody wins it')
    expect(textOf(await s.ask(place, 'giveaway draw', { number: 2 }))).toContain('cannot be drawn')
    expect(textOf(await s.ask(place, 'giveaway draw', { number: 9 }))).toContain('no giveaway #9')
    expect(textOf(await s.ask(place, 'giveaway list'))).toMatch(
      /#2\*\* Two · called off[\s\S]*#1\*\* One · ended, not drawn/,
    )
    await s.paid(place)
    expect(textOf(s.messages(place)[1] as never)).toContain('❌ Called off')
  })

  it('runs ten at a time and no more, though several admins begin at once', async () => {
    const place = await s.aPlace()
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) => s.create(place, button, { title: `No ${i}` })),
    )
    expect(answers.filter((one) => textOf(one).includes('10 giveaways are open already'))).toHaveLength(2)
    const numbers = await s.sql<
      { id: number }[]
    >`select id from giveaways where discord_server_id = ${place.id} order by id`
    expect(numbers.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  it('begins also where it may not post, and says how to show it', async () => {
    const place = await s.aPlace()
    const hidden = place.guild.addChannel({
      name: 'hidden',
      overwrites: [{ id: s.bot.discord.botUserId, type: 'member', deny: 1n << 10n }],
    })
    const answer = await s.create(place, { ...button, channel: hidden.id }, { title: 'A hat' })
    expect(textOf(answer)).toContain('I may not post in')
    expect(textOf(await s.ask(place, 'giveaway show', { number: 1, post: true }))).toContain('news appear there')
    expect(await s.join(place, s.member(place, 'somebody'))).toContain('You are in')
  })
})

describe('the dashboard', () => {
  const hearDashboard = (place: Place, event: string, data: object) =>
    transaction(s.sql, async (db) => {
      const handler = features.find(({ name }) => name === 'giveaways')?.dashboard?.[event]
      await handler?.(
        { guildId: place.id, id: `nonce-${event}-${JSON.stringify(data).length}`, data, at: 0 },
        db,
        s.bot.tools,
      )
    })

  it('writes one down, which then runs as any other, is ended and drawn', async () => {
    const place = await s.aPlace()
    await s.sql`
      insert into giveaways (discord_server_id, id, title, entry_method, keyword, status, ends_at, discord_channel_id)
      values (${place.id}, 1, 'A hat', 'keyword', 'hat', 'pending', now() + interval '1 hour', ${place.news})`
    await hearDashboard(place, 'giveaway.started', { giveaway_id: '1' })
    await s.paid(place)
    expect(textOf(s.messages(place)[0] as never)).toMatch(/A hat[\s\S]*Write \*\*hat\*\*/)
    await s.say(place, 'Anna', 'hat', Date.now() + 1_000)
    await hearDashboard(place, 'giveaway.stopped', { giveaway_id: 1 })
    expect(await s.statusOf(place)).toBe('ended')
    await hearDashboard(place, 'giveaway.draw', { giveaway_id: 1 })
    await s.publish(place)
    await s.play(place, 'giveaways.draw')
    await s.paid(place)
    expect(await holdsTogether(s.sql, place)).toBe(true)
    await expect(hearDashboard(place, 'giveaway.draw', { giveaway_id: 1 })).rejects.toThrow('was drawn already')
    await expect(
      hearDashboard(place, 'giveaway.winner', { giveaway_id: 1, winner_username: 'Somebody' }),
    ).rejects.toThrow('was drawn already')
  })

  it('need not name a channel: it is told of where raffles are', async () => {
    const place = await s.aPlace()
    await s.ask(place, 'settings set', { key: 'raffle_channel_id', value: place.news })
    await s.sql`
      insert into giveaways (discord_server_id, id, title, entry_method, keyword, status)
      values (${place.id}, 1, 'A hat', 'keyword', 'hat', 'pending')`
    await hearDashboard(place, 'giveaway.started', { giveaway_id: 1 })
    await s.say(place, 'Anna', 'hat', Date.now() + 1_000)
    await s.draw(place)
    expect(s.messages(place).map(textOf)).toEqual([
      expect.stringContaining('The list is frozen'),
      expect.stringContaining('🏆 **Anna**'),
    ])
    expect(await s.sql`select 1 from outbox where discord_server_id = ${place.id} and state = 'dead'`).toHaveLength(0)
  })

  it('names a winner of its own, who is announced, and whom the proof does not vouch for', async () => {
    const place = await s.aPlace()
    await s.create(place, keyword, { title: 'A hat', keyword: 'hat' })
    await hearDashboard(place, 'giveaway.winner', { giveaway_id: 1, winner_username: 'Anna' })
    await hearDashboard(place, 'giveaway.winner', { giveaway_id: 1, winner_username: 'anna', announce: false })
    await s.paid(place)
    expect(textOf(s.messages(place).at(-1) as never)).toContain('🏆 **Anna**')
    expect(await s.statusOf(place)).toBe('completed')
    expect(await s.sql`select 1 from giveaway_winners where discord_server_id = ${place.id}`).toHaveLength(1)
    expect(textOf(await s.ask(place, 'giveaway reroll', { number: 1 }))).toContain('not drawn by me')
  })

  it('hears who entered and who won', async () => {
    const place = await s.aPlace()
    await s.create(place, keyword, { title: 'A hat', keyword: 'hat' })
    const tools = { ...s.bot.tools, dashboardSecret: 'a secret of the test' }
    const line = chatOf({ guildIds: [place.id], username: 'Anna', content: 'hat', at: Date.now() })
    await transaction(s.sql, (db) => onChat([line], db, tools))
    const told = await s.sql`
      select payload from outbox where discord_server_id = ${place.id} and kind = 'dashboard.tell'`
    expect(told.map(({ payload }) => payload)).toEqual([
      { area: 'giveaway', action: 'entry', data: { giveaway_id: 1, kick_username: 'Anna', entry_count: 1 } },
    ])
  })
})

it('commands of a server can say what is given away', async () => {
  const place = await s.aPlace()
  await s.create(place, keyword, { title: 'A hat', keyword: '!hat' })
  await s.say(place, 'Anna', '!hat')
  const response = '{giveaway_title} {giveaway_keyword} {giveaway_entries} {giveaway_participants} {giveaway_entered}'
  await s.ask(place, 'command add', { name: 'prize', response })
  expect(textOf(await s.ask(place, 'cmd', { name: 'prize' }))).toBe('A hat !hat 1 1 not entered')
})

it('Discord had nothing to complain about', () => expect(s.bot.discord.ledger.violations).toEqual([]))
