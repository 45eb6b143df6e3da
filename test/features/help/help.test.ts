import { beforeAll, describe, expect, it } from 'vitest'
import { guildId } from '../../../cluster/runtime/ids.ts'
import { definitionsOf } from '../../../shard/dispatch/registration.ts'
import { features } from '../../../shard/features/index.ts'
import { locales } from '../../../shard/features/language.ts'
import type { Sql } from '../../../sql/client.ts'
import { type SettingKey, writeSetting } from '../../../sql/queries/settings.ts'
import type { Guild } from '../../standins/discord/index.ts'
import { type Bot, startBot } from '../../support/bot.ts'
import { textOf } from '../../support/browsing.ts'
import { aGuildId } from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'

let sql: Sql
let bot: Bot

beforeAll(async () => {
  sql = (await createDatabase()).sql
  bot = await startBot({ sql, features })
})

const aServer = (): Guild => bot.discord.world.addGuild({ id: aGuildId() })
const aMember = (guild: Guild): string => guild.addMember({ username: 'somebody' }).user.id
const ask = (guild: Guild, userId: string, command: string, locale = 'en-US') =>
  bot.discord.control.command({ guildId: guild.id, userId, command, locale }).message()
const set = (guild: Guild, key: SettingKey, value: string | number | boolean | readonly string[]) =>
  writeSetting(sql, {
    guildId: guildId(guild.id),
    key,
    value: value as never,
    by: { source: 'discord' },
  })
const watches = (guild: Guild, name: string) => sql`
  insert into kick_channel (discord_server_id, broadcaster_user_id, slug, display_name)
  values (${guild.id}, '4242', ${name}, ${name})`

const all = definitionsOf(features)
const isForAdmins = ({ default_member_permissions: asked }: (typeof all)[number]) =>
  asked !== null && asked !== undefined

describe('/help', () => {
  it('tells a member every command that is theirs, and none that is not', async () => {
    const guild = aServer()
    const answer = await ask(guild, aMember(guild), 'help')
    expect(answer.isEphemeral).toBe(true)
    const text = textOf(answer)
    for (const one of all) {
      if (isForAdmins(one)) expect(text).not.toContain(`**\`/${one.name}\`**`)
      else expect(text).toContain(`**\`/${one.name}\`** ${one.description}`)
    }
  })

  it.each(locales)('tells an admin all there are, within the limits of a message, in %s', async (locale) => {
    const discordLocale = { en: 'en-US', es: 'es-ES', pt: 'pt-BR' }[locale as string] ?? locale
    const guild = aServer()
    const text = textOf(await ask(guild, guild.ownerId, 'help', discordLocale))
    for (const one of all) {
      const description = one.description_localizations?.[discordLocale as 'de'] ?? one.description
      expect(text).toContain(`**\`/${one.name}\`** ${description}`)
    }
  })

  it('names chat commands where I may answer them, without those that are switched off', async () => {
    const guild = aServer()
    expect(textOf(await ask(guild, guild.ownerId, 'help'))).not.toContain('!watchtime')
    await sql`
      insert into kick_token (discord_server_id, kick_user_id, access_token, refresh_token, key_id, expires_at, scopes)
      values (${guild.id}, '4242', 'a', 'b', 'c', now() + interval '1 hour', 'chat:write')`
    await writeSetting(sql, {
      guildId: guildId(guild.id),
      key: 'chat_commands_off',
      value: ['rank'],
      by: { source: 'discord' },
    })
    const text = textOf(await ask(guild, guild.ownerId, 'help'))
    for (const word of ['link', 'points', 'tickets', 'watchtime']) expect(text).toContain(`\`!${word}\``)
    expect(text).not.toContain('!rank')
  })

  it('names what the chat is heard by in games: words of requests while they are open, !gtb where it was played and is not off', async () => {
    const guild = aServer()
    const words = async () => textOf(await ask(guild, aMember(guild), 'help')).match(/`![a-z]+`/g) ?? []
    expect(await words()).toEqual([])
    await set(guild, 'slot_trigger_words', ['play', 'call'])
    await set(guild, 'slot_requests_enabled', true)
    await ask(guild, guild.ownerId, 'balance open')
    expect(await words()).toEqual(['`!call`', '`!gtb`', '`!play`'])
    await set(guild, 'slot_requests_enabled', false)
    await set(guild, 'chat_commands_off', ['gtb'])
    expect(await words()).toEqual([])
  })
})

describe('/earn', () => {
  it('says before anything is set up who has to do what', async () => {
    const guild = aServer()
    const answer = await ask(guild, aMember(guild), 'earn')
    expect([answer.isEphemeral, textOf(answer)]).toEqual([
      false,
      expect.stringMatching(/no.* Kick channel yet.*`\/setup`/),
    ])
  })

  it('reads the settings of this server as they are now, in its language', async () => {
    const [guild, other] = [aServer(), aServer()]
    for (const one of [guild, other]) await watches(one, 'Stream_Er')
    const role = guild.addRole({ name: 'Regular', position: 'below-bot' })
    await sql`
      insert into watchtime_roles (discord_server_id, role_id, role_name, minutes_required)
      values (${guild.id}, ${role.id}, 'Regular', 120)`
    await set(guild, 'points_per_5min', 3)
    await set(guild, 'min_message_length', 4)
    const text = textOf(await ask(guild, aMember(guild), 'earn'))
    expect(text).toContain('**Stream\\_Er**')
    expect(text).toMatch(/for 120 seconds/)
    expect(text).toContain('4 characters')
    expect(text).toContain('Five watched minutes are worth 3 points, an hour 36 points.')
    expect(text).toContain(`<@&${role.id}> (2 h)`)
    const elsewhere = textOf(await ask(other, aMember(other), 'earn'))
    expect(elsewhere).toContain('worth 1 point, an hour 12 points.')
    expect(elsewhere).not.toContain('<@&')
    await set(guild, 'points_per_5min', 0)
    await set(guild, 'language', 'de')
    expect(textOf(await ask(guild, aMember(guild), 'earn'))).toMatch(/^\s*So verdienst du hier[\s\S]*Punkte/)
  })

  it('says so when nobody earns, or everybody does without a stream', async () => {
    const guild = aServer()
    await watches(guild, 'streamer')
    const { ownerId } = guild
    await bot.discord.control.command({ guildId: guild.id, userId: ownerId, command: 'tracking force' }).message()
    expect(textOf(await ask(guild, ownerId, 'earn'))).toContain('although the stream is offline')
    await bot.discord.control.command({ guildId: guild.id, userId: ownerId, command: 'tracking off' }).message()
    expect(textOf(await ask(guild, ownerId, 'earn'))).toContain('nobody earns minutes')
  })
})
