import { createHash } from 'node:crypto'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { z } from 'zod'
import { messageOf } from './errors.ts'

/**
 * A network that publishes one random number every few seconds, each signed by all of its members together, so that nobody knows
 * it before its time and everybody can check it afterwards.
 */
export interface DrandChain {
  /** Tells chains apart, and stands in addresses. */
  readonly hash: string
  /** On the curve's second group, compressed, in hexadecimal. */
  readonly publicKey: string
  /** When round 1 came. */
  readonly genesisSeconds: number
  readonly periodSeconds: number
}

/** The fast chain of the League of Entropy: a round every three seconds since August 2023; scheme `bls-unchained-g1-rfc9380`. */
export const quicknet: DrandChain = {
  hash: '52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971',
  publicKey:
    '83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a',
  genesisSeconds: 1_692_803_367,
  periodSeconds: 3,
}

/** The first round that does not come before this instant. */
export const roundAt = (chain: DrandChain, ms: number): number =>
  Math.max(1, Math.ceil((ms / 1_000 - chain.genesisSeconds) / chain.periodSeconds) + 1)

/** When a round comes, in milliseconds. */
export const timeOfRound = (chain: DrandChain, round: number): number =>
  (chain.genesisSeconds + (round - 1) * chain.periodSeconds) * 1_000

export interface Beacon {
  readonly round: number
  /** SHA-256 of the signature. */
  readonly randomness: string
  readonly signature: string
}

/** No mirror had a beacon that holds. The text names each one's reason, and is for logs. */
export class DrandError extends Error {
  override readonly name = 'DrandError'
}

export interface Drand {
  readonly chain: DrandChain
  /** A round, from whichever mirror has it first, with its signature verified. Throws {@link DrandError}; may be repeated. */
  fetchRound(round: number): Promise<Beacon>
}

const timeoutMs = 4_000
/** A beacon is some 300 bytes. */
const longestAnswer = 4_096

const answer = z.object({
  round: z.number().int().positive(),
  randomness: z.string().regex(/^[0-9a-f]{64}$/),
  signature: z.string().regex(/^[0-9a-f]{96}$/),
})

export function createDrand(p: {
  readonly urls: readonly string[]
  readonly chain: DrandChain
  readonly fetch?: typeof fetch
}): Drand {
  const ask = async (url: string, round: number): Promise<Beacon> => {
    const response = await (p.fetch ?? fetch)(`${url}/${p.chain.hash}/public/${round}`, {
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      headers: { Accept: 'application/json', 'User-Agent': 'belfry/0.1' },
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`answer ${response.status}`)
    if (text.length > longestAnswer) throw new Error('the answer is too long')
    const beacon = answer.parse(JSON.parse(text))
    if (beacon.round !== round) throw new Error(`the answer is about round ${beacon.round}`)
    if (!isGenuine(beacon, p.chain)) throw new Error('the signature does not hold')
    return beacon
  }
  return {
    chain: p.chain,
    async fetchRound(round) {
      try {
        return await Promise.any(p.urls.map((url) => ask(url, round)))
      } catch (err) {
        const reasons = err instanceof AggregateError ? err.errors : [err]
        const text = reasons.map((reason, i) => `${p.urls[i]}: ${messageOf(reason)}`).join('; ')
        throw new DrandError(`round ${round}: ${text}`, { cause: err })
      }
    },
  }
}

const { shortSignatures } = bls12_381

/**
 * Whether a beacon is this chain's: the signature is the chain's over SHA-256 of the round as eight bytes, big end first, and the
 * randomness is the signature's SHA-256. Some 25 ms of work.
 */
export function isGenuine(beacon: Beacon, chain: Pick<DrandChain, 'publicKey'>): boolean {
  const signature = Buffer.from(beacon.signature, 'hex')
  if (createHash('sha256').update(signature).digest('hex') !== beacon.randomness) return false
  try {
    const publicKey = bls12_381.G2.Point.fromHex(chain.publicKey)
    return shortSignatures.verify(
      shortSignatures.Signature.fromBytes(signature),
      messageOfRound(beacon.round),
      publicKey,
    )
  } catch {
    return false // what is no point of the curve signs nothing
  }
}

/** What the chain signs for a round, as a point of the curve. */
export function messageOfRound(round: number) {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(round))
  return shortSignatures.hash(createHash('sha256').update(bytes).digest())
}
