import { beforeEach, describe, expect, it } from 'vitest'
import { createDrand, DrandError, isGenuine, quicknet, roundAt, timeOfRound } from '../../cluster/runtime/drand.ts'
import { DrandStandIn } from '../standins/drand/index.ts'
import { onCleanUp } from '../support/cleanup.ts'

/** Published by the League of Entropy. */
const published = [
  {
    round: 1000,
    randomness: 'fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd',
    signature: 'b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39',
  },
  {
    round: 657_413,
    randomness: 'fc1873a13f3545aeade8401532ef5519920652eee6b0d2b19ca12643b87b3587',
    signature: 'b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b',
  },
]

describe('a beacon', () => {
  it.each(published)('of quicknet is known by its signature: round $round', (beacon) => {
    expect(isGenuine(beacon, quicknet)).toBe(true)
    expect(isGenuine({ ...beacon, round: beacon.round + 1 }, quicknet)).toBe(false)
    expect(isGenuine({ ...beacon, randomness: beacon.randomness.replace(/^./, '0') }, quicknet)).toBe(false)
    expect(isGenuine(beacon, new DrandStandIn().chain)).toBe(false)
  })

  it('that is no point of the curve holds for nothing', () => {
    const [first] = published
    const signature = 'ff'.repeat(48)
    expect(isGenuine({ ...first, round: 1000, signature, randomness: 'unknown' }, quicknet)).toBe(false)
  })

  it('has a time', () => {
    expect(timeOfRound(quicknet, 1)).toBe(Date.parse('2023-08-23T15:09:27Z'))
    const at = Date.parse('2026-04-20T00:00:00Z')
    const round = roundAt(quicknet, at)
    expect(timeOfRound(quicknet, round)).toBe(at)
    expect(roundAt(quicknet, at + 1)).toBe(round + 1)
    expect(roundAt(quicknet, at - 2_999)).toBe(round)
    expect(roundAt(quicknet, 0)).toBe(1)
  })
})

describe('a mirror', () => {
  const good = new DrandStandIn()
  const bad = new DrandStandIn()
  let round = 0
  beforeEach(async () => {
    bad.fault = undefined
    round = roundAt(good.chain, Date.now()) - 10
  })

  it('is asked for one round of one chain, and believed when the signature holds', async () => {
    for (const standIn of [good, bad]) {
      await standIn.start()
      onCleanUp(() => standIn.stop())
    }
    const drand = createDrand({ urls: [good.url], chain: good.chain })
    expect(await drand.fetchRound(round)).toEqual(good.beaconOf(round))
    expect(good.served).toEqual([{ path: `/${good.chain.hash}/public/${round}`, status: 200 }])
  })

  it('does not know the future, nor another chain', async () => {
    const drand = createDrand({ urls: [good.url], chain: good.chain })
    await expect(drand.fetchRound(round + 1_000)).rejects.toThrow('answer 425')
    await expect(createDrand({ urls: [good.url], chain: quicknet }).fetchRound(1000)).rejects.toThrow('answer 404')
  })

  it.each(['down', 'forged', 'other_round', 'wrong_randomness', 'page', 'endless', 'redirect'] as const)(
    'that is %s is not believed, and another one is',
    async (fault) => {
      bad.fault = fault
      await expect(createDrand({ urls: [bad.url], chain: bad.chain }).fetchRound(round)).rejects.toThrow(DrandError)
      const drand = createDrand({ urls: [bad.url, good.url], chain: good.chain })
      expect(await drand.fetchRound(round)).toEqual(good.beaconOf(round))
    },
  )

  it('that hangs keeps nobody waiting for longer than four seconds', async () => {
    bad.fault = 'hang'
    const startedAt = performance.now()
    await expect(createDrand({ urls: [bad.url], chain: bad.chain }).fetchRound(round)).rejects.toThrow(DrandError)
    expect(performance.now() - startedAt).toBeLessThan(6_000)
  })
})
