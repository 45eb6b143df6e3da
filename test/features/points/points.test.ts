import { beforeAll, describe, expect, it } from 'vitest'
import { type GuildId, kickUserId, userId, username } from '../../../cluster/runtime/ids.ts'
import { features } from '../../../shard/features/index.ts'
import { speak } from '../../../shard/features/language.ts'
import { pointsChat } from '../../../shard/features/points/chat.ts'
import { pointsChatLine, pointsView } from '../../../shard/features/points/view.ts'
import type { Sql } from '../../../sql/client.ts'
import { writeSetting } from '../../../sql/queries/settings.ts'
import type { Standing } from '../../../sql/queries/standing.ts'
import { type Bot, startBot } from '../../support/bot.ts'
import { aGuildId } from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'

let sql: Sql
let bot: Bot

beforeAll(async () => {
  sql = (await createDatabase()).sql
  bot = await startBot({ sql, features })
})

const standing = (p: Partial<Standing>): Standing => ({
  displayName: 'Some_Viewer',
  minutes: 0,
  points: '0',
  totalEarned: '0',
  totalSpent: '0',
  watchtimeRank: null,
  pointsRank: null,
  watchers: 0,
  holders: 0,
  ...p,
})

describe('a balance', () => {
  it.each<[Partial<Standing>, number, string]>([
    [
      { points: '1500', totalEarned: '2000', totalSpent: '500', pointsRank: 2, holders: 1000 },
      3,
      '🪙 **1,500 points** · rank 2 of 1,000\nEarned 2,000 · spent 500\nFive watched minutes are worth 3 points.',
    ],
    [{}, 1, '🪙 **0 points**\nEarned 0 · spent 0\nFive watched minutes are worth 1 point.'],
    [{ points: '1' }, 0, '🪙 **1 point**\nEarned 0 · spent 0\nPoints are paused on this server now.'],
  ])('%j at rate %i', (part, rate, text) => {
    expect(pointsView(speak('en'), standing(part), rate).embeds).toMatchObject([
      { title: 'Some\\_Viewer', description: text },
    ])
  })

  it.each<[Partial<Standing>, string]>([
    [{ points: '1500', totalEarned: '1500', pointsRank: 2, holders: 1000 }, '1,500 points, rank 2 of 1,000.'],
    [{ points: '0', totalEarned: '9', totalSpent: '9' }, '0 points.'],
    [{}, 'no points yet. Keep chatting while the stream is live and they will come.'],
  ])('in the stream chat: %j', (part, line) => expect(pointsChatLine(speak('en'), standing(part))).toBe(line))
})

const balance = (guildId: GuildId, name: string, points: string, spent = '0') => sql`
  insert into user_points (discord_server_id, kick_username, points, total_earned, total_spent)
  values (${guildId}, ${name}, ${points}, ${points}::bigint + ${spent}::bigint, ${spent})`

const aGuild = (): GuildId => {
  const id = aGuildId()
  bot.discord.world.addGuild({ id })
  return id
}

describe('/points', () => {
  it('shows the balance of this guild alone, beyond 2^53 to the last point', async () => {
    const [here, there] = [aGuild(), aGuild()]
    const [member, other] = [bot.discord.control.join(here), bot.discord.control.join(here)]
    await sql`
      insert into links (discord_server_id, discord_id, kick_name)
      values (${here}, ${member}, 'rich'), (${here}, ${other}, 'poor'), (${there}, ${member}, 'rich')`
    await balance(here, 'rich', '9007199254740993', '7')
    await balance(here, 'poor', '5')
    await balance(there, 'rich', '1')
    await writeSetting(sql, {
      guildId: there,
      key: 'points_per_5min',
      value: 9,
      by: { source: 'discord', actorId: userId('1') },
    })
    const ask = (options = {}) =>
      bot.discord.control.command({ guildId: here, userId: member, command: 'points', options }).message()
    const own = await ask()
    expect(own.isEphemeral).toBe(true)
    expect(own.embeds[0]?.description).toBe(
      '🪙 **9,007,199,254,740,993 points** · rank 1 of 2\nEarned 9,007,199,254,741,000 · spent 7\nFive watched minutes are worth 1 point.',
    )
    expect((await ask({ member: other })).embeds[0]?.description).toContain('**5 points** · rank 2 of 2')
  })

  it('points to /link without a link', async () => {
    const guildId = aGuild()
    const member = bot.discord.control.join(guildId)
    const answer = await bot.discord.control.command({ guildId, userId: member, command: 'points' }).message()
    expect(answer.content).toContain('Use `/link` once')
  })
})

describe('!points', () => {
  it('answers viewers who never linked', async () => {
    const [here, there] = [aGuildId(), aGuildId()]
    await balance(here, 'viewer', '12')
    await balance(there, 'viewer', '99')
    const sender = { userId: kickUserId(5), username: username('Viewer'), displayName: 'Viewer' }
    expect(await pointsChat({ guildId: here, say: speak('en'), sender, args: [] }, sql, bot.tools)).toBe(
      '12 points, rank 1 of 1.',
    )
  })
})
