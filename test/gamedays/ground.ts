import { setTimeout as sleep } from 'node:timers/promises'
import { type Cast, makeCast } from '../demo/cast.ts'
import { type Chatter, startChatter } from '../demo/chatter.ts'
import { seedLinks } from '../demo/linking.ts'
import { setUp } from '../demo/opening.ts'
import { buildStage, type Stage } from '../demo/stage.ts'
import { Story } from '../demo/story.ts'
import { beginStreams } from '../demo/streams.ts'

/** Where game days are played: the demo's stage with servers that can be stopped, and people who watch and ask. */
export interface Ground {
  readonly stage: Stage
  readonly cast: Cast
  readonly story: Story
  readonly chatter: Chatter
  readonly size: { readonly guilds: number; readonly viewers: number }
  /** Commands that members gave, and those that were answered. */
  readonly asked: { count: number; answered: number }
  /** Nobody writes or asks any more. */
  hush(): Promise<void>
}

export const guilds = 6
const viewers = 6
const askEveryMs = 2_000
/** An interaction's token lives a quarter of an hour, and whoever waits longer than this has given up. */
const askPatienceMs = 20_000

/** As in production; the demo is quicker than that. */
const env = { TICK_CADENCE_SECONDS: '60' }

/** Raises the stage, has the guilds set up and the streams begun, and lets people write and ask. */
export async function prepare(name: string, logFile: string): Promise<Ground> {
  const story = new Story()
  const stage = await buildStage({
    seed: name,
    logFile,
    isDurable: true,
    env,
    onLine: (pod, line) => story.hear(pod, line),
  })
  const cast = makeCast(stage.discord, stage.kick, { guilds, viewers, seed: name, now: Date.now() })
  await stage.raise()
  await setUp(stage, cast.guilds, () => {})
  beginStreams(cast, stage.kick, cast.channels)
  for (const guild of cast.guilds) await seedLinks(stage, guild, guild.members)
  const chatter = startChatter({ cast, kick: stage.kick, seed: name, seconds: 0 })
  const asking = ask(stage, cast)
  return {
    stage,
    cast,
    story,
    chatter,
    size: { guilds, viewers },
    asked: asking.asked,
    async hush() {
      chatter.stop()
      await asking.stop()
    },
  }
}

/** Members use `/me` now and then, each in turn. */
function ask({ discord }: Stage, cast: Cast) {
  const asked = { count: 0, answered: 0 }
  const askers = cast.guilds.flatMap((guild) => guild.members.map(({ userId }) => ({ userId, guildId: guild.id })))
  const open = new Set<Promise<void>>()
  let isOver = false
  const askOne = (asker: (typeof askers)[number]): void => {
    asked.count++
    const answer = discord.control
      .command({ ...asker, command: 'me' })
      .message({ timeoutMs: askPatienceMs, where: (message) => !message.isThinking })
      .then(
        () => void asked.answered++,
        () => {}, // it stays without an answer, and is counted as such
      )
      .finally(() => open.delete(answer))
    open.add(answer)
  }
  const keepAsking = async (): Promise<void> => {
    for (let turn = 0; !isOver; turn++) {
      const asker = askers[turn % askers.length]
      if (asker !== undefined) askOne(asker)
      await sleep(askEveryMs)
    }
    await Promise.all(open)
  }
  const over = keepAsking()
  return {
    asked,
    stop: () => {
      isOver = true
      return over
    },
  }
}
