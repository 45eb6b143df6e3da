import type { IncomingHttpHeaders } from 'node:http'

/** A request, read whole. */
export interface Ask {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** What the front door sends back. */
export interface Answer {
  readonly status: number
  readonly body: string | Buffer
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
}

/** What came of a step of signing in, for the count, and the page when it is not the one for that outcome. */
export interface Step {
  readonly outcome: string
  readonly answer?: Answer
}
