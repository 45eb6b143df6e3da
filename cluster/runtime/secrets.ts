import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

/** Encrypts what must not be readable in the database or in a copy of it. */
export interface Secrets {
  /** Names the key that new secrets are encrypted with; stored beside them, so that the key can change. */
  readonly keyId: string
  /** AES-256-GCM; gives base64url of nonce, tag and text. `purpose` must be given again to decrypt: a value moved elsewhere does not open. */
  encrypt(text: string, purpose: string): string
  /** Throws when the key is not known, when the value was changed, or when it belongs to another purpose. */
  decrypt(value: string, from: { readonly keyId: string; readonly purpose: string }): string
}

/** What a broadcaster's token is encrypted for: it opens in its own row only. */
export const tokenPurpose = (guildId: string, token: 'access' | 'refresh'): string =>
  `kick ${token} token of guild ${guildId}`

const nonceBytes = 12
const tagBytes = 16

/** `key` is 64 hexadecimal digits; `former` are keys which are only read with, from before a change of the key. */
export function createSecrets(key: string, former: readonly string[] = []): Secrets {
  const keys = new Map([key, ...former].map((hex) => [idOf(hex), Buffer.from(hex, 'hex')]))
  const keyId = idOf(key)
  const keyFor = (id: string): Buffer => {
    const found = keys.get(id)
    if (found === undefined) throw new Error('a secret was encrypted with a key that is not known here')
    return found
  }
  return {
    keyId,
    encrypt(text, purpose) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', keyFor(keyId), nonce).setAAD(Buffer.from(purpose))
      const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), encrypted]).toString('base64url')
    },
    decrypt(value, from) {
      const bytes = Buffer.from(value, 'base64url')
      if (bytes.length < nonceBytes + tagBytes) throw new Error('a secret is too short')
      const decipher = createDecipheriv('aes-256-gcm', keyFor(from.keyId), bytes.subarray(0, nonceBytes), {
        authTagLength: tagBytes,
      })
      decipher.setAAD(Buffer.from(from.purpose)).setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
      return Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]).toString('utf8')
    },
  }
}

/** Tells keys apart and says nothing about them. */
const idOf = (hex: string): string =>
  createHash('sha256').update('belfry key id').update(Buffer.from(hex, 'hex')).digest('hex').slice(0, 12)
