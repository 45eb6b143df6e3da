import { createHmac, timingSafeEqual } from 'node:crypto'
import { isLosslessNumber, type LosslessNumber } from 'lossless-json'

/** Anything that JSON can say. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }
/** The same with its numbers as they were written, digit by digit: `1.0` is not `1` under a signature, and an id stays whole. */
export type Written =
  | string
  | number
  | LosslessNumber
  | boolean
  | null
  | readonly Written[]
  | { readonly [key: string]: Written }

/**
 * JSON with sorted keys and no spaces, as the dashboard writes it before it signs (Python: `sort_keys=True, separators=(',', ':')`,
 * which writes everything beyond ASCII as `\uXXXX`).
 */
export function canonical(value: Written): string {
  const text = write(value)
  return text.replace(/[\u007f-\uffff]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function write(value: Written): string {
  if (isLosslessNumber(value)) return value.value
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
    return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${write(field)}`).join(',')}}`
  }
  return JSON.stringify(value)
}

/** HMAC-SHA256 over the event without its `sig`, in hexadecimal. */
export function signatureOf(event: { readonly [key: string]: Written }, secret: string): string {
  const { sig: _, ...signed } = event
  return createHmac('sha256', secret).update(canonical(signed)).digest('hex')
}

/** Whether `sig` was made with one of these secrets; two of them while one takes the place of the other. */
export function isSigned(event: { readonly [key: string]: Written }, secrets: readonly string[]): boolean {
  const { sig } = event
  if (typeof sig !== 'string' || !/^[0-9a-f]{64}$/.test(sig)) return false
  const given = Buffer.from(sig, 'hex')
  return secrets.some((secret) => timingSafeEqual(given, Buffer.from(signatureOf(event, secret), 'hex')))
}
