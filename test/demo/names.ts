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

  #fresh(make: () => string, gap = ''): string {
    for (let attempt = 1; ; attempt++) {
      const name = attempt < 4 ? make() : `${make()}${gap}${this.#taken.size}`
      if (this.#taken.has(name.toLowerCase())) continue
      this.#taken.add(name.toLowerCase())
      return name
    }
  }
}
