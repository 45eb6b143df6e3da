import type { Seeded } from '../standins/kick/seeded.ts'

const moods = [
  'Quiet',
  'Sunny',
  'Brave',
  'Lucky',
  'Misty',
  'Swift',
  'Sleepy',
  'Jolly',
  'Witty',
  'Amber',
  'Clever',
  'Lazy',
]
const animals = [
  'Otter',
  'Heron',
  'Badger',
  'Falcon',
  'Lynx',
  'Marten',
  'Raven',
  'Hare',
  'Wren',
  'Moth',
  'Stoat',
  'Newt',
]
const streams = ['chess', 'speedruns', 'retro', 'cooking', 'music', 'trains', 'pottery', 'puzzles', 'racing', 'gardens']
const houses = [
  'Lantern',
  'Harbour',
  'Orchard',
  'Foundry',
  'Attic',
  'Granary',
  'Mill',
  'Signal',
  'Ferry',
  'Chapel',
  'Quarry',
  'Loom',
]
const kinds = ['Guild', 'Club', 'House', 'Society', 'Circle', 'Company']

/** Makes names that were not given out before; capital letters and underscores are part of Kick's names. */
export class Names {
  readonly #random: Seeded
  readonly #taken = new Set<string>()

  constructor(random: Seeded) {
    this.#random = random
  }

  viewer(): string {
    return this.#fresh(() => `${this.#random.pick(moods)}_${this.#random.pick(animals)}`)
  }

  channel(): string {
    return this.#fresh(() => `${this.#random.pick(moods).toLowerCase()}_${this.#random.pick(streams)}`)
  }

  guild(): string {
    return this.#fresh(() => `The ${this.#random.pick(houses)} ${this.#random.pick(kinds)}`, ' ')
  }

  /** A name that is taken gets a number. */
  #fresh(make: () => string, gap = ''): string {
    const name = make()
    for (let number = 1; ; number++) {
      const numbered = number === 1 ? name : `${name}${gap}${number}`
      if (this.#taken.has(numbered.toLowerCase())) continue
      this.#taken.add(numbered.toLowerCase())
      return numbered
    }
  }
}
