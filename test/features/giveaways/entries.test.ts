import { beforeAll, describe, expect, it } from 'vitest'
import { entryIdOf } from '../../../cluster/runtime/fairness.ts'
import { type GuildId, kickUserId, userId, username } from '../../../cluster/runtime/ids.ts'
import { createSecrets } from '../../../cluster/runtime/secrets.ts'
import { draw, freeze, sealedSeed } from '../../../shard/features/giveaways/job/draw.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import { moveViewer } from '../../../sql/queries/activity.ts'
import { type ChatJoin, enterFromChat, enterMember } from '../../../sql/queries/entries.ts'
import { addGiveaway, type Choices, endDue, nextGiveaway } from '../../../sql/queries/giveaways.ts'
import { DrandStandIn } from '../../standins/drand/index.ts'
import { aGuildId, shuffled, times, toolsFor } from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'

const secrets = createSecrets('0'.repeat(64))
const drand = new DrandStandIn()
let sql: Sql

beforeAll(async () => {
  sql = (await createDatabase({ max: 16 })).sql
})

const plain: Choices = {
  entryMethod: 'keyword',
  withButton: true,
  keyword: 'hat',
  messagesRequired: 1,
  timeWindowMinutes: 10,
  maxEntriesPerUser: 1,
  maxWinners: 1,
  needsLink: false,
  requiredRoleId: null,
  bonusRoles: {},
  entryPrompts: [],
  claimMinutes: 0,
}

async function aGiveaway(choices: Partial<Choices> = {}, guildId: GuildId = aGuildId()) {
  const giveawayId = await transaction(sql, async (db) => {
    const id = (await nextGiveaway(db, { guildId, most: 10 })) ?? 0
    await addGiveaway(db, {
      ...plain,
      ...choices,
      guildId,
      id,
      title: 'A hat',
      description: null,
      durationMinutes: 60,
      channelId: '5' as never,
      createdBy: null,
      seed: await sealedSeed({ guildId, giveawayId: id }, secrets),
    })
    await db`update giveaways set started_at = now() - interval '1 hour' where discord_server_id = ${guildId} and id = ${id}`
    return id
  })
  return { guildId, giveawayId }
}
type Of = Awaited<ReturnType<typeof aGiveaway>>

const joinOf = (of: Of, name: string, ref: string, at = Date.now() - 1_000): ChatJoin => ({
  ...of,
  username: username(name),
  displayName: name,
  kickUserId: kickUserId(1_000 + ([...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 0) % 1_000_003)),
  ref,
  at,
  salt: `salt of ${name}`,
})
const enter = (joins: readonly ChatJoin[]) => transaction(sql, (db) => enterFromChat(db, joins))
const press = (of: Of, member: number, ref: string, kickName: string | null = null) =>
  transaction(sql, (db) =>
    enterMember(db, {
      ...of,
      userId: userId(String(member)),
      displayName: `member ${member}`,
      kickName: kickName === null ? null : username(kickName),
      kickUserId: null,
      ref,
      tickets: 2,
      answers: null,
      salt: 'a salt',
    }),
  )
const rowsOf = async (of: Of) =>
  (
    await sql<{ who: string | null; member: string | null; tickets: number; joins: number }[]>`
      select kick_username as who, discord_id as member, entry_count as tickets, cardinality(join_refs) as joins
        from giveaway_entries where discord_server_id = ${of.guildId} and giveaway_id = ${of.giveawayId}
       order by kick_username, discord_id`
  ).map((row) => ({ ...row }))
const toolsNow = () => toolsFor(sql, { secrets, drandChain: drand.chain })

describe('entries', () => {
  it.each([1, 3, 5])(
    'never exceed %i for each person, whatever comes at once, twice and in any order',
    async (most) => {
      const of = await aGiveaway({ maxEntriesPerUser: most })
      const other = await aGiveaway({ maxEntriesPerUser: most }, of.guildId)
      const names = ['anna', 'bob', 'carl', 'dora']
      const all = names.flatMap((name) => times(6, (i) => joinOf(of, name, `${name}:${i}`)))
      const batches = times(12, (seed) => shuffled([...all, ...all], seed + 1).slice(0, 30))
      await Promise.all([
        ...batches.map(enter),
        ...times(4, (i) => press(of, 99, `press ${i}`)),
        ...times(4, (i) => press(of, 99, `press ${i}`)),
      ])
      await enter(all)
      const rows = await rowsOf(of)
      expect(rows.filter(({ who }) => who !== null)).toEqual(
        names.map((who) => ({ who, member: null, tickets: most, joins: most })),
      )
      const joins = Math.min(most, 4)
      expect(rows.filter(({ member }) => member !== null)).toEqual([
        { who: null, member: '99', tickets: 2 * joins, joins },
      ])
      expect(await rowsOf(other)).toEqual([])
    },
  )

  it('count the same message once, though it comes with others that count', async () => {
    const of = await aGiveaway({ maxEntriesPerUser: 4 })
    await enter([joinOf(of, 'anna', 'a'), joinOf(of, 'anna', 'a')])
    await enter([joinOf(of, 'anna', 'a'), joinOf(of, 'anna', 'b')])
    await enter([joinOf(of, 'anna', 'b'), joinOf(of, 'anna', 'a')])
    expect(await rowsOf(of)).toEqual([{ who: 'anna', member: null, tickets: 2, joins: 2 }])
  })

  it('are one for a person who presses and writes at once', async () => {
    for (let i = 0; i < 10; i++) {
      const of = await aGiveaway()
      await Promise.all([press(of, 7, 'p', 'anna'), enter([joinOf(of, 'anna', 'm')]), press(of, 7, 'q', 'anna')])
      const rows = await rowsOf(of)
      expect(rows).toHaveLength(1)
      expect(rows[0]).toMatchObject({ who: 'anna', joins: 1 })
    }
  })

  it('move with a rename, and two of one person become one', async () => {
    const of = await aGiveaway()
    const second = await aGiveaway({}, of.guildId)
    await enter([joinOf(of, 'old', '1'), joinOf(of, 'new', '2'), joinOf(second, 'old', '3')])
    await transaction(sql, (db) => moveViewer(db, { guildId: of.guildId, from: username('old'), to: username('new') }))
    expect((await rowsOf(of)).map(({ who }) => who)).toEqual(['new'])
    expect((await rowsOf(second)).map(({ who }) => who)).toEqual(['new'])
  })

  it('need a link where the giveaway asks for one', async () => {
    const of = await aGiveaway({ needsLink: true })
    await sql`insert into links (discord_server_id, discord_id, kick_user_id, kick_name) values (${of.guildId}, 1, 2, 'anna')`
    await enter([joinOf(of, 'anna', '1'), joinOf(of, 'bob', '2')])
    expect((await rowsOf(of)).map(({ who }) => who)).toEqual(['anna'])
  })
})

describe('the end', () => {
  const end = (of: Of) =>
    transaction(sql, async (db) => {
      const ended = await endDue(db, { guildIds: [of.guildId], ids: [of.giveawayId] })
      for (const giveaway of ended)
        await freeze(db, { guildId: giveaway.guildId, giveawayId: giveaway.id }, null, toolsNow())
      return ended.length
    })

  it('is brought about by exactly one of eight, and nobody enters past a frozen list', async () => {
    for (let round = 0; round < 5; round++) {
      const of = await aGiveaway()
      await enter([joinOf(of, 'anna', '1')])
      await sql`
        update giveaways set ends_at = now() where discord_server_id = ${of.guildId} and id = ${of.giveawayId}`
      const at = Date.now() - 60_000 // written in time, and on its way when the list is frozen
      const finalisers = times(8, () => end(of))
      const joining = times(8, (i) => enter([joinOf(of, `late${i}`, `${i}`, at)]))
      const counts = await Promise.all(finalisers)
      await Promise.all(joining)
      expect(counts.reduce((sum, each) => sum + each, 0)).toBe(1)
      const [frozen] = await sql<{ list: string }[]>`
        select frozen_list as list from giveaways where discord_server_id = ${of.guildId} and id = ${of.giveawayId}`
      expect((JSON.parse(frozen?.list ?? '[]') as unknown[]).length).toBe((await rowsOf(of)).length)
    }
  })

  it('is drawn by exactly one, after whatever happened in between', async () => {
    const of = await aGiveaway({ maxWinners: 2 })
    await enter(['anna', 'bob', 'carl'].map((name) => joinOf(of, name, name)))
    await sql`update giveaways set ends_at = now() where discord_server_id = ${of.guildId} and id = ${of.giveawayId}`
    await end(of)
    const [row] = await sql<{ round: number }[]>`
      select round::float8 as round from giveaways where discord_server_id = ${of.guildId} and id = ${of.giveawayId}`
    const { randomness, signature } = drand.beaconOf(row?.round ?? 0)
    const entropy = { kind: 'drand', round: row?.round ?? 0, randomness, signature } as const
    const results = await Promise.all(times(8, () => transaction(sql, (db) => draw(db, of, entropy, toolsNow()))))
    expect(results.filter((result) => result !== undefined)).toHaveLength(1)
    expect(await sql`select 1 from giveaway_winners where discord_server_id = ${of.guildId}`).toHaveLength(2)
    const due = await sql`select 1 from job where discord_server_id = ${of.guildId} and kind = 'giveaways.draw'`
    expect(due).toHaveLength(1) // it stands in the database, not in the process that froze the list
  })

  it('gives everybody the id that the fairness library makes of them', async () => {
    const of = await aGiveaway()
    const anna = joinOf(of, 'anna', '1')
    await enter([anna])
    await press(of, 555, 'p')
    await transaction(sql, (db) => freeze(db, of, null, toolsNow()))
    const ids = await sql<{ listId: string }[]>`
      select list_id from giveaway_entries where discord_server_id = ${of.guildId} order by discord_id nulls first`
    expect(ids.map(({ listId }) => listId)).toEqual([
      await entryIdOf(anna.salt, anna.kickUserId),
      await entryIdOf('a salt', 'discord:555'),
    ])
  })
})
