import { createHash } from 'node:crypto'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { type Beacon, type DrandChain, messageOfRound, timeOfRound } from '../../../cluster/runtime/drand.ts'

/** What a mirror may do wrong; each is something that a client must not fall for. */
export type DrandFault =
  | 'down'
  | 'hang'
  | 'forged'
  | 'other_round'
  | 'wrong_randomness'
  | 'page'
  | 'endless'
  | 'redirect'

export interface DrandOptions {
  /** Milliseconds since 1970; rounds after it do not exist yet. */
  readonly clock?: () => number
  /** Same seed, same key and same beacons. */
  readonly seed?: string
  readonly periodSeconds?: number
}

/**
 * A mirror of a chain of drand's with a key of its own: beacons are signed as the League of Entropy signs them, and a round that has not
 * come yet is refused with 425, as its relays do. Of a chain or an address that it does not know it says 404.
 */
export class DrandStandIn {
  readonly chain: DrandChain
  /** What was asked and answered, in order. */
  readonly served: { readonly path: string; readonly status: number }[] = []
  fault: DrandFault | undefined
  readonly #clock: () => number
  readonly #secret: Uint8Array
  readonly #beacons = new Map<number, Beacon>()
  #server: Server | undefined

  constructor(options: DrandOptions = {}) {
    const seed = options.seed ?? 'drand'
    this.#clock = options.clock ?? Date.now
    this.#secret = bls12_381.shortSignatures.keygen(
      createHash('sha512').update(seed).digest().subarray(0, 48),
    ).secretKey
    this.chain = {
      hash: createHash('sha256').update(`chain ${seed}`).digest('hex'),
      publicKey: bls12_381.shortSignatures.getPublicKey(this.#secret).toHex(),
      genesisSeconds: 1_692_803_367,
      periodSeconds: options.periodSeconds ?? 3,
    }
  }

  async start(): Promise<void> {
    const server = createServer((incoming, response) => {
      const path = incoming.url ?? '/'
      this.#answer(path, response)
      this.served.push({ path, status: response.headersSent ? response.statusCode : 0 })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    this.#server = server
  }

  async stop(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  }

  get url(): string {
    const address = this.#server?.address() as AddressInfo | null | undefined
    if (address == null) throw new Error('the stand-in has not been started')
    return `http://127.0.0.1:${address.port}`
  }

  /** As the variable DRAND_CHAIN takes it. */
  get setting(): string {
    const { hash, publicKey, genesisSeconds, periodSeconds } = this.chain
    return [hash, publicKey, genesisSeconds, periodSeconds].join(':')
  }

  /** The beacon of a round, whether it has come or not. */
  beaconOf(round: number): Beacon {
    const known = this.#beacons.get(round)
    if (known !== undefined) return known
    const signature = bls12_381.shortSignatures.sign(messageOfRound(round), this.#secret).toHex()
    const randomness = createHash('sha256').update(Buffer.from(signature, 'hex')).digest('hex')
    const beacon = { round, randomness, signature }
    this.#beacons.set(round, beacon)
    return beacon
  }

  #answer(path: string, response: ServerResponse): void {
    if (this.fault === 'hang') return
    if (this.fault === 'down') {
      refuse(response, 503, 'upstream is unavailable')
      return
    }
    if (this.fault === 'redirect') {
      response.writeHead(302, { Location: path }).end()
      return
    }
    const [, hash, round] = /^\/([0-9a-f]{64})\/public\/(\d{1,15})$/.exec(path) ?? []
    if (hash !== this.chain.hash || round === undefined || Number(round) < 1) {
      refuse(response, 404, 'not found')
      return
    }
    if (timeOfRound(this.chain, Number(round)) > this.#clock()) {
      refuse(response, 425, 'requested future beacon')
      return
    }
    if (this.fault === 'page') {
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>Just a moment</title>')
      return
    }
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(this.#spoilt(Number(round))))
  }

  #spoilt(round: number): unknown {
    const beacon = this.beaconOf(round)
    switch (this.fault) {
      case 'forged': {
        // Of another round, and so a point of the curve that is signed by the right key.
        const { signature, randomness } = this.beaconOf(round + 1)
        return { round, signature, randomness }
      }
      case 'other_round':
        return this.beaconOf(round - 1)
      case 'wrong_randomness':
        return { ...beacon, randomness: '0'.repeat(64) }
      case 'endless':
        return { ...beacon, padding: 'x'.repeat(100_000) }
      default:
        return beacon
    }
  }
}

function refuse(response: ServerResponse, status: number, error: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify({ error }))
}
