import type { IncomingMessage, ServerResponse } from 'node:http'
import type { JsonObject } from './json.ts'
import type { Ids } from './snowflake.ts'

/** What a bot may attach to one message, and what it is told as `attachment_size_limit`; servers without boosts have this. */
export const largestFile = 10 * 1_024 * 1_024

interface StoredFile {
  readonly name: string
  readonly bytes: Buffer
  readonly contentType: string
  /** The signature without which the address does not open. */
  readonly signature: string
}

/**
 * Files of messages and of attachment options. An address opens only as it was given: Discord signs it
 * (https://discord.com/developers/docs/reference#signed-attachment-cdn-urls), and whoever changes or cuts it gets a 404.
 */
export class Cdn {
  readonly #files = new Map<string, StoredFile>()
  /** Files that members have chosen for an attachment option, by id. */
  readonly uploads = new Map<string, JsonObject>()
  readonly #ids: Ids
  readonly #host: () => string

  constructor(ids: Ids, host: () => string) {
    this.#ids = ids
    this.#host = host
  }

  /** Keeps a file; gives it as Discord shows an attachment. */
  store(
    file: { readonly name: string; readonly bytes: Buffer; readonly contentType?: string },
    place: string,
  ): JsonObject {
    const id = this.#ids.next()
    const contentType = file.contentType ?? 'application/octet-stream'
    const signature = `ex=${this.#ids.next()}&is=${id}&hm=${Buffer.from(id).toString('hex')}`
    // Discord replaces what is no letter, digit, dot, hyphen or underscore.
    const name = file.name.replace(/[^\w.-]+/g, '_')
    const path = `/attachments/${place}/${id}/${name}`
    this.#files.set(path, { name, bytes: file.bytes, contentType, signature })
    const url = `http://${this.#host()}${path}?${signature}`
    return { id, filename: name, size: file.bytes.length, url, proxy_url: url, content_type: contentType }
  }

  /** A member chooses a file in the client; gives the id for an attachment option. */
  upload(file: { readonly name: string; readonly bytes: Buffer; readonly contentType?: string }): string {
    const attachment = this.store(file, 'ephemeral')
    this.uploads.set(String(attachment.id), attachment)
    return String(attachment.id)
  }

  /** The bytes behind an address that this stand-in gave. */
  open(url: string): Buffer {
    const { pathname } = new URL(url)
    const file = this.#files.get(pathname)
    if (file === undefined) throw new Error(`there is no file at ${pathname}`)
    return file.bytes
  }

  /** Answers what is asked of the CDN; false when it is not for it. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const url = new URL(request.url ?? '/', 'http://stand-in')
    if (!url.pathname.startsWith('/attachments/')) return false
    const file = this.#files.get(url.pathname)
    if (request.method !== 'GET' || file === undefined || url.search !== `?${file.signature}`) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('This content is no longer available.')
      return true
    }
    response.writeHead(200, { 'content-type': file.contentType, 'content-length': file.bytes.length }).end(file.bytes)
    return true
  }
}
