import { beforeAll, describe, expect, it } from 'vitest'
import { type GuildId, username } from '../../../cluster/runtime/ids.ts'
import { features } from '../../../shard/features/index.ts'
import { speak } from '../../../shard/features/language.ts'
import { promoChat, ticketsChat } from '../../../shard/features/raffle/chat.ts'
import { raffle, raffleFeature } from '../../../shard/features/raffle/index.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import { auditOf } from '../../../sql/queries/audit.ts'
import { latestPeriods } from '../../../sql/queries/raffle.ts'
import { type AwardSource, unexplainedTickets } from '../../../sql/queries/tickets.ts'
import type { Guild, SeenMessage } from '../../standins/discord/index.ts'
import { type Bot, startBot } from '../../support/bot.ts'
import { buttonsOf, textOf } from '../../support/browsing.ts'
import { aGuildId, aSlotAgo, aTick, times } from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'
import { until } from '../../support/wait.ts'

let sql: Sql
let bot: Bot
beforeAll(async () => {
  sql = (await createDatabase()).sql
  bot = await startBot({ sql, features })
})

interface Place {
  readonly id: GuildId
  readonly guild: Guild
  /** Anna, who has linked the account `an_na`. */
  readonly member: string
  readonly news: string
  readonly board: string
}

async function aPlace(): Promise<Place> {
  const id = aGuildId()
  const guild = bot.discord.world.addGuild({ id })
  const member = guild.addMember({ username: 'anna' }).user.id
  await sql`insert into links (discord_server_id, discord_id, kick_user_id, kick_name) values (${id}, ${member}, 4711, 'an_na')`
  const channel = (name: string) => guild.addChannel({ name }).id
  return { id, guild, member, news: channel('news'), board: channel('board') }
}

const ask = (place: Place, command: string, options = {}, userId = place.guild.ownerId): Promise<SeenMessage> =>
  bot.discord.control.command({ guildId: place.id, userId, command, options }).message()
const said = async (place: Place, command: string, options = {}, userId = place.guild.ownerId): Promise<string> =>
  textOf(await ask(place, command, options, userId)).trim()
const press = async (place: Place, message: SeenMessage, action: string, userId = place.guild.ownerId) => {
  const customId = buttonsOf(message).find(({ id }) => id?.startsWith(`raffle:${action}:`))?.id ?? ''
  return textOf(
    await bot.discord.control
      .press({ userId, message, customId })
      .message({ where: (seen) => buttonsOf(seen).length === 0 }),
  )
}
const set = (place: Place, key: string, value: string) => ask(place, 'settings set', { key, value })
const give = (place: Place, name: string, tickets: number, source: AwardSource = 'bonus') =>
  transaction(sql, (db) =>
    raffle.award(db, [
      {
        guildId: place.id,
        username: username(name),
        source,
        tickets,
        sourceRef: `${name}:${source}:${tickets}`,
        at: Date.now(),
      },
    ]),
  )
const periodsIn = (place: Place) => latestPeriods(sql, { guildId: place.id, limit: 10 })
const totalOf = async (place: Place, name = 'an_na') =>
  (
    await sql<{ total: string }[]>`
      select total_tickets as total from raffle_tickets where discord_server_id = ${place.id} and kick_username = ${name}`
  )[0]?.total
/** Nothing is due any more for this place: no job and no message. */
const quiet = (place: Place) =>
  until(
    async () => {
      bot.tools.wakeOutbox()
      const rows = await sql`
        select 1 from outbox where discord_server_id = ${place.id} and state = 'due'
         union all
        select 1 from job where discord_server_id = ${place.id} and next_run_at <= now()`
      return rows.length === 0
    },
    { what: 'everything that is due to be done' },
  )

describe('/raffle start', () => {
  it('starts one at once and announces it with its commitment, and refuses another for the same time', async () => {
    const place = await aPlace()
    await set(place, 'raffle_channel_id', place.news)
    const answer = await said(place, 'raffle start', { title: 'Spring *time*', prize: 'A <@1> mouse', days: 3 })
    expect(answer).toMatch(/^✅ Raffle #1: Spring \\\*time\\\* runs until <t:\d+:f>\.$/)
    await quiet(place)
    const [period] = await periodsIn(place)
    expect(period).toMatchObject({ status: 'active', periodNumber: 1, prize: 'A <@1> mouse' })
    const [post, ...others] = bot.discord.control.messagesIn(place.news)
    expect(others).toEqual([])
    expect(textOf(post as SeenMessage)).toContain(String(period?.commitment))
    expect(textOf(post as SeenMessage)).toContain('10 tickets for every whole hour')
    expect(post?.pings).toEqual({ everyone: false, roles: [], users: [] })
    expect(period?.openingMessageId ?? (await periodsIn(place))[0]?.openingMessageId).toBe(post?.id)
    expect(await said(place, 'raffle start')).toMatch(/runs until <t:\d+:f>\. End it with `\/raffle end`, or plan/)
    const noted = await auditOf(sql, { guildId: place.id, action: 'raffle.start', limit: 5 })
    expect(noted).toMatchObject([{ actorId: place.guild.ownerId, subject: '#1' }])
  })

  it('plans the next one for the time after it, one at most, and lasts for the rest of the month by default', async () => {
    const place = await aPlace()
    await set(place, 'timezone', 'Europe/Berlin')
    expect(await said(place, 'raffle start')).toContain('It is announced nowhere')
    const [running] = await periodsIn(place)
    const end = new Intl.DateTimeFormat('en', {
      timeZone: 'Europe/Berlin',
      day: 'numeric',
      hour: 'numeric',
      hourCycle: 'h23',
    })
    expect(end.format(running?.endsAt)).toBe('1, 00')
    const year = new Date().getUTCFullYear() + 1
    const next = { from: `${year}-03-01`, to: `${year}-03-31` }
    expect(await said(place, 'raffle start', next)).toMatch(/^✅ Raffle #2 begins <t:\d+:f> and ends <t:\d+:f>/)
    expect(await said(place, 'raffle start', next)).toContain('Raffle #2 is planned already')
    const [planned] = await periodsIn(place)
    expect([planned?.startsAt.toISOString(), planned?.endsAt.toISOString()]).toEqual([
      `${year}-02-28T23:00:00.000Z`,
      `${year}-03-31T22:00:00.000Z`,
    ])
    const both = await said(place, 'raffle info')
    expect(both).toMatch(/Raffle #1[\s\S]*🟢 Runs until[\s\S]*Raffle #2[\s\S]*🕒 Begins/)
  })

  it.each([
    [{ from: '2020-01-01' }, /lies in the past/],
    [{ from: 'soon' }, /written like `2026-03-31`/],
    [{ days: 3, to: '2099-01-01' }, /either `days` or `to`/],
    [{ to: '2099-01-01' }, /366 days at most/],
  ])('%j is refused with what is wrong, and nothing is planned', async (options, told) => {
    const place = await aPlace()
    expect(await said(place, 'raffle start', options)).toMatch(told)
    expect(await periodsIn(place)).toEqual([])
  })

  it('is offered to those who manage the server only; what members want to know, to everybody', () => {
    const commands = features.flatMap((feature) => feature.commands ?? [])
    const permission = (name: string) =>
      commands.find((command) => command.data.name === name)?.data.default_member_permissions
    expect([permission('raffle'), permission('tickets')]).toEqual(['32', undefined])
  })
})

describe('/raffle end', () => {
  it('asks first, obeys who was asked and nobody else, closes once, and says which list was frozen', async () => {
    const place = await aPlace()
    await set(place, 'raffle_channel_id', place.news)
    await set(place, 'raffle_auto_renew', 'on')
    await ask(place, 'raffle start')
    await give(place, 'an_na', 5)
    const question = await ask(place, 'raffle end')
    expect(textOf(question)).toContain('End Raffle #1 now? 5 tickets · 1 participant.')
    expect(await press(place, await ask(place, 'raffle end'), 'keep')).toBe('Nothing has changed.')
    const other = await ask(place, 'raffle end')
    expect((await periodsIn(place))[0]?.status).toBe('active')
    const answer = await press(place, question, 'end')
    const [period] = await periodsIn(place)
    expect(period).toMatchObject({ status: 'closed', endedManually: true, participants: 1 })
    expect(answer).toContain(String(period?.listHash))
    expect(await press(place, other, 'end')).toBe(answer)
    await quiet(place)
    const posts = bot.discord.control.messagesIn(place.news).map(textOf)
    expect(posts).toHaveLength(2)
    expect(posts[1]).toMatch(/🔒 Raffle #1 is closed\n🎟️ 5 tickets · 1 participant\n[\s\S]*frozen/)
    expect(posts[1]).toContain(String(period?.listHash))
    expect(await periodsIn(place)).toHaveLength(1)
  })

  it('is bound to who asked and to that raffle: a button of an older one ends nothing', async () => {
    const place = await aPlace()
    await ask(place, 'raffle start')
    const [first, second] = [await ask(place, 'raffle end'), await ask(place, 'raffle end')]
    const answer = await press(place, first, 'end')
    await ask(place, 'raffle start')
    expect(await press(place, second, 'end')).toBe(answer)
    expect((await periodsIn(place)).map(({ status }) => status)).toEqual(['active', 'closed'])
    const args = [place.member, '2']
    const { end } = raffleFeature.buttons
    if (end.opens !== undefined) throw new Error('it answers, and opens nothing')
    const interaction = { user: { id: place.guild.ownerId }, locale: 'en-US', memberPermissions: null } as never
    await expect(async () => end.run(interaction, place.id, args, bot.tools)).rejects.toThrow('Only whoever asked')
    const without = { user: { id: place.member }, locale: 'en-US', memberPermissions: { has: () => false } } as never
    await expect(async () => end.run(without, place.id, args, bot.tools)).rejects.toThrow('Manage Server')
    expect((await periodsIn(place))[0]?.status).toBe('active')
  })

  it('calls a planned one off, which stays on record and makes room', async () => {
    const place = await aPlace()
    const year = new Date().getUTCFullYear() + 1
    const from = `${year}-05-01`
    expect(await said(place, 'raffle end')).toContain('No raffle runs or is planned')
    await ask(place, 'raffle start', { from })
    const question = await ask(place, 'raffle end')
    expect(textOf(question)).toContain('Call off Raffle #1')
    expect(await press(place, question, 'end')).toBe('✖️ Raffle #1 is called off.')
    expect(await said(place, 'raffle start', { from })).toContain('Raffle #2')
    expect((await periodsIn(place)).map(({ status }) => status)).toEqual(['scheduled', 'archived'])
  })
})

describe('/raffle dates', () => {
  it('moves the end and its job, changes what it says, and never overlaps with the planned one', async () => {
    const place = await aPlace()
    await ask(place, 'raffle start', { days: 2 })
    const year = new Date().getUTCFullYear() + 1
    await ask(place, 'raffle start', { from: `${year}-06-01`, to: `${year}-06-30` })
    expect(await said(place, 'raffle dates', { to: `${year}-06-02` })).toContain(
      'would overlap with those of Raffle #2',
    )
    expect(await said(place, 'raffle dates', { to: `${year}-05-31`, title: 'Long', prize: 'a mug' })).toMatch(
      /^✅ Raffle #1: Long: <t:\d+:f> to <t:\d+:f>\.$/,
    )
    const [job] = await sql<{ at: Date }[]>`
      select next_run_at as at from job where discord_server_id = ${place.id} and kind = 'raffle.close'`
    expect(job?.at.toISOString()).toBe(`${year}-06-01T00:00:00.000Z`)
    expect(await said(place, 'raffle dates', { to: '2020-01-01' })).toContain('use `/raffle end`')
    await ask(place, 'raffle dates', { planned: true, from: `${year}-06-05` })
    const [planned, running] = await periodsIn(place)
    expect(planned?.startsAt.toISOString()).toBe(`${year}-06-05T00:00:00.000Z`)
    expect(running).toMatchObject({ title: 'Long', prize: 'a mug', status: 'active' })
    expect(await auditOf(sql, { guildId: place.id, action: 'raffle.dates', limit: 9 })).toHaveLength(2)
  })
})

describe('/raffle give and remove', () => {
  it('give and take with a reason, by kind or bonus first, never more than there are, and all of it adds up', async () => {
    const [place, neighbour] = [await aPlace(), await aPlace()]
    expect(await said(place, 'raffle give', { tickets: 5, name: 'an_na' })).toContain('No raffle runs')
    for (const each of [place, neighbour]) await ask(each, 'raffle start')
    expect(await said(place, 'raffle give', { tickets: 1500, member: place.member, reason: 'won *it*' })).toBe(
      '✅ **an\\_na** has 1,500 tickets now (+1,500).',
    )
    expect(await said(place, 'raffle give', { tickets: 7, name: 'Nobody' })).toMatch(
      /\*\*nobody\*\* has 7 tickets now \(\+7\)\.\nThey take part once \*\*nobody\*\* has linked/,
    )
    await give(place, 'an_na', 30, 'gifted_sub')
    await give(place, 'an_na', 10, 'wager')
    expect(await said(place, 'raffle remove', { tickets: '1541', name: 'an_na' })).toContain('only 1,540 tickets')
    expect(await said(place, 'raffle remove', { tickets: '31', name: 'an_na', from: 'gifted_sub' })).toContain(
      'only 30 tickets',
    )
    for (const tickets of ['0', '-1', '1.5', 'many'])
      expect(await said(place, 'raffle remove', { tickets, name: 'an_na' })).toContain('a whole number from 1')
    expect(await totalOf(place)).toBe('1540')
    expect(await said(place, 'raffle remove', { tickets: '1504', name: 'an_na', reason: 'typo' })).toBe(
      '✅ **an\\_na** has 36 tickets now (−1,504): Bonus 1,500, Gifted subs 3, and Wagers 1.',
    )
    expect(await said(place, 'raffle remove', { tickets: 'all', name: 'an_na', from: 'wager' })).toContain('(−9)')
    expect(await said(place, 'raffle remove', { tickets: 'ALL', name: 'an_na' })).toContain('has 0 tickets now')
    expect(await said(place, 'raffle remove', { tickets: 'all', name: 'an_na' })).toContain('only 0 tickets')
    expect(await unexplainedTickets(sql, { guildId: place.id, periodNumber: 1, limit: 9 })).toEqual([])
    expect(await totalOf(neighbour)).toBeUndefined()
    const noted = await auditOf(sql, { guildId: place.id, action: 'raffle.remove', limit: 9 })
    expect(noted.map(({ oldValue, newValue }) => [oldValue, newValue])).toEqual([
      ['27', '0'],
      ['36', '27'],
      ['1540', '36'],
    ])
    const stats = await said(place, 'raffle stats', { member: place.member })
    expect(stats).toMatch(/\*\*−1,500\*\* · Taken away · .* · typo/)
    expect(stats).toMatch(/\*\*\+1,500\*\* · Bonus · .* · won \\\*it\\\*/)
  })

  it('refuse a viewer without a link where tickets count only after it, and leave no trace', async () => {
    const place = await aPlace()
    await set(place, 'raffle_late_linking', 'off')
    await ask(place, 'raffle start')
    expect(await said(place, 'raffle give', { tickets: 5, name: 'nobody' })).toContain('is not linked')
    expect(await sql`select 1 from ticket_ledger where discord_server_id = ${place.id}`).toHaveLength(0)
  })

  it('take once for one use of the command, though it is carried out again and other kinds are left', async () => {
    const place = await aPlace()
    await ask(place, 'raffle start')
    await give(place, 'an_na', 10)
    await give(place, 'an_na', 50, 'wager')
    const command = features.flatMap((feature) => feature.commands ?? []).find(({ data }) => data.name === 'raffle')
    const options = {
      getSubcommand: () => 'remove',
      getString: (name: string) => ({ tickets: '10', name: 'an_na' })[name] ?? null,
      getUser: () => null,
    }
    const interaction = { id: '99', user: { id: place.guild.ownerId }, locale: 'en-US', options } as never
    for (const _ of times(3, (i) => i)) await command?.run(interaction, place.id, bot.tools)
    expect(await totalOf(place)).toBe('50')
  })
})

describe('what admins look after', () => {
  it('is compared, set right, counted from now on, and who takes part is decided here as well', async () => {
    const place = await aPlace()
    await ask(place, 'raffle start')
    await give(place, 'an_na', 5)
    expect(await said(place, 'raffle check')).toBe('✅ Every balance is the sum of its history.')
    await sql`update raffle_tickets set wager_tickets = 4 where discord_server_id = ${place.id}`
    expect(await said(place, 'raffle check')).toContain('**an\\_na**: 4 tickets, but the history says 0 tickets.')
    expect(await said(place, 'raffle recompute')).toContain('1 balance was not what its history says')
    expect(await said(place, 'raffle recompute')).toContain('already')
    expect(await totalOf(place)).toBe('5')
    expect(await said(place, 'raffle exclude', { name: 'an_na', reason: 'a friend' })).toContain(
      'is left out of raffles',
    )
    expect(await said(place, 'raffle exclude', { name: 'an_na' })).toContain('already')
    expect(await said(place, 'tickets mine', {}, place.member)).toMatch(
      /🎟️ \*\*5 tickets\*\*[\s\S]*left you out of raffles/,
    )
    expect(await said(place, 'raffle stats')).toMatch(/0 tickets · 0 participants[\s\S]*Bonus: 5 \(1 entry\)/)
    expect(await said(place, 'raffle include', { name: 'an_na' })).toContain('takes part in raffles again')
    expect(await said(place, 'raffle stats')).toMatch(/5 tickets · 1 participant\nOn average 5 for each participant/)
    const question = await ask(place, 'raffle baseline', { name: 'an_na' })
    expect(textOf(question)).toContain('Count only what **an\\_na** watches from now on in Raffle #1?')
    expect(await press(place, question, 'baseline')).toContain('only what is watched from now on counts')
    expect(await auditOf(sql, { guildId: place.id, action: 'raffle.baseline', limit: 9 })).toMatchObject([
      { subject: 'an_na', actorId: place.guild.ownerId },
    ])
  })
})

describe('/tickets', () => {
  it('tells a member what they hold, their rank and chance among those who take part, and how to get more', async () => {
    const place = await aPlace()
    const mine = () => said(place, 'tickets mine', {}, place.member)
    expect(await mine()).toBe('No raffle runs at the moment.')
    await ask(place, 'raffle start')
    expect(await mine()).toContain('You have no tickets in this raffle yet.')
    await sql`insert into links (discord_server_id, discord_id, kick_user_id, kick_name) values (${place.id}, 2, 2, 'bob')`
    await give(place, 'an_na', 10)
    await give(place, 'an_na', 15, 'gifted_sub')
    await give(place, 'bob', 50)
    await give(place, 'unlinked', 900)
    const answer = await ask(place, 'tickets mine', {}, place.member)
    expect(answer.isEphemeral).toBe(true)
    expect(textOf(answer).trim()).toBe(
      'Raffle #1\n🎟️ **25 tickets**\nRank 2 of 2 · chance 33.33%\nGifted subs: 15\nBonus: 10',
    )
    expect(await said(place, 'tickets info', {}, place.member)).toMatch(
      /🎟️ 75 tickets · 2 participants\n⏸️ 900 tickets of 1 viewer wait/,
    )
    const stranger = place.guild.addMember({ username: 'stranger' }).user.id
    expect(await said(place, 'tickets mine', {}, stranger)).toContain('/link')
  })

  it('says of every source that is on what it brings, at the rate of now, and nothing of one that is off', async () => {
    const place = await aPlace()
    const how = async () => (await said(place, 'tickets how', {}, place.member)).split('\n')
    const first = await how()
    expect(first).toEqual([
      'How to get tickets',
      '⏱️ 10 tickets for every whole hour that you watch while a raffle runs.',
      '🎁 15 tickets for each subscription that you gift.',
      '✨ Bonus tickets, when an admin gives you some.',
      expect.stringMatching(/^🔗 Link your Kick account with `\/link`: tickets from before count/),
      expect.stringMatching(/^🔏 The draw is fair/),
    ])
    await set(place, 'raffle_tickets_per_hour', '0')
    await set(place, 'raffle_tickets_per_gifted_sub', '1')
    await set(place, 'raffle_tickets_per_sub', '4')
    await set(place, 'raffle_late_linking', 'false')
    await sql`insert into wager_campaign (campaign_id, platform, next_poll_at) values (${place.id}, 'stake_us', 'infinity')`
    await sql`
      insert into wager_source (discord_server_id, platform, campaign_id, address, key_id)
      values (${place.id}, 'stake_us', ${place.id}, 'x', 'k')`
    const item = (id: number, name: string, more: { tickets?: number; active?: boolean; left?: number }) => sql`
      insert into point_shop_items (
        discord_server_id, id, name, price, is_active, item_type, raffle_ticket_amount, stock_total, stock_left
      )
      values (${place.id}, ${id}, ${name}, ${id * 1_500}, ${more.active ?? true}, ${more.tickets === undefined ? 'custom' : 'raffle_tickets'},
              ${more.tickets ?? 0}, ${more.left === undefined ? null : 5}, ${more.left ?? null})`
    await item(1, 'A mug', {})
    await item(2, 'Five *more*', { tickets: 5, left: 1 })
    await item(3, 'Gone', { tickets: 9, left: 0 })
    await item(4, 'Hidden', { tickets: 9, active: false })
    const second = await how()
    expect(second.slice(1, 6)).toEqual([
      '🎁 1 ticket for each subscription that you gift.',
      '⭐ 4 tickets for each month that you subscribe.',
      '🎲 20 tickets for each $1,000 that you wager on Stake.us, once `/wager link` has shown which account is yours.',
      '🛒 5 tickets for 3,000 points: **Five \\*more\\*** in `/shop`.',
      '✨ Bonus tickets, when an admin gives you some.',
    ])
    expect(second[6]).toContain('`/link` first')
    // What is announced when a raffle begins, and its board, say the same of the rates; `/earn` says when it ends.
    await set(place, 'raffle_channel_id', place.news)
    await set(place, 'raffle_board_channel_id', place.board)
    await ask(place, 'raffle start')
    await quiet(place)
    for (const channel of [place.news, place.board])
      expect(textOf(bot.discord.control.messagesIn(channel).at(-1) as SeenMessage)).toContain(
        second.slice(1, 4).join('\n'),
      )
    expect(await said(place, 'earn')).toMatch(/🎟️ \*\*Raffle\*\*, which ends <t:\d+:R>:\n🎁 1 ticket/)
  })

  it('has a board by pages, without those who do not want to stand on it, and of this server alone', async () => {
    const [place, other] = [await aPlace(), await aPlace()]
    for (const each of [place, other]) await ask(each, 'raffle start')
    await give(other, 'an_na', 999)
    for (let i = 1; i <= 12; i++) {
      await sql`
        insert into links (discord_server_id, discord_id, kick_user_id, kick_name)
        values (${place.id}, ${i}, ${i}, ${`viewer${i}`})`
      await give(place, `viewer${i}`, i === 12 ? 11 : i)
    }
    await sql`
      insert into exclusion (discord_server_id, username, kind, origin) values (${place.id}, 'viewer11', 'boards', 'member')`
    const board = await ask(place, 'tickets board', {}, place.member)
    const lines = textOf(board).trim().split('\n')
    expect(lines[0]).toBe('🏆 Most tickets · Raffle #1')
    expect(lines[1]).toBe('🥇 **viewer12** — 11 tickets · 14.28%')
    expect(lines[2]).toBe('🥉 **viewer10** — 10 tickets · 12.98%')
    expect(textOf(board)).not.toContain('viewer11')
    expect(lines).toHaveLength(11)
    const next = buttonsOf(board).find(({ label }) => label?.startsWith('Next'))?.id ?? ''
    const turned = await bot.discord.control
      .press({ userId: place.member, message: board, customId: next })
      .message({ where: (seen) => textOf(seen).includes('viewer1**') })
    expect(textOf(turned)).toContain('`#12` **viewer1** — 1 ticket')
    expect(await said(place, 'tickets board', { page: 99 }, place.member)).toContain('viewer1**')
    expect(textOf(board)).not.toContain('999')
    expect(bot.discord.ledger.violations).toEqual([])
  })
})

describe('in stream chat', () => {
  const call = (place: Place, name: string) => ({
    guildId: place.id,
    say: speak('en'),
    sender: { userId: '1' as never, username: username(name), displayName: name },
    args: [],
  })
  const hear = async (place: Place, name = 'an_na') => ticketsChat(call(place, name), sql, bot.tools)

  it('!tickets tells everybody theirs, and !raffle what the server wants or that one runs', async () => {
    const place = await aPlace()
    const promo = () => promoChat(call(place, 'an_na'), sql, bot.tools)
    expect([await hear(place), await promo()]).toEqual(times(2, () => 'no raffle runs at the moment.'))
    await ask(place, 'raffle start', { title: 'Spring', days: 2 })
    expect(await hear(place)).toBe('no tickets yet. Keep watching and chatting: 10 tickets for every whole hour.')
    await give(place, 'an_na', 1)
    await give(place, 'bob', 4)
    expect(await hear(place)).toBe('1 ticket, rank 1 of 1, chance 100.00%.')
    expect(await hear(place, 'bob')).toBe('4 tickets; they take part once you have linked your account: !link')
    expect(await promo()).toMatch(/^🎟️ Spring ends in 47 h 59 min\. Watch, chat/)
    await set(place, 'raffle_promo_message', '  Win a\n mouse: https://example.org  ')
    expect(await promo()).toBe('Win a mouse: https://example.org')
  })
})

describe('a command of a server', () => {
  it('may name tickets, rank, chance and what is left of the time, of this server alone, and that no raffle runs', async () => {
    const [place, other] = [await aPlace(), await aPlace()]
    const response =
      '{tickets}={watchtime_tickets}+{gifted_sub_tickets}+{wager_tickets}+{bonus_tickets} {raffle_rank} {raffle_chance} of {raffle_total} by {raffle_participants}, {raffle_ends_in}'
    for (const each of [place, other])
      await ask(each, 'command add', { name: 'luck', response, user_cooldown: 0, cooldown: 0 })
    const luck = (each: Place) => said(each, 'cmd', { name: 'luck' }, each.member)
    expect(await luck(place)).toBe('0=0+0+0+0 unranked 0.00% of 0 by 0, none')
    for (const each of [place, other]) await ask(each, 'raffle start', { days: 1 })
    await sql`insert into links (discord_server_id, discord_id, kick_user_id, kick_name) values (${place.id}, 2, 2, 'bob')`
    await give(place, 'an_na', 10)
    await give(place, 'an_na', 15, 'gifted_sub')
    await give(place, 'bob', 50, 'wager')
    await give(place, 'unlinked', 900)
    await give(other, 'an_na', 7)
    expect(await luck(place)).toBe('25=0+15+0+10 #2 33.33% of 75 by 2, 23 h 59 min')
    expect(await luck(other)).toBe('7=0+0+0+7 #1 100.00% of 7 by 1, 23 h 59 min')
  })
})

describe('the board of a server', () => {
  const boardIn = (channel: string) => bot.discord.control.messagesIn(channel)
  const editsOf = (messageId: string): number =>
    bot.discord.ledger.rest.filter(({ method, path }) => method === 'PATCH' && path.endsWith(`/messages/${messageId}`))
      .length
  /** As if the board had been edited a minute ago, so that it may be again. */
  const minuteLater = async (place: Place) => {
    await sql`update raffle_board set edited_at = now() - interval '61 seconds' where discord_server_id = ${place.id}`
    await sql`update job set next_run_at = now() where discord_server_id = ${place.id} and kind = 'raffle.board'`
    await quiet(place)
  }

  it('is one message, edited when it would change and at most once a minute, and posted again when it is gone', async () => {
    const place = await aPlace()
    await ask(place, 'raffle start', { prize: 'a mouse' })
    await set(place, 'raffle_board_channel_id', place.board)
    await transaction(sql, (db) => raffle.award(db, [])) // nothing follows from nothing
    await give(place, 'an_na', 3)
    await quiet(place)
    expect(boardIn(place.board)).toHaveLength(1)
    const first = boardIn(place.board)[0] as SeenMessage
    expect(textOf(first)).toMatch(
      /Raffle #1[\s\S]*🎁 a mouse\n🎟️ 3 tickets · 1 participant[\s\S]*🥇 \*\*an\\_na\*\* — 3 tickets · 100/,
    )
    for (let i = 0; i < 5; i++) await give(place, 'an_na', 10 + i)
    const [job, ...more] = await sql<{ seconds: number }[]>`
      select extract(epoch from next_run_at - now())::float8 as seconds
        from job where discord_server_id = ${place.id} and kind = 'raffle.board'`
    expect(more).toEqual([])
    expect(job?.seconds).toBeGreaterThan(50)
    expect(textOf(boardIn(place.board)[0] as SeenMessage)).toContain('3 tickets')
    await minuteLater(place)
    expect(boardIn(place.board).map((message) => message.id)).toEqual([first.id])
    expect(textOf(boardIn(place.board)[0] as SeenMessage)).toContain('63 tickets')
    const before = editsOf(first.id)
    await sql`
      insert into job (discord_server_id, kind, job_ref, next_run_at) values (${place.id}, 'raffle.board', 'board', now())`
    await quiet(place)
    expect([before, editsOf(first.id)]).toEqual([1, 1]) // nothing has changed, so nothing was sent
    await bot.tools.rest.delete(`/channels/${place.board}/messages/${first.id}`)
    await give(place, 'an_na', 1)
    await minuteLater(place)
    expect(boardIn(place.board)).toHaveLength(1)
    expect(boardIn(place.board)[0]?.id).not.toBe(first.id)
  })

  it('moves with its channel, goes with it, and shows that a raffle is closed', async () => {
    const place = await aPlace()
    await ask(place, 'raffle start')
    const choose = async (value: string) => {
      await set(place, 'raffle_board_channel_id', value)
      // The setting marks the guild; the tick that follows plans the work.
      const [due] = await sql`
        select facts_revision > settled_revision as is_due from settlement
         where discord_server_id = ${place.id} and kind = 'raffle'`
      expect(due).toEqual({ isDue: true })
      await transaction(sql, (db) =>
        raffleFeature.ticks.raffle(aTick({ kind: 'raffle', guildIds: [place.id], slot: aSlotAgo(0) }), db, bot.tools),
      )
      await minuteLater(place)
    }
    await choose(place.board)
    expect(boardIn(place.board)).toHaveLength(1)
    await choose(place.news)
    expect([boardIn(place.board).length, boardIn(place.news).length]).toEqual([0, 1])
    await press(place, await ask(place, 'raffle end'), 'end')
    await minuteLater(place)
    expect(textOf(boardIn(place.news)[0] as SeenMessage)).toMatch(/🔒 Closed[\s\S]*📜 Fingerprint of the frozen list/)
    await choose('none')
    expect(boardIn(place.news)).toHaveLength(0)
    expect(await sql`select 1 from raffle_board where discord_server_id = ${place.id}`).toHaveLength(0)
    expect(bot.discord.ledger.violations).toEqual([])
  })
})
