import type { Ledger } from './ledger.ts'
import { looksLikeRealToken } from './options.ts'
import type { Ids } from './snowflake.ts'

/** The one token of the application; a reset leaves no valid token until a new one is issued. */
export class Credentials {
  #token: string
  #isValid = true
  readonly #ids: Ids
  readonly #ledger: Ledger

  constructor(token: string | undefined, ids: Ids, ledger: Ledger) {
    if (token !== undefined && looksLikeRealToken(token))
      throw new Error('this looks like a real Discord token; the stand-in must never be given one')
    this.#ids = ids
    this.#ledger = ledger
    this.#token = token ?? `stand-in.${ids.secret(24)}`
  }

  get token(): string {
    return this.#token
  }

  accepts(token: string): boolean {
    return this.#isValid && token === this.#token
  }

  reset(): void {
    this.#isValid = false
    this.#ledger.tokenWasReset = true
  }

  issue(): string {
    this.#token = `stand-in.${this.#ids.secret(24)}`
    this.#isValid = true
    return this.#token
  }
}
