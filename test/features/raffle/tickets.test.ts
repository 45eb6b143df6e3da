import { beforeAll, describe, expect, it } from 'vitest'
import { type GuildId, kickUserId, userId, username } from '../../../cluster/runtime/ids.ts'
import { raffle } from '../../../shard/features/raffle/index.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import { moveViewer } from '../../../sql/queries/activity.ts'
import { insertLink } from '../../../sql/queries/links.ts'
import { type Award, type AwardSource, awardSources, unexplainedTickets } from '../../../sql/queries/tickets.ts'
import { erasePerson } from '../../../sql/queries/trust.ts'
import { aGuildId, shuffled, times } from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'
import { until } from '../../support/wait.ts'

let sql: Sql
beforeAll(async () => {
  sql = (await createDatabase({ max: 12 })).sql
})

const now = Date.now()
const hourMs = 3_600_000

/** A guild with a raffle that began an hour ago and ends in an hour, unless told otherwise. */
async function aRaffle(p: { status?: string; number?: number; from?: number; to?: number; id?: GuildId } = {}) {
  const id = p.id ?? aGuildId()
  await sql`
    insert into raffle_periods (discord_server_id, period_number, status, starts_at, ends_at, time_zone, commitment, opened_at, closed_at, list_hash)
    values (
      ${id}, ${p.number ?? 1}, ${p.status ?? 'active'}, ${new Date(now + (p.from ?? -1) * hourMs)},
      ${new Date(now + (p.to ?? 1) * hourMs)}, 'UTC', 'c', now(), now(), 'h'
    )`
  return id
}

const link = (guildId: GuildId, name: string, member: number) =>
  insertLink(sql, {
    guildId,
    userId: userId(String(member)),
    kickUserId: kickUserId(member),
    kickName: username(name),
  })

const anAward = (guildId: GuildId, p: Partial<Award> = {}): Award => ({
  guildId,
  username: username('anna'),
  source: 'gifted_sub',
  tickets: 15,
  sourceRef: 'kick-event:1',
  at: now,
  ...p,
})

const award = (...awards: readonly Award[]) => transaction(sql, (db) => raffle.award(db, awards))
const outcomesOf = async (...awards: readonly Award[]) => (await award(...awards)).map(({ outcome }) => outcome)

/** Whole balances of a guild: name to tickets by period. */
const balancesIn = async (id: GuildId, period = 1): Promise<Record<string, number>> =>
  Object.fromEntries(
    (
      await sql<{ name: string; total: number }[]>`
        select kick_username as name, total_tickets::int as total from raffle_tickets
         where discord_server_id = ${id} and period_number = ${period} and total_tickets > 0
         order by kick_username`
    ).map(({ name, total }) => [name, total]),
  )
const unexplained = (id: GuildId, periodNumber = 1) =>
  unexplainedTickets(sql, { guildId: id, periodNumber, limit: 100 })

describe('an award', () => {
  it('is given once for its source and reference, in each guild by itself, though eight give it at once', async () => {
    const [one, two] = [await aRaffle(), await aRaffle()]
    await link(one, 'anna', 1)
    const all = await Promise.all(times(8, () => award(anAward(one), anAward(two))))
    const outcomes = (i: number) => all.map((answers) => answers[i]?.outcome).sort()
    expect(outcomes(0)).toEqual(['credited', ...times(7, () => 'known')])
    expect(outcomes(1)).toEqual([...times(7, () => 'known'), 'pending'])
    expect([await balancesIn(one), await balancesIn(two)]).toEqual([{ anna: 15 }, { anna: 15 }])
    expect(await outcomesOf(anAward(one, { source: 'wager' }))).toEqual(['credited']) // the same reference of another source
    expect(await outcomesOf(anAward(one, { sourceRef: '2' }), anAward(one, { sourceRef: '2' }))).toEqual([
      'credited',
      'known',
    ])
    expect(await balancesIn(one)).toEqual({ anna: 45 })
  })

  it('counts for the period of the moment at which it happened, its first instant included and its end not', async () => {
    const id = await aRaffle()
    const at = (hours: number, off: number) => now + hours * hourMs + off
    const asked = [at(-1, -1), at(-1, 0), at(1, -1), at(1, 0)].map((when, i) =>
      anAward(id, { at: when, sourceRef: String(i) }),
    )
    expect(await outcomesOf(...asked)).toEqual(['no_period', 'pending', 'pending', 'no_period'])
    // What had no period left no trace, and is given once there is one; a period that is due to be opened counts as open.
    await aRaffle({ id, status: 'scheduled', number: 2, from: 1, to: 2 })
    const again = await award(...asked)
    expect(again.map(({ outcome, periodNumber }) => [outcome, periodNumber])).toEqual([
      ['no_period', null],
      ['known', null],
      ['known', null],
      ['pending', 2],
    ])
    expect(await balancesIn(id, 2)).toEqual({ anna: 15 })
  })

  it.each(['closed', 'drawn', 'archived'])('counts for no period that is %s', async (status) => {
    expect(await outcomesOf(anAward(await aRaffle({ status })))).toEqual(['no_period'])
  })

  it('of a viewer without a link waits for one, unless the guild wants the link first: then it is worth nothing for good', async () => {
    const [waits, refuses] = [await aRaffle(), await aRaffle()]
    await sql`
      insert into bot_settings (discord_server_id, key, value) values (${refuses}, 'raffle_late_linking', 'false')`
    expect(await outcomesOf(anAward(waits), anAward(refuses))).toEqual(['pending', 'unlinked'])
    await link(refuses, 'anna', 1)
    expect(await outcomesOf(anAward(refuses), anAward(refuses, { sourceRef: '2' }))).toEqual(['known', 'credited'])
    expect([await balancesIn(waits), await balancesIn(refuses)]).toEqual([{ anna: 15 }, { anna: 15 }])
  })

  it('adds to what its source counts as, and of the shop to the bonus', async () => {
    const id = await aRaffle()
    await award(...awardSources.map((source, i) => anAward(id, { source, tickets: 10 ** i, sourceRef: source })))
    const [row] = await sql`
      select gifted_sub_tickets, subscription_tickets, wager_tickets, bonus_tickets, total_tickets
        from raffle_tickets where discord_server_id = ${id}`
    expect(row).toEqual({
      giftedSubTickets: '1',
      subscriptionTickets: '10',
      wagerTickets: '100',
      bonusTickets: '11000',
      totalTickets: '11111',
    })
    expect(await unexplained(id)).toEqual([])
  })

  it.each([0, -1, 1.5, Number.NaN, 1_000_000_001])('of %s tickets is a fault of the caller', async (tickets) => {
    await expect(award(anAward(await aRaffle(), { tickets }))).rejects.toThrow(RangeError)
  })

  it('is not given to a period that is being closed: it waits, and then finds it closed', async () => {
    const id = await aRaffle()
    const given = await transaction(sql, async (db) => {
      await db`select 1 from raffle_periods where discord_server_id = ${id} for update`
      const waiting = award(anAward(id))
      const isWaiting = async () => (await sql`select 1 from pg_locks where not granted`).length > 0
      await until(isWaiting, { what: 'the award to wait' })
      await db`update raffle_periods set status = 'closed' where discord_server_id = ${id}`
      return { waiting }
    })
    expect((await given.waiting)[0]?.outcome).toBe('no_period')
    expect(await balancesIn(id)).toEqual({})
  })
})

describe('the ledger', () => {
  it('finds a balance that somebody changed past it', async () => {
    const id = await aRaffle()
    await award(anAward(id))
    expect(await unexplained(id)).toEqual([])
    await sql`update raffle_tickets set bonus_tickets = 4 where discord_server_id = ${id}`
    expect(await unexplained(id)).toEqual([{ username: 'anna', balance: '4', explained: '0' }])
  })

  it('follows a rename, also onto a name that has tickets, and interval behind interval', async () => {
    const id = await aRaffle()
    const interval = (name: string, from: number, ref: string) => sql`
      insert into ticket_ledger (discord_server_id, period_number, kick_username, source, counts_as, delta, source_ref, from_minute, to_minute)
      values (${id}, 1, ${name}, 'watchtime', 'watchtime', 10, ${ref}, ${from}, ${from + 60})`
    for (const [name, hours] of [
      ['anna', 2],
      ['annie', 1],
    ] as const) {
      for (let i = 0; i < hours; i++) await interval(name, i * 60, `${name}${i}`)
      await sql`
        insert into raffle_watchtime_converted (discord_server_id, period_number, kick_username, minutes_converted)
        values (${id}, 1, ${name}, ${hours * 60})`
      await sql`
        insert into raffle_tickets (discord_server_id, period_number, kick_username, watchtime_tickets)
        values (${id}, 1, ${name}, ${hours * 10})`
    }
    await award(anAward(id), anAward(id, { username: username('annie'), sourceRef: '2' }))
    const move = () =>
      transaction(sql, (db) => moveViewer(db, { guildId: id, from: username('anna'), to: username('annie') }))
    await move()
    await move()
    expect(await balancesIn(id)).toEqual({ annie: 60 })
    expect(await unexplained(id)).toEqual([])
    const intervals = await sql<{ fromMinute: number; toMinute: number }[]>`
      select from_minute, to_minute from ticket_ledger
       where discord_server_id = ${id} and source = 'watchtime' order by from_minute`
    expect(intervals.map(({ fromMinute, toMinute }) => [fromMinute, toMinute])).toEqual([
      [0, 60],
      [60, 120],
      [120, 180],
    ])
    const [mark] = await sql`select minutes_converted from raffle_watchtime_converted where discord_server_id = ${id}`
    expect(mark).toEqual({ minutesConverted: 180 })
  })

  it('forgets a person who is erased, and keeps a frozen list that others check without them', async () => {
    const id = await aRaffle()
    await link(id, 'anna', 77)
    await award(anAward(id), anAward(id, { username: username('bob'), sourceRef: '2' }))
    await sql`
      insert into raffle_entrants (discord_server_id, period_number, position, entry_id, tickets, salt, kick_user_id, discord_id, kick_username)
      values (${id}, 1, 1, 'aa', 15, 's', 77, 77, 'anna'), (${id}, 1, 2, 'bb', 15, 't', 78, 78, 'bob')`
    await transaction(sql, (db) =>
      erasePerson(db, { guildId: id, userId: userId('77'), username: username('anna'), kickUserId: '77' }),
    )
    expect(await balancesIn(id)).toEqual({ bob: 15 })
    expect(await unexplained(id)).toEqual([])
    const entrants = await sql`
      select position, entry_id, tickets, salt, kick_user_id, discord_id, kick_username
        from raffle_entrants where discord_server_id = ${id} order by position`
    expect(entrants.map((row) => Object.values(row))).toEqual([
      [1, 'aa', '15', null, null, null, null],
      [2, 'bb', '15', 't', '78', '78', 'bob'],
    ])
  })

  it.each(times(4, (i) => i + 1))(
    'adds up whatever happens at once: awards, repeats, renames and links, seed %i',
    async (seed) => {
      const guilds = [await aRaffle(), await aRaffle()]
      const names = ['anna', 'bob', 'cleo', 'dan']
      const awards = times(60, (i) =>
        anAward(guilds[i % 2] as GuildId, {
          username: username(names[(i * seed) % names.length] as string),
          source: awardSources[(i + seed) % awardSources.length] as AwardSource,
          tickets: 1 + ((i * 7 + seed) % 20),
          sourceRef: `ref:${i}`,
        }),
      )
      // Everything is said three times, in batches of any size and order; meanwhile people link and one is renamed to and fro.
      const said = shuffled([...awards, ...awards, ...awards], seed)
      const batches: Award[][] = []
      for (let i = 0; i < said.length; ) {
        const size = 1 + ((i * 13 + seed) % 9)
        batches.push(said.slice(i, i + size))
        i += size
      }
      const renames = shuffled(
        times(6, (i) => i),
        seed,
      ).map((i) =>
        transaction(sql, (db) =>
          moveViewer(db, {
            guildId: guilds[i % 2] as GuildId,
            from: username(i % 3 === 0 ? 'zoe' : 'anna'),
            to: username(i % 3 === 0 ? 'anna' : 'zoe'),
          }),
        ),
      )
      const links = names.map((name, i) => link(guilds[0] as GuildId, name, 100 + i))
      const answers = await Promise.all([...batches.map((batch) => award(...batch)), ...renames, ...links])
      const given = answers
        .flat()
        .filter((one) => one !== undefined && 'outcome' in one && ['credited', 'pending'].includes(String(one.outcome)))
      expect(given).toHaveLength(awards.length)
      for (const [i, id] of guilds.entries()) {
        expect(await unexplained(id)).toEqual([])
        const expected = awards.filter((_, n) => n % 2 === i).reduce((sum, { tickets }) => sum + tickets, 0)
        const balances = Object.values(await balancesIn(id))
        expect(balances.reduce((sum, tickets) => sum + tickets, 0)).toBe(expected)
      }
    },
  )
})
