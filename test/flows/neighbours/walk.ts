import { clips } from './walk/clips.ts'
import { games } from './walk/games.ts'
import { house } from './walk/house.ts'
import { last, leaving } from './walk/leaving.ts'
import { messages } from './walk/messages.ts'
import { people } from './walk/people.ts'
import { raffles } from './walk/raffles.ts'
import { shop } from './walk/shop.ts'
import type { Step } from './walk/step.ts'
import { typing } from './walk/typing.ts'
import { watching } from './walk/watching.ts'

export const walk: readonly Step[] = [
  ...house,
  ...people,
  ...watching,
  ...messages,
  ...raffles,
  ...games,
  ...shop,
  ...clips,
  ...leaving,
  typing,
]

export { last }
