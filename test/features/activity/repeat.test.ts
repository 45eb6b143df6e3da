import { beforeAll, describe, expect, it } from 'vitest'
import type { GuildId } from '../../../cluster/runtime/ids.ts'
import { onChat } from '../../../shard/features/activity/event.ts'
import { onTexts } from '../../../shard/features/activity/job.ts'
import { textHash } from '../../../shard/features/activity/rules.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import { aGuildId, chatOf, shuffled, times, toolsFor } from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'

let sql: Sql

beforeAll(async () => {
  sql = (await createDatabase({ max: 8 })).sql
})

const minuteMs = 60_000
/** The beginning of an hour some hours ago, so that lines fall where they are meant to. */
const start = (Math.floor(Date.now() / 3_600_000) - 3) * 3_600_000
const aGuild = async (minutes: number): Promise<GuildId> => {
  const guildId = aGuildId()
  await sql`
    insert into bot_settings (discord_server_id, key, value)
    values (${guildId}, 'repeated_message_minutes', ${String(minutes)})`
  return guildId
}
const line = (guildId: GuildId, minute: number, content: string, name = 'Viewer') =>
  chatOf({ guildIds: [guildId], username: name, at: start + minute * minuteMs + 10_000, content })
const hear = (events: ReturnType<typeof chatOf>[]) => transaction(sql, (db) => onChat(events, db, toolsFor(sql)))
/** Minutes, from the start, in which somebody was there; one line makes two. */
const presentIn = async (guildId: GuildId, name = 'viewer') => {
  const rows = await sql<{ hour: number; bit: number }[]>`
    select p.hour, b.bit
      from presence p
     cross join generate_series(0, 59) as b (bit)
     where p.discord_server_id = ${guildId} and p.username = ${name} and p.present >> b.bit & 1 = 1
     order by 1, 2`
  return rows.map(({ hour, bit }) => hour * 60 + bit - start / minuteMs - 1)
}

describe('the same text', () => {
  const said = (guildId: GuildId) => [
    line(guildId, 0, 'hello'),
    line(guildId, 3, 'HEL\u200blo '),
    line(guildId, 5, 'something else'),
    line(guildId, 7, 'hello'),
    line(guildId, 10, 'hello'), // counts again: ten minutes after the one that counted
    line(guildId, 15, 'something else'), // and so does this
    line(guildId, 19, 'hello'),
  ]
  const counted = [0, 1, 5, 6, 10, 11, 15, 16]

  it('of one viewer does not count again for so many minutes, whatever was said in between', async () => {
    const guildId = await aGuild(10)
    for (const one of said(guildId)) {
      await hear([one])
      await hear([one]) // delivered again, it fares as it did before
    }
    expect(await presentIn(guildId)).toEqual(counted)
  })

  it('counts as often when all of it comes in one batch, in any order', async () => {
    for (const seed of [1, 5, 9]) {
      const guildId = await aGuild(10)
      await hear(shuffled(said(guildId), seed))
      expect(await presentIn(guildId)).toEqual(counted)
    }
  })

  it('that is delivered again is no repetition of itself, and one owner more makes no difference', async () => {
    const guildId = await aGuild(10)
    const twice = [line(guildId, 0, 'hello'), line(guildId, 2, 'hello')]
    await hear(twice)
    await Promise.all(times(4, (n) => hear(shuffled(twice, n + 1))))
    await hear([line(guildId, 2, 'hello')])
    expect(await presentIn(guildId)).toEqual([0, 1])
  })

  it('counts for somebody else, in another guild, and where nobody minds', async () => {
    const [guildId, other, free] = [await aGuild(10), await aGuild(10), aGuildId()]
    const lines = [line(guildId, 0, 'hello'), line(guildId, 4, 'hello', 'Other'), line(guildId, 4, 'hello')]
    await hear(lines)
    await hear(lines.map((one) => ({ ...one, guildIds: [other, free] })))
    for (const id of [guildId, other]) {
      expect(await presentIn(id)).toEqual([0, 1])
      expect(await presentIn(id, 'other')).toEqual([4, 5])
    }
    expect(await presentIn(free)).toEqual([0, 1, 4, 5])
    expect(await sql`select 1 as one from chat_repeat where discord_server_id = ${free}`).toEqual([])
  })

  it('is kept as a hash alone, which is forgotten', async () => {
    const guildId = await aGuild(10)
    await hear([line(guildId, 0, 'a secret')])
    const rows = await sql<{ row: string }[]>`
      select r::text as row from chat_repeat r where discord_server_id = ${guildId}`
    expect(rows).toHaveLength(1)
    expect(rows[0]?.row).not.toContain('secret')
    const [job] = await sql<{ kind: string; runAt: Date }[]>`
      select kind, next_run_at as run_at from job where discord_server_id = ${guildId}`
    expect(job).toEqual({ kind: 'activity.texts', runAt: new Date(start + 3 * 3_600_000) })
    const due = { guildId, kind: 'activity.texts', ref: '', dueAt: new Date(), payload: {} }
    await transaction(sql, (db) => onTexts([due], db, toolsFor(sql)))
    expect(await sql`select 1 as one from chat_repeat where discord_server_id = ${guildId}`).toEqual([])
  })

  it('is the same in other case and with other spaces, and another in other words or of another viewer', () => {
    const hash = (content: string, userId = '1') => textHash({ guildId: '5', userId, content })
    expect(hash('Good  Morning')).toBe(hash('good morning'))
    expect(hash('ﬁne')).toBe(hash('fine'))
    expect(new Set([hash('a'), hash('b'), hash('a', '2')]).size).toBe(3)
    expect(hash('a')).toMatch(/^[0-9a-f]{32}$/)
  })
})
