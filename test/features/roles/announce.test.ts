import { beforeAll, describe, expect, it } from 'vitest'
import { type GuildId, type Slot, userId, username } from '../../../cluster/runtime/ids.ts'
import { onChat, onLivestream } from '../../../shard/features/activity/event.ts'
import { features } from '../../../shard/features/index.ts'
import { onTick as onRolesTick } from '../../../shard/features/roles/tick.ts'
import { onTick } from '../../../shard/features/watchtime/tick.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import { adjustMinutes } from '../../../sql/queries/ledger.ts'
import { type Bot, startBot } from '../../support/bot.ts'
import { aGuildId, aSlotAgo, aTick, chatOf, secondsBefore, streamOf, times } from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'
import { until } from '../../support/wait.ts'

let sql: Sql
let bot: Bot

beforeAll(async () => {
  sql = (await createDatabase({ max: 12 })).sql
  bot = await startBot({ sql, features })
})

const aPlace = async (settings: Record<string, string> = {}, tiers: readonly number[] = [10]) => {
  const guild = bot.discord.world.addGuild({ id: aGuildId() })
  const guildId = guild.id as GuildId
  const channel = guild.addChannel({ name: 'tiers' })
  await sql`insert into guild (discord_server_id, server_name) values (${guildId}, 'here')`
  const all = { role_announce_channel_id: channel.id, role_dm: 'false', ...settings }
  for (const [key, value] of Object.entries(all))
    await sql`insert into bot_settings (discord_server_id, key, value) values (${guildId}, ${key}, ${value})`
  for (const minutes of tiers)
    await sql`
      insert into watchtime_roles (discord_server_id, role_id, role_name, minutes_required)
      values (${guildId}, ${guild.addRole({ name: `Tier *${minutes}*` }).id}, ${`Tier *${minutes}*`}, ${minutes})`
  const began = streamOf({ guildIds: [guildId], startedAt: Date.now() - 5 * 3_600_000 })
  await transaction(sql, (db) => onLivestream([began], db, bot.tools))
  const link = async (name: string) => {
    const member = userId(bot.discord.control.join(guildId))
    await sql`insert into links (discord_server_id, discord_id, kick_name) values (${guildId}, ${member}, ${name})`
    return member
  }
  const owed = async () =>
    (
      await sql<{ discordId: string }[]>`
        select payload ->> 'discordId' as discord_id from outbox
         where discord_server_id = ${guildId} and kind = 'roles.announce' order by outbox_id`
    ).map((row) => row.discordId)
  return { guild, guildId, channel, link, owed }
}
const watch = async (guildId: GuildId, names: readonly string[], minutes = 19) => {
  const lines = names.flatMap((name) =>
    times(minutes, (n) => chatOf({ guildIds: [guildId], username: name, at: secondsBefore(aSlotAgo(40 - n), 30) })),
  )
  await transaction(sql, (db) => onChat(lines, db, bot.tools))
}
const tick = (guildId: GuildId, slot: Slot = aSlotAgo(0)) =>
  transaction(sql, (db) => onTick(aTick({ guildIds: [guildId], slot }), db, bot.tools))
const said = (channelId: string, about: string) =>
  bot.discord.control.untilMessage(channelId, (message) => message.content.includes(about))

describe('a tier that a member has reached', () => {
  it('is told in the channel, once, in the server’s language, and pings the member alone', async () => {
    const { guildId, channel, link, owed } = await aPlace({ language: 'de' })
    const member = await link('viewer')
    await watch(guildId, ['Viewer', 'Unlinked'])
    await tick(guildId, aSlotAgo(30))
    await Promise.all(times(4, () => tick(guildId)))
    const message = await said(channel.id, member)
    expect(message.content).toBe(`🏅 <@${member}> hat 10 Min. zugesehen und **Tier \\*10\\*** erreicht!`)
    expect(message.pings).toEqual({ everyone: false, users: [member], roles: [] })
    await sql`update watchtime set minutes = 3 where discord_server_id = ${guildId}`
    await watch(guildId, ['Viewer'], 30)
    await tick(guildId)
    expect(await owed()).toEqual([member])
  })

  it('is told for each of several, or only the highest where only that is kept', async () => {
    const [stack, highest] = [await aPlace({}, [5, 10, 60]), await aPlace({ role_mode: 'highest' }, [5, 10, 60])]
    for (const place of [stack, highest]) {
      await place.link('viewer')
      await watch(place.guildId, ['Viewer'])
      await tick(place.guildId)
    }
    expect(await stack.owed()).toHaveLength(2)
    expect(await highest.owed()).toHaveLength(1)
    expect((await said(highest.channel.id, 'Tier')).content).toContain('Tier \\*10\\*')
  })

  it('is not told of minutes that were given, of old totals, nor of whoever stands on no board or where nobody asked', async () => {
    const { guild, guildId, link, owed } = await aPlace()
    const [given, shy] = [await link('given'), await link('shy')]
    await sql`
      insert into exclusion (discord_server_id, username, kind, origin) values (${guildId}, 'shy', 'boards', 'member')`
    await transaction(sql, (db) =>
      adjustMinutes(db, {
        guildId,
        username: username('given'),
        delta: 500,
        isConverted: true,
        sourceRef: 'a gift',
        actorId: null,
        reason: null,
      }),
    )
    await transaction(sql, (db) =>
      onRolesTick(aTick({ kind: 'roles', guildIds: [guildId], slot: aSlotAgo(0) }), db, bot.tools),
    )
    await watch(guildId, ['Given', 'Shy'])
    await tick(guildId)
    for (const member of [given, shy])
      await bot.discord.control.until(() => (bot.discord.control.rolesOf(guild.id, member).length > 0 ? true : null), {
        what: 'the role',
      })
    expect(await owed()).toEqual([])
    const silent = await aPlace({ role_announce_channel_id: '' })
    await silent.link('viewer')
    await watch(silent.guildId, ['Viewer'])
    await tick(silent.guildId)
    expect(await silent.owed()).toEqual([])
  })

  it('that could not be told for hours is not told any more', async () => {
    const { guildId, channel, link } = await aPlace()
    const member = await link('viewer')
    await sql`
      insert into outbox (discord_server_id, kind, source_ref, payload)
      select ${guildId}::bigint, 'roles.announce', 'old', jsonb_build_object('discordId', ${member}::text, 'roleId', r.role_id::text,
             'reachedAt', ${Date.now() - 4 * 3_600_000}::bigint)
        from watchtime_roles r where r.discord_server_id = ${guildId}`
    bot.tools.wakeOutbox()
    const stateOf = async () =>
      (await sql`select state from outbox where discord_server_id = ${guildId} and source_ref = 'old'`)[0]?.state
    await until(async () => (await stateOf()) === 'dead', { what: 'the row to be given up' })
    expect(bot.discord.control.messagesIn(channel.id)).toEqual([])
  })
})
