import type { IncomingMessage } from 'node:http'
import { largestFile } from '../cdn.ts'
import { failure } from './errors.ts'

const largestBody = 25 * 1_024 * 1_024

export interface GivenFile {
  readonly name: string
  readonly bytes: Buffer
  readonly contentType: string
}

export interface ReadBody {
  body: unknown
  files: GivenFile[]
}

export const readBytes = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size <= largestBody) chunks.push(chunk)
  }
  if (size > largestBody) throw failure.tooLarge()
  return Buffer.concat(chunks)
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw failure.invalidJson()
  }
}

/** JSON, or a multipart form with `payload_json` and `files[n]`. Throws 50035 for any other type. */
export const parseBody = async (bytes: Buffer, contentType: string): Promise<ReadBody> => {
  if (bytes.length === 0) return { body: undefined, files: [] }
  if (contentType.startsWith('application/json')) return { body: parse(bytes.toString('utf8')), files: [] }
  if (!contentType.startsWith('multipart/form-data')) throw failure.invalidContentType()
  const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': contentType } }).formData()
  const files: GivenFile[] = []
  let body: unknown
  for (const [name, value] of form.entries()) {
    if (name === 'payload_json' && typeof value === 'string') body = parse(value)
    else if (typeof value !== 'string')
      files.push({
        name: value.name,
        bytes: Buffer.from(await value.arrayBuffer()),
        contentType: value.type,
      })
  }
  if (files.length > 10)
    throw failure.invalidForm({
      files: { _errors: [{ code: 'BASE_TYPE_MAX_LENGTH', message: 'Must be 10 or fewer in length.' }] },
    })
  if (files.some((file) => file.bytes.length > largestFile)) throw failure.tooLarge()
  return { body, files }
}
