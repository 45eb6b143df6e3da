import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { proofOf } from '../../../cluster/draws.ts'
import { createDrand, quicknet, timeOfRound } from '../../../cluster/runtime/drand.ts'
import { clientSeedOf, drawWinners, type Proof, verify } from '../../../cluster/runtime/fairness.ts'
import { type GuildId, kickUserId, userId, username } from '../../../cluster/runtime/ids.ts'
import { createRandomness } from '../../../shard/dispatch/randomness.ts'
import { features } from '../../../shard/features/index.ts'
import { speak } from '../../../shard/features/language.ts'
import { onDrawAsked, onRerollAsked } from '../../../shard/features/raffle/dashboard.ts'
import { raffle } from '../../../shard/features/raffle/index.ts'
import { drawPeriods, onDraw, settleDraws } from '../../../shard/features/raffle/job/draw.ts'
import { endByHand, openDue } from '../../../shard/features/raffle/job.ts'
import { type DrawRequest, decidingRound } from '../../../shard/features/raffle/rules/draw.ts'
import { drawnChatLine } from '../../../shard/features/raffle/view/draw.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import { auditOf } from '../../../sql/queries/audit.ts'
import { drawsOf, frozenLists } from '../../../sql/queries/draws.ts'
import { takeJobs } from '../../../sql/queries/job.ts'
import { insertLink } from '../../../sql/queries/links.ts'
import { readRaffle } from '../../../sql/queries/proof.ts'
import { planPeriods } from '../../../sql/queries/raffle.ts'
import { storeRound } from '../../../sql/queries/randomness.ts'
import { erasePerson } from '../../../sql/queries/trust.ts'
import type { Guild, SeenMessage } from '../../standins/discord/index.ts'
import { DrandStandIn } from '../../standins/drand/index.ts'
import { type Bot, startBot } from '../../support/bot.ts'
import { textOf } from '../../support/browsing.ts'
import { aGuildId, times } from '../../support/builders.ts'
import { onCleanUp } from '../../support/cleanup.ts'
import { createDatabase } from '../../support/database.ts'
import { until } from '../../support/wait.ts'

let sql: Sql
let bot: Bot
const network = new DrandStandIn()
/** How far the bot's clock is ahead, in milliseconds. */
let ahead = 0
const clock = { now: () => Date.now() + ahead, monotonic: () => performance.now() }

beforeAll(async () => {
  sql = (await createDatabase({ max: 14 })).sql
  bot = await startBot({ sql, features, tools: { drandChain: network.chain, clock } })
})

interface Place {
  readonly id: GuildId
  readonly guild: Guild
  readonly channel: string
}

/** A server with a channel for raffles and one for its admins. */
async function aPlace(settings: Readonly<Record<string, string>> = {}): Promise<Place> {
  const id = aGuildId()
  const guild = bot.discord.world.addGuild({ id })
  const channel = guild.addChannel({ name: 'raffles' }).id
  await sql`insert into guild (discord_server_id, server_name) values (${id}, 'A server') on conflict do nothing`
  for (const [key, value] of Object.entries({ raffle_channel_id: channel, ...settings }))
    await sql`insert into bot_settings (discord_server_id, key, value) values (${id}, ${key}, ${value})`
  return { id, guild, channel }
}

const memberOf = (n: number): string => String(600_000_000_000_000_000n + BigInt(n))

/** Opens a raffle, gives viewer n so many tickets, and closes it. */
async function aClosedRaffle({ id }: Place, tickets: readonly number[]): Promise<void> {
  const at = new Date(Date.now() - 3_600_000)
  await transaction(sql, async (db) => {
    await planPeriods(db, [
      {
        guildId: id,
        startsAt: at,
        endsAt: new Date(Date.now() + 3_600_000),
        timeZone: 'UTC',
        title: 'Spring',
        prize: 'a bell',
        createdBy: null,
        after: null,
      },
    ])
    await openDue(db, [id], bot.tools)
    for (const [n] of tickets.entries())
      await insertLink(db, {
        guildId: id,
        userId: userId(memberOf(n)),
        kickUserId: kickUserId(5_000 + n),
        kickName: username(`viewer_${n}`),
      })
  })
  const awards = tickets.map((each, n) => ({
    guildId: id,
    username: username(`viewer_${n}`),
    source: 'bonus' as const,
    tickets: each,
    sourceRef: `for viewer ${n}`,
    at: Date.now(),
  }))
  await transaction(sql, (db) => raffle.award(db, awards))
  await transaction(sql, async (db) => {
    const [last] = await sql<{ number: number }[]>`
      select max(period_number) as number from raffle_periods where discord_server_id = ${id}`
    await endByHand(db, { guildId: id, periodNumber: last?.number ?? 0 }, bot.tools)
  })
}

const roundOf = async ({ id }: Place): Promise<number> => {
  const [row] = await sql<{ round: number }[]>`
    select entropy_round::int as round from raffle_periods where discord_server_id = ${id} order by period_number desc limit 1`
  return row?.round ?? 0
}
/** The round that decides has come and was fetched. */
const roundComes = async (place: Place): Promise<void> => {
  const round = await roundOf(place)
  await storeRound(sql, { chain: network.chain.hash, ...network.beaconOf(round) })
}

/** As if nobody had waited for the round that decides before; raffles that close in the same minute share one. */
const roundIsUnknown = async (place: Place) => {
  await sql`
    update randomness_round set randomness = null, signature = null, fetched_at = null
     where round = ${await roundOf(place)}`
}

const request = ({ id }: Place, more: Partial<DrawRequest> = {}): DrawRequest => ({
  guildId: id,
  periodNumber: 1,
  winners: 1,
  prize: null,
  ref: 'a request',
  source: 'discord',
  by: null,
  ...more,
})
const draw = async (place: Place, more: Partial<DrawRequest> = {}) => {
  const [outcome] = await transaction(sql, async (db) => {
    const outcomes = await drawPeriods(db, [request(place, more)], bot.tools)
    await settleDraws(db, outcomes, bot.tools)
    return outcomes
  })
  return outcome
}
const drawsIn = ({ id }: Place, number = 1) => drawsOf(sql, { guildIds: [id], numbers: [number] })
const jobsIn = ({ id }: Place) => sql<{ ref: string; runAt: Date; payload: unknown }[]>`
  select job_ref as ref, next_run_at as run_at, payload from job where discord_server_id = ${id} and kind = 'raffle.draw'`
const statusIn = async ({ id }: Place) => {
  const [row] = await sql<{ status: string }[]>`select status from raffle_periods where discord_server_id = ${id}`
  return row?.status
}

/** What the public page offers. */
async function publishedOf({ id }: Place, number = 1): Promise<Proof> {
  const found = await readRaffle(sql, { guildId: id, number })
  if (found === undefined) throw new Error('the raffle is not public')
  const [frozen] = await frozenLists(sql, { guildIds: [id], numbers: [number] })
  return { ...proofOf(found.published, found.draws), entrants: JSON.parse(frozen?.list ?? '[]') }
}
const brokenIn = async (place: Place): Promise<string[]> =>
  (await verify(await publishedOf(place))).filter(({ holds }) => !holds).map(({ check }) => check)

const ask = (place: Place, command: string, options = {}, by = place.guild.ownerId): Promise<SeenMessage> =>
  bot.discord.control.command({ guildId: place.id, userId: by, command, options }).message()
const postsIn = (place: Place, part: string) =>
  bot.discord.control.messagesIn(place.channel).filter((message) => textOf(message).includes(part))
const posted = (place: Place, part: string): Promise<SeenMessage> =>
  until(() => postsIn(place, part)[0], { what: `a post that says ${part}` })

describe('the closing of a raffle', () => {
  it('fixes a round that nobody can know yet, and says so with the list, before anything is drawn', async () => {
    const place = await aPlace()
    await aClosedRaffle(place, [3, 2, 1])
    await roundIsUnknown(place)
    const at = timeOfRound(network.chain, await roundOf(place))
    expect(at - Date.now()).toBeGreaterThan(25_000)
    expect(at - Date.now()).toBeLessThan(91_000)
    expect(at % 60_000).toBe(0)
    const post = await posted(place, 'is closed')
    const proof = await publishedOf(place)
    expect(textOf(post)).toContain(proof.listHash)
    expect(textOf(post)).toContain(`Round ${await roundOf(place)} of the public randomness`)
    expect(textOf(post)).toContain(`https://bot.example/raffles/${place.id}/1`)
    expect(proof).toMatchObject({ seed: null, draws: [] })
    expect(await brokenIn(place)).toEqual([])
    const kept = await sql`select seed from raffle_periods where discord_server_id = ${place.id}`
    expect(String(kept[0]?.seed)).not.toMatch(/^[0-9a-f]{64}$/)
  })

  it('of which nobody takes part fixes nothing, and there is nobody to draw', async () => {
    const place = await aPlace({ raffle_auto_draw: 'true' })
    await aClosedRaffle(place, [])
    expect(await roundOf(place)).toBe(0)
    expect(await jobsIn(place)).toEqual([])
    expect(await draw(place)).toMatchObject({ plan: { kind: 'nobody' } })
    expect(textOf(await ask(place, 'raffle draw'))).toContain('there is nobody to draw. Nothing has changed.')
    expect([await statusIn(place), await drawsIn(place)]).toEqual(['closed', []])
  })
})

describe('the round that decides', () => {
  it.each([
    ['12:00:00.000', '12:01:00'],
    ['12:00:29.999', '12:01:00'],
    ['12:00:30.000', '12:01:00'],
    ['12:00:30.001', '12:02:00'],
  ])('of what closes at %s comes at %s, the same for all that close about then', (closed, comes) => {
    const { round, at } = decidingRound(quicknet, Date.parse(`2026-08-31T${closed}Z`))
    expect(new Date(at).toISOString()).toBe(`2026-08-31T${comes}.000Z`)
    expect(timeOfRound(quicknet, round)).toBe(at)
  })
})

describe('/raffle draw', () => {
  it('waits for the round by itself, draws once, mentions the winners alone and proves it', async () => {
    const place = await aPlace()
    await aClosedRaffle(place, [5, 4, 3, 2, 1])
    await roundIsUnknown(place)
    expect(textOf(await ask(place, 'raffle draw', { winners: 2, prize: 'two **bells**' }))).toMatch(
      /the public randomness that decides comes <t:\d+:R>\. It is drawn then by itself/,
    )
    expect(await drawsIn(place)).toEqual([])
    expect(await jobsIn(place)).toMatchObject([{ ref: '1', payload: { winners: 2, prize: 'two **bells**' } }])
    await roundComes(place)
    await sql`update job set next_run_at = now() where discord_server_id = ${place.id} and kind = 'raffle.draw'`
    const post = await posted(place, 'has 2 winners')
    const draws = await drawsIn(place)
    expect(draws.map(({ nonce, status }) => [nonce, status])).toEqual([
      [0, 'valid'],
      [1, 'valid'],
    ])
    expect(post.content).toBe(`🎉 ${draws.map(({ discordId }) => `<@${discordId}>`).join(' ')}`)
    expect(textOf(post)).toContain('two \\*\\*bells\\*\\*')
    for (const each of draws) {
      expect(textOf(post)).toContain(each.proofHash.slice(0, 16))
      expect(textOf(post)).toContain(
        `chance ${(Math.floor((10_000 * Number(each.tickets)) / Number(each.totalTickets)) / 100).toFixed(2)}%`,
      )
    }
    expect(draws.map(({ totalTickets, participants }) => [totalTickets, participants])).toEqual([
      ['15', 5],
      [String(15 - Number(draws[0]?.tickets)), 4],
    ])
    expect(await brokenIn(place)).toEqual([])
    expect((await publishedOf(place)).draws).toHaveLength(2)
    expect(await statusIn(place)).toBe('drawn')
    expect(textOf(await ask(place, 'raffle draw', { winners: 2 }))).toContain('has its winners already')
    expect(await drawsIn(place)).toHaveLength(2)
    expect(textOf(await ask(place, 'raffle draw', { winners: 3 }))).toContain('has a winner')
    expect(await drawsIn(place)).toHaveLength(3)
    expect(await brokenIn(place)).toEqual([])
    expect((await auditOf(sql, { guildId: place.id, action: 'raffle.draw', limit: 5 })).length).toBe(2)
  })

  it('by ten at once, of two requests, draws what was asked for and no more', async () => {
    const place = await aPlace()
    await aClosedRaffle(place, Array(30).fill(2))
    await roundComes(place)
    const outcomes = await Promise.all(
      times(10, (n) => draw(place, { winners: 3, ref: n % 2 === 0 ? 'one' : 'another' })),
    )
    const draws = await drawsIn(place)
    expect(draws.map(({ nonce }) => nonce)).toEqual([0, 1, 2])
    expect(new Set(draws.map(({ requestRef }) => requestRef)).size).toBe(1)
    expect(outcomes.filter((outcome) => outcome?.isNew)).toHaveLength(1)
    expect(outcomes.every((outcome) => outcome?.draws.length === 3)).toBe(true)
  })

  it('says what has to be done first', async () => {
    const place = await aPlace()
    expect(textOf(await ask(place, 'raffle draw'))).toContain('No raffle is closed yet')
    expect(textOf(await ask(place, 'raffle draw', { raffle: 7 }))).toContain('There is no raffle #7')
    await ask(place, 'raffle start', { days: 1 })
    expect(textOf(await ask(place, 'raffle draw'))).toContain('still runs. End it with')
  })

  it('shares no winner, list or round with another server', async () => {
    const [one, other] = [await aPlace(), await aPlace()]
    await aClosedRaffle(one, [1, 1])
    await aClosedRaffle(other, [1, 1])
    await roundComes(one)
    await draw(one)
    expect(await drawsIn(other)).toEqual([])
    expect(await statusIn(other)).toBe('closed')
  })

  it('draws everybody when more winners are asked for than take part, and then nobody', async () => {
    const place = await aPlace()
    await aClosedRaffle(place, [1, 2])
    await roundComes(place)
    expect((await draw(place, { winners: 5 }))?.draws).toHaveLength(2)
    expect(await draw(place, { winners: 5, ref: 'again' })).toMatchObject({ plan: { kind: 'nobody_left' } })
    expect(textOf(await ask(place, 'raffle reroll', { draw: 1, reason: 'gone' }))).toContain('has been drawn already')
    expect((await drawsIn(place)).every(({ status }) => status === 'valid')).toBe(true)
  })
})

describe('/raffle reroll', () => {
  it('voids the draw that is named and draws the next one, for a reason that everybody reads', async () => {
    const place = await aPlace()
    await aClosedRaffle(place, [4, 4, 4, 4])
    await roundComes(place)
    await draw(place, { prize: 'a ring' })
    const answer = textOf(await ask(place, 'raffle reroll', { draw: 1, reason: 'did not *answer*' }))
    expect(answer).toContain('does not count: did not \\*answer\\*')
    const [first, second] = await drawsIn(place)
    expect([first?.status, first?.voidReason, second?.status, second?.nonce, second?.prize]).toEqual([
      ...['void', 'did not *answer*', 'valid'],
      ...[1, 'a ring'],
    ])
    expect(second?.entryId).not.toBe(first?.entryId)
    expect(await brokenIn(place)).toEqual([])
    expect((await publishedOf(place)).draws.map(({ status }) => status)).toEqual(['void', 'valid'])
    const post = await posted(place, 'does not count')
    expect(post.content).toBe(`🎉 <@${second?.discordId}>`)
    expect(textOf(await ask(place, 'raffle reroll', { draw: 1, reason: 'again' }))).toContain('is void already')
    expect(textOf(await ask(place, 'raffle reroll', { draw: 9, reason: 'again' }))).toContain('There is no such draw')
    expect(await drawsIn(place)).toHaveLength(2)
  })

  it('that comes again has the same answer, also by eight at once', async () => {
    const place = await aPlace()
    await aClosedRaffle(place, Array(20).fill(1))
    await roundComes(place)
    await draw(place)
    const instead = { nonce: 0, reason: 'no' }
    const outcomes = await Promise.all(times(8, () => draw(place, { ref: 'a reroll', instead })))
    expect(outcomes.map((outcome) => outcome?.plan.kind).sort()).toEqual([...Array(7).fill('done'), 'draw'])
    expect(await drawsIn(place)).toHaveLength(2)
  })

  it('is no way to choose: rerolls walk through the winners that were decided by the first reveal', async () => {
    const place = await aPlace()
    await aClosedRaffle(place, [9, 8, 7, 6, 5, 4])
    await roundComes(place)
    await draw(place)
    for (const nonce of [0, 1, 2]) await draw(place, { ref: `reroll ${nonce}`, instead: { nonce, reason: 'no' } })
    const walked = (await drawsIn(place)).map(({ entryId }) => entryId)
    const { seed, entrants, listHash, entropy } = await publishedOf(place)
    if (seed === null || listHash === null || entropy?.kind !== 'drand' || entropy.randomness === null)
      throw new Error('something is not public')
    const all = await drawWinners({
      entrants: entrants.map(([id, tickets]) => ({ id, tickets })),
      seed,
      clientSeed: clientSeedOf({ period: 1, listHash, entropy: { ...entropy, randomness: entropy.randomness } }),
      count: 4,
    })
    expect(walked).toEqual(all.map(({ id }) => id))
  })
})

describe('what was published', () => {
  it('is what is drawn from: a list or a seed that was changed afterwards stops the draw, and changes nothing', async () => {
    const place = await aPlace()
    await aClosedRaffle(place, [3, 3, 3])
    await roundComes(place)
    await sql`update raffle_entrants set tickets = tickets + 1 where discord_server_id = ${place.id} and position = 2`
    await expect(draw(place)).rejects.toThrow('a frozen list is not the one')
    await sql`update raffle_entrants set tickets = tickets - 1 where discord_server_id = ${place.id} and position = 2`
    await sql`update raffle_periods set commitment = ${'0'.repeat(64)} where discord_server_id = ${place.id}`
    await expect(draw(place)).rejects.toThrow('a seed is not the one')
    expect([await statusIn(place), await drawsIn(place)]).toEqual(['closed', []])
  })

  it('still verifies when a winner is erased, who is not named any more', async () => {
    const place = await aPlace()
    await aClosedRaffle(place, [3, 3, 3])
    await roundComes(place)
    await draw(place, { winners: 2 })
    const [first] = await drawsIn(place)
    if (first?.discordId == null || first.username === null) throw new Error('the winner is not known')
    expect((await publishedOf(place)).draws[0]?.opening?.person).toBe(first.kickUserId)
    const { discordId, username: name, kickUserId: account } = first
    await transaction(sql, (db) =>
      erasePerson(db, { guildId: place.id, userId: discordId, username: name, kickUserId: account }),
    )
    const proof = await publishedOf(place)
    expect(proof.draws[0]?.opening).toBeNull()
    expect(JSON.stringify(await drawsIn(place))).not.toContain(name)
    expect(await brokenIn(place)).toEqual([])
    expect(textOf(await ask(place, 'raffle history'))).toContain('somebody who was erased')
  })
})

describe('when the round does not come', () => {
  it('the announcement of the closing stands in for it after an hour, and the proof says so', async () => {
    const place = await aPlace()
    await aClosedRaffle(place, [1, 2, 3])
    await roundIsUnknown(place)
    await posted(place, 'is closed')
    const messageOf = async () => {
      const [row] = await sql<{ id: string | null }[]>`
        select closing_message_id as id from raffle_periods where discord_server_id = ${place.id}`
      return row?.id
    }
    const messageId = await until(messageOf, { what: 'the announcement to be noted' })
    try {
      ahead = 50 * 60_000
      expect(await draw(place)).toMatchObject({ plan: { kind: 'waits', isLate: true } })
      ahead = 62 * 60_000
      expect(await draw(place)).toMatchObject({ plan: { kind: 'draw' } })
    } finally {
      ahead = 0
    }
    const proof = await publishedOf(place)
    expect(proof.entropy).toEqual({ kind: 'discord', messageId })
    expect(await brokenIn(place)).toEqual([])
    await roundComes(place)
    await draw(place, { ref: 'a reroll', instead: { nonce: 0, reason: 'no' } })
    expect((await publishedOf(place)).entropy).toEqual({ kind: 'discord', messageId })
    expect(await brokenIn(place)).toEqual([])
  })

  it('and was announced nowhere, the draw waits, the admins hear of it once, and it is drawn when the round comes', async () => {
    const place = await aPlace({ raffle_channel_id: '' })
    const admins = place.guild.addChannel({ name: 'admins' }).id
    await sql`insert into bot_settings (discord_server_id, key, value) values (${place.id}, 'admin_channel_id', ${admins})`
    await aClosedRaffle(place, [1, 2, 3])
    await roundIsUnknown(place)
    try {
      ahead = 62 * 60_000
      for (const ref of ['one', 'two']) expect(await draw(place, { ref })).toMatchObject({ plan: { kind: 'stuck' } })
    } finally {
      ahead = 0
    }
    await until(() => bot.discord.control.messagesIn(admins).length > 0, { what: 'the admins to be told' })
    expect(bot.discord.control.messagesIn(admins).map(textOf)).toEqual([
      expect.stringContaining('cannot be drawn: the public randomness that decides is not to be had'),
    ])
    expect(await jobsIn(place)).toHaveLength(1)
    await roundComes(place)
    await sql`update job set next_run_at = now() where discord_server_id = ${place.id} and kind = 'raffle.draw'`
    await until(async () => (await drawsIn(place)).length === 1, { what: 'the draw' })
    expect(await brokenIn(place)).toEqual([])
  })
})

describe('drawing by itself', () => {
  it('is done once by two owners, for as many winners as the server wants, when the network has spoken', async () => {
    const place = await aPlace({ raffle_auto_draw: 'true', raffle_auto_winners: '2' })
    const off = await aPlace()
    await aClosedRaffle(place, [5, 5, 5, 5])
    await aClosedRaffle(off, [1])
    await roundIsUnknown(place)
    expect(await jobsIn(off)).toEqual([])
    const [job] = await jobsIn(place)
    const round = await roundOf(place)
    expect(job?.runAt.getTime()).toBe(timeOfRound(network.chain, round) + 2_000)
    // The network comes to the round, and a process of ours fetches it.
    const early = new DrandStandIn({ clock: () => Date.now() + 120_000 })
    await early.start()
    onCleanUp(() => early.stop())
    const service = createRandomness({
      sql,
      drand: createDrand({ urls: [early.url], chain: early.chain }),
      log: bot.tools.log,
    })
    await service.start()
    onCleanUp(() => service.stop())
    await sql`update randomness_round set next_try_at = now() where round = ${round}`
    await until(
      async () =>
        (await sql`select from randomness_round where round = ${round} and randomness is not null`).length > 0,
      { what: 'the round to be fetched' },
    )
    await sql`update job set next_run_at = now() where discord_server_id = ${place.id} and kind = 'raffle.draw'`
    const take = () =>
      transaction(sql, async (db) => {
        const kinds = ['raffle.draw']
        const jobs = await takeJobs(db, { shardCount: 1, shardIds: [0], kinds, kindsOfLeft: [], limit: 50 })
        await onDraw(jobs, db, bot.tools)
      })
    await Promise.all(times(4, take))
    await until(async () => (await drawsIn(place)).length === 2, { what: 'the draw' })
    expect((await drawsIn(place)).map(({ requestRef, drawnBy }) => [requestRef, drawnBy])).toEqual([
      ['auto:1', null],
      ['auto:1', null],
    ])
    await posted(place, 'has 2 winners')
    expect(postsIn(place, 'has 2 winners')).toHaveLength(1)
    expect(await brokenIn(place)).toEqual([])
  })
})

describe('the dashboard', () => {
  it('draws and rerolls as the commands do, once for each event, and hears why not', async () => {
    const place = await aPlace()
    await aClosedRaffle(place, [5, 5, 5, 5])
    await roundIsUnknown(place)
    const say = (handler: typeof onDrawAsked, id: string, data: object) =>
      transaction(sql, (db) => handler({ guildId: place.id, id, data, at: Date.now() }, db, bot.tools))
    await say(onDrawAsked, 'early', { winner_count: 1 })
    expect(await jobsIn(place)).toHaveLength(1)
    await sql`delete from job where discord_server_id = ${place.id} and kind = 'raffle.draw'`
    await roundComes(place)
    const actor = '123456789012345678'
    for (const _ of [1, 2])
      await say(onDrawAsked, 'drawn', { winner_count: 2, prize_description: ' a  bell ', actor_id: actor })
    for (const _ of [1, 2]) await say(onRerollAsked, 'rerolled', { draw: 2, reason: 'no' })
    expect((await drawsIn(place)).map(({ status, prize, drawnBy }) => [status, prize, drawnBy])).toEqual([
      ['valid', 'a bell', actor],
      ['void', 'a bell', actor],
      ['valid', 'a bell', null],
    ])
    await expect(say(onRerollAsked, 'void', { draw: 2, reason: 'no' })).rejects.toThrow('is void already')
    await expect(say(onDrawAsked, 'wrong', { winner_count: 0 })).rejects.toThrow('winner_count')
    await expect(say(onDrawAsked, 'far', { period_number: 9 })).rejects.toThrow('#9')
    const noted = await auditOf(sql, { guildId: place.id, action: 'raffle.draw', limit: 5 })
    expect(noted).toMatchObject([{ source: 'dashboard', actorId: actor }])
  })
})

describe('the stream chat', () => {
  it('hears who won where the bot may write, by names of those who do not hide', async () => {
    const place = await aPlace()
    await sql`
      insert into kick_token (discord_server_id, kick_user_id, access_token, refresh_token, key_id, scopes, expires_at)
      values (${place.id}, 1, 'x', 'y', 'k', '', now() + interval '1 day')`
    await aClosedRaffle(place, [5, 5, 5])
    await roundComes(place)
    const outcome = await draw(place, { winners: 2 })
    const kinds = await sql<{ kind: string }[]>`
      select kind from outbox where discord_server_id = ${place.id} and kind like 'raffle.drawn%' order by kind`
    expect(kinds.map(({ kind }) => kind)).toEqual(['raffle.drawn', 'raffle.drawn_chat'])
    const [first, second] = outcome?.draws ?? []
    if (first === undefined || second === undefined) throw new Error('there are no winners')
    const period = { periodNumber: 1, title: null }
    const shown = {
      period,
      draws: [{ ...first, isHidden: true }, second],
      url: 'https://bot.example/x',
      ref: 'a request',
    }
    expect(drawnChatLine(speak('en'), shown)).toBe(
      `🎉 @${second.displayName} won Raffle #1! Everybody can check it: https://bot.example/x`,
    )
    expect(drawnChatLine(speak('en'), { ...shown, ref: 'another' })).toBeUndefined()
  })
})

describe('members', () => {
  it('find their own entry in the list, with what proves that it is theirs', async () => {
    const place = await aPlace()
    const stranger = '999999999999999999'
    await aClosedRaffle(place, [7, 2])
    for (const id of [memberOf(0), stranger]) place.guild.addMember({ user: bot.discord.world.addUser({ id }).id })
    const text = textOf(await ask(place, 'tickets fair', {}, memberOf(0)))
    const [, entry = ''] = /Your entry is `([0-9a-f]{40})`, with 7 tickets/.exec(text) ?? []
    const [, formula = ''] = /SHA-256 over `([0-9a-f]{32}:5000)`/.exec(text) ?? []
    expect(createHash('sha256').update(formula).digest('hex').slice(0, 40)).toBe(entry)
    expect((await publishedOf(place)).entrants).toContainEqual([entry, 7])
    expect(text).toContain(`https://bot.example/raffles/${place.id}/1?entry=${entry}`)
    const told = textOf(await ask(place, 'tickets fair', {}, stranger))
    expect(told).toContain(`https://bot.example/raffles/${place.id}/1`)
    expect(told).not.toContain('Your entry')
  })
})
