import { beforeAll, describe, expect, it } from 'vitest'
import { type GuildId, guildId, userId } from '../../../cluster/runtime/ids.ts'
import type { Sql } from '../../../sql/client.ts'
import {
  readSettings,
  readSettingsOf,
  type SettingKey,
  settingKeys,
  settings,
  writeSetting,
} from '../../../sql/queries/settings.ts'
import { aGuildId } from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'

let sql: Sql
const admin = userId('1300000000000000777')

beforeAll(async () => {
  sql = (await createDatabase()).sql
})

const store = (guild: GuildId | '0', key: string, value: string) => sql`
  insert into bot_settings (discord_server_id, key, value) values (${guild}, ${key}, ${value})
  on conflict (discord_server_id, key) do update set value = excluded.value`

describe('a setting', () => {
  it.each<[SettingKey, string, unknown]>([
    ['points_per_5min', '0', 0],
    ['points_per_5min', ' 1000 ', 1000],
    ['points_per_5min', '1001', undefined],
    ['points_per_5min', '-1', undefined],
    ['points_per_5min', '1.5', undefined],
    ['points_per_5min', 'many', undefined],
    ['active_window_seconds', '59', undefined],
    ['active_window_seconds', '60', 60],
    ['active_window_seconds', '600', 600],
    ['active_window_seconds', '601', undefined],
    ['role_mode', 'Highest', 'highest'],
    ['role_mode', 'lowest', undefined],
    ['role_removal', 'True', true],
    ['role_removal', 'off', false],
    ['role_removal', 'perhaps', undefined],
    ['admin_channel_id', '<#1300000000000000009>', '1300000000000000009'],
    ['admin_channel_id', 'none', null],
    ['admin_channel_id', '#general', undefined],
  ])('%s reads %j as %j', (key, text, value) => {
    expect(settings[key].read(text)).toEqual(value)
  })

  it.each(settingKeys)('%s has a default that survives being stored', (key) => {
    const setting = settings[key]
    expect(setting.read(setting.write(setting.default as never))).toEqual(setting.default)
  })
})

describe('reading settings', () => {
  it('prefers the guild over the global scope over the default, for many guilds at once', async () => {
    const [own, global, other] = [aGuildId(), aGuildId(), aGuildId()]
    await store(own, 'points_per_5min', '7')
    await store('0', 'points_per_5min', '3')
    await store(other, 'role_mode', 'highest')
    const found = await readSettings(sql, [own, global, other], ['points_per_5min', 'role_mode'])
    expect([...found]).toEqual([
      [own, { points_per_5min: 7, role_mode: 'stack' }],
      [global, { points_per_5min: 3, role_mode: 'stack' }],
      [other, { points_per_5min: 3, role_mode: 'highest' }],
    ])
    await sql`delete from bot_settings where discord_server_id = 0`
    expect(await readSettingsOf(sql, global, ['points_per_5min'])).toEqual({ points_per_5min: 1 })
  })

  it('takes the default where a stored text is not allowed, and leaves the other settings alone', async () => {
    const guild = aGuildId()
    await store(guild, 'points_per_5min', 'a lot')
    await store(guild, 'active_window_seconds', '300')
    expect(await readSettingsOf(sql, guild, ['points_per_5min', 'active_window_seconds'])).toEqual({
      points_per_5min: 1,
      active_window_seconds: 300,
    })
  })
})

describe('writing a setting', () => {
  it('records who wrote it, and nothing when it was so already', async () => {
    const guild = guildId('9007199254740993') // 2^53 + 1, which is no JavaScript number
    const near = guildId('9007199254740992')
    const p = { guildId: guild, key: 'points_per_5min', value: 4 } as const
    expect(await writeSetting(sql, { ...p, by: { source: 'discord', actorId: admin } })).toBe(true)
    const row = () => sql`select value, revision, updated_by from bot_settings where discord_server_id = ${guild}`
    const before = await row()
    expect(before).toMatchObject([{ value: '4', updatedBy: admin }])
    expect(await writeSetting(sql, { ...p, by: { source: 'discord', actorId: userId('1') } })).toBe(false)
    expect(await row()).toEqual(before)
    expect(await readSettingsOf(sql, near, ['points_per_5min'])).toEqual({ points_per_5min: 1 })
  })

  it('grows its revision with every change', async () => {
    const guild = aGuildId()
    const write = (value: number) =>
      writeSetting(sql, { guildId: guild, key: 'points_per_5min', value, by: { source: 'discord', actorId: admin } })
    const revision = async () => {
      const [row] = await sql`select revision::int from bot_settings where discord_server_id = ${guild}`
      return Number(row?.revision)
    }
    await write(2)
    const first = await revision()
    await write(3)
    expect(await revision()).toBeGreaterThan(first)
  })

  it('refuses a value that could not be read again', async () => {
    const write = writeSetting(sql, {
      guildId: aGuildId(),
      key: 'points_per_5min',
      value: 5000,
      by: { source: 'discord', actorId: admin },
    })
    await expect(write).rejects.toThrow('points_per_5min cannot be 5000')
  })
})
