import { beforeAll, describe, expect, it } from 'vitest'
import { commitmentOf, entryIdOf, listHashOf } from '../../../cluster/runtime/fairness.ts'
import { type GuildId, kickUserId, userId, username } from '../../../cluster/runtime/ids.ts'
import { createSecrets } from '../../../cluster/runtime/secrets.ts'
import type { Tools } from '../../../shard/features/feature.ts'
import { raffle, raffleFeature } from '../../../shard/features/raffle/index.ts'
import { endByHand, openDue, scheduleOpening } from '../../../shard/features/raffle/job.ts'
import { partsOf, seedPurpose } from '../../../shard/features/raffle/rules.ts'
import { type Db, type Sql, transaction } from '../../../sql/client.ts'
import { moveViewer } from '../../../sql/queries/activity.ts'
import { removeExclusions, setExclusions } from '../../../sql/queries/exclusion.ts'
import { takeJobs } from '../../../sql/queries/job.ts'
import { deleteLink, insertLink } from '../../../sql/queries/links.ts'
import { entrantsOf, latestPeriods, type Period, planPeriods, rebuildBalances } from '../../../sql/queries/raffle.ts'
import {
  type AwardSource,
  awardSources,
  holdBalance,
  takeTickets,
  unexplainedTickets,
} from '../../../sql/queries/tickets.ts'
import { aGuildId, times, toolsFor } from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'

const secrets = createSecrets('0'.repeat(64))
let sql: Sql
let tools: Tools
beforeAll(async () => {
  sql = (await createDatabase({ max: 14 })).sql
  tools = toolsFor(sql, { secrets })
})

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** Plans a raffle `from` to `to` hours from now, as a command does; one that is due is opened by its job. */
async function plan(id: GuildId, p: { from?: number; to: number }): Promise<void> {
  const startsAt = new Date(Date.now() + (p.from ?? -1) * hourMs)
  await transaction(sql, async (db) => {
    const [key] = await planPeriods(db, [
      {
        guildId: id,
        startsAt,
        endsAt: new Date(Date.now() + p.to * hourMs),
        timeZone: 'UTC',
        title: null,
        prize: 'a *prize*',
        createdBy: null,
        after: null,
      },
    ])
    if (key !== undefined) await scheduleOpening(db, key, startsAt)
  })
}

/** Does the due jobs of the room for these guilds, as many owners at once. */
const play = (owners = 1) =>
  Promise.all(
    times(owners, () =>
      transaction(sql, async (db) => {
        for (const [kind, handler] of Object.entries(raffleFeature.jobs)) {
          const jobs = await takeJobs(db, { shardCount: 1, shardIds: [0], kinds: [kind], kindsOfLeft: [], limit: 500 })
          if (jobs.length > 0) await handler(jobs, db, tools)
        }
      }),
    ),
  )

/** A guild with an open raffle and its jobs. */
async function aRaffle(p: { to: number; id?: GuildId } = { to: 1 }): Promise<GuildId> {
  const id = p.id ?? aGuildId()
  await plan(id, p)
  await play()
  return id
}

/** As if the raffle's time had run out `ago` minutes ago, and that had been noticed long enough ago to be closed now. */
async function runOut(id: GuildId, p: { ago?: number; isNoticed?: boolean } = {}): Promise<void> {
  await sql`
    update raffle_periods set ends_at = now() - make_interval(mins => ${p.ago ?? 5})
     where discord_server_id = ${id} and status = 'active'`
  const payload = p.isNoticed === false ? {} : { since: Date.now() - 3 * minuteMs }
  await sql`
    update job set next_run_at = now(), payload = ${JSON.stringify(payload)}::text::jsonb
     where discord_server_id = ${id} and kind = 'raffle.close'`
}

const periodsIn = async (id: GuildId): Promise<readonly Period[]> =>
  [...(await latestPeriods(sql, { guildId: id, limit: 50 }))].reverse()
const statesIn = async (id: GuildId) => (await periodsIn(id)).map(({ status }) => status)
const set = (id: GuildId, key: string, value: string) =>
  sql`insert into bot_settings (discord_server_id, key, value) values (${id}, ${key}, ${value})`
const link = (id: GuildId, name: string, member: number) =>
  insertLink(sql, {
    guildId: id,
    userId: userId(String(member)),
    kickUserId: kickUserId(member),
    kickName: username(name),
  })
const give = (
  id: GuildId,
  name: string,
  tickets: number,
  p: { ref?: string; at?: number; source?: AwardSource } = {},
) =>
  transaction(sql, (db) =>
    raffle.award(db, [
      {
        guildId: id,
        username: username(name),
        source: p.source ?? 'bonus',
        tickets,
        sourceRef: p.ref ?? `${name}:${Math.random()}`,
        at: p.at ?? Date.now(),
      },
    ]),
  )
const listOf = async (id: GuildId, periodNumber: number) => entrantsOf(sql, { guildId: id, periodNumber })
const owedIn = (id: GuildId, kind: string) => sql<{ sourceRef: string }[]>`
  select source_ref from outbox where discord_server_id = ${id} and kind = ${kind} order by outbox_id`

describe('a raffle that is opened', () => {
  it('is opened once at its time, by however many at once, with a sealed seed and its commitment', async () => {
    const id = aGuildId()
    await set(id, 'raffle_channel_id', '123456789012345678')
    await plan(id, { from: 1, to: 2 })
    await play(3)
    expect(await statesIn(id)).toEqual(['scheduled'])
    await sql`update raffle_periods set starts_at = now() where discord_server_id = ${id}`
    await sql`update job set next_run_at = now() where discord_server_id = ${id}`
    await Promise.all([play(4), ...times(4, () => transaction(sql, (db) => openDue(db, [id], tools)))])
    expect(await statesIn(id)).toEqual(['active'])
    const [row] = await sql<{ seed: string; seedKeyId: string; commitment: string }[]>`
      select seed, seed_key_id, commitment from raffle_periods where discord_server_id = ${id}`
    const seed = secrets.decrypt(row?.seed ?? '', {
      keyId: row?.seedKeyId ?? '',
      purpose: seedPurpose({ guildId: id, periodNumber: 1 }),
    })
    expect(seed).toMatch(/^[0-9a-f]{64}$/)
    expect(row?.commitment).toBe(await commitmentOf(seed))
    expect(row?.seed).not.toContain(seed)
    expect(await owedIn(id, 'raffle.announce')).toEqual([{ sourceRef: '1:opened' }])
    const jobs = await sql<{ kind: string }[]>`select kind from job where discord_server_id = ${id} order by kind`
    expect(jobs.map(({ kind }) => kind)).toEqual(['raffle.close', 'raffle.count'])
  })

  it('waits until the one before it is closed, and is opened in the same moment', async () => {
    const id = await aRaffle()
    await runOut(id, { ago: 1, isNoticed: false })
    await plan(id, { from: 0, to: 5 })
    await play()
    expect(await statesIn(id)).toEqual(['active', 'scheduled'])
    await runOut(id)
    await play()
    expect(await statesIn(id)).toEqual(['closed', 'active'])
  })

  it('is one at a time, and one more that waits', async () => {
    const id = await aRaffle()
    for (const status of ['active', 'scheduled'])
      await expect(
        sql.begin(async (db) => {
          for (const number of [8, 9])
            await db`
              insert into raffle_periods (discord_server_id, period_number, status, starts_at, ends_at, time_zone, commitment, opened_at)
              values (${id}, ${number}, ${status}, now(), now() + interval '1 day', 'UTC', 'c', now())`
        }),
      ).rejects.toThrow(/raffle_periods_(active|scheduled)_idx/)
  })
})

describe('a raffle that is closed', () => {
  it('is frozen once, by eight at once: whoever is linked, has tickets and is not left out, in the order of the entries', async () => {
    const id = await aRaffle()
    await set(id, 'raffle_channel_id', '123456789012345678')
    for (const [i, name] of ['anna', 'bob', 'cleo', 'dan', 'eve'].entries()) {
      if (name !== 'dan') await link(id, name, 100 + i)
      if (name !== 'eve') await give(id, name, 10 + i)
    }
    await setExclusions(sql, {
      guildId: id,
      username: username('bob'),
      kinds: ['raffles'],
      origin: 'admin',
      reason: null,
      setBy: null,
    })
    await runOut(id)
    await Promise.all([
      play(4),
      ...times(4, () => transaction(sql, (db) => endByHand(db, { guildId: id, periodNumber: 1 }, tools))),
    ])
    const [period] = await periodsIn(id)
    const list = await listOf(id, 1)
    expect(list.map((entrant) => entrant.kickUsername).sort()).toEqual(['anna', 'cleo'])
    expect(list.map((entrant) => entrant.position)).toEqual([1, 2])
    const entries = list.map((entrant) => ({ id: entrant.entryId, tickets: Number(entrant.tickets) }))
    expect(entries.map((entry) => entry.id)).toEqual([...entries.map((entry) => entry.id)].sort())
    expect(period).toMatchObject({
      status: 'closed',
      participants: 2,
      totalTickets: '22',
      listHash: await listHashOf(entries),
    })
    const anna = list.find((entrant) => entrant.kickUsername === 'anna')
    expect(anna?.entryId).toBe(await entryIdOf(anna?.salt ?? '', '100'))
    expect(await owedIn(id, 'raffle.announce')).toEqual([{ sourceRef: '1:closed' }])
    // Whoever was left out keeps tickets and history, and what comes afterwards changes nothing.
    expect((await give(id, 'anna', 1))[0]?.outcome).toBe('no_period')
    const [kept] = await sql`select count(*)::int as rows from raffle_tickets where discord_server_id = ${id}`
    expect(kept).toEqual({ rows: 4 })
  })

  it('closes without anybody in it, and its list is the empty one', async () => {
    const id = await aRaffle()
    await runOut(id)
    await play()
    expect((await periodsIn(id))[0]).toMatchObject({
      status: 'closed',
      participants: 0,
      listHash: await listHashOf([]),
    })
  })

  it('knows a member whose Kick id was never seen by the one of Discord', async () => {
    const id = await aRaffle()
    await sql`insert into links (discord_server_id, discord_id, kick_name) values (${id}, 55, 'anna')`
    await give(id, 'anna', 3)
    await runOut(id)
    await play()
    const [anna] = await listOf(id, 1)
    expect(anna?.entryId).toBe(await entryIdOf(anna?.salt ?? '', 'discord:55'))
  })

  it('still counts what happened before its end and is heard of after it, and nothing that happened after it', async () => {
    const id = await aRaffle()
    await link(id, 'anna', 1)
    await runOut(id, { ago: 1, isNoticed: false })
    await play() // noticed
    expect(await statesIn(id)).toEqual(['active'])
    expect((await give(id, 'anna', 5, { at: Date.now() - 2 * minuteMs }))[0]?.outcome).toBe('credited')
    expect((await give(id, 'anna', 7))[0]?.outcome).toBe('no_period')
    await runOut(id, { ago: 1 })
    await play()
    expect((await listOf(id, 1)).map((entrant) => entrant.tickets)).toEqual(['5'])
  })

  it('waits for minutes that are known and not credited, though not for ever', async () => {
    const id = await aRaffle()
    await runOut(id)
    const slot = Math.floor(Date.now() / minuteMs) - 30
    await sql`
      insert into settlement (discord_server_id, kind, phase, facts_revision, settled_revision, oldest_slot)
      values (${id}, 'watchtime', 0, 2, 1, ${slot})`
    await play()
    expect(await statesIn(id)).toEqual(['active'])
    await runOut(id)
    await sql`
      update job set payload = ${JSON.stringify({ since: Date.now() - 16 * minuteMs })}::text::jsonb
       where discord_server_id = ${id} and kind = 'raffle.close'`
    await play()
    expect(await statesIn(id)).toEqual(['closed'])
  })

  it('counts again when a date was moved: its job follows, and what is not over is not closed', async () => {
    const id = await aRaffle()
    await sql`update job set next_run_at = now() where discord_server_id = ${id} and kind = 'raffle.close'`
    await play()
    expect(await statesIn(id)).toEqual(['active'])
    const [job] = await sql<{ minutes: number }[]>`
      select extract(epoch from next_run_at - now())::float8 / 60 as minutes from job
       where discord_server_id = ${id} and kind = 'raffle.close'`
    expect(job?.minutes).toBeGreaterThan(58)
  })

  it('sets balances right that somebody wrote past the bot', async () => {
    const id = await aRaffle()
    await link(id, 'anna', 1)
    await link(id, 'bob', 2)
    await give(id, 'anna', 5)
    await sql`update raffle_tickets set bonus_tickets = 500 where discord_server_id = ${id}`
    await sql`
      insert into raffle_tickets (discord_server_id, period_number, kick_username, wager_tickets) values (${id}, 1, 'bob', 9)`
    await runOut(id)
    await play()
    expect((await listOf(id, 1)).map((entrant) => [entrant.kickUsername, entrant.tickets])).toEqual([['anna', '5']])
  })

  it('takes as many statements for a hundred guilds with many entrants as for one with one', async () => {
    const statements = async (guilds: readonly GuildId[]) => {
      let count = 0
      const counting = (db: Db): Db =>
        new Proxy(db, {
          apply(target, self, args) {
            count++
            return Reflect.apply(target as never, self, args)
          },
        })
      await transaction(sql, async (db) => {
        const jobs = guilds.map((guildId) => ({
          guildId,
          kind: 'raffle.close',
          ref: '1',
          dueAt: new Date(),
          payload: { since: Date.now() - 5 * minuteMs },
        }))
        await raffleFeature.jobs['raffle.close'](jobs, counting(db), tools)
      })
      return count
    }
    const aGuildWith = async (entrants: number) => {
      const id = await aRaffle()
      await sql`
        insert into links (discord_server_id, discord_id, kick_user_id, kick_name)
        select ${id}, v, v, 'viewer' || v from generate_series(1, ${entrants}::int) as v`
      await transaction(sql, (db) =>
        raffle.award(
          db,
          times(entrants, (i) => ({
            guildId: id,
            username: username(`viewer${i + 1}`),
            source: 'bonus' as const,
            tickets: i + 1,
            sourceRef: String(i),
            at: Date.now(),
          })),
        ),
      )
      await runOut(id)
      return id
    }
    const one = await statements([await aGuildWith(1)])
    const many: GuildId[] = []
    for (let i = 0; i < 100; i++) many.push(await aGuildWith(i % 3 === 0 ? 50 : 3))
    expect(await statements(many)).toBe(one)
    const [closed] = await sql`
      select count(*)::int as guilds, sum(participants)::int as entrants
        from raffle_periods where discord_server_id = any(${many}::bigint[]) and status = 'closed'`
    expect(closed).toEqual({ guilds: 100, entrants: 34 * 50 + 66 * 3 })
  })
})

describe('the next raffle', () => {
  it('begins by itself where the guild wants that, at the end of the one before, and inherits what it says', async () => {
    const [renews, ends] = [await aRaffle(), await aRaffle()]
    await set(renews, 'raffle_auto_renew', 'true')
    await link(renews, 'anna', 1)
    await give(renews, 'anna', 4, { ref: 'before' })
    for (const id of [renews, ends]) await runOut(id, { ago: 1, isNoticed: false })
    await play(4)
    expect([await statesIn(renews), await statesIn(ends)]).toEqual([['active', 'scheduled'], ['active']])
    // The end is passed: what happens now belongs to the next one, although the list of the other is not frozen yet.
    expect((await give(renews, 'anna', 9))[0]).toMatchObject({ outcome: 'credited', periodNumber: 2 })
    for (const id of [renews, ends]) await runOut(id, { ago: 1 })
    await play(4)
    expect([await statesIn(renews), await statesIn(ends)]).toEqual([['closed', 'active'], ['closed']])
    const [first, second] = await periodsIn(renews)
    expect(second?.prize).toBe('a *prize*')
    expect(Math.abs((second?.startsAt.getTime() ?? 0) - (first?.endsAt.getTime() ?? 0))).toBeLessThan(10_000)
    const length = (period: Period | undefined) => (period?.endsAt.getTime() ?? 0) - (period?.startsAt.getTime() ?? 0)
    expect(Math.abs(length(second) - length(first))).toBeLessThan(10_000)
    // Nothing of the one before is gone, and nothing counts in both.
    expect((await listOf(renews, 1)).map((entrant) => entrant.tickets)).toEqual(['4'])
    const [rows] = await sql`select count(*)::int as entries from ticket_ledger where discord_server_id = ${renews}`
    expect(rows).toEqual({ entries: 2 })
    expect((await give(renews, 'anna', 4, { ref: 'before' }))[0]?.outcome).toBe('known')
  })

  it('does not begin after one that a person ended, nor after one that a person planned another for', async () => {
    const [ended, planned] = [await aRaffle(), await aRaffle()]
    for (const id of [ended, planned]) await set(id, 'raffle_auto_renew', 'true')
    await transaction(sql, (db) => endByHand(db, { guildId: ended, periodNumber: 1 }, tools))
    await play(2)
    expect(await statesIn(ended)).toEqual(['closed'])
    expect((await periodsIn(ended))[0]?.endedManually).toBe(true)
    await plan(planned, { from: 5, to: 9 })
    await runOut(planned)
    await play(2)
    expect(await statesIn(planned)).toEqual(['closed', 'scheduled'])
  })

  it('after a long outage begins now, as long as before, and the one before has lost nothing', async () => {
    const id = await aRaffle({ to: 1 })
    await set(id, 'raffle_auto_renew', 'true')
    await sql`update raffle_periods set starts_at = now() - interval '9 hours' where discord_server_id = ${id}`
    await link(id, 'anna', 1)
    await runOut(id, { ago: 300, isNoticed: false }) // it ended five hours ago, and only now anybody looks
    await play()
    expect((await give(id, 'anna', 6, { at: Date.now() - 301 * minuteMs }))[0]).toMatchObject({ periodNumber: 1 })
    expect((await give(id, 'anna', 6, { at: Date.now() - 100 * minuteMs }))[0]?.outcome).toBe('no_period')
    await runOut(id, { ago: 300 })
    await play()
    const [first, second] = await periodsIn(id)
    expect([first?.status, second?.status]).toEqual(['closed', 'active'])
    expect((await listOf(id, 1)).map((entrant) => entrant.tickets)).toEqual(['6'])
    expect(Date.now() - (second?.startsAt.getTime() ?? 0)).toBeLessThan(minuteMs)
    expect(((second?.endsAt.getTime() ?? 0) - (second?.startsAt.getTime() ?? 0)) / hourMs).toBeCloseTo(4, 1)
  })
})

describe('whatever happens, in any order and at once', () => {
  it.each(times(4, (i) => i + 1))('no balance is negative, no ticket is lost or doubled: seed %i', async (seed) => {
    let state = seed * 7_919
    const random = (below: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
      return Math.floor((state / 2_147_483_648) * below)
    }
    const guilds = [await aRaffle(), await aRaffle()] as const
    for (const id of guilds) await set(id, 'raffle_auto_renew', 'true')
    const names = ['anna', 'bob', 'cleo', 'dan', 'zoe']
    const someone = () => username(names[random(names.length)] as string)
    /** What was given and taken, by guild, each reference once. */
    const given = new Map<string, number>()
    let taken = 0
    const actions: readonly (() => Promise<unknown>)[] = [
      async () => {
        const id = guilds[random(2)] as GuildId
        const ref = `ref:${random(40)}`
        const source = awardSources[random(awardSources.length)] as AwardSource
        const tickets = 1 + random(30)
        const [done] = await give(id, someone(), tickets, { ref, source })
        if (done?.outcome === 'credited' || done?.outcome === 'pending') given.set(`${id}:${source}:${ref}`, tickets)
      },
      async () => {
        const id = guilds[random(2)] as GuildId
        const [viewer, ref, wanted] = [someone(), `cmd:${random(20)}`, BigInt(1 + random(40))]
        const done = await transaction(sql, async (db) => {
          const open = (await latestPeriods(db, { guildId: id, limit: 5 })).find(({ status }) => status === 'active')
          if (open === undefined) return []
          const of = { guildId: id, periodNumber: open.periodNumber, username: viewer }
          const balance = await holdBalance(db, of)
          const parts = balance && partsOf(balance, wanted, null)
          if (parts === undefined) return []
          return takeTickets(db, { ...of, parts, sourceRef: ref, actorId: null, reason: null })
        })
        taken += done.reduce((sum, part) => sum + Number(part.tickets), 0)
      },
      () =>
        transaction(sql, (db) =>
          moveViewer(db, { guildId: guilds[random(2)] as GuildId, from: someone(), to: someone() }),
        ),
      () => link(guilds[random(2)] as GuildId, someone(), 1 + random(5)),
      () => deleteLink(sql, { guildId: guilds[random(2)] as GuildId, userId: userId(String(1 + random(5))) }),
      () => {
        const of = {
          guildId: guilds[random(2)] as GuildId,
          username: someone(),
          kinds: ['raffles'],
          origin: 'admin',
        } as const
        return random(2) === 0 ? removeExclusions(sql, of) : setExclusions(sql, { ...of, reason: null, setBy: null })
      },
      async () => {
        await runOut(guilds[random(2)] as GuildId, { ago: 0 })
        await play()
      },
    ]
    for (let round = 0; round < 12; round++)
      await Promise.all(times(10, () => actions[random(random(3) === 0 ? actions.length : 2)]?.()))
    let left = 0
    for (const id of guilds) {
      for (const { periodNumber, status, totalTickets } of await periodsIn(id)) {
        expect(await unexplainedTickets(sql, { guildId: id, periodNumber, limit: 9 })).toEqual([])
        const [wrong] = await transaction(sql, (db) => rebuildBalances(db, [{ guildId: id, periodNumber }]))
        expect(wrong).toEqual({ corrected: 0 })
        if (status !== 'closed') continue
        const list = await listOf(id, periodNumber)
        expect(list.reduce((sum, entrant) => sum + BigInt(entrant.tickets), 0n)).toBe(BigInt(totalTickets))
      }
      const [row] = await sql<{ tickets: number }[]>`
        select coalesce(sum(total_tickets), 0)::int as tickets from raffle_tickets where discord_server_id = ${id}`
      left += row?.tickets ?? 0
    }
    expect(given.size).toBeGreaterThan(20)
    expect(left).toBe([...given.values()].reduce((sum, tickets) => sum + tickets, 0) - taken)
  })
})
