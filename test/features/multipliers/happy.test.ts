import { beforeAll, describe, expect, it } from 'vitest'
import { type GuildId, type Slot, userId } from '../../../cluster/runtime/ids.ts'
import { onChat, onLivestream } from '../../../shard/features/activity/event.ts'
import { features } from '../../../shard/features/index.ts'
import { onTick } from '../../../shard/features/watchtime/tick.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import { addMultiplier } from '../../../sql/queries/multiplier.ts'
import { type Bot, startBot } from '../../support/bot.ts'
import {
  aGuildId,
  aSlotAgo,
  aTick,
  chatOf,
  secondsBefore,
  shuffled,
  standingsIn,
  streamOf,
  times,
} from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'

let sql: Sql
let bot: Bot

beforeAll(async () => {
  sql = (await createDatabase({ max: 12 })).sql
  bot = await startBot({ sql, features })
})

const aLiveGuild = async (): Promise<GuildId> => {
  const guildId = aGuildId()
  await transaction(sql, (db) =>
    onLivestream([streamOf({ guildIds: [guildId], startedAt: Date.now() - 5 * 3_600_000 })], db, bot.tools),
  )
  return guildId
}
/** Minutes end with a slot: an interval from slot `from` (not included) to slot `to`. */
const interval = (guildId: GuildId, percent: number, from: Slot, to: Slot) => sql`
  insert into multiplier (discord_server_id, percent, started_at, ended_at)
  values (${guildId}, ${percent}, to_timestamp(${(from + 1) * 60}), to_timestamp(${(to + 1) * 60}))`
/** One line for each of these slots, so that with the last one's second minute there are `count + 1` minutes. */
const lines = (guildId: GuildId, ago: number, count: number) =>
  times(count, (n) => chatOf({ guildIds: [guildId], username: 'Viewer', at: secondsBefore(aSlotAgo(ago - n), 30) }))
const hear = (events: ReturnType<typeof chatOf>[]) => transaction(sql, (db) => onChat(events, db, bot.tools))
const tick = (guildId: GuildId, slot = aSlotAgo(0)) =>
  transaction(sql, (db) => onTick(aTick({ guildIds: [guildId], slot }), db, bot.tools))
const worthOf = async (guildId: GuildId) => {
  const [row] = await sql`
    select minutes * 100 + bonus as hundredths from watchtime where discord_server_id = ${guildId}`
  return Number(row?.hundredths)
}

describe('a minute in the interval of a multiplier', () => {
  it.each([
    [200, 3000, 6],
    [50, 1500, 3],
    [0, 1000, 2],
    [133, 2330, 4],
  ])('counts %i %%, to the hundredth, beside those that count as one', async (percent, hundredths, points) => {
    const guildId = await aLiveGuild()
    await interval(guildId, percent, aSlotAgo(31), aSlotAgo(21))
    await hear(lines(guildId, 40, 19))
    await tick(guildId)
    expect(await worthOf(guildId)).toBe(hundredths)
    expect(await standingsIn(sql, guildId)).toEqual([{ username: 'viewer', minutes: 20, points }])
  })

  it('is worth the same however late, in whatever order and parts, and by how many owners it is paid', async () => {
    const guildIds = await Promise.all(times(4, aLiveGuild))
    const [atOnce, byMinute, late, owners] = guildIds as [GuildId, GuildId, GuildId, GuildId]
    for (const guildId of guildIds) {
      await interval(guildId, 170, aSlotAgo(75), aSlotAgo(50))
      await interval(guildId, 30, aSlotAgo(50), aSlotAgo(33))
      await interval(guildId, 0, aSlotAgo(20), aSlotAgo(7))
    }
    await hear(lines(atOnce, 90, 80))
    await tick(atOnce)
    for (const [n, line] of lines(byMinute, 90, 80).entries()) {
      await hear([line])
      await tick(byMinute, aSlotAgo(90 - n))
    }
    await tick(byMinute)
    for (const part of [shuffled(lines(late, 90, 80)).slice(0, 30), shuffled(lines(late, 90, 80)).slice(20)]) {
      await hear(part)
      await tick(late)
    }
    await Promise.all(
      times(4, async (n) => {
        await hear(shuffled(lines(owners, 90, 80), n + 1))
        await tick(owners, aSlotAgo(n * 10))
        await tick(owners)
      }),
    )
    const expected = (await standingsIn(sql, atOnce))[0]
    expect(expected?.minutes).toBe(81)
    expect(expected?.points).toBe(Math.floor((await worthOf(atOnce)) / 500))
    for (const guildId of guildIds) {
      expect(await worthOf(guildId)).toBe(await worthOf(atOnce))
      expect(await standingsIn(sql, guildId)).toEqual([expected])
    }
  })

  it('counts in its own guild only', async () => {
    const [guildId, neighbour] = [await aLiveGuild(), await aLiveGuild()]
    await interval(neighbour, 1000, aSlotAgo(60), aSlotAgo(0))
    await hear(lines(guildId, 40, 19))
    await tick(guildId)
    expect(await standingsIn(sql, guildId)).toEqual([{ username: 'viewer', minutes: 20, points: 4 }])
  })
})

describe('/multiplier', () => {
  const aPlace = () => {
    const guildId = aGuildId()
    return { guildId, admin: bot.discord.world.addGuild({ id: guildId }).ownerId }
  }
  const ask = async ({ guildId, admin }: ReturnType<typeof aPlace>, command: string, options = {}) => {
    const message = await bot.discord.control.command({ guildId, userId: admin, command, options }).message()
    return message.content || String(message.embeds[0]?.description)
  }

  it('adds an interval that begins with a whole minute in the future, shows it and ends it', async () => {
    const place = aPlace()
    expect(await ask(place, 'multiplier show')).toContain('every minute counts as one')
    expect(await ask(place, 'multiplier add', { percent: 200, minutes: 60 })).toMatch(
      /^⏰ \*\*200 %\*\* from <t:\d+:f> to/,
    )
    const [row] = await sql`
      select started_at > now() as is_ahead, extract(second from started_at)::int as second,
             ended_at - started_at = interval '1 hour' as is_hour
        from multiplier where discord_server_id = ${place.guildId}`
    expect(row).toEqual({ isAhead: true, second: 0, isHour: true })
    expect(await ask(place, 'multiplier add', { percent: 50, minutes: 60, in: 30 })).toContain('would overlap another')
    expect(await ask(place, 'multiplier add', { percent: 50, minutes: 60, in: 60 })).toContain('**50 %**')
    await sql`
      update multiplier set started_at = started_at - interval '10 minutes'
       where discord_server_id = ${place.guildId} and percent = 200`
    const member = bot.discord.control.join(place.guildId)
    await sql`insert into links (discord_server_id, discord_id, kick_name) values (${place.guildId}, ${member}, 'viewer')`
    expect(await ask({ ...place, admin: member }, 'points')).toContain(
      'Your minutes count **200 %** now: happy hour 200 % until <t:',
    )
    expect(await ask(place, 'multiplier end')).toContain('It is over')
    const rows = await sql`
      select percent, ended_at <= now() + interval '1 minute' as is_over
        from multiplier where discord_server_id = ${place.guildId}`
    expect(rows).toEqual([{ percent: 200, isOver: true }])
    expect(await ask(place, 'multiplier end')).not.toContain('It is over')
  })

  it('never lets two overlap, though eight admins add them at once', async () => {
    const { guildId } = aPlace()
    const added = await Promise.all(
      times(8, () =>
        transaction(sql, (db) =>
          addMultiplier(db, { guildId, percent: 200, startsIn: 5, minutes: 30, setBy: userId('5') }),
        ),
      ),
    )
    expect(added.filter((one) => one !== undefined)).toHaveLength(1)
  })
})
