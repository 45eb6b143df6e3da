import { beforeAll, describe, expect, it } from 'vitest'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import { chatCommandHandler } from '../../../shard/dispatch/chat.ts'
import { guessWord } from '../../../shard/features/balance/rules.ts'
import { features } from '../../../shard/features/index.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import { chatCommands } from '../../../sql/queries/settings.ts'
import type { Guild, SeenMessage } from '../../standins/discord/index.ts'
import { type Bot, startBot } from '../../support/bot.ts'
import { textOf } from '../../support/browsing.ts'
import { aGuildId, chatOf, times } from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'

let sql: Sql
let bot: Bot
const answer = chatCommandHandler(features)

beforeAll(async () => {
  sql = (await createDatabase({ max: 12 })).sql
  bot = await startBot({ sql, features })
})

interface Place {
  readonly id: GuildId
  readonly guild: Guild
}

/** A server whose broadcaster lets the bot write in chat. */
async function aPlace(): Promise<Place> {
  const id = aGuildId()
  const guild = bot.discord.world.addGuild({ id })
  await sql`
    insert into kick_token (discord_server_id, kick_user_id, access_token, refresh_token, key_id, scopes, expires_at)
    values (${id}, 1, 'x', 'y', 'k', '', now() + interval '1 day')`
  return { id, guild }
}

const ask = (place: Place, command: string, options = {}, userId = place.guild.ownerId): Promise<SeenMessage> =>
  bot.discord.control.command({ guildId: place.id, userId, command, options }).message()
const add = (place: Place, name: string, response: string, more = {}) =>
  ask(place, 'command add', { name, response, ...more })
const hear = (...events: ReturnType<typeof chatOf>[]) => transaction(sql, (db) => answer(events, db, bot.tools))
const line = (
  places: readonly Place[],
  content: string,
  more: { username?: string; at?: number; badges?: string[] } = {},
) => {
  const event = chatOf({
    guildIds: places.map((place) => place.id),
    username: more.username ?? 'Anna',
    at: more.at ?? Date.now(),
    content,
  })
  const { happening } = event
  return more.badges
    ? { ...event, happening: { ...happening, sender: { ...happening.sender, badges: more.badges } } }
    : event
}
const answersIn = async (place: Place): Promise<string[]> =>
  (
    await sql<{ content: string }[]>`
      select payload ->> 'content' as content from outbox
       where discord_server_id = ${place.id} and kind = 'activity.reply' order by outbox_id`
  ).map((row) => row.content)
const usesOf = async (place: Place, name: string): Promise<number> => {
  const [row] =
    await sql`select use_count::int as uses from custom_commands where discord_server_id = ${place.id} and command = ${name}`
  return Number(row?.uses)
}

describe('in stream chat', () => {
  it('8. `!x` in A and B at the same moment: each has its own text and its own cooldown', async () => {
    const [a, b] = [await aPlace(), await aPlace()]
    await add(a, 'x', 'A says hello to {display_name}', { cooldown: 60 })
    await add(b, 'x', 'B has {uses}', { cooldown: 0 })
    const now = Date.now()
    await hear(line([a, b], '!x', { at: now }), line([a, b], '!X again', { username: 'Bob', at: now + 1 }))
    expect(await answersIn(a)).toEqual(['A says hello to Anna'])
    expect(await answersIn(b)).toEqual(['B has 1', 'B has 1'])
    expect([await usesOf(a, 'x'), await usesOf(b, 'x')]).toEqual([1, 2])
  })

  it('a message that two owners handle three times is answered and counted once', async () => {
    const place = await aPlace()
    await add(place, 'with', 'cooldown', { cooldown: 5 })
    await add(place, 'without', 'cooldown', { cooldown: 0 })
    for (const [i, text] of ['!with', '!without'].entries()) {
      const event = line([place], text, { at: Date.now() + i })
      await Promise.all(times(4, () => hear(event)))
      await hear(event)
    }
    expect(await answersIn(place)).toEqual(['cooldown', 'cooldown'])
    expect([await usesOf(place, 'with'), await usesOf(place, 'without')]).toEqual([1, 1])
  })

  it('a person’s own cooldown is theirs alone', async () => {
    const place = await aPlace()
    await add(place, 'me', '{user}', { cooldown: 0, user_cooldown: 30 })
    const at = Date.now() - 20_000
    await hear(line([place], '!me', { at }))
    await hear(line([place], '!me', { at: at + 5_000 }), line([place], '!me', { username: 'Bob', at: at + 6_000 }))
    expect(await answersIn(place)).toEqual(['anna', 'bob'])
  })

  it('asks for the badge that a command asks for', async () => {
    const place = await aPlace()
    await add(place, 'mods', 'yes', { level: 'moderator', cooldown: 0 })
    await hear(
      line([place], '!mods', { badges: ['subscriber', 'vip'] }),
      line([place], '!mods', { username: 'Mod', badges: ['moderator'] }),
    )
    expect(await answersIn(place)).toEqual(['yes'])
  })

  it('answers exact first words only, by any of its names, and not what is off, late or for Discord', async () => {
    const place = await aPlace()
    await add(place, 'call', 'called', { cooldown: 0 })
    await add(place, 'here', 'in Discord', { cooldown: 0, where: 'discord' })
    await ask(place, 'command alias', { name: 'call', alias: '!SR' })
    await hear(
      line([place], '!callxyz'),
      line([place], 'say !call'),
      line([place], '!here'),
      line([place], '!call', { at: Date.now() - 70_000 }),
      line([place], '!Sr now', { username: 'Bob' }),
    )
    expect(await answersIn(place)).toEqual(['called'])
    await ask(place, 'command toggle', { name: 'sr' })
    await hear(line([place], '!call', { username: 'Carl' }))
    expect(await answersIn(place)).toEqual(['called'])
  })

  it('reads figures of this server alone, and never what viewers type as a variable', async () => {
    const [place, other] = [await aPlace(), await aPlace()]
    for (const [id, points] of [
      [place.id, '9007199254740993'],
      [other.id, '5'],
    ] as const)
      await sql`insert into user_points (discord_server_id, kick_username, points, total_earned) values (${id}, 'anna', ${points}, ${points})`
    await add(place, 'p', '{display_name} has {points} ({points_rank}) {args}', { cooldown: 0 })
    await hear(line([place], '!p {points} @everyone'))
    expect(await answersIn(place)).toEqual(['Anna has 9,007,199,254,740,993 (#1) {points} @everyone'])
  })

  it('takes as many statements for two hundred calls as for two', async () => {
    const place = await aPlace()
    await add(place, 'many', '{points_rank}', { cooldown: 0 })
    const statements = async (calls: number): Promise<number> => {
      const before = await sql<{ n: string }[]>`select 1`
      expect(before).toHaveLength(1)
      let count = 0
      await transaction(sql, (db) =>
        answer(
          times(calls, (i) => line([place], '!many', { username: `v${calls}x${i}` })),
          new Proxy(db, {
            apply(target, self, args) {
              count++
              return Reflect.apply(target, self, args)
            },
          }),
          bot.tools,
        ),
      )
      return count
    }
    expect(await statements(200)).toBe(await statements(2))
    expect(await answersIn(place)).toHaveLength(202)
  })

  it('built-in commands can be switched off, and kept for linked viewers', async () => {
    const place = await aPlace()
    await ask(place, 'settings set', { key: 'chat_commands_off', value: '!rank, watchtime' })
    await hear(...['!rank', '!watchtime', '!points'].map((text) => line([place], text)))
    expect(await answersIn(place)).toEqual([expect.stringContaining('no points yet')])
    await ask(place, 'settings set', { key: 'require_link_for_chat', value: 'on' })
    await hear(line([place], '!points', { username: 'Stranger' }), line([place], '!link', { username: 'Stranger' }))
    expect((await answersIn(place)).slice(1)).toEqual([expect.stringContaining('/link')])
    await sql`insert into links (discord_server_id, discord_id, kick_name) values (${place.id}, 5, 'bob')`
    await hear(line([place], '!points', { username: 'Bob' }))
    expect(await answersIn(place)).toHaveLength(3)
  })

  it('has a switch for every built-in command', () => {
    const answered = features.flatMap((feature) => Object.keys(feature.chat ?? {}))
    expect([...answered, guessWord].sort()).toEqual([...chatCommands])
  })
})

describe('/command', () => {
  it.each([
    ['add', { name: 'two words', response: 'x' }, /1 to 32 letters/],
    ['add', { name: 'points', response: 'x' }, /`!points` myself/],
    ['add', { name: 'used', response: 'x' }, /`!used` already/],
    ['add', { name: 'other', response: 'x' }, /`!other` already/],
    ['add', { name: 'new', response: 'x'.repeat(501) }, /1 to 500 characters.*501/],
    ['add', { name: 'new', response: '{hunt} {user}' }, /`\{hunt\}`.*`\{watchtime\}`/],
    ['edit', { name: 'used', response: '{nothing}' }, /`\{nothing\}`/],
    ['edit', { name: 'nobody', response: 'x' }, /no command `!nobody`/],
    ['alias', { name: 'used', alias: 'link' }, /`!link` myself/],
  ])('%s %j is refused with what is wrong, and changes nothing', async (subcommand, options, told) => {
    const place = await aPlace()
    await add(place, 'used', 'it')
    await ask(place, 'command alias', { name: 'used', alias: 'other' })
    expect(textOf(await ask(place, `command ${subcommand}`, options))).toMatch(told)
    const rows = await sql`select command, response from custom_commands where discord_server_id = ${place.id}`
    expect(rows).toEqual([{ command: 'used', response: 'it' }])
  })

  it('edits, shows, lists and removes, for this server alone, and notes who did it', async () => {
    const [place, other] = [await aPlace(), await aPlace()]
    await add(other, 'hello', 'other')
    await add(place, 'hello', 'one')
    expect(textOf(await ask(place, 'command edit', { name: '!hello', response: 'two', level: 'vip' }))).toContain('two')
    expect(textOf(await ask(place, 'command show', { name: 'hello' }))).toMatch(/two[\s\S]*VIPs and up/)
    expect(textOf(await ask(place, 'command list'))).toContain('**!hello** `two`')
    expect(textOf(await ask(place, 'command remove', { name: 'hello' }))).toContain('gone')
    expect(textOf(await ask(other, 'command list'))).toContain('`other`')
    const rows = await sql`select action from audit_log where discord_server_id = ${place.id} order by audit_id`
    expect(rows.map((row) => row.action)).toEqual(['commands.add', 'commands.edit', 'commands.remove'])
  })

  it('keeps a hundred and no more, though two admins add at once', async () => {
    const place = await aPlace()
    await sql`
      insert into custom_commands (discord_server_id, command, response)
      select ${place.id}::bigint, 'c' || n, 'x' from generate_series(1, 99) as n`
    const answers = await Promise.all(['one', 'two'].map((name) => add(place, name, 'x')))
    expect(answers.filter((message) => textOf(message).includes('100 commands already'))).toHaveLength(1)
  })
})

describe('/cmd', () => {
  it('answers in Discord as in chat, with the same cooldown, for whoever may', async () => {
    const place = await aPlace()
    await add(place, 'hi', 'Hi {display_name} {args}', { cooldown: 60 })
    await add(place, 'mods', 'yes', { level: 'moderator', cooldown: 0 })
    const member = place.guild.addMember({ username: 'anna' }).user.id
    expect((await ask(place, 'cmd', { name: 'hi', words: '**@everyone**' }, member)).content).toMatch(
      /^Hi .*\\\*\\\*\\@everyone/,
    )
    await hear(line([place], '!hi'))
    expect(await answersIn(place)).toEqual([])
    for (const name of ['hi', 'mods']) {
      const act = bot.discord.control.command({ guildId: place.id, userId: member, command: 'cmd', options: { name } })
      const [told] = await act.followUps(1)
      expect([told?.isEphemeral, told?.content]).toEqual([true, expect.stringContaining('was used just now')])
    }
    expect((await ask(place, 'cmd', { name: 'mods' })).content).toBe('yes')
    expect(await usesOf(place, 'mods')).toBe(1)
    expect(bot.discord.ledger.violations).toEqual([])
  })
})
