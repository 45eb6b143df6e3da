import { createPublicKey, type KeyObject } from 'node:crypto'
import type { Clock } from '../../runtime/clock.ts'
import { type Checked, checkSignature, type SignedRequest } from './signature.ts'

const dayMs = 86_400_000
/** A key this young is not asked for again because of a bad signature. */
const youngMs = 5 * 60_000
const refetchEveryMs = 60_000
/** Without a key every webhook is lost, so that is tried more often. */
const firstFetchEveryMs = 2_000

/** `no_key` means that nothing can be said about the signature now, and the request must be refused as unavailable. */
export type Verdict = Checked | { kind: 'no_key' }

export interface PublicKeysOptions {
  /** Asks Kick for its key, as PEM. */
  fetchKey: () => Promise<string>
  clock: Clock
  /** Used instead of asking, for ever. */
  pinned?: string | undefined
  /** How long a webhook waits for a key that has to be fetched; the sender's patience is a few seconds. Default 2000. */
  patienceMs?: number
  /** Told of every fetch that failed; the old key stays in use. */
  onFetchFailed?: (error: unknown) => void
}

/**
 * Kick's public key, which may change without notice. It is fetched when first needed and once a day; a signature that
 * fails makes it fetched again, at most once a minute and by one request for all that wait. After a change the old key
 * stays good for a day, since events that it signed may still be on their way. Without any key nothing is accepted.
 */
export class PublicKeys {
  readonly #options: PublicKeysOptions
  readonly #isPinned: boolean
  #current: { pem: string; key: KeyObject; fetchedAt: number } | null = null
  #previous: { key: KeyObject; until: number } | null = null
  #fetching: Promise<void> | null = null
  #triedAt = Number.NEGATIVE_INFINITY

  /** Throws when the pinned key is not one. */
  constructor(options: PublicKeysOptions) {
    this.#options = options
    this.#isPinned = options.pinned !== undefined
    if (options.pinned !== undefined) this.#install(options.pinned)
  }

  /** Checks a webhook at this moment, see {@link checkSignature}. Never throws. */
  async check(request: SignedRequest): Promise<Verdict> {
    if (this.#current === null) {
      if (this.#mayTry(firstFetchEveryMs) || this.#fetching) await this.#fetchPatiently()
    } else if (this.#age() > dayMs && this.#mayTry(refetchEveryMs)) void this.#fetch()
    if (this.#current === null) return { kind: 'no_key' }
    const first = this.#verdict(request)
    const mayBeRotation = first.kind === 'bad_signature' && this.#age() > youngMs
    if (!mayBeRotation || !(this.#mayTry(refetchEveryMs) || this.#fetching)) return first
    await this.#fetchPatiently()
    return this.#verdict(request)
  }

  /** Fetches ahead of the first webhook; a failure is told to `onFetchFailed` and tried again when a webhook comes. */
  async warm(): Promise<void> {
    if (this.#current === null) await this.#fetch()
  }

  #verdict(request: SignedRequest): Checked {
    const { clock } = this.#options
    const keys = this.#current ? [this.#current.key] : []
    if (this.#previous && this.#previous.until > clock.monotonic()) keys.push(this.#previous.key)
    return checkSignature(request, keys, clock.now())
  }

  #age(): number {
    return this.#isPinned || !this.#current ? 0 : this.#options.clock.monotonic() - this.#current.fetchedAt
  }

  #mayTry(everyMs: number): boolean {
    return this.#options.clock.monotonic() - this.#triedAt >= everyMs
  }

  async #fetchPatiently(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#options.patienceMs ?? 2_000)
    })
    await Promise.race([this.#fetch(), patience])
    clearTimeout(timer)
  }

  /** Joins a fetch under way or starts one; never rejects. */
  #fetch(): Promise<void> {
    if (this.#isPinned) return Promise.resolve()
    this.#triedAt = this.#options.clock.monotonic()
    this.#fetching ??= this.#fetchOnce().finally(() => {
      this.#fetching = null
    })
    return this.#fetching
  }

  async #fetchOnce(): Promise<void> {
    try {
      this.#install(await this.#options.fetchKey())
    } catch (error) {
      this.#options.onFetchFailed?.(error)
    }
  }

  #install(pem: string): void {
    const key = createPublicKey(pem)
    if (key.asymmetricKeyType !== 'rsa') throw new TypeError('Kick signs with RSA; this key is of another kind')
    const fetchedAt = this.#options.clock.monotonic()
    if (this.#current && this.#current.pem !== pem) {
      this.#previous = { key: this.#current.key, until: fetchedAt + dayMs }
    }
    this.#current = { pem, key, fetchedAt }
  }
}
