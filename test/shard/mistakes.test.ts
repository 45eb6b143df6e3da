import { beforeAll, describe, expect, it } from 'vitest'
import { features } from '../../shard/features/index.ts'
import type { Sql } from '../../sql/client.ts'
import type { Guild } from '../standins/discord/index.ts'
import { type Bot, startBot } from '../support/bot.ts'
import { textOf } from '../support/browsing.ts'
import { aGuildId, times } from '../support/builders.ts'
import { createDatabase } from '../support/database.ts'

/** What admins mistype, in whichever room: the answer names the part that is wrong and what it may be, and nothing changes. */
let sql: Sql
let bot: Bot
let guild: Guild

beforeAll(async () => {
  sql = (await createDatabase()).sql
  bot = await startBot({ sql, features })
  guild = bot.discord.world.addGuild({ id: aGuildId() })
  await use('timer add', { minutes: 5, message: 'Drink water' })
  await use('command add', { name: 'discord', response: 'Hi {user}' })
  await use('alert setup', { channel: guild.addChannel({ name: 'live' }).id })
})

type Options = Record<string, string | number | boolean>
const use = async (command: string, options: Options = {}): Promise<string> =>
  textOf(await bot.discord.control.command({ guildId: guild.id, userId: guild.ownerId, command, options }).message())

/** Everything that these commands could have changed. */
const everything = async () => {
  const tables = [
    'bot_settings',
    'timed_messages',
    'custom_commands',
    'custom_command_alias',
    'live_alert_setup',
    'point_ledger',
  ]
  const rows = await Promise.all(
    [...tables, 'user_points', 'watchtime', 'exclusion', 'watchtime_roles', 'links', 'audit_log'].map(
      (table) => sql`select to_jsonb(t) as row from ${sql(table)} t where t.discord_server_id = ${guild.id}`,
    ),
  )
  return JSON.stringify(rows)
}

describe('a mistake of an admin', () => {
  it.each<[string, Options, RegExp]>([
    [
      'settings set',
      { key: 'points_per_5min', value: '1.5' },
      /`points_per_5min` must be a whole number from 0 to 1,000/,
    ],
    ['settings set', { key: 'active_window_seconds', value: '9' }, /`active_window_seconds`.*seconds from 60 to 600/],
    ['settings set', { key: 'role_mode', value: 'all' }, /`role_mode` must be one of `stack`, `highest`/],
    ['settings set', { key: 'role_dm', value: 'perhaps' }, /`role_dm` must be `on` or `off`/],
    ['settings set', { key: 'timezone', value: 'Berlin' }, /`timezone`.*`Europe\/Berlin`/],
    ['settings set', { key: 'admin_channel_id', value: '#mods' }, /`admin_channel_id`.*text channel of this server/],
    ['settings set', { key: 'chat_commands_off', value: 'rank, foo' }, /`chat_commands_off`.*`rank`/],
    ['settings set', { key: 'point_per_5min', value: '2' }, /no setting `point_per_5min`; `\/settings show`/],
    ['command add', { name: 'two words', response: 'x' }, /A name has 1 to 32 letters/],
    ['command add', { name: 'x', response: '{pionts}' }, /do not know `\{pionts\}`.*`\{points\}`/],
    ['command add', { name: 'x', response: 'y'.repeat(501) }, /1 to 500 characters; this one has 501/],
    ['command edit', { name: 'discord' }, /say what to change/],
    ['timer add', { minutes: 5, message: 'y'.repeat(501) }, /1 to 500 characters; this one has 501/],
    ['timer edit', { number: 1 }, /say what to change/],
    ['timer edit', { number: 7, minutes: 5 }, /no message #7; `\/timer list`/],
    ['alert text', { title: '{streamr}' }, /do not know `\{streamr\}`.*`\{streamer\}`/],
    ['alert button', { label: 'Go', url: 'kick' }, /begin with https:\/\//],
    ['points-admin give', { amount: '1,000', name: 'anna' }, /amount.*whole number from 1 to .*without separators/],
    ['points-admin give', { amount: '5' }, /either a Kick name or a member/],
    ['points-admin take', { amount: '5', name: 'anna' }, /\*\*anna\*\* has 0 points only/],
    ['watchtime-admin take', { minutes: 5, name: 'anna' }, /\*\*anna\*\* has 0 min only/],
    ['links who', { kick: 'an na' }, /`an na` is not a Kick name; those have/],
    ['setup', { channel: 'no channel' }, /copy the address|Kick does not answer/],
  ])('%s %j: the answer says what is wrong and what may be', async (command, options, answer) => {
    const before = await everything()
    expect(await use(command, options)).toMatch(answer)
    expect(await everything()).toBe(before)
  })

  it('about a role that cannot be given yet is told with the setting', async () => {
    const role = guild.addRole({ name: 'High', position: 'above-bot' })
    const answer = await use('settings set', { key: 'kick_linked_role_id', value: role.id })
    expect(answer).toMatch(/is now <@&\d+>[\s\S]*cannot give it yet[\s\S]*drag my role above it/)
  })
})

describe('a file with mistakes', () => {
  const give = async (name: string, text: string, way = 'add') => {
    const file = bot.discord.control.upload({ name, bytes: Buffer.from(text) })
    const message = await bot.discord.control
      .command({ guildId: guild.id, userId: guild.ownerId, command: 'server import', options: { file, way } })
      .message()
    return { text: textOf(message), files: message.attachments, buttons: message.components.length }
  }

  it('brings in nothing, and every wrong row is named with what it may be', async () => {
    const before = await everything()
    const table = 'name,minutes,points\nanna,10,5\nno name!,x,1\ncarl,1.5,-5\nanna,3,99999999999999999\n'
    const { text, buttons } = await give('table.csv', table)
    expect(text.trim().split('\n')).toEqual([
      '6 mistakes, so nothing was brought in',
      'Table, row 3, name: must be a Kick name',
      'Table, row 3, minutes: must be a whole number from 0 to 100,000,000',
      'Table, row 4, minutes: must be a whole number from 0 to 100,000,000',
      'Table, row 4, points: must be a whole number from 0 to 1,000,000,000,000,000',
      'Table, row 5, points: must be a whole number from 0 to 1,000,000,000,000,000',
      'Table, row 5, name: must be there once only',
    ])
    expect([buttons, await everything()]).toEqual([0, before])
  })

  it('says of settings and texts what each of them may be', async () => {
    const settings = [
      { key: 'points_per_5min', value: '9999' },
      { key: 'nope', value: '1' },
    ]
    const commands = [{ command: 'x', response: '' }]
    const file = { format: 'belfry', version: 1, server: guild.id, exportedAt: 'now', parts: { settings, commands } }
    const { text } = await give('server.json', JSON.stringify(file))
    expect(text).toContain('Settings, row 1, points\\_per\\_5min: must be a whole number from 0 to 1,000')
    expect(text).toContain('Settings, row 2, nope: must be one of my settings; `/settings show` lists them')
    expect(text).toContain('Commands, row 1, response: must be text of 1 to 500 characters')
  })

  it('names rows without end in a file of their own', async () => {
    const { files } = await give('table.csv', `name,minutes\n${times(40, (i) => `viewer${i},x`).join('\n')}\n`)
    const [rows] = files
    if (rows === undefined) throw new Error('there is no list')
    expect(bot.discord.control.fileOf(rows).toString().trim().split('\n')).toHaveLength(40)
  })
})
