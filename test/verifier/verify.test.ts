import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createInterface } from 'node:readline'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  clientSeedOf,
  commitmentOf,
  drawWinners,
  type Entropy,
  entryIdOf,
  inOrder,
  listHashOf,
  type Proof,
  randomnessOf,
  verify,
} from '../../cluster/runtime/fairness.ts'
import { projectFile } from '../../sql/migrate.ts'

const sha = (text: string): string => createHash('sha256').update(text).digest('hex')
/** A number below `most` that is always the same for the same words. */
const pick = (words: string, most: number): number => Number(BigInt(`0x${sha(words).slice(0, 12)}`) % BigInt(most))

/** What the verifier in Python says of each proof: what does not hold. */
async function ask(proofs: readonly Proof[]): Promise<readonly string[][]> {
  const child = spawn('python3', [projectFile('test', 'verifier', 'verify.py')], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines: string[][] = []
  const read = (async () => {
    for await (const line of createInterface({ input: child.stdout })) lines.push(JSON.parse(line) as string[])
  })()
  child.stdin.end(proofs.map((proof) => `${JSON.stringify(proof)}\n`).join(''))
  const code = await new Promise((resolve) => child.once('close', resolve))
  await read
  expect(code).toBe(0)
  return lines
}

/** A raffle of chance, the same for the same number: 1 to 60 people with 1 to 2 million tickets, 0 to 5 winners; some without drand. */
async function aRaffle(n: number): Promise<Proof> {
  const signature = sha(`${n} signature`) + sha(`${n} rest`).slice(0, 32)
  const randomness = await randomnessOf(signature)
  const entropy: Entropy =
    n % 7 === 0
      ? { kind: 'discord', messageId: String(10n ** 18n + BigInt(n)) }
      : { kind: 'drand', round: 1_000 + n, randomness }
  const count = 1 + pick(`${n} people`, 60)
  const people = await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const opening = { salt: sha(`${n} salt ${i}`).slice(0, 32), person: i % 5 === 0 ? `discord:${i}` : String(i) }
      const tickets = 1 + pick(`${n} tickets ${i}`, i % 3 === 0 ? 2_000_000 : 10)
      return { id: await entryIdOf(opening.salt, opening.person), tickets, opening }
    }),
  )
  const seed = sha(`${n} seed`)
  const listHash = await listHashOf(people)
  const clientSeed = clientSeedOf({ period: n, listHash, entropy })
  const winners = await drawWinners({ entrants: people, seed, clientSeed, count: pick(`${n} winners`, 6) })
  return {
    scheme: 'v2',
    guild: '1',
    period: n,
    closedAt: '2026-08-01T00:00:00.000Z',
    commitment: await commitmentOf(seed),
    seed,
    listHash,
    entrants: inOrder(people).map(({ id, tickets }) => [id, tickets] as const),
    entropy:
      entropy.kind === 'discord'
        ? entropy
        : { ...entropy, chain: 'a chain', roundAt: '2026-08-01T00:01:00.000Z', signature },
    draws: winners.map(({ nonce, id, ticket, total, counter, hash }) => ({
      nonce,
      id,
      ticket: String(ticket),
      total: String(total),
      counter,
      hash,
      status: nonce % 2 === 0 ? 'valid' : 'void',
      opening: people.find((person) => person.id === id)?.opening ?? null,
    })),
  }
}

describe('a verifier in another language, written from the page alone', () => {
  let raffles: readonly Proof[] = []
  beforeAll(async () => {
    raffles = await Promise.all(Array.from({ length: 1_000 }, (_, n) => aRaffle(n + 1)))
  })

  it('reproduces every winner of a thousand raffles', async () => {
    expect(raffles.reduce((sum, { draws }) => sum + draws.length, 0)).toBeGreaterThan(2_000)
    const said = await ask(raffles)
    expect(said).toHaveLength(1_000)
    expect(said.filter((wrong) => wrong.length > 0)).toEqual([])
  })

  it('finds out when anybody was given another number of tickets after the closing, as our own does', async () => {
    const changed = raffles.map((proof, n) => {
      const which = pick(`${n} whom`, proof.entrants.length)
      return { ...proof, entrants: proof.entrants.map(([id, t], i) => [id, i === which ? t + 1 : t] as const) }
    })
    const said = await ask(changed)
    expect(said.filter((wrong) => !wrong.includes('list'))).toEqual([])
    const ours = await Promise.all(changed.slice(0, 50).map(verify))
    expect(ours.every((checks) => checks.some(({ check, holds }) => check === 'list' && !holds))).toBe(true)
  })

  it('finds out when somebody was taken out, put in twice, or another one was named as the winner', async () => {
    const proof = raffles.find(
      ({ draws, entrants, entropy }) => draws.length > 2 && entrants.length > 9 && entropy?.kind === 'drand',
    )
    if (proof === undefined) throw new Error('no raffle has enough winners')
    const [first, ...others] = proof.draws
    const loser = proof.entrants.find(([id]) => proof.draws.every((draw) => draw.id !== id))?.[0] ?? ''
    const said = await ask([
      { ...proof, entrants: proof.entrants.slice(1) },
      { ...proof, entrants: [...proof.entrants, ...proof.entrants.slice(0, 1)] },
      { ...proof, draws: first === undefined ? [] : [{ ...first, id: loser }, ...others] },
      { ...proof, seed: sha('another') },
      { ...proof, closedAt: '2026-08-01T00:02:00.000Z' },
    ])
    expect(said[0]).toContain('list')
    expect(said[1]).toContain('an entry stands in the list twice')
    expect(said[2]).toEqual(['winner 1', 'entry 1'])
    expect(said[3]).toContain('seed')
    expect(said[4]).toEqual(['round'])
  })
})
