/** A small generator, so that a seed is a story (Mulberry32). */
export function diceOf(seed: number) {
  let state = seed
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const whole = (below: number): number => Math.floor(next() * below)
  return {
    whole,
    oneOf: <T>(list: readonly T[]): T => list[whole(list.length)] as T,
  }
}

export type Dice = ReturnType<typeof diceOf>
