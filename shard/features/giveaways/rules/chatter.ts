import { createHash } from 'node:crypto'

/** What somebody wrote: moments in milliseconds and fingerprints, side by side and in order; messages up to `countedUntil` have entered them. */
export interface Chatter {
  readonly saidAt: readonly number[]
  readonly hashes: readonly string[]
  readonly countedUntil: number
}

export interface Demands {
  readonly messages: number
  readonly windowMs: number
}

/** Messages closer together than this are one; nobody types a thought in three seconds. */
export const spacingMs = 3_000
/** Letters and digits that a message needs, without repetitions. */
export const shortest = 3

/** What a keyword is compared by: the whole message, without invisible characters, in lower case. */
export const fold = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(/[\p{Cf}\p{Cc}]/gu, '')
    .trim()
    .toLowerCase()

/**
 * Tells messages apart without keeping them: only letters and digits count, and of repeated ones the first, so that "gg", "GG!!" and
 * "gggg" are alike; emotes do not count. Undefined for what is too short to be a message of its own.
 */
export function fingerprintOf(content: string, of: string): string | undefined {
  const letters = fold(content.replace(/\[emote:\d+:[^\]]*\]/g, ' '))
    .replace(/[^\p{L}\p{N}]/gu, '')
    .replace(/(.)\1+/gu, '$1')
  if ([...letters].length < shortest) return undefined
  return createHash('sha256').update(`${of}:${letters}`).digest('hex').slice(0, 16)
}

/**
 * Takes one message in; `entered` when as many different ones as are demanded now lie within the window. Those are used up by it, so that
 * another entry takes as many again. The same message again changes nothing.
 */
export function hear(
  chatter: Chatter,
  message: { readonly at: number; readonly hash: string },
  demands: Demands,
): { readonly chatter: Chatter; readonly entered: boolean } {
  const known = chatter.saidAt.map((at, i) => ({ at, hash: chatter.hashes[i] ?? '' }))
  const isOld = message.at <= chatter.countedUntil || message.at < (known.at(-1)?.at ?? 0) - demands.windowMs
  const isLike = known.some(({ at, hash }) => hash === message.hash || Math.abs(at - message.at) < spacingMs)
  if (isOld || isLike) return { chatter, entered: false }
  const all = [...known, message].sort((a, b) => a.at - b.at)
  for (let first = 0; first + demands.messages <= all.length; first++) {
    const last = all[first + demands.messages - 1]
    const begin = all[first]
    if (last === undefined || begin === undefined || last.at - begin.at > demands.windowMs) continue
    return {
      chatter: kept(
        all.filter(({ at }) => at > last.at),
        last.at,
      ),
      entered: true,
    }
  }
  const newest = all.at(-1)?.at ?? 0
  return {
    chatter: kept(
      all.filter(({ at }) => at >= newest - demands.windowMs),
      chatter.countedUntil,
    ),
    entered: false,
  }
}

const kept = (all: readonly { at: number; hash: string }[], countedUntil: number): Chatter => ({
  saidAt: all.map(({ at }) => at),
  hashes: all.map(({ hash }) => hash),
  countedUntil,
})
