import type { Core } from '../core.ts'
import type { Json, JsonObject } from '../json.ts'
import { isSnowflake } from '../snowflake.ts'
import { failure } from './errors.ts'
import type { BucketName } from './rate-limit.ts'

/** A file of a multipart request, as it is kept and shown from now on. */
export interface UploadedFile {
  readonly attachment: JsonObject
}

export interface RestRequest {
  readonly core: Core
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly body: unknown
  readonly files: readonly UploadedFile[]
  /** The decoded audit reason. */
  readonly reason: string | null
}

/** A body (200), or nothing (204), or a body with another status. */
export type RestAnswer = Json | undefined | { readonly status: number; readonly created: Json }

export interface RouteOptions {
  /** False for interaction and webhook-token routes: they carry no Authorization. */
  authorized?: boolean
  bucket?: BucketName | ((request: { body: unknown }) => BucketName | null)
}

export interface Route {
  readonly method: string
  readonly pattern: string
  readonly parts: readonly string[]
  readonly handler: (request: RestRequest) => RestAnswer
  readonly options: RouteOptions
}

export const route = (
  method: string,
  pattern: string,
  handler: Route['handler'],
  options: RouteOptions = {},
): Route => ({ method, pattern, parts: pattern.split('/').slice(1), handler, options })

export const created = (body: Json): RestAnswer => ({ status: 201, created: body })

/** A parameter of the matched pattern; absent ones would be a fault of the route table. */
export const param = (request: RestRequest, name: string): string => {
  const value = request.params[name]
  if (value === undefined) throw new Error(`the route has no parameter ${name}`)
  return value
}

export interface Matched {
  route: Route
  params: Record<string, string>
}

/** Parameters named `…Id` must be snowflakes; others (emoji, tokens) take any text. */
const paramsOf = (candidate: Route, parts: readonly string[]): Record<string, string> | null => {
  if (candidate.parts.length !== parts.length) return null
  const params: Record<string, string> = {}
  for (const [index, part] of candidate.parts.entries()) {
    const given = parts[index] ?? ''
    if (part.startsWith(':')) params[part.slice(1)] = given
    else if (part !== given) return null
  }
  return params
}

export class Router {
  readonly #routes: readonly Route[]

  constructor(routes: readonly Route[]) {
    this.#routes = routes
  }

  /** Literal parts win over parameters by order in the table. Throws Discord's 404, 405, or 50035 for a bad id. */
  match(method: string, path: string): Matched {
    const parts = path.split('/').slice(1).map(decodeURIComponent)
    let isPathKnown = false
    for (const candidate of this.#routes) {
      const params = paramsOf(candidate, parts)
      if (params === null) continue
      isPathKnown = true
      if (candidate.method !== method) continue
      for (const [name, value] of Object.entries(params)) {
        if (!name.endsWith('Id') || isSnowflake(value)) continue
        const field = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
        const message = `Value "${value}" is not snowflake.`
        throw failure.invalidForm({ [field]: { _errors: [{ code: 'NUMBER_TYPE_COERCE', message }] } })
      }
      return { route: candidate, params }
    }
    throw isPathKnown ? failure.wrongMethod() : failure.unknownRoute()
  }
}
