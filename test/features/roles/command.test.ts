import { beforeAll, describe, expect, it } from 'vitest'
import { type GuildId, roleId } from '../../../cluster/runtime/ids.ts'
import { features } from '../../../shard/features/index.ts'
import { forget, rolePower } from '../../../shard/features/roles/power.ts'
import { onTick } from '../../../shard/features/roles/tick.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import { maxTiers, previewTiers, tiersOf } from '../../../sql/queries/tiers.ts'
import { type Guild, Permission, type SeenMessage } from '../../standins/discord/index.ts'
import { type Bot, startBot } from '../../support/bot.ts'
import { aGuildId, aSlotAgo, aTick, times } from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'

let sql: Sql
let bot: Bot

beforeAll(async () => {
  sql = (await createDatabase()).sql
  bot = await startBot({ sql, features })
})

interface Place {
  readonly guildId: GuildId
  readonly guild: Guild
  readonly admin: string
}

/** A guild whose bot may manage roles, unless told otherwise, and its owner. */
const aPlace = (draft: { botPermissions?: bigint } = {}): Place => {
  const guildId = aGuildId()
  const guild = bot.discord.world.addGuild({ id: guildId, ...draft })
  return { guildId, guild, admin: guild.ownerId }
}

const ask = ({ guildId, admin }: Place, command: string, options = {}): Promise<SeenMessage> =>
  bot.discord.control.command({ guildId, userId: admin, command, options }).message()

const descriptionOf = (message: SeenMessage): string => String(message.embeds[0]?.description)
const stored = async (place: Place) =>
  (await tiersOf(sql, place.guildId)).map((tier) => [tier.roleName, tier.minutesRequired])
const unsettled = async (place: Place) =>
  (
    await sql`
    select from settlement
     where discord_server_id = ${place.guildId} and kind = 'roles' and facts_revision > settled_revision`
  ).length

const member = async (place: Place, name: string, minutes: number): Promise<string> => {
  const id = bot.discord.control.join(place.guildId)
  await sql`insert into links (discord_server_id, discord_id, kick_name) values (${place.guildId}, ${id}, ${name})`
  await sql`insert into watchtime (discord_server_id, username, minutes) values (${place.guildId}, ${name}, ${minutes})`
  return id
}

describe('/roles add', () => {
  it('adds a tier by role id and has the roles compared, in this guild alone', async () => {
    const [here, there] = [aPlace(), aPlace()]
    const role = here.guild.addRole({ name: 'Tier 1', position: 'below-bot' })
    there.guild.addRole({ name: 'Tier 1', position: 'below-bot' })
    const answer = await ask(here, 'roles add', { role: role.id, minutes: 1200 })
    expect(answer.isEphemeral).toBe(true)
    expect(answer.content).toBe(`✅ <@&${role.id}> is now given after 1,200 minutes (20 h) of watch time.`)
    expect(await stored(here)).toEqual([['Tier 1', 1200]])
    expect(await stored(there)).toEqual([])
    expect([await unsettled(here), await unsettled(there)]).toEqual([1, 0])
  })

  it('warns at once of a role above its own, with the cure, and no more once it was moved', async () => {
    const place = aPlace()
    const role = place.guild.addRole({ name: 'High', position: 'above-bot' })
    const answer = await ask(place, 'roles add', { role: role.id, minutes: 10 })
    expect(answer.content).toContain('I cannot give it yet: it does not stand below my own highest role')
    expect(answer.content).toContain('drag my role above it')
    place.guild.moveRole(role.id, 'below-bot')
    const edited = await ask(place, 'roles edit', { role: role.id, minutes: 20 })
    expect(edited.content).toBe(`✅ <@&${role.id}> now asks for 20 minutes (20 min) of watch time.`)
  })

  it('warns when the permission is missing', async () => {
    const place = aPlace({ botPermissions: Permission.ViewChannel | Permission.SendMessages })
    const role = place.guild.addRole({ name: 'Tier', position: 'below-bot' })
    const answer = await ask(place, 'roles add', { role: role.id, minutes: 10 })
    expect(answer.content).toContain('I may not manage roles here')
    expect(answer.content).toContain('"Manage Roles"')
  })

  it('refuses @everyone, a managed role, and a role that has a tier', async () => {
    const place = aPlace()
    const role = place.guild.addRole({ name: 'Tier', position: 'below-bot' })
    await ask(place, 'roles add', { role: role.id, minutes: 10 })
    expect((await ask(place, 'roles add', { role: place.guildId, minutes: 10 })).content).toContain('@everyone')
    expect((await ask(place, 'roles add', { role: place.guild.botRole.id, minutes: 10 })).content).toContain(
      'integration',
    )
    expect((await ask(place, 'roles add', { role: role.id, minutes: 30 })).content).toContain('`/roles edit`')
    expect(await stored(place)).toEqual([['Tier', 10]])
  })

  it('keeps at most fifty tiers', async () => {
    const place = aPlace()
    await sql`
      insert into watchtime_roles (discord_server_id, role_id, role_name, minutes_required)
      select ${place.guildId}::bigint, n, 'tier ' || n, n from generate_series(1, ${maxTiers}::int) as n`
    const role = place.guild.addRole({ name: 'One more', position: 'below-bot' })
    expect((await ask(place, 'roles add', { role: role.id, minutes: 10 })).content).toContain('50 roles already')
    expect(await stored(place)).toHaveLength(maxTiers)
    expect(descriptionOf(await ask(place, 'roles list')).length).toBeLessThanOrEqual(4096)
  })

  it('keeps the tier when Discord does not tell about roles, says so, and asks again the next time', async () => {
    const place = aPlace()
    const role = place.guild.addRole({ name: 'Tier', position: 'below-bot' })
    // The client tries four times in all.
    const path = `/guilds/${place.guildId}/roles`
    bot.discord.control.faults.rest({ kind: 'status', status: 503 }, { method: 'GET', path, times: 4 })
    const answer = await ask(place, 'roles add', { role: role.id, minutes: 10 })
    expect(answer.content).toContain('Discord did not tell me whether I can give it')
    expect(await stored(place)).toEqual([['Tier', 10]])
    expect((await rolePower(bot.tools, place.guildId)).roles.get(roleId(role.id))?.name).toBe('Tier')
  })
})

describe('/roles edit and remove', () => {
  it('says so when nothing changes, and when there is no such tier', async () => {
    const place = aPlace()
    const [role, other] = [place.guild.addRole({ name: 'A' }), place.guild.addRole({ name: 'B' })]
    await ask(place, 'roles add', { role: role.id, minutes: 10 })
    expect((await ask(place, 'roles edit', { role: role.id, minutes: 10 })).content).toContain('nothing has changed')
    expect((await ask(place, 'roles edit', { role: other.id, minutes: 10 })).content).toContain(
      'is not given for watch time',
    )
    expect((await ask(place, 'roles remove', { role: other.id })).content).toContain('is not given for watch time')
  })

  it('removes a tier whose role is gone from Discord, chosen from a list', async () => {
    const place = aPlace()
    const role = place.guild.addRole({ name: 'Gone soon' })
    await ask(place, 'roles add', { role: role.id, minutes: 90 })
    place.guild.removeRole(role.id)
    expect(descriptionOf(await ask(place, 'roles list'))).toContain('it does not exist any more')
    const choices = await bot.discord.control
      .autocomplete({
        guildId: place.guildId,
        userId: place.admin,
        command: 'roles remove',
        options: { role: 'gone' },
        focused: 'role',
      })
      .choices()
    expect(choices).toEqual([{ name: 'Gone soon (90 min)', value: role.id }])
    const answer = await ask(place, 'roles remove', { role: role.id })
    expect(answer.content).toContain('Members who have it keep it.')
    expect(await stored(place)).toEqual([])
    expect((await ask(place, 'roles list')).content).toContain('`/roles add`')
  })
})

describe('/roles list', () => {
  it('lists tiers by minutes and marks what cannot be given', async () => {
    const place = aPlace()
    const [low, high] = [
      place.guild.addRole({ name: 'Low', position: 'below-bot' }),
      place.guild.addRole({ name: 'High', position: 'above-bot' }),
    ]
    await ask(place, 'roles add', { role: high.id, minutes: 50 })
    await ask(place, 'roles add', { role: low.id, minutes: 60 })
    const answer = await ask(place, 'roles list')
    expect(descriptionOf(answer).split('\n')).toEqual([
      `❌ <@&${high.id}> · 50 minutes (50 min) — it does not stand below my own highest role`,
      `✅ <@&${low.id}> · 60 minutes (1 h)`,
      '→ In Server Settings → Roles, drag my role above it.',
    ])
    expect(answer.embeds[0]?.footer).toMatchObject({ text: '2 of 50 roles' })
  })

  it('is not for members without the permission', async () => {
    const place = aPlace()
    const nobody = bot.discord.control.join(place.guildId)
    expect(() =>
      bot.discord.control.command({ guildId: place.guildId, userId: nobody, command: 'roles list' }),
    ).toThrow('lacks the permissions')
  })
})

describe('/roles preview', () => {
  it('says who would get or lose a role, and changes nothing', async () => {
    const [place, elsewhere] = [aPlace(), aPlace()]
    const role = place.guild.addRole({ name: 'Tier', position: 'below-bot' })
    const near = await member(place, 'near_it', 90)
    await member(place, 'far', 10)
    await member(elsewhere, 'near_it', 9999)
    const answer = await ask(place, 'roles preview', { role: role.id, minutes: 60 })
    expect(descriptionOf(answer).split('\n')).toEqual([
      `With <@&${role.id}> at 60 minutes, mode \`stack\`, removal off:`,
      '**1 role given, 0 taken away.** Nothing has been changed.',
      '',
      `➕ <@${near}> (near\\_it) · <@&${role.id}>`,
    ])
    expect(answer.pings.users).toEqual([])
    expect(await stored(place)).toEqual([])
    expect(await sql`select from role_grant where discord_server_id = ${place.guildId}`).toHaveLength(0)
  })

  it('shows at most twenty names and counts the rest', async () => {
    const place = aPlace()
    const role = place.guild.addRole({ name: 'Tier' })
    for (const n of times(23, (i) => i)) await member(place, `viewer${n}`, 100 + n)
    const lines = descriptionOf(await ask(place, 'roles preview', { role: role.id, minutes: 100 })).split('\n')
    expect(lines[1]).toContain('23 roles given')
    expect(lines.filter((line) => line.startsWith('➕'))).toHaveLength(20)
    expect(lines.at(-1)).toBe('… and 3 more')
  })

  it('needs the role of the minutes', async () => {
    expect((await ask(aPlace(), 'roles preview', { minutes: 60 })).content).toContain('Please name the role')
  })

  it.each([
    ['stack', false],
    ['stack', true],
    ['highest', false],
    ['highest', true],
  ] as const)('promises what the comparison of roles then does (%s, removal %s)', async (mode, removes) => {
    const place = aPlace()
    const { guildId } = place
    const tiers = [
      { roleId: roleId('1300000000000000011'), minutesRequired: 50 },
      { roleId: roleId('1300000000000000012'), minutesRequired: 100 },
    ]
    const [none, low, both, surplus] = [
      await member(place, 'none', 10),
      await member(place, 'low', 60),
      await member(place, 'both', 100),
      await member(place, 'surplus', 5),
    ]
    await sql`
      insert into role_grant (discord_server_id, discord_id, role_id, state)
      values (${guildId}, ${both}, 1300000000000000011, 'granted'), (${guildId}, ${surplus}, 1300000000000000012, 'granted')`
    await sql`
      insert into watchtime_roles (discord_server_id, role_id, role_name, minutes_required)
      select ${guildId}::bigint, t.role_id, 'tier', t.minutes
        from unnest(${tiers.map((tier) => tier.roleId)}::bigint[], ${tiers.map((tier) => tier.minutesRequired)}::int[]) as t (role_id, minutes)`
    await sql`
      insert into bot_settings (discord_server_id, key, value)
      values (${guildId}, 'role_mode', ${mode}), (${guildId}, 'role_removal', ${String(removes)})`
    const promised = await previewTiers(sql, { guildId, tiers, mode, removes })
    // In one transaction, so that the outbox does not see it and begin to pay.
    const done = await transaction(sql, async (db) => {
      await onTick(aTick({ kind: 'roles', guildIds: [guildId], slot: aSlotAgo(0) }), db, bot.tools)
      return db<{ direction: string; discordId: string; roleId: string }[]>`
        select case when g.state = 'granting' then 'give' else 'take' end as direction, g.discord_id, g.role_id
          from role_grant g
         where g.discord_server_id = ${guildId} and g.state in ('granting', 'removing')`
    })
    const sorted = (rows: readonly { direction: string; discordId: string; roleId: string }[]) =>
      rows.map((row) => `${row.direction} ${row.discordId} ${row.roleId}`).sort()
    expect(sorted(promised.rows)).toEqual(sorted(done))
    expect(promised.gives + promised.takes).toBe(done.length)
    expect(done.some((row) => row.discordId === none)).toBe(false)
    expect(done.some((row) => row.discordId === low)).toBe(true)
  })
})

describe('what the bot may do about roles', () => {
  it('is asked once for many, and again after something has changed', async () => {
    const { guild, guildId } = aPlace()
    const reads = () =>
      bot.discord.ledger.rest.filter((entry) => entry.path.includes(`/guilds/${guildId}/roles`)).length
    await Promise.all(times(20, () => rolePower(bot.tools, guildId)))
    expect(reads()).toBe(1)
    const before = await rolePower(bot.tools, guildId)
    const role = guild.addRole({ name: 'New', position: 'above-bot' })
    forget(guildId)
    const after = await rolePower(bot.tools, guildId)
    expect(reads()).toBe(2)
    expect(before.roles.has(roleId(role.id))).toBe(false)
    expect(after.roles.get(roleId(role.id))?.position).toBeGreaterThan(after.topPosition)
    expect(after.canManageRoles).toBe(true)
  })
})
