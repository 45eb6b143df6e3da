import { type KeyObject, verify } from 'node:crypto'

/** A webhook as it came: three headers and the body's bytes, which no parser has touched. */
export interface SignedRequest {
  id: string | undefined
  timestamp: string | undefined
  signature: string | undefined
  body: Buffer
}

export type Checked =
  | { kind: 'ok'; id: string; sentAt: number }
  | { kind: 'malformed'; what: 'id' | 'timestamp' | 'signature' }
  | { kind: 'bad_signature' }
  /** Genuine, and too old to be told from a replay. */
  | { kind: 'stale'; id: string; ageSeconds: number }
  | { kind: 'future'; id: string; aheadSeconds: number }

/** Kick itself has delivered up to ten minutes late. */
export const maxAgeSeconds = 15 * 60
export const maxAheadSeconds = 2 * 60

/**
 * What is signed is `id.timestamp.body`. The dots are an unambiguous border only while an id holds none and a timestamp
 * ends with its zone, so both are checked before the signature: otherwise a border could be moved, and the id with it.
 */
const idPattern = /^[0-9A-HJKMNP-TV-Z]{26}$/
const timestampPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/
const base64Pattern = /^[A-Za-z0-9+/]+={0,2}$/

/**
 * Checks form, signature (RSASSA-PKCS1-v1_5 with SHA-256, by any of the keys) and age, in this order. The type, version and
 * subscription headers are not signed; nothing here vouches for them. `now` is in milliseconds.
 */
export function checkSignature(request: SignedRequest, keys: readonly KeyObject[], now: number): Checked {
  const { id, timestamp } = request
  if (id === undefined || !idPattern.test(id)) return { kind: 'malformed', what: 'id' }
  if (timestamp === undefined || !timestampPattern.test(timestamp)) return { kind: 'malformed', what: 'timestamp' }
  const sentAt = Date.parse(timestamp)
  if (Number.isNaN(sentAt)) return { kind: 'malformed', what: 'timestamp' }
  const signature = decode(request.signature)
  const fitting = keys.filter((key) => signature?.length === lengthFor(key))
  if (signature === null || fitting.length === 0) return { kind: 'malformed', what: 'signature' }

  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), request.body])
  if (!fitting.some((key) => verify('sha256', signed, key, signature))) return { kind: 'bad_signature' }

  const ageSeconds = (now - sentAt) / 1_000
  if (ageSeconds > maxAgeSeconds) return { kind: 'stale', id, ageSeconds }
  if (ageSeconds < -maxAheadSeconds) return { kind: 'future', id, aheadSeconds: -ageSeconds }
  return { kind: 'ok', id, sentAt }
}

/** Strict base64: the one way to write these bytes, or nothing. Node's decoder would skip over what it does not know. */
function decode(text: string | undefined): Buffer | null {
  if (text === undefined || text.length > 1_024 || !base64Pattern.test(text)) return null
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : null
}

/** An RSA signature is as long as the key's modulus: 256 bytes for RSA-2048. */
const lengthFor = (key: KeyObject): number => (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8
