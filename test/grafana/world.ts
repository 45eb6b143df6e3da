import type { Cast, CastGuild } from '../demo/cast.ts'
import type { Stage } from '../demo/stage.ts'
import type { Story } from '../demo/story.ts'
import { ClipStandIn } from '../standins/clips/index.ts'
import type { SeenMessage } from '../standins/discord/index.ts'
import { DrandStandIn } from '../standins/drand/index.ts'
import { buttonsOf } from '../support/browsing.ts'
import { onCleanUp } from '../support/cleanup.ts'
import { until } from '../support/wait.ts'

type Options = Readonly<Record<string, string | number | boolean>>

export const patience = { timeoutMs: 20_000 }
export const clipKey = 'a-key-of-this-server'
export const dashboardSecret = 'a secret of a dashboard'

/** What a stage needs besides Discord and Kick so that all rooms can work. */
export async function aNeighbourhood() {
  const drand = new DrandStandIn()
  const clips = new ClipStandIn({ keys: [clipKey] })
  await Promise.all([drand.start(), clips.start()])
  onCleanUp(() => Promise.all([drand.stop(), clips.stop()]))
  return {
    clips,
    env: {
      DRAND_URL: drand.url,
      DRAND_CHAIN: drand.setting,
      CLIP_HOSTS: clips.url,
      // A name that nobody can ever have (RFC 2606): the public internet is none of a test's business.
      WAGER_HOSTS: 'affiliate.invalid',
      DASHBOARD_SECRET: dashboardSecret,
    },
  }
}

export interface World {
  readonly stage: Stage
  readonly cast: Cast
  readonly story: Story
  readonly clips: ClipStandIn
}

/** Something that people, the outside or a fault do, which the demo by itself does not. */
export interface Act {
  readonly what: string
  play(world: World): Promise<void>
}

export const home = ({ cast }: World): CastGuild => {
  const [guild] = cast.guilds
  if (guild === undefined) throw new Error('nobody is there')
  return guild
}
export const ask = (world: World, command: string, options: Options = {}, userId = home(world).ownerId) =>
  world.stage.discord.control.command({ guildId: home(world).id, userId, command, options })
export const answer = (...of: Parameters<typeof ask>): Promise<SeenMessage> => ask(...of).message(patience)
export const chat = (world: World, text: string, by = 0): void => {
  const { user, viewers } = home(world).channel
  const viewer = viewers[by]
  if (viewer !== undefined) world.stage.kick.control.chat(user, viewer, text)
}
export const press = (world: World, userId: string, message: SeenMessage, action: string) => {
  const customId = String(buttonsOf(message).find(({ id }) => id?.includes(action))?.id)
  return world.stage.discord.control.press({ userId, message, customId })
}
export const untilThere = (what: string, found: () => PromiseLike<readonly unknown[]>) =>
  until(async () => (await found()).length > 0, { what, ...patience })
