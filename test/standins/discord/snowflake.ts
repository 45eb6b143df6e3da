import type { Clock } from './clock.ts'

const discordEpoch = 1_420_070_400_000
/** Earliest millisecond used for an id, so that ids keep 18 or 19 digits even when a test starts its clock at zero. */
const firstMs = 250_000_000_000

export const isSnowflake = (text: string): boolean => /^[0-9]{17,20}$/.test(text)

/** `(guild_id >> 22) % shard_count`, in 64 bits. */
export const shardOf = (guildId: string, shardCount: number): number =>
  Number((BigInt(guildId) >> 22n) % BigInt(shardCount))

/** Unix milliseconds at which an id was made. */
export const timeOf = (id: string): number => Number(BigInt(id) >> 22n) + discordEpoch

/** Makes ids and secrets: the same seed gives the same secrets and guild ids; other ids follow the clock. */
export class Ids {
  readonly #clock: Clock
  #random: number
  #lastMs = 0
  #sequence = 0
  #guilds = 0

  constructor(clock: Clock, seed: number) {
    this.#clock = clock
    this.#random = seed >>> 0
  }

  /** A fresh id, greater than every id given before. */
  next(): string {
    const ms = Math.max(this.#clock.now() - discordEpoch, firstMs, this.#lastMs)
    this.#sequence = ms === this.#lastMs ? this.#sequence + 1 : 0
    this.#lastMs = ms
    if (this.#sequence > 0xfff) {
      this.#lastMs += 1
      this.#sequence = 0
    }
    return String((BigInt(this.#lastMs) << 22n) | (1n << 17n) | BigInt(this.#sequence))
  }

  /** Guild ids whose `id >> 22` grows by one each, so that neighbours fall on neighbouring shards. */
  nextGuild(): string {
    this.#guilds += 1
    return String((BigInt(firstMs + this.#guilds) << 22n) | (3n << 17n) | BigInt(this.#guilds & 0xfff))
  }

  /** Hexadecimal text of the given length. */
  secret(length: number): string {
    let text = ''
    while (text.length < length) text += this.#nextUint32().toString(16).padStart(8, '0')
    return text.slice(0, length)
  }

  /** mulberry32: small, and the same everywhere. */
  #nextUint32(): number {
    this.#random = (this.#random + 0x6d2b79f5) >>> 0
    let t = this.#random
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (t ^ (t >>> 14)) >>> 0
  }
}
