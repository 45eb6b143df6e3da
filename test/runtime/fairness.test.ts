import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  canonicalList,
  clientSeedOf,
  commitmentOf,
  diceOf,
  drawWinners,
  type Entrant,
  entryIdOf,
  inOrder,
  listHashOf,
  newSeed,
  type Proof,
  randomnessOf,
  turnChain,
  v1HashOf,
  v1HundredthsOf,
  v1IndexOf,
  v1TicketOf,
  verify,
} from '../../cluster/runtime/fairness.ts'
import { projectFile } from '../../sql/migrate.ts'

const seed = 'a'.repeat(64)
const sha = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex')

describe('a seed', () => {
  it('is 32 random bytes in hexadecimal, committed to by the hash of its digits', async () => {
    expect(newSeed()).toMatch(/^[0-9a-f]{64}$/)
    expect(newSeed()).not.toBe(newSeed())
    expect(await commitmentOf(seed)).toBe('ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb')
    expect(() => commitmentOf('A'.repeat(64))).toThrow('64 lower-case')
  })

  it('in a chain is revealed when the next one is committed to', async () => {
    const first = await turnChain(undefined)
    const second = await turnChain(first.seed)
    expect(first.revealed).toBeUndefined()
    expect(sha(second.revealed ?? '')).toBe(first.commitment)
    expect(second.commitment).not.toBe(first.commitment)
  })
})

describe('the scheme of the bot before', () => {
  it.each([
    ['42:1000:7', '42', 1000, 'fd7b4777c9a9a9f4e08c658bab7e260614bab0352fd0e8a0239e006abfd95822', 325n],
    ['42:3:2', '42', 3, 'af15dd898a62d952a42d55554797fd8a50540c5ed97ac5da5503f2d02ce8746f', 1n],
  ])('draws ticket of %s', async (clientSeed, nonce, total, hash, ticket) => {
    expect(await v1HashOf({ seed, clientSeed, nonce })).toBe(hash)
    expect(v1TicketOf(hash, total)).toBe(ticket)
  })

  it('picks from a queue and pays a reward', async () => {
    const pick = await v1HashOf({ seed, clientSeed: 'slot_picker:123:20:77:random_pick', nonce: '77' })
    expect(pick).toMatch(/^c7ff4ae1.*65a1ecf5dbd7$/)
    expect([v1HundredthsOf(pick), v1IndexOf(pick, 20)]).toEqual([6833, 13])
    const reward = await v1HashOf({ seed, clientSeed: 'viewer1:55:Some Slot', nonce: '55' })
    expect(reward).toMatch(/^05313c7c.*7d11d2a7$/)
    expect(v1HundredthsOf(reward)).toBe(2828)
  })
})

describe('a list', () => {
  const list: readonly Entrant[] = [
    { id: 'b', tickets: 2 },
    { id: '10', tickets: 7 },
    { id: '9', tickets: 1 },
    { id: 'B', tickets: 3 },
  ]

  it('is written in one way only, whatever order it came in', async () => {
    expect(canonicalList(list)).toBe('[["10",7],["9",1],["B",3],["b",2]]')
    expect(JSON.parse(canonicalList(list))).toEqual(inOrder(list).map(({ id, tickets }) => [id, tickets]))
    expect(await listHashOf([...list].reverse())).toBe(sha(canonicalList(list)))
    expect(canonicalList([])).toBe('[]')
  })

  it.each([
    ['an id that would need escaping', [{ id: 'a"b', tickets: 1 }]],
    ['no ticket', [{ id: 'a', tickets: 0 }]],
    ['half a ticket', [{ id: 'a', tickets: 1.5 }]],
    [
      'somebody twice',
      [
        { id: 'a', tickets: 1 },
        { id: 'a', tickets: 2 },
      ],
    ],
  ])('is refused with %s', (_, entrants) => {
    expect(() => canonicalList(entrants)).toThrow(TypeError)
  })

  it('names nobody, and yet binds each entry to one person', async () => {
    const salt = '0123456789abcdef0123456789abcdef'
    expect(await entryIdOf(salt, '4711')).toBe(sha(`${salt}:4711`).slice(0, 40))
    expect(await entryIdOf(salt, '4712')).not.toBe(await entryIdOf(salt, '4711'))
  })
})

describe('a roll', () => {
  const clientSeed = clientSeedOf({
    period: 3,
    listHash: sha('[]'),
    entropy: { kind: 'drand', round: 1000, randomness: 'ff' },
  })

  it('is the HMAC that everybody can compute', async () => {
    expect(clientSeed).toBe(`3:${sha('[]')}:1000:ff`)
    const { value, counter, hash } = await (await diceOf(seed))({ clientSeed, nonce: 5, below: 1_000n })
    expect(hash).toBe(createHmac('sha256', seed).update(`${clientSeed}:5:0`).digest('hex'))
    expect([value, counter]).toEqual([BigInt(`0x${hash.slice(0, 16)}`) % 1_000n, 0])
  })

  it('throws away what lies beyond the last whole multiple, and counts it', async () => {
    const below = (1n << 63n) + 1n // nearly half of all results are beyond
    const roll = await diceOf(seed)
    const rolls = await Promise.all(Array.from({ length: 200 }, (_, nonce) => roll({ clientSeed, nonce, below })))
    const rejected = rolls.filter(({ counter }) => counter > 0)
    expect(rejected.length).toBeGreaterThan(70)
    expect(rejected.length).toBeLessThan(130)
    for (const { value, counter, hash } of rolls) {
      expect(value).toBeLessThan(below)
      const nonce = rolls.findIndex((each) => each.hash === hash)
      const tries = Array.from({ length: counter + 1 }, (_, i) =>
        createHmac('sha256', seed).update(`${clientSeed}:${nonce}:${i}`).digest('hex'),
      )
      expect(tries.map((each) => BigInt(`0x${each.slice(0, 16)}`) >= below)).toEqual([
        ...Array(counter).fill(true),
        false,
      ])
    }
  })

  it('for one purpose says nothing about another', async () => {
    const roll = await diceOf(seed)
    const pick = await roll({ clientSeed, nonce: 1, below: 1_000_000n, label: 'pick' })
    const reward = await roll({ clientSeed, nonce: 1, below: 1_000_000n, label: 'reward' })
    expect(pick.hash).toBe(createHmac('sha256', seed).update(`${clientSeed}:pick:1:0`).digest('hex'))
    expect(reward.hash).not.toBe(pick.hash)
  })

  it('refuses to choose from nothing', async () => {
    await expect((await diceOf(seed))({ clientSeed, nonce: 0, below: 0n })).rejects.toThrow(RangeError)
  })
})

const entrants: readonly Entrant[] = Array.from({ length: 40 }, (_, i) => ({
  id: sha(`entrant ${i}`).slice(0, 40),
  tickets: (i % 7) + 1,
}))

/** Of a period with so many winners; the first of them is known by name. */
async function aProof(count: number): Promise<Proof> {
  const signature = 'b0'.repeat(48)
  const entropy = { kind: 'drand', round: 77, randomness: await randomnessOf(signature) } as const
  const opening = { salt: 'salt', person: '4711' }
  const list = [...entrants, { id: await entryIdOf(opening.salt, opening.person), tickets: 100_000 }]
  const listHash = await listHashOf(list)
  const clientSeed = clientSeedOf({ period: 12, listHash, entropy })
  const winners = await drawWinners({ entrants: list, seed, clientSeed, count })
  return {
    scheme: 'v2',
    guild: '1',
    period: 12,
    closedAt: '2026-08-01T00:00:00.000Z',
    commitment: await commitmentOf(seed),
    seed,
    listHash,
    entrants: inOrder(list).map(({ id, tickets }) => [id, tickets] as const),
    entropy: { ...entropy, chain: 'a chain', roundAt: '2026-08-01T00:01:00.000Z', signature },
    draws: winners.map(({ nonce, id, ticket, total, counter, hash }) => ({
      nonce,
      id,
      ticket: String(ticket),
      total: String(total),
      counter,
      hash,
      status: 'valid',
      opening: nonce === 0 ? opening : null,
    })),
  }
}

const broken = async (proof: Proof): Promise<string[]> => [
  ...new Set((await verify(proof)).filter(({ holds }) => !holds).map(({ check }) => check)),
]
const withEntropy = (proof: Proof, change: object): Proof => ({
  ...proof,
  entropy: { ...proof.entropy, ...change } as Proof['entropy'],
})
const withDraws = (proof: Proof, change: object): Proof => ({
  ...proof,
  draws: proof.draws.map((draw) => ({ ...draw, ...change })),
})

describe('winners', () => {
  it('are all decided by one reveal, each drawn from those who are left', async () => {
    const proof = await aProof(41)
    expect(new Set(proof.draws.map(({ id }) => id)).size).toBe(41)
    expect((await aProof(60)).draws).toEqual(proof.draws)
    expect((await aProof(3)).draws).toEqual(proof.draws.slice(0, 3))
    expect((await verify(proof)).map(({ check }) => check)).toEqual(
      expect.arrayContaining(['list', 'seed', 'round', 'randomness', 'winner', 'entry']),
    )
    expect(await broken(proof)).toEqual([])
  })

  it.each<[string, (proof: Proof) => Proof, string[]]>([
    [
      'a ticket more for somebody',
      (p) => ({ ...p, entrants: p.entrants.map(([id, n], i) => [id, n + Number(i === 4)] as const) }),
      ['list', 'winner'],
    ],
    ['somebody less', (p) => ({ ...p, entrants: p.entrants.slice(1) }), ['list', 'winner']],
    ['another seed', (p) => ({ ...p, seed: 'b'.repeat(64) }), ['seed', 'winner']],
    ['a round from before the closing', (p) => withEntropy(p, { roundAt: p.closedAt }), ['round']],
    ['another randomness', (p) => withEntropy(p, { randomness: '00' }), ['randomness', 'winner']],
    ['another winner', (p) => withDraws(p, { id: entrants[0]?.id, opening: null }), ['winner']],
    ['another ticket', (p) => withDraws(p, { ticket: '1' }), ['winner']],
    ['another person', (p) => withDraws(p, { opening: { salt: 'salt', person: '4712' } }), ['entry']],
    ['a list made anew for what was changed', (p) => ({ ...p, entrants: [], listHash: sha('[]') }), ['winner']],
  ])('do not verify with %s', async (_, tamper, expected) => {
    expect(await broken(tamper(await aProof(5)))).toEqual(expected)
  })

  it('are not there before the seed is revealed, and the list can be checked by then', async () => {
    const proof = withEntropy({ ...(await aProof(1)), seed: null, draws: [] }, { randomness: null, signature: null })
    expect((await verify(proof)).map(({ check, holds }) => [check, holds])).toEqual([
      ['list', true],
      ['round', true],
    ])
    expect(await verify({ ...proof, closedAt: null, listHash: null, entropy: null, entrants: [] })).toEqual([])
  })

  it('are found in proportion to their tickets', async () => {
    // A chi-square with 39 degrees of freedom is beyond 72.1 once in a thousand times; seeds are fixed, so it cannot flake.
    const draws = 100_000
    const roll = await diceOf(seed)
    const list = inOrder(entrants)
    const total = list.reduce((sum, { tickets }) => sum + tickets, 0)
    const holders = list.flatMap(({ id, tickets }) => Array<string>(tickets).fill(id))
    const wins = new Map<string, number>()
    for (let nonce = 0; nonce < draws; nonce += 1) {
      const { value } = await roll({ clientSeed: 'chi-square', nonce, below: BigInt(total) })
      const id = holders[Number(value)] ?? ''
      wins.set(id, (wins.get(id) ?? 0) + 1)
    }
    const chiSquare = list.reduce((sum, { id, tickets }) => {
      const expected = (draws * tickets) / total
      return sum + ((wins.get(id) ?? 0) - expected) ** 2 / expected
    }, 0)
    expect(chiSquare).toBeLessThan(72.1)
    expect(chiSquare).toBeGreaterThan(14) // and it is no pattern either
  })
})

describe('the module', () => {
  it('needs nothing that a browser does not have', () => {
    const text = readFileSync(projectFile('cluster', 'runtime', 'fairness.ts'), 'utf8')
    expect(text).not.toMatch(/^import |\bimport\(|\bnode:|\bprocess\.|\bBuffer\b|\brequire\(/m)
  })
})
