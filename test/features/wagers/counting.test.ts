import { beforeAll, describe, expect, it } from 'vitest'
import type { WagerRow } from '../../../cluster/runtime/affiliate.ts'
import { type GuildId, kickUserId, userId, username } from '../../../cluster/runtime/ids.ts'
import type { Tools } from '../../../shard/features/feature.ts'
import { wagers } from '../../../shard/features/wagers/index.ts'
import { dollarsOf, failuresToOpen, nextPollSeconds } from '../../../shard/features/wagers/rules.ts'
import { type Sql, transaction } from '../../../sql/client.ts'
import { insertLink } from '../../../sql/queries/links.ts'
import { unexplainedTickets } from '../../../sql/queries/tickets.ts'
import { owedWagers } from '../../../sql/queries/wagers.ts'
import { aGuildId, times, toolsFor } from '../../support/builders.ts'
import { createDatabase } from '../../support/database.ts'
import { answer, bind, claimOne, row } from '../../support/wagers.ts'

let sql: Sql
let tools: Tools
beforeAll(async () => {
  sql = (await createDatabase({ max: 12 })).sql
  tools = toolsFor(sql)
})

let made = 0
const aCampaign = () => `campaign-${++made}`

/** A guild with an open raffle that began so many minutes ago, in which these accounts are proved by members who have linked Kick. */
async function aRaffle(
  p: { readonly linked?: readonly string[]; readonly rate?: string; readonly minutesAgo?: number } = {},
): Promise<GuildId> {
  const id = aGuildId()
  await open(id, p.minutesAgo ?? 60)
  if (p.rate !== undefined) await setRate(id, p.rate)
  for (const [i, account] of (p.linked ?? []).entries()) await prove(id, account, i + 1)
  return id
}
const open = (id: GuildId, minutesAgo: number, number = 1) => sql`
  insert into raffle_periods (discord_server_id, period_number, status, starts_at, ends_at, time_zone, commitment, opened_at)
  values (${id}, ${number}, 'active', now() - ${minutesAgo} * interval '1 minute', now() + interval '1 day', 'UTC', 'c', now())`
const setRate = (id: GuildId, rate: string) => sql`
  insert into bot_settings (discord_server_id, key, value) values (${id}, 'raffle_tickets_per_1000', ${rate})
  on conflict (discord_server_id, key) do update set value = excluded.value`
/** On Kick the member goes by the account's name with `k_` before it. */
async function prove(id: GuildId, account: string, member: number, platform = 'shuffle') {
  await insertLink(sql, {
    guildId: id,
    userId: userId(String(member)),
    kickUserId: kickUserId(member),
    kickName: username(`k_${account}`),
  })
  await sql`
    insert into raffle_shuffle_links (discord_server_id, platform, discord_id, shuffle_username, display_name, verified, verified_at)
    values (${id}, ${platform}, ${member}, ${account}, ${account}, true, now())`
}

const ticketsIn = async (id: GuildId): Promise<Record<string, number>> =>
  Object.fromEntries(
    (
      await sql<{ name: string; tickets: number }[]>`
        select kick_username as name, sum(wager_tickets)::float8 as tickets from raffle_tickets
         where discord_server_id = ${id} group by kick_username order by kick_username`
    ).map(({ name, tickets }) => [name, tickets]),
  )
/** What was counted of an account in the raffle that is open: cents, and what they are worth. */
const countedOf = async (id: GuildId, account: string, period = 1) => {
  const [found] = await sql<{ cents: number; total: number; remainder: number }[]>`
    select period_cents::float8 as cents, tickets_total::float8 as total, remainder from raffle_shuffle_wagers
     where discord_server_id = ${id} and shuffle_username = ${account} and period_number = ${period}`
  return found && [found.cents, found.total, found.remainder]
}

/** The platform says this, and it is counted. */
async function say(campaignId: string, ...rows: readonly WagerRow[]): Promise<string> {
  return answer(tools, await claimOne(sql, campaignId), rows)
}

/** A small generator, so that a failure can be repeated. */
function chances(seed: number) {
  let state = seed
  return (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * below)
  }
}

describe('growth', () => {
  it.each([1, 2, 3, 4, 5, 6])(
    'gives the same tickets however it is cut into answers, also where the rate changes in between (%i)',
    async (seed) => {
      const chance = chances(seed * 7_919)
      const [often, seldom] = [await aRaffle({ linked: ['bob'] }), await aRaffle({ linked: ['bob'] })]
      const [fine, coarse] = [aCampaign(), aCampaign()]
      await bind(sql, { campaignId: fine, guildIds: [often] })
      await bind(sql, { campaignId: coarse, guildIds: [seldom] })
      let total = BigInt(chance(1_000_000))
      for (const campaign of [fine, coarse]) await say(campaign, row('Bob', total))
      let worth = 0n
      for (let segment = 0; segment < 4; segment += 1) {
        const rate = [20, 7, 0, 333][(segment + seed) % 4] ?? 20
        for (const id of [often, seldom]) await setRate(id, String(rate))
        for (let step = 0; step < 8; step += 1) {
          const grown = BigInt(chance([3, 700, 60_000][step % 3] ?? 1))
          total += grown
          worth += grown * BigInt(rate)
          await say(fine, row('Bob', total))
          if (chance(3) === 0) await say(coarse, row('Bob', total))
        }
        await say(coarse, row('Bob', total)) // before the rate changes
      }
      const tickets = { k_bob: Number(worth / 100_000n) }
      expect([await ticketsIn(often), await ticketsIn(seldom)]).toEqual([tickets, tickets])
      expect((await countedOf(often, 'bob'))?.slice(1)).toEqual([tickets.k_bob, Number(worth % 100_000n)])
      expect(await countedOf(often, 'bob')).toEqual(await countedOf(seldom, 'bob'))
      for (const guildId of [often, seldom])
        expect(await unexplainedTickets(sql, { guildId, periodNumber: 1, limit: 9 })).toEqual([])
    },
  )

  it.each([11, 12, 13])(
    'of a total that falls and comes back counts every stretch once, whatever it does in between (%i)',
    async (seed) => {
      const chance = chances(seed * 104_729)
      const id = await aRaffle({ linked: ['bob'], rate: '1000' })
      const campaign = aCampaign()
      await bind(sql, { campaignId: campaign, guildIds: [id] })
      const first = BigInt(chance(50_000))
      await say(campaign, row('Bob', first))
      let [before, highest] = [first, first]
      for (let step = 0; step < 25; step += 1) {
        before = chance(4) === 0 ? before / BigInt(2 + chance(5)) : before + BigInt(chance(9_999))
        if (before > highest) highest = before
        await say(campaign, row('Bob', before))
      }
      const grown = highest - first
      expect(await countedOf(id, 'bob')).toEqual([Number(grown), Number(grown / 100n), Number((grown % 100n) * 1_000n)])
      expect(await ticketsIn(id)).toEqual({ k_bob: Number(grown / 100n) })
    },
  )

  /** As if the last fall had been so long ago. */
  const fellAgo = (id: GuildId, hours: number) => sql`
    update shuffle_wager_totals set fell_at = now() - make_interval(hours => ${hours})
     where discord_server_id = ${id} and fell_at is not null`

  it('begins anew at its lowest where a total stays fallen for a day, and nothing in between is lost', async () => {
    const id = await aRaffle({ linked: ['bob'], minutesAgo: 10_000 })
    const campaign = aCampaign()
    await bind(sql, { campaignId: campaign, guildIds: [id] })
    for (const cents of [900_000n, 905_000n, 1_000n, 500n, 8_000n]) await say(campaign, row('Bob', cents))
    await fellAgo(id, 23)
    await say(campaign, row('Bob', 9_000n))
    expect(await countedOf(id, 'bob')).toEqual([5_000, 1, 0])
    await fellAgo(id, 25)
    await say(campaign, row('Bob', 10_500n)) // 10,000 above its lowest
    expect(await countedOf(id, 'bob')).toEqual([15_000, 3, 0])
    await say(campaign, row('Bob', 15_500n))
    expect(await ticketsIn(id)).toEqual({ k_bob: 4 })
    // It is not held to what it was before the fall any more, nor paid for it when it is there once more.
    await say(campaign, row('Bob', 905_000n))
    expect((await countedOf(id, 'bob'))?.[0]).toBe(5_000 + 905_000 - 500)
  })

  it('that a fall from before the raffle has held back is not its', async () => {
    const id = await aRaffle({ linked: ['bob'], minutesAgo: 60 })
    const campaign = aCampaign()
    await bind(sql, { campaignId: campaign, guildIds: [id] })
    for (const cents of [900_000n, 1_000n, 50_000n]) await say(campaign, row('Bob', cents))
    await fellAgo(id, 25)
    await say(campaign, row('Bob', 60_000n))
    expect(await ticketsIn(id)).toEqual({})
    await say(campaign, row('Bob', 65_000n))
    expect(await countedOf(id, 'bob')).toEqual([5_000, 1, 0])
  })

  it('is exact for more money than anybody has', async () => {
    const id = await aRaffle({ linked: ['bob'], rate: '10000' })
    const campaign = aCampaign()
    await bind(sql, { campaignId: campaign, guildIds: [id] })
    await say(campaign, row('Bob', 1n))
    await say(campaign, row('Bob', 10_000_000_000n))
    expect(await countedOf(id, 'bob')).toEqual([9_999_999_999, 999_999_999, 90_000])
    expect(await ticketsIn(id)).toEqual({ k_bob: 999_999_999 })
    // More than one entry of the ledger holds is given in several.
    await say(campaign, row('Bob', 40_000_000_000n))
    await say(campaign, row('Bob', 40_000_000_000n))
    await say(campaign, row('Bob', 40_000_000_000n))
    expect((await ticketsIn(id)).k_bob).toBe(3_999_999_999)
  })

  it('of a window that has ended counts in the next one from zero, without what went on in between being lost', async () => {
    const id = await aRaffle({ linked: ['77'] })
    const campaign = aCampaign()
    await bind(sql, { campaignId: campaign, guildIds: [id], platform: 'howl' })
    await sql`update raffle_shuffle_links set platform = 'howl' where discord_server_id = ${id}`
    const month = async (window: string, cents: bigint) =>
      answer(tools, await claimOne(sql, campaign), [row('77', cents)], { window })
    await month('2026-05', 900_000n)
    await month('2026-05', 905_000n)
    await month('2026-06', 5_000n) // below what it was, and all of it new
    await month('2026-06', 6_000n)
    await month('2026-07', 7_000n)
    expect((await countedOf(id, '77'))?.[0]).toBe(5_000 + 5_000 + 1_000 + 7_000)
  })
})

describe('an account', () => {
  it('begins at what it is when it is seen first, and in a raffle at what it was when that began', async () => {
    const id = await aRaffle({ linked: ['bob', 'late'] })
    const campaign = aCampaign()
    await bind(sql, { campaignId: campaign, guildIds: [id] })
    await say(campaign, row('Bob', 5_000_000n))
    await say(campaign, row('Bob', 5_000_000n), row('Late', 9_000_000n))
    await say(campaign, row('Bob', 5_010_000n), row('Late', 9_020_000n))
    expect(await ticketsIn(id)).toEqual({ k_bob: 2, k_late: 4 })
    // The next raffle knows nothing of that, and what has grown since the last answer, a moment before it began, is its.
    await sql`update raffle_periods set status = 'archived', commitment = null where discord_server_id = ${id}`
    await open(id, 1, 2)
    await say(campaign, row('Bob', 5_020_000n), row('Late', 9_020_000n))
    expect(await countedOf(id, 'bob', 2)).toEqual([10_000, 2, 0])
    expect(await countedOf(id, 'bob', 1)).toEqual([10_000, 2, 0])
  })

  it('does not bring what grew while nobody asked, long before the raffle began', async () => {
    const id = await aRaffle({ linked: ['bob'], minutesAgo: 10 })
    const campaign = aCampaign()
    await bind(sql, { campaignId: campaign, guildIds: [id] })
    await say(campaign, row('Bob', 1_000_000n))
    await sql`update wager_source set polled_at = now() - interval '2 hours' where discord_server_id = ${id}`
    await say(campaign, row('Bob', 2_000_000n))
    expect(await ticketsIn(id)).toEqual({})
    await say(campaign, row('Bob', 2_005_000n))
    expect(await ticketsIn(id)).toEqual({ k_bob: 1 })
  })

  it('brings what grew while nobody could ask, in the middle of the raffle', async () => {
    const id = await aRaffle({ linked: ['bob'], minutesAgo: 10_000 })
    const campaign = aCampaign()
    await bind(sql, { campaignId: campaign, guildIds: [id] })
    await say(campaign, row('Bob', 1_000_000n))
    await sql`update wager_source set polled_at = now() - interval '2 days' where discord_server_id = ${id}`
    await say(campaign, row('Bob', 1_100_000n))
    expect(await ticketsIn(id)).toEqual({ k_bob: 20 })
  })

  it('that comes to another campaign, or by other codes, begins anew there', async () => {
    const id = await aRaffle({ linked: ['bob'] })
    const [one, two] = [aCampaign(), aCampaign()]
    await bind(sql, { campaignId: one, guildIds: [id] })
    await say(one, row('Bob', 1_000_000n))
    await say(one, row('Bob', 1_005_000n))
    await sql`delete from wager_source where discord_server_id = ${id}`
    await bind(sql, { campaignId: two, guildIds: [id] })
    await say(two, row('Bob', 9_000_000n))
    await say(two, row('Bob', 9_005_000n))
    expect(await ticketsIn(id)).toEqual({ k_bob: 2 })
  })

  it('counts by the codes that the guild has chosen, and is one when it comes by several', async () => {
    const [some, all] = [await aRaffle({ linked: ['bob'] }), await aRaffle({ linked: ['bob'] })]
    const campaign = aCampaign()
    await bind(sql, { campaignId: campaign, guildIds: [some], codes: ['mine', 'also'] })
    await bind(sql, { campaignId: campaign, guildIds: [all] })
    const told = (mine: bigint, also: bigint, theirs: bigint) =>
      say(campaign, row('Bob', mine, 'mine'), row('BOB', also, 'also'), row('bob', theirs, 'theirs'))
    await told(0n, 0n, 0n)
    await told(5_000n, 5_000n, 5_000n)
    expect([await ticketsIn(some), await ticketsIn(all)]).toEqual([{ k_bob: 2 }, { k_bob: 3 }])
  })

  it('is the same in two guilds that ask the same, and each gives what is its own', async () => {
    const [one, two] = [await aRaffle({ linked: ['bob', 'ann'] }), await aRaffle({ linked: ['bob'], rate: '200' })]
    const campaign = aCampaign()
    await bind(sql, { campaignId: campaign, guildIds: [one, two] })
    await say(campaign, row('Bob', 0n), row('Ann', 0n))
    await say(campaign, row('Bob', 10_000n), row('Ann', 10_000n))
    expect(await ticketsIn(one)).toEqual({ k_ann: 2, k_bob: 2 })
    expect(await ticketsIn(two)).toEqual({ k_bob: 20 })
  })
})

describe('an answer', () => {
  it('that was not counted to its end is as if it had not come', async () => {
    const id = await aRaffle({ linked: ['bob'] })
    const campaign = aCampaign()
    await bind(sql, { campaignId: campaign, guildIds: [id] })
    await say(campaign, row('Bob', 0n))
    const claimed = await claimOne(sql, campaign)
    const crash = transaction(sql, async (db) => {
      const report = { kind: 'report', window: '', asOf: null, etag: null, lastModified: null, skipped: 0 } as const
      await wagers.onAnswer(claimed, { ...report, rows: [row('Bob', 5_000n)] }, db, tools)
      throw new Error('the process is killed')
    })
    await expect(crash).rejects.toThrow('killed')
    expect(await ticketsIn(id)).toEqual({})
    await say(campaign, row('Bob', 7_500n))
    expect(await countedOf(id, 'bob')).toEqual([7_500, 1, 50_000])
  })

  it('counts once, though two have asked, and not at all when the other one has asked later', async () => {
    const id = await aRaffle({ linked: ['bob'] })
    const campaign = aCampaign()
    await bind(sql, { campaignId: campaign, guildIds: [id] })
    await say(campaign, row('Bob', 0n))
    const slow = await claimOne(sql, campaign)
    const quick = await claimOne(sql, campaign)
    expect(await answer(tools, quick, [row('Bob', 10_000n)])).toBe('recorded')
    expect(await answer(tools, slow, [row('Bob', 5_000n)])).toBe('lost')
    expect(await say(campaign, row('Bob', 10_000n))).toBe('recorded')
    expect(await countedOf(id, 'bob')).toEqual([10_000, 2, 0])
    const last = await claimOne(sql, campaign)
    const outcomes = await Promise.all(times(4, () => answer(tools, last, [row('Bob', 15_000n)])))
    expect(outcomes).toContain('recorded')
    expect(await ticketsIn(id)).toEqual({ k_bob: 3 })
  })

  it('that a cache has kept since before the last one is passed over', async () => {
    const id = await aRaffle({ linked: ['bob'] })
    const campaign = aCampaign()
    await bind(sql, { campaignId: campaign, guildIds: [id] })
    const at = (minutes: number) => ({ asOf: new Date(Date.now() + minutes * 60_000) })
    const told = async (minutes: number, cents: bigint) =>
      answer(tools, await claimOne(sql, campaign), [row('Bob', cents)], at(minutes))
    await told(-30, 0n)
    await told(-20, 10_000n)
    expect(await told(-25, 5_000n)).toBe('stale')
    expect(await told(-10, 10_000n)).toBe('recorded')
    expect(await countedOf(id, 'bob')).toEqual([10_000, 2, 0])
  })

  it('about thousands of accounts is counted in a moment', async () => {
    const id = await aRaffle({ linked: ['u1', 'u4999'] })
    const campaign = aCampaign()
    await bind(sql, { campaignId: campaign, guildIds: [id, await aRaffle(), await aRaffle()] })
    await say(campaign, ...times(5_000, (i) => row(`u${i}`, 0n)))
    const startedAt = performance.now()
    await say(campaign, ...times(5_000, (i) => row(`u${i}`, 5_000n)))
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    expect(await ticketsIn(id)).toEqual({ k_u1: 1, k_u4999: 1 })
  })
})

describe('whoever has no link', () => {
  it('is owed nothing, until both links are there, and then all of the raffle, once', async () => {
    const id = await aRaffle()
    const campaign = aCampaign()
    await bind(sql, { campaignId: campaign, guildIds: [id] })
    await say(campaign, row('Bob', 0n))
    await say(campaign, row('Bob', 12_000n))
    expect(await ticketsIn(id)).toEqual({})
    await prove(id, 'bob', 5)
    await sql`delete from links where discord_server_id = ${id}`
    await say(campaign, row('Bob', 12_000n))
    expect(await ticketsIn(id)).toEqual({})
    await insertLink(sql, { guildId: id, userId: userId('5'), kickUserId: kickUserId(5), kickName: username('k_bob') })
    await say(campaign, row('Bob', 12_000n)) // nothing has grown: links are looked at all the same
    await say(campaign, row('Bob', 12_000n))
    expect(await ticketsIn(id)).toEqual({ k_bob: 2 })
    expect(await owedWagers(sql, { guildIds: [id], mostTickets: 9 })).toEqual([])
  })

  it('has nothing of a raffle that is over', async () => {
    const id = await aRaffle()
    const campaign = aCampaign()
    await bind(sql, { campaignId: campaign, guildIds: [id] })
    await say(campaign, row('Bob', 0n))
    await say(campaign, row('Bob', 12_000n))
    await sql`
      update raffle_periods set status = 'closed', list_hash = 'h', closed_at = now(), ends_at = now() where discord_server_id = ${id}`
    await prove(id, 'bob', 5)
    await say(campaign, row('Bob', 24_000n))
    expect(await ticketsIn(id)).toEqual({})
    expect(await countedOf(id, 'bob')).toEqual([12_000, 2, 40_000])
  })
})

describe('the time of the next question', () => {
  const seconds = (failures: number, retryAfterMs: number | null = null, chance = 0.5) =>
    Math.round(nextPollSeconds({ failures, retryAfterMs, chance }))

  it('is five minutes away, later after failures, and seldom when nothing helps', () => {
    expect([0, 1, 2, 3, 4].map((failures) => seconds(failures))).toEqual([300, 600, 1_200, 2_400, 4_800])
    expect([0, 1, 2, 3, 20].map((more) => seconds(failuresToOpen + more))).toEqual([
      3_600, 7_200, 14_400, 21_600, 21_600,
    ])
    expect([seconds(0, null, 0), seconds(0, null, 1)]).toEqual([240, 360])
  })

  it('is not before the platform wants it', () => {
    expect(seconds(1, 3_600_000)).toBe(3_600)
    expect(seconds(1, 1_000)).toBe(600)
  })
})

describe('money', () => {
  it('is written from cents without a float', () => {
    expect(['0', '5', '12', '1234', '9007199254740993'].map(dollarsOf)).toEqual([
      '0.00',
      '0.05',
      '0.12',
      '12.34',
      '90071992547409.93',
    ])
  })
})
