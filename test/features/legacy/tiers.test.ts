import { beforeAll, describe, expect, it } from 'vitest'
import { type GuildId, roleId } from '../../../cluster/runtime/ids.ts'
import { features } from '../../../shard/features/index.ts'
import { guildsAvailable, rolesChanged } from '../../../shard/features/legacy/event.ts'
import { rolesNamed } from '../../../shard/features/legacy/rules.ts'
import type { Sql } from '../../../sql/client.ts'
import { tiersOf } from '../../../sql/queries/tiers.ts'
import type { Guild } from '../../standins/discord/index.ts'
import { type Bot, startBot } from '../../support/bot.ts'
import { aGuildId } from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'
import { until } from '../../support/wait.ts'

let sql: Sql
let bot: Bot

beforeAll(async () => {
  sql = (await createDatabase()).sql
  bot = await startBot({ sql, features })
})

/** A guild that came over with these tiers, of which no role id is known. */
async function aGuildThatCameOver(...tiers: readonly (readonly [string, number])[]) {
  const guildId = aGuildId()
  const guild = bot.discord.world.addGuild({ id: guildId })
  await sql`
    insert into legacy_tier (discord_server_id, role_name, minutes_required)
    select ${guildId}, t.name, t.minutes
      from unnest(${tiers.map(([name]) => name)}::text[], ${tiers.map(([, minutes]) => minutes)}::int[]) as t (name, minutes)`
  return { guildId, guild }
}

const appear = (guildId: GuildId, guild: Guild) => guildsAvailable([{ guildId, name: guild.name }], bot.tools)
const paid = (guildId: GuildId, kind: string) =>
  until(
    async () =>
      (await sql`select from outbox where discord_server_id = ${guildId} and kind = ${kind} and state = 'paid'`).length,
    { what: `${kind} to be paid` },
  )
const tiers = async (guildId: GuildId) =>
  (await tiersOf(sql, guildId)).map((tier) => [tier.roleId, tier.roleName, tier.minutesRequired])

describe('a tier that came over by the name of its role', () => {
  it('is bound to the role of that name when the bot meets the guild, and audited', async () => {
    const { guildId, guild } = await aGuildThatCameOver(['Tier 1', 120], ['Tier 2', 600])
    const other = await aGuildThatCameOver(['Tier 1', 10])
    const roles = ['Tier 1', 'Tier 2', 'tier 1'].map((name) => guild.addRole({ name, position: 'below-bot' }))
    other.guild.addRole({ name: 'Tier 1' })
    await appear(guildId, guild)
    await paid(guildId, 'legacy.tiers')
    expect(await tiers(guildId)).toEqual([
      [roles[0]?.id, 'Tier 1', 120],
      [roles[1]?.id, 'Tier 2', 600],
    ])
    expect(await sql`select from legacy_tier where discord_server_id = ${guildId}`).toHaveLength(0)
    expect(await tiers(other.guildId)).toEqual([])
    const audited =
      await sql`select source, action, new_value from audit_log where discord_server_id = ${guildId} order by audit_id`
    expect(audited.map((row) => [row.source, row.action, row.newValue])).toEqual([
      ['import', 'roles.add', '120'],
      ['import', 'roles.add', '600'],
    ])
    expect(
      await sql`select from settlement where discord_server_id = ${guildId} and kind = 'roles' and facts_revision > settled_revision`,
    ).toHaveLength(1)
  })

  it('without such a role is told to the admins once, in their language, and works when the role appears', async () => {
    const { guildId, guild } = await aGuildThatCameOver(['Lost *role*', 120])
    await sql`insert into bot_settings (discord_server_id, key, value) values (${guildId}, 'language', 'de')`
    await appear(guildId, guild)
    await paid(guildId, 'legacy.warn')
    const warnings = () => bot.discord.control.dmsWith(guild.ownerId).map((dm) => String(dm.embeds[0]?.description))
    expect(warnings()).toEqual([expect.stringMatching(/^Der frühere Bot gab .*Lost \\\*role\\\*.*`\/roles add`/)])

    await appear(guildId, guild) // a restart asks nobody again
    await rolesChanged(guildId, bot.tools)
    const role = guild.addRole({ name: 'Lost *role*', position: 'below-bot' })
    await until(
      async () => {
        await rolesChanged(guildId, bot.tools)
        return (await tiers(guildId)).length
      },
      { what: 'the tier to be bound' },
    )
    expect(await tiers(guildId)).toEqual([[role.id, 'Lost *role*', 120]])
    expect(warnings()).toHaveLength(1)
  })

  it('leaves a tier alone that an admin has made of the role meanwhile', async () => {
    const { guildId, guild } = await aGuildThatCameOver(['Tier 1', 120])
    const role = guild.addRole({ name: 'Tier 1', position: 'below-bot' })
    await sql`
      insert into watchtime_roles (discord_server_id, role_id, role_name, minutes_required)
      values (${guildId}, ${role.id}, 'Tier 1', 7)`
    await Promise.all([appear(guildId, guild), appear(guildId, guild)])
    await paid(guildId, 'legacy.tiers')
    expect(await tiers(guildId)).toEqual([[role.id, 'Tier 1', 7]])
    expect(await sql`select from legacy_tier where discord_server_id = ${guildId}`).toHaveLength(0)
  })
})

describe('a name', () => {
  const guildId = aGuildId()
  const role = (id: string, name: string, canBeGiven = true) => ({ id: roleId(id), name, canBeGiven })
  it.each([
    ['means exactly that role', ['A'], [role('1', 'a'), role('2', 'A')], ['2']],
    ['means of several the one that can be given', ['A'], [role('1', 'A', false), role('2', 'A')], ['2']],
    [
      'means of several equals the oldest',
      ['A'],
      [role('9007199254740993', 'A'), role('9007199254740992', 'A')],
      ['9007199254740992'],
    ],
    ['never means @everyone', ['@everyone'], [role(guildId, '@everyone')], []],
    ['may mean nothing', ['B'], [role('1', 'A')], []],
  ])('%s', (_, names, roles, expected) => {
    expect(rolesNamed(names, roles, guildId).map((found) => found.roleId)).toEqual(expected)
  })
})
