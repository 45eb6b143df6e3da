import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { type GuildId, userId, username } from '../../../cluster/runtime/ids.ts'
import { onChat, onLivestream } from '../../../shard/features/activity/event.ts'
import { exclusions } from '../../../shard/features/exclusions/index.ts'
import { features } from '../../../shard/features/index.ts'
import { onTick } from '../../../shard/features/watchtime/tick.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import { projectFile } from '../../../sql/migrate.ts'
import { moveViewer } from '../../../sql/queries/activity.ts'
import { auditOf } from '../../../sql/queries/audit.ts'
import { exclusionKinds, exclusionsIn } from '../../../sql/queries/exclusion.ts'
import { type Bot, startBot } from '../../support/bot.ts'
import {
  aGuildId,
  aSlotAgo,
  aTick,
  chatOf,
  secondsBefore,
  standingsIn,
  streamOf,
  times,
} from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'

let sql: Sql
let bot: Bot

beforeAll(async () => {
  sql = (await createDatabase()).sql
  bot = await startBot({ sql, features })
})

interface Place {
  readonly guildId: GuildId
  readonly admin: string
}

const aPlace = (): Place => {
  const guildId = aGuildId()
  return { guildId, admin: bot.discord.world.addGuild({ id: guildId }).ownerId }
}

const ask = ({ guildId, admin }: Place, command: string, options = {}) =>
  bot.discord.control.command({ guildId, userId: admin, command, options }).message()

const kindsOf = async ({ guildId }: Place, name: string) =>
  (await exclusionsIn(sql, { guildId, username: username(name) })).map((row) => `${row.origin}:${row.kind}`)

/** A live guild where this viewer has written in every one of the last `minutes` minutes, the newest of which ended `ago` minutes ago. */
const writes = async ({ guildId }: Place, name: string, minutes: number, ago = 0) => {
  await transaction(sql, (db) =>
    onLivestream([streamOf({ guildIds: [guildId], startedAt: Date.now() - 3 * 3_600_000 })], db, bot.tools),
  )
  const lines = times(minutes, (n) =>
    chatOf({ guildIds: [guildId], username: name, at: secondsBefore(aSlotAgo(ago + n), 30) }),
  )
  await transaction(sql, (db) => onChat(lines, db, bot.tools))
}
const tick = ({ guildId }: Place) =>
  transaction(sql, (db) => onTick(aTick({ guildIds: [guildId], slot: aSlotAgo(0) }), db, bot.tools))

const since = ({ guildId }: Place, interval: string) => sql`
  update exclusion set set_at = now() - ${interval}::interval where discord_server_id = ${guildId}`

describe('/exclude', () => {
  it('leaves a viewer out of everything or of one thing, says who did it, and a second time changes nothing', async () => {
    const place = aPlace()
    expect((await ask(place, 'exclude add', { name: ' @Night_Bot ', reason: 'a bot' })).content).toBe(
      '**night\\_bot** is left out from now on: watch time, points, boards, and raffles. What was earned before stays.',
    )
    expect(await kindsOf(place, 'night_bot')).toHaveLength(4)
    expect((await ask(place, 'exclude add', { name: 'night_bot', from: 'time' })).content).toContain('already')
    expect((await ask(place, 'exclude remove', { name: 'night_bot', from: 'time' })).content).toBe(
      '**night\\_bot** takes part again: watch time.',
    )
    const text = String((await ask(place, 'exclude list')).embeds[0]?.description)
    expect(text).toMatch(
      new RegExp(`^\\*\\*night\\\\_bot\\*\\* — boards, points, and raffles · .* · <@${place.admin}> · a bot$`),
    )
    const noted = await auditOf(sql, { guildId: place.guildId, subject: 'night_bot', limit: 10 })
    expect(noted.map((row) => [row.action, row.oldValue, row.newValue, row.actorId])).toEqual([
      ['exclusions.remove', 'time', null, place.admin],
      ...['time', 'raffles', 'points', 'boards'].map((kind) => ['exclusions.add', null, kind, place.admin]),
    ])
  })

  it('takes a member by the link, and refuses who is not known by one', async () => {
    const place = aPlace()
    const member = bot.discord.control.join(place.guildId)
    expect((await ask(place, 'exclude add', { member })).content).toContain('has not linked a Kick account here')
    await sql`insert into links (discord_server_id, discord_id, kick_name) values (${place.guildId}, ${member}, 'linked')`
    expect((await ask(place, 'exclude add', { member, from: 'raffles' })).content).toContain('**linked**')
    expect((await ask(place, 'exclude add', {})).content).toContain('either a Kick name or a member')
    for (const name of ['two words', 'a,b', '@', 'ünlü', "x'; drop table exclusion"])
      expect((await ask(place, 'exclude add', { name })).content).toContain('not a Kick name')
  })

  it('offers names of this guild alone, and for a removal those which are left out', async () => {
    const [place, neighbour] = [aPlace(), aPlace()]
    for (const [{ guildId }, name] of [
      [place, 'nightbot'],
      [place, 'nightowl'],
      [neighbour, 'nightmare'],
    ] as const)
      await sql`insert into user_points (discord_server_id, kick_username) values (${guildId}, ${name})`
    await ask(place, 'exclude add', { name: 'nightbot' })
    const offered = async (command: string) =>
      bot.discord.control
        .autocomplete({
          guildId: place.guildId,
          userId: place.admin,
          command,
          options: { name: 'NIGHT' },
          focused: 'name',
        })
        .choices()
    expect((await offered('exclude add')).map((choice) => choice.value)).toEqual(['nightbot', 'nightowl'])
    expect((await offered('exclude remove')).map((choice) => choice.value)).toEqual(['nightbot'])
  })
})

describe('who is left out', () => {
  it('of time earns no minute from then on, while what was written before counts however late it comes', async () => {
    const [place, neighbour] = [aPlace(), aPlace()]
    await ask(place, 'exclude add', { name: 'viewer', from: 'time' })
    await since(place, '10 minutes 30 seconds')
    for (const each of [place, neighbour]) {
      await writes(each, 'Viewer', 21)
      await tick(each)
    }
    const [left] = await standingsIn(sql, place.guildId)
    const [whole] = await standingsIn(sql, neighbour.guildId)
    expect(whole?.minutes).toBe(21)
    expect(left?.minutes).toBeGreaterThanOrEqual(10)
    expect(left?.minutes).toBeLessThanOrEqual(13)
  })

  it('of points collects minutes and is not paid for them, then or later', async () => {
    const place = aPlace()
    await ask(place, 'exclude add', { name: 'viewer', from: 'points' })
    await writes(place, 'Viewer', 10, 20)
    await tick(place)
    expect(await standingsIn(sql, place.guildId)).toEqual([{ username: 'viewer', minutes: 11, points: 0 }])
    await ask(place, 'exclude remove', { name: 'viewer' })
    await writes(place, 'Viewer', 10)
    await tick(place)
    const [standing] = await standingsIn(sql, place.guildId)
    expect(standing).toMatchObject({ minutes: 21, points: 2 })
    const [mark] = await sql`
      select minutes_converted, points_awarded from points_watchtime_converted
       where discord_server_id = ${place.guildId}`
    expect(mark).toEqual({ minutesConverted: 20, pointsAwarded: '2' })
  })

  it('by a name still is by the next one, and whoever takes the old name is not', async () => {
    const place = aPlace()
    await writes(place, 'Old', 1, 30)
    await ask(place, 'exclude add', { name: 'old', from: 'time' })
    await since(place, '25 minutes')
    const old = chatOf({ guildIds: [place.guildId], username: 'Old', at: 0 }).happening.sender.userId
    const says = (name: string, id: number, ago: number) =>
      transaction(sql, (db) =>
        onChat(
          [chatOf({ guildIds: [place.guildId], username: name, userId: id, at: secondsBefore(aSlotAgo(ago), 30) })],
          db,
          bot.tools,
        ),
      )
    await says('New', Number(old), 20)
    await says('Old', 77, 10)
    await tick(place)
    expect((await standingsIn(sql, place.guildId)).map((one) => [one.username, one.minutes])).toEqual([
      ['new', 2],
      ['old', 2],
    ])
    expect(await kindsOf(place, 'new')).toEqual(['admin:time'])
    expect(await kindsOf(place, 'old')).toEqual([])
  })

  it('by an admin and by their own wish are two things, also when two names become one', async () => {
    const place = aPlace()
    const of = { guildId: place.guildId, username: username('shy'), kinds: ['boards'] as const }
    expect(await exclusions.set(sql, { ...of, origin: 'member', reason: null, setBy: userId('5') })).toHaveLength(1)
    expect(await exclusions.set(sql, { ...of, origin: 'member', reason: null, setBy: userId('5') })).toHaveLength(0)
    expect(String((await ask(place, 'exclude list')).embeds[0]?.description)).toContain('Nobody is left out')
    await ask(place, 'exclude add', { name: 'shy', from: 'boards' })
    await ask(place, 'exclude add', { name: 'other', from: 'boards' })
    await transaction(sql, (db) =>
      moveViewer(db, { guildId: place.guildId, from: username('shy'), to: username('other') }),
    )
    expect(await kindsOf(place, 'other')).toEqual(['admin:boards', 'member:boards'])
    expect(await exclusions.remove(sql, { ...of, username: username('other'), origin: 'member' })).toHaveLength(1)
    expect(await kindsOf(place, 'other')).toEqual(['admin:boards'])
  })
})

describe('names that were ignored before', () => {
  it('are left out of everything: a guild’s own, and everybody’s where a guild said nothing', async () => {
    const [own, none] = [aPlace(), aPlace()]
    await sql`
      insert into bot_settings (discord_server_id, key, value, updated_by)
      values (0, 'ignored_names', 'botrix', null), (${own.guildId}, 'ignored_names', ' @NightBot, other', 5)`
    for (const { guildId } of [own, none])
      await sql`insert into guild (discord_server_id) values (${guildId}) on conflict do nothing`
    const text = await readFile(projectFile('sql', 'migrations', '0017_points.sql'), 'utf8')
    const statement = /insert into exclusion[^;]*;/.exec(text)?.[0] ?? ''
    await sql.unsafe(statement)
    expect(await kindsOf(own, 'nightbot')).toHaveLength(exclusionKinds.length)
    expect(await kindsOf(own, 'other')).toHaveLength(exclusionKinds.length)
    expect(await kindsOf(own, 'botrix')).toEqual([])
    expect(await kindsOf(none, 'botrix')).toHaveLength(exclusionKinds.length)
  })
})
