import { gunzipSync } from 'node:zlib'
import { UserError } from '../../../../cluster/runtime/errors.ts'
import type { Tools } from '../../feature.ts'
import type { Say } from '../../language.ts'

export const largestDownload = 10 * 1024 * 1024
/** What a packed file may become: a small one can claim to be endless. */
const largestUnpacked = 100 * 1024 * 1024
const patienceMs = 15_000

const tooLarge = (say: Say) =>
  new UserError('too_large', say('transfer:error.too_large', { megabytes: largestDownload / 1024 / 1024 }))

/**
 * Fetches a file that a member attached: from Discord's CDN and nowhere else, without following it elsewhere, and no more than 10 MiB
 * whatever was said before. Throws a `UserError`.
 */
export async function download(
  say: Say,
  file: { readonly url: string; readonly size: number },
  { cdnUrl, log }: Pick<Tools, 'cdnUrl' | 'log'>,
): Promise<string> {
  if (new URL(file.url).origin !== new URL(cdnUrl).origin)
    throw new UserError('foreign_file', say('transfer:error.host'))
  if (file.size > largestDownload) throw tooLarge(say)
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    const response = await fetch(file.url, { redirect: 'error', signal: AbortSignal.timeout(patienceMs) })
    if (!response.ok || response.body === null) throw new Error(`the CDN answered ${response.status}`)
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      size += chunk.length
      if (size > largestDownload) break
      chunks.push(chunk)
    }
  } catch (err) {
    log.warn({ err }, 'attachment could not be fetched')
    throw new UserError('no_file', say('transfer:error.download'))
  }
  if (size > largestDownload) throw tooLarge(say)
  const bytes = Buffer.concat(chunks)
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.toString('utf8')
  try {
    return gunzipSync(bytes, { maxOutputLength: largestUnpacked }).toString('utf8')
  } catch {
    throw new UserError('bad_file', say('transfer:error.unreadable')) // no gzip, or far too much in it
  }
}
