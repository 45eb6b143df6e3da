import { describe, expect, it } from 'vitest'
import { createDrand, roundAt, timeOfRound } from '../../cluster/runtime/drand.ts'
import { createLog } from '../../cluster/runtime/log.ts'
import { createRandomness } from '../../shard/dispatch/randomness.ts'
import { claimRounds, knownRounds, storeRound, wantRounds } from '../../sql/queries/randomness.ts'
import { DrandStandIn } from '../standins/drand/index.ts'
import { onCleanUp } from '../support/cleanup.ts'
import { createDatabase } from '../support/database.ts'
import { until } from '../support/wait.ts'

const { sql } = await createDatabase()
const log = createLog({ process: 'test', level: 'silent' })

/** Two processes that fetch, from a network of their own. */
async function aNetwork(seed: string): Promise<DrandStandIn> {
  const network = new DrandStandIn({ seed })
  await network.start()
  onCleanUp(() => network.stop())
  const drand = createDrand({ urls: [network.url], chain: network.chain })
  const services = [1, 2].map(() => createRandomness({ sql, drand, log }))
  for (const service of services) await service.start()
  onCleanUp(async () => void (await Promise.all(services.map((service) => service.stop()))))
  return network
}

const want = (network: DrandStandIn, rounds: readonly number[]) =>
  wantRounds(
    sql,
    rounds.map((round) => ({
      chain: network.chain.hash,
      round,
      dueAt: new Date(timeOfRound(network.chain, round)),
    })),
  )
const known = (network: DrandStandIn, rounds: readonly number[]) =>
  knownRounds(sql, { chains: rounds.map(() => network.chain.hash), rounds: [...rounds] })

describe('a round of public randomness', () => {
  it('is fetched once for all who wait for it, and not before it has come', async () => {
    const network = await aNetwork('once')
    const past = roundAt(network.chain, Date.now()) - 5
    const soon = roundAt(network.chain, Date.now() + 1_500)
    const later = past + 1_000
    await Promise.all([1, 2, 3].map(() => want(network, [past, soon, later])))
    await until(async () => (await known(network, [past, soon, later])).length === 2, { what: 'two rounds to come' })
    const rounds = await known(network, [past, soon, later])
    expect(rounds.toSorted((a, b) => a.round - b.round)).toEqual(
      [past, soon].map((round) => ({ chain: network.chain.hash, ...network.beaconOf(round) })),
    )
    expect(network.served.filter(({ status }) => status === 200)).toHaveLength(2)
    expect(network.served.filter(({ path }) => path.endsWith(`/${later}`))).toEqual([])
  })

  it('is asked for again, ever more slowly, when it is not to be had, and what does not hold is not kept', async () => {
    const network = await aNetwork('away')
    network.fault = 'forged'
    const round = roundAt(network.chain, Date.now()) - 5
    await want(network, [round])
    await until(() => network.served.length === 3, { what: 'three attempts' })
    expect(await known(network, [round])).toEqual([])
    const [row] = await sql<{ attempts: number; seconds: number }[]>`
      select attempts, extract(epoch from next_try_at - now())::float8 as seconds
        from randomness_round
       where chain = ${network.chain.hash}`
    expect(row?.attempts).toBe(1)
    expect(row?.seconds).toBeGreaterThan(5)
    network.fault = undefined
    await sql`update randomness_round set next_try_at = now() where chain = ${network.chain.hash}`
    await until(async () => (await known(network, [round])).length === 1, { what: 'the round' })
  })

  it('stays what it was first, and is given up after a week', async () => {
    const chain = 'nobody asks for this one'
    const dueAt = new Date(Date.now() - 8 * 86_400_000)
    await wantRounds(sql, [{ chain, round: 7, dueAt }])
    expect(await claimRounds(sql, { chain, limit: 5 })).toEqual([])
    await storeRound(sql, { chain, round: 7, randomness: 'a'.repeat(64), signature: 'ab' })
    await storeRound(sql, { chain, round: 7, randomness: 'b'.repeat(64), signature: 'cd' })
    expect(await knownRounds(sql, { chains: [chain], rounds: [7] })).toEqual([
      { chain, round: 7, randomness: 'a'.repeat(64), signature: 'ab' },
    ])
  })
})
