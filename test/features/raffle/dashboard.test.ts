import { beforeAll, describe, expect, it } from 'vitest'
import { type GuildId, kickUserId, userId, username } from '../../../cluster/runtime/ids.ts'
import { createSecrets } from '../../../cluster/runtime/secrets.ts'
import { features } from '../../../shard/features/index.ts'
import { raffle } from '../../../shard/features/raffle/index.ts'
import { endByHand, openDue } from '../../../shard/features/raffle/job.ts'
import { spanWritten } from '../../../shard/features/raffle/rules.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import { auditOf } from '../../../sql/queries/audit.ts'
import { keepDashboardEvent } from '../../../sql/queries/dashboard.ts'
import { drawsOf } from '../../../sql/queries/draws.ts'
import { insertLink } from '../../../sql/queries/links.ts'
import { latestPeriods, planPeriods } from '../../../sql/queries/raffle.ts'
import { storeRound } from '../../../sql/queries/randomness.ts'
import { unexplainedTickets } from '../../../sql/queries/tickets.ts'
import type { Guild } from '../../standins/discord/index.ts'
import { DrandStandIn } from '../../standins/drand/index.ts'
import { type Bot, startBot } from '../../support/bot.ts'
import { textOf } from '../../support/browsing.ts'
import { aGuildId } from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'
import { until } from '../../support/wait.ts'

let sql: Sql
let bot: Bot
const network = new DrandStandIn()

beforeAll(async () => {
  sql = (await createDatabase({ max: 14 })).sql
  // What is said to the dashboard stays in the outbox, since there is no bus: a test reads it there.
  bot = await startBot({
    sql,
    features,
    tools: {
      drandChain: network.chain,
      dashboardSecret: 'a secret of the dashboard',
      secrets: createSecrets('0'.repeat(64)),
    },
  })
})

interface Place {
  readonly id: GuildId
  readonly guild: Guild
  readonly channel: string
  readonly board: string
}

async function aPlace(): Promise<Place> {
  const id = aGuildId()
  const guild = bot.discord.world.addGuild({ id })
  const [channel, board] = ['raffles', 'board'].map((name) => guild.addChannel({ name }).id)
  if (channel === undefined || board === undefined) throw new Error('there are two channels')
  await sql`insert into guild (discord_server_id, server_name) values (${id}, 'A server') on conflict do nothing`
  await sql`insert into bot_settings (discord_server_id, key, value) values (${id}, 'raffle_channel_id', ${channel})`
  return { id, guild, channel, board }
}
const set = ({ id }: Place, key: string, value: string) =>
  sql`insert into bot_settings (discord_server_id, key, value) values (${id}, ${key}, ${value})`

const memberOf = (n: number): string => String(600_000_000_000_000_000n + BigInt(n))

/** A raffle that runs, in which viewer n has so many tickets. */
async function aRaffle({ id }: Place, tickets: readonly number[]): Promise<void> {
  const period = {
    guildId: id,
    startsAt: new Date(Date.now() - 3_600_000),
    endsAt: new Date(Date.now() + 3_600_000),
    timeZone: 'UTC',
    title: null,
    prize: 'a bell',
    createdBy: null,
    after: null,
  }
  await transaction(sql, async (db) => {
    await planPeriods(db, [period])
    await openDue(db, [id], bot.tools)
    for (const [n] of tickets.entries())
      await insertLink(db, {
        guildId: id,
        userId: userId(memberOf(n)),
        kickUserId: kickUserId(5_000 + n),
        kickName: username(`viewer_${n}`),
      })
    await raffle.award(
      db,
      tickets.map((each, n) => ({
        guildId: id,
        username: username(`viewer_${n}`),
        source: 'gifted_sub' as const,
        tickets: each,
        sourceRef: `for viewer ${n}`,
        at: Date.now(),
      })),
    )
  })
}
/** The same, closed, and the randomness that decides is known. */
async function aClosedRaffle(place: Place, tickets: readonly number[]): Promise<void> {
  await aRaffle(place, tickets)
  await transaction(sql, (db) => endByHand(db, { guildId: place.id, periodNumber: 1 }, bot.tools))
  const [row] = await sql<{ round: number }[]>`
    select entropy_round::int as round from raffle_periods where discord_server_id = ${place.id}`
  await storeRound(sql, { chain: network.chain.hash, ...network.beaconOf(row?.round ?? 0) })
}

let events = 0
/** The dashboard says this, and it is handled as by the owner of the server; gives what became of it. */
async function says({ id }: Place, event: string, data: object, nonce = `event-${++events}`) {
  const [area = '', action = ''] = event.split('.')
  await transaction(sql, (db) => keepDashboardEvent(db, { guildId: id, id: nonce, area, action, data, at: Date.now() }))
  const handled = await until(
    async () =>
      (
        await sql<{ outcome: string | null; reason: string | null }[]>`
          select outcome, reason from dashboard_event
           where discord_server_id = ${id} and event_id = ${nonce} and handled_at is not null`
      )[0],
    { what: 'the event to be handled' },
  )
  return handled.reason ?? handled.outcome
}
/** What was said to the dashboard of one kind, in order. */
const told = async ({ id }: Place, event: string) =>
  (
    await sql<{ data: Record<string, unknown> }[]>`
      select payload -> 'data' as data from outbox
       where discord_server_id = ${id} and kind = 'dashboard.tell'
         and payload ->> 'area' || '.' || (payload ->> 'action') = ${event}
       order by outbox_id`
  ).map(({ data }) => data)
const posts = ({ channel }: Place) => bot.discord.control.messagesIn(channel).map(textOf)
const winnersNamed = (place: Place) =>
  posts(place).flatMap((text) => [...text.matchAll(/\*\*(\d+)\.\*\* <@(\d+)>/g)].map(([, nth]) => Number(nth)))
const drawsIn = ({ id }: Place) => drawsOf(sql, { guildIds: [id], numbers: [1] })

describe('a draw that an overlay shows', () => {
  it('answers who asked, tells everybody of each winner, and announces one of them for each animation', async () => {
    const place = await aPlace()
    await aClosedRaffle(place, [5, 5, 5, 5])
    await sql`
      insert into raffle_shuffle_links (discord_server_id, platform, discord_id, shuffle_username, display_name, verified, verified_at)
      select ${place.id}, 'shuffle', l.discord_id, 'w_' || l.kick_name, 'W_' || l.kick_name, true, now()
        from links l where l.discord_server_id = ${place.id}`
    const wish = { request_id: 'r-1', winner_count: 3, await_animation: true }
    expect(await says(place, 'raffle.draw', wish)).toBe('done')
    const draws = await drawsIn(place)
    expect(draws).toHaveLength(3)
    expect(winnersNamed(place)).toEqual([])
    const answers = await told(place, 'dashboard.answer')
    expect(answers.map(({ state, success, event }) => [state, success, event])).toEqual([
      ['done', true, 'raffle.draw'],
      ['accepted', true, 'raffle.draw'],
    ])
    expect(answers[0]).toMatchObject({
      request_id: 'r-1',
      winner: { draw: 1, winner_kick_name: draws[0]?.displayName },
    })
    expect(answers[0]?.winners).toHaveLength(3)
    const drawn = await told(place, 'raffle.winner_drawn')
    expect(drawn.map((one) => [one.winner_kick_name, one.winner_shuffle_name, one.winning_ticket])).toEqual(
      draws.map((one) => [one.displayName, `W_${one.displayName}`, one.winningTicket]),
    )
    // The third one is named, the others come in their order; whoever is no winner names nobody.
    expect(await says(place, 'raffle.animation_complete', { winner_kick_name: draws[2]?.displayName })).toBe('done')
    await until(() => winnersNamed(place).length === 1, { what: 'the third winner' })
    expect(await says(place, 'raffle.animation_complete', { winner_kick_name: 'somebody_else' })).toBe('done')
    await until(() => winnersNamed(place).length === 2, { what: 'the first winner' })
    const last = 'the last animation'
    for (const _ of [1, 2]) expect(await says(place, 'raffle.animation_complete', {}, last)).toBe('done')
    await until(() => winnersNamed(place).length === 3, { what: 'the second winner' })
    expect(winnersNamed(place)).toEqual([3, 1, 2])
    expect(await says(place, 'raffle.animation_complete', {})).toContain('no winner waits for an overlay')
  })

  it('is announced all the same when no overlay says anything for ten minutes', async () => {
    const place = await aPlace()
    await aClosedRaffle(place, [5, 5])
    await says(place, 'raffle.draw', { winner_count: 2, await_animation: true })
    const waits = () => sql<{ inMs: number }[]>`
      select (extract(epoch from next_run_at - now()) * 1000)::float8 as in_ms from job
       where discord_server_id = ${place.id} and kind = 'raffle.show'`
    for (const { inMs } of await waits()) expect(inMs).toBeGreaterThan(590_000)
    expect(await waits()).toHaveLength(2)
    await sql`update job set next_run_at = now() where discord_server_id = ${place.id} and kind = 'raffle.show'`
    await until(() => winnersNamed(place).length === 2, { what: 'both winners' })
  })

  it('does not name somebody who hides from boards to overlays, and does to whoever asked', async () => {
    const place = await aPlace()
    await aClosedRaffle(place, [5])
    await sql`
      insert into exclusion (discord_server_id, username, kind, origin) values (${place.id}, 'viewer_0', 'boards', 'member')`
    await says(place, 'raffle.draw', { request_id: 'r-2' })
    expect((await told(place, 'raffle.winner_drawn'))[0]).toMatchObject({
      winner_kick_name: null,
      winner_discord_id: null,
    })
    expect((await told(place, 'dashboard.answer'))[0]).toMatchObject({ winner: { winner_kick_name: 'viewer_0' } })
  })
})

describe('what cannot be drawn', () => {
  it('is refused with a reason, which is told, stands in /status, and changes nothing', async () => {
    const place = await aPlace()
    await aClosedRaffle(place, [5, 5])
    const stranger = { excluded_discord_ids: [memberOf(1)], request_id: 'r-3' }
    const reason = await says(place, 'raffle.draw', stranger)
    expect(reason).toContain('whoever stands in the frozen list takes part')
    expect(await drawsIn(place)).toEqual([])
    expect(await told(place, 'dashboard.answer')).toEqual([
      { request_id: 'r-3', event: 'raffle.draw', state: 'refused', success: false, error: reason },
    ])
    const status = await bot.discord.control
      .command({ guildId: place.id, userId: place.guild.ownerId, command: 'status' })
      .message()
    expect(textOf(status)).toContain('whoever stands in the frozen list takes part')
    expect(await says(place, 'raffle.explode', {})).toBe('no room knows this event')
    // Those who were drawn are left out by the rule, whoever says it; a raffle that has its winners is not drawn again.
    await says(place, 'raffle.draw', {})
    const [first] = await drawsIn(place)
    expect(await says(place, 'raffle.draw', { request_id: 'r-4' })).toContain('has its winners already')
    expect(await says(place, 'raffle.reroll', { excluded_discord_ids: [first?.discordId] })).toBe('done')
    expect((await drawsIn(place)).map(({ status: state, voidReason }) => [state, voidReason])).toEqual([
      ['void', 'drawn anew at the dashboard'],
      ['valid', null],
    ])
  })
})

describe('a winner', () => {
  it('is announced once more, with the proof that there is, and nobody who has not won', async () => {
    const place = await aPlace()
    await aClosedRaffle(place, [5, 5, 5])
    await says(place, 'raffle.draw', { winner_count: 2 })
    await until(() => winnersNamed(place).length === 2, { what: 'the announcement' })
    const second = (await drawsIn(place))[1]
    expect(await says(place, 'raffle.announce_winner', { winner: { winner_kick_name: second?.displayName } })).toBe(
      'done',
    )
    await until(() => winnersNamed(place).length === 3, { what: 'the second winner, again' })
    expect(await says(place, 'raffle.announce_winner', { period_number: 1, draw: 1 })).toBe('done')
    await until(() => winnersNamed(place).length === 4, { what: 'the first winner, again' })
    expect(winnersNamed(place)).toEqual([1, 2, 2, 1])
    expect(posts(place).at(-2)).toContain(second?.proofHash.slice(0, 16))
    expect(await says(place, 'raffle.announce_winner', { winner: { kick_name: 'nobody' } })).toContain(
      'nobody like that',
    )
  })
})

describe('the dashboard', () => {
  it('starts a raffle, once for each event, with its list sealed as any other; and is told why it cannot', async () => {
    const place = await aPlace()
    const end = new Date(Date.now() + 86_400_000).toISOString()
    const wish = {
      start_date: '2020-01-01 00:00:00',
      end_date: end,
      title: ' Spring ',
      prize: 'a bell',
      actor_id: memberOf(9),
    }
    for (const _ of [1, 2]) expect(await says(place, 'raffle.start_period', wish, 'a start')).toBe('done')
    const periods = () => latestPeriods(sql, { guildId: place.id, limit: 5 })
    await until(async () => (await periods()).every(({ status }) => status === 'active'), { what: 'it to be open' })
    const [period, ...others] = await periods()
    expect(others).toEqual([])
    expect(period).toMatchObject({ status: 'active', title: 'Spring', prize: 'a bell' })
    expect(period?.commitment).toMatch(/^[0-9a-f]{64}$/)
    expect(Math.abs((period?.startsAt.getTime() ?? 0) - Date.now())).toBeLessThan(60_000)
    await until(() => posts(place).length === 1, { what: 'the announcement' })
    expect(await says(place, 'raffle.start_period', wish)).toContain('runs until')
    expect(await says(place, 'raffle.start_period', { end_date: '2020-01-01' })).toContain('lies in the past')
    expect(await says(place, 'raffle.start_period', { end_date: 'soon' })).toContain('A day is written like')
    const noted = await auditOf(sql, { guildId: place.id, action: 'raffle.start', limit: 5 })
    expect(noted).toMatchObject([{ source: 'dashboard', actorId: memberOf(9), subject: '#1' }])
  })

  it('gives and takes tickets by the ledger, once for each event, and never more than there are', async () => {
    const place = await aPlace()
    await aRaffle(place, [10])
    const totals = async () =>
      (
        await sql<{ bonus: string; gifts: string }[]>`
          select bonus_tickets as bonus, gifted_sub_tickets as gifts from raffle_tickets where discord_server_id = ${place.id}`
      ).map(({ bonus, gifts }) => [bonus, gifts])
    const member = memberOf(0)
    for (const _ of [1, 2])
      expect(await says(place, 'mgmt.adjust', { discord_id: member, change: 5 }, 'given')).toBe('done')
    expect(await totals()).toEqual([['5', '10']])
    const less = { kick_name: 'Viewer_0', change: -4, ticket_source: 'gifted_sub', reason: 'a mistake' }
    for (const _ of [1, 2]) expect(await says(place, 'mgmt.adjust', less, 'taken')).toBe('done')
    expect(await totals()).toEqual([['5', '6']])
    expect(await says(place, 'mgmt.adjust', { ...less, change: -7 })).toContain('has only 6 tickets')
    expect(await says(place, 'mgmt.adjust', { ...less, change: 0 })).toContain('change')
    expect(await says(place, 'mgmt.adjust', { discord_id: memberOf(8), change: 1 })).toContain('who has linked')
    expect(await totals()).toEqual([['5', '6']])
    expect(await unexplainedTickets(sql, { guildId: place.id, periodNumber: 1, limit: 9 })).toEqual([])
    const noted = await auditOf(sql, { guildId: place.id, action: 'raffle.remove', limit: 5 })
    expect(noted).toMatchObject([{ source: 'dashboard', subject: 'viewer_0', newValue: '-4', reason: 'a mistake' }])
  })

  it('has the board posted anew at the end of its channel, and one of them', async () => {
    const place = await aPlace()
    expect(await says(place, 'raffle.leaderboard_post', {})).toContain('raffle_board_channel_id')
    await set(place, 'raffle_board_channel_id', place.board)
    await aRaffle(place, [10])
    const boards = () => bot.discord.control.messagesIn(place.board)
    await until(() => boards().length === 1, { what: 'the board' })
    const [first] = boards()
    expect(await says(place, 'raffle.leaderboard_post', {})).toBe('done')
    await until(() => boards().length === 1 && boards()[0]?.id !== first?.id, { what: 'another board' })
    expect(textOf(boards()[0] ?? first ?? never())).toContain('viewer\\_0')
  })
})

const never = (): never => {
  throw new Error('there is a board')
}

describe('the days that a dashboard writes', () => {
  const now = Date.parse('2026-03-10T12:00:00Z')
  const span = (from: string | null, to: string, timeZone = 'Europe/Berlin') => {
    const found = spanWritten({ now, timeZone, from, to })
    return typeof found === 'string' ? found : [found.from, found.to].map((at) => new Date(at).toISOString())
  }
  it.each<[string | null, string, string | readonly string[]]>([
    [null, '2026-03-31', ['2026-03-10T12:00:00.000Z', '2026-03-31T22:00:00.000Z']],
    ['2026-03-01', '2026-03-31 23:59:59', ['2026-03-10T12:00:00.000Z', '2026-03-31T21:59:59.000Z']],
    ['2026-03-28T10:30', '2026-03-29T12:00:00', ['2026-03-28T09:30:00.000Z', '2026-03-29T10:00:00.000Z']],
    ['2026-03-11T00:00:00Z', '2026-03-12T00:00:00+05:30', ['2026-03-11T00:00:00.000Z', '2026-03-11T18:30:00.000Z']],
    ['2026-03-11T00:00:00.000Z', '2026-03-10T23:00:00-01:00', 'order'],
    ['2026-03-11', '2028-01-01', 'too_long'],
    ['2026-02-30', '2026-03-31', 'day'],
    ['2026-03-11 25:00', '2026-03-31', 'day'],
    [null, '2026-03-10 12:59', 'past'],
  ])('%s to %s', (from, to, expected) => expect(span(from, to)).toEqual(expected))
})
