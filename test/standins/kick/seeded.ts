import { createHash } from 'node:crypto'

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** Random choices that repeat for the same seed (sfc32); not for secrets, which a stand-in does not have. */
export class Seeded {
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(seed: string | number) {
    const hash = createHash('sha256').update(String(seed)).digest()
    this.#a = hash.readInt32LE(0)
    this.#b = hash.readInt32LE(4)
    this.#c = hash.readInt32LE(8)
    for (let i = 0; i < 12; i++) this.#uint32()
  }

  #uint32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum
    return sum >>> 0
  }

  /** A number in [0, 1). */
  next(): number {
    return this.#uint32() / 0x1_0000_0000
  }

  /** True with this probability; 0 and 1 decide without drawing. */
  chance(probability: number): boolean {
    if (probability <= 0) return false
    return probability >= 1 || this.next() < probability
  }

  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1))
  }

  pick<T>(list: readonly T[]): T {
    const found = list[this.int(0, list.length - 1)]
    if (found === undefined) throw new RangeError('nothing to pick from')
    return found
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.alloc(length)
    for (let i = 0; i < length; i++) bytes[i] = this.#uint32() & 0xff
    return bytes
  }

  /** 26 characters: 48 bits of time, 80 random bits. */
  ulid(ms: number): string {
    let time = ''
    for (let rest = Math.max(0, Math.floor(ms)), i = 0; i < 10; i++, rest = Math.floor(rest / 32)) {
      time = crockford.charAt(rest % 32) + time
    }
    let random = ''
    for (let i = 0; i < 16; i++) random += crockford.charAt(this.#uint32() >>> 27)
    return time + random
  }

  uuid(): string {
    const bytes = this.bytes(16)
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
    const hex = bytes.toString('hex')
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
  }

  /** An opaque word of 48 letters and digits. */
  token(): string {
    let word = ''
    for (let i = 0; i < 48; i++) word += crockford.charAt(this.#uint32() >>> 27)
    return word
  }
}
