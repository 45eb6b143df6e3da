/**
 * How winners are drawn so that anyone can check it. The same compiled file runs in the bot and in the browser of whoever
 * verifies: it imports nothing and asks only for Web Crypto, which Node and browsers share.
 *
 * Before a period opens, a secret seed is made and its SHA-256, the commitment, is published. When it closes, the list of who
 * holds how many tickets is frozen and its hash published, together with the number of a round of public randomness that
 * nobody can know yet. Only then is drawn: seed, list and randomness decide every winner, the first, the second and every one
 * that might be drawn instead of another, so that nobody has anything left to choose.
 */

/** Somebody's place in a frozen list. `id` is written with the letters, digits and marks of {@link entryIdOf} or of a plain id. */
export interface Entrant {
  readonly id: string
  /** Whole, at least 1. */
  readonly tickets: number
}

/** Where chance comes from that neither the bot nor the server's admins can steer. */
export type Entropy =
  | { readonly kind: 'drand'; readonly round: number; readonly randomness: string }
  /** When that source stayed away for too long: the id that Discord gave to the message which announced the closing. */
  | { readonly kind: 'discord'; readonly messageId: string }

export interface Roll {
  /** Uniform, from 0 up to and without `below`. */
  readonly value: bigint
  /** How many results were thrown away before this one, since they would have favoured small values. */
  readonly counter: number
  /** The HMAC that decided, as 64 hexadecimal digits. */
  readonly hash: string
}

export interface Winner extends Roll, Entrant {
  readonly nonce: number
  /** From 1 to `total`. */
  readonly ticket: bigint
  /** Tickets of everybody who was left. */
  readonly total: bigint
}

const utf8 = new TextEncoder()
const toHex = (bytes: ArrayBuffer | Uint8Array): string =>
  Array.from(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
const toBytes = (hex: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array((hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)))

/** SHA-256 over the UTF-8 bytes of a text, as 64 lower-case hexadecimal digits. */
export const sha256 = async (text: string): Promise<string> =>
  toHex(await crypto.subtle.digest('SHA-256', utf8.encode(text)))

// --- The seed ---------------------------------------------------------------------------------------------------------

const seedForm = /^[0-9a-f]{64}$/

/** 32 random bytes as 64 lower-case hexadecimal digits. Whoever keeps it encrypts it. */
export const newSeed = (): string => toHex(crypto.getRandomValues(new Uint8Array(32)))

/** What is published of a seed before it may be known: SHA-256 over its 64 digits as text, not over the bytes they stand for. */
export function commitmentOf(seed: string): Promise<string> {
  if (!seedForm.test(seed)) throw new TypeError('a seed is 64 lower-case hexadecimal digits')
  return sha256(seed)
}

/**
 * For draws that never end, such as picks from a queue: the seed in use is committed to; turning the chain reveals it and commits
 * to the next one, so that everything drawn before can be checked and nothing after can be foretold.
 */
export async function turnChain(current: string | undefined): Promise<{
  readonly revealed: string | undefined
  readonly seed: string
  readonly commitment: string
}> {
  const seed = newSeed()
  return { revealed: current, seed, commitment: await commitmentOf(seed) }
}

// --- The list ---------------------------------------------------------------------------------------------------------

const idForm = /^[0-9A-Za-z._-]{1,64}$/

/**
 * Stands for a person in a published list without naming them: the first 40 digits of SHA-256(`<salt>:<person>`), where the person is a Kick
 * user id, or `discord:<id>` for somebody whose Kick id is not on record, and the salt is 32 random hexadecimal digits of that entry alone.
 * Told the salt, anyone can see whose entry it is, and nobody can say afterwards that it was somebody else's; once the salt is
 * forgotten, nobody can tell any more, and the list still verifies.
 */
export const entryIdOf = async (salt: string, person: string): Promise<string> =>
  (await sha256(`${salt}:${person}`)).slice(0, 40)

const byId = (a: Entrant, b: Entrant): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

/** Sorted the way the list is written, by the characters of the id. Throws when an entry is malformed or somebody stands in it twice. */
export function inOrder(entrants: readonly Entrant[]): readonly Entrant[] {
  const sorted = [...entrants].sort(byId)
  for (const [i, { id, tickets }] of sorted.entries()) {
    if (!idForm.test(id)) throw new TypeError('an entry has an id that cannot be written without doubt')
    if (!Number.isSafeInteger(tickets) || tickets < 1) throw new TypeError('an entry has no whole number of tickets')
    if (sorted[i - 1]?.id === id) throw new TypeError('an entry stands in the list twice')
  }
  return sorted
}

/** The list as JSON without a blank: `[["id",tickets],…]`, in the order of {@link inOrder}. */
export const canonicalList = (entrants: readonly Entrant[]): string =>
  `[${inOrder(entrants)
    .map(({ id, tickets }) => `["${id}",${tickets}]`)
    .join(',')}]`

/** What is published of a list when it is frozen: SHA-256 over {@link canonicalList}. */
export const listHashOf = (entrants: readonly Entrant[]): Promise<string> => sha256(canonicalList(entrants))

// --- Chance -----------------------------------------------------------------------------------------------------------

/** What everybody knows, and what goes into every roll of a period: `<period>:<list hash>:<round>:<randomness>`. */
export const clientSeedOf = (p: {
  readonly period: string | number
  readonly listHash: string
  readonly entropy: Entropy
}): string =>
  p.entropy.kind === 'drand'
    ? `${p.period}:${p.listHash}:${p.entropy.round}:${p.entropy.randomness}`
    : `${p.period}:${p.listHash}:discord:${p.entropy.messageId}`

export interface Throw {
  readonly clientSeed: string
  readonly nonce: number
  /** From 1 to 2^64. */
  readonly below: bigint
  /** Keeps apart what is drawn with the same nonce for different purposes, such as `pick` and `reward`. */
  readonly label?: string
}

const range = 1n << 64n

/**
 * Gives a uniform number for each throw: the first 64 bits of HMAC-SHA-256(seed, `<clientSeed>:[<label>:]<nonce>:<counter>`), where the
 * key is the seed's 64 digits as text and the counter grows from 0 as long as the bits lie in the rest at the end of the range
 * that `below` does not divide. A throw may be repeated; it always gives the same.
 */
export async function diceOf(seed: string): Promise<(of: Throw) => Promise<Roll>> {
  if (!seedForm.test(seed)) throw new TypeError('a seed is 64 lower-case hexadecimal digits')
  const key = await crypto.subtle.importKey('raw', utf8.encode(seed), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ])
  return async ({ clientSeed, nonce, below, label }) => {
    if (below < 1n || below > range) throw new RangeError('a roll needs something to choose from')
    const limit = range - (range % below)
    for (let counter = 0; ; counter += 1) {
      const message = [clientSeed, ...(label === undefined ? [] : [label]), nonce, counter].join(':')
      const hash = toHex(await crypto.subtle.sign('HMAC', key, utf8.encode(message)))
      const bits = BigInt(`0x${hash.slice(0, 16)}`)
      if (bits < limit) return { value: bits % below, counter, hash }
    }
  }
}

/**
 * The first `count` winners, by nonce from 0, fewer when nobody is left. Tickets are numbered from 1 along the list, and whoever has
 * won is taken out before the next one is drawn, also if that win is declared void later: a reroll is simply the next nonce.
 */
export async function drawWinners(p: {
  readonly entrants: readonly Entrant[]
  readonly seed: string
  readonly clientSeed: string
  readonly count: number
}): Promise<readonly Winner[]> {
  const list = inOrder(p.entrants)
  const throwDice = await diceOf(p.seed)
  const gone = new Set<string>()
  const winners: Winner[] = []
  let total = list.reduce((sum, { tickets }) => sum + BigInt(tickets), 0n)
  for (let nonce = 0; nonce < p.count && total > 0n; nonce += 1) {
    const roll = await throwDice({ clientSeed: p.clientSeed, nonce, below: total })
    const winner = holderOf(list, gone, roll.value)
    winners.push({ ...roll, ...winner, nonce, ticket: roll.value + 1n, total })
    gone.add(winner.id)
    total -= BigInt(winner.tickets)
  }
  return winners
}

function holderOf(list: readonly Entrant[], gone: ReadonlySet<string>, value: bigint): Entrant {
  let passed = 0n
  for (const { id, tickets } of list) {
    if (gone.has(id)) continue
    passed += BigInt(tickets)
    if (value < passed) return { id, tickets }
  }
  throw new RangeError('there are fewer tickets than were counted')
}

// --- Checking ---------------------------------------------------------------------------------------------------------

/** What is public about a period, as it is offered for download. What is not known yet is null. */
export interface Proof {
  readonly scheme: 'v2'
  readonly guild: string
  readonly period: number
  /** When the list was frozen; with a time zone, as `Date.parse` reads it. */
  readonly closedAt: string | null
  readonly commitment: string | null
  readonly seed: string | null
  readonly listHash: string | null
  readonly entrants: readonly (readonly [id: string, tickets: number])[]
  readonly entropy: PublishedEntropy | null
  readonly draws: readonly PublishedDraw[]
}

export type PublishedEntropy =
  | {
      readonly kind: 'drand'
      readonly chain: string
      readonly round: number
      /** When the round came, or comes; the same form as `closedAt`. */
      readonly roundAt: string
      readonly randomness: string | null
      /** By drand's network over the number of the round. */
      readonly signature: string | null
    }
  | { readonly kind: 'discord'; readonly messageId: string }

export interface PublishedDraw {
  readonly nonce: number
  readonly id: string
  /** Decimal, as are the others: they may not fit a number. */
  readonly ticket: string
  readonly total: string
  readonly counter: number
  readonly hash: string
  readonly status: 'valid' | 'void'
  /** Whose entry it is, unless they hide or were erased. */
  readonly opening: { readonly salt: string; readonly person: string } | null
}

/** What was published (`expected`) and what comes out (`found`). A `winner` and an `entry` is that of a nonce, what begins with `v1` of a draw. */
export interface Check {
  readonly check: 'list' | 'seed' | 'round' | 'randomness' | 'winner' | 'entry' | 'v1_seed' | 'v1_hash' | 'v1_ticket'
  readonly nonce?: number
  readonly draw?: string
  readonly holds: boolean
  readonly expected: string
  readonly found: string
}

/**
 * Recomputes all that can be recomputed by now. That commitment, list and round were published before the draw is told by the
 * announcements in Discord, and that a signature is drand's by drand.
 */
export async function verify(proof: Proof): Promise<readonly Check[]> {
  const { seed, entropy, draws, closedAt } = proof
  const checks: Check[] = []
  const compare = (check: Check['check'], expected: string, found: string, nonce?: number): void => {
    checks.push({ check, holds: expected === found, expected, found, ...(nonce !== undefined && { nonce }) })
  }
  const entrants = proof.entrants.map(([id, tickets]) => ({ id, tickets }))
  const listHash = proof.listHash === null ? null : await listHashOf(entrants)
  if (listHash !== null) compare('list', proof.listHash ?? '', listHash)
  if (seed !== null) compare('seed', proof.commitment ?? '', await commitmentOf(seed))
  if (entropy?.kind === 'drand' && closedAt !== null) {
    const holds = Date.parse(entropy.roundAt) > Date.parse(closedAt)
    checks.push({ check: 'round', holds, expected: closedAt, found: entropy.roundAt })
  }
  if (entropy?.kind === 'drand' && entropy.signature !== null)
    compare('randomness', entropy.randomness ?? '', await randomnessOf(entropy.signature))
  const known = entropyOf(entropy)
  if (seed === null || listHash === null || known === undefined) return checks
  const winners = await drawWinners({
    entrants,
    seed,
    clientSeed: clientSeedOf({ period: proof.period, listHash, entropy: known }),
    count: Math.max(0, ...draws.map(({ nonce }) => nonce + 1)),
  })
  for (const { nonce, id, ticket, hash, opening } of draws) {
    const found = winners[nonce]
    const holds = found?.id === id && String(found.ticket) === ticket && found.hash === hash
    checks.push({ check: 'winner', nonce, holds, expected: id, found: found?.id ?? '' })
    if (opening !== null) compare('entry', id, await entryIdOf(opening.salt, opening.person), nonce)
  }
  return checks
}

function entropyOf(published: PublishedEntropy | null): Entropy | undefined {
  if (published?.kind === 'discord') return published
  if (published == null || published.randomness === null) return undefined
  return { kind: 'drand', round: published.round, randomness: published.randomness }
}

/** A round's randomness is SHA-256 over the bytes of its signature. */
export const randomnessOf = async (signature: string): Promise<string> =>
  toHex(await crypto.subtle.digest('SHA-256', toBytes(signature)))

// --- The scheme of the bot before -----------------------------------------------------------------------------------------

/** Its one hash: SHA-256(`<seed>:<clientSeed>:<nonce>`). Kept so that draws which were brought over can still be checked. */
export const v1HashOf = (p: {
  readonly seed: string
  readonly clientSeed: string
  readonly nonce: string
}): Promise<string> => sha256(`${p.seed}:${p.clientSeed}:${p.nonce}`)

/** Its winning ticket, from 1 to `total`: the first 64 bits of the hash, modulo. */
export const v1TicketOf = (hash: string, total: number | string): bigint =>
  (BigInt(`0x${hash.slice(0, 16)}`) % BigInt(total)) + 1n

/** A draw of the bot before, as it is offered for download; what it did not leave is null. Numbers of tickets are decimal. */
export interface V1Draw {
  readonly draw: string
  readonly ticket: string
  readonly total: string
  readonly seed: string | null
  readonly clientSeed: string | null
  readonly nonce: string | null
  readonly hash: string | null
  /** The fingerprint of the seed that was kept from before the draw. */
  readonly commitment: string | null
}

export interface V1Proof {
  readonly scheme: 'v1'
  readonly guild: string
  readonly draws: readonly V1Draw[]
}

/**
 * Recomputes what the formula of the bot before gives. It says that a ticket follows from seed and totals, and where a fingerprint was kept that
 * the seed is the one from before; who held the ticket, nobody can tell any more. A draw without a proof is passed over.
 */
export async function verifyV1({ draws }: Pick<V1Proof, 'draws'>): Promise<readonly Check[]> {
  const checks: Check[] = []
  for (const { draw, ticket, total, seed, clientSeed, nonce, hash, commitment } of draws) {
    if (seed === null || clientSeed === null || nonce === null || hash === null || BigInt(total) < 1n) continue
    const compare = (check: Check['check'], expected: string, found: string): void => {
      checks.push({ check, draw, holds: expected === found, expected, found })
    }
    if (commitment !== null) compare('v1_seed', commitment, await sha256(seed))
    compare('v1_hash', hash, await v1HashOf({ seed, clientSeed, nonce }))
    compare('v1_ticket', ticket, /^[0-9a-f]{16}/.test(hash) ? String(v1TicketOf(hash, total)) : '')
  }
  return checks
}

/** Its random value in hundredths, 0 to 9999 for 0.00 to 99.99, from the first 32 bits of the hash. */
export const v1HundredthsOf = (hash: string): number => Number.parseInt(hash.slice(0, 8), 16) % 10_000

/** The place in a queue of `length` that it picked, from 0. */
export const v1IndexOf = (hash: string, length: number): number =>
  Math.min(length - 1, Math.floor((v1HundredthsOf(hash) * length) / 10_000))
