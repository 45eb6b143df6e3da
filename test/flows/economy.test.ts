import { beforeAll, describe, expect, it } from 'vitest'
import { createSecrets } from '../../cluster/runtime/secrets.ts'
import { handleEvents } from '../../shard/dispatch/event.ts'
import { close, complete } from '../../shard/features/balance/command/rounds.ts'
import type { Tools } from '../../shard/features/feature.ts'
import { beginDraw } from '../../shard/features/giveaways/command/manage.ts'
import { onDraw } from '../../shard/features/giveaways/job/end.ts'
import { features } from '../../shard/features/index.ts'
import { speak } from '../../shard/features/language.ts'
import { links } from '../../shard/features/links/index.ts'
import { type Sql, transaction } from '../../sql/client.ts'
import { roundOf } from '../../sql/queries/balance.ts'
import { storeRound } from '../../sql/queries/randomness.ts'
import { DrandStandIn } from '../standins/drand/index.ts'
import { aSlotAgo, aTick, times, toolsFor } from '../support/builders.ts'
import { createDatabase } from '../support/database.ts'
import { answer, claimOne, row } from '../support/wagers.ts'
import { type Act, nextAct } from './economy/acts.ts'
import { type Dice, diceOf } from './economy/dice.ts'
import { broken } from './economy/laws.ts'
import { aTown, none, openingOf, type Town } from './economy/town.ts'

/**
 * Points, shop, raffle, gifts, wagers, slots, guesses and giveaways of one server at once, by several owners: purchases, refunds, awards,
 * removals, minutes, links made, forced and taken away, names that change, people who are erased, raffles that roll over. A third of all
 * that happens is told twice at once or breaks off before it commits. A seed is always the same row of acts; which of them meet is chance.
 */
const acts = 260
const atOnce = 10
const interruption = new Error('the process has died')

let sql: Sql
let tools: Tools
const drand = new DrandStandIn()
beforeAll(async () => {
  sql = (await createDatabase({ max: 14 })).sql
  tools = toolsFor(sql, { secrets: createSecrets('0'.repeat(64)), drandChain: drand.chain })
})

/** Does an act as it may happen: once, twice at once, or broken off and then again. */
async function perform(act: Act, town: Town, dice: { readonly way: number }): Promise<void> {
  const once = async () => {
    try {
      const outcome = await transaction(sql, act.run)
      act.happened?.(outcome)
    } catch (error) {
      // Tickets are sold in a raffle that runs; this is how the shop breaks a sale off, and the buyer is told.
      if (!(error instanceof Error && error.name === 'NoRaffle')) throw error
    }
  }
  if (dice.way === 0)
    await transaction(sql, async (db) => {
      await act.run(db)
      throw interruption
    }).catch((error: unknown) => {
      if (error !== interruption && !(error instanceof Error && error.name === 'NoRaffle')) throw error
    })
  if (dice.way === 1) await Promise.all([once(), once()])
  else if (dice.way !== 0 || act.name !== 'buy') await once()
  town.known.seen.set(act.name, (town.known.seen.get(act.name) ?? 0) + 1)
}

/** A platform tells more of everybody; two owners count the same answer at once. */
async function wager(town: Town, dice: Dice): Promise<void> {
  const { cents, first } = town.known
  for (const { wagers } of town.people) {
    const next = (cents.get(wagers) ?? 0n) + BigInt(dice.whole(40_000))
    cents.set(wagers, next)
    if (!first.has(wagers)) first.set(wagers, next)
  }
  const rows = [...cents].map(([name, amount]) => row(name, amount))
  const claimed = await claimOne(sql, town.campaign)
  await Promise.all([answer(tools, claimed, rows), answer(tools, claimed, rows)])
}

async function live(town: Town, seed: number): Promise<unknown[]> {
  const dice = diceOf(seed)
  const failures: unknown[] = []
  let left = acts
  const worker = async () => {
    while (left-- > 0) {
      const act = nextAct(town, dice, sql, tools)
      await perform(act, town, { way: dice.whole(6) }).catch((error: unknown) => failures.push([act.name, error]))
    }
  }
  await Promise.all(times(atOnce, worker))
  return failures
}

/** Everybody is linked again, and everything that is owed is settled. */
async function comeToRest(town: Town): Promise<void> {
  for (const { member, account, name } of town.people)
    await transaction(sql, (db) =>
      links.force(
        db,
        { guildId: town.id, userId: member, kickUserId: account, kickName: name, displayName: name },
        none,
        Date.now() / 1000,
      ),
    )
  await wager(town, diceOf(1))
  for (const kind of ['watchtime', 'points', 'raffle'] as const)
    await Promise.all(
      times(2, () =>
        transaction(sql, async (db) => {
          for (const { ticks } of features)
            await ticks?.[kind]?.(aTick({ kind, guildIds: [town.id], slot: aSlotAgo(0) }), db, tools)
        }),
      ),
    )
}

/** The giveaway is drawn and the round of guesses completed, each by three at once. */
async function decide(town: Town): Promise<void> {
  const of = { guildId: town.id, id: 1 }
  const say = speak('en')
  await Promise.allSettled(
    times(3, () => transaction(sql, (db) => beginDraw(say, db, of, { source: 'dashboard' }, tools))),
  )
  const [frozen] = await sql<{ round: number }[]>`
    select round::float8 as round from giveaways where discord_server_id = ${town.id} and id = 1`
  if (frozen?.round != null) {
    await storeRound(sql, { chain: drand.chain.hash, ...drand.beaconOf(frozen.round) })
    const job = { guildId: town.id, kind: 'giveaways.draw', ref: '1', payload: {}, dueAt: new Date(), attempts: 0 }
    await Promise.all(times(3, () => transaction(sql, (db) => onDraw([job], db, tools))))
  }
  const round = await roundOf(sql, { guildId: town.id })
  if (round === undefined) throw new Error('there is no round')
  const act = { guildId: town.id, by: none, ref: 'end' }
  await Promise.allSettled(times(3, () => transaction(sql, (db) => close(db, say, act, round.id, tools))))
  await Promise.allSettled(
    times(3, async () => {
      const now = await roundOf(sql, { guildId: town.id, id: round.id })
      if (now !== undefined)
        await transaction(sql, (db) => complete(db, say, act, { round: now, result: 1_200 }, tools))
    }),
  )
}

/** What was said to be done, beside what stands in the tables. */
async function compared(town: Town): Promise<Readonly<Record<string, readonly [said: unknown, is: unknown]>>> {
  const { id, known } = town
  const [is] = await sql<
    {
      sales: number
      mugs: number
      stock: number
      refunds: number[]
      points: Record<string, number> | null
      tickets: Record<string, number> | null
      taken: Record<string, number> | null
      gifts: number
      wagers: number
      watched: { tickets: number; minutes: number }[] | null
    }[]
  >`
    select (select count(*)::int from point_sales where discord_server_id = ${id}) as sales,
           (select count(*)::int from point_sales where discord_server_id = ${id} and item_id = 1) as mugs,
           (select stock_left from point_shop_items where discord_server_id = ${id} and id = 1) as stock,
           (select coalesce(array_agg(id order by id), '{}') from point_sales where discord_server_id = ${id} and status = 'refunded') as refunds,
           (select json_object_agg(source_ref, delta) from point_ledger
             where discord_server_id = ${id} and source_ref like 'points:%') as points,
           (select json_object_agg(source_ref, delta) from ticket_ledger
             where discord_server_id = ${id} and source_ref like 'bonus:%') as tickets,
           (select json_object_agg(ref, tickets)
              from (select regexp_replace(source_ref, ':[a-z_]+$', '') as ref, -sum(delta)::int as tickets from ticket_ledger
                     where discord_server_id = ${id} and source = 'removal' and source_ref like 'take:%' group by 1) r) as taken,
           (select coalesce(sum(delta), 0)::int from ticket_ledger where discord_server_id = ${id} and source = 'gifted_sub') as gifts,
           (select coalesce(sum(delta), 0)::int from ticket_ledger where discord_server_id = ${id} and source = 'wager') as wagers,
           (select json_agg(json_build_object('tickets', w.tickets, 'minutes', w.minutes) order by w.username)
              from (select p.username, coalesce((select sum(t.delta) from ticket_ledger t
                                where t.discord_server_id = ${id} and t.kick_username = p.username and t.source = 'watchtime'), 0)::int as tickets,
                           sum(bit_count(p.paid::bit(64)))::int as minutes
                      from presence p where p.discord_server_id = ${id} group by p.username) w) as watched`
  if (is === undefined) throw new Error('a row was expected')
  const gifts = [...known.gifts.values()].reduce((sum, { count }) => sum + 15 * count, 0)
  const wagers = [...known.cents].reduce(
    (sum, [name, cents]) => sum + Number(((cents - (known.first.get(name) ?? 0n)) * 20n) / 100_000n),
    0,
  )
  const numbers = (map: ReadonlyMap<string, bigint | number>) =>
    Object.fromEntries([...map].map(([key, value]) => [key, Number(value)]))
  return {
    'each confirmed sale is one': [Math.max(0, ...known.sales.values()), 1],
    sales: [[...known.sales.values()].reduce((a, b) => a + b, 0), is.sales],
    refunds: [[...known.refunds.keys()].sort((a, b) => a - b), is.refunds],
    mugs: [known.put + known.back - is.mugs, is.stock],
    points: [numbers(known.points), is.points ?? {}],
    tickets: [numbers(known.tickets), is.tickets ?? {}],
    taken: [numbers(known.taken), is.taken ?? {}],
    gifts: [gifts, is.gifts],
    wagers: [wagers, is.wagers],
    watched: [
      (is.watched ?? []).map(({ minutes }) => 10 * Math.floor(minutes / 60)),
      (is.watched ?? []).map(({ tickets }) => tickets),
    ],
  }
}

/** What erasing a person takes away, or a raffle that has ended no longer gives. */
const goneWithPeople: ReadonlySet<string> = new Set([
  'each confirmed sale is one', // nobody knows of a sale that was erased: the same offer is another one
  'sales',
  'refunds',
  'mugs',
  'points',
  'tickets',
  'taken',
  'gifts',
  'wagers',
  'watched',
])

describe('whatever happens at once', () => {
  it.each([11, 12, 13])(
    'nobody owes anything, nothing is sold, given or taken twice, and nothing is lost (seed %i)',
    async (seed) => {
      const [steady, restless] = await Promise.all([
        aTown(sql, tools, { isRestless: false }),
        aTown(sql, tools, { isRestless: true }),
      ])
      await transaction(sql, (db) => handleEvents(features, [steady, restless].flatMap(openingOf), db, tools))
      let isOver = false
      const wagering = (async () => {
        const dice = diceOf(seed)
        while (!isOver) for (const town of [steady, restless]) await wager(town, dice)
      })()
      const failures = await Promise.all([live(steady, seed), live(restless, seed + 1_000)]).finally(() => {
        isOver = true
      })
      await wagering
      expect(failures.flat(), `seed ${seed}`).toEqual([])
      for (const town of [steady, restless]) {
        await comeToRest(town)
        await decide(town)
        expect(await broken(sql, town), `seed ${seed}, ${town.isRestless ? 'restless' : 'steady'}`).toEqual({})
        for (const [what, [said, is]] of Object.entries(await compared(town)))
          if (!town.isRestless || !goneWithPeople.has(what))
            expect(is, `seed ${seed}, ${town.isRestless ? 'restless' : 'steady'}: ${what}`).toEqual(said)
        for (const what of [
          'buy',
          'refund',
          'points',
          'award',
          'take',
          'gift',
          'chat',
          'rename',
          'unlink',
          'force',
          'pick',
        ])
          expect(town.known.seen.get(what) ?? 0, `seed ${seed}: ${what}`).toBeGreaterThan(0)
      }
      const watched = (await compared(steady)).watched?.[1]
      expect(Array.isArray(watched) && watched.some((tickets) => tickets > 0), 'somebody watched for an hour').toBe(
        true,
      )
      expect(restless.known.seen.get('rollover') ?? 0).toBeGreaterThan(2)
      expect(restless.known.seen.get('erase') ?? 0).toBeGreaterThan(0)
    },
    60_000,
  )
})
