import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type GuildId, kickUserId, userId, username } from '../../../cluster/runtime/ids.ts'
import { onChat, onLivestream } from '../../../shard/features/activity/event.ts'
import { features } from '../../../shard/features/index.ts'
import { gateway } from '../../../shard/features/trust/event.ts'
import { onFingerprints } from '../../../shard/features/trust/job.ts'
import { onTick } from '../../../shard/features/watchtime/tick.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import { boardPage } from '../../../sql/queries/board.ts'
import { recordGuilds, recordLeft } from '../../../sql/queries/guild.ts'
import { book, unexplainedBalances } from '../../../sql/queries/ledger.ts'
import { acted, erasePerson, owned, personal, tablesOfGuilds } from '../../../sql/queries/trust.ts'
import type { Guild, SeenMessage } from '../../standins/discord/index.ts'
import { type Bot, startBot } from '../../support/bot.ts'
import { buttonsOf, textOf } from '../../support/browsing.ts'
import { aGuildId, aSlotAgo, aTick, chatOf, secondsBefore, streamOf, toolsFor } from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'
import { until } from '../../support/wait.ts'

const minutesEver = { what: 'watchtime', within: { kind: 'all' } } as const

let sql: Sql
let bot: Bot

beforeAll(async () => {
  sql = (await createDatabase()).sql
  bot = await startBot({ sql, features })
})

interface Place {
  readonly id: GuildId
  readonly guild: Guild
  readonly member: string
}

/** A server where the member Anna is linked to the account An_na, and has watched eight minutes of a live stream. */
async function aPlace(name = 'An_na', accountId = 4_711): Promise<Place> {
  const id = aGuildId()
  const guild = bot.discord.world.addGuild({ id })
  await recordGuilds(sql, [{ guildId: id, name: 'A place' }])
  const member = guild.addMember({ username: 'anna' }).user.id
  const tools = toolsFor(sql)
  await sql`
    insert into links (discord_server_id, discord_id, kick_user_id, kick_name)
    values (${id}, ${member}, ${accountId}, ${name.toLowerCase()})`
  await transaction(sql, async (db) => {
    await onLivestream([streamOf({ guildIds: [id], startedAt: Date.now() - 40 * 60_000 })], db, tools)
    const at = [55, 20, 17, 14, 11].map((ago) => secondsBefore(aSlotAgo(ago), 30))
    await onChat(
      at.map((each) => chatOf({ guildIds: [id], username: name, userId: accountId, at: each })),
      db,
      tools,
    )
    await onTick(aTick({ guildIds: [id], slot: aSlotAgo(0) }), db, tools)
  })
  return { id, guild, member }
}

const ask = (place: Place, command: string, options = {}, userId = place.member): Promise<SeenMessage> =>
  bot.discord.control.command({ guildId: place.id, userId, command, options }).message()

describe('/why', () => {
  it('explains minutes, points and what did not count, from the facts', async () => {
    const place = await aPlace()
    await sql`
      insert into point_ledger (discord_server_id, kick_username, delta, kind, source_ref, reason)
      values (${place.id}, 'an_na', -3, 'spend', 'x', 'a *prize*')`
    await sql`update user_points set points = points - 3 where discord_server_id = ${place.id}`
    const answer = await ask(place, 'why')
    expect(answer.isEphemeral).toBe(true)
    const text = textOf(answer)
    expect(text).toContain('Why An\\_na has what it is')
    expect(text).toContain('⏱️ **8 min** in all')
    expect(text).toMatch(/• <t:\d+:d>: 8 of 8 min counted/)
    expect(text).toMatch(/2 minutes of the last 7 days did not count: the stream was offline/)
    expect(text).toContain('🪙 **-2** = 1 for watching − 3 otherwise')
    expect(text).toContain('3 min are on the way')
    expect(text).toMatch(/• <t:\d+:d>: −3 \(spend: a \\\*prize\\\*\)/)
  })

  it('is about oneself, unless one manages the server, and about this server alone', async () => {
    const [place, other] = [await aPlace(), await aPlace('An_na', 99)]
    const stranger = place.guild.addMember({ username: 'stranger' }).user.id
    expect(textOf(await ask(place, 'why', { member: place.member }, stranger))).toContain('Only whoever manages')
    expect(textOf(await ask(place, 'why', { member: place.member }, place.guild.ownerId))).toContain('8 min')
    expect(textOf(await ask(place, 'why', {}, stranger))).toContain('/link')
    await sql`update watchtime set minutes = 700 where discord_server_id = ${other.id}`
    expect(textOf(await ask(place, 'why'))).not.toContain('11 h')
  })

  it('says how many of these were above the daily cap', async () => {
    const place = await aPlace()
    expect(textOf(await ask(place, 'why'))).not.toContain('cap')
    await sql`
      insert into bot_settings (discord_server_id, key, value) values (${place.id}, 'daily_cap_minutes', '8')`
    await sql`update presence set over_cap = present & ~paid where discord_server_id = ${place.id}`
    expect(textOf(await ask(place, 'why'))).toContain(
      '2 of them were above the daily cap (now 8 min a day) and are not paid later.',
    )
  })

  it('says that an account is left out, tracking is off, and a role is stuck', async () => {
    const place = await aPlace()
    await sql`
      insert into exclusion (discord_server_id, username, kind, origin) values (${place.id}, 'an_na', 'time', 'admin')`
    await sql`insert into tracking_override (discord_server_id, mode) values (${place.id}, 'off')`
    await sql`
      insert into role_grant (discord_server_id, discord_id, role_id, state) values (${place.id}, ${place.member}, 77, 'blocked')`
    const text = textOf(await ask(place, 'why'))
    expect(text).toMatch(/tracking is off; an admin left this account out/)
    expect(text).toContain('I cannot give <@&77> yet')
  })
})

describe('/privacy', () => {
  it('hides a member from the boards of this server, where others move up, and shows them again', async () => {
    const [place, other] = [await aPlace(), await aPlace()]
    await sql`insert into watchtime (discord_server_id, username, minutes) values (${place.id}, 'bob', 3)`
    const namesOn = async (at: Place) =>
      (await boardPage(sql, { guildId: at.id, board: minutesEver, page: 1 })).rows.map((row) => [
        row.rank,
        row.displayName,
      ])
    expect(await namesOn(place)).toEqual([
      [1, 'An_na'],
      [2, 'bob'],
    ])
    await ask(place, 'privacy hide')
    expect(await namesOn(place)).toEqual([[1, 'bob']])
    expect(await namesOn(other)).toEqual([[1, 'An_na']])
    expect(textOf(await ask(place, 'privacy status'))).toContain('Leaderboards do not show you.')
    await ask(place, 'privacy show')
    expect(await namesOn(place)).toHaveLength(2)
    expect(textOf(await ask(place, 'privacy status'))).toMatch(/\*\*An\\_na\*\*[\s\S]*after 90 days/)
  })
})

/** As if whoever was erased here had been so some time ago. */
const erasedEarlier = ({ id }: Place, interval: string) => sql`
  update erasure set erased_at = now() - ${interval}::interval - interval '1 minute' where discord_server_id = ${id}`

describe('/data', () => {
  const fileOf = (answer: SeenMessage) =>
    z
      .object({ userId: z.string(), data: z.record(z.string(), z.array(z.record(z.string(), z.unknown()))) })
      .parse(JSON.parse(bot.discord.control.fileOf(answer.attachments[0] ?? {}).toString()))

  it('gives a member a copy of what is kept about them in this server, with ids as text, and nobody else’s', async () => {
    const place = await aPlace('An_na', 9_007_199_254_000_001)
    await sql`insert into watchtime (discord_server_id, username, minutes) values (${place.id}, 'bob', 3)`
    const answer = await ask(place, 'data export')
    expect(answer.isEphemeral).toBe(true)
    const copy = fileOf(answer)
    expect(copy.userId).toBe(place.member)
    expect(copy.data.watchtime).toEqual([expect.objectContaining({ username: 'an_na', minutes: '8' })])
    expect(copy.data.links?.[0]).toMatchObject({ discord_id: place.member, kick_user_id: '9007199254000001' })
    expect(JSON.stringify(copy)).not.toContain('bob')
  })

  it('erases a member from this server, whole, after a question that only they can answer; again it finds nothing', async () => {
    const [place, other] = [await aPlace(), await aPlace()]
    await sql`
      insert into audit_log (discord_server_id, source, action, subject, new_value)
      values (${place.id}, 'discord', 'x', 'an_na', 'y'), (${place.id}, 'discord', 'x', ${place.member}, 'y')`
    await sql`insert into exclusion (discord_server_id, username, kind, origin) values (${place.id}, 'an_na', 'time', 'admin')`
    const question = await ask(place, 'data erase')
    const press = (action: string) =>
      bot.discord.control.press({
        userId: place.member,
        message: question,
        customId: buttonsOf(question).find(({ id }) => id?.includes(action))?.id ?? '',
      })
    const answer = await press(':erase:').message({ where: (message) => textOf(message).includes('Done') })
    expect(textOf(answer)).toContain('begins at zero')
    // Nowhere in any table of this server is there a row that knows them; what an admin decided about the name stays.
    for (const table of await tablesOfGuilds(sql)) {
      if (table === 'exclusion') continue
      const rows = await sql`
        select 1 from ${sql(table)} t
         where t.discord_server_id = ${place.id}
           and (to_jsonb(t)::text like '%"an_na"%' or to_jsonb(t)::text like ${`%${place.member}%`})`
      expect([table, rows.length]).toEqual([table, 0])
    }
    expect(await sql`select 1 from watchtime where discord_server_id = ${other.id}`).toHaveLength(1)
    // A late tick, and chat that comes later, begin at zero.
    const tools = toolsFor(sql)
    await erasedEarlier(place, '1 hour')
    await transaction(sql, async (db) => {
      await sql`delete from exclusion where discord_server_id = ${place.id}`
      await onTick(aTick({ guildIds: [place.id], slot: aSlotAgo(0) }), db, tools)
      await onChat(
        [chatOf({ guildIds: [place.id], username: 'An_na', userId: 4_711, at: secondsBefore(aSlotAgo(5), 30) })],
        db,
        tools,
      )
      await onTick(aTick({ guildIds: [place.id], slot: aSlotAgo(0) }), db, tools)
    })
    expect(await sql`select minutes from watchtime where discord_server_id = ${place.id}`).toEqual([{ minutes: 2 }])
  })

  it('erases for good: what was written before is passed over when it comes again, for this server alone, until it is not believed any more', async () => {
    const [place, other] = [await aPlace('An_na', 9_007_199_254_000_001), await aPlace('An_na', 9_007_199_254_000_001)]
    const person = { guildId: place.id, userId: userId(place.member), username: username('an_na') }
    await transaction(sql, (db) => erasePerson(db, { ...person, kickUserId: '9007199254000001' }))
    const tools = toolsFor(sql)
    const comesAgain = (ago: number, name = 'An_na', id = 9_007_199_254_000_001) =>
      transaction(sql, async (db) => {
        const at = secondsBefore(aSlotAgo(ago), 30)
        await onChat([chatOf({ guildIds: [place.id, other.id], username: name, userId: id, at })], db, tools)
        await onTick(aTick({ guildIds: [place.id, other.id], slot: aSlotAgo(0) }), db, tools)
      })
    const known = ({ id }: Place) => sql<{ username: string; minutes: number | null }[]>`
      select a.username, w.minutes
        from kick_account a
        left join watchtime w on w.discord_server_id = a.discord_server_id and w.username = a.username
       where a.discord_server_id = ${id}
       order by a.username`
    for (const ago of [20, 17, 8]) await comesAgain(ago)
    await comesAgain(8, 'Renamed')
    expect(await known(place)).toEqual([])
    expect(await known(other)).toEqual([{ username: 'renamed', minutes: 10 }])
    // Whoever takes the name is somebody else.
    await comesAgain(25, 'An_na', 5)
    expect(await known(place)).toEqual([{ username: 'an_na', minutes: 2 }])
    await erasedEarlier(place, '36 days')
    const job = { guildId: place.id, kind: 'trust.fingerprints', ref: 'a day', dueAt: new Date(), payload: {} }
    await transaction(sql, (db) => onFingerprints([job], db, tools))
    expect(await sql`select 1 from erasure where discord_server_id = ${place.id}`).toHaveLength(0)
  })

  it('takes an admin out of what they drew, one act at a time, and leaves them in the record of what admins did', async () => {
    const [place, other] = [await aPlace(), await aPlace()]
    const [admin, colleague] = [place.member, '123456789012345678']
    for (const { id } of [place, other]) {
      await sql`
        insert into raffle_periods (discord_server_id, period_number, status, starts_at, ends_at, time_zone, created_by)
        values (${id}, 1, 'archived', now() - interval '1 day', now(), 'UTC', ${admin})`
      await sql`
        insert into raffle_draws (
          discord_server_id, period_number, nonce, entry_id, tickets, winning_ticket, total_tickets, participants, server_seed, client_seed,
          counter, proof_hash, request_ref, drawn_by, status, voided_at, void_reason, voided_ref, voided_by
        )
        select ${id}, 1, d.nonce, 'entry' || d.nonce, 1, 1, 9, 9, 's', 'c', 0, 'h', 'r' || d.nonce, d.by::bigint, 'void', now(), 'away', 'v', d.void_by::bigint
          from (values (0, ${admin}, ${colleague}), (1, ${colleague}, ${admin})) as d (nonce, by, void_by)`
      await sql`insert into audit_log (discord_server_id, source, actor_id, action, subject) values (${id}, 'discord', ${admin}, 'raffle.draw', '#1')`
    }
    const person = { guildId: place.id, userId: userId(admin), username: null, kickUserId: null }
    await transaction(sql, (db) => erasePerson(db, person))
    const drawsIn = ({ id }: Place) => sql`
      select d.drawn_by, d.voided_by, p.created_by
        from raffle_draws d
        join raffle_periods p on p.discord_server_id = d.discord_server_id
       where d.discord_server_id = ${id}
       order by d.nonce`
    expect(await drawsIn(place)).toEqual([
      { drawnBy: null, voidedBy: colleague, createdBy: null },
      { drawnBy: colleague, voidedBy: null, createdBy: null },
    ])
    expect((await drawsIn(other))[0]).toEqual({ drawnBy: admin, voidedBy: colleague, createdBy: admin })
    expect(await sql`select actor_id from audit_log where discord_server_id = ${place.id}`).toEqual([
      { actorId: admin },
    ])
  })

  it('recognises an account by its name where its id was never known, and keeps the fingerprint for its days', async () => {
    const place = await aPlace()
    const person = { guildId: place.id, userId: userId(place.member), username: username('an_na'), kickUserId: null }
    await Promise.all([1, 2].map(() => transaction(sql, (db) => erasePerson(db, person))))
    const tools = toolsFor(sql)
    const at = secondsBefore(aSlotAgo(20), 30)
    await transaction(sql, (db) =>
      onChat([chatOf({ guildIds: [place.id], username: 'An_na', userId: 4_711, at })], db, tools),
    )
    expect(await sql`select 1 from presence where discord_server_id = ${place.id}`).toHaveLength(0)
    const jobs = await sql<{ days: number }[]>`
      select extract(day from next_run_at - now())::int as days
        from job where discord_server_id = ${place.id} and kind = 'trust.fingerprints'`
    expect(jobs.map((job) => job.days)).toEqual([36])
    const job = { guildId: place.id, kind: 'trust.fingerprints', ref: 'a day', dueAt: new Date(), payload: {} }
    await transaction(sql, (db) => onFingerprints([job], db, tools))
    expect(await sql`select 1 from erasure where discord_server_id = ${place.id}`).toHaveLength(1)
  })

  it('erases whole what is written at that moment: no entry of a ledger stays without its balance', async () => {
    const place = await aPlace()
    const viewer = { guildId: place.id, username: username('an_na') }
    const gift = {
      change: { kind: 'add', delta: 37n },
      entry: 'give',
      sourceRef: 'a gift',
      actorId: null,
      reason: null,
    } as const
    let commit = () => {}
    const decided = new Promise<void>((resolve) => {
      commit = resolve
    })
    let isBooked = false
    const booking = transaction(sql, async (db) => {
      await book(db, { ...viewer, ...gift })
      isBooked = true
      await decided
    })
    await until(() => isBooked, { what: 'the points to be booked' })
    const erasing = transaction(sql, (db) =>
      erasePerson(db, { ...viewer, userId: userId(place.member), kickUserId: kickUserId(4_711) }),
    )
    const isWaiting = () => sql`
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    await until(async () => (await isWaiting()).length > 0, { what: 'the erasing to wait' })
    commit()
    await Promise.all([booking, erasing])
    expect([...(await unexplainedBalances(sql, place.id))]).toEqual([])
    expect(await sql`select from point_ledger where discord_server_id = ${place.id}`).toHaveLength(0)
  })

  it('erases a member by the name of now, also when it has just changed', async () => {
    const place = await aPlace()
    const person = { guildId: place.id, userId: userId(place.member), username: username('before'), kickUserId: null }
    await transaction(sql, (db) => erasePerson(db, person))
    expect([...(await unexplainedBalances(sql, place.id))]).toEqual([])
    expect(await sql`select from watchtime where discord_server_id = ${place.id}`).toHaveLength(0)
  })

  it('keeps everything when the member says so', async () => {
    const place = await aPlace()
    const question = await ask(place, 'data erase')
    const keep = buttonsOf(question).find(({ id }) => id?.includes(':keep:'))?.id ?? ''
    const press = bot.discord.control.press({ userId: place.member, message: question, customId: keep })
    expect(textOf(await press.message({ where: (message) => textOf(message).includes('Nothing') }))).toBe(
      'Nothing was erased.',
    )
    expect(await sql`select 1 from watchtime where discord_server_id = ${place.id}`).toHaveLength(1)
  })

  it('knows every column that says whose a row is', async () => {
    const columns = await sql<{ table: string; column: string }[]>`
      select c.relname as table, a.attname as column
        from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
         and a.attname ~ '^(username|kick_username|kick_name|old_name|new_name|caller|discord_id|kick_user_id|member_id)$'`
    /** Not about members: the broadcaster's own, and what admins decided or have still to look at. */
    const others = new Set(['kick_token.kick_user_id', 'exclusion.username', 'slot_call_blacklist.kick_username'])
    const known = (table: string, column: string) => {
      const { names = [], members = [], accounts = [] } = personal[table] ?? {}
      return [...names, ...members, ...accounts, ...(owned[table] ?? [])].includes(column)
    }
    const actors = await sql<{ table: string; column: string }[]>`
      select c.relname as table, a.attname as column
        from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attname ~ '^(drawn|voided|picked)_by$'`
    expect(actors.filter(({ table, column }) => !acted[table]?.includes(column))).toEqual([])
    const missing = columns.filter(({ table, column }) => !known(table, column) && !others.has(`${table}.${column}`))
    expect(missing.filter(({ table }) => !table.startsWith('legacy_'))).toEqual([])
  })
})

describe('a server that the bot has left', () => {
  const tools = () => toolsFor(sql)
  const due = (id: GuildId) => sql`
    update job set next_run_at = now() where discord_server_id = ${id} and kind = 'trust.forget'`

  it('is erased after its days, and only it', async () => {
    const [place, other] = [await aPlace(), await aPlace()]
    await recordLeft(sql, place.id)
    await gateway.guildLeft(place.id, tools())
    const [job] = await sql<{ days: number }[]>`
      select extract(epoch from next_run_at - now())::float8 / 86400 as days from job where discord_server_id = ${place.id}`
    expect(job?.days).toBeCloseTo(90, 1)
    await due(place.id)
    await until(async () => (await sql`select 1 from guild where discord_server_id = ${place.id}`).length === 0, {
      what: 'the server to be erased',
    })
    for (const table of await tablesOfGuilds(sql))
      expect([
        table,
        (await sql`select 1 from ${sql(table)} t where t.discord_server_id = ${place.id}`).length,
      ]).toEqual([table, 0])
    expect(await sql`select 1 from watchtime where discord_server_id = ${other.id}`).toHaveLength(1)
  })

  it('keeps everything when the bot is invited again in time', async () => {
    const place = await aPlace()
    await recordLeft(sql, place.id)
    await gateway.guildLeft(place.id, tools())
    await recordGuilds(sql, [{ guildId: place.id, name: 'A place' }])
    await due(place.id) // even if the job runs before it is taken back
    await until(async () => (await sql`select 1 from job where discord_server_id = ${place.id}`).length === 0, {
      what: 'the job to be gone',
    })
    expect(await sql`select 1 from watchtime where discord_server_id = ${place.id}`).toHaveLength(1)
    await recordLeft(sql, place.id)
    await gateway.guildLeft(place.id, tools())
    await gateway.guildsAvailable([{ guildId: place.id, name: 'A place' }], tools())
    expect(await sql`select 1 from job where discord_server_id = ${place.id}`).toHaveLength(0)
  })
})
