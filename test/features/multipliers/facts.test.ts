import { beforeAll, describe, expect, it } from 'vitest'
import { type GuildId, roleId, type UserId, userId, username } from '../../../cluster/runtime/ids.ts'
import { onChat, onGifts, onSubscription } from '../../../shard/features/activity/event.ts'
import { features } from '../../../shard/features/index.ts'
import { memberLeft, memberSeen } from '../../../shard/features/multipliers/event.ts'
import { onTick as onRolesTick } from '../../../shard/features/roles/tick.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import { erasePerson } from '../../../sql/queries/trust.ts'
import { type Bot, startBot } from '../../support/bot.ts'
import { aGuildId, aSlotAgo, aTick, chatOf, giftsOf, shuffled, subscriptionOf, times } from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'
import { until } from '../../support/wait.ts'

let sql: Sql
let bot: Bot

beforeAll(async () => {
  sql = (await createDatabase({ max: 12 })).sql
  bot = await startBot({ sql, features, discord: { privilegedIntents: ['GuildMembers'] } })
})

const dayMs = 86_400_000
const nextMinute = () => Math.floor(Date.now() / 60_000 + 1) * 60_000
/** Intervals of a guild: whose, of what, from the next minute or from before, and until when. */
const spansOf = async (guildId: GuildId) =>
  (
    await sql<{ username: string; kind: string; startedAt: Date; endedAt: Date | null }[]>`
      select username, kind, started_at, ended_at
        from viewer_span where discord_server_id = ${guildId} order by username, started_at, role_id`
  ).map((row) => ({ ...row, startedAt: row.startedAt.getTime(), endedAt: row.endedAt?.getTime() ?? null }))
/** As if it had been so for ten minutes. */
const tenMinutesLater = (guildId: GuildId) => sql`
  update viewer_span set started_at = started_at - interval '10 minutes' where discord_server_id = ${guildId}`
const factor = (guildId: GuildId, kind: 'subscriber' | 'role', role: string | null = null) => sql`
  insert into multiplier (discord_server_id, kind, role_id, percent, started_at)
  values (${guildId}, ${kind}, ${role}, 150, now() - interval '1 hour')`

describe('a subscriber', () => {
  it('is whom Kick told of, from the next minute until the end, however often and in which order it is told', async () => {
    const at = Date.now() - 5_000
    const events = (guildIds: GuildId[]) => [
      subscriptionOf({ guildIds, username: 'Fan', at, expiresAt: at + 20 * dayMs }),
      subscriptionOf({ guildIds, username: 'Fan', at, expiresAt: at + 30 * dayMs }),
      subscriptionOf({ guildIds, username: 'Fan', at: at - dayMs, expiresAt: at + 10 * dayMs }),
      subscriptionOf({ guildIds, username: 'Long', at, expiresAt: at + 5_000 * dayMs }),
      subscriptionOf({ guildIds, username: 'Vague', at, expiresAt: null }),
      subscriptionOf({ guildIds, username: 'Former', at: at - 40 * dayMs, expiresAt: at - 10 * dayMs }),
    ]
    const [first, second] = [aGuildId(), aGuildId()]
    const from = nextMinute()
    for (const [guildIds, seed] of [
      [[first, second], 1],
      [[second], 5],
      [[first], 9],
    ] as const) {
      await Promise.all(
        times(3, (n) =>
          transaction(sql, (db) => onSubscription(shuffled(events([...guildIds]), seed + n), db, bot.tools)),
        ),
      )
    }
    const minuteOf = (ms: number) => Math.ceil(ms / 60_000) * 60_000
    for (const guildId of [first, second]) {
      const spans = await spansOf(guildId)
      const ends = new Map(spans.map((one) => [one.username, one.endedAt]))
      expect(ends).toEqual(
        new Map([
          ['fan', minuteOf(at + 30 * dayMs)],
          ['long', minuteOf(at + 400 * dayMs)],
          ['vague', minuteOf(at + 30 * dayMs)],
        ]),
      )
      for (const { startedAt } of spans) expect([from, from + 60_000]).toContain(startedAt)
    }
  })

  it('whose subscription has ended gets a new interval, and what was between stays between', async () => {
    const guildId = aGuildId()
    const at = Date.now()
    const renew = () =>
      transaction(sql, (db) =>
        onSubscription(
          [subscriptionOf({ guildIds: [guildId], username: 'Fan', at, expiresAt: at + dayMs })],
          db,
          bot.tools,
        ),
      )
    await sql`
      insert into viewer_span (discord_server_id, username, kind, started_at, ended_at)
      values (${guildId}, 'fan', 'subscriber', now() - interval '2 days', now() - interval '1 hour')`
    await renew()
    await renew()
    const spans = await spansOf(guildId)
    expect(spans).toHaveLength(2)
    expect(spans[0]?.endedAt).toBeLessThan(at)
    expect(spans[1]?.startedAt).toBeGreaterThan(at)
  })

  it('may be given the subscription, by whomever', async () => {
    const guildId = aGuildId()
    const at = Date.now()
    const gift = giftsOf({ guildIds: [guildId], gifter: null, recipients: ['A', 'B', 'A'], at, expiresAt: at + dayMs })
    const named = giftsOf({ guildIds: [guildId], gifter: 'Rich', recipients: ['C'], at, expiresAt: at + dayMs })
    for (const events of [[gift, named], [gift]]) await transaction(sql, (db) => onGifts(events, db, bot.tools))
    expect((await spansOf(guildId)).map((one) => one.username)).toEqual(['a', 'b', 'c'])
  })

  it('is also who writes with the badge, for a day and where it matters', async () => {
    const [guildId, other] = [aGuildId(), aGuildId()]
    await factor(guildId, 'subscriber')
    const at = Date.now() - 20_000
    const say = (name: string, ms: number, badges: string[]) =>
      chatOf({ guildIds: [guildId, other], username: name, at: ms, badges })
    const lines = [
      say('Fan', at, ['moderator', 'subscriber']),
      say('Fan', at - 3_600_000, ['subscriber']),
      say('Giver', at, ['sub_gifter']),
      say('Old', at - 30 * 3_600_000, ['subscriber']), // what was so yesterday need not be so now
    ]
    for (const batch of [lines, shuffled(lines, 3)]) await transaction(sql, (db) => onChat(batch, db, bot.tools))
    const spans = await spansOf(guildId)
    expect(spans.map((one) => one.username)).toEqual(['fan'])
    expect(spans[0]?.endedAt).toBe((Math.floor(at / 3_600_000) + 25) * 3_600_000)
    expect(await spansOf(other)).toEqual([])
  })

  it('who was erased is not brought back by what is told once more', async () => {
    const guildId = aGuildId()
    const at = Date.now() - 60_000
    const event = subscriptionOf({ guildIds: [guildId], username: 'Fan', at, expiresAt: at + dayMs })
    await transaction(sql, (db) => onSubscription([event], db, bot.tools))
    const { userId: id } = event.happening.subscriber
    const person = { guildId, userId: userId('1'), username: username('Fan'), kickUserId: id }
    await transaction(sql, (db) => erasePerson(db, person))
    expect(await spansOf(guildId)).toEqual([])
    await transaction(sql, (db) => onSubscription([event], db, bot.tools))
    expect(await spansOf(guildId)).toEqual([])
  })
})

const aPlace = async (name = 'viewer') => {
  const guild = bot.discord.world.addGuild({ id: aGuildId() })
  const guildId = guild.id as GuildId
  const role = guild.addRole({ name: 'VIP' }).id
  const member = userId(bot.discord.control.join(guildId))
  const link = () => sql`
    insert into links (discord_server_id, discord_id, kick_name) values (${guildId}, ${member}, ${name})`
  const ask = async (command: string, options: Record<string, string | number> = {}, as: string = guild.ownerId) => {
    const message = await bot.discord.control.command({ guildId, userId: as, command, options }).message()
    return message.content || String(message.embeds[0]?.description)
  }
  return { guild, guildId, role, member, link, ask }
}
const see = (guildId: GuildId, member: UserId, roles: readonly string[]) =>
  memberSeen({ guildId, userId: member, roleIds: roles.map((one) => roleId(one)) }, bot.tools)
const compare = (guildId: GuildId) =>
  transaction(sql, (db) => onRolesTick(aTick({ kind: 'roles', guildIds: [guildId], slot: aSlotAgo(0) }), db, bot.tools))
const openOf = async (guildId: GuildId) => (await spansOf(guildId)).filter((one) => one.endedAt === null)

describe('a role', () => {
  it('counts from the minute after it was seen to the minute in which it was seen to be gone', async () => {
    const { guildId, role, member, link } = await aPlace()
    await link()
    await factor(guildId, 'role', role)
    await see(guildId, member, ['123456789012345678'])
    expect(await spansOf(guildId)).toEqual([])
    const from = nextMinute()
    await Promise.all(times(4, () => see(guildId, member, ['123456789012345678', role])))
    const [span, ...others] = await spansOf(guildId)
    expect(others).toEqual([])
    expect(span).toMatchObject({ username: 'viewer', kind: 'role', endedAt: null })
    expect([from, from + 60_000]).toContain(span?.startedAt)
    await tenMinutesLater(guildId)
    await see(guildId, member, [])
    await see(guildId, member, [])
    const [ended] = await spansOf(guildId)
    expect(ended?.endedAt).toBeGreaterThan(Date.now() - 1_000)
    expect(ended?.endedAt).toBeLessThanOrEqual(nextMinute())
    await see(guildId, member, [role])
    expect(await spansOf(guildId)).toHaveLength(2)
    await see(guildId, member, [])
    await see(guildId, member, [role]) // lost and had again within one minute
    expect(await openOf(guildId)).toHaveLength(1)
  })

  it('is kept of nobody where nothing counts differently for it', async () => {
    const { guildId, role, member, link } = await aPlace()
    await link()
    await see(guildId, member, [role])
    expect(await sql`select role_id from member_role where discord_server_id = ${guildId}`).toEqual([])
  })

  it('counts for whoever is linked to its member, while they are', async () => {
    const { guildId, role, member, link } = await aPlace()
    await factor(guildId, 'role', role)
    await see(guildId, member, [role])
    expect(await spansOf(guildId)).toEqual([])
    await link()
    await compare(guildId)
    expect(await openOf(guildId)).toHaveLength(1)
    await tenMinutesLater(guildId)
    await sql`update links set kick_name = 'another' where discord_server_id = ${guildId}`
    await compare(guildId)
    await compare(guildId)
    expect((await spansOf(guildId)).map((one) => [one.username, one.endedAt === null])).toEqual([
      ['another', true],
      ['viewer', false],
    ])
    await sql`delete from links where discord_server_id = ${guildId}`
    await compare(guildId)
    expect(await openOf(guildId)).toEqual([])
  })

  it('ends with the membership', async () => {
    const { guildId, role, member, link } = await aPlace()
    await link()
    await factor(guildId, 'role', role)
    await see(guildId, member, [role])
    await memberLeft({ guildId, userId: member }, bot.tools)
    expect(await openOf(guildId)).toEqual([])
    expect(await sql`select role_id from member_role where discord_server_id = ${guildId}`).toEqual([])
  })

  it('of a tier counts when Discord has given it, and no longer when it was taken', async () => {
    const { guild, guildId, member, link, ask } = await aPlace()
    const tier = guild.addRole({ name: 'Tier' }).id
    await link()
    await sql`insert into guild (discord_server_id, server_name) values (${guildId}, 'here')`
    await sql`
      insert into watchtime_roles (discord_server_id, role_id, role_name, minutes_required)
      values (${guildId}, ${tier}, 'Tier', 60)`
    await sql`insert into watchtime (discord_server_id, username, minutes) values (${guildId}, 'viewer', 100)`
    expect(await ask('multiplier role', { role: tier, percent: 130 })).toContain(`**130 %** with <@&${tier}>`)
    await compare(guildId)
    await bot.discord.control.untilRole(guildId, member, tier)
    await until(async () => (await openOf(guildId)).length === 1, { what: 'the interval to begin' })
    await tenMinutesLater(guildId)
    await sql`
      insert into bot_settings (discord_server_id, key, value) values (${guildId}, 'role_removal', 'true')`
    await sql`update watchtime_roles set minutes_required = 200 where discord_server_id = ${guildId}`
    await compare(guildId)
    await until(async () => (await openOf(guildId)).length === 0, { what: 'the interval to end' })
    expect(bot.discord.control.rolesOf(guildId, member)).not.toContain(tier)
  })
})

describe('/multiplier role', () => {
  it('finds who has the role already, then hears of changes by what members use', async () => {
    const { guild, guildId, role, member, link, ask } = await aPlace()
    await link()
    guild.giveRole(member, role)
    const answer = await ask('multiplier role', { role, percent: 200 })
    expect(answer).toContain('counts **200 %** instead of 100 %')
    expect(answer).not.toContain('members intent')
    await until(async () => (await openOf(guildId)).length === 1, { what: 'the list of members' })
    guild.takeRole(member, role)
    await ask('points', {}, member)
    await until(async () => (await openOf(guildId)).length === 0, { what: 'the use of a command' })
    expect(await ask('multiplier role', { role, percent: 100 })).toContain('every minute counts as one')
    expect(await sql`select role_id from member_role where discord_server_id = ${guildId}`).toEqual([])
  })

  it('says what it cannot hear, and whom it does not take', async () => {
    const deaf = await startBot({ sql, features, tools: { hearsMembers: false } })
    const guild = deaf.discord.world.addGuild({ id: aGuildId() })
    const role = guild.addRole({ name: 'VIP' }).id
    const ask = async (options: Record<string, string | number>) => {
      const act = { guildId: guild.id, userId: guild.ownerId, command: 'multiplier role', options }
      const message = await deaf.discord.control.command(act).message()
      return message.content || String(message.embeds[0]?.description)
    }
    expect(await ask({ role, percent: 200 })).toContain('the operator has not switched on the members intent')
    expect(await ask({ role, percent: 200 })).toContain('already')
    expect(await ask({ role: guild.id, percent: 200 })).toContain('`/multiplier global`')
    expect(await sql`select kind from outbox where discord_server_id = ${guild.id}`).toEqual([])
    await sql`
      insert into multiplier (discord_server_id, kind, role_id, percent, started_at)
      select ${guild.id}, 'role', n, 150, now() from generate_series(1, 24) as n`
    expect(await ask({ role: guild.addRole({ name: 'One more' }).id, percent: 200 })).toContain('25 roles')
  })
})

describe('a standing factor', () => {
  it('begins with the next minute and ends the one before there, so that nothing is worth something else afterwards', async () => {
    const { guildId, ask, member, link } = await aPlace()
    await link()
    const before = nextMinute()
    expect(await ask('multiplier global', { percent: 150 })).toContain('🌍 **150 %** for everybody')
    await ask('multiplier global', { percent: 170 }) // not begun, so it is as if it had been this from the first
    const rows = () => sql<{ percent: number; startedAt: Date; endedAt: Date | null }[]>`
      select percent, started_at, ended_at from multiplier where discord_server_id = ${guildId} order by started_at`
    expect(await rows()).toMatchObject([{ percent: 170, endedAt: null }])
    expect((await rows())[0]?.startedAt.getTime()).toBeGreaterThanOrEqual(before)
    await sql`update multiplier set started_at = started_at - interval '1 hour' where discord_server_id = ${guildId}`
    await ask('multiplier subscriber', { percent: 120 })
    expect(await ask('points', {}, member)).toContain('Your minutes count **170 %** now: everybody 170 %.')
    const shown = await ask('multiplier global', { percent: 80 })
    expect(shown).toContain('counts **80 %** instead of 170 %')
    expect(shown).toContain('⭐ **120 %** for subscribers')
    expect(shown).toContain('150 % × 200 % × 120 % × 50 % = **180 %**')
    const [old, subscriber, fresh] = await rows()
    expect([old?.percent, subscriber?.percent, fresh?.percent].sort()).toEqual([120, 170, 80].sort())
    expect(old?.endedAt?.getTime()).toBe(fresh?.startedAt.getTime())
    expect(
      await sql`select action, old_value, new_value from audit_log where discord_server_id = ${guildId} order by audit_id desc limit 1`,
    ).toEqual([{ action: 'points.multiplier.global', oldValue: '170 %', newValue: '80 %' }])
  })

  it('is set once, though eight admins set it at once', async () => {
    const { guildId, ask } = await aPlace()
    await Promise.all(times(8, (n) => ask('multiplier global', { percent: 110 + n })))
    const open = await sql`select percent from multiplier where discord_server_id = ${guildId} and ended_at is null`
    expect(open).toHaveLength(1)
  })
})
