import { beforeAll, describe, expect, it } from 'vitest'
import { UserError } from '../../../cluster/runtime/errors.ts'
import { type GuildId, username } from '../../../cluster/runtime/ids.ts'
import { features } from '../../../shard/features/index.ts'
import { onPointsAdjusted, onWatchtimeAdjusted } from '../../../shard/features/points/dashboard.ts'
import { readAmount } from '../../../shard/features/points/rules.ts'
import { onTick } from '../../../shard/features/points/tick.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import { auditOf } from '../../../sql/queries/audit.ts'
import { mostPoints, unexplainedBalances } from '../../../sql/queries/ledger.ts'
import { type Bot, startBot } from '../../support/bot.ts'
import { aGuildId, aSlotAgo, aTick, standingsIn, times } from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'

let sql: Sql
let bot: Bot

beforeAll(async () => {
  sql = (await createDatabase()).sql
  bot = await startBot({ sql, features })
})

interface Place {
  readonly guildId: GuildId
  readonly admin: string
}

const aPlace = (): Place => {
  const guildId = aGuildId()
  return { guildId, admin: bot.discord.world.addGuild({ id: guildId }).ownerId }
}

const ask = ({ guildId, admin }: Place, command: string, options = {}) =>
  bot.discord.control.command({ guildId, userId: admin, command, options }).message()
const said = async (place: Place, command: string, options = {}): Promise<string> => {
  const message = await ask(place, command, options)
  return message.content || String(message.embeds[0]?.description)
}

const balanceOf = async ({ guildId }: Place, name = 'viewer') => {
  const [row] = await sql`
    select points, total_earned, total_spent from user_points
     where discord_server_id = ${guildId} and kick_username = ${name}`
  return row && [row.points, row.totalEarned, row.totalSpent]
}
const pointsTick = ({ guildId }: Place) =>
  transaction(sql, (db) => onTick(aTick({ kind: 'points', guildIds: [guildId], slot: aSlotAgo(0) }), db, bot.tools))

describe('an amount', () => {
  it.each([
    ['5', 5n],
    [' 0012 ', 12n],
    ['9223372036854775807', mostPoints],
    ['9223372036854775808', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['1,000', undefined],
    ['1e3', undefined],
    ['٣', undefined],
    ['', undefined],
  ])('typed as %j is %s', (typed, amount) => expect(readAmount(typed, { mayBeNegative: false })).toBe(amount))
})

describe('/points-admin', () => {
  it('gives, takes and sets beyond 2^53, in this guild alone, with an entry, a reason and a note of who it was', async () => {
    const [place, neighbour] = [aPlace(), aPlace()]
    expect(
      await said(place, 'points-admin give', { amount: '9007199254740993', name: 'Viewer', reason: 'won' }),
    ).toMatch(/^\*\*viewer\*\* has 9,007,199,254,740,993 points now \(\+9,007,199,254,740,993\); that is entry #\d+\.$/)
    await said(place, 'points-admin take', { amount: '993', name: 'viewer' })
    expect(await balanceOf(place)).toEqual(['9007199254740000', '9007199254740993', '993'])
    expect(await said(place, 'points-admin set', { amount: '10', name: 'viewer' })).toContain('has 10 points now (−9,0')
    expect(await said(place, 'points-admin set', { amount: '10', name: 'viewer' })).toContain('has 10 points already')
    expect(await balanceOf(neighbour)).toBeUndefined()
    expect(await said(neighbour, 'points-admin history', { name: 'viewer' })).toContain('Nothing but watching')
    const lines = (await said(place, 'points-admin history', { name: 'viewer' })).split('\n')
    expect(lines).toHaveLength(3)
    expect(lines[2]).toMatch(new RegExp(`\\*\\*\\+9,0.* · given · .* · <@${place.admin}> · won$`))
    const noted = await auditOf(sql, { guildId: place.guildId, action: 'points.give', limit: 5 })
    expect(noted).toMatchObject([{ actorId: place.admin, subject: 'viewer', oldValue: '0', reason: 'won' }])
  })

  it('keeps a balance from going below zero unless it is forced, and leaves no trace of what it refused', async () => {
    const place = aPlace()
    await said(place, 'points-admin give', { amount: '5', name: 'viewer' })
    expect(await said(place, 'points-admin take', { amount: '6', name: 'viewer' })).toContain('has 5 points only')
    expect(await said(place, 'points-admin take', { amount: '1', name: 'nobody' })).toContain('has 0 points only')
    expect(await balanceOf(place, 'nobody')).toBeUndefined()
    await said(place, 'points-admin take', { amount: '6', name: 'viewer', force: true })
    expect((await balanceOf(place))?.[0]).toBe('-1')
    expect(await said(place, 'points-admin give', { amount: '1', name: 'viewer' })).toContain('has 0 points now')
    for (const amount of ['0', '-5', '1.5', 'all', '99999999999999999999'])
      expect(await said(place, 'points-admin give', { amount, name: 'viewer' })).toContain('a whole number from 1')
    await said(place, 'points-admin give', { amount: String(mostPoints), name: 'viewer' })
    expect(await said(place, 'points-admin give', { amount: '1', name: 'viewer' })).toContain('no balance can be more')
  })

  it('takes an entry back once, however often and by how many at once, and only one of its own guild', async () => {
    const [place, neighbour] = [aPlace(), aPlace()]
    const entry = /#\d+/.exec(await said(place, 'points-admin give', { amount: '50', name: 'viewer' }))?.[0] ?? ''
    expect(await said(neighbour, 'points-admin undo', { entry })).toContain('There is no such entry on this server')
    const answers = await Promise.all(times(4, () => said(place, 'points-admin undo', { entry })))
    expect(answers.filter((answer) => answer.includes('was undone before'))).toHaveLength(3)
    expect(await balanceOf(place)).toEqual(['0', '0', '0'])
    for (const wrong of ['x', '99999999999999999', "1' or 1=1"])
      expect(await said(place, 'points-admin undo', { entry: wrong })).toContain('There is no such entry')
  })

  it('finds balances that somebody changed past it', async () => {
    const place = aPlace()
    await said(place, 'points-admin give', { amount: '5', name: 'viewer' })
    expect(await said(place, 'points-admin check')).toBe('✅ Every balance is the sum of its history.')
    await sql`update user_points set points = 7 where discord_server_id = ${place.guildId}`
    expect(await said(place, 'points-admin check')).toBe('**viewer** has 7 points, its history says 5 points.')
  })

  it('shows what would fade, and that nothing does while it is off', async () => {
    const place = aPlace()
    expect(await said(place, 'points-admin decay')).toContain('Unused points stay')
    await ask(place, 'settings set', { key: 'decay_percent', value: '10' })
    await sql`
      insert into user_points (discord_server_id, kick_username, points)
      values (${place.guildId}, 'away', 105), (${place.guildId}, 'poor', 9)`
    expect(await said(place, 'points-admin decay')).toBe(
      'Who has not watched for 30 days loses 10 % every 7 days, down to 0.\nNow 1 viewer would lose 10 points.',
    )
  })

  it('is offered to those who manage the server only', () => {
    for (const name of ['points-admin', 'watchtime-admin', 'exclude']) {
      const data = features.flatMap((feature) => feature.commands ?? []).find((command) => command.data.name === name)
      expect(data?.data.default_member_permissions).toBe('32')
    }
  })
})

describe('/watchtime-admin', () => {
  it('gives minutes that turn into points at the next tick, or do not when that is not wanted', async () => {
    const place = aPlace()
    expect(await said(place, 'watchtime-admin give', { minutes: 12, name: 'viewer', reason: 'outage' })).toBe(
      '**viewer** has 12 min now (+12 min).',
    )
    await pointsTick(place)
    await pointsTick(place)
    expect(await standingsIn(sql, place.guildId)).toEqual([{ username: 'viewer', minutes: 12, points: 2 }])
    await said(place, 'watchtime-admin give', { minutes: 100, name: 'viewer', points: false })
    await pointsTick(place)
    expect(await standingsIn(sql, place.guildId)).toEqual([{ username: 'viewer', minutes: 112, points: 2 }])
    expect(await said(place, 'watchtime-admin history', { name: 'viewer' })).toMatch(
      /^\*\*\+100\*\* .*\n\*\*\+12\*\* .* outage$/,
    )
  })

  it('takes minutes, never more than there are, and does not pay twice for those who are earned again', async () => {
    const place = aPlace()
    await said(place, 'watchtime-admin give', { minutes: 20, name: 'viewer' })
    await pointsTick(place)
    expect(await said(place, 'watchtime-admin take', { minutes: 21, name: 'viewer' })).toContain('has 20 min only')
    await said(place, 'watchtime-admin take', { minutes: 10, name: 'viewer' })
    await said(place, 'watchtime-admin give', { minutes: 15, name: 'viewer' })
    await pointsTick(place)
    expect(await standingsIn(sql, place.guildId)).toEqual([{ username: 'viewer', minutes: 25, points: 5 }])
  })
})

describe('the dashboard', () => {
  const event = (place: Place, id: string, data: unknown) => ({ guildId: place.guildId, id, data, at: Date.now() })
  const says = (place: Place, id: string, data: unknown) =>
    transaction(sql, (db) => onPointsAdjusted(event(place, id, data), db, bot.tools))

  it('changes a balance once for each event, by name or by member, and what is wrong in one changes nothing', async () => {
    const place = aPlace()
    const member = bot.discord.control.join(place.guildId)
    await sql`insert into links (discord_server_id, discord_id, kick_name) values (${place.guildId}, ${member}, 'viewer')`
    await says(place, 'one', {
      change: '9007199254740993',
      kick_name: 'VIEWER',
      reason: 'a prize',
      actor_id: place.admin,
    })
    await says(place, 'one', { change: '9007199254740993', kick_name: 'VIEWER' })
    await says(place, 'two', { change: '-993', discord_id: member })
    expect((await balanceOf(place))?.[0]).toBe('9007199254740000')
    for (const data of [
      { change: 5, kick_name: 'viewer' },
      { change: '0', kick_name: 'viewer' },
      { change: '5' },
      { change: '5', kick_name: 'two words' },
      { change: '-99999999999999999', kick_name: 'viewer' },
    ])
      await expect(says(place, 'three', data)).rejects.toBeInstanceOf(UserError)
    expect((await balanceOf(place))?.[0]).toBe('9007199254740000')
    expect(await unexplainedBalances(sql, place.guildId)).toEqual([])
  })

  it('changes minutes once for each event', async () => {
    const place = aPlace()
    const data = { minutes: 30, kick_name: 'viewer' }
    for (const _ of times(3, (n) => n))
      await transaction(sql, (db) => onWatchtimeAdjusted(event(place, 'one', data), db, bot.tools))
    await transaction(sql, (db) => onWatchtimeAdjusted(event(place, 'two', { ...data, minutes: -10 }), db, bot.tools))
    await pointsTick(place)
    expect(await standingsIn(sql, place.guildId)).toEqual([{ username: username('viewer'), minutes: 20, points: 4 }])
  })
})
