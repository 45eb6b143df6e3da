import { beforeAll, describe, expect, it } from 'vitest'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import { features } from '../../../shard/features/index.ts'
import { locales, speak } from '../../../shard/features/language.ts'
import { settingsView } from '../../../shard/features/settings/view.ts'
import { onTick } from '../../../shard/features/watchtime/tick.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import { openOverrides } from '../../../sql/queries/channel.ts'
import { type FoundSetting, readSettingsOf, settingKeys, settings } from '../../../sql/queries/settings.ts'
import type { Guild, SeenMessage } from '../../standins/discord/index.ts'
import { type Bot, startBot } from '../../support/bot.ts'
import { aGuildId, aSlotAgo, aTick, minutesIn, times } from '../../support/builders.ts'
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

const aPlace = (): Place => {
  const guildId = aGuildId()
  const guild = bot.discord.world.addGuild({ id: guildId })
  return { guildId, guild, admin: guild.ownerId }
}

const ask = ({ guildId, admin }: Place, command: string, options = {}): Promise<SeenMessage> =>
  bot.discord.control.command({ guildId, userId: admin, command, options }).message()

const textOf = (message: SeenMessage): string => String(message.embeds[0]?.description)
const revisionOf = async ({ guildId }: Place, kind: string): Promise<number> => {
  const [row] = await sql`
    select facts_revision::int from settlement where discord_server_id = ${guildId} and kind = ${kind}`
  return Number(row?.factsRevision ?? 0)
}

describe('/tracking', () => {
  it('switches off and on by intervals of this guild alone, and a second time changes nothing', async () => {
    const [place, neighbour] = [aPlace(), aPlace()]
    const rows = () => sql`
      select mode, ended_at is null as is_open, set_by from tracking_override
       where discord_server_id = ${place.guildId} order by started_at`
    expect(textOf(await ask(place, 'tracking off'))).toMatch(
      new RegExp(`^❌ Tracking is \\*\\*off\\*\\* .*<@${place.admin}>`),
    )
    expect(await rows()).toEqual([{ mode: 'off', isOpen: true, setBy: place.admin }])
    expect(await revisionOf(place, 'watchtime')).toBe(1)
    expect(textOf(await ask(place, 'tracking off'))).toContain('nothing has changed')
    expect(await rows()).toHaveLength(1)
    expect(await revisionOf(place, 'watchtime')).toBe(1)
    expect(textOf(await ask(neighbour, 'tracking status'))).toContain('✅ Tracking is **on**')
    expect(textOf(await ask(place, 'tracking on'))).toContain('✅ Tracking is **on**')
    expect(await rows()).toEqual([{ mode: 'off', isOpen: false, setBy: place.admin }])
    expect(textOf(await ask(place, 'tracking on'))).toContain('nothing has changed')
    await ask(place, 'tracking off')
    expect(await rows()).toHaveLength(2)
  })

  it('forces and ends forcing, also while it is off', async () => {
    const place = aPlace()
    expect(textOf(await ask(place, 'tracking force'))).toContain('⚠️ Tracking is **forced**')
    const both = textOf(await ask(place, 'tracking off'))
    expect(both).toContain('❌ Tracking is **off**')
    expect(both).toContain('takes effect when it is on again')
    await ask(place, 'tracking auto')
    expect((await openOverrides(sql, place.guildId)).map((override) => override.mode)).toEqual(['off'])
  })

  it('is opened once by admins who press at the same instant, as far as anybody can tell', async () => {
    const place = aPlace()
    await Promise.all(times(5, () => ask(place, 'tracking force')))
    expect(await openOverrides(sql, place.guildId)).toHaveLength(1)
    await ask(place, 'tracking auto')
    expect(await openOverrides(sql, place.guildId)).toHaveLength(0)
  })

  it('makes the next tick count what a forced interval covers', async () => {
    const place = aPlace()
    const minute = aSlotAgo(1) + 1
    await sql`
      insert into presence (discord_server_id, hour, username, present)
      values (${place.guildId}, ${Math.floor(minute / 60)}, 'viewer', 1::bigint << ${minute % 60}::int)`
    await ask(place, 'tracking force')
    await sql`
      update tracking_override set started_at = now() - interval '10 minutes' where discord_server_id = ${place.guildId}`
    await sql`
      update settlement set oldest_slot = ${minute - 1} where discord_server_id = ${place.guildId} and kind = 'watchtime'`
    await transaction(sql, (db) => onTick(aTick({ guildIds: [place.guildId], slot: aSlotAgo(0) }), db, bot.tools))
    expect(await minutesIn(sql, place.guildId)).toEqual([1])
  })
})

describe('/settings', () => {
  const set = async (place: Place, key: string, value: string) =>
    (await ask(place, 'settings set', { key, value })).content

  it('shows every setting with where its value comes from', async () => {
    const place = aPlace()
    await ask(place, 'settings set', { key: 'points_per_5min', value: '5' })
    const text = textOf(await ask(place, 'settings show'))
    expect(text).toContain('`points_per_5min`: 5 (chosen by this server)\n')
    expect(text).toContain('`role_mode`: stack\n')
    expect(text).toContain('`admin_channel_id`: none\n')
  })

  it.each(locales)('shows all of them at once, also when this server chose every one: %s', (locale) => {
    const longest = { channel: '9'.repeat(19), role: '9'.repeat(19), text: 'x'.repeat(400), words: ['x'.repeat(40)] }
    const all = settingKeys.map((key) => {
      const { shape, default: usual } = settings[key]
      const value = shape.kind in longest ? longest[shape.kind as keyof typeof longest] : usual
      return { key, value, origin: 'guild', updatedAt: new Date(), updatedBy: null } as FoundSetting
    })
    const { embeds } = settingsView(speak(locale), all)
    const text = JSON.stringify(embeds)
    expect(settingKeys.filter((key) => !text.includes(`\`${key}\``))).toEqual([])
  })

  it('shows one with who chose it, what it may be and who may change it', async () => {
    const place = aPlace()
    expect(textOf(await ask(place, 'settings show', { key: 'role_removal' }))).toMatch(
      /^\*\*off\*\*\nthe default\n\n.*\nIt may be `on` or `off`\.\nOnly administrators may change it\.$/,
    )
    await set(place, 'timezone', 'europe/berlin')
    expect(textOf(await ask(place, 'settings show', { key: 'timezone' }))).toMatch(
      new RegExp(`\\*\\*Europe/Berlin\\*\\*\\nchosen by this server, <t:\\d+:R> by <@${place.admin}>`),
    )
    expect((await ask(place, 'settings show', { key: 'colour' })).content).toBe(
      'There is no setting `colour`; `/settings show` lists all of them.',
    )
  })

  it('changes one, has the right things settled again, and keeps who did it', async () => {
    const place = aPlace()
    expect(await set(place, 'role_mode', 'Highest')).toBe('✅ `role_mode` is now highest.')
    expect(await set(place, 'role_mode', 'highest')).toContain('nothing has changed')
    expect([await revisionOf(place, 'roles'), await revisionOf(place, 'points')]).toEqual([1, 0])
    await set(place, 'points_per_5min', '0')
    expect(await revisionOf(place, 'points')).toBe(1)
    const rows = await sql`select distinct updated_by from bot_settings where discord_server_id = ${place.guildId}`
    expect(rows).toEqual([{ updatedBy: place.admin }])
  })

  it('takes back what the server chose: everybody’s row, or else the default', async () => {
    const place = aPlace()
    await set(place, 'points_per_5min', '9')
    await sql`insert into bot_settings (discord_server_id, key, value) values (0, 'points_per_5min', '4')`
    expect((await ask(place, 'settings reset', { key: 'points_per_5min' })).content).toBe(
      '✅ `points_per_5min` is 4 again (the same for every server of this bot).',
    )
    await sql`delete from bot_settings where discord_server_id = 0`
    expect(await readSettingsOf(sql, place.guildId, ['points_per_5min'])).toEqual({ points_per_5min: 1 })
    expect((await ask(place, 'settings reset', { key: 'points_per_5min' })).content).toContain('nothing to take back')
  })

  it('remembers who changed what, for this server alone', async () => {
    const [place, other] = [aPlace(), aPlace()]
    await set(place, 'points_per_5min', '2')
    await set(place, 'points_per_5min', '3')
    await ask(place, 'settings reset', { key: 'points_per_5min' })
    await set(other, 'points_per_5min', '8')
    const lines = textOf(await ask(place, 'settings history')).split('\n')
    expect(lines.map((line) => line.replace(/^<t:\d+:R> <@\d+>: /, ''))).toEqual([
      '`settings.reset points_per_5min` `3` → —',
      '`points_per_5min` `2` → `3`',
      '`points_per_5min` — → `2`',
    ])
    expect(textOf(await ask(place, 'settings history', { key: 'language' }))).toContain('Nothing has been changed yet.')
  })

  it('says what is allowed', async () => {
    const place = aPlace()
    expect(await set(place, 'points_per_5min', '1001')).toBe(
      '`points_per_5min` must be a whole number from 0 to 1,000.',
    )
    expect(await set(place, 'active_window_seconds', '5')).toBe(
      '`active_window_seconds` must be a whole number of seconds from 60 to 600.',
    )
    expect(await set(place, 'role_dm', 'maybe')).toBe('`role_dm` must be `on` or `off`.')
    expect(await set(place, 'role_mode', 'best')).toBe('`role_mode` must be one of `stack`, `highest`.')
    expect(await set(place, 'timezone', 'Mars/Olympus')).toContain('a time zone such as')
    expect(await sql`select from bot_settings where discord_server_id = ${place.guildId}`).toHaveLength(0)
    expect(await sql`select from audit_log where discord_server_id = ${place.guildId}`).toHaveLength(0)
  })

  it('takes an admin channel of this server only, and none', async () => {
    const [place, elsewhere] = [aPlace(), aPlace()]
    const channel = place.guild.addChannel({ name: 'mods' })
    expect(await set(place, 'admin_channel_id', `<#${channel.id}>`)).toBe(
      `✅ \`admin_channel_id\` is now <#${channel.id}>.`,
    )
    const foreign = elsewhere.guild.addChannel({ name: 'mods' })
    expect(await set(place, 'admin_channel_id', foreign.id)).toContain('must be a text channel of this server')
    expect(await set(place, 'admin_channel_id', '1300000000000000009')).toContain('must be a text channel')
    expect(await set(place, 'admin_channel_id', 'none')).toContain('is now none')
    expect(await readSettingsOf(sql, place.guildId, ['admin_channel_id'])).toEqual({ admin_channel_id: null })
  })

  it('lets administrators alone change what takes roles away', async () => {
    const place = aPlace()
    const manager = place.guild.addRole({ name: 'Manager', permissions: 1n << 5n })
    const member = place.guild.addMember({ roles: [manager.id] }).user.id
    const asMember = (key: string) =>
      bot.discord.control
        .command({ guildId: place.guildId, userId: member, command: 'settings set', options: { key, value: 'on' } })
        .message()
    expect((await asMember('role_dm')).content).toContain('on')
    expect((await asMember('role_removal')).content).toBe('Only administrators may change `role_removal`.')
  })

  it.each([
    ['key', 'points', {}, ['points_per_5min']],
    ['value', '', { key: 'role_mode' }, ['stack', 'highest']],
    ['value', 'berl', { key: 'timezone' }, ['Europe/Berlin']],
    ['value', '', { key: 'points_per_5min' }, []],
  ])('offers what fits for the %s %j of %j', async (focused, typed, others, offered) => {
    const place = aPlace()
    const act = bot.discord.control.autocomplete({
      guildId: place.guildId,
      userId: place.admin,
      command: 'settings set',
      options: { ...others, [focused]: typed },
      focused,
    })
    expect((await act.choices()).map(({ name }) => name)).toEqual(offered)
  })

  it('offers the channels of this server for a channel', async () => {
    const place = aPlace()
    const channel = place.guild.addChannel({ name: 'mods' })
    const act = bot.discord.control.autocomplete({
      guildId: place.guildId,
      userId: place.admin,
      command: 'settings set',
      options: { key: 'admin_channel_id', value: 'mod' },
      focused: 'value',
    })
    expect(await act.choices()).toEqual([expect.objectContaining({ name: '#mods', value: channel.id })])
  })
})

describe('/status', () => {
  it('names everything that is missing on a new server, each with its cure', async () => {
    const answer = await ask(aPlace(), 'status')
    expect(answer.isEphemeral).toBe(true)
    expect(textOf(answer).split('\n')).toEqual([
      '❌ No Kick channel is set up.',
      '→ Use `/setup` with the address of your channel.',
      '✅ Minutes are counted while the stream is live.',
      '✅ There are no minutes to count yet.',
      '✅ Five watched minutes are worth 1 point.',
      '⚠️ There are no roles for watch time yet.',
      '→ Add the first with `/roles add`; many servers begin with 120, 600 and 2,000 minutes.',
      '⚠️ No member has linked a Kick account yet.',
      '→ Tell your members about `/link`; roles need it.',
      '⚠️ I cannot answer in the stream chat yet; everything else works without.',
      '→ The owner of the Kick channel connects it with `/setup` and the button under its answer.',
    ])
  })

  it('says that everything works when it does, by the rows of this guild alone', async () => {
    const [place, broken] = [aPlace(), aPlace()]
    const { guildId } = place
    const role = place.guild.addRole({ name: 'Tier', position: 'below-bot' })
    await sql`
      insert into kick_channel (discord_server_id, broadcaster_user_id, slug, display_name, last_chat_at)
      values (${guildId}, 77, 'owl', 'Night_Owl', now())`
    await sql`insert into stream_session (discord_server_id, started_at, changed_at) values (${guildId}, now() - interval '1 hour', now())`
    await sql`insert into links (discord_server_id, discord_id, kick_name) values (${guildId}, 1, 'a'), (${guildId}, 2, 'b')`
    await sql`
      insert into watchtime_roles (discord_server_id, role_id, role_name, minutes_required)
      values (${guildId}, ${role.id}, 'Tier', 60)`
    await sql`
      insert into kick_token (discord_server_id, kick_user_id, access_token, refresh_token, key_id, scopes, expires_at)
      values (${guildId}, 77, 'x', 'x', 'k', '', now())`
    await sql`
      insert into settlement (discord_server_id, kind, phase, newest_slot, settled_slot, settled_at)
      values (${guildId}, 'watchtime', 0, ${aSlotAgo(0)}, ${aSlotAgo(0)}, now())`
    await sql`
      insert into tracking_override (discord_server_id, mode) values (${broken.guildId}, 'off')`
    await sql`
      insert into outbox (discord_server_id, kind, source_ref, payload, state, last_error)
      values (${broken.guildId}, 'roles.change', 'x', '{}', 'dead', 'Discord refused it (50013)')`
    const answer = await ask(place, 'status')
    const text = textOf(answer)
    expect(text).not.toMatch(/⚠️|❌/)
    expect(text).toContain('The Kick channel is **Night\\_Owl**.')
    expect(text).toContain('The stream is live since <t:')
    expect(text).toContain('1 role for watch time, and I can give all of them.')
    expect(text).toContain('2 members linked a Kick account.')
    expect(answer.embeds[0]?.footer).toMatchObject({ text: 'Everything works.' })
    const other = textOf(await ask(broken, 'status'))
    expect(other).toContain('❌ Tracking is off')
    expect(other).toContain(
      '1 message or role change could not be delivered. The last one: Discord refused it \\(50013\\).',
    )
  })

  it('tells of settling that lags behind, and that nothing is lost', async () => {
    const place = aPlace()
    await sql`
      insert into settlement (discord_server_id, kind, phase, facts_revision, newest_slot, settled_slot, settled_at)
      values (${place.guildId}, 'watchtime', 0, 1, ${aSlotAgo(0)}, ${aSlotAgo(90)}, now() - interval '90 minutes')`
    const text = textOf(await ask(place, 'status'))
    expect(text).toMatch(/⚠️ Minutes are 1 h (29|30|31) min behind\./)
    expect(text).toContain('Nothing is lost')
  })
})
