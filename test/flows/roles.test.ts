import { beforeAll, describe, expect, it } from 'vitest'
import type { GuildId, UserId } from '../../cluster/runtime/ids.ts'
import { createOutboxDispatch } from '../../shard/dispatch/outbox.ts'
import { features } from '../../shard/features/index.ts'
import { rolesChanged } from '../../shard/features/roles/event.ts'
import { onTick } from '../../shard/features/roles/tick.ts'
import { type Sql, transaction } from '../../sql/client.ts'
import { touchSettlement } from '../../sql/queries/settlement.ts'
import type { Guild, Role } from '../standins/discord/index.ts'
import { type Bot, startBot } from '../support/bot.ts'
import { aGuildId, aSlotAgo, aTick, times } from '../support/builders.ts'
import { createDatabase } from '../support/database.ts'
import { until } from '../support/wait.ts'

let sql: Sql
let bot: Bot

beforeAll(async () => {
  sql = (await createDatabase()).sql
  bot = await startBot({ sql, features })
})

interface Place {
  readonly guildId: GuildId
  readonly guild: Guild
  readonly tiers: readonly Role[]
  readonly members: readonly UserId[]
}

/** A guild with tiers at 5, 10 and 20 minutes, and linked members with this many minutes each. */
async function aPlace(minutes: readonly number[], position: 'below-bot' | 'above-bot' = 'below-bot'): Promise<Place> {
  const guildId = aGuildId()
  const guild = bot.discord.world.addGuild({ id: guildId, name: 'A place' })
  const tiers = ['Newcomer', 'Regular', 'Legend'].map((name) => guild.addRole({ name, position }))
  const members = minutes.map((_, i) => guild.addMember({ username: `member${i}` }).user.id as UserId)
  await sql`insert into guild (discord_server_id, server_name) values (${guildId}, 'A place')`
  for (const [i, tier] of tiers.entries())
    await sql`
      insert into watchtime_roles (discord_server_id, role_id, role_name, minutes_required)
      values (${guildId}, ${tier.id}, ${tier.name}, ${[5, 10, 20][i] ?? 0})`
  for (const [i, member] of members.entries()) {
    await sql`insert into links (discord_server_id, discord_id, kick_user_id, kick_name) values (${guildId}, ${member}, ${i + 1}, ${`viewer${i}`})`
    await sql`insert into watchtime (discord_server_id, username, minutes) values (${guildId}, ${`viewer${i}`}, ${minutes[i] ?? 0})`
  }
  return { guildId, guild, tiers, members }
}

const set = (place: Place, key: string, value: string) => sql`
  insert into bot_settings (discord_server_id, key, value) values (${place.guildId}, ${key}, ${value})
  on conflict (discord_server_id, key) do update set value = excluded.value`

const tick = (place: Place) =>
  transaction(sql, async (db) => {
    await touchSettlement(db, { kind: 'roles', guildIds: [place.guildId] })
    await onTick(aTick({ kind: 'roles', guildIds: [place.guildId], slot: aSlotAgo(0) }), db, bot.tools)
  })

/** The outbox has nothing left to pay for this guild. */
const paid = (place: Place) =>
  until(
    async () => {
      const [row] = await sql`
        select count(*)::int as due from outbox where discord_server_id = ${place.guildId} and state = 'due'`
      return row?.due === 0
    },
    { what: 'the outbox to be paid', timeoutMs: 25_000 },
  )

const namesOf = (place: Place, member: UserId | undefined): string[] =>
  place.tiers.filter((tier) => member && place.guild.rolesOf(member).includes(tier.id)).map((tier) => tier.name)
const roleCalls = (place: Place) =>
  bot.discord.ledger
    .calls({ route: '/guilds/:guildId/members/:userId/roles/:roleId' })
    .filter((call) => call.path.includes(place.guildId))

describe('roles for watch time', () => {
  it('are given as far as members have come, once, and each is told', async () => {
    const place = await aPlace([4, 5, 12, 20])
    await Promise.all(times(4, () => tick(place)))
    await paid(place)
    expect(place.members.map((member) => namesOf(place, member))).toEqual([
      [],
      ['Newcomer'],
      ['Newcomer', 'Regular'],
      ['Newcomer', 'Regular', 'Legend'],
    ])
    expect(roleCalls(place)).toHaveLength(6)
    const told = bot.discord.control.dmsWith(place.members[1] as string)
    expect(told.map((dm) => dm.embeds[0]?.description)).toEqual([
      'You have watched for 5 min and now have the role **Newcomer** in A place.',
    ])
    await tick(place)
    await paid(place)
    expect(roleCalls(place)).toHaveLength(6)
  })

  it('in mode "highest" are only the last one that was reached', async () => {
    const place = await aPlace([7])
    await set(place, 'role_mode', 'highest')
    await tick(place)
    await paid(place)
    expect(namesOf(place, place.members[0])).toEqual(['Newcomer'])
    await sql`update watchtime set minutes = 25 where discord_server_id = ${place.guildId}`
    await tick(place)
    await paid(place)
    expect(namesOf(place, place.members[0])).toEqual(['Legend'])
  })

  it('are taken away only where the guild wants that', async () => {
    const place = await aPlace([12])
    await tick(place)
    await paid(place)
    await sql`update watchtime_roles set minutes_required = 50 where discord_server_id = ${place.guildId} and role_name = 'Regular'`
    await tick(place)
    await paid(place)
    const kept = namesOf(place, place.members[0])
    await set(place, 'role_removal', 'true')
    await tick(place)
    await paid(place)
    expect([kept, namesOf(place, place.members[0])]).toEqual([['Newcomer', 'Regular'], ['Newcomer']])
  })

  it('of two guilds with equal names do not meet', async () => {
    const [a, b] = [await aPlace([12]), await aPlace([3])]
    await tick(a)
    await tick(b)
    await paid(a)
    await paid(b)
    expect([namesOf(a, a.members[0]), namesOf(b, b.members[0]), roleCalls(b)]).toEqual([
      ['Newcomer', 'Regular'],
      [],
      [],
    ])
  })

  it('that a member who left would have are forgotten', async () => {
    const place = await aPlace([12])
    bot.discord.control.leave(place.guildId, place.members[0] as string)
    await tick(place)
    await paid(place)
    expect(await sql`select 1 from role_grant where discord_server_id = ${place.guildId}`).toHaveLength(0)
  })

  it('tell nobody where the guild has switched messages off, and closed messages are no failure', async () => {
    const [silent, closed] = [await aPlace([6]), await aPlace([6])]
    await set(silent, 'role_dm', 'false')
    bot.discord.control.closeDms(closed.members[0] as string)
    for (const place of [silent, closed]) {
      await tick(place)
      await paid(place)
    }
    expect(bot.discord.control.dmsWith(silent.members[0] as string)).toEqual([])
    expect(await sql`select 1 from outbox where discord_server_id = ${closed.guildId} and state = 'dead'`).toHaveLength(
      0,
    )
  })
})

describe('a role above the bot’s own', () => {
  it('is never asked for; the admins are told once, and members get it when it can be given', async () => {
    const place = await aPlace(
      times(30, () => 6),
      'above-bot',
    )
    await tick(place)
    await paid(place)
    await tick(place)
    await paid(place)
    expect(roleCalls(place)).toHaveLength(0)
    const warnings = () => bot.discord.control.dmsWith(place.guild.ownerId)
    expect(warnings().map((dm) => dm.embeds[0]?.description)).toEqual([
      expect.stringContaining(
        'I cannot give or take **Newcomer** (5 min) in A place: it does not stand below my own highest role.',
      ),
    ])

    place.guild.moveRole(place.tiers[0]?.id as string, 'below-bot')
    await rolesChanged(place.guildId, bot.tools)
    await tick(place)
    await paid(place)
    expect(place.members.every((member) => namesOf(place, member).includes('Newcomer'))).toBe(true)
    expect(warnings()).toHaveLength(1)
  })

  it('that was moved up while we believed otherwise costs one refused call, not one for each member', async () => {
    const place = await aPlace(times(60, () => 6))
    const [first] = place.members
    await sql`update watchtime set minutes = 0 where discord_server_id = ${place.guildId} and username <> 'viewer0'`
    await tick(place) // what the bot may do is known from here on
    await paid(place)
    place.guild.moveRole(place.tiers[0]?.id as string, 'above-bot')
    await sql`update watchtime set minutes = 6 where discord_server_id = ${place.guildId}`
    await tick(place)
    await paid(place)
    const refused = roleCalls(place).filter((call) => call.status === 403)
    expect(first && namesOf(place, first)).toEqual(['Newcomer'])
    expect(refused).toHaveLength(1)
    await tick(place)
    await paid(place)
    expect(roleCalls(place).filter((call) => call.status === 403)).toHaveLength(1)
  })
})

it('what a process had claimed when it was killed is paid by the next one at once', async () => {
  const place = await aPlace([6])
  await tick(place)
  // as a process leaves it that was killed between the claim and the call
  await sql`
    update outbox
       set state = 'due', attempts = 1, last_error = null, next_attempt_at = now() + interval '90 seconds'
     where discord_server_id = ${place.guildId} and kind = 'roles.change'`
  await sql`update role_grant set state = 'granting' where discord_server_id = ${place.guildId}`
  const successor = createOutboxDispatch({
    bus: bot.tools.bus,
    tools: () => bot.tools,
    features,
    shardCount: 1,
    shardIds: [0],
    group: 0,
  })
  await successor.start()
  await paid(place)
  expect(namesOf(place, place.members[0])).toEqual(['Newcomer'])
  await successor.stop()
})

describe('while Discord is in trouble', () => {
  it.each([
    { trouble: 'answers 500', fault: { kind: 'status', status: 500 } as const },
    { trouble: 'answers 502', fault: { kind: 'status', status: 502 } as const },
    { trouble: 'limits us', fault: { kind: '429', scope: 'user', retryAfterSeconds: 0.3 } as const },
    { trouble: 'does what we ask but its answer is lost', fault: { kind: 'answer-lost' } as const },
  ])('that $trouble, every role is given in the end, and nothing is lost', async ({ fault }) => {
    const place = await aPlace([6, 12, 20])
    bot.discord.control.faults.rest(fault, { method: 'PUT', path: /\/roles\//, times: 6 })
    await tick(place)
    await paid(place)
    expect(place.members.map((member) => namesOf(place, member))).toEqual([
      ['Newcomer'],
      ['Newcomer', 'Regular'],
      ['Newcomer', 'Regular', 'Legend'],
    ])
    expect(await sql`select 1 from outbox where discord_server_id = ${place.guildId} and state = 'dead'`).toHaveLength(
      0,
    )
    bot.discord.control.faults.clear()
  })
})
